"""The HTTP side as an ASGI application: routes a request, runs the function, sends its response."""

import functools
import json
import logging
from collections.abc import Awaitable, Callable
from http import HTTPStatus
from typing import Any
from urllib.parse import parse_qsl

from azure_functions_runtime.bindings.datumdef import Datum

from devhost.routes import Match, MethodNotAllowed, RouteTable, find_match
from devhost.runtime import FunctionFailed

Receive = Callable[[], Awaitable[dict[str, Any]]]
Send = Callable[[dict[str, Any]], Awaitable[None]]
MAX_KEPT_QUERIES = 256
logger = logging.getLogger(__name__)


class HttpHost:
    """The ASGI application of the HTTP functions.

    Parameters
    ----------
    routes
        Compiled routes.
    max_body_bytes
        Larger bodies get 413, as from the real host (100 MB by default).
    """

    def __init__(self, routes: RouteTable, max_body_bytes: int = 104_857_600) -> None:
        self.routes = routes
        self.max_body_bytes = max_body_bytes

    async def __call__(self, scope: dict[str, Any], receive: Receive, send: Send) -> None:
        """Respond to one request."""
        if scope["type"] != "http":
            return
        try:
            match = find_match(self.routes, scope["method"], scope["raw_path"].decode("ascii"))
        except MethodNotAllowed as error:
            message = f"{scope['method']} is not allowed here. Use {' or '.join(error.allowed)}."
            await _send_error(send, HTTPStatus.METHOD_NOT_ALLOWED, message, allow=", ".join(error.allowed))
            return
        if match is None:
            await _send_error(send, HTTPStatus.NOT_FOUND, f"Nothing is served at {scope['path']}.")
            return
        body = await _read_body(receive, self.max_body_bytes)
        if body is None:
            await _send_error(send, HTTPStatus.REQUEST_ENTITY_TOO_LARGE, "The request body is larger than 100 MB.")
            return
        try:
            returned = await match.route.function.run(_request(scope, match, body))
        except FunctionFailed as error:
            logger.error("%s", error)
            await _send_error(send, HTTPStatus.INTERNAL_SERVER_ERROR, "The function failed; see the log.")
            return
        await _send_response(send, returned)


def _request(scope: dict[str, Any], match: Match, body: bytes) -> Datum:
    headers = {name.decode("latin-1"): value.decode("latin-1") for name, value in scope["headers"]}
    query = scope["query_string"].decode("latin-1")
    url = f"{scope['scheme']}://{headers.get('host', '')}{scope['raw_path'].decode('ascii')}"
    return Datum(
        {
            "method": Datum(scope["method"], "string"),
            "url": Datum(f"{url}?{query}" if query else url, "string"),
            "headers": {name: Datum(value, "string") for name, value in headers.items()},
            "query": _query(query),
            "params": {name: Datum(value, "string") for name, value in match.values.items()},
            "body": Datum(body, "bytes"),
        },
        "http",
    )


@functools.lru_cache(MAX_KEPT_QUERIES)
def _query(text: str) -> dict[str, Datum]:
    """Return the parameters of a query; cached, because most callers send the same query each time."""
    return {name: Datum(value, "string") for name, value in parse_qsl(text, True)}


async def _read_body(receive: Receive, max_bytes: int) -> bytes | None:
    parts, size = [], 0
    while True:
        message = await receive()
        part = message.get("body", b"")
        size += len(part)
        if size > max_bytes:
            return None
        parts.append(part)
        if not message.get("more_body", False):
            return parts[0] if len(parts) == 1 else b"".join(parts)


async def _send_response(send: Send, returned: Datum | None) -> None:
    if returned is None or returned.type != "http":
        body = b"" if returned is None else str(returned.value).encode()
        await _send(send, 200 if returned else 204, [(b"content-type", b"text/plain; charset=utf-8")], body)
        return
    value = returned.value
    headers = [(name.lower().encode(), datum.value.encode()) for name, datum in value["headers"].items()]
    await _send(send, int(value["status_code"].value), headers, value["body"].value)


async def _send_error(send: Send, status: HTTPStatus, message: str, **headers: str) -> None:
    code = status.phrase.title().replace(" ", "")
    body = json.dumps({"error": {"code": code, "message": message, "details": []}}).encode()
    named = [(name.encode(), value.encode()) for name, value in headers.items()]
    await _send(send, status, [(b"content-type", b"application/json; charset=utf-8"), *named], body)


async def _send(send: Send, status: int, headers: list[tuple[bytes, bytes]], body: bytes) -> None:
    if status not in (204, 304):
        headers = [*headers, (b"content-length", str(len(body)).encode())]
    await send({"type": "http.response.start", "status": status, "headers": headers})
    await send({"type": "http.response.body", "body": body if status not in (204, 304) else b""})
