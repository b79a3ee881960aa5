"""The last step of a graph, from a sum to a score, and the graph without that step.

Contributions add up to that sum, the *margin*: log-odds before a logistic function or a softmax, the logarithm before
an exponential function. Where a score is none of these, it is explained itself.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

import numpy as np

from studio.model.operations import Matrix
from studio.model.session import OUTPUT


class Link(StrEnum):
    """What makes the scores of the margins; the value says how a margin is called in a response."""

    IDENTITY = ""
    LOGIT = "log-odds of "
    SOFTMAX = "margin of "
    LOG = "logarithm of "

    def scores(self, margins: Matrix) -> Matrix:
        """Return the scores of margins, both of shape (n_rows, n_scores)."""
        found: Matrix = margins
        if self is Link.LOGIT:
            with np.errstate(over="ignore"):
                found = 1 / (1 + np.exp(-margins))
        elif self is Link.SOFTMAX:
            powers = np.exp(margins - margins.max(axis=1, keepdims=True))
            found = powers / powers.sum(axis=1, keepdims=True)
        elif self is Link.LOG:
            with np.errstate(over="ignore"):
                found = np.exp(margins)
        return found


LINKS = {"Sigmoid": Link.LOGIT, "Softmax": Link.SOFTMAX, "Exp": Link.LOG}


@dataclass(frozen=True, slots=True)
class Graph:
    """The nodes of a graph by the values that they make, its constants, and the value that holds the margins."""

    nodes: Mapping[str, Any]
    constants: Mapping[str, Any]
    margin: str
    link: Link

    def constant(self, name: str) -> Any:
        """Return the numbers of a constant, None if the value is computed."""
        from onnx import numpy_helper

        found = self.constants.get(name)
        return None if found is None else numpy_helper.to_array(found)


def read_graph(content: bytes, width: int) -> Graph:
    """Return the parts of a serialised graph whose output has `width` scores, perhaps with computed columns after."""
    import onnx

    graph = onnx.load_from_string(content).graph
    nodes = {name: node for node in graph.node for name in node.output}
    constants = {item.name: item for item in graph.initializer}
    for node in graph.node:
        values = [item.t for item in node.attribute if node.op_type == "Constant" and item.name == "value"]
        if values:
            constants[node.output[0]] = values[0]
    return Graph(nodes, constants, *_margin(nodes, width))


def _margin(nodes: Mapping[str, Any], width: int) -> tuple[str, Link]:
    name = OUTPUT
    while (node := nodes.get(name)) is not None and node.op_type in ("Identity", "Concat"):
        if node.op_type == "Concat" and not _begins_with_scores(nodes.get(node.input[0]), width):
            return OUTPUT, Link.IDENTITY
        name = node.input[0]
    if node is None or node.op_type not in LINKS:
        return name, Link.IDENTITY
    return node.input[0], LINKS[node.op_type]


def _begins_with_scores(first: Any, width: int) -> bool:
    """Return whether a node gives all scores: then what is concatenated to it are computed columns."""
    return width == 1 or (first is not None and first.op_type == "Softmax")


def with_margins(content: bytes, graph: Graph) -> bytes:
    """Return the serialised graph with the margins as its only output."""
    import onnx

    if graph.margin == OUTPUT:
        return content
    model = onnx.load_from_string(content)
    renamed = onnx.helper.make_node("Identity", [graph.margin], [OUTPUT])
    kept = [node for node in model.graph.node if OUTPUT not in node.output]
    del model.graph.node[:]
    model.graph.node.extend([*kept, renamed])
    # Without the computed columns it has another width.
    model.graph.output[0].type.tensor_type.ClearField("shape")
    result: bytes = model.SerializeToString()
    return result
