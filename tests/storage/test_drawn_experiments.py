"""Predictive experiments drawn by hand, with Trained Model: run, published, updated by name, asked both ways."""

import csv
import io
import json

import pytest
from sklearn.metrics import roc_auc_score

from studio.errors import BadArgument, BadUserArgument, InvalidOperation, ModuleExecutionError
from studio.graph import scripts
from studio.graph.document import parse_experiment
from studio.registry.definitions import get_definition
from studio.registry.web_services import get_web_service
from studio.registry.workspaces import create_workspace
from studio.rollout.drawn import drawn_definition
from studio.rollout.endpoints import add_endpoint
from studio.rollout.update_resource import patch_endpoint
from studio.serving.graph_scoring import score_with_modules
from tests.builders import people_csv, people_experiment
from tests.storage.in_process import ROWS, Studio, now

RESOURCE = "People [trained model]"
HELD_BACK = people_csv(150, seed=21)
MODEL = {"module": "Trained Model", "properties": {"Resource name": RESOURCE}}
DATA = {"module": "Import Data", "properties": {"Path to container, directory or blob": "people.csv"}}


def new_studio(deployment):
    studio = Studio(deployment, create_workspace(deployment.storage, "Drawn", now=now()).id)
    studio.upload(people_csv(300, seed=5))
    studio.run("People", people_experiment("Two-Class Logistic Regression"))
    return studio


@pytest.fixture(scope="module")
def studio(deployment):
    return new_studio(deployment)


@pytest.fixture(scope="module")
def derived(studio):
    """The people experiment's predictive endpoint; publishing registers the model."""
    return studio.publish("People", "predictive")


def drawn(*after, output=("Score", "Scored dataset"), **modules):
    """Trained Model → Score Model, fed by the web service input in place of Import Data, and whatever comes after."""
    return {
        "modules": {"Data": DATA, "Model": MODEL, "Score": {"module": "Score Model"}, **modules},
        "connections": [
            {"from": ["Model", "Trained model"], "to": ["Score", "Trained model"]},
            {"from": ["Data", "Results dataset"], "to": ["Score", "Dataset"]},
            *({"from": list(source), "to": list(target)} for source, target in after),
        ],
        "webServiceInputs": [{"name": "input1", "to": ["Score", "Dataset"]}],
        "webServiceOutputs": [{"name": "output1", "from": list(output)}],
    }


def evaluating():
    return drawn(
        (("Score", "Scored dataset"), ("Evaluate", "Scored dataset")),
        output=("Evaluate", "Evaluation results"),
        Evaluate={"module": "Evaluate Model"},
    )


def read_output(studio, status, name="output1"):
    location = status["Results"][name]["RelativeLocation"]
    text = studio.deployment.storage.container("experimentoutput").download_blob(location.partition("/")[2]).readall()
    return list(csv.DictReader(io.StringIO(text.decode())))


def measured_auc(studio, endpoint):
    """The AUC of an endpoint's own scores of the rows held back, by scikit-learn."""
    rows = list(csv.DictReader(io.StringIO(HELD_BACK)))
    scored = studio.score(endpoint, [{key: cell or None for key, cell in row.items()} for row in rows])["output1"]
    return roc_auc_score(
        [row["bought"] == "yes" for row in rows], [float(row["Scored Probabilities"]) for row in scored]
    )


def ask(studio, endpoint, rows=ROWS, parameters=None):
    body = json.dumps({"Inputs": {"input1": rows}, "GlobalParameters": parameters or {}}).encode()
    snapshot = studio.deployment.snapshots.load(studio.workspace, endpoint.id)
    return json.loads(score_with_modules(studio.deployment, snapshot, body, swagger=True))["Results"]["output1"]


def other_endpoint(studio, endpoint, name):
    storage = studio.deployment.storage
    service = get_web_service(storage, studio.workspace, endpoint.service_id)
    return add_endpoint(storage, service, name, {}, by="test", now=now())


def test_an_experiment_that_evaluates_its_endpoints_model_takes_a_new_one_by_name(deployment):
    """The article's second way of evaluating: Trained Model → Score Model → Evaluate Model, apart from training."""
    studio = new_studio(deployment)
    trainer, scorer = studio.publish("People", "training"), studio.publish("People", "predictive")
    run = studio.run("Judge", evaluating())
    assert run["Metrics"]["Evaluate"]["AUC"] > 0.8
    judge = other_endpoint(studio, studio.publish("Judge", "predictive"), "judge")
    live = other_endpoint(studio, scorer, "live")
    assert [resource.name for resource in judge.resources] == [RESOURCE]
    (before,) = read_output(studio, studio.job(judge, {"input1": HELD_BACK}))
    assert float(before["AUC"]) == pytest.approx(measured_auc(studio, live), abs=1e-12)
    # A worse model, so that the metrics differ: of fewer rows.
    model = studio.job(trainer, {"input1": people_csv(60, seed=9)})["Results"]["output1"]
    update = {"Resources": [{"Name": RESOURCE, "Location": model}]}
    judge, live = (patch_endpoint(deployment, endpoint, update, by="test", now=now()) for endpoint in (judge, live))
    (after,) = read_output(studio, studio.job(judge, {"input1": HELD_BACK}))
    assert float(after["AUC"]) == pytest.approx(measured_auc(studio, live), abs=1e-12)
    assert after["AUC"] != before["AUC"]
    rows = [{key: cell or None for key, cell in row.items()} for row in csv.DictReader(io.StringIO(HELD_BACK))]
    assert ask(studio, judge, rows) == [after]


def test_rows_pass_the_modules_of_a_predictive_experiment(studio, derived):
    """Requests, jobs and the derived service agree; the caller gets the columns that the experiment leaves."""
    document = drawn(
        (("Data", "Results dataset"), ("Mark", "Dataset")),
        (("Mark", "Results dataset"), ("Clean", "Dataset")),
        (("Score", "Scored dataset"), ("Select", "Dataset")),
        output=("Select", "Results dataset"),
        # As in training: the model does this by itself, so it is not done twice.
        Mark=people_experiment()["modules"]["Mark"],
        Clean=people_experiment()["modules"]["Clean"],
        Select={
            "module": "Select Columns in Dataset",
            "properties": {"Select Columns": ["city", "Scored Probabilities"]},
        },
    )
    document["connections"][1] = {"from": ["Clean", "Cleaned dataset"], "to": ["Score", "Dataset"]}
    document["webServiceInputs"][0]["to"] = ["Mark", "Dataset"]
    studio.run("Drawn", document)
    endpoint = studio.publish("Drawn", "predictive")
    rows = [row | {"bought": None} for row in ROWS]
    expected = [
        {name: row[name] for name in ("city", "Scored Probabilities")} for row in studio.score(derived, ROWS)["output1"]
    ]
    assert ask(studio, endpoint, rows) == expected
    text = "age,city,hours,smoker,bought\n30,Oslo,3.5,True,\n,Kyoto,,False,\n71,Atlantis,12.25,,\n"
    assert read_output(studio, studio.job(endpoint, {"input1": text})) == expected
    # Without an input, the job takes what the experiment reads.
    assert len(read_output(studio, studio.job(endpoint))) == 300


def test_a_deployed_script_decides_after_the_model_until_it_is_changed(studio, derived, tmp_path, monkeypatch):
    document = drawn(
        (("Score", "Scored dataset"), ("Decide", "Dataset1")),
        output=("Decide", "Result Dataset"),
        Decide={"module": "Execute Python Script", "properties": {"Script": "decide_by_probability"}},
    )
    studio.run("Decided", document)
    endpoint = studio.publish("Decided", "predictive")
    scored = studio.score(derived, ROWS)["output1"]
    rows = [row | {"bought": None} for row in ROWS]
    found = ask(studio, endpoint, rows)
    assert [row["Scored Probabilities"] for row in found] == [row["Scored Probabilities"] for row in scored]
    for row in found:
        probability = float(row["Scored Probabilities"])
        assert row["decision"] == ("accept" if probability >= 0.7 else "decline" if probability <= 0.3 else "review")
    text = "age,city,hours,smoker,bought\n30,Oslo,3.5,True,\n,Kyoto,,False,\n71,Atlantis,12.25,,\n"
    assert [row["decision"] for row in read_output(studio, studio.job(endpoint, {"input1": text}))] == [
        row["decision"] for row in found
    ]
    changed = tmp_path / "decide_by_probability.py"
    changed.write_text((scripts.FOLDER / changed.name).read_text().replace("0.7", "0.0"))
    monkeypatch.setattr(scripts, "FOLDER", tmp_path)
    with pytest.raises(ModuleExecutionError, match=r"0085.*not the one that the web service was published with"):
        ask(studio, endpoint, rows)


def test_scores_of_rows_as_they_come_are_answered_by_the_models_alone(studio, derived):
    studio.run("Plain", drawn())
    endpoint = studio.publish("Plain", "predictive")
    definition = get_definition(studio.deployment.storage, endpoint.definition)
    assert definition.models == ()
    assert [column.name for column in definition.inputs[0].columns] == ["age", "city", "hours", "smoker"]
    assert studio.score(endpoint) == studio.score(derived)
    expected = studio.job(derived, {"input1": HELD_BACK})
    assert read_output(studio, studio.job(endpoint, {"input1": HELD_BACK})) == read_output(studio, expected)
    assert len(read_output(studio, studio.job(endpoint))) == 300


def test_a_column_that_the_experiment_changes_and_training_did_not_counts_as_it_arrives(studio, derived):
    document = drawn(
        (("Data", "Results dataset"), ("Mark", "Dataset")),
        (("Mark", "Results dataset"), ("Math", "Dataset")),
        Mark=people_experiment()["modules"]["Mark"],
        Math={
            "module": "Clip Values",
            "properties": {
                "List of columns": ["hours"],
                "Set of thresholds": "ClipPeaks",
                "Constant value of upper threshold": 1,
                "Overwrite flag": True,
            },
        },
    )
    document["connections"][1] = {"from": ["Math", "Results dataset"], "to": ["Score", "Dataset"]}
    document["webServiceInputs"][0]["to"] = ["Mark", "Dataset"]
    studio.run("Clipped", document)
    endpoint = studio.publish("Clipped", "predictive")
    row = {"age": 40, "city": "Oslo", "smoker": False}
    (clipped,) = ask(studio, endpoint, [row | {"hours": 50, "bought": None}])
    (expected,) = studio.score(derived, [row | {"hours": 1}])["output1"]
    assert clipped["Scored Probabilities"] == expected["Scored Probabilities"]


def test_requests_name_what_they_lack_and_what_only_a_job_can_do(studio, derived):
    studio.run("Judge", evaluating())
    endpoint = studio.publish("Judge", "predictive")
    with pytest.raises(BadUserArgument, match="'bought'"):
        ask(studio, endpoint)
    with pytest.raises(BadUserArgument, match="Row 1, column 'smoker'"):
        ask(studio, endpoint, [ROWS[0] | {"smoker": "often", "bought": "yes"}])
    # A text here, since the data holds `?`; a number for the model, which knows that as missing.
    with pytest.raises(ModuleExecutionError, match=r"0017: Score Model .*'old' is not a valid Int32"):
        ask(studio, endpoint, [ROWS[0] | {"age": "old", "bought": "yes"}])
    with pytest.raises(BadUserArgument, match="no rows"):
        ask(studio, endpoint, {"ColumnNames": ["age", "city", "hours", "smoker", "bought"], "Values": []})
    with pytest.raises(ModuleExecutionError, match="0134: Evaluate Model"):
        ask(studio, endpoint, [ROWS[0] | {"bought": None}])
    document = evaluating()
    document["webServiceInputs"] = []
    studio.run("Reads", document)
    reads = studio.publish("Reads", "predictive")
    with pytest.raises(InvalidOperation, match=r"'Data' \(Import Data\), which requires batch execution"):
        ask(studio, reads)
    assert read_output(studio, studio.job(reads))


def test_what_cannot_be_published_says_what_to_do():
    document = drawn()
    for change, words in (
        ({"webServiceOutputs": []}, "no webServiceOutputs"),
        ({"webServiceOutputs": [{"name": "o", "from": ["Model", "Trained model"]}]}, "is a saved trained model"),
        (
            {
                "webServiceParameters": [
                    {"name": "which", "module": "Model", "property": "Resource name", "default": RESOURCE}
                ]
            },
            "UpdateResource replaces a model",
        ),
    ):
        with pytest.raises(BadArgument, match=words):
            drawn_definition(parse_experiment(document | change), {})


@pytest.mark.long
def test_a_model_of_other_columns_is_refused_by_name(studio, derived):
    studio.upload(people_csv(100, seed=3).replace("hours", "minutes"), "others.csv")
    other = people_experiment()
    other["modules"]["Data"]["properties"] = {"Path to container, directory or blob": "others.csv"}
    studio.run("Others", other)
    model = studio.job(studio.publish("Others", "training"))["Results"]["output1"]
    studio.run("Judge", evaluating())
    judge = other_endpoint(studio, studio.publish("Judge", "predictive"), "judge")
    update = {"Resources": [{"Name": RESOURCE, "Location": model}]}
    with pytest.raises(InvalidOperation, match="'minutes', which the web service does not have"):
        patch_endpoint(studio.deployment, judge, update, by="test", now=now())


def test_a_run_names_the_model_that_is_missing(studio):
    document = drawn()
    document["modules"]["Model"] = {"module": "Trained Model", "properties": {"Resource name": "Nothing"}}
    with pytest.raises(AssertionError, match="there is no trained model 'Nothing'"):
        studio.run("Nameless", document)


def test_a_job_without_input_is_told_to_draw_the_experiment(studio, derived):
    with pytest.raises(BadArgument, match=r"Import Data, Trained Model .* and Score Model.* publish that"):
        studio.job(derived)
    document = drawn() | {"webServiceInputs": []}
    studio.run("Drawn without input", document)
    scores = read_output(studio, studio.job(studio.publish("Drawn without input", "predictive")))
    assert len(scores) == 300
