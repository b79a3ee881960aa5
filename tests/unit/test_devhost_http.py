"""What the development host makes of a request, beside azure-functions-host's GrpcMessageConversionExtensions."""

import asyncio
from typing import ClassVar

import pytest

from devhost.http import HttpHost
from devhost.routes import compile_routes
from devhost.runtime import Function


class Recorder(Function):
    """A function that keeps what it is given."""

    received: ClassVar[list] = []

    async def run(self, value, metadata=None, parent=""):
        self.received.append((value.http, parent))


def send(path: str, query: str = "", headers: dict | list = (), body: bytes = b"", method: str = "POST"):
    """Send a request; return the response's status and the message for the function."""
    Recorder.received.clear()
    host = HttpHost(compile_routes([Recorder("f", "f", {"type": "httpTrigger", "route": "r/{x?}"})], ""), 100)
    pairs = headers.items() if isinstance(headers, dict) else headers
    scope = {
        "type": "http",
        "method": method,
        "scheme": "http",
        "raw_path": path.encode(),
        "query_string": query.encode(),
        "headers": [(name.encode(), value.encode()) for name, value in (("host", "h"), *pairs)],
    }
    sent = []

    async def receive():
        return {"type": "http.request", "body": body, "more_body": False}

    async def keep(message):
        sent.append(message)

    asyncio.run(HttpHost.__call__(host, scope, receive, keep))
    return sent[0]["status"], (Recorder.received or [None])[0]


def test_a_body_arrives_only_with_a_content_length():
    _, (http, _) = send("/r", headers={"content-length": "4"}, body=b"text")
    assert (http.body.kind, http.body.value) == ("bytes", b"text")
    _, (http, _) = send("/r", headers={"transfer-encoding": "chunked"}, body=b"text")
    assert http.body.kind is None
    assert http.headers["transfer-encoding"] == "chunked"


@pytest.mark.parametrize(
    "query, expected",
    [
        ("a=1&b=x%20y+z", {"a": "1", "b": "x y z"}),
        ("a=&b&c=1", {"c": "1"}),
        ("a=1&a=2", {"a": "1,2"}),
        ("a=1&A=2", {"a": "1,2"}),
        ("a=&a=2", {"a": "2"}),
    ],
)
def test_query_values_are_dropped_and_joined_as_in_net(query, expected):
    _, (http, _) = send("/r", query)
    assert http.query == expected
    assert http.url == f"http://h/r?{query}"


def test_headers_of_one_name_are_joined():
    _, (http, _) = send("/r", headers=[("accept", "a"), ("accept", "b"), ("x", "")])
    assert http.headers == {"host": "h", "accept": "a,b", "x": ""}


def test_the_url_is_written_anew_from_the_decoded_path():
    status, (http, _) = send("/%72/a%20b")
    assert (status, http.url, http.params) == (204, "http://h/r/a%20b", {"x": "a b"})
    assert send("/r/a%2Fb")[0] == 404


def test_a_body_over_the_limit_is_refused():
    assert send("/r", headers={"content-length": "101"}, body=b"x" * 101)[0] == 413
    assert send("/r", headers={"transfer-encoding": "chunked"}, body=b"x" * 101)[0] == 413


def test_the_callers_trace_goes_on():
    parent = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01"
    assert send("/r", headers={"traceparent": parent})[1][1] == parent
