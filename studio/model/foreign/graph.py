"""A graph of another library, read and put between this app's input and output.

Its inputs become columns of the encoded matrix, cast to the types that it wants and put into the shape of its tensors;
one of its outputs becomes the scores. Names are replaced, and what does not lead to the scores is left out, such as
ZipMap and the texts of labels. The result is a graph as this app's own models have it, and checked as these are.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from math import prod
from typing import Any, NoReturn

import numpy as np

from studio.errors import BadArgument
from studio.model.graph_rules import MAX_NODES, OPSETS
from studio.model.session import INPUT, OUTPUT

# Element types that a column of numbers can be cast to, by their numbers in ONNX.
CASTABLE = {1: "float32", 11: "float64", 10: "float16", 6: "int32", 7: "int64", 9: "bool"}
TEXTS, DEFAULT_OPSET, NEWEST_IR = 8, 13, 10
LABEL_ATTRIBUTES = ("classlabels_strings", "classlabels_int64s", "classlabels_ints")


@dataclass(frozen=True, slots=True)
class Tensor:
    """An input or output: its name, its element type, and the shape of a row (0 where the graph leaves it open)."""

    name: str
    type: int
    shape: tuple[int, ...]
    is_map: bool = False


@dataclass(frozen=True, slots=True)
class ForeignGraph:
    """A parsed graph with its inputs, its outputs, and the class labels that it names, in the order of its scores."""

    model: Any
    inputs: tuple[Tensor, ...]
    outputs: tuple[Tensor, ...]
    labels: tuple[Any, ...]

    @property
    def producer(self) -> str:
        """The library that wrote the graph, and its version."""
        return f"{self.model.producer_name} {self.model.producer_version}".strip()[:100]


def read_graph(content: bytes) -> ForeignGraph:
    """Return a parsed graph; BadArgument if it is none, or has inputs that rows cannot fill."""
    import onnx
    from google.protobuf.message import DecodeError  # type: ignore[import-untyped]

    model = onnx.ModelProto()
    try:
        model.ParseFromString(content)
    except DecodeError as error:
        raise refusal("it cannot be parsed as ONNX. Is the file whole, and an .onnx file?") from error
    graph = model.graph
    if not graph.node or len(graph.node) > MAX_NODES:
        raise refusal(f"it has {len(graph.node):,} nodes; 1 to {MAX_NODES:,} are accepted")
    if any(tensor.data_location != tensor.DEFAULT for tensor in graph.initializer):
        raise refusal(
            "its weights are in another file (external data). Save it in one file: torch.onnx.export(…, "
            "external_data=False), or onnx.save(onnx.load(path), path)"
        )
    if len(model.functions):
        raise refusal("it has local functions. Inline them: onnx.inliner.inline_local_functions(model)")
    constants = {tensor.name for tensor in graph.initializer}
    inputs = tuple(_input(value) for value in graph.input if value.name not in constants)
    if not inputs:
        raise refusal("it has no input")
    return ForeignGraph(model, inputs, tuple(map(_output, graph.output)), _labels(graph))


def refusal(reason: str, target: str | None = None) -> BadArgument:
    """Return the error for a model from elsewhere that cannot be used."""
    return BadArgument("InvalidBlob", f"The model cannot be imported: {reason}.", target)


def _input(value: Any) -> Tensor:
    name = value.name[:80]
    if value.type.WhichOneof("value") != "tensor_type":
        raise refusal(f"its input '{name}' is optional, a sequence or a map; only tensors are accepted")
    tensor = value.type.tensor_type
    if tensor.elem_type == TEXTS:
        raise refusal(
            f"its input '{name}' takes texts. Encode texts as numbers before the model, and export the part that takes "
            "numbers; or publish the scikit-learn pipeline itself (ws.publish), whose categories the app encodes"
        )
    if tensor.elem_type not in CASTABLE:
        raise refusal(f"its input '{name}' has the element type {tensor.elem_type}; numbers are accepted")
    if not tensor.HasField("shape") or not tensor.shape.dim:
        raise refusal(
            f"its input '{name}' has no number of dimensions (a dynamic rank). Export it with a shape whose first "
            "dimension is the rows"
        )
    first, *rest = tensor.shape.dim
    if first.dim_value > 0:
        raise refusal(
            f"its input '{name}' takes exactly {first.dim_value} row{'s' if first.dim_value > 1 else ''} at a time. "
            "Export it with a dynamic first dimension (in PyTorch: dynamic_shapes=({0: torch.export.Dim('batch')},))"
        )
    return Tensor(value.name, tensor.elem_type, tuple(max(0, dim.dim_value) for dim in rest))


def _output(value: Any) -> Tensor:
    if value.type.WhichOneof("value") != "tensor_type":
        return Tensor(value.name, 0, (), is_map=True)
    dims = value.type.tensor_type.shape.dim
    return Tensor(value.name, value.type.tensor_type.elem_type, tuple(max(0, dim.dim_value) for dim in dims[1:]))


def _labels(graph: Any) -> tuple[Any, ...]:
    for wanted in ("ZipMap", "TreeEnsembleClassifier", "LinearClassifier", "SVMClassifier"):
        for node in graph.node:
            for attribute in node.attribute if node.op_type == wanted else ():
                if attribute.name in LABEL_ATTRIBUTES and (attribute.strings or attribute.ints):
                    return tuple(item.decode("utf-8", "replace") for item in attribute.strings) or tuple(attribute.ints)
    return ()


def place_inputs(
    foreign: ForeignGraph,
    columns: Sequence[str],
    given: dict[str, tuple[str, ...]],
    shapes: dict[str, tuple[int, ...]],
) -> dict[str, tuple[list[int], tuple[int, ...]]]:
    """Return for each input the positions of its columns, and the shape of a row.

    Parameters
    ----------
    given, shapes
        What the caller says, by the names of inputs. Without it, one input takes all columns; of several, each takes
        the column of its name (with `_` for what is no letter or digit), or so many as its shape has, in order.

    Raises
    ------
    BadArgument
        If an input or a column is not there, or their numbers do not fit.
    """
    names = [tensor.name for tensor in foreign.inputs]
    for name in (*given, *shapes):
        if name not in names:
            raise refusal(f"it has no input '{name}'. It has: {', '.join(names[:20])}", "Inputs")
    at = {name: index for index, name in enumerate(columns)}
    simple = {"".join(c if c.isalnum() else "_" for c in name): index for name, index in at.items()}
    by_name = all(prod(tensor.shape) <= 1 and (tensor.name in at or tensor.name in simple) for tensor in foreign.inputs)
    placed, used = {}, 0
    for tensor in foreign.inputs:
        shape = shapes.get(tensor.name) or tensor.shape
        if tensor.name in given:
            positions = [_position(at, column) for column in given[tensor.name]]
        elif len(names) == 1:
            positions = list(range(len(columns)))
        elif by_name:
            positions = [at[tensor.name] if tensor.name in at else simple[tensor.name]]
        else:
            positions = list(range(used, used + prod(shape)))
        used += len(positions)
        placed[tensor.name] = (positions, _fill(tensor.name, shape, len(positions), len(columns)))
        if positions and max(positions) >= len(columns):
            raise refusal(f"its inputs take {used:,} numbers a row, and the sample has {len(columns):,} columns")
    return placed


def _position(at: dict[str, int], column: str) -> int:
    if column not in at:
        raise refusal(f"the sample has no column '{column}'. It has: {', '.join(list(at)[:20])}", column)
    return at[column]


def _fill(name: str, shape: tuple[int, ...], count: int, n_columns: int) -> tuple[int, ...]:
    """Return the shape of a row with its open dimension filled."""
    known = prod(size for size in shape if size)
    if shape.count(0) == 1 and known and count % known == 0:
        shape = tuple(size or count // known for size in shape)
    if 0 in shape:
        raise refusal(
            f"its input '{name}' leaves {shape.count(0)} dimensions of a row open ({_written(shape)}). Say the shape: "
            f'"Shapes": {{"{name}": […]}}'
        )
    if prod(shape) != count:
        raise refusal(
            f"its input '{name}' takes {prod(shape):,} numbers a row ({_written(shape)}), and "
            f"{count:,} of the sample's {n_columns:,} columns are given to it"
        )
    return shape


def _written(shape: Sequence[int]) -> str:
    return " by ".join(str(size) if size else "?" for size in shape) or "one"


def choose_output(foreign: ForeignGraph, wanted: str) -> Tensor:
    """Return the output that holds the scores: the one named, the probabilities of a classifier, or the only numbers.

    Raises
    ------
    BadArgument
        If that is not clear.
    """
    found = [item for item in foreign.outputs if item.name == wanted]
    if wanted and not found:
        _ask(f"it has no output '{wanted[:80]}'", foreign)
    numbers = [item for item in foreign.outputs if item.is_map or item.type in (1, 10, 11)]
    shares = [item for item in numbers if item.is_map or "prob" in item.name.lower()]
    for chosen in (found, shares, numbers):
        if len(chosen) == 1:
            return chosen[0]
    return _ask(f"{len(numbers) or 'none'} of its outputs could be the scores", foreign)


def _ask(reason: str, foreign: ForeignGraph) -> NoReturn:
    names = ", ".join(f"'{item.name}'" for item in foreign.outputs[:20])
    raise refusal(f'{reason}. Say which is: "Outputs": {{"Name": …}}, one of {names}', "Outputs")


def wrap_graph(
    foreign: ForeignGraph,
    placed: dict[str, tuple[list[int], tuple[int, ...]]],
    output: str,
    width: int,
    finish: Sequence[str] = (),
    columns: Sequence[int] | None = None,
) -> bytes:
    """Return the graph from the encoded matrix (n_rows, width) to the scores.

    Parameters
    ----------
    output
        The name of the output that becomes the scores; of a map, the tensor that it is made of.
    finish
        Operators that make scores of the output: `Column` (from one number a row to a matrix), `Softmax`, `Sigmoid`.
    columns
        The columns of the output that are the scores; all by default.
    """
    import onnx
    from onnx import helper

    source = foreign.model.graph
    names = _Names()
    constants = [_renamed(tensor, names(tensor.name)) for tensor in source.initializer]
    nodes: list[Any] = []
    for tensor in foreign.inputs:
        nodes += _feed(tensor, *placed[tensor.name], width, names, constants)
    nodes += [_copy(node, names) for node in source.node]
    last = names(_unmapped(source, output))
    last = _finish(last, finish, columns, nodes, constants)
    nodes.append(helper.make_node("Cast", [last], [OUTPUT], to=onnx.TensorProto.DOUBLE))
    kept = _needed(nodes, OUTPUT)
    used = {name for node in kept for name in node.input}
    graph = helper.make_graph(
        kept,
        "imported",
        [helper.make_tensor_value_info(INPUT, onnx.TensorProto.DOUBLE, [None, width])],
        [helper.make_tensor_value_info(OUTPUT, onnx.TensorProto.DOUBLE, None)],
        [tensor for tensor in constants if tensor.name in used],
    )
    opsets = {"" if item.domain == "ai.onnx" else item.domain: item.version for item in foreign.model.opset_import}
    opsets.setdefault("", DEFAULT_OPSET)
    # Also operator sets that nothing needs any more are named by exporters.
    domains = {"" if node.domain == "ai.onnx" else node.domain for node in kept} | {""}
    model = helper.make_model(
        graph,
        opset_imports=[helper.make_opsetid(domain, number) for domain, number in opsets.items() if domain in domains],
        ir_version=min(NEWEST_IR, max(4, foreign.model.ir_version)),
        producer_name="perennial",
    )
    content: bytes = model.SerializeToString(deterministic=True)
    return content


def lacking(foreign: ForeignGraph) -> list[str]:
    """Return the operator sets that this app does not have in the version that the graph wants."""
    return [
        f"operator set {item.domain or 'ai.onnx'} {item.version} (this app has "
        + (f"{OPSETS[domain][0]} to {OPSETS[domain][1]})" if domain in OPSETS else "none of that name)")
        for item in foreign.model.opset_import
        for domain in ["" if item.domain == "ai.onnx" else item.domain]
        if (domain not in OPSETS or not OPSETS[domain][0] <= item.version <= OPSETS[domain][1])
        and any(("" if node.domain == "ai.onnx" else node.domain) == domain for node in foreign.model.graph.node)
    ]


class _Names:
    """Short names for those of a graph, which may be long or the same as this app's."""

    def __init__(self) -> None:
        self._names: dict[str, str] = {"": ""}

    def __call__(self, name: str) -> str:
        return self._names.setdefault(name, f"m{len(self._names)}")


def _renamed(tensor: Any, name: str) -> Any:
    import onnx

    copy = onnx.TensorProto()
    copy.CopyFrom(tensor)
    copy.ClearField("metadata_props")
    copy.ClearField("doc_string")
    copy.name = name
    return copy


def _copy(node: Any, names: _Names) -> Any:
    import onnx

    copy = onnx.NodeProto()
    copy.CopyFrom(node)
    for field in ("metadata_props", "doc_string", "name", "input", "output"):
        copy.ClearField(field)
    copy.input.extend(names(name) for name in node.input)
    copy.output.extend(names(name) for name in node.output)
    for attribute in copy.attribute:
        attribute.ClearField("doc_string")
    return copy


def _feed(
    tensor: Tensor, positions: list[int], shape: tuple[int, ...], width: int, names: _Names, constants: list[Any]
) -> list[Any]:
    """Return the nodes that make an input of columns of the matrix."""
    from onnx import helper, numpy_helper

    nodes, last, stem = [], INPUT, f"in_{names(tensor.name)}"
    if positions != list(range(width)):
        constants.append(numpy_helper.from_array(np.array(positions, np.int64), f"{stem}_at"))
        nodes.append(helper.make_node("Gather", [last, f"{stem}_at"], [f"{stem}_part"], axis=1))
        last = f"{stem}_part"
    if len(shape) != 1:
        constants.append(numpy_helper.from_array(np.array([-1, *shape], np.int64), f"{stem}_shape"))
        nodes.append(helper.make_node("Reshape", [last, f"{stem}_shape"], [f"{stem}_row"]))
        last = f"{stem}_row"
    nodes.append(helper.make_node("Cast", [last], [names(tensor.name)], to=tensor.type))
    return nodes


def _unmapped(graph: Any, output: str) -> str:
    """Return the tensor that a map is made of, or the output itself."""
    made = {node.output[0]: node for node in graph.node if node.output}
    while (node := made.get(output)) is not None and node.op_type in ("ZipMap", "Identity") and node.input:
        output = node.input[0]
    return output


def _finish(
    last: str, finish: Sequence[str], columns: Sequence[int] | None, nodes: list[Any], constants: list[Any]
) -> str:
    from onnx import helper, numpy_helper

    for operator in finish:
        given = [last]
        if operator == "Column":
            constants.append(numpy_helper.from_array(np.array([-1, 1], np.int64), "out_shape"))
            given, operator = [last, "out_shape"], "Reshape"
        more = {"axis": 1} if operator == "Softmax" else {}
        last = f"out_{len(nodes)}"
        nodes.append(helper.make_node(operator, given, [last], **more))
    if columns is None:
        return last
    constants.append(numpy_helper.from_array(np.array(columns, np.int64), "out_at"))
    nodes.append(helper.make_node("Gather", [last, "out_at"], ["out_part"], axis=1))
    return "out_part"


def _needed(nodes: list[Any], output: str) -> list[Any]:
    """Return the nodes that lead to an output, in their order."""
    wanted, kept = {output}, []
    for node in reversed(nodes):
        if wanted.intersection(filter(None, node.output)):
            kept.append(node)
            wanted.update(filter(None, node.input))
    return kept[::-1]
