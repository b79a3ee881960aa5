"""Makes the baseline of a model (baseline.py) from the rows it was trained on, and from its scores.

A file grows by at most MAX_CHARACTERS through it: MAX_COLUMNS columns of 2 x BINS numbers or MAX_VALUES texts each, of
which the last columns are left out if they are too many characters. Texts that are no categories, such as names and
comments, are never in it, only how long they are.
"""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace
from typing import Any

import numpy as np
import orjson

from studio.model.baseline import (
    CATEGORY,
    MAX_TEXT,
    NUMBER,
    TEXT,
    Baseline,
    BaselineColumn,
    cell_numbers,
    cell_texts,
    text_lengths,
)
from studio.model.encoder import Encoder
from studio.model.operations import Matrix
from studio.model.profile import KEEPING
from studio.model.scores import score_columns, scored_cells
from studio.model.shifts import halves_apart
from studio.model.steps import Cast
from studio.tables.schema import Column, ColumnType

BINS, MAX_VALUES, MAX_COLUMNS, MAX_SCORES = 20, 255, 200, 50
MAX_CHARACTERS = 262_144
# Distributions are as good from so many rows, spread evenly.
MAX_ROWS = 20_000


def category_sources(encoder: Encoder) -> frozenset[str]:
    """Return the names of the source columns whose cells are categories of the model as they are sent."""
    plans = [encoder.plans[slot.plan] for slot in encoder.slots if slot.feature.categories is not None]
    steps = (plan for plan in plans if all(isinstance(step, KEEPING) for step in plan.steps))
    return frozenset(plan.source.name for plan in steps if not any(isinstance(step, Cast) for step in plan.steps))


def describe_columns(encoder: Encoder, cells: Iterable[tuple[Column, Any]]) -> Baseline:
    """Return the baseline of the columns that callers send, without scores.

    Parameters
    ----------
    cells
        Source columns of the encoder, each with an arrow array of the cells of a sample of rows, in their order.
    """
    categories = category_sources(encoder)
    tokens = {plan.source.name: plan.missing_tokens for plan in encoder.plans}
    described = (
        describe_column(column, values, known=column.name in categories, tokens=tokens.get(column.name, ()))
        for column, values in cells
    )
    total = len(encoder.sources)
    columns = tuple(_bounded(described, MAX_COLUMNS, MAX_CHARACTERS))
    return Baseline(columns, left_out=total - len(columns))


def describe_scores(
    baseline: Baseline, task: str, label: Column, labels: Sequence[str], scores: Matrix, *, scored: str
) -> Baseline:
    """Return a baseline with the model's scores of rows: its scored columns, as the log of predictions names them.

    Parameters
    ----------
    scores : ndarray of shape (n_rows, score_width), float64
    scored
        Which rows these are: `evaluated` or `training`.
    """
    import pyarrow as pa

    columns = score_columns(task, label, labels)
    cells = scored_cells(scores, task, label, labels)
    described = (
        describe_column(column, _arrow(pa, column, values), known=column.type is not ColumnType.DOUBLE)
        for column, values in zip(columns, cells, strict=True)
    )
    return replace(baseline, scores=tuple(_bounded(described, MAX_SCORES, MAX_CHARACTERS)), scored=scored)


def _arrow(pa: Any, column: Column, cells: Sequence[Any]) -> Any:
    return pa.array(cells, pa.string() if column.type in (ColumnType.STRING, ColumnType.DATETIME) else None)


def _bounded(described: Iterable[BaselineColumn | None], most: int, characters: int) -> Iterator[BaselineColumn]:
    taken = 0
    for column in described:
        if column is None:
            continue
        taken, most = taken + len(orjson.dumps(column.to_json())), most - 1
        if most < 0 or taken > characters:
            return
        yield column


def describe_column(
    column: Column, cells: Any, *, known: bool = False, tokens: Sequence[str] = ()
) -> BaselineColumn | None:
    """Return a column's baseline; None if no cell has a value.

    Parameters
    ----------
    cells
        An arrow array of cells, in the order of the rows.
    known
        Whether the model knows the cells as categories.
    """
    kind, texts = NUMBER, None
    if known or column.type in (ColumnType.STRING, ColumnType.BOOLEAN):
        texts = cell_texts(cells, column.type, tokens)
        kind = CATEGORY if known or len(texts.unique()) <= MAX_VALUES + 1 else TEXT
    made = BaselineColumn(column.name, column.type, kind, (), tokens=tuple(tokens))
    if kind == CATEGORY:
        values, once = _most_frequent(texts)
        made = replace(made, values=values, once=once)
        usable = bool(values)
    else:
        numbers = text_lengths(cells, tokens) if kind == TEXT else cell_numbers(cells, tokens)
        finite = numbers[np.isfinite(numbers)]
        usable = len(finite) > 0
        if usable:
            made = replace(made, edges=_quantiles(finite), shown=_equal_widths(finite))
    if not usable:
        return None
    half = len(cells) // 2
    first, second = made.count(cells[:half]), made.count(cells[half:])
    counted = replace(made, counts=tuple((first + second).tolist()))
    return replace(counted, halves=halves_apart(counted, first, second))


def _most_frequent(texts: Any) -> tuple[tuple[str, ...], int]:
    counted = texts.drop_null().value_counts()
    found = sorted(counted.to_pylist(), key=lambda item: (-item["counts"], item["values"]))
    once = sum(item["counts"] == 1 for item in found)
    return tuple(str(item["values"])[:MAX_TEXT] for item in found[:MAX_VALUES]), once


def _quantiles(finite: Any) -> tuple[float, ...]:
    """Return edges that occur, so that bins hold about as many rows each; fewer if some values are frequent."""
    ordered = np.sort(finite)
    edges = np.unique(ordered[-(-len(ordered) * np.arange(1, BINS) // BINS) - 1])
    return tuple(edges[edges < ordered[-1]].tolist())


def _equal_widths(finite: Any) -> tuple[float, ...]:
    low, high = float(finite.min()), float(finite.max())
    with np.errstate(all="ignore"):
        edges = np.unique(np.linspace(low, high, BINS + 1))
    return (
        tuple(edges.tolist())
        if len(edges) > 1 and np.isfinite(edges).all()
        else (low, float(np.nextafter(high, np.inf)))
    )
