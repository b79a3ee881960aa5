"""What a model was trained on, counted so that later rows can be compared with it: the baseline of drift.

A trained file holds it in `evaluation.json` under `baseline`. Each column has one vector of counts, and rows that come
later are counted into a vector of the same places, so that hours add up to days. Files from earlier versions of the
app, and models from elsewhere, have none. baseline_making.py makes it; shifts.py says how far two vectors are apart.

The vector of a number (and of a text, of which only the length is counted): missing cells; the bins between `edges`,
which hold about as many training rows each; the cells below `shown`; the bins of equal width between `shown`; those
above. The vector of a category: missing cells, one place for each of `values`, all other values.
"""

from collections.abc import Sequence
from dataclasses import asdict, dataclass, field
from functools import cached_property
from typing import Any

import numpy as np

from studio.model.manifest import Manifest
from studio.model.steps import category_key
from studio.tables.schema import ColumnType, cell_number, number_cell

KEY = "baseline"
NUMBER, CATEGORY, TEXT = "number", "category", "text"
# Longer texts count as equal if they begin with these characters.
MAX_TEXT = 100
# A file from outside may claim anything; of more, the first are taken.
MAX_COLUMNS, MAX_PLACES = 1000, 1000


@dataclass(frozen=True)
class BaselineColumn:
    """A column of the training rows, or of the model's scores of them.

    Parameters
    ----------
    kind
        NUMBER, CATEGORY, or TEXT, whose cells' lengths are counted.
    counts
        The vector of counts, as above.
    edges, shown
        float: the edges between bins of about as many rows (a bin holds its upper edge), and those of bins of equal
        width from the least to the greatest value.
    values
        The categories, most frequent first.
    once
        How many categories occurred a single time: so likely is it that a row brings another one (Good and Turing).
    tokens
        Texts, such as `?`, that are missing cells.
    halves
        How far the second half of the training rows is from the first, by measure (shifts.py).
    """

    name: str
    type: ColumnType
    kind: str
    counts: tuple[int, ...]
    edges: tuple[float, ...] = ()
    shown: tuple[float, ...] = ()
    values: tuple[str, ...] = ()
    once: int = 0
    tokens: tuple[str, ...] = ()
    halves: dict[str, float] = field(default_factory=dict)

    @cached_property
    def width(self) -> int:
        """The number of places of the vector."""
        return 2 + len(self.values) if self.kind == CATEGORY else 1 + len(self.bins) + len(self.shown) + 1

    @property
    def bins(self) -> range:
        """The places of a vector that are compared: bins between the edges, or categories and the rest."""
        return range(1, self.width) if self.kind == CATEGORY else range(1, len(self.edges) + 2)

    @property
    def vector(self) -> Any:
        """The counts, ndarray of shape (width,), int64."""
        return np.array(self.counts, dtype=np.int64)

    def count(self, cells: Any) -> Any:
        """Count cells.

        Parameters
        ----------
        cells
            An arrow array of n_rows cells: numbers, Booleans, times or texts.

        Returns
        -------
        ndarray of shape (width,), int64
        """
        if self.kind == CATEGORY:
            return self._count_categories(cells)
        numbers = text_lengths(cells, self.tokens) if self.kind == TEXT else cell_numbers(cells, self.tokens)
        known = numbers[~np.isnan(numbers)]
        places = np.searchsorted(self.edges, known, "left")
        bins = np.bincount(places, minlength=len(self.edges) + 1)
        # The last bin of equal width holds its upper edge, too.
        inner = self.shown[1:-1]
        shown = np.searchsorted(inner, known, "right") + 1
        shown[known < self.shown[0]] = 0
        shown[known > self.shown[-1]] = len(inner) + 2
        missing = [len(numbers) - len(known)]
        return np.concatenate([missing, bins, np.bincount(shown, minlength=len(inner) + 3)]).astype(np.int64)

    def _count_categories(self, cells: Any) -> Any:
        import pyarrow as pa
        import pyarrow.compute as pc

        texts = cell_texts(cells, self.type, self.tokens)
        places = pc.index_in(texts, value_set=pa.array(self.values, texts.type))
        missing = texts.null_count
        found = np.bincount(places.drop_null().to_numpy(zero_copy_only=False), minlength=len(self.values))
        return np.array([missing, *found, len(texts) - missing - int(found.sum())], dtype=np.int64)

    def to_json(self) -> dict[str, Any]:
        """Return the column as a file holds it; what is empty is left out."""
        return {name: value for name, value in asdict(self).items() if value not in ((), {}, 0)}

    @staticmethod
    def from_json(value: dict[str, Any]) -> "BaselineColumn":
        """Read what to_json wrote.

        Raises
        ------
        KeyError, TypeError, ValueError
            If it is not a column, or its parts do not fit together.
        """
        column = BaselineColumn(
            name=str(value["name"]),
            type=ColumnType(value["type"]),
            kind=str(value["kind"]),
            counts=tuple(map(int, value["counts"])),
            edges=_ascending(value.get("edges", ())),
            shown=_ascending(value.get("shown", ())),
            values=tuple(map(str, value.get("values", ()))),
            once=int(value.get("once", 0)),
            tokens=tuple(map(str, value.get("tokens", ()))),
            halves={str(name): float(size) for name, size in value.get("halves", {}).items()},
        )
        fits = column.kind in (NUMBER, CATEGORY, TEXT) and (column.kind == CATEGORY or len(column.shown) > 1)
        if not fits or not len(column.counts) == column.width <= MAX_PLACES or min(column.counts) < 0:
            raise ValueError(f"the baseline of '{column.name}' does not fit together")
        return column


@dataclass(frozen=True)
class Baseline:
    """The columns that callers send, and the model's scores of rows, each with its counts.

    `scored` says which rows the scores are of: `evaluated` or `training`. `left_out` is the number of columns that are
    not described, since there are too many.
    """

    columns: tuple[BaselineColumn, ...] = ()
    scores: tuple[BaselineColumn, ...] = ()
    scored: str = ""
    left_out: int = 0

    def to_json(self) -> dict[str, Any]:
        """Return the baseline as a file holds it."""
        return {
            "columns": [column.to_json() for column in self.columns],
            "scores": [column.to_json() for column in self.scores],
            "scored": self.scored,
            "leftOut": self.left_out,
        }

    @staticmethod
    def from_json(value: Any) -> "Baseline | None":
        """Read the baseline of a file; None if it has none, or none that this version understands."""
        try:
            return Baseline(
                tuple(BaselineColumn.from_json(item) for item in value["columns"][:MAX_COLUMNS]),
                tuple(BaselineColumn.from_json(item) for item in value["scores"][:MAX_COLUMNS]),
                str(value["scored"]),
                int(value["leftOut"]),
            )
        except (KeyError, TypeError, ValueError, AttributeError, OverflowError):
            return None


def read_baseline(manifest: Manifest, evaluation: dict[str, Any]) -> Baseline | None:
    """Return the baseline that a model file holds, or None; one of other columns than the model's does not count."""
    baseline = Baseline.from_json(evaluation.get(KEY))
    names = {column.name for column in manifest.inputs}
    known = baseline is not None and all(column.name in names for column in baseline.columns)
    return baseline if known else None


def _ascending(values: Sequence[Any]) -> tuple[float, ...]:
    found = tuple(map(float, values))
    if not all(np.isfinite(found)) or any(np.diff(found) <= 0):
        raise ValueError("edges that do not ascend")
    return found


def cell_numbers(cells: Any, tokens: Sequence[str] = ()) -> Any:
    """Return an arrow array of cells as ndarray of shape (n_rows,), float64: NaN for missing, seconds for times."""
    import pyarrow as pa

    if pa.types.is_timestamp(cells.type):
        cells = cells.cast(pa.timestamp("us")).cast(pa.int64()).cast(pa.float64(), safe=False)
        return cells.to_numpy(zero_copy_only=False) / 1e6
    if pa.types.is_string(cells.type) or pa.types.is_large_string(cells.type):
        return _by_distinct(cells, lambda text: _text_number(text, tokens))
    if pa.types.is_boolean(cells.type):
        cells = cells.cast(pa.int8())
    return cells.cast(pa.float64(), safe=False).to_numpy(zero_copy_only=False)


def _text_number(text: str | None, tokens: Sequence[str]) -> float:
    """Return a text as a number, or as a time in seconds; NaN if it is neither."""
    if text is None or text.strip() in tokens:
        return np.nan
    try:
        return float(text)
    except ValueError:
        pass
    try:
        return cell_number(text)
    except ValueError:
        return np.nan


def text_lengths(cells: Any, tokens: Sequence[str] = ()) -> Any:
    """Return the number of characters of each cell, NaN for missing ones; ndarray of shape (n_rows,), float64."""
    import pyarrow.compute as pc

    lengths = pc.utf8_length(cell_texts(cells, ColumnType.STRING, tokens, cut=False))
    return lengths.cast("float64").to_numpy(zero_copy_only=False)


def cell_texts(cells: Any, type_: ColumnType, tokens: Sequence[str] = (), *, cut: bool = True) -> Any:
    """Return cells as arrow texts, as encoders tell categories apart: numbers written shortly, empty texts missing."""
    import pyarrow as pa
    import pyarrow.compute as pc

    if not (pa.types.is_string(cells.type) or pa.types.is_large_string(cells.type)):
        numbers = cell_numbers(cells)
        distinct, places = np.unique(numbers, return_inverse=True)
        names = [category_key(number_cell(number, type_)) if np.isfinite(number) else None for number in distinct]
        return pa.array(names, pa.string()).take(pa.array(places))
    missing = pc.is_in(pc.utf8_trim_whitespace(cells), value_set=pa.array([*tokens], cells.type))
    empty = pc.equal(pc.binary_length(cells), 0)
    texts = pc.if_else(pc.or_(missing, empty), pa.scalar(None, cells.type), cells)
    return pc.utf8_slice_codeunits(texts, 0, MAX_TEXT) if cut else texts


def _by_distinct(cells: Any, read: Any) -> Any:
    encoded = cells.dictionary_encode()
    encoded = encoded.combine_chunks() if hasattr(encoded, "combine_chunks") else encoded
    numbers = np.array([*map(read, encoded.dictionary.to_pylist()), np.nan])
    return numbers[encoded.indices.fill_null(len(numbers) - 1).to_numpy(zero_copy_only=False)]
