"""Operations on columns as ONNX nodes: the same computations that model/operations.py does on matrices."""

import math
from typing import Any

import numpy as np

from studio.model.export.formulas import export_date_parts, export_formula
from studio.model.export.nodes import GraphBuilder
from studio.model.operations import (
    ERFC,
    QUANTUM,
    Affine,
    Bins,
    Clip,
    Codes,
    DateParts,
    FillNumbers,
    Formula,
    Indicators,
    IsMissing,
    Logistic,
    LogNormal,
    Lookup,
    Outside,
    Project,
    Refill,
    ReplaceNumber,
    Tanh,
)


def export_operation(build: GraphBuilder, operation: Any, values: str) -> str:
    """Add an operation on a matrix and return the name of its result."""
    match operation:
        case Affine(shift, scale):
            centred = build.node("Sub", values, build.constant([shift]))
            return build.node("Div", centred, build.constant([scale]))
        case Logistic():
            return _rounded(build, build.node("Sigmoid", values), QUANTUM)
        case Tanh():
            return _rounded(build, build.node("Tanh", values), QUANTUM)
        case LogNormal(location, spread):
            return _rounded(build, _log_normal(build, location, spread, values), QUANTUM)
        case Clip(low, high, low_value, high_value):
            below = build.node("Less", values, build.constant([low]))
            raised = build.node("Where", below, build.constant([low_value]), values)
            above = build.node("Greater", values, build.constant([high]))
            return build.node("Where", above, build.constant([high_value]), raised)
        case Outside(low, high):
            below = build.node("Less", values, build.constant([low]))
            above = build.node("Greater", values, build.constant([high]))
            return build.number(build.node("Or", below, above))
        case FillNumbers(numbers):
            return build.node("Where", build.node("IsNaN", values), build.constant([numbers]), values)
        case ReplaceNumber(old, new):
            found = build.node("Equal", values, build.constant([[old]]))
            return build.node("Where", found, build.constant([[new]]), values)
        case IsMissing():
            return build.number(build.node("IsNaN", values))
        case Bins(edges, bin_values):
            return _bins(build, edges, bin_values, values)
        case Codes(known):
            return _codes(build, known, values)
        case Indicators(n_codes):
            return build.number(build.node("Equal", values, build.constant([np.arange(n_codes)])))
        case Project(mean, components, quantum):
            centred = build.node("Sub", values, build.constant([mean]))
            return _rounded(build, build.node("MatMul", centred, build.constant(np.array(components).T)), quantum)
        case Refill():
            return _refill(build, operation, values)
        case Formula(name, constant):
            return export_formula(build, name, constant, values)
        case Lookup(table):
            return _lookup(build, table, values)
        case DateParts(parts):
            return export_date_parts(build, parts, values)
    raise AssertionError(operation)


def _log_normal(build: GraphBuilder, location: Any, spread: Any, values: str) -> str:
    one, zero = build.constant([[1.0]]), build.constant([[0.0]])
    below = build.node("LessOrEqual", values, zero)
    logarithm = build.node("Log", build.node("Where", below, one, values))
    z = build.node("Div", build.node("Sub", logarithm, build.constant([location])), build.constant([spread]))
    x = build.node("Div", build.node("Abs", z), build.constant([[math.sqrt(2)]]))
    two = build.constant([[2.0]])
    t = build.node("Div", two, build.node("Add", two, x))
    argument = build.node("Sub", build.node("Mul", two, t), one)
    exponent = build.node("Add", build.node("Mul", x, zero), build.constant([[ERFC[-1]]]))
    for coefficient in ERFC[-2::-1]:
        exponent = build.node("Add", build.node("Mul", exponent, argument), build.constant([[coefficient]]))
    power = build.node("Exp", build.node("Sub", exponent, build.node("Mul", x, x)))
    tail = build.node("Mul", build.node("Mul", build.constant([[0.5]]), t), power)
    both = build.node("Where", build.node("Greater", z, zero), build.node("Sub", one, tail), tail)
    return build.node("Where", below, zero, both)


def _bins(build: GraphBuilder, edges: Any, bin_values: Any, values: str) -> str:
    """Count the edges below each value, column by column, and look up the value of the bin."""
    deep = build.node("Unsqueeze", values, build.constant([2], np.int64))
    above = build.number(build.node("Greater", deep, build.constant([[edges]])))
    counts = build.node("Cast", build.row_sum(above, 2, keep=False), to=7)
    found = build.node("Gather", build.constant(bin_values), counts, axis=0)
    return build.node("Where", build.node("IsNaN", values), values, found)


def _lookup(build: GraphBuilder, table: Any, values: str) -> str:
    """Look up the rows of codes; what is no code, missing included, gets the last row."""
    column = build.node("Gather", values, build.constant(0, np.int64), axis=1)
    last = build.constant(float(len(table) - 1))
    inside = build.node(
        "And",
        build.node("GreaterOrEqual", column, build.constant(0.0)),
        build.node("LessOrEqual", column, last),
    )
    codes = build.node("Cast", build.node("Where", inside, column, last), to=7)
    return build.node("Gather", build.constant(table), codes, axis=0)


def _codes(build: GraphBuilder, known: Any, values: str) -> str:
    """Start from the unseen code, add (code - unseen) for the match, if any, then insert the missing code."""
    unseen = float(len(known) + 1)
    found = build.number(build.node("Equal", values, build.constant([known])))
    offsets = build.constant([[code - unseen] for code in range(len(known))])
    codes = build.node("Add", build.node("MatMul", found, offsets), build.constant([[unseen]]))
    return build.node("Where", build.node("IsNaN", values), build.constant([[float(len(known))]]), codes)


def _refill(build: GraphBuilder, operation: Refill, values: str) -> str:
    missing = build.node("IsNaN", values)
    width = len(operation.start)
    filled = build.node("Where", missing, build.constant([operation.start]), values)
    for _ in range(operation.rounds):
        before = filled
        for column, weights, intercept, low, high in operation.maps:
            seen = before if operation.together else filled
            total = build.node("MatMul", seen, build.constant([[weight] for weight in weights]))
            guess = build.node("Add", total, build.constant([[intercept]]))
            guess = build.node("Min", build.node("Max", guess, build.constant(low)), build.constant(high))
            here = build.constant([[index == column for index in range(width)]], np.bool_)
            filled = build.node("Where", build.node("And", missing, here), guess, filled)
    return build.node("Where", missing, _rounded(build, filled, operation.quanta), values)


def _rounded(build: GraphBuilder, values: str, quantum: Any) -> str:
    size = build.constant(np.reshape(quantum, (1, -1)))
    return build.node("Mul", build.node("Round", build.node("Div", values, size)), size)
