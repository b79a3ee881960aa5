"""Batch jobs: create, start, show and cancel them; worker.py runs them.

Table `jobs`: partition key is the endpoint id, row key the job id; the columns of studio/work/state.py, WorkspaceId,
Definition and Resources (the endpoint's when the job was created), Request (sealed, since it may hold connection
strings), Results (locations without secrets), Upload and Policy (what created the job), StartsItself, QueuedAt,
LoggedAt (logged_rows.py).

References
----------
Section 3 of the original's wire contract.
"""

import contextlib
import hashlib
import json
import logging
from dataclasses import asdict, dataclass
from datetime import datetime
from typing import Any

from azure.storage.blob import BlobClient, BlobServiceClient

from studio.errors import InvalidOperation, NotFound
from studio.jobs.requests import JobRequest, read_job_request
from studio.registry.definitions import DATASET, Definition, get_definition
from studio.registry.deployments import Resource
from studio.registry.endpoints import Endpoint
from studio.storage.account import Storage, expand_connection_string, make_sas_token
from studio.storage.audit_log import Act, acting
from studio.storage.blobs import BlobReference, own_blob
from studio.storage.keys import new_id, unseal
from studio.storage.rows import Row, change_row, find_row, insert_row
from studio.wire import classic_time, optional_classic_time
from studio.work.queue import cancel_work, enqueue_work, record_outbox
from studio.work.state import State, Work, WorkKey, new_work_row, read_work, sealed_request

# Classic: the oldest clients send no api-version and never start a job; some newer ones also omit it, but do start
# the job (reference 3.5).
SELF_START_SECONDS = 3
TABLE = "jobs"
DEFAULT_EXTENSIONS = {DATASET: ".csv"}
logger = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Origin:
    """What created a job.

    Parameters
    ----------
    idempotency_key
        Requests with the same key share one job, created and started once; without a key, each request creates a job.
        start_job_once needs one.
    upload
        The uploaded blob (`container/path`), which is rejected if the job fails on it; empty if there is none.
    policy
        Id of the endpoint whose retraining policy created the job; empty if none did.
    by
        Who creates the job, as the audit log names it, if the app does so by itself.
    """

    idempotency_key: str = ""
    upload: str = ""
    policy: str = ""
    by: str = ""

    def job_id(self) -> str:
        """Return the job's id: a digest of the idempotency key, or a new id without one."""
        return hashlib.sha256(self.idempotency_key.encode()).hexdigest()[:32] if self.idempotency_key else new_id()


@dataclass(frozen=True, slots=True)
class Job:
    """A recorded batch job, with the endpoint's definition and resources when it was created."""

    work: Work
    workspace_id: str
    definition: str
    resources: tuple[Resource, ...]
    request: JobRequest
    results: dict[str, str]
    upload: str
    policy: str

    @property
    def id(self) -> str:
        """The job's id."""
        return self.work.key.key

    @property
    def endpoint_id(self) -> str:
        """The id of the job's endpoint."""
        return self.work.key.partition


def read_job(storage: Storage, row: Row) -> Job:
    """Read a job from its row in table `jobs`."""
    results = json.loads(row["Results"]) if row["Results"] else {}
    return Job(
        work=read_work(TABLE, row),
        workspace_id=row["WorkspaceId"],
        definition=row["Definition"],
        resources=tuple(Resource(**item) for item in json.loads(row["Resources"])),
        request=JobRequest.from_text(unseal(storage.secret, row["Request"])),
        results={name: item["RelativeLocation"] for name, item in results.items()},
        upload=row["Upload"],
        policy=row.get("Policy", ""),
    )


@dataclass(frozen=True, slots=True)
class OpenJob:
    """A job with all it needs to run; `locations` and `targets` are where each output is written, by output name."""

    record: Job
    definition: Definition
    locations: dict[str, BlobReference]
    targets: dict[str, BlobClient]


def open_job(storage: Storage, job: Job) -> OpenJob:
    """Return a job with its service's definition and a client for each output blob."""
    definition = get_definition(storage, job.definition)
    locations = {
        item.name: job.request.outputs.get(item.name)
        or BlobReference(f"experimentoutput/{job.id}/{item.name}{DEFAULT_EXTENSIONS.get(item.kind, '.ilearner')}")
        for item in definition.outputs
    }
    targets = {name: _open_output(storage, reference) for name, reference in locations.items()}
    return OpenJob(job, definition, locations, targets)


def _open_output(storage: Storage, reference: BlobReference) -> BlobClient:
    if reference.base_location or reference.connection_string:
        return reference.open(storage)
    return storage.blobs.get_blob_client(reference.container, reference.blob)


def submit_job(
    storage: Storage,
    endpoint: Endpoint,
    body: dict[str, Any],
    *,
    now: datetime,
    origin: Origin = Origin(),
    starts_itself: bool = False,
) -> str:
    """Check a request, record the job without starting it, and return its id; an existing job is left unchanged.

    Parameters
    ----------
    starts_itself
        Whether the job starts after a few seconds without a call to start_job.

    Raises
    ------
    BadArgument, InvalidOperation
        If the request is invalid, with the documented detail code.
    """
    definition = get_definition(storage, endpoint.definition)
    request = read_job_request(storage, definition, body, now=now)
    key = WorkKey(TABLE, endpoint.id, origin.job_id(), endpoint.workspace_id)
    state = State.QUEUED if starts_itself else State.NOT_STARTED
    row = new_work_row(key.partition, key.key, state, now=now)
    row |= {
        "WorkspaceId": endpoint.workspace_id,
        "Definition": endpoint.definition,
        "Resources": json.dumps([asdict(resource) for resource in endpoint.resources]),
        "Request": sealed_request(storage, request.to_text()),
        "Results": "",
        "Upload": origin.upload,
        "Policy": origin.policy,
        "StartsItself": starts_itself,
        "QueuedAt": now.isoformat() if starts_itself else "",
    }
    if starts_itself:
        record_outbox(storage, key)
    insert_row(storage.table(TABLE), row)
    if starts_itself:
        enqueue_work(storage, key, SELF_START_SECONDS)
    return key.key


def start_job(storage: Storage, endpoint: Endpoint, job_id: str, *, now: datetime) -> None:
    """Enqueue a job; InvalidOperation (CannotStartJob) if it has been started before."""

    def start(row: Row) -> Row | None:
        if row["StartsItself"] and not State(row["State"]).is_final:
            return None
        if row["State"] != State.NOT_STARTED:
            raise InvalidOperation("CannotStartJob", f"The job is {row['State']}; only a new job can be started.")
        return row | {"State": State.QUEUED.value, "QueuedAt": now.isoformat()}

    key = WorkKey(TABLE, endpoint.id, job_id, endpoint.workspace_id)
    start(_get_row(storage, key))
    record_outbox(storage, key)
    change_row(storage.table(TABLE), endpoint.id, job_id, start)
    enqueue_work(storage, key)


def start_job_once(storage: Storage, endpoint: Endpoint, body: dict[str, Any], origin: Origin, *, now: datetime) -> str:
    """Create and start a job and return its id; a repeated call with the same idempotency key changes nothing.

    The audit log has the job's creation before it is created; if that cannot be written, the error of storage rises.
    """
    with contextlib.ExitStack() as noted:
        if find_row(storage.table(TABLE), endpoint.id, origin.job_id()) is None:
            path = f"services/{endpoint.service_id}/endpoints/{endpoint.name}/jobs/{origin.job_id()}"
            noted.enter_context(acting(storage, endpoint.workspace_id, Act(origin.by, "", "", "create_job", "", path)))
        job_id = submit_job(storage, endpoint, body, now=now, origin=origin)
        try:
            start_job(storage, endpoint, job_id, now=now)
        except InvalidOperation:
            logger.info("The job %s has already been started.", job_id)
    return job_id


def cancel_job(storage: Storage, endpoint: Endpoint, job_id: str) -> None:
    """Cancel a job unless it has ended; outputs already written are kept. May be repeated."""
    key = WorkKey(TABLE, endpoint.id, job_id)
    _get_row(storage, key)
    cancel_work(storage, key)


def get_job(storage: Storage, endpoint: Endpoint, job_id: str) -> Job:
    """Return a job; NotFound if the endpoint has none with that id."""
    return read_job(storage, _get_row(storage, WorkKey(TABLE, endpoint.id, job_id)))


def job_status(storage: Storage, job: Job, *, now: datetime) -> dict[str, Any]:
    """Return a job's status as the API shows it, with fresh links to the results of a finished job."""
    work = job.work
    shown = State.NOT_STARTED if work.state is State.QUEUED else work.state
    return {
        "StatusCode": shown.value,
        "Results": _results(storage, job, now) if work.state is State.FINISHED else None,
        "Details": work.details or None,
        "CreatedAt": classic_time(work.created_at),
        "StartTime": optional_classic_time(work.started_at),
        "EndTime": optional_classic_time(work.ended_at),
        "Progress": asdict(work.progress) | {"queued": work.state is State.QUEUED},
    }


def _get_row(storage: Storage, key: WorkKey) -> Row:
    row = find_row(storage.table(TABLE), key.partition, key.key)
    if row is None:
        raise NotFound("JobNotFound", f"The endpoint has no job '{key.key}'.")
    return row


def _results(storage: Storage, job: Job, now: datetime) -> dict[str, Any]:
    results = {}
    for name, location in job.results.items():
        given = job.request.outputs.get(name)
        if given is None or given.base_location == storage.account_url:
            results[name] = own_blob(storage, location, now).to_json()
        elif given.connection_string is None:
            results[name] = given.to_json()
        else:
            results[name] = _link_with_account_key(storage, given, now).to_json()
    return results


def _link_with_account_key(storage: Storage, given: BlobReference, now: datetime) -> BlobReference:
    """Return a read link to an output in the caller's own account, signed with the account key from the request."""
    assert given.connection_string is not None
    account = BlobServiceClient.from_connection_string(expand_connection_string(given.connection_string))
    base = account.url.rstrip("/") + "/"
    key = getattr(account.credential, "account_key", None)
    if key is None:
        return BlobReference(given.relative_location, base)
    expires = now + storage.sas_lifetime
    token = make_sas_token(account, given.container, given.blob, now, expires, account_key=key)
    return BlobReference(given.relative_location, base, token)
