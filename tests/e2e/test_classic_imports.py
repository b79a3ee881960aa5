"""Exported experiments, imported into the running app: run, published and scored."""

import json

import pytest

from perennial import PerennialError
from perennial.transport import download
from tests.classic_exports import DATA, FILES, MODEL, predictive_graph, training_graph
from tests.e2e.steps import ROWS, call, write_people

NAMES = ("topics.studio.json", "amltweet.studio.json", "sdk-applymath.arm.json")
TOPICS, TWEETS, SINE = (next(path for path in FILES if path.name == name) for name in NAMES)


@pytest.fixture
def root(app, workspace) -> str:
    return f"{app.url}/workspaces/{workspace.id}"


def test_an_exported_training_experiment_is_imported_run_published_and_scored(workspace, tmp_path):
    workspace.upload(write_people(tmp_path))
    graph = training_graph("Two-Class Logistic Regression")
    graph["Graph"]["ModuleNodes"][3]["ModuleParameters"].pop()
    graph["WebService"]["Parameters"] = []
    imported = workspace.import_experiment({"Export": graph, "Data": {DATA: "people.csv"}})
    assert imported["Report"]["Complete"]
    name = imported["Name"]
    assert name == "Census training"
    assert workspace.run_experiment(name).metrics["Evaluate Model"]["AUC"] > 0.7
    assert workspace.publish(name, "training").kind == "training"
    endpoint = workspace.get_endpoint(workspace.publish(name, "predictive"))
    assert "Scored Labels" in workspace.score(endpoint, ROWS)[0]
    # The original's predictive experiment, with the model of this training in the place of its own.
    answers = {MODEL: f"{name} [trained model]", DATA: "people.csv"}
    imported = workspace.import_experiment({"Export": predictive_graph(), "Data": answers})
    assert imported["Report"]["Complete"]
    workspace.run_experiment("Census scoring")
    drawn = workspace.get_endpoint(workspace.publish("Census scoring", "predictive"))
    assert "Scored Labels" in workspace.score(drawn, ROWS)[0]


@pytest.mark.long
def test_a_real_export_of_known_modules_is_run_published_and_answers_in_batch(root, workspace, tmp_path):
    """With a script of this app in the place of its own, which must be read before it is deployed."""
    response = call("POST", f"{root}/experiments/import?name=Tweets", workspace.token, json.loads(TWEETS.read_text()))
    imported = response.json()
    assert imported["Report"]["Complete"]
    assert imported["Report"]["Placeholders"] == []
    document = imported["Document"]
    own = document["modules"]["Execute Python Script"]["properties"]
    assert own["Script"] == "tweets_execute_python_script"
    with pytest.raises(PerennialError, match="the app has no script 'tweets_execute_python_script'"):
        workspace.run_experiment("Tweets")
    own["Script"] = "ratio_of_two_columns"
    document["modules"]["Enter Data Manually"]["properties"]["Data"] = "a,b\n1,2\n3,4\n"
    workspace.put_experiment("Tweets", document)
    workspace.run_experiment("Tweets")
    endpoint = workspace.get_endpoint(workspace.publish("Tweets", "training"))
    rows = tmp_path / "rows.csv"
    rows.write_text("a,b\n1,4\n")
    results = workspace.submit_job(endpoint, {"input1": workspace.upload(rows)}).wait().results
    assert download(results["output1"]).decode().splitlines() == ["a,b,ratio", "1,4,0.25"]


def test_a_real_definition_of_a_known_module_runs_on_a_sample_and_answers_in_batch(workspace, tmp_path):
    imported = workspace.import_experiment({"Export": json.loads(SINE.read_text()), "Name": "Sine"})
    assert imported["Report"]["Complete"]
    workspace.run_experiment("Sine")
    endpoint = workspace.get_endpoint(workspace.publish("Sine", "training"))
    rows = tmp_path / "rows.csv"
    rows.write_text("Class,sepal-length,sepal-width,petal-length,petal-width\n1,0,0,0,0\n")
    link, tangent = workspace.upload(rows), {"Trigonometric Function": "Tan"}
    found = workspace.submit_job(endpoint, {"input1": link}, parameters=tangent).wait().results["output1"]
    assert download(found).decode().splitlines()[1].startswith("1.5574")


def test_a_client_of_the_studio_api_saves_an_original_graph(app, workspace):
    # One module has an id and a property that nobody knows.
    text = TOPICS.read_text().replace("e35a5905bd5741f4957682bfcb92f837", "0" * 32).replace("Hash bits", "Own bits")
    body = json.loads(text)
    submission = {
        "Description": "Topics",
        "IsDraft": True,
        "ExperimentGraph": body["Graph"],
        "WebService": body["WebService"],
    }
    url = f"{app.url}/api/workspaces/{workspace.id}/experiments"
    saved = call("POST", url, workspace.token, submission).json()
    report = saved["ImportReport"]
    counts = report["Counts"]["module"]
    assert sum(counts.values()) == 13
    assert counts["left out"] == 0
    assert len(report["Scripts"]) == 7
    shown = call("GET", f"{app.url}/workspaces/{workspace.id}/experiments/Topics", workspace.token).json()
    warned = [item["message"] for item in shown["Warnings"] if "is a placeholder" in item["message"]]
    assert len(warned) == len(report["Placeholders"]) > 0
    refused = call("POST", f"{app.url}/workspaces/{workspace.id}/experiments/Topics/run", workspace.token)
    assert refused.status_code == 400
    assert refused.json()["error"]["details"][0]["code"] == "ExperimentNotComplete"
    # What a client gets back from here is no graph of the original: it has the document.
    again = {"Description": "Topics 2", "ExperimentGraph": {"Document": shown["Document"]}}
    assert call("POST", url, workspace.token, again).json()["ImportReport"] is None


def test_secrets_that_were_given_are_sealed_and_not_in_the_report(root, workspace):
    node = {
        "Id": "n-1",
        "ModuleId": "x.4e1b0fe6aded4b3fa36f39b8862b9004.v1-default-1",
        "Comment": "Reader",
        "ModuleParameters": [
            {"Name": "Please Specify Data Source", "Value": "AzureBlobStorage"},
            {"Name": "Please Specify Authentication Type", "Value": "Account"},
            {"Name": "Account Name", "Value": "examplestorage"},
            {"Name": "Account Key", "Value": None, "ValueType": "PlaceHolder"},
            {"Name": "Path to container or directory or blob", "Value": "data/people.csv"},
        ],
    }
    body = {
        "Export": {"Graph": {"ModuleNodes": [node]}},
        "Name": "Read",
        "Values": {"Reader / Account Key": "c2VjcmV0"},
    }
    response = call("POST", f"{root}/experiments/import", workspace.token, body)
    assert response.json()["Document"]["modules"]["Reader"]["properties"]["Account Key"] == "***"
    assert "c2VjcmV0" not in response.text


@pytest.mark.attack("Fuzzed inputs")
@pytest.mark.parametrize(
    "body", [{}, {"Export": []}, {"Export": {"Graph": {}}}, {"Export": {"Graph": {}}, "Data": {"a": 1}}, {"Graph": 1}]
)
def test_what_is_no_export_is_400(root, workspace, body):
    response = call("POST", f"{root}/experiments/import", workspace.token, body)
    assert response.status_code == 400
    assert response.json()["error"]["details"][0]["code"] in ("RequestBodyInvalid", "BadParameterValue")
