"""Writes an unfitted scikit-learn estimator as data, which the app makes one from again. No code travels.

Imports neither scikit-learn nor NumPy: who passes an estimator has them.
"""

import inspect
import math
import sys
from collections.abc import Mapping
from typing import Any

from perennial.errors import PerennialError

MAX_SHOWN = 80
DTYPES = (
    *("float16", "float32", "float64", "bool", "object"),
    *(f"{sign}int{bits}" for sign in ("", "u") for bits in (8, 16, 32, 64)),
)
# What kind of learner the app trains, by the tags of the estimator.
TASKS = {"regressor": "Regression", "outlier_detector": "Anomaly detection", "clusterer": "Clustering"}


def write_estimator(estimator: Any) -> dict[str, Any]:
    """Return an estimator as JSON: its class and the parameters that differ from their defaults.

    Raises
    ------
    PerennialError
        If a parameter cannot travel as data, such as a lambda; the message names its path.
    """
    if not hasattr(estimator, "get_params") or inspect.isclass(estimator):
        raise _refused("the pipeline", estimator, "Pass an unfitted scikit-learn estimator or pipeline.")
    return _object(estimator, "")


def task_of(estimator: Any, values: int | None) -> str:
    """Return the task that the module Scikit-learn Estimator is given.

    Parameters
    ----------
    values
        The number of different labels; None without labels.
    """
    from sklearn.utils import get_tags

    kind = get_tags(estimator).estimator_type
    if kind == "classifier":
        return "Two-class classification" if values == 2 else "Multiclass classification"
    if kind not in TASKS:
        raise PerennialError(
            0,
            "NotPublishable",
            f"{type(estimator).__name__} predicts nothing: a web service needs a classifier, a regressor, an outlier "
            "detector or a clusterer, alone or as the last step of a pipeline.",
        )
    return TASKS[kind]


def _object(value: Any, path: str) -> dict[str, Any]:
    kind = type(value)
    written: dict[str, Any] = {"estimator": _public_path(kind)}
    if kind.__module__.split(".")[0] == "__main__" or "<locals>" in kind.__qualname__:
        raise _refused(
            path or "the pipeline",
            value,
            "Classes of your own cannot travel. Put the code into a file of scripts/ that is deployed with the app.",
        )
    parameters = {}
    defaults = {name: item.default for name, item in inspect.signature(kind).parameters.items()}
    given = value.get_params(deep=False) if hasattr(value, "get_params") else _attributes(value, defaults)
    for name, item in given.items():
        if name in defaults and _is_default(item, defaults[name]):
            continue
        parameters[name] = _value(item, f"{path}.{name}" if path else name)
    if parameters:
        written["parameters"] = parameters
    output = getattr(value, "_sklearn_output_config", {}).get("transform")
    if output not in (None, "default"):
        written["output"] = str(output)
    return written


def _attributes(value: Any, defaults: Mapping[str, Any]) -> dict[str, Any]:
    """Return the arguments of a splitter or a column selector, which have no get_params."""
    return {name: getattr(value, name) for name in defaults if hasattr(value, name)}


def _is_default(value: Any, default: Any) -> bool:
    if value is default:
        return True
    plain = (bool, int, float, str, tuple, type(None))
    if not isinstance(value, plain) or type(value) is not type(default):
        return False
    return bool(value == default) or (value != value and default != default)


def _public_path(kind: type) -> str:
    """Return the path that users import a class by: without the module names that begin with an underscore."""
    parts = kind.__module__.split(".")
    if parts[0] != "sklearn":
        return f"{kind.__module__}.{kind.__name__}"
    public = []
    for part in parts:
        if part.startswith("_"):
            break
        public.append(part)
    return ".".join([*public, kind.__name__])


def _value(value: Any, path: str) -> Any:
    if value is None or isinstance(value, (bool, str)):
        return value if type(value) in (bool, str, type(None)) else str(value)
    if isinstance(value, int):
        return int(value)
    if isinstance(value, float):
        return float(value) if math.isfinite(value) else {"number": str(float(value))}
    if isinstance(value, (list, set, frozenset)):
        return [_value(item, f"{path}[{index}]") for index, item in enumerate(value)]
    if isinstance(value, tuple):
        return {"tuple": [_value(item, f"{path}[{index}]") for index, item in enumerate(value)]}
    if isinstance(value, Mapping):
        pairs = value.items()
        return {"dict": [[_value(key, path), _value(item, f"{path}[{key!r}]")] for key, item in pairs]}
    if isinstance(value, slice):
        return {"slice": [_value(item, path) for item in (value.start, value.stop, value.step)]}
    return _library_value(value, path)


def _library_value(value: Any, path: str) -> Any:
    numpy = sys.modules.get("numpy")
    if numpy is not None:
        if isinstance(value, numpy.generic):
            return _value(value.item(), path)
        if isinstance(value, numpy.dtype) or (inspect.isclass(value) and issubclass(value, numpy.generic)):
            return _dtype(numpy.dtype(value).name, path)
        if isinstance(value, numpy.ndarray):
            return _array(value, path)
    if inspect.isclass(value) and value in (bool, int, float, str, object):
        return _dtype({"int": "int64", "float": "float64"}.get(value.__name__, value.__name__), path)
    if hasattr(value, "to_numpy"):
        return _value(value.tolist(), path)
    if hasattr(value, "dist") and hasattr(value, "args"):
        return _distribution(value, path)
    if hasattr(value, "get_params") or type(value).__module__.startswith("sklearn."):
        return _object(value, path)
    if callable(value):
        return _function(value, path)
    raise _refused(path, value, "Use numbers, texts, lists, arrays or other estimators.")


def _dtype(name: str, path: str) -> dict[str, str]:
    if name not in (*DTYPES, "str"):
        raise _refused(path, name, "Use a type of NumPy, such as numpy.float64.")
    return {"dtype": name}


def _array(value: Any, path: str) -> dict[str, Any]:
    if value.dtype.name not in DTYPES:
        return {"array": _value(value.tolist(), path), "dtype": "object"}
    return {"array": _value(value.tolist(), path), "dtype": value.dtype.name}


def _distribution(value: Any, path: str) -> dict[str, Any]:
    arguments = [*value.args]
    names = [name for name in (value.dist.shapes or "").replace(" ", "").split(",") if name] + ["loc", "scale"]
    for name in names[len(arguments) :]:
        if name in value.kwds:
            arguments.append(value.kwds[name])
        elif set(value.kwds) & set(names[len(arguments) :]):
            arguments.append({"loc": 0, "scale": 1}[name])
    return {"distribution": f"scipy.stats.{value.dist.name}", "arguments": [_value(item, path) for item in arguments]}


def _function(value: Any, path: str) -> dict[str, str]:
    name = getattr(value, "__name__", "")
    module = str(getattr(value, "__module__", None) or "numpy")
    if name == "<lambda>":
        raise _refused(
            path,
            value,
            "A lambda cannot travel. Name a function of NumPy, such as numpy.log1p, or put the code into a file of "
            "scripts/ that is deployed with the app.",
        )
    root = module.split(".")[0].lstrip("_")
    if root == "sklearn":
        module = ".".join(part for part in module.split(".") if not part.startswith("_"))
        return {"function": f"{'sklearn.feature_selection' if 'feature_selection' in module else module}.{name}"}
    if root == "scipy":
        return {"function": f"scipy.special.{name}"}
    if root != "numpy":
        raise _refused(
            path,
            value,
            "Functions of your own cannot travel. Name a function of NumPy, such as numpy.log1p, or put the code into "
            "a file of scripts/ that is deployed with the app.",
        )
    return {"function": f"numpy.{name}"}


def _refused(path: str, value: Any, remedy: str) -> PerennialError:
    shown = repr(value)
    shown = shown if len(shown) <= MAX_SHOWN else f"{shown[:MAX_SHOWN]}…"
    return PerennialError(0, "NotData", f"{path} is {shown}, which cannot be written as data. {remedy}")
