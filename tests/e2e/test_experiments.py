"""The routes of experiments beside those that the loop of retraining takes."""

import json

import httpx
import pytest

from perennial import PerennialError
from tests.builders import people_experiment
from tests.e2e.steps import RESOURCE, call, publish_people, write_people


@pytest.fixture
def root(app, workspace):
    return f"{app.url}/workspaces/{workspace.id}"


def test_all_errors_of_a_document_are_in_the_details_and_the_first_is_the_message(workspace):
    document = people_experiment()
    document["modules"]["Split"]["module"] = "Split Dat"
    document["modules"]["Clean"]["properties"] = {"Cleaning mode": "Guess"}
    with pytest.raises(PerennialError) as caught:
        workspace.put_experiment("Wrong", document)
    error = caught.value
    assert (error.status, error.code, len(error.details)) == (400, "BadArgument/ModelConfigurationInvalid", 2)
    assert error.message == error.details[0]
    assert str(error).endswith(error.details[1])


def test_a_document_is_validated_without_being_saved(root, workspace):
    url, document = f"{root}/experiments/Draft/validate", people_experiment()
    assert call("POST", url, workspace.token, document).json() == []
    document["webServiceOutputs"].clear()
    [warning] = call("POST", url, workspace.token, document).json()
    assert (warning["severity"], warning["module"], warning["port"]) == ("warning", "Train", "Trained model")
    document["modules"]["Split"]["properties"] = {"Random seed": -1}
    [error] = call("POST", url, workspace.token, document).json()
    assert error | {"message": ""} == {
        "severity": "error",
        "code": "ModelConfigurationInvalid",
        "message": "",
        "target": "Split",
        "module": "Split",
        "property": "Random seed",
        "number": "0008",
    }


def test_a_title_given_twice_is_refused_although_json_would_keep_the_last(root, workspace):
    twice = json.dumps(people_experiment()).replace('"Mark": {', '"Split": {}, "Mark": {', 1)
    headers = {"Authorization": f"Bearer {workspace.token}"}
    answer = httpx.put(f"{root}/experiments/Twice", content=twice, headers=headers)
    assert answer.status_code == 400
    assert "'Split' more than once" in answer.text
    assert workspace.list_experiments() == []


def pages(url, workspace):
    """The items of all pages of a list, following the header `Link`."""
    found = []
    while url:
        answer = call("GET", url, workspace.token)
        assert answer.status_code == 200, answer.text
        found.append(answer.json())
        url = answer.links.get("next", {}).get("url")
    return found


def test_a_workspace_lists_its_runs_jobs_models_and_data_in_pages(root, workspace, tmp_path):
    published = publish_people(workspace, tmp_path)
    workspace.put_experiment("Other", people_experiment())
    runs = [workspace.run_experiment("Other").id for _ in range(2)]
    every = pages(f"{root}/runs?limit=2", workspace)
    assert [len(page) for page in every] == [2, 1]
    assert [(run["RunId"], run["Experiment"]) for run in every[0]] == [(id_, "Other") for id_ in reversed(runs)]
    own = pages(f"{root}/experiments/Other/runs?limit=1", workspace)
    assert [page[0]["RunId"] for page in own] == runs[::-1]
    assert len(call("GET", f"{root}/experiments/Other/runs", workspace.token).json()) == 2

    rows = workspace.upload(write_people(tmp_path, "rows.csv", 20))
    jobs = [workspace.submit_job(published.default, {"input1": rows}) for _ in range(2)]
    jobs.append(workspace.submit_job(published.training_endpoint, {"input1": rows}))
    for job in jobs:
        job.wait()
    listed = pages(f"{root}/jobs?limit=2&state=Finished", workspace)
    assert [len(page) for page in listed] == [2, 1]
    assert [job["JobId"] for page in listed for job in page] == [job.id for job in reversed(jobs)]
    assert (listed[0][0]["Kind"], listed[0][1]["WebService"]) == ("training", published.service.name)
    assert pages(f"{root}/jobs?state=Failed", workspace) == [[]]
    assert call("GET", f"{root}/jobs?state=Nonsense", workspace.token).status_code == 400

    [[model]] = pages(f"{root}/models", workspace)
    assert (model["Name"], model["UsedBy"][0]["EndpointId"]) == (RESOURCE, published.default.id)
    names = [[item["Name"] for item in page] for page in pages(f"{root}/data?limit=1", workspace)]
    assert names == [["people.csv"], ["rows.csv"]]
