"""Datastores of a running app, over HTTP and at the command line."""

import contextlib

import httpx
import pytest
from azure.core.exceptions import ResourceExistsError
from azure.storage.blob import BlobServiceClient

from studio.storage.account import DEVELOPMENT_KEY, expand_connection_string
from tests.e2e.test_how_to import run_page
from tests.storage.schemas import fits


@pytest.fixture
def account(app_settings):
    """An account with `orders.csv` in the container `exports`."""
    service = BlobServiceClient.from_connection_string(expand_connection_string(app_settings["AzureWebJobsStorage"]))
    with service, contextlib.suppress(ResourceExistsError):
        service.create_container("exports")
        service.get_container_client("exports").upload_blob("orders.csv", b"item,price\nbolt,1.5\nnut,0.5\n")
    return service.url


@pytest.mark.attack("Secrets")
def test_a_datastore_is_made_tried_shown_without_its_secret_and_deleted(app, admin, workspace, account):
    headers = {"Authorization": f"Bearer {workspace.token}"}
    body = {"Kind": "Blob", "Url": account, "Container": "exports", "Secret": DEVELOPMENT_KEY}
    with httpx.Client(base_url=f"{app.url}/workspaces/{workspace.id}/", headers=headers, timeout=60) as client:
        made = client.put("datastores/sales", json=body)
        assert made.status_code == 200, made.text
        assert fits("Datastore", made.json())
        assert client.get("datastores").json() == [made.json()]
        assert client.get("datastores/sales").json() == made.json()
        tried = client.post("datastores/sales/test", json={"Path": "orders.csv"})
        assert fits("DatastoreTest", tried.json())
        assert tried.json()["Works"], tried.text
        reference = client.put("datasets/orders.csv/reference", json={"Datastore": "sales", "Path": "orders.csv"})
        assert fits("DatasetReference", reference.json())
        assert fits("VersionedReference", client.get("datasets/orders.csv/reference").json())
        assert client.get("datasets/orders.csv/summary").json()["rows"] == 2
        assert client.get("datasets/orders.csv/profile").json()["Rows"] == 2
        assert client.get("datasets/orders.csv/rows").json()["values"][0][0] == "bolt"
        refused = client.delete("datastores/sales")
        assert (refused.status_code, "the dataset 'orders.csv'" in refused.text) == (409, True)
        told = [client.get(path) for path in ("datastores", "datastores/sales", "audit", "events", "data")]
        assert not any(DEVELOPMENT_KEY in answer.text for answer in (*told, made, tried, refused))
        assert {"set_datastore", "test_datastore"} <= {act["Action"] for act in client.get("audit").json()}
        with admin.create_workspace("Stranger") as stranger:
            other = {"Authorization": f"Bearer {stranger.token}"}
            assert client.get("datastores/sales", headers=other).status_code == 401
            assert httpx.get(f"{app.url}/workspaces/{stranger.id}/datastores/sales", headers=other).status_code == 404
        workspace.delete_dataset("orders.csv")
        assert client.delete("datastores/sales").status_code == 204
        assert client.get("datastores/sales").status_code == 404


@pytest.mark.long
def test_the_page_on_datastores_runs(app, workspace, account, tmp_path):
    secret = {"PERENNIAL_DATASTORE_SECRET": DEVELOPMENT_KEY}
    printed = run_page("use-a-datastore.md", app, workspace, tmp_path, ACCOUNT=account, **secret)
    assert "sales works" in printed
    assert "It is used." in printed
    assert DEVELOPMENT_KEY not in printed
