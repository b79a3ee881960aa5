"""Promotion plans as stored and shown: the candidate, its steps (promotion_steps.py), and where the plan is.

Table `promotions`: partition key is the workspace id, row key the endpoint id; Id (new for each plan), State, Details
(why it ended), StartedAt, EndedAt, By, Why, Name (the deployment), Candidate (JSON: its models), Key (JSON), Steps
(JSON), Place (JSON: the step and how far the way there is), Figures (JSON: what each step showed when it ended).
"""

import json
from dataclasses import asdict, dataclass, field
from enum import StrEnum
from typing import Any

from studio.registry.deployments import Resource
from studio.rollout.promotion_steps import Step, StepGate, step_objects
from studio.storage.account import Storage
from studio.storage.rows import Row, find_row, replace_row
from studio.wire import classic_time, optional_classic_time

TABLE = KIND = "promotions"


class PlanState(StrEnum):
    """Where a plan is: on its way, or how it ended."""

    RUNNING = "Running"
    PROMOTED = "Promoted"
    ROLLED_BACK = "RolledBack"
    STOPPED = "Stopped"


class Phase(StrEnum):
    """How far a plan is with its step: about to change the endpoint, in the step, or about to take it back."""

    ENTERING = "entering"
    INSIDE = "inside"
    LEAVING = "leaving"


@dataclass(frozen=True, slots=True)
class Place:
    """Where a plan is.

    Parameters
    ----------
    step
        The position of the step; the number of steps is the end, where the candidate's models become the current ones.
    expected
        What tells the models and shares that the endpoint has before it is changed (fingerprint in promotion_moves.py).
    since
        When the step began, in ISO 8601; empty before.
    before
        The calls and errors that were counted before the step began, by set of models.
    """

    step: int
    phase: Phase
    expected: str
    since: str = ""
    before: dict[str, list[int]] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Plan:
    """A plan as stored; `figures` has what each step showed when it ended, and so far for the one it is in."""

    workspace_id: str
    endpoint_id: str
    id: str
    state: PlanState
    started_at: str
    by: str
    why: str
    name: str
    candidate: tuple[Resource, ...]
    header: str
    column: str
    steps: tuple[Step, ...]
    place: Place
    figures: tuple[dict[str, Any], ...] = ()
    details: str = ""
    ended_at: str = ""
    etag: str = ""


def find_plan(storage: Storage, workspace_id: str, endpoint_id: str) -> Plan | None:
    """Return the latest plan of an endpoint, or None."""
    row = find_row(storage.table(TABLE), workspace_id, endpoint_id)
    return plan_from_row(row) if row else None


def write_plan(storage: Storage, plan: Plan) -> bool:
    """Replace a plan's row; False if another process was faster."""
    return replace_row(storage.table(TABLE), plan_to_row(plan), plan.etag) is not None


def plan_to_row(plan: Plan) -> Row:
    """Return a plan as its row."""
    return {
        "PartitionKey": plan.workspace_id,
        "RowKey": plan.endpoint_id,
        "Id": plan.id,
        "State": plan.state.value,
        "Details": plan.details,
        "StartedAt": plan.started_at,
        "EndedAt": plan.ended_at,
        "By": plan.by,
        "Why": plan.why,
        "Name": plan.name,
        "Candidate": json.dumps([asdict(item) for item in plan.candidate]),
        "Key": json.dumps([plan.header, plan.column]),
        "Steps": json.dumps([asdict(step) for step in plan.steps]),
        "Place": json.dumps(asdict(plan.place)),
        "Figures": json.dumps(plan.figures),
    }


def plan_from_row(row: Row) -> Plan:
    """Read a plan from its row."""
    steps = tuple(Step(**item | {"gate": StepGate(**item["gate"])}) for item in json.loads(row["Steps"]))
    place = json.loads(row["Place"])
    header, column = json.loads(row["Key"])
    return Plan(
        workspace_id=row["PartitionKey"],
        endpoint_id=row["RowKey"],
        id=row["Id"],
        state=PlanState(row["State"]),
        started_at=row["StartedAt"],
        by=row["By"],
        why=row["Why"],
        name=row["Name"],
        candidate=tuple(Resource(**item) for item in json.loads(row["Candidate"])),
        header=header,
        column=column,
        steps=steps,
        place=Place(**place | {"phase": Phase(place["phase"])}),
        figures=tuple(json.loads(row["Figures"])),
        details=row["Details"],
        ended_at=row["EndedAt"],
        etag=row["etag"],
    )


def plan_object(plan: Plan) -> dict[str, Any]:
    """Return a plan as the API shows it."""
    step = plan.place.step
    return {
        "Id": plan.id,
        "State": plan.state.value,
        "Details": plan.details or None,
        "StartedAt": classic_time(plan.started_at),
        "EndedAt": optional_classic_time(plan.ended_at),
        "By": plan.by,
        "Why": plan.why or None,
        "Deployment": plan.name,
        "Models": [{"Name": item.name, "Version": item.version, "Model": item.model} for item in plan.candidate],
        "Key": {"Header": plan.header} if plan.header else {"Column": plan.column} if plan.column else None,
        "Step": min(step, len(plan.steps) - 1),
        "StepSince": optional_classic_time(plan.place.since),
        "Steps": step_objects(plan.steps, plan.figures),
    }
