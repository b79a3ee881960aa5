"""What a timer starts: everything whose time has come, found in stored state, so that a missed minute is caught up."""

import logging
from datetime import datetime

from studio.deployment import Deployment
from studio.policies import KIND as POLICY
from studio.retraining import run_due_policy
from studio.schedules import list_due
from studio.triggers import SLICES, TRIGGER, run_due_slices, run_due_trigger

RUNNERS = {POLICY: run_due_policy, TRIGGER: run_due_trigger, SLICES: run_due_slices}
logger = logging.getLogger(__name__)


def start_due_work(deployment: Deployment, *, now: datetime) -> int:
    """Start what is due and return how many schedules were; two ticks at once start nothing twice."""
    count = 0
    for schedule in list_due(deployment.storage, now=now):
        count += 1
        try:
            RUNNERS[schedule.kind](deployment, schedule, now=now)
        except Exception:
            # One that fails must not keep the others waiting; it stays due.
            logger.exception("The schedule %s of workspace %s failed.", schedule.key, schedule.workspace_id)
    return count
