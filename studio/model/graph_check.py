"""Holds an ONNX graph from outside against the positive list in graph_rules.py, before ONNX Runtime sees it.

Meant to run in the process that proves trained models (proof.py): there the parser's memory is limited too.
"""

from collections.abc import Iterable, Mapping
from typing import Any, NoReturn

import numpy as np

from studio.errors import BadArgument
from studio.model import graph_rules as rules
from studio.model.ml_operators import check_ml_operator
from studio.model.session import INPUT

LISTS = "docs/reference/model-file.md lists what is accepted"


def check_graph(graph: bytes, width: int) -> None:
    """Raise BadArgument if a graph contains anything that is not on the list.

    Parameters
    ----------
    width
        The number of columns of the encoded matrix.
    """
    try:
        _check_graph(graph, width)
    except (IndexError, KeyError, ValueError, TypeError, AttributeError) as error:
        # The checks read a node as its operator defines it; one without its inputs or attributes is none of that kind.
        raise _refusal(f"it is malformed ({type(error).__name__})") from error


def _check_graph(graph: bytes, width: int) -> None:
    import onnx
    from google.protobuf.message import DecodeError  # type: ignore[import-untyped]

    model = onnx.ModelProto()
    try:
        model.ParseFromString(graph)
    except DecodeError as error:
        raise _refusal("it cannot be parsed") from error
    _check_sizes(model)
    _check_fields(model, "model")
    _check_versions(model)
    constants = _Constants(model.graph)
    for node in model.graph.node:
        _check_node(node, constants)
    widths: Mapping[str, int | None] | None = None
    for node in model.graph.node:
        if node.domain == rules.ML_DOMAIN:
            widths = _widths(model, width) if widths is None else widths
            reason = check_ml_operator(node, widths.get(node.input[0]) if node.input else None, constants.find)
            if reason:
                _refuse(f"{_name(node)}: {reason}")


def _refusal(reason: str) -> BadArgument:
    return BadArgument("InvalidBlob", f"The ONNX graph of the trained model is not accepted: {reason}.")


def _refuse(reason: str) -> NoReturn:
    raise _refusal(reason)


def _name(node: Any) -> str:
    operator = f"{node.domain}.{node.op_type}" if node.domain else node.op_type
    return f"operator {operator[:80]!r}" + (f" (node {node.name[:80]!r})" if node.name else "")


def _check_sizes(model: Any) -> None:
    """Check the counts first: later checks then take a bounded time."""
    graph = model.graph
    for what, count, most in (
        ("nodes", len(graph.node), rules.MAX_NODES),
        ("constants", len(graph.initializer), rules.MAX_CONSTANTS),
        ("descriptions of values", len(graph.value_info), rules.MAX_VALUES),
        ("inputs", len(graph.input), rules.MAX_CONSTANTS),
        ("outputs", len(graph.output), rules.MAX_LINKS),
        ("operator sets", len(model.opset_import), rules.MAX_ATTRIBUTES),
        ("notes", len(model.metadata_props) + len(graph.metadata_props), rules.MAX_NOTES),
    ):
        if count > most:
            _refuse(f"it has {count:,} {what}; at most {most:,} are")
    for node in graph.node:
        links = len(node.input) + len(node.output)
        if links > rules.MAX_LINKS or len(node.attribute) > rules.MAX_ATTRIBUTES:
            _refuse(f"{_name(node)} has {links:,} inputs and outputs and {len(node.attribute):,} attributes")


def _check_fields(message: Any, path: str) -> None:
    """Check that only listed fields are set, in this message and those inside it; long texts are refused."""
    from google.protobuf.unknown_fields import UnknownFieldSet  # type: ignore[import-untyped]

    allowed = rules.FIELDS.get(message.DESCRIPTOR.name, frozenset())
    for field, value in message.ListFields():
        where = f"{path}.{field.name}"
        if field.name not in allowed:
            _refuse(f"it has the field {where}; {LISTS}")
        if field.message_type is not None:
            for item in value if field.is_repeated else (value,):
                _check_fields(item, where)
        elif isinstance(value, str):
            limit = rules.MAX_NOTE_BYTES if field.name in ("value", "doc_string") else rules.MAX_NAME_BYTES
            if len(value) > limit:
                _refuse(f"{where} has {len(value):,} characters; at most {limit:,} are")
    if len(UnknownFieldSet(message)):
        _refuse(f"it has a field of {path} that this version does not know; {LISTS}")
    if message.DESCRIPTOR.name == "TensorProto":
        _check_tensor(message, path)


def _check_tensor(tensor: Any, path: str) -> None:
    """Check that a constant lies in the file, and that its shape, its type and its bytes agree."""
    where = f"the constant {tensor.name[:80]!r} ({path})"
    if tensor.data_location != tensor.DEFAULT:
        _refuse(f"{where} stores its data outside the file")
    if tensor.data_type not in rules.ELEMENTS:
        _refuse(f"{where} has the element type {tensor.data_type}; {LISTS}")
    if len(tensor.dims) > rules.MAX_RANK or any(size < 0 for size in tensor.dims):
        _refuse(f"{where} has the dimensions {list(tensor.dims)[:10]}; at most {rules.MAX_RANK}, none negative, are")
    size, field = rules.ELEMENTS[tensor.data_type]
    elements = 1
    for length in tensor.dims:
        elements *= length
    expected = {"raw_data": elements * size} if tensor.HasField("raw_data") else {field: elements}
    for name in ("raw_data", "float_data", "int32_data", "int64_data", "double_data", "uint64_data", "string_data"):
        if len(getattr(tensor, name)) != expected.get(name, 0):
            _refuse(
                f"{where} has {elements:,} elements by its dimensions, but {len(getattr(tensor, name)):,} of {name} "
                f"instead of {expected.get(name, 0):,}"
            )


def _check_versions(model: Any) -> None:
    for item in model.opset_import:
        domain = "" if item.domain == "ai.onnx" else item.domain
        if domain not in rules.OPSETS:
            _refuse(f"it uses operators outside the ONNX standard (domain {item.domain[:80]!r}); {LISTS}")
        first, last = rules.OPSETS[domain]
        if not first <= item.version <= last:
            _refuse(f"version {item.version} of operator set {domain or 'ai.onnx'!r} is not between {first} and {last}")
    if any(entry.key == "ort_config" for entry in model.metadata_props):
        _refuse("its note 'ort_config' would set options of ONNX Runtime")


class _Constants:
    """What is known of the values of a graph: constants, and shapes put together of other values' shapes."""

    def __init__(self, graph: Any) -> None:
        self._tensors = {tensor.name: tensor for tensor in graph.initializer}
        self._derived: set[str] = set()
        self._made = {INPUT, *self._tensors}
        if len(self._tensors) != len(graph.initializer):
            _refuse("two of its constants have one name")
        for value in graph.input:
            if value.name != INPUT and value.name not in self._tensors:
                _refuse(f"it has the input {value.name[:80]!r}; its one input must be '{INPUT}'")

    def note(self, node: Any) -> None:
        """Note what a node makes; nodes come in the order in which they are computed."""
        for name in filter(None, node.output):
            if name in self._made:
                _refuse(f"two of its values have the name {name[:80]!r}")
            self._made.add(name)
        if node.op_type == "Constant":
            self._note_constant(node)
        elif node.op_type == "Identity" and node.input[0] in self._tensors:
            self._tensors[node.output[0]] = self._tensors[node.input[0]]
        elif node.op_type == "Shape" or (
            node.op_type in rules.SHAPE_PARTS
            and all(self._is_known(name) for name in node.input)
            and all(self.is_constant(node.input[at]) for at in rules.SHAPE_PARTS[node.op_type] if at < len(node.input))
        ):
            self._derived.update(node.output)

    def _note_constant(self, node: Any) -> None:
        from onnx import AttributeProto, numpy_helper

        (attribute,) = node.attribute
        kind = AttributeProto
        if attribute.type == kind.TENSOR:
            self._tensors[node.output[0]] = attribute.t
        elif attribute.type in (kind.INT, kind.INTS):
            numbers = attribute.i if attribute.type == kind.INT else list(attribute.ints)
            self._tensors[node.output[0]] = numpy_helper.from_array(np.asarray(numbers, np.int64))
        elif attribute.type in (kind.FLOAT, kind.FLOATS):
            numbers = attribute.f if attribute.type == kind.FLOAT else list(attribute.floats)
            self._tensors[node.output[0]] = numpy_helper.from_array(np.asarray(numbers, np.float32))
        else:
            _refuse(f"{_name(node)} has the attribute {attribute.name[:80]!r}; {LISTS}")

    def is_constant(self, name: str) -> bool:
        """Return whether a value is a constant; an input that is left out counts as one."""
        return not name or name in self._tensors

    def _is_known(self, name: str) -> bool:
        return self.is_constant(name) or name in self._derived

    def is_shape(self, name: str) -> bool:
        """Return whether a value is a constant or put together of constants and shapes."""
        return self._is_known(name)

    def find(self, name: str) -> Any:
        """Return the numbers of a constant, None if it is none."""
        from onnx import numpy_helper

        tensor = self._tensors.get(name)
        return None if tensor is None else numpy_helper.to_array(tensor)


def _check_node(node: Any, constants: _Constants) -> None:
    domain = "" if node.domain == "ai.onnx" else node.domain
    if node.op_type not in rules.OPERATORS.get(domain, ()):
        _refuse(f"{_name(node)} is not on the list of operators; {LISTS}")
    if not node.output or (node.op_type == "Constant" and len(node.attribute) != 1):
        _refuse(f"{_name(node)} does not have the outputs and attributes of its kind")
    for attribute in node.attribute:
        _check_attribute(node, attribute)
    for at in rules.CONSTANT_SHAPE.get(node.op_type, ()) if not domain else ():
        if at < len(node.input) and not constants.is_constant(node.input[at]):
            _refuse(f"{_name(node)} takes its shape from {node.input[at][:80]!r}, which is not a constant; {LISTS}")
    for at in rules.DERIVED_SHAPE.get(node.op_type, ()) if not domain else ():
        if at < len(node.input) and not constants.is_shape(node.input[at]):
            _refuse(
                f"{_name(node)} takes its shape from {node.input[at][:80]!r}, which is not put together of constants "
                f"and shapes; {LISTS}"
            )
    _check_growth(node, constants)
    constants.note(node)


def _check_attribute(node: Any, attribute: Any) -> None:
    """Check the numbers of attributes that say how large an output is (pads, strides, scales, output_shape, …)."""
    if node.domain == rules.ML_DOMAIN or node.op_type == "Constant":
        return
    numbers = [*_some(attribute.ints), *_some(attribute.floats)]
    if attribute.name not in ("axis", "axes", "starts", "ends", "split", "perm", "to", "seed") and any(
        abs(number) > rules.MAX_TARGETS for number in numbers
    ):
        _refuse(f"{_name(node)} has the number {max(map(abs, numbers)):g} in {attribute.name[:80]!r}; {LISTS}")


def _some(numbers: Any) -> Iterable[float]:
    if len(numbers) > rules.MAX_TARGETS:
        _refuse(f"an attribute has {len(numbers):,} numbers; at most {rules.MAX_TARGETS:,} are")
    return numbers  # type: ignore[no-any-return]


def _check_growth(node: Any, constants: _Constants) -> None:
    """Check how much an operator that allocates by its shape inputs allocates, as far as these alone say it."""
    if node.op_type not in ("ConstantOfShape", "Expand", "OneHot", "Pad", "Range", "Resize", "Tile", "Upsample"):
        return
    values = [constants.find(name) for at, name in enumerate(node.input) if at in rules.CONSTANT_SHAPE[node.op_type]]
    numbers = [np.abs(value.astype(np.float64)).ravel() for value in values if value is not None]
    if node.op_type == "Range":
        start, limit, delta = (value.astype(np.float64).ravel()[0] for value in values)
        size = abs(limit - start) / abs(delta) if delta else np.inf
    elif node.op_type == "Pad":
        size = float(np.concatenate(numbers).sum()) if numbers else 0.0
    else:
        size = max((float(np.maximum(part, 1).prod()) for part in numbers), default=1.0)
    if not size <= rules.MAX_SHAPE_ELEMENTS:
        _refuse(f"{_name(node)} makes {size:,.0f} elements; at most {rules.MAX_SHAPE_ELEMENTS:,} are")


def _widths(model: Any, width: int) -> dict[str, int | None]:
    """Return the number of columns of each value as far as it follows from the graph, never from what it claims."""
    import onnx

    bare = onnx.ModelProto()
    bare.CopyFrom(model)
    del bare.graph.value_info[:]
    for value in bare.graph.output:
        value.ClearField("type")
        value.type.tensor_type.elem_type = onnx.TensorProto.DOUBLE
    for value in bare.graph.input:
        if value.name == INPUT:
            shape = value.type.tensor_type.shape
            del shape.dim[:]
            shape.dim.add(dim_param="rows")
            shape.dim.add(dim_value=width)
    inferred = onnx.shape_inference.infer_shapes(bare)
    found: dict[str, int | None] = {}
    for value in [*inferred.graph.value_info, *inferred.graph.input]:
        dims = value.type.tensor_type.shape.dim
        found[value.name] = dims[1].dim_value if len(dims) == 2 and dims[1].HasField("dim_value") else None
    return found
