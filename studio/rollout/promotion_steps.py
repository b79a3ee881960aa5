"""The steps of a promotion plan as written and shown: a share of the rows or the shadow, and what each is held to."""

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from itertools import pairwise
from typing import Any

from studio.errors import BadArgument
from studio.problems import Problems
from studio.registry.deployments import MAX_SHARE
from studio.wire import invalid_value, is_whole_number

MAX_STEPS = 10
MAX_CALLS = 1_000_000_000
# Counts of calls are kept for eight days, so a step takes a week at most.
MAX_MINUTES, MAX_WAIT_HOURS = 60 * 24 * 7, 24 * 7
DEFAULT_MINUTES, DEFAULT_CALLS, DEFAULT_TRUTHS = 10, 20, 100
STEP_NAMES = ("Share", "Shadow", "Minutes", "Calls", "WaitHours", "Gate")
GATE_NAMES = ("ErrorRate", "P95", "Agreement", "Metric", "Better", "AtMostWorse", "MinimumTruths")
MAX_METRIC_NAME = 100


@dataclass(frozen=True, slots=True)
class StepGate:
    """What the candidate must not be worse than while it takes a step.

    Parameters
    ----------
    error_rate
        float: by how much the share of calls that fail may exceed that of the current models; in the shadow, the share
        of rows that it cannot score.
    p95
        float, milliseconds: what 95 % of the calls take at most; None for any.
    agreement
        float: the share of rows that get the same label in the shadow, at least; None for any.
    metric
        The metric of Evaluate Model that is measured on truths, of both; empty for none.
    margin
        float: by how much the candidate's must be better than the current models'; negative allows it to be worse.
    truths
        int: the truths that each must have for that.
    """

    error_rate: float = 0.02
    p95: float | None = None
    agreement: float | None = None
    metric: str = ""
    margin: float = 0.0
    truths: int = DEFAULT_TRUTHS

    def to_object(self) -> dict[str, Any]:
        """Return the gate as the API shows it."""
        worse = self.margin <= 0
        return {
            "ErrorRate": self.error_rate,
            "P95": self.p95,
            "Agreement": self.agreement,
            "Metric": self.metric or None,
            "AtMostWorse": abs(self.margin) if self.metric and worse else None,
            "Better": self.margin if self.metric and not worse else None,
            "MinimumTruths": self.truths if self.metric else None,
        }


@dataclass(frozen=True, slots=True)
class Step:
    """A step: a share of the rows in percent, or so many rows of the shadow; how long it lasts and waits for them."""

    share: int = 0
    minutes: int = DEFAULT_MINUTES
    calls: int = DEFAULT_CALLS
    wait_hours: int = MAX_WAIT_HOURS
    gate: StepGate = field(default_factory=StepGate)
    shadow: int = 0

    @property
    def text(self) -> str:
        """The step in words."""
        return f"{self.shadow:,} rows in the shadow" if self.shadow else f"{self.share} % of the rows"

    @property
    def needs_log(self) -> bool:
        """Whether the step looks at the prediction log."""
        return bool(self.shadow or self.gate.metric)


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
    if any(step.shadow for step in found[1:]):
        raise invalid_value("Steps", "of which only the first is in the Shadow", [step.text for step in found])
    shares = [step.share for step in found]
    if not all(one < other for one, other in pairwise(shares)):
        raise invalid_value("Steps", "of shares that grow", shares)
    return found


def _read_step(given: Any, name: str, gate: StepGate) -> Step:
    if not isinstance(given, dict) or not given.keys() <= set(STEP_NAMES):
        raise invalid_value(name, f"an object of {', '.join(STEP_NAMES)}", given)
    if ("Share" in given) == ("Shadow" in given):
        raise invalid_value(name, "an object with a Share in percent, or with a number of rows in the Shadow", given)
    problems = Problems()
    limits = {
        "Share": ("share", 1, MAX_SHARE),
        "Shadow": ("shadow", 1, MAX_CALLS),
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
    if "Shadow" not in given and isinstance(given.get("Gate"), dict) and "Agreement" in given["Gate"]:
        problems.note(
            invalid_value(f"{name}.Gate.Agreement", "given for a step in the Shadow", given["Gate"]["Agreement"])
        )
    problems.raise_all()
    assert own is not None
    return Step(**numbers, gate=own)


def read_step_gate(given: Any, name: str, default: StepGate) -> StepGate:
    """Read what a step is held to; what is left out is as in `default`."""
    if given is None:
        return default
    if not isinstance(given, dict) or not given.keys() <= set(GATE_NAMES):
        raise invalid_value(name, f"an object of {', '.join(GATE_NAMES)}", given)
    problems = Problems()
    most = {"ErrorRate": 1.0, "P95": 600_000.0, "Agreement": 1.0, "Better": 1e12, "AtMostWorse": 1e12}
    numbers = [key for key in most if key in given]
    found = {key: problems.attempt(_number, given[key], f"{name}.{key}", most[key]) for key in numbers}
    gate = default
    if "Metric" in given:
        gate = replace(gate, metric=problems.attempt(_metric, given["Metric"], f"{name}.Metric") or "")
    if "MinimumTruths" in given:
        truths = given["MinimumTruths"]
        if not is_whole_number(truths) or not 1 <= truths <= MAX_CALLS:
            problems.note(invalid_value(f"{name}.MinimumTruths", f"a whole number from 1 to {MAX_CALLS}", truths))
        gate = replace(gate, truths=truths)
    if "Better" in given and "AtMostWorse" in given:
        problems.note(invalid_value(f"{name}.Better", "given without AtMostWorse", given["Better"]))
    used = [key for key in ("Better", "AtMostWorse", "MinimumTruths") if key in given]
    if used and not gate.metric:
        problems.note(invalid_value(f"{name}.{used[0]}", "given together with a Metric", given[used[0]]))
    problems.raise_all()
    read = {key: value for key, value in found.items() if value is not None}
    return replace(
        gate,
        error_rate=read.get("ErrorRate", gate.error_rate),
        p95=read.get("P95", gate.p95),
        agreement=read.get("Agreement", gate.agreement),
        margin=read.get("Better", -read["AtMostWorse"] if "AtMostWorse" in read else gate.margin) + 0.0,
    )


def _number(value: Any, name: str, most: float) -> float:
    if isinstance(value, bool) or not isinstance(value, int | float) or not 0 <= value <= most:
        raise invalid_value(name, f"a number from 0 to {most:g}", value)
    return float(value)


def _metric(value: Any, name: str) -> str:
    if not isinstance(value, str) or not 1 <= len(value) <= MAX_METRIC_NAME:
        raise invalid_value(name, "the name of a metric of Evaluate Model, such as AUC", value)
    return value


def check_metrics(steps: Sequence[Step], known: Sequence[str]) -> None:
    """Raise BadArgument if a gate names a metric that models of this kind do not have."""
    for number, step in enumerate(steps):
        if step.gate.metric and step.gate.metric not in known:
            text = f"The models have no metric '{step.gate.metric}'. They have {', '.join(known) or 'none'}."
            raise BadArgument("BadParameterValue", text, f"Steps[{number}].Gate.Metric")


def step_objects(steps: Sequence[Step], figures: Sequence[dict[str, Any]]) -> list[dict[str, Any]]:
    """Return steps as the API shows them, with what each showed."""
    return [
        {
            "Share": step.share,
            "Shadow": step.shadow or None,
            "Minutes": step.minutes,
            "Calls": step.calls,
            "WaitHours": step.wait_hours,
            "Gate": step.gate.to_object(),
            "Figures": figures[number] if number < len(figures) else None,
        }
        for number, step in enumerate(steps)
    ]
