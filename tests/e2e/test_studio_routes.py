"""The routes that the browser Studio needs, over HTTP: what headers and statuses say."""

import httpx
import pytest


@pytest.fixture
def client(app, workspace):
    headers = {"Authorization": f"Bearer {workspace.token}"}
    with httpx.Client(base_url=f"{app.url}/workspaces/{workspace.id}/", headers=headers, timeout=60) as found:
        yield found


def test_two_editors_of_a_draft_do_not_overwrite_each_other(client):
    draft, body = "experiments/New%20one/draft", {"document": {"modules": {"<b>": 1}}}
    assert client.get(draft).status_code == 404
    first = client.put(draft, json=body, headers={"If-None-Match": "*"})
    assert (first.status_code, first.json()["document"]) == (200, body["document"])
    again = client.put(draft, json=body, headers={"If-None-Match": "*"})
    assert (again.status_code, again.json()["error"]["details"][0]["code"]) == (412, "DraftChanged")
    seen = client.get(draft)
    assert seen.headers["etag"] == first.headers["etag"]
    assert client.get(draft, headers={"If-None-Match": seen.headers["etag"]}).status_code == 304
    second = client.put(draft, json={"document": {}, "basedOn": 2}, headers={"If-Match": seen.headers["etag"]})
    assert second.status_code == 200
    assert client.delete(draft, headers={"If-Match": seen.headers["etag"]}).status_code == 412
    assert [item["name"] for item in client.get("drafts").json()] == ["New one"]
    assert client.get("experiments").json() == []
    assert client.delete(draft, headers={"If-Match": second.headers["etag"]}).status_code == 204
    assert client.get("drafts").json() == []
