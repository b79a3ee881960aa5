import pytest

from devhost.reach import check_reach
from devhost.routes import compile_routes
from devhost.runtime import Function, HostError


def check(**routes: str | tuple[str, str]):
    """Check functions given as name=template or name=(methods, template)."""
    functions = []
    for name, given in routes.items():
        methods, template = ("GET", given) if isinstance(given, str) else given
        trigger = {"type": "httpTrigger", "route": template, "methods": methods.split()}
        functions.append(Function(name, name, trigger))
    check_reach(compile_routes(functions, ""))


@pytest.mark.parametrize(
    "first, hidden",
    [
        ("{*path}", "workspaces/{id}"),
        ("{*path}", "{*other}"),
        ("a/{x}", "a/b"),
        ("a/{x}", "a/{y:int}"),
        ("a/{x:int}", "a/{y:int}"),
        ("a/{x:int}", "a/7"),
        ("A/B", "a/b"),
        ("a/{x?}", "a"),
        ("a/{x?}", "a/{y}"),
        ("a/{*rest}", "a/{x}/{y}"),
        ("{x:regex(^(one|two|three)$)}/b", "{x:regex(^(one|two)$)}/b"),
        ("{x}/b", "{x:regex(^(one|two)$)}/b"),
    ],
)
def test_a_function_behind_a_wider_one_is_named_with_the_one_in_its_way(first, hidden):
    with pytest.raises(HostError, match=r"reach the 'second' function: the 'first' function takes them all.*Rename"):
        check(first=first, second=hidden)


@pytest.mark.parametrize(
    "first, second",
    [
        ("workspaces/{id}", "{*path}"),
        ("a/b", "a/{x}"),
        ("a/{y:int}", "a/{x}"),
        ("a/{y:int}", "a/b"),
        ("a", "a/{x?}"),
        ("a/{x}", "a/{*rest}"),
        ("a/{x}", "b/{x}"),
        ("{x:regex(^(one)$)}/b", "{x:regex(^(one|two)$)}/b"),
        ("{x:alpha}/b", "{x:int}/b"),
    ],
)
def test_a_function_with_paths_of_its_own_is_reached(first, second):
    check(first=first, second=second)


def test_methods_decide_too():
    check(first=("GET", "a/{x}"), second=("GET POST", "a/{x}"))
    with pytest.raises(HostError, match="'second'"):
        check(first=("GET POST", "a/{x}"), second=("POST", "a/b"))


def test_several_functions_together_may_be_in_the_way():
    names = "{x:regex(^(one|two)$)}"
    with pytest.raises(HostError, match="'last' function: the 'b' function"):
        check(a="one/{y}", b="two/{y}", last=f"{names}/{{y}}")
    with pytest.raises(HostError, match="'last' function"):
        check(a=("GET", "{*x}"), b=("POST", "{*x}"), last=("GET POST", "z"))
    check(a="one/{y}", last=f"{names}/{{y}}")
