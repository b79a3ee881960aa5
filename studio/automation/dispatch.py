"""Dispatch: which function a queue message or a due schedule runs.

Both rely on stored state only. A message names a row, which must be claimed first, so a message that arrives twice does
nothing; a timer tick looks up the schedules that are due, so a missed tick is made up for by the next.
"""

import contextlib
import logging
from collections.abc import Callable
from datetime import datetime

from studio.automation.retraining import run_due_policy
from studio.errors import NotFound
from studio.experiments.runs import perform_run
from studio.jobs.jobs import Job
from studio.jobs.limits import is_turn_of
from studio.jobs.worker import help_with_job, perform_job
from studio.pipelines.firing import SLICES, TRIGGER, run_due_slices, run_due_trigger
from studio.pipelines.steps import perform_pipeline_step
from studio.registry.endpoints import get_endpoint
from studio.rollout.challenges import perform_challenge, submit_challenges
from studio.rollout.policies import KIND as POLICY
from studio.serving.app import App
from studio.storage.account import Storage
from studio.work.leases import Claim, claimed_work
from studio.work.schedules import Schedule, list_due
from studio.work.state import WorkKey

logger = logging.getLogger(__name__)


def _submit_challenges(storage: Storage, job: Job, models: dict[str, str], now: datetime) -> None:
    """Submit challenges for newly trained models, unless the training endpoint has been deleted."""
    with contextlib.suppress(NotFound):
        trainer = get_endpoint(storage, job.workspace_id, job.endpoint_id)
        submit_challenges(storage, trainer, job.id, models, asked_by=job.policy, upload=job.upload, now=now)


def _perform_job(app: App, claim: Claim, *, now: datetime) -> None:
    perform_job(app, claim, on_trained=_submit_challenges, now=now)


def _perform_run(app: App, claim: Claim, *, now: datetime) -> None:
    perform_run(app.storage, claim)


# WORKERS by the table that a message names, STARTERS by the kind of the due schedule.
WORKERS: dict[str, Callable[..., None]] = {
    "jobs": _perform_job,
    "runs": _perform_run,
    "pipelineruns": perform_pipeline_step,
    "challenges": perform_challenge,
}
STARTERS: dict[str, Callable[..., None]] = {
    POLICY: run_due_policy,
    TRIGGER: run_due_trigger,
    SLICES: run_due_slices,
}


def perform_work(app: App, key: WorkKey, *, now: datetime) -> None:
    """Do a piece of work, unless it has ended, was cancelled or is claimed by another process."""
    if key.table == "jobparts":
        help_with_job(app, key)
        return
    if key.table == "jobs" and not is_turn_of(app.storage, key):
        return
    with claimed_work(app.storage, key, app.storage.settings.job_lease_seconds) as claim:
        if claim is not None:
            WORKERS[key.table](app, claim, now=now)


def start_due_work(storage: Storage, *, now: datetime) -> int:
    """Start the work of all due schedules and return how many were due; concurrent ticks start nothing twice."""
    due: list[Schedule] = list(list_due(storage, now=now))
    for schedule in due:
        try:
            STARTERS[schedule.kind](storage, schedule, now=now)
        except Exception:
            # A schedule that fails must not block the others; it stays due.
            logger.exception("The schedule %s of workspace %s failed.", schedule.key, schedule.workspace_id)
    return len(due)
