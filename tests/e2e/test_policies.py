"""A blob dropped into storage retrains, and the policy's gate decides, while the app runs."""

import time

import pytest

from perennial import Workspace
from tests.builders import people_csv
from tests.e2e.steps import ROWS, publish_people, wait_for, write_people
from tests.e2e.test_uploads import drop, read

SECONDS = 60


@pytest.fixture(scope="module")
def published(admin, tmp_path_factory):
    folder = tmp_path_factory.mktemp("people")
    with admin.create_workspace("Policies") as workspace:
        workspace.upload(write_people(folder, "held-back.csv", 500, seed=50))
        yield publish_people(workspace, folder)


@pytest.fixture(scope="module")
def customer(published):
    workspace: Workspace = published.workspace
    endpoint = workspace.add_endpoint(published.service, "customer")
    policy = {
        "TrainingService": published.trainer.name,
        "Trigger": {"Type": "Upload"},
        "Gate": {"Metric": "AUC", "HeldBackData": "held-back.csv", "AtMostWorse": 0.005, "MinimumRows": 100},
    }
    assert workspace.put_policy(endpoint, policy)["NextRun"] is None
    return endpoint


def upload(published, deployment, name, text):
    drop(deployment, "training-data", f"{published.workspace.id}/{published.trainer.id}/{name}", text.encode())


def challenge(published, customer, count):
    def latest():
        found = [item for item in published.workspace.list_challenges(customer) if item["EndTime"]]
        return found[0] if len(found) == count else None

    return wait_for(latest, SECONDS)


def test_a_dropped_file_is_in_use_within_a_minute(published, customer, deployment):
    workspace = published.workspace
    before, started = workspace.score(customer, ROWS), time.monotonic()
    upload(published, deployment, "good.csv", people_csv(2000, seed=51))
    wait_for(lambda: workspace.score(customer, ROWS) != before, SECONDS)
    assert time.monotonic() - started < SECONDS
    assert challenge(published, customer, 1)["Passed"]
    latest = workspace.list_history(customer)[-1]
    assert latest["By"] == "retraining policy"
    assert "good.csv" in latest["Why"]
    assert "AUC" in latest["Why"]


def test_a_file_with_shuffled_labels_is_refused_with_both_metrics(published, customer, deployment):
    workspace = published.workspace
    before, history = workspace.score(customer, ROWS), workspace.list_history(customer)
    lines = people_csv(1500, seed=52).splitlines()
    labels = [line.rpartition(",")[2] for line in lines[1:]]
    rows = [f"{line.rpartition(',')[0]},{label}" for line, label in zip(lines[1:], labels[::-1], strict=True)]
    upload(published, deployment, "shuffled.csv", "\n".join([lines[0], *rows]) + "\n")
    refused = challenge(published, customer, 2)
    assert refused["Passed"] is False
    assert refused["Challenger"] < refused["Champion"]
    assert workspace.score(customer, ROWS) == before
    assert workspace.list_history(customer) == history
    assert len(workspace.list_models("People [trained model] (challenger at customer)")) == 1


def test_a_broken_file_ends_in_rejected_beside_its_error(published, customer, deployment):
    before = published.workspace.score(customer, ROWS)
    upload(published, deployment, "broken.csv", "age,city\n1,Oslo\n")
    path = f"training-data/{published.workspace.id}/{published.trainer.id}/broken.csv"
    assert b"InputMismatchError" in wait_for(lambda: read(deployment, "rejected", f"{path}.error.json"), SECONDS)
    assert published.workspace.score(customer, ROWS) == before
