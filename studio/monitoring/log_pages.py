"""The prediction log for clients: the span of time they ask for, and pages as JSON, CSV, Parquet or Arrow."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

import orjson

from studio.monitoring.frames import MISSING
from studio.monitoring.log import read_hours
from studio.monitoring.log_view import ALL, View, cut, with_truths
from studio.monitoring.parts import unite
from studio.monitoring.rows import Table
from studio.registry.endpoints import Endpoint
from studio.storage.account import Storage
from studio.wire import classic_time, invalid_value, read_moment

DEFAULT_SPAN = timedelta(days=1)
DEFAULT_ROWS, MAX_ROWS = 1000, 100_000
JSON, CSV, PARQUET, ARROW = "json", "csv", "parquet", "arrow"
FORMATS = {
    JSON: "application/json",
    CSV: "text/csv; charset=utf-8",
    PARQUET: "application/vnd.apache.parquet",
    ARROW: "application/vnd.apache.arrow.stream",
}
BACK = re.compile(r"([0-9]{1,5})([mhd])")
UNITS = {"m": timedelta(minutes=1), "h": timedelta(hours=1), "d": timedelta(days=1)}
MOMENT = "a time in ISO 8601, such as 2026-05-01T12:00:00Z, or so long ago: 30m, 24h, 7d"


@dataclass(frozen=True, slots=True)
class Span:
    """A span of time, from `since` to before `until`."""

    since: datetime
    until: datetime


@dataclass(frozen=True, slots=True)
class LogPage:
    """Rows of the log in order of time.

    Parameters
    ----------
    since, until
        Between which it has all rows. The next page begins at `until`; from the latest row back, it ends at `since`.
    missing
        int, rows: how many rows of the hours that the page touches could not be kept.
    complete
        Whether it has all rows of the span that was asked for.
    """

    table: Table
    since: datetime
    until: datetime
    missing: int
    complete: bool


def read_span(since: str | None, until: str | None, *, now: datetime) -> Span:
    """Read a span of time as clients write it; by default the day that ends now.

    Raises
    ------
    BadArgument
        If one is no time, or the span ends before it begins.
    """
    end = moment_or_ago("until", until, now=now) if until else now
    start = moment_or_ago("since", since, now=now) if since else end - DEFAULT_SPAN
    if end < start:
        raise invalid_value("until", f"later than since, {start.isoformat()}", until)
    return Span(start, end)


def moment_or_ago(name: str, text: str, *, now: datetime) -> datetime:
    """Read a time in ISO 8601, in UTC if it does not say, or how long ago it is."""
    if back := BACK.fullmatch(text.strip()):
        return now - int(back[1]) * UNITS[back[2]]
    return read_moment(text.strip(), name, MOMENT)


def read_format(text: str | None) -> str:
    """Read the format of a page; BadArgument for one that there is not."""
    chosen = (text or JSON).lower()
    if chosen not in FORMATS:
        raise invalid_value("format", " or ".join(FORMATS), chosen[:40])
    return chosen


def read_page_size(text: str | None) -> int:
    """Read how many rows a page may have."""
    if not text:
        return DEFAULT_ROWS
    if not re.fullmatch("[0-9]{1,6}", text) or not 1 <= int(text) <= MAX_ROWS:
        raise invalid_value("limit", f"a whole number from 1 to {MAX_ROWS:,}", text[:40])
    return int(text)


def read_page(
    storage: Storage,
    endpoint: Endpoint,
    span: Span,
    limit: int,
    columns: Sequence[str] | None = None,
    view: View = ALL,
) -> LogPage:
    """Return the first rows of a span: about `limit` of them, and all of the moment at which the page ends."""
    import pyarrow as pa

    wanted = None if columns is None else [*dict.fromkeys(["at", *columns, *view.needed])]
    tables, missing, count, since, until = [], 0, 0, span.since, span.until
    for hour in read_hours(storage, endpoint, since=since, until=until, columns=wanted, latest_first=view.latest_first):
        missing += hour.missing
        table = view.rows(hour.table)
        if not table.num_rows:
            continue
        if count + len(table) <= limit:
            tables.append(table)
            count += len(table)
            continue
        kept, moment = cut(table["at"], limit - count, view, first=count == 0)
        since, until = (moment, until) if view.latest_first else (since, moment)
        tables.append(table.slice(0, kept))
        break
    table = unite(tables) if tables else pa.table({})
    if view.truths:
        table = with_truths(storage, endpoint, table, span.since, storage.clock())
    return LogPage(table, since, until, missing, since <= span.since and until >= span.until)


def write_page(page: LogPage, format_: str) -> bytes:
    """Return a page in a format; the metadata of Parquet and Arrow has `missing`."""
    import pyarrow as pa

    if format_ == JSON:
        return orjson.dumps(_page_object(page), default=_plain)
    table = page.table.replace_schema_metadata({MISSING: str(page.missing).encode()})
    sink = pa.BufferOutputStream()
    if format_ == CSV:
        import pyarrow.csv as pa_csv

        pa_csv.write_csv(table, sink)
    elif format_ == PARQUET:
        import pyarrow.parquet as pq

        pq.write_table(table, sink, compression="zstd")
    else:
        with pa.ipc.new_stream(sink, table.schema) as writer:
            writer.write_table(table)
    content: bytes = sink.getvalue().to_pybytes()
    return content


def _plain(value: Any) -> Any:
    return classic_time(value.isoformat()) if isinstance(value, datetime) else str(value)


def _page_object(page: LogPage) -> dict[str, Any]:
    return {
        "Since": exact_time(page.since),
        "Until": exact_time(page.until),
        "Complete": page.complete,
        "Missing": page.missing,
        "Columns": [{"Name": field.name, "Type": str(field.type)} for field in page.table.schema],
        "Rows": [[_cell(cell) for cell in row.values()] for row in page.table.to_pylist()],
    }


def _cell(cell: Any) -> Any:
    return exact_time(cell if cell.tzinfo else cell.replace(tzinfo=UTC)) if isinstance(cell, datetime) else cell


def exact_time(moment: datetime) -> str:
    """Return a time in UTC with its microseconds."""
    return f"{moment.astimezone(UTC):%Y-%m-%dT%H:%M:%S.%f}Z"
