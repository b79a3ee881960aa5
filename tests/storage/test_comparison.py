"""Models compared on the same rows, on Azurite: which rows, what a gate refuses, and that nobody is gated unasked."""

import pytest

from studio.errors import BadArgument, Conflict, NotFound, TooLarge
from studio.model.hold_out import measure_on
from studio.registry.endpoints import get_endpoint
from studio.registry.models import find_evaluation_rows, get_model, list_models, model_path
from studio.registry.web_services import get_web_service
from studio.registry.workspaces import create_workspace
from studio.rollout import comparison
from studio.rollout.comparison_details import read_wanted
from studio.rollout.endpoints import add_endpoint
from studio.rollout.model_comparison import compare_versions
from studio.rollout.update_resource import compare_with_used, patch_endpoint
from studio.serving.app import open_app
from studio.settings import read_settings
from studio.storage.blobs import own_blob
from tests.builders import people_csv, people_experiment
from tests.storage.in_process import Studio, now
from tests.storage.schemas import fits
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


def compared(studio, digests, **more):
    """Compare two versions, given by their hashes."""
    numbers = {item.model: item.version for item in list_models(studio.deployment.storage, studio.workspace, RESOURCE)}
    sides = zip(("New", "InUse"), digests, strict=True)
    body = {side: {"Name": RESOURCE, "Version": numbers[digest]} for side, digest in sides}
    return compare_versions(studio.deployment, studio.workspace, body | more)


def test_a_client_that_asks_for_no_details_gets_the_response_it_always_got(studio, endpoint, models):
    for asked in ({}, {"Details": False}, {"Details": None}):
        assert list(compare(studio, endpoint, models[0], **asked)) == [
            "RowsOf",
            "Rows",
            "Confidence",
            "Note",
            "Metrics",
            "Passed",
            "Why",
        ]


def test_the_rows_that_change_sides_are_counted_and_shown_with_their_cells(studio, models):
    found = compared(studio, reversed(models), HeldBackData="held-back.csv", Details=True, Intervals=False)
    assert fits("ModelComparison", found)
    details = found["Details"]
    assert (found["Rows"], details["Labels"], len(details["Pairs"]["Truth"])) == (400, ["no", "yes"], 400)
    assert details["Changed"] == sum(side["Rows"] for side in details["Sides"])
    assert details["Changed"] > 200
    assert len(details["Rows"]) == 100
    lines = people_csv(400, seed=6).splitlines()
    moves = []
    for row in details["Rows"]:
        *cells, truth = lines[row["Row"]].split(",")
        assert [row["Inputs"][name] for name in ("age", "city", "hours", "smoker")] == cells
        assert row["Truth"] == truth
        assert row["New"]["Label"] != row["InUse"]["Label"]
        moves.append(abs(row["New"]["Score"] - row["InUse"]["Score"]))
    assert moves == sorted(moves, reverse=True)
    pairs = details["Pairs"]
    for side in ("New", "InUse"):
        named = ["yes" if score > 0.5 else "no" for score in pairs[side]]
        both = list(zip(pairs["Truth"], named, strict=True))
        wanted = [[both.count((truth, label)) for label in ("no", "yes")] for truth in ("no", "yes")]
        assert details["Confusion"][side] == wanted
        assert details["Evaluations"][side]["curve"]["positives"] == pairs["Truth"].count("yes")
    wrong = sum(side["NowRight"] + side["BeforeRight"] for side in details["Sides"])
    assert wrong == details["Changed"]


def test_another_threshold_moves_the_sides(studio, models):
    asked = {"HeldBackData": "held-back.csv", "Intervals": False}
    found = compared(studio, models, **asked, Details={"Rows": 0, "Pairs": 50, "Threshold": 1})["Details"]
    assert (found["Changed"], found["Sides"], found["Rows"], found["Threshold"]) == (0, [], [], 1.0)
    assert len(found["Pairs"]["New"]) == 50
    assert [sum(row[1] for row in found["Confusion"][side]) for side in ("New", "InUse")] == [0, 0]


def test_a_model_beside_itself_changes_nothing(studio, models):
    found = compared(studio, [models[0]] * 2, Details=True)
    assert found["Details"]["Changed"] == 0
    assert {item["Difference"]["Value"] for item in found["Metrics"]} == {0.0}
    assert found["RowsOf"] == comparison.IN_USE


def test_the_key_of_an_endpoint_shows_which_rows_change_but_not_their_cells(studio, endpoint, models):
    update(studio, endpoint, models[0])
    asked = {"Gate": {"HeldBackData": "held-back.csv"}, "Details": {"Rows": 5}}
    endpoint = get_endpoint(studio.deployment.storage, endpoint.workspace_id, endpoint.id)
    found = compare(studio, endpoint, models[1], **asked)
    assert fits("Comparison", found)
    assert [row["Inputs"] for row in found["Details"]["Rows"]] == [None] * 5
    body = resources(studio, models[1]) | asked
    found = compare_with_used(studio.deployment, endpoint, body, now=now(), shows_rows=True)
    assert all(row["Inputs"]["city"] for row in found["Details"]["Rows"])


@pytest.mark.attack("Sizes and numbers")
@pytest.mark.parametrize(
    "value, word",
    [
        ("all", "true, or an object"),
        ({"Rows": 501}, "0 to 500"),
        ({"Rows": -1}, "0 to 500"),
        ({"Rows": True}, "0 to 500"),
        ({"Pairs": 1e9}, "0 to 5000"),
        ({"Threshold": float("nan")}, "0 to 1"),
        ({"Threshold": "0.5"}, "0 to 1"),
    ],
)
def test_details_that_are_too_many_are_refused_with_what_is_accepted(value, word):
    with pytest.raises(BadArgument, match=word):
        read_wanted(value)


@pytest.mark.attack("Other tenants")
def test_versions_of_another_workspace_cannot_be_compared(studio, models):
    other = create_workspace(studio.deployment.storage, "Other", now=now()).id
    side = {"Name": RESOURCE, "Version": 1}
    with pytest.raises(NotFound, match="no trained model"):
        compare_versions(studio.deployment, other, {"New": side, "InUse": side})
    for body, word in (({"New": side}, "InUse must be"), ({"New": side, "InUse": side, "Intervals": 1}, "Intervals")):
        with pytest.raises(BadArgument, match=word):
            compare_versions(studio.deployment, studio.workspace, body)
