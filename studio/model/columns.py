"""Steps and codes on whole arrow columns: what steps.py and encoder.py do cell by cell.

A column that arrow cannot read at once raises ValueError (ArrowInvalid is one) or ArrowNotImplementedError; the caller
then goes cell by cell.
"""

from typing import Any

import numpy as np

from studio.model.encoder import Feature
from studio.model.steps import Cast, Fill, Indicator, MissingIf, PlanColumn, Replace, category_key
from studio.schema import ColumnType
from studio.table_files import blank_tokens, cast_column


def finish_column(array: Any, plan: PlanColumn) -> Any:
    """Return a text column read as its source type and taken through the plan's steps; ValueError if it cannot."""
    if plan.missing_tokens:
        array = blank_tokens(array, plan.missing_tokens)
    value = cast_column(array, plan.source.type)
    for step in plan.steps:
        value = _apply(value, step)
    return value


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
            raise pa.ArrowNotImplementedError("this cast goes cell by cell")
        case Fill(value):
            return pc.fill_null(array, pa.scalar(value, array.type))
        case Indicator():
            return pc.is_null(array)
        case Replace(old, new):
            found = pc.fill_null(pc.equal(array, pa.scalar(old, array.type)), False)
            return pc.if_else(found, pa.scalar(new, array.type), array)
    raise AssertionError(step)


def encode_column(array: Any, feature: Feature) -> Any:
    """Return a finished column as its column of the matrix, ndarray of shape (n_rows,), float64."""
    import pyarrow as pa
    import pyarrow.compute as pc

    if feature.categories is None:
        return pc.fill_null(array.cast(pa.float64()), np.nan).to_numpy(zero_copy_only=False)
    known: dict[str | None, int] = {category: code for code, category in enumerate(feature.categories)}
    encoded = array.dictionary_encode()
    keys = [category_key(value) for value in encoded.dictionary.to_pylist()]
    codes = np.array([known.get(key, feature.unseen_code) for key in keys] + [feature.missing_code], dtype=np.float64)
    positions = pc.fill_null(encoded.indices, len(keys)).to_numpy(zero_copy_only=False)
    return codes[positions]


def number_column(values: Any, type_: ColumnType) -> Any:
    """Return a computed column of doubles as an arrow column of its type, NaN as null."""
    import pyarrow as pa

    array = pa.array(values, from_pandas=True)
    if type_ is ColumnType.BOOLEAN:
        return array.cast(pa.int64()).cast(pa.bool_())
    return array.cast(pa.int64()) if type_.is_integer else array


def written_column(array: Any) -> Any:
    """Return a finished column as it is written to a file: Booleans as `True` and `False`."""
    import pyarrow as pa
    import pyarrow.compute as pc

    if pa.types.is_boolean(array.type):
        return pc.if_else(array, "True", "False")
    return array
