"""Expressions written to hurt: results that grow, functions called with anything, and nesting without end."""

import json
import math
import tracemalloc
from datetime import UTC, datetime
from functools import partial
from time import process_time

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from studio.errors import BadArgument
from studio.pipelines.adf.budget import MAX_SIZE
from studio.pipelines.adf.expressions import Scope, evaluate, evaluate_v1
from studio.pipelines.adf.functions import v1_functions, v2_functions

pytestmark = [pytest.mark.attack("Patterns and expressions"), pytest.mark.slow]
NOW = datetime(2026, 11, 21, 12, 30, 15, 123456, tzinfo=UTC)
V2, V1 = v2_functions({}, now=NOW), v1_functions()
A = "'" + "a" * 1000 + "'"


def nested(inner, times, outer):
    for _ in range(times):
        inner = outer.replace("…", inner)
    return inner


BOMBS = {
    "mul": "@string(length(mul('a', 300000000)))",
    "mul of a list": "@length(mul(createArray(1), 30000000))",
    "add of texts": "@add('a', 'b')",
    "replace": "@length(" + nested("'a'", 6, f"replace(…, 'a', '{'a' * 60}')") + ")",
    "replace of nothing": "@length(" + nested("'ab'", 12, f"replace(…, '', '{'a' * 60}')") + ")",
    "concat": "@concat(" + ",".join([f"replace(replace('aa', 'a', {A}), 'a', {A[:100]}')"] * 6) + ")",
    "concat of lists": "@concat(" + ",".join(["range(0, 10000)"] * 80) + ")",
    "join": "@join(range(0, 10000), " + A + ")",
    "createArray": "@createArray(" + ",".join([f"replace(replace('aa', 'a', {A}), 'a', {A[:100]}')"] * 6) + ")",
    "createArray of ranges": "@string(createArray(" + ",".join(["range(0, 10000)"] * 80) + "))",
    "split": "@length(split(" + nested("'aa'", 4, f"replace(…, 'a', '{'a' * 30}')") + ", 'a'))",
    "base64": "@length(" + nested(A, 40, "base64(…)") + ")",
    "uriComponent": "@length(" + nested("'%%%%'", 30, "uriComponent(…)") + ")",
    "string": "@length(" + nested("createArray('\"')", 40, "string(createArray(…))") + ")",
    "formatDateTime": "@formatDateTime(utcNow(), replace(replace('aa', 'a', " + A + "), 'a', " + A + "))",
    "convertFromUtc": f"@convertFromUtc(utcNow(), '{'a' * 300}')",
    "json": "@json('" + "[" * 4000 + "]" * 4000 + "')",
    "json inside json": "@" + nested("'1'", 50, "string(createArray(…))"),
    "union": "@length(union(range(0, 10000), range(5000, 10000), range(10000, 10000)))",
    "a date of a million characters": "@dayOfWeek(replace(replace('aa', 'a', " + A + "), 'a', '1'))",
    "an endless number": "@" + "9" * 5000,
    "a number too large": "@mul(9000000000000000000, 9)",
    "not a number": "@mul(1e308, 1e308)",
    "parentheses": "@" + "not(" * 2000 + "true" + ")" * 2000,
    "brackets": "@createArray(1)" + "[createArray(0)" * 400 + "[0]" * 400,
    "interpolation": "".join(["@{replace(replace('aa', 'a', " + A + "), 'a', '" + "b" * 100 + "')}"] * 200),
    "calls": "@{length('a')}" * 50_000,
    "an object": json.loads('{"a":' * 900 + "1" + "}" * 900),
}
BOMBS_V1 = {
    "format": "$$" + nested("'aaaaaaaaaa'", 3, "Text.Format('" + "{0}" * 500 + "', …)"),
    "format of a date": "$$Text.Format('{0:" + "y" * 8000 + "}', SliceStart)",
    "no such value": "$$Text.Format('{" + "9" * 5000 + "}', 'a')",
    "a date without end": "$$Date.AddYears(SliceStart, 9999999999999)",
    "a list": [[["$$" + "Date.Day(" * 100]]],
}


def outcome(run):
    """Run and return the message of the error, or what came out; check what it cost."""
    tracemalloc.start()
    started = process_time()
    try:
        found = run()
    except BadArgument as error:
        found = error.message
    finally:
        seconds, (_, peak) = process_time() - started, tracemalloc.get_traced_memory()
        tracemalloc.stop()
    assert peak < 64 * 1024 * 1024, f"{peak / 1048576:.0f} MiB"
    assert seconds < 5
    return found


# Seconds under tracemalloc: each night.
SLOW = ("concat of lists", "createArray of ranges", "calls", "union")


@pytest.mark.parametrize("name", [pytest.param(name, marks=[pytest.mark.long] * (name in SLOW)) for name in BOMBS])
def test_an_expression_that_grows_is_refused_before_it_has_grown(name):
    found = outcome(lambda: evaluate(BOMBS[name], Scope(V2)))
    assert len(str(found)) <= 12 * MAX_SIZE
    if name not in ("union", "calls", "string", "base64", "uriComponent"):
        assert isinstance(found, str)
        assert "expression" in found.lower()
        assert len(found) < 2000


@pytest.mark.parametrize("name", BOMBS_V1)
def test_an_expression_of_version_1_that_grows_is_refused_before_it_has_grown(name):
    scope = Scope(V1, {"slicestart": NOW})
    assert len(str(outcome(lambda: evaluate_v1(BOMBS_V1[name], scope)))) < 10_000


def test_the_limit_says_how_much_is_accepted():
    with pytest.raises(BadArgument, match="more than 1,048,576 characters"):
        evaluate(BOMBS["replace"], Scope(V2))


WORDS = [
    "",
    "a",
    "day",
    "Month",
    "2026-02-30",
    "0001-01-01",
    "9999-12-31T23:59:59Z",
    "UTC",
    "yyyy",
    "%",
    "{",
    "=",
    "[1]",
]
VALUES = st.recursive(
    st.one_of(
        st.none(),
        st.booleans(),
        st.integers(),
        st.sampled_from([0, -1, 2**31, 2**63, -(2**63), 10**40]),
        st.floats(),
        st.text(max_size=20),
        st.sampled_from(WORDS),
    ),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=3), inner, max_size=3),
    max_leaves=6,
)


def call(functions, name, arguments, run):
    scope = Scope({**functions, **{f"a{n}": lambda value=value: value for n, value in enumerate(arguments)}})
    return value_of(lambda: run(f"{name}({','.join(f'a{n}()' for n in range(len(arguments)))})", scope))


def value_of(run):
    """Return what came out, or None after a classic error that can be shown and stored."""
    try:
        return run()
    except BadArgument as caught:
        error = caught
    assert error.details[0].code == "BadParameterValue"
    assert len(error.message) < 2000
    return None


FEW = settings(max_examples=5, deadline=None, derandomize=True)


@pytest.mark.long
@settings(max_examples=5000, deadline=None)
@given(name=st.sampled_from(sorted(V2)), arguments=st.lists(VALUES, max_size=4))
def test_functions_called_with_anything_for_long_give_a_value_or_a_classic_error(name, arguments):
    give_a_value_or_a_classic_error(name, arguments)


@pytest.mark.parametrize("name", sorted(V2))
@FEW
@given(arguments=st.lists(VALUES, max_size=4))
def test_every_function_called_with_anything_gives_a_value_or_a_classic_error(name, arguments):
    give_a_value_or_a_classic_error(name, arguments)


def give_a_value_or_a_classic_error(name, arguments):
    found = call(V2, name, arguments, lambda text, scope: evaluate(f"@{text}", scope))
    assert not isinstance(found, float) or math.isfinite(found)
    json.dumps(found)


ARGUMENTS_V1 = st.lists(VALUES | st.datetimes(timezones=st.just(UTC)), max_size=4)


@pytest.mark.long
@settings(max_examples=2000, deadline=None)
@given(name=st.sampled_from(sorted(V1)), arguments=ARGUMENTS_V1)
def test_functions_of_version_1_called_with_anything_for_long_give_a_value_or_a_classic_error(name, arguments):
    call(V1, name, arguments, lambda text, scope: evaluate_v1(f"$${text}", scope))


@pytest.mark.parametrize("name", sorted(V1))
@FEW
@given(arguments=ARGUMENTS_V1)
def test_every_function_of_version_1_called_with_anything_gives_a_value_or_a_classic_error(name, arguments):
    call(V1, name, arguments, lambda text, scope: evaluate_v1(f"$${text}", scope))


PIECES = st.sampled_from(
    ["@", "{", "}", "(", ")", "[", "]", "'", "''", ",", ".", "?.", "?[", "$$", "concat", "json", "1", "-", "1e9", " "]
) | st.text(max_size=3)


@settings(max_examples=200, deadline=None, derandomize=True)
@given(pieces=st.lists(PIECES, max_size=25))
def test_any_text_is_an_expression_or_a_classic_error(pieces):
    for run, scope in ((evaluate, Scope(V2)), (evaluate_v1, Scope(V1, {"slicestart": NOW}))):
        for start in ("", "@", "$$", "@{"):
            value_of(partial(run, start + "".join(pieces), scope))
