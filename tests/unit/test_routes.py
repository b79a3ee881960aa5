import pytest

from devhost.routes import MAX_KEPT_MATCHES, MAX_KEPT_PATH, MethodNotAllowed, compile_routes, find_match
from devhost.runtime import Function


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


def test_the_most_specific_template_wins_whatever_the_order():
    templates = ("{*rest}", "a/{x}", "a/{x:int}", "a/b")
    assert match("/a/b", *templates) == ("a/b", {})
    assert match("/a/7", *templates) == ("a/{x:int}", {"x": "7"})
    assert match("/a/x", *templates) == ("a/{x}", {"x": "x"})
    assert match("/z/y", *templates) == ("{*rest}", {"rest": "z/y"})
    assert match("/", *templates) == ("{*rest}", {"rest": ""})


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


def test_a_function_without_a_route_is_served_under_its_name_and_the_prefix():
    functions = [Function("hello", "1", {"type": "httpTrigger"})]
    found = find_match(compile_routes(functions, "api"), "POST", "/api/hello")
    assert found is not None


def test_a_known_path_with_another_method_is_told_apart_from_an_unknown_one():
    table = routes("a/{x}", "b", methods=("PUT", "DELETE"))
    with pytest.raises(MethodNotAllowed) as caught:
        find_match(table, "GET", "/a/1")
    assert caught.value.allowed == ["DELETE", "PUT"]
    assert find_match(table, "GET", "/c") is None


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
