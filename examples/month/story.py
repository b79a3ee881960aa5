"""What happens in the month: callers ask, truths come a day later, and somebody tries a model that is no good."""

from collections import deque
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

import numpy as np

from examples.month.callers import HOURS, requests_of
from examples.month.endpoint import CALLER, HOLD_OUT, SHUFFLED, Watched
from studio.registry.endpoints import get_endpoint
from studio.rollout.policies import put_policy
from studio.rollout.promotion import put_promotion

DAYS, BAD_DAY = 30, 23
DAY, HOUR, MINUTE = timedelta(days=1), timedelta(hours=1), timedelta(minutes=1)
# Of the timer's 1,440 minutes a day, those that matter: in and after hours with calls, at midnight, and at night.
ASKED, MIDNIGHT, NIGHT = (4,), (2, 4, 17), (4,)
TRUTHS_EVERY = 6
GATE = {"Metric": "AUC", "AtMostWorse": 0.01, "MinimumTruths": 60}
STEPS = [{"Share": 5, "Minutes": 360, "Calls": 10}, {"Share": 25, "Minutes": 360}, {"Share": 100, "Minutes": 60}]


@dataclass(slots=True)
class Told:
    """What was sent: rows, who answered whom in which step, and the day of each truth that came."""

    rows: int = 0
    answered: dict[tuple[datetime, str], set[str]] = field(default_factory=dict)
    truths: int = 0


def live(watched: Watched, start: datetime, seed: int, after_day: Callable[[int], None]) -> Told:
    """Live through the month; `after_day` is called with the number of each day that is over, from 0 on."""
    rng, told = np.random.default_rng(seed), Told()
    waiting: deque[tuple[datetime, dict[str, Any]]] = deque()
    put_policy(watched.app.storage, watched.endpoint, policy(watched), now=start)
    watched.look()
    for day in range(DAYS):
        for hour in range(24):
            at = start + day * DAY + hour * HOUR
            if hour % TRUTHS_EVERY == 0:
                _send_truths(watched, waiting, told, at)
            if day == BAD_DAY and hour == HOURS[0]:
                begin_bad_candidate(watched, at)
            _hour(watched, day, at, rng, waiting, told)
        after_day(day)
    drain(watched, start + DAYS * DAY)
    return told


def _hour(
    watched: Watched,
    day: int,
    at: datetime,
    rng: np.random.Generator,
    waiting: deque[tuple[datetime, dict[str, Any]]],
    told: Told,
) -> None:
    """Let an hour pass: requests and minutes of the timer, in order of time."""
    asks = at.hour in HOURS
    minutes = deque(_minutes(at.hour))
    for request in requests_of(day, at.hour, rng) if asks else ():
        moment = at + request.after
        while minutes and at + minutes[0] * MINUTE <= moment:
            watched.minute(at + minutes.popleft() * MINUTE)
        watched.clock.at = moment
        by = watched.score(request)
        told.answered.setdefault((watched.shares[-1][0], request.caller), set()).add(by)
        told.rows += len(request.rows)
        for number, truth in enumerate(request.truths):
            waiting.append((moment, {"Id": f"{request.id}/{number}", "Value": truth}))
    while minutes:
        watched.minute(at + minutes.popleft() * MINUTE)


def _minutes(hour: int) -> tuple[int, ...]:
    if hour in HOURS or hour - 1 in HOURS:
        return ASKED
    return MIDNIGHT if hour == 0 else NIGHT if hour % TRUTHS_EVERY == 0 else ()


def _send_truths(watched: Watched, waiting: deque[Any], told: Told, at: datetime) -> None:
    """Send the truths of the rows that are a day old."""
    found = []
    while waiting and waiting[0][0] <= at - DAY:
        found.append(waiting.popleft()[1])
    if found:
        watched.clock.at = at
        told.truths += watched.app.truths.add(watched.endpoint, {"Truths": found}, now=at)


def policy(watched: Watched) -> dict[str, Any]:
    """Return the policy: retrain on the log when a column has drifted for three days, and promote in steps."""
    return {
        "TrainingService": watched.trainer.service_id,
        "Trigger": {"Type": "Drift", "For": {"Days": 3}},
        "TrainingData": "log",
        "Gate": {"Metric": "AUC", "HeldBackData": HOLD_OUT, "AtMostWorse": 0.02, "MinimumRows": 1000},
        "Promotion": {
            "Steps": [{"Shadow": 1000, "Minutes": 60}, *STEPS[:2]],
            "Gate": GATE,
            "Key": {"Header": CALLER},
        },
    }


def begin_bad_candidate(watched: Watched, at: datetime) -> None:
    """Have somebody promote a model that was trained on labels of other rows, without trying it first."""
    watched.clock.at = at
    watched.train(SHUFFLED)
    (current,) = watched.endpoint.resources
    body = {
        "Candidate": [{"Name": current.name, "Version": current.version + 1}],
        "Steps": STEPS,
        "Gate": GATE,
        "Key": {"Header": CALLER},
        "Why": "newer, so surely better",
    }
    endpoint = get_endpoint(watched.app.storage, *watched.key)
    put_promotion(watched.app, endpoint, body, by="workspace token of somebody in a hurry", now=at)
    watched.look()


def drain(watched: Watched, at: datetime) -> None:
    """Let the timer go on until the receiver has what waits for it, for half a day at most."""
    for number in range(12):
        watched.minute(at + number * HOUR + 5 * MINUTE)
