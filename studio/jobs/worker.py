"""The work of a batch job's queue message: train or score, write the outputs, finish the job."""

import contextlib
import json
from collections.abc import Callable
from datetime import datetime

from studio.errors import NotFound, StudioError
from studio.graph.document import parse_experiment
from studio.graph.exports import modules_after_scoring
from studio.graph.time_budget import TimeBudget, run_in_time
from studio.jobs.explaining import explaining
from studio.jobs.exports import export_scores
from studio.jobs.jobs import TABLE, Job, OpenJob, open_job, read_job
from studio.jobs.logged_rows import LoggedJob, logged_job
from studio.jobs.module_blocks import runs_by_blocks, score_by_blocks
from studio.jobs.rejections import reject_upload
from studio.jobs.scoring import ScoringProgress, ScoringTask
from studio.jobs.split_scoring import help_with_task, score_task
from studio.jobs.training import Trained, train_outputs
from studio.registry.definitions import TRAINING
from studio.registry.endpoints import get_endpoint
from studio.serving.app import App
from studio.storage.account import Storage
from studio.storage.rows import Row, find_row
from studio.work.leases import Claim, WorkLost
from studio.work.queue import send_message
from studio.work.state import Progress, State, WorkKey
from studio.work.stuck import end_process

HELP_LATER_SECONDS = 1
# Called with the job and the hash of each trained model by resource name.
OnTrained = Callable[[Storage, Job, dict[str, str], datetime], None]


def perform_job(app: App, claim: Claim, *, on_trained: OnTrained, now: datetime) -> None:
    """Train or score, write the outputs and finish the job; if it fails, reject the upload that started it."""
    job = read_job(app.storage, claim.row)

    def note_failure(error: StudioError) -> None:
        _log_end(app, job, State.FAILED, error.message)
        if job.upload:
            reject_upload(app.storage, job.upload, error, now=now)

    def end_stuck(error: StudioError) -> None:
        with contextlib.suppress(Exception):
            note_failure(error)
        end_process(claim, error.message)

    try:
        _perform(app, claim, open_job(app.storage, job), on_trained, end_stuck, now)
        _log_end(app, job, State.FINISHED, "")
    except StudioError as error:
        note_failure(error)
        raise


def help_with_job(app: App, key: WorkKey, others_wait: Callable[[], bool] = lambda: False) -> None:
    """Help score partitions of a running job; does nothing once the job has ended.

    Once `others_wait` returns True after a partition, the help is put off by sending its message again.
    """
    if app.scoring_turn.locked():
        # This process is already scoring; let another one take the message.
        send_message(app.storage, key, HELP_LATER_SECONDS)
        return
    job_id, _, output = key.key.partition("-")

    def find_running() -> Row | None:
        row = find_row(app.storage.table(TABLE), key.partition, job_id)
        return row if row is not None and row["State"] == State.RUNNING else None

    def may_go_on() -> bool:
        if find_running() is None:
            return False
        if others_wait():
            send_message(app.storage, key, HELP_LATER_SECONDS)
            return False
        return True

    row = find_running()
    if row is not None:
        task = _scoring_task(app, open_job(app.storage, read_job(app.storage, row)), int(output))
        # Asked before every partition: the row's state is enough, the job need not be unsealed again.
        help_with_task(app, task, may_go_on)


def _perform(
    app: App,
    claim: Claim,
    job: OpenJob,
    on_trained: OnTrained,
    on_stuck: Callable[[StudioError], None],
    now: datetime,
) -> None:
    def report(done: int, total: int, step: str) -> None:
        claim.report(Progress(done, total, step))

    def train(budget: TimeBudget) -> Trained:
        claim.when_lost(lambda: budget.stop(WorkLost()))
        return train_outputs(app.storage, job, app.models.get, report, budget, before_writing=claim.confirm, now=now)

    def score_blocks(budget: TimeBudget) -> None:
        claim.when_lost(lambda: budget.stop(WorkLost()))
        progress = _score_progress(claim)
        score_by_blocks(app.storage, job, app.models.get, progress, budget, before_writing=claim.confirm)

    def export(budget: TimeBudget) -> None:
        claim.when_lost(lambda: budget.stop(WorkLost()))
        export_scores(app.storage, job, tasks, report, budget)

    details = None
    if runs_by_blocks(job):
        run_in_time(score_blocks, app.storage.settings.run_seconds, on_stuck)
    elif _runs_modules(job):
        trained = run_in_time(train, app.storage.settings.run_seconds, on_stuck)
        details = trained.details
        # The endpoint of a job that was cancelled while it wrote its outputs stays as it is.
        claim.confirm()
        if job.definition.kind == TRAINING:
            on_trained(app.storage, job.record, trained.models, now)
    else:
        outputs, logged = job.definition.outputs, logged_job(app.storage, job)
        tasks = {outputs[number].name: _score_output(app, claim, job, number, logged) for number in range(len(outputs))}
        if modules_after_scoring(parse_experiment(job.definition.experiment)):
            # A job that was cancelled while it scored writes nothing outside.
            claim.confirm()
            run_in_time(export, app.storage.settings.run_seconds, on_stuck)
        if logged.scored:
            claim.confirm()
            logged.write()
    shown = {name: item.without_secrets().to_json() for name, item in job.locations.items()}
    claim.finish(State.FINISHED, details, Results=json.dumps(shown))


def _runs_modules(job: OpenJob) -> bool:
    """Return whether the experiment's modules compute the outputs; otherwise the models alone score the input."""
    definition = job.definition
    return definition.kind == TRAINING or bool(definition.models) or not job.record.request.inputs


def _score_output(app: App, claim: Claim, job: OpenJob, number: int, logged: LoggedJob) -> ScoringTask:
    task = _scoring_task(app, job, number)

    def call_for_help(helpers: int) -> None:
        for _ in range(helpers):
            send_message(app.storage, WorkKey("jobparts", claim.key.partition, task.id, claim.row["WorkspaceId"]))

    with logged.scoring(number, task, _score_progress(claim)) as progress:
        score_task(app, task, call_for_help, progress)
    return task


def _score_progress(claim: Claim) -> ScoringProgress:
    return lambda done, total, rows: claim.report(Progress(done, total, "Score Model", rows))


def _scoring_task(app: App, job: OpenJob, number: int) -> ScoringTask:
    output = job.definition.outputs[number]
    digest = next(resource.model for resource in job.record.resources if resource.name == output.resource)
    model, request = app.models.get(digest), job.record.request
    return ScoringTask(
        id=f"{job.record.id}-{number}",
        model=model,
        source=request.inputs[job.definition.inputs[0].name],
        target=job.targets[output.name],
        extension=job.locations[output.name].extension,
        append=output.appends(request.parameters),
        explain=explaining(app, model) if request.explain else None,
    )


def _log_end(app: App, job: Job, state: State, details: str) -> None:
    """Write the job's end to the diagnostics log of its endpoint, which may have been deleted since."""
    with contextlib.suppress(NotFound):
        endpoint = get_endpoint(app.storage, job.workspace_id, job.endpoint_id)
        app.diagnostics.write_job(endpoint, job.id, state.value, details)
