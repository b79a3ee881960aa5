"""Retraining by a policy: on its schedule, when its dataset has enough new rows, when rows drift, or on request."""

import logging
from dataclasses import replace
from datetime import datetime
from typing import Any

from studio.datasets.workspace_data import WorkspaceData
from studio.errors import NotFound, StudioError
from studio.jobs.jobs import Origin, start_job_once
from studio.monitoring.drift import MAX_TOLD, drift_subject
from studio.monitoring.drift_trigger import find_drift
from studio.registry.definitions import get_definition
from studio.registry.endpoints import DEFAULT, Endpoint, get_endpoint, get_named_endpoint
from studio.rollout.policies import ROWS, Policy, get_policy, model_in_use, next_time
from studio.rollout.training_data import training_input
from studio.storage.account import Storage
from studio.storage.event_log import DRIFT_DETECTED, Notice, emit
from studio.tables.typed_files import typed_table
from studio.work.schedules import NEVER, Schedule, move_schedule, tell_skipped

# The others have a row a line.
BINARY = (".parquet", ".npy", ".npz")
logger = logging.getLogger(__name__)


def try_policy(storage: Storage, policy: Policy, data: str | None, *, now: datetime) -> str:
    """Start a policy's training job now and return the job's id; the new model challenges the current one.

    Parameters
    ----------
    data
        Name of the dataset to train on; None for the policy's own.
    """
    return _train(storage, policy, data or policy.training_data, f"try at {now.isoformat()}", now)


def run_due_policy(storage: Storage, schedule: Schedule, *, now: datetime) -> None:
    """Retrain, count rows or look for drift; each due time starts at most one job, however often this runs."""
    try:
        endpoint = get_endpoint(storage, schedule.workspace_id, schedule.key)
        policy = get_policy(storage, endpoint)
    except NotFound:
        logger.info("The endpoint %s or its policy has been deleted.", schedule.key)
        move_schedule(storage, replace(schedule, next_at=NEVER))
        return
    moved = replace(schedule, next_at=next_time(policy, now), last_at=schedule.next_at)
    try:
        if policy.trigger == ROWS:
            moved = _count_rows(storage, policy, moved, now)
        elif policy.drift:
            moved = _answer_drift(storage, endpoint, policy, moved, now)
        else:
            job = _train(storage, policy, policy.training_data, f"due at {schedule.next_at}", now)
            moved = replace(moved, last_run=job, skipped="")
    except StudioError as error:
        tell_skipped(storage, schedule, error.message, now=now)
        moved = replace(moved, skipped=error.message)
    move_schedule(storage, moved)


def _count_rows(storage: Storage, policy: Policy, schedule: Schedule, now: datetime) -> Schedule:
    """Train if the dataset has gained the policy's number of rows since the last training; count only if it changed."""
    data, name = WorkspaceData(storage, policy.workspace_id), str(policy.training_data)
    version = data.dataset_version(name)
    # Data that does not tell when it changes is counted each time.
    if version is not None and version == schedule.cursor.get("version"):
        return replace(schedule, skipped=schedule.skipped or f"'{name}' has not changed")
    rows = sum(count_rows(*file) for file in data.unpack(data.read_dataset(name)))
    # The first check only counts: existing rows are assumed to have been trained on.
    before = schedule.cursor.get("rows", rows)
    if rows - before < policy.rows:
        cursor = {"version": version, "rows": min(before, rows)}
        return replace(schedule, cursor=cursor, skipped=f"{rows - before} of {policy.rows} new rows in '{name}'")
    job = _train(storage, policy, name, f"version {version}" if version else f"due at {schedule.next_at}", now)
    return replace(schedule, cursor={"version": version, "rows": rows}, last_run=job, skipped="")


def _answer_drift(storage: Storage, endpoint: Endpoint, policy: Policy, schedule: Schedule, now: datetime) -> Schedule:
    """Train once for a drift: again only if the model has changed, or nothing drifted in between."""
    assert policy.drift is not None
    model = model_in_use(endpoint, policy)
    found = find_drift(storage, endpoint, model, policy.drift, now=now)
    if not found.drifts:
        cursor = {} if found.drifts is False else schedule.cursor
        return replace(schedule, cursor=cursor, skipped=found.why)
    if schedule.cursor.get("model") == model:
        return replace(schedule, skipped=f"{found.why}; training began for it at {schedule.cursor['at']}")
    job = _train(storage, policy, policy.training_data, f"drift {model} since {found.since}", now)
    data = {
        "endpointId": endpoint.id,
        "webServiceId": endpoint.service_id,
        "endpoint": endpoint.name,
        "model": model,
        "columns": list(found.columns[:MAX_TOLD]),
        "since": found.since,
        "policy": True,
        "jobId": job,
    }
    key = f"{endpoint.id}/{model}/policy/{found.since}"
    notice = Notice(DRIFT_DETECTED, drift_subject(endpoint), data, key, now.isoformat())
    emit(storage, endpoint.workspace_id, notice, must=True)
    return replace(schedule, cursor={"model": model, "at": now.isoformat()}, last_run=job, skipped="")


def count_rows(name: str, content: bytes) -> int:
    """Return how many rows a file has; of a text, its lines without the first."""
    extension = f".{name.rpartition('.')[2].lower()}"
    if extension in BINARY:
        return int(typed_table(content, extension).num_rows)
    return max(0, content.rstrip(b"\n").count(b"\n"))


def _train(storage: Storage, policy: Policy, data: str | None, idempotency_key: str, now: datetime) -> str:
    """Start a policy's training job; a repeated call with the same idempotency key returns the same job."""
    trainer = _trainer(storage, policy)
    definition = get_definition(storage, trainer.definition)
    body: dict[str, Any] = {"GlobalParameters": policy.parameters}
    by = f"retraining policy (endpoint {policy.endpoint_id})"
    origin = Origin(f"{policy.endpoint_id}/{idempotency_key}", policy=policy.endpoint_id, by=by)
    if definition.inputs and data:
        endpoint = get_endpoint(storage, policy.workspace_id, policy.endpoint_id)
        model = model_in_use(endpoint, policy)
        reference = training_input(storage, endpoint, model, data, origin.job_id(), now=now)
        body["Inputs"] = {definition.inputs[0].name: reference.to_json()}
    return start_job_once(storage, trainer, body, origin, now=now)


def _trainer(storage: Storage, policy: Policy) -> Endpoint:
    return get_named_endpoint(storage, policy.workspace_id, policy.training_service_id, DEFAULT)
