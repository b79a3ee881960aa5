"""Conditional GETs: each JSON response has an ETag, and a client that still has it is told 304 without a body.

So a page that asks every second what has changed costs little to send and to read. Responses stay `no-store`: a client
that wants a 304 keeps the ETag itself and sends it as If-None-Match.

References
----------
RFC 9110, sections 8.8.3 and 13.1.2.
"""

import functools
import hashlib

import azure.functions as func

from functions.http.replies import Handler, Reply, empty_reply


def conditional(handler: Handler) -> Handler:
    """Let a handler of GETs answer 304 to clients that have what it returns."""

    @functools.wraps(handler)
    def answer(req: func.HttpRequest) -> func.HttpResponse:
        return unless_known(req, handler(req))

    return answer


def unless_known(req: func.HttpRequest, reply: func.HttpResponse) -> func.HttpResponse:
    """Return the reply to a GET with its ETag, or 304 if the client has it; any other reply as it is."""
    if req.method != "GET" or not isinstance(reply, Reply) or reply.status_code != 200:
        return reply
    etag = reply.headers.setdefault("etag", _etag(reply))
    if not _is_named(etag, req.headers.get("if-none-match", "")):
        return reply
    kept = {name: reply.headers[name] for name in ("etag", "cache-control", "link") if name in reply.headers}
    return empty_reply(304, kept)


def _etag(reply: Reply) -> str:
    # What is on the next page is part of what a client has seen.
    body = reply.get_body() + reply.headers.get("link", "").encode()
    return f'"{hashlib.blake2b(body, digest_size=16).hexdigest()}"'


def _is_named(etag: str, header: str) -> bool:
    return any(item.strip().removeprefix("W/") in (etag, "*") for item in header.split(",")) if header else False
