"""What the month is to show: each promise is a sentence with its figures, and whether it was kept."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from examples.month.callers import DRIFT_DAY, HOURS
from examples.month.days import Day
from examples.month.endpoint import Watched
from examples.month.story import Told
from studio.registry.history import list_history
from studio.rollout.challenges import list_challenges
from studio.storage.event_log import DRIFT_DETECTED, PROMOTION_ROLLED_BACK, Recorded

DAY, HOUR = timedelta(days=1), timedelta(hours=1)
# An hour has to end and be counted, and a receiver that fails is tried again at the next minute lived through.
TOLD_WITHIN = timedelta(hours=3)
LOST_AT_MOST = 0.02


@dataclass(frozen=True, slots=True)
class Promise:
    """A promise in words, and whether the month kept it."""

    text: str
    kept: bool


def promises(watched: Watched, told: Told, days: Sequence[Day], start: datetime) -> Iterator[Promise]:
    """Yield the promises of the month, in order of time."""
    events = [event for day in days for event in day.events]
    logged, missing = sum(day.rows for day in days), sum(day.missing for day in days)
    text = f"every row is in the log: {logged:,} of {told.rows:,}, {missing} missing"
    yield Promise(text, logged == told.rows and not missing)
    yield from _drift_noticed(watched, days, events, start)
    yield from _promoted(watched, days, events)
    yield same_caller(told)
    yield from _taken_back(days, events, watched, start)
    yield _delivered(watched, events)


def _drift_noticed(
    watched: Watched, days: Sequence[Day], events: Sequence[Recorded], start: datetime
) -> Iterator[Promise]:
    change = start + DRIFT_DAY * DAY
    drifts = [event for event in events if event.type == DRIFT_DETECTED]
    early = [event for event in drifts if datetime.fromisoformat(event.at) <= change]
    yield Promise(f"no drift is told in the {DRIFT_DAY} days before it: {len(early)} events", not early)
    first = next((day.number for day in days if any(day.fired.values())), None)
    yield Promise(f"the first day that drifts is day {first}", first == DRIFT_DAY + 1)
    asked, never = change + HOURS[0] * HOUR, start + len(days) * DAY
    arrived = min((watched.receiver.arrived.get(event.id, never) for event in drifts), default=never)
    text = (
        f"drift is noticed in the first hour with changed rows, and the receiver told {arrived - asked} after the first"
    )
    yield Promise(text, arrived - asked <= TOLD_WITHIN)


def _promoted(watched: Watched, days: Sequence[Day], events: Sequence[Recorded]) -> Iterator[Promise]:
    challenges = list_challenges(watched.app.storage, watched.endpoint)
    reasons = [f"{item['Reason']}: {item['Why']}" for item in challenges]
    won = len(challenges) == 1 and challenges[0]["Reason"] == "drift" and bool(challenges[0]["Passed"])
    yield Promise(f"drift retrains once, and the challenger wins: {'; '.join(reasons) or 'no challenge'}", won)
    ways = [shares[2] for _, shares in watched.shares if 2 in shares]
    steps = list(dict.fromkeys(ways))
    steps = steps[: steps.index(100) + 1] if 100 in steps else steps
    yield Promise(f"version 2 goes from the shadow (0) to all rows in steps: {steps}", steps == [0, 5, 25, 100])
    both = [day for day in days if {1, 2} <= day.auc.keys() and min(day.auc[1][1], day.auc[2][1]) >= 100]
    pairs = ", ".join(f"day {day.number}: {day.auc[2][0]:.3f} and {day.auc[1][0]:.3f}" for day in both)
    better = bool(both) and all(day.auc[2][0] > day.auc[1][0] for day in both)
    yield Promise(f"it is better than version 1 on the same days: {pairs}", better)
    before, worst, after = (_mean(days, version, part) for version, part in _spans(days))
    text = f"AUC was {before:.3f}, fell to {worst:.3f}, and is {after:.3f} again"
    yield Promise(text, worst < before - LOST_AT_MOST and after > before - LOST_AT_MOST)


def _spans(days: Sequence[Day]) -> tuple[tuple[int, range], ...]:
    """Return version and days before the drift, in it, and after the promotion until the bad candidate."""
    promoted = next((day.number for day in days if day.shares.get(2) == 100), len(days))
    return (1, range(1, DRIFT_DAY + 1)), (1, range(DRIFT_DAY + 1, promoted)), (2, range(promoted + 1, len(days)))


def _mean(days: Sequence[Day], version: int, numbers: range) -> float:
    known = [day.auc[version] for day in days if day.number in numbers and version in day.auc]
    truths = sum(count for _, count in known)
    return sum(value * count for value, count in known) / truths if truths else 0.0


def same_caller(told: Told) -> Promise:
    """Return whether each caller met one model in each step."""
    both = sum(len(found) > 1 for found in told.answered.values())
    return Promise(f"a caller meets one model as long as the shares stay: {both} callers met two", not both)


def _taken_back(
    days: Sequence[Day], events: Sequence[Recorded], watched: Watched, start: datetime
) -> Iterator[Promise]:
    highest = max((shares[3] for _, shares in watched.shares if 3 in shares), default=0)
    back = [event for event in events if event.type == PROMOTION_ROLLED_BACK]
    why = str(back[0].data["why"]) if back else "it was not"
    yield Promise(f"the bad candidate is taken back at {highest} % of the rows: {why}", len(back) == 1 and highest == 5)
    if back:
        begun = next(at for at, shares in watched.shares if 3 in shares)
        delay = datetime.fromisoformat(back[0].at) - begun
        yield Promise(f"that takes {delay}, as truths come a day late", delay < 3 * DAY)
    yield Promise(f"version 2 answers all rows in the end: {watched.shares[-1][1]}", watched.shares[-1][1] == {2: 100})
    history = list_history(watched.app.storage, watched.endpoint.id, watched.endpoint.change)
    taken = [item for item in history if "taken back" in item.why]
    yield Promise("the history says that it was taken back, and why", len(taken) == 1)


def _delivered(watched: Watched, events: Sequence[Recorded]) -> Promise:
    receiver, ids = watched.receiver, {event.id for event in events}
    text = (
        f"each of {len(ids)} events is taken in once, by a receiver that failed {receiver.failed} of {receiver.posts} "
        f"times and was told {receiver.repeats} twice"
    )
    return Promise(text, ids == set(receiver.kept) and not receiver.unsigned and receiver.failed > 0)
