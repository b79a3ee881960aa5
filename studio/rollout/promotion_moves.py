"""Moving promotion plans: a candidate answers a share of the rows that grows step by step, or goes back when worse.

The app's timer moves a plan once a minute. Each step is three writes: the plan's row says that it is about to change
the endpoint and what the endpoint looks like before (Phase.ENTERING), the endpoint changes under its ETag, and the row
says that the step has begun (Phase.INSIDE). A process that dies in between leaves an endpoint that answers and a row
that says how to go on: the next tick sees whether the endpoint was changed already. What somebody else changes
meanwhile stays, and the plan stops.
"""

import hashlib
import logging
from dataclasses import replace
from datetime import datetime, timedelta

from studio.errors import Conflict, NotFound
from studio.registry.deployments import (
    NONE,
    Deployment,
    Deployments,
    Resource,
    deployments_to_json,
    models_id,
)
from studio.registry.endpoints import Endpoint, get_endpoint
from studio.registry.history import Cause
from studio.rollout.promotion_gate import Verdict, counts_so_far, judge_step
from studio.rollout.promotion_plan import KIND, Phase, Place, Plan, PlanState, find_plan, write_plan
from studio.rollout.shadow import begin_shadow
from studio.rollout.traffic import promote, set_deployments
from studio.storage.account import Storage
from studio.storage.event_log import PROMOTION_ROLLED_BACK, PROMOTION_STEP, Notice, emit
from studio.work.schedules import Schedule, delete_schedule, put_schedule

BY = "promotion plan"
TICK = timedelta(minutes=1)
STOPPED_BY = "stopped by"
# A tick goes on while there is something to do at once; each step takes two turns.
MAX_TURNS = 50
logger = logging.getLogger(__name__)


def run_due_promotion(storage: Storage, schedule: Schedule, *, now: datetime) -> None:
    """Move the plan of a due schedule as far as it goes now."""
    move_plan(storage, schedule.workspace_id, schedule.key, now=now)


def move_plan(storage: Storage, workspace_id: str, endpoint_id: str, *, now: datetime) -> None:
    """Move an endpoint's plan as far as it goes now; may be called at any time, by several processes at once."""
    for _ in range(MAX_TURNS):
        plan = find_plan(storage, workspace_id, endpoint_id)
        if plan is None or plan.state is not PlanState.RUNNING:
            delete_schedule(storage, KIND, workspace_id, endpoint_id)
            return
        if not _turn(storage, plan, now):
            break
    put_schedule(storage, Schedule(KIND, workspace_id, endpoint_id, (now + TICK).isoformat()))


def _turn(storage: Storage, plan: Plan, now: datetime) -> bool:
    """Do the next thing of a plan; return whether there may be more to do at once."""
    try:
        endpoint = get_endpoint(storage, plan.workspace_id, plan.endpoint_id)
    except NotFound:
        return _end(storage, plan, PlanState.STOPPED, "the endpoint was deleted", now)
    try:
        if plan.place.phase is Phase.ENTERING:
            return _enter(storage, plan, endpoint, now)
        if plan.place.phase is Phase.LEAVING:
            return _leave(storage, plan, endpoint, now)
    except Conflict:
        # The endpoint was changed since it was read, by another process that moves the plan or by somebody else.
        return True
    if fingerprint(endpoint) != _after_step(plan, plan.place.step, endpoint):
        return _end(storage, plan, PlanState.STOPPED, _changed_by(endpoint), now)
    return _judge(storage, plan, endpoint, now)


def _enter(storage: Storage, plan: Plan, endpoint: Endpoint, now: datetime) -> bool:
    """Change the endpoint for a step, unless a process did that and died; then say that the step has begun."""
    number, steps = plan.place.step, plan.steps
    at_end = number == len(steps)
    seen = plan.figures[-1]["Why"] if plan.figures else ""
    if at_end:
        cause = Cause(BY, "promotion", _sentence(f"{plan.name} passed all {len(steps)} steps", seen, plan.why))
    else:
        text = f"step {number + 1} of {len(steps)}, {plan.name}: {steps[number].text}"
        cause = Cause(BY, "promotion", _sentence(text, seen, plan.why))

    found, after = fingerprint(endpoint), _after_step(plan, number, endpoint)
    if found not in (after, plan.place.expected):
        return _end(storage, plan, PlanState.STOPPED, _changed_by(endpoint), now)
    changed = endpoint
    if found != after and at_end:
        changed = promote(storage, endpoint, plan.name, cause, now=now)
    elif found != after:
        changed = _change(storage, plan, endpoint, number, cause, now)
    _tell(storage, plan, changed, PROMOTION_STEP, "promoted" if at_end else steps[number].text, cause.why, now)
    if at_end:
        return _end(storage, plan, PlanState.PROMOTED, cause.why, now)
    before = counts_so_far(storage, changed, plan, now)
    place = Place(number, Phase.INSIDE, fingerprint(changed), now.isoformat(), before)
    return _write(storage, replace(plan, place=place))


def _change(storage: Storage, plan: Plan, endpoint: Endpoint, number: int, cause: Cause, now: datetime) -> Endpoint:
    """Give the endpoint the deployments of a step."""
    deployments = _deployments(plan, number)
    if deployments.shadow is not None:
        return begin_shadow(storage, endpoint, deployments.shadow, cause, now, now=now)
    return set_deployments(storage, endpoint, deployments, cause, now=now)


def _judge(storage: Storage, plan: Plan, endpoint: Endpoint, now: datetime) -> bool:
    """Look at what a step has shown: go on to the next, go back, or keep the figures and wait."""
    number = plan.place.step
    judged = judge_step(storage, plan, endpoint, now)
    figures = (*plan.figures[:number], judged.figures | {"Verdict": judged.verdict.value, "Why": judged.why})
    seen = replace(plan, figures=figures)
    if judged.verdict is Verdict.FAILED:
        return _write(storage, leaving(seen, endpoint, f"step {number + 1}: {judged.why}"))
    if judged.verdict is Verdict.PASSED:
        return _write(storage, replace(seen, place=Place(number + 1, Phase.ENTERING, fingerprint(endpoint))))
    if seen != plan:
        _write(storage, seen)
    return False


def _leave(storage: Storage, plan: Plan, endpoint: Endpoint, now: datetime) -> bool:
    """Have the current models answer all rows again, unless a process did that and died; then end the plan."""
    if models_id(endpoint.resources) == models_id(plan.candidate):
        return _end(storage, plan, PlanState.PROMOTED, "promoted before it could be stopped", now)
    found, changed = fingerprint(endpoint), endpoint
    if endpoint.deployments != NONE:
        # Another process may have begun a step when the plan was stopped.
        steps = range(max(0, plan.place.step - 1), min(plan.place.step + 1, len(plan.steps)))
        own = {plan.place.expected, *(_after_step(plan, number, endpoint) for number in steps)}
        if found not in own:
            return _end(storage, plan, PlanState.STOPPED, _changed_by(endpoint), now)
        cause = Cause(BY, "promotion", _sentence(f"{plan.name} taken back", plan.details))
        changed = set_deployments(storage, endpoint, NONE, cause, now=now)
    if plan.details.startswith(STOPPED_BY):
        return _end(storage, plan, PlanState.STOPPED, plan.details, now)
    _tell(storage, plan, changed, PROMOTION_ROLLED_BACK, "rolled back", plan.details, now)
    return _end(storage, plan, PlanState.ROLLED_BACK, plan.details, now)


def leaving(plan: Plan, endpoint: Endpoint, details: str) -> Plan:
    """Return a plan that is about to take its candidate back."""
    return replace(plan, details=details, place=Place(plan.place.step, Phase.LEAVING, fingerprint(endpoint)))


def _end(storage: Storage, plan: Plan, state: PlanState, details: str, now: datetime) -> bool:
    return _write(storage, replace(plan, state=state, details=details, ended_at=now.isoformat()))


def _write(storage: Storage, plan: Plan) -> bool:
    """Replace a plan's row; True also if another process was faster, since there is more to do then."""
    if not write_plan(storage, plan):
        logger.info("The promotion plan %s was moved by another process.", plan.id)
    return True


def _deployments(plan: Plan, number: int) -> Deployments:
    """Return the deployments of an endpoint in a step."""
    step = plan.steps[number]
    if step.shadow:
        return Deployments(shadow=Deployment(plan.name, 0, plan.candidate))
    return Deployments((Deployment(plan.name, step.share, plan.candidate),), plan.header, plan.column)


def _after_step(plan: Plan, number: int, endpoint: Endpoint) -> str:
    """Return what tells the endpoint in a step; after the last, with the candidate's models as its own."""
    if number == len(plan.steps):
        return _fingerprint(plan.candidate, NONE, endpoint.definition)
    return _fingerprint(endpoint.resources, _deployments(plan, number), endpoint.definition)


def fingerprint(endpoint: Endpoint) -> str:
    """Return what tells the models, shares and definition of an endpoint from all others."""
    return _fingerprint(endpoint.resources, endpoint.deployments, endpoint.definition)


def _fingerprint(resources: tuple[Resource, ...], deployments: Deployments, definition: str) -> str:
    text = f"{models_id(resources)}/{deployments_to_json(deployments)}/{definition}"
    return hashlib.sha256(text.encode()).hexdigest()[:32]


def _changed_by(endpoint: Endpoint) -> str:
    change = endpoint.change
    return f"the endpoint was changed by {change.by}: {change.action}, {change.why}"[:500]


def _sentence(*parts: str) -> str:
    return "; ".join(part for part in parts if part)


def _tell(storage: Storage, plan: Plan, endpoint: Endpoint, type_: str, what: str, why: str, now: datetime) -> None:
    data = {
        "endpointId": endpoint.id,
        "endpoint": endpoint.name,
        "plan": plan.id,
        "deployment": plan.name,
        "step": plan.place.step + 1,
        "steps": len(plan.steps),
        "what": what,
        "why": why,
        "versions": {item.name: item.version for item in plan.candidate},
    }
    subject = f"services/{endpoint.service_id}/endpoints/{endpoint.name}"
    key = f"{plan.id}/{plan.place.step}/{plan.place.phase.value}"
    emit(storage, plan.workspace_id, Notice(type_, subject, data, key, now.isoformat()), must=True)
