"""Reading the prediction log: finished hours from their files, and those that run from their parts.

Container `predictionlog`: `{workspace id}/{endpoint id}/{hour}.parquet`, one file for each endpoint and hour, with the
hour as `2026112708` in UTC; its metadata has `rows`, `missing` and `parts`, which compaction.py explains. What is not
in a file yet is in parts.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from itertools import takewhile
from operator import itemgetter
from typing import Any

from azure.core import MatchConditions
from azure.core.exceptions import ResourceModifiedError, ResourceNotFoundError

from studio.errors import ServiceUnavailable
from studio.monitoring.batch_records import list_records
from studio.monitoring.batch_rows import BatchHour
from studio.monitoring.merging import merged, sorted_by_time
from studio.monitoring.parts import (
    LOG_PARTS,
    Part,
    PartChanged,
    list_parts,
    missing_rows,
    read_consumed,
    read_part,
    unite,
)
from studio.monitoring.rows import Table
from studio.registry.endpoints import Endpoint
from studio.storage.account import Storage

LOG = "predictionlog"
HOUR = timedelta(hours=1)
# While an hour is read it may be compacted; then it is read again.
TRIES = 5


@dataclass(frozen=True, slots=True)
class HourFile:
    """The file of a finished hour as it was listed."""

    name: str
    etag: str
    size: int
    missing: int
    consumed: dict[str, int]


@dataclass(frozen=True, slots=True)
class LoggedHour:
    """Rows of an endpoint in an hour, in order of time, and how many could not be kept; some hours come in pieces."""

    start: datetime
    table: Table
    missing: int


@dataclass(slots=True)
class _Stored:
    """What is stored of an hour: its file, the parts that it may lack, and the names of records of batch jobs."""

    file: HourFile | None = None
    parts: list[Part] = field(default_factory=list)
    batches: list[str] = field(default_factory=list)


def read_log(
    storage: Storage,
    endpoint: Endpoint,
    *,
    since: datetime,
    until: datetime,
    columns: Sequence[str] | None = None,
    batches: bool = True,
) -> Iterator[Table]:
    """Yield an endpoint's logged rows from `since` to before `until` as tables, in order of time.

    An hour is one table, or several if batch jobs ended in it: those are read a few thousand rows at a time.

    Parameters
    ----------
    columns
        The columns to return, those of them that an hour has; all if None.
    batches
        Whether the rows of batch jobs are wanted.
    """
    for hour in read_hours(storage, endpoint, since=since, until=until, columns=columns, batches=batches):
        if hour.table.num_rows:
            yield hour.table


def read_hours(
    storage: Storage,
    endpoint: Endpoint,
    *,
    since: datetime,
    until: datetime,
    columns: Sequence[str] | None = None,
    latest_first: bool = False,
    batches: bool = True,
) -> Iterator[LoggedHour]:
    """Yield an endpoint's hours as read_log does, also those of which rows are missing only."""
    folder = f"{endpoint.workspace_id}/{endpoint.id}/"
    first, last = hour_text(since), hour_text(until)
    listed = sorted(_list_hours(storage, folder, first, last).items(), key=itemgetter(0), reverse=latest_first)
    for hour, stored in listed:
        table, missing = _read_stable(storage, folder, hour, stored, columns, (since, until))
        jobs = BatchHour(storage, endpoint, stored.batches if batches else (), columns, (since, until))
        for piece in merged(table, jobs.readers, latest_first=latest_first):
            yield LoggedHour(hour_start(hour), _within(piece, since, until, columns), missing + jobs.take_missing())
            missing = 0
        if missing := missing + jobs.take_missing():
            yield LoggedHour(hour_start(hour), table.slice(0, 0), missing)


def _read_stable(
    storage: Storage,
    folder: str,
    hour: str,
    stored: _Stored,
    columns: Sequence[str] | None,
    span: tuple[datetime, datetime],
) -> tuple[Table, int]:
    """Return the rows of an hour, listed again if it was compacted since, with how many are missing."""
    for _ in range(TRIES):
        try:
            return _read_hour(storage, stored, columns, span)
        except PartChanged:
            stored = _list_hours(storage, folder, hour, hour).get(hour, _Stored())
    raise ServiceUnavailable("NoMoreResources", "The prediction log is being tidied up. Try again in a moment.")


def hour_text(moment: datetime) -> str:
    """Return the hour of a moment as names of blobs have it."""
    return f"{moment.astimezone(UTC):%Y%m%d%H}"


def hour_start(text: str) -> datetime:
    """Return the start of an hour from the names of blobs."""
    return datetime.strptime(text, "%Y%m%d%H").replace(tzinfo=UTC)


def _list_hours(storage: Storage, folder: str, first: str, last: str) -> dict[str, _Stored]:
    """Return what is stored of the hours from `first` to `last`.

    Parts are listed first: one that is compacted between the two listings is then in the file that is listed.
    """
    found: dict[str, _Stored] = {}
    same = takewhile(lambda pair: pair[0] == pair[1], zip(first, last, strict=True))
    prefix = folder + "".join(one for one, _ in same)
    for part in list_parts(storage, LOG_PARTS, prefix):
        if first <= part.period <= last:
            found.setdefault(part.period, _Stored()).parts.append(part)
    for hour, name in list_records(storage, prefix):
        if first <= hour <= last:
            found.setdefault(hour, _Stored()).batches.append(name)
    for file in list_files(storage, prefix):
        hour = file.name.rpartition("/")[2].partition(".")[0]
        if first <= hour <= last:
            found.setdefault(hour, _Stored()).file = file
    return found


def list_files(storage: Storage, prefix: str) -> Iterator[HourFile]:
    """Yield the files of finished hours whose names begin with a prefix, in order of time."""
    for blob in storage.container(LOG).list_blobs(name_starts_with=prefix, include=["metadata"]):
        if blob.name.endswith(".parquet"):
            metadata = blob.metadata or {}
            consumed = read_consumed(metadata)
            yield HourFile(blob.name, blob.etag, blob.size, int(metadata.get("missing", 0)), consumed)


def _read_hour(
    storage: Storage, stored: _Stored, columns: Sequence[str] | None, span: tuple[datetime, datetime]
) -> tuple[Table, int]:
    """Return the rows of an hour with how many are missing; PartChanged if it was compacted meanwhile.

    What has no row of a span of time is not unpacked, since a page of a large hour begins anywhere in it.
    """
    import pyarrow as pa

    tables, missing, consumed = [], 0, {}
    if stored.file is not None:
        missing, consumed = stored.file.missing, stored.file.consumed
        tables.append(read_hour_file(storage, stored.file, columns, span))
    wanted = None if columns is None else {"at", *columns}
    microseconds = (round(span[0].timestamp() * 1_000_000), round(span[1].timestamp() * 1_000_000))
    for part in stored.parts:
        for table in read_part(storage, part, consumed.get(part.short, 0), wanted, microseconds):
            missing += missing_rows(table)
            if table.num_rows:
                tables.append(table)
    return (sorted_by_time(unite(tables)) if tables else pa.table({})), missing


def read_hour_file(
    storage: Storage,
    file: HourFile,
    columns: Sequence[str] | None = None,
    span: tuple[datetime, datetime] | None = None,
) -> Table:
    """Return the rows of a finished hour; PartChanged if the file is another one by now.

    Parameters
    ----------
    span
        Groups of rows that are all before or after it are left out.
    """
    import pyarrow as pa
    import pyarrow.parquet as pq

    client = storage.container(LOG).get_blob_client(file.name)
    try:
        content = client.download_blob(etag=file.etag, match_condition=MatchConditions.IfNotModified).readall()
    except (ResourceModifiedError, ResourceNotFoundError) as error:
        raise PartChanged from error
    source = pq.ParquetFile(pa.BufferReader(content))
    wanted = None if columns is None else [*{"at": None, **dict.fromkeys(columns)}]
    names = [name for name in source.schema_arrow.names if wanted is None or name in wanted]
    groups = [number for number in range(source.num_row_groups) if span is None or _overlaps(source, number, span)]
    return source.read_row_groups(groups, names)


def _overlaps(source: Any, number: int, span: tuple[datetime, datetime]) -> bool:
    """Return whether a group of rows of a Parquet file may have some of a span of time."""
    known = source.metadata.row_group(number).column(source.schema_arrow.get_field_index("at")).statistics
    return known is None or not known.has_min_max or (known.max >= span[0] and known.min < span[1])


def _within(table: Table, since: datetime, until: datetime, columns: Sequence[str] | None) -> Table:
    import pyarrow as pa
    import pyarrow.compute as pc

    if not table.num_rows:
        return table
    kind = pa.timestamp("us", "UTC")
    from_here = pc.greater_equal(table["at"], pa.scalar(since.astimezone(UTC), kind))
    table = table.filter(pc.and_(from_here, pc.less(table["at"], pa.scalar(until.astimezone(UTC), kind))))
    return table if columns is None or "at" in columns else table.drop_columns(["at"])
