"""Models of other libraries as ONNX graphs, made by the libraries' own exporters, with what they predict for a sample.

The libraries are imported when a model of theirs is given, never before. Which one it is, the model's class says.
"""

import copy
import importlib
import importlib.metadata
import tempfile
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from perennial.errors import PerennialError
from perennial.mlflow_models import ONNX, is_mlflow, read_mlflow

MAX_FILE_BYTES = 2 << 30
OPSET = 18


@dataclass(frozen=True)
class ExportedModel:
    """A model as a file, the classes that it knows, what it predicts for the sample, and who made it.

    `expected` has, for each row, the probabilities of the classes, or one value; None if it is not known.
    """

    content: bytes
    labels: list[Any] | None
    expected: list[Any] | None
    versions: dict[str, str]


def export_model(model: Any, features: Any, outputs: str | None) -> ExportedModel:
    """Return a model, the path of an `.onnx` file, or a model directory of MLflow that holds one, as a graph.

    Parameters
    ----------
    features
        Rows of the sample as the library takes them: a data frame, or an array of shape (n_rows, …).
    outputs
        What a network's output is, if the caller says so: `logits`, `probabilities` or `value`.

    Raises
    ------
    PerennialError
        If it is no such model, is not fitted, or its exporter is not installed; the message has the command.
    """
    if isinstance(model, (str, Path)):
        return ExportedModel(read_model(_graph_file(Path(model))), None, None, {})
    for kind in type(model).__mro__:
        library = kind.__module__.partition(".")[0]
        if library in EXPORTERS:
            return EXPORTERS[library](model, features, outputs)
    known = ", ".join(EXPORTERS)
    raise PerennialError(
        0,
        "InvalidModel",
        f"A {type(model).__module__}.{type(model).__name__} cannot be exported. Pass a fitted model of {known}, or the "
        "path of an .onnx file.",
    )


def _graph_file(path: Path) -> Path:
    """Return the ONNX file of a path, which may be a model directory of MLflow; PerennialError if it holds another."""
    if not is_mlflow(path):
        return path
    found = read_mlflow(path)
    if found.format != ONNX:
        text = f"{path} holds a scikit-learn model as skops. Load it with skops.io.load, and pass the fitted estimator."
        raise PerennialError(0, "InvalidModel", text)
    return found.path


def read_model(path: Path) -> bytes:
    """Return the bytes of a model's file; PerennialError if it cannot be read or is too large."""
    try:
        size = path.stat().st_size
        if size >= MAX_FILE_BYTES:
            text = (
                f"{path} has {size:,} bytes; an ONNX file has less than {MAX_FILE_BYTES:,}. Quantize or cut the model."
            )
            raise PerennialError(0, "FileTooLarge", text)
        return path.read_bytes()
    except OSError as error:
        raise PerennialError(0, "FileUnreadable", f"{path} cannot be read: {error.strerror}.") from error


def _xgboost(model: Any, features: Any, outputs: str | None) -> ExportedModel:
    converter, floats = _onnxmltools("xgboost")
    if not hasattr(model, "get_booster"):
        raise PerennialError(
            0, "InvalidModel", "A bare Booster does not say its classes. Pass the XGBClassifier or XGBRegressor."
        )
    bare = copy.deepcopy(_fitted(model, "n_features_in_"))
    # The converter reads the number of a column out of its name.
    bare.get_booster().feature_names = None
    graph = converter.convert_xgboost(bare, initial_types=[("input", floats([None, model.n_features_in_]))])
    return _of_estimator(model, graph.SerializeToString(), features, "xgboost", "onnxmltools", "onnx")


def _lightgbm(model: Any, features: Any, outputs: str | None) -> ExportedModel:
    converter, floats = _onnxmltools("lightgbm")
    if not hasattr(model, "n_features_in_"):
        raise PerennialError(
            0, "InvalidModel", "Pass a fitted LGBMClassifier or LGBMRegressor: a bare Booster does not say its classes."
        )
    width = _fitted(model, "n_features_in_").n_features_in_
    graph = converter.convert_lightgbm(model, initial_types=[("input", floats([None, width]))])
    return _of_estimator(model, graph.SerializeToString(), features, "lightgbm", "onnxmltools", "onnx")


def _catboost(model: Any, features: Any, outputs: str | None) -> ExportedModel:
    if not model.is_fitted():
        raise _unfitted(model)
    if model.get_cat_feature_indices():
        raise PerennialError(
            0, "InvalidModel", "CatBoost exports no model with categorical features to ONNX. Encode them before it."
        )
    content = _through_file(lambda path: model.save_model(path, format="onnx"))
    return _of_estimator(model, content, features, "catboost")


def _torch(model: Any, features: Any, outputs: str | None) -> ExportedModel:
    _needed("onnxscript", "torch")
    import numpy as np
    import torch  # type: ignore[import-not-found,unused-ignore]

    rows = torch.as_tensor(np.asarray(features, dtype=np.float32))
    was_training = model.training
    model.eval()
    try:
        example = rows[:2] if len(rows) > 1 else rows.repeat(2, *[1] * (rows.ndim - 1))
        program = torch.onnx.export(
            model,
            (example,),
            dynamo=True,
            dynamic_shapes=({0: torch.export.Dim("batch")},),
            opset_version=OPSET,
            verbose=False,
        )
        with torch.no_grad():
            predicted = model(rows)
        if outputs == "logits":
            predicted = predicted.softmax(1) if predicted.ndim == 2 and predicted.shape[1] > 1 else predicted.sigmoid()
    finally:
        model.train(was_training)
    content = program.model_proto.SerializeToString()
    return ExportedModel(content, None, _numbers(predicted.numpy()), _versions("torch", "onnxscript"))


def _keras(model: Any, features: Any, outputs: str | None) -> ExportedModel:
    import numpy as np

    backend = importlib.import_module("keras").backend.backend()
    _needed("onnxscript" if backend == "torch" else "tf2onnx", "keras")
    rows = np.asarray(features, dtype=np.float32)
    content = _through_file(lambda path: model.export(path, format="onnx", verbose=False))
    predicted = model.predict(rows, verbose=0)
    if outputs == "logits":
        predicted = _softmax(predicted) if predicted.shape[-1] > 1 else 1 / (1 + np.exp(-predicted))
    return ExportedModel(content, None, _numbers(predicted), _versions("keras", backend))


def _sklearn(model: Any, features: Any, outputs: str | None) -> ExportedModel:
    _needed("skops", "skops")
    skops = importlib.import_module("skops.io")
    content = skops.dumps(model)
    return _of_estimator(model, content, features, "scikit-learn", "skops", "numpy")


EXPORTERS: dict[str, Callable[[Any, Any, "str | None"], ExportedModel]] = {
    "xgboost": _xgboost,
    "lightgbm": _lightgbm,
    "catboost": _catboost,
    "torch": _torch,
    "keras": _keras,
    "sklearn": _sklearn,
}


def _of_estimator(model: Any, content: bytes, features: Any, *libraries: str) -> ExportedModel:
    """Return an exported model with the interface of scikit-learn."""
    classes = getattr(model, "classes_", None)
    is_classifier = classes is not None and len(classes) > 0
    labels = [_label(item) for item in classes] if classes is not None and is_classifier else None
    method = "predict_proba" if is_classifier and hasattr(model, "predict_proba") else "predict"
    expected = None if is_classifier and method == "predict" else _numbers(getattr(model, method)(features))
    return ExportedModel(content, labels, expected, _versions(*libraries))


def _label(value: Any) -> Any:
    value = value.item() if hasattr(value, "item") else value
    if isinstance(value, float) and value.is_integer():
        value = int(value)
    return value if isinstance(value, int) and not isinstance(value, bool) else str(value)


def _numbers(values: Any) -> list[Any]:
    import numpy as np

    numbers: list[Any] = np.asarray(values, dtype=np.float64).tolist()
    return numbers


def _softmax(values: Any) -> Any:
    import numpy as np

    powers = np.exp(values - values.max(axis=1, keepdims=True))
    return powers / powers.sum(axis=1, keepdims=True)


def _onnxmltools(extra: str) -> tuple[Any, Any]:
    _needed("onnxmltools", extra)
    types = importlib.import_module("onnxmltools.convert.common.data_types")
    return importlib.import_module("onnxmltools"), types.FloatTensorType


def _needed(module: str, extra: str) -> None:
    try:
        importlib.import_module(module)
    except ImportError as error:
        raise PerennialError(
            0,
            "MissingExtra",
            f"Exporting this model needs {module} ({error}). Install it: pip install 'perennial-ml[{extra}]'",
        ) from error


def _fitted(model: Any, attribute: str) -> Any:
    try:
        getattr(model, attribute)
    except Exception as error:
        raise _unfitted(model) from error
    return model


def _unfitted(model: Any) -> PerennialError:
    return PerennialError(
        0, "InvalidModel", f"The {type(model).__name__} is not fitted. Fit it before it is published."
    )


def _through_file(write: Callable[[str], Any]) -> bytes:
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "model.onnx"
        write(str(path))
        return path.read_bytes()


def _versions(*libraries: str) -> dict[str, str]:
    return {library: importlib.metadata.version(library) for library in libraries}
