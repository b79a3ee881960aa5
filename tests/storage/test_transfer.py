"""Moving web services between deployments and deleting workspaces, on Azurite, in this process."""

import copy
import json

import pytest

from studio.errors import BadArgument, InvalidOperation, StudioError, TooLarge
from studio.experiments.experiments import put_experiment
from studio.registry.endpoints import get_endpoint, list_endpoints
from studio.registry.history import list_history
from studio.registry.models import get_model, list_models
from studio.registry.web_services import get_web_service, list_web_services
from studio.registry.workspaces import create_workspace
from studio.rollout.endpoints import add_endpoint
from studio.rollout.policies import put_policy
from studio.storage.account import CONTAINERS, TABLES
from studio.storage.documents import get_document
from studio.storage.rows import query_rows
from studio.transfer.deleting import delete_workspace
from studio.transfer.exporting import service_document
from studio.transfer.importing import import_model, import_service
from tests.builders import people_csv, people_experiment
from tests.storage.in_process import ROWS, Studio, now
from tests.storage.storage_calls import Killed

RESOURCE = "People [trained model]"
SECRET = "c2VjcmV0IGtleSBvZiBhbiBhY2NvdW50IQ=="


@pytest.fixture(scope="module")
def source(deployment):
    studio = Studio(deployment, create_workspace(deployment.storage, "Source", now=now()).id)
    studio.upload(people_csv(300))
    studio.run("People", people_experiment())
    return studio


@pytest.fixture(scope="module")
def published(source):
    """The predictive service with a second endpoint, and the training service."""
    storage = source.deployment.storage
    default, trainer = source.publish("People", "predictive"), source.publish("People", "training")
    service = get_web_service(storage, source.workspace, default.service_id)
    add_endpoint(storage, service, "lima", {"MaxConcurrentCalls": 7, "Description": "Peru"}, by="test", now=now())
    return service, get_web_service(storage, source.workspace, trainer.service_id)


@pytest.fixture
def target(deployment):
    return Studio(deployment, create_workspace(deployment.storage, "Target", now=now()).id)


@pytest.fixture(scope="module")
def documents(source, published):
    return [service_document(source.deployment.storage, service) for service in published]


@pytest.fixture(scope="module")
def model(source, documents):
    return get_model(source.deployment.storage, documents[0]["Endpoints"][0]["Resources"][0]["Model"])


def bring(studio, document):
    return import_service(studio.deployment, studio.workspace, document, by="test", now=now())


def bring_model(studio, content, name=RESOURCE):
    return import_model(studio.deployment, studio.workspace, name, content, now=now())


def endpoints(studio, id_):
    found = list_endpoints(studio.deployment.storage, studio.workspace, id_)
    return {endpoint.name: endpoint for endpoint in found}


def test_an_imported_service_gives_the_same_answers_with_keys_of_its_own(source, published, documents, model, target):
    text = json.dumps(documents)
    storage = source.deployment.storage
    theirs = endpoints(source, published[0].id)
    assert not any(endpoint.key(storage.secret, slot) in text for endpoint in theirs.values() for slot in (0, 1))
    bring_model(target, model)
    done = bring(target, documents[0])
    assert done["Added"] == ["default", "lima"]
    mine = endpoints(target, done["Id"])
    assert (mine["lima"].max_concurrent_calls, mine["lima"].description) == (7, "Peru")
    for name, endpoint in mine.items():
        assert target.score(endpoint) == source.score(theirs[name])
        assert endpoint.key(storage.secret, 0) != theirs[name].key(storage.secret, 0)
        assert endpoint.definition == theirs[name].definition
    assert list_history(storage, mine["lima"].id, mine["lima"].change)[0].action == "import"
    trained = bring(target, documents[1])
    job = target.job(endpoints(target, trained["Id"])["default"], {"input1": people_csv(200)})
    assert job["Results"]["output1"]


def test_the_settings_of_a_prediction_log_travel(published, documents, model, target):
    bring_model(target, model)
    document, log = copy.deepcopy(documents[0]), {"Share": 0.5, "LeaveOut": ["age"], "RetentionDays": 7}
    assert [item["PredictionLog"] for item in document["Endpoints"]] == [None, None]
    document["Endpoints"][1]["PredictionLog"] = log
    del document["Endpoints"][0]["PredictionLog"]
    service = get_web_service(target.deployment.storage, target.workspace, bring(target, document)["Id"])
    shown = service_document(target.deployment.storage, service)["Endpoints"]
    assert shown[0]["PredictionLog"] is None
    assert log.items() <= shown[1]["PredictionLog"].items()
    document["Endpoints"][1]["PredictionLog"] = {"LeaveOut": ["aeg"]}
    with pytest.raises(BadArgument, match="Did you mean 'age'"):
        bring(target, document | {"Name": "Other"})


def test_an_import_that_is_repeated_adds_what_is_missing_and_keeps_the_rest(documents, model, target):
    bring_model(target, model)
    first = copy.deepcopy(documents[0])
    del first["Endpoints"][1]
    done = bring(target, first)
    before = endpoints(target, done["Id"])["default"]
    again = bring(target, documents[0])
    assert (again["Id"], again["Added"], again["Kept"]) == (done["Id"], ["lima"], ["default"])
    assert endpoints(target, done["Id"])["default"] == before
    assert bring_model(target, model).version == 1


@pytest.mark.attack("Other tenants")
def test_the_hash_of_another_workspaces_model_does_not_open_it(documents, target):
    with pytest.raises(BadArgument, match="no trained model") as caught:
        bring(target, documents[0])
    assert caught.value.details[0].code == "ModelMissing"
    assert list(list_web_services(target.deployment.storage, target.workspace)) == []


def changed(document, path, value):
    """A copy of a document with another value somewhere; `...` steps into the only definition."""
    document = copy.deepcopy(document)
    place = document
    for step in path[:-1]:
        place = next(iter(place.values())) if step is ... else place[step]
    if value is None:
        del place[path[-1]]
    else:
        place[path[-1]] = value
    return document


INSIDE = ("Definitions", ...)
WRONG = [
    (("Kind",), "training"),
    (("Kind",), "other"),
    (("Name",), ""),
    (("Name",), "x" * 500),
    (("Name",), ["x"]),
    (("Experiment",), None),
    (("Definitions",), []),
    (("Endpoints",), []),
    (("Endpoints",), "x"),
    (("Endpoints",), [None]),
    (("Endpoints",), [{"Name": "default"}]),
    (("Endpoints", 0, "Name"), "Default"),
    (("Endpoints", 0, "Name"), "../x"),
    (("Endpoints", 1, "Name"), "default"),
    (("Endpoints", 0, "Definition"), "0" * 64),
    (("Endpoints", 0, "Definition"), None),
    (("Endpoints", 0, "Resources"), []),
    (("Endpoints", 0, "Resources"), [1]),
    (("Endpoints", 0, "Resources", 0, "Name"), "Other"),
    (("Endpoints", 0, "Resources", 0, "Model"), "../../x"),
    (("Endpoints", 0, "Resources", 0, "Model"), {"a": 1}),
    (("Endpoints", 0, "MaxConcurrentCalls"), 100_000),
    (("Endpoints", 0, "ThrottleLevel"), "Huge"),
    (("Endpoints", 0, "Description"), "x" * 5000),
    (("Definitions",), {}),
    ((*INSIDE, "kind"), "other"),
    ((*INSIDE, "experiment"), {}),
    ((*INSIDE, "experiment"), []),
    ((*INSIDE, "experiment", "modules"), {"A": {"module": "Execute Anything"}}),
    ((*INSIDE, "inputs"), []),
    ((*INSIDE, "inputs"), [{"name": "input1", "columns": [{"name": "age", "type": "Code"}]}]),
    ((*INSIDE, "inputs"), [{"name": "input1", "columns": [{"name": "age"}]}]),
    ((*INSIDE, "inputs"), [{"name": "input1", "columns": [5]}]),
    ((*INSIDE, "inputs"), [{"name": "input1", "columns": {}}]),
    ((*INSIDE, "inputs"), [{"name": "other", "columns": []}]),
    ((*INSIDE, "outputs"), None),
    ((*INSIDE, "outputs", 0, "kind"), "model"),
    ((*INSIDE, "outputs", 0, "kind"), "code"),
    ((*INSIDE, "outputs", 0, "append"), "yes"),
    ((*INSIDE, "outputs", 0, "resource"), 5),
    ((*INSIDE, "outputs", 0, "appendParameter"), "missing"),
    ((*INSIDE, "outputs", 0, "name"), "output9"),
    ((*INSIDE, "parameters"), {}),
    ((*INSIDE, "parameters"), [{"name": "p", "module": "No", "property": "x"}]),
    ((*INSIDE, "parameters"), [{"name": "p", "module": "Mark", "property": "Action", "default": {"sealed": "x"}}]),
]


@pytest.mark.attack("Workspace exports")
def test_a_document_that_no_export_contains_is_refused_and_nothing_is_created(documents, model, target, subtests):
    bring_model(target, model)
    for path, value in WRONG:
        with subtests.test(path=path, value=value):
            with pytest.raises(StudioError) as caught:
                bring(target, changed(documents[0], path, value))
            assert 400 <= caught.value.status < 500
    assert list(list_web_services(target.deployment.storage, target.workspace)) == []


def test_a_model_that_does_not_fit_the_service_is_refused(documents, model, target):
    bring_model(target, model)
    columns = [{"name": "other", "type": "String"}]
    with pytest.raises(InvalidOperation, match="needs the column"):
        bring(target, changed(documents[0], (*INSIDE, "inputs", 0, "columns"), columns))


def test_a_definition_that_needs_secrets_says_so(source, target):
    document = people_experiment()
    document["modules"]["Data"]["properties"] = {
        "Please Specify Authentication Type": "Account",
        "Account Name": "account",
        "Account Key": SECRET,
        "Path to container, directory or blob": "people/people.csv",
    }
    saved = put_experiment(source.deployment.storage, source.workspace, "Secret", document, now=now())
    assert saved.version == 1
    hidden = copy.deepcopy(document)
    hidden["modules"]["Data"]["properties"]["Account Key"] = "***"
    definition = {"kind": "training", "experiment": hidden, "inputs": [], "outputs": [], "parameters": []}
    exported = {
        "Name": "S",
        "Kind": "training",
        "Experiment": "Secret",
        "Definitions": {"d": definition},
        "Endpoints": [{"Name": "default", "Definition": "d", "Resources": []}],
    }
    with pytest.raises(BadArgument, match="'Account Key' of the module 'Data'") as caught:
        bring(target, exported)
    assert caught.value.details[0].code == "SecretsMissing"
    # Given in plain text, it is stored sealed.
    exported["Definitions"]["d"]["experiment"] = document
    definition["inputs"], definition["outputs"] = [], []
    document["webServiceInputs"], document["webServiceOutputs"] = [], []
    done = bring(target, exported)
    stored = service_document(
        target.deployment.storage, get_web_service(target.deployment.storage, target.workspace, done["Id"])
    )
    assert SECRET not in json.dumps(stored)
    digest = endpoints(target, done["Id"])["default"].definition
    assert SECRET not in json.dumps(get_document(target.deployment.storage, digest))


@pytest.mark.attack("Trained model files")
@pytest.mark.parametrize(
    "name, content", [("x", b""), ("x", b"PK\x03\x04"), ("a/b", None), ("", None), ("x" * 300, None)]
)
def test_files_and_names_that_no_model_has_are_refused(target, model, name, content):
    with pytest.raises(StudioError):
        bring_model(target, model if content is None else content, name)
    assert list_models(target.deployment.storage, target.workspace, name) == []


def test_a_model_beyond_the_limit_is_refused_before_it_is_opened(target, model):
    with pytest.raises(TooLarge):
        bring_model(target, b"\0" * (target.deployment.storage.settings.max_model_bytes + 1))


def traces(storage, workspace, others=()):
    """Everything in storage that names a workspace, or one of the ids that belong to it."""
    ids = (workspace, *others)
    found = [
        f"{table}: {row['PartitionKey']} {row['RowKey']}"
        for table in TABLES
        # Who did what stays, until that has its own end.
        if table != "audit"
        for row in query_rows(storage.table(table), "")
        if any(id_ in json.dumps(row, default=str) for id_ in ids)
    ]
    return found + [
        f"{container}: {blob.name}"
        for container in CONTAINERS
        for blob in storage.container(container).list_blobs()
        if any(id_ in blob.name for id_ in ids)
    ]


def interrupt(*_):
    raise Killed


def test_a_deleted_workspace_leaves_nothing_and_others_keep_all(
    source, published, documents, model, target, monkeypatch
):
    storage = target.deployment.storage
    bring_model(target, model)
    service = bring(target, documents[0])["Id"]
    trainer = bring(target, documents[1])["Id"]
    target.upload(people_csv(300))
    # Another seed: a model that no other workspace has.
    document = people_experiment()
    document["modules"]["Split"]["properties"]["Random seed"] = 7
    target.run("Mine", document)
    target.publish("Mine", "predictive")
    own = list_models(storage, target.workspace, "Mine [trained model]")[0].model
    job = target.job(endpoints(target, service)["lima"], {"input1": people_csv(50)})
    assert job["StatusCode"] == "Finished"
    policy = {"TrainingService": trainer, "Gate": {"Metric": "AUC", "HeldBackData": "people.csv", "AtMostWorse": 1}}
    put_policy(storage, endpoints(target, service)["lima"], policy, now=now())
    names = [endpoint.id for id_ in (service, trainer) for endpoint in endpoints(target, id_).values()]
    assert len(traces(storage, target.workspace, names)) > 15
    before = source.score(endpoints(source, published[0].id)["lima"])
    kept = traces(storage, source.workspace)
    with monkeypatch.context() as patch:
        patch.setattr(target.deployment.snapshots, "forget", interrupt)
        for _ in names:
            with pytest.raises(Killed):
                delete_workspace(target.deployment, target.workspace)
    delete_workspace(target.deployment, target.workspace)
    assert traces(storage, target.workspace, [*names, own]) == []
    with pytest.raises(StudioError):
        get_endpoint(storage, target.workspace, names[0])
    assert traces(storage, source.workspace) == kept
    assert source.score(endpoints(source, published[0].id)["lima"], ROWS) == before
    assert get_model(storage, list_models(storage, source.workspace, RESOURCE)[0].model) == model
    delete_workspace(target.deployment, target.workspace)


@pytest.mark.parametrize("id_", ["", "x", "../" * 11, "a" * 31 + "'"])
def test_only_ids_of_workspaces_are_deleted(deployment, id_):
    with pytest.raises(BadArgument):
        delete_workspace(deployment, id_)
