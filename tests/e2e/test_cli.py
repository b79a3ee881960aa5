"""The command line, against the running app.

Commands run in this process, which saves starting one for each; test_docs.py, test_how_to.py and
test_client_versions.py run the installed command.
"""

import contextlib
import csv
import io
import json
import os
import sys
import threading
import zipfile
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from unittest.mock import patch

import pytest

from devhost.azurite import free_port, start_azurite
from devhost.supervisor import running_app
from examples.data_factory import read_documents
from examples.retraining.experiment import training_experiment
from perennial import Admin, Workspace, screen
from perennial.cli import main
from studio.storage.keys import admin_token
from tests.account import new_settings
from tests.builders import people_csv, people_experiment
from tests.classic_exports import DATA, module_node, training_graph
from tests.e2e.steps import ROWS, publish_people, wait_for, write_people


class Shell:
    """Runs `perennial` connected to one workspace."""

    def __init__(self, app, workspace, folder: Path) -> None:
        settings = {
            "PERENNIAL_URL": app.url,
            "PERENNIAL_WORKSPACE": workspace.id,
            "PERENNIAL_TOKEN": workspace.token,
        }
        self.environment, self.folder = settings, folder

    def __call__(self, *arguments: str, code: int = 0) -> str:
        out, err = io.StringIO(), io.StringIO()
        with (
            patch.dict(os.environ, self.environment),
            patch.object(sys, "argv", ["perennial", *arguments]),
            contextlib.chdir(self.folder),
            contextlib.redirect_stdout(out),
            contextlib.redirect_stderr(err),
        ):
            try:
                main()
                ended: object = 0
            except SystemExit as error:
                ended = error.code or 0
        assert ended == code, err.getvalue() + out.getvalue()
        return out.getvalue() + err.getvalue()


@pytest.fixture
def shell(app, workspace, tmp_path, monkeypatch) -> Shell:
    for console in (screen.console, screen.errors):
        monkeypatch.setattr(console, "width", 200)
    write_people(tmp_path)
    write_people(tmp_path, "later.csv", 900, 7)
    (tmp_path / "people.json").write_text(json.dumps(training_experiment("people.csv", "bought")))
    return Shell(app, workspace, tmp_path)


@pytest.mark.long
def test_a_retraining_policy_at_the_command_line(shell):
    shell("dataset", "upload", "people.csv")
    shell("dataset", "upload", "later.csv")
    shell("experiment", "put", "People", "people.json")
    shell("experiment", "run", "People")
    shell("experiment", "publish", "People", "--kind", "training")
    shell("experiment", "publish", "People")
    service = "People [predictive exp.]"
    shell("endpoint", "add", service, "lima")
    gate = {"Metric": "AUC", "HeldBackData": "people.csv", "AtMostWorse": 1}
    policy = {"TrainingService": "People [training exp.]", "Gate": gate}
    (shell.folder / "policy.json").write_text(json.dumps(policy))
    assert "runs at the next upload" in shell("policy", "set", service, "lima", "policy.json")
    assert json.loads(shell("policy", "show", service, "lima"))["Gate"] == gate
    assert "in use" in shell("policy", "try", service, "lima", "--data", "later.csv")
    assert "AUC" in shell("policy", "challenges", service, "lima")
    assert "policy" in shell("endpoint", "history", service, "lima")
    assert "deleted" in shell("policy", "delete", service, "lima")


def test_pipelines_at_the_command_line(shell, workspace, app_settings):
    published = publish_people(workspace, shell.folder, churn_experiment())
    live, trainer = workspace.add_endpoint(published.service, "live"), published.training_endpoint
    root = live.api_location.partition("/services/")[0]
    places = {
        "storage": app_settings["AzureWebJobsStorage"],
        "training_jobs": f"{trainer.api_location}/jobs",
        "training_key": trainer.primary_key,
        "scoring_jobs": f"{live.api_location}/jobs",
        "scoring_key": live.primary_key,
        "scoring_update": f"{root}/webservices/{live.service_id}/endpoints/live",
    }
    documents = read_documents("v2", **places)
    swap = documents["pipeline"]["properties"]["activities"][1]["typeProperties"]
    swap["trainedModelName"] = "People [trained model]"
    blob = workspace.upload(write_people(shell.folder, "latest.csv", 300, 12)).relative_location
    for name, document in documents.items():
        (shell.folder / f"{name}.json").write_text(json.dumps(document))
    saved = shell("pipeline", "put", "linked_services.json", "pipeline.json", "trigger.json")
    assert "WeeklyRetrain: saved to pipelines" in saved
    assert places["training_key"] not in json.dumps(workspace.list_documents("linkedservices"))
    assert "Stopped" in shell("pipeline", "list")
    before = workspace.score(live, ROWS)
    drawn = shell("pipeline", "run", "weeklyretrain", "--parameter", f"trainingBlob={blob}")
    assert "✓ TrainModel Succeeded" in drawn
    assert "✓ SwapModel Succeeded" in drawn
    # The background process made the update; the HTTP process sees it within a second.
    wait_for(lambda: workspace.score(live, ROWS) != before, 3)
    failed = shell("pipeline", "run", "WeeklyRetrain", "--parameter", "trainingBlob=datasets/none.csv", "--no-wait")
    run_id = failed.split()[1]
    shell("pipeline", "cancel", run_id)
    assert "Cancelled" in shell("pipeline", "show", run_id)
    assert run_id in shell("pipeline", "runs", "WeeklyRetrain")
    shell("trigger", "start", "EveryMonday")
    shown = json.loads(shell("trigger", "show", "everymonday"))
    assert (shown["runtimeState"], shown["NextRun"][10:]) == ("Started", "T02:00:00.000Z")
    shell("trigger", "stop", "EveryMonday")
    assert "Stopped" in shell("pipeline", "list")


def churn_experiment():
    """The people experiment with the web service parameter that the pipeline sets."""
    document = people_experiment()
    document["modules"]["Note"] = {"module": "Convert to Dataset", "properties": {"Action": "SetMissingValues"}}
    document["connections"][1]["from"] = ["Note", "Results dataset"]
    document["connections"].append({"from": ["Mark", "Results dataset"], "to": ["Note", "Dataset"]})
    document["webServiceParameters"] = [
        {"name": "Database query", "module": "Note", "property": "Custom Missing Value", "default": "-"}
    ]
    return document


def test_the_whole_loop_at_the_command_line(shell):
    assert "Uploaded as people.csv" in shell("dataset", "upload", "people.csv")
    assert "GenericCSV" in shell("dataset", "list")
    assert "People: saved as version 1" in shell("experiment", "put", "People", "people.json")
    assert "AUC" in shell("experiment", "run", "People")
    assert "People" in shell("experiment", "list")
    assert "People [training exp.]" in shell("experiment", "publish", "People", "--kind", "training")
    assert "People [predictive exp.]" in shell("experiment", "publish", "People")
    assert "training" in shell("service", "list")
    service = "People [predictive exp.]"
    assert json.loads(shell("service", "show", service))["Endpoints"].keys() == {"default"}
    assert "seattle" in shell("endpoint", "add", service, "seattle")
    row = '{"age": 30, "city": "Oslo", "hours": 3.5, "smoker": true}'
    old = shell("score", service, row, "--endpoint", "seattle")
    assert "Scored Probabilities" in old
    retrain = ["retrain", "People [training exp.]", "later.csv", "--service", service, "--endpoint", "seattle", "--yes"]
    retrained = shell(*retrain, "--evaluation", "evaluation.csv", "--at-most-worse", "0.05")
    assert "in use" in retrained
    assert "of the model in use's evaluation" in retrained
    assert "the swap took" in retrained
    assert (shell.folder / "evaluation.csv").read_text().startswith("AUC")
    assert shell("score", service, row, "--endpoint", "seattle") != old
    assert "v1" in shell("endpoint", "rollback", service, "seattle")
    assert shell("score", service, row, "--endpoint", "seattle") == old
    assert "rollback" in shell("endpoint", "history", service, "seattle")
    assert "v1" in shell("endpoint", "list", service)
    drift = shell("endpoint", "drift", service, "seattle", "--by", "hour")
    assert "Scored Probabilities" in drift
    assert "The prediction log is off." in drift
    keys = shell("endpoint", "keys", service, "seattle").splitlines()
    assert len(keys[0].split()[-1]) == 88
    assert keys != shell("endpoint", "keys", service, "seattle", "--regenerate", "secondary").splitlines()
    assert "PrimaryKey" not in shell("endpoint", "show", service, "seattle")
    assert "is already up to date" in shell("endpoint", "refresh", service, "seattle")
    assert "deleted" in shell("endpoint", "delete", service, "seattle")
    assert "deleted" in shell("service", "delete", service, "--yes")
    assert "copy of People" in shell("experiment", "copy", "People", "People & others")
    assert "now called Persons" in shell("experiment", "rename", "People & others", "Persons")
    assert "'People & others' is now called 'Persons'" in shell("experiment", "delete", "People & others", code=1)
    assert "deleted" in shell("experiment", "delete", "Persons")
    assert "deleted" in shell("experiment", "delete", "People")
    assert "deleted" in shell("dataset", "delete", "people.csv")
    assert "people.csv" not in shell("dataset", "list")


def test_everything_wrong_with_a_document_is_printed_at_once(shell):
    document = people_experiment()
    document["modules"]["Split"]["properties"] = {"Random sed": 1}
    document["webServiceOutputs"] = [{"name": "output1", "from": ["Score", "Scores"]}]
    document["modules"]["Alone"] = {"module": "Clip Values"}
    (shell.folder / "wrong.json").write_text(json.dumps(document))
    said = shell("experiment", "put", "Wrong", "wrong.json", code=1)
    for text in ("3 errors:", "- Split Data ('Split'): there is no property", "no output port 'Scores'", "'Alone'"):
        assert text in said
    (shell.folder / "twice.json").write_text(
        json.dumps(people_experiment()).replace('"Mark": {', '"Split": {}, "Mark": {', 1)
    )
    assert "'Split' more than once" in shell("experiment", "put", "Twice", "twice.json", code=1)
    document = people_experiment() | {"webServiceOutputs": []}
    (shell.folder / "mute.json").write_text(json.dumps(document))
    assert '"from": ["Train", "Trained model"]' in shell("experiment", "put", "Mute", "mute.json")
    assert "no new version was saved" in shell("experiment", "put", "Mute", "mute.json")


@pytest.mark.long
def test_a_model_trained_on_garbage_is_not_put_into_use_unless_forced(shell, workspace):
    published = publish_people(workspace, shell.folder)
    endpoint = workspace.add_endpoint(published.service, "seattle")
    before = workspace.score(endpoint, ROWS)
    garbage = (
        people_csv(900, seed=9).replace(",yes\n", ",maybe\n").replace(",no\n", ",yes\n").replace(",maybe\n", ",no\n")
    )
    (shell.folder / "garbage.csv").write_text(garbage)
    write_people(shell.folder, "apart.csv", 300, seed=10)
    names = [published.trainer.name, "garbage.csv", "--service", published.service.name, "--endpoint", "seattle"]
    for more in ([], ["--held-back", "apart.csv"], ["--held-back", "apart.csv", "--metric", "F1"]):
        refused = shell("retrain", *names, "--yes", *more, code=3)
        assert "worse" in refused
        assert "seattle keeps its model" in refused
        assert len(workspace.list_history(endpoint)) == 1
        assert workspace.score(endpoint, ROWS) == before
    assert "on 300 rows of apart.csv" in refused
    forced = shell("retrain", *names, "--yes", "--force")
    assert "Not passed" in forced
    assert "the swap took" in forced
    assert workspace.score(endpoint, ROWS) != before


@pytest.mark.long
def test_models_that_were_never_evaluated_are_compared_on_rows_held_back_only(shell, workspace):
    document = people_experiment()
    for title in ("Score", "Evaluate"):
        del document["modules"][title]
    document["connections"] = document["connections"][:5]
    document["webServiceOutputs"] = document["webServiceOutputs"][:1]
    published = publish_people(workspace, shell.folder, document)
    endpoint = workspace.add_endpoint(published.service, "seattle")
    write_people(shell.folder, "apart.csv", 300, seed=10)
    names = [published.trainer.name, "later.csv", "--service", published.service.name, "--endpoint", "seattle", "--yes"]
    refused = shell("retrain", *names, code=3)
    assert "The models cannot be compared" in refused
    assert "--held-back" in refused
    assert "no dataset 'apart'" in shell("retrain", *names, "--held-back", "apart", code=1)
    assert len(workspace.list_history(endpoint)) == 1
    more = ["--held-back", "apart.csv", "--at-most-worse", "0.1"]
    assert "Passed: AUC" in shell("retrain", *names, *more)
    assert "the swap took" in shell("retrain", *names, "--force")


@pytest.mark.long
def test_jobs_at_the_command_line(shell):
    shell("dataset", "upload", "people.csv")
    shell("experiment", "put", "People", "people.json")
    shell("experiment", "run", "People")
    shell("experiment", "publish", "People", "--kind", "training")
    shell("experiment", "publish", "People")
    service = "People [predictive exp.]"
    assert "Saved to scored.csv" in shell("job", "submit", service, "later.csv", "--output", "scored.csv")
    assert len((shell.folder / "scored.csv").read_text().splitlines()) == 901
    started = shell("job", "submit", "People [training exp.]", "later.csv", "--no-wait")
    job = started.split()[1]
    assert "cancelled" in shell("job", "cancel", "People [training exp.]", job)
    assert shell("job", "status", "People [training exp.]", job).split()[0] in ("Cancelled", "Finished")
    trained = shell("job", "submit", "People [training exp.]", "later.csv").split()[1]
    jobs = json.loads(shell("job", "list", "--state", "Finished", "--json"))
    assert trained in [item["JobId"] for item in jobs]
    assert trained in shell("job", "list", "--limit", "1")
    shell("endpoint", "add", service, "north")
    update = shell("endpoint", "update", service, "north", "--job", f"People [training exp.]/{trained}")
    assert "north now uses" in update


@pytest.mark.parametrize(
    "arguments, text",
    [
        (["service", "show", "nobody"], "No web service is named 'nobody'"),
        (["experiment", "run", "nobody"], "NotFound"),
        (["experiment", "put", "x", "people.csv"], "cannot be read as JSON"),
        (["--token", "wrong", "workspace", "show"], "belong together"),
        (["--url", "http://127.0.0.1:9", "service", "list"], "Start the app with 'make serve'"),
        (["dataset", "show", "people.csv"], "There are: none"),
        (["experiment", "show", "x"], "The workspace has no experiment 'x'. There are: none"),
        (["--workspace", "", "--token", "", "service", "list"], "'make serve' prints them"),
    ],
)
def test_errors_show_code_message_and_what_to_do(shell, arguments, text):
    printed = shell(*arguments, code=1)
    assert text in printed
    assert "Traceback" not in printed


def test_names_that_lead_nowhere_are_answered_with_those_that_do(shell, workspace):
    published = publish_people(workspace, shell.folder)
    workspace.add_endpoint(published.service, "seattle")
    service = published.service.name
    text = f"The web service '{service}' has no endpoint 'seatle'. Did you mean 'seattle'? There are: 'default', 'seat"
    assert text in shell("score", service, '{"age": 1}', "--endpoint", "seatle", code=1)
    text = f"No web service is named 'People [predictive]'. Did you mean '{service}'?"
    assert text in shell("score", "People [predictive]", '{"age": 1}', code=1)
    assert "Did you mean 'people.csv'?" in shell("dataset", "delete", "poeple.csv", code=1)
    assert "Did you mean 'People'?" in shell("experiment", "publish", "Peoples", code=1)
    assert "has no run 'abc'" in shell("run", "show", "People", "abc", code=1)


def test_the_token_of_another_workspace_is_refused_with_what_to_look_at(shell, admin):
    with admin.create_workspace("Other") as other:
        shell.environment = shell.environment | {"PERENNIAL_TOKEN": other.token}
    printed = shell("service", "list", code=1)
    assert "opens another workspace" in printed
    assert "PERENNIAL_WORKSPACE and PERENNIAL_TOKEN belong together" in printed


class OtherProgram(BaseHTTPRequestHandler):
    """What runs on a wrong port: some other web server."""

    def do_GET(self) -> None:
        self.send_response(200)
        self.send_header("Content-Type", "text/html")
        self.end_headers()
        self.wfile.write(b"<html>Hello</html>")

    def log_message(self, *_: object) -> None:
        pass


def test_a_wrong_port_is_named_whether_something_listens_or_nothing(shell):
    with ThreadingHTTPServer(("127.0.0.1", 0), OtherProgram) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        shell.environment = shell.environment | {"PERENNIAL_URL": f"http://127.0.0.1:{server.server_port}"}
        printed = shell("service", "list", code=1)
        assert f"http://127.0.0.1:{server.server_port} answered 200 with text/html" in printed
        assert "another program runs there" in printed
        server.shutdown()
    printed = shell("service", "list", "--json", code=1)
    assert json.loads(printed)["error"]["code"] == "Unreachable"


def test_workspaces_are_created_with_the_administrators_token(shell, app_settings):
    token = shell("workspace", "admin-token", "--master-secret", app_settings["PERENNIAL_MASTER_SECRET"]).strip()
    printed = shell("workspace", "create", "New", "--admin-token", token)
    assert "export PERENNIAL_WORKSPACE=" in printed
    assert "AdminRequestUnauthorized" in shell("workspace", "create", "New", "--admin-token", "no", code=1)
    assert json.loads(shell("workspace", "show"))["FriendlyName"] == "Test"


def test_help_lists_every_command(shell):
    printed = shell("--help")
    for name in (
        "workspace",
        "dataset",
        "experiment",
        "run",
        "service",
        "endpoint",
        "policy",
        "pipeline",
        "trigger",
        "job",
        "score",
        "retrain",
    ):
        assert name in printed
    for name in ("list", "show", "add", "update", "rollback", "refresh", "delete", "keys", "history"):
        assert name in shell("endpoint", "--help")


def test_datasets_models_and_runs_are_shown_and_saved(shell, workspace):
    publish_people(workspace, shell.folder)
    shown = json.loads(shell("dataset", "show", "people.csv"))
    assert [column["Name"] for column in shown["Columns"]] == ["age", "city", "hours", "smoker", "bought"]
    assert (shown["Encoding"], shown["Rows"]) == ("UTF-8", 400)
    rows = list(csv.DictReader(io.StringIO(shell("dataset", "preview", "people.csv", "--rows", "3", "--csv"))))
    assert rows == list(csv.DictReader(io.StringIO((shell.folder / "people.csv").read_text())))[:3]
    assert "Saved to copy.csv" in shell("dataset", "download", "people.csv", "--output", "copy.csv")
    assert (shell.folder / "copy.csv").read_bytes() == (shell.folder / "people.csv").read_bytes()
    assert "--force" in shell("dataset", "download", "people.csv", "--output", "copy.csv", code=1)
    document = json.loads(shell("experiment", "show", "People", "--document"))
    assert document == people_experiment()
    (run,) = json.loads(shell("experiment", "runs", "People", "--json"))
    assert [item["RunId"] for item in json.loads(shell("run", "list", "--json"))] == [run["RunId"]]
    assert "Evaluate" in shell("run", "show", "People", run["RunId"])
    (model,) = json.loads(shell("model", "list", "--json"))
    assert model["Name"] == "People [trained model]"
    assert [used["Endpoint"] for used in model.pop("UsedBy")] == ["default"]
    assert (model["Task"], model["Runtime"]) == ("two-class", "onnx")
    assert json.loads(shell("model", "show", model["Name"], "--version", "1")).items() <= model.items()
    assert "Location" not in model
    assert "has no version '2'. There are: '1'." in shell("model", "show", model["Name"], "--version", "2", code=1)
    assert "Did you mean" in shell("model", "show", "People [trained modle]", code=1)
    saved = json.loads(shell("model", "download", model["Name"], "--output", "m.ilearner", "--json"))
    assert saved["Size"] == (shell.folder / "m.ilearner").stat().st_size
    assert "Copy: version 1" in shell("model", "import", "m.ilearner", "--name", "Copy")
    assert json.loads(shell("model", "show", "Copy"))["Model"] == model["Model"]
    assert "InvalidBlob" in shell("model", "import", "people.csv", code=1)


@pytest.mark.long
def test_parameters_are_set_for_a_run_a_job_and_a_request(shell):
    document = people_experiment()
    document["webServiceParameters"] = [
        {"name": "Trees", "module": "Learner", "property": "Total number of trees constructed"}
    ]
    (shell.folder / "people.json").write_text(json.dumps(document))
    shell("dataset", "upload", "people.csv")
    shell("experiment", "put", "People", "people.json")
    metrics = [
        json.loads(shell("experiment", "run", "People", *more, "--json"))["Metrics"]
        for more in (["--parameter", "Trees=1"], [], ["--parameter", "Trees=1"])
    ]
    assert metrics[0] == metrics[2] != metrics[1]
    assert "no parameter 'Tree'" in shell("experiment", "run", "People", "--parameter", "Tree=1", code=1)
    assert "Total number of trees" in shell("experiment", "run", "People", "--parameter", "Trees=many", code=1)
    shell("experiment", "publish", "People", "--kind", "training")
    published = shell("experiment", "publish", "People", "--json")
    with Workspace(*(shell.environment[f"PERENNIAL_{name}"] for name in ("URL", "WORKSPACE", "TOKEN"))) as workspace:
        model = workspace.get_model("People [trained model]")
    assert model["Metrics"] == metrics[1]["Evaluate"]
    printed = shell("job", "submit", "People [training exp.]", "people.csv", "--parameter", "Trees=1", "--json")
    # What people read goes to standard error.
    job, end = json.JSONDecoder().raw_decode(printed)
    assert printed[end:].split() == ["Job", job["JobId"], "started."]
    assert job["StatusCode"] == "Finished"
    text = shell("score", json.loads(published)["Id"], '{"age": 1}', "--parameter", "Trees=1", code=1)
    assert "UnexpectedParameter" in text


def test_a_file_of_another_kind_is_read_as_said(shell):
    (shell.folder / "houses.csv").write_text("name;price\nA;1.234,50 €\nB;99,10 €\n", encoding="utf-8")
    shell("dataset", "upload", "houses.csv", "--options", '{"Separator": "semicolon", "DecimalMark": "comma"}')
    shown = json.loads(shell("dataset", "show", "houses.csv"))
    assert (shown["Separator"], shown["Columns"][1]["Type"]) == ("semicolon", "Double")
    assert "1.234,50 €" in shell("dataset", "preview", "houses.csv")
    (shell.folder / "houses.jsonl").write_text('{"a": 1}\n{"a": 2}\n')
    shell("dataset", "upload", "houses.jsonl")
    assert "is not a table of text" in shell("dataset", "preview", "houses.jsonl", code=1)
    assert "--options must be JSON" in shell("dataset", "upload", "houses.csv", "--options", "{", code=2)


def test_a_new_experiment_is_sound_from_the_first_command_to_the_score(shell):
    shell("dataset", "upload", "people.csv")
    assert "has two values, 'no' and 'yes'" in shell(
        "experiment", "new", "Mine", "--data", "people.csv", "--label", "bought"
    )
    shell("experiment", "put", "Mine", "Mine.json")
    assert "AUC" in shell("experiment", "run", "Mine")
    shell("experiment", "publish", "Mine", "--kind", "training")
    shell("experiment", "publish", "Mine")
    row = '{"age": 30, "city": "Oslo", "hours": 3.5, "smoker": true}'
    (scored,) = json.loads(shell("score", "Mine [predictive exp.]", row, "--json"))
    assert scored["Scored Labels"] in ("yes", "no")


def moving_workspace(shell, workspace):
    """A workspace with two services, three endpoints and a policy; returns the endpoints that score."""
    published = publish_people(workspace, shell.folder)
    endpoint = workspace.add_endpoint(published.service, "lima", MaxConcurrentCalls=7)
    later = workspace.upload(shell.folder / "later.csv")
    done = workspace.submit_job(published.training_endpoint, {"input1": later}).wait()
    endpoint = workspace.update_endpoint(endpoint, {"": done.results["output1"]})
    gate = {"Metric": "AUC", "HeldBackData": "people.csv", "AtMostWorse": 0.5}
    trigger = {"Type": "Upload"}
    workspace.put_policy(endpoint, {"TrainingService": published.trainer.name, "Gate": gate, "Trigger": trigger})
    return {"default": published.default, "lima": endpoint}


def check_move(shell, workspace, target):
    """Export one workspace, import it into another, perhaps of another app, and compare 1,000 rows and the rest."""
    mine = moving_workspace(shell, workspace)
    exported = shell("workspace", "export", "w.zip", "--dataset", "people.csv")
    assert "experiments 1, services 2, endpoints 3, policies 1, models 2, datasets 1" in exported
    assert "Datasets left out: later.csv" in exported
    assert "--force" in shell("workspace", "export", "w.zip", code=1)
    with zipfile.ZipFile(shell.folder / "w.zip") as file:
        text = b"".join(file.read(name) for name in file.namelist())
    secrets = [workspace.token, *(key for item in mine.values() for key in (item.primary_key, item.secondary_key))]
    assert not any(secret.encode() in text for secret in secrets)
    shell.environment = shell.environment | target
    imported = shell("workspace", "import", "w.zip")
    assert "datasets 1, models 2, experiments 1, endpoints 3, services 2, policies 1" in imported
    rows = list(csv.DictReader(io.StringIO(people_csv(1000, seed=77))))
    with Workspace(*(shell.environment[f"PERENNIAL_{name}"] for name in ("URL", "WORKSPACE", "TOKEN"))) as other:
        service = other.get_web_service("People [predictive exp.]")
        for name, endpoint in mine.items():
            moved = other.get_endpoint(service, name)
            assert other.score(moved, rows) == workspace.score(endpoint, rows)
            assert moved.primary_key != endpoint.primary_key
        assert moved.raw["MaxConcurrentCalls"] == 7
        policy = other.get_policy(moved)
        assert policy["TrainingService"] == other.get_web_service("People [training exp.]").id
        assert policy["Gate"] == workspace.get_policy(endpoint)["Gate"]
        assert other.get_experiment("People")["Document"] == people_experiment()
        before = other.list_history(moved)
        again = json.loads(shell("workspace", "import", "w.zip", "--json"))
        assert "The endpoint 'lima' of 'People [predictive exp.]' exists, and was left as it is." in again["Notes"]
        assert other.list_history(moved) == before


def test_a_workspace_moves_into_another_and_gives_the_same_answers(shell, workspace, admin, app_settings):
    with admin.create_workspace("Target") as target:
        pass
    check_move(shell, workspace, {"PERENNIAL_WORKSPACE": target.id, "PERENNIAL_TOKEN": target.token})
    token = admin_token(app_settings["PERENNIAL_MASTER_SECRET"])
    assert "AdminRequestUnauthorized" in shell("workspace", "delete", "--yes", "--admin-token", "x", code=1)
    assert "deleted" in shell("workspace", "delete", "--yes", "--admin-token", token)
    assert "WorkspaceNotFound" in shell("service", "list", code=1)
    assert len(workspace.list_web_services()) == 2


@pytest.mark.long
def test_a_workspace_moves_to_another_deployment(shell, workspace, tmp_path):
    azurite = start_azurite(tmp_path / "azurite")
    try:
        settings = new_settings(azurite, tmp_path / "models")
        with running_app(settings, free_port(), tmp_path / "app.log") as other:
            with Admin(other.url, admin_token(settings["PERENNIAL_MASTER_SECRET"])) as admin:
                target = admin.create_workspace("Target")
            given = {"PERENNIAL_URL": other.url, "PERENNIAL_WORKSPACE": target.id, "PERENNIAL_TOKEN": target.token}
            check_move(shell, workspace, given)
    finally:
        azurite.stop()


def doctor(shell, code, **settings):
    """What `perennial doctor` prints of each thing it looked at."""
    shell.environment = shell.environment | settings
    lines = [line.split("│") for line in shell("doctor", code=code).splitlines() if line.startswith("│")]
    return {cells[2].strip(): (cells[1].strip(), cells[3].strip()) for cells in lines}


def test_the_doctor_finds_nothing_wrong_with_a_sound_deployment(shell, workspace, tmp_path):
    publish_people(workspace, tmp_path)
    found = doctor(shell, 0)
    assert {state for state, _ in found.values()} == {"OK"}
    host = ["extensions", "threads", "app clock", "concurrency"]
    assert list(found) == ["app", "clocks", "settings", "storage", "queue", *host, "workspace", "addresses", "links"]
    assert "web services: 2" in found["workspace"][1]
    assert list(doctor(shell, 0, PERENNIAL_WORKSPACE="", PERENNIAL_TOKEN="")) == [
        "app",
        "clocks",
        "settings",
        "storage",
        "queue",
        *host,
    ]


@pytest.mark.long
def test_the_doctor_says_what_is_wrong(shell, app, app_settings, tmp_path):
    state, text = doctor(shell, 1, PERENNIAL_TOKEN="x" * 40)["workspace"]
    assert (state, "is not valid" in text) == ("FAIL", True)
    state, text = doctor(shell, 1, PERENNIAL_URL=f"http://127.0.0.1:{free_port()}")["app"]
    assert (state, "does not respond" in text) == ("FAIL", True)
    settings = app_settings | {"PERENNIAL_MASTER_SECRET": "short"}
    with running_app(settings, free_port(), tmp_path / "app.log") as broken:
        state, text = doctor(shell, 1, PERENNIAL_URL=broken.url)["settings"]
    assert (state, "PERENNIAL_MASTER_SECRET" in text) == ("FAIL", True)


@pytest.mark.long
def test_the_doctor_notices_links_that_name_another_host(shell, workspace, app_settings, tmp_path):
    publish_people(workspace, tmp_path)
    settings = app_settings | {"PERENNIAL_PUBLIC_URL": "https://scores.example.org"}
    with running_app(settings, free_port(), tmp_path / "app.log") as other:
        state, text = doctor(shell, 1, PERENNIAL_URL=other.url)["addresses"]
    assert (state, "PERENNIAL_PUBLIC_URL" in text) == ("FAIL", True)


def test_an_exported_experiment_at_the_command_line(shell):
    graph = training_graph()
    (shell.folder / "x.json").write_text(json.dumps(graph), encoding="utf-8-sig")
    told = shell("import", "x.json", "--as", "Census", code=4)
    assert f'Still to be given: --data "{DATA}=…", dataset for Convert to Dataset / Dataset.' in told
    assert "is a placeholder" in told
    assert "Not all came over" in told
    told = shell("import", "x.json", "--as", "Census", "--data", f"{DATA}=people.csv")
    assert "Census, version 2" in told
    assert "All came over." in told
    graph["Graph"]["ModuleNodes"].append(module_node("r", "Execute R Script", {"R Script": "x <- 1"}))
    (shell.folder / "x.json").write_text(json.dumps(graph), encoding="utf-16")
    shown = json.loads(shell("import", "x.json", "--as", "Census", "--data", f"{DATA}=people.csv", "--json", code=4))
    assert shown["Report"]["Placeholders"] == ["Execute R Script"]
    assert (shell.folder / "scripts" / "census_execute_r_script.R").read_text() == "x <- 1"
    assert "must be NAME=VALUE" in shell("import", "x.json", "--set", "nothing", code=2)


def test_what_an_export_lacks_is_asked_for_on_a_terminal(shell, monkeypatch):
    (shell.folder / "x.json").write_text(json.dumps(training_graph()))
    terminal = io.StringIO("people.csv\n")
    monkeypatch.setattr(terminal, "isatty", lambda: True)
    monkeypatch.setattr(sys, "stdin", terminal)
    told = shell("import", "x.json", "--as", "Asked")
    assert f"dataset '{DATA}' for Convert to Dataset / Dataset" in told
    assert "All came over." in told
