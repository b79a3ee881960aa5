"""Lists of what the service returns, such as a history: plain lists of dicts that can also be shown and made frames."""

import json
import re
from typing import Any

from perennial.any_frame import ARROW, PANDAS, RECORDS, chosen_library, read_time
from perennial.html_view import state_html, table_html

ISO_TIME = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?(Z|[+-]\d\d:\d\d)?")


class Records(list[dict[str, Any]]):
    """A list of dicts that `to_frame` makes a data frame, and that notebooks show as a table."""

    def to_frame(self, library: str | None = None) -> Any:
        """Return the records as a data frame, with times as times; see frame_of."""
        return frame_of(self, library)

    def _repr_html_(self) -> str:
        return table_html([{name: _state(name, cell) for name, cell in record.items()} for record in self])


def _state(name: str, cell: Any) -> Any:
    return state_html(cell) if name == "StatusCode" and isinstance(cell, str) else cell


def frame_of(records: list[dict[str, Any]], library: str | None = None) -> Any:
    """Return dicts as a data frame: a column for each name, times as times.

    Parameters
    ----------
    library
        `pandas`, `polars`, `pyarrow` or `records` (a list of dicts); by default, the first that is installed.

    Raises
    ------
    PerennialError
        If the library is unknown or not installed.
    """
    chosen = chosen_library(library)
    names = list(dict.fromkeys(name for record in records for name in record))
    columns = {name: _column([record.get(name) for record in records]) for name in names}
    if chosen == RECORDS:
        return [dict(zip(names, row, strict=True)) for row in zip(*columns.values(), strict=True)]
    package = __import__(chosen)
    if chosen == PANDAS:
        frame = package.DataFrame({name: package.Series(cells, dtype=object) for name, cells in columns.items()})
        return frame.infer_objects().convert_dtypes(dtype_backend="numpy_nullable") if len(frame) else frame
    # Frames of these libraries have one type a column.
    flat = {name: list(map(_flat, cells)) for name, cells in columns.items()}
    return package.table(flat) if chosen == ARROW else package.DataFrame(flat, strict=False)


def _column(cells: list[Any]) -> list[Any]:
    known = [cell for cell in cells if cell is not None]
    if known and all(isinstance(cell, str) and ISO_TIME.fullmatch(cell) for cell in known):
        return [None if cell is None else read_time(cell) for cell in cells]
    return cells


def _flat(cell: Any) -> Any:
    return json.dumps(cell, ensure_ascii=False) if isinstance(cell, (dict, list, tuple)) else cell
