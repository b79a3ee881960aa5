"""How an event is sent: as CloudEvents 1.0 in a signed POST, or to a topic of Azure Event Grid.

Requests go through the app's guard for hosts that clients name (studio/storage/egress.py): only listed hosts, only the
IP addresses that these may have, no redirects, and not for long.

References
----------
CloudEvents 1.0, JSON event format and HTTP binding (structured mode). Standard Webhooks for the signature's headers.
Event Grid: "Publish events to Azure Event Grid custom topics", API version 2018-01-01, token for
https://eventgrid.azure.net.
"""

import base64
import hashlib
import hmac
import threading
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import orjson
import requests
from azure.core.exceptions import AzureError

from studio.events.subscriptions import EVENT_GRID, Subscription, secret_bytes
from studio.settings import Settings, app_version
from studio.storage.account import open_identity
from studio.storage.connections import Patience
from studio.storage.egress import guarded_session, refusal
from studio.storage.event_log import Recorded
from studio.wire import classic_time

CONTENT_TYPE = "application/cloudevents+json; charset=utf-8"
SCOPE, API_VERSION = "https://eventgrid.azure.net/.default", "api-version=2018-01-01"
# Of a response only the status and two headers are looked at.
PATIENCE = Patience(3, 5, 5, 6, 64 * 1024, 64 * 1024, 0)
MAX_WAIT, MAX_REASON = 3600, 200
GONE = 410

GetToken = Callable[[], str]


@dataclass(frozen=True, slots=True)
class Answer:
    """What came of sending an event.

    Parameters
    ----------
    delivered
        Whether the receiver took it.
    reason
        Why not, in words.
    gone
        Whether the receiver wants no more events.
    wait
        How many seconds the receiver asks to be left alone, or 0.
    """

    delivered: bool
    reason: str = ""
    gone: bool = False
    wait: int = 0


class Sender:
    """Sends events of any workspace to the hosts that the settings allow; safe to share between threads.

    Parameters
    ----------
    token
        Returns a token of the app's identity for Event Grid; by default that of Azure's identity library.
    """

    def __init__(self, settings: Settings, token: GetToken | None = None, patience: Patience = PATIENCE) -> None:
        self._settings = settings
        self._session = guarded_session(settings.event_hosts, patience)
        self._token = token or _Identity(settings).token

    def send(self, subscription: Subscription, event: Recorded, *, now: datetime) -> Answer:
        """Send an event to a subscription's address, once."""
        body = event_body(event, source_of(self._settings, subscription.workspace_id))
        try:
            url, headers = self._request(subscription, event, body, now)
            response = self._session.post(url, data=body, headers=headers, stream=True, allow_redirects=False)
        except (requests.RequestException, AzureError, ValueError, OSError) as error:
            return Answer(False, (refusal(error) or f"{type(error).__name__}: no response")[:MAX_REASON])
        # Nothing of the body is read: whoever is told has nothing to say.
        response.close()
        if 200 <= response.status_code < 300:
            return Answer(True)
        return Answer(
            False,
            f"HTTP {response.status_code}",
            response.status_code == GONE,
            _wait(response.headers.get("retry-after")),
        )

    def _request(
        self, subscription: Subscription, event: Recorded, body: bytes, now: datetime
    ) -> tuple[str, dict[str, str]]:
        if subscription.kind == EVENT_GRID:
            return event_grid_url(subscription.url), _headers() | {"authorization": f"Bearer {self._token()}"}
        return subscription.url, _headers() | signature_headers(subscription.secret, event.id, body, now)


def source_of(settings: Settings, workspace_id: str) -> str:
    """Return where a workspace's events come from, as CloudEvents' `source` says it."""
    return f"{settings.public_url or ''}/workspaces/{workspace_id}"


def event_object(event: Recorded, source: str) -> dict[str, Any]:
    """Return an event in the JSON format of CloudEvents 1.0; the same for every delivery of it."""
    return {
        "specversion": "1.0",
        "id": event.id,
        "source": source,
        "type": event.type,
        "subject": event.subject,
        "time": classic_time(event.at),
        "datacontenttype": "application/json",
        "data": event.data,
    }


def event_body(event: Recorded, source: str) -> bytes:
    """Return the body of the request that tells an event."""
    return orjson.dumps(event_object(event, source))


def signature_headers(secret: str, event_id: str, body: bytes, now: datetime) -> dict[str, str]:
    """Return the headers by which a receiver knows that the app sent a body, when, and whether it had it before."""
    at = str(int(now.timestamp()))
    signed = hmac.new(secret_bytes(secret), f"{event_id}.{at}.".encode() + body, hashlib.sha256).digest()
    signature = f"v1,{base64.b64encode(signed).decode()}"
    return {"webhook-id": event_id, "webhook-timestamp": at, "webhook-signature": signature}


def event_grid_url(url: str) -> str:
    """Return the address at which a topic takes events, with the version of its API."""
    path = url.partition("?")[0]
    return f"{path if path.rstrip('/').endswith('/api/events') else path.rstrip('/') + '/api/events'}?{API_VERSION}"


def _headers() -> dict[str, str]:
    return {"content-type": CONTENT_TYPE, "user-agent": f"Perennial/{app_version()}"}


def _wait(header: str | None) -> int:
    return min(int(header), MAX_WAIT) if header and header.isdecimal() and len(header) < 7 else 0


class _Identity:
    """The app's identity, opened when it is first needed; its library keeps tokens until they expire."""

    def __init__(self, settings: Settings) -> None:
        self._settings = settings
        self._lock = threading.Lock()
        self._credential: Any = None

    def token(self) -> str:
        with self._lock:
            self._credential = self._credential or open_identity(self._settings)
            return str(self._credential.get_token(SCOPE).token)
