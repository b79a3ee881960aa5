"""What a step of a promotion plan has shown so far, and whether the candidate may go on, must wait or goes back."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import Enum
from math import sqrt
from typing import Any

from studio.registry.deployments import Deployment, models_id
from studio.registry.endpoints import Endpoint
from studio.rollout.gate import required_text
from studio.rollout.promotion_plan import Plan
from studio.rollout.promotion_steps import Step
from studio.rollout.promotion_truths import TruthsSeen, read_truths_seen
from studio.rollout.shadow_state import ShadowState, find_state, shadow_key
from studio.serving.traffic_rows import HOUR, HourCounts, quantile_milliseconds, read_models, total
from studio.storage.account import Storage

# One-sided, 95 %: few calls that fail by chance end no plan, and most calls of few that fail do.
Z = 1.645
# From so many calls on, 95 % of them say something.
LEAST_FOR_P95 = 20
# From so many compared rows on, the share that agree says something.
LEAST_FOR_AGREEMENT = 100


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


def judge_step(storage: Storage, plan: Plan, endpoint: Endpoint, now: datetime) -> Judged:
    """Judge a candidate by what the step that it is in has shown so far.

    A gate that fails takes it back at once. It goes on when the step has lasted for its time and has its calls, rows
    and truths; if they do not come in time, it goes back.
    """
    step, since = plan.steps[plan.place.step], datetime.fromisoformat(plan.place.since)
    if step.shadow:
        seen = judge_shadow(step, find_state(storage, plan.workspace_id, plan.endpoint_id), plan)
    else:
        candidate, current = (
            count_calls(storage, endpoint, models_id(resources), since, plan.place.before, now)
            for resources in (plan.candidate, endpoint.resources)
        )
        seen = judge_calls(step, candidate, current)
    both = [seen]
    if step.gate.metric:
        both.append(judge_truths(step, read_truths_seen(storage, plan, endpoint, step.gate.metric, now)))
    return decide(step, both, now - since)


def decide(step: Step, seen: list[Judged], waited: timedelta) -> Judged:
    """Return what becomes of a candidate whose calls, rows and truths were judged, after so long a time."""
    figures = {name: value for item in seen for name, value in item.figures.items()}
    why = ", ".join(item.why for item in seen)
    failed = [item for item in seen if item.verdict is Verdict.FAILED]
    if failed:
        return Judged(Verdict.FAILED, failed[0].why, figures)
    waiting = [item for item in seen if item.verdict is Verdict.WAIT]
    if not waiting and waited >= timedelta(minutes=step.minutes):
        return Judged(Verdict.PASSED, why, figures)
    if waiting and waited >= timedelta(hours=step.wait_hours):
        return Judged(Verdict.FAILED, f"{waiting[0].why} came in {step.wait_hours} hours", figures)
    return Judged(Verdict.WAIT, f"{why}, {waited // timedelta(minutes=1)} of {step.minutes} minutes", figures)


def judge_calls(step: Step, candidate: Calls, current: Calls) -> Judged:
    """Judge a candidate by its calls since the step began: those that fail, and how long they take."""
    figures = {"Candidate": candidate.to_object(), "Current": current.to_object()}
    gate = step.gate
    allowed = gate.error_rate + (current.failed / current.calls if current.calls else 0.0)
    if lower_bound(candidate.failed, candidate.calls) > allowed:
        why = (
            f"{candidate.failed} of {candidate.calls} calls failed, {current.failed} of {current.calls} of the current"
        )
        return Judged(Verdict.FAILED, f"{why} models; at most {allowed:.1%} may", figures)
    if gate.p95 is not None and candidate.calls >= LEAST_FOR_P95 and (candidate.p95 or 0.0) > gate.p95:
        why = f"95 % of the calls took up to {candidate.p95:g} ms; at most {gate.p95:g} ms are allowed"
        return Judged(Verdict.FAILED, why, figures)
    if candidate.calls < step.calls:
        return Judged(Verdict.WAIT, f"only {candidate.calls} of {step.calls} calls", figures)
    return Judged(Verdict.PASSED, f"{candidate.calls} calls, {candidate.failed} failed", figures)


def judge_shadow(step: Step, state: ShadowState | None, plan: Plan) -> Judged:
    """Judge a candidate by the rows that it scored in the shadow: those that it could not, and labels that differ."""
    if state is None or state.candidate != shadow_key(Deployment(plan.name, 0, plan.candidate)):
        return Judged(Verdict.WAIT, f"only 0 of {step.shadow} rows", {})
    compared = sum(item.rows for item in state.compared.values() if item.labelled)
    agreeing = sum(item.agreeing for item in state.compared.values() if item.labelled)
    agreement = agreeing / compared if compared else None
    figures = {"Shadow": {"Rows": state.rows, "Failed": state.failed, "Compared": compared, "Agreement": agreement}}
    if lower_bound(state.failed, state.rows + state.failed) > step.gate.error_rate:
        why = f"{state.failed} of {state.rows + state.failed} rows could not be scored"
        return Judged(Verdict.FAILED, f"{why}; at most {step.gate.error_rate:.1%} may", figures)
    least = step.gate.agreement
    # The labels that differ are as many as must be, with 95 % confidence, before it goes back.
    if least is not None and compared >= LEAST_FOR_AGREEMENT and lower_bound(compared - agreeing, compared) > 1 - least:
        why = f"{agreement:.1%} of {compared} rows have the label that was answered"
        return Judged(Verdict.FAILED, f"{why}; at least {least:.1%} must", figures)
    if state.rows < step.shadow:
        return Judged(Verdict.WAIT, f"only {state.rows} of {step.shadow} rows", figures)
    shown = "" if agreement is None else f", {agreement:.1%} have the label that was answered"
    return Judged(Verdict.PASSED, f"{state.rows} rows in the shadow{shown}", figures)


def judge_truths(step: Step, seen: list[TruthsSeen]) -> Judged:
    """Judge a candidate by a metric on the truths that came, beside that of the current models."""
    gate = step.gate
    figures = {"Truths": [item.to_object() for item in seen]}
    short = [item for item in seen if min(item.candidate_truths, item.current_truths) < gate.truths]
    if short or not seen:
        least = min((min(item.candidate_truths, item.current_truths) for item in short), default=0)
        return Judged(Verdict.WAIT, f"only {least} of {gate.truths} truths", figures)
    for item in seen:
        if item.worse_than(gate.margin):
            return Judged(Verdict.FAILED, f"{item.text}; it must be {required_text(gate.margin)}", figures)
    return Judged(Verdict.PASSED, ", ".join(item.text for item in seen), figures)


def lower_bound(failed: int, calls: int) -> float:
    """Return the share of failures that the calls are 95 % sure to exceed: Wilson's interval, one-sided."""
    if not calls:
        return 0.0
    rate, square = failed / calls, Z * Z / calls
    return (rate + square / 2 - Z * sqrt(rate * (1 - rate) / calls + square / (4 * calls))) / (1 + square)
