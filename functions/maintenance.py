"""Timers that keep the deployment healthy."""

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
    """Send work again whose process died, every minute."""
    count = requeue_orphans(current_app().storage, now=now())
    if count:
        logger.info("Requeued %s orphaned jobs and runs", count)


@blueprint.timer_trigger(schedule="30 * * * * *", arg_name="tick", run_on_startup=False)
def start_what_is_due(tick: func.TimerRequest) -> None:
    """Start what policies ask for, every minute."""
    count = start_due_work(current_app().storage, now=now())
    if count:
        logger.info("Looked at %s schedules that were due", count)


@blueprint.timer_trigger(schedule="0 17 * * * *", arg_name="tick", run_on_startup=False)
def sweep_what_expired(tick: func.TimerRequest) -> None:
    """Delete outputs and records that are older than the settings allow, every hour."""
    app = current_app()
    logger.info("Swept %s", sweep(app.storage, now=now()))
