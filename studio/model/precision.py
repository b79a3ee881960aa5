"""How exactly a graph computes: scores of single precision differ in their last digits from call to call."""

from typing import Any

from studio.model.graph_rules import ML_DOMAIN
from studio.model.parity import TOLERANCE

# Relative to the largest value of a column if that is above 1. Single precision has seven digits, sums lose one or two.
SINGLE_TOLERANCE, HALF_TOLERANCE = 1e-5, 1e-2
SINGLE, HALF = "single", "half"
# Types of elements: FLOAT; FLOAT16 and BFLOAT16.
_SINGLES, _HALVES = (1,), (10, 16)


def graph_precision(model: Any) -> str:
    """Return `single`, `half` or `double`: the least exact type that a graph (an onnx.ModelProto) computes with."""
    types = {tensor.data_type for tensor in model.graph.initializer}
    for node in model.graph.node:
        doubles = False
        for attribute in node.attribute:
            if attribute.name == "to" and node.op_type == "Cast":
                types.add(attribute.i)
            if attribute.HasField("t"):
                types.add(attribute.t.data_type)
                doubles = doubles or attribute.t.data_type == 11
        if node.domain == ML_DOMAIN and not doubles:
            # Their attributes and outputs are single precision unless they have tensors.
            types.add(1)
    if types & set(_HALVES):
        return HALF
    return SINGLE if types & set(_SINGLES) else "double"


def graph_tolerance(graph: bytes) -> float:
    """Return how far two computations of a serialised graph's scores may differ."""
    import onnx

    found = graph_precision(onnx.ModelProto.FromString(graph))
    return {SINGLE: SINGLE_TOLERANCE, HALF: HALF_TOLERANCE}.get(found, TOLERANCE)
