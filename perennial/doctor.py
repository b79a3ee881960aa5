"""Looks at a deployment from outside and says what is wrong with it, and what to do."""

from collections.abc import Generator, Iterator
from dataclasses import dataclass
from datetime import datetime, timezone
from email.utils import parsedate_to_datetime
from urllib.parse import urlsplit

import httpx

from perennial.client import Workspace
from perennial.errors import PerennialError

MAX_CLOCK_SKEW_SECONDS = 300
TIMEOUT_SECONDS = 30


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing that was looked at; `text` is how it is, or what to do about it."""

    what: str
    ok: bool
    text: str


def examine(url: str, workspace: Workspace | None) -> Iterator[Finding]:
    """Yield what is found at a deployment; nothing is changed there. Without a workspace its part is left out."""
    with httpx.Client(timeout=TIMEOUT_SECONDS) as client:
        alive = yield from _examine_app(client, url)
        if not alive:
            return
        yield from _examine_readiness(client, url)
        if workspace is not None:
            yield from _examine_workspace(client, url, workspace)


def _examine_app(client: httpx.Client, url: str) -> Generator[Finding, None, bool]:
    """Yield what is found, and return whether the app answers."""
    try:
        answer = client.get(f"{url}/health")
    except (httpx.TransportError, httpx.UnsupportedProtocol, httpx.InvalidURL) as error:
        text = f"{url} does not answer ({error}). Check the address, and that the app was deployed and is started."
        yield Finding("app", False, text)
        return False
    if answer.status_code != 200 or b"alive" not in answer.content:
        text = f"What answers at {url} is not this app, or it failed to start: /health gave {answer.status_code}."
        yield Finding("app", False, f"{text} Look at the app's log stream.")
        return False
    yield Finding("app", True, f"answers in {answer.elapsed.total_seconds() * 1000:.0f} ms")
    if "date" in answer.headers:
        skew = abs((datetime.now(timezone.utc) - parsedate_to_datetime(answer.headers["date"])).total_seconds())
        text = f"{skew:.0f} s apart"
        if skew > MAX_CLOCK_SKEW_SECONDS:
            text += ": links to storage are refused by a clock that is wrong. Set this machine's."
        yield Finding("clocks", skew <= MAX_CLOCK_SKEW_SECONDS, text)
    return True


def _examine_readiness(client: httpx.Client, url: str) -> Iterator[Finding]:
    answer = client.get(f"{url}/ready")
    try:
        found = answer.json()
    except ValueError:
        yield Finding("readiness", False, f"/ready gave {answer.status_code}. Look at the app's log stream.")
        return
    if "error" in found:
        # An app setting is missing or wrong: the message says which.
        yield Finding("settings", False, found["error"]["message"])
        return
    yield Finding("settings", True, "complete")
    for name, check in found["checks"].items():
        yield Finding(name, check["ok"], check.get("problem") or "answers")


def _examine_workspace(client: httpx.Client, url: str, workspace: Workspace) -> Iterator[Finding]:
    try:
        services = workspace.list_web_services()
    except PerennialError as error:
        yield Finding("workspace", False, error.message)
        return
    yield Finding("workspace", True, f"opens with the token; {len(services)} web services")
    endpoints = [workspace.get_endpoint(service) for service in services]
    if not endpoints:
        return
    named, host = urlsplit(endpoints[0].api_location).netloc, urlsplit(url).netloc
    text = f"answers name {named}"
    if named != host:
        text += f", not {host}. Set PERENNIAL_PUBLIC_URL to the address that clients use."
    yield Finding("addresses", named == host, text)
    resources = [resource for endpoint in endpoints for resource in endpoint.resources]
    if resources:
        yield _examine_link(client, resources[0].location.url)


def _examine_link(client: httpx.Client, url: str) -> Finding:
    """Ask storage for a trained model by the link that the app gave out."""
    host = urlsplit(url).netloc
    try:
        status = client.head(url).status_code
    except httpx.TransportError as error:
        text = f"{host} does not answer from here ({error}). Behind a private network links work inside it alone."
        return Finding("links", False, text)
    if status == 200:
        return Finding("links", True, f"{host} takes them")
    text = (
        f"{host} answered {status}. The app's identity needs the role Storage Blob Data Owner, and clocks must agree."
    )
    return Finding("links", False, text)
