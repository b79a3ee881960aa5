"""Promotion plans as clients ask for them: started, shown, stopped. promotion_moves.py moves them."""

from datetime import datetime
from typing import Any

from studio.errors import BadArgument, Conflict, NotFound
from studio.registry.deployments import CURRENT, Deployment, models_id
from studio.registry.endpoints import NAME, Endpoint, get_endpoint
from studio.rollout.candidates import check_may_split, receive_candidate
from studio.rollout.promotion_moves import STOPPED_BY, fingerprint, leaving, move_plan
from studio.rollout.promotion_plan import (
    KIND,
    TABLE,
    Phase,
    Place,
    Plan,
    PlanState,
    find_plan,
    plan_to_row,
    write_plan,
)
from studio.rollout.promotion_steps import Step, check_metrics, read_steps
from studio.rollout.shadow import check_shadow
from studio.rollout.traffic import read_key, shares_text
from studio.rollout.update_resource import check_takes_models
from studio.serving.app import App
from studio.storage.account import Storage
from studio.storage.keys import new_id
from studio.storage.rows import delete_row, find_row, insert_row, replace_row
from studio.wire import invalid_value, read_text
from studio.work.schedules import Schedule, delete_schedule, put_schedule


def put_promotion(app: App, endpoint: Endpoint, body: dict[str, Any], *, by: str, now: datetime) -> Plan:
    """Check a plan, store it and begin its first step; return it.

    Parameters
    ----------
    body
        `Candidate`, as receive_candidate takes it; `Steps` and `Gate` (promotion_steps.py); `Name` of the deployment,
        `candidate` by default; `Key` as for traffic; `Why` for the history.

    Raises
    ------
    BadArgument, Conflict, InvalidOperation, NotFound, TooLarge
        If something is invalid, the candidate fails a check, or a plan or a split is on its way. Nothing changes then.
    """
    check_takes_models(app.storage, endpoint)
    check_may_split(endpoint)
    steps, why = read_steps(body.get("Steps"), body.get("Gate")), read_text(body.get("Why") or "", "Why")
    name = read_plan_name(body.get("Name"))
    key = read_key(app.storage, endpoint, body.get("Key") or {})
    candidate = receive_candidate(app, endpoint, body.get("Candidate"), "Candidate", by=by, now=now)
    check_needs(app, endpoint, Deployment(name, 0, candidate), steps)
    plan = Plan(
        endpoint.workspace_id,
        endpoint.id,
        new_id(),
        PlanState.RUNNING,
        now.isoformat(),
        by,
        why,
        name,
        candidate,
        *key,
        steps,
        Place(0, Phase.ENTERING, fingerprint(endpoint)),
    )
    start_plan(app.storage, endpoint, plan, now=now)
    move_plan(app.storage, endpoint.workspace_id, endpoint.id, now=now)
    app.snapshots.replace(get_endpoint(app.storage, endpoint.workspace_id, endpoint.id))
    return get_promotion(app.storage, endpoint)


def read_plan_name(given: Any) -> str:
    """Return the name of the deployment that a plan moves; BadArgument if it is none."""
    name = str(given or "candidate").lower()
    if not NAME.fullmatch(name) or name == CURRENT:
        raise invalid_value("Name", f"up to 24 letters and digits, not {CURRENT}", name[:100])
    return name


def check_needs(app: App, endpoint: Endpoint, candidate: Deployment, steps: tuple[Step, ...]) -> None:
    """Raise BadArgument or InvalidOperation unless the log, and the metrics, that the steps look at are there."""
    known = [name for item in candidate.resources for name in app.models.get(item.model).file.manifest.metrics]
    if known:
        check_metrics(steps, known)
    if any(step.needs_log for step in steps):
        check_shadow(app, endpoint, candidate)


def start_plan(storage: Storage, endpoint: Endpoint, plan: Plan, *, now: datetime) -> None:
    """Store a new plan and have the timer move it; Conflict if one is on its way or several models share the rows."""
    if endpoint.deployments.others:
        text = f"'{endpoint.name}' has further deployments: {shares_text(endpoint.deployments)}. End that first."
        raise Conflict("PromotionInProgress", text, endpoint.name)
    if models_id(plan.candidate) == models_id(endpoint.resources):
        raise BadArgument("BadParameterValue", "The endpoint already uses the candidate's models.", "Candidate")
    known = find_row(storage.table(TABLE), endpoint.workspace_id, endpoint.id)
    if known is not None and known["State"] == PlanState.RUNNING:
        raise _in_progress(endpoint)
    # The timer finds a plan by this row, so it is there before; without a plan it is deleted again.
    put_schedule(storage, Schedule(KIND, endpoint.workspace_id, endpoint.id, now.isoformat()))
    table, row = storage.table(TABLE), plan_to_row(plan)
    stored = insert_row(table, row) if known is None else replace_row(table, row, known["etag"])
    if not stored:
        raise _in_progress(endpoint)


def _in_progress(endpoint: Endpoint) -> Conflict:
    text = f"A promotion plan is on its way at '{endpoint.name}'. Delete it first (DELETE …/promotion), or wait."
    return Conflict("PromotionInProgress", text, endpoint.name)


def get_promotion(storage: Storage, endpoint: Endpoint) -> Plan:
    """Return the latest plan of an endpoint; NotFound if it never had one."""
    plan = find_plan(storage, endpoint.workspace_id, endpoint.id)
    if plan is None:
        raise NotFound("PromotionNotFound", f"The endpoint '{endpoint.name}' has no promotion plan.")
    return plan


def stop_promotion(app: App, endpoint: Endpoint, *, by: str, now: datetime) -> None:
    """Stop the plan that is on its way, if one is: the current models answer all rows again. May be repeated."""
    plan = find_plan(app.storage, endpoint.workspace_id, endpoint.id)
    while plan is not None and plan.state is PlanState.RUNNING and plan.place.phase is not Phase.LEAVING:
        write_plan(app.storage, leaving(plan, endpoint, f"{STOPPED_BY} {by}"))
        plan = find_plan(app.storage, endpoint.workspace_id, endpoint.id)
    move_plan(app.storage, endpoint.workspace_id, endpoint.id, now=now)
    app.snapshots.replace(get_endpoint(app.storage, endpoint.workspace_id, endpoint.id))


def delete_promotion(storage: Storage, endpoint: Endpoint) -> None:
    """Delete the plan of an endpoint that is deleted; may be repeated."""
    delete_schedule(storage, KIND, endpoint.workspace_id, endpoint.id)
    delete_row(storage.table(TABLE), endpoint.workspace_id, endpoint.id)
