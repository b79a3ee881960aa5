"""Timers that keep the deployment healthy."""

import logging

import azure.functions as func

from functions.deployment import deployment
from functions.requests import now
from studio.work import requeue_orphans

blueprint = func.Blueprint()
logger = logging.getLogger(__name__)


@blueprint.timer_trigger(schedule="0 * * * * *", arg_name="tick", run_on_startup=False)
def requeue_orphaned_work(tick: func.TimerRequest) -> None:
    """Send work again whose process died, every minute."""
    count = requeue_orphans(deployment().storage, now=now())
    if count:
        logger.info("Requeued %s orphaned jobs and runs", count)
