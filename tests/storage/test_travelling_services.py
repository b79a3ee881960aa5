"""Services of models with dates, texts, counts and ratings: the run, requests and batch jobs give the same."""

import csv
import io

import numpy as np
import pytest

from studio.registry.workspaces import create_workspace
from tests.storage.in_process import Studio, now
from tests.unit.test_recommender import ratings_csv
from tests.unit.test_travelling_modules import CASES, reviews_csv


@pytest.fixture(scope="module")
def studio(deployment):
    studio = Studio(deployment, create_workspace(deployment.storage, "Travelling", now=now()).id)
    studio.upload(reviews_csv(200))
    return studio


def chained(modules, learner="Two-Class Logistic Regression"):
    """The experiment that passes people.csv through modules, one after the other, to a learner."""
    document = {
        "modules": {
            "Data": {
                "module": "Import Data",
                "properties": {"Path to container, directory or blob": "people.csv"},
            },
            "Learner": {"module": learner},
            "Train": {"module": "Train Model", "properties": {"Label column": "bought"}},
            "Score": {"module": "Score Model"},
        },
        "connections": [
            {"from": ["Learner", "Untrained model"], "to": ["Train", "Untrained model"]},
            {"from": ["Train", "Trained model"], "to": ["Score", "Trained model"]},
        ],
    }
    last = ["Data", "Results dataset"]
    for number, (name, properties) in enumerate(modules):
        title = f"{number} {name}"
        document["modules"][title] = {"module": name, "properties": properties}
        if name == "Build Counting Transform":
            document["modules"]["Counted"] = {"module": "Apply Transformation"}
            document["connections"] += [
                {"from": last, "to": [title, "Dataset"]},
                {"from": last, "to": ["Counted", "Dataset"]},
                {"from": [title, "Counting transform"], "to": ["Counted", "Transformation"]},
            ]
            last = ["Counted", "Transformed dataset"]
            continue
        document["connections"].append({"from": last, "to": [title, "Dataset"]})
        last = [title, OUTPUTS.get(name, "Results dataset")]
    document["connections"] += [{"from": last, "to": [title, "Dataset"]} for title in ("Train", "Score")]
    return document


OUTPUTS = {
    "Feature Hashing": "Transformed dataset",
    "Latent Dirichlet Allocation": "Transformed dataset",
    "Normalize Data": "Transformed dataset",
    "Fisher Linear Discriminant Analysis": "Transformed features",
}
BOTH = [*CASES["Dates and sums"][:-1], *CASES["Words"]]
EVERY = {"Both": BOTH} | CASES


@pytest.mark.parametrize(
    "modules",
    [pytest.param(modules, id=name, marks=[pytest.mark.long] * (name != "Both")) for name, modules in EVERY.items()],
)
def test_a_request_and_a_job_give_the_same_for_texts_and_dates(modules, studio, request):
    name = f"Travel {request.node.callspec.id}"
    run = studio.run(name, chained(modules))
    assert run["Models"]["Train"]["Runtime"] == "onnx", run["Models"]["Train"]["RuntimeReason"]
    endpoint = studio.publish(name, "predictive")
    table = reviews_csv(40, seed=5)
    rows = [{key: cell or None for key, cell in row.items()} for row in csv.DictReader(io.StringIO(table))]
    alone = [studio.score(endpoint, [row])["output1"][0] for row in rows[:5]]
    together = studio.score(endpoint, rows)["output1"]
    scored = list(csv.DictReader(io.StringIO(studio.read(studio.job(endpoint, {"input1": table})).decode())))
    assert alone == together[:5]
    assert len({row["Scored Probabilities"] for row in together}) > 20
    assert list(scored[0]) == list(together[0])
    for one, other in zip(together, scored, strict=True):
        for key, cell in one.items():
            assert (cell or "") == other[key] or np.isclose(float(cell), float(other[key]), rtol=1e-9), key


def test_a_recommender_is_evaluated_and_its_service_predicts_ratings(studio):
    studio.upload(ratings_csv(), "ratings.csv")
    modules = {
        "Data": {"module": "Import Data", "properties": {"Path to container, directory or blob": "ratings.csv"}},
        "Train": {"module": "Train Matchbox Recommender"},
        "Score": {
            "module": "Score Matchbox Recommender",
            "properties": {"Recommender prediction kind": "Rating Prediction"},
        },
        "Evaluate": {"module": "Evaluate Recommender"},
    }
    data = ["Data", "Results dataset"]
    connections = [
        {"from": data, "to": ["Train", "Training dataset of user-item-rating triples"]},
        {"from": ["Train", "Trained Matchbox recommender"], "to": ["Score", "Trained Matchbox recommender"]},
        {"from": data, "to": ["Score", "Dataset to score"]},
        {"from": data, "to": ["Evaluate", "Test dataset"]},
        {"from": ["Score", "Scored dataset"], "to": ["Evaluate", "Scored dataset"]},
    ]
    run = studio.run("Ratings", {"modules": modules, "connections": connections})
    assert run["Models"]["Train"]["Runtime"] == "onnx"
    endpoint = studio.publish("Ratings", "predictive")
    rows = [{"user": "u0", "item": "0"}, {"user": "u0", "item": "1"}, {"user": "new", "item": "1"}]
    found = [row["Scored Labels"] for row in studio.score(endpoint, rows)["output1"]]
    assert float(found[0]) > 4 > 2.5 > float(found[1])
