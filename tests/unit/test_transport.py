"""The client's HTTP: what is repeated, how long it waits, and the words for what can go wrong."""

import datetime
import decimal
import enum
import json
import logging
import ssl
import uuid
from email.utils import format_datetime

import certifi
import httpx
import numpy
import pandas
import pytest
from httpx._transports import default

from perennial import Admin, AsyncWorkspace, BlobLink, Dataset, Endpoint, PerennialError, Workspace
from perennial.cli_context import Connection
from perennial.client import Job
from perennial.json_values import encode_json, read_records
from perennial.transport import Transport, tls_context

SECRET = "c2VjcmV0LWtleQ" * 6
URL = "http://127.0.0.1:7071"


class Service:
    """Answers requests with what it was given, one after the other: a status, headers and body, or an exception."""

    def __init__(self, *answers) -> None:
        self.answers, self.seen, self.pauses = list(answers), [], []

    def __call__(self, request: httpx.Request) -> httpx.Response:
        self.seen.append(request)
        answer = self.answers.pop(0)
        if isinstance(answer, Exception):
            raise answer
        status, headers, body = answer
        return httpx.Response(status, headers=headers, content=body)

    def transport(self, retries: int = 3) -> Transport:
        client = httpx.Client(transport=httpx.MockTransport(self))
        return Transport(URL, SECRET, client, retries, self.pauses.append)


DONE = (200, {}, b'{"ok": true}')
BUSY = (503, {"retry-after": "1"}, b"")
REFUSED, LOST = httpx.ConnectError("refused"), httpx.ReadError("connection reset")


@pytest.mark.parametrize("method", ["GET", "PUT", "DELETE"])
@pytest.mark.parametrize("failure", [BUSY, REFUSED, LOST, httpx.ReadTimeout("slow"), (502, {}, b"<html>")])
def test_idempotent_calls_are_repeated(method, failure):
    service = Service(failure, failure, DONE)
    assert service.transport().send(method, "x") == {"ok": True}
    assert len(service.seen) == 3


@pytest.mark.parametrize("failure", [BUSY, LOST, httpx.ReadTimeout("slow")])
def test_calls_that_may_have_been_done_are_not_repeated(failure):
    service = Service(failure, DONE)
    with pytest.raises(PerennialError):
        service.transport().send("POST", "x", {})
    assert len(service.seen) == 1


@pytest.mark.parametrize("failure", [REFUSED, (429, {}, b"")])
def test_calls_that_were_not_done_are_repeated_whatever_they_do(failure):
    service = Service(failure, DONE)
    assert service.transport().send("POST", "x", {}) == {"ok": True}


def test_pauses_double_and_vary_and_end():
    service = Service(*[LOST] * 6)
    with pytest.raises(PerennialError):
        service.transport(retries=5).send("GET", "x")
    assert len(service.seen) == 6
    assert [0.125 * 2**n <= pause <= 0.25 * 2**n for n, pause in enumerate(service.pauses)] == [True] * 5
    assert len(set(service.pauses)) == 5


def test_retry_after_is_honoured_in_seconds_and_as_a_date():
    at = datetime.datetime.now(datetime.UTC) + datetime.timedelta(seconds=20)
    dates = [(503, {"retry-after": text}, b"") for text in ("7", format_datetime(at, usegmt=True), "garbage")]
    service = Service(*dates, DONE)
    service.transport().send("GET", "x")
    assert service.pauses[0] == 7
    assert 15 < service.pauses[1] <= 20
    assert service.pauses[2] <= 1


def test_a_longer_wait_than_anybody_likes_is_an_error_at_once():
    service = Service((503, {"retry-after": "3600"}, b""), DONE)
    with pytest.raises(PerennialError, match="too busy"):
        service.transport().send("GET", "x")
    assert service.pauses == []


def test_lists_are_read_page_by_page_and_the_token_stays_with_the_app():
    following = {"link": '<http://internal.example/workspaces/w/jobs?limit=2&after=b>; rel="next"'}
    service = Service((200, following, b"[1, 2]"), (200, {}, b"[3]"))
    found = service.transport().list("workspaces/w/jobs", limit="2")
    assert next(found) == 1
    assert len(service.seen) == 1
    assert list(found) == [2, 3]
    assert str(service.seen[1].url) == f"{URL}/workspaces/w/jobs?limit=2&after=b"


def test_retries_can_be_switched_off():
    service = Service(LOST, DONE)
    with pytest.raises(PerennialError):
        service.transport(retries=0).send("GET", "x")


@pytest.mark.parametrize(
    "answer, code, text",
    [
        (REFUSED, "Unreachable", "Is the app running?"),
        (httpx.ReadTimeout("slow"), "TimedOut", "did not respond in time"),
        (httpx.DecodingError("bad gzip"), "Unreachable", "does not respond"),
        ((200, {"content-type": "text/html"}, b"<html>Grafana"), "NotPerennial", "another program runs there"),
        ((404, {"content-type": "text/html"}, b"<html>no"), "NotPerennial", "answered 404 with text/html"),
        ((404, {}, b'{"detail": "Not Found"}'), "NotPerennial", "another program"),
        ((404, {}, b'{"error": {"code": "x"}}'), "NotPerennial", "another program"),
        ((404, {}, b'{"error": "x"}'), "NotPerennial", "another program"),
        ((301, {"location": "https://here.example/"}, b""), "NotPerennial", "redirects to https://here.example/"),
        ((503, {}, b"<html>"), "Unavailable", "Try again"),
    ],
)
def test_every_failure_is_an_error_of_the_clients_own(answer, code, text):
    with pytest.raises(PerennialError) as caught:
        Service(*[answer] * 4).transport().send("GET", "x")
    assert caught.value.code == code
    assert text in caught.value.message
    assert SECRET not in str(caught.value)


@pytest.mark.parametrize("url", ["", "127.0.0.1:7071", "ftp://x", "http://[::1", "http://a:99999999"])
def test_malformed_urls_are_named(url):
    with httpx.Client() as client, pytest.raises(PerennialError) as caught:
        Transport(url, "k", client).send("GET", "x")
    assert caught.value.code in ("UrlMalformed", "Unreachable")


@pytest.mark.parametrize("token", ["tok\nen", "töken…"])
def test_tokens_that_no_header_can_have_are_an_error(token):
    with httpx.Client() as client, pytest.raises(PerennialError) as caught:
        Transport("http://127.0.0.1:9", token, client, 0).send("GET", "x")
    assert caught.value.code == "KeyMalformed"


class Colour(enum.Enum):
    RED = 1


MISSING = [
    float("nan"),
    pandas.NaT,
    pandas.NA,
    None,
    numpy.float64("nan"),
    numpy.datetime64("NaT", "ns"),
    decimal.Decimal("NaN"),
]


@pytest.mark.parametrize("value", MISSING, ids=repr)
def test_what_is_missing_becomes_null(value):
    assert json.loads(encode_json({"a": [value]})) == {"a": [None]}


@pytest.mark.parametrize(
    "value, expected",
    [
        (numpy.int64(3), 3),
        (numpy.float32(0.5), 0.5),
        (numpy.bool_(True), True),
        (numpy.str_("a"), "a"),
        (numpy.arange(3), [0, 1, 2]),
        (numpy.array(5), 5),
        (numpy.datetime64("2024-05-01T10:00:00.123456789"), "2024-05-01T10:00:00.123456789"),
        (pandas.Timestamp("2024-05-01 10:00"), "2024-05-01T10:00:00"),
        (datetime.datetime(2024, 5, 1, tzinfo=datetime.UTC), "2024-05-01T00:00:00+00:00"),
        (datetime.date(2024, 5, 1), "2024-05-01"),
        (datetime.time(10, 30), "10:30:00"),
        (decimal.Decimal("1.5"), 1.5),
        (uuid.UUID(int=1), "00000000-0000-0000-0000-000000000001"),
        (pandas.Series([1.5, None]), [1.5, None]),
        ((1, {2}), [1, [2]]),
        ({numpy.int64(1): "x"}, {"1": "x"}),
    ],
    ids=str,
)
def test_values_of_python_numpy_and_pandas_are_sent(value, expected):
    assert json.loads(encode_json({"a": value, "force": numpy.int8(1)}))["a"] == expected


@pytest.mark.parametrize("value", [float("inf"), numpy.float64("-inf"), b"bytes", object(), 1j, Colour.RED])
def test_values_that_have_no_json_are_named_with_their_place(value):
    with pytest.raises(PerennialError, match=r"Inputs\.input1\[1\]\.age") as caught:
        encode_json({"Inputs": {"input1": [{"age": 1}, {"age": value}]}})
    assert caught.value.code == "UnsupportedValue"


def test_endless_nesting_and_lone_surrogates_are_errors():
    endless: list = []
    endless.append(endless)
    for value in (endless, {"a": "\ud800"}):
        with pytest.raises(PerennialError):
            encode_json(value)


def test_data_frames_are_rows():
    frame = pandas.DataFrame({"age": [30, None], "at": pandas.to_datetime(["2024-05-01", None])})
    assert json.loads(encode_json(read_records(frame))) == [
        {"age": 30.0, "at": "2024-05-01T00:00:00"},
        {"age": None, "at": None},
    ]
    for wrong in ({"age": 30}, 5):
        with pytest.raises(PerennialError, match="list of rows or a data frame"):
            read_records(wrong)


LINK = {"BaseLocation": "http://h/", "RelativeLocation": "c/b.csv", "SasBlobToken": f"?sig={SECRET}"}
ENDPOINT = {
    "WebServiceId": "1" * 32,
    "ApiLocation": f"{URL}/workspaces/w/services/e",
    "Name": "default",
    "PrimaryKey": SECRET,
    "SecondaryKey": SECRET,
    "Resources": [{"Name": "m", "Kind": "Trained", "Version": 1, "Model": "m", "Location": LINK}],
}


@pytest.mark.parametrize(
    "thing",
    [
        Workspace(URL, "w", SECRET),
        Admin(URL, SECRET),
        BlobLink.from_json(LINK),
        Endpoint.from_json(ENDPOINT),
        Endpoint.from_json(ENDPOINT).shown,
        Dataset("d", "d.csv", "GenericCSV", 1, "f", BlobLink.from_json(LINK)),
        Connection(URL, "w", SECRET),
        Job(Service().transport(), "j"),
        Service().transport(),
    ],
    ids=lambda thing: type(thing).__name__,
)
def test_no_repr_shows_a_key(thing, caplog):
    with caplog.at_level(logging.WARNING):
        logging.getLogger().warning("%r %s", thing, thing)
    assert SECRET not in caplog.text
    assert SECRET not in repr([thing]) + str(thing) + f"{thing}"


def test_clients_share_the_certificates_that_they_have_read(monkeypatch, tmp_path):
    for name in ("SSL_CERT_FILE", "SSL_CERT_DIR"):
        monkeypatch.delenv(name, raising=False)
    shared = tls_context()
    assert shared.verify_mode is ssl.CERT_REQUIRED
    assert shared.check_hostname
    made = []
    # What httpx calls when it is given no context.
    monkeypatch.setattr(default, "create_ssl_context", lambda verify, **_: made.append(verify) or shared)
    with Workspace(URL, "w", SECRET), Workspace(URL, "v", SECRET), Admin(URL, SECRET):
        AsyncWorkspace(URL, "w", SECRET)
        assert made
        assert {*made} == {shared}


def test_certificates_that_the_environment_names_later_are_read(monkeypatch):
    monkeypatch.setenv("SSL_CERT_FILE", certifi.where())
    first = tls_context()
    assert first.get_ca_certs()
    monkeypatch.delenv("SSL_CERT_FILE")
    assert tls_context() is not first
    monkeypatch.setenv("SSL_CERT_FILE", certifi.where())
    assert tls_context() is first
