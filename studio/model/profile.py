"""What the rows that a model was trained on had in each column: the range of numbers, and a typical value.

A file's manifest holds it under `profile`; files from earlier versions of the app and from elsewhere may lack it. Of
single rows it tells the least, the greatest and a middle number of each column, nothing else.
"""

from typing import Any

import numpy as np

from studio.model.encoder import Encoder, Feature
from studio.model.operations import Matrix
from studio.model.steps import Cast, Fill, MissingIf
from studio.tables.schema import ColumnType, number_cell

# Of more columns, such as the pixels of pictures, the first are described.
MAX_COLUMNS = 1000
# A typical value is as good from so many rows.
MAX_ROWS = 10_000
# Steps after which a cell is what its column holds, so that the matrix has the source's own numbers.
KEEPING = (MissingIf, Cast, Fill)


def sample_places(count: int, most: int) -> Any:
    """Return the positions of at most so many of `count` rows, evenly spaced and in order: ndarray of int64."""
    return np.unique(np.linspace(0, max(0, count - 1), min(count, most)).astype(np.int64))


def training_profile(encoder: Encoder, matrix: Matrix) -> list[dict[str, Any]]:
    """Return what training rows hold in the columns that callers send, as JSON.

    Parameters
    ----------
    matrix : ndarray of shape (n_rows, encoder.width), float64
        The encoded training rows.

    Returns
    -------
    list of dict
        `name` and, for numbers and times, `minimum`, `maximum` and `typical`, a value in the middle that occurs; for
        categories `typical`, the most frequent one. Columns that are changed before they are encoded, and texts whose
        words are counted, are left out.
    """
    found: dict[str, dict[str, Any]] = {}
    rows = sample_places(len(matrix), MAX_ROWS)
    for index, slot in enumerate(encoder.slots):
        plan = encoder.plans[slot.plan]
        if plan.source.name in found or not all(isinstance(step, KEEPING) for step in plan.steps):
            continue
        described = _describe(slot.feature, plan.column.type, matrix[:, index], rows)
        if described:
            found[plan.source.name] = {"name": plan.source.name, **described}
        if len(found) == MAX_COLUMNS:
            break
    return list(found.values())


def _describe(feature: Feature, type_: ColumnType, values: Any, rows: Any) -> dict[str, Any]:
    if feature.categories is not None:
        codes = values[values < len(feature.categories)].astype(np.int64)
        return {"typical": feature.categories[int(np.bincount(codes).argmax())]} if len(codes) else {}
    known = values[np.isfinite(values)]
    if not len(known):
        return {}
    some = values[rows][np.isfinite(values[rows])]
    some = some if len(some) else known
    middle = np.partition(some, (len(some) - 1) // 2)[(len(some) - 1) // 2]
    ends = {"minimum": float(known.min()), "maximum": float(known.max()), "typical": float(middle)}
    return {name: number_cell(value, type_) for name, value in ends.items()}
