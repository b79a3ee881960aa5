"""Timers that requeue orphaned work, start work that is due and delete what has expired."""

import logging

import azure.functions as func

from functions.http.app import current_app
from functions.http.requests import now
from studio.automation.dispatch import start_due_work
from studio.work.queue import requeue_orphans
from studio.work.retention import sweep

blueprint = func.Blueprint()
logger = logging.getLogger(__name__)


@blueprint.timer_trigger(schedule="0 * * * * *", arg_name="tick", run_on_startup=False)
def requeue_orphaned_work(tick: func.TimerRequest) -> None:
    """Requeue jobs and runs whose worker died, every minute."""
    count = requeue_orphans(current_app().storage, now=now())
    if count:
        logger.info("Requeued %s orphaned jobs and runs", count)


@blueprint.timer_trigger(schedule="30 * * * * *", arg_name="tick", run_on_startup=False)
def start_what_is_due(tick: func.TimerRequest) -> None:
    """Start the work of due policies, triggers and slices, every minute."""
    count = start_due_work(current_app().storage, now=now())
    if count:
        logger.info("Processed %s due schedules", count)


@blueprint.timer_trigger(schedule="0 17 * * * *", arg_name="tick", run_on_startup=False)
def sweep_what_expired(tick: func.TimerRequest) -> None:
    """Delete outputs and records whose retention period has passed, every hour."""
    app = current_app()
    logger.info("Deleted expired data: %s", sweep(app.storage, now=now()))
