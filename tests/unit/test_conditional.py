"""GETs have an ETag, and tell clients that have it that nothing has changed."""

import azure.functions as func
import pytest

from functions.http.conditional import conditional
from functions.http.replies import html_reply, json_reply


def ask(handler, known="", method="GET"):
    headers = {"if-none-match": known} if known else {}
    request = func.HttpRequest(method, "http://x/y", headers=headers, params={}, route_params={}, body=b"")
    return conditional(handler)(request)


def test_a_client_is_told_that_nothing_has_changed_until_something_does():
    first = ask(lambda req: json_reply({"a": 1}))
    etag = first.headers["etag"]
    for known in (etag, f"W/{etag}", f'"other", {etag}', "*"):
        again = ask(lambda req: json_reply({"a": 1}), known)
        assert (again.status_code, again.get_body()) == (304, b"")
        assert again.headers["etag"] == etag
        assert again.headers["cache-control"] == "no-store"
    for known in ('"other"', etag.strip('"'), ","):
        assert ask(lambda req: json_reply({"a": 1}), known).status_code == 200
    assert ask(lambda req: json_reply({"a": 2}), etag).status_code == 200
    assert ask(lambda req: json_reply({"a": 1}, next_page="http://x/y?after=b"), etag).status_code == 200


@pytest.mark.parametrize(
    "reply, method",
    [(json_reply({}), "PUT"), (json_reply({}, 202), "GET"), (html_reply("<p>", "none"), "GET")],
)
def test_other_replies_stay_as_they_are(reply, method):
    assert ask(lambda req: reply, "*", method) is reply
    assert "etag" not in reply.headers


def test_an_etag_of_the_handler_is_kept():
    def handler(req):
        reply = json_reply({})
        reply.headers["etag"] = '"0x8D"'
        return reply

    assert ask(handler).headers["etag"] == '"0x8D"'
    assert ask(handler, '"0x8D"').status_code == 304
