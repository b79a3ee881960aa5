"""What scoring knows of endpoints: no storage call when warm, never older than a second."""

import logging
import threading
import time
from dataclasses import replace
from datetime import UTC, datetime

import pytest

from devhost.azurite import free_port
from studio.errors import NotFound
from studio.model.container import write_model_file
from studio.registry.definitions import PREDICTIVE, Definition, ServiceInput, ServiceOutput, put_definition
from studio.registry.endpoints import Resource, change_endpoint, delete_endpoint, next_change
from studio.registry.history import Cause
from studio.registry.models import put_model
from studio.registry.web_services import create_web_service
from studio.registry.workspaces import create_workspace
from studio.rollout.endpoints import add_endpoint, new_endpoint
from studio.serving.app import open_app
from studio.serving.scoring import score_request
from studio.settings import read_settings
from tests.builders import people_model_file

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


class StorageCalls(logging.Handler):
    """Counts the requests that this thread sends to storage, by the log line the SDK writes for each."""

    LOGGER = logging.getLogger("azure.core.pipeline.policies.http_logging_policy")

    def __init__(self):
        super().__init__()
        self.count, self.thread = 0, threading.get_ident()

    def emit(self, record):
        if record.thread == self.thread and str(record.msg).startswith("Request URL"):
            self.count += 1

    def __enter__(self):
        self.LOGGER.addHandler(self)
        self.LOGGER.setLevel(logging.INFO)
        return self

    def __exit__(self, *_):
        self.LOGGER.removeHandler(self)
        self.LOGGER.setLevel(logging.NOTSET)


def swap(deployment, endpoint, model):
    def change(before):
        resources = (Resource(NAME, model, 2),)
        step = next_change(before, Cause("t", "update", ""), now=NOW, resources=resources)
        return replace(before, resources=resources, change=step)

    return change_endpoint(deployment.storage, endpoint, change)


def until(predicate, seconds: float) -> float:
    started = time.monotonic()
    while not predicate():
        assert time.monotonic() - started < seconds, "it did not happen in time"
        time.sleep(0.005)
    return time.monotonic() - started


def current(deployment, endpoint):
    found = deployment.snapshots.find(endpoint.workspace_id, endpoint.id)
    return found or deployment.snapshots.load(endpoint.workspace_id, endpoint.id)


def test_a_warm_request_makes_no_storage_call(deployment, endpoint):
    body = b'{"Inputs": {"input1": [{"age": 30, "city": "Oslo", "hours": 3, "smoker": "true"}]}}'
    with StorageCalls() as calls:
        current(deployment, endpoint)
        assert calls.count > 0
    until(lambda: deployment.snapshots.find(endpoint.workspace_id, endpoint.id) or not current(deployment, endpoint), 3)
    with StorageCalls() as calls:
        for _ in range(1000):
            snapshot = deployment.snapshots.find(endpoint.workspace_id, endpoint.id)
            score_request(snapshot, deployment.models, body, swagger=False)
        assert calls.count == 0


def test_a_change_by_another_process_is_seen_within_a_second(deployment, endpoint, digests, app_settings):
    other = open_app(read_settings(app_settings))
    assert current(other, endpoint).endpoint.resources[0].model == digests[0]
    time.sleep(0.5)
    current(other, endpoint)
    swap(deployment, endpoint, digests[1])
    seconds = until(lambda: current(other, endpoint).endpoint.resources[0].model == digests[1], 2)
    assert seconds <= 1.0


def test_a_change_by_this_process_is_seen_at_once(deployment, endpoint, digests):
    current(deployment, endpoint)
    deployment.snapshots.replace(swap(deployment, endpoint, digests[1]))
    assert current(deployment, endpoint).endpoint.resources[0].model == digests[1]


def test_a_deleted_endpoint_is_gone_within_a_second(deployment, endpoint, app_settings):
    other = open_app(read_settings(app_settings))
    current(other, endpoint)
    delete_endpoint(deployment.storage, endpoint)

    def gone():
        try:
            current(other, endpoint)
        except NotFound:
            return True
        return False

    assert until(gone, 2) <= 1.1


def test_an_endpoint_keeps_scoring_while_storage_is_away(endpoint, app_settings, azurite):
    alone = open_app(read_settings(app_settings))
    model = current(alone, endpoint).endpoint.resources[0].model
    dead = app_settings["AzureWebJobsStorage"].replace(str(azurite.ports[2]), str(free_port()))
    alone.snapshots._storage = type(alone.storage)(read_settings(app_settings | {"AzureWebJobsStorage": dead}))
    for _ in range(4):
        started = time.monotonic()
        assert current(alone, endpoint).endpoint.resources[0].model == model
        assert time.monotonic() - started < 0.5
        time.sleep(0.6)
