"""Promotion plans as documents and as stored: the candidate, the steps it takes, and what each step is held to.

Table `promotions`: partition key is the workspace id, row key the endpoint id; Id (new for each plan), State, Details
(why it ended), StartedAt, EndedAt, By, Why, Name (the deployment), Candidate (JSON: its models), Key (JSON), Steps
(JSON), Place (JSON: the step and how far the way there is), Figures (JSON: what each step showed when it ended).
"""

import json
from collections.abc import Sequence
from dataclasses import asdict, dataclass, field
from enum import StrEnum
from itertools import pairwise
from typing import Any

from studio.problems import Problems
from studio.registry.deployments import MAX_SHARE, Resource
from studio.storage.rows import Row
from studio.wire import classic_time, invalid_value, is_whole_number, optional_classic_time

TABLE = KIND = "promotions"
MAX_STEPS = 10
MAX_CALLS = 1_000_000_000
# Counts of calls are kept for eight days, so a step takes a week at most.
MAX_MINUTES, MAX_WAIT_HOURS = 60 * 24 * 7, 24 * 7
DEFAULT_MINUTES, DEFAULT_CALLS = 10, 20
STEP_NAMES = ("Share", "Minutes", "Calls", "WaitHours", "Gate")
GATE_NAMES = ("ErrorRate", "P95")


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
class StepGate:
    """What the candidate must not be worse than while it takes a step.

    Parameters
    ----------
    error_rate
        float: by how much the share of calls that fail may exceed that of the current models.
    p95
        float, milliseconds: what 95 % of the calls take at most; None for any.
    """

    error_rate: float = 0.02
    p95: float | None = None


@dataclass(frozen=True, slots=True)
class Step:
    """A step: a share of the rows in percent, how long it lasts at least, and how long the plan waits for its calls."""

    share: int = 0
    minutes: int = DEFAULT_MINUTES
    calls: int = DEFAULT_CALLS
    wait_hours: int = MAX_WAIT_HOURS
    gate: StepGate = field(default_factory=StepGate)

    @property
    def text(self) -> str:
        """The step in words."""
        return f"{self.share} % of the rows"


@dataclass(frozen=True, slots=True)
class Place:
    """Where a plan is.

    Parameters
    ----------
    step
        The position of the step; the number of steps is the end, where the candidate's models become the current ones.
    expected
        What tells the models and shares that the endpoint has before it is changed (fingerprint in promotion.py).
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


def read_steps(given: Any, gate: Any) -> tuple[Step, ...]:
    """Read the steps of a plan; `gate` is what those are held to that say nothing else.

    Raises
    ------
    BadArgument
        If a property is invalid; has a detail for each that is, with what is accepted.
    """
    if not isinstance(given, list) or not 1 <= len(given) <= MAX_STEPS:
        raise invalid_value("Steps", f"a list of 1 to {MAX_STEPS} steps, each with a Share", given)
    problems = Problems()
    common = problems.attempt(read_step_gate, gate, "Gate", StepGate()) or StepGate()
    steps = [problems.attempt(_read_step, item, f"Steps[{number}]", common) for number, item in enumerate(given)]
    problems.raise_all()
    found = tuple(step for step in steps if step is not None)
    shares = [step.share for step in found]
    if not all(one < other for one, other in pairwise(shares)):
        raise invalid_value("Steps", "of shares that grow", shares)
    return found


def _read_step(given: Any, name: str, gate: StepGate) -> Step:
    if not isinstance(given, dict) or not given.keys() <= set(STEP_NAMES):
        raise invalid_value(name, f"an object of {', '.join(STEP_NAMES)}", given)
    if "Share" not in given:
        raise invalid_value(name, "an object with a Share in percent", sorted(given))
    problems = Problems()
    limits = {
        "Share": ("share", 1, MAX_SHARE),
        "Minutes": ("minutes", 0, MAX_MINUTES),
        "Calls": ("calls", 0, MAX_CALLS),
        "WaitHours": ("wait_hours", 1, MAX_WAIT_HOURS),
    }
    numbers: dict[str, Any] = {}
    for key, (field_, least, most) in limits.items():
        if key in given:
            if not is_whole_number(given[key]) or not least <= given[key] <= most:
                problems.note(invalid_value(f"{name}.{key}", f"a whole number from {least} to {most}", given[key]))
            numbers[field_] = given[key]
    own = problems.attempt(read_step_gate, given.get("Gate"), f"{name}.Gate", gate)
    problems.raise_all()
    assert own is not None
    return Step(**numbers, gate=own)


def read_step_gate(given: Any, name: str, default: StepGate) -> StepGate:
    """Read what a step is held to; what is left out is as in `default`."""
    if given is None:
        return default
    if not isinstance(given, dict) or not given.keys() <= set(GATE_NAMES):
        raise invalid_value(name, f"an object of {', '.join(GATE_NAMES)}", given)
    problems, found = Problems(), asdict(default)
    numbers = {"ErrorRate": ("error_rate", 1.0), "P95": ("p95", 600_000.0)}
    for key, (field_, most) in numbers.items():
        if key in given:
            value = given[key]
            if isinstance(value, bool) or not isinstance(value, int | float) or not 0 <= value <= most:
                problems.note(invalid_value(f"{name}.{key}", f"a number from 0 to {most:g}", value))
            else:
                found[field_] = float(value)
    problems.raise_all()
    return StepGate(**found)


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
        "Steps": _step_objects(plan.steps, plan.figures),
    }


def _step_objects(steps: Sequence[Step], figures: Sequence[dict[str, Any]]) -> list[dict[str, Any]]:
    return [
        {
            "Share": step.share,
            "Minutes": step.minutes,
            "Calls": step.calls,
            "WaitHours": step.wait_hours,
            "Gate": {"ErrorRate": step.gate.error_rate, "P95": step.gate.p95},
            "Figures": figures[number] if number < len(figures) else None,
        }
        for number, step in enumerate(steps)
    ]
