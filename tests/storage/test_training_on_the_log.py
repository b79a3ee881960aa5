"""A policy that trains on logged rows whose truth has come, alone or below a dataset."""

import io
import json
from datetime import timedelta

import pandas as pd
import pytest

from studio.automation.retraining import try_policy
from studio.errors import BadArgument, InvalidOperation
from studio.monitoring.collector import REQUEST_ID, Predictions
from studio.monitoring.feedback import Truths
from studio.monitoring.settings import put_prediction_log
from studio.registry.endpoints import get_endpoint
from studio.registry.web_services import get_web_service
from studio.rollout.challenges import list_challenges
from studio.rollout.endpoints import add_endpoint
from studio.rollout.policies import put_policy
from studio.rollout.training_data import dataset_and_log, logged_rows
from studio.serving.extras import Extras
from studio.serving.scoring import score_request
from tests.storage.in_process import now, people_studio


@pytest.fixture(scope="module")
def studio(app_settings):
    return people_studio(app_settings, "Learning from the log")


@pytest.fixture(scope="module")
def document(studio):
    gate = {"Metric": "AUC", "HeldBackData": "held-back.csv", "AtMostWorse": 1}
    schedule = {"Type": "Schedule", "Recurrence": {"frequency": "Day", "interval": 1}}
    service = studio.publish("People", "training").service_id
    return {"TrainingService": service, "Gate": gate, "TrainingData": "log", "Trigger": schedule}


@pytest.fixture(scope="module")
def endpoint(studio):
    default, storage = studio.publish("People", "predictive"), studio.deployment.storage
    service = get_web_service(storage, studio.workspace, default.service_id)
    return add_endpoint(storage, service, "logged", {}, by="test", now=now())


def log_people(studio, endpoint, count):
    """Score the first rows of a dataset with a log, and say what turned out to be right for all but the last five."""
    app, storage = studio.deployment, studio.deployment.storage
    content = storage.container("datasets").download_blob(f"{studio.workspace}/more.csv").readall()
    people = pd.read_csv(io.BytesIO(content), dtype=str, keep_default_na=False).head(count)
    label = next(name for name in people if set(people[name]) <= {"yes", "no"})
    body = json.dumps({"Inputs": {"input1": people.to_dict("records")}}).encode()
    log = Predictions(storage, seconds=3600)
    for request in ("again", "r"):
        snapshot = app.snapshots.load(studio.workspace, endpoint.id)
        noting = log.noting(snapshot.endpoint, {REQUEST_ID: request})
        score_request(snapshot, app.models, body, swagger=True, extras=Extras(noting=noting))
    log.flush()
    told = [{"Id": f"r/{row}", "Value": value} for row, value in enumerate(people[label][: count - 5])]
    Truths(storage).add(endpoint, {"Truths": told}, now=now())
    return people, label


def test_a_policy_trains_on_rows_whose_truth_has_come_alone_and_below_a_dataset(studio, document, endpoint):
    storage = studio.deployment.storage
    with pytest.raises(InvalidOperation, match="has no prediction log"):
        put_policy(storage, endpoint, document, now=now())
    endpoint = put_prediction_log(storage, endpoint, {}, by="test", now=now())
    policy = put_policy(storage, endpoint, document, now=now())
    with pytest.raises(InvalidOperation, match="whose truth has come"):
        try_policy(storage, policy, None, now=now())
    people, label = log_people(studio, endpoint, 120)
    expected = people[label][:115].tolist()
    table = logged_rows(storage, endpoint, label, now=now())
    assert table[label].to_pylist() == expected
    assert logged_rows(storage, endpoint, label, now=now(), most=10)[label].to_pylist() == expected[-10:]
    dataset_rows = studio.deployment.storage.container("datasets").download_blob(f"{studio.workspace}/people.csv")
    before = len(pd.read_csv(io.BytesIO(dataset_rows.readall())))
    for number, (data, rows) in enumerate(((None, 115), ("people.csv + log", before + 115))):
        job = try_policy(storage, policy, data, now=now() + timedelta(seconds=number))
        content = storage.container("experimentoutput").download_blob(f"{job}/logged.csv").readall()
        given = pd.read_csv(io.BytesIO(content), dtype=str)
        assert len(given) == rows
        assert given[label][-115:].tolist() == expected
        studio.work_off()
    after = get_endpoint(storage, studio.workspace, endpoint.id)
    assert len(list_challenges(storage, after)) == 2
    assert after.resources != endpoint.resources


def test_a_log_without_columns_is_refused_and_so_is_counting_its_rows(studio, document, endpoint):
    storage = studio.deployment.storage
    current = get_endpoint(storage, studio.workspace, endpoint.id)
    logged = put_prediction_log(storage, current, {"Hash": ["city"]}, by="test", now=now())
    with pytest.raises(InvalidOperation, match="does not keep 'city'"):
        put_policy(storage, logged, document, now=now())
    with pytest.raises(BadArgument, match="counts the rows of a dataset"):
        put_policy(storage, logged, document | {"Trigger": {"Type": "Rows", "Rows": 5}}, now=now())


def test_a_log_is_no_dataset():
    assert dataset_and_log("log") == ("", True)
    assert dataset_and_log("a + b.csv+log") == ("a + b.csv", True)
    assert dataset_and_log("log.csv") == ("log.csv", False)
    assert dataset_and_log("a+blog") == ("a+blog", False)
