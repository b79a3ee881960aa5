"""Building blocks of all exported graphs: named nodes, double constants, the finished model."""

from typing import Any

import numpy as np
import numpy.typing as npt
import onnx
from onnx import TensorProto, helper, numpy_helper

from studio.model.session import INPUT, OUTPUT, TRAINING_ROWS

OPSET, ML_OPSET, IR_VERSION = 18, 5, 10


class GraphBuilder:
    """Collects the nodes and constants of a graph from `encoded` (n_rows, n_slots) to `scores` (n_rows, n_scores).

    Values are referred to by the names that `constant` and `node` return.
    """

    def __init__(self) -> None:
        self.nodes: list[Any] = []
        self.constants: list[Any] = []

    def constant(self, value: npt.ArrayLike, dtype: Any = np.float64) -> str:
        """Add a constant and return its name."""
        name = f"c{len(self.constants)}"
        self.constants.append(numpy_helper.from_array(np.asarray(value, dtype=dtype), name))
        return name

    def note(self, name: str, value: npt.NDArray[Any]) -> None:
        """Add numbers about the graph under a name of their own; no node takes them."""
        self.constants.append(numpy_helper.from_array(value, name))

    def note_training_rows(self) -> None:
        """Note that constants of the graph are rows of the training data, after all preparation."""
        if all(item.name != TRAINING_ROWS for item in self.constants):
            self.note(TRAINING_ROWS, np.ones(1, dtype=np.int64))

    def node(self, operator: str, *inputs: str, domain: str = "", **attributes: Any) -> str:
        """Add a node with one output and return the output's name."""
        return self.nodes_of(operator, *inputs, outputs=1, domain=domain, **attributes)[0]

    def nodes_of(self, operator: str, *inputs: str, outputs: int, domain: str = "", **attributes: Any) -> list[str]:
        """Add a node and return the names of its outputs."""
        names = [f"v{len(self.nodes)}_{index}" for index in range(outputs)]
        self.nodes.append(helper.make_node(operator, list(inputs), names, domain=domain, **attributes))
        return names

    def gather(self, matrix: str, positions: list[int]) -> str:
        """Add a selection of matrix columns and return its name."""
        return self.node("Gather", matrix, self.constant(positions, np.int64), axis=1)

    def join(self, matrices: list[str]) -> str:
        """Add the concatenation of matrices, side by side, and return its name."""
        return matrices[0] if len(matrices) == 1 else self.node("Concat", *matrices, axis=1)

    def number(self, condition: str) -> str:
        """Add the conversion of Booleans to 0.0 and 1.0 and return its name."""
        return self.node("Cast", condition, to=TensorProto.DOUBLE)

    def row_sum(self, values: str, axis: int = 1, *, keep: bool = True) -> str:
        """Add a sum along an axis and return its name."""
        return self.node("ReduceSum", values, self.constant([axis], np.int64), keepdims=int(keep))

    def to_bytes(self, result: str, n_slots: int, n_scores: int) -> bytes:
        """Return the serialised, checked model that outputs `result`."""
        self.nodes.append(helper.make_node("Identity", [result], [OUTPUT]))
        graph = helper.make_graph(
            self.nodes,
            "perennial",
            [helper.make_tensor_value_info(INPUT, TensorProto.DOUBLE, [None, n_slots])],
            [helper.make_tensor_value_info(OUTPUT, TensorProto.DOUBLE, [None, n_scores])],
            self.constants,
        )
        opsets = [helper.make_opsetid("", OPSET), helper.make_opsetid("ai.onnx.ml", ML_OPSET)]
        model = helper.make_model(graph, opset_imports=opsets, ir_version=IR_VERSION, producer_name="perennial")
        onnx.checker.check_model(model)
        content: bytes = model.SerializeToString(deterministic=True)
        return content
