"""Truths: what turned out to be right for rows that were scored, by the rows' ids, any time later.

Container `truths`: parts (parts.py) of the day on which truths came, with `id` and `value` (texts; a missing value
takes a truth back), `at` (the time of the truth) and `received` (timestamps in UTC). Of two truths of an id, the later
one counts: by `at`, then by `received`.
"""

import threading
from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any

from studio.errors import BadArgument, TooLarge
from studio.monitoring.parts import TRUTHS, PartChanged, PartWriter, blocks_of, list_parts, read_part, unite
from studio.monitoring.rows import MAX_ID, Table, column_hash
from studio.monitoring.stale import mark_stale
from studio.problems import Problems
from studio.registry.endpoints import Endpoint
from studio.storage.account import Storage
from studio.tables.options import GUESSED
from studio.tables.schema import write_cell
from studio.tables.typed_files import READABLE, text_table
from studio.wire import invalid_value

MAX_TRUTHS, MAX_VALUE = 100_000, 1000
MAX_FILE_ROWS = 5_000_000
COLUMNS = ("id", "value", "at")


class Truths:
    """Writes the truths that come to one process; safe to share between threads."""

    def __init__(self, storage: Storage) -> None:
        self._storage = storage
        self._writer = PartWriter(storage, TRUTHS)
        self._lock = threading.Lock()

    def add(self, endpoint: Endpoint, body: dict[str, Any], *, now: datetime) -> int:
        """Keep the truths of a request body, all or none, and return how many they are.

        Raises
        ------
        BadArgument
            If a truth is invalid; has a detail for each that is.
        """
        return self.keep(endpoint, read_truths_body(body, now), now=now)

    def keep(self, endpoint: Endpoint, truths: Table, *, now: datetime) -> int:
        """Keep a table of truths, with columns `id`, `value` and `at`, and return how many they are."""
        import pyarrow as pa

        settings = endpoint.prediction_log
        if settings is not None and settings.id_column in settings.hashed:
            hashed = column_hash(self._storage, endpoint.workspace_id)
            truths = truths.set_column(0, "id", pa.array(map(hashed, truths["id"].to_pylist()), pa.string()))
        received = pa.repeat(pa.scalar(now.astimezone(UTC), pa.timestamp("us", "UTC")), len(truths))
        table = truths.append_column("received", received)
        folder = f"{endpoint.workspace_id}/{endpoint.id}/{now.astimezone(UTC):%Y%m%d}"
        with self._lock:
            for content, _ in blocks_of(table):
                self._writer.append(folder, content)
            self._writer.forget(f"{now.astimezone(UTC):%Y%m%d}")
        mark_stale(self._storage, endpoint.workspace_id, endpoint.id, received=now)
        return len(truths)


def read_truths_body(body: dict[str, Any], now: datetime) -> Table:
    """Return the truths of a request body, `{"Truths": [{"Id", "Value", "At"}]}`, as a table."""
    given = body.get("Truths")
    if not isinstance(given, list):
        raise invalid_value("Truths", 'a list of {"Id", "Value"}, with "At" if it is not now', type(given).__name__)
    if len(given) > MAX_TRUTHS:
        raise TooLarge(
            "OutOfMemoryLimit",
            f"The request has {len(given):,} truths; the limit is {MAX_TRUTHS:,}. Upload a file to the container "
            "'feedback' to send more.",
        )
    problems, found = Problems(), []
    for number, item in enumerate(given):
        found.append(problems.attempt(_read_truth, item, number + 1, now))
    problems.raise_all()
    return _table([row for row in found if row is not None])


def _read_truth(item: Any, number: int, now: datetime) -> tuple[str, str | None, datetime]:
    name = f"Truths, item {number}"
    if not isinstance(item, dict):
        raise invalid_value(name, 'an object {"Id", "Value"}', type(item).__name__)
    id_ = item.get("Id")
    if isinstance(id_, (int, float)) and not isinstance(id_, bool):
        id_ = write_cell(id_)
    if not isinstance(id_, str) or not 0 < len(id_) <= MAX_ID:
        raise invalid_value(f"{name}: Id", f"the id of a scored row, up to {MAX_ID} characters", id_)
    if "Value" not in item:
        raise invalid_value(f"{name}: Value", "what turned out to be right, or null to take a truth back", None)
    value = item["Value"]
    if value is not None and not isinstance(value, (str, int, float, bool)):
        raise invalid_value(f"{name}: Value", "a text, a number, true, false or null", type(value).__name__)
    text = None if value is None or value == "" or value != value else write_cell(value)
    if text is not None and len(text) > MAX_VALUE:
        raise invalid_value(f"{name}: Value", f"a text of up to {MAX_VALUE} characters", f"{len(text)} characters")
    return id_, text, _read_time(item.get("At"), f"{name}: At", now)


def _read_time(value: Any, name: str, now: datetime) -> datetime:
    if value is None or value == "":
        return now
    try:
        moment = datetime.fromisoformat(value)
        return (moment if moment.tzinfo else moment.replace(tzinfo=UTC)).astimezone(UTC)
    except (TypeError, ValueError, OverflowError):
        raise invalid_value(name, "a time in ISO 8601, such as 2026-05-01T12:00:00Z", value) from None


def _table(rows: list[tuple[str, str | None, datetime]]) -> Table:
    import pyarrow as pa

    ids, values, times = zip(*rows, strict=True) if rows else ((), (), ())
    return pa.table(
        {
            "id": pa.array(ids, pa.string()),
            "value": pa.array(values, pa.string()),
            "at": pa.array(times, pa.timestamp("us", "UTC")),
        }
    )


def read_truths_file(content: bytes, extension: str, received: datetime) -> Table:
    """Return the truths of a file with columns `id` and `value`, and `at` if there is one, in any case and order.

    Raises
    ------
    BadArgument, BadUserArgument
        If it is no such file.
    """
    if extension not in READABLE:
        raise BadArgument(
            "InputParseError", f"A file of truths must end in one of {', '.join(READABLE)}, got '{extension[:20]}'."
        )
    table = text_table(content, extension, GUESSED)
    if len(table) > MAX_FILE_ROWS:
        raise TooLarge("OutOfMemoryLimit", f"The file has {len(table):,} truths; the limit is {MAX_FILE_ROWS:,}.")
    names = {str(name).strip().lower(): name for name in table.column_names}
    lacking = [name for name in COLUMNS[:2] if name not in names]
    if lacking:
        raise BadArgument(
            "InputMismatchError",
            f"A file of truths needs columns 'id' and 'value', and may have 'at'; this one lacks '{lacking[0]}'.",
            lacking[0],
        )
    columns = [table[names[name]].to_pylist() if name in names else [None] * len(table) for name in COLUMNS]
    problems, rows = Problems(), []
    for number, (id_, value, at) in enumerate(zip(*columns, strict=True)):
        item = {"Id": id_, "Value": value, "At": at}
        rows.append(problems.attempt(_read_truth, item, number + 1, received))
    problems.raise_all()
    return _table([row for row in rows if row is not None])


def read_truths(
    storage: Storage, endpoint: Endpoint, *, since: datetime, until: datetime, ids: Any = None, withdrawn: bool = False
) -> Table:
    """Return the truths that came from `since` to before `until`, the latest of each id.

    Parameters
    ----------
    ids : pyarrow.Array, optional
        Only the truths of these ids.
    withdrawn
        Whether to return those that were taken back, too, with a missing value.

    Returns
    -------
    pyarrow.Table with `id`, `value`, `at` and `received`, in no order
    """
    import pyarrow.compute as pc

    found = []
    for table in _received(storage, endpoint, since, until):
        chosen = table if ids is None else table.filter(pc.is_in(table["id"], value_set=ids))
        if len(chosen):
            found.append(chosen)
    if not found:
        return _table([])
    latest = latest_truths(unite(found))
    return latest if withdrawn else latest.filter(pc.is_valid(latest["value"]))


def latest_truths(table: Table) -> Table:
    """Return the latest truth of each id: by `at`, then by `received`, then by place."""
    import numpy as np
    import pyarrow as pa

    order = np.lexsort([np.arange(len(table)), *(table[name].cast("int64").to_numpy() for name in ("received", "at"))])
    ordered = table.take(order)
    numbered = pa.table({"id": ordered["id"], "place": pa.array(np.arange(len(ordered)))})
    last = numbered.group_by("id", use_threads=False).aggregate([("place", "max")])
    return ordered.take(last["place_max"].combine_chunks())


def _received(storage: Storage, endpoint: Endpoint, since: datetime, until: datetime) -> Iterator[Table]:
    import pyarrow as pa
    import pyarrow.compute as pc

    folder = f"{endpoint.workspace_id}/{endpoint.id}/"
    first, last = f"{since.astimezone(UTC):%Y%m%d}", f"{until.astimezone(UTC):%Y%m%d}"
    kind = pa.timestamp("us", "UTC")
    for part in list_parts(storage, TRUTHS, folder):
        if not first <= part.period <= last:
            continue
        try:
            for table in read_part(storage, part):
                later = pc.greater_equal(table["received"], pa.scalar(since.astimezone(UTC), kind))
                yield table.filter(pc.and_(later, pc.less(table["received"], pa.scalar(until.astimezone(UTC), kind))))
        except PartChanged:
            # Its retention is over.
            continue
