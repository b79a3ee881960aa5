"""Models compared on the same rows, on Azurite: which rows, what a gate refuses, and that nobody is gated unasked."""

import pytest

from studio.errors import BadArgument, Conflict, TooLarge
from studio.model.hold_out import measure_on
from studio.registry.endpoints import get_endpoint
from studio.registry.models import find_evaluation_rows, get_model, list_models, model_path
from studio.registry.web_services import get_web_service
from studio.registry.workspaces import create_workspace
from studio.rollout import comparison
from studio.rollout.endpoints import add_endpoint
from studio.rollout.update_resource import compare_with_used, patch_endpoint
from studio.serving.app import open_app
from studio.settings import read_settings
from studio.storage.blobs import own_blob
from tests.builders import people_csv, people_experiment
from tests.storage.in_process import Studio, now
from tests.storage.test_policies import shuffled

RESOURCE = "People [trained model]"


@pytest.fixture(scope="module")
def studio(app_settings):
    deployment = open_app(read_settings(app_settings))
    studio = Studio(deployment, create_workspace(deployment.storage, "Compared", now=now()).id)
    studio.upload(people_csv(300, seed=5))
    studio.upload(people_csv(400, seed=6), "held-back.csv")
    studio.run("People", people_experiment())
    return studio


@pytest.fixture(scope="module")
def trainer(studio):
    return studio.publish("People", "training")


@pytest.fixture(scope="module")
def models(studio, trainer):
    """The hash of a good model and of one that was trained on labels turned round."""
    return [
        trained(studio, trainer, people_csv(900, seed=7)),
        trained(studio, trainer, shuffled(people_csv(900, seed=8))),
    ]


@pytest.fixture
def endpoint(studio):
    storage, default = studio.deployment.storage, studio.publish("People", "predictive")
    service = get_web_service(storage, studio.workspace, default.service_id)
    return add_endpoint(storage, service, "customer", {}, by="test", now=now())


def trained(studio, trainer, text):
    studio.job(trainer, {"input1": text})
    return list_models(studio.deployment.storage, studio.workspace, RESOURCE)[-1].model


def resources(studio, digest):
    location = own_blob(studio.deployment.storage, model_path(digest), now()).to_json()
    return {"Resources": [{"Name": RESOURCE, "Location": location}]}


def used(studio, endpoint):
    return get_endpoint(studio.deployment.storage, endpoint.workspace_id, endpoint.id).resources[0].model


def compare(studio, endpoint, digest, **more):
    return compare_with_used(studio.deployment, endpoint, resources(studio, digest) | more, now=now())


def update(studio, endpoint, digest, **more):
    patch_endpoint(studio.deployment, endpoint, resources(studio, digest) | more, by="test", now=now())


def forget_rows(studio, *digests):
    """Leave these models as those of an earlier version of the app are."""
    for digest in digests:
        studio.deployment.storage.container("models").delete_blob(f"{digest}.rows.csv")


def test_the_rows_kept_with_a_model_give_the_metrics_of_its_training(studio, endpoint, models):
    for digest in (used(studio, endpoint), *models):
        rows = find_evaluation_rows(studio.deployment.storage, digest)
        model = studio.deployment.models.get(digest)
        metrics, count = measure_on(model, rows, ".csv")
        kept = model.file.manifest.metrics
        assert metrics == {name: pytest.approx(kept[name]) for name in metrics}
        assert count == kept["True Positive"] + kept["True Negative"] + kept["False Positive"] + kept["False Negative"]
        assert get_model(studio.deployment.storage, digest)


def test_both_models_are_measured_on_the_rows_of_the_one_in_use(studio, endpoint, models):
    before = used(studio, endpoint)
    found = compare(studio, endpoint, models[0])
    rows = find_evaluation_rows(studio.deployment.storage, before)
    assert (found["RowsOf"], found["Rows"]) == (comparison.IN_USE, len(rows.splitlines()) - 1)
    assert "trained on some of them" in found["Note"]
    auc = found["Metrics"][0]
    assert auc["Name"] == "AUC"
    for side, digest in (("New", models[0]), ("InUse", before)):
        expected = measure_on(studio.deployment.models.get(digest), rows, ".csv")[0]
        assert auc[side]["Value"] == pytest.approx(expected["AUC"])
        assert auc[side]["Low"] <= auc[side]["Value"] <= auc[side]["High"]
    assert auc["Difference"]["Value"] == pytest.approx(auc["New"]["Value"] - auc["InUse"]["Value"])
    assert used(studio, endpoint) == before


def test_a_dataset_that_the_caller_names_is_what_counts(studio, endpoint, models):
    found = compare(studio, endpoint, models[1], Gate={"HeldBackData": "held-back.csv"})
    assert (found["RowsOf"], found["Rows"], found["Note"]) == ("held-back.csv", 400, None)
    assert {item["Verdict"] for item in found["Metrics"]} == {"worse"}
    assert found["Passed"] is False
    assert "on 400 rows of held-back.csv" in found["Why"]


def test_rows_of_the_new_model_stand_in_and_without_any_the_error_says_why(studio, endpoint, trainer):
    new = trained(studio, trainer, people_csv(500, seed=21))
    studio.run("People", people_experiment() | {"description": "again"})
    forget_rows(studio, used(studio, endpoint))
    found = compare(studio, endpoint, new)
    assert found["RowsOf"] == comparison.NEW
    assert "are unknown" in found["Note"]
    forget_rows(studio, new)
    with pytest.raises(BadArgument, match="HeldBackData") as caught:
        compare(studio, endpoint, new)
    assert caught.value.details[0].code == "EvaluationRowsUnknown"
    with pytest.raises(BadArgument, match="are unknown"):
        update(studio, endpoint, new, Gate={})
    assert compare(studio, endpoint, new, Gate={"HeldBackData": "held-back.csv"})["Rows"] == 400


@pytest.mark.parametrize("gate", [{"HeldBackData": "held-back.csv"}, {"HeldBackData": "held-back.csv", "Metric": "F1"}])
def test_a_gate_refuses_a_worse_model_and_lets_a_better_one_pass(studio, endpoint, models, gate):
    before = used(studio, endpoint)
    with pytest.raises(Conflict, match=r"400 rows of held-back\.csv") as caught:
        update(studio, endpoint, models[1], Gate=gate)
    assert caught.value.details[0].code == "ModelNotBetter"
    assert used(studio, endpoint) == before
    update(studio, endpoint, models[0], Gate=gate | {"AtMostWorse": 0.05})
    assert used(studio, endpoint) == models[0]


def test_a_gate_decides_against_the_model_that_is_replaced_and_no_earlier_one(studio, endpoint, models):
    update(studio, endpoint, models[0])
    with pytest.raises(Conflict, match="Repeat the update"):
        update(studio, endpoint, models[1], Gate={"HeldBackData": "held-back.csv", "AtMostWorse": 1})
    assert used(studio, endpoint) == models[0]


def test_whoever_asks_for_no_gate_is_not_held_up(studio, endpoint, models):
    update(studio, endpoint, models[1])
    assert used(studio, endpoint) == models[1]
    update(studio, endpoint, models[0], Gate=None)
    assert used(studio, endpoint) == models[0]


@pytest.mark.parametrize(
    "body, word",
    [
        ({"Gate": "AUC"}, "an object"),
        ({"Gate": {"AtMostWorse": "much"}}, "Gate.AtMostWorse"),
        ({"Gate": {"HeldBackData": "none.csv"}}, "none.csv"),
        ({"Gate": {"HeldBackData": "held-back.csv", "Metric": "R2"}}, "AUC, Accuracy"),
        ({"Gate": {"HeldBackData": "held-back.csv", "MinimumRows": 500}}, "at least 500 rows"),
        ({"Gate": {}, "Resources": None}, "Resources"),
    ],
)
def test_a_gate_that_cannot_decide_leaves_the_endpoint_as_it_was(studio, endpoint, models, body, word):
    before = used(studio, endpoint)
    with pytest.raises((BadArgument, Conflict), match=word):
        update(studio, endpoint, models[0], **body)
    assert used(studio, endpoint) == before


def test_what_cannot_be_compared_is_refused_with_the_reason(studio, endpoint, models, monkeypatch):
    with pytest.raises(BadArgument, match="one"):
        compare(studio, endpoint, models[0], Resources=[])
    with pytest.raises(BadArgument, match=r"Gate\.HeldBackData"):
        compare(studio, endpoint, models[0], Gate={"HeldBackData": ["held-back.csv"]})
    studio.upload(people_csv(20, seed=9), "held-more.csv")
    with pytest.raises(BadArgument, match="one dataset"):
        compare(studio, endpoint, models[0], Gate={"HeldBackData": "held*.csv"})
    monkeypatch.setattr(comparison, "MAX_BYTES", 100)
    with pytest.raises(TooLarge, match="at most 100"):
        compare(studio, endpoint, models[0], Gate={"HeldBackData": "held-back.csv"})
