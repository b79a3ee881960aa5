import pytest

from devhost.routes import MAX_KEPT_MATCHES, MAX_KEPT_PATH, compile_routes, find_match
from devhost.runtime import Function, HostError


def routes(*templates: str, methods=("GET",), prefix: str = ""):
    functions = [
        Function(template, template, {"type": "httpTrigger", "route": template, "methods": list(methods)})
        for template in templates
    ]
    return compile_routes(functions, prefix)


def match(path: str, *templates: str, **options):
    found = find_match(routes(*templates, **options), "GET", path)
    return (found.route.function.name, found.values) if found else None


def test_literals_match_whatever_their_case_and_a_final_slash():
    assert match("/Workspaces/ABC/WebServices/", "workspaces/{ws}/webservices") == (
        "workspaces/{ws}/webservices",
        {"ws": "ABC"},
    )


def functions_at(**templates: str):
    """A function for each name with its template."""
    return [
        Function(name, name, {"type": "httpTrigger", "route": route, "methods": ["GET"]})
        for name, route in templates.items()
    ]


def test_routes_are_tried_in_the_order_of_names_and_the_first_that_matches_wins():
    table = compile_routes(functions_at(b="a/b", z="{*rest}", a="a/{x}", Aa="a/{x:int}"), "")
    assert [route.function.name for route in table.routes] == ["a", "Aa", "b", "z"]
    # The literal is more specific, but its name comes later.
    for path, name, values in (
        ("/a/b", "a", {"x": "b"}),
        ("/a/7", "a", {"x": "7"}),
        ("/z/y", "z", {"rest": "z/y"}),
        ("/", "z", {}),
    ):
        found = find_match(table, "GET", path)
        assert (found.route.function.name, found.values) == (name, values)


def test_an_underscore_comes_after_the_letters_as_in_net():
    table = compile_routes(functions_at(up_a="x", upload="x"), "")
    assert [route.function.name for route in table.routes] == ["upload", "up_a"]


@pytest.mark.parametrize(
    "template, good, bad",
    [
        ("x/{v:int}", "/x/-12", "/x/1a"),
        ("x/{v:bool}", "/x/True", "/x/yes"),
        ("x/{v:alpha}", "/x/abc", "/x/a1"),
        ("x/{v:guid}", "/x/0f8fad5b-d9cb-469f-a165-70867728950e", "/x/0f8f"),
        ("x/{v:length(3)}", "/x/abc", "/x/abcd"),
        ("x/{v:length(2,3)}", "/x/ab", "/x/abcd"),
        ("x/{v:minlength(2)}", "/x/abc", "/x/a"),
        ("x/{v:maxlength(2)}", "/x/ab", "/x/abc"),
        ("x/{v:double}", "/x/1.5", "/x/a"),
        (r"x/{v:regex(^\\d{{3}}$)}".replace("\\\\", "\\"), "/x/123", "/x/12"),
    ],
)
def test_constraints_choose(template, good, bad):
    assert match(good, template) is not None
    assert match(bad, template) is None


def test_optional_and_catch_all_parts_and_escapes():
    assert match("/a", "a/{b?}") == ("a/{b?}", {})
    assert match("/a/x%20y", "a/{b?}") == ("a/{b?}", {"b": "x y"})
    assert match("/f/one/two%2Fthree", "f/{*path}") == ("f/{*path}", {"path": "one/two/three"})


def test_an_encoded_slash_separates_segments_as_behind_azures_front_end():
    assert match("/models/a%2Fb", "models/{model}") is None
    assert match("/models/a%2Fb", "models/{model}/{version}") == (
        "models/{model}/{version}",
        {"model": "a", "version": "b"},
    )
    # Decoded once: what was encoded twice stays encoded, and a line break is a character like others.
    assert match("/models/a%252Fb", "models/{model}") == ("models/{model}", {"model": "a%2Fb"})
    assert match("/models/a%0A", "models/{model}") == ("models/{model}", {"model": "a\n"})


def test_a_function_without_a_route_is_served_under_its_name_and_the_prefix():
    functions = [Function("hello", "1", {"type": "httpTrigger"})]
    found = find_match(compile_routes(functions, "api"), "POST", "/api/hello")
    assert found is not None


def test_a_route_with_another_method_is_passed_over():
    table = compile_routes(
        [
            Function("delete", "1", {"type": "httpTrigger", "route": "a/{x}", "methods": ["DELETE"]}),
            Function("other", "2", {"type": "httpTrigger", "route": "{*rest}", "methods": ["GET", "PUT"]}),
        ],
        "",
    )
    assert find_match(table, "DELETE", "/a/1").route.function.name == "delete"
    assert find_match(table, "PUT", "/a/1").route.function.name == "other"
    assert find_match(table, "PATCH", "/a/1") is None


def test_a_function_without_methods_takes_every_method():
    table = compile_routes([Function("any", "1", {"type": "httpTrigger", "route": "a"})], "")
    assert find_match(table, "PATCH", "/a").route.function.name == "any"


@pytest.mark.parametrize("route", ["admin/x", "Runtime"])
def test_the_hosts_own_routes_are_refused(route):
    with pytest.raises(HostError, match=f"its route '{route}' conflicts with a built-in one"):
        routes(route)


def test_an_unknown_constraint_is_an_error():
    with pytest.raises((ValueError, KeyError)):
        routes("x/{v:nonsense(1)}")


def test_paths_of_strangers_do_not_fill_the_memory():
    table = routes("a/{x}")
    for number in range(MAX_KEPT_MATCHES + 10):
        assert find_match(table, "GET", f"/a/{number}").values == {"x": str(number)}
    assert table.known.cache_info().currsize == MAX_KEPT_MATCHES
    long = "z" * MAX_KEPT_PATH
    assert find_match(table, "GET", f"/a/{long}").values == {"x": long}
    assert table.known.cache_info().misses == MAX_KEPT_MATCHES + 10
