"""What truths say of a candidate and of the current models: a live metric over the days since a plan began.

A day's metric counts as often as rows of it were measured. Only days count on which both have truths, so that both met
the same days.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from studio.model.hold_out import LESS_IS_BETTER
from studio.monitoring.metrics import LiveMetrics, live_metrics
from studio.registry.deployments import CURRENT
from studio.registry.endpoints import Endpoint
from studio.rollout.promotion_plan import Plan
from studio.storage.account import Storage


@dataclass(frozen=True, slots=True)
class TruthsSeen:
    """A metric of an output: of the candidate and of the current models, and on how many truths; None if undefined."""

    output: str
    metric: str
    candidate: float | None
    current: float | None
    candidate_truths: int
    current_truths: int

    @property
    def text(self) -> str:
        """The metric of both in words."""
        mine, theirs = ("undefined" if value is None else f"{value:.4g}" for value in (self.candidate, self.current))
        return (
            f"{self.metric} is {mine} on {self.candidate_truths} truths, that of the current models {theirs} on "
            f"{self.current_truths}"
        )

    def worse_than(self, margin: float) -> bool:
        """Return whether the candidate's metric is not better by a margin; one that is undefined is not."""
        if self.candidate is None or self.current is None:
            return True
        sign = -1.0 if self.metric in LESS_IS_BETTER else 1.0
        # The tolerance absorbs rounding.
        return sign * (self.candidate - self.current) < margin - 1e-12

    def to_object(self) -> dict[str, Any]:
        """Return the metric as the API shows it."""
        return {
            "Output": self.output,
            "Metric": self.metric,
            "Candidate": self.candidate,
            "Current": self.current,
            "CandidateTruths": self.candidate_truths,
            "CurrentTruths": self.current_truths,
        }


def read_truths_seen(storage: Storage, plan: Plan, endpoint: Endpoint, metric: str, now: datetime) -> list[TruthsSeen]:
    """Return what truths say so far of the outputs that the candidate scored since its plan began."""
    since = datetime.fromisoformat(plan.started_at)
    found = live_metrics(storage, endpoint, since=since, until=now + timedelta(days=1))
    own = {item.model for item in endpoint.resources}
    candidate = {item.model for item in plan.candidate} - own
    mine = [item for item in found if item.deployment == plan.name and item.model in candidate]
    theirs = [item for item in found if item.deployment == CURRENT and item.model in own]
    return [
        _seen(output, metric, *(_of(items, output) for items in (mine, theirs)))
        for output in sorted({item.output for item in mine})
    ]


def _of(items: list[LiveMetrics], output: str) -> dict[str, list[LiveMetrics]]:
    """Return the measured metrics of an output by day."""
    days: dict[str, list[LiveMetrics]] = {}
    for item in items:
        if item.output == output and item.measured:
            days.setdefault(item.day, []).append(item)
    return days


def _seen(
    output: str, metric: str, mine: dict[str, list[LiveMetrics]], theirs: dict[str, list[LiveMetrics]]
) -> TruthsSeen:
    both = mine.keys() & theirs.keys()
    (candidate, truths), (current, others) = (
        _mean([item for day in both for item in days[day]], metric) for days in (mine, theirs)
    )
    return TruthsSeen(output, metric, candidate, current, truths, others)


def _mean(items: list[LiveMetrics], metric: str) -> tuple[float | None, int]:
    """Return the mean of a metric, weighted by the rows that were measured, and how many they are."""
    known = [(item.metrics[metric], item.measured) for item in items if metric in item.metrics]
    weight = sum(measured for _, measured in known)
    mean = sum(value * measured for value, measured in known) / weight if weight else None
    return mean, sum(item.measured for item in items)
