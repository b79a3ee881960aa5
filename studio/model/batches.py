"""The encoder on whole columns: score files as streams of arrow batches.

Text becomes codes through arrow dictionaries, so each distinct text is looked up once a batch. A batch whose cells
arrow cannot read goes through RowEncoder instead, which either reads them or names row and column.
"""

import csv
import io
from collections.abc import Iterator
from typing import Any

import numpy as np

from studio.errors import BadUserArgument
from studio.model.encoder import CellError, Feature, Matrix
from studio.model.loaded import LoadedModel
from studio.model.scores import scored_cells
from studio.model.steps import Cast, Fill, Indicator, MissingIf, PlanColumn
from studio.schema import MISSING_TOKENS, Cell, Column, ColumnType, write_cell
from studio.table_files import DELIMITERS, blank_tokens, column_names, require_columns, write_table

BLOCK_BYTES = 4 * 1024 * 1024
HEAD_BYTES = 1024 * 1024


class BatchScorer:
    """Scores streams with one model and writes rows as text.

    Parameters
    ----------
    extension
        Format written: `.csv`, `.tsv` or `.arff`.
    append
        Whether the input's columns come before the scores.
    """

    def __init__(self, model: LoadedModel, extension: str, *, append: bool) -> None:
        self._model = model
        self._manifest = model.file.manifest
        self._encoder = model.file.encoder
        self._extension = extension
        self._append = append
        self._features = {feature.name: (slot, feature) for slot, feature in enumerate(self._encoder.features)}

    @property
    def columns(self) -> tuple[Column, ...]:
        """The columns written."""
        shown = tuple(plan.column for plan in self._encoder.columns) if self._append else ()
        return (*shown, *self._manifest.outputs)

    def header(self) -> bytes:
        """Return what comes before the first row."""
        return write_table(self.columns, iter(()), self._extension)

    def score(self, stream: io.RawIOBase, extension: str) -> Iterator[tuple[bytes, int]]:
        """Yield blocks of scored rows as text, each with how many rows there have been.

        Raises
        ------
        BadUserArgument
            If a column is missing or a cell cannot be read.
        """
        rows = 0
        for batch in _read_batches(stream, extension, self._encoder.sources):
            yield self._score_batch(batch, rows), rows + batch.num_rows
            rows += batch.num_rows

    def _score_batch(self, batch: Any, first_row: int) -> bytes:
        import pyarrow as pa

        try:
            arrays = [_finish(batch[plan.source.name], plan) for plan in self._encoder.columns]
        except (pa.ArrowInvalid, pa.ArrowNotImplementedError):
            return self._score_cells(batch, first_row)
        matrix = np.empty((batch.num_rows, len(self._encoder.features)), dtype=np.float64)
        for plan, array in zip(self._encoder.columns, arrays, strict=True):
            if plan.column.name in self._features:
                slot, feature = self._features[plan.column.name]
                matrix[:, slot] = _encode(array, plan.column, feature)
        scores = self._model.scorer.score(matrix)
        if self._extension != ".csv":
            return self._write_cells(
                [_to_cells(array, plan.column) for array, plan in zip(arrays, self._encoder.columns, strict=True)],
                scores,
            )
        names = [column.name for column in self.columns]
        shown = arrays if self._append else []
        return _write_csv([*(_written(array) for array in shown), *self._score_arrays(scores)], names)

    def _score_cells(self, batch: Any, first_row: int) -> bytes:
        columns = [batch[column.name].to_pylist() for column in self._encoder.sources]
        try:
            matrix, rows = self._model.encoder.encode(list(zip(*columns, strict=True)))
        except CellError as error:
            value = columns[[c.name for c in self._encoder.sources].index(error.column.name)][error.row]
            raise BadUserArgument(
                "InputParseError",
                f"Row {first_row + error.row + 1}, column '{error.column.name}': {value!r} is not a "
                f"{error.column.type.value}.",
                error.column.name,
            ) from error
        return self._write_cells([list(column) for column in zip(*rows, strict=True)], self._model.scorer.score(matrix))

    def _write_cells(self, columns: list[list[Cell]], scores: Matrix) -> bytes:
        scored = scored_cells(scores, self._manifest.task, self._manifest.label, self._manifest.labels)
        rows = zip(*(columns if self._append else []), *scored, strict=True)
        if self._extension == ".csv":
            return _write_csv_cells(rows)
        return _without_header(write_table(self.columns, rows, self._extension), self.header())

    def _score_arrays(self, scores: Matrix) -> list[Any]:
        import pyarrow as pa

        values = np.ascontiguousarray(scores[:, 0])
        if self._manifest.task != "two-class":
            return [pa.array(values)]
        labels = pa.array(self._manifest.labels)
        return [
            pa.DictionaryArray.from_arrays(pa.array((values > 0.5).astype(np.int32)), labels).cast(pa.string()),
            pa.array(values),
        ]


def _read_batches(stream: io.RawIOBase, extension: str, columns: tuple[Column, ...]) -> Iterator[Any]:
    """Yield arrow batches of text columns (dictionaries) and, where all cells can be read so, of numbers."""
    import pyarrow as pa
    import pyarrow.csv as pa_csv

    from studio.table_files import _read_arff

    if extension == ".arff":
        table = _read_arff(stream.read() or b"")
        require_columns(table.column_names, columns)
        yield from table.combine_chunks().to_batches()
        return
    delimiter = DELIMITERS[extension]
    source: io.BufferedReader[io.RawIOBase] = io.BufferedReader(stream, HEAD_BYTES)
    names = column_names(_skip_mark(source), delimiter, header=True)
    require_columns(names, columns)
    types = {column.name: pa.string() for column in columns}
    try:
        reader = pa_csv.open_csv(
            source,
            read_options=pa_csv.ReadOptions(column_names=names, skip_rows=1, block_size=BLOCK_BYTES),
            parse_options=pa_csv.ParseOptions(delimiter=delimiter, newlines_in_values=True),
            convert_options=pa_csv.ConvertOptions(
                column_types=types, include_columns=list(types), strings_can_be_null=False
            ),
        )
        yield from reader
    except pa.ArrowInvalid as error:
        if "Empty CSV" in str(error):
            return
        raise BadUserArgument("InputParseError", f"The input cannot be read as {extension}: {error}.") from error


def _skip_mark(source: "io.BufferedReader[io.RawIOBase]") -> bytes:
    """Return the first bytes without consuming them, a byte order mark at the very start left out."""
    if source.peek(3).startswith(b"\xef\xbb\xbf"):
        source.read(3)
    return source.peek(HEAD_BYTES)


def _finish(array: Any, plan: PlanColumn) -> Any:
    """Return a text column read as its source type and taken through the plan's steps; ArrowInvalid if it cannot."""
    if plan.missing_tokens:
        array = blank_tokens(array, plan.missing_tokens)
    value = _parse(array, plan.source.type)
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
                return _parse(pc.fill_null(array, ""), type_)
            if type_ is ColumnType.DOUBLE and pa.types.is_integer(array.type):
                return array.cast(pa.float64())
            raise pa.ArrowNotImplementedError("this cast goes cell by cell")
        case Fill(value):
            return pc.fill_null(array, pa.scalar(value, array.type))
        case Indicator():
            return pc.is_null(array)
    raise AssertionError(step)


def _parse(array: Any, type_: ColumnType) -> Any:
    import pyarrow as pa
    import pyarrow.compute as pc

    if type_ is ColumnType.STRING:
        return pc.if_else(pc.equal(array, ""), pa.scalar(None, pa.string()), array)
    if not (type_.is_integer or type_ is ColumnType.DOUBLE):
        raise pa.ArrowNotImplementedError("read cell by cell")
    target = pa.int64() if type_.is_integer else pa.float64()
    try:
        return array.cast(target)
    except pa.ArrowInvalid:
        text = pc.utf8_trim_whitespace(array)
        if pc.any(pc.match_substring(text, "_")).as_py():
            raise
        missing = pc.is_in(text, value_set=pa.array(sorted(MISSING_TOKENS)))
        return pc.if_else(missing, pa.scalar(None, pa.string()), text).cast(target)


def _encode(array: Any, column: Column, feature: Feature) -> Any:
    import pyarrow as pa
    import pyarrow.compute as pc

    if feature.categories is None:
        return pc.fill_null(array.cast(pa.float64()), np.nan).to_numpy(zero_copy_only=False)
    known = {category: code for code, category in enumerate(feature.categories)}
    encoded = array.dictionary_encode()
    keys = [_key(value, column.type) for value in encoded.dictionary.to_pylist()]
    codes = np.array([known.get(key, feature.unseen_code) for key in keys] + [feature.missing_code], dtype=np.float64)
    positions = pc.fill_null(encoded.indices, len(keys)).to_numpy(zero_copy_only=False)
    return codes[positions]


def _key(value: Any, type_: ColumnType) -> str:
    return value if isinstance(value, str) else write_cell(value)


def _to_cells(array: Any, column: Column) -> list[Cell]:
    cells: list[Cell] = array.to_pylist()
    return cells


def _written(array: Any) -> Any:
    import pyarrow as pa
    import pyarrow.compute as pc

    if pa.types.is_boolean(array.type):
        return pc.if_else(array, "True", "False")
    return array


def _write_csv(arrays: list[Any], names: list[str]) -> bytes:
    import pyarrow as pa
    import pyarrow.csv as pa_csv

    target = pa.BufferOutputStream()
    options = pa_csv.WriteOptions(include_header=False, quoting_style="needed")
    pa_csv.write_csv(pa.RecordBatch.from_arrays(arrays, names=names), target, options)
    content: bytes = target.getvalue().to_pybytes()
    return content


def _write_csv_cells(rows: Iterator[tuple[Cell, ...]]) -> bytes:
    target = io.StringIO()
    writer = csv.writer(target, lineterminator="\n")
    writer.writerows(["" if cell is None else write_cell(cell) for cell in row] for row in rows)
    return target.getvalue().encode()


def _without_header(content: bytes, header: bytes) -> bytes:
    return content[len(header) :]
