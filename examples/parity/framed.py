"""A data frame as the app's matrix, in this process: numbers first, then codes of categories, then counts of texts."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np

from studio.model.encoder import Encoder, Feature, ModelInput, ShownColumn, Slot, TextColumns
from studio.model.scikit.columns import BOOLEAN, CATEGORY, COUNTED, INTEGER, NUMBER, TEXT, FrameColumn
from studio.model.scikit.vectorizers import TextReading, find_readings, replace_vectorizers
from studio.model.steps import PlanColumn
from studio.model.tokens import TokenText
from studio.tables.schema import Column, ColumnType


@dataclass(frozen=True)
class Framed:
    """What the columns of a frame are to an estimator; `document` is the estimator without its vectorizers."""

    columns: tuple[FrameColumn, ...]
    counted: tuple[tuple[str, TokenText], ...]
    document: dict[str, Any]
    slots: int

    @property
    def width(self) -> int:
        """The number of the matrix's columns."""
        return self.slots + sum(operation.width(1) for _, operation in self.counted)

    def matrix(self, frame: Any) -> Any:
        """Return a frame as the app's encoder gives it, ndarray of shape (n_rows, width), float64."""
        found = np.zeros((len(frame), self.width))
        start = self.slots
        for name, operation in self.counted:
            found[:, start : start + operation.width(1)] = operation.vectors(frame[name].tolist())
            start += operation.width(1)
        for column in self.columns:
            if column.values is not None:
                codes: dict[Any, int] = {value: code for code, value in enumerate(column.values)}
                missing, unseen = len(codes), len(codes) + 1
                cells = frame[column.name].astype(object)
                found[:, column.slot] = [
                    missing if cell is None or cell != cell else codes.get(cell, unseen) for cell in cells
                ]
            elif column.kind != COUNTED:
                found[:, column.slot] = frame[column.name].to_numpy(dtype=np.float64)
        return found

    def encoder(self) -> Encoder:
        """Return an encoder whose matrix is that of `matrix`."""
        features = [Feature(f"f{slot}") for slot in range(self.width)]
        for column in self.columns:
            if column.values is not None:
                features[column.slot] = Feature(column.name, tuple(map(str, column.values)))
        columns = [
            Column(item.name, ColumnType.DOUBLE if item.categories is None else ColumnType.STRING)
            for item in features[: self.slots]
        ]
        texts = [Column(name, ColumnType.STRING) for name, _ in self.counted]
        return Encoder(
            tuple(PlanColumn(column, column) for column in [*columns, *texts]),
            tuple(Slot(place, feature) for place, feature in enumerate(features[: self.slots])),
            (),
            tuple(ModelInput(place, feature) for place, feature in enumerate(features)),
            tuple(ShownColumn(column, place) for place, column in enumerate(columns)),
            tuple(TextColumns(self.slots + place, operation) for place, (_, operation) in enumerate(self.counted)),
        )


def read_frame(frame: Any, document: Mapping[str, Any]) -> Framed:
    """Return what the columns of a training frame are to an estimator."""
    from pandas.api import types

    names = [str(name) for name in frame.columns]
    readings = find_readings(document, names)
    read = {reading.column for reading in readings}
    numbers = [name for name in names if name not in read and types.is_numeric_dtype(frame[name])]
    counted = [(reading, reading.learned(frame[reading.column].tolist())) for reading in readings]
    columns, end = [], len(numbers)
    for name in names:
        if name in read:
            columns.append(FrameColumn(name, -1, COUNTED))
        elif name in numbers:
            columns.append(FrameColumn(name, numbers.index(name), _number_kind(frame[name])))
        else:
            values = sorted({value for value in frame[name].astype(object) if value is not None and value == value})
            kind = CATEGORY if str(frame[name].dtype) == "category" else TEXT
            columns.append(FrameColumn(name, end, kind, tuple(values)))
            end += 1
    places: dict[TextReading, tuple[int, int]] = {}
    start = end
    for reading, operation in counted:
        places[reading] = (start, operation.width(1))
        start += operation.width(1)
    changed = replace_vectorizers(document, names, places.__getitem__)
    return Framed(tuple(columns), tuple((item.column, operation) for item, operation in counted), changed, end)


def _number_kind(values: Any) -> str:
    if values.dtype.kind in "iu":
        return INTEGER
    return BOOLEAN if values.dtype.kind == "b" else NUMBER
