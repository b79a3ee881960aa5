"""What the prediction log keeps of batch jobs: a record of where the rows are, and no copy of them.

Container `predictionlog-batches`: `{workspace id}/{endpoint id}/{hour}/{job id}-{number of the output}`, the hour as
`2026112708` in UTC; JSON. The references to the job's blobs are sealed, since they may hold connection strings; the
ETags are those of what was read and written. A row of a job is one microsecond after the one before it, so that pages
of the log can end anywhere in a job, and all are in the hour in which the job ended.
"""

import json
import logging
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from typing import Any

from azure.core.exceptions import ResourceNotFoundError

from studio.monitoring.stale import mark_stale
from studio.registry.deployments import Resource
from studio.registry.endpoints import Endpoint
from studio.registry.prediction_log import PredictionLog
from studio.storage.account import Storage
from studio.storage.blobs import BlobReference
from studio.storage.keys import seal, unseal
from studio.tables.schema import Column

BATCHES = "predictionlog-batches"
HOUR_MICROSECONDS = 3_600_000_000
logger = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Located:
    """A blob of a job as it was; without an ETag if that could not be read, or the blob changed meanwhile."""

    reference: BlobReference
    etag: str


@dataclass(frozen=True, slots=True)
class BatchRecord:
    """The rows of one output of a batch job.

    Parameters
    ----------
    start
        int, microseconds since 1970: the time of its first row.
    source, target
        The job's input, and what it wrote; None if the references cannot be unsealed.
    columns, scores
        What the model takes of the input, and what it appends.
    settings
        Those of the log when the job ended.
    """

    job: str
    output: str
    resource: Resource
    start: int
    rows: int
    source: Located | None
    target: Located | None
    columns: tuple[Column, ...]
    scores: tuple[Column, ...]
    settings: PredictionLog

    @property
    def hour(self) -> str:
        """The hour of its rows."""
        return f"{datetime.fromtimestamp(self.start / 1_000_000, UTC):%Y%m%d%H}"


def start_of_rows(ended: datetime, rows: int) -> int:
    """Return the time of the first of a job's rows in microseconds since 1970, so that the last is not after its end.

    Rows that would be in the hour before begin with the hour.
    """
    end = round(ended.timestamp() * 1_000_000)
    return max(end - end % HOUR_MICROSECONDS, end - max(rows - 1, 0))


def write_record(storage: Storage, endpoint: Endpoint, number: int, record: BatchRecord) -> None:
    """Keep a record of an output of a job, by the output's number; writing it again changes nothing."""
    content = {
        "job": record.job,
        "output": record.output,
        "resource": asdict(record.resource),
        "start": record.start,
        "rows": record.rows,
        "source": _sealed(storage, record.source),
        "target": _sealed(storage, record.target),
        "columns": [column.to_json() for column in record.columns],
        "scores": [column.to_json() for column in record.scores],
        "settings": record.settings.to_json(),
    }
    name = f"{endpoint.workspace_id}/{endpoint.id}/{record.hour}/{record.job}-{number}"
    storage.container(BATCHES).upload_blob(name, json.dumps(content), overwrite=True)
    # Truths of its rows may have come before it.
    mark_stale(storage, endpoint.workspace_id, endpoint.id, days=[record.hour[:8]])


def list_records(storage: Storage, prefix: str) -> Iterator[tuple[str, str]]:
    """Yield the hours and names of the records whose names begin with a prefix, in order of time."""
    for blob in storage.container(BATCHES).list_blobs(name_starts_with=prefix):
        yield blob.name.split("/")[2], blob.name


def read_record(storage: Storage, name: str) -> BatchRecord | None:
    """Return a record; None if it has been deleted since it was listed."""
    try:
        found: dict[str, Any] = json.loads(storage.container(BATCHES).download_blob(name).readall())
    except ResourceNotFoundError:
        return None
    return BatchRecord(
        job=found["job"],
        output=found["output"],
        resource=Resource(**found["resource"]),
        start=found["start"],
        rows=found["rows"],
        source=_unsealed(storage, found["source"]),
        target=_unsealed(storage, found["target"]),
        columns=tuple(Column.from_json(item) for item in found["columns"]),
        scores=tuple(Column.from_json(item) for item in found["scores"]),
        settings=PredictionLog.from_json(found["settings"]) or PredictionLog(),
    )


def _sealed(storage: Storage, located: Located | None) -> str:
    return seal(storage.secret, json.dumps(asdict(located))) if located else ""


def _unsealed(storage: Storage, text: str) -> Located | None:
    try:
        found = json.loads(unseal(storage.secret, text))
    except Exception:
        # The app has another master secret by now.
        logger.info("The blobs of a batch job in the prediction log cannot be unsealed.")
        return None
    return Located(BlobReference(**found["reference"]), found["etag"])
