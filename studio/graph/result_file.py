"""Results of modules as files: data only, never code.

A file is a zip. `result.json` holds the fingerprint and the values as a tree; arrays and frames are Arrow members,
fitted pipelines skops members. JSON's own scalars stand for themselves and a list for a tuple; everything else is an
object with one key that names its kind. Objects that several places share are listed once, under `objects`, and
referred to by position, so a frame or a model that two values hold comes back as one.

Only the classes listed here, and functions and classes that module files define, can be written and read.
"""

import importlib
import io
import json
import zipfile
from dataclasses import fields
from functools import partial
from types import FunctionType
from typing import Any, get_args

import numpy as np

from studio.graph.dataset import Dataset, DatasetColumn, Evaluated, Role, Scored
from studio.graph.palette import FILES
from studio.graph.transformations import Transformation
from studio.model.computed import Base, Computation, ComputedColumn, Output
from studio.model.container import GoldenRow
from studio.model.encoder import Encoder, Feature, ModelInput, ShownColumn, Slot, Stage, TextColumns
from studio.model.evaluation import Evaluation
from studio.model.operations import OPERATIONS
from studio.model.pipeline import Scaling
from studio.model.saved import ModelFacts
from studio.model.scikit.fitted import FittedElsewhere, load_elsewhere
from studio.model.session import TRUSTED_TYPES
from studio.model.steps import PlanColumn, Step
from studio.model.texts import TEXT_OPERATIONS
from studio.model.trained import TrainedModel, UntrainedModel
from studio.tables.formats import Format
from studio.tables.schema import Column, ColumnType

TREE, MODULES = "result.json", "studio.graph.modules."
SCALARS = (type(None), bool, int, float, str)
ENUMS: dict[str, Any] = {kind.__name__: kind for kind in (ColumnType, Role, Scaling)}
CLASSES: dict[str, Any] = {
    kind.__name__: kind
    for kind in (
        Dataset,
        DatasetColumn,
        Scored,
        Evaluated,
        Evaluation,
        ModelFacts,
        Transformation,
        UntrainedModel,
        TrainedModel,
        GoldenRow,
        Encoder,
        Feature,
        Slot,
        Stage,
        ModelInput,
        ShownColumn,
        Base,
        Computation,
        ComputedColumn,
        Output,
        Column,
        Format,
        PlanColumn,
        *get_args(Step),
        *OPERATIONS.values(),
        *TEXT_OPERATIONS.values(),
        TextColumns,
    )
}


def write_result(fingerprint: str, values: tuple[Any, ...]) -> bytes:
    """Return what a module delivered as a file.

    Raises
    ------
    TypeError, ValueError
        If a value is of a kind that such files cannot hold.
    """
    return _Writer().file(fingerprint, values)


def read_result(content: bytes, fingerprint: str) -> tuple[Any, ...] | None:
    """Return the values that `write_result` wrote under this fingerprint, None if it was another."""
    with zipfile.ZipFile(io.BytesIO(content)) as archive:
        document = json.loads(archive.read(TREE))
        if document["fingerprint"] != fingerprint:
            return None
        values: tuple[Any, ...] = _Reader(archive, document["objects"]).value(document["values"])
        return values


class _Writer:
    def __init__(self) -> None:
        self._objects: list[Any] = []
        self._places: dict[int, int] = {}
        # An id is that of one object only as long as the object exists, and indexes of frames are made on the way.
        self._written: list[Any] = []
        self._members: list[bytes] = []

    def file(self, fingerprint: str, values: tuple[Any, ...]) -> bytes:
        tree = {"fingerprint": fingerprint, "values": self._value(values), "objects": self._objects}
        target = io.BytesIO()
        with zipfile.ZipFile(target, "w", zipfile.ZIP_STORED) as archive:
            archive.writestr(TREE, json.dumps(tree))
            for place, content in enumerate(self._members):
                archive.writestr(str(place), content)
        return target.getvalue()

    def _value(self, value: Any) -> Any:
        kind = type(value)
        if kind in SCALARS:
            return value
        if kind is tuple:
            return self._items(value)
        if kind is list:
            return {"list": self._items(value)}
        if kind is dict:
            return {"dict": [self._items(item) for item in value.items()]}
        if kind.__name__ in ENUMS:
            return {"enum": [kind.__name__, value.value]}
        if kind is partial:
            return {"partial": self._items((value.func, *value.args))}
        if kind is FunctionType:
            return {"function": _reference(value)}
        return {"object": self._object(value)}

    def _items(self, values: Any) -> list[Any]:
        return [value if type(value) in SCALARS else self._value(value) for value in values]

    def _object(self, value: Any) -> int:
        if id(value) not in self._places:
            described = self._describe(value)
            self._places[id(value)] = len(self._objects)
            self._objects.append(described)
            self._written.append(value)
        return self._places[id(value)]

    def _describe(self, value: Any) -> dict[str, Any]:
        kind = type(value)
        if kind is np.ndarray:
            order = "F" if value.flags.f_contiguous and not value.flags.c_contiguous else "C"
            return {"array": self._arrow([value.ravel(order)]), "shape": value.shape, "order": order}
        match kind.__module__:
            case "pandas":
                return self._frame(value)
            case "sklearn.pipeline":
                return {"pipeline": self._member(_dump_pipeline(value))}
            case "studio.model.scikit.fitted" if kind is FittedElsewhere:
                return {"fitted": self._member(_dump_fitted(value)), "sample": self._value(value.sample)}
        name = kind.__name__ if CLASSES.get(kind.__name__) is kind else _reference(kind)
        return {
            "class": name,
            "fields": {item.name: self._value(getattr(value, item.name)) for item in fields(kind) if item.init},
        }

    def _frame(self, frame: Any) -> dict[str, Any]:
        import pandas as pd

        types = [str(dtype) for dtype in frame.dtypes]
        columns = [frame.iloc[:, place] for place in range(len(types))]
        index = frame.index
        if not pd.api.types.is_integer_dtype(index.dtype):
            raise TypeError(f"a frame's index of type {index.dtype}")
        whole = type(index) is pd.RangeIndex
        return {
            "frame": self._arrow([item.array if item.dtype == "str" else item.to_numpy() for item in columns]),
            "names": self._items(frame.columns),
            "types": types,
            "index": [index.start, index.stop, index.step] if whole else self._value(index.to_numpy()),
        }

    def _arrow(self, columns: list[Any]) -> int:
        import pyarrow as pa

        table = pa.table([_arrow_array(column) for column in columns], [str(place) for place in range(len(columns))])
        target = io.BytesIO()
        with pa.ipc.new_stream(target, table.schema) as writer:
            writer.write_table(table)
        return self._member(target.getvalue())

    def _member(self, content: bytes) -> int:
        self._members.append(content)
        return len(self._members) - 1


class _Reader:
    def __init__(self, archive: zipfile.ZipFile, objects: list[dict[str, Any]]) -> None:
        self._archive = archive
        self._described = objects
        self._objects: dict[int, Any] = {}

    def value(self, node: Any) -> Any:
        if isinstance(node, list):
            return tuple(self._items(node))
        if not isinstance(node, dict):
            return node
        ((kind, content),) = node.items()
        match kind:
            case "list":
                return self._items(content)
            case "dict":
                return dict(self._items(item) for item in content)
            case "enum":
                return ENUMS[content[0]](content[1])
            case "partial":
                function, *given = self._items(content)
                return partial(function, *given)
            case "function":
                return _resolve(content)
        return self._object(content)

    def _items(self, nodes: list[Any]) -> list[Any]:
        return [self.value(node) if isinstance(node, (list, dict)) else node for node in nodes]

    def _object(self, place: int) -> Any:
        if place not in self._objects:
            self._objects[place] = self._make(self._described[place])
        return self._objects[place]

    def _make(self, described: dict[str, Any]) -> Any:
        if "array" in described:
            (values,) = self._arrow(described["array"])
            return _numpy_array(values).reshape(described["shape"], order=described["order"])
        if "frame" in described:
            return self._frame(described)
        if "fitted" in described:
            content = self._archive.read(str(described["fitted"]))
            return load_elsewhere(content, self.value(described["sample"]))
        if "pipeline" in described:
            return _load_pipeline(self._archive.read(str(described["pipeline"])))
        name = described["class"]
        kind = CLASSES[name] if name in CLASSES else _resolve(name)
        return kind(**{field: self.value(node) for field, node in described["fields"].items()})

    def _frame(self, described: dict[str, Any]) -> Any:
        import pandas as pd

        index = self.value(described["index"])
        index = pd.RangeIndex(*index) if isinstance(index, tuple) else pd.Index(index)
        columns = {}
        for name, type_, values in zip(
            described["names"], described["types"], self._arrow(described["frame"]), strict=True
        ):
            series = values.to_pandas() if type_ == "str" else pd.Series(_numpy_array(values), dtype=type_)
            columns[name] = series.set_axis(index)
        return pd.DataFrame(columns, index=index)

    def _arrow(self, member: int) -> list[Any]:
        import pyarrow as pa

        with pa.ipc.open_stream(self._archive.read(str(member))) as reader:
            columns: list[Any] = reader.read_all().columns
            return columns


def _arrow_array(values: Any) -> Any:
    """Return a column's values as an Arrow array; objects have to be texts or None."""
    import pyarrow as pa

    if isinstance(values, np.ndarray) and values.dtype == object:
        foreign = next((value for value in values if value is not None and type(value) is not str), None)
        if foreign is not None:
            raise TypeError(f"an array that holds a {type(foreign).__name__}")
        return pa.array(values, pa.large_string())
    return pa.array(values)


def _numpy_array(values: Any) -> Any:
    """Return an Arrow column as an array that may be changed."""
    return np.array(values.to_numpy())


def _dump_fitted(model: FittedElsewhere) -> bytes:
    try:
        return model.dump()
    except NotImplementedError as error:
        raise TypeError(str(error)) from error


def _dump_pipeline(pipeline: Any) -> bytes:
    import skops.io

    content: bytes = skops.io.dumps(pipeline)
    foreign = set(skops.io.get_untrusted_types(data=content)) - set(TRUSTED_TYPES)
    if foreign:
        raise TypeError(f"a pipeline that holds a {min(foreign)}")
    return content


def _load_pipeline(content: bytes) -> Any:
    import skops.io

    return skops.io.loads(content, trusted=list(TRUSTED_TYPES))


def _reference(part: Any) -> str:
    """Return `file.name` of a function or class that a module file defines."""
    reference = f"{part.__module__.removeprefix(MODULES)}.{part.__qualname__}"
    if not part.__module__.startswith(MODULES) or _resolve(reference) is not part:
        raise TypeError(f"a {part.__module__}.{part.__qualname__}")
    return reference


def _resolve(reference: str) -> Any:
    """Return the function or class of a module file that a reference names."""
    file, _, name = reference.partition(".")
    part = getattr(importlib.import_module(MODULES + file), name, None) if file in FILES.values() else None
    if not isinstance(part, (FunctionType, type)) or part.__module__ != MODULES + file:
        raise TypeError(f"no module file defines {reference}")
    return part
