"""Batch jobs: create, start, status, cancel; and what a job does when its message comes.

Table `jobs`: partition key is the endpoint id, row key the job id; the columns of work.py, Definition and Resources
as of the creation, Request (sealed: it may hold connection strings) and Results (locations without secrets).

References
----------
Section 3 of the original's wire contract.
"""

import contextlib
import hashlib
import json
import logging
from dataclasses import asdict, dataclass, replace
from datetime import datetime
from typing import Any

from azure.storage.blob import BlobClient, BlobServiceClient

from studio.batch_scoring import ScoringTask
from studio.batch_training import train_outputs
from studio.blob_references import BlobReference, own_blob
from studio.challenges import submit_challenges
from studio.definitions import DATASET, TRAINING, Definition, get_definition
from studio.deployment import Deployment
from studio.endpoints import Endpoint, Resource, get_endpoint
from studio.errors import InvalidOperation, NotFound, StudioError
from studio.job_requests import JobRequest, read_job_request
from studio.keys import new_id, seal, unseal
from studio.rejections import reject_upload
from studio.rows import Row, change_row, find_row, insert_row
from studio.split_scoring import help_with_task, score_task
from studio.storage import expand_connection_string, make_sas_token
from studio.timestamps import classic_time, optional_classic_time
from studio.webservices import get_web_service
from studio.work import (
    Claim,
    Progress,
    State,
    WorkKey,
    announce_work,
    cancel_work,
    enqueue_work,
    new_work_row,
    read_progress,
    send_message,
)

# Classic: the oldest clients send no api-version and never start a job; newer ones without it do (reference 3.5).
SELF_START_SECONDS = 3
HELP_LATER_SECONDS = 1
DEFAULT_EXTENSIONS = {DATASET: ".csv"}
logger = logging.getLogger(__name__)


def submit_job(
    deployment: Deployment,
    endpoint: Endpoint,
    body: dict[str, Any],
    *,
    now: datetime,
    job_id: str | None = None,
    upload: str = "",
    policy: str = "",
    starts_itself: bool = False,
) -> str:
    """Check a request and record the job, not started; returns its id.

    Parameters
    ----------
    job_id
        An id of the caller's; a job that has it already is left as it is. None takes a new one.
    upload
        The uploaded blob (`container/path`) that asked for the job; it is rejected if the job fails on it.
    policy
        Id of the endpoint whose retraining policy asked for the job.
    starts_itself
        Whether the job starts in a few seconds without being asked to.
    """
    storage = deployment.storage
    definition = get_definition(storage, endpoint.definition)
    request = read_job_request(storage, definition, body, now=now)
    job_id = job_id or new_id()
    state = State.QUEUED if starts_itself else State.NOT_STARTED
    row = new_work_row(endpoint.id, job_id, state, now=now)
    row |= {
        "WorkspaceId": endpoint.workspace_id,
        "Definition": endpoint.definition,
        "Resources": json.dumps([asdict(resource) for resource in endpoint.resources]),
        "Request": seal(deployment.secret, request.to_text()),
        "Results": "",
        "Upload": upload,
        "Policy": policy,
        "StartsItself": starts_itself,
        "QueuedAt": now.isoformat() if starts_itself else "",
    }
    if starts_itself:
        announce_work(storage, WorkKey("jobs", endpoint.id, job_id))
    insert_row(storage.table("jobs"), row)
    if starts_itself:
        enqueue_work(storage, WorkKey("jobs", endpoint.id, job_id), SELF_START_SECONDS)
    return job_id


def start_job(deployment: Deployment, endpoint: Endpoint, job_id: str, *, now: datetime) -> None:
    """Enqueue a job; InvalidOperation (CannotStartJob) unless it is not started."""

    def start(row: Row) -> Row | None:
        if row["StartsItself"] and not State(row["State"]).is_final:
            return None
        if row["State"] != State.NOT_STARTED:
            raise InvalidOperation("CannotStartJob", f"The job is {row['State']}: only a new job can be started.")
        return row | {"State": State.QUEUED.value, "QueuedAt": now.isoformat()}

    key = WorkKey("jobs", endpoint.id, job_id)
    start(get_job(deployment, endpoint, job_id))
    announce_work(deployment.storage, key)
    change_row(deployment.storage.table("jobs"), endpoint.id, job_id, start)
    enqueue_work(deployment.storage, key)


def start_job_once(
    deployment: Deployment,
    endpoint: Endpoint,
    body: dict[str, Any],
    occasion: str,
    *,
    now: datetime,
    upload: str = "",
    policy: str = "",
) -> str:
    """Create and start the job of an occasion and return its id; the same occasion is the same job, started once."""
    job_id = hashlib.sha256(occasion.encode()).hexdigest()[:32]
    submit_job(deployment, endpoint, body, now=now, job_id=job_id, upload=upload, policy=policy)
    try:
        start_job(deployment, endpoint, job_id, now=now)
    except InvalidOperation:
        logger.info("The job %s is under way already.", job_id)
    return job_id


def cancel_job(deployment: Deployment, endpoint: Endpoint, job_id: str) -> None:
    """Cancel a job unless it has ended; its outputs stay. May be repeated."""
    get_job(deployment, endpoint, job_id)
    cancel_work(deployment.storage, WorkKey("jobs", endpoint.id, job_id))


def get_job(deployment: Deployment, endpoint: Endpoint, job_id: str) -> Row:
    """Return a job's row; NotFound if the endpoint has none of that id."""
    row = find_row(deployment.storage.table("jobs"), endpoint.id, job_id)
    if row is None:
        raise NotFound("JobNotFound", f"The endpoint has no job '{job_id}'.")
    return row


def job_status(deployment: Deployment, row: Row, *, now: datetime) -> dict[str, Any]:
    """Return the status object, with fresh links to the results of a finished job."""
    state = State(row["State"])
    shown = State.NOT_STARTED if state is State.QUEUED else state
    finished = state is State.FINISHED
    return {
        "StatusCode": shown.value,
        "Results": _results(deployment, row, now) if finished else None,
        "Details": row["Details"] or None,
        "CreatedAt": classic_time(row["CreatedAt"]),
        "StartTime": optional_classic_time(row["StartedAt"]),
        "EndTime": optional_classic_time(row["EndedAt"]),
        "Progress": asdict(read_progress(row)) | {"queued": state is State.QUEUED},
    }


def perform_job(deployment: Deployment, claim: Claim, *, now: datetime) -> None:
    """Train or score, write the outputs, and finish the job; an upload it fails on is rejected."""
    try:
        _perform(deployment, claim, now)
        _write_down(deployment, claim, State.FINISHED, "")
    except StudioError as error:
        _write_down(deployment, claim, State.FAILED, error.message)
        if claim.row["Upload"]:
            reject_upload(deployment.storage, claim.row["Upload"], error, now=now)
        raise


def help_with_job(deployment: Deployment, key: WorkKey) -> None:
    """Score parts of a running job that called for help by a message; does nothing once it has ended."""
    if deployment.scoring_turn.locked():
        # This process scores already: another may have time.
        send_message(deployment.storage, key, HELP_LATER_SECONDS)
        return
    job_id, _, output = key.key.partition("-")

    def find_running() -> Row | None:
        row = find_row(deployment.storage.table("jobs"), key.partition, job_id)
        return row if row is not None and row["State"] == State.RUNNING else None

    row = find_running()
    if row is not None:
        task = _scoring_task(deployment, row, _open_job(deployment, row), int(output))
        help_with_task(deployment, task, lambda: find_running() is not None)


@dataclass(frozen=True, slots=True)
class _OpenJob:
    """What a job works on: outputs by name."""

    definition: Definition
    request: JobRequest
    locations: dict[str, BlobReference]
    targets: dict[str, BlobClient]


def _open_job(deployment: Deployment, row: Row) -> _OpenJob:
    definition = get_definition(deployment.storage, row["Definition"])
    request = JobRequest.from_text(unseal(deployment.secret, row["Request"]))
    locations = {
        item.name: request.outputs.get(item.name)
        or BlobReference(
            f"experimentoutput/{row['RowKey']}/{item.name}{DEFAULT_EXTENSIONS.get(item.kind, '.ilearner')}"
        )
        for item in definition.outputs
    }
    targets = {name: _open_output(deployment, reference) for name, reference in locations.items()}
    return _OpenJob(definition, request, locations, targets)


def _perform(deployment: Deployment, claim: Claim, now: datetime) -> None:
    row = claim.row
    job = _open_job(deployment, row)
    if job.definition.kind == TRAINING:
        trained = train_outputs(
            deployment,
            job.definition,
            job.request,
            job.locations,
            job.targets,
            workspace_id=row["WorkspaceId"],
            job_id=row["RowKey"],
            progress=lambda done, total, step: claim.report(Progress(done, total, step)),
            now=now,
        )
        details = trained.details
        _challenge(deployment, row, trained.models, now)
    else:
        for number in range(len(job.definition.outputs)):
            _score_output(deployment, claim, job, number)
        details = None
    shown = {
        name: replace(item, sas_token=None, connection_string=None).to_json() for name, item in job.locations.items()
    }
    claim.finish(State.FINISHED, details, Results=json.dumps(shown))


def _score_output(deployment: Deployment, claim: Claim, job: _OpenJob, number: int) -> None:
    task = _scoring_task(deployment, claim.row, job, number)

    def call_for_help(helpers: int) -> None:
        for _ in range(helpers):
            send_message(deployment.storage, WorkKey("jobparts", claim.key.partition, task.id))

    score_task(
        deployment,
        task,
        call_for_help,
        lambda done, total, rows: claim.report(Progress(done, total, "Score Model", rows)),
    )


def _scoring_task(deployment: Deployment, row: Row, job: _OpenJob, number: int) -> ScoringTask:
    output = job.definition.outputs[number]
    resources = tuple(Resource(**item) for item in json.loads(row["Resources"]))
    model = next(resource.model for resource in resources if resource.name == output.resource)
    return ScoringTask(
        id=f"{row['RowKey']}-{number}",
        model=deployment.models.get(model),
        source=job.request.inputs[job.definition.inputs[0].name],
        target=job.targets[output.name],
        extension=job.locations[output.name].extension,
        append=output.appends(job.request.parameters),
    )


def _challenge(deployment: Deployment, row: Row, models: dict[str, str], now: datetime) -> None:
    """Let the new models challenge those in use where a retraining policy waited for this job."""
    with contextlib.suppress(NotFound):
        endpoint = get_endpoint(deployment.storage, row["WorkspaceId"], row["PartitionKey"])
        service = get_web_service(deployment.storage, endpoint.workspace_id, endpoint.service_id)
        submit_challenges(
            deployment,
            service,
            row["RowKey"],
            models,
            asked_by=row.get("Policy") or None,
            upload=row["Upload"],
            now=now,
        )


def _write_down(deployment: Deployment, claim: Claim, state: State, details: str) -> None:
    """Leave a record of the job's end if its endpoint, which may be gone, asks for diagnostics."""
    with contextlib.suppress(NotFound):
        endpoint = get_endpoint(deployment.storage, claim.row["WorkspaceId"], claim.row["PartitionKey"])
        deployment.diagnostics.write_job(endpoint, claim.row["RowKey"], state.value, details)


def _open_output(deployment: Deployment, reference: BlobReference) -> BlobClient:
    if reference.base_location or reference.connection_string:
        return reference.open()
    return deployment.storage.blobs.get_blob_client(reference.container, reference.blob)


def _results(deployment: Deployment, row: Row, now: datetime) -> dict[str, Any]:
    request = JobRequest.from_text(unseal(deployment.secret, row["Request"]))
    results = {}
    for name, item in json.loads(row["Results"]).items():
        given = request.outputs.get(name)
        if given is None or given.base_location == deployment.storage.account_url:
            results[name] = own_blob(deployment.storage, item["RelativeLocation"], now).to_json()
        elif given.connection_string is None:
            results[name] = given.to_json()
        else:
            results[name] = _link_by_key(deployment, given, now).to_json()
    return results


def _link_by_key(deployment: Deployment, given: BlobReference, now: datetime) -> BlobReference:
    """Return a read link to an output in the caller's own account, made with the key they gave."""
    assert given.connection_string is not None
    account = BlobServiceClient.from_connection_string(expand_connection_string(given.connection_string))
    base = account.url.rstrip("/") + "/"
    key = getattr(account.credential, "account_key", None)
    if key is None:
        return BlobReference(given.relative_location, base)
    expires = now + deployment.storage.sas_lifetime
    token = make_sas_token(account, given.container, given.blob, now, expires, account_key=key)
    return BlobReference(given.relative_location, base, token)
