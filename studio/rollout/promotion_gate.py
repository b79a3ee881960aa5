"""What a step of a promotion plan has shown so far, and whether the candidate may go on, must wait or goes back."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import Enum
from math import sqrt
from typing import Any

from studio.registry.deployments import models_id
from studio.registry.endpoints import Endpoint
from studio.rollout.promotion_plan import Plan, Step
from studio.serving.traffic_rows import HOUR, HourCounts, quantile_milliseconds, read_models, total
from studio.storage.account import Storage

# One-sided, 95 %: few calls that fail by chance end no plan, and most calls of few that fail do.
Z = 1.645
# From so many calls on, 95 % of them say something.
LEAST_FOR_P95 = 20


class Verdict(Enum):
    """What becomes of a candidate in its step."""

    WAIT = "wait"
    PASSED = "passed"
    FAILED = "failed"


@dataclass(frozen=True, slots=True)
class Calls:
    """The calls of a set of models since a step began, how many of them failed, and how long 95 % took at most."""

    calls: int = 0
    failed: int = 0
    p95: float | None = None

    def to_object(self) -> dict[str, Any]:
        """Return the calls as the API shows them."""
        return {"Calls": self.calls, "Failed": self.failed, "P95": self.p95}


@dataclass(frozen=True, slots=True)
class Judged:
    """A verdict, why, and the figures it is based on as the API shows them."""

    verdict: Verdict
    why: str
    figures: dict[str, Any]


def count_calls(
    storage: Storage, endpoint: Endpoint, models: str, since: datetime, before: Mapping[str, list[int]], now: datetime
) -> Calls:
    """Return the calls of a set of models since a step began.

    Parameters
    ----------
    before
        The calls and errors, by set of models, that were counted in the hour of `since` before the step began.
    """
    hours = (HourCounts.begin(now).start - HourCounts.begin(since).start) // HOUR + 1
    whole = total(read_models(storage, endpoint.workspace_id, endpoint.id, models, max(1, hours), now=now))
    calls, failed = before.get(models, (0, 0))
    p95 = quantile_milliseconds(whole.buckets, 0.95)
    return Calls(max(0, sum(whole.buckets) - calls), max(0, sum(whole.errors.values()) - failed), p95)


def counts_so_far(storage: Storage, endpoint: Endpoint, plan: Plan, now: datetime) -> dict[str, list[int]]:
    """Return the calls and errors of this hour of the current models and of the candidate's."""
    found = {}
    for resources in (endpoint.resources, plan.candidate):
        counted = count_calls(storage, endpoint, models_id(resources), now, {}, now)
        found[models_id(resources)] = [counted.calls, counted.failed]
    return found


def judge_calls(step: Step, since: datetime, candidate: Calls, current: Calls, now: datetime) -> Judged:
    """Judge a candidate by its calls: those that fail, and how long they take.

    Parameters
    ----------
    since
        When the step began.
    candidate, current
        The calls since then.
    """
    figures = {"Candidate": candidate.to_object(), "Current": current.to_object()}
    gate, waited = step.gate, now - since
    allowed = gate.error_rate + (current.failed / current.calls if current.calls else 0.0)
    if lower_bound(candidate.failed, candidate.calls) > allowed:
        why = (
            f"{candidate.failed} of {candidate.calls} calls failed, {current.failed} of {current.calls} of the current"
        )
        return Judged(Verdict.FAILED, f"{why} models; at most {allowed:.1%} may", figures)
    if gate.p95 is not None and candidate.calls >= LEAST_FOR_P95 and (candidate.p95 or 0.0) > gate.p95:
        why = f"95 % of the calls took up to {candidate.p95:g} ms; at most {gate.p95:g} ms are allowed"
        return Judged(Verdict.FAILED, why, figures)
    if candidate.calls >= step.calls and waited >= timedelta(minutes=step.minutes):
        return Judged(Verdict.PASSED, f"{candidate.calls} calls, {candidate.failed} failed", figures)
    if waited >= timedelta(hours=step.wait_hours):
        why = f"only {candidate.calls} of {step.calls} calls came in {step.wait_hours} hours"
        return Judged(Verdict.FAILED, why, figures)
    why = (
        f"{candidate.calls} of at least {step.calls} calls, {waited // timedelta(minutes=1)} of {step.minutes} minutes"
    )
    return Judged(Verdict.WAIT, why, figures)


def lower_bound(failed: int, calls: int) -> float:
    """Return the share of failures that the calls are 95 % sure to exceed: Wilson's interval, one-sided."""
    if not calls:
        return 0.0
    rate, square = failed / calls, Z * Z / calls
    return (rate + square / 2 - Z * sqrt(rate * (1 - rate) / calls + square / (4 * calls))) / (1 + square)
