"""Scores files as streams of Arrow batches, in bounded memory.

Text is encoded through Arrow dictionaries, so each distinct text is looked up once per batch. A batch with cells that
Arrow cannot parse goes through RowEncoder, which either parses them or names the row and column.
"""

import io
from codecs import BOM_UTF8
from collections import deque
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from typing import Any

import numpy as np

from studio.errors import BadUserArgument
from studio.model.columns import (
    FinishedColumn,
    count_texts,
    encode_column,
    finish_column,
    number_column,
    written_column,
)
from studio.model.encoder import Encoder
from studio.model.explain.columns import explanation_columns
from studio.model.loaded import LoadedModel
from studio.model.manifest import MULTICLASS, TWO_CLASS
from studio.model.operations import Matrix
from studio.model.row_encoder import shown_cells
from studio.model.scores import score_width, scored_cells, scored_codes
from studio.tables.dialects import find_separator
from studio.tables.files import (
    DELIMITERS,
    expected_encodings,
    named_columns,
    read_arff,
    require_columns,
    unreadable,
    write_header,
    write_rows,
)
from studio.tables.schema import Cell, CellError, Column, ColumnType
from studio.tables.text_encodings import UTF8, Utf8Stream, find_encoding, to_utf8
from studio.tables.typed_files import text_columns

BLOCK_BYTES = 1024 * 1024
HEAD_BYTES = 1024 * 1024
BLOCKS_AT_ONCE = 2
# Rows that are explained between two reports of progress: some methods take milliseconds for each.
EXPLAINED_ROWS = 100
# Rows times columns of a matrix with columns counted in texts.
MAX_MATRIX_CELLS = 4_000_000
# Arrow and ONNX Runtime release the GIL: one block is scored while the next is read and the previous one written.
_SCORING = ThreadPoolExecutor(BLOCKS_AT_ONCE, "score")

# Returns the cells of `explanation_columns` for encoded rows and their scores.
Explain = Callable[[Matrix, Matrix], list[Sequence[Cell]]]


class BatchScorer:
    """Scores streams with one model and writes the rows as text.

    Parameters
    ----------
    extension
        Output format: `.csv`, `.tsv` or `.arff`.
    append
        Whether the input columns come before the scores.
    explain
        What explains the scores, in columns after them; None if they are not explained.
    """

    def __init__(self, model: LoadedModel, extension: str, *, append: bool, explain: Explain | None = None) -> None:
        self._model = model
        self._manifest = model.file.manifest
        self._encoder = model.file.encoder
        self._extension = extension
        self._append = append
        self._explain = explain
        self._n_scores = score_width(self._manifest.task, self._manifest.labels)

    @property
    def columns(self) -> tuple[Column, ...]:
        """The columns of the output."""
        shown = self._encoder.columns if self._append else ()
        explained = explanation_columns(self._sources) if self._explain is not None else ()
        return (*shown, *self._manifest.outputs, *explained)

    @property
    def _sources(self) -> list[str]:
        return [column.name for column in self._encoder.sources]

    def header(self) -> bytes:
        """Return the text before the first row."""
        return write_header(self.columns, self._extension)

    def score(
        self,
        stream: io.RawIOBase | io.BytesIO,
        extension: str,
        names: Sequence[str] | None = None,
        *,
        separator: str = "",
        encoding: str = "",
    ) -> Iterator[tuple[bytes, int]]:
        """Yield blocks of scored rows as text, each with the number of rows so far.

        Parameters
        ----------
        names
            The column names, if the stream has no header row.
        separator, encoding
            What is known of the stream; if empty, it is found out.

        Raises
        ------
        BadUserArgument
            If a column is missing or a cell cannot be parsed; NotUtf8 if the encoding has to be found out from the
            whole stream.
        """
        rows = 0
        under_way: deque[tuple[Future[bytes], int]] = deque()
        batches = read_batches(stream, extension, self._encoder.sources, names, separator=separator, encoding=encoding)
        for batch in _pieces(batches, self._encoder, EXPLAINED_ROWS if self._explain is not None else 0):
            scoring = _SCORING.submit(self._score_batch, batch, rows)
            rows += batch.num_rows
            under_way.append((scoring, rows))
            if len(under_way) > BLOCKS_AT_ONCE:
                block, so_far = under_way.popleft()
                yield block.result(), so_far
        for block, so_far in under_way:
            yield block.result(), so_far

    def _score_batch(self, batch: Any, first_row: int) -> bytes:
        import pyarrow as pa

        try:
            columns = [finish_column(batch[plan.source.name], plan) for plan in self._encoder.plans]
        except (ValueError, pa.ArrowNotImplementedError):
            return self._score_cells(batch, first_row)
        matrix = _encode(self._encoder, columns, batch.num_rows)
        scores = self._model.scorer.score(matrix)
        shown = self._shown_arrays(columns, scores)
        if self._extension != ".csv":
            return self._write_cells([array.to_pylist() for array in shown], matrix, scores)
        arrays = [*(written_column(array) for array in shown), *self._score_arrays(scores)]
        *numbers, names = self._explained(matrix, scores) or [[]]
        explained = [pa.array(cells, pa.float64()) for cells in numbers] + ([pa.array(names)] if numbers else [])
        return _write_csv([*arrays, *explained], [column.name for column in self.columns])

    def _explained(self, matrix: Matrix, scores: Matrix) -> list[Sequence[Cell]]:
        return self._explain(matrix, scores) if self._explain is not None else []

    def _shown_arrays(self, columns: list[FinishedColumn], scores: Matrix) -> list[Any]:
        """Return the columns before the scores, in order, from the input or computed by the graph."""
        if not self._append:
            return []
        computed = iter(scores.T[self._n_scores :])
        return [
            number_column(next(computed), item.column.type) if item.plan is None else columns[item.plan].cells()
            for item in self._encoder.shown
        ]

    def _score_cells(self, batch: Any, first_row: int) -> bytes:
        matrix, rows = _encode_cells(self._model, batch, first_row)
        scores = self._model.scorer.score(matrix)
        shown = shown_cells(self._encoder, rows, scores[:, self._n_scores :]) if self._append else []
        return self._write_cells([list(column) for column in zip(*shown, strict=True)], matrix, scores)

    def _write_cells(self, columns: list[list[Cell]], matrix: Matrix, scores: Matrix) -> bytes:
        manifest = self._manifest
        scored = scored_cells(scores[:, : self._n_scores], manifest.task, manifest.label, manifest.labels)
        return write_rows(zip(*columns, *scored, *self._explained(matrix, scores), strict=True), self._extension)

    def _score_arrays(self, scores: Matrix) -> list[Any]:
        import pyarrow as pa

        manifest = self._manifest
        values = scores[:, : self._n_scores]
        numbers = [pa.array(np.ascontiguousarray(column)) for column in values.T]
        codes = scored_codes(values, manifest.task)
        if codes is None:
            return numbers
        if manifest.task not in (TWO_CLASS, MULTICLASS):
            return [pa.array(codes), *numbers]
        labels = pa.DictionaryArray.from_arrays(pa.array(codes.astype(np.int32)), pa.array(manifest.labels))
        written = labels.cast(pa.string())
        return [written, *numbers] if manifest.task == TWO_CLASS else [*numbers, written]


def score_labelled(
    model: LoadedModel, content: bytes, extension: str, label: Column
) -> Iterator[tuple[list[str], Matrix]]:
    """Yield the label texts and the scores of a file, block by block; raises the same errors as BatchScorer."""
    encoder, rows = model.file.encoder, 0
    for batch in labelled_batches(model, content, extension, label):
        try:
            columns = [finish_column(batch[plan.source.name], plan) for plan in encoder.plans]
            matrix = _encode(encoder, columns, batch.num_rows)
        except (ValueError, NotImplementedError):
            matrix, _ = _encode_cells(model, batch, rows)
        yield batch[label.name].to_pylist(), model.scorer.score(matrix)
        rows += batch.num_rows


def labelled_batches(model: LoadedModel, content: bytes, extension: str, label: Column) -> Iterator[Any]:
    """Yield the rows of a file, block by block, with the texts of the columns that a model takes and of its label."""
    encoder = model.file.encoder
    if extension in DELIMITERS:
        content, _ = to_utf8(content, "", expected_encodings((*encoder.sources, label)))
    extra = () if any(column.name == label.name for column in encoder.sources) else (label,)
    yield from _pieces(read_batches(io.BytesIO(content), extension, (*encoder.sources, *extra)), encoder)


def _encode(encoder: Encoder, columns: list[FinishedColumn], n_rows: int) -> Matrix:
    matrix = np.empty((n_rows, encoder.width), dtype=np.float64)
    for index, slot in enumerate(encoder.slots):
        matrix[:, index] = encode_column(columns[slot.plan], slot.feature)
    start = len(encoder.slots)
    for item in encoder.texts:
        end = start + item.operation.width(1)
        matrix[:, start:end] = count_texts(columns[item.plan], item.operation)
        start = end
    return matrix


def _pieces(batches: Iterator[Any], encoder: Encoder, most_rows: int = 0) -> Iterator[Any]:
    """Yield the batches, cut into pieces of `most_rows`, or if what is counted in texts would take much memory."""
    rows = max(1, MAX_MATRIX_CELLS // max(1, encoder.width)) if encoder.texts else most_rows
    rows = min(rows, most_rows or rows)
    for batch in batches:
        if not rows or batch.num_rows <= rows:
            yield batch
            continue
        yield from (_compact(batch.slice(start, rows)) for start in range(0, batch.num_rows, rows))


def _compact(batch: Any) -> Any:
    """Return a piece of a batch whose dictionaries hold the piece's own texts only."""
    import pyarrow as pa

    arrays = [
        array.dictionary_decode().dictionary_encode() if pa.types.is_dictionary(array.type) else array
        for array in batch.columns
    ]
    return pa.RecordBatch.from_arrays(arrays, names=batch.schema.names)


def _encode_cells(model: LoadedModel, batch: Any, first_row: int) -> tuple[Matrix, Any]:
    """Return the matrix and the finished rows, parsed cell by cell; BadUserArgument names the row and column."""
    columns = [batch[column.name].to_pylist() for column in model.file.encoder.sources]
    try:
        return model.encoder.encode(list(zip(*columns, strict=True)))
    except CellError as error:
        raise BadUserArgument("InputParseError", error.describe(first_row), error.column.name) from error


def read_batches(
    stream: Any,
    extension: str,
    columns: tuple[Column, ...],
    names: Sequence[str] | None = None,
    *,
    separator: str = "",
    encoding: str = "",
    blank_rows: bool = False,
) -> Iterator[Any]:
    """Yield Arrow batches of the columns as text; the first row holds the names unless they are given.

    Without names, encoding and separator are found out unless they are given.

    Parameters
    ----------
    blank_rows
        Whether an empty line is a row whose only cell is missing, as in files with the scores of one column.
    """
    import pyarrow as pa
    import pyarrow.csv as pa_csv

    if extension not in (".csv", ".tsv"):
        content = stream.read() or b""
        table = read_arff(content) if extension == ".arff" else text_columns(content, extension, columns)
        require_columns(table.column_names, columns)
        yield from table.combine_chunks().to_batches()
        return
    delimiter, header = separator or DELIMITERS[extension], False
    if names is None:
        head, stream = _with_head(stream, columns, encoding)
        delimiter, skipped = find_separator(head, delimiter, [column.name for column in columns])
        names, header = named_columns(head[skipped:], delimiter, columns)
        stream = Chained(head[skipped:], stream)
    source: io.BufferedReader[Any] = io.BufferedReader(stream, HEAD_BYTES)
    require_columns(names, columns)
    distinct = pa.dictionary(pa.int32(), pa.string())
    types = {column.name: distinct if column.type is ColumnType.STRING else pa.string() for column in columns}
    try:
        reader = pa_csv.open_csv(
            source,
            read_options=pa_csv.ReadOptions(column_names=list(names), skip_rows=int(header), block_size=BLOCK_BYTES),
            parse_options=pa_csv.ParseOptions(
                delimiter=delimiter, newlines_in_values=True, ignore_empty_lines=not blank_rows
            ),
            convert_options=pa_csv.ConvertOptions(
                column_types=types, include_columns=list(types), strings_can_be_null=False
            ),
        )
        yield from reader
    except pa.ArrowInvalid as error:
        if "Empty CSV" in str(error):
            return
        if "UTF8" in str(error):
            raise NotUtf8(
                "InputParseError", "The input is not UTF-8 throughout. Save it as UTF-8 (in Excel: 'CSV UTF-8')."
            ) from error
        reason = unreadable(extension, error)
        if "straddling" in str(error):
            reason = "A row of the input is larger than 1 MiB. Is the closing quote of a cell missing?"
        raise BadUserArgument("InputParseError", reason) from error


class NotUtf8(BadUserArgument):
    """An input whose beginning is UTF-8, or plain ASCII, and what follows is not."""


def _with_head(stream: Any, columns: Sequence[Column], encoding: str) -> tuple[bytes, Any]:
    """Return the beginning of a stream as UTF-8 without a byte order mark, and the stream as UTF-8 from there on.

    The encoding is judged by the beginning unless it is known.
    """
    head = _read(stream)
    found = encoding or find_encoding(_whole_lines(head), expected_encodings(columns))
    if found == UTF8:
        return head.removeprefix(BOM_UTF8), stream
    decoded = Utf8Stream(Chained(head, stream), found)
    return _read(decoded), decoded


def _read(stream: Any) -> bytes:
    """Return up to HEAD_BYTES; a stream may give fewer at a time."""
    head = bytearray()
    while len(head) < HEAD_BYTES and (piece := stream.read(HEAD_BYTES - len(head))):
        head += piece
    return bytes(head)


def _whole_lines(head: bytes) -> bytes:
    # The last letter may be cut in two.
    return head if len(head) < HEAD_BYTES or head[-3:].isascii() else head[: head.rfind(b"\n") + 1]


class Chained(io.RawIOBase):
    """Bytes, and then a stream."""

    def __init__(self, head: bytes, stream: Any) -> None:
        self._head = memoryview(head)
        self._stream = stream

    def readable(self) -> bool:
        """Return True."""
        return True

    def readinto(self, buffer: Any) -> int:
        """Fill the buffer with the next bytes."""
        if not self._head:
            count: int = self._stream.readinto(buffer)
            return count
        count = min(len(buffer), len(self._head))
        buffer[:count], self._head = self._head[:count], self._head[count:]
        return count


def _write_csv(arrays: list[Any], names: list[str]) -> bytes:
    import pyarrow as pa
    import pyarrow.csv as pa_csv

    target = pa.BufferOutputStream()
    options = pa_csv.WriteOptions(include_header=False, quoting_style="none")
    try:
        pa_csv.write_csv(pa.RecordBatch.from_arrays(arrays, names=names), target, options)
    except pa.ArrowInvalid:
        # Some text needs quotes.
        return _write_quoted(arrays)
    content: bytes = target.getvalue().to_pybytes()
    return content


def _write_quoted(arrays: list[Any]) -> bytes:
    """Return rows as CSV, quoting only the texts that need it; Arrow's writer quotes all or none."""
    import pyarrow as pa
    import pyarrow.compute as pc

    cells = []
    for array in arrays:
        text = array if pa.types.is_string(array.type) else array.cast(pa.string())
        quoted = pc.binary_join_element_wise('"', pc.replace_substring(text, '"', '""'), '"', "")
        cells.append(pc.if_else(pc.match_substring_regex(text, '[",\r\n]'), quoted, text))
    lines = pc.binary_join_element_wise(*cells, ",", null_handling="replace", null_replacement="")
    return "".join(f"{line}\n" for line in lines.to_pylist()).encode()
