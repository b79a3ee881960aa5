"""What calls leave in the audit log: operations.py declares which do, and this module writes it.

A row is written at the moment a credential opens what the call is about (requests.py), before anything is done; if
that fails, the call is refused with 503. What pages do all the time, such as reading an endpoint with its keys or
saving a draft, is noted once an hour for each credential, address and path; refused credentials too, and of those no
more than a flood may cost.
"""

import contextlib
import functools
import ipaddress
import json
from contextvars import ContextVar
from dataclasses import dataclass, field
from datetime import datetime
from urllib.parse import urlsplit

import azure.functions as func
from azure.core.exceptions import AzureError

from functions.http.app import current_app
from functions.http.replies import Handler
from studio.errors import ServiceUnavailable, StudioError, Unauthorized
from studio.storage.audit_log import Act, begin, end, in_call
from studio.storage.keys import is_id
from studio.storage.rows import Row

# How often what is repeated is noted, and how many different things within that time: above, nothing more is.
REPEAT_SECONDS, MOST_REPEATED = 3600, 10_000
MOST_REFUSED, MOST_REFUSED_OF_ONE = 1000, 60


@dataclass(slots=True)
class Repeats:
    """What was noted within the hour by this process, so that it is not noted again."""

    most: int
    most_of_one: int
    hour: int = 0
    seen: set[tuple[str, ...]] = field(default_factory=set)
    counts: dict[str, int] = field(default_factory=dict)

    def is_new(self, owner: str, what: tuple[str, ...], now: datetime) -> bool:
        """Return whether something of an owner is to be noted; it counts as noted then."""
        hour = int(now.timestamp()) // REPEAT_SECONDS
        if hour != self.hour:
            self.hour, self.seen, self.counts = hour, set(), {}
        key, count = (owner, *what), self.counts.get(owner, 0)
        if key in self.seen or len(self.seen) >= self.most or count >= self.most_of_one:
            return False
        self.seen.add(key)
        self.counts[owner] = count + 1
        return True

    def forget(self, owner: str, what: tuple[str, ...]) -> None:
        """Let something be noted again, because it could not be."""
        self.seen.discard((owner, *what))


_read = Repeats(MOST_REPEATED, MOST_REPEATED)
_refused = Repeats(MOST_REFUSED, MOST_REFUSED_OF_ONE)


@dataclass(slots=True)
class _Call:
    """A call in progress; `row` is what the log has of it."""

    req: func.HttpRequest
    action: str
    hourly: bool
    by: str = ""
    row: Row | None = None

    def act(self, by: str) -> Act:
        settings = current_app().storage.settings
        source = client_address(self.req.headers.get("x-forwarded-for"), settings.proxies)
        name = self.req.headers.get("x-ms-client-principal-name", "") if settings.names_callers else ""
        return Act(by, name, source, self.action, self.req.method, urlsplit(self.req.url).path)


_call: ContextVar[_Call | None] = ContextVar("call", default=None)


def opened(workspace_id: str, by: str) -> None:
    """Note that a credential, named `by`, opens a workspace or what is in it for the call in progress.

    Raises
    ------
    ServiceUnavailable
        If the audit log cannot be written: what is not in it is not done.
    """
    call = _call.get()
    if call is None or call.row is not None or call.by:
        return
    call.by = by
    storage, act = current_app().storage, call.act(by)
    if not workspace_id:
        # It is about to be created; created() notes it.
        return
    what = (by, act.source, act.action, act.path)
    if call.hourly and not _read.is_new(workspace_id, what, storage.clock()):
        return
    try:
        call.row = begin(storage, workspace_id, act, now=storage.clock())
    except AzureError as error:
        _read.forget(workspace_id, what)
        text = "The audit log cannot be written at the moment, and nothing is done that it does not have. Try again."
        raise ServiceUnavailable("NoMoreResources", text) from error


def audited(handler: Handler, action: str, *, hourly: bool) -> Handler:
    """Return a handler whose calls are in the audit log."""

    @functools.wraps(handler)
    def answer(req: func.HttpRequest) -> func.HttpResponse:
        call = _Call(req, action, hourly)
        tokens = _call.set(call), in_call.set(True)
        try:
            reply = handler(req)
        except Exception as error:
            status = error.status if isinstance(error, StudioError) else 503 if isinstance(error, AzureError) else 500
            if call.row is None and isinstance(error, Unauthorized):
                _note_refused(call)
            _end(call, status, "")
            raise
        finally:
            _call.reset(tokens[0])
            in_call.reset(tokens[1])
        if call.by and call.row is None and not hourly:
            _note_created(call, reply)
        _end(call, reply.status_code, str(reply.headers.get("x-ms-request-id", "")))
        return reply

    return answer


def _end(call: _Call, status: int, request_id: str) -> None:
    if call.row is not None:
        end(current_app().storage, call.row, status, request_id)


def _note_created(call: _Call, reply: func.HttpResponse) -> None:
    """Note in a new workspace's log who created it."""
    storage, id_ = current_app().storage, str(json.loads(reply.get_body() or b"{}").get("WorkspaceId", ""))
    if is_id(id_):
        with contextlib.suppress(AzureError):
            call.row = begin(storage, id_, call.act(call.by), now=storage.clock())


def _note_refused(call: _Call) -> None:
    """Note a key or token that was refused."""
    storage, act = current_app().storage, call.act("refused credential")
    route = call.req.route_params
    owner = str(route.get("workspace") or route.get("subscription") or "").lower().replace("-", "")
    if is_id(owner) and _refused.is_new(owner, (act.source, act.action), storage.clock()):
        with contextlib.suppress(AzureError):
            begin(storage, owner, act, now=storage.clock(), status=Unauthorized.status)


def client_address(forwarded: str | None, proxies: int) -> str:
    """Return the IP address that a request came from, as the trusted proxies in front of the app have it; else empty.

    Each proxy adds the address that called it at the end of X-Forwarded-For, with or without a port. What is before
    those of our own proxies was sent by the caller, who can write anything.

    Parameters
    ----------
    forwarded
        The header X-Forwarded-For.
    proxies
        How many proxies there are: 1 is the platform's front end alone.
    """
    entries = [item.strip() for item in (forwarded or "").split(",")]
    if not 0 < proxies <= len(entries):
        return ""
    text = entries[-proxies]
    if text.startswith("["):
        text = text[1:].partition("]")[0]
    elif text.count(":") == 1:
        text = text.partition(":")[0]
    try:
        return str(ipaddress.ip_address(text))
    except ValueError:
        return ""
