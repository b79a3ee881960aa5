"""The HTTP side as an ASGI application: routes a request, runs the function, sends its response.

What the function gets is what the real host sends: no body without a Content-Length above 0, no empty query values,
repeated ones joined by commas. What no function answers has an empty body.

References
----------
azure-functions-host: GrpcMessageConversionExtensions.ToRpcHttp.
"""

import functools
import logging
from collections.abc import Awaitable, Callable, Iterable
from http import HTTPStatus
from typing import Any
from urllib.parse import parse_qsl, quote, unquote

from devhost.messages import NO_BODY, Message, TypedData
from devhost.routes import Match, RouteTable, find_match
from devhost.runtime import FunctionFailed

Receive = Callable[[], Awaitable[dict[str, Any]]]
Send = Callable[[dict[str, Any]], Awaitable[None]]
MAX_KEPT_QUERIES = 256
# What ASP.NET leaves as it is in a path, besides letters and digits.
IN_PATHS = "-._~!$&'()*+,;=:@/"
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
        match = find_match(self.routes, scope["method"], scope["raw_path"].decode("ascii"))
        if match is None:
            await _send(send, HTTPStatus.NOT_FOUND, [], b"")
            return
        body = await _read_body(receive, self.max_body_bytes)
        if body is None:
            await _send(send, HTTPStatus.REQUEST_ENTITY_TOO_LARGE, [], b"")
            return
        headers = _headers(scope["headers"])
        request = _request(scope, match, headers, body)
        try:
            returned = await match.route.function.run(request, parent=headers.get("traceparent", ""))
        except FunctionFailed as error:
            logger.error("%s", error)
            await _send(send, HTTPStatus.INTERNAL_SERVER_ERROR, [], b"")
            return
        await _send_response(send, returned)


def _headers(pairs: list[tuple[bytes, bytes]]) -> dict[str, str]:
    headers = {name.decode("latin-1"): value.decode("latin-1") for name, value in pairs}
    if len(headers) == len(pairs):
        return headers
    return _join((name.decode("latin-1"), value.decode("latin-1")) for name, value in pairs)


def _request(scope: dict[str, Any], match: Match, headers: dict[str, str], body: bytes) -> TypedData:
    path, query = scope["raw_path"].decode("ascii"), scope["query_string"].decode("latin-1")
    if "%" in path:
        path = quote(unquote(path), safe=IN_PATHS)
    url = f"{scope['scheme']}://{headers.get('host', '')}{path}"
    # A chunked body comes without a length, and the real host passes on none of it.
    has_body = body and headers.get("content-length", "0") != "0"
    http = Message(
        method=scope["method"],
        url=f"{url}?{query}" if query else url,
        headers=headers,
        query=_query(query),
        params=match.values,
        body=TypedData("bytes", body) if has_body else NO_BODY,
    )
    return TypedData("http", http)


@functools.lru_cache(MAX_KEPT_QUERIES)
def _query(text: str) -> dict[str, str]:
    """Return the parameters of a query; cached, because most callers send the same query each time."""
    names: dict[str, str] = {}
    return _join((names.setdefault(name.lower(), name), value) for name, value in parse_qsl(text))


def _join(pairs: Iterable[tuple[str, str]]) -> dict[str, str]:
    """Return the values by name, those of one name joined by commas as in .NET's StringValues."""
    joined: dict[str, str] = {}
    for name, value in pairs:
        joined[name] = f"{joined[name]},{value}" if joined.get(name) and value else joined.get(name) or value
    return joined


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


async def _send_response(send: Send, returned: Message | None) -> None:
    http = getattr(returned, "http", None)
    if http is None:
        body = "" if returned is None else next(iter(vars(returned).values()))
        await _send(send, 200 if returned else 204, [(b"content-type", b"text/plain; charset=utf-8")], body.encode())
        return
    headers = [(name.lower().encode(), value.encode()) for name, value in http.headers.items()]
    await _send(send, int(http.status_code), headers, http.body.bytes)


async def _send(send: Send, status: int, headers: list[tuple[bytes, bytes]], body: bytes) -> None:
    if status not in (204, 304):
        headers = [*headers, (b"content-length", str(len(body)).encode())]
    await send({"type": "http.response.start", "status": status, "headers": headers})
    await send({"type": "http.response.body", "body": body if status not in (204, 304) else b""})
