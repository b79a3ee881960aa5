"""The routes of experiments beside those that the loop of retraining takes."""

import json

import httpx
import pytest

from perennial import PerennialError
from tests.builders import people_experiment
from tests.e2e.steps import call


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
