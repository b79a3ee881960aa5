"""Which code does which kind of queued work."""

from datetime import datetime

from studio.batch_jobs import help_with_job, perform_job
from studio.challenges import perform_challenge
from studio.deployment import Deployment
from studio.job_turns import is_turn_of
from studio.pipeline_steps import perform_pipeline_step
from studio.runs import perform_run
from studio.work import WorkKey, claimed_work


def perform_work(deployment: Deployment, key: WorkKey, *, now: datetime) -> None:
    """Do a piece of work, unless it is done, cancelled or in other hands."""
    if key.table == "jobparts":
        help_with_job(deployment, key)
        return
    if key.table == "jobs" and not is_turn_of(deployment.storage, key):
        return
    with claimed_work(deployment.storage, key, deployment.settings.job_lease_seconds) as claim:
        if claim is None:
            return
        if key.table == "jobs":
            perform_job(deployment, claim, now=now)
        elif key.table == "pipelineruns":
            perform_pipeline_step(deployment, claim, now=now)
        elif key.table == "challenges":
            perform_challenge(deployment, claim, now=now)
        else:
            perform_run(deployment, claim)
