"""Small pieces all exported graphs share: named nodes, double constants, the finished model."""

from typing import Any

import numpy as np
import numpy.typing as npt
import onnx
from onnx import TensorProto, helper, numpy_helper

OPSET, ML_OPSET, IR_VERSION = 18, 5, 10
INPUT, OUTPUT = "encoded", "scores"


class GraphBuilder:
    """Collects nodes and constants of a graph from `encoded` (n_rows, n_features) to `scores` (n_rows, n_scores)."""

    def __init__(self) -> None:
        self.nodes: list[Any] = []
        self.constants: list[Any] = []

    def constant(self, name: str, value: npt.ArrayLike, dtype: Any = np.float64) -> str:
        """Add a constant and return its name."""
        self.constants.append(numpy_helper.from_array(np.asarray(value, dtype=dtype), name))
        return name

    def node(self, operator: str, inputs: list[str], output: str, domain: str = "", **attributes: Any) -> str:
        """Add a node and return its output's name."""
        self.nodes.append(helper.make_node(operator, inputs, [output], domain=domain, **attributes))
        return output

    def columns(self, first: int, stop: int, output: str) -> str:
        """Add a slice of the encoded matrix's columns first … stop-1 and return its name."""
        bounds = [
            self.constant(f"{output}_{name}", [value], np.int64)
            for name, value in (("first", first), ("stop", stop), ("axis", 1))
        ]
        return self.node("Slice", [INPUT, *bounds], output)

    def to_bytes(self, n_features: int, n_scores: int) -> bytes:
        """Return the serialised, checked model."""
        graph = helper.make_graph(
            self.nodes,
            "perennial",
            [helper.make_tensor_value_info(INPUT, TensorProto.DOUBLE, [None, n_features])],
            [helper.make_tensor_value_info(OUTPUT, TensorProto.DOUBLE, [None, n_scores])],
            self.constants,
        )
        opsets = [helper.make_opsetid("", OPSET), helper.make_opsetid("ai.onnx.ml", ML_OPSET)]
        model = helper.make_model(graph, opset_imports=opsets, ir_version=IR_VERSION, producer_name="perennial")
        onnx.checker.check_model(model)
        content: bytes = model.SerializeToString(deterministic=True)
        return content
