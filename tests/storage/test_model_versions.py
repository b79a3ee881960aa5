"""A version of a trained model as its page shows it, its evaluation and its file, on Azurite."""

import hashlib
from dataclasses import replace

import pytest

from studio.errors import BadArgument, NotFound
from studio.model.container import write_model_file
from studio.overview.models import list_model_objects
from studio.registry.deployments import Resource
from studio.registry.endpoints import Endpoint, create_endpoint, endpoint_id
from studio.registry.history import Change
from studio.registry.models import get_model, put_about, put_model, register_model
from studio.registry.workspaces import create_workspace
from studio.serving.model_facts import model_details, model_evaluation, read_facts, read_version
from studio.storage.keys import new_id
from studio.storage.pages import Page
from tests.builders import people_model_file
from tests.storage.in_process import now
from tests.storage.schemas import fits

NAME = '<b>"People"</b> [trained model]'


@pytest.fixture(scope="module")
def storage(deployment):
    return deployment.storage


@pytest.fixture(scope="module")
def workspace(storage):
    """A workspace with two versions of a model: an evaluated one, used by an endpoint, and one that was not."""
    workspace = create_workspace(storage, "Versions", now=now()).id
    file = people_model_file("Two-Class Logistic Regression")
    for evaluation in (file.evaluation, {"metrics": {}, "importances": {}}):
        content = write_model_file(replace(file, evaluation=evaluation))
        digest = put_model(storage, content)
        metrics, lineage = file.manifest.metrics, file.manifest.lineage
        register_model(storage, workspace, NAME, digest, job_id="", metrics=metrics, lineage=lineage, now=now())
    first = read_version(storage, workspace, NAME, "1")
    change, service = Change(1, now().isoformat(), "test", "create", ""), new_id()
    place = (workspace, service, endpoint_id(workspace, service, "lima"), "lima", now().isoformat(), "")
    resources = (Resource(NAME, first.model, 1),)
    create_endpoint(storage, Endpoint(*place, change, resources=resources), now=now())
    return workspace


def test_a_version_has_what_its_file_says_and_who_uses_it(storage, workspace):
    item = read_version(storage, workspace, NAME.upper(), "1")
    found = model_details(storage, workspace, item)
    assert fits("ModelVersionDetails", found)
    assert (found["Name"], found["Version"], found["Task"], found["Label"]) == (NAME, 1, "two-class", "bought")
    assert (found["Runtime"], found["Labels"], found["Summary"]["kind"]) == ("onnx", ["no", "yes"], "linear")
    assert found["Size"] == len(get_model(storage, item.model))
    assert ([use["Endpoint"] for use in found["UsedBy"]], found["UsedByCount"]) == (["lima"], 1)
    latest = read_version(storage, workspace, NAME, "latest")
    assert (latest.version, model_details(storage, workspace, latest)["UsedBy"]) == (2, [])


def test_a_list_of_models_says_what_they_are_and_reads_each_file_once(storage, workspace):
    (listed,) = list_model_objects(storage, workspace, "", Page(9, ""))[0]
    assert fits("Model", listed)
    said = {"Task": "two-class", "Learner": "Two-Class Logistic Regression", "Runtime": "onnx"}
    assert {name: listed[name] for name in said} == said
    item = read_version(storage, workspace, NAME, "latest")
    assert item.about == said
    put_about(storage, workspace, item, said | {"Learner": "from the row"})
    assert list_model_objects(storage, workspace, "", Page(9, ""))[0][0]["Learner"] == "from the row"


def test_the_evaluation_is_the_one_kept_in_the_file(storage, workspace):
    found = model_evaluation(storage, read_version(storage, workspace, NAME, "1"))
    assert fits("ModelEvaluation", found)
    kept = people_model_file("Two-Class Logistic Regression").evaluation
    assert found["metrics"]["AUC"] == kept["metrics"]["AUC"]
    assert found["details"]["confusionMatrix"] == kept["confusionMatrix"]
    assert set(found["importances"]) == set(kept["importances"])


def test_a_model_that_was_not_evaluated_says_how_to_measure_it(storage, workspace):
    with pytest.raises(NotFound, match="models/compare") as caught:
        model_evaluation(storage, read_version(storage, workspace, NAME, "2"))
    assert caught.value.details[0].code == "EvaluationNotFound"


@pytest.mark.attack("Other tenants")
def test_versions_of_another_workspace_are_not_found(storage, workspace):
    other = create_workspace(storage, "Other", now=now()).id
    with pytest.raises(NotFound, match="no trained model"):
        read_version(storage, other, NAME, "1")


@pytest.mark.attack("Names and paths")
@pytest.mark.parametrize(
    "name, version, error, text",
    [
        (NAME, "3", NotFound, "1 to 2"),
        (NAME, "000000", NotFound, "no version 0"),
        (NAME.replace("People", "Peple"), "1", NotFound, "People"),
        (NAME, "-1", BadArgument, "a number or latest"),
        (NAME, "1 or 1", BadArgument, "a number or latest"),
        ("x' or '1' eq '1", "latest", NotFound, "no trained model"),
        ("../" * 99, "1", NotFound, "no trained model"),
    ],
)
def test_what_does_not_exist_is_said_in_words(storage, workspace, name, version, error, text):
    with pytest.raises(error, match=text):
        read_version(storage, workspace, name, version)


@pytest.mark.attack("Model files")
@pytest.mark.parametrize("content", [b"", b"PK\x05\x06" + bytes(18), b"no zip at all"])
def test_a_file_that_is_damaged_or_gone_is_said_in_words(storage, content):
    digest = hashlib.sha256(content + new_id().encode()).hexdigest()
    with pytest.raises(NotFound, match="not stored"):
        read_facts(storage, digest)
    storage.container("models").upload_blob(f"{digest}.ilearner", content)
    with pytest.raises(BadArgument, match="not an intact trained model"):
        read_facts(storage, digest)
