"""Steps of a pipeline's run: each looks at every activity, starts what may start, and asks how the others stand.

The next message is sent before a step lets go of the run, so that a process that dies loses nothing; what an activity
starts is named by run, activity and attempt, so that a step done twice starts nothing twice.
"""

import json
from collections.abc import Callable
from datetime import datetime, timedelta
from functools import partial
from typing import Any

from studio.activities import Context, Step, cancel_activity, check_activity, start_activity
from studio.adf.documents import Activity, Pipeline, read_pipeline
from studio.adf.expressions import Function, Scope, evaluate, evaluate_v1
from studio.adf.functions import v1_functions, v2_functions
from studio.deployment import Deployment
from studio.errors import GatewayTimeout, StudioError
from studio.factory import read_factory_document
from studio.keys import unseal
from studio.pipeline_runs import (
    ACTIVITIES,
    FINAL,
    RUNS,
    SHOWN,
    SKIPPED,
    error_object,
    get_run,
    list_activity_runs,
)
from studio.rows import Row, list_rows, replace_row
from studio.storage import Storage
from studio.work import Claim, Progress, State, WorkKey, cancel_work, enqueue_work

STEP_SECONDS = 2


def perform_pipeline_step(deployment: Deployment, claim: Claim, *, now: datetime) -> None:
    """Move a run on by one step; end it, or send the message of the next step."""
    storage, run = deployment.storage, claim.row
    pipeline = _pipeline(deployment, run)
    held = _held_by(storage, run, pipeline)
    if not held:
        _move_on(deployment, run, pipeline, now)
    rows = [row for row, _ in _activities(storage, run, pipeline)]
    done = sum(row["State"] in FINAL for row in rows)
    claim.report(Progress(done, len(rows), ", ".join(row["Name"] for row in rows if row["State"] == State.RUNNING)))
    if done == len(rows):
        failed = next((row for row in rows if row["State"] == State.FAILED and not _handled(row, rows, pipeline)), None)
        state, details = (State.FAILED, f"{failed['Name']}: {failed['Error']}") if failed else (State.FINISHED, None)
        claim.finish(state, details, Held="")
        return
    # Sent before the claim is given up: a message that comes too early finds the run in these hands and comes again.
    enqueue_work(storage, claim.key, STEP_SECONDS)
    claim.finish(State.QUEUED, None, Attempt=0, Held=held)


def cancel_run(deployment: Deployment, workspace_id: str, run_id: str, *, now: datetime) -> None:
    """Cancel a run and the jobs it waits for, unless it has ended; outputs stay. May be repeated."""
    run = get_run(deployment.storage, workspace_id, run_id)
    cancel_work(deployment.storage, WorkKey(RUNS, workspace_id, run_id))
    pipeline = _pipeline(deployment, run)
    for row, activity in _activities(deployment.storage, run, pipeline):
        if row["State"] in FINAL:
            continue
        # A service elsewhere that does not answer keeps its job; the run ends all the same.
        _try(partial(_cancelled, _context(deployment, run, pipeline, {}, now), activity, row["Job"]))
        _write(deployment.storage, row, State=State.CANCELLED.value, EndedAt=now.isoformat())


def _move_on(deployment: Deployment, run: Row, pipeline: Pipeline, now: datetime) -> None:
    """Start or ask about every activity that has not ended, until nothing changes any more."""
    changed = True
    while changed:
        changed = False
        found = _activities(deployment.storage, run, pipeline)
        states = {row["Name"].lower(): row["State"] for row, _ in found}
        outputs = {row["Name"].lower(): _output(row) for row, _ in found}
        context = _context(deployment, run, pipeline, outputs, now)
        for row, activity in found:
            if row["State"] in FINAL:
                continue
            after = _advance(context, row, activity, states, now)
            changed |= after in FINAL


def _advance(context: Context, row: Row, activity: Activity, states: dict[str, str], now: datetime) -> str:
    """Take one activity a step further and return its state."""
    storage = context.deployment.storage
    if row["State"] == State.NOT_STARTED:
        ready = _is_ready(activity, states)
        if ready is None or row["NotBefore"] > now.isoformat():
            return str(row["State"])
        if not ready:
            return _write(storage, row, State=SKIPPED, EndedAt=now.isoformat())
        attempt = row["Attempt"] + 1
        step = _try(lambda: start_activity(context, activity, attempt, now=now))
        return _settle(context, row | {"Attempt": attempt, "StartedAt": now.isoformat()}, activity, step, now)
    if now - datetime.fromisoformat(row["StartedAt"]) > activity.timeout:
        _try(lambda: _cancelled(context, activity, row["Job"]))
        step = Step(State.FAILED, row["Job"], None, f"It took longer than its timeout of {activity.timeout}.")
        return _settle(context, row, activity, step, now)
    return _settle(context, row, activity, _try(lambda: _checked(context, activity, row["Job"], now)), now)


def _settle(context: Context, row: Row, activity: Activity, step: Step, now: datetime) -> str:
    """Write down how an activity stands: running, ended, or to be tried again."""
    changes: Row = {
        "Attempt": row["Attempt"],
        "StartedAt": row["StartedAt"],
        "Job": step.job,
        "State": step.state.value,
    }
    if step.state is State.FAILED and row["Attempt"] <= activity.retry:
        again = (now + timedelta(seconds=activity.retry_seconds)).isoformat()
        changes |= {"State": State.NOT_STARTED.value, "NotBefore": again, "Job": "", "Error": step.error}
    elif step.state.is_final:
        output = json.dumps(step.output) if step.output else ""
        changes |= {"EndedAt": now.isoformat(), "Output": output, "Error": step.error}
    return _write(context.deployment.storage, row, **changes)


def _try(action: Callable[[], Step]) -> Step:
    try:
        return action()
    except StudioError as error:
        return Step(State.FAILED, "", None, error.message)


def _checked(context: Context, activity: Activity, job: str, now: datetime) -> Step:
    try:
        return check_activity(context, activity, job, now=now)
    except GatewayTimeout:
        # A service elsewhere that is away for a moment says nothing of the job: it is asked again.
        return Step(State.RUNNING, job)


def _cancelled(context: Context, activity: Activity, job: str) -> Step:
    if job:
        cancel_activity(context, activity, job)
    return Step(State.CANCELLED, job)


def _is_ready(activity: Activity, states: dict[str, str]) -> bool | None:
    """Return True if an activity may start, False if it never will, None if it has to wait."""
    for other, conditions in activity.depends_on:
        state = states[other]
        if state not in FINAL:
            return None
        ended = SHOWN[state]
        completed = ended in ("Succeeded", "Failed") and "Completed" in conditions
        if ended not in conditions and not completed:
            return False
    return True


def _handled(row: Row, rows: list[Row], pipeline: Pipeline) -> bool:
    """Tell whether another activity was there for the failure of this one, and succeeded."""
    states = {item["Name"].lower(): item["State"] for item in rows}
    return any(
        other == row["Name"].lower()
        and {"Failed", "Completed"} & set(conditions)
        and states[activity.name.lower()] == State.FINISHED
        for activity in pipeline.activities
        for other, conditions in activity.depends_on
    )


def _held_by(storage: Storage, run: Row, pipeline: Pipeline) -> str:
    """Return why a run has to wait: as many runs of its pipeline as it allows began before it and have not ended."""
    earlier = [
        row
        for row in list_rows(storage.table(RUNS), run["PartitionKey"], f"EndedAt eq '' and RowKey ne '{run['RowKey']}'")
        if row["Pipeline"] == run["Pipeline"] and (row["CreatedAt"], row["RowKey"]) < (run["CreatedAt"], run["RowKey"])
    ]
    if len(earlier) < pipeline.concurrency:
        return ""
    return f"{len(earlier)} earlier runs have not ended, and the pipeline allows {pipeline.concurrency} at a time."


def _context(deployment: Deployment, run: Row, pipeline: Pipeline, outputs: dict[str, Any], now: datetime) -> Context:
    request = json.loads(unseal(deployment.secret, run["Request"]))
    window = {name: datetime.fromisoformat(text) for name, text in request["window"].items()}
    if pipeline.active is not None:
        scope = Scope(v1_functions(), window)
        return Context(
            deployment,
            run["PartitionKey"],
            run["Pipeline"],
            run["RowKey"],
            lambda value: evaluate_v1(value, scope),
            window,
        )
    trigger = json.loads(run["Trigger"])
    shown = {
        "parameters": request["parameters"],
        # What a rerun keeps lies where the first run put it.
        "RunId": run["GroupId"],
        "GroupId": run["GroupId"],
        "Pipeline": run["Pipeline"],
        "TriggerName": trigger["name"],
        "TriggerType": trigger["type"],
        "TriggerTime": run["CreatedAt"],
        "DataFactory": run["PartitionKey"],
        "globalParameters": {},
    }
    functions: dict[str, Function] = {
        "pipeline": lambda: shown,
        "activity": lambda name: outputs[name.lower()],
    }
    scope = Scope(v2_functions(functions, now=now))
    return Context(
        deployment, run["PartitionKey"], run["Pipeline"], run["RowKey"], lambda value: evaluate(value, scope), None
    )


def _pipeline(deployment: Deployment, run: Row) -> Pipeline:
    return read_pipeline(run["Pipeline"], read_factory_document(deployment, run["Document"]))


def _activities(storage: Storage, run: Row, pipeline: Pipeline) -> list[tuple[Row, Activity]]:
    return list(zip(list_activity_runs(storage, run["RowKey"]), pipeline.activities, strict=True))


def _write(storage: Storage, row: Row, **changes: Any) -> str:
    """Store changes of an activity's row and return its state; only the run's owner writes it."""
    replace_row(storage.table(ACTIVITIES), row | changes, row["etag"])
    return str(changes.get("State", row["State"]))


def _output(row: Row) -> dict[str, Any]:
    return {
        "output": json.loads(row["Output"]) if row["Output"] else {},
        "status": SHOWN[row["State"]],
        "error": error_object(row) if row["Error"] else {},
    }
