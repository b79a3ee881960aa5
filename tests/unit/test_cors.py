"""Which pages a browser lets call the app."""

import asyncio

import azure.functions as func
import pytest

from functions.fallback import zz_unknown_address
from functions.http import cors
from functions.http.replies import body_reply, html_reply, json_reply, replies
from studio.errors import BadArgument, InternalError
from studio.settings import read_cors_origins

STUDIO = "https://studio.example.org"
UNKNOWN = zz_unknown_address.build().get_user_function()


@pytest.fixture
def allow(monkeypatch):
    """Sets the origins that the app's settings allow."""

    def set_origins(text: str, platform: str = "") -> None:
        monkeypatch.setenv("PERENNIAL_CORS_ORIGINS", text)
        monkeypatch.setenv("WEBSITE_CORS_ALLOWED_ORIGINS", platform)
        cors.shared_origins.cache_clear()

    yield set_origins
    cors.shared_origins.cache_clear()


def request(origin: str | None, method: str = "GET", **headers: str) -> func.HttpRequest:
    given = {name.replace("_", "-"): value for name, value in headers.items()} | ({"Origin": origin} if origin else {})
    return func.HttpRequest(method, "http://x/y", headers=given, params={}, route_params={"path": "y"}, body=b"")


def ask(origin: str | None) -> func.HttpResponse:
    return UNKNOWN(request(origin, "OPTIONS", Access_Control_Request_Method="PATCH"))


@replies
def handler(req: func.HttpRequest) -> func.HttpResponse:
    return json_reply({})


@replies
def failing(req: func.HttpRequest) -> func.HttpResponse:
    raise BadArgument("InvalidBlob", "No.")


@replies
def page(req: func.HttpRequest) -> func.HttpResponse:
    return html_reply("", "default-src 'none'")


@replies
async def scoring(req: func.HttpRequest) -> func.HttpResponse:
    return body_reply(b"{}")


def shared(reply: func.HttpResponse) -> str | None:
    return reply.headers.get("access-control-allow-origin")


def test_without_the_setting_no_response_says_anything_about_origins(allow):
    allow("")
    for reply in (handler(request(STUDIO)), asyncio.run(scoring(request(STUDIO))), ask(STUDIO)):
        assert not [name for name in reply.headers if name.startswith("access-control") or name == "vary"]
    assert ask(STUDIO).status_code == 404


def test_a_page_of_an_allowed_origin_may_ask_and_read_every_kind_of_response_errors_too(allow):
    allow(f"http://localhost:5173, {STUDIO}:443")
    asked = ask(STUDIO)
    assert asked.status_code == 204
    assert "PATCH" in asked.headers["access-control-allow-methods"]
    assert {"authorization", "if-match"} <= set(asked.headers["access-control-allow-headers"].split(", "))
    assert asked.headers["access-control-max-age"] == "3600"
    for reply in (asked, handler(request(STUDIO)), failing(request(STUDIO)), page(request(STUDIO))):
        assert (shared(reply), reply.headers["vary"]) == (STUDIO, "Origin")
        exposed = reply.headers["access-control-expose-headers"].split(", ")
        assert {"link", "x-ms-client-request-id", "x-perennial-rows-left-out", "x-perennial-until"} <= set(exposed)
    assert shared(asyncio.run(scoring(request("http://localhost:5173")))) == "http://localhost:5173"


@pytest.mark.attack("Names, headers and keys")
@pytest.mark.parametrize(
    "origin",
    [
        "null",
        "https://evil.example",
        "https://studio.example.org.evil.example",
        "https://evilstudio.example.org",
        "https://a.studio.example.org",
        "http://studio.example.org",
        "https://studio.example.org:8443",
        "https://studio.example.org/",
        "https://studio.example.org,https://evil.example",
        "https://STUDIO.example.org",
        "*",
        "",
        None,
    ],
)
def test_no_other_origin_is_let_in_or_sent_back(allow, origin):
    allow(STUDIO)
    for reply in (handler(request(origin)), asyncio.run(scoring(request(origin))), ask(origin)):
        assert shared(reply) is None
        # A cache must not give an allowed origin this response, nor the other way round.
        assert reply.headers["vary"] == "Origin"
    assert ask(origin).status_code == 404


@pytest.mark.attack("Names, headers and keys")
def test_any_origin_is_a_star_and_credentials_are_never_allowed(allow):
    for text in ("*", STUDIO):
        allow(text)
        for reply in (ask(STUDIO), handler(request(STUDIO)), handler(request("null"))):
            assert "access-control-allow-credentials" not in reply.headers
            assert shared(reply) in ("*", STUDIO if text == STUDIO else "*", None)
    allow("*")
    assert shared(handler(request("https://evil.example"))) == "*"


def test_where_the_platform_answers_browsers_the_app_adds_nothing(allow):
    allow(STUDIO, platform="https://portal.azure.com")
    assert shared(handler(request(STUDIO))) is None
    assert ask(STUDIO).status_code == 404


def test_an_options_request_that_is_no_preflight_is_an_unknown_address(allow):
    allow(STUDIO)
    assert UNKNOWN(request(STUDIO, "OPTIONS")).status_code == 404


@pytest.mark.attack("Names, headers and keys")
@pytest.mark.parametrize(
    "text", ["https://*.example.org", "null", "example.org", "https://a.example/path", "https://u@a.example", "*://a"]
)
def test_a_setting_that_names_no_origin_is_refused_and_lets_nobody_in(allow, text):
    with pytest.raises(InternalError, match="no path and no pattern"):
        read_cors_origins({"PERENNIAL_CORS_ORIGINS": text})
    allow(f"{STUDIO},{text}")
    assert shared(handler(request(STUDIO))) is None
