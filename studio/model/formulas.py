"""Formulas on columns, written once and computed twice: by numpy in training, as ONNX nodes in the graph.

A formula is a function of `Steps` and of its arguments. It may use the operators that ONNX Runtime has for doubles and
that are listed in NUMPY; what is missing there, such as the inverse tangent, is put together from them.

Sums, products, quotients, roots and comparisons are the same everywhere. Other functions differ in the last digits
between libraries, so `rounded` keeps 41 of their 53 bits.
"""

import math
from collections.abc import Callable
from typing import Any, Protocol

import numpy as np

from studio.model.operations import ERFC, Matrix

# Multiplying by this, then subtracting, drops the last 12 bits (Veltkamp's splitting); larger numbers stay as they are.
SPLITTER, LARGEST = 2.0**12 + 1, 1e300
HALVINGS, ATAN_TERMS = 3, 9
SECONDS_PER_DAY = 86_400.0

NUMPY: dict[str, Callable[..., Any]] = {
    "Abs": np.abs,
    "Add": np.add,
    "And": np.logical_and,
    "Ceil": np.ceil,
    "Cos": np.cos,
    "Div": np.divide,
    "Equal": np.equal,
    "Exp": np.exp,
    "Floor": np.floor,
    "Greater": np.greater,
    "GreaterOrEqual": np.greater_equal,
    "IsNaN": np.isnan,
    "Less": np.less,
    "LessOrEqual": np.less_equal,
    "Log": np.log,
    "Max": np.maximum,
    "Min": np.minimum,
    "Mul": np.multiply,
    "Neg": np.negative,
    "Not": np.logical_not,
    "Or": np.logical_or,
    "Pow": np.power,
    "Round": np.rint,
    "Sign": np.sign,
    "Sin": np.sin,
    "Sqrt": np.sqrt,
    "Sub": np.subtract,
    "Tanh": np.tanh,
    "Where": np.where,
}


class Steps(Protocol):
    """Does one step of a formula: with arrays, or by adding a node to a graph; numbers stand for constants."""

    def __call__(self, operator: str, *values: Any) -> Any:
        """Return the result of an operator."""
        ...

    def number(self, condition: Any) -> Any:
        """Return a condition as 0 or 1."""
        ...


class ArraySteps:
    """Steps on arrays of shape (n_rows, n_columns), float64."""

    def __call__(self, operator: str, *values: Any) -> Any:
        """Return the result of an operator."""
        with np.errstate(all="ignore"):
            return NUMPY[operator](*values)

    def number(self, condition: Any) -> Any:
        """Return a condition as 0 or 1."""
        return np.asarray(condition, dtype=np.float64)


def finite(step: Steps, value: Any) -> Any:
    """Return the value, missing (NaN) where it is infinite."""
    return step("Where", step("Less", step("Abs", value), math.inf), value, math.nan)


def rounded(step: Steps, value: Any) -> Any:
    """Return the value with its last 12 bits dropped."""
    large = step("Mul", value, SPLITTER)
    high = step("Sub", large, step("Sub", large, value))
    return step("Where", step("Less", step("Abs", value), LARGEST), high, value)


def _arctangent(step: Steps, x: Any) -> Any:
    """Return the inverse tangent: the angle is halved three times, then the power series has nine terms."""
    size = step("Abs", x)
    steep = step("Greater", size, 1.0)
    part = step("Where", steep, step("Div", 1.0, step("Max", size, 1.0)), size)
    for _ in range(HALVINGS):
        part = step("Div", part, step("Add", 1.0, step("Sqrt", step("Add", 1.0, step("Mul", part, part)))))
    square = step("Mul", part, part)
    total: Any = (-1.0) ** (ATAN_TERMS - 1) / (2 * ATAN_TERMS - 1)
    for term in range(ATAN_TERMS - 2, -1, -1):
        total = step("Add", step("Mul", total, square), (-1.0) ** term / (2 * term + 1))
    angle = step("Mul", step("Mul", part, total), 2.0**HALVINGS)
    angle = step("Where", steep, step("Sub", math.pi / 2, angle), angle)
    return step("Mul", step("Sign", x), angle)


def _arctangent2(step: Steps, y: Any, x: Any) -> Any:
    """Return the angle of the point (x, y), from -π to π."""
    across = step("Equal", x, 0.0)
    angle = _arctangent(step, step("Div", y, step("Where", across, 1.0, x)))
    turn = step("Where", step("Less", y, 0.0), -math.pi, math.pi)
    turned = step("Where", step("Less", x, 0.0), step("Add", angle, turn), angle)
    return step("Where", across, step("Mul", step("Sign", y), math.pi / 2), turned)


def _arcsine(step: Steps, x: Any) -> Any:
    rest = step("Sqrt", step("Mul", step("Sub", 1.0, x), step("Add", 1.0, x)))
    inside = step("Where", step("Greater", step("Abs", x), 1.0), math.nan, x)
    return _arctangent2(step, inside, step("Where", step("IsNaN", rest), 1.0, rest))


def _complementary_error(step: Steps, x: Any) -> Any:
    """Return 1 minus the error function, as operations.normal_distribution computes it."""
    size = step("Abs", x)
    t = step("Div", 2.0, step("Add", 2.0, size))
    argument = step("Sub", step("Mul", t, 2.0), 1.0)
    exponent: Any = ERFC[-1]
    for coefficient in ERFC[-2::-1]:
        exponent = step("Add", step("Mul", argument, exponent), coefficient)
    tail = step("Mul", t, step("Exp", step("Sub", exponent, step("Mul", size, size))))
    return step("Where", step("Greater", x, 0.0), tail, step("Sub", 2.0, tail))


def _root(step: Steps, x: Any, n: Any) -> Any:
    """Return the real nth root: of a negative number only if n is odd."""
    odd = step("Equal", step("Abs", _modulo(step, n, 2.0)), 1.0)
    root = step("Pow", step("Abs", x), step("Div", 1.0, n))
    negative = step("Where", odd, step("Neg", root), math.nan)
    return step("Where", step("Less", x, 0.0), negative, root)


def _modulo(step: Steps, x: Any, y: Any) -> Any:
    return step("Sub", x, step("Mul", y, step("Floor", step("Div", x, y))))


def _truncated(step: Steps, x: Any) -> Any:
    return step("Mul", step("Sign", x), step("Floor", step("Abs", x)))


def _away(step: Steps, x: Any) -> Any:
    return step("Mul", step("Sign", x), step("Ceil", step("Abs", x)))


def _half_up(step: Steps, x: Any) -> Any:
    """Round halves away from zero, as .NET's 4/5 rule does."""
    return step("Mul", step("Sign", x), step("Floor", step("Add", step("Abs", x), 0.5)))


def _at_digits(whole: Callable[[Steps, Any], Any]) -> Callable[[Steps, Any, Any], Any]:
    """Return a formula that rounds to a number of decimal digits, which may be negative."""

    def formula(step: Steps, x: Any, digits: Any) -> Any:
        scale = step("Round", step("Pow", 10.0, step("Abs", _truncated(step, digits))))
        fine = step("GreaterOrEqual", digits, 0.0)
        scaled = whole(step, rounded(step, step("Where", fine, step("Mul", x, scale), step("Div", x, scale))))
        found = step("Where", fine, step("Div", scaled, scale), step("Mul", scaled, scale))
        # Beyond 2**53 there are no digits to round.
        return step("Where", step("Less", step("Abs", scaled), 2.0**53), found, x)

    return formula


def _unary(operator: str) -> Callable[[Steps, Any], Any]:
    return lambda step, x: step(operator, x)


def _binary(operator: str) -> Callable[[Steps, Any, Any], Any]:
    return lambda step, x, y: step(operator, x, y)


def _test(operator: str) -> Callable[[Steps, Any, Any], Any]:
    return lambda step, x, y: step.number(step(operator, x, y))


# Formulas whose result is the same in every library; the others are rounded.
EXACT: dict[str, Callable[..., Any]] = {
    "Abs": _unary("Abs"),
    "Conj": lambda step, x: step("Add", x, 0.0),
    "Hypotenuse": lambda step, x, y: step("Sqrt", step("Add", step("Mul", x, x), step("Mul", y, y))),
    "Sqrt": _unary("Sqrt"),
    "SqrtPi": lambda step, x: step("Sqrt", step("Mul", x, math.pi)),
    "Square": lambda step, x: step("Mul", x, x),
    "EqualTo": _test("Equal"),
    "GreaterThan": _test("Greater"),
    "GreaterThanOrEqualTo": _test("GreaterOrEqual"),
    "LessThan": _test("Less"),
    "LessThanOrEqualTo": _test("LessOrEqual"),
    "NotEqualTo": lambda step, x, y: step.number(step("Not", step("Equal", x, y))),
    "PairMax": _binary("Max"),
    "PairMin": _binary("Min"),
    "Add": _binary("Add"),
    "Divide": _binary("Div"),
    "Multiply": _binary("Mul"),
    "Subtract": _binary("Sub"),
    "Ceiling": _unary("Ceil"),
    "Floor": _unary("Floor"),
    "Mod": _modulo,
    "Quotient": lambda step, x, y: _truncated(step, step("Div", x, y)),
    "Remainder": lambda step, x, y: step("Sub", x, step("Mul", y, _truncated(step, step("Div", x, y)))),
    "RoundDigits": _at_digits(_half_up),
    "RoundDown": _at_digits(_truncated),
    "RoundUp": _at_digits(_away),
    "Truncate": _at_digits(_truncated),
    "ToEven": lambda step, x: step("Mul", step("Round", step("Div", x, 2.0)), 2.0),
    "ToOdd": lambda step, x: step("Add", step("Mul", step("Floor", step("Div", x, 2.0)), 2.0), 1.0),
    "DegreesToRadians": lambda step, x: step("Mul", x, math.pi / 180),
    "RadiansToDegrees": lambda step, x: step("Mul", x, 180 / math.pi),
}
INEXACT: dict[str, Callable[..., Any]] = {
    "Atan2": _arctangent2,
    "CubeRoot": lambda step, x: step("Mul", step("Sign", x), step("Pow", step("Abs", x), 1 / 3)),
    "Exp": _unary("Exp"),
    "Exp2": lambda step, x, y: step("Mul", y, step("Pow", 2.0, x)),
    "ExpMinus1": lambda step, x: step("Sub", step("Exp", x), 1.0),
    "Ln": _unary("Log"),
    "LnPlus1": lambda step, x: step("Log", step("Add", x, 1.0)),
    "Log": lambda step, x, y: step("Div", step("Log", x), step("Log", y)),
    "Log10": lambda step, x: step("Div", step("Log", x), math.log(10)),
    "Log2": lambda step, x: step("Div", step("Log", x), math.log(2)),
    "NthRoot": _root,
    "Pow": _binary("Pow"),
    "CeilingPower2": lambda step, x: step(
        "Pow", 2.0, step("Ceil", rounded(step, step("Div", step("Log", x), math.log(2))))
    ),
    "Erf": lambda step, x: step("Sub", 1.0, _complementary_error(step, x)),
    "Erfc": _complementary_error,
    "Acos": lambda step, x: step("Sub", math.pi / 2, _arcsine(step, x)),
    "Acosh": lambda step, x: step("Log", step("Add", x, step("Sqrt", step("Sub", step("Mul", x, x), 1.0)))),
    "Asin": _arcsine,
    "Asinh": lambda step, x: step(
        "Mul",
        step("Sign", x),
        step("Log", step("Add", step("Abs", x), step("Sqrt", step("Add", step("Mul", x, x), 1.0)))),
    ),
    "Atan": _arctangent,
    "Atanh": lambda step, x: step("Mul", step("Log", step("Div", step("Add", 1.0, x), step("Sub", 1.0, x))), 0.5),
    "Cos": _unary("Cos"),
    "Cosh": lambda step, x: step("Mul", step("Add", step("Exp", x), step("Exp", step("Neg", x))), 0.5),
    "Sec": lambda step, x: step("Div", 1.0, step("Cos", x)),
    "Csc": lambda step, x: step("Div", 1.0, step("Sin", x)),
    "Cot": lambda step, x: step("Div", step("Cos", x), step("Sin", x)),
    "Sin": _unary("Sin"),
    "Sinh": lambda step, x: step("Mul", step("Sub", step("Exp", x), step("Exp", step("Neg", x))), 0.5),
    "Tan": lambda step, x: step("Div", step("Sin", x), step("Cos", x)),
    "Tanh": _unary("Tanh"),
}
TESTS = frozenset({name for name in EXACT if name.endswith(("To", "Than"))})


def compute(step: Steps, name: str, *arguments: Any) -> Any:
    """Return a formula's result; it is missing if an argument is, and if it is no finite number."""
    result = EXACT[name](step, *arguments) if name in EXACT else rounded(step, INEXACT[name](step, *arguments))
    for argument in arguments:
        if not isinstance(argument, float):
            result = step("Where", step("IsNaN", argument), math.nan, result)
    return finite(step, result)


def _calendar(step: Steps, days: Any) -> tuple[Any, Any, Any]:
    """Return year, month and day of the month of days since 1970, in the Gregorian calendar.

    References
    ----------
    H. Hinnant, chrono-Compatible Low-Level Date Algorithms (2014): years begin in March, so that leap days come last.
    """

    def quotient(value: Any, divisor: float) -> Any:
        return step("Floor", step("Div", value, divisor))

    shifted = step("Add", days, 719_468.0)
    era = quotient(shifted, 146_097.0)
    day = step("Sub", shifted, step("Mul", era, 146_097.0))
    leap = step("Sub", step("Sub", quotient(day, 36_524.0), quotient(day, 1460.0)), quotient(day, 146_096.0))
    year = quotient(step("Add", day, leap), 365.0)
    before = step("Sub", step("Add", step("Mul", year, 365.0), quotient(year, 4.0)), quotient(year, 100.0))
    of_year = step("Sub", day, before)
    month = quotient(step("Add", step("Mul", of_year, 5.0), 2.0), 153.0)
    first = quotient(step("Add", step("Mul", month, 153.0), 2.0), 5.0)
    of_month = step("Add", step("Sub", of_year, first), 1.0)
    early = step("Less", month, 10.0)
    year = step("Add", year, step("Mul", era, 400.0))
    year = step("Where", early, year, step("Add", year, 1.0))
    return year, step("Where", early, step("Add", month, 3.0), step("Sub", month, 9.0)), of_month


def _first_day(step: Steps, year: Any) -> Any:
    """Return the first of January in days since 1970."""
    past = step("Sub", year, 1.0)
    total = step("Sub", step("Mul", past, 365.0), 719_162.0)
    for every, sign in ((4.0, "Add"), (100.0, "Sub"), (400.0, "Add")):
        total = step(sign, total, step("Floor", step("Div", past, every)))
    return total


# Each part of a moment, from days since 1970 and seconds of the day.
DATE_PARTS: dict[str, Callable[[Steps, Any, Any], Any]] = {
    "Year": lambda step, days, seconds: _calendar(step, days)[0],
    "Quarter": lambda step, days, seconds: step("Ceil", step("Div", _calendar(step, days)[1], 3.0)),
    "Month": lambda step, days, seconds: _calendar(step, days)[1],
    "Week": lambda step, days, seconds: _week(step, days),
    "Day": lambda step, days, seconds: _calendar(step, days)[2],
    "Day of year": lambda step, days, seconds: step(
        "Add", step("Sub", days, _first_day(step, _calendar(step, days)[0])), 1.0
    ),
    "Day of week": lambda step, days, seconds: _modulo(step, step("Add", days, 4.0), 7.0),
    "Hour": lambda step, days, seconds: step("Floor", step("Div", seconds, 3600.0)),
    "Minute": lambda step, days, seconds: step("Floor", step("Div", _modulo(step, seconds, 3600.0), 60.0)),
    "Second": lambda step, days, seconds: step("Floor", _modulo(step, seconds, 60.0)),
}


def _week(step: Steps, days: Any) -> Any:
    """Return the week by ISO 8601: of the year that the week's Thursday is in."""
    thursday = step("Sub", step("Add", days, 3.0), _modulo(step, step("Add", days, 3.0), 7.0))
    first = _first_day(step, _calendar(step, thursday)[0])
    return step("Add", step("Floor", step("Div", step("Sub", thursday, first), 7.0)), 1.0)


def date_part(step: Steps, part: str, moment: Any) -> Any:
    """Return a part of moments given in POSIX seconds, UTC."""
    days = step("Floor", step("Div", moment, SECONDS_PER_DAY))
    return DATE_PARTS[part](step, days, step("Sub", moment, step("Mul", days, SECONDS_PER_DAY)))


def apply_formula(name: str, values: Matrix, constant: float | None) -> Matrix:
    """Return a formula's results for each column: with a constant, with the last column, or alone.

    Parameters
    ----------
    constant
        The second argument; NaN if the last column holds it, None if the formula has one argument.
    """
    result: Matrix = compute(ArraySteps(), name, *arguments_of(values, constant, values[:, :-1], values[:, -1:]))
    return result


def arguments_of(values: Any, constant: float | None, first: Any, last: Any) -> tuple[Any, ...]:
    """Return the arguments of a formula: the columns, then the constant or the last column."""
    if constant is None:
        return (values,)
    return (first, last) if math.isnan(constant) else (values, constant)
