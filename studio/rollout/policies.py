"""Retraining policies: when an endpoint's model is retrained, and the hold-out check a new model must pass.

Table `policies`: partition key is the workspace id, row key the endpoint id; TrainingServiceId, Document (JSON as
given), UpdatedAt. A policy with a Schedule, Rows or Drift trigger also has a row in table `schedules` (kind `policy`).
"""

import json
from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any

from azure.data.tables import UpdateMode

from studio.errors import BadArgument, NotFound
from studio.graph.secrets import HIDDEN
from studio.monitoring.drift_trigger import DriftTrigger, check_drift_trigger, read_drift_trigger
from studio.problems import Problems
from studio.registry.definitions import TRAINING, Definition, get_definition
from studio.registry.endpoints import DEFAULT, Endpoint, get_named_endpoint
from studio.registry.web_services import WebService, follows_experiment, get_named_web_service
from studio.rollout.gate import Gate, read_gate
from studio.rollout.policy_promotion import PolicyPromotion, check_policy_promotion, read_policy_promotion
from studio.rollout.policy_secrets import seal_parameters, show_parameters
from studio.rollout.training_data import check_logged, dataset_and_log, refuse_rows_of_log
from studio.storage.account import Storage
from studio.storage.rows import delete_row, find_row, list_rows
from studio.wire import classic_time, invalid_value, is_whole_number
from studio.work.recurrence import Recurrence, read_recurrence
from studio.work.schedules import NEVER, Schedule, delete_schedule, find_schedule, put_schedule, schedule_object

KIND = "policy"
UPLOAD, SCHEDULE, ROWS, DRIFT = "Upload", "Schedule", "Rows", "Drift"
TRIGGERS = (UPLOAD, SCHEDULE, ROWS, DRIFT)
# An hour's rows are counted minutes after it has ended.
DRIFT_MINUTES = 10


@dataclass(frozen=True, slots=True)
class Policy:
    """A policy as read from its document; `recurrence`, `rows` and `drift` are for triggers of that name.

    `promotion` is how a challenger that wins is promoted; None if it answers all rows at once.
    """

    workspace_id: str
    endpoint_id: str
    training_service_id: str
    resource: str
    trigger: str
    training_data: str | None
    parameters: dict[str, Any]
    gate: Gate
    recurrence: Recurrence | None
    rows: int
    document: dict[str, Any]
    updated_at: str
    drift: DriftTrigger | None = None
    promotion: PolicyPromotion | None = None


def put_policy(storage: Storage, endpoint: Endpoint, body: dict[str, Any], *, now: datetime) -> Policy:
    """Check a policy and store it as the endpoint's, replacing any earlier one; does not start training.

    Raises
    ------
    BadArgument
        If a property is invalid; has a detail for each that is, with what is accepted. The earlier policy is kept.
    """
    if follows_experiment(storage, endpoint):
        raise BadArgument(
            "BadParameterValue",
            "The default endpoint follows the experiment and cannot have a policy. Add an endpoint and give it one.",
            DEFAULT,
        )
    problems, named = Problems(), str(body.get("TrainingService") or "")
    service = problems.attempt(get_named_web_service, storage, endpoint.workspace_id, named)
    body = body | {"TrainingService": service.id if service else named}
    policy = problems.attempt(_read, endpoint, body, now)
    definition = problems.attempt(_check, storage, endpoint, service, policy) if service and policy else None
    problems.raise_all()
    assert service is not None
    assert policy is not None
    assert definition is not None
    if policy.parameters:
        stored = find_row(storage.table("policies"), endpoint.workspace_id, endpoint.id)
        before = json.loads(stored["Document"]).get("Parameters") or {} if stored else {}
        parameters = seal_parameters(storage, endpoint.workspace_id, definition, policy.parameters, before)
        policy = replace(policy, parameters=parameters, document=body | {"Parameters": parameters})
    row = {
        "PartitionKey": endpoint.workspace_id,
        "RowKey": endpoint.id,
        "TrainingServiceId": service.id,
        "Document": json.dumps(policy.document),
        "UpdatedAt": now.isoformat(),
    }
    storage.table("policies").upsert_entity(row, mode=UpdateMode.REPLACE)
    if policy.trigger == UPLOAD:
        delete_schedule(storage, KIND, policy.workspace_id, policy.endpoint_id)
    else:
        first = policy.recurrence.after(now) if policy.recurrence else now + timedelta(minutes=1)
        put_schedule(
            storage, Schedule(KIND, policy.workspace_id, policy.endpoint_id, first.isoformat() if first else "")
        )
    return policy


def next_time(policy: Policy, now: datetime) -> str:
    """Return when the timer must check the policy again: at its next occurrence, or soon to count rows or see drift."""
    soon = now + timedelta(minutes=DRIFT_MINUTES if policy.drift else 1)
    at = policy.recurrence.after(now) if policy.recurrence else soon
    return at.isoformat() if at else NEVER


def find_policy(storage: Storage, endpoint: Endpoint) -> Policy | None:
    """Return the endpoint's policy, or None."""
    row = find_row(storage.table("policies"), endpoint.workspace_id, endpoint.id)
    return _read(endpoint, json.loads(row["Document"]), datetime.fromisoformat(row["UpdatedAt"])) if row else None


def get_policy(storage: Storage, endpoint: Endpoint) -> Policy:
    """Return the endpoint's policy; NotFound if it has none."""
    policy = find_policy(storage, endpoint)
    if policy is None:
        raise NotFound("PolicyNotFound", f"The endpoint '{endpoint.name}' has no retraining policy.")
    return policy


def delete_policy(storage: Storage, endpoint: Endpoint) -> None:
    """Delete the endpoint's policy; may be repeated."""
    delete_schedule(storage, KIND, endpoint.workspace_id, endpoint.id)
    delete_row(storage.table("policies"), endpoint.workspace_id, endpoint.id)


def model_in_use(endpoint: Endpoint, policy: Policy) -> str:
    """Return the hash of the model that the policy retrains."""
    return next(resource.model for resource in endpoint.resources if resource.name == policy.resource)


def list_endpoints_trained_by(storage: Storage, service: WebService) -> Iterator[str]:
    """Yield the ids of the endpoints whose policy names this training service."""
    for row in list_rows(storage.table("policies"), service.workspace_id, f"TrainingServiceId eq '{service.id}'"):
        yield row["RowKey"]


def policy_object(storage: Storage, policy: Policy) -> dict[str, Any]:
    """Return a policy as the API shows it, with secrets hidden and the times of its next and last runs."""
    schedule = find_schedule(storage, KIND, policy.workspace_id, policy.endpoint_id)
    document = policy.document
    if policy.parameters:
        document = document | {"Parameters": _shown_parameters(storage, policy)}
    return document | {"UpdatedAt": classic_time(policy.updated_at)} | schedule_object(schedule)


def _shown_parameters(storage: Storage, policy: Policy) -> dict[str, Any]:
    try:
        trainer = get_named_endpoint(storage, policy.workspace_id, policy.training_service_id, DEFAULT)
    except NotFound:
        # Without the training service, nothing says which of them are secrets.
        return dict.fromkeys(policy.parameters, HIDDEN)
    return show_parameters(get_definition(storage, trainer.definition), policy.parameters)


def _read(endpoint: Endpoint, body: dict[str, Any], at: datetime) -> Policy:
    problems = Problems()
    given = body.get("Trigger") or {"Type": UPLOAD}
    trigger = given if isinstance(given, dict) else {}
    kind = trigger.get("Type")
    if kind not in TRIGGERS:
        problems.note(invalid_value("Trigger.Type", " or ".join(TRIGGERS), kind))
    rows = trigger.get("Rows", 0)
    if kind == ROWS and (not is_whole_number(rows) or rows < 1):
        problems.note(invalid_value("Trigger.Rows", "a whole number of rows, 1 or more", rows))
    parameters = body.get("Parameters") or {}
    if not isinstance(parameters, dict):
        problems.note(invalid_value("Parameters", "an object of web service parameters", parameters))
    names = [resource.name for resource in endpoint.resources]
    resource = body.get("Resource") or (names[0] if len(names) == 1 else None)
    if resource not in names:
        accepted = ", ".join(f"'{name}'" for name in names) or "none, since this is a training endpoint"
        problems.note(invalid_value("Resource", f"one of {accepted}", resource))
    gate, recurrence = problems.attempt(read_gate, body.get("Gate")), None
    drift = problems.attempt(read_drift_trigger, trigger) if kind == DRIFT else None
    promotion = problems.attempt(read_policy_promotion, body.get("Promotion"))
    if kind == SCHEDULE:
        recurrence = problems.attempt(lambda: read_recurrence(trigger.get("Recurrence"), now=at))
    problems.raise_all()
    assert gate is not None
    return Policy(
        workspace_id=endpoint.workspace_id,
        endpoint_id=endpoint.id,
        training_service_id=str(body["TrainingService"]),
        resource=str(resource),
        trigger=str(kind),
        training_data=str(body["TrainingData"]) if body.get("TrainingData") else None,
        parameters=parameters,
        gate=gate,
        recurrence=recurrence,
        rows=rows if kind == ROWS else 0,
        document=body,
        updated_at=at.isoformat(),
        drift=drift,
        promotion=promotion,
    )


def _check(storage: Storage, endpoint: Endpoint, service: WebService, policy: Policy) -> Definition:
    """Return the training service's definition; BadArgument unless it outputs the model and gets all it needs."""
    trainer = get_named_endpoint(storage, endpoint.workspace_id, service.id, DEFAULT)
    definition = get_definition(storage, trainer.definition)
    if definition.kind != TRAINING:
        raise invalid_value("TrainingService", "a training web service", service.name)
    problems = Problems()
    for problem in _data_problems(definition, policy):
        problems.note(problem)
    with problems.noted():
        check_logged(endpoint, policy.training_data)
    if policy.drift:
        with problems.noted():
            check_drift_trigger(storage, endpoint, model_in_use(endpoint, policy), policy.drift)
    if policy.promotion:
        with problems.noted():
            check_policy_promotion(storage, endpoint, policy.promotion, model_in_use(endpoint, policy))
    models = [output.resource for output in definition.outputs if output.resource]
    if policy.resource not in models:
        text = (
            f"The training service '{service.name}' outputs {', '.join(map(repr, models)) or 'no model'}, not "
            f"'{policy.resource}'."
        )
        problems.note(BadArgument("BadParameterValue", text, "Resource"))
    problems.raise_all()
    return definition


def _data_problems(definition: Definition, policy: Policy) -> Iterator[BadArgument]:
    if len(definition.inputs) > 1:
        yield BadArgument(
            "BadParameterValue",
            f"A policy needs a training service with at most one input, got one with {len(definition.inputs)}.",
            "TrainingService",
        )
    if policy.trigger == UPLOAD and not definition.inputs:
        yield invalid_value("Trigger.Type", "Schedule for a training service without inputs", UPLOAD)
    if policy.trigger == ROWS and policy.training_data is None:
        yield invalid_value("TrainingData", "the name of the dataset whose rows to count", None)
    if policy.trigger == ROWS and policy.training_data and dataset_and_log(policy.training_data)[1]:
        yield refuse_rows_of_log(policy.training_data)
    if policy.trigger in (SCHEDULE, DRIFT) and definition.inputs and policy.training_data is None:
        yield invalid_value("TrainingData", "the name of the dataset to train on", None)
