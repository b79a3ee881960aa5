"""Scoring jobs of endpoints with a prediction log: the log gets to know where a job's rows are, and copies none."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime

from azure.storage.blob import BlobClient

from studio.errors import NotFound, StudioError
from studio.jobs.jobs import TABLE, OpenJob
from studio.jobs.scoring import ScoringProgress, ScoringTask
from studio.monitoring.batch_records import BatchRecord, Located, start_of_rows, write_record
from studio.registry.deployments import Resource
from studio.registry.endpoints import Endpoint, get_endpoint
from studio.registry.prediction_log import PredictionLog
from studio.storage.account import Storage
from studio.storage.blob_access import reading
from studio.storage.blobs import BlobReference
from studio.storage.rows import Row, change_row, find_row
from studio.storage.streams import open_version


@dataclass(frozen=True, slots=True)
class ScoredOutput:
    """An output of a job that has been scored: by which model, how many rows, and which blobs these are."""

    name: str
    resource: Resource
    task: ScoringTask
    rows: int
    source: Located
    target: Located


@dataclass(slots=True)
class LoggedJob:
    """What the prediction log will know of a job's outputs; of none if the endpoint has no log when they are scored."""

    storage: Storage
    job: OpenJob
    endpoint: Endpoint | None
    scored: dict[int, ScoredOutput] = field(default_factory=dict)

    @contextmanager
    def scoring(self, number: int, task: ScoringTask, progress: ScoringProgress) -> Iterator[ScoringProgress]:
        """Note an output that a `with` block scores, which tells of its progress through what this yields."""
        if self.endpoint is None:
            yield progress
            return
        rows = 0

        def counted(done: int, total: int, so_far: int) -> None:
            nonlocal rows
            rows = so_far
            progress(done, total, so_far)

        before = open_version(self.storage, task.source).etag
        yield counted
        output = self.job.definition.outputs[number]
        resource = next(item for item in self.job.record.resources if item.name == output.resource)
        # What was overwritten since it was opened is not what was scored.
        same = _etag(task.source.open(self.storage), task.source) == before
        source = Located(task.source, before if same else "")
        location = self.job.locations[output.name]
        if location.base_location is None and location.connection_string is None:
            location = BlobReference(location.relative_location, self.storage.account_url)
        target = Located(location, _etag(task.target, location))
        self.scored[number] = ScoredOutput(output.name, resource, task, rows, source, target)

    def write(self) -> None:
        """Have the log know of the job; what a worker that died has written is written again as it is."""
        if self.endpoint is None or not any(item.rows for item in self.scored.values()):
            return
        ended = self._ended()
        for number, item in self.scored.items():
            if item.rows:
                file = item.task.model.file
                record = BatchRecord(
                    job=self.job.record.id,
                    output=item.name,
                    resource=item.resource,
                    start=start_of_rows(ended, item.rows),
                    rows=item.rows,
                    source=item.source,
                    target=item.target,
                    columns=file.encoder.sources,
                    scores=file.manifest.outputs,
                    settings=self.endpoint.prediction_log or PredictionLog(),
                )
                write_record(self.storage, self.endpoint, number, record)

    def _ended(self) -> datetime:
        """Return when the job's rows were scored, which stays the same if another worker does the job again."""
        key, now = self.job.record.work.key, self.storage.clock().isoformat()

        def note(row: Row) -> Row | None:
            return None if row.get("LoggedAt") else row | {"LoggedAt": now}

        table = self.storage.table(TABLE)
        change_row(table, key.partition, key.key, note)
        row = find_row(table, key.partition, key.key)
        return datetime.fromisoformat(row["LoggedAt"] if row else now)


def logged_job(storage: Storage, job: OpenJob) -> LoggedJob:
    """Return what notes a job's outputs for the log of its endpoint, if that is on."""
    try:
        endpoint = get_endpoint(storage, job.record.workspace_id, job.record.endpoint_id)
    except NotFound:
        return LoggedJob(storage, job, None)
    return LoggedJob(storage, job, endpoint if endpoint.prediction_log is not None else None)


def _etag(client: BlobClient, reference: BlobReference) -> str:
    """Return the ETag of a blob; empty if the job may not read it."""
    try:
        with reading(reference, reference.relative_location):
            etag: str = client.get_blob_properties().etag
    except StudioError:
        return ""
    return etag
