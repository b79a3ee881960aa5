"""What the numbers of a graph are: probabilities, logits, or values; asked for where that is not clear."""

from dataclasses import dataclass
from typing import Any

import numpy as np

from studio.model.foreign.graph import Tensor, refusal
from studio.model.foreign.request import LOGITS, PROBABILITIES, VALUE, ImportRequest
from studio.model.manifest import MULTICLASS, REGRESSION, TWO_CLASS
from studio.model.operations import Matrix

# How far probabilities may be from adding up to 1, since a graph may compute in half precision.
SUM_TOLERANCE, RANGE_TOLERANCE = 2e-3, 1e-4


@dataclass(frozen=True, slots=True)
class Decision:
    """How an output becomes scores: the task, its labels, operators that follow, and the columns that are kept."""

    task: str
    labels: tuple[Any, ...]
    finish: tuple[str, ...] = ()
    columns: tuple[int, ...] | None = None


def decide(found: Matrix, output: Tensor, named: tuple[Any, ...], request: ImportRequest) -> Decision:
    """Return what an output is.

    Parameters
    ----------
    found : ndarray of shape (n_rows, n_numbers), float64
        What the graph gave for the sample.
    named
        The class labels that the graph names.

    Raises
    ------
    BadArgument
        If it is not clear, or is not what the request says.
    """
    width = found.shape[1]
    labels = request.labels or named
    kind = request.kind or _kind(found, output, labels, request)
    if kind == VALUE:
        return _value(width, output, request)
    if kind == PROBABILITIES and not are_shares(found):
        raise refusal(
            f"its output '{output.name}' holds no probabilities: {_range(found)}. If a softmax or sigmoid belongs "
            f'after it, say "Outputs": "{LOGITS}"',
            "Outputs",
        )
    if request.task == REGRESSION:
        raise refusal(f"a regression has values, not {kind}", "Outputs")
    classes = 2 if width == 1 else width
    labels = labels or tuple(range(classes))
    if len(labels) != classes:
        raise refusal(
            f"its output '{output.name}' has {width} numbers a row, which is {classes} classes, and there are "
            f"{len(labels)} labels: {', '.join(map(str, labels[:10]))}",
            "Labels",
        )
    if request.task == TWO_CLASS and classes != 2:
        raise refusal(f"its output '{output.name}' has {classes} classes, not two", "Task")
    if classes == 2 and request.task != MULTICLASS:
        after = {1: ("Sigmoid",), 2: ("Softmax",)}[width] if kind == LOGITS else ()
        return Decision(TWO_CLASS, labels, after, (1,) if width == 2 else None)
    if width == 1:
        raise refusal(f"its output '{output.name}' has one number a row, which is two classes at most", "Task")
    return Decision(MULTICLASS, labels, ("Softmax",) if kind == LOGITS else ())


def are_shares(found: Matrix) -> bool:
    """Return whether numbers can be probabilities: between 0 and 1, and 1 in all if there are several in a row."""
    known = found[np.isfinite(found).all(axis=1)]
    inside = bool(((known >= -RANGE_TOLERANCE) & (known <= 1 + RANGE_TOLERANCE)).all())
    return inside and (found.shape[1] == 1 or bool((np.abs(known.sum(axis=1) - 1) < SUM_TOLERANCE).all()))


def _kind(found: Matrix, output: Tensor, labels: tuple[Any, ...], request: ImportRequest) -> str:
    if request.task == REGRESSION:
        return VALUE
    classes = bool(labels or request.task)
    shares = are_shares(found)
    if shares and (found.shape[1] > 1 or classes or output.is_map):
        return PROBABILITIES
    if found.shape[1] == 1 and not classes and not shares:
        return VALUE
    raise refusal(
        f"it is not clear what its output '{output.name}' is: {found.shape[1]} number"
        f'{"s" if found.shape[1] > 1 else ""} a row, {_range(found)}. Say it: "Outputs": "{PROBABILITIES}", '
        f'"{LOGITS}" (a softmax or sigmoid is added) or "{VALUE}" (a prediction)',
        "Outputs",
    )


def _value(width: int, output: Tensor, request: ImportRequest) -> Decision:
    if request.task not in ("", REGRESSION):
        raise refusal(f"the task {request.task} has probabilities or logits, not values", "Outputs")
    if width > 1 and request.position is None:
        raise refusal(
            f"its output '{output.name}' has {width} values a row; a web service gives one. Say which: "
            f'"Outputs": {{"Kind": "{VALUE}", "Position": 0}}',
            "Outputs",
        )
    position = request.position or 0
    if position >= width:
        raise refusal(f"its output '{output.name}' has {width} values a row; Position {position} is none", "Outputs")
    return Decision(REGRESSION, (), (), (position,) if width > 1 else None)


def _range(found: Matrix) -> str:
    known = found[np.isfinite(found)]
    return f"from {known.min():.4g} to {known.max():.4g} for the sample" if known.size else "none finite"
