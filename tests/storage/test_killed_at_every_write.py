"""A process that dies before or after any write of storage: what it leaves works, and a second try completes it.

Each operation is tried with its end before its first write, then after it, before its second, and so on, until it
lives.
"""

import contextlib
import json
from datetime import timedelta

import pytest

from studio.automation.dispatch import perform_work, start_due_work
from studio.datasets import datasets
from studio.errors import Conflict, NotFound
from studio.experiments.experiments import get_experiment, list_experiments, put_experiment
from studio.experiments.runs import delete_experiment
from studio.jobs.jobs import Origin as JobOrigin
from studio.jobs.jobs import start_job_once
from studio.pipelines.documents import DocumentName
from studio.pipelines.runs import Origin, create_run, get_run, list_activity_runs, new_run_id
from studio.pipelines.triggers import put_watched_document
from studio.registry.endpoints import get_named_endpoint, list_endpoints, read_change_token
from studio.registry.history import list_history
from studio.registry.models import list_models, register_model
from studio.registry.web_services import (
    create_web_service,
    find_published,
    get_web_service,
    list_web_services,
)
from studio.registry.workspaces import create_workspace, get_workspace, put_workspace
from studio.rollout.endpoints import add_endpoint, remove_endpoint, remove_service
from studio.rollout.publish import publish_experiment
from studio.serving.app import open_app
from studio.settings import read_settings
from studio.storage.keys import name_key, new_id
from studio.storage.rows import change_row, find_row, list_rows
from studio.work.schedules import Schedule, find_schedule, put_schedule
from studio.work.state import State, WorkKey
from tests.builders import people_csv, people_experiment
from tests.storage.in_process import Studio, now
from tests.storage.storage_calls import Killed, KilledAtWrite

pytestmark = pytest.mark.attack("Work that is cut off")
MAX_LINES = 400
HOST = "https://host"


@pytest.fixture(scope="module")
def studio(app_settings):
    app = open_app(read_settings(app_settings))
    studio = Studio(app, create_workspace(app.storage, "Killed", now=now()).id)
    studio.upload(people_csv(60, seed=5, missing=False))
    document = people_experiment("Two-Class Logistic Regression")
    document["webServiceOutputs"] = document.get("webServiceOutputs") or [
        {"name": "output1", "module": "Train", "port": "Trained model"}
    ]
    studio.run("Churn", document)
    return studio


@pytest.fixture
def kills(record_property):
    """Run an action again and again, killed at one line after another, with a look at what is there after each."""

    def run(prepare, action, check, every=1):
        for line in range(1, MAX_LINES, every):
            state = prepare()
            try:
                with KilledAtWrite(line):
                    action(state)
                killed = False
            except Killed:
                killed = True
            check(state)
            if not killed:
                assert line > 2
                record_property("attacks", line // every)
                return
        raise AssertionError("It never came to its end.")

    return run


def publish(studio, kind="predictive"):
    saved = get_experiment(studio.deployment.storage, studio.workspace, "Churn")
    return publish_experiment(studio.deployment, saved, kind=kind, update_existing=True, by="test", now=now())


def no_services(studio):
    for service in list_web_services(studio.deployment.storage, studio.workspace):
        remove_service(studio.deployment, service)


def service_with_endpoints(studio, *names):
    no_services(studio)
    answer = publish(studio)
    service = get_web_service(studio.deployment.storage, studio.workspace, answer["WebServiceGroupId"])
    for name in names:
        add_endpoint(studio.deployment.storage, service, name, {}, by="test", now=now())
    return service


def every_service_works(studio):
    for service in list_web_services(studio.deployment.storage, studio.workspace):
        endpoint = get_named_endpoint(studio.deployment.storage, studio.workspace, service.id, "default")
        assert len(list_history(studio.deployment.storage, endpoint.id, endpoint.change)) == endpoint.change.sequence
        if service.kind == "predictive":
            assert len(studio.score(endpoint)["output1"]) == 3


@pytest.mark.parametrize("kind", ["predictive", "training"])
def test_publishing(studio, kills, kind):
    def check(_):
        every_service_works(studio)
        publish(studio, kind)
        every_service_works(studio)
        assert len(list(list_web_services(studio.deployment.storage, studio.workspace))) == 1

    kills(lambda: no_services(studio), lambda _: publish(studio, kind), check)


# Every other line in `make test`, each of them at night.
STRIDES = pytest.mark.parametrize("every", [2, pytest.param(1, marks=pytest.mark.long)])


@STRIDES
def test_publishing_again(studio, kills, every):
    def check(service):
        every_service_works(studio)
        answer = publish(studio)
        assert answer["WebServiceGroupId"] == service.id
        every_service_works(studio)

    kills(lambda: service_with_endpoints(studio), lambda _: publish(studio), check, every)


def test_a_service_that_an_earlier_version_left_without_endpoints_is_repaired_by_publishing(studio):
    storage = studio.deployment.storage
    no_services(studio)
    left = create_web_service(storage, studio.workspace, "Churn", "", "predictive", "Churn", now=now())
    assert find_published(storage, studio.workspace, name_key("Churn"), "predictive") == left
    assert publish(studio)["WebServiceGroupId"] == left.id
    every_service_works(studio)


def test_adding_an_endpoint(studio, kills):
    storage = studio.deployment.storage

    def check(service):
        with contextlib.suppress(Conflict):
            add_endpoint(storage, service, "north", {}, by="test", now=now())
        endpoint = get_named_endpoint(storage, studio.workspace, service.id, "north")
        assert studio.score(endpoint)
        remove_endpoint(studio.deployment, endpoint)

    service = service_with_endpoints(studio)
    kills(lambda: service, lambda _: add_endpoint(storage, service, "north", {}, by="test", now=now()), check)


def test_deleting_an_endpoint(studio, kills):
    storage, service = studio.deployment.storage, service_with_endpoints(studio)

    def prepare():
        endpoint = add_endpoint(storage, service, "north", {}, by="test", now=now())
        row = {"PartitionKey": studio.workspace, "RowKey": endpoint.id, "TrainingServiceId": new_id()}
        storage.table("policies").create_entity(row)
        put_schedule(storage, Schedule("policy", studio.workspace, endpoint.id, "9999"))
        return endpoint

    def check(endpoint):
        # Other processes know within a minute, even if this one did not live to tell them.
        before = read_change_token(storage)
        start_due_work(storage, now=now())
        assert read_change_token(storage) != before
        with contextlib.suppress(NotFound):
            found = get_named_endpoint(storage, studio.workspace, service.id, "north")
            remove_endpoint(studio.deployment, found)
        assert [item.name for item in list_endpoints(storage, studio.workspace, service.id)] == ["default"]
        assert find_row(storage.table("policies"), studio.workspace, endpoint.id) is None
        assert find_schedule(storage, "policy", studio.workspace, endpoint.id) is None

    kills(prepare, lambda endpoint: remove_endpoint(studio.deployment, endpoint), check)


@pytest.mark.long
def test_deleting_a_service_and_deleting_it_again(studio, kills):
    def check(service):
        for left in list_web_services(studio.deployment.storage, studio.workspace):
            remove_service(studio.deployment, left)
        assert list(list_endpoints(studio.deployment.storage, studio.workspace, service.id)) == []
        assert list(list_web_services(studio.deployment.storage, studio.workspace)) == []

    kills(
        lambda: service_with_endpoints(studio, "north", "south"),
        lambda service: remove_service(studio.deployment, service),
        check,
    )


@STRIDES
def test_deleting_a_service_and_publishing_it_again(studio, kills, every):
    def check(_):
        publish(studio)
        every_service_works(studio)
        assert len(list(list_web_services(studio.deployment.storage, studio.workspace))) == 1

    kills(
        lambda: service_with_endpoints(studio, "north"),
        lambda service: remove_service(studio.deployment, service),
        check,
        every,
    )


def test_making_a_workspace(studio, kills):
    storage = studio.deployment.storage

    def check(id_):
        found = put_workspace(storage, id_, "Name", now=now())
        assert get_workspace(storage, id_) == found

    kills(new_id, lambda id_: put_workspace(storage, id_, "Name", now=now()), check)


def test_saving_and_deleting_an_experiment(studio, kills):
    storage, document = studio.deployment.storage, people_experiment("Two-Class Logistic Regression")

    def save_and_delete(workspace):
        delete_experiment(storage, put_experiment(storage, workspace, "New", document, now=now()))

    def check(workspace):
        assert all(item.version == 1 for item in list_experiments(storage, workspace))
        saved = put_experiment(storage, workspace, "New", document, now=now())
        assert get_experiment(storage, workspace, "New") == saved
        delete_experiment(storage, saved)
        assert list_experiments(storage, workspace) == []

    kills(new_id, save_and_delete, check)


def test_uploading_a_dataset(studio, kills):
    storage = studio.deployment.storage

    def upload(workspace):
        upload_id = datasets.start_block_upload(storage, workspace, "GenericCSV", b"")
        for index in range(2):
            datasets.put_block(storage, workspace, upload_id, index, 2, b"a,b\n1,2\n" if index == 0 else b"3,4\n")
        body = {"DataSource": {"Name": "people", "DataTypeId": "GenericCSV"}, "UploadId": upload_id}
        return datasets.create_data_source(storage, workspace, body, now=now())

    def check(workspace):
        blobs = storage.container("datasets")

        def contents():
            names = blobs.list_blob_names(name_starts_with=f"{workspace}/")
            return [blobs.download_blob(name).readall() for name in names]

        assert contents() in ([], [b"a,b\n1,2\n3,4\n"])
        with contextlib.suppress(Conflict):
            upload(workspace)
        assert set(contents()) == {b"a,b\n1,2\n3,4\n"}

    kills(new_id, upload, check)


def test_registering_a_trained_model(studio, kills):
    storage = studio.deployment.storage

    def register(workspace, model="a" * 64):
        return register_model(storage, workspace, "M", model, job_id="j", metrics={}, lineage={}, now=now())

    def check(workspace):
        assert register(workspace).version == 1
        assert register(workspace, "b" * 64).version == 2
        assert [item.version for item in list_models(storage, workspace, "M")] == [1, 2]

    kills(new_id, register, check)


def test_starting_a_job(studio, kills):
    storage = studio.deployment.storage
    no_services(studio)
    endpoint = studio.publish("Churn", "training")

    def start(key):
        return start_job_once(storage, endpoint, {}, JobOrigin(key), now=now())

    def check(key):
        job = start(key)
        row = find_row(storage.table("jobs"), endpoint.id, job)
        assert row["State"] == State.QUEUED
        # Its message was sent, or is sent when orphans are looked for.
        assert find_row(storage.table("jobs"), "active", WorkKey("jobs", endpoint.id, job).active_key)

    kills(new_id, start, check)


@pytest.mark.parametrize("every", [3, pytest.param(1, marks=pytest.mark.long)])
def test_a_pipeline_from_its_first_step_to_its_last(studio, kills, every):
    app, storage = studio.deployment, studio.deployment.storage
    no_services(studio)
    endpoint = studio.publish("Churn", "training")
    url = f"{HOST}/workspaces/{studio.workspace}/services/{endpoint.id}/jobs"
    service = {"type": "AzureML", "typeProperties": {"mlEndpoint": url, "apiKey": endpoint.key(storage.secret, 0)}}
    put(studio, "linkedservices", "S", service)
    reference = {"referenceName": "S"}
    activity = {"name": "One", "type": "AzureMLBatchExecution", "linkedServiceName": reference}
    saved = put(studio, "pipelines", "P", {"activities": [activity]})
    known = set()

    def jobs():
        return [row for row in list_rows(storage.table("jobs"), endpoint.id) if row["RowKey"] not in known]

    def step(run_id):
        perform_work(app, WorkKey("pipelineruns", studio.workspace, run_id), now=now())

    def prepare():
        known.update(row["RowKey"] for row in jobs())
        return new_run_id()

    def end_jobs():
        for row in jobs():
            change_row(storage.table("jobs"), endpoint.id, row["RowKey"], finished)

    def run_it(run_id):
        create_run(storage, saved, {}, Origin(run_id), now=now())
        for _ in range(2):
            step(run_id)
            end_jobs()

    def check(run_id):
        create_run(storage, saved, {}, Origin(run_id), now=now())
        past = (now() - timedelta(hours=1)).isoformat()
        change_row(storage.table("pipelineruns"), studio.workspace, run_id, lambda row: row | {"LeaseUntil": past})
        for _ in range(3):
            step(run_id)
            end_jobs()
        assert get_run(storage, studio.workspace, run_id).work.state is State.FINISHED
        assert [item.state for item in list_activity_runs(storage, run_id)] == [State.FINISHED]
        assert len(jobs()) == 1

    kills(prepare, run_it, check, every)


def finished(row):
    return row | {"State": State.FINISHED.value, "EndedAt": now().isoformat(), "Results": json.dumps({})}


def put(studio, kind, name, properties):
    place = DocumentName(studio.workspace, kind, name)
    return put_watched_document(studio.deployment.storage, place, {"properties": properties}, HOST, now=now())
