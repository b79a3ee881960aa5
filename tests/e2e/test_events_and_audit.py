"""Events, subscriptions and the audit log of a running app, over HTTP."""

import csv
import io
import json
import uuid

import httpx
import pytest

from tests.account import audit_away
from tests.storage.schemas import fits


@pytest.fixture
def client(app, workspace):
    headers = {"Authorization": f"Bearer {workspace.token}"}
    with httpx.Client(base_url=f"{app.url}/workspaces/{workspace.id}/", headers=headers, timeout=60) as found:
        yield found


@pytest.fixture
def hook(app_settings):
    return f"http://{app_settings['PERENNIAL_EVENT_HOSTS']}/hook?code=s3cret"


def acts(client, **query):
    answer = client.get("audit", params=query)
    assert answer.status_code == 200, answer.text
    return answer.json()


def test_a_subscription_is_made_shown_without_secrets_and_deleted(client, hook):
    made = client.put("subscriptions/ops", json={"Url": hook, "Types": ["perennial.key.regenerated"]})
    assert made.status_code == 200, made.text
    assert fits("NewSubscription", made.json())
    assert made.json()["Secret"].startswith("whsec_")
    again = client.put("subscriptions/ops", json={"Url": made.json()["Url"]})
    assert (again.status_code, again.json()["Secret"]) == (200, None)
    (shown,) = client.get("subscriptions").json()
    assert fits("Subscription", shown)
    assert client.get("subscriptions/ops").json() == shown
    for answer in (client.get("subscriptions"), client.get("audit")):
        assert "s3cret" not in answer.text
        assert made.json()["Secret"] not in answer.text
    assert client.get("subscriptions/ops/deadletters").json() == []
    assert client.post("subscriptions/ops/redeliver").json() == {"Events": 0}
    assert client.put("subscriptions/b", json={"Url": "https://elsewhere.example.org/"}).status_code == 400
    assert client.delete("subscriptions/ops").status_code == 204
    assert client.delete("subscriptions/ops").status_code == 404


def test_a_token_that_is_regenerated_is_an_event_and_an_act(client, workspace):
    answer = client.post("regeneratetoken", params={"slot": "secondary"})
    assert answer.status_code == 200
    (event,) = client.get("events", params={"type": "perennial.key.regenerated"}).json()
    assert fits("Event", event)
    assert event["data"] == {"slot": "secondary", "by": "workspace token (primary)"}
    assert client.get("events", params={"since": "2100-01-01"}).json() == []
    assert client.get("events", params={"type": "none"}).status_code == 400
    found = acts(client)
    assert all(fits("Act", item) for item in found)
    act = next(item for item in found if item["Action"] == "renew_workspace_token")
    assert (act["By"], act["Status"], act["Method"]) == ("workspace token (primary)", 200, "POST")
    assert act["Path"] == f"/workspaces/{workspace.id}/regeneratetoken"
    assert act["RequestId"] == answer.headers["x-ms-request-id"]
    assert found[-1]["Action"] == "add_workspace"
    assert found[-1]["By"] == "administrator's token"


def test_reading_keys_is_noted_once_and_looking_is_not(client):
    for _ in range(3):
        client.get("")
        client.get("experiments")
        client.post("experiments/x/validate", json={"modules": {}})
    assert [item["Action"] for item in acts(client) if item["Action"] != "add_workspace"] == ["show_workspace"]


def test_a_refused_change_has_its_status_and_the_log_is_in_pages_csv_and_lines(client):
    client.delete("experiments/none")
    client.put("experiments/bad", json={"modules": {"a": {"module": "None"}}})
    client.put("experiments/=1+1", json={"modules": {}})
    found = acts(client)
    statuses = {item["Action"]: item["Status"] for item in found}
    assert statuses["remove_experiment"] == 404
    assert statuses["save_experiment"] == 400
    first = client.get("audit", params={"limit": 2})
    second = client.get(first.links["next"]["url"])
    assert (first.json() + second.json())[: len(found)] == found
    table = list(csv.DictReader(io.StringIO(client.get("audit", params={"format": "csv"}).text)))
    assert [row["Action"] for row in table] == [item["Action"] for item in found]
    lines = client.get("audit", params={"format": "jsonl"}).text.splitlines()
    assert [json.loads(line) for line in lines] == found
    assert client.get("audit", params={"format": "xml"}).status_code == 400
    assert acts(client, until="2020-01-01") == []


@pytest.mark.attack("Other tenants")
@pytest.mark.parametrize("what", ["events", "audit"])
def test_where_a_page_starts_opens_no_other_workspace(client, what):
    for after in ("x' or PartitionKey ne 'y", "0' or '1' eq '1", "~", "e-1"):
        answer = client.get(what, params={"after": after})
        assert (answer.status_code, "after must be" in answer.text) == (400, True)


@pytest.mark.attack("Floods and slow hosts")
def test_refused_credentials_are_noted_and_a_flood_of_them_is_not(app, client, workspace):
    with httpx.Client(headers={"Authorization": "Bearer wrong"}) as stranger:
        for _ in range(20):
            assert stranger.delete(f"{app.url}/workspaces/{workspace.id}/experiments/x").status_code == 401
            assert stranger.get(f"{app.url}/workspaces/{workspace.id}/audit").status_code == 401
        assert stranger.put(f"{app.url}/workspaces/{uuid.uuid4().hex}", json={}).status_code == 401
    refused = [item for item in acts(client) if item["By"] == "refused credential"]
    assert [(item["Action"], item["Status"]) for item in refused] == [("remove_experiment", 401)]
    assert "wrong" not in json.dumps(refused)


@pytest.mark.attack("What leaves no trace")
def test_what_cannot_be_noted_is_refused_and_not_done(client, deployment):
    before = client.get("").json()
    with audit_away(deployment.storage):
        tried = [
            client.put("subscriptions/kept", json={"Url": "https://hooks.example.org/"}),
            client.put("experiments/kept", json={}),
            client.post("regeneratetoken", params={"slot": "secondary"}),
            client.put("webservices/none/endpoints/kept", json={}),
        ]
        assert client.get("experiments").status_code == 200
    for answer in tried:
        assert answer.status_code == 503, answer.text
        assert "The audit log cannot be written" in answer.json()["error"]["message"]
    assert client.get("").json() == before
    assert client.get("experiments").json() == []
    assert client.get("subscriptions").json() == []


def test_the_administrator_reads_the_log_of_a_deleted_workspace(app, admin, app_settings):
    from studio.storage.keys import admin_token

    with admin.create_workspace("Short-lived") as gone:
        admin.delete_workspace(gone.id)
    headers = {"Authorization": f"Bearer {admin_token(app_settings['PERENNIAL_MASTER_SECRET'])}"}
    found = httpx.get(f"{app.url}/workspaces/{gone.id}/audit", headers=headers).json()
    assert [item["Action"] for item in found] == ["remove_workspace", "add_workspace"]
    assert found[0]["Status"] == 204


def test_the_client_subscribes_lists_and_reads_the_log(workspace, admin, hook):
    made = workspace.put_subscription("ops", hook, ["perennial.job.failed"], enabled=False)
    assert made["Secret"].startswith("whsec_")
    assert workspace.get_subscription("ops") == workspace.list_subscriptions()[0]
    assert (workspace.list_dead_letters("ops"), workspace.redeliver("ops")) == ([], 0)
    workspace.delete_subscription("ops")
    assert workspace.list_events("2026-01-01", kind="perennial.job.failed") == []
    acts = workspace.list_acts(limit=100)
    assert [item["Action"] for item in acts[:3]] == ["remove_subscription", "deliver_again", "set_subscription"]
    assert admin.list_acts(workspace.id, limit=100) == acts


def test_acts_are_found_by_a_text(client):
    client.delete("experiments/apples")
    client.delete("experiments/Pears")
    (found,) = acts(client, q="pEARS")
    assert found["Path"].endswith("experiments/Pears")
    assert acts(client, q="nobody") == []
