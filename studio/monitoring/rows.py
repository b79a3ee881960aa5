"""Rows of the prediction log as Arrow columns, and what of a row is kept: its share, its hash.

Columns: `id` (string), `at` (timestamp in UTC, microseconds), `row` (int32, its number in the request), `output` (the
web service output), `deployment`, `model` (the hash of its file), `version` (int32), `mode` (`request`, `batch` or
`shadow`), then `input/{column}` and `score/{column}` in the columns' types. A hashed column is a string.
"""

import hmac
from collections.abc import Callable, Iterable, Sequence
from datetime import datetime
from hashlib import blake2b
from typing import Any, NamedTuple

from studio.model.operations import Matrix
from studio.model.scores import scored_cells
from studio.storage.account import Storage
from studio.storage.keys import derive_key
from studio.tables.schema import MISSING_TOKENS, Cell, Column, ColumnType, write_cell

REQUEST, BATCH, SHADOW = "request", "batch", "shadow"
INPUT, SCORE = "input/", "score/"
MAX_ID = 256
Table = Any
Hash = Callable[[Cell], str | None]


class ScoreForm(NamedTuple):
    """What a model's scores mean, as in its manifest."""

    task: str
    label: Column
    labels: tuple[str, ...]
    outputs: tuple[Column, ...]


def column_hash(storage: Storage, workspace_id: str) -> Hash:
    """Return the function that hashes a cell with the workspace's secret; missing cells stay missing."""
    key = derive_key(storage.secret, workspace_id, "prediction log").encode()

    def hashed(cell: Cell) -> str | None:
        return None if cell is None else hmac.digest(key, write_cell(cell).encode(), "sha256").hex()[:32]

    return hashed


def nothing_hashed(_: Cell) -> None:
    """Stand for the hash where no column is hashed."""


def in_share(row_id: str, share: float) -> bool:
    """Return whether a row is among the share that is kept; the same id always is, or never."""
    return share >= 1 or int.from_bytes(blake2b(row_id.encode(), digest_size=8).digest()) < share * 2**64


def score_arrays(form: ScoreForm, scores: Matrix) -> dict[str, Any]:
    """Return the columns of scores that a model appends, by their names in the log."""
    cells = scored_cells(scores, form.task, form.label, form.labels)
    return {
        SCORE + column.name: typed_array(column.type, values)
        for column, values in zip(form.outputs, cells, strict=True)
    }


def input_array(column: Column, cells: Sequence[Any]) -> Any:
    """Return cells as they were sent as an array of the column's type; what cannot be read is missing."""
    if column.format is None or column.format.is_plain:
        found = _numbers(column.type, cells)
        if found is not None:
            return found
    return typed_array(column.type, read_cells(column, cells))


def _numbers(type_: ColumnType, cells: Sequence[Any]) -> Any:
    """Return the array of a column of numbers, read by Arrow; None if it reads any of them otherwise than we do."""
    import pyarrow as pa
    import pyarrow.compute as pc

    types = set(map(type, cells)) - {type(None)}
    kind = pa.float64() if type_ is ColumnType.DOUBLE else pa.int64() if type_.is_integer else None
    if kind is None or not (types <= {str} or types <= ({int, float} if type_ is ColumnType.DOUBLE else {int})):
        return None
    try:
        if types <= {str}:
            texts = pc.utf8_trim_whitespace(pa.array(cells, pa.string()))
            missing = pc.is_in(texts, value_set=pa.array(sorted(MISSING_TOKENS)))
            array = pc.if_else(missing, pa.scalar(None, pa.string()), texts).cast(kind)
        else:
            array = pa.array(cells, kind, from_pandas=True)
    except (pa.ArrowInvalid, pa.ArrowTypeError, OverflowError):
        return None
    return pc.if_else(pc.is_nan(array), pa.scalar(None, kind), array) if kind == pa.float64() else array


def read_cells(column: Column, cells: Sequence[Any]) -> list[Cell]:
    """Return cells as they are read, equal ones read once; None for those that cannot be."""
    read = column.reader()

    def cell_or_none(cell: Any) -> Cell:
        try:
            return read(cell)
        except (ValueError, TypeError, OverflowError):
            return None

    # In Python 1, 1.0 and True are equal, but as cells they differ; texts differ when their cells do.
    if set(map(type, cells)) <= {str, type(None)}:
        found = {cell: cell_or_none(cell) for cell in set(cells)}
        return [found[cell] for cell in cells]
    return [cell_or_none(cell) for cell in cells]


def typed_array(type_: ColumnType, cells: Iterable[Cell]) -> Any:
    """Return read cells as an array of a column's type: whole numbers are int64, times timestamps in microseconds."""
    import pyarrow as pa

    values = list(cells)
    match type_:
        case ColumnType.STRING:
            return pa.array(values, pa.string())
        case ColumnType.BOOLEAN:
            return pa.array(values, pa.bool_())
        case ColumnType.INT32 | ColumnType.INT64:
            return pa.array(values, pa.int64())
        case ColumnType.DATETIME:
            moments = [datetime.fromisoformat(str(cell)) if cell is not None else None for cell in values]
            return pa.array(moments, pa.timestamp("us"))
    return pa.array([None if cell is None else float(cell) for cell in values], pa.float64())
