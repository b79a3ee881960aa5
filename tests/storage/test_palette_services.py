"""Every learner as a web service: run, published, scored by request and by batch, without HTTP in between."""

import csv
import io

import numpy as np
import pytest

from studio.errors import BadArgument
from studio.registry.definitions import get_definition
from studio.registry.web_services import get_web_service
from studio.registry.workspaces import create_workspace
from studio.rollout.endpoints import add_endpoint
from studio.rollout.update_resource import patch_endpoint
from tests.builders import COMBINING, SMALL, TRAINERS, learner_names, people_csv, people_experiment, untrained_model
from tests.storage.in_process import ROWS, Studio, now


@pytest.fixture(scope="module")
def studio(deployment):
    studio = Studio(deployment, create_workspace(deployment.storage, "Palette", now=now()).id)
    studio.upload(people_csv(300, seed=5))
    return studio


def experiment_for(learner):
    """The people experiment with another learner, its trainer and its scorer."""
    document = people_experiment(learner, **SMALL.get(learner, {}))
    task = untrained_model(learner).task
    trainer, label, scorer = TRAINERS[task]
    modules, connections = document["modules"], document["connections"]
    modules["Train"] = {"module": trainer, "properties": {"Label column": label} if label else {}}
    modules["Score"] = {"module": scorer}
    if learner in COMBINING:
        modules["Base"] = {"module": "Two-Class Logistic Regression"}
        ends = ["Base", "Untrained model"], ["Learner", "Untrained binary classification model"]
        connections.append({"from": ends[0], "to": ends[1]})
    if task == "clustering":
        connections[-1]["from"] = ["Score", "Results dataset"]
    if task == "anomaly-detection":
        modules["Label"] = {"module": "Edit Metadata", "properties": {"Column": "bought", "Fields": "Labels"}}
        connections[2] = {"from": ["Clean", "Cleaned dataset"], "to": ["Label", "Dataset"]}
        connections.append({"from": ["Label", "Results dataset"], "to": ["Split", "Dataset"]})
    return document


# One learner of each task; of the others the unit tests hold the same in one process.
SHORT = (
    "Two-Class Logistic Regression",
    "Multiclass Neural Network",
    "Poisson Regression",
    "Fast Forest Quantile Regression",
    "K-Means Clustering",
    "PCA-Based Anomaly Detection",
)
EVERY_LEARNER = [name if name in SHORT else pytest.param(name, marks=pytest.mark.long) for name in learner_names()]


@pytest.mark.parametrize("learner", EVERY_LEARNER)
def test_every_learner_is_scored_alike_by_request_and_by_batch(studio, learner):
    run = studio.run(learner, experiment_for(learner))
    assert run["Models"]["Train"]["Runtime"] == "onnx", run["Models"]["Train"]["RuntimeReason"]
    endpoint = studio.publish(learner, "predictive")
    definition = get_definition(studio.deployment.storage, endpoint.definition)
    columns = [column.name for column in definition.inputs[0].columns]
    rows = [{"bought": "yes", **row} for row in ROWS]
    results = studio.score(endpoint, rows)["output1"]
    assert len(results) == len(rows)
    text = io.StringIO()
    writer = csv.DictWriter(text, columns, extrasaction="ignore")
    writer.writeheader()
    writer.writerows(rows)
    status = studio.job(endpoint, {"input1": text.getvalue()})
    scored = list(csv.DictReader(io.StringIO(studio.read(status).decode())))
    assert list(scored[0]) == list(results[0])
    for one, other in zip(results, scored, strict=True):
        for name, cell in one.items():
            assert (cell or "") == other[name] or np.isclose(float(cell), float(other[name]), rtol=1e-12), name


def two_models():
    document = people_experiment("Two-Class Logistic Regression")
    document["modules"] |= {
        "Forest": {"module": "Decision Forest Regression"},
        "Train age": {"module": "Train Model", "properties": {"Label column": "age"}},
        "Score age": {"module": "Score Model", "properties": {"Append score columns to output": False}},
    }
    document["connections"] += [
        {"from": ["Forest", "Untrained model"], "to": ["Train age", "Untrained model"]},
        {"from": ["Split", "Results dataset1"], "to": ["Train age", "Dataset"]},
        {"from": ["Train age", "Trained model"], "to": ["Score age", "Trained model"]},
        {"from": ["Split", "Results dataset2"], "to": ["Score age", "Dataset"]},
    ]
    document["webServiceOutputs"].append({"name": "output3", "from": ["Train age", "Trained model"]})
    return document


def test_two_models_are_two_outputs_each_updated_by_its_own_name(studio):
    studio.run("Two", two_models())
    trainer, endpoint = studio.publish("Two", "training"), studio.publish("Two", "predictive")
    names = [resource.name for resource in endpoint.resources]
    assert names == ["Two [trained model]", "Two Train age [trained model]"]
    rows = [{"bought": "yes", **row} for row in ROWS]
    before = studio.score(endpoint, rows)
    assert set(before) == {"output1", "output2"}
    assert list(before["output2"][0]) == ["Scored Labels"]
    status = studio.job(trainer, {"input1": people_csv(300, seed=77)})
    location = status["Results"]["output3"]
    added = second_endpoint(studio, endpoint, {"Resources": [{"Name": names[1], "Location": location}]})
    after = studio.score(added, rows)
    assert after["output2"] != before["output2"]
    assert after["output1"] == before["output1"]


def second_endpoint(studio, endpoint, change):
    service = get_web_service(studio.deployment.storage, studio.workspace, endpoint.service_id)
    added = add_endpoint(studio.deployment.storage, service, "second", {}, by="test", now=now())
    return patch_endpoint(studio.deployment, added, change, by="test", now=now())


def with_append_parameter(**default):
    document = people_experiment("Two-Class Logistic Regression")
    document["webServiceParameters"] = [
        {"name": "Show input", "module": "Score", "property": "Append score columns to output", **default},
        {"name": "Weight", "module": "Learner", "property": "L2 Regularizaton weight", "default": 1.0},
    ]
    return document


def test_a_parameter_of_scoring_acts_on_requests_and_on_jobs(studio):
    studio.run("Show", with_append_parameter(default=True))
    endpoint = studio.publish("Show", "predictive")
    definition = get_definition(studio.deployment.storage, endpoint.definition)
    assert [item.name for item in definition.parameters] == ["Show input"]
    assert next(iter(studio.score(endpoint)["output1"][0])) == "age"
    short = ["Scored Labels", "Scored Probabilities"]
    for value in (False, "False", "false"):
        assert list(studio.score(endpoint, parameters={"Show input": value})["output1"][0]) == short
    table = "age,city,hours,smoker\n30,Oslo,3.5,true\n"
    status = studio.job(endpoint, {"input1": table}, {"Show input": "False"})
    assert studio.read(status).decode().splitlines()[0].replace('"', "") == ",".join(short)


@pytest.mark.parametrize(
    "parameters, code",
    [
        ({"Show input": "perhaps"}, "UserParameterInvalid"),
        ({"Other": 1, "Show input": True}, "UnexpectedParameter"),
        ({}, "MissingRequiredGlobalParameters"),
    ],
)
def test_parameters_that_do_not_fit_are_named(studio, parameters, code):
    studio.run("Required", with_append_parameter() | {"description": "required"})
    endpoint = studio.publish("Required", "predictive")
    with pytest.raises(BadArgument) as caught:
        studio.score(endpoint, parameters=parameters)
    assert caught.value.details[0].code == code
    with pytest.raises(BadArgument) as caught:
        studio.job(endpoint, {"input1": "age,city,hours,smoker\n"}, parameters)
    assert caught.value.details[0].code == code


def reasons(run):
    return {item["Title"]: item["Reason"] for item in run["Modules"]}


def test_unchanged_modules_are_reused_and_others_say_why_they_ran(studio):
    studio.upload(people_csv(200, seed=1))
    document = people_experiment()
    first = studio.run("Reuse", document)
    assert set(reasons(first).values()) == {"first run"}
    rows = {item["Title"]: (item["RowsIn"], item["RowsOut"]) for item in first["Modules"]}
    assert rows["Split"] == ({"Dataset": 200}, {"Results dataset1": 140, "Results dataset2": 60})
    again = studio.run("Reuse", document)
    assert all(item["Reused"] for item in again["Modules"])
    assert set(reasons(again).values()) == {"unchanged"}
    assert again["Metrics"] == first["Metrics"]
    document["modules"]["Learner"]["properties"] = {"Total number of trees constructed": 7}
    changed = studio.run("Reuse", document)
    assert reasons(changed) == {
        "Data": "unchanged",
        "Mark": "unchanged",
        "Clean": "unchanged",
        "Split": "unchanged",
        "Learner": "property 'Total number of trees constructed' changed",
        "Train": "input 'Untrained model' changed",
        "Score": "input 'Trained model' changed",
        "Evaluate": "input 'Scored dataset' changed",
    }
    studio.upload(people_csv(200, seed=2))
    renewed = studio.run("Reuse", document)
    assert reasons(renewed)["Data"] == "input etag changed"
    assert reasons(renewed)["Mark"] == "input 'Dataset' changed"
    assert reasons(renewed)["Learner"] == "unchanged"
    document["modules"]["Copy"] = {"module": "Convert to CSV"}
    document["connections"].append({"from": ["Split", "Results dataset1"], "to": ["Copy", "Dataset"]})
    grown = studio.run("Reuse", document)
    assert reasons(grown)["Copy"] == "new module"
    assert studio.publish("Reuse", "predictive").resources


@pytest.mark.attack("Trained model files")
def test_a_stored_result_that_someone_else_wrote_is_not_read(studio):
    document = people_experiment() | {"description": "kept"}
    studio.run("Kept", document)
    container = studio.deployment.storage.container("results")
    for blob in container.list_blobs(name_starts_with=studio.workspace):
        content = bytearray(container.download_blob(blob.name).readall())
        content[-1] ^= 1
        container.upload_blob(blob.name, bytes(content), overwrite=True)
    run = studio.run("Kept", document)
    assert not any(item["Reused"] for item in run["Modules"])
    assert set(reasons(run).values()) == {"its result was not stored"}


def test_an_export_runs_in_every_run_and_in_batch_jobs(studio):
    studio.upload(people_csv(50))
    document = people_experiment()
    path = {"Path to container, directory or blob": "scored.csv"}
    document["modules"]["Out"] = {"module": "Export Data", "properties": path}
    document["connections"].append({"from": ["Score", "Scored dataset"], "to": ["Out", "Dataset"]})
    container, blob = studio.deployment.storage.container("datasets"), f"{studio.workspace}/scored.csv"
    for _ in range(2):
        run = studio.run("Export", document)
        assert reasons(run)["Out"] == "it writes outside the experiment"
    rows = container.download_blob(blob).readall().count(b"\n") - 1
    assert rows == 15
    status = studio.job(studio.publish("Export", "training"), {"input1": people_csv(80)})
    assert status["StatusCode"] == "Finished"
    assert container.download_blob(blob).readall().count(b"\n") - 1 == 24


def test_a_missing_parameter_of_a_training_job_is_named(studio):
    document = people_experiment("Two-Class Logistic Regression")
    document["webServiceParameters"] = [
        {"name": "Weight", "module": "Learner", "property": "L2 Regularizaton weight", "default": 1.0},
        {
            "name": "Share",
            "module": "Split",
            "property": "Fraction of rows in the first output dataset",
            "default": 0.5,
        },
    ]
    studio.run("Parameters", document)
    trainer = studio.publish("Parameters", "training")
    status = studio.job(trainer, {"input1": people_csv(100)}, {"Share": "0.9"})
    evaluated = next(csv.DictReader(io.StringIO(studio.read(status, "output2").decode())))
    counted = sum(int(evaluated[name]) for name in evaluated if name.startswith(("True", "False")))
    assert counted == 10
    for value in ("much", 1.5):
        with pytest.raises(BadArgument) as caught:
            studio.job(trainer, {"input1": people_csv(100)}, {"Share": value})
        assert caught.value.details[0].code == "UserParameterInvalid"


def test_what_a_transformation_learned_in_training_acts_in_the_service(studio):
    document = people_experiment("Two-Class Logistic Regression")
    modules, connections = document["modules"], document["connections"]
    modules |= {
        "Scale": {"module": "Normalize Data", "properties": {"Columns to transform": ["hours"]}},
        "Spread": {"module": "Convert to Indicator Values", "properties": {"Overwrite categorical columns": True}},
        "Scale test": {"module": "Apply Transformation"},
        "Spread test": {"module": "Apply Transformation"},
    }
    modules["Spread"]["properties"]["Categorical columns to convert"] = ["city"]
    modules["Score"]["properties"] = {"Append score columns to output": True}
    links = {
        ("Split", "Results dataset1"): [("Scale", "Dataset")],
        ("Split", "Results dataset2"): [("Scale test", "Dataset")],
        ("Scale", "Transformed dataset"): [("Spread", "Dataset")],
        ("Scale", "Transformation function"): [("Scale test", "Transformation")],
        ("Scale test", "Transformed dataset"): [("Spread test", "Dataset")],
        ("Spread", "Results dataset"): [("Train", "Dataset")],
        ("Spread", "Indicator values transformation"): [("Spread test", "Transformation")],
        ("Spread test", "Transformed dataset"): [("Score", "Dataset")],
    }
    replaced = {("Train", "Dataset"), ("Score", "Dataset")}
    connections[:] = [item for item in connections if tuple(item["to"]) not in replaced]
    connections += [{"from": list(one), "to": list(other)} for one, others in links.items() for other in others]
    run = studio.run("Learned", document)
    assert run["Models"]["Train"]["Runtime"] == "onnx"
    rows = studio.score(studio.publish("Learned", "predictive"))["output1"]
    shown = [name for name in rows[0] if name.startswith("city-")]
    assert shown == ["city-Cairo", "city-Kyoto", "city-Lima", "city-Oslo"]
    assert [row["city-Oslo"] for row in rows] == ["1", "0", "0"]
    assert [row["city-Kyoto"] for row in rows] == ["0", "1", "0"]
    assert all(row["city-Lima"] == "0" for row in rows)
    assert -3 < float(rows[0]["hours"]) < 0
    assert rows[1]["hours"] is None
