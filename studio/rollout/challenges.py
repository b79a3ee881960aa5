"""Challenges: hold-out checks that compare a new model with the one an endpoint uses, on the same rows.

Table `challenges`: partition key is the endpoint id, row key a digest of the training job's id and the endpoint's; the
columns of studio/work/state.py, WorkspaceId, JobId, Reason (what started the training), Model (hash of the challenger),
Outcome (JSON).
"""

import hashlib
import json
from dataclasses import asdict, dataclass, replace
from datetime import datetime
from typing import Any

from studio.errors import Conflict, NotFound
from studio.registry.endpoints import Endpoint, get_endpoint
from studio.registry.models import model_path, register_model
from studio.registry.web_services import get_web_service
from studio.rollout.comparison import compare_models, read_held_back
from studio.rollout.gate import Outcome, judge
from studio.rollout.policies import DRIFT, SCHEDULE, UPLOAD, Policy, find_policy, list_endpoints_trained_by
from studio.rollout.policy_promotion import PolicyPromotion, begin_policy_promotion
from studio.rollout.update_resource import patch_endpoint
from studio.serving.app import App
from studio.storage.account import Storage
from studio.storage.blobs import own_blob
from studio.storage.rows import Row, insert_row, list_rows
from studio.wire import classic_time, optional_classic_time
from studio.work.leases import Claim
from studio.work.queue import enqueue_work, record_outbox
from studio.work.state import Progress, State, Work, WorkKey, new_work_row, read_work

TABLE = "challenges"
BY = "retraining policy"


@dataclass(frozen=True, slots=True)
class Challenge:
    """A recorded challenge; `model` is the hash of the challenger, `reason` what started its training."""

    work: Work
    workspace_id: str
    job_id: str
    reason: str
    model: str
    outcome: Outcome | None

    @property
    def endpoint_id(self) -> str:
        """The id of the endpoint whose model is challenged."""
        return self.work.key.partition


def _read_challenge(row: Row) -> Challenge:
    outcome = Outcome(**json.loads(row["Outcome"])) if row["Outcome"] else None
    return Challenge(read_work(TABLE, row), row["WorkspaceId"], row["JobId"], row["Reason"], row["Model"], outcome)


def submit_challenges(
    storage: Storage,
    trainer: Endpoint,
    job_id: str,
    models: dict[str, str],
    *,
    asked_by: str,
    upload: str,
    now: datetime,
) -> None:
    """Record and enqueue a challenge for each endpoint whose policy applies to a finished training job.

    Parameters
    ----------
    trainer
        The endpoint that ran the training job.
    models
        Hash of each trained model by resource name.
    asked_by
        Id of the endpoint whose policy started the job; empty if none did.
    upload
        The uploaded blob that started the job; empty if none did.
    """
    if upload:
        service = get_web_service(storage, trainer.workspace_id, trainer.service_id)
        endpoints = list(list_endpoints_trained_by(storage, service))
    else:
        endpoints = [asked_by] if asked_by else []
    for endpoint_id in endpoints:
        endpoint = _find_endpoint(storage, trainer.workspace_id, endpoint_id)
        policy = find_policy(storage, endpoint) if endpoint else None
        if policy is None or (upload and policy.trigger != UPLOAD) or policy.resource not in models:
            continue
        digest = hashlib.sha256(f"{job_id}/{endpoint_id}".encode()).hexdigest()[:32]
        key = WorkKey(TABLE, endpoint_id, digest, trainer.workspace_id)
        row = new_work_row(key.partition, key.key, State.QUEUED, now=now)
        row |= {
            "WorkspaceId": trainer.workspace_id,
            "JobId": job_id,
            "Reason": f"upload of {upload}" if upload else _reason(policy),
            "Model": models[policy.resource],
            "Outcome": "",
        }
        record_outbox(storage, key)
        if insert_row(storage.table(TABLE), row):
            enqueue_work(storage, key)


def _reason(policy: Policy) -> str:
    return {SCHEDULE: "its schedule", DRIFT: "drift"}.get(policy.trigger, "its policy")


def perform_challenge(app: App, claim: Claim, *, now: datetime) -> None:
    """Compare both models, then update the endpoint, start its plan or register the challenger.

    An error leaves the endpoint as it was.

    Raises
    ------
    BadArgument
        If the models do not have the gate's metric, or the hold-out data cannot be scored.
    NotFound
        If the endpoint or its policy has been deleted.
    """
    storage, challenge = app.storage, _read_challenge(claim.row)
    endpoint = get_endpoint(storage, challenge.workspace_id, challenge.endpoint_id)
    policy = find_policy(storage, endpoint)
    if policy is None:
        raise NotFound("PolicyNotFound", f"The endpoint '{endpoint.name}' no longer has a retraining policy.")
    if _in_use(endpoint, policy, challenge.model):
        outcome = Outcome(True, "the endpoint already uses this model", policy.gate.metric, None, None, 0)
        claim.finish(State.FINISHED, None, Outcome=json.dumps(asdict(outcome)))
        return
    claim.report(Progress(0, 2, "evaluate both models"))
    outcome = _compare(app, endpoint, policy, challenge.model)
    if outcome.passed and policy.promotion is not None:
        claim.report(Progress(1, 2, "promote the challenger in steps"))
        outcome = _promote(app, endpoint, policy, policy.promotion, challenge, outcome, now)
    elif outcome.passed:
        claim.report(Progress(1, 2, "update the endpoint"))
        location = own_blob(storage, model_path(challenge.model), now).to_json()
        why = f"{challenge.reason}: {outcome.why}"
        body = {"Resources": [{"Name": policy.resource, "Location": location}], "Why": why}
        patch_endpoint(app, endpoint, body, by=BY, now=now)
    if not outcome.passed:
        claim.report(Progress(1, 2, "register the challenger"))
        register_model(
            storage,
            endpoint.workspace_id,
            f"{policy.resource} (challenger at {endpoint.name})",
            challenge.model,
            job_id=challenge.job_id,
            metrics={} if outcome.challenger is None else {outcome.metric: outcome.challenger},
            lineage={"challenge": challenge.work.key.key, "why": outcome.why},
            now=now,
        )
    claim.finish(State.FINISHED, None, Outcome=json.dumps(asdict(outcome)))


def _promote(
    app: App,
    endpoint: Endpoint,
    policy: Policy,
    promotion: PolicyPromotion,
    challenge: Challenge,
    outcome: Outcome,
    now: datetime,
) -> Outcome:
    """Start the plan of a policy for a challenger that won; it is refused if several models answer already."""
    why, since = f"{challenge.reason}: {outcome.why}", datetime.fromisoformat(challenge.work.created_at)
    try:
        begin_policy_promotion(
            app, endpoint, promotion, policy.resource, challenge.model, why, by=BY, since=since, now=now
        )
    except Conflict as error:
        return replace(outcome, passed=False, why=f"{outcome.why}; it passed, but {error.message}")
    return replace(outcome, why=f"{outcome.why}; promoted in {len(promotion.steps)} steps")


def list_challenges(storage: Storage, endpoint: Endpoint) -> list[dict[str, Any]]:
    """Return the endpoint's challenges as the API shows them, newest first."""
    found = [_read_challenge(row) for row in list_rows(storage.table(TABLE), endpoint.id)]
    found.sort(key=lambda item: item.work.created_at, reverse=True)
    return [_challenge_object(item) for item in found]


def _challenge_object(challenge: Challenge) -> dict[str, Any]:
    work, outcome = challenge.work, challenge.outcome
    return {
        "Id": work.key.key,
        "StatusCode": work.state.value,
        "Details": work.details or None,
        "JobId": challenge.job_id,
        "Reason": challenge.reason,
        "Model": challenge.model,
        "CreationTime": classic_time(work.created_at),
        "EndTime": optional_classic_time(work.ended_at),
        "Passed": outcome.passed if outcome else None,
        "Why": outcome.why if outcome else None,
        "Metric": outcome.metric if outcome else None,
        "Challenger": outcome.challenger if outcome else None,
        "Champion": outcome.champion if outcome else None,
        "Rows": outcome.rows if outcome else None,
    }


def _compare(app: App, endpoint: Endpoint, policy: Policy, challenger: str) -> Outcome:
    rows = read_held_back(app.storage, endpoint.workspace_id, policy.gate.hold_out)
    champion = next(resource.model for resource in endpoint.resources if resource.name == policy.resource)
    return judge(policy.gate, compare_models(app, app.models.get(challenger), champion, rows))


def _in_use(endpoint: Endpoint, policy: Policy, model: str) -> bool:
    return any(resource.name == policy.resource and resource.model == model for resource in endpoint.resources)


def _find_endpoint(storage: Storage, workspace_id: str, endpoint_id: str) -> Endpoint | None:
    try:
        return get_endpoint(storage, workspace_id, endpoint_id)
    except NotFound:
        return None
