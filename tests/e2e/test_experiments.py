"""The routes of experiments beside those that the loop of retraining takes."""

import json
import time

import httpx
import pytest

from perennial import PerennialError
from studio.storage.keys import admin_token
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


@pytest.fixture(scope="module")
def published(admin, tmp_path_factory):
    with admin.create_workspace("Lists") as workspace:
        yield publish_people(workspace, tmp_path_factory.mktemp("lists"))


def test_a_workspace_lists_its_runs_jobs_models_and_data_in_pages(app, published, tmp_path):
    workspace, default = published.workspace, published.default
    root = f"{app.url}/workspaces/{workspace.id}"
    workspace.put_experiment("Other", people_experiment())
    runs = [workspace.start_run("Other") for _ in range(2)]
    every = pages(f"{root}/runs?limit=2", workspace)
    assert [len(page) for page in every] == [2, 1]
    assert [(run["RunId"], run["Experiment"]) for run in every[0]] == [(id_, "Other") for id_ in reversed(runs)]
    own = pages(f"{root}/experiments/Other/runs?limit=1", workspace)
    assert [page[0]["RunId"] for page in own] == runs[::-1]
    assert len(call("GET", f"{root}/experiments/Other/runs", workspace.token).json()) == 2

    link = workspace.upload(write_people(tmp_path, "rows.csv", 20))
    places = [default, default, published.training_endpoint]
    body = {"Inputs": {"input1": link.to_json()}}
    made = [call("POST", f"{at.api_location}/jobs?api-version=2.0", at.primary_key, body).json() for at in places]
    listed = pages(f"{root}/jobs?limit=2&state=NotStarted", workspace)
    assert [len(page) for page in listed] == [2, 1]
    assert [job["JobId"] for page in listed for job in page] == made[::-1]
    assert (listed[0][0]["Kind"], listed[0][1]["WebService"]) == ("training", published.service.name)
    assert pages(f"{root}/jobs?state=Failed", workspace) == [[]]
    assert call("GET", f"{root}/jobs?state=Nonsense", workspace.token).status_code == 400

    [[model]] = pages(f"{root}/models", workspace)
    assert (model["Name"], model["UsedBy"][0]["EndpointId"]) == (RESOURCE, default.id)
    names = [[item["Name"] for item in page] for page in pages(f"{root}/data?limit=1", workspace)]
    assert names == [["people.csv"], ["rows.csv"]]


def message(url, token, method="GET"):
    answer = httpx.request(method, url, headers={"Authorization": f"Bearer {token}"} if token else {})
    assert answer.status_code >= 400
    error = answer.json()["error"]
    assert error["details"][0]["message"] == error["message"]
    return error["message"]


def test_an_experiment_is_deleted_and_the_palette_is_for_everybody(app, root, workspace):
    workspace.put_experiment("Gone", people_experiment())
    assert call("DELETE", f"{root}/experiments/Gone", "wrong").status_code == 401
    assert call("DELETE", f"{root}/experiments/Gone", workspace.token).status_code == 204
    assert call("DELETE", f"{root}/experiments/Gone", workspace.token).status_code == 404
    assert workspace.list_experiments() == []
    assert len(httpx.get(f"{app.url}/schemas/palette.json").json()) > 50


@pytest.mark.attack("Other tenants")
def test_a_wrong_name_is_answered_with_the_nearest_to_those_who_may_know_it(app, published):
    workspace = published.workspace
    root = f"{app.url}/workspaces/{workspace.id}"
    workspace.add_endpoint(published.service, "seattle")
    services = f"{root}/webservices"
    wrong = f"{services}/People%20%5Bpredictive%20exp%5D"
    assert f"Did you mean '{published.service.name}'? Its id is {published.service.id}." in message(
        wrong, workspace.token
    )
    endpoint = f"{services}/{published.service.id}/endpoints/seatle"
    assert message(endpoint, workspace.token).endswith("Did you mean 'seattle'?")
    assert "Did you mean 'People'?" in message(f"{root}/experiments/Peple", workspace.token)
    assert message(f"{root}/pipelines/weekly", workspace.token).endswith("The workspace has: none.")
    for url in (wrong, endpoint, f"{wrong}/endpoints/seatle"):
        for token in ("", published.default.primary_key):
            told = message(url, token)
            assert "seattle" not in told, told
            assert published.service.id not in told.replace(url, ""), told


@pytest.mark.attack("Other tenants")
def test_a_token_of_another_workspace_is_called_that_and_nothing_is_told(root, workspace, admin, app_settings):
    with admin.create_workspace("Another") as other:
        time.sleep(1.1)
        told = message(f"{root}/experiments", other.token)
        assert "It is a token of another workspace" in told
        for secret in (other.token, other.id, workspace.token):
            assert secret not in told
        # Looking through the workspaces is not repeated for whoever keeps on asking.
        assert "may be of another workspace" in message(f"{root}/experiments", other.token)
    assert "has no token" in message(f"{root}/experiments", "")
    assert "have been cut" in message(f"{root}/experiments", workspace.token[:-3])
    administrator = admin_token(app_settings["PERENNIAL_MASTER_SECRET"])
    assert "the administrator's token" in message(f"{root}/experiments", administrator)
