"""Datastores: what is accepted and stored, that their secrets stay secret, and what they lead to."""

import http.server
import json
import socketserver
import struct
import threading
import traceback
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import ClassVar

import pytest
from azure.core.exceptions import AzureError, ServiceRequestError
from azure.storage.blob import ContainerSasPermissions, generate_container_sas

from studio.datasets import workspace_data
from studio.datasets.datasets import list_dataset_objects
from studio.datasets.datastore_trials import try_datastore
from studio.datasets.datastores import (
    TABLE,
    datastore_object,
    delete_datastore,
    get_datastore,
    list_datastores,
    put_datastore,
)
from studio.datasets.readings import get_profile
from studio.datasets.reference_sources import find_source, get_reference, put_reference
from studio.datasets.references import MAX_BYTES
from studio.datasets.summaries import get_summary, list_dataset_rows
from studio.datasets.workspace_data import WorkspaceData
from studio.errors import BadArgument, Conflict, InvalidOperation, ModuleExecutionError, NotFound, StudioError, TooLarge
from studio.experiments.experiments import put_experiment
from studio.graph.contract import Call
from studio.graph.fingerprints import take_fingerprint
from studio.graph.palette import find_module
from studio.graph.properties import read_properties
from studio.graph.runner import run_module
from studio.overview.datastore_users import named_in, remove_datastore
from studio.pipelines.documents import SERVICES, DocumentName, delete_factory_document, put_factory_document
from studio.storage.account import DEVELOPMENT_KEY, Storage
from studio.storage.keys import new_id
from studio.storage.pages import Page
from studio.storage.rows import find_row
from studio.tables.row_pages import read_choice, read_window
from tests.builders import dataset

NOW = datetime(2026, 11, 27, 9, tzinfo=UTC)
KEY = "c2VjcmV0IGtleSBvZiBhbiBhY2NvdW50IHRoYXQgaXMgbG9uZyBlbm91Z2g="
BLOBS = {"Kind": "Blob", "Account": "salesdata", "Container": "exports", "Secret": KEY}


@pytest.fixture
def storage(deployment):
    return deployment.storage


@pytest.fixture
def workspace():
    return new_id()


def with_hosts(storage, *hosts, **settings):
    return Storage(replace(storage.settings, import_hosts=hosts, **settings))


def put(storage, workspace, name="sales", **body):
    return put_datastore(storage, workspace, name, body, now=NOW)


def test_a_datastore_is_stored_listed_replaced_and_deleted(storage, workspace):
    shown = datastore_object(put(storage, workspace, **BLOBS, Description="Daily exports"))
    assert shown == {
        "Name": "sales",
        "Kind": "Blob",
        "Authentication": "AccountKey",
        "Url": "https://salesdata.blob.core.windows.net/",
        "Container": "exports",
        "Server": None,
        "Database": None,
        "User": None,
        "Header": None,
        "Description": "Daily exports",
        "Secret": "***",
        "SecretIn": "Storage",
        "CreatedAt": "2026-11-27T09:00:00.000Z",
        "UpdatedAt": "2026-11-27T09:00:00.000Z",
    }
    later = put_datastore(storage, workspace, "sales", BLOBS | {"Container": "other"}, now=NOW + timedelta(hours=1))
    assert (later.created_at, later.places["Container"]) == (NOW.isoformat(), "other")
    put(storage, workspace, "about", Kind="table", Account="salesdata", Secret=KEY)
    assert [item.name for item in list_datastores(storage, workspace)] == ["about", "sales"]
    delete_datastore(storage, later)
    with pytest.raises(NotFound, match=r"no datastore 'sales'.*about"):
        get_datastore(storage, workspace, "sales")


@pytest.mark.attack("Secrets")
def test_a_secret_is_sealed_and_stays_only_while_it_goes_where_it_went(storage, workspace):
    put(storage, workspace, **BLOBS)
    row = find_row(storage.table(TABLE), workspace, "sales")
    assert KEY not in json.dumps(row, default=str)
    assert get_datastore(storage, workspace, "sales").open_secret(storage) == KEY
    kept = put(storage, workspace, **BLOBS | {"Container": "other", "Secret": "***"})
    assert kept.open_secret(storage) == KEY
    for change in ({"Account": "thieves"}, {"Kind": "Table", "Container": None}, {"Authentication": "Sas"}):
        with pytest.raises(BadArgument, match="not kept for another"):
            put(storage, workspace, **BLOBS | change | {"Secret": "***"})
    # A row that somebody changed in storage sends the secret nowhere else either.
    storage.table(TABLE).upsert_entity(
        row | {"Places": json.dumps({"Url": "https://thieves.example/", "Container": "c"})}
    )
    with pytest.raises(StudioError, match="cannot be opened"):
        get_datastore(storage, workspace, "sales").open_secret(storage)


@pytest.mark.attack("Other tenants")
def test_a_datastore_of_another_workspace_is_not_found_and_its_seal_does_not_open(storage, workspace):
    theirs = new_id()
    put(storage, theirs, **BLOBS)
    assert list_datastores(storage, workspace) == []
    with pytest.raises(NotFound):
        WorkspaceData(storage, workspace).datastore("sales")
    row = find_row(storage.table(TABLE), theirs, "sales")
    storage.table(TABLE).upsert_entity(row | {"PartitionKey": workspace})
    with pytest.raises(StudioError, match="cannot be opened"):
        WorkspaceData(storage, workspace).datastore("sales")


SERVER = {"Kind": "Sql", "Server": "db.example.org", "Database": "shop", "User": "app", "Secret": "pass word"}
WEB = {"Kind": "Http", "Url": "https://data.example.org/x"}


@pytest.mark.parametrize(
    "body, message",
    [
        ({}, "Kind must be Blob, Table, Sql, Http"),
        (BLOBS | {"Speed": 1}, "among Kind"),
        (BLOBS | {"Container": "No"}, "Container must be 3 to 63"),
        (BLOBS | {"Secret": None}, "Secret is missing"),
        (BLOBS | {"Secret": "too short"}, "Secret must be the key of the storage account"),
        (BLOBS | {"Authentication": "Sas"}, "Secret must be a SAS token"),
        (BLOBS | {"Authentication": "ManagedIdentity"}, "AccountKey, Sas, None"),
        (BLOBS | {"Authentication": "None"}, "Secret must be left out"),
        (BLOBS | {"Url": "https://a.blob.core.windows.net"}, "and then no Url"),
        (BLOBS | {"User": "x"}, "User must be left out"),
        (BLOBS | {"Account": None, "Url": f"https://a.blob.core.windows.net/?sig={KEY}"}, "has a query"),
        (BLOBS | {"Account": None, "Url": "http://a.blob.core.windows.net/"}, "https://"),
        (BLOBS | {"Account": None, "Url": "https://a.blob.core.windows.net/x;AccountName=b"}, "address of a storage"),
        (SERVER | {"Server": "db.example.org/x?host=/tmp"}, "Give host:port"),
        (SERVER | {"Server": "user@db.example.org"}, "Give host:port"),
        (SERVER | {"Database": "x' host='/tmp"}, "Database must be"),
        (SERVER | {"Server": None}, "PERENNIAL_DATABASES defines"),
        (WEB | {"Authentication": "Bearer", "Secret": "a\r\nHost: b"}, "Secret must be a token"),
        (WEB | {"Authentication": "Header", "Header": "Host", "Secret": "b"}, "who is calling"),
        (WEB | {"Authentication": "Basic", "Secret": "b", "User": "a:b"}, "User must be"),
        (WEB | {"Url": "https://user:word@data.example.org/"}, "user name or password"),
        (WEB | {"Url": "https://data.example.org/a/../b"}, r"'\.\.'"),
    ],
)
@pytest.mark.attack("Addresses of other hosts")
def test_what_is_wrong_is_said_without_the_secret(storage, workspace, body, message):
    storage = with_hosts(storage, "data.example.org", "db.example.org:5432")
    with pytest.raises(BadArgument, match=message) as caught:
        put_datastore(storage, workspace, "sales", body, now=NOW)
    assert not any(secret in caught.value.message for secret in (KEY, "too short", "pass word"))
    assert list_datastores(storage, workspace) == []


@pytest.mark.parametrize("name", ["", "A", "a_b", "-a", "a" * 41, "a/b", "ä"])
def test_names_are_plain(storage, workspace, name):
    with pytest.raises(BadArgument, match="up to 40 lower-case letters"):
        put(storage, workspace, name, **BLOBS)


@pytest.mark.parametrize(
    "body",
    [
        BLOBS | {"Account": None, "Url": "https://169.254.169.254/"},
        BLOBS | {"Account": None, "Url": "https://blob.core.windows.net.example.org/"},
        WEB,
        SERVER,
        SERVER | {"Server": "data.example.org:5433"},
    ],
)
@pytest.mark.attack("Addresses of other hosts")
def test_hosts_are_those_that_the_operator_lists(storage, workspace, body):
    with pytest.raises(InvalidOperation, match="PERENNIAL_IMPORT_HOSTS"):
        put_datastore(with_hosts(storage, "data.example.net"), workspace, "sales", body, now=NOW)


@pytest.mark.attack("Addresses of other hosts")
def test_a_host_that_is_no_longer_listed_is_not_called(storage, workspace):
    put(with_hosts(storage, "127.0.0.1:9"), workspace, "web", Kind="Http", Url="http://127.0.0.1:9/")
    put(with_hosts(storage, "127.0.0.1:9"), workspace, "db", **SERVER | {"Server": "127.0.0.1:9"})
    for name in ("web", "db"):
        tried = try_datastore(with_hosts(storage), workspace, name, {})
        assert not tried["Works"]
        assert "not" in tried["Details"]
    # A name that leads into the app's own network.
    own = with_hosts(storage, "localhost:9")
    put(own, workspace, "db", **SERVER | {"Server": "localhost:9"})
    assert "not on the public internet" in try_datastore(own, workspace, "db", {})["Details"]


def test_blobs_are_tried_read_and_written_with_a_key_and_with_a_link(storage, workspace):
    account = storage.blobs
    container = storage.container("training-data")
    container.upload_blob(f"{workspace}/a.csv", b"a,b\n1,x\n")
    place = {"Kind": "Blob", "Url": storage.account_url, "Container": "training-data"}
    token = generate_container_sas(
        account.account_name,
        "training-data",
        account_key=account.credential.account_key,
        permission=ContainerSasPermissions(read=True, list=True, write=True, create=True),
        expiry=datetime.now(UTC) + timedelta(hours=1),
    )
    data = WorkspaceData(storage, workspace)
    for secret in ({"Secret": DEVELOPMENT_KEY}, {"Authentication": "Sas", "Secret": f"?{token}"}):
        put(storage, workspace, **place | secret)
        assert try_datastore(storage, workspace, "sales", {})["Works"]
        assert try_datastore(storage, workspace, "sales", {"Path": f"{workspace}/a.csv"})["Works"]
        store = data.datastore("sales")
        assert store.read(f"{workspace}/*.csv") == [(f"{workspace}/a.csv", b"a,b\n1,x\n")]
        first = store.version(f"{workspace}/a.csv")
        assert store.version(f"{workspace}/a.csv") == first
        store.write_file(f"{workspace}/a.csv", b"a,b\n1,x\n")
        assert store.version(f"{workspace}/a.csv") != first
        missing = try_datastore(storage, workspace, "sales", {"Path": f"{workspace}/none.csv"})
        assert (missing["Works"], "no such blob" in missing["Details"]) == (False, True)
    matched = try_datastore(storage, workspace, "sales", {"Path": f"{workspace}/*.csv"})
    assert (matched["Works"], matched["Details"]) == (True, "1 blobs")
    unmatched = try_datastore(storage, workspace, "sales", {"Path": f"{workspace}/*.tsv"})
    assert (unmatched["Works"], "No blob matches" in unmatched["Details"]) == (False, True)
    wrong = {"Authentication": "Sas", "Secret": token[:-6] + "AAAA%3D"}
    put(storage, workspace, **place | wrong)
    tried = try_datastore(storage, workspace, "sales", {})
    assert (tried["Works"], "403" in tried["Details"]) == (False, True)
    assert "sig=" not in tried["Details"]


class _Guarded(http.server.BaseHTTPRequestHandler):
    seen: ClassVar[list[dict[str, str]]] = []
    etag: ClassVar[str] = '"one"'

    def do_GET(self):
        self.seen.append({"path": self.path} | {name.lower(): value for name, value in self.headers.items()})
        path = self.path.partition("?")[0]
        if path == "/files/moved.csv":
            self.send_response(302)
            self.send_header("Location", "https://thieves.example/")
        else:
            self.send_response(200 if path.endswith(".csv") else 404)
        if path == "/files/a.csv":
            self.send_header("ETag", self.etag)
        self.end_headers()
        if self.command == "GET":
            self.wfile.write(b"a,b\n1,x\n")

    def do_HEAD(self):
        self.do_GET()

    def log_message(self, *_):
        pass


@pytest.fixture
def web(storage):
    """A web server, and the storage of a deployment that may call it."""
    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), _Guarded)
    threading.Thread(target=server.serve_forever, args=(0.01,), daemon=True).start()
    _Guarded.seen.clear()
    yield f"http://127.0.0.1:{server.server_port}/files", with_hosts(storage, f"127.0.0.1:{server.server_port}")
    server.shutdown()
    server.server_close()


@pytest.mark.parametrize(
    "secret, header, value",
    [
        ({"Authentication": "Bearer", "Secret": "token1234"}, "authorization", "Bearer token1234"),
        ({"Authentication": "Basic", "User": "u", "Secret": "word1234"}, "authorization", "Basic dTp3b3JkMTIzNA=="),
        ({"Authentication": "Header", "Header": "x-api-key", "Secret": "key12345"}, "x-api-key", "key12345"),
        ({"Authentication": "Query", "Secret": "code=word1234"}, "path", "/files/a.csv?code=word1234"),
        ({"Authentication": "None"}, "path", "/files/a.csv"),
    ],
)
def test_web_addresses_are_opened_by_what_the_datastore_says(web, workspace, secret, header, value):
    url, storage = web
    _Guarded.etag = '"one"'
    put(storage, workspace, Kind="Http", Url=url, **secret)
    store = WorkspaceData(storage, workspace).datastore("sales")
    assert store.read("a.csv") == [("a.csv", b"a,b\n1,x\n")]
    assert _Guarded.seen[-1][header] == value
    version = store.version("a.csv")
    assert store.version("b.csv") is None
    _Guarded.etag = '"two"'
    assert store.version("a.csv") not in (None, version)
    assert secret.get("Secret", "***") not in str(version)
    assert try_datastore(storage, workspace, "sales", {})["Works"]
    tried = try_datastore(storage, workspace, "sales", {"Path": "none"})
    assert (tried["Works"], "status 404" in tried["Details"]) == (False, True)
    assert secret["Authentication"] == "None" or secret["Secret"] not in repr(store)


@pytest.mark.attack("Addresses of other hosts")
def test_a_path_leads_nowhere_but_below_the_address(web, workspace):
    url, storage = web
    put(storage, workspace, Kind="Http", Url=url, Authentication="Bearer", Secret="token1234")
    store = WorkspaceData(storage, workspace).datastore("sales")
    for path in ("../a.csv", "%2e%2e/a.csv", "x y.csv", "a\\..\\b.csv", "moved.csv", "a" * 9000):
        with pytest.raises(BadArgument):
            store.read(path)
    store.read("//thieves.example/a.csv")
    store.read("@thieves.example/a.csv")
    assert {item["host"] for item in _Guarded.seen} == {url.split("/")[2]}


def test_a_configured_database_is_a_datastore(storage, workspace, tmp_path):
    storage = with_hosts(storage, databases={"shop": f"sqlite:///{tmp_path / 'shop.db'}"})
    put(storage, workspace, Kind="Sql", Database="shop")
    store = WorkspaceData(storage, workspace).datastore("sales")
    columns, cells = store.read_rows("select 1 as a, 'x' as b")
    assert ([column.name for column in columns], cells) == (["a", "b"], [[1], ["x"]])
    assert store.version("select 1") is None
    with pytest.raises(BadArgument, match="Two columns are named 'a'"):
        store.read("select 1 as a, 2 as a")


PEOPLE = dataset("name,age,height\nAda,36,1.7\nBob,41,1.8\n")


def use(storage, workspace, name, inputs=None, **given):
    module = find_module(name)
    places = {"Import Data": "Please Specify Data Source", "Export Data": "Please specify data destination"}
    properties = read_properties(module, {places[name]: "Datastore"} | given)
    return run_module(Call(name, module, inputs or {}, properties, WorkspaceData(storage, workspace)))


def place(name, path):
    return {"Datastore name": name, "Path, table or query": path}


# The SDK reads storage's error answers in a way that a later Python will not like.
@pytest.mark.filterwarnings("ignore:Testing an element's truth value:DeprecationWarning")
def test_modules_read_and_write_what_a_datastore_leads_to(storage, workspace, tmp_path):
    storage = with_hosts(storage, databases={"shop": f"sqlite:///{tmp_path / 'shop.db'}"})
    table = f"people{new_id()[:8]}"
    put(storage, workspace, "blobs", Kind="Blob", Url=storage.account_url, Container="results", Secret=DEVELOPMENT_KEY)
    put(storage, workspace, "tables", Kind="Table", Url=storage.tables.url, Secret=DEVELOPMENT_KEY)
    put(storage, workspace, "base", Kind="Sql", Database="shop")
    for name, path, query in (
        ("blobs", f"{workspace}/people.csv", f"{workspace}/people.csv"),
        ("tables", table, table),
        ("base", "people", "select * from people"),
    ):
        for _ in range(2):
            use(storage, workspace, "Export Data", {"Dataset": PEOPLE}, **place(name, path))
        (found,) = use(storage, workspace, "Import Data", **place(name, query))
        assert sorted(map(str, found.select(PEOPLE.names).rows())) == sorted(map(str, PEOPLE.rows()))
    assert try_datastore(storage, workspace, "tables", {})["Works"]
    assert try_datastore(storage, workspace, "tables", {"Path": table})["Works"]
    assert try_datastore(storage, workspace, "base", {"Path": "select * from people"})["Works"]
    with pytest.raises(ModuleExecutionError, match=r"0030.*no datastore 'bass'.*base"):
        use(storage, workspace, "Import Data", **place("bass", "people"))


def test_a_run_reads_blobs_of_a_datastore_again_only_if_they_changed(storage, workspace):
    put(storage, workspace, "blobs", Kind="Blob", Url=storage.account_url, Container="results", Secret=DEVELOPMENT_KEY)
    module, data = find_module("Import Data"), WorkspaceData(storage, workspace)

    def fingerprint(path="a.csv", name="blobs"):
        given = {"Please Specify Data Source": "Datastore"} | place(name, f"{workspace}/{path}")
        return take_fingerprint(Call("Data", module, {}, read_properties(module, given), data), {}).digest

    store = data.datastore("blobs")
    store.write_file(f"{workspace}/a.csv", b"a\n1\n")
    before = fingerprint(), fingerprint("*.csv")
    assert (fingerprint(), fingerprint("*.csv")) == before
    store.write_file(f"{workspace}/b.csv", b"a\n2\n")
    assert fingerprint() == before[0]
    assert fingerprint("*.csv") != before[1]
    store.write_file(f"{workspace}/a.csv", b"a\n1\n")
    assert fingerprint() != before[0]


@pytest.mark.attack("Secrets")
def test_no_error_of_a_datastore_shows_its_secret(web, workspace, caplog):
    url, storage = web
    put(storage, workspace, "away", Kind="Http", Url=url, Authentication="Query", Secret="code=word1234")
    link = {"Url": storage.account_url, "Authentication": "Sas", "Secret": "sv=1&sp=r&sig=AbCdEf%2Bword1234%3D"}
    put(storage, workspace, "link", Kind="Blob", Container="results", **link)
    for name, path in (("away", "none"), ("away", "a b"), ("link", "a.csv"), ("link", "*.csv"), ("link", "a/../b")):
        with pytest.raises(ModuleExecutionError, match="0030") as caught:
            use(storage, workspace, "Import Data", **place(name, path))
        told = "".join(traceback.format_exception(caught.value))
        assert "word1234" not in told, told
    # What a storage client says of a network that fails has the whole address.
    failed = ServiceRequestError("Max retries exceeded with url: /results/a.csv?sv=1&sig=AbCdEf%2Bword1234%3D")
    with pytest.raises(AzureError) as caught, WorkspaceData(storage, workspace).datastore("link").hiding():
        raise failed
    assert "word1234" not in "".join(traceback.format_exception(caught.value))
    assert "word1234" not in caplog.text


class _Silent(socketserver.BaseRequestHandler):
    """A database server that lets anybody in, and then says nothing more."""

    def handle(self):
        while (start := self.request.recv(4096)) and len(start) == 8:
            self.request.sendall(b"N")
        parameter = b"server_version\x0015.1\x00"
        self.request.sendall(b"R" + struct.pack("!II", 8, 0) + b"S" + struct.pack("!I", 4 + len(parameter)) + parameter)
        self.request.sendall(b"K" + struct.pack("!III", 12, 1, 1) + b"Z" + struct.pack("!I", 5) + b"I")
        while self.request.recv(4096):
            pass


@pytest.mark.attack("Hosts that stall")
def test_a_database_server_that_says_nothing_is_given_up(storage, workspace, monkeypatch):
    monkeypatch.setattr("studio.datasets.datastore_access.TEST_SECONDS", 0.1)
    monkeypatch.setattr("studio.datasets.databases.CANCEL_SECONDS", 0.1)
    with socketserver.ThreadingTCPServer(("127.0.0.1", 0), _Silent) as server:
        server.daemon_threads = True
        threading.Thread(target=server.serve_forever, args=(0.01,), daemon=True).start()
        place = f"127.0.0.1:{server.server_address[1]}"
        storage = with_hosts(storage, place)
        put(storage, workspace, **SERVER | {"Server": place})
        tried = try_datastore(storage, workspace, "sales", {})
        server.shutdown()
    assert not tried["Works"]
    assert tried["Milliseconds"] < 4000


def test_a_datastore_that_is_used_is_not_deleted_and_its_users_are_named(storage, workspace):
    store = put(storage, workspace, **BLOBS)
    properties = {"Please Specify Data Source": "Datastore"} | place("sales", "a.csv")
    document = {"modules": {"Data": {"module": "Import Data", "properties": properties}}, "connections": []}
    put_experiment(storage, workspace, "Churn", document, now=NOW)
    body = {"name": "Blobs", "properties": {"type": "AzureBlobStorage", "typeProperties": {"datastore": "sales"}}}
    name = DocumentName(workspace, SERVICES, "Blobs")
    saved = put_factory_document(storage, name, body, "https://host", now=NOW)
    with pytest.raises(Conflict, match=r"used by the experiment 'Churn', the linked service 'Blobs'\."):
        remove_datastore(storage, store)
    assert len(list_datastores(storage, workspace)) == 1
    put_experiment(storage, workspace, "Churn", deepcopy_with(document, place("other", "a.csv")), now=NOW)
    with pytest.raises(Conflict, match=r"used by the linked service 'Blobs'\."):
        remove_datastore(storage, store)
    delete_factory_document(storage, saved)
    remove_datastore(storage, store)
    assert list_datastores(storage, workspace) == []


@pytest.mark.attack("Hosts that stall")
def test_a_configured_server_that_says_nothing_is_given_up_where_somebody_waits(storage, workspace, monkeypatch):
    monkeypatch.setattr("studio.datasets.datastore_access.TEST_SECONDS", 0.1)
    monkeypatch.setattr("studio.datasets.databases.CANCEL_SECONDS", 0.1)
    with socketserver.ThreadingTCPServer(("127.0.0.1", 0), _Silent) as server:
        server.daemon_threads = True
        threading.Thread(target=server.serve_forever, args=(0.01,), daemon=True).start()
        url = f"postgresql+psycopg://u:p@127.0.0.1:{server.server_address[1]}/shop"
        storage = with_hosts(storage, databases={"shop": url})
        put(storage, workspace, Kind="Sql", Database="shop")
        tried = try_datastore(storage, workspace, "sales", {"Path": "select pg_sleep(1e9)"})
        server.shutdown()
    assert not tried["Works"]


def deepcopy_with(document, properties):
    (item,) = document["modules"].values()
    return document | {"modules": {"Data": item | {"properties": item["properties"] | properties}}}


def test_defaults_of_web_service_parameters_name_datastores_too():
    module = {"module": "Import Data", "properties": {"Datastore name": "a"}}
    parameter = {"name": "p", "module": "Data", "property": "Datastore name", "default": "b"}
    assert named_in({"modules": {"Data": module}, "webServiceParameters": [parameter]}) == {"a", "b"}


def test_a_reference_is_read_where_it_is_profiled_shown_and_read_again_when_it_changed(storage, workspace, tmp_path):
    storage = with_hosts(storage, databases={"shop": f"sqlite:///{tmp_path / 'shop.db'}"})
    put(storage, workspace, "blobs", Kind="Blob", Url=storage.account_url, Container="results", Secret=DEVELOPMENT_KEY)
    store = put(storage, workspace, "base", Kind="Sql", Database="shop")
    data, name = WorkspaceData(storage, workspace), "people.csv"
    assert put_reference(storage, workspace, name, {"Datastore": "blobs", "Path": f"{workspace}/p.csv"})["Name"] == name
    data.datastore("blobs").write_file(f"{workspace}/p.csv", b"name,age\nAda,36\nBob,41\n")
    first, version = get_reference(storage, workspace, name)["Version"], data.dataset_version(name)
    assert data.read_dataset(name) == [(name, b"name,age\nAda,36\nBob,41\n")]
    (listed,), _ = list_dataset_objects(storage, workspace, "", Page(10, ""))
    assert (listed["Name"], listed["Reference"]) == (name, "blobs")
    profile = get_profile(storage, workspace, name, "", find_source(storage, workspace, name))
    assert (profile["Rows"], [item["Name"] for item in profile["Columns"]]) == (2, ["name", "age"])
    summary = get_summary(storage, workspace, name)
    assert (summary["rows"], summary["etag"]) == (2, first)
    assert (
        list_dataset_rows(storage, workspace, name, read_window(None, None, read_choice("-age")))["values"][0][0]
        == "Bob"
    )
    data.datastore("blobs").write_file(f"{workspace}/p.csv", b"name,age\nAda,37\n")
    assert get_reference(storage, workspace, name)["Version"] != first
    assert data.dataset_version(name) != version
    assert get_summary(storage, workspace, name)["rows"] == 1
    # Rows tell nobody when they change: a run reads them each time, and pages once a minute.
    query = {"Datastore": "base", "Path": "select 1 as a, 'x' as b"}
    put_reference(storage, workspace, "rows.parquet", query)
    assert data.dataset_version("rows.parquet") is None
    assert get_reference(storage, workspace, "rows.parquet")["Version"].startswith('"read 20')
    assert get_summary(storage, workspace, "rows.parquet")["rows"] == 1
    with pytest.raises(BadArgument, match=r"ends in \.parquet"):
        put_reference(storage, workspace, "rows.csv", query)
    with pytest.raises(Conflict, match=r"used by the dataset 'rows\.parquet'"):
        remove_datastore(storage, store)
    # A file that takes the name is a file again.
    storage.container("datasets").upload_blob(f"{workspace}/{name}", b"a\n1\n", overwrite=True)
    assert data.read_dataset(name) == [(name, b"a\n1\n")]


@pytest.mark.attack("Other tenants")
def test_what_is_written_on_a_blob_elsewhere_makes_no_reference(storage, workspace):
    put(storage, workspace, "blobs", Kind="Blob", Url=storage.account_url, Container="results", Secret=DEVELOPMENT_KEY)
    content = json.dumps({"Datastore": "blobs", "Path": f"{workspace}/p.csv"}).encode()
    place = f"{workspace}/trap.csv"
    storage.container("results").upload_blob(place, content, metadata={"reference": "blobs"})
    assert WorkspaceData(storage, workspace).datastore("blobs").read(f"{workspace}/tra*.csv") == [(place, content)]
    # One that its workspace uploads itself reaches that workspace's datastores only.
    storage.container("datasets").upload_blob(f"{workspace}/a.csv", b"[]", metadata={"reference": "blobs"})
    with pytest.raises(BadArgument, match="A reference has the name of a Datastore"):
        WorkspaceData(storage, workspace).read_dataset("a.csv")


@pytest.mark.attack("Large inputs")
def test_of_a_large_file_that_says_it_is_a_reference_only_the_beginning_is_read(storage, workspace, monkeypatch):
    content = b" " * (MAX_BYTES + 10_000)
    storage.container("datasets").upload_blob(f"{workspace}/a.csv", content, metadata={"reference": "blobs"})
    read, parse = [], workspace_data.parse_reference
    monkeypatch.setattr(workspace_data, "parse_reference", lambda content: read.append(len(content)) or parse(content))
    with pytest.raises(BadArgument, match="A reference has the name of a Datastore"):
        get_reference(storage, workspace, "a.csv")
    assert read == [MAX_BYTES + 1]
    with pytest.raises(BadArgument, match="Path may have 8,000 characters, got 9,000"):
        put_reference(storage, workspace, "b.csv", {"Datastore": "blobs", "Path": "a" * 9000})


@pytest.mark.attack("Large inputs")
def test_references_count_for_the_size_of_what_a_pattern_matches(storage, workspace):
    storage = with_hosts(storage, max_table_bytes=1000)
    put(storage, workspace, "blobs", Kind="Blob", Url=storage.account_url, Container="results", Secret=DEVELOPMENT_KEY)
    storage.container("results").upload_blob(f"{workspace}/p.csv", b"a" * 900)
    for name in ("a.csv", "b.csv"):
        put_reference(storage, workspace, name, {"Datastore": "blobs", "Path": f"{workspace}/p.csv"})
    with pytest.raises(TooLarge):
        WorkspaceData(storage, workspace).read_dataset("*.csv")


@pytest.mark.attack("Hosts that stall")
def test_a_pattern_that_matches_nothing_in_an_endless_container_is_given_up(storage, workspace, monkeypatch):
    monkeypatch.setattr(workspace_data, "MAX_LISTED", 1)
    put(storage, workspace, "blobs", Kind="Blob", Url=storage.account_url, Container="results", Secret=DEVELOPMENT_KEY)
    for name in "ab":
        storage.container("results").upload_blob(f"{workspace}/{name}.csv", b"a")
    tried = try_datastore(storage, workspace, "blobs", {"Path": f"{workspace}/*.tsv"})
    assert (tried["Works"], "Give a pattern with a longer beginning" in tried["Details"]) == (False, True)
