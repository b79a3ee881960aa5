"""The rows of a prediction log, page by page, as a data frame; truths as the service takes them."""

from collections.abc import Iterator, Mapping, Sequence
from datetime import date, datetime
from typing import Any

from perennial.any_frame import cells_of, is_frame, known_frame, make_frame, names_of
from perennial.errors import PerennialError

PAGE_ROWS, TRUTHS = 50_000, 20_000
KINDS = {"bool": "Boolean", "double": "Double", "int32": "Int32", "int64": "Int64"}


def moment(value: str | datetime | date | None) -> str | None:
    """Return a time as the service reads it: ISO 8601; texts such as `7d` stay what they are."""
    return value.isoformat() if isinstance(value, date) else value


def log_frame(pages: Sequence[Mapping[str, Any]], library: str) -> Any:
    """Return pages of a log as one frame; columns that some pages lack are missing there."""
    kinds: dict[str, str] = {}
    for page in pages:
        for column in page["Columns"]:
            kind = "DateTime" if column["Type"].startswith("timestamp") else KINDS.get(column["Type"], "String")
            known = kinds.setdefault(column["Name"], kind)
            kinds[column["Name"]] = kind if known == kind else "String"
    cells: dict[str, list[Any]] = {name: [] for name in kinds}
    for page in pages:
        places = {column["Name"]: place for place, column in enumerate(page["Columns"])}
        for name, found in cells.items():
            place = places.get(name)
            found += [_text(row[place]) for row in page["Rows"]] if place is not None else [None] * len(page["Rows"])
    return make_frame(library, list(kinds), list(kinds.values()), list(cells.values()))


def _text(cell: Any) -> str | None:
    return None if cell is None else cell if isinstance(cell, str) else repr(cell)


def truth_batches(truths: Any) -> Iterator[list[dict[str, Any]]]:
    """Yield truths as the service takes them, so many at a time.

    Parameters
    ----------
    truths
        A dict of values by id, a list of dicts with `Id`, `Value` and perhaps `At`, or a data frame with the columns
        `id`, `value` and perhaps `at`.
    """
    if isinstance(truths, Mapping):
        items = [{"Id": str(id_), "Value": value} for id_, value in truths.items()]
    elif is_frame(truths):
        frame = known_frame(truths)
        names = {name.lower(): name for name in names_of(frame)}
        lacking = [name for name in ("id", "value") if name not in names]
        if lacking:
            raise PerennialError(
                0, "InvalidData", f"The frame has no column '{lacking[0]}'. It needs 'id' and 'value'."
            )
        wanted = [name for name in ("id", "value", "at") if name in names]
        columns = zip(*cells_of(frame, [names[name] for name in wanted]), strict=True)
        items = [dict(zip([name.capitalize() for name in wanted], row, strict=True)) for row in columns]
    else:
        items = [dict(item) for item in truths]
    for start in range(0, len(items), TRUTHS):
        yield items[start : start + TRUTHS]
