"""Frames of pandas, Polars and Arrow: read as columns of JSON values, and made from tables of the wire, in kind.

A frame of any other library is taken through Arrow's C stream or the dataframe interchange protocol. No library is
imported before a frame is used.
"""

import datetime
import decimal
import importlib
import re
import warnings
from collections.abc import Callable, Sequence
from typing import Any, Protocol, TypeVar, runtime_checkable

from perennial.errors import PerennialError

PANDAS, POLARS, ARROW, RECORDS = "pandas", "polars", "pyarrow", "records"
LIBRARIES = (PANDAS, POLARS, ARROW)
TRUE, FALSE = "True", "False"
# Python before 3.11 reads three or six digits of a second only.
FRACTION = re.compile(r"\.(\d{1,9})")


@runtime_checkable
class Frame(Protocol):
    """A table with named columns, such as a data frame of pandas or Polars, or a table of Arrow."""

    def __len__(self) -> int: ...

    @property
    def columns(self) -> Any:
        """Its columns, or their names."""
        ...


F = TypeVar("F", bound=Frame)


def is_frame(value: Any) -> bool:
    """Return whether a value is a data frame of some library."""
    return (library_of(value) in LIBRARIES and hasattr(value, "columns")) or hasattr(value, "__dataframe__")


def library_of(value: Any) -> str:
    """Return the name of the package that a value's class is from."""
    return type(value).__module__.partition(".")[0]


def known_frame(value: Any) -> Any:
    """Return a frame as one of pandas, Polars or Arrow; PerennialError if nothing installed can read it."""
    if library_of(value) == POLARS:
        return value.collect() if hasattr(value, "collect") else value
    if library_of(value) == ARROW and not hasattr(value, "combine_chunks"):
        return _package(ARROW).Table.from_batches([value])
    if library_of(value) in LIBRARIES:
        return value
    if hasattr(value, "__arrow_c_stream__"):
        for library, read in ((ARROW, "table"), (POLARS, "DataFrame")):
            if package := _find_package(library):
                return getattr(package, read)(value)
    if hasattr(value, "__dataframe__") and _find_package(PANDAS):
        with warnings.catch_warnings():
            # pandas would rather have Arrow's stream, which this frame does not have.
            warnings.simplefilter("ignore")
            return _package("pandas.api.interchange").from_dataframe(value)
    name = type(value).__name__
    raise PerennialError(0, "FrameUnreadable", f"A {name} cannot be read. Install pandas, polars or pyarrow, or pass "
                         "a list of dicts.")  # fmt: skip


def names_of(frame: Any) -> list[str]:
    """Return the column names of a frame of a known library."""
    return [str(name) for name in (frame.column_names if library_of(frame) == ARROW else frame.columns)]


def cells_of(frame: Any, names: Sequence[str]) -> list[list[Any]]:
    """Return columns of a frame of a known library, each as a list of JSON values with None for missing cells."""
    if library_of(frame) == PANDAS:
        named = dict(zip(names_of(frame), range(frame.shape[1]), strict=True))
        return [_pandas_cells(frame.iloc[:, named[name]]) for name in names]
    if library_of(frame) == ARROW:
        return [list(map(_cell, frame.column(name).to_pylist())) for name in names]
    return [list(map(_cell, frame.get_column(name).to_list())) for name in names]


def slice_of(frame: Any, start: int, count: int) -> Any:
    """Return some rows of a frame of a known library."""
    return frame.iloc[start : start + count] if library_of(frame) == PANDAS else frame.slice(start, count)


def make_frame(library: str, names: Sequence[str], kinds: Sequence[str], columns: Sequence[Sequence[Any]]) -> Any:
    """Return columns of texts as a frame of a library, with the types of the wire.

    Parameters
    ----------
    library
        `pandas`, `polars`, `pyarrow`, or `records` for a list of dicts.
    kinds
        The type of each column by its .NET name, such as `Int64`; text by default.
    """
    values = [list(map(reader(kind), cells)) for kind, cells in zip(kinds, columns, strict=True)]
    if library == RECORDS:
        return [dict(zip(names, row, strict=True)) for row in zip(*values, strict=True)]
    package = _package(library)
    if library == PANDAS:
        made = {name: _series(package, kind, cells) for name, kind, cells in zip(names, kinds, values, strict=True)}
        return package.DataFrame(made, columns=package.Index(list(names)))
    if library == ARROW:
        arrays = [package.array(cells, _arrow_type(package, kind)) for kind, cells in zip(kinds, values, strict=True)]
        return package.table(dict(zip(names, arrays, strict=True)))
    schema = {name: _polars_type(package, kind) for name, kind in zip(names, kinds, strict=True)}
    return package.DataFrame(dict(zip(names, values, strict=True)), schema=schema)


def like(given: Any, made: Any) -> Any:
    """Return a frame with the index of the one that was sent, and with its categories in columns that came back."""
    library = library_of(given)
    if library == PANDAS:
        pandas = _package(PANDAS)
        kinds = dict(zip(names_of(given), given.dtypes, strict=True))
        same = {name: kinds[name] for name in made.columns if name in kinds}
        made = made.astype({name: kind for name, kind in same.items() if isinstance(kind, pandas.CategoricalDtype)})
        return made.set_axis(given.index, axis=0) if len(made) == len(given) else made
    if library == POLARS:
        polars = _package(POLARS)
        same = {name: kind for name, kind in given.schema.items() if name in made.columns}
        categories = [polars.col(name).cast(kind) for name, kind in same.items() if kind in _categories(polars)]
        return made.with_columns(categories)
    for place, name in enumerate(made.column_names):
        if name in given.column_names and hasattr(given.schema.field(name).type, "index_type"):
            made = made.set_column(place, name, made.column(name).dictionary_encode())
    return made


def join_frames(frames: Sequence[Any]) -> Any:
    """Return frames of one library below each other."""
    if len(frames) == 1:
        return frames[0]
    library = library_of(frames[0])
    return (_package(ARROW).concat_tables if library == ARROW else _package(library).concat)(frames)


def chosen_library(name: str | None) -> str:
    """Return a library by name, or the first one installed; `records` if there is none.

    Raises
    ------
    PerennialError
        If the name is another one, or the library is not installed.
    """
    if name is None:
        return next((library for library in LIBRARIES if _find_package(library)), RECORDS)
    if name not in (*LIBRARIES, RECORDS):
        accepted = ", ".join((*LIBRARIES, RECORDS))
        raise PerennialError(0, "LibraryUnknown", f"There is no library '{name}'. Accepted: {accepted}.")
    if name != RECORDS:
        _package(name)
    return name


def reader(kind: str) -> Callable[[Any], Any]:
    """Return the function that reads a cell of a type of the wire; None stays None."""
    return READERS.get(kind, _same)


def read_time(text: str) -> datetime.datetime:
    """Return an ISO 8601 time as a datetime."""
    found = FRACTION.sub(lambda match: f".{match[1][:6]:0<6}", text.replace("Z", "+00:00"))
    return datetime.datetime.fromisoformat(found)


def _number(cell: Any) -> float | None:
    return None if cell is None else float(cell)


def _whole(cell: Any) -> int | None:
    return None if cell is None else int(cell)


def _flag(cell: Any) -> bool | None:
    return None if cell is None else cell is True or str(cell).lower() == "true"


def _time(cell: Any) -> datetime.datetime | None:
    return None if cell is None else read_time(str(cell))


def _same(cell: Any) -> Any:
    return cell


READERS: dict[str, Callable[[Any], Any]] = {
    "Double": _number,
    "Int32": _whole,
    "Int64": _whole,
    "Boolean": _flag,
    "DateTime": _time,
}


def _pandas_cells(values: Any) -> list[Any]:
    from pandas.api import types

    if types.is_datetime64_any_dtype(values):
        cells = values.dt.strftime("%Y-%m-%dT%H:%M:%S.%f").astype(object)
    else:
        cells = values.astype(object)
    found: list[Any] = cells.where(values.notna(), None).tolist()
    return found


def _cell(value: Any) -> Any:
    if isinstance(value, (datetime.datetime, datetime.date)):
        return value.isoformat()
    if isinstance(value, decimal.Decimal):
        return float(value)
    return None if value != value else value


def _series(pandas: Any, kind: str, cells: list[Any]) -> Any:
    missing = any(cell is None for cell in cells)
    if kind == "DateTime":
        return pandas.to_datetime(pandas.Series(cells, dtype=object), format="ISO8601")
    plain = {"Double": "float64", "Int32": "int64", "Int64": "int64", "Boolean": "bool"}
    with_gaps = {"Int32": "Int64", "Int64": "Int64", "Boolean": "boolean"}
    text = "str" if hasattr(pandas.options, "future") else "object"
    return pandas.Series(cells, dtype=with_gaps.get(kind, plain.get(kind, text)) if missing else plain.get(kind, text))


def _polars_type(polars: Any, kind: str) -> Any:
    if kind == "DateTime":
        return polars.Datetime("us")
    return {"Double": polars.Float64, "Int32": polars.Int64, "Int64": polars.Int64, "Boolean": polars.Boolean}.get(
        kind, polars.String
    )


def _arrow_type(arrow: Any, kind: str) -> Any:
    if kind == "DateTime":
        return arrow.timestamp("us")
    names = {"Double": "float64", "Int32": "int64", "Int64": "int64", "Boolean": "bool_"}
    return getattr(arrow, names.get(kind, "string"))()


def _categories(polars: Any) -> tuple[Any, ...]:
    return (polars.Categorical, polars.Enum)


def _find_package(name: str) -> Any:
    try:
        return importlib.import_module(name)
    except ImportError:
        return None


def _package(name: str) -> Any:
    found = _find_package(name)
    if found is None:
        raise PerennialError(0, "LibraryMissing", f"{name} is not installed. Install it: pip install {name}.")
    return found
