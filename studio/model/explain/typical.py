"""The row that a model's rows are compared with if its training rows are not known well enough: a typical one.

It has the middle number and the most frequent category of each column in the training data, from the manifest's
profile. Where the profile lacks a column, it is taken in the same way from the file's golden rows.
"""

from typing import Any

import numpy as np

from studio.errors import StudioError
from studio.model.explain.sources import columns_of_sources
from studio.model.loaded import LoadedModel
from studio.model.operations import Matrix
from studio.tables.schema import CellError


def typical_row(model: LoadedModel) -> Matrix:
    """Return the encoded typical row of a model, shape (1, encoder.width)."""
    profile = {item["name"]: item["typical"] for item in model.file.manifest.profile if "typical" in item}
    cells = [profile.get(column.name) for column in model.encoder.sources]
    if not _is_readable(model, cells):
        # A column may have a format of its own.
        alone = np.eye(len(cells), dtype=bool).tolist()
        cells = [
            cell if _is_readable(model, [cell if here else None for here in places]) else None
            for cell, places in zip(cells, alone, strict=True)
        ]
    row, _ = model.encoder.encode([cells], shown=False)
    golden = _golden(model)
    for cell, columns in zip(cells, columns_of_sources(model.file.encoder), strict=True):
        if cell is None and len(golden):
            row[0, columns] = [_middle(model, golden[:, column], column) for column in columns]
    return row


def _is_readable(model: LoadedModel, cells: list[Any]) -> bool:
    try:
        model.encoder.encode([cells], shown=False)
    except (CellError, StudioError):
        return False
    return True


def _golden(model: LoadedModel) -> Matrix:
    try:
        return model.encoder.encode([row.cells for row in model.file.golden], shown=False)[0]
    except (CellError, StudioError):
        return np.empty((0, model.encoder.width))


def _middle(model: LoadedModel, values: Any, column: int) -> float:
    slots = model.file.encoder.slots
    if column < len(slots) and slots[column].feature.categories is not None:
        codes, counts = np.unique(values, return_counts=True)
        return float(codes[counts.argmax()])
    known = np.sort(values[np.isfinite(values)])
    return float(known[(len(known) - 1) // 2]) if len(known) else np.nan
