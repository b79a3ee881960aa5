"""What publishing would do is said before it is done, and is what publishing then does."""

import pytest

from studio.errors import BadArgument
from studio.experiments.experiments import get_experiment, put_experiment
from studio.registry.definitions import get_definition
from studio.registry.models import list_latest_models
from studio.registry.web_services import list_web_services
from studio.registry.workspaces import create_workspace
from studio.rollout.endpoints import add_endpoint
from studio.rollout.preview import preview_publication
from studio.rollout.publish import publish_experiment
from tests.builders import people_csv, people_experiment
from tests.storage.in_process import Studio, now


@pytest.fixture(scope="module")
def studio(deployment):
    found = Studio(deployment, create_workspace(deployment.storage, "Preview", now=now()).id)
    found.upload(people_csv(100))
    return found


def preview(studio, kind="predictive"):
    storage = studio.deployment.storage
    return preview_publication(storage, get_experiment(storage, studio.workspace, "People"), kind)


def titles(items):
    return [item["Title"] for item in items]


def test_before_a_run_the_modules_are_known_and_what_has_to_be_done(studio):
    storage = studio.deployment.storage
    put_experiment(storage, studio.workspace, "People", people_experiment("Two-Class Logistic Regression"), now=now())
    found = preview(studio)
    assert not found["Ready"]
    assert "Run it, then publish" in found["Problem"]
    assert {"Split", "Learner", "Train", "Evaluate"} <= set(titles(found["Removed"]))
    assert titles(found["Added"]) == ["People [trained model]"]
    assert "Clean" in titles(found["Kept"])
    assert found["Inputs"][0]["Columns"] == []
    with pytest.raises(BadArgument, match="kind must be"):
        preview(studio, "other")


def test_the_preview_is_what_is_then_published_and_changes_nothing(studio):
    storage = studio.deployment.storage
    studio.run("People", people_experiment("Two-Class Logistic Regression"))
    for kind in ("predictive", "training"):
        before = [service.id for service in list_web_services(storage, studio.workspace)]
        found = preview(studio, kind)
        assert (found["Ready"], found["Problem"], found["Service"]) == (True, None, None)
        assert [service.id for service in list_web_services(storage, studio.workspace)] == before
        if kind == "predictive":
            assert list(list_latest_models(storage, studio.workspace)) == []
        definition = get_definition(storage, studio.publish("People", kind).definition)
        assert found["Document"] == definition.experiment
        columns = [{"name": column.name, "type": column.type.value} for column in definition.inputs[0].columns]
        assert found["Inputs"] == [{"Name": definition.inputs[0].name, "Columns": columns}]
        assert [item["Name"] for item in found["Outputs"]] == [item.name for item in definition.outputs]
        service = preview(studio, kind)["Service"]
        assert service["Changes"] == []
        assert service["Endpoints"][0]["Effect"] == "keeps its definition and gets the models of the run"


@pytest.mark.attack("Names, headers and keys")
def test_what_changes_for_callers_is_said_for_each_endpoint(studio):
    storage = studio.deployment.storage
    services = list_web_services(storage, studio.workspace)
    service = next(item for item in services if item.kind == "predictive")
    add_endpoint(storage, service, "seattle", {}, by="test", now=now())
    name = "<b>new</b>"
    header, *rows = people_csv(100).splitlines()
    studio.upload("\n".join([f"{header},{name}", *(f"{row},{len(row) % 7}" for row in rows)]) + "\n")
    studio.run("People", people_experiment("Two-Class Logistic Regression"))
    found = preview(studio)["Service"]
    assert any(f"the new column '{name}'" in change for change in found["Changes"])
    effects = {item["Name"]: item["Effect"] for item in found["Endpoints"]}
    assert effects == {"default": "is updated", "seattle": "stays as it is until it is refreshed"}
    saved = get_experiment(storage, studio.workspace, "People")
    publish_experiment(studio.deployment, saved, kind="predictive", update_existing=True, by="test", now=now())
    assert preview(studio)["Service"]["Changes"] == []
