"""The original's tutorial over HTTP: publish, score, retrain, compare, swap, roll back."""

import json
import os
import signal

import pytest

from perennial import PerennialError
from perennial.transport import download
from studio.storage.rows import list_rows
from studio.work.queue import ACTIVE
from tests.builders import people_csv, people_experiment
from tests.e2e.steps import NAME, RESOURCE, ROWS, call, publish_people, wait_for, write_people


def test_the_whole_loop(workspace, tmp_path):
    published = publish_people(workspace, tmp_path)
    assert published.trainer.name == "People [training exp.]"
    assert published.service.name == "People [predictive exp.]"
    default = published.default
    old = workspace.score(default, ROWS)
    assert [row["city"] for row in old] == ["Oslo", "Kyoto"]
    seattle = workspace.add_endpoint(published.service, "seattle", Description="north")
    assert workspace.score(seattle, ROWS) == old

    link = workspace.upload(write_people(tmp_path, "later.csv", 900, seed=7))
    steps = []
    job = workspace.submit_job(published.training_endpoint, {"input1": link})
    done = job.wait(lambda status: steps.append(status.step))
    assert set(done.results) == {"output1", "output2"}
    # A link made in another second ends in another second.
    again = wait_for(lambda: (now := job.status().results["output1"]) != done.results["output1"] and now)
    assert again.relative_location == done.results["output1"].relative_location
    assert again.sas_token != done.results["output1"].sas_token
    assert done.results["output1"].relative_location == f"experimentoutput/{job.id}/output1.ilearner"
    evaluation = download(done.results["output2"]).decode().splitlines()
    assert evaluation[0].split(",")[:2] == ["AUC", "Accuracy"]
    assert float(evaluation[1].split(",")[0]) > 0.8

    updated = workspace.update_endpoint(seattle, {RESOURCE: done.results["output1"]})
    new = workspace.score(updated, ROWS)
    assert new != old
    assert workspace.score(default, ROWS) == old
    assert updated.resources[0].version == 2
    assert updated.resources[0].model != default.resources[0].model

    back = workspace.rollback_endpoint(updated)
    assert workspace.score(back, ROWS) == old
    assert back.resources[0].version == 1
    workspace.rollback_endpoint(back)
    assert workspace.score(back, ROWS) == new
    history = workspace.list_history(back)
    assert [item["Action"] for item in history] == ["create", "update", "rollback", "rollback"]
    assert history[1]["By"] == "workspace token (primary)"
    first = workspace.rollback_endpoint(back, sequence=2)
    assert workspace.score(first, ROWS) == old
    versions = workspace.list_models(RESOURCE)
    assert [item["Version"] for item in versions] == [1, 2]
    assert versions[1]["JobId"] == job.id
    assert versions[1]["Metrics"]["AUC"] == pytest.approx(float(evaluation[1].split(",")[0]))
    assert versions[1]["Lineage"]["data"]["input1"]["rows"] == 900


def test_a_run_shows_each_module_and_its_failure_names_it(workspace, tmp_path):
    workspace.upload(write_people(tmp_path))
    document = people_experiment()
    workspace.put_experiment(NAME, document)
    run = workspace.run_experiment(NAME)
    assert {module["StatusCode"] for module in run.modules} == {"Finished"}
    assert all(module["Seconds"] >= 0 for module in run.modules)
    assert run.metrics["Evaluate"]["AUC"] > 0.8
    assert run.models["Train"]["Runtime"] == "onnx"
    document["modules"]["Train"]["properties"]["Label column"] = "nothing"
    assert workspace.put_experiment(NAME, document) == 2
    with pytest.raises(PerennialError, match=r"Error 0001: Train Model \(Train\): the column 'nothing' was not found"):
        workspace.run_experiment(NAME)
    with pytest.raises(PerennialError, match="has no finished run"):
        workspace.publish(NAME, "predictive")


def test_publishing_again_updates_the_default_endpoint_and_refresh_brings_others_along(workspace, tmp_path):
    published = publish_people(workspace, tmp_path)
    old = workspace.score(published.default, ROWS)
    other = workspace.add_endpoint(published.service, "other")
    assert not workspace.refresh_endpoint(other)
    workspace.put_experiment(NAME, people_experiment("Two-Class Logistic Regression"))
    workspace.run_experiment(NAME)
    again = workspace.publish(NAME, "predictive", update_existing=True)
    assert again.id == published.service.id
    new = workspace.score(published.default, ROWS)
    assert new != old
    assert workspace.score(other, ROWS) == old
    assert workspace.refresh_endpoint(other, overwrite_resources=True)
    assert workspace.score(other, ROWS) == new
    assert not workspace.refresh_endpoint(other, overwrite_resources=True)
    assert [item["Action"] for item in workspace.list_history(other)] == ["create", "refresh"]
    fresh = workspace.publish(NAME, "predictive")
    assert fresh.id != published.service.id


def test_batch_scoring_writes_where_it_is_told_and_by_connection_string(workspace, tmp_path, app_settings):
    published = publish_people(workspace, tmp_path)
    data = workspace.upload(write_people(tmp_path, "score.csv", 50, seed=3))
    connection = app_settings["AzureWebJobsStorage"]
    output = {"ConnectionString": connection, "RelativeLocation": "/scoring-output/e2e/out.csv"}
    source = {"ConnectionString": connection, "RelativeLocation": data.relative_location}
    done = workspace.submit_job(published.default, {"input1": source}, {"output1": output}).wait()
    result = done.results["output1"]
    assert result.relative_location == "scoring-output/e2e/out.csv"
    assert "sig=" in result.sas_token
    rows = download(result).decode().splitlines()
    assert len(rows) == 51
    assert rows[0].replace('"', "").endswith("Scored Labels,Scored Probabilities")


def test_a_training_service_driven_by_a_parameter_alone(workspace, tmp_path):
    document = people_experiment()
    document["webServiceInputs"] = []
    path = "Path to container, directory or blob"
    document["webServiceParameters"] = [{"name": "Data path", "module": "Data", "property": path}]
    published = publish_people(workspace, tmp_path, document)
    workspace.upload(write_people(tmp_path, "other.csv", 500, seed=5))
    trainer = published.training_endpoint
    done = workspace.submit_job(trainer, parameters={"Data path": "other.csv"}).wait()
    assert set(done.results) == {"output1", "output2"}
    with pytest.raises(PerennialError) as caught:
        workspace.submit_job(trainer)
    assert caught.value.code == "BadArgument/MissingRequiredGlobalParameters"
    with pytest.raises(PerennialError, match=r"no dataset 'nowhere\.csv'"):
        workspace.submit_job(trainer, parameters={"Data path": "nowhere.csv"}).wait()


def test_a_missing_token_may_come_up_first_in_later_data(workspace, tmp_path):
    first = tmp_path / "people.csv"
    first.write_text(people_csv(400, missing=False))
    workspace.upload(first)
    workspace.put_experiment(NAME, people_experiment())
    workspace.run_experiment(NAME)
    trainer = workspace.get_endpoint(workspace.publish(NAME, "training"))
    service = workspace.publish(NAME, "predictive")
    endpoint = workspace.add_endpoint(service, "later")
    link = workspace.upload(write_people(tmp_path, "later.csv", 600, seed=5))
    assert "?" in (tmp_path / "later.csv").read_text()
    done = workspace.submit_job(trainer, {"input1": link}).wait()
    updated = workspace.update_endpoint(endpoint, {RESOURCE: done.results["output1"]})
    (row,) = workspace.score(updated, [{"age": "?", "city": "?", "hours": "?", "smoker": True}])
    assert row["hours"] is None
    assert row["Scored Labels"] in ("yes", "no")


def test_a_job_follows_the_classic_protocol(workspace, tmp_path, deployment):
    published = publish_people(workspace, tmp_path)
    endpoint, key = published.default, published.default.secondary_key
    link = workspace.upload(write_people(tmp_path, "in.csv", 20)).to_json()
    jobs = f"{endpoint.api_location}/jobs"
    created = call("POST", f"{jobs}?api-version=2.0", key, {"Input": link, "Output": None, "GlobalParameters": None})
    assert created.status_code == 200
    assert created.text == json.dumps(created.json())
    job = f"{jobs}/{created.json()}"
    status = call("GET", job, key).json()
    assert (status["StatusCode"], status["Results"], status["Details"]) == ("NotStarted", None, None)
    # No message will come for it.
    assert not [row for row in list_rows(deployment.storage.table("jobs"), ACTIVE) if created.json() in row["RowKey"]]
    assert call("POST", f"{job}/start?api-version=2.0", key).status_code == 204

    def ended():
        status = call("GET", job, key).json()
        assert (status["Results"] is None) == (status["StatusCode"] in ("NotStarted", "Running"))
        return status["Results"] and status

    assert wait_for(ended)["StatusCode"] == "Finished"
    again = call("POST", f"{job}/start", key)
    assert again.json()["error"]["details"][0]["code"] == "CannotStartJob"
    assert call("DELETE", job, key).status_code == 204
    assert call("DELETE", job, key).status_code == 204
    after = call("GET", job, key).json()
    assert after["StatusCode"] == "Finished"
    result = after["Results"]["output1"]
    assert result["ConnectionString"] is None
    assert result["BaseLocation"].endswith("/")
    assert result["SasBlobToken"].startswith("?")


def test_a_job_created_without_a_version_starts_by_itself_and_may_be_started(workspace, tmp_path, app):
    published = publish_people(workspace, tmp_path)
    link = workspace.upload(write_people(tmp_path, "in.csv", 20)).to_json()
    jobs, key = f"{published.default.api_location}/jobs", published.default.primary_key
    # A job that has ended cannot be started, and these are short.
    os.kill(app.background.pid, signal.SIGSTOP)
    alone, started = (f"{jobs}/{call('POST', jobs, key, {'WebServiceInputs': {'input1': link}}).json()}" for _ in "ab")
    answers = [call("POST", f"{started}/start", key).status_code for _ in range(2)]
    os.kill(app.background.pid, signal.SIGCONT)
    assert answers == [204, 204]
    wait_for(lambda: {call("GET", job, key).json()["StatusCode"] for job in (alone, started)} == {"Finished"})
    assert call("POST", f"{started}/start", key).json()["error"]["details"][0]["code"] == "CannotStartJob"


def test_a_cancelled_job_never_runs(workspace, tmp_path):
    published = publish_people(workspace, tmp_path)
    link = workspace.upload(write_people(tmp_path, "in.csv", 20)).to_json()
    jobs, key = f"{published.default.api_location}/jobs", published.default.primary_key
    job = f"{jobs}/{call('POST', jobs, key, {'Inputs': {'input1': link}}).json()}"
    assert call("DELETE", job, key).status_code == 204
    assert call("GET", job, key).json()["StatusCode"] == "Cancelled"
    assert call("POST", f"{job}/start", key).status_code == 400


def test_endpoints_are_listed_whole_and_by_pages(workspace, tmp_path):
    published = publish_people(workspace, tmp_path)
    for number in range(5):
        workspace.add_endpoint(published.service, f"e{number}")
    names = {"default", *(f"e{number}" for number in range(5))}
    assert {endpoint.name for endpoint in workspace.list_endpoints(published.service)} == names
    root = published.default.api_location.partition("/workspaces/")[0]
    url = f"{root}/workspaces/{workspace.id}/webservices/{published.service.id}/endpoints"
    assert {item["Name"] for item in call("GET", url, workspace.token).json()} == names
    pages, following = [], f"{url}?limit=4"
    while following:
        answer = call("GET", following, workspace.token)
        pages.append([item["Name"] for item in answer.json()])
        following = answer.links.get("next", {}).get("url")
    assert [len(page) for page in pages] == [4, 2]
    assert {name for page in pages for name in page} == names
    for wrong in ("limit=0", "limit=1001", "limit=x", "limit=2&after=e1", "limit=000000001" + "0" * 5000):
        answer = call("GET", f"{url}?{wrong}", workspace.token)
        assert answer.status_code == 400
        assert answer.json()["error"]["details"][0]["code"] == "BadParameterValue"
