"""Sets parameters of an estimator's document under scikit-learn's own names, such as `model__C`."""

import copy
import json
from collections.abc import Mapping
from typing import Any

from studio.model.scikit.codec import EstimatorError
from studio.model.scikit.public import parameters_of

# Parameters that hold named estimators: (name, estimator) or (name, estimator, columns).
NAMED = ("steps", "transformers", "transformer_list", "estimators")
MAX_VALUES, MAX_SHOWN = 100, 80


def with_parameters(
    document: Mapping[str, Any], given: Mapping[str, Any], *, seed: int | None = None
) -> dict[str, Any]:
    """Return the document with parameters set.

    Parameters
    ----------
    given
        Values by name; a text is read as JSON if it is JSON.
    seed
        For every `random_state` that the document leaves open; None leaves them.

    Raises
    ------
    EstimatorError
        If there is no such parameter.
    """
    changed = copy.deepcopy(dict(document))
    for name, value in given.items():
        _set(changed, name.split("__"), _read(value), name)
    if seed is not None:
        _seed(changed, seed)
    return changed


def read_grid(text: str) -> dict[str, tuple[Any, ...]]:
    """Return the values to try by parameter; EstimatorError if the text is not such a grid."""
    try:
        grid = json.loads(text)
    except (ValueError, RecursionError):
        grid = None
    fits = isinstance(grid, dict) and grid and all(isinstance(values, list) and values for values in grid.values())
    if not fits or max(map(len, grid.values())) > MAX_VALUES:
        raise EstimatorError(
            'Parameter grid must be JSON such as {"model__C": [0.1, 1, 10]}, with at most '
            f"{MAX_VALUES} values for each parameter, got {text[:MAX_SHOWN]!r}."
        )
    return {str(name): tuple(values) for name, values in grid.items()}


def _read(value: Any) -> Any:
    if not isinstance(value, str):
        return value
    words = {"none": None, "true": True, "false": False}
    if value.strip().lower() in words:
        return words[value.strip().lower()]
    try:
        return json.loads(value)
    except (ValueError, RecursionError):
        return value


def _set(node: Any, path: list[str], value: Any, name: str) -> None:
    parameters = node.setdefault("parameters", {})
    head, rest = path[0], path[1:]
    named = _named(parameters)
    if head in named:
        if rest:
            _set(named[head], rest, value, name)
            return
        raise EstimatorError(f"'{name[:MAX_SHOWN]}' is an estimator; only its parameters can be set.")
    inner = parameters.get(head)
    if rest and isinstance(inner, dict) and "estimator" in inner:
        _set(inner, rest, value, name)
        return
    known = parameters_of().get(node["estimator"])
    if rest or (known is not None and head not in known):
        accepted = [*named, *(known or ())]
        raise EstimatorError(
            f"the estimator has no parameter '{name[:MAX_SHOWN]}': "
            f"{node['estimator'].rpartition('.')[2][:MAX_SHOWN]} has {', '.join(accepted[:40]) or 'none'}."
        )
    parameters[head] = value


def _named(parameters: Mapping[str, Any]) -> dict[str, Any]:
    found = {}
    for key in NAMED:
        items = parameters.get(key)
        for item in items if isinstance(items, list) else []:
            parts = item.get("tuple") if isinstance(item, dict) else item
            if isinstance(parts, list) and len(parts) > 1 and isinstance(parts[1], dict) and "estimator" in parts[1]:
                found[str(parts[0])] = parts[1]
    return found


def _seed(node: Any, seed: int) -> None:
    if isinstance(node, list):
        for item in node:
            _seed(item, seed)
    elif isinstance(node, dict):
        for item in node.values():
            _seed(item, seed)
        if "random_state" in parameters_of().get(str(node.get("estimator")), ()):
            node.setdefault("parameters", {}).setdefault("random_state", seed)
