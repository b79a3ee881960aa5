"""Retraining policies on Azurite: what is due is trained once, and the gate decides on the same rows."""

import gzip
import io
import json
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pandas as pd
import pytest
from azure.core.exceptions import ResourceNotFoundError

from studio.automation.dispatch import perform_work, start_due_work
from studio.automation.retraining import run_due_policy, try_policy
from studio.datasets.datastores import put_datastore
from studio.datasets.reference_sources import put_reference
from studio.errors import BadArgument, InvalidOperation, NotFound
from studio.monitoring.collector import REQUEST_ID, Predictions
from studio.monitoring.feedback import Truths
from studio.monitoring.log import read_log
from studio.monitoring.settings import put_prediction_log
from studio.monitoring.shadow_rows import shadow_table, write_shadow_rows
from studio.registry.endpoint_names import EndpointNames
from studio.registry.endpoints import get_endpoint
from studio.registry.history import list_history
from studio.registry.models import list_models, model_path
from studio.registry.web_services import get_web_service, list_web_service_objects
from studio.rollout.challenges import list_challenges
from studio.rollout.endpoints import add_endpoint, remove_endpoint
from studio.rollout.model_services import publish_model
from studio.rollout.policies import KIND, delete_policy, find_policy, get_policy, policy_object, put_policy
from studio.rollout.promotion import get_promotion, stop_promotion
from studio.rollout.training_data import dataset_and_log, logged_rows, training_input
from studio.rollout.update_resource import patch_endpoint
from studio.serving.extras import Extras
from studio.serving.scoring import score_request
from studio.storage.account import DEVELOPMENT_KEY, Storage
from studio.storage.audit_log import list_acts
from studio.storage.blobs import own_blob
from studio.storage.keys import new_id
from studio.storage.rows import change_row
from studio.work.schedules import find_schedule, list_due
from studio.work.state import WorkKey
from tests.account import audit_away
from tests.builders import people_csv
from tests.storage.in_process import now, people_studio

RESOURCE = "People [trained model]"
GATE = {"Metric": "AUC", "HeldBackData": "held-back.csv", "AtMostWorse": 0.01}
ON_THE_LOG = {
    "TrainingData": "log",
    "Trigger": {"Type": "Schedule", "Recurrence": {"frequency": "Day", "interval": 1, "startTime": "2099-01-01"}},
}


@pytest.fixture(scope="module")
def studio(app_settings):
    return people_studio(app_settings, "Policies")


@pytest.fixture(scope="module")
def trainer(studio):
    return studio.publish("People", "training")


@pytest.fixture
def endpoint(studio, trainer):
    default = studio.publish("People", "predictive")
    service = get_web_service(studio.deployment.storage, studio.workspace, default.service_id)
    endpoint = add_endpoint(studio.deployment.storage, service, "customer", {}, by="test", now=now())
    yield endpoint
    delete_policy(studio.deployment.storage, endpoint)


@pytest.fixture
def policy(studio, trainer):
    """Returns a policy's document with changes."""

    def document(**changes):
        return {"TrainingService": trainer.service_id, "Gate": GATE} | changes

    return document


def shuffled(csv):
    """The same table with the labels turned round."""
    return csv.replace(",yes\n", ",maybe\n").replace(",no\n", ",yes\n").replace(",maybe\n", ",no\n")


def model_of(studio, endpoint):
    return get_endpoint(studio.deployment.storage, endpoint.workspace_id, endpoint.id).resources[0].model


def test_a_better_model_is_used_and_the_history_says_why(studio, endpoint, policy):
    before, storage = model_of(studio, endpoint), studio.deployment.storage
    found = put_policy(storage, endpoint, policy(), now=now())
    assert model_of(studio, endpoint) == before
    job = try_policy(studio.deployment.storage, found, "more.csv", now=now())
    studio.work_off()
    assert model_of(studio, endpoint) != before
    changed = get_endpoint(storage, endpoint.workspace_id, endpoint.id)
    latest = list_history(storage, endpoint.id, changed.change)[-1]
    assert latest.by == "retraining policy"
    assert "AUC" in latest.why
    assert "on 400 rows of held-back.csv" in latest.why
    (challenge,) = list_challenges(storage, endpoint)
    assert (challenge["JobId"], challenge["Passed"], challenge["Rows"]) == (job, True, 400)
    assert challenge["Challenger"] > challenge["Champion"] - 0.01


def test_a_worse_model_is_registered_and_the_endpoint_stays(studio, endpoint, policy):
    before, storage = model_of(studio, endpoint), studio.deployment.storage
    studio.upload(shuffled(people_csv(900, seed=8)), "worse.csv")
    try_policy(studio.deployment.storage, put_policy(storage, endpoint, policy(), now=now()), "worse.csv", now=now())
    studio.work_off()
    assert model_of(studio, endpoint) == before
    (challenge,) = list_challenges(storage, endpoint)
    assert challenge["Passed"] is False
    assert challenge["Challenger"] < 0.5 < challenge["Champion"]
    (kept,) = list_models(storage, studio.workspace, f"{RESOURCE} (challenger at customer)")
    assert kept.model == challenge["Model"]


def test_a_gate_that_cannot_decide_leaves_the_endpoint_and_says_why(studio, endpoint, policy):
    before, storage = model_of(studio, endpoint), studio.deployment.storage
    for gate, word in (
        (GATE | {"HeldBackData": "nothing.csv"}, "nothing.csv"),
        (GATE | {"Metric": "Root_Mean_Squared_Error"}, "AUC, Accuracy"),
        (GATE | {"MinimumRows": 5000}, "5000 rows"),
    ):
        found = put_policy(storage, endpoint, policy(Gate=gate), now=now())
        try_policy(studio.deployment.storage, found, "more.csv", now=now())
        studio.work_off()
        latest = list_challenges(storage, endpoint)[0]
        assert word in (latest["Details"] or latest["Why"])
        assert model_of(studio, endpoint) == before


def test_a_challenge_done_twice_changes_the_endpoint_once(studio, endpoint, policy):
    storage = studio.deployment.storage
    found = put_policy(storage, endpoint, policy(), now=now())
    for _ in range(2):
        try_policy(studio.deployment.storage, found, "more.csv", now=datetime(2026, 1, 1, tzinfo=UTC))
        studio.work_off()
    changed = get_endpoint(storage, endpoint.workspace_id, endpoint.id)
    assert [change.action for change in list_history(storage, endpoint.id, changed.change)].count("update") == 1


def test_a_schedule_trains_when_it_is_due_and_not_before(studio, endpoint, policy):
    start, storage = datetime(2026, 3, 2, 1, tzinfo=UTC), studio.deployment.storage
    weekly = {"frequency": "Week", "startTime": "2026-01-05T02:00:00Z", "schedule": {"hours": [2], "minutes": [0]}}
    trigger = {"Type": "Schedule", "Recurrence": weekly}
    put_policy(storage, endpoint, policy(Trigger=trigger, TrainingData="more.csv"), now=start)
    start_due_work(studio.deployment.storage, now=start)
    assert policy_object(storage, get_policy(storage, endpoint))["LastRun"] is None
    late = start + timedelta(days=15)
    for _ in range(2):
        start_due_work(studio.deployment.storage, now=late)
    shown = policy_object(storage, get_policy(storage, endpoint))
    assert (shown["NextRun"], shown["LastRun"]) == ("2026-03-23T02:00:00.000Z", "2026-03-02T02:00:00.000Z")
    studio.work_off()
    assert [item["JobId"] for item in list_challenges(storage, endpoint)] == [shown["LastRunId"]]
    acts = list_acts(storage, endpoint.workspace_id, since="", until="", after="")
    job, by = f"jobs/{shown['LastRunId']}", f"retraining policy (endpoint {endpoint.id})"
    (act,) = (row for row in acts if row["Path"].endswith(job))
    assert (act["By"], act["Action"], act["Status"]) == (by, "create_job", 200)


@pytest.mark.attack("What leaves no trace")
def test_a_policy_trains_nothing_that_the_audit_log_cannot_have_and_trains_once_it_can(studio, endpoint, policy):
    storage, late = studio.deployment.storage, datetime(2026, 6, 2, 1, tzinfo=UTC)
    recurrence = {"frequency": "Day", "startTime": "2026-01-05T02:00:00Z"}
    changes = {"Trigger": {"Type": "Schedule", "Recurrence": recurrence}, "TrainingData": "more.csv"}
    put_policy(storage, endpoint, policy(**changes), now=late - timedelta(days=2))
    (due,) = (item for item in list_due(storage, now=late) if item.key == endpoint.id)
    with audit_away(storage), pytest.raises(ResourceNotFoundError):
        run_due_policy(storage, due, now=late)
    assert policy_object(storage, get_policy(storage, endpoint))["LastRunId"] is None
    run_due_policy(storage, due, now=late)
    assert policy_object(storage, get_policy(storage, endpoint))["LastRunId"]


@pytest.mark.parametrize("name, packed", [("growing.csv", bytes), ("growing.csv.gz", gzip.compress)])
def test_rows_are_counted_and_enough_of_them_train(studio, endpoint, policy, name, packed):
    at, storage = datetime(2026, 4, 1, tzinfo=UTC), studio.deployment.storage
    studio.upload(packed(people_csv(300, seed=9).encode()), name)
    trigger = {"Type": "Rows", "Rows": 200}
    put_policy(storage, endpoint, policy(Trigger=trigger, TrainingData=name), now=at)

    def tick(minutes):
        start_due_work(studio.deployment.storage, now=at + timedelta(minutes=minutes))
        return policy_object(storage, get_policy(storage, endpoint))

    assert tick(1)["Skipped"] == f"0 of 200 new rows in '{name}'"
    studio.upload(packed(people_csv(420, seed=9).encode()), name)
    assert tick(2)["Skipped"] == f"120 of 200 new rows in '{name}'"
    studio.upload(packed(people_csv(500, seed=9).encode()), name)
    trained = tick(3)
    assert trained["LastRunId"]
    assert trained["Skipped"] is None
    assert tick(4)["LastRunId"] == trained["LastRunId"]


def test_a_policy_trains_on_what_a_reference_leads_to_as_it_is_then(studio, endpoint, policy):
    storage, place = studio.deployment.storage, f"{studio.workspace}/elsewhere.csv"
    blobs = {"Kind": "Blob", "Url": storage.account_url, "Container": "results", "Secret": DEVELOPMENT_KEY}
    put_datastore(storage, studio.workspace, "blobs", blobs, now=now())
    storage.container("results").upload_blob(place, b"age,job\n36,a\n", overwrite=True)
    put_reference(storage, studio.workspace, "far.csv", {"Datastore": "blobs", "Path": place})
    found = training_input(storage, endpoint, "", "far.csv", new_id(), now=now())
    assert found.open(storage).download_blob().readall() == b"age,job\n36,a\n"
    assert found.relative_location.startswith("experimentoutput/")


def test_rows_of_data_that_does_not_tell_when_it_changes_are_counted_each_time(studio, endpoint, policy, tmp_path):
    storage = studio.deployment.storage
    storage = Storage(replace(storage.settings, databases={"shop": f"sqlite:///{tmp_path / 'shop.db'}"}))
    put_datastore(storage, studio.workspace, "shop", {"Kind": "Sql", "Database": "shop"}, now=now())
    at, trigger, jobs = datetime(2026, 4, 1, tzinfo=UTC), {"Type": "Rows", "Rows": 20}, []
    put_policy(storage, endpoint, policy(Trigger=trigger, TrainingData="rows.parquet"), now=at)
    for minutes, rows in enumerate((10, 25, 35, 60)):
        query = f"with recursive n(i) as (select 1 union all select i + 1 from n limit {rows}) select i as age from n"
        put_reference(storage, studio.workspace, "rows.parquet", {"Datastore": "shop", "Path": query})
        schedule = find_schedule(storage, KIND, endpoint.workspace_id, endpoint.id)
        run_due_policy(storage, schedule, now=at + timedelta(minutes=minutes))
        jobs.append(find_schedule(storage, KIND, endpoint.workspace_id, endpoint.id).last_run)
    assert jobs[:2] == ["", ""]
    assert jobs[2]
    assert jobs[3] not in ("", jobs[2])


def test_a_skip_tells_the_reason(studio, endpoint, policy):
    at, storage = datetime(2026, 5, 1, tzinfo=UTC), studio.deployment.storage
    trigger = {"Type": "Schedule", "Recurrence": {"frequency": "Minute"}}
    put_policy(storage, endpoint, policy(Trigger=trigger, TrainingData="gone.csv"), now=at)
    start_due_work(studio.deployment.storage, now=at + timedelta(minutes=2))
    shown = policy_object(storage, get_policy(storage, endpoint))
    assert "gone.csv" in shown["Skipped"]
    assert shown["NextRun"] > "2026-05-01T00:02"


def test_a_policy_goes_with_its_endpoint(studio, endpoint, policy):
    storage = studio.deployment.storage
    trigger = {"Type": "Schedule", "Recurrence": {"frequency": "Minute"}}
    put_policy(storage, endpoint, policy(Trigger=trigger, TrainingData="more.csv"), now=now())
    remove_endpoint(studio.deployment, endpoint)
    assert find_policy(storage, endpoint) is None
    assert find_schedule(storage, KIND, endpoint.workspace_id, endpoint.id) is None
    delete_policy(storage, endpoint)
    with pytest.raises(NotFound):
        get_policy(storage, endpoint)


@pytest.mark.parametrize(
    "changes, word",
    [
        ({"Trigger": {"Type": "Never"}}, "Upload or Schedule or Rows"),
        ({"Trigger": {"Type": "Rows", "Rows": 0}}, "1 or more"),
        ({"Trigger": {"Type": "Rows", "Rows": True}}, "1 or more"),
        ({"Trigger": {"Type": "Rows", "Rows": 5}}, "TrainingData"),
        ({"Trigger": {"Type": "Schedule", "Recurrence": {"frequency": "Fortnight"}}}, "Minute or Hour"),
        ({"Trigger": {"Type": "Schedule", "Recurrence": {"frequency": "Day"}}}, "TrainingData"),
        ({"Gate": None}, "Metric and HeldBackData"),
        ({"Gate": {"Metric": "AUC"}}, "Gate.HeldBackData"),
        ({"Gate": GATE | {"Better": 0.1}}, "not both"),
        ({"Gate": GATE | {"AtMostWorse": -1}}, "0 or more"),
        ({"Resource": "Another"}, "People"),
        ({"Parameters": ["a"]}, "an object"),
    ],
)
def test_a_wrong_policy_is_refused_and_the_old_one_stays(studio, endpoint, policy, changes, word):
    storage = studio.deployment.storage
    put_policy(storage, endpoint, policy(), now=now())
    with pytest.raises(BadArgument, match=word):
        put_policy(storage, endpoint, policy(**changes), now=now())
    assert get_policy(storage, endpoint).document == policy()


def test_all_that_is_wrong_with_a_policy_is_said_at_once(studio, endpoint, policy):
    changes = {"Gate": {"Metric": "", "Better": -1}, "Resource": "Another", "Parameters": ["a"]}
    changes["Trigger"] = {"Type": "Schedule", "Recurrence": {"frequency": "Fortnight", "interval": 0}}
    with pytest.raises(NotFound, match="nobody") as caught:
        put_policy(studio.deployment.storage, endpoint, policy(TrainingService="nobody", **changes), now=now())
    targets = [detail.target for detail in caught.value.details]
    assert targets[1:] == [
        "Parameters",
        "Resource",
        "Gate.Metric",
        "Gate.HeldBackData",
        "Gate.Better",
        "frequency",
        "interval",
    ]


def test_a_policy_needs_a_training_service_and_an_endpoint_of_its_own(studio, endpoint, trainer, policy):
    storage = studio.deployment.storage
    with pytest.raises(BadArgument, match="a training web service"):
        put_policy(storage, endpoint, policy(TrainingService=endpoint.service_id), now=now())
    with pytest.raises(BadArgument, match="default endpoint"):
        put_policy(storage, trainer, policy(), now=now())


def test_the_default_endpoint_of_a_published_model_has_a_policy(studio, endpoint, policy):
    app, storage = studio.deployment, studio.deployment.storage
    link = own_blob(storage, model_path(model_of(studio, endpoint)), now()).to_json()
    change = {"Resources": [{"Name": RESOURCE, "Location": link}]}
    patch_endpoint(app, endpoint, change, by="test", now=now())
    default = publish_model(app, studio.workspace, RESOURCE, version=None, update_existing=False, by="test", now=now())
    (shown,) = [
        item
        for item in list_web_service_objects(storage, EndpointNames(), studio.workspace)
        if item["Id"] == default.service_id
    ]
    assert shown["Experiment"] is None
    assert put_policy(storage, default, policy(), now=now()).resource == RESOURCE
    with pytest.raises(NotFound, match="nobody"):
        put_policy(storage, endpoint, policy(TrainingService="nobody"), now=now())


STEPS = {"Steps": [{"Share": 5}, {"Share": 50}]}


def test_a_better_model_is_promoted_in_steps_if_the_policy_says_so(studio, endpoint, policy):
    app, storage, before = studio.deployment, studio.deployment.storage, model_of(studio, endpoint)
    found = put_policy(storage, endpoint, policy(Promotion=STEPS | {"Key": {"Header": "x-customer"}}), now=now())
    assert policy_object(storage, found)["Promotion"]["Steps"] == STEPS["Steps"]
    try_policy(storage, found, "more.csv", now=now())
    studio.work_off()
    plan = get_promotion(storage, endpoint)
    (challenge,) = list_challenges(storage, endpoint)
    assert (plan.candidate[0].model, plan.header) == (challenge["Model"], "x-customer")
    assert (challenge["Passed"], challenge["Why"].endswith("; promoted in 2 steps")) == (True, True)
    changed = get_endpoint(storage, endpoint.workspace_id, endpoint.id)
    assert (changed.resources[0].model, changed.deployments.others[0].share) == (before, 5)
    assert "its policy: AUC is" in changed.change.why
    # A worker that died after it had started the plan leaves the challenge to another one.
    table, key = storage.table("challenges"), challenge["Id"]
    change_row(table, endpoint.id, key, lambda row: row | {"State": "Queued", "Outcome": ""})
    perform_work(app, WorkKey("challenges", endpoint.id, key, endpoint.workspace_id), now=now())
    (again,) = list_challenges(storage, endpoint)
    assert (again["StatusCode"], again["Passed"], get_promotion(storage, endpoint).id) == ("Finished", True, plan.id)
    # The next challenger that passes has to wait.
    studio.upload(people_csv(700, seed=12), "newer.csv")
    try_policy(storage, found, "newer.csv", now=now())
    studio.work_off()
    latest = list_challenges(storage, endpoint)[0]
    assert (latest["StatusCode"], latest["Passed"]) == ("Finished", False), latest
    assert "it passed, but 'customer' has further deployments" in latest["Why"]
    stop_promotion(app, get_endpoint(storage, endpoint.workspace_id, endpoint.id), by="t", now=now())


@pytest.mark.parametrize(
    ("promotion", "word"),
    [
        ([], "Promotion must be an object of Steps"),
        ({"Step": []}, "Promotion must be an object of Steps"),
        ({"Steps": [{"Share": 0}]}, "from 1 to 100"),
        ({"Steps": [{"Share": 5}], "Name": "current"}, "not current"),
        ({"Steps": [{"Share": 5}], "Key": {"Header": "a b"}}, "letters, digits and hyphens"),
        ({"Steps": [{"Share": 5}], "Gate": {"Metric": "AUX"}}, "no metric 'AUX'"),
        ({"Steps": [{"Shadow": 5}]}, "the log is off"),
    ],
)
def test_a_plan_of_a_policy_that_is_wrong_is_refused(studio, endpoint, policy, promotion, word):
    with pytest.raises((BadArgument, InvalidOperation), match=word):
        put_policy(studio.deployment.storage, endpoint, policy(Promotion=promotion), now=now())
    assert find_policy(studio.deployment.storage, endpoint) is None


def shadow_log(storage, endpoint):
    """Have all that the log has scored by a candidate in the shadow."""
    for rows in read_log(storage, endpoint, since=now() - timedelta(hours=2), until=now() + timedelta(hours=1)):
        scores = {name: rows[name] for name in rows.column_names if name.startswith("score/")}
        write_shadow_rows(storage, endpoint, shadow_table(rows, "candidate", endpoint.resources[0], scores))


@pytest.fixture(scope="module")
def logged(studio):
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


def test_a_policy_trains_on_rows_whose_truth_has_come_alone_and_below_a_dataset(studio, policy, logged):
    storage, endpoint, document = studio.deployment.storage, logged, policy(**ON_THE_LOG)
    with pytest.raises(InvalidOperation, match="has no prediction log"):
        put_policy(storage, endpoint, document, now=now())
    endpoint = put_prediction_log(storage, endpoint, {}, by="test", now=now())
    given = put_policy(storage, endpoint, document, now=now())
    with pytest.raises(InvalidOperation, match="whose truth has come"):
        try_policy(storage, given, None, now=now())
    people, label = log_people(studio, endpoint, 120)
    expected = people[label][:115].tolist()
    shadow_log(storage, endpoint)
    table = logged_rows(storage, endpoint, label, now=now())
    assert table[label].to_pylist() == expected
    # What a candidate scored in the shadow has no inputs to learn from.
    ages = pd.to_numeric(people["age"][:115], errors="coerce")
    assert pd.Series(table["age"].to_pylist(), dtype=float).equals(ages.astype(float).reset_index(drop=True))
    assert logged_rows(storage, endpoint, label, now=now(), most=10)[label].to_pylist() == expected[-10:]
    job, added = try_policy(storage, given, None, now=now()), "people.csv + log"
    training_input(storage, endpoint, endpoint.resources[0].model, added, "f" * 32, now=now())
    alone, both = (
        pd.read_csv(io.BytesIO(storage.container("experimentoutput").download_blob(f"{id_}/logged.csv").readall()))
        for id_ in (job, "f" * 32)
    )
    before = storage.container("datasets").download_blob(f"{studio.workspace}/people.csv").readall().count(b"\n") - 1
    assert alone[label].tolist() == both[label][before:].tolist() == expected
    assert len(both) == before + len(alone)
    assert set(alone) <= set(both)
    studio.work_off()
    assert len(list_challenges(storage, get_endpoint(storage, studio.workspace, endpoint.id))) == 1


def test_a_log_without_columns_is_refused_and_so_is_counting_its_rows(studio, policy, logged):
    storage, document = studio.deployment.storage, policy(**ON_THE_LOG)
    current = get_endpoint(storage, studio.workspace, logged.id)
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
