"""Estimators as data: checked without scikit-learn, then made with it, in the process that fits them.

A document is `{"estimator": "sklearn.linear_model.Ridge", "parameters": {"alpha": 2.0}}`. Parameters are JSON; what
JSON lacks is an object with one key that names its kind (docs/reference/estimators.md lists them). Nothing in a
document is code: classes and functions are looked up by name in fixed lists (public.py, rules.py).
"""

import difflib
import importlib
import json
import re
from collections.abc import Callable, Collection, Mapping
from typing import Any

from studio.model.scikit.public import estimator_paths, parameters_of
from studio.model.scikit.rules import (
    ATTRIBUTE,
    BOUNDS,
    CODE,
    DISTRIBUTIONS,
    DTYPES,
    FITTED,
    FUNCTIONS,
    FUNCTIONS_ALLOWED,
    ONLY,
    OVERRULED,
    PATTERNS,
)
from studio.tables.regular_expressions import PatternError, find_matches

# Escapes, classes in brackets, how a group begins, numbers of repetitions, and single characters.
PATTERN_PART = re.compile(r"\\.|\[\^?\]?(?:\\.|[^\]\\])*\]|\((?:\?(?:P?<\w+>|[a-zA-Z-]*:))?|\{\d*,?\d*\}|.", re.DOTALL)
MAX_CHARACTERS, MAX_DEPTH, MAX_VALUES, MAX_SHOWN = 1_000_000, 60, 200_000, 80
NUMBERS = ("nan", "inf", "-inf")
# A class that the operator lists takes any parameter that is data; it is no class of scikit-learn.
Parameters = tuple[str, ...] | None


class EstimatorError(ValueError):
    """An estimator that is not accepted; the message names the parameter's path and what to do."""


def read_estimator(value: Any, others: Collection[str] = ()) -> dict[str, Any]:
    """Return an estimator's document, checked.

    Parameters
    ----------
    value
        The document, or its JSON as text.
    others
        Paths of classes that the deployment offers besides scikit-learn's own.

    Raises
    ------
    EstimatorError
        If it is no estimator of the lists, or a parameter is unknown, dangerous or out of bounds.
    """
    document = _parse(value) if isinstance(value, str) else value
    _measure(document)
    _Check(others).estimator(document, "")
    found: dict[str, Any] = document
    return found


def make_estimator(document: Mapping[str, Any], others: Collection[str] = ()) -> Any:
    """Return the unfitted estimator of a document, checked once more; imports scikit-learn."""
    read_estimator(document, others)
    # They make what scikit-learn still calls experimental public.
    importlib.import_module("sklearn.experimental.enable_halving_search_cv")
    importlib.import_module("sklearn.experimental.enable_iterative_imputer")
    return _make(document)


def _parse(text: str) -> Any:
    if len(text) > MAX_CHARACTERS:
        raise EstimatorError(f"an estimator may have at most {MAX_CHARACTERS:,} characters of JSON, got {len(text):,}.")
    try:
        return json.loads(text, parse_constant=_no_constant)
    except (ValueError, RecursionError) as error:
        raise EstimatorError(
            f"it is not JSON ({str(error)[:MAX_SHOWN]}). An estimator is written as "
            '{"estimator": "sklearn.linear_model.Ridge", "parameters": {"alpha": 2.0}}.'
        ) from None


def _no_constant(name: str) -> None:
    raise ValueError(f'{name} is written as {{"number": "nan"}}, "inf" or "-inf"')


def _measure(document: Any) -> None:
    """Refuse what is nested too deeply or has too many values, without recursion."""
    waiting, seen = [(document, 0)], 0
    while waiting:
        value, depth = waiting.pop()
        seen += 1
        if depth > MAX_DEPTH:
            raise EstimatorError(f"an estimator may be nested {MAX_DEPTH} levels deep at most.")
        if seen > MAX_VALUES:
            raise EstimatorError(f"an estimator may have at most {MAX_VALUES:,} values.")
        if isinstance(value, dict):
            waiting += [(item, depth + 1) for item in value.values()]
        elif isinstance(value, list):
            waiting += [(item, depth + 1) for item in value]


class _Check:
    def __init__(self, others: Collection[str]) -> None:
        self._others = others

    def estimator(self, value: Any, path: str) -> None:
        """Check an object with the key `estimator`."""
        shown = path or "the estimator"
        if not isinstance(value, dict) or not isinstance(value.get("estimator"), str):
            raise EstimatorError(
                f'{shown} must be {{"estimator": "sklearn.linear_model.Ridge", "parameters": {{…}}}}, got '
                f"{json.dumps(value)[:MAX_SHOWN]}."
            )
        unknown = value.keys() - {"estimator", "parameters", "output"}
        if unknown:
            raise EstimatorError(f"{shown} has '{min(unknown)[:MAX_SHOWN]}'; accepted: estimator, parameters, output.")
        if value.get("output") not in (None, "default", "pandas"):
            raise EstimatorError(f"{shown}: set_output must be 'default' or 'pandas'.")
        name, parameters = value["estimator"], value.get("parameters") or {}
        if name in FITTED:
            raise EstimatorError(
                f"{shown} is a {_short(name)}, which needs a fitted estimator, but {ONLY['prefit'][1]}. Put the "
                "estimator itself there: it is fitted with the rest."
            )
        known = self._known(name, shown, top=not path)
        if not isinstance(parameters, dict):
            raise EstimatorError(f"{shown}: 'parameters' must be an object.")
        for parameter, given in parameters.items():
            if known is not None and parameter not in known:
                close = difflib.get_close_matches(parameter, known, 1)
                hint = f"Did you mean '{close[0]}'?" if close else f"It has: {', '.join(known) or 'none'}."
                raise EstimatorError(
                    f"{_short(name)} has no parameter '{parameter[:MAX_SHOWN]}' in this app's version of scikit-learn. "
                    f"{hint}"
                )
            self._parameter(parameter, given, f"{path}.{parameter}" if path else parameter)

    def _known(self, name: str, shown: str, *, top: bool) -> Parameters:
        if name in self._others:
            return None
        found = parameters_of().get(name)
        if found is None or (top and name not in estimator_paths()):
            close = difflib.get_close_matches(name, estimator_paths(), 1)
            hint = f"Did you mean '{close[0]}'?" if close else "Accepted: the public estimators of scikit-learn."
            raise EstimatorError(
                f"{shown} is a '{name[:MAX_SHOWN]}', which is not among the estimators of this app. {hint} Others can "
                "be listed in the app setting PERENNIAL_ESTIMATORS by its operator; code of your own belongs into a "
                "file of scripts/ that is deployed with the app."
            )
        return found

    def _parameter(self, name: str, value: Any, path: str) -> None:
        if name in OVERRULED:
            # Whatever stands there is not used.
            return
        if name in ONLY and value != ONLY[name][0]:
            accepted, why = ONLY[name]
            raise EstimatorError(f"{path} must be {accepted!r}: {why}.")
        if name in PATTERNS and value is not None:
            _check_pattern(value, path)
        if name == "importance_getter" and not (isinstance(value, str) and re.fullmatch(ATTRIBUTE, value)):
            raise EstimatorError(f"{path} must be 'auto' or the name of a fitted attribute, such as 'coef_'.")
        if name == "cv" and value == "prefit":
            raise EstimatorError(f"{path} must not be 'prefit': {ONLY['prefit'][1]}.")
        if name in BOUNDS:
            _check_bound(value, BOUNDS[name], path)
        self.value(value, path, functions=name in FUNCTIONS_ALLOWED)

    def value(self, value: Any, path: str, *, functions: bool = False) -> None:
        """Check a parameter's value; `functions` says whether it may be, or hold, a function."""
        if value is None or isinstance(value, bool | int | float | str):
            return
        if isinstance(value, list):
            for index, item in enumerate(value):
                self.value(item, f"{path}[{index}]", functions=functions)
            return
        if "estimator" in value:
            self.estimator(value, path)
            return
        if len(value) == 2 and value.keys() == {"array", "dtype"}:
            self._one_of(value["dtype"], DTYPES, path, "type")
            self.value(value["array"], path)
            return
        if len(value) == 2 and value.keys() == {"distribution", "arguments"}:
            self._one_of(value["distribution"], DISTRIBUTIONS, path, "distribution")
            self._numbers(value["arguments"], path)
            return
        if len(value) != 1:
            raise self._unknown(value, path)
        ((kind, content),) = value.items()
        self._kind(kind, content, path, functions=functions)

    def _kind(self, kind: str, content: Any, path: str, *, functions: bool) -> None:
        match kind:
            case "tuple" | "dict" | "slice" if isinstance(content, list):
                if kind == "dict" and not all(isinstance(pair, list) and len(pair) == 2 for pair in content):
                    raise EstimatorError(f"{path}: a dict is a list of pairs.")
                if kind == "slice" and len(content) != 3:
                    raise EstimatorError(f"{path}: a slice is [start, stop, step].")
                for index, item in enumerate(content):
                    self.value(item, self._place(kind, item, index, path), functions=functions)
                self._named_parameters(kind, content, path)
            case "number":
                self._one_of(content, NUMBERS, path, "number")
            case "dtype":
                self._one_of(content, DTYPES, path, "type")
            case "function" if functions:
                self._one_of(content, FUNCTIONS, path, "function")
            case "function":
                raise EstimatorError(f"{path} must not be a function: only its named choices are accepted.")
            case _:
                raise self._unknown({kind: content}, path)

    def _named_parameters(self, kind: str, content: Any, path: str) -> None:
        """Hold the values of a grid, whose keys name parameters such as `model__C`, to those parameters' rules."""
        if kind != "dict":
            return
        for key, values in content:
            name = key.rpartition("__")[2] if isinstance(key, str) else ""
            listed = values if isinstance(values, list) else [values]
            if name in CODE | FUNCTIONS_ALLOWED | PATTERNS | ONLY.keys() | BOUNDS.keys() | OVERRULED:
                if name in OVERRULED:
                    raise EstimatorError(f"{path}['{key}'] is set by the app and cannot be searched.")
                for item in listed:
                    self._parameter(name, item, f"{path}['{key}']")

    @staticmethod
    def _place(kind: str, item: Any, index: int, path: str) -> str:
        return f"{path}[{str(item[0])[:MAX_SHOWN]!r}]" if kind == "dict" else f"{path}[{index}]"

    @staticmethod
    def _numbers(values: Any, path: str) -> None:
        plain = isinstance(values, list) and all(type(item) in (int, float) for item in values)
        if not plain or not 1 <= len(values) <= 4:
            raise EstimatorError(f"{path}: a distribution takes one to four numbers.")

    @staticmethod
    def _one_of(value: Any, accepted: Collection[str], path: str, what: str) -> None:
        if not isinstance(value, str) or value not in accepted:
            raise EstimatorError(
                f"{path}: the {what} {str(value)[:MAX_SHOWN]!r} is not accepted. "
                f"Accepted: {', '.join(sorted(accepted))}."
            )

    @staticmethod
    def _unknown(value: Any, path: str) -> EstimatorError:
        kinds = "estimator, tuple, dict, slice, array, dtype, number, function or distribution"
        return EstimatorError(f"{path} must be JSON or {kinds}, got {json.dumps(value)[:MAX_SHOWN]}.")


def _check_pattern(value: Any, path: str) -> None:
    """Refuse a pattern that RE2 cannot match, or that could keep Python's engine, which scikit-learn uses, busy."""
    if not isinstance(value, str):
        raise EstimatorError(f"{path} must be a regular expression.")
    try:
        # Python's own patterns match Unicode anyway.
        find_matches(value.removeprefix("(?u)"), [""])
    except PatternError as error:
        raise EstimatorError(f"{path}: {error}") from error
    if _repeats_a_choice(value):
        raise EstimatorError(f"{path}: a group that is repeated must not itself repeat something or have choices.")


def _repeats_a_choice(pattern: str) -> bool:
    """Return whether a repeated group can match one text in several ways, on which Python's engine goes back.

    The pattern is one that RE2 accepts; it is read once, from left to right.
    """
    opened, closed = [False], False
    for part in PATTERN_PART.finditer(pattern):
        text = part[0]
        repeats = text in ("*", "+") or text.startswith("{")
        if repeats and closed:
            return True
        closed = False
        if text.startswith("("):
            opened.append(False)
        elif text == ")" and len(opened) > 1:
            closed = opened.pop()
            opened[-1] |= closed
        elif repeats or text in ("?", "|"):
            opened[-1] = True
    return False


def _check_bound(value: Any, most: int, path: str) -> None:
    """Refuse a number above a bound, wherever it stands: in a list, an array, or what a distribution draws from."""
    waiting = [value]
    while waiting:
        item = waiting.pop()
        if isinstance(item, list):
            waiting += item
        elif isinstance(item, dict) and "estimator" not in item:
            waiting += item.values()
        elif type(item) in (int, float) and item > most:
            raise EstimatorError(f"{path} must be {most:,} or less, got {item:,}.")


def _short(path: str) -> str:
    return path.rpartition(".")[2]


def _make(value: Any) -> Any:
    """Return what a checked value stands for."""
    if isinstance(value, list):
        return [_make(item) for item in value]
    if not isinstance(value, dict):
        return value
    if "estimator" in value:
        return _make_object(value)
    kind = next(iter(value))
    if kind in ("array", "dtype") and len(value) == 2:
        import numpy as np

        return np.array(_make(value["array"]), dtype=value["dtype"])
    if "distribution" in value:
        return _look_up(value["distribution"])(*value["arguments"])
    return MAKERS[kind](value[kind])


def _make_object(value: Mapping[str, Any]) -> Any:
    kind = _look_up(value["estimator"])
    parameters = (value.get("parameters") or {}).items()
    made = kind(**{name: _make(item) for name, item in parameters if name not in OVERRULED})
    if value.get("output") == "pandas":
        made.set_output(transform="pandas")
    return made


def _look_up(path: str) -> Any:
    module, _, name = path.rpartition(".")
    return getattr(importlib.import_module(module), name)


def _make_dtype(name: str) -> Any:
    import numpy as np

    return name if name in ("category", "number", "datetime64") else np.dtype(name)


MAKERS: dict[str, Callable[[Any], Any]] = {
    "tuple": lambda content: tuple(_make(content)),
    "dict": lambda content: {_make(key): _make(item) for key, item in content},
    "slice": lambda content: slice(*_make(content)),
    "number": float,
    "dtype": _make_dtype,
    "function": _look_up,
}
