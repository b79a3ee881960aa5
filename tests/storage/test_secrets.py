"""Secrets of experiments in a real store: sealed where they lie, hidden where shown, usable where they belong."""

import copy

import orjson
import pytest

from studio.automation.dispatch import perform_work
from studio.automation.retraining import try_policy
from studio.classic.studio_api import studio_experiment_object, submit_experiment
from studio.classic.swagger import swagger_document
from studio.errors import BadArgument
from studio.experiments.experiments import experiment_object, get_experiment, put_experiment
from studio.jobs.jobs import get_job
from studio.registry.definitions import get_definition
from studio.registry.web_services import get_web_service
from studio.registry.workspaces import create_workspace
from studio.rollout.endpoints import add_endpoint
from studio.rollout.policies import get_policy, policy_object, put_policy
from studio.storage.blobs import own_blob
from studio.storage.documents import get_document, put_document
from studio.storage.keys import name_key
from studio.storage.rows import find_row, insert_row
from studio.work.state import State, WorkKey
from tests.builders import people_csv, people_experiment
from tests.storage.in_process import Studio, now

pytestmark = pytest.mark.attack("Secrets")


@pytest.fixture
def studio(deployment):
    studio = Studio(deployment, create_workspace(deployment.storage, "Secrets", now=now()).id)
    studio.upload(people_csv(80))
    return studio


def with_link(studio, learner="Two-Class Logistic Regression"):
    """The people experiment, reading its data by a link with a signature; and the signature."""
    link = own_blob(studio.deployment.storage, f"datasets/{studio.workspace}/people.csv", now())
    document = people_experiment(learner)
    uri = f"{link.base_location}{link.relative_location}{link.sas_token}"
    document["modules"]["Data"]["properties"] = {"Please Specify Authentication Type": "PublicOrSas", "URI": uri}
    document["webServiceParameters"] = [{"name": "link", "module": "Data", "property": "URI", "default": uri}]
    return document, link.sas_token.partition("sig=")[2]


def shown(studio, name):
    saved = get_experiment(studio.deployment.storage, studio.workspace, name)
    return experiment_object(studio.deployment.storage, saved, with_document=True)["Document"]


def stored_texts(studio):
    container = studio.deployment.storage.container("experiments")
    return {blob.name: container.download_blob(blob.name).readall().decode() for blob in container.list_blobs()}


def test_a_secret_lies_sealed_and_works_in_runs_copies_services_and_jobs(studio):
    storage = studio.deployment.storage
    before = set(stored_texts(studio))
    document, signature = with_link(studio)
    studio.run("Sealed", document)
    again = shown(studio, "Sealed")
    assert again["modules"]["Data"]["properties"]["URI"].endswith("people.csv?***")
    version = get_experiment(storage, studio.workspace, "Sealed").version
    assert put_experiment(storage, studio.workspace, "Sealed", document, now=now()).version == version
    assert put_experiment(storage, studio.workspace, "Sealed", again, now=now()).version == version
    studio.run("Copied", again | {"description": "a copy"})
    graph = studio_experiment_object(storage, get_experiment(storage, studio.workspace, "Sealed"), with_graph=True)
    assert signature not in str(graph)
    body = {"ExperimentGraph": graph["Graph"], "Description": "Copied by the Studio API", "IsDraft": True}
    submit_experiment(storage, studio.workspace, body, copy=True, now=now())
    training = studio.publish("Copied", "training")
    studio.job(training)
    default = again["webServiceParameters"][0]["default"]
    studio.job(training, parameters={"link": default})
    definition = get_definition(storage, training.definition)
    service = get_web_service(storage, studio.workspace, training.service_id)
    swagger = swagger_document(service, training, definition, "http://x")
    assert signature not in str(swagger)
    assert default in str(swagger)
    studio.publish("Copied", "predictive")
    new = {name: text for name, text in stored_texts(studio).items() if name not in before}
    assert len(new) >= 5
    assert not [name for name, text in new.items() if signature in text]


def test_a_plain_document_of_an_earlier_version_is_read_shown_without_secrets_and_sealed_when_saved(studio):
    storage = studio.deployment.storage
    document, signature = with_link(studio)
    digest = put_document(storage, document)
    row = {"Name": "Old", "Version": 3, "Document": digest, "UpdatedAt": now().isoformat()}
    insert_row(storage.table("experiments"), {"PartitionKey": studio.workspace, "RowKey": name_key("Old"), **row})
    old = shown(studio, "Old")
    assert signature not in str(old)
    saved = put_experiment(storage, studio.workspace, "Old", old, now=now())
    assert (saved.version, saved.document != digest) == (4, True)
    assert signature not in stored_texts(studio)[f"documents/{saved.document}.json"]
    studio.run("Old", shown(studio, "Old"))
    studio.job(studio.publish("Old", "training"))


def test_a_plain_document_that_is_published_is_sealed_in_the_service(studio):
    storage = studio.deployment.storage
    document, signature = with_link(studio)
    studio.run("Old", document)
    saved = get_experiment(storage, studio.workspace, "Old")
    # What an earlier version would have stored.
    content = orjson.dumps(document)
    storage.container("experiments").upload_blob(f"documents/{saved.document}.json", content, overwrite=True)
    definition = get_definition(storage, studio.publish("Old", "training").definition)
    assert signature not in str(definition)


def test_a_policy_keeps_a_secret_parameter_sealed(studio):
    storage = studio.deployment.storage
    document, signature = with_link(studio)
    uri = document["webServiceParameters"][0].pop("default")
    document["webServiceInputs"] = []
    studio.run("People", document)
    trainer = studio.publish("People", "training")
    predictive = studio.publish("People", "predictive")
    service = get_web_service(storage, studio.workspace, predictive.service_id)
    endpoint = add_endpoint(storage, service, "customer", {}, by="test", now=now())
    policy = {
        "TrainingService": trainer.service_id,
        "Gate": {"Metric": "AUC", "HeldBackData": "people.csv", "AtMostWorse": 1},
        "Trigger": {"Type": "Schedule", "Recurrence": {"frequency": "Day", "interval": 1}},
        "Parameters": {"link": uri},
    }
    put_policy(storage, endpoint, policy, now=now())
    row = find_row(storage.table("policies"), studio.workspace, endpoint.id)
    assert signature not in row["Document"]
    seen = policy_object(storage, get_policy(storage, endpoint))
    assert seen["Parameters"]["link"].endswith("people.csv?***")
    put_policy(storage, endpoint, policy | {"Parameters": seen["Parameters"]}, now=now())
    assert find_row(storage.table("policies"), studio.workspace, endpoint.id)["Document"] == row["Document"]
    job = try_policy(storage, get_policy(storage, endpoint), None, now=now())
    perform_work(studio.deployment, WorkKey("jobs", trainer.id, job), now=now())
    assert get_job(storage, trainer, job).work.state is State.FINISHED
    elsewhere = {"link": seen["Parameters"]["link"].replace("people", "others")}
    with pytest.raises(BadArgument, match="no secret is stored there"):
        put_policy(storage, endpoint, policy | {"Parameters": elsewhere}, now=now())


def test_another_workspace_or_destination_cannot_use_what_was_shown(studio, deployment):
    storage = studio.deployment.storage
    document, _ = with_link(studio)
    put_experiment(storage, studio.workspace, "Mine", document, now=now())
    again = shown(studio, "Mine")
    other = create_workspace(storage, "Other", now=now()).id
    with pytest.raises(BadArgument, match="no secret is stored there"):
        put_experiment(storage, other, "Mine", again, now=now())
    elsewhere = copy.deepcopy(again)
    uri = again["modules"]["Data"]["properties"]["URI"]
    elsewhere["modules"]["Data"]["properties"]["URI"] = uri.replace("127.0.0.1", "theirs.example.org")
    with pytest.raises(BadArgument, match=r"no secret is stored there for '.*theirs\.example\.org"):
        put_experiment(storage, studio.workspace, "Mine", elsewhere, now=now())
    stolen = storage_document(storage, studio, "Mine")["modules"]["Data"]["properties"]["URI"]
    elsewhere["modules"]["Data"]["properties"]["URI"] = stolen
    with pytest.raises(BadArgument, match="must be text"):
        put_experiment(storage, other, "Mine", elsewhere, now=now())


def storage_document(storage, studio, name):

    return get_document(storage, get_experiment(storage, studio.workspace, name).document)
