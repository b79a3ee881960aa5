"""Hosts that clients name: none is reached unless it is listed, and one that is silent takes nothing from others."""

import socket
import threading
import time

import httpx
import pytest

from tests.e2e.steps import RESOURCE, call

pytestmark = pytest.mark.attack("Addresses of other hosts")

CALLS = 40
# Before requests that wait for other hosts had threads of their own, both took more than a minute.
MAX_SECONDS = 5


@pytest.fixture(scope="module")
def silent(app_settings):
    """A host that the operator listed, which takes connections and says nothing."""
    host, _, port = app_settings["PERENNIAL_IMPORT_HOSTS"].partition(":")
    taken = []
    with socket.create_server((host, int(port)), backlog=256) as listener:

        def take():
            while True:
                try:
                    taken.append(listener.accept()[0])
                except OSError:
                    return

        threading.Thread(target=take, daemon=True).start()
        yield f"http://{host}:{port}/"
        listener.shutdown(socket.SHUT_RDWR)
        for connection in taken:
            connection.close()


def test_hosts_that_do_not_respond_take_nothing_from_others(app, published, silent, record_property):
    endpoint, ended = published.training_endpoint, []
    body = {"Inputs": {"input1": {"BaseLocation": silent, "RelativeLocation": "data/a.csv"}}}
    headers = {"Authorization": f"Bearer {endpoint.primary_key}"}

    def ask(number):
        if number % 2:
            other = f"{app.url}/workspaces/{published.workspace.id}/webservices/{published.service.id}/endpoints/held"
            location = body["Inputs"]["input1"] | {"RelativeLocation": "data/a.ilearner"}
            resources = {"Resources": [{"Name": RESOURCE, "Location": location}]}
            with httpx.Client(headers={"Authorization": f"Bearer {held.primary_key}"}, timeout=120) as client:
                ended.append(client.patch(other, json=resources).status_code)
        else:
            with httpx.Client(headers=headers, timeout=120) as client:
                ended.append(client.post(f"{endpoint.api_location}/jobs?api-version=2.0", json=body).status_code)

    held = published.workspace.add_endpoint(published.service, "held")
    threads = [threading.Thread(target=ask, args=[number], daemon=True) for number in range(CALLS)]
    for thread in threads:
        thread.start()
    time.sleep(0.5)
    slowest, waiting = {"health": 0.0, "ready": 0.0, "management": 0.0}, 0
    token = {"Authorization": f"Bearer {published.workspace.token}"}
    addresses = {
        "health": f"{app.url}/health",
        "ready": f"{app.url}/ready",
        "management": f"{app.url}/workspaces/{published.workspace.id}/webservices",
    }
    with httpx.Client(timeout=120) as client:
        for _ in range(10):
            waiting = max(waiting, sum(thread.is_alive() for thread in threads))
            for name, address in addresses.items():
                started = time.monotonic()
                assert client.get(address, headers=token).status_code == 200
                slowest[name] = max(slowest[name], time.monotonic() - started)
    record_property("slowest", str({name: round(seconds, 3) for name, seconds in slowest.items()}))
    assert waiting > CALLS / 2
    assert max(slowest.values()) < MAX_SECONDS
    for thread in threads:
        thread.join(120)
    assert len(ended) == CALLS
    assert set(ended) <= {400, 503}


@pytest.mark.parametrize(
    "base",
    [
        "https://x.blob.core.windows.net/?a",
        "https://x.blob.core.windows.net/#a",
        "https://",
        "https://[::1/",
        "https://x:y/",
        "http://127.0.0.1:1\\@x.blob.core.windows.net/",
        "http://x.blob.core.windows.net@127.0.0.1:1/",
        "https://x.blob.core.windows.net:8443/",
    ],
)
def test_a_base_location_that_cannot_be_used_is_an_error_of_the_caller(published, base):
    endpoint = published.training_endpoint
    reference = {"BaseLocation": base, "RelativeLocation": "data/a.csv"}
    answer = call("POST", f"{endpoint.api_location}/jobs", endpoint.primary_key, {"Inputs": {"input1": reference}})
    assert (answer.status_code, answer.json()["error"]["details"][0]["code"]) == (400, "InvalidBlob")


def test_no_cache_keeps_what_opens_something(app, published):
    workspace = published.workspace
    services = f"{app.url}/workspaces/{workspace.id}/webservices"
    for method, path, body in (
        ("GET", f"{services}/{published.service.id}/endpoints/default", None),
        ("GET", f"{services}/{published.service.id}/endpoints", None),
        ("POST", f"{app.url}/workspaces/{workspace.id}/datasets", {"Name": "linked.csv"}),
        ("GET", f"{app.url}/workspaces/{workspace.id}/webservices/none", None),
    ):
        assert call(method, path, workspace.token, body).headers["cache-control"] == "no-store", path


def test_a_made_up_host_is_in_no_page_that_others_read(app, published):
    endpoint = published.default
    service = f"workspaces/{published.workspace.id}/webservices/{published.service.id}/endpoints/default"
    for path in (f"apihelp/{service}/score", f"{service}/apidocument", "openapi.json"):
        answer = httpx.get(f"{app.url}/{path}", headers={"x-forwarded-host": "evil.test", "x-forwarded-proto": "evil"})
        assert answer.status_code == 200
        assert "evil" not in answer.text
    assert endpoint.api_location.startswith(app.url)
