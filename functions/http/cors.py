"""Cross-origin requests: what browsers are told so that pages of other sites may call this app.

Off unless PERENNIAL_CORS_ORIGINS names origins. Callers send a key or token in a header, never a cookie, so nothing
here lets a page act with what its visitor is signed in to; Access-Control-Allow-Credentials is never sent. Where the
platform answers browsers itself (it then sets WEBSITE_CORS_ALLOWED_ORIGINS), the app adds nothing, since browsers
refuse a response that has a header twice.

References
----------
fetch.spec.whatwg.org, "CORS protocol"; azure-functions-host: JobHostCorsMiddleware.
"""

import functools

import azure.functions as func

from studio.errors import InternalError
from studio.settings import ANY_ORIGIN, read_cors_origins

METHODS = "GET, POST, PUT, PATCH, DELETE"
# Those that this app reads, and those that Azure's client libraries send along.
REQUEST_HEADERS = (
    "authorization, content-type, if-match, if-none-match, traceparent, tracestate, x-ms-client-request-id, "
    "x-ms-metaanalytics-authorizationtoken"
)
RESPONSE_HEADERS = (
    "content-disposition, etag, link, retry-after, x-ms-client-request-id, x-ms-request-id, x-perennial-deployment, "
    "x-perennial-missing-rows, x-perennial-rows-left-out, x-perennial-until"
)
MAX_AGE_SECONDS = 3600


@functools.cache
def shared_origins() -> frozenset[str]:
    """Return the origins whose pages may read responses."""
    try:
        return frozenset(read_cors_origins())
    except InternalError:
        # Every request that needs the settings says what is wrong with them.
        return frozenset()


def share(req: func.HttpRequest, reply: func.HttpResponse) -> None:
    """Add what lets an allowed origin's page read a response; nothing for other origins, and if there are none."""
    origins = shared_origins()
    if not origins:
        return
    allowed = _allowed(req, origins)
    if ANY_ORIGIN not in origins:
        # Otherwise a cache would give one origin the response that another one may read.
        reply.headers["vary"] = "Origin"
    if allowed is not None:
        reply.headers["access-control-allow-origin"] = allowed
        reply.headers["access-control-expose-headers"] = RESPONSE_HEADERS


def preflight(req: func.HttpRequest) -> dict[str, str] | None:
    """Return the headers that answer what browsers ask before a request; None if it is no such question or refused."""
    asked = req.method == "OPTIONS" and req.headers.get("access-control-request-method")
    if not asked or _allowed(req, shared_origins()) is None:
        return None
    return {
        "access-control-allow-methods": METHODS,
        "access-control-allow-headers": REQUEST_HEADERS,
        "access-control-max-age": str(MAX_AGE_SECONDS),
    }


def _allowed(req: func.HttpRequest, origins: frozenset[str]) -> str | None:
    """Return the value of Access-Control-Allow-Origin, or None; an origin is compared as a whole."""
    origin = req.headers.get("origin")
    if origin is None:
        return None
    return ANY_ORIGIN if ANY_ORIGIN in origins else origin if origin in origins else None
