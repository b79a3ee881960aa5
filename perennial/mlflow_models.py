"""Reads a model directory of MLflow where it is data: an ONNX graph or a skops file, its columns and its example.

Nothing of MLflow is needed, and nothing in the directory is run. Directories whose model is a pickle are refused: to
open one is to run what is in it.

References
----------
MLflow documentation, "MLflow Models": the file MLmodel, flavors, signature and input example.
"""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from perennial.errors import PerennialError

MLMODEL = "MLmodel"
ONNX, SKOPS = "onnx", "skops"
MAX_BYTES, MAX_EXAMPLE_BYTES, MAX_ROWS = 1 << 20, 64 << 20, 10_000
# The types of signatures by the .NET names of the wire.
TYPES = {
    "boolean": "Boolean",
    "integer": "Int32",
    "long": "Int64",
    "float": "Double",
    "double": "Double",
    "string": "String",
    "datetime": "DateTime",
}


@dataclass(frozen=True, slots=True)
class MlflowModel:
    """The model in a directory of MLflow.

    `format` is `onnx` or `skops`, `path` the model's file. `columns` has the type of each input column, by its .NET
    name; it is empty where the signature describes a tensor, whose shape without the rows is then in `shape`. `sample`
    has the rows of the input example, if there is one.
    """

    format: str
    path: Path
    columns: dict[str, str]
    shape: tuple[int, ...] | None
    sample: list[dict[str, Any]]


def is_mlflow(path: Path) -> bool:
    """Return whether a path is a model directory of MLflow."""
    return (path / MLMODEL).is_file()


def read_mlflow(path: Path) -> MlflowModel:
    """Read a model directory of MLflow.

    Raises
    ------
    PerennialError
        If it has no readable MLmodel file, its model is code or a pickle, or a file lies outside the directory.
    """
    document = _read_yaml(path)
    flavors = document.get("flavors")
    if not isinstance(flavors, Mapping) or not flavors:
        raise _refused(path, "names no flavors")
    kind, file = _model_file(path, flavors)
    columns, shape = _signature(path, document.get("signature"))
    return MlflowModel(kind, _inside(path, file), columns, shape, _example(path, document, columns))


def _read_yaml(path: Path) -> Mapping[str, Any]:
    try:
        import yaml
    except ImportError as error:
        text = "Reading a directory of MLflow needs PyYAML. Install it: pip install pyyaml."
        raise PerennialError(0, "LibraryMissing", text) from error
    try:
        found = yaml.safe_load(_read(_inside(path, MLMODEL), MAX_BYTES))
    except (yaml.YAMLError, RecursionError, UnicodeDecodeError) as error:
        raise _refused(path, f"is not YAML ({type(error).__name__})") from error
    if not isinstance(found, Mapping):
        raise _refused(path, "is not a YAML object")
    return found


def _model_file(path: Path, flavors: Mapping[str, Any]) -> tuple[str, str]:
    """Return the format of the model that is data, and its file."""
    onnx, sklearn = flavors.get("onnx"), flavors.get("sklearn")
    if isinstance(onnx, Mapping):
        return ONNX, str(onnx.get("data") or "model.onnx")
    if isinstance(sklearn, Mapping):
        form, file = str(sklearn.get("serialization_format")), str(sklearn.get("pickled_model"))
        if form == SKOPS or file.endswith(".skops"):
            return SKOPS, file
        raise PerennialError(
            0,
            "ModelIsCode",
            f"{path}: the scikit-learn model was saved as {form}, and opening one runs whatever is in it. Save it with "
            "mlflow.sklearn.save_model(…, serialization_format='skops'), or publish the fitted estimator itself.",
        )
    known = ", ".join(sorted(map(str, flavors)))
    raise PerennialError(
        0,
        "ModelIsCode",
        f"{path}: the model has the flavors {known}, which hold code or pickles. Accepted: onnx, and sklearn saved as "
        "skops. Export the model as ONNX and save it with mlflow.onnx.save_model.",
    )


def _signature(path: Path, signature: Any) -> tuple[dict[str, str], tuple[int, ...] | None]:
    """Return the columns of a signature, or the shape of its only tensor."""
    if not isinstance(signature, Mapping) or not signature.get("inputs"):
        return {}, None
    try:
        inputs = json.loads(signature["inputs"])
        if len(inputs) == 1 and inputs[0]["type"] == "tensor" and "name" not in inputs[0]:
            return {}, tuple(int(size) for size in inputs[0]["tensor-spec"]["shape"][1:])
        return {str(item["name"]): TYPES[item["type"]] for item in inputs}, None
    except (ValueError, KeyError, TypeError, RecursionError) as error:
        accepted = ", ".join(TYPES)
        text = f"has a signature that cannot be read ({error}). Accepted: columns of {accepted}, or one tensor"
        raise _refused(path, text) from error


def _example(path: Path, document: Mapping[str, Any], columns: Mapping[str, str]) -> list[dict[str, Any]]:
    """Return the rows of the input example, as dicts; none if it is a tensor."""
    told = document.get("saved_input_example_info")
    if not isinstance(told, Mapping) or told.get("type") != "dataframe":
        return []
    try:
        example = json.loads(_read(_inside(path, str(told.get("artifact_path"))), MAX_EXAMPLE_BYTES))
        names = example.get("columns") or list(columns)
        return [dict(zip(map(str, names), row, strict=True)) for row in example["data"][:MAX_ROWS]]
    except (ValueError, KeyError, TypeError, AttributeError, RecursionError) as error:
        raise _refused(path, f"has an input example that cannot be read ({type(error).__name__})") from error


def _inside(path: Path, name: str) -> Path:
    """Return a file of the directory; links and `..` that lead out of it are refused."""
    root, found = path.resolve(), (path / name).resolve()
    if not found.is_relative_to(root):
        raise _refused(path, f"names a file outside the directory, '{name}'")
    if not found.is_file():
        raise PerennialError(0, "FileUnreadable", f"{path} has no file '{name}'.")
    return found


def _read(file: Path, most: int) -> str:
    if file.stat().st_size > most:
        raise PerennialError(
            0, "FileUnreadable", f"{file} has {file.stat().st_size:,} bytes; at most {most:,} are read."
        )
    return file.read_text(encoding="utf-8")


def _refused(path: Path, problem: str) -> PerennialError:
    return PerennialError(0, "FileUnreadable", f"{path / MLMODEL} {problem}.")
