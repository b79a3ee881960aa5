"""What a timer starts: everything whose time has come, found in stored state, so that a missed minute is caught up."""

import logging
from datetime import datetime

from studio.deployment import Deployment
from studio.policies import KIND as POLICY
from studio.retraining import run_due_policy
from studio.schedules import list_due

logger = logging.getLogger(__name__)


def start_due_work(deployment: Deployment, *, now: datetime) -> int:
    """Start what is due and return how many schedules were; two ticks at once start nothing twice."""
    count = 0
    for schedule in list_due(deployment.storage, now=now):
        count += 1
        try:
            {POLICY: run_due_policy}[schedule.kind](deployment, schedule, now=now)
        except Exception:
            # One that fails must not keep the others waiting; it stays due.
            logger.exception("The schedule %s of workspace %s failed.", schedule.key, schedule.workspace_id)
    return count
