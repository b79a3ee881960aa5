"""Which columns a port will have: sure, likely or unknown, for documents that were never run."""

import copy

import pytest

from studio.errors import BadArgument, NotFound
from studio.experiments.experiments import find_experiment
from studio.experiments.known_columns import list_known_columns
from studio.registry.workspaces import create_workspace
from tests.builders import people_csv, people_experiment
from tests.storage.in_process import Studio, now

PEOPLE = ["age", "city", "hours", "smoker", "bought"]


@pytest.fixture(scope="module")
def studio(deployment):
    found = Studio(deployment, create_workspace(deployment.storage, "Columns", now=now()).id)
    found.upload(people_csv(100))
    return found


@pytest.fixture(scope="module")
def ran(studio):
    studio.run("People", people_experiment("Two-Class Logistic Regression"))
    return studio


def columns(studio, document, title, port, name="People"):
    storage = studio.deployment.storage
    saved = find_experiment(storage, studio.workspace, name)
    found = list_known_columns(storage, studio.workspace, saved, document, title, port)
    return found, [column["name"] for column in found["columns"]]


def test_before_the_first_run_a_datasets_profile_is_known_as_far_as_rows_pass_unchanged(studio):
    document = people_experiment("Two-Class Logistic Regression")
    found, names = columns(studio, document, "Data", "Results dataset", "Never saved")
    assert (found["known"], names, found["run"]) == ("profile", PEOPLE, None)
    found, names = columns(studio, document, "Train", "Dataset", "Never saved")
    assert (found["known"], names) == ("likely", PEOPLE)
    assert "which may change them" in found["note"]


def test_after_a_run_the_columns_are_those_of_the_run_until_something_before_them_changes(ran):
    document = people_experiment("Two-Class Logistic Regression")
    found, names = columns(ran, document, "Evaluate", "Scored dataset")
    assert (found["known"], names[-1]) == ("run", "Scored Probabilities")
    document["modules"]["Split"]["properties"] = {"Fraction of rows in the first output dataset": 0.25}
    assert columns(ran, document, "Split", "Dataset")[0]["known"] == "run"
    changed, names = columns(ran, document, "Evaluate", "Scored dataset")
    assert (changed["known"], names[-1]) == ("likely", "Scored Probabilities")
    assert "has changed since" in changed["note"]


def test_data_in_the_document_are_read_and_an_invalid_document_does_no_harm(studio):
    data = {"module": "Enter Data Manually", "properties": {"Data": "<b>,b\n1,x\n"}}
    document = {
        "modules": {"In": data, "Split": {"module": "Split Data"}, "Odd": {"module": "No such"}, "Odder": 1},
        "connections": [{"from": ["In", "dataset"], "to": ["Split", "Dataset"]}, "nothing", {"from": ["Odd", "x"]}],
    }
    found, names = columns(studio, document, "Split", "Results dataset1", "Never")
    assert (found["known"], names) == ("document", ["<b>", "b"])
    broken = copy.deepcopy(document)
    broken["modules"]["In"]["properties"] = {"Data": ["no text"]}
    assert columns(studio, broken, "Split", "Dataset", "Never")[0]["known"] == "unknown"
    broken["connections"] = [{"from": ["Split", "Results dataset1"], "to": ["Split", "Dataset"]}]
    assert columns(studio, broken, "Split", "Dataset", "Never")[0]["known"] == "unknown"
    broken["connections"] = []
    assert "Nothing is connected" in columns(studio, broken, "Split", "Dataset", "Never")[0]["note"]


@pytest.mark.attack("Other tenants")
def test_datasets_and_runs_of_other_workspaces_are_not_looked_at(ran):
    other = Studio(ran.deployment, create_workspace(ran.deployment.storage, "Other", now=now()).id)
    document = people_experiment("Two-Class Logistic Regression")
    for path in ("people.csv", f"../{ran.workspace}/people.csv"):
        document["modules"]["Data"]["properties"]["Path to container, directory or blob"] = path
        assert columns(other, document, "Data", "Results dataset")[0]["known"] == "unknown"


def test_what_there_is_not_is_said(studio):
    for title, port, words in (("Trian", "Dataset", "Did you mean 'Train'"), ("Train", "x", "has no port 'x'")):
        with pytest.raises(NotFound, match=words):
            columns(studio, people_experiment("Two-Class Logistic Regression"), title, port)
    with pytest.raises(NotFound):
        columns(studio, {}, "Train", "Dataset")
    with pytest.raises(BadArgument, match="at most 2,000"):
        columns(studio, {"modules": {str(number): {} for number in range(2001)}}, "Train", "Dataset")
