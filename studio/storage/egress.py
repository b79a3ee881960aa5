"""Calls to hosts that clients name: sessions and storage clients that reach only the hosts that are allowed.

Each session has its list of hosts. The list is asked when a request is sent, when a connection is taken from the pool
for it, and when a socket opens (connections.py); so a redirect, a second host or a kept connection leads nowhere else.
Redirects are not followed, and cookies are not kept. If the environment configures a proxy, the proxy decides which IP
address a name leads to.
"""

import functools
from collections.abc import Iterable
from http.cookiejar import DefaultCookiePolicy
from typing import Any

import requests
from azure.core.pipeline.transport import RequestsTransport
from requests.adapters import HTTPAdapter
from urllib3.connectionpool import HTTPConnectionPool, HTTPSConnectionPool

from studio.storage.addresses import Address, PrivateAddress
from studio.storage.connections import MAX_ANSWER_BYTES, TRANSFER, Patience, Refused, Rules, guarded_classes
from studio.storage.encodings import unpack

CONNECTIONS_KEPT = 32
PIECE_BYTES = 64 * 1024


class BodyTooLarge(Exception):
    """The body of a response has more bytes than its reader takes."""


def client_options(allowed: Iterable[str], patience: Patience) -> dict[str, Any]:
    """Return the keyword arguments that hold a client of Azure Storage to the hosts that are allowed."""
    transport = RequestsTransport(
        session=guarded_session(tuple(allowed), patience),
        session_owner=False,
        connection_timeout=patience.connect_seconds,
        read_timeout=patience.read_seconds,
    )
    return {
        "transport": transport,
        "permit_redirects": False,
        "retry_total": patience.retries,
        "retry_connect": max(patience.retries - 1, 0),
        "retry_to_secondary": False,
        "initial_backoff": 0.5,
        "increment_base": 2,
    }


@functools.lru_cache(16)
def guarded_session(allowed: tuple[str, ...], patience: Patience = TRANSFER) -> requests.Session:
    """Return this process's session for some hosts, which reuses connections; safe to share between threads."""
    session = _Session()
    session.cookies.set_policy(DefaultCookiePolicy(allowed_domains=[]))
    # Else `requests` looks for the host in the process's .netrc, and sends the password found there.
    session.auth = _as_it_is
    adapter = _Adapter(Rules(allowed, patience))
    for scheme in ("http://", "https://"):
        session.mount(scheme, adapter)
    return session


def refusal(error: BaseException | None) -> str | None:
    """Return why an address was refused, if that is what caused an error of a session."""
    while error is not None:
        found = next((item for item in (error, *error.args) if isinstance(item, (PrivateAddress, Refused))), None)
        if found is not None:
            return str(found)
        error = error.__cause__ or error.__context__
    return None


def read_body(response: requests.Response, limit: int) -> bytes:
    """Return the unpacked body of a streamed response.

    Raises
    ------
    BodyTooLarge
        If it exceeds `limit` bytes, packed or unpacked.
    requests.RequestException
        If it ends early or cannot be unpacked.
    """
    packed = bytearray()
    try:
        for piece in response.raw.stream(PIECE_BYTES, decode_content=False):
            packed += piece
            if len(packed) > limit:
                raise BodyTooLarge(f"The response exceeds {limit:,} bytes.")
    except (BodyTooLarge, requests.RequestException):
        raise
    except Exception as error:
        # urllib3 and http.client have many names for a connection that breaks.
        raise requests.ConnectionError(error) from error
    finally:
        response.close()
    try:
        content = unpack(bytes(packed), response.headers.get("content-encoding"), limit)
    except ValueError as error:
        raise requests.exceptions.ContentDecodingError(error) from error
    if isinstance(content, int):
        raise BodyTooLarge(f"The response exceeds {limit:,} bytes, unpacked.")
    return content


class _Session(requests.Session):
    """Follows no redirects, and unpacks whole responses with their bytes counted."""

    def get_redirect_target(self, resp: requests.Response) -> str | None:
        # Also without following them, `requests` would read the body of a redirect, unpacked, in any size.
        return None

    def send(self, request: requests.PreparedRequest, **options: Any) -> requests.Response:
        whole, options["stream"] = not options.get("stream"), True
        response = super().send(request, **options)
        if whole:
            try:
                response._content = read_body(response, MAX_ANSWER_BYTES)
                response._content_consumed = True
            except BodyTooLarge as error:
                raise requests.ConnectionError(Refused(str(error)), request=request) from error
        return response


class _Adapter(HTTPAdapter):
    def __init__(self, rules: Rules) -> None:
        self._rules = rules
        super().__init__(pool_maxsize=CONNECTIONS_KEPT)

    def init_poolmanager(self, *arguments: Any, **options: Any) -> None:
        super().init_poolmanager(*arguments, **options)
        plain, secure = guarded_classes(self._rules)
        self.poolmanager.pool_classes_by_scheme = {
            "http": type("PlainPool", (HTTPConnectionPool,), {"ConnectionCls": plain}),
            "https": type("SecurePool", (HTTPSConnectionPool,), {"ConnectionCls": secure}),
        }

    def get_connection_with_tls_context(
        self, request: requests.PreparedRequest, verify: Any, proxies: Any = None, cert: Any = None
    ) -> HTTPConnectionPool:
        try:
            address = self._rules.check(str(request.url))
            pool = super().get_connection_with_tls_context(request, verify, proxies, cert)
            if pool.proxy is None:
                _check_pool(address, pool)
        except Refused as error:
            raise requests.exceptions.InvalidURL(error, request=request) from error
        return pool


def _check_pool(address: Address, pool: HTTPConnectionPool) -> None:
    host = f"[{pool.host.strip('[]')}]" if ":" in pool.host else pool.host.lower()
    if (pool.scheme, host, pool.port) != (address.scheme, address.host, address.port):
        raise Refused(f"A connection to '{host}:{pool.port}' was made for '{address.netloc}'.")


def _as_it_is(request: requests.PreparedRequest) -> requests.PreparedRequest:
    return request
