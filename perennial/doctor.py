"""Checks a deployment from outside and says how to fix what is wrong."""

from collections.abc import Generator, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from datetime import datetime, timezone
from email.utils import parsedate_to_datetime
from typing import Any
from urllib.parse import urlsplit

import httpx

from perennial.client import Workspace
from perennial.errors import PerennialError
from perennial.transport import tls_context

MAX_CLOCK_SKEW_SECONDS = 300
TIMEOUT_SECONDS = 30
BUNDLE = "Microsoft.Azure.Functions.ExtensionBundle"
# One core gives five, which is too few for 16 requests at a time.
MIN_THREADS = 6
OVERLAPPING = 8


@dataclass(frozen=True, slots=True)
class Finding:
    """The result of one check; `text` says what was found or how to fix it."""

    what: str
    ok: bool
    text: str


def examine(url: str, workspace: Workspace | None) -> Iterator[Finding]:
    """Check a deployment without changing it, and a workspace of it unless that is None."""
    with httpx.Client(timeout=TIMEOUT_SECONDS, verify=tls_context()) as client:
        alive = yield from _examine_app(client, url)
        if not alive:
            return
        yield from _examine_readiness(client, url)
        if workspace is not None:
            yield from _examine_workspace(client, url, workspace)


def _examine_app(client: httpx.Client, url: str) -> Generator[Finding, None, bool]:
    """Check the app itself; returns whether it responds."""
    try:
        response = client.get(f"{url}/health")
    except (httpx.TransportError, httpx.UnsupportedProtocol, httpx.InvalidURL) as error:
        text = f"{url} does not respond ({error}). Check the URL, and that the app is deployed and running."
        yield Finding("app", False, text)
        return False
    if response.status_code != 200 or b"alive" not in response.content:
        text = f"{url}/health returned {response.status_code}: this is a different app, or it failed to start."
        yield Finding("app", False, f"{text} Check the app's log stream.")
        return False
    yield Finding("app", True, f"responds in {response.elapsed.total_seconds() * 1000:.0f} ms")
    if "date" in response.headers:
        skew = abs((datetime.now(timezone.utc) - parsedate_to_datetime(response.headers["date"])).total_seconds())
        text = f"{skew:.0f} s apart"
        if skew > MAX_CLOCK_SKEW_SECONDS:
            text += ". Storage rejects links when clocks disagree. Correct this machine's clock."
        yield Finding("clocks", skew <= MAX_CLOCK_SKEW_SECONDS, text)
    return True


def _examine_readiness(client: httpx.Client, url: str) -> Iterator[Finding]:
    response = client.get(f"{url}/ready")
    try:
        found = response.json()
    except ValueError:
        yield Finding("readiness", False, f"/ready returned {response.status_code}. Check the app's log stream.")
        return
    if "error" in found:
        # The message names the app setting that is missing or wrong.
        yield Finding("settings", False, found["error"]["message"])
        return
    yield Finding("settings", True, "complete")
    for name, check in found["checks"].items():
        yield Finding(name, check["ok"], check.get("problem") or "responds")
    if "host" in found:
        yield from _examine_host(client, url, found["host"])


def _examine_host(client: httpx.Client, url: str, host: dict[str, Any]) -> Iterator[Finding]:
    """Check what Azure's host was told: versions of the app before this check do not say."""
    text, named = host["bundle"] or "none", host["bundle"].startswith(BUNDLE)
    if not named:
        text += f": queues and uploads do not work. host.json must name {BUNDLE}; deploy the app again."
    yield Finding("extensions", named, text)
    threads, enough = host["threads"], host["threads"] >= MIN_THREADS
    text = f"{threads} management requests at a time"
    if not enough:
        text += ". Set the app setting PYTHON_THREADPOOL_THREAD_COUNT to 16."
    yield Finding("threads", enough, text)
    # Storage compares the app's clock, not the front end's, with the times in links.
    skew = abs((datetime.now(timezone.utc) - datetime.fromisoformat(host["time"])).total_seconds())
    text = f"{skew:.0f} s apart"
    if skew > MAX_CLOCK_SKEW_SECONDS:
        text += ". Storage rejects links when clocks disagree. Correct this machine's clock, or restart the app."
    yield Finding("app clock", skew <= MAX_CLOCK_SKEW_SECONDS, text)
    with ThreadPoolExecutor(OVERLAPPING) as pool:
        replies = list(pool.map(lambda _: client.get(f"{url}/ready"), range(OVERLAPPING)))
    seen = {reply.json()["host"]["process"] for reply in replies if reply.status_code == 200}
    text = f"{OVERLAPPING} overlapping requests were handled by {len(seen)} processes"
    spread = len(seen) > OVERLAPPING // 2
    if spread:
        text += ". Each caller may wait for a cold instance: set HTTP_CONCURRENCY to 16 and run 'azd provision'."
    yield Finding("concurrency", not spread, text)


def _examine_workspace(client: httpx.Client, url: str, workspace: Workspace) -> Iterator[Finding]:
    try:
        services = workspace.list_web_services()
    except PerennialError as error:
        yield Finding("workspace", False, error.message)
        return
    yield Finding("workspace", True, f"token accepted; web services: {len(services)}")
    endpoints = [workspace.get_endpoint(service) for service in services]
    if not endpoints:
        return
    named, host = urlsplit(endpoints[0].api_location).netloc, urlsplit(url).netloc
    text = f"endpoints have addresses on {named}"
    if named != host:
        text += f", not on {host}. Set the app setting PERENNIAL_PUBLIC_URL to the URL that clients use."
    yield Finding("addresses", named == host, text)
    resources = [resource for endpoint in endpoints for resource in endpoint.resources]
    if resources:
        yield _examine_link(client, resources[0].location.url)


def _examine_link(client: httpx.Client, url: str) -> Finding:
    """Request a trained model from storage through a link the app issued."""
    host = urlsplit(url).netloc
    try:
        status = client.head(url).status_code
    except httpx.TransportError as error:
        text = f"{host} does not respond ({error}). With a private network, links only work inside it."
        return Finding("links", False, text)
    if status == 200:
        return Finding("links", True, f"{host} accepts them")
    text = (
        f"{host} returned {status}. The app's identity needs the role Storage Blob Data Owner, and clocks must agree."
    )
    return Finding("links", False, text)
