"""Requests and jobs that endpoints write down, by their DiagnosticsTraceLevel."""

import json
from dataclasses import replace
from datetime import UTC, datetime

import pytest

from studio.errors import BadArgument
from studio.registry.endpoints import Endpoint
from studio.registry.history import Change
from studio.serving.request_log import CONTAINER, Diagnostics
from studio.storage.keys import new_id
from tests.e2e.steps import wait_for


@pytest.fixture
def endpoint():
    now = datetime.now(UTC).isoformat()
    return Endpoint(new_id(), new_id(), new_id(), "one", now, "", Change(0, now, "t", "publish", ""))


def blobs(deployment, endpoint, folder):
    container = deployment.storage.container(CONTAINER)
    prefix = f"{endpoint.workspace_id}-{endpoint.service_id}-{endpoint.id}/{folder}"
    return [json.loads(container.download_blob(blob.name).readall()) for blob in container.list_blobs(prefix)]


def ask(diagnostics, endpoint, body, error=None):
    with diagnostics.watch(endpoint, body):
        if error:
            raise error


@pytest.mark.parametrize("level, errors, successes", [("None", 0, 0), ("Error", 1, 0), ("All", 1, 1)])
def test_requests_are_written_down_by_level(deployment, endpoint, level, errors, successes):
    diagnostics = Diagnostics(deployment.storage)
    endpoint = replace(endpoint, diagnostics_level=level)
    ask(diagnostics, endpoint, b'{"fine": 1}')
    with pytest.raises(BadArgument):
        ask(diagnostics, endpoint, b'{"bad": 1}', BadArgument("InvalidInputNames", "no such input"))
    # Requests are written one after the other: this one is the last.
    last = replace(endpoint, id=new_id(), diagnostics_level="All")
    ask(diagnostics, last, b"{}")
    wait_for(lambda: blobs(deployment, last, "score/requests"))
    found = blobs(deployment, endpoint, "score/requests")
    assert len(found) == errors + successes
    assert sum(record["error"] is not None for record in found) == errors
    for record in found:
        assert record["request"] == ('{"bad": 1}' if record["error"] else '{"fine": 1}')
        assert datetime.fromisoformat(record["at"]).tzinfo == UTC


@pytest.mark.parametrize("level, states", [("None", []), ("Error", ["Failed"]), ("All", ["Failed", "Finished"])])
def test_jobs_are_written_down_by_level(deployment, endpoint, level, states):
    diagnostics, endpoint = Diagnostics(deployment.storage), replace(endpoint, diagnostics_level=level)
    for state in ("Failed", "Finished"):
        diagnostics.write_job(endpoint, new_id(), state, "why")
    assert sorted(record["state"] for record in blobs(deployment, endpoint, "batch")) == states
