"""Formulas: what numpy and scipy compute, the same in the graph, and calendars as Python's datetime has them."""

import math
from datetime import UTC, datetime

import numpy as np
import pytest
import scipy.special

from studio.model.export.nodes import INPUT, GraphBuilder
from studio.model.export.operations import export_operation
from studio.model.formulas import DATE_PARTS, EXACT, INEXACT
from studio.model.operations import DateParts, Formula
from studio.model.session import OnnxScorer

NUMBERS = [-1000.5, -37.0, -2.5, -1.0, -0.75, -1e-9, 0.0, 1e-9, 0.3, 0.5, 1.0, 1.5, 2.0, 3.0, 8.0, 27.5, 700.0, 1e9]
SECONDS = [2.0, -3.0, 0.5, 10.0, 1.0]
# What each formula is, by numpy or scipy.
UNARY = {
    "Abs": np.abs,
    "Conj": np.conj,
    "CubeRoot": np.cbrt,
    "Exp": np.exp,
    "ExpMinus1": np.expm1,
    "Ln": np.log,
    "LnPlus1": np.log1p,
    "Log10": np.log10,
    "Log2": np.log2,
    "Sqrt": np.sqrt,
    "SqrtPi": lambda x: np.sqrt(x * np.pi),
    "Square": np.square,
    "Ceiling": np.ceil,
    "CeilingPower2": lambda x: 2.0 ** np.ceil(np.log2(x)),
    "Floor": np.floor,
    "ToEven": lambda x: 2 * np.rint(x / 2),
    "ToOdd": lambda x: 2 * np.floor(x / 2) + 1,
    "Erf": scipy.special.erf,
    "Erfc": scipy.special.erfc,
    "Acos": np.arccos,
    "Acosh": np.arccosh,
    "Asin": np.arcsin,
    "Asinh": np.arcsinh,
    "Atan": np.arctan,
    "Atanh": np.arctanh,
    "Cos": np.cos,
    "Cosh": np.cosh,
    "Cot": lambda x: 1 / np.tan(x),
    "Csc": lambda x: 1 / np.sin(x),
    "DegreesToRadians": np.radians,
    "RadiansToDegrees": np.degrees,
    "Sec": lambda x: 1 / np.cos(x),
    "Sin": np.sin,
    "Sinh": np.sinh,
    "Tan": np.tan,
    "Tanh": np.tanh,
}
BINARY = {
    "Atan2": np.arctan2,
    "Exp2": lambda x, y: y * 2.0**x,
    "Hypotenuse": np.hypot,
    "Log": lambda x, y: np.log(x) / np.log(y),
    "NthRoot": lambda x, y: np.where(x < 0, np.where(abs(y) % 2 == 1, -(abs(x) ** (1 / y)), np.nan), abs(x) ** (1 / y)),
    "Pow": np.power,
    "EqualTo": np.equal,
    "GreaterThan": np.greater,
    "GreaterThanOrEqualTo": np.greater_equal,
    "LessThan": np.less,
    "LessThanOrEqualTo": np.less_equal,
    "NotEqualTo": np.not_equal,
    "PairMax": np.maximum,
    "PairMin": np.minimum,
    "Add": np.add,
    "Divide": np.divide,
    "Multiply": np.multiply,
    "Subtract": np.subtract,
    "Mod": np.mod,
    "Quotient": lambda x, y: np.trunc(x / y),
    "Remainder": np.fmod,
}
DIGITS = {
    "RoundDigits": [(2.345, 2, 2.35), (-2.5, 0, -3.0), (1250.0, -2, 1300.0), (0.1 + 0.2, 1, 0.3), (1e17, 3, 1e17)],
    "RoundDown": [(2.349, 2, 2.34), (-2.5, 0, -2.0), (1299.0, -2, 1200.0)],
    "RoundUp": [(2.341, 2, 2.35), (-2.1, 0, -3.0), (1201.0, -2, 1300.0), (2.3, 1, 2.3)],
    "Truncate": [(2.349, 2, 2.34), (-2.9, 0, -2.0)],
}


def in_graph(operation, values):
    build = GraphBuilder()
    result = export_operation(build, operation, INPUT)
    width = values.shape[1]
    return OnnxScorer(build.to_bytes(result, width, operation.width(width))).score(values)


def only_finite(values):
    values = np.asarray(values, dtype=np.float64)
    return np.where(np.isfinite(values), values, np.nan)


@pytest.mark.parametrize("name", UNARY)
def test_a_formula_of_one_argument_is_what_numpy_computes_and_the_graph_agrees(name):
    values = np.array([[*NUMBERS, math.nan]]).T
    found = Formula(name, None).apply(values)
    with np.errstate(all="ignore"):
        expected = only_finite(UNARY[name](values))
    np.testing.assert_allclose(found, expected, rtol=2e-12, atol=1e-14)
    np.testing.assert_allclose(in_graph(Formula(name, None), values), found, rtol=1e-12, atol=1e-15)


@pytest.mark.parametrize("name", BINARY)
def test_a_formula_of_two_arguments_takes_a_constant_or_a_column(name):
    pairs = np.array([(x, y) for x in [*NUMBERS, math.nan] for y in SECONDS])
    with np.errstate(all="ignore"):
        expected = only_finite(BINARY[name](*pairs.T))
    expected[np.isnan(pairs[:, 0])] = np.nan
    by_column = Formula(name, math.nan).apply(pairs)[:, 0]
    np.testing.assert_allclose(by_column, expected, rtol=2e-12, atol=1e-14)
    np.testing.assert_allclose(in_graph(Formula(name, math.nan), pairs)[:, 0], by_column, rtol=1e-12, atol=1e-15)
    chosen = pairs[:, 1] == 2.0
    constant = Formula(name, 2.0).apply(pairs[chosen, :1])[:, 0]
    np.testing.assert_array_equal(constant, by_column[chosen])
    np.testing.assert_allclose(in_graph(Formula(name, 2.0), pairs[chosen, :1])[:, 0], constant, rtol=1e-12)


@pytest.mark.parametrize("name", DIGITS)
def test_rounding_to_digits_is_that_of_decimal_numbers(name):
    for number, digits, expected in DIGITS[name]:
        for operation, values in (
            (Formula(name, float(digits)), np.array([[number]])),
            (Formula(name, math.nan), np.array([[number, digits]])),
        ):
            assert operation.apply(values)[0, 0] == expected, (number, digits)
            assert in_graph(operation, values)[0, 0] == expected, (number, digits)


def test_every_formula_is_tried():
    assert {*UNARY, *BINARY, *DIGITS} == {*EXACT, *INEXACT}


def parts_of(moment):
    return [
        moment.year,
        (moment.month + 2) // 3,
        moment.month,
        moment.isocalendar().week,
        moment.day,
        moment.timetuple().tm_yday,
        moment.isoweekday() % 7,
        moment.hour,
        moment.minute,
        moment.second,
    ]


def test_parts_of_dates_are_those_of_the_calendar():
    operation = DateParts(tuple(DATE_PARTS))

    rng = np.random.default_rng(0)
    seconds = np.floor(rng.uniform(-6.2e10, 2.5e11, (500, 1))) + 0.25
    expected = [parts_of(datetime.fromtimestamp(value, UTC)) for (value,) in seconds.tolist()]
    np.testing.assert_array_equal(operation.apply(seconds), expected)
    days = ((1, 1), (2, 28), (3, 1), (12, 31))
    known = [datetime(y, m, d, 23, 59, 59, tzinfo=UTC) for y in (1, 1900, 1969, 2000, 2024) for m, d in days]
    seconds = np.array([[moment.timestamp()] for moment in known] + [[math.nan]])
    np.testing.assert_array_equal(in_graph(operation, seconds), operation.apply(seconds))
    np.testing.assert_array_equal(operation.apply(seconds)[:-1], [parts_of(moment) for moment in known])
    assert np.isnan(operation.apply(seconds)[-1]).all()
