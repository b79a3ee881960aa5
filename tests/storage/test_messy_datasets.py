"""Messy files from upload to scores: stored with how they are read, and read alike by all that follows."""

import csv
import gzip
import io
from dataclasses import replace

import pytest
from azure.core.exceptions import ResourceNotFoundError

from studio.automation.dispatch import perform_work
from studio.datasets import readings
from studio.datasets.datasets import delete_data_source, list_data_sources
from studio.datasets.readings import READINGS, get_profile, put_reading
from studio.datasets.workspace_data import WorkspaceData, start_upload
from studio.errors import BadArgument, NotFound, TooLarge
from studio.jobs.jobs import get_job, job_status, start_job, submit_job
from studio.registry.definitions import get_definition
from studio.registry.web_services import get_web_service
from studio.registry.workspaces import create_workspace
from studio.rollout.endpoints import add_endpoint
from studio.rollout.update_resource import patch_endpoint
from studio.storage.account import Storage
from studio.storage.blobs import own_blob
from studio.tables import typed_files
from studio.tables.options import ReadingOptions
from studio.work.state import WorkKey
from tests.data.messy.make import CASES
from tests.storage.in_process import Studio, now

FILES = {case.name: case for case in CASES}
QUICK = ("german_windows.csv",)
TRIED = [case for case in CASES if not case.error]


@pytest.fixture(scope="module")
def studio(deployment):
    return Studio(deployment, create_workspace(deployment.storage, "Messy", now=now()).id)


def upload(studio, case, name=None):
    body = {"Name": name or case.name} | ({"Options": case.options} if case.options else {})
    start_upload(studio.deployment.storage, studio.workspace, body, now=now())
    studio.upload(case.content, name or case.name)


def profile(studio, name, label=""):
    return get_profile(studio.deployment.storage, studio.workspace, name, label)


def document(name, label="paid", **properties):
    return {
        "modules": {
            "Data": {
                "module": "Import Data",
                "properties": {"Path to container, directory or blob": name, **properties},
            },
            "Learner": {"module": "Two-Class Logistic Regression"},
            "Train": {"module": "Train Model", "properties": {"Label column": label}},
            "Score": {"module": "Score Model"},
            "Evaluate": {"module": "Evaluate Model"},
        },
        "connections": [
            {"from": ["Data", "Results dataset"], "to": ["Train", "Dataset"]},
            {"from": ["Learner", "Untrained model"], "to": ["Train", "Untrained model"]},
            {"from": ["Train", "Trained model"], "to": ["Score", "Trained model"]},
            {"from": ["Data", "Results dataset"], "to": ["Score", "Dataset"]},
            {"from": ["Score", "Scored dataset"], "to": ["Evaluate", "Scored dataset"]},
        ],
        "webServiceInputs": [{"name": "input1", "to": ["Train", "Dataset"]}],
        "webServiceOutputs": [{"name": "output1", "from": ["Train", "Trained model"]}],
    }


def job(studio, endpoint, name):
    storage = studio.deployment.storage
    reference = own_blob(storage, f"datasets/{studio.workspace}/{name}", now()).to_json()
    made = submit_job(storage, endpoint, {"Inputs": {"input1": reference}, "Outputs": {}}, now=now())
    start_job(storage, endpoint, made, now=now())
    perform_work(studio.deployment, WorkKey("jobs", endpoint.id, made), now=now())
    status = job_status(storage, get_job(storage, endpoint, made), now=now())
    assert status["StatusCode"] == "Finished", status
    return status["Results"]["output1"]


def scores_of_file(studio, endpoint, name):
    container, _, path = job(studio, endpoint, name)["RelativeLocation"].partition("/")
    text = studio.deployment.storage.container(container).download_blob(path).readall().decode()
    return [float(row["Scored Probabilities"]) for row in csv.DictReader(io.StringIO(text))]


@pytest.mark.parametrize(
    "case",
    [pytest.param(case, marks=() if case.name in QUICK else pytest.mark.long) for case in TRIED],
    ids=[case.name for case in TRIED],
)
def test_a_file_gives_the_same_scores_from_upload_to_batch_before_and_after_retraining(studio, case):
    upload(studio, case)
    shown = profile(studio, case.name)
    assert profile(studio, case.name) == shown
    label = shown["Columns"][-1]["Name"] if "Col5" in case.types else "paid"
    name = f"Sales {case.name}"
    studio.run(name, document(case.name, label))
    trainer, scorer = studio.publish(name, "training"), studio.publish(name, "predictive")
    definition = get_definition(studio.deployment.storage, trainer.definition)
    kinds = {column.name: column.type.value for column in definition.inputs[0].columns}
    assert kinds == {column["Name"]: column["Type"] for column in shown["Columns"]}
    before = scores_of_file(studio, scorer, case.name)
    assert len(before) == shown["Rows"]
    retrained = job(studio, trainer, case.name)
    service = get_web_service(studio.deployment.storage, studio.workspace, scorer.service_id)
    second = add_endpoint(studio.deployment.storage, service, "second", {}, by="test", now=now())
    body = {"Resources": [{"Name": f"{name} [trained model]", "Location": retrained}]}
    second = patch_endpoint(studio.deployment, second, body, by="test", now=now())
    assert scores_of_file(studio, second, case.name) == pytest.approx(before, abs=1e-9)


def test_a_request_is_read_as_the_file_was(studio):
    case = FILES["german_windows.csv"]
    upload(studio, case, "german.csv")
    studio.run("Request", document("german.csv"))
    scorer = studio.publish("Request", "predictive")
    row = {"region": "Köln", "amount": "29.738,65 €", "day": "24.12.2025", "units": "3"}
    plain = row | {"amount": 29738.65, "day": "2025-12-24", "units": 3}
    (first, second) = studio.score(scorer, [row, plain])["output1"]
    assert first == second
    assert first["amount"] == "29738.65"


def test_a_dataset_from_before_profiles_is_read_as_it_was_unless_a_property_asks(studio):
    case = FILES["currency.csv"]
    studio.upload(case.content, "old.csv")
    assert profile(studio, "old.csv")["Columns"][1]["Type"] == "String"
    studio.deployment.storage.container(READINGS).delete_blob(f"{studio.workspace}/old.csv.json")

    def kinds(**properties):
        studio.run("Old", document("old.csv", **properties))
        found = get_definition(studio.deployment.storage, studio.publish("Old", "training").definition)
        return {column.name: column.type.value for column in found.inputs[0].columns}

    assert kinds()["amount"] == "String"
    assert kinds(**{"Column types": "amount: number"})["amount"] == "Double"


def test_options_are_kept_with_the_dataset_and_go_with_it(studio):
    storage, workspace = studio.deployment.storage, studio.workspace
    data = WorkspaceData(storage, workspace)
    upload(studio, FILES["own_dates.csv"], "own.csv")
    assert data.dataset_options("own.csv") == ReadingOptions(types={"day": "%d|%m|%Y"})
    version = data.dataset_version("own.csv")
    start_upload(storage, workspace, {"Name": "own.csv", "Options": {"Guess": False}}, now=now())
    assert data.dataset_version("own.csv") != version
    assert data.dataset_options("own.csv") == ReadingOptions(guess=False)
    # What an experiment writes is plain.
    data.write_dataset("own.csv", b"a\n1\n")
    assert data.dataset_options("own.csv") is None
    upload(studio, FILES["own_dates.csv"], "own.csv")
    source = next(item for item in list_data_sources(storage, workspace) if item.blob == "own.csv")
    delete_data_source(storage, source)
    assert data.dataset_options("own.csv") is None
    with pytest.raises(NotFound, match=r"no dataset 'own\.csv'"):
        profile(studio, "own.csv")
    with pytest.raises(BadArgument, match="Did you mean 'Separator'"):
        start_upload(storage, workspace, {"Name": "x.csv", "Options": {"Seperator": ";"}}, now=now())
    with pytest.raises(ResourceNotFoundError):
        storage.container(READINGS).download_blob(f"{workspace}/x.csv.json")


def test_a_profile_follows_the_file_and_names_what_gives_the_label_away(studio):
    upload(studio, FILES["plain.csv"], "follow.csv")
    assert profile(studio, "follow.csv")["Rows"] == 60
    studio.upload(FILES["plain.csv"].content + b"Oslo,1,2025-01-01,1,yes\n", "follow.csv")
    assert profile(studio, "follow.csv")["Rows"] == 61
    text = "y,code,x\n" + "".join(f"{'ab'[row % 2]},{'uv'[row % 2]},{row % 7}\n" for row in range(60))
    studio.upload(text.encode(), "follow.csv")
    columns = {column["Name"]: column["Warnings"] for column in profile(studio, "follow.csv", "y")["Columns"]}
    assert "has the label in other words" in columns["code"][0]
    assert columns["x"] == []


def test_looking_at_a_dataset_changes_nothing_that_runs_and_policies_go_by(studio):
    upload(studio, FILES["plain.csv"], "looked.csv")
    data = WorkspaceData(studio.deployment.storage, studio.workspace)
    version = data.dataset_version("looked.csv")
    for label in ("", "paid"):
        profile(studio, "looked.csv", label)
        assert data.dataset_version("looked.csv") == version


def test_options_that_come_while_a_profile_is_made_stay(studio, monkeypatch):
    upload(studio, FILES["plain.csv"], "meanwhile.csv")
    storage, options = studio.deployment.storage, ReadingOptions(separator=";")

    def read_file(*arguments):
        put_reading(storage, studio.workspace, "meanwhile.csv", options)
        return typed_files.read_file(*arguments)

    monkeypatch.setattr(readings, "read_file", read_file)
    assert profile(studio, "meanwhile.csv")["Rows"] == 60
    assert WorkspaceData(storage, studio.workspace).dataset_options("meanwhile.csv") == options


@pytest.mark.attack("Bombs")
def test_a_packed_dataset_is_unpacked_up_to_the_largest_table(studio):
    upload(studio, FILES["sales.csv.gz"], "packed.csv.gz")
    storage = studio.deployment.storage
    assert profile(studio, "packed.csv.gz")["Rows"] == 60
    data = WorkspaceData(storage, studio.workspace)
    files = data.read_dataset("packed.csv.gz")
    assert data.unpack(files)[0][0] == "packed.csv"
    small = WorkspaceData(Storage(replace(storage.settings, max_table_bytes=5000)), studio.workspace)
    bomb = gzip.compress(b"1\n" * 1000)
    assert len(small.unpack([("one.csv.gz", bomb), ("other.csv.gz", bomb)])) == 2
    with pytest.raises(TooLarge):
        small.unpack([("one.csv.gz", bomb), ("other.csv.gz", bomb), ("third.csv.gz", bomb)])
