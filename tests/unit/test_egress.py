"""Calls to hosts that clients name, against servers on this machine that lead astray, stall, trickle and never end."""

import gc
import gzip
import http.server
import socket
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache
from types import SimpleNamespace

import pytest
import requests
from azure.core.exceptions import AzureError
from azure.data.tables import TableClient

from studio.datasets.connectors import download, read_entities
from studio.errors import BadArgument, TooLarge
from studio.storage.addresses import AZURE
from studio.storage.blob_access import open_blob, read_blob
from studio.storage.blobs import BlobReference, check_host, parse_blob_reference
from studio.storage.connections import CHECK, DOWNLOAD, FETCH, TRANSFER, Patience, Refused
from studio.storage.egress import client_options, guarded_session, refusal

pytestmark = pytest.mark.attack("Addresses of other hosts")

MEBIBYTE = 1024 * 1024
KEY = "Zm9vZm9vZm9vZm9v"
# Short, so that these tests are; in proportion as in the app.
HASTY = Patience(0.2, 0.2, 0.2, 0.5, MEBIBYTE, 4 * MEBIBYTE, 0)


class Server(http.server.ThreadingHTTPServer):
    """Records what it is asked, and answers everything alike."""

    def __init__(self, status: int = 200, body: bytes = b"a,b\n1,x\n", **headers: str) -> None:
        super().__init__(("127.0.0.1", 0), Handler)
        self.status, self.body, self.headers = status, body, headers
        self.asked: list[tuple[str, str]] = []
        self.cookies: list[str] = []

    def handle_error(self, *_):
        """Say nothing of callers that hang up."""

    @property
    def host(self) -> str:
        return f"127.0.0.1:{self.server_port}"


class Handler(http.server.BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    server: Server

    def answer(self):
        self.server.asked.append((self.command, self.path))
        self.server.cookies += self.headers.get_all("cookie", [])
        self.rfile.read(int(self.headers.get("content-length") or 0))
        self.send_response(self.server.status)
        for name, value in self.server.headers.items():
            self.send_header(name.replace("_", "-"), value)
        self.send_header("content-length", str(len(self.server.body)))
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(self.server.body)

    do_GET = do_HEAD = do_PUT = do_POST = do_MERGE = answer  # noqa: N815 - http.server looks for these names

    def log_message(self, *_):
        pass


@contextmanager
def serving(**answer) -> Iterator[Server]:
    server = Server(**answer)
    threading.Thread(target=server.serve_forever, args=[0.01], daemon=True).start()
    yield server
    server.shutdown()
    server.server_close()


@contextmanager
def raw(answer) -> Iterator[str]:
    """A server that takes each connection to `answer`; yields its host."""
    listener = socket.create_server(("127.0.0.1", 0))

    def accept():
        while True:
            try:
                connection, _ = listener.accept()
            except OSError:
                return
            threading.Thread(target=keep, args=[connection], daemon=True).start()

    def keep(connection):
        with connection:
            answer(connection)

    threading.Thread(target=accept, daemon=True).start()
    yield f"127.0.0.1:{listener.getsockname()[1]}"
    listener.close()


def allowing(*hosts):
    return SimpleNamespace(allowed_hosts=(*AZURE, *hosts), own_hosts=())


def check(given, known):
    check_host(parse_blob_reference(given | {"RelativeLocation": "data/a.csv"}, "input1"), "input1", known)


def table_at(endpoint, known):
    text = f"TableEndpoint=http://{endpoint};SharedAccessSignature=sig=x"
    return TableClient.from_connection_string(text, "people", **client_options(known.allowed_hosts, HASTY))


def blob_at(host, location="data/a.csv"):
    return parse_blob_reference({"BaseLocation": f"http://{host}/", "RelativeLocation": location}, "input1")


@pytest.mark.parametrize(
    "form",
    [
        "http://{0}\\@x.blob.core.windows.net/",
        "http://{0}\\@x.blob.core.windows.net/a/../../secret/",
        "http://x.blob.core.windows.net@{0}/",
        "http://{0}/?x.blob.core.windows.net/",
        "http://{0}/#x.blob.core.windows.net/",
        "http://{0}/",
    ],
)
def test_no_base_location_leads_to_a_host_that_is_not_listed(form):
    with serving() as server:
        with pytest.raises(BadArgument) as caught:
            check({"BaseLocation": form.format(server.host)}, allowing())
        assert caught.value.details[0].code == "InvalidBlob"
        # Not even if nobody had asked: the list is the client's own.
        forced = BlobReference("data/a.csv", form.format(server.host))
        for act in (
            lambda: open_blob(allowing(), forced, "input1", HASTY),
            lambda: read_blob(allowing(), forced, 100, "input1"),
            lambda: forced.open(allowing(), HASTY).upload_blob(b"x", overwrite=True),
            lambda: list(forced.open_container(allowing(), HASTY).list_blobs()),
        ):
            with pytest.raises((AzureError, BadArgument, ValueError)):
                act()
        assert server.asked == []


@pytest.mark.parametrize(
    "text",
    [
        "BlobEndpoint=http://{0}\\@x.blob.core.windows.net/;AccountName=a;AccountKey=" + KEY,
        "BlobEndpoint=http://x.blob.core.windows.net@{0}/;AccountName=a;AccountKey=" + KEY,
        "DefaultEndpointsProtocol=http;AccountName={0}\\@x;EndpointSuffix=core.windows.net;AccountKey=" + KEY,
        "DefaultEndpointsProtocol=http;AccountName={0}/;EndpointSuffix=core.windows.net;AccountKey=" + KEY,
        "DefaultEndpointsProtocol=http://{0}/;AccountName=x;EndpointSuffix=core.windows.net;AccountKey=" + KEY,
        "BlobEndpoint=http://{0};SharedAccessSignature=sig=x",
    ],
)
def test_no_connection_string_leads_to_a_host_that_is_not_listed(text):
    with serving() as server:
        with pytest.raises(BadArgument):
            check({"ConnectionString": text.format(server.host)}, allowing())
        assert server.asked == []


def test_a_second_host_of_a_connection_string_is_not_asked():
    with serving(status=500) as first, serving() as second:
        text = (
            f"BlobEndpoint=http://{first.host}/;BlobSecondaryEndpoint=http://{second.host}/;SharedAccessSignature=sig=x"
        )
        reference = parse_blob_reference({"ConnectionString": text, "RelativeLocation": "data/a.csv"}, "input1")
        with pytest.raises(AzureError):
            open_blob(allowing(first.host), reference, "input1", HASTY)
        client = reference.open(allowing(first.host), HASTY)
        client._location_mode = "secondary"
        with pytest.raises(AzureError):
            client.get_blob_properties()
        assert first.asked
        assert second.asked == []


@pytest.mark.parametrize("status", [301, 302, 303, 307, 308])
@pytest.mark.parametrize("same", [True, False])
def test_no_client_follows_a_redirect(status, same):
    with serving() as away, serving(status=status) as server:
        server.headers["location"] = f"http://{(server if same else away).host}/secret/{{0}}"
        known = allowing(server.host, away.host)
        with pytest.raises(BadArgument, match=f"storage returned {status}"):
            open_blob(known, blob_at(server.host), "input1", HASTY)
        with pytest.raises(AzureError):
            list(blob_at(server.host).open_container(known, HASTY).list_blobs())
        with table_at(f"{server.host}/", known) as table, pytest.raises(BadArgument):
            read_entities(table, None, 100)
        with pytest.raises(BadArgument, match="redirects to another address, which is not followed"):
            download(f"http://{server.host}/a.csv", known.allowed_hosts, 100)
        answer = guarded_session(known.allowed_hosts, HASTY).get(f"http://{server.host}/x")
        assert answer.status_code == status
        assert away.asked == []
        assert not any("secret" in path for _, path in server.asked)


def test_a_table_client_reaches_listed_hosts_only():
    with serving() as server:
        evil = f"{server.host}\\@x.table.core.windows.net/"
        with table_at(evil, allowing()) as table, pytest.raises(BadArgument, match="cannot be read"):
            read_entities(table, None, 100)
        assert server.asked == []


def test_a_request_that_was_changed_after_it_was_made_is_refused_too():
    with serving() as listed, serving() as other:
        session = guarded_session((listed.host,), HASTY)
        assert session.get(f"http://{listed.host}/x").status_code == 200
        request = session.prepare_request(requests.Request("GET", f"http://{listed.host}/x"))
        for url in (f"http://{other.host}/x", f"http://{other.host}\\@{listed.host}/x", f"http://{listed.host}/a/../x"):
            request.url = url
            with pytest.raises(requests.RequestException) as caught:
                session.send(request)
            assert refusal(caught.value)
        assert other.asked == []


def test_a_socket_opens_to_what_was_listed_only():
    """The last look, when everything before it was passed."""
    with serving() as listed, serving() as other:
        session = guarded_session((listed.host,), HASTY)
        pool = session.get_adapter("http://").poolmanager.connection_from_url(f"http://{other.host}/")
        with pytest.raises(Refused, match="may not call"):
            pool.ConnectionCls("127.0.0.1", other.server_port).connect()
        with pytest.raises(Exception, match="may not call"):
            pool.urlopen("GET", "/x", retries=False)
        assert other.asked == []


def test_sessions_of_different_lists_share_no_connection():
    with serving() as server:
        assert guarded_session((server.host,), HASTY).get(f"http://{server.host}/x").status_code == 200
        with pytest.raises(requests.RequestException):
            guarded_session(("data.example.org",), HASTY).get(f"http://{server.host}/x")
        assert len(server.asked) == 1


def test_a_host_keeps_no_cookie_with_the_app():
    with serving(set_cookie="who=me") as server:
        session = guarded_session((server.host,), HASTY)
        for _ in range(2):
            session.get(f"http://{server.host}/x")
        assert server.cookies == []


def test_a_connection_is_used_again():
    found = []

    def answer(connection):
        found.append(1)
        while connection.recv(65536):
            connection.sendall(b"HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\nok")

    with raw(answer) as host:
        session = guarded_session((host,), HASTY)
        for _ in range(5):
            assert session.get(f"http://{host}/x").content == b"ok"
        assert len(found) == 1


def _silence(connection):
    connection.recv(65536)
    connection.recv(65536)


def _trickle_header(connection):
    connection.recv(65536)
    for byte in b"HTTP/1.1 200 OK\r\nx: " + b"y" * 1000:
        try:
            connection.sendall(bytes([byte]))
        except OSError:
            return
        time.sleep(0.05)


def _trickle_body(connection):
    connection.recv(65536)
    connection.sendall(b"HTTP/1.1 400 Bad\r\ncontent-length: 1000\r\n\r\n")
    for _ in range(1000):
        try:
            connection.sendall(b"x")
        except OSError:
            return
        time.sleep(0.05)


def _endless_interim(connection):
    connection.recv(65536)
    try:
        while True:
            connection.sendall(b"HTTP/1.1 100 Continue\r\n\r\n" * 1000)
    except OSError:
        return


def _endless_body(connection):
    connection.recv(65536)
    try:
        connection.sendall(b"HTTP/1.1 400 Bad\r\ntransfer-encoding: chunked\r\n\r\n")
        while True:
            connection.sendall(b"100000\r\n" + bytes(MEBIBYTE) + b"\r\n")
    except OSError:
        return


@pytest.mark.parametrize(
    "answer",
    [_silence, _trickle_header, _trickle_body, _endless_interim, _endless_body],
    ids=lambda item: item.__name__,
)
def test_a_host_that_never_comes_to_an_end_is_given_up(answer):
    with raw(answer) as host:
        started = time.monotonic()
        with pytest.raises((AzureError, BadArgument)):
            open_blob(allowing(host), blob_at(host), "input1", HASTY)
        with pytest.raises((AzureError, BadArgument)):
            list(blob_at(host).open_container(allowing(host), HASTY).list_blobs())
        assert time.monotonic() - started < 30


def test_the_app_waits_for_seconds_and_asks_once():
    for patience in (CHECK, FETCH):
        assert patience.connect_seconds <= 5
        assert patience.read_seconds <= 5
        assert patience.grace_seconds <= 10
        assert patience.retries == 0
    assert max(TRANSFER.retries, DOWNLOAD.retries) <= 2
    asked = []

    def answer(connection):
        asked.append(1)

    with raw(answer) as host:
        with pytest.raises(AzureError):
            open_blob(allowing(host), blob_at(host), "input1", CHECK)
        assert len(asked) == 1


@cache
def bomb():
    """64 MiB of zeros, packed; made on first use, because every worker imports this file."""
    return gzip.compress(bytes(64 * MEBIBYTE), 9)


@pytest.mark.parametrize("status", [200, 302, 400])
def test_a_response_that_unpacks_to_too_much_is_refused_while_it_does(status):
    with serving(
        status=status, body=bomb(), content_encoding="gzip", content_type="application/xml", location="/x"
    ) as server:
        session = guarded_session((server.host,), TRANSFER)
        with pytest.raises(requests.RequestException) as caught:
            session.get(f"http://{server.host}/x")
        assert "exceeds" in str(refusal(caught.value))
        if status == 200:
            with pytest.raises(TooLarge, match="at least 1 MiB"):
                download(f"http://{server.host}/a.csv", [server.host], MEBIBYTE)


def test_a_packed_response_of_fitting_size_is_unpacked():
    with serving(body=gzip.compress(b"a,b\n1,x\n"), content_encoding="gzip") as server:
        assert download(f"http://{server.host}/a.csv", [server.host], MEBIBYTE) == b"a,b\n1,x\n"
        assert guarded_session((server.host,), TRANSFER).get(f"http://{server.host}/x").text == "a,b\n1,x\n"


# The storage client leaves the response that it could not read to the garbage collector.
@pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning")
def test_a_host_that_is_no_storage_account_is_an_error_of_the_caller():
    with serving(connection="close") as server:
        for content_range in ("", "bytes 0-7/x"):
            server.headers["content_range"] = content_range
            with pytest.raises(BadArgument) as caught:
                read_blob(allowing(server.host), blob_at(server.host), 100, "input1")
            assert caught.value.details[0].code == "InvalidBlob"
    del caught
    gc.collect()
