"""Pipelines of both versions on Azurite: a month by a clock of its own, killed in the middle and started again."""

import contextlib
import json
import random
import socket
import subprocess
import sys
import threading
import time
from collections import Counter
from datetime import UTC, datetime, timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any, ClassVar

import pytest
from azure.core.exceptions import ResourceExistsError

from examples.data_factory import read_documents
from studio.automation.dispatch import start_due_work
from studio.errors import BadArgument, NotFound
from studio.jobs.jobs import read_job
from studio.pipelines.blob_events import list_new_blobs
from studio.pipelines.documents import DocumentName, get_factory_document
from studio.pipelines.runs import (
    Origin,
    activity_run_object,
    create_run,
    get_run,
    list_activity_runs,
    list_pipeline_runs,
    new_run_id,
    rerun,
    run_object,
)
from studio.pipelines.steps import cancel_run
from studio.pipelines.triggers import put_watched_document, run_trigger_now, schedule_state, start_trigger, stop_trigger
from studio.registry.endpoints import get_endpoint
from studio.registry.history import list_history
from studio.registry.web_services import get_web_service
from studio.registry.workspaces import create_workspace
from studio.rollout.endpoints import add_endpoint
from studio.serving.app import open_app
from studio.settings import read_settings
from studio.storage.audit_log import list_acts
from studio.storage.rows import list_rows
from studio.work.leases import MAX_ATTEMPTS
from tests.builders import people_csv, people_experiment
from tests.storage.clockwork import live, work_all
from tests.storage.in_process import Studio, now
from tests.storage.storage_calls import Killed, KilledAfter

ROOT = Path(__file__).parents[2]
HOST = "https://host"
RESOURCE = "Churn [trained model]"


@pytest.fixture(scope="module")
def settings(app_settings):
    # Links made at the times these tests choose must work now.
    return app_settings | {"PERENNIAL_SAS_HOURS": "200000", "PERENNIAL_JOB_LEASE_SECONDS": "0.3"}


@pytest.fixture(scope="module")
def studio(settings):
    deployment = open_app(read_settings(settings))
    studio = Studio(deployment, create_workspace(deployment.storage, "Pipelines", now=now()).id)
    for container in ("training", "incoming"):
        with contextlib.suppress(ResourceExistsError):
            deployment.storage.blobs.create_container(container)
    csv = people_csv(200, seed=5, missing=False)
    deployment.storage.container("training").upload_blob("latest.csv", csv, overwrite=True)
    studio.upload(csv)
    document = people_experiment("Two-Class Logistic Regression")
    document["webServiceParameters"] = [
        {"name": "Database query", "module": "Mark", "property": "Custom Missing Value", "default": "?"}
    ]
    studio.run("Churn", document)
    return studio


class Factory:
    """The linked services, and an endpoint to update, for one test."""

    def __init__(self, studio, settings):
        self.studio, self.deployment = studio, studio.deployment
        storage, secret = self.deployment.storage, self.deployment.storage.secret
        self.trainer = studio.publish("Churn", "training")
        self.default = default = studio.publish("Churn", "predictive")
        service = get_web_service(storage, studio.workspace, default.service_id)
        self.endpoint = add_endpoint(self.deployment.storage, service, "live", {}, by="test", now=now())
        root = f"{HOST}/workspaces/{studio.workspace}"
        self.places = {
            "storage": settings["AzureWebJobsStorage"],
            "training_jobs": f"{root}/services/{self.trainer.id}/jobs",
            "training_key": self.trainer.key(secret, 0),
            "scoring_jobs": f"{root}/services/{self.endpoint.id}/jobs",
            "scoring_key": self.endpoint.key(secret, 1),
            "scoring_update": f"{root}/webservices/{service.id}/endpoints/live",
        }

    def put(self, kind, document, at=None, name=None):
        place = DocumentName(self.studio.workspace, kind, name or document["name"])
        return put_watched_document(self.deployment.storage, place, document, HOST, now=at or now())

    def read(self, version, at=None):
        documents = read_documents(version, **self.places)
        for document in documents["linked_services"]:
            self.put("linkedservices", document, at)
        for document in documents.get("datasets", []):
            self.put("datasets", document, at)
        return documents

    def work(self, at=None):
        work_all(self.deployment, self.studio.workspace, at or now())

    def run(self, saved, parameters=None):
        """Run a pipeline to its end and return the run and its activities as they are shown."""
        run_id = create_run(self.deployment.storage, saved, parameters or {}, Origin(new_run_id()), now=now())
        self.work()
        return self.shown(run_id)

    def shown(self, run_id):
        storage = self.deployment.storage
        run = get_run(storage, self.studio.workspace, run_id)
        rows = list_activity_runs(storage, run_id)
        return run_object(run, now=now()), [activity_run_object(run, row, now=now()) for row in rows]

    def runs(self, pipeline):
        return list_pipeline_runs(self.deployment.storage, self.studio.workspace, {}, pipeline)

    def requests(self):
        """The parameters of all training jobs, in the order of their creation."""
        rows = list_rows(self.deployment.storage.table("jobs"), self.trainer.id)
        jobs = sorted(
            (read_job(self.deployment.storage, row) for row in rows), key=lambda job: (job.work.created_at, job.id)
        )
        return [job.request.parameters for job in jobs]

    def updates(self):
        storage, workspace = self.deployment.storage, self.studio.workspace
        endpoint = get_endpoint(storage, workspace, self.endpoint.id)
        found = list_history(storage, endpoint.id, endpoint.change)
        return [change for change in found if change.by.startswith("pipeline")]


@pytest.fixture
def factory(studio, settings):
    return Factory(studio, settings)


# A day without work is 6 lines of calls, one with a retraining some 190.
MOST_LINES = 190


def drive(factory, settings, tmp_path, day, end, seed):
    """Live from day to end, killed before or after random calls of storage; returns how often."""
    kills, chance = Counter(), random.Random(seed)

    def lines():
        # Work that ends its process five times is given up, and rightly so.
        return chance.randint(1, MOST_LINES) if kills[day] < MAX_ATTEMPTS - 1 else 0

    while day < end:
        # What was in memory is gone.
        deployment = open_app(read_settings(settings))
        try:
            with KilledAfter(lines()) as killer:
                for following in live(deployment, factory.studio.workspace, day, end):
                    day = following
                    killer.left = lines()
        except Killed:
            kills[day] += 1
    return kills.total()


def drive_processes(factory, settings, tmp_path, start, end, seed):
    """Run the clockwork from start to end, killed by SIGKILL at random moments; returns how often.

    The same day is killed twice at most: work that kills its process again and again is given up, and rightly so.
    """
    state, kills, rng = tmp_path / "state.json", Counter(), random.Random(seed)
    times = {"now": start.isoformat(), "end": end.isoformat()}
    settings = settings | {"PERENNIAL_JOB_LEASE_SECONDS": "1.5"}
    state.write_text(json.dumps({"settings": settings, "workspace": factory.studio.workspace} | times))
    command = [sys.executable, "-m", "tests.storage.clockwork", str(state)]
    while True:
        process = subprocess.Popen(command, cwd=ROOT)
        until, last = time.monotonic() + rng.uniform(0.9, 2.2), time.monotonic() + 120
        while process.poll() is None:
            day = json.loads(state.read_text())["now"]
            if time.monotonic() > last or (time.monotonic() > until and kills[day] < 2):
                assert time.monotonic() < last, "the clockwork stands still"
                process.kill()
                kills[day] += 1
            time.sleep(0.02)
        if process.returncode >= 0:
            assert process.returncode == 0
            return kills.total()


# How the process lives and dies, and how often at least.
DEATHS = pytest.mark.parametrize(
    "drive, kills",
    [pytest.param(drive, 8, id="calls"), pytest.param(drive_processes, 2, marks=pytest.mark.long, id="processes")],
)


@DEATHS
def test_version_2_retrains_every_monday_of_a_month(factory, settings, tmp_path, drive, kills):
    start = datetime(2018, 1, 30, 12, tzinfo=UTC)
    documents = factory.read("v2", start)
    factory.put("pipelines", documents["pipeline"], start)
    saved = factory.put("triggers", documents["trigger"], start)
    assert schedule_state(factory.deployment.storage, saved)["runtimeState"] == "Stopped"
    start_due_work(factory.deployment.storage, now=start + timedelta(days=400))
    assert factory.runs("WeeklyRetrain") == []
    start_trigger(factory.deployment.storage, saved, now=start)
    assert schedule_state(factory.deployment.storage, saved)["NextRun"] == "2018-02-05T02:00:00.000Z"
    assert drive(factory, settings, tmp_path, start, datetime(2018, 3, 1, tzinfo=UTC), seed=1) >= kills
    mondays = [f"2018-02-{day:02d}" for day in (5, 12, 19, 26)]
    assert factory.requests() == [
        {"Database query": f"select * from t where d >= '{monday}T02:00:00.0000000Z'"} for monday in mondays
    ]
    runs = factory.runs("WeeklyRetrain")
    assert [run.work.state for run in runs] == ["Finished"] * 4
    assert len(factory.updates()) == 4
    stop_trigger(factory.deployment.storage, saved)
    start_due_work(factory.deployment.storage, now=start + timedelta(days=400))
    assert len(factory.runs("WeeklyRetrain")) == 4


@DEATHS
def test_version_1_fills_its_slices_newest_first(factory, settings, tmp_path, drive, kills):
    documents = factory.read("v1", datetime(2016, 2, 24, tzinfo=UTC))
    saved = factory.put("pipelines", documents["pipeline"], datetime(2016, 2, 24, tzinfo=UTC))
    start, end = datetime(2016, 2, 24, tzinfo=UTC), datetime(2016, 3, 10, tzinfo=UTC)
    assert drive(factory, settings, tmp_path, start, end, seed=2) >= kills
    runs = sorted(factory.runs("WeeklyRetrainV1"), key=lambda run: run.work.created_at)
    starts = [run_object(row, now=now())["runDimension"]["slicestart"][:10] for row in runs]
    # On the 24th three weeks have gone by: the newest comes first; the fourth week ends on the 29th.
    assert starts == ["2016-02-15", "2016-02-08", "2016-02-01", "2016-02-22"]
    assert [run.work.state for run in runs] == ["Finished"] * 4
    days = [item["Database query"][-11:-1] for item in factory.requests()]
    assert days == ["2016-02-08", "2016-02-01", "2016-01-25", "2016-02-15"]
    for day in ("20160201", "20160208", "20160215", "20160222"):
        assert factory.deployment.storage.container("models").get_blob_client(f"{day}/model.ilearner").exists()
    assert len(factory.updates()) == 4
    assert schedule_state(factory.deployment.storage, saved)["NextRun"] is None


def simple(factory, *activities, **properties):
    factory.read("v2")
    return factory.put("pipelines", {"properties": {"activities": list(activities)} | properties}, name=new_run_id())


def train(name="Train", blob="training/latest.csv", after=(), **policy):
    storage = {"referenceName": "trainingstorage", "type": "LinkedServiceReference"}
    return {
        "name": name,
        "type": "AzureMLBatchExecution",
        "linkedServiceName": {"referenceName": "TrainingService"},
        "dependsOn": [{"activity": other, "dependencyConditions": [condition]} for other, condition in after],
        "policy": policy,
        # As in published samples: properties in Pascal case.
        "typeProperties": {"webServiceInputs": {"input1": {"LinkedServiceName": storage, "FilePath": blob}}},
    }


def test_a_failed_activity_shows_the_services_message_and_later_ones_are_skipped(factory):
    saved = simple(
        factory,
        train("First", "training/none.csv"),
        train("Second", after=[("FIRST", "Succeeded")]),
        train("Third", after=[("second", "Succeeded")]),
        train("Repair", after=[("First", "Failed"), ("Second", "Skipped")]),
    )
    run, activities = factory.run(saved)
    assert [item["status"] for item in activities] == ["Failed", "Skipped", "Skipped", "Succeeded"]
    error = activities[0]["error"]
    assert "training/none.csv" in error["message"]
    assert (error["errorCode"], error["target"]) == ("2600", "First")
    assert run["status"] == "Succeeded"
    run, _ = factory.run(simple(factory, train("Alone", "training/none.csv")))
    assert (run["status"], "Alone: " in run["message"]) == ("Failed", True)


def test_an_activity_is_tried_again_after_its_interval(factory):
    saved = simple(factory, train(blob="incoming/late.csv", retry=1, retryIntervalInSeconds=2))
    run_id = create_run(factory.deployment.storage, saved, {}, Origin(new_run_id()), now=now())
    deadline = time.monotonic() + 30
    while not factory.shown(run_id)[1][0]["error"] and time.monotonic() < deadline:
        factory.studio.work_off()
    blob = factory.deployment.storage.container("incoming").upload_blob("late.csv", people_csv(200, missing=False))
    while factory.shown(run_id)[0]["status"] == "InProgress" and time.monotonic() < deadline:
        factory.studio.work_off()
        time.sleep(0.2)
    run, (activity,) = factory.shown(run_id)
    blob.delete_blob()
    assert (run["status"], activity["retryAttempt"]) == ("Succeeded", 1)
    assert activity["output"]["Results"]["output1"]["RelativeLocation"].endswith(".ilearner")


def test_outputs_of_an_activity_are_read_by_the_next(factory):
    update = {
        "name": "Swap",
        "type": "AzureMLUpdateResource",
        "linkedServiceName": {"referenceName": "ScoringService"},
        "dependsOn": [{"activity": "Train", "dependencyConditions": ["Completed"]}],
        "typeProperties": {
            "trainedModelName": "@concat('Churn', ' [trained model]')",
            "trainedModelLinkedServiceName": {"referenceName": "TrainingStorage"},
            "trainedModelFilePath": "@activity('Train').output.Results.output1.RelativeLocation",
        },
    }
    # A name in a URL may be percent-encoded, as every name with a blank is; here it is the service's id.
    id_ = "".join(f"%{ord(sign):02x}" for sign in factory.default.service_id)
    resource = f"resourceGroups/g/providers/Microsoft.MachineLearning/webServices/{id_}"
    secret = factory.deployment.storage.secret
    by_name = {
        "mlEndpoint": f"{HOST}/subscriptions/{factory.studio.workspace}/services/{factory.default.id}/jobs",
        "apiKey": {"type": "SecureString", "value": factory.default.key(secret, 0)},
        "updateResourceEndpoint": f"{HOST}/subscriptions/{factory.studio.workspace}/{resource}",
    }
    saved = simple(factory, train(), update, update | {"name": "All", "linkedServiceName": {"referenceName": "Arm"}})
    factory.put("linkedservices", {"name": "Arm", "properties": {"type": "AzureML", "typeProperties": by_name}})
    run, _ = factory.run(saved)
    assert run["status"] == "Succeeded", run["message"]
    (change,) = factory.updates()
    assert run["runId"] in change.why


def test_a_run_is_cancelled_with_its_jobs(factory):
    saved = simple(factory, train())
    run_id = create_run(factory.deployment.storage, saved, {}, Origin(new_run_id()), now=now())
    cancel_run(factory.deployment, factory.studio.workspace, run_id, now=now())
    cancel_run(factory.deployment, factory.studio.workspace, run_id, now=now())
    factory.work()
    run, (activity,) = factory.shown(run_id)
    assert (run["status"], activity["status"]) == ("Cancelled", "Cancelled")
    assert factory.requests() == []


def test_a_rerun_from_failure_keeps_what_succeeded(factory):
    saved = simple(factory, train("One"), train("Two", "incoming/two.csv", after=[("One", "Succeeded")]))
    first, _ = factory.run(saved)
    assert first["status"] == "Failed"
    blob = factory.deployment.storage.container("incoming").upload_blob("two.csv", people_csv(200, missing=False))
    again = rerun(factory.deployment.storage, saved, first["runId"], from_failure=True, now=now())
    factory.work()
    blob.delete_blob()
    run, activities = factory.shown(again)
    assert (run["status"], run["runGroupId"]) == ("Succeeded", first["runId"])
    assert len(factory.requests()) == 2
    assert [item["status"] for item in activities] == ["Succeeded", "Succeeded"]


def test_runs_beyond_the_pipelines_concurrency_wait(factory):
    saved = simple(factory, train(), concurrency=1)
    first, second = (
        create_run(factory.deployment.storage, saved, {}, Origin(new_run_id()), now=now()) for _ in range(2)
    )
    factory.studio.work_off()
    assert {factory.shown(first)[0]["status"], factory.shown(second)[0]["status"]} & {"Queued"}
    factory.work()
    assert [factory.shown(item)[0]["status"] for item in (first, second)] == ["Succeeded", "Succeeded"]


def test_many_models_at_once(factory):
    """One activity for each model, several under way together."""
    saved = simple(factory, *(train(f"Model{number}") for number in range(6)))
    run, activities = factory.run(saved)
    assert run["status"] == "Succeeded"
    assert len({item["output"]["JobId"] for item in activities}) == 6


def test_a_tumbling_window_catches_up_and_fills_each_window_once(factory):
    start = datetime(2026, 3, 1, tzinfo=UTC)
    saved = simple(factory, train(), parameters={"from": {"type": "String"}})
    window = {"frequency": "Hour", "interval": 6, "startTime": "2026-03-01T00:00:00Z", "delay": "00:30:00"}
    reference = {"referenceName": saved.name, "type": "PipelineReference"}
    parameters = {"from": "@trigger().outputs.windowStartTime"}
    document = {
        "name": f"T{saved.name}",
        "properties": {
            "type": "TumblingWindowTrigger",
            "typeProperties": window | {"maxConcurrency": 2, "endTime": "2026-03-02T12:00:00Z"},
            "pipeline": {"pipelineReference": reference, "parameters": parameters},
        },
    }
    trigger = factory.put("triggers", document, start)
    start_trigger(factory.deployment.storage, trigger, now=start)
    at = start
    while at < start + timedelta(days=2):
        for _ in range(2):
            start_due_work(factory.deployment.storage, now=at)
        factory.work(at)
        at += timedelta(minutes=90)
    starts = sorted(run_object(row, now=now())["parameters"]["from"][:13] for row in factory.runs(saved.name))
    assert starts == [
        "2026-03-01T00",
        "2026-03-01T06",
        "2026-03-01T12",
        "2026-03-01T18",
        "2026-03-02T00",
        "2026-03-02T06",
    ]
    late = start + timedelta(days=30)
    assert schedule_state(factory.deployment.storage, trigger)["NextRun"] is None
    start_due_work(factory.deployment.storage, now=late)
    assert len(factory.runs(saved.name)) == 6


def test_blob_events_start_one_run_for_each_new_blob(factory):
    saved = simple(factory, train(blob="@pipeline().parameters.blob"), parameters={"blob": {"type": "String"}})
    incoming = factory.deployment.storage.container("incoming")
    csv = people_csv(200, seed=12, missing=False)
    old = incoming.upload_blob(f"{saved.name}/before.csv", csv)
    document = {
        "name": f"B{saved.name}",
        "properties": {
            "type": "BlobEventsTrigger",
            "typeProperties": {
                "blobPathBeginsWith": f"/incoming/blobs/{saved.name}/",
                "blobPathEndsWith": ".csv",
                "ignoreEmptyBlobs": True,
                "events": ["Microsoft.Storage.BlobCreated"],
                "scope": "/subscriptions/s/providers/Microsoft.Storage/storageAccounts/devstoreaccount1",
            },
            "pipelines": [
                {
                    "pipelineReference": {"referenceName": saved.name},
                    "parameters": {
                        "blob": "@concat(triggerBody().folderPath, '/', triggerBody().fileName)",
                    },
                }
            ],
        },
    }
    trigger = factory.put("triggers", document)
    start_trigger(factory.deployment.storage, trigger, now=now())
    for name, content in (("one.csv", csv), ("two.csv", csv), ("empty.csv", b""), ("note.txt", csv)):
        incoming.upload_blob(f"{saved.name}/{name}", content)
    for minutes in (1, 1, 2, 3):
        start_due_work(factory.deployment.storage, now=now() + timedelta(minutes=minutes))
    factory.work()
    shown = [run_object(row, now=now()) for row in factory.runs(saved.name)]
    assert sorted(run["parameters"]["blob"] for run in shown) == [
        f"incoming/{saved.name}/one.csv",
        f"incoming/{saved.name}/two.csv",
    ]
    assert {run["status"] for run in shown} == {"Succeeded"}
    assert old.exists()


@pytest.mark.attack("Schedules and windows")
@pytest.mark.parametrize(
    "given",
    [
        {"connectionString": "BlobEndpoint=http://{0}\\@x.blob.core.windows.net/;AccountName=evil;AccountKey=Zm9v"},
        {"connectionString": "BlobEndpoint=http://{0}/;AccountName=evil;AccountKey=Zm9v"},
        {"sasUri": "http://evil.blob.core.windows.net\\@{0}/?sig=x"},
        {"sasUri": "http://evil.blob.core.windows.net@{0}/?sig=x"},
        {"sasUri": "https://[::1/?sig=x"},
    ],
)
def test_a_blob_trigger_watches_no_host_that_is_not_listed(factory, given):
    asked = []
    listener = socket.create_server(("127.0.0.1", 0))
    threading.Thread(target=lambda: asked.append(listener.accept()), daemon=True).start()
    host = f"127.0.0.1:{listener.getsockname()[1]}"
    properties = {name: text.format(host) for name, text in given.items()}
    service = {"name": "watched", "properties": {"type": "AzureBlobStorage", "typeProperties": properties}}
    factory.put("linkedservices", service)
    scope = "/subscriptions/s/providers/Microsoft.Storage/storageAccounts/evil"
    watched = {"blobPathBeginsWith": "/incoming/blobs/", "scope": scope}
    with pytest.raises(BadArgument, match=r"no linked service|cannot be used"):
        list(list_new_blobs(factory.deployment.storage, factory.studio.workspace, watched, "2026", set()))
    assert asked == []
    listener.close()


def test_run_now_starts_a_stopped_trigger_and_leaves_its_schedule(factory):
    documents = factory.read("v2")
    factory.put("pipelines", documents["pipeline"])
    saved = factory.put("triggers", documents["trigger"])
    (run_id,) = run_trigger_now(factory.deployment.storage, saved, now=now())
    factory.work()
    run, activities = factory.shown(run_id)
    assert run["status"] == "Succeeded", activities
    assert run["invokedBy"] == {"name": "EveryMonday", "invokedByType": "ScheduleTrigger"}
    assert schedule_state(factory.deployment.storage, saved)["runtimeState"] == "Stopped"
    acts = list(list_acts(factory.deployment.storage, factory.studio.workspace, since="", until="", after=""))
    (begun,) = (row for row in acts if run_id in row["Path"])
    assert (begun["By"], begun["Action"]) == ("trigger EveryMonday (ScheduleTrigger)", "run_pipeline")
    assert begun["Status"] == 200
    assert "create_job" in {row["Action"] for row in acts if row["By"] == f"pipeline {run['pipelineName']}"}


@pytest.mark.parametrize(
    "change, word",
    [
        ({"apiKey": "wrong"}, "key is not valid for this endpoint"),
        ({"mlEndpoint": "https://elsewhere.example.org/workspaces/w/services/s/jobs"}, "PERENNIAL_IMPORT_HOSTS"),
    ],
)
def test_a_linked_service_opens_only_what_its_key_and_the_settings_allow(factory, change, word):
    saved = simple(factory, train())
    service = read_documents("v2", **factory.places)["linked_services"][1]
    service["properties"]["typeProperties"] |= change
    factory.put("linkedservices", service)
    run, _ = factory.run(saved)
    assert run["status"] == "Failed"
    assert word in run["message"]


class Elsewhere(BaseHTTPRequestHandler):
    """A service of another deployment: creates, starts, reports and updates, and notes what it was sent."""

    calls: ClassVar[list[tuple[str, str, str, Any]]] = []
    answers: ClassVar[dict[str, Any]] = {}

    def do_any(self):
        body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
        self.calls.append((self.command, self.path, self.headers["Authorization"], json.loads(body or b"null")))
        answer = self.answers.get(f"{self.command} {self.path.partition('?')[0]}", 404)
        status, content = (answer, b"") if isinstance(answer, int) else (200, json.dumps(answer).encode())
        self.send_response(status)
        self.send_header("Content-Length", str(len(content)))
        self.end_headers()
        self.wfile.write(content)

    do_GET = do_POST = do_PATCH = do_DELETE = do_any  # noqa: N815 - http.server looks for these names

    def log_message(self, *_):
        """Say nothing."""


@pytest.fixture
def elsewhere(factory, settings):
    """A service at another address, the linked services that name it, and an app that may call it."""
    server = ThreadingHTTPServer(("127.0.0.1", 0), Elsewhere)
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    host = f"127.0.0.1:{server.server_port}"
    places = {
        "training_jobs": f"http://{host}/subscriptions/s/services/train/jobs",
        "scoring_update": f"http://{host}/workspaces/w/webservices/x/endpoints/live",
    }
    factory.places |= places
    factory.deployment = open_app(read_settings(settings | {"PERENNIAL_IMPORT_HOSTS": host}))
    Elsewhere.calls.clear()
    yield Elsewhere
    server.shutdown()
    server.server_close()
    thread.join()


def test_a_service_elsewhere_is_called_over_http(factory, elsewhere):
    results = {"output1": {"BaseLocation": "https://a/", "RelativeLocation": "c/m.ilearner", "SasBlobToken": "?s"}}
    elsewhere.answers.clear()
    elsewhere.answers |= {
        "POST /subscriptions/s/services/train/jobs": "j1",
        "POST /subscriptions/s/services/train/jobs/j1/start": 204,
        "GET /subscriptions/s/services/train/jobs/j1": {"StatusCode": "Finished", "Results": results, "Details": None},
        "PATCH /workspaces/w/webservices/x/endpoints/live": {"Name": "live"},
    }
    documents = factory.read("v2")
    run, activities = factory.run(factory.put("pipelines", documents["pipeline"]))
    assert run["status"] == "Succeeded", run["message"]
    assert activities[0]["output"]["JobId"] == "j1"
    methods = [f"{method} {path}" for method, path, _, _ in elsewhere.calls]
    assert methods[:3] == [
        "POST /subscriptions/s/services/train/jobs?api-version=2.0",
        "POST /subscriptions/s/services/train/jobs/j1/start?api-version=2.0",
        "GET /subscriptions/s/services/train/jobs/j1?api-version=2.0",
    ]
    assert elsewhere.calls[0][2] == f"Bearer {factory.places['training_key']}"
    assert elsewhere.calls[0][3]["Inputs"]["input1"]["RelativeLocation"] == "training/latest.csv"
    resource = elsewhere.calls[-1][3]["Resources"][0]
    assert resource["Name"] == RESOURCE
    assert resource["Location"]["RelativeLocation"] == f"models/{run['runId']}/model.ilearner"


@pytest.mark.parametrize(
    "answers, word",
    [
        ({}, "returned status 404"),
        ({"POST /subscriptions/s/services/train/jobs": 503}, "returned status 503"),
        (
            {
                "POST /subscriptions/s/services/train/jobs": "j2",
                "POST /subscriptions/s/services/train/jobs/j2/start": 204,
                "GET /subscriptions/s/services/train/jobs/j2": {"StatusCode": "Failed", "Details": "Error 0004: no."},
            },
            "Error 0004: no.",
        ),
    ],
)
def test_what_a_service_elsewhere_says_is_shown(factory, elsewhere, answers, word):
    elsewhere.answers.clear()
    elsewhere.answers |= answers
    run, _ = factory.run(simple(factory, train()))
    assert run["status"] == "Failed"
    assert word in run["message"]


@pytest.mark.parametrize(
    "kind, document, word",
    [
        ("pipelines", {"properties": {}}, "at least one activity"),
        ("pipelines", {"properties": {"activities": [train() | {"type": "Copy"}]}}, "AzureMLBatchExecution"),
        ("pipelines", {"properties": {"activities": [train(), train()]}}, "unique names"),
        ("pipelines", {"properties": {"activities": [train(after=[("X", "Succeeded")])]}}, "one of train"),
        ("pipelines", {"properties": {"activities": [train(after=[("Train", "Succeeded")])]}}, "free of cycles"),
        ("pipelines", {"properties": {"activities": [train(after=[("Train", "Done")])]}}, "Succeeded, Failed"),
        ("pipelines", {"properties": {"activities": [train(timeout="soon")]}}, "0.02:00:00"),
        ("pipelines", {"properties": {"activities": [train(retry=-1)]}}, "whole number"),
        ("pipelines", {"properties": {"activities": [train("a/b")]}}, "none of"),
        ("linkedservices", {"properties": {"type": "Oracle"}}, "AzureML"),
        ("linkedservices", {"properties": {"type": "AzureML", "typeProperties": {"mlEndpoint": "x"}}}, "jobs"),
        ("triggers", {"properties": {"type": "CustomEventsTrigger", "pipelines": []}}, "pipelineReference"),
        ("triggers", {"properties": {"type": "ScheduleTrigger", "pipelines": 5}}, "a list"),
        ("pipelines", {"properties": {"activities": [train()], "parameters": [1]}}, "an object"),
        ("pipelines", {"properties": {"activities": [train() | {"dependsOn": "x"}]}}, "a list"),
        ("datasets", {"properties": {"typeProperties": {"partitionedBy": 1}}}, "a list"),
    ],
)
def test_a_wrong_document_is_refused_and_not_stored(factory, kind, document, word):
    name = new_run_id()
    with pytest.raises(BadArgument, match=word):
        factory.put(kind, document, name=name)
    with pytest.raises(NotFound):
        get_factory_document(factory.deployment.storage, factory.studio.workspace, kind, name)


def test_parameters_are_checked_before_a_run_begins(factory):
    saved = simple(factory, train(), parameters={"needed": {"type": "String"}})
    for parameters, word in (({}, "'needed' has no default"), ({"needed": "1", "more": "2"}, "no parameter 'more'")):
        with pytest.raises(BadArgument, match=word):
            create_run(factory.deployment.storage, saved, parameters, Origin(new_run_id()), now=now())
