"""What scoring knows of endpoints: no storage call when warm, never older than a second."""

import time
from dataclasses import replace
from datetime import UTC, datetime

import pytest

from devhost.azurite import free_port
from studio.errors import NotFound
from studio.model.container import write_model_file
from studio.registry.definitions import PREDICTIVE, Definition, ServiceInput, ServiceOutput, put_definition
from studio.registry.deployments import Resource
from studio.registry.endpoints import change_endpoint, delete_endpoint, next_change
from studio.registry.history import Cause
from studio.registry.models import put_model
from studio.registry.web_services import create_web_service
from studio.registry.workspaces import create_workspace
from studio.rollout.endpoints import add_endpoint, new_endpoint
from studio.serving.app import open_app
from studio.serving.scoring import score_request
from studio.serving.snapshots import Snapshots
from studio.settings import read_settings
from tests.builders import people_model_file
from tests.storage.storage_calls import StorageCalls

NOW = datetime(2026, 1, 1, tzinfo=UTC)
NAME = "people [trained model]"


@pytest.fixture(scope="module")
def digests(deployment):
    files = [people_model_file(), people_model_file("Two-Class Logistic Regression")]
    return [put_model(deployment.storage, write_model_file(file)) for file in files]


@pytest.fixture
def service(deployment, digests):
    workspace = create_workspace(deployment.storage, "Test", now=NOW)
    manifest = people_model_file().manifest
    definition = Definition(
        PREDICTIVE,
        {},
        (ServiceInput("input1", manifest.inputs),),
        (ServiceOutput("output1", "dataset", manifest.outputs, NAME),),
        (),
    )
    service = create_web_service(deployment.storage, workspace.id, "S", "", "predictive", "E", now=NOW)
    digest = put_definition(deployment.storage, definition)
    resources = (Resource(NAME, digests[0], 1),)
    new_endpoint(deployment.storage, service, "default", digest, resources, Cause("t", "publish", ""), now=NOW)
    return service


@pytest.fixture
def endpoint(deployment, service):
    return add_endpoint(deployment.storage, service, "e1", {}, by="t", now=NOW)


def swap(deployment, endpoint, model):
    def change(before):
        resources = (Resource(NAME, model, 2),)
        step = next_change(before, Cause("t", "update", ""), now=NOW, resources=resources)
        return replace(before, resources=resources, change=step)

    return change_endpoint(deployment.storage, endpoint, change)


def until(predicate):
    deadline = time.monotonic() + 60
    while not predicate():
        assert time.monotonic() < deadline, "it did not happen"
        time.sleep(0.005)


def current(deployment, endpoint):
    found = deployment.snapshots.find(endpoint.workspace_id, endpoint.id)
    return found or deployment.snapshots.load(endpoint.workspace_id, endpoint.id)


def warm(process, endpoint):
    """Have the endpoint in the memory of a process, and its watcher at work."""
    find = process.snapshots.find
    until(lambda: find(endpoint.workspace_id, endpoint.id) or not current(process, endpoint))


def test_a_warm_request_makes_no_storage_call(deployment, endpoint):
    body = b'{"Inputs": {"input1": [{"age": 30, "city": "Oslo", "hours": 3, "smoker": "true"}]}}'
    with StorageCalls() as calls:
        current(deployment, endpoint)
        assert calls.count > 0
    warm(deployment, endpoint)
    with StorageCalls() as calls:
        for _ in range(1000):
            snapshot = deployment.snapshots.find(endpoint.workspace_id, endpoint.id)
            score_request(snapshot, deployment.models, body, swagger=False)
        assert calls.count == 0


class Clock:
    """Seconds that pass when a test says so."""

    def __init__(self):
        self.now = 100.0

    def __call__(self):
        return self.now


@pytest.fixture
def clock():
    return Clock()


@pytest.fixture
def other(app_settings, clock):
    """Another process, with a clock of its own."""
    found = open_app(read_settings(app_settings))
    return replace(found, snapshots=Snapshots(found.storage, found.models, clock))


def test_a_change_by_another_process_is_seen_within_a_second(deployment, endpoint, digests, other, clock):
    warm(other, endpoint)
    assert current(other, endpoint).endpoint.resources[0].model == digests[0]
    clock.now += 0.9
    current(other, endpoint)
    swap(deployment, endpoint, digests[1])
    clock.now += 1.0
    assert current(other, endpoint).endpoint.resources[0].model == digests[1]


def test_a_change_by_another_process_is_followed_beside_the_requests(deployment, endpoint, digests, other):
    """No time passes here: what is in memory is never too old, and gives way to what is read meanwhile."""
    warm(other, endpoint)
    swap(deployment, endpoint, digests[1])
    with StorageCalls() as calls:
        until(
            lambda: other.snapshots.find(endpoint.workspace_id, endpoint.id).endpoint.resources[0].model == digests[1]
        )
        assert calls.count == 0


def test_a_change_by_this_process_is_seen_at_once(deployment, endpoint, digests):
    current(deployment, endpoint)
    deployment.snapshots.replace(swap(deployment, endpoint, digests[1]))
    assert current(deployment, endpoint).endpoint.resources[0].model == digests[1]


def test_a_deleted_endpoint_is_gone_within_a_second(deployment, endpoint, other, clock):
    current(other, endpoint)
    delete_endpoint(deployment.storage, endpoint)
    clock.now += 1.0
    with pytest.raises(NotFound):
        current(other, endpoint)


def test_an_endpoint_keeps_scoring_while_storage_is_away(endpoint, app_settings, azurite, other, clock):
    warm(other, endpoint)
    model = current(other, endpoint).endpoint.resources[0].model
    dead = app_settings["AzureWebJobsStorage"].replace(str(azurite.ports[2]), str(free_port()))
    other.snapshots._storage = type(other.storage)(read_settings(app_settings | {"AzureWebJobsStorage": dead}))
    clock.now += 1.0
    assert current(other, endpoint).endpoint.resources[0].model == model
    until(lambda: other.snapshots.find(endpoint.workspace_id, endpoint.id))
    clock.now += 3600
    with StorageCalls() as calls:
        assert current(other, endpoint).endpoint.resources[0].model == model
        assert calls.count == 0
