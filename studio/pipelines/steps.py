"""Steps of a pipeline run: each step starts the activities that are ready and polls those that are running.

A step enqueues the next step's message before it releases the run, so a crash loses nothing. Jobs have an idempotency
key made of run, activity and attempt, so repeating a step starts no second job.
"""

import json
from collections.abc import Callable
from dataclasses import replace
from datetime import datetime, timedelta
from functools import partial
from typing import Any

from studio.errors import GatewayTimeout, StudioError
from studio.pipelines.activities import Context, Step, cancel_activity, check_activity, start_activity
from studio.pipelines.adf.documents import Activity, Pipeline, read_pipeline
from studio.pipelines.adf.expressions import Function, Scope, evaluate, evaluate_v1
from studio.pipelines.adf.functions import v1_functions, v2_functions
from studio.pipelines.documents import read_factory_document
from studio.pipelines.runs import (
    FINAL,
    RUNS,
    SHOWN,
    SKIPPED,
    ActivityRun,
    PipelineRun,
    count_earlier_runs,
    get_run,
    list_activity_runs,
    put_activity_run,
    read_pipeline_run,
)
from studio.serving.app import App
from studio.storage.account import Storage
from studio.work.leases import Claim
from studio.work.queue import cancel_work, enqueue_work
from studio.work.state import Progress, State, WorkKey

STEP_SECONDS = 2


def perform_pipeline_step(app: App, claim: Claim, *, now: datetime) -> None:
    """Advance a run by one step, then finish it or enqueue the next step."""
    storage, run = app.storage, read_pipeline_run(app.storage, claim.row)
    pipeline = _pipeline(storage, run)
    held = _held_by(storage, run, pipeline)
    if not held:
        _advance_all(app, run, pipeline, now)
    runs = list_activity_runs(storage, run.id)
    done = sum(item.is_final for item in runs)
    claim.report(Progress(done, len(runs), ", ".join(item.name for item in runs if item.state == State.RUNNING)))
    if done == len(runs):
        failed = next(
            (item for item in runs if item.state == State.FAILED and not _handled(item, runs, pipeline)), None
        )
        state, details = (State.FAILED, f"{failed.name}: {failed.error}") if failed else (State.FINISHED, None)
        claim.finish(state, details, Held="")
        return
    # Before the claim is released: a message that arrives too early finds the run claimed and is requeued.
    enqueue_work(storage, claim.key, STEP_SECONDS)
    claim.finish(State.QUEUED, None, Attempt=0, Held=held)


def cancel_run(app: App, workspace_id: str, run_id: str, *, now: datetime) -> None:
    """Cancel a run and the jobs it is waiting for, unless it has ended; outputs are kept. May be repeated."""
    run = get_run(app.storage, workspace_id, run_id)
    cancel_work(app.storage, WorkKey(RUNS, workspace_id, run_id))
    pipeline = _pipeline(app.storage, run)
    context = _context(app, run, pipeline, {}, now)
    for item, activity in _activities(app.storage, run, pipeline):
        if item.is_final:
            continue
        # The run is cancelled even if an external service does not respond and its job goes on.
        _try(partial(_cancelled, context, activity, item.job))
        put_activity_run(app.storage, replace(item, state=State.CANCELLED.value, ended_at=now.isoformat()))


def _advance_all(app: App, run: PipelineRun, pipeline: Pipeline, now: datetime) -> None:
    """Start or poll every activity that has not ended, until no more of them end."""
    changed = True
    while changed:
        changed = False
        found = _activities(app.storage, run, pipeline)
        states = {item.name.lower(): item.state for item, _ in found}
        outputs = {item.name.lower(): _output(item) for item, _ in found}
        context = _context(app, run, pipeline, outputs, now)
        for item, activity in found:
            if item.is_final:
                continue
            after = _advance(context, item, activity, states, now)
            if after != item:
                put_activity_run(app.storage, after)
                changed |= after.is_final


def _advance(
    context: Context, item: ActivityRun, activity: Activity, states: dict[str, str], now: datetime
) -> ActivityRun:
    """Start or poll one activity and return its new status."""
    if item.state == State.NOT_STARTED:
        ready = _is_ready(activity, states)
        if ready is None or (item.not_before and now < datetime.fromisoformat(item.not_before)):
            return item
        if not ready:
            return replace(item, state=SKIPPED, ended_at=now.isoformat())
        started = replace(item, attempt=item.attempt + 1, started_at=now.isoformat())
        step = _try(lambda: start_activity(context, activity, started.attempt, now=now))
        return _after_step(started, activity, step, now)
    if now - datetime.fromisoformat(item.started_at) > activity.timeout:
        _try(lambda: _cancelled(context, activity, item.job))
        step = Step(State.FAILED, item.job, None, f"The activity exceeded its timeout of {activity.timeout}.")
        return _after_step(item, activity, step, now)
    return _after_step(item, activity, _try(lambda: _checked(context, activity, item.job, now)), now)


def _after_step(item: ActivityRun, activity: Activity, step: Step, now: datetime) -> ActivityRun:
    """Return an activity's status after a step: running, ended, or waiting for a retry."""
    if step.state is State.FAILED and item.attempt <= activity.retry:
        again = (now + timedelta(seconds=activity.retry_seconds)).isoformat()
        return replace(item, state=State.NOT_STARTED.value, job="", not_before=again, error=step.error)
    moved = replace(item, state=step.state.value, job=step.job)
    if not step.state.is_final:
        return moved
    output = json.dumps(step.output) if step.output else ""
    return replace(moved, ended_at=now.isoformat(), output=output, error=step.error)


def _try(action: Callable[[], Step]) -> Step:
    try:
        return action()
    except StudioError as error:
        return Step(State.FAILED, "", None, error.message)


def _checked(context: Context, activity: Activity, job: str, now: datetime) -> Step:
    try:
        return check_activity(context, activity, job, now=now)
    except GatewayTimeout:
        # An external service that is unavailable tells nothing about the job: it is polled again.
        return Step(State.RUNNING, job)


def _cancelled(context: Context, activity: Activity, job: str) -> Step:
    if job:
        cancel_activity(context, activity, job)
    return Step(State.CANCELLED, job)


def _is_ready(activity: Activity, states: dict[str, str]) -> bool | None:
    """Return True if an activity may start, False if it never can, None if it must wait."""
    for other, conditions in activity.depends_on:
        state = states[other]
        if state not in FINAL:
            return None
        ended = SHOWN[state]
        completed = ended in ("Succeeded", "Failed") and "Completed" in conditions
        if ended not in conditions and not completed:
            return False
    return True


def _handled(item: ActivityRun, runs: list[ActivityRun], pipeline: Pipeline) -> bool:
    """Tell whether an activity that runs when this one fails has succeeded."""
    states = {other.name.lower(): other.state for other in runs}
    return any(
        other == item.name.lower()
        and {"Failed", "Completed"} & set(conditions)
        and states[activity.name.lower()] == State.FINISHED
        for activity in pipeline.activities
        for other, conditions in activity.depends_on
    )


def _held_by(storage: Storage, run: PipelineRun, pipeline: Pipeline) -> str:
    """Return why a run must wait for earlier runs of its pipeline, or an empty text if it need not."""
    earlier = count_earlier_runs(storage, run)
    if earlier < pipeline.concurrency:
        return ""
    return f"{earlier} earlier runs have not ended; the pipeline allows {pipeline.concurrency} at a time."


def _context(app: App, run: PipelineRun, pipeline: Pipeline, outputs: dict[str, Any], now: datetime) -> Context:
    window = {name: datetime.fromisoformat(text) for name, text in run.window.items()}
    if pipeline.active is not None:
        slice_scope = Scope(v1_functions(), window)
        return Context(
            app, run.workspace_id, run.pipeline, run.id, lambda value: evaluate_v1(value, slice_scope), window
        )
    shown = {
        "parameters": run.parameters,
        # The first run's id, since outputs that a rerun keeps are where the first run wrote them.
        "RunId": run.group_id,
        "GroupId": run.group_id,
        "Pipeline": run.pipeline,
        "TriggerName": run.trigger,
        "TriggerType": run.trigger_type,
        "TriggerTime": run.work.created_at,
        "DataFactory": run.workspace_id,
        "globalParameters": {},
    }
    functions: dict[str, Function] = {
        "pipeline": lambda: shown,
        "activity": lambda name: outputs[name.lower()],
    }
    scope = Scope(v2_functions(functions, now=now))
    return Context(app, run.workspace_id, run.pipeline, run.id, lambda value: evaluate(value, scope), None)


def _pipeline(storage: Storage, run: PipelineRun) -> Pipeline:
    return read_pipeline(run.pipeline, read_factory_document(storage, run.document))


def _activities(storage: Storage, run: PipelineRun, pipeline: Pipeline) -> list[tuple[ActivityRun, Activity]]:
    return list(zip(list_activity_runs(storage, run.id), pipeline.activities, strict=True))


def _output(item: ActivityRun) -> dict[str, Any]:
    return {"output": item.output_object(), "status": item.status, "error": item.error_object()}
