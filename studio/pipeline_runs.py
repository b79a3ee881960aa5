"""Runs of pipelines: recorded once for each occasion, and how they are shown; pipeline_steps.py moves them on.

Table `pipelineruns`: partition key is the workspace id, row key the run id; the columns of work.py, Pipeline, Document
(blob), Request (sealed JSON: parameters, slice), Trigger (JSON: name, type), GroupId (the first run of a rerun), Held
(why it waits). Table `activityruns`: partition key is the run id, row key the activity's place; Name, Type, State,
Attempt, Job, NotBefore, StartedAt, EndedAt, Output (JSON), Error.
"""

import json
import uuid
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

from studio.adf.documents import Activity, find, list_of
from studio.adf.recurrence import read_moment
from studio.deployment import Deployment
from studio.errors import BadArgument, NotFound
from studio.factory import SavedDocument, get_pipeline, missing_services
from studio.keys import seal, unseal
from studio.rows import Row, find_row, insert_row, list_rows
from studio.storage import Storage
from studio.timestamps import classic_time, optional_classic_time
from studio.work import State, WorkKey, announce_work, enqueue_work, new_work_row

RUNS, ACTIVITIES = "pipelineruns", "activityruns"
STEP_SECONDS = 2
SKIPPED = "Skipped"
FINAL = (State.FINISHED.value, State.FAILED.value, State.CANCELLED.value, SKIPPED)
# As Data Factory names the states of runs and activities.
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
class Occasion:
    """Why a run begins: the same occasion is the same run. `window` is the slice of version 1."""

    run_id: str
    trigger: str = "Manual"
    trigger_type: str = "Manual"
    window: dict[str, str] = field(default_factory=dict)
    group_id: str = ""


def new_run_id() -> str:
    """Return the id of a run that a person asks for."""
    return str(uuid.uuid4())


def occasion_id(*parts: str) -> str:
    """Return the id of the run that a trigger starts for an occasion, such as a window."""
    return str(uuid.uuid5(uuid.NAMESPACE_URL, "/".join(parts)))


def create_run(
    deployment: Deployment, saved: SavedDocument, parameters: Mapping[str, Any], occasion: Occasion, *, now: datetime
) -> str:
    """Record a run of the pipeline as stored now, enqueue it, and return its id.

    Raises
    ------
    BadArgument
        If a parameter is missing or unknown, or a linked service is not there.
    """
    pipeline = get_pipeline(deployment, saved)
    unknown = sorted(set(parameters) - set(pipeline.parameters))
    if unknown:
        raise BadArgument(
            "UnexpectedParameter", f"The pipeline '{saved.name}' has no parameter '{unknown[0]}'.", unknown[0]
        )
    missing = sorted(pipeline.required - set(parameters))
    if missing:
        raise BadArgument(
            "MissingRequiredGlobalParameters", f"The parameter '{missing[0]}' has no default: give it.", missing[0]
        )
    services = missing_services(deployment, saved.workspace_id, pipeline)
    if services:
        raise BadArgument(
            "BadParameterValue", f"The linked service '{services[0]}' is not there. Put it first.", services[0]
        )
    request = {"parameters": dict(pipeline.parameters) | dict(parameters), "window": occasion.window}
    row = new_work_row(saved.workspace_id, occasion.run_id, State.QUEUED, now=now)
    row |= {
        "Pipeline": saved.name,
        "Document": saved.document,
        "Request": seal(deployment.secret, json.dumps(request)),
        "Trigger": json.dumps({"name": occasion.trigger, "type": occasion.trigger_type}),
        "GroupId": occasion.group_id or occasion.run_id,
        "Held": "",
    }
    for index, activity in enumerate(pipeline.activities):
        insert_row(deployment.storage.table(ACTIVITIES), _activity_row(occasion.run_id, index, activity))
    key = WorkKey(RUNS, saved.workspace_id, occasion.run_id)
    announce_work(deployment.storage, key)
    if insert_row(deployment.storage.table(RUNS), row):
        enqueue_work(deployment.storage, key)
    return occasion.run_id


def rerun(deployment: Deployment, saved: SavedDocument, run_id: str, *, from_failure: bool, now: datetime) -> str:
    """Run a pipeline again with the parameters it had, and return the new run's id; `from_failure` keeps successes."""
    before = get_run(deployment.storage, saved.workspace_id, run_id)
    request = json.loads(unseal(deployment.secret, before["Request"]))
    new_id, table = new_run_id(), deployment.storage.table(ACTIVITIES)
    if from_failure:
        for row in list_rows(table, run_id):
            if row["State"] == State.FINISHED:
                insert_row(table, {name: row[name] for name in row if name != "etag"} | {"PartitionKey": new_id})
    occasion = Occasion(new_id, window=request["window"], group_id=before["GroupId"])
    known = set(get_pipeline(deployment, saved).parameters)
    kept = {name: value for name, value in request["parameters"].items() if name in known}
    return create_run(deployment, saved, kept, occasion, now=now)


def get_run(storage: Storage, workspace_id: str, run_id: str) -> Row:
    """Return a run's row; NotFound if the workspace has none of that id."""
    row = find_row(storage.table(RUNS), workspace_id, run_id)
    if row is None:
        raise NotFound("RunNotFound", f"The workspace has no pipeline run '{run_id}'.")
    return row


def list_pipeline_runs(
    storage: Storage, workspace_id: str, filter_: dict[str, Any], pipeline: str | None = None
) -> list[Row]:
    """Return the workspace's runs, the latest first.

    Parameters
    ----------
    filter_
        `lastUpdatedAfter`, `lastUpdatedBefore` (here: when the run began), and `filters` on PipelineName and Status
        with the operators Equals, NotEquals, In and NotIn.
    """
    after, before = filter_.get("lastUpdatedAfter"), filter_.get("lastUpdatedBefore")
    tests = [_test(item) for item in list_of(filter_.get("filters"), "filters")]
    if pipeline is not None:
        tests.append(lambda row: bool(row["Pipeline"].lower() == pipeline.lower()))
    if after:
        first = read_moment(after, "lastUpdatedAfter").isoformat()
        tests.append(lambda row: bool(row["CreatedAt"] >= first))
    if before:
        last = read_moment(before, "lastUpdatedBefore").isoformat()
        tests.append(lambda row: bool(row["CreatedAt"] <= last))
    found = [row for row in list_rows(storage.table(RUNS), workspace_id) if all(test(row) for test in tests)]
    return sorted(found, key=lambda row: str(row["CreatedAt"]), reverse=True)


def _test(item: Any) -> Callable[[Row], bool]:
    """Return what an entry of `filters` asks of a run."""
    read = {"pipelinename": lambda row: row["Pipeline"], "status": _status}.get(str(find(item, "operand")).lower())
    values = find(item, "values")
    if read is None or not isinstance(values, list):
        raise BadArgument("BadParameterValue", "A filter has an operand PipelineName or Status, and values.", "filters")
    wanted = {str(value).lower() for value in values}
    operator = str(find(item, "operator")).lower()
    if operator not in ("equals", "in", "notequals", "notin"):
        raise BadArgument(
            "BadParameterValue", f"A filter's operator is Equals, NotEquals, In or NotIn, not '{operator}'."
        )
    return lambda row: (read(row).lower() in wanted) is not operator.startswith("not")


def _status(row: Row) -> str:
    return "Queued" if row["Held"] else SHOWN[row["State"]]


def list_activity_runs(storage: Storage, run_id: str) -> list[Row]:
    """Return a run's activities in the document's order."""
    return list(list_rows(storage.table(ACTIVITIES), run_id))


def run_object(run: Row, deployment: Deployment) -> dict[str, Any]:
    """Return a run as Data Factory shows it."""
    request = json.loads(unseal(deployment.secret, run["Request"]))
    trigger = json.loads(run["Trigger"])
    ended = run["EndedAt"]
    return {
        "runId": run["RowKey"],
        "runGroupId": run["GroupId"],
        "pipelineName": run["Pipeline"],
        "parameters": {name: _parameter_text(value) for name, value in request["parameters"].items()},
        "runDimension": request["window"],
        "invokedBy": {"name": trigger["name"], "invokedByType": trigger["type"]},
        "runStart": classic_time(run["CreatedAt"]),
        "runEnd": optional_classic_time(ended),
        "lastUpdated": classic_time(ended or run["LeaseUntil"]),
        "durationInMs": _milliseconds(run["CreatedAt"], ended),
        "status": _status(run),
        "message": run["Details"] or run["Held"] or None,
    }


def activity_run_object(run: Row, row: Row) -> dict[str, Any]:
    """Return an activity run as Data Factory shows it; `output` is this service's own: job id and results."""
    return {
        "activityName": row["Name"],
        "activityType": row["Type"],
        "activityRunId": f"{row['PartitionKey']}-{row['RowKey']}",
        "pipelineName": run["Pipeline"],
        "pipelineRunId": run["RowKey"],
        "activityRunStart": optional_classic_time(row["StartedAt"]),
        "activityRunEnd": optional_classic_time(row["EndedAt"]),
        "durationInMs": _milliseconds(row["StartedAt"], row["EndedAt"]) if row["StartedAt"] else None,
        "status": SHOWN[row["State"]],
        "retryAttempt": row["Attempt"] - 1 if row["Attempt"] > 1 else None,
        "output": json.loads(row["Output"]) if row["Output"] else {},
        "error": error_object(row) if row["Error"] else {},
    }


def _activity_row(run_id: str, index: int, activity: Activity) -> Row:
    return {
        "PartitionKey": run_id,
        "RowKey": f"{index:04d}",
        "Name": activity.name,
        "Type": activity.type,
        "State": State.NOT_STARTED.value,
        "Attempt": 0,
        "Job": "",
        "NotBefore": "",
        "StartedAt": "",
        "EndedAt": "",
        "Output": "",
        "Error": "",
    }


def error_object(row: Row) -> dict[str, Any]:
    """Return an activity's error as Data Factory shows it, the service's own message in it."""
    return {"errorCode": "2600", "message": row["Error"], "failureType": "UserError", "target": row["Name"]}


def _parameter_text(value: Any) -> str:
    return value if isinstance(value, str) else json.dumps(value)


def _milliseconds(start: str, end: str) -> int:
    until = datetime.fromisoformat(end) if end else datetime.now(UTC)
    return round((until - datetime.fromisoformat(start)).total_seconds() * 1000)
