"""Dispatch: which function a queue message or a due schedule runs.

Both rely on stored state only. A message names a row, which must be claimed first, so a message that arrives twice does
nothing; a timer tick looks up the schedules that are due, so a missed tick is made up for by the next.
"""

import contextlib
import logging
import time
from collections import deque
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime
from random import Random

from studio.automation.retraining import run_due_policy
from studio.errors import NotFound
from studio.experiments.runs import perform_run
from studio.jobs.jobs import Job
from studio.jobs.limits import is_turn_of
from studio.jobs.worker import help_with_job, perform_job
from studio.monitoring.drift import KIND as DRIFT
from studio.monitoring.drift import run_due_drift, watch_logs
from studio.pipelines.firing import SLICES, TRIGGER, run_due_slices, run_due_trigger
from studio.pipelines.steps import perform_pipeline_step
from studio.registry.endpoints import get_endpoint, renew_change_token
from studio.rollout.challenges import perform_challenge, submit_challenges
from studio.rollout.policies import KIND as POLICY
from studio.rollout.promotion_moves import run_due_promotion
from studio.rollout.promotion_plan import KIND as PROMOTION
from studio.rollout.shadow import run_due_shadow, watch_shadows
from studio.rollout.shadow_scoring import perform_shadow
from studio.rollout.shadow_state import KIND as SHADOW
from studio.serving.app import App
from studio.storage.account import Storage
from studio.telemetry import CONSUMER, Fields, span
from studio.work.leases import Claim, claimed_work
from studio.work.queue import WorkMessage
from studio.work.schedules import Schedule, list_due
from studio.work.state import WorkKey

# Less than the minute between two ticks.
TICK_SECONDS = 40
# Once an hour, endpoints are looked for whose prediction log is new, and shadows that no schedule has.
WATCH_MINUTE = 2
logger = logging.getLogger(__name__)


def _submit_challenges(storage: Storage, job: Job, models: dict[str, str], now: datetime) -> None:
    """Submit challenges for newly trained models, unless the training endpoint has been deleted."""
    with contextlib.suppress(NotFound):
        trainer = get_endpoint(storage, job.workspace_id, job.endpoint_id)
        submit_challenges(storage, trainer, job.id, models, asked_by=job.policy, upload=job.upload, now=now)


def _perform_job(app: App, claim: Claim, *, now: datetime) -> None:
    perform_job(app, claim, on_trained=_submit_challenges, now=now)


def _perform_run(app: App, claim: Claim, *, now: datetime) -> None:
    perform_run(app.storage, claim, app.models.get)


# WORKERS by the table that a message names, STARTERS by the kind of the due schedule.
WORKERS: dict[str, Callable[..., None]] = {
    "jobs": _perform_job,
    "runs": _perform_run,
    "pipelineruns": perform_pipeline_step,
    "challenges": perform_challenge,
    SHADOW: perform_shadow,
}
STARTERS: dict[str, Callable[..., None]] = {
    POLICY: run_due_policy,
    TRIGGER: run_due_trigger,
    SLICES: run_due_slices,
    PROMOTION: run_due_promotion,
    SHADOW: run_due_shadow,
    DRIFT: run_due_drift,
}


@dataclass(frozen=True, slots=True)
class Ticket:
    """A queue message as it was delivered.

    Parameters
    ----------
    asked
        The message; which piece of work it starts is left to studio/work/turns.py.
    delivery
        How often it has been delivered.
    host
        The `traceparent` of the host's span of this delivery.
    """

    asked: WorkMessage
    delivery: int = 1
    host: str | None = None

    @contextlib.contextmanager
    def span(self, work: WorkMessage) -> Iterator[None]:
        """Return a context manager for a piece of work: a span in the trace of the request that asked for it."""
        key = work.key
        fields: Fields = {"perennial.work.id": key.key, "perennial.work.delivery": self.delivery}
        with span(f"work {key.table}", CONSUMER, work.trace, fields, host=self.host):
            logger.info("Work %s of %s, delivery %s", key.key, key.table, self.delivery, extra=fields)
            yield


def perform_next(app: App, ticket: Ticket, *, now: datetime) -> None:
    """Do the piece of work whose turn it is, for a message that may name another."""
    asked = ticket.asked
    if asked.key.table == "jobparts":
        with ticket.span(asked):
            help_with_job(app, asked.key, lambda: app.turns.others_wait(app.storage, asked.key.tenant))
        return
    work = app.turns.take(app.storage, asked)
    while work.key.table == "jobs" and not is_turn_of(app.storage, work.key):
        # It was queued again with a message of its own; this message is for another piece of work.
        app.turns.ended(work.key)
        if work.key == asked.key:
            return
        work = app.turns.take(app.storage, asked)
    try:
        with ticket.span(work):
            _perform(app, work.key, now)
    except Exception:
        app.turns.put_back(app.storage, work.key)
        raise
    finally:
        app.turns.ended(work.key)


def perform_work(app: App, key: WorkKey, *, now: datetime) -> None:
    """Do a piece of work, unless it has ended, was cancelled or is claimed by another process."""
    if key.table == "jobparts":
        help_with_job(app, key)
        return
    if key.table != "jobs" or is_turn_of(app.storage, key):
        _perform(app, key, now)


def _perform(app: App, key: WorkKey, now: datetime) -> None:
    with claimed_work(app.storage, key, app.storage.settings.job_lease_seconds) as claim:
        if claim is not None:
            WORKERS[key.table](app, claim, now=now)


def start_due_work(storage: Storage, *, now: datetime, seconds: float = TICK_SECONDS) -> int:
    """Start the work of due schedules and return of how many; concurrent ticks start nothing twice.

    Workspaces take turns, a schedule each, until time is up; each tick begins with another workspace, and with the
    schedule of it that is due for longest.
    """
    # A process may have died after it changed an endpoint, before it renewed the token.
    renew_change_token(storage)
    if now.minute == WATCH_MINUTE:
        _watch_logs(storage, now)
    started, count = time.monotonic(), 0
    for schedule in in_turns(list_due(storage, now=now), Random(now.isoformat())):  # noqa: S311 - an order, no secret
        if time.monotonic() - started > seconds:
            logger.warning("Not all due schedules were processed within %s seconds; the next tick goes on", seconds)
            break
        count += 1
        try:
            STARTERS[schedule.kind](storage, schedule, now=now)
        except Exception:
            # A schedule that fails must not block the others; it stays due.
            logger.exception("The schedule %s of workspace %s failed.", schedule.key, schedule.workspace_id)
    return count


def _watch_logs(storage: Storage, now: datetime) -> None:
    for watch in (watch_logs, watch_shadows):
        try:
            watch(storage, now=now)
        except Exception:
            logger.exception("The endpoints with a prediction log or a shadow could not be listed.")


def in_turns(schedules: Iterable[Schedule], random: Random) -> Iterator[Schedule]:
    """Yield schedules, one of each workspace at a time: workspaces in random order, their schedules by due time."""
    waiting: dict[str, deque[Schedule]] = {}
    for schedule in sorted(schedules, key=lambda item: item.next_at):
        waiting.setdefault(schedule.workspace_id, deque()).append(schedule)
    queues = [*waiting.values()]
    random.shuffle(queues)
    while queues:
        yield from [queue.popleft() for queue in queues]
        queues = [queue for queue in queues if queue]
