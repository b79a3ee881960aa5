"""Graphs by people who try: each reads a file, takes memory or takes time as soon as a session is opened or run."""

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
import onnx
from onnx import TensorProto, helper, numpy_helper

from studio.model.session import INPUT, OUTPUT

BIG = 200_000_000


def graph_of(
    nodes: Sequence[Any], constants: Sequence[Any] = (), *, width: int | None = 4, opset: int = 18, **more: Any
) -> Any:
    """A model from `encoded` (n_rows, width) to `scores` (n_rows, 1) of these nodes."""
    graph = helper.make_graph(
        list(nodes),
        "hostile",
        [helper.make_tensor_value_info(INPUT, TensorProto.DOUBLE, [None, width])],
        [helper.make_tensor_value_info(OUTPUT, TensorProto.DOUBLE, None)],
        list(constants),
    )
    opsets = [helper.make_opsetid("", opset), helper.make_opsetid("ai.onnx.ml", more.pop("ml_opset", 5))]
    return helper.make_model(graph, opset_imports=opsets, ir_version=10, **more)


def constant(name: str, value: Any, dtype: Any = np.float64) -> Any:
    """A named constant."""
    return numpy_helper.from_array(np.asarray(value, dtype=dtype), name)


def node(operator: str, inputs: Sequence[str], outputs: Sequence[str], **attributes: Any) -> Any:
    """A node."""
    return helper.make_node(operator, list(inputs), list(outputs), **attributes)


def harmless() -> Any:
    """The sum of the columns: a graph that is accepted."""
    return graph_of([node("ReduceSum", [INPUT, "axis"], [OUTPUT])], [constant("axis", [1], np.int64)])


def _sum_of(values: str) -> list[Any]:
    """Nodes that make scores of any values, so that these are really computed."""
    return [
        node("Cast", [values], ["numbers"], to=TensorProto.DOUBLE),
        node("ReduceMax", ["numbers"], ["most"], keepdims=0),
        node("ReduceSum", [INPUT, "one"], ["rows"], keepdims=1),
        node("Mul", ["rows", "zero"], ["nothing"]),
        node("Add", ["nothing", "most"], [OUTPUT]),
    ]


SUM = (constant("one", [1], np.int64), constant("zero", [[0.0]]))


def outside(tensor: Any, file: str, length: int, kind: int = TensorProto.UINT8) -> Any:
    """The tensor with its bytes in a file beside the model."""
    tensor.ClearField("raw_data")
    tensor.data_type, tensor.data_location = kind, TensorProto.EXTERNAL
    del tensor.dims[:]
    tensor.dims.append(length)
    for key, value in (("location", file), ("offset", "0"), ("length", str(length))):
        tensor.external_data.add(key=key, value=value)
    return tensor


def outside_initializer(file: str, length: int) -> Any:
    """The plain form, which was refused from the beginning."""
    model = graph_of(_sum_of("bytes"), SUM)
    outside(model.graph.initializer.add(name="bytes"), file, length)
    return model


def outside_sparse_initializer(file: str, length: int) -> Any:
    """The bytes of the file are the values of a sparse constant."""
    model = graph_of(
        [
            node("Cast", ["bytes"], ["numbers"], to=TensorProto.DOUBLE),
            node("ReduceSum", [INPUT, "one"], ["rows"], keepdims=1),
            node("Mul", ["rows", "zero"], ["nothing"]),
            node("Add", ["nothing", "numbers"], [OUTPUT]),
        ],
        SUM,
    )
    sparse = model.graph.sparse_initializer.add()
    sparse.dims.append(length)
    outside(sparse.values, file, length).name = "bytes"
    sparse.indices.CopyFrom(numpy_helper.from_array(np.arange(length, dtype=np.int64)))
    return model


def outside_attribute(file: str, length: int) -> Any:
    """The bytes are the value of a Constant node."""
    model = graph_of([node("Constant", [], ["bytes"]), *_sum_of("bytes")], SUM)
    attribute = model.graph.node[0].attribute.add(name="value", type=onnx.AttributeProto.TENSOR)
    outside(attribute.t, file, length)
    return model


def outside_sparse_attribute(file: str, length: int) -> Any:
    """The bytes are the values of a Constant node's sparse value."""
    model = graph_of([node("Constant", [], ["bytes"]), *_sum_of("bytes")], SUM)
    attribute = model.graph.node[0].attribute.add(name="sparse_value", type=onnx.AttributeProto.SPARSE_TENSOR)
    attribute.sparse_tensor.dims.append(length)
    outside(attribute.sparse_tensor.values, file, length)
    attribute.sparse_tensor.indices.CopyFrom(numpy_helper.from_array(np.arange(length, dtype=np.int64)))
    return model


def outside_list_attribute(file: str, length: int) -> Any:
    """The bytes lie in a list of tensors."""
    model = harmless()
    attribute = model.graph.node[0].attribute.add(name="values", type=onnx.AttributeProto.TENSORS)
    outside(attribute.tensors.add(), file, length)
    return model


def _branch(name: str, file: str, length: int) -> Any:
    inner = helper.make_graph(
        [node("Cast", ["bytes"], [f"{name}_out"], to=TensorProto.DOUBLE)],
        name,
        [],
        [helper.make_tensor_value_info(f"{name}_out", TensorProto.DOUBLE, None)],
    )
    outside(inner.initializer.add(name="bytes"), file, length)
    return inner


def outside_subgraph(file: str, length: int) -> Any:
    """The bytes are a constant of both branches of an If."""
    branches = {"then_branch": _branch("a", file, length), "else_branch": _branch("b", file, length)}
    return graph_of(
        [node("If", ["yes"], ["values"], **branches), *_sum_of("values")], [*SUM, constant("yes", True, bool)]
    )


def outside_function(file: str, length: int) -> Any:
    """The bytes are the value of a Constant inside a local function."""
    inner = node("Constant", [], ["bytes"])
    attribute = inner.attribute.add(name="value", type=onnx.AttributeProto.TENSOR)
    outside(attribute.t, file, length)
    function = helper.make_function("", "Leak", [], ["bytes"], [inner], [helper.make_opsetid("", 18)])
    return graph_of([node("Leak", [], ["bytes"]), *_sum_of("bytes")], SUM, functions=[function])


def outside_training(file: str, length: int) -> Any:
    """The bytes are a constant of the training information, which scoring does not need."""
    model = harmless()
    outside(model.training_info.add().initialization.initializer.add(name="bytes"), file, length)
    return model


LEAKS: tuple[Callable[[str, int], Any], ...] = (
    outside_initializer,
    outside_sparse_initializer,
    outside_attribute,
    outside_sparse_attribute,
    outside_list_attribute,
    outside_subgraph,
    outside_function,
    outside_training,
)


def constant_of_shape(size: int = BIG) -> Any:
    """A constant of a given size from a file of a few bytes."""
    return graph_of(
        [node("ConstantOfShape", ["size"], ["many"]), *_sum_of("many")], [*SUM, constant("size", [size], np.int64)]
    )


def long_range(size: int = BIG) -> Any:
    """A range of a given length."""
    limits = [constant("start", 0, np.int64), constant("stop", size, np.int64), constant("step", 1, np.int64)]
    return graph_of([node("Range", ["start", "stop", "step"], ["many"]), *_sum_of("many")], [*SUM, *limits])


def wide_expand(size: int = BIG) -> Any:
    """The input, repeated by broadcasting."""
    return graph_of(
        [
            node("ReduceMax", [INPUT], ["cell"], keepdims=0),
            node("Expand", ["cell", "size"], ["many"]),
            *_sum_of("many"),
        ],
        [*SUM, constant("size", [size], np.int64)],
    )


def tiled(size: int = BIG) -> Any:
    """The input, repeated."""
    return graph_of(
        [node("Tile", [INPUT, "by"], ["many"]), *_sum_of("many")], [*SUM, constant("by", [1, size], np.int64)]
    )


def padded(size: int = BIG) -> Any:
    """The input with a wide margin."""
    pads = constant("pads", [0, 0, 0, size], np.int64)
    return graph_of([node("Pad", [INPUT, "pads"], ["many"]), *_sum_of("many")], [*SUM, pads])


def resized(size: int = BIG) -> Any:
    """The input as a larger picture."""
    sizes = [constant("none", [], np.float32), constant("sizes", [1, size], np.int64)]
    nodes = [
        node("ReduceMax", [INPUT], ["cell"], keepdims=1),
        node("Resize", ["cell", "", "none", "sizes"], ["many"], mode="nearest"),
    ]
    return graph_of([*nodes, *_sum_of("many")], [*SUM, *sizes])


def upsampled(size: int = BIG) -> Any:
    """The same with the operator's first name."""
    nodes = [node("ReduceMax", [INPUT], ["cell"], keepdims=1), node("Upsample", ["cell", "by"], ["many"])]
    by = constant("by", [1, size], np.float32)
    return graph_of([*nodes, *_sum_of("many")], [*SUM, by], opset=9)


def deep_one_hot(size: int = BIG) -> Any:
    """A code in very many columns."""
    constants = [constant("depth", size, np.int64), constant("values", [0.0, 1.0])]
    return graph_of([node("OneHot", [INPUT, "depth", "values"], ["many"]), *_sum_of("many")], [*SUM, *constants])


def random_numbers(size: int = BIG) -> Any:
    """Random numbers of any shape."""
    return graph_of([node("RandomNormal", [], ["many"], shape=[size]), *_sum_of("many")], SUM)


def _hidden(values: str) -> list[Any]:
    """Nodes that compute any values and give every row the score 0 all the same."""
    nodes = _sum_of(values)
    nodes[-1] = node("Mul", ["most", "zero"], ["hidden"])
    return [*nodes, node("Add", ["nothing", "hidden"], [OUTPUT])]


def doubled(times: int = 26) -> Any:
    """The input joined to itself again and again."""
    nodes, last = [], INPUT
    for number in range(times):
        nodes.append(node("Concat", [last, last], [f"twice{number}"], axis=1))
        last = f"twice{number}"
    return graph_of([*nodes, *_hidden(last)], SUM)


def squared(rows: int = BIG) -> Any:
    """Every row beside every other row: a shape that grows with the square of the rows, and again."""
    nodes = [
        node("Reshape", [INPUT, "column"], ["down"]),
        node("Reshape", [INPUT, "row"], ["across"]),
        node("Mul", ["down", "across"], ["many"]),
    ]
    shapes = [constant("column", [-1, 1], np.int64), constant("row", [1, -1], np.int64)]
    return graph_of([*nodes, *_hidden("many")], [*SUM, *shapes])


def shape_from_data(size: int = BIG) -> Any:
    """A size that a caller sends as a cell: small in the golden rows, large afterwards."""
    nodes = [
        node("ReduceMax", [INPUT], ["cell"], keepdims=0),
        node("Cast", ["cell"], ["whole"], to=TensorProto.INT64),
        node("Reshape", ["whole", "one"], ["size"]),
        node("ConstantOfShape", ["size"], ["many"]),
    ]
    return graph_of([*nodes, *_sum_of("many")], SUM)


def reshaped_by_data(size: int = BIG) -> Any:
    """A caller's cell decides whether values lie in a row or a column, and broadcasting does the rest."""
    nodes = [
        node("ReduceMax", [INPUT], ["cell"], keepdims=0),
        node("Cast", ["cell"], ["whole"], to=TensorProto.INT64),
        node("Reshape", ["whole", "one"], ["size"]),
        node("Concat", ["size", "one"], ["shape"], axis=0),
        node("Reshape", [INPUT, "shape"], ["many"]),
    ]
    return graph_of([*nodes, *_sum_of("many")], SUM)


def counted(size: int = BIG) -> Any:
    """Positions of what is not zero: as many as a caller likes."""
    return graph_of([node("NonZero", [INPUT], ["many"]), *_sum_of("many")], SUM)


def looped(size: int = BIG) -> Any:
    """A loop of two billion rounds."""
    body = helper.make_graph(
        [node("Identity", ["go"], ["on"])],
        "body",
        [
            helper.make_tensor_value_info("round", TensorProto.INT64, []),
            helper.make_tensor_value_info("go", TensorProto.BOOL, []),
        ],
        [helper.make_tensor_value_info("on", TensorProto.BOOL, [])],
    )
    constants = [*SUM, constant("times", 2_000_000_000, np.int64), constant("yes", True, bool)]
    return graph_of([node("Loop", ["times", "yes"], [], body=body), *_sum_of(INPUT)], constants)


def sparse_dims(size: int = BIG) -> Any:
    """A constant of which one value is stored and the rest is zero."""
    model = graph_of(_sum_of("many"), SUM)
    sparse = model.graph.sparse_initializer.add()
    sparse.dims.append(size)
    sparse.values.CopyFrom(numpy_helper.from_array(np.ones(1), "many"))
    sparse.indices.CopyFrom(numpy_helper.from_array(np.zeros(1, dtype=np.int64)))
    return model


def false_dims(size: int = BIG) -> Any:
    """A constant whose shape says more than its bytes."""
    model = graph_of(_sum_of("many"), [*SUM, constant("many", [1.0])])
    model.graph.initializer[-1].dims[0] = size
    return model


def many_nodes(count: int = 20_000) -> Any:
    """A chain of additions, which takes long to open."""
    nodes = [node("ReduceSum", [INPUT, "one"], ["v0"], keepdims=1)]
    nodes += [node("Add", [f"v{number}", "step"], [f"v{number + 1}"]) for number in range(count)]
    return graph_of([*nodes, node("Identity", [f"v{count}"], [OUTPUT])], [*SUM, constant("step", [[0.5]])])


ALLOCATING: tuple[Callable[[], Any], ...] = (
    constant_of_shape,
    long_range,
    wide_expand,
    tiled,
    padded,
    resized,
    upsampled,
    deep_one_hot,
    random_numbers,
    shape_from_data,
    reshaped_by_data,
    counted,
    looped,
    sparse_dims,
    false_dims,
    many_nodes,
)
# Every operator is fine; what they make together is not, which only running them tells.
GROWING: tuple[Callable[[], Any], ...] = (doubled, squared)
