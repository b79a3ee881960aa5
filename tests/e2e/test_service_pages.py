"""The routes behind the Studio's pages of services, over HTTP: as described, 304 when unchanged, calls counted."""

import json

import httpx
import pytest

from functions.http.openapi_document import all_schemas
from tests.e2e.steps import RESOURCE, ROWS, call, wait_for
from tests.storage.schemas import fits


@pytest.fixture(scope="module")
def place(app, published):
    workspace = published.workspace
    return f"{app.url}/workspaces/{workspace.id}", f"webservices/{published.service.id}/endpoints/default"


def test_calls_over_http_are_counted_with_their_errors(place, published):
    base, _ = place
    workspace = published.workspace
    endpoint = workspace.add_endpoint(published.service, "counted")
    address = f"{base}/services/{endpoint.id}/execute"
    body = {"Inputs": {"input1": ROWS}, "GlobalParameters": {}}
    for sent in (body, body, {"Inputs": {}}):
        call("POST", address, endpoint.primary_key, sent)
    call("POST", address, "wrong", body)
    url = f"{base}/webservices/{published.service.id}/endpoints/counted/metrics"

    def counted():
        found = call("GET", url, endpoint.primary_key).json()
        return found if found["Calls"] == 3 else None

    # If the app wrote its counts a moment ago, these follow within ten seconds.
    assert wait_for(counted, 20, 0.5)["Errors"] == {"400": 1}


@pytest.mark.parametrize(
    "path, schema",
    [
        ("{endpoint}/form", "EndpointForm"),
        ("{endpoint}/metrics?hours=2", "EndpointMetrics"),
        ("activity", "Activity"),
        ("models/{model}/versions/1", "ModelVersionDetails"),
        ("models/{model}/versions/latest/evaluation", "ModelEvaluation"),
        ("policies?q=default&limit=5", "PolicySummary[]"),
        ("pipelineruns?q=x", "PipelineRun[]"),
        ("models?q=people", "Model[]"),
        ("{endpoint}/model", ""),
        ("models/{model}/versions/1/file", ""),
    ],
)
def test_a_page_gets_what_is_described_and_304_until_it_changes(place, published, path, schema):
    base, endpoint = place
    url = f"{base}/{path.format(endpoint=endpoint, model=RESOURCE)}"
    found = call("GET", url, published.workspace.token)
    assert found.status_code == 200, found.text
    if schema.endswith("[]"):
        assert all(fits(schema.removesuffix("[]"), item) for item in found.json())
    elif schema:
        assert fits(schema, found.json())
    else:
        assert found.headers["content-type"] == "application/octet-stream"
        assert found.headers["x-content-type-options"] == "nosniff"
        again = call("GET", url, published.workspace.token, **{"if-none-match": found.headers["etag"]})
        assert (again.status_code, again.content) == (304, b"")
    assert call("GET", url, "nobody").status_code == 401


def test_the_scorer_file_opens_for_the_endpoints_own_key_only(place, published):
    base, endpoint = place
    content = call("GET", f"{base}/{endpoint}/model", published.default.primary_key).content
    assert content.startswith(b"PSCORER1")
    assert json.loads(content[12 : 12 + int.from_bytes(content[8:12], "little")])["resource"] == RESOURCE
    for path in ("model", "form", "metrics"):
        other = published.training_endpoint.primary_key
        assert call("GET", f"{base}/{endpoint}/{path}", other).status_code == 401


def test_two_versions_are_compared_over_http(place, published):
    base, _ = place
    side = {"Name": RESOURCE, "Version": 1}
    found = httpx.post(
        f"{base}/models/compare",
        json={"New": side, "InUse": side, "Details": True, "Intervals": False},
        headers={"Authorization": f"Bearer {published.workspace.token}"},
    )
    assert found.status_code == 200, found.text
    assert fits("ModelComparison", found.json())
    assert "ModelComparison" in all_schemas()
