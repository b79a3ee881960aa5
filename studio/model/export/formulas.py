"""Formulas on columns as ONNX nodes: the steps of model/formulas.py, each a node."""

from typing import Any

from onnx import TensorProto

from studio.model.export.nodes import GraphBuilder
from studio.model.formulas import arguments_of, compute, date_part


class GraphSteps:
    """Steps that add nodes to a graph; the same step on the same values is added once."""

    def __init__(self, build: GraphBuilder) -> None:
        self._build = build
        self._known: dict[tuple[Any, ...], str] = {}

    def __call__(self, operator: str, *values: Any) -> str:
        """Return the name of an operator's result."""
        names = [value if isinstance(value, str) else self._constant(float(value)) for value in values]
        key = (operator, *names)
        if key not in self._known:
            self._known[key] = self._build.node(operator, *names)
        return self._known[key]

    def number(self, condition: Any) -> str:
        """Return a condition as 0 or 1."""
        return self._build.node("Cast", condition, to=TensorProto.DOUBLE)

    def _constant(self, value: float) -> str:
        key = ("Constant", repr(value))
        if key not in self._known:
            self._known[key] = self._build.constant([[value]])
        return self._known[key]


def export_formula(build: GraphBuilder, name: str, constant: float | None, values: str) -> str:
    """Add a formula on a matrix and return the name of its result."""
    first = last = values
    if constant is not None and constant != constant:
        # The last column holds the second argument.
        ends = build.constant([-1], "int64"), build.constant([1], "int64")
        zero, width = build.constant([0], "int64"), build.constant([2**31], "int64")
        first = build.node("Slice", values, zero, ends[0], ends[1])
        last = build.node("Slice", values, ends[0], width, ends[1])
    return str(compute(GraphSteps(build), name, *arguments_of(values, constant, first, last)))


def export_date_parts(build: GraphBuilder, parts: tuple[str, ...], values: str) -> str:
    """Add the parts of moments in POSIX seconds and return the name of their matrix."""
    steps = GraphSteps(build)
    return build.join([str(date_part(steps, part, values)) for part in parts])
