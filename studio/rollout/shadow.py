"""A candidate in the shadow: it scores what the endpoint scored, from the prediction log, and answers nobody.

The endpoint's row says that there is one (Deployments.shadow); the history has it, a change of the models ends it. The
app's timer sends a slice of the log to the queue once a minute (shadow_scoring.py does it), and looks once an hour for
endpoints whose shadow it does not look after, such as one that a rollback brought back.
"""

from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

from studio.errors import BadArgument, NotFound
from studio.monitoring.log_pages import moment_or_ago
from studio.monitoring.metrics import LiveMetrics, live_metrics, live_metrics_object
from studio.registry.deployments import CURRENT, Deployment, Resource
from studio.registry.endpoints import NAME, Endpoint, get_endpoint
from studio.registry.history import Cause
from studio.rollout.candidates import check_may_split, receive_candidate
from studio.rollout.shadow_scoring import check_log_keeps, pairs_of
from studio.rollout.shadow_state import (
    KIND,
    TABLE,
    ShadowState,
    close_state,
    delete_state,
    find_state,
    mark_text,
    open_state,
    schedule_shadow,
    shadow_key,
    work_key,
)
from studio.rollout.traffic import set_deployments
from studio.rollout.update_resource import check_takes_models
from studio.serving.app import App
from studio.storage.account import Storage
from studio.storage.rows import query_rows, replace_row
from studio.wire import classic_time, invalid_value, optional_classic_time, read_text
from studio.work.queue import enqueue_work, record_outbox
from studio.work.schedules import Schedule, delete_schedule, list_schedules, move_schedule
from studio.work.state import State

# Processes write the rows that they scored within seconds.
SETTLED, TICK = timedelta(minutes=1), timedelta(minutes=1)
# After a slice that failed, and before a schedule counts as left over whose endpoint has no shadow.
RETRY, UNSURE = timedelta(minutes=15), timedelta(minutes=10)
# A slice may take a tenth of the time between two.
REST = 10
MAX_BACK = timedelta(days=366)


def put_shadow(app: App, endpoint: Endpoint, body: dict[str, Any], *, by: str, now: datetime) -> Endpoint:
    """Have a candidate score what the endpoint scores, or another one than before; return the endpoint.

    Parameters
    ----------
    body
        `Candidate`, as receive_candidate takes it; `Name` of the deployment, `candidate` by default; `Since`: from
        when on rows of the log are scored, in ISO 8601 or so long ago (`7d`), now by default; `Why` for the history.

    Raises
    ------
    BadArgument, Conflict, InvalidOperation, NotFound, TooLarge
        If something is invalid, a model fails a check, or the log does not keep what the candidate takes.
    """
    check_takes_models(app.storage, endpoint)
    check_may_split(endpoint)
    why = read_text(body.get("Why") or "", "Why")
    name = read_name(endpoint, body.get("Name"))
    since = _since(body.get("Since"), now)
    check_log_keeps(app, endpoint, [])
    candidate = receive_candidate(app, endpoint, body.get("Candidate"), "Candidate", by=by, now=now)
    shadow = Deployment(name, 0, candidate)
    check_shadow(app, endpoint, shadow)
    text = f"{name} ({versions_text(candidate)}) in the shadow"
    changed = begin_shadow(
        app.storage, endpoint, shadow, Cause(by, "shadow", f"{text}: {why}" if why else text), since or now, now=now
    )
    if since is not None:
        open_state(app.storage, endpoint.workspace_id, endpoint.id, shadow, since, anew=True, now=now)
    app.snapshots.replace(changed)
    return changed


def check_shadow(app: App, endpoint: Endpoint, shadow: Deployment) -> None:
    """Raise BadArgument or InvalidOperation unless a candidate can score what the endpoint's log has."""
    pairs = list(pairs_of(app, endpoint, shadow))
    if not pairs:
        raise BadArgument("BadParameterValue", "The endpoint already uses the candidate's models.", "Candidate")
    check_log_keeps(app, endpoint, pairs)


def begin_shadow(
    storage: Storage, endpoint: Endpoint, shadow: Deployment, cause: Cause, since: datetime, *, now: datetime
) -> Endpoint:
    """Give an endpoint a candidate in the shadow, which the timer looks after; whole wherever the process dies."""
    schedule_shadow(storage, endpoint.workspace_id, endpoint.id, shadow, since, now)
    changed = set_deployments(storage, endpoint, replace(endpoint.deployments, shadow=shadow), cause, now=now)
    open_state(storage, endpoint.workspace_id, endpoint.id, shadow, since, now=now)
    return changed


def stop_shadow(app: App, endpoint: Endpoint, *, by: str, now: datetime) -> Endpoint:
    """End the shadow of an endpoint, if it has one; what was compared stays. May be repeated."""
    shadow, changed = endpoint.deployments.shadow, endpoint
    if shadow is not None:
        cause = Cause(by, "shadow", f"{shadow.name} no longer in the shadow")
        changed = set_deployments(app.storage, endpoint, replace(endpoint.deployments, shadow=None), cause, now=now)
        app.snapshots.replace(changed)
    close_state(app.storage, endpoint.workspace_id, endpoint.id, now=now)
    delete_schedule(app.storage, KIND, endpoint.workspace_id, endpoint.id)
    return changed


def delete_shadow(storage: Storage, endpoint: Endpoint) -> None:
    """Delete what is known of the shadow of an endpoint that is deleted; may be repeated."""
    delete_schedule(storage, KIND, endpoint.workspace_id, endpoint.id)
    delete_state(storage, endpoint.workspace_id, endpoint.id)


def read_name(endpoint: Endpoint, given: Any) -> str:
    """Return the name of a deployment in the shadow; BadArgument if the endpoint has one of that name that answers."""
    name = str(given or "candidate").lower()
    if not NAME.fullmatch(name) or name == CURRENT:
        raise invalid_value("Name", f"up to 24 letters and digits, not {CURRENT}", name[:100])
    if any(item.name == name for item in endpoint.deployments.others):
        raise invalid_value("Name", "the name of no deployment that answers; give another", name)
    return name


def _since(given: Any, now: datetime) -> datetime | None:
    if given is None:
        return None
    if not isinstance(given, str):
        raise invalid_value("Since", "a time in ISO 8601, or so long ago, such as 7d", given)
    since = moment_or_ago("Since", given, now=now)
    if not now - MAX_BACK <= since <= now:
        raise invalid_value("Since", f"a time of the last {MAX_BACK.days} days", given)
    return since


def versions_text(resources: tuple[Resource, ...]) -> str:
    """Return the versions of models in words."""
    return ", ".join(f"version {item.version}" for item in resources)


def run_due_shadow(storage: Storage, schedule: Schedule, *, now: datetime) -> None:
    """Send the next slice of the log to the queue, unless one is on its way; put away what has no shadow any more."""
    workspace_id, key, cursor = schedule.workspace_id, schedule.key, schedule.cursor
    try:
        endpoint = get_endpoint(storage, workspace_id, key)
    except NotFound:
        delete_schedule(storage, KIND, workspace_id, key)
        delete_state(storage, workspace_id, key)
        return
    shadow = endpoint.deployments.shadow
    if shadow is None:
        # The process that asked for it may be about to change the endpoint.
        if datetime.fromisoformat(cursor["asked"]) + UNSURE < now:
            close_state(storage, workspace_id, key, now=now)
            delete_schedule(storage, KIND, workspace_id, key)
        return
    asked = cursor["candidate"] == shadow_key(shadow)
    since = datetime.fromisoformat(cursor["since"]) if asked else now
    # It may have ended since the endpoint was read.
    row = open_state(storage, workspace_id, key, shadow, since, still=lambda: _has(storage, endpoint, shadow), now=now)
    if row is None:
        return
    wait = max(TICK, REST * timedelta(seconds=float(row["Seconds"])))
    state, until = State(row["State"]), now - SETTLED
    rests = state is State.FAILED and datetime.fromisoformat(row["EndedAt"]) + RETRY > now
    due = datetime.fromisoformat(row["Mark"]) < until and endpoint.prediction_log is not None
    if state not in (State.QUEUED, State.RUNNING) and due and not rests:
        work = work_key(workspace_id, key)
        record_outbox(storage, work)
        asked_for = {"State": State.QUEUED.value, "Until": mark_text(until), "LeaseUntil": now.isoformat()}
        fresh = {"Attempt": 0, "StartedAt": "", "EndedAt": ""}
        if replace_row(storage.table(TABLE), row | asked_for | fresh, row["etag"]):
            enqueue_work(storage, work)
    move_schedule(storage, replace(schedule, next_at=(now + wait).isoformat(), last_at=now.isoformat()))


def _has(storage: Storage, endpoint: Endpoint, shadow: Deployment) -> bool:
    """Return whether an endpoint has a candidate in the shadow at this moment."""
    return get_endpoint(storage, endpoint.workspace_id, endpoint.id).deployments.shadow == shadow


def watch_shadows(storage: Storage, *, now: datetime) -> int:
    """Look after the shadows of endpoints that no schedule has, and return how many; may be repeated."""
    new = 0
    known: dict[str, set[str]] = {}
    for row in query_rows(storage.table("endpoints"), "Deployments gt ''", ["PartitionKey", "RowKey"]):
        workspace, key = row["PartitionKey"], row["RowKey"]
        if workspace not in known:
            known[workspace] = {item.key for item in list_schedules(storage, KIND, workspace)}
        if key not in known[workspace]:
            new += keep_shadow(storage, get_endpoint(storage, workspace, key), now=now)
    return new


def keep_shadow(storage: Storage, endpoint: Endpoint, *, now: datetime) -> bool:
    """Have the timer look after the shadow of an endpoint, if it has one, from now on; return whether it has."""
    shadow = endpoint.deployments.shadow
    if shadow is not None:
        schedule_shadow(storage, endpoint.workspace_id, endpoint.id, shadow, now, now)
    return shadow is not None


def get_shadow_state(storage: Storage, endpoint: Endpoint) -> ShadowState:
    """Return what is known of an endpoint's shadow, or of its last one; NotFound if it never had any."""
    state = find_state(storage, endpoint.workspace_id, endpoint.id)
    if state is None:
        raise NotFound("ShadowNotFound", f"The endpoint '{endpoint.name}' has no candidate in the shadow.")
    return state


def shadow_object(app: App, endpoint: Endpoint, *, now: datetime) -> dict[str, Any]:
    """Return the shadow of an endpoint as the API shows it, with what was compared and the live metrics of both."""
    state = get_shadow_state(app.storage, endpoint)
    shadow = endpoint.deployments.shadow
    running = shadow is not None and shadow_key(shadow) == state.candidate and not state.closed
    models = [] if shadow is None or not running else list(shadow.resources)
    since = datetime.fromisoformat(state.since)
    found = live_metrics(app.storage, endpoint, since=since, until=now)
    name = state.candidate.partition("/")[0]
    return {
        "State": "Running" if running else "Ended",
        "Details": _lacks(endpoint, state) if running else None,
        "Deployment": name,
        "Models": [{"Name": item.name, "Version": item.version, "Model": item.model} for item in models],
        "Since": classic_time(state.since),
        "ScoredUntil": classic_time(state.mark),
        "EndedAt": optional_classic_time(state.closed),
        "Rows": state.rows,
        "Failed": state.failed,
        "Outputs": [{"Output": output} | item.to_object() for output, item in sorted(state.compared.items())],
        **_metrics_object(found, name),
    }


def _lacks(endpoint: Endpoint, state: ShadowState) -> str | None:
    if endpoint.prediction_log is None:
        return "The prediction log is off, so no row is scored."
    return state.details or None


def _metrics_object(found: list[LiveMetrics], name: str) -> dict[str, Any]:
    """Return the live metrics of the current models and the candidate's, by day."""
    mine = [item for item in found if item.deployment in (CURRENT, name)]
    return {"LiveMetrics": live_metrics_object(mine)["Days"]}
