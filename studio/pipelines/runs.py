"""Pipeline runs: create, list and show them; steps.py advances them.

Table `pipelineruns`: partition key is the workspace id, row key the run id; the columns of studio/work/state.py,
Pipeline, Document (blob), Request (sealed JSON: parameters, slice), Trigger (JSON: name, type), GroupId (the first run
of a series of reruns), Held (why the run is waiting). Table `activityruns`: partition key is the run id, row key the
activity's position in the document; Name, Type, State, Attempt, Job, NotBefore, StartedAt, EndedAt, Output (JSON),
Error.
"""

import contextlib
import json
import uuid
from collections.abc import Callable, Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field, replace
from datetime import datetime
from itertools import batched
from typing import Any

from azure.data.tables import TableTransactionError

from studio.errors import BadArgument, NotFound
from studio.pipelines.adf.documents import Pipeline, find, list_of
from studio.pipelines.adf.expressions import check_nesting
from studio.pipelines.documents import SavedDocument, get_pipeline, missing_services
from studio.storage.account import Storage
from studio.storage.audit_log import Act, acting
from studio.storage.keys import unseal
from studio.storage.pages import KEYS, Page, newest_first
from studio.storage.rows import MAX_BATCH, Row, find_row, insert_row, list_rows, replace_row
from studio.wire import classic_time, optional_classic_time
from studio.work.queue import enqueue_work, record_outbox
from studio.work.recurrence import read_moment
from studio.work.state import State, Work, WorkKey, new_work_row, read_work, sealed_request

RUNS, ACTIVITIES = "pipelineruns", "activityruns"
SKIPPED, AT_ONCE = "Skipped", 8
FINAL = (State.FINISHED.value, State.FAILED.value, State.CANCELLED.value, SKIPPED)
# Data Factory's names for the states of runs and activities.
SHOWN = {
    State.QUEUED.value: "InProgress",
    State.RUNNING.value: "InProgress",
    State.NOT_STARTED.value: "Queued",
    State.FINISHED.value: "Succeeded",
    State.FAILED.value: "Failed",
    State.CANCELLED.value: "Cancelled",
    SKIPPED: "Skipped",
}


@dataclass(frozen=True, slots=True)
class Origin:
    """What starts a run, and the run's id; `window` is the slice of a version 1 pipeline."""

    run_id: str
    trigger: str = "Manual"
    trigger_type: str = "Manual"
    window: dict[str, str] = field(default_factory=dict)
    group_id: str = ""

    def act(self, pipeline: str) -> Act:
        """Return the start of the run as the audit log has it if no call asked for it."""
        path = f"pipelines/{pipeline}/runs/{self.run_id}"
        return Act(f"trigger {self.trigger} ({self.trigger_type})", "", "", "run_pipeline", "", path)


@dataclass(frozen=True, slots=True)
class PipelineRun:
    """A recorded run; `document` is the pipeline's blob, `held` why it is waiting, `group_id` the run it repeats."""

    work: Work
    pipeline: str
    document: str
    parameters: dict[str, Any]
    window: dict[str, str]
    trigger: str
    trigger_type: str
    group_id: str
    held: str

    @property
    def id(self) -> str:
        """The run's id."""
        return self.work.key.key

    @property
    def workspace_id(self) -> str:
        """The id of the run's workspace."""
        return self.work.key.partition

    @property
    def status(self) -> str:
        """The state, by Data Factory's name."""
        return "Queued" if self.held else SHOWN[self.work.state]


@dataclass(frozen=True, slots=True)
class ActivityRun:
    """One activity of a run; `state` is a State or `Skipped`, and times are ISO 8601, empty until they are known."""

    run_id: str
    place: str
    name: str
    type: str
    state: str = State.NOT_STARTED.value
    attempt: int = 0
    job: str = ""
    not_before: str = ""
    started_at: str = ""
    ended_at: str = ""
    output: str = ""
    error: str = ""
    etag: str = ""

    @property
    def is_final(self) -> bool:
        """Whether the activity has ended."""
        return self.state in FINAL

    @property
    def status(self) -> str:
        """The state, by Data Factory's name."""
        return SHOWN[self.state]

    def error_object(self) -> dict[str, Any]:
        """Return the error as Data Factory shows it, with the service's own message; empty if there is none."""
        if not self.error:
            return {}
        return {"errorCode": "2600", "message": self.error, "failureType": "UserError", "target": self.name}

    def output_object(self) -> dict[str, Any]:
        """Return the activity's output: the job's id and results; empty if there is none."""
        return json.loads(self.output) if self.output else {}


def read_pipeline_run(storage: Storage, row: Row) -> PipelineRun:
    """Read a run from its row in table `pipelineruns`."""
    request, trigger = json.loads(unseal(storage.secret, row["Request"])), json.loads(row["Trigger"])
    return PipelineRun(
        work=read_work(RUNS, row),
        pipeline=row["Pipeline"],
        document=row["Document"],
        parameters=request["parameters"],
        window=request["window"],
        trigger=trigger["name"],
        trigger_type=trigger["type"],
        group_id=row["GroupId"],
        held=row["Held"],
    )


def new_run_id() -> str:
    """Return a new id, for a run that a user starts."""
    return str(uuid.uuid4())


def repeatable_run_id(*parts: str) -> str:
    """Return the id of the run that a trigger starts for an event such as a window; the same parts give the same id."""
    return str(uuid.uuid5(uuid.NAMESPACE_URL, "/".join(parts)))


def create_run(
    storage: Storage, saved: SavedDocument, parameters: Mapping[str, Any], origin: Origin, *, now: datetime
) -> str:
    """Record and enqueue a run of the pipeline's current document and return its id; an existing run is left unchanged.

    Raises
    ------
    BadArgument
        If a parameter is missing, unknown or too large, or a linked service does not exist.
    """
    check_nesting(parameters)
    pipeline = get_pipeline(storage, saved)
    unknown = sorted(set(parameters) - set(pipeline.parameters))
    if unknown:
        raise BadArgument(
            "UnexpectedParameter", f"The pipeline '{saved.name}' has no parameter '{unknown[0]}'.", unknown[0]
        )
    missing = sorted(pipeline.required - set(parameters))
    if missing:
        raise BadArgument(
            "MissingRequiredGlobalParameters",
            f"The parameter '{missing[0]}' has no default and must be given.",
            missing[0],
        )
    services = missing_services(storage, saved.workspace_id, pipeline)
    if services:
        raise BadArgument(
            "BadParameterValue", f"The linked service '{services[0]}' does not exist. Create it first.", services[0]
        )
    with contextlib.ExitStack() as noted:
        if find_row(storage.table(RUNS), saved.workspace_id, origin.run_id) is None:
            noted.enter_context(acting(storage, saved.workspace_id, origin.act(saved.name)))
        _record_run(storage, saved, pipeline, parameters, origin, now)
    return origin.run_id


def _record_run(
    storage: Storage,
    saved: SavedDocument,
    pipeline: Pipeline,
    parameters: Mapping[str, Any],
    origin: Origin,
    now: datetime,
) -> None:
    request = {"parameters": dict(pipeline.parameters) | dict(parameters), "window": origin.window}
    row = new_work_row(saved.workspace_id, origin.run_id, State.QUEUED, now=now)
    row |= {
        "Pipeline": saved.name,
        "Document": saved.document,
        "Request": sealed_request(storage, json.dumps(request)),
        "Trigger": json.dumps({"name": origin.trigger, "type": origin.trigger_type}),
        "GroupId": origin.group_id or origin.run_id,
        "Held": "",
    }
    _insert_activities(storage, origin.run_id, pipeline)
    key = WorkKey(RUNS, saved.workspace_id, origin.run_id)
    record_outbox(storage, key)
    if insert_row(storage.table(RUNS), row):
        enqueue_work(storage, key)


def _insert_activities(storage: Storage, run_id: str, pipeline: Pipeline) -> None:
    """Record the activities of a run; those recorded already are left unchanged."""
    table = storage.table(ACTIVITIES)
    known = {row["RowKey"] for row in list_rows(table, run_id, select=["PartitionKey", "RowKey"])}
    rows = [
        _to_row(ActivityRun(run_id, f"{index:04d}", activity.name, activity.type))
        for index, activity in enumerate(pipeline.activities)
    ]
    for batch in batched((row for row in rows if row["RowKey"] not in known), MAX_BATCH, strict=False):
        try:
            table.submit_transaction([("create", row) for row in batch])
        except TableTransactionError:
            # Another tick was faster with some of them.
            for row in batch:
                insert_row(table, row)


def rerun(storage: Storage, saved: SavedDocument, run_id: str, *, from_failure: bool, now: datetime) -> str:
    """Run a pipeline again with the parameters of an earlier run, and return the new run's id.

    Parameters
    ----------
    from_failure
        Whether activities that succeeded keep their output instead of running again.
    """
    before = get_run(storage, saved.workspace_id, run_id)
    new_id = new_run_id()
    if from_failure:
        for activity in list_activity_runs(storage, run_id):
            if activity.state == State.FINISHED:
                insert_row(storage.table(ACTIVITIES), _to_row(replace(activity, run_id=new_id)))
    origin = Origin(new_id, window=before.window, group_id=before.group_id)
    known = set(get_pipeline(storage, saved).parameters)
    kept = {name: value for name, value in before.parameters.items() if name in known}
    return create_run(storage, saved, kept, origin, now=now)


def get_run(storage: Storage, workspace_id: str, run_id: str) -> PipelineRun:
    """Return a run; NotFound if the workspace has none with that id."""
    row = find_row(storage.table(RUNS), workspace_id, run_id)
    if row is None:
        raise NotFound("RunNotFound", f"The workspace has no pipeline run '{run_id}'.")
    return read_pipeline_run(storage, row)


def count_earlier_runs(storage: Storage, run: PipelineRun) -> int:
    """Return how many runs of the same pipeline started before this one and have not ended."""
    rows = list_rows(
        storage.table(RUNS), run.workspace_id, "EndedAt eq ''", ["PartitionKey", "RowKey", "Pipeline", "CreatedAt"]
    )
    started = (run.work.created_at, run.id)
    return sum(row["Pipeline"] == run.pipeline and (row["CreatedAt"], row["RowKey"]) < started for row in rows)


def list_pipeline_runs(
    storage: Storage, workspace_id: str, filter_: dict[str, Any], pipeline: str | None = None
) -> list[PipelineRun]:
    """Return the workspace's runs, newest first.

    Parameters
    ----------
    filter_
        `lastUpdatedAfter` and `lastUpdatedBefore`, compared with the time the run started, and `filters` on
        PipelineName and Status with the operators Equals, NotEquals, In and NotIn.
    """
    after, before = filter_.get("lastUpdatedAfter"), filter_.get("lastUpdatedBefore")
    tests = [_test(item) for item in list_of(filter_.get("filters"), "filters")]
    if pipeline is not None:
        tests.append(lambda run: run.pipeline.lower() == pipeline.lower())
    if after:
        first = read_moment(after, "lastUpdatedAfter").isoformat()
        tests.append(lambda run: run.work.created_at >= first)
    if before:
        last = read_moment(before, "lastUpdatedBefore").isoformat()
        tests.append(lambda run: run.work.created_at <= last)
    runs = (read_pipeline_run(storage, row) for row in list_rows(storage.table(RUNS), workspace_id))
    found = [run for run in runs if all(test(run) for test in tests)]
    return sorted(found, key=lambda run: run.work.created_at, reverse=True)


def page_pipeline_runs(
    storage: Storage, workspace_id: str, search: str, page: Page
) -> tuple[list[PipelineRun], str | None]:
    """Return a page of the workspace's runs, newest first, and where the next page starts.

    Parameters
    ----------
    search
        A part of the pipeline's name, in lower case; empty for all.
    """
    table = storage.table(RUNS)
    # The requests, which are long and sealed, are read of those on the page only.
    listed = list_rows(table, workspace_id, select=[*KEYS, "Pipeline"])
    rows, after = newest_first((row for row in listed if search in row["Pipeline"].lower()), page)
    with ThreadPoolExecutor(AT_ONCE) as pool:
        found = pool.map(lambda row: find_row(table, workspace_id, row["RowKey"]), rows)
        return [read_pipeline_run(storage, row) for row in found if row is not None], after


def _test(item: Any) -> Callable[[PipelineRun], bool]:
    """Return an entry of `filters` as a test of a run."""
    readers: dict[str, Callable[[PipelineRun], str]] = {
        "pipelinename": lambda run: run.pipeline,
        "status": lambda run: run.status,
    }
    read = readers.get(str(find(item, "operand")).lower())
    values = find(item, "values")
    if read is None or not isinstance(values, list):
        raise BadArgument(
            "BadParameterValue", "A filter needs an operand, PipelineName or Status, and values.", "filters"
        )
    wanted = {str(value).lower() for value in values}
    operator = str(find(item, "operator")).lower()
    if operator not in ("equals", "in", "notequals", "notin"):
        raise BadArgument(
            "BadParameterValue", f"A filter's operator must be Equals, NotEquals, In or NotIn, got '{operator}'."
        )
    return lambda run: (read(run).lower() in wanted) is not operator.startswith("not")


def list_activity_runs(storage: Storage, run_id: str) -> list[ActivityRun]:
    """Return a run's activities, in the order of the document."""
    return [_read_activity_run(row) for row in list_rows(storage.table(ACTIVITIES), run_id)]


def put_activity_run(storage: Storage, activity: ActivityRun) -> None:
    """Store a changed activity, unless another process has changed it since it was read."""
    replace_row(storage.table(ACTIVITIES), _to_row(activity), activity.etag)


def run_object(run: PipelineRun, *, now: datetime) -> dict[str, Any]:
    """Return a run as Data Factory shows it."""
    work = run.work
    return {
        "runId": run.id,
        "runGroupId": run.group_id,
        "pipelineName": run.pipeline,
        "parameters": {name: _parameter_text(value) for name, value in run.parameters.items()},
        "runDimension": run.window,
        "invokedBy": {"name": run.trigger, "invokedByType": run.trigger_type},
        "runStart": classic_time(work.created_at),
        "runEnd": optional_classic_time(work.ended_at),
        "lastUpdated": classic_time(work.ended_at or work.lease_until),
        "durationInMs": _milliseconds(work.created_at, work.ended_at, now),
        "status": run.status,
        "message": work.details or run.held or None,
    }


def activity_run_object(run: PipelineRun, activity: ActivityRun, *, now: datetime) -> dict[str, Any]:
    """Return an activity run as Data Factory shows it; `output` is Perennial's own: the job's id and results."""
    started = activity.started_at
    return {
        "activityName": activity.name,
        "activityType": activity.type,
        "activityRunId": f"{activity.run_id}-{activity.place}",
        "pipelineName": run.pipeline,
        "pipelineRunId": run.id,
        "activityRunStart": optional_classic_time(started),
        "activityRunEnd": optional_classic_time(activity.ended_at),
        "durationInMs": _milliseconds(started, activity.ended_at, now) if started else None,
        "status": activity.status,
        "retryAttempt": activity.attempt - 1 if activity.attempt > 1 else None,
        "output": activity.output_object(),
        "error": activity.error_object(),
    }


def _read_activity_run(row: Row) -> ActivityRun:
    return ActivityRun(
        run_id=row["PartitionKey"],
        place=row["RowKey"],
        name=row["Name"],
        type=row["Type"],
        state=row["State"],
        attempt=row["Attempt"],
        job=row["Job"],
        not_before=row["NotBefore"],
        started_at=row["StartedAt"],
        ended_at=row["EndedAt"],
        output=row["Output"],
        error=row["Error"],
        etag=row["etag"],
    )


def _to_row(activity: ActivityRun) -> Row:
    return {
        "PartitionKey": activity.run_id,
        "RowKey": activity.place,
        "Name": activity.name,
        "Type": activity.type,
        "State": activity.state,
        "Attempt": activity.attempt,
        "Job": activity.job,
        "NotBefore": activity.not_before,
        "StartedAt": activity.started_at,
        "EndedAt": activity.ended_at,
        "Output": activity.output,
        "Error": activity.error,
    }


def _parameter_text(value: Any) -> str:
    return value if isinstance(value, str) else json.dumps(value)


def _milliseconds(start: str, end: str, now: datetime) -> int:
    until = datetime.fromisoformat(end) if end else now
    return round((until - datetime.fromisoformat(start)).total_seconds() * 1000)
