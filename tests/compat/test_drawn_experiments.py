"""The article's second way of evaluating, and a predictive experiment drawn by hand: end to end over HTTP."""

import csv
import io

import httpx
import pytest

from tests.builders import people_experiment
from tests.e2e.steps import RESOURCE, ROWS, call, write_people
from tests.storage.test_drawn_experiments import drawn, evaluating

pytestmark = pytest.mark.long


@pytest.fixture(scope="module")
def compat_settings(app_settings):
    """These clients name no storage account: the app that other tests use will do."""
    return app_settings


@pytest.fixture(scope="module")
def compat_app(app):
    return app


def publish(published, name, document):
    """Save, run and publish an experiment; return an endpoint of its own, which takes models."""
    workspace = published.workspace
    workspace.put_experiment(name, document)
    workspace.run_experiment(name)
    return workspace.add_endpoint(workspace.publish(name, "predictive"), "live")


def read(link):
    return list(csv.DictReader(io.StringIO(httpx.get(link.url).text)))


def selecting():
    """Rows pass Clean Missing Data on their way to the model, and the caller gets two columns of the scores."""
    modules = people_experiment()["modules"]
    select = {"Select Columns": ["city", "Scored Probabilities"]}
    document = drawn(
        (("Data", "Results dataset"), ("Mark", "Dataset")),
        (("Mark", "Results dataset"), ("Clean", "Dataset")),
        (("Score", "Scored dataset"), ("Select", "Dataset")),
        output=("Select", "Results dataset"),
        Mark=modules["Mark"],
        Clean=modules["Clean"],
        Select={"module": "Select Columns in Dataset", "properties": select},
    )
    document["connections"][1] = {"from": ["Clean", "Cleaned dataset"], "to": ["Score", "Dataset"]}
    document["webServiceInputs"][0]["to"] = ["Mark", "Dataset"]
    return document


def test_both_run_are_published_swapped_and_evaluated(published, tmp_path):
    workspace = published.workspace
    judge, scorer = publish(published, "Judge", evaluating()), publish(published, "By hand", selecting())
    held_back = workspace.upload(write_people(tmp_path, "held-back.csv", 200, 17))

    def evaluate():
        (row,) = read(workspace.submit_job(judge, {"input1": held_back}).wait().results["output1"])
        return row

    def score(endpoint):
        body = {"Inputs": {"input1": [row | {"bought": None} for row in ROWS]}}
        url = f"{endpoint.api_location}/execute?api-version=2.0&format=swagger"
        answer = call("POST", url, endpoint.primary_key, body)
        assert answer.status_code == 200, answer.text
        return [row["Scored Probabilities"] for row in answer.json()["Results"]["output1"]]

    def score_in_batch(endpoint):
        rows = read(workspace.submit_job(endpoint, {"input1": held_back}).wait().results["output1"])
        assert list(rows[0]) == ["city", "Scored Probabilities"]
        return len(rows)

    before, scores = evaluate(), score(scorer)
    assert scores == score(published.default)
    data = workspace.upload(write_people(tmp_path, "fewer.csv", 60, 9))
    model = workspace.submit_job(published.training_endpoint, {"input1": data}).wait().results["output1"]
    for endpoint in (judge, scorer):
        workspace.update_endpoint(endpoint, {RESOURCE: model})
    after = evaluate()
    assert float(after["AUC"]) < float(before["AUC"])
    assert score(scorer) != scores
    assert score_in_batch(scorer) == 200
    # An endpoint of the derived service that gets the same model scores alike.
    compared = workspace.add_endpoint(published.service, "compared")
    workspace.update_endpoint(compared, {RESOURCE: model})
    assert score(scorer) == score(compared)
