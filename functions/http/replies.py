"""HTTP replies: JSON with a request id, and the one place where exceptions become error responses."""

import asyncio
import functools
import inspect
import logging
import random
import time
from collections.abc import Awaitable, Callable, Mapping
from types import MappingProxyType
from typing import Any, cast
from urllib.parse import quote, urlsplit

import azure.functions as func
import orjson
from azure.core.exceptions import AzureError

from functions.http.cors import share
from studio.errors import InternalError, ServiceUnavailable, StudioError
from studio.telemetry import SERVER, describe, span

JSON = "application/json; charset=utf-8"
logger = logging.getLogger(__name__)

Handler = Callable[[func.HttpRequest], func.HttpResponse]
AsyncHandler = Callable[..., Awaitable[func.HttpResponse]]


class Reply(func.HttpResponse):
    """A JSON response with headers in a dict, keys in lower case; created in a fifth of the time HttpResponse takes."""

    mimetype, charset = "application/json", "utf-8"

    def __init__(self, body: bytes, status: int, headers: dict[str, str]) -> None:
        # The base class is not initialised, since that takes as long as scoring a row; its fields are never used.
        self._response = body, status, headers

    @property
    def headers(self) -> Any:
        """The headers, to which callers may add."""
        return self._response[2]

    @property
    def status_code(self) -> int:
        """The status code."""
        return self._response[1]

    def get_body(self) -> bytes:
        """Return the body."""
        return self._response[0]


def json_reply(value: Any, status: int = 200, *, next_page: str | None = None) -> Reply:
    """Return a JSON response; `next_page` is the URL of a list's next page (the header `Link` of RFC 8288).

    No cache may keep it: many carry keys, tokens or links with a SAS token.
    """
    reply = body_reply(orjson.dumps(value), status)
    reply.headers["cache-control"] = "no-store"
    if next_page is not None:
        reply.headers["link"] = f'<{next_page}>; rel="next"'
    return reply


def body_reply(body: bytes, status: int = 200, headers: Mapping[str, str] = MappingProxyType({})) -> Reply:
    """Return a response whose body is already encoded as JSON."""
    return Reply(body, status, {"x-ms-request-id": _request_id(), "content-type": JSON, **headers})


def _request_id() -> str:
    """Return 32 hex digits that identify a request; not secret, so the faster `random` is good enough."""
    return f"{random.getrandbits(128):032x}"


def html_reply(page: str, content_security_policy: str) -> func.HttpResponse:
    """Return an HTML page."""
    headers = {
        "content-type": "text/html; charset=utf-8",
        "content-security-policy": content_security_policy,
        "x-content-type-options": "nosniff",
        "referrer-policy": "no-referrer",
        "cache-control": "no-store",
    }
    return func.HttpResponse(page.encode(), headers=headers)


def csv_reply(content: bytes) -> func.HttpResponse:
    """Return a CSV file."""
    headers = {
        "content-type": "text/csv; charset=utf-8",
        "x-content-type-options": "nosniff",
        "cache-control": "no-store",
    }
    return func.HttpResponse(content, headers=headers)


def page_reply(content: bytes, media: str, next_page: str | None, headers: Mapping[str, str]) -> Reply:
    """Return a page of rows in a format of its own; `next_page` is the URL of the next one (the header `Link`)."""
    more = {"link": f'<{next_page}>; rel="next"'} if next_page else {}
    fixed = {"content-type": media, "x-content-type-options": "nosniff", "cache-control": "no-store"}
    return Reply(content, 200, {"x-ms-request-id": _request_id(), **fixed, **more, **headers})


def file_reply(content: bytes) -> Reply:
    """Return a file's bytes."""
    headers = {
        "content-type": "application/octet-stream",
        "x-content-type-options": "nosniff",
        "cache-control": "no-store",
        "x-ms-request-id": _request_id(),
    }
    return Reply(content, 200, headers)


def rows_reply(content: bytes, media: str, name: str, left_out: int) -> Reply:
    """Return rows as a file to save; the header `x-perennial-rows-left-out` says how many of the table it cannot have.

    Parameters
    ----------
    name
        The file's name, of any characters.
    """
    headers = {
        "content-disposition": f"attachment; filename*=UTF-8''{quote(name, safe='')}",
        "x-perennial-rows-left-out": str(left_out),
    }
    return page_reply(content, media, None, headers)


def empty_reply(status: int = 204, headers: Mapping[str, str] = MappingProxyType({})) -> func.HttpResponse:
    """Return a response without a body."""
    return func.HttpResponse(status_code=status, headers={"x-ms-request-id": _request_id(), **headers})


def replies[F: Handler | AsyncHandler](handler: F) -> F:
    """Turn a handler's exceptions into documented error responses.

    Each call of a synchronous handler records a span below the host's and a log line; for the former it takes the
    invocation's context besides the request. The async handler, which scores thousands of requests per second, records
    metrics instead.
    """
    if asyncio.iscoroutinefunction(handler):
        waits = cast(AsyncHandler, handler)

        @functools.wraps(handler)
        async def reply_async(req: func.HttpRequest, **invocation: Any) -> func.HttpResponse:
            try:
                reply = await waits(req, **invocation)
            except Exception as error:
                reply = _error_reply(error, req)
            share(req, reply)
            return reply

        return cast(F, reply_async)

    returns = cast(Handler, handler)

    @functools.wraps(handler)
    def reply_logged(req: func.HttpRequest, context: func.Context | None = None) -> func.HttpResponse:
        path, started = urlsplit(req.url).path, time.perf_counter()
        fields = {"http.request.method": req.method, "url.path": path}
        with span(handler.__name__, SERVER, req.headers.get("traceparent"), fields, host=host_trace(context)):
            try:
                reply = returns(req)
            except Exception as error:
                reply = _error_reply(error, req)
            share(req, reply)
            status = {"http.response.status_code": reply.status_code}
            describe(status)
            milliseconds = (time.perf_counter() - started) * 1000
            logger.info("%s %s %s %.0f ms", req.method, path, reply.status_code, milliseconds, extra=fields | status)
        return reply

    # What the runtime reads; `wraps` gave it the handler's, which has no context.
    parameters = [inspect.Parameter(name, inspect.Parameter.POSITIONAL_OR_KEYWORD) for name in ("req", "context")]
    reply_logged.__signature__ = inspect.Signature(parameters)  # type: ignore[attr-defined]
    return cast(F, reply_logged)


def host_trace(context: func.Context | None) -> str | None:
    """Return the `traceparent` of the host's span of an invocation, if the host has one."""
    return context.trace_context.trace_parent if context is not None else None


def _error_reply(error: Exception, req: func.HttpRequest) -> func.HttpResponse:
    if isinstance(error, AzureError):
        logger.warning("%s %s: storage failed: %s", req.method, urlsplit(req.url).path, type(error).__name__)
        error = ServiceUnavailable("NoMoreResources", "Storage is not responding at the moment. Try again.")
    if not isinstance(error, StudioError):
        logger.exception("%s %s failed", req.method, urlsplit(req.url).path, exc_info=error)
        error = InternalError("UnknownError", "The app failed. Its log has the details under this request's id.")
    reply = json_reply(error.to_json(), error.status)
    if error.status == ServiceUnavailable.status:
        reply.headers["retry-after"] = "1"
    return reply
