"""One place turns errors into answers."""

import asyncio
import json

import azure.functions as func
import pytest
from azure.core.exceptions import ServiceRequestError

from functions.http.replies import empty_reply, html_reply, json_reply, replies
from studio.errors import BadArgument


def request() -> func.HttpRequest:
    return func.HttpRequest("GET", "http://x/y?secret=1", headers={}, params={}, route_params={}, body=b"")


def raising(error):
    @replies
    def handler(req: func.HttpRequest) -> func.HttpResponse:
        raise error

    return handler(request())


@pytest.mark.parametrize(
    "error, status, code",
    [
        (BadArgument("InvalidBlob", "No."), 400, "InvalidBlob"),
        (ServiceRequestError("refused"), 503, "NoMoreResources"),
        (KeyError("secret detail"), 500, "UnknownError"),
    ],
)
def test_every_error_is_json_with_details(error, status, code):
    reply = raising(error)
    body = json.loads(reply.get_body())["error"]
    assert reply.status_code == status
    assert body["details"][0]["code"] == code
    assert "secret detail" not in body["message"]
    assert reply.headers["content-type"] == "application/json; charset=utf-8"
    assert reply.headers["x-ms-request-id"]


def test_an_async_handler_stays_async():
    @replies
    async def handler(req: func.HttpRequest) -> func.HttpResponse:
        raise BadArgument("InvalidBlob", "No.")

    assert asyncio.run(handler(request())).status_code == 400


def test_answers_carry_a_request_id():
    assert json_reply({"a": 1}, 201).status_code == 201
    assert empty_reply().headers["x-ms-request-id"]


@pytest.mark.attack("Names, headers and keys")
def test_no_cache_may_keep_an_answer_that_could_carry_a_key():
    for reply in (
        json_reply({"PrimaryKey": "x"}),
        raising(BadArgument("InvalidBlob", "No.")),
        html_reply("<p>", "none"),
    ):
        assert reply.headers["cache-control"] == "no-store"
