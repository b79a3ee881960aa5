"""Steps and codes on whole Arrow columns: what steps.py and encoder.py do cell by cell.

Text columns are Arrow dictionaries, so each distinct text is handled once. A column that Arrow cannot parse as a
whole raises ValueError (ArrowInvalid is one) or ArrowNotImplementedError; the caller then works cell by cell.
"""

import contextlib
from dataclasses import dataclass
from typing import Any

import numpy as np

from studio.model.cleaning import CleanText
from studio.model.encoder import Feature
from studio.model.steps import Cast, Fill, Indicator, MissingIf, PlanColumn, Replace, category_key
from studio.model.texts import TextOperation
from studio.tables.files import blank_tokens, cast_column, cast_numbers, null_tokens, rewrite_column
from studio.tables.schema import ColumnType


@dataclass(frozen=True, slots=True)
class FinishedColumn:
    """A column of a block of rows: its cells, or its distinct cells and each row's position among them."""

    values: Any
    positions: Any | None = None

    def cells(self) -> Any:
        """Return the Arrow array with one cell per row."""
        return self.values if self.positions is None else self.values.take(self.positions)


def finish_column(array: Any, plan: PlanColumn) -> FinishedColumn:
    """Parse a text column as its source type and apply the plan's steps; ValueError if that fails."""
    import pyarrow as pa

    if pa.types.is_dictionary(array.type):
        return FinishedColumn(_finish(array.dictionary, plan), array.indices)
    return FinishedColumn(_finish(array, plan))


def _finish(array: Any, plan: PlanColumn) -> Any:
    value = _read(array, plan)
    for step in plan.steps:
        value = _apply(value, step)
    return value


def _read(array: Any, plan: PlanColumn) -> Any:
    import pyarrow as pa

    if plan.source.format is not None:
        array = rewrite_column(array, plan.source)
    if not plan.missing_tokens:
        return cast_column(array, plan.source.type)
    if plan.source.type.is_integer or plan.source.type is ColumnType.DOUBLE:
        # Blanks around a token are rare; not looking for them first makes parsing a column four times faster.
        with contextlib.suppress(pa.ArrowInvalid):
            return cast_numbers(null_tokens(array, plan.missing_tokens), plan.source.type)
    return cast_column(blank_tokens(array, plan.missing_tokens), plan.source.type)


def _apply(array: Any, step: Any) -> Any:
    import pyarrow as pa
    import pyarrow.compute as pc

    match step:
        case MissingIf(token):
            found = pc.fill_null(pc.equal(pc.utf8_trim_whitespace(array), token), False)
            return pc.if_else(found, pa.scalar(None, array.type), array)
        case Cast(type_):
            if pa.types.is_string(array.type):
                return cast_column(pc.fill_null(array, ""), type_)
            if type_ is ColumnType.DOUBLE and pa.types.is_integer(array.type):
                return array.cast(pa.float64())
            raise pa.ArrowNotImplementedError("this cast is done cell by cell")
        case Fill(value):
            return pc.fill_null(array, pa.scalar(value, array.type))
        case Indicator():
            return pc.is_null(array)
        case Replace(old, new):
            found = pc.fill_null(pc.equal(array, pa.scalar(old, array.type)), False)
            return pc.if_else(found, pa.scalar(new, array.type), array)
        case CleanText():
            return pa.array(list(map(step.apply, array.to_pylist())), pa.string())
    raise AssertionError(step)


def encode_column(column: FinishedColumn, feature: Feature) -> Any:
    """Return a finished column as a matrix column, ndarray of shape (n_rows,), float64."""
    import pyarrow as pa
    import pyarrow.compute as pc

    if feature.categories is None:
        numbers = pc.fill_null(column.values.cast(pa.float64()), np.nan).to_numpy(zero_copy_only=False)
        return numbers if column.positions is None else numbers[column.positions.to_numpy()]
    values, positions = column.values, column.positions
    if positions is None:
        found = values.dictionary_encode(null_encoding="encode")
        values, positions = found.dictionary, found.indices
    known = {category: float(code) for code, category in enumerate(feature.categories)}
    codes = [_code(value, known, feature) for value in values.to_pylist()]
    return np.array(codes, dtype=np.float64)[positions.to_numpy()]


def count_texts(column: FinishedColumn, operation: TextOperation) -> Any:
    """Return what is counted in the texts of a finished column, shape (n_rows, n_columns), each text once."""
    found = operation.vectors(column.values.to_pylist())
    return found if column.positions is None else found[column.positions.to_numpy()]


def _code(value: Any, known: dict[str, float], feature: Feature) -> float:
    key = category_key(value)
    return float(feature.missing_code) if key is None else known.get(key, float(feature.unseen_code))


def number_column(values: Any, type_: ColumnType) -> Any:
    """Return a computed column of doubles as an Arrow column of its type, with NaN as null."""
    import pyarrow as pa

    array = pa.array(values, from_pandas=True)
    if type_ is ColumnType.BOOLEAN:
        return array.cast(pa.int64()).cast(pa.bool_())
    return array.cast(pa.int64()) if type_.is_integer else array


def written_column(array: Any) -> Any:
    """Return a column as written to a file: Booleans as `True` and `False`."""
    import pyarrow as pa
    import pyarrow.compute as pc

    if pa.types.is_boolean(array.type):
        return pc.if_else(array, "True", "False")
    return array
