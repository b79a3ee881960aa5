"""The app's one timer: requeues orphaned work, starts what is due, tells events, keeps logs and live metrics in order
and, once an hour, deletes what has expired.

One, because Flex Consumption gives each timer function an instance of its own (docs/decisions/0027-one-timer.md).
"""

import logging
from collections.abc import Callable
from datetime import datetime
from functools import partial

import azure.functions as func

from functions.events import event_sender
from functions.http.app import current_app
from functions.http.requests import now
from studio.automation.dispatch import start_due_work
from studio.events.announced import settle_announced
from studio.events.delivery import tell_due
from studio.events.poison import tell_poisoned
from studio.events.sending import Sender
from studio.monitoring.compaction import compact_ended_hours
from studio.monitoring.metrics import compute_stale_metrics
from studio.monitoring.removal import sweep_kept_rows
from studio.storage.account import Storage
from studio.work.queue import requeue_orphans
from studio.work.retention import sweep

blueprint = func.Blueprint()
logger = logging.getLogger(__name__)

SWEEP_MINUTE = 17
# Soon after an hour has ended, and again for what comes late.
COMPACTION_MINUTES, COMPACTION_MINUTE = 20, 4
Task = Callable[[Storage, datetime], None]


@blueprint.timer_trigger(schedule="0 * * * * *", arg_name="tick", run_on_startup=False)
def every_minute(tick: func.TimerRequest) -> None:
    """Do what the minute asks for."""
    do_minute(current_app().storage, event_sender(), now())


def do_minute(storage: Storage, sender: Sender, moment: datetime) -> None:
    """Requeue orphaned work, start what is due, tell events and measure what truths came for; tidy up at times.

    Each task is tried; the first error rises when all have been.
    """
    tasks: list[Task] = [_requeue, _start, partial(_tell, sender=sender), _measure]
    tasks += [_compact] if moment.minute % COMPACTION_MINUTES == COMPACTION_MINUTE else []
    tasks += [_sweep] if moment.minute == SWEEP_MINUTE else []
    errors = [error for task in tasks if (error := _failure_of(task, storage, moment)) is not None]
    if errors:
        raise errors[0]


def _failure_of(task: Task, storage: Storage, moment: datetime) -> Exception | None:
    """Do a task of the tick; what one cannot do keeps the others from nothing."""
    try:
        task(storage, moment)
    except Exception as error:
        logger.exception("The timer could not %s.", _name(task))
        return error
    return None


def _name(task: Task) -> str:
    return str(getattr(task, "func", task).__name__).strip("_")


def _requeue(storage: Storage, moment: datetime) -> None:
    count = requeue_orphans(storage, now=moment)
    if count:
        logger.info("Requeued %s orphaned jobs and runs", count)


def _start(storage: Storage, moment: datetime) -> None:
    count = start_due_work(storage, now=moment)
    if count:
        logger.info("Processed %s due schedules", count)


def _tell(storage: Storage, moment: datetime, sender: Sender) -> None:
    settled = settle_announced(storage, now=moment)
    if settled:
        logger.info("Recorded %s events of processes that died", settled)
    tell_poisoned(storage)
    delivered = tell_due(storage, sender, now=moment)
    if delivered:
        logger.info("Delivered %s events", delivered)


def _measure(storage: Storage, moment: datetime) -> None:
    count = compute_stale_metrics(storage, now=moment)
    if count:
        logger.info("Computed the live metrics of %s days", count)


def _compact(storage: Storage, moment: datetime) -> None:
    done = compact_ended_hours(storage, now=moment)
    if done:
        logger.info("Compacted %s hours of prediction logs", len(done))


def _sweep(storage: Storage, moment: datetime) -> None:
    logger.info("Deleted expired data: %s", sweep(storage, now=moment) | sweep_kept_rows(storage, now=moment))
