"""Import Data and Export Data against real stores: blobs, tables, a web server, SQLite and PostgreSQL."""

import gzip
import http.server
import os
import shutil
import subprocess
import tempfile
import threading
import tracemalloc
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import ClassVar

import pytest
import sqlalchemy
from azure.data.tables import TableSasPermissions, generate_table_sas
from azure.storage.blob import ContainerSasPermissions, ContentSettings, generate_container_sas

from devhost.azurite import free_port
from studio.datasets.datastore_trials import try_datastore
from studio.datasets.datastores import put_datastore
from studio.datasets.workspace_data import WorkspaceData
from studio.errors import BadArgument, ModuleExecutionError
from studio.graph.contract import Call
from studio.graph.palette import find_module
from studio.graph.properties import read_properties
from studio.graph.runner import run_module
from studio.storage.account import Storage
from studio.storage.keys import new_id
from studio.tables.schema import ColumnType
from tests.builders import dataset

TABLE = dataset('name,height,age,member\nAda,1.7,36,true\nBob,,41,false\n"O\'Neil; drop table x",1.8,,\n')
POSTGRES = sorted(Path("/usr/lib/postgresql").glob("*/bin/initdb"))


@pytest.fixture
def data(deployment):
    return WorkspaceData(deployment.storage, new_id())


def with_settings(data, **settings):
    """The data of a deployment whose app settings differ."""
    return replace(data, storage=Storage(replace(data.storage.settings, **settings)))


def use(data, name, inputs=None, **given):
    module = find_module(name)
    return run_module(Call(name, module, inputs or {}, read_properties(module, given), data))


def rows_of(found):
    return sorted(map(str, found.rows()))


def test_a_dataset_is_exported_to_the_workspace_and_imported_again(data):
    for kind, extension in (("CSV", "csv"), ("TSV", "tsv"), ("ARFF", "arff")):
        path = {"Path to container, directory or blob": f"out.{extension}"}
        for _ in range(2):
            assert use(data, "Export Data", {"Dataset": TABLE}, **path, **{"File format for blob file": kind}) == ()
        (found,) = use(data, "Import Data", **path)
        assert rows_of(found) == rows_of(TABLE)


def test_files_that_a_pattern_names_are_read_by_a_link_to_their_container(data, deployment):
    storage, now, folder = deployment.storage, datetime.now(UTC), new_id()
    container = storage.container("training-data")
    for month in (1, 2):
        container.upload_blob(f"{folder}/2026-0{month}.csv", f"a,b\n{month},x\n")
    container.upload_blob(f"{folder}/notes.txt", b"no table")
    token = generate_container_sas(
        storage.blobs.account_name,
        "training-data",
        account_key=storage.blobs.credential.account_key,
        permission=ContainerSasPermissions(read=True, list=True),
        expiry=now + timedelta(hours=1),
    )
    link = {"Please Specify Authentication Type": "PublicOrSas"}
    (found,) = use(data, "Import Data", **link, URI=f"{storage.account_url}training-data/{folder}/2026-*.csv?{token}")
    assert rows_of(found) == ["(1, 'x')", "(2, 'x')"]
    with pytest.raises(ModuleExecutionError, match=r"0030.*No blob matches"):
        use(data, "Import Data", **link, URI=f"{storage.account_url}training-data/{folder}/2027-*.csv?{token}")
    with pytest.raises(ModuleExecutionError, match=r"0030.*cannot be listed"):
        use(data, "Import Data", **link, URI=f"{storage.account_url}training-data/{folder}/2026-*.csv?sig=wrong")


# The SDK reads storage's error answers in a way that a later Python will not like.
@pytest.mark.filterwarnings("ignore:Testing an element's truth value:DeprecationWarning")
def test_a_storage_table_is_written_once_however_often_and_read_back(data, deployment):
    name = f"people{new_id()[:8]}"
    account = deployment.storage.tables
    token = generate_table_sas(
        account.credential,
        name,
        permission=TableSasPermissions(read=True, add=True, update=True),
        expiry=datetime.now(UTC) + timedelta(hours=1),
    )
    account.create_table(name)
    place = {
        "Please Specify Authentication Type for Table": "PublicOrSas",
        "Table URI": f"{account.url}/{name}?{token}",
    }
    for _ in range(2):
        use(data, "Export Data", {"Dataset": TABLE}, **{"Please specify data destination": "AzureTable"}, **place)
    (found,) = use(data, "Import Data", **{"Please Specify Data Source": "AzureTable"}, **place)
    assert found.names[:2] == ["PartitionKey", "RowKey"]
    assert rows_of(found.select(["name", "height", "age", "member"])) == rows_of(TABLE)
    (one,) = use(data, "Import Data", **{"Please Specify Data Source": "AzureTable", "Rows to scan": 1}, **place)
    assert len(one.frame) == 1
    keyed = {"Please specify data destination": "AzureTable", "Row key column": "name", "Partition key column": "age"}
    with pytest.raises(ModuleExecutionError, match="0001"):
        use(data, "Export Data", {"Dataset": TABLE}, **(keyed | {"Row key column": "zz"}), **place)


@pytest.mark.filterwarnings("ignore:Testing an element's truth value:DeprecationWarning")
def test_a_table_that_is_not_there_is_named(data, deployment):
    place = {
        "Please Specify Data Source": "AzureTable",
        "Please Specify Authentication Type for Table": "PublicOrSas",
        "Table URI": f"{deployment.storage.tables.url}/nosuchtable?sig=x",
    }
    with pytest.raises(ModuleExecutionError, match=r"0030.*nosuchtable"):
        use(data, "Import Data", **place)
    account = {"Table account name": "A B", "Table account key": "x", "Table name": "t"}
    with pytest.raises(ModuleExecutionError, match="0064"):
        use(data, "Import Data", **{"Please Specify Data Source": "AzureTable"}, **account)


@pytest.fixture(scope="module")
def postgres():
    """A PostgreSQL of its own, as Debian packages it; it does not run as root."""
    if not POSTGRES:
        pytest.skip("PostgreSQL is not installed (Debian: apt-get install postgresql)")
    folder = Path(tempfile.mkdtemp(prefix="perennial-postgres-"))
    user = "postgres" if os.geteuid() == 0 else None
    if user:
        shutil.chown(folder, user)
    tools, port = POSTGRES[-1].parent, free_port()

    def run(tool, *arguments):
        subprocess.run([tools / tool, *arguments], cwd=folder, user=user, check=True, capture_output=True)

    run("initdb", "-D", folder / "data", "-U", "tester", "-A", "trust")
    options = f"-p {port} -c listen_addresses=127.0.0.1 -c unix_socket_directories={folder}"
    run("pg_ctl", "-D", folder / "data", "-o", options, "-l", folder / "log", "-w", "start")
    yield f"postgresql+psycopg://tester@127.0.0.1:{port}/postgres"
    run("pg_ctl", "-D", folder / "data", "-m", "immediate", "stop")
    shutil.rmtree(folder)


@pytest.fixture(params=["sqlite", "postgres"])
def database(request, tmp_path, data):
    """The workspace's data with the database `shop` in the app settings."""
    url = f"sqlite:///{tmp_path / 'shop.db'}" if request.param == "sqlite" else request.getfixturevalue("postgres")
    return with_settings(data, databases={"shop": url})


def test_a_database_table_is_replaced_and_queried(database):
    place = {"Please specify data destination": "SqlDatabase", "Database name": "shop", "Data table name": "people"}
    for _ in range(2):
        use(database, "Export Data", {"Dataset": TABLE}, **place)
    query = {"Please Specify Data Source": "SqlDatabase", "Database name": "shop"}
    (found,) = use(database, "Import Data", **query, **{"Database query": "select * from people"})
    assert found.names == TABLE.names
    assert [str(name) for name in found.cells("name")] == TABLE.cells("name")
    assert found.cells("height") == TABLE.cells("height")
    assert found.cells("age") == TABLE.cells("age")
    (count,) = use(
        database, "Import Data", **query, **{"Database query": "select count(*) as n from people where age > 40"}
    )
    assert count.cells("n") == [1]
    assert count.column("n").type is ColumnType.INT64


def test_a_datastore_of_a_server_is_tried_read_and_written_and_stopped_when_its_time_is_over(
    postgres, data, monkeypatch
):
    address = sqlalchemy.make_url(postgres)
    place = f"{address.host}:{address.port}"
    data = with_settings(data, import_hosts=(place,))
    body = {"Kind": "Sql", "Server": place, "Database": "postgres", "User": "tester", "Secret": "hunter2"}
    put_datastore(data.storage, data.workspace_id, "shop", body, now=datetime.now(UTC))
    assert try_datastore(data.storage, data.workspace_id, "shop", {})["Works"]
    given = {"Datastore name": "shop"}
    to, of = {"Please specify data destination": "Datastore"}, {"Please Specify Data Source": "Datastore"}
    for _ in range(2):
        use(data, "Export Data", {"Dataset": TABLE}, **to, **given, **{"Path, table or query": "staff"})
    (found,) = use(data, "Import Data", **of, **given, **{"Path, table or query": "select * from staff"})
    assert sorted(map(str, found.cells("name"))) == sorted(TABLE.cells("name"))
    with pytest.raises(ModuleExecutionError, match=r"0030.*The database reported.*read-only"):
        use(data, "Import Data", **of, **given, **{"Path, table or query": "select * from staff for update"})
    monkeypatch.setattr("studio.datasets.datastore_access.TEST_SECONDS", 0.2)
    tried = try_datastore(data.storage, data.workspace_id, "shop", {"Path": "select pg_sleep(20)"})
    assert (tried["Works"], "canceling statement" in tried["Details"]) == (False, True)
    assert tried["Milliseconds"] < 5000


@pytest.mark.attack("Addresses of other hosts")
def test_a_database_says_what_is_wrong_and_no_secret(database):
    query = {"Please Specify Data Source": "SqlDatabase", "Database name": "shop"}
    with pytest.raises(ModuleExecutionError, match=r"0030.*The database reported.*nothing"):
        use(database, "Import Data", **query, **{"Database query": "select * from nothing"})
    with pytest.raises(ModuleExecutionError, match=r"0030.*no database 'other'.*defines: shop"):
        use(database, "Import Data", **(query | {"Database name": "other"}), **{"Database query": "select 1"})
    away = with_settings(database, databases={"shop": "postgresql+psycopg://u:hunter2@127.0.0.1:1/x"})
    with pytest.raises(ModuleExecutionError) as caught:
        use(away, "Import Data", **query, **{"Database query": "select 1"})
    assert "hunter2" not in str(caught.value)


class _Pages(http.server.BaseHTTPRequestHandler):
    seen: ClassVar[list[str]] = []

    def do_GET(self):
        self.seen.append(self.path)
        if self.path == "/moved.csv":
            self.send_response(302)
            self.send_header("Location", "http://169.254.169.254/latest")
            self.end_headers()
            return
        self.send_response(200 if self.path.startswith("/data") else 404)
        self.end_headers()
        self.wfile.write(b"a,b\n1,x\n")

    def log_message(self, *_):
        pass


@pytest.fixture(scope="module")
def web():
    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), _Pages)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield f"127.0.0.1:{server.server_port}"
    server.shutdown()
    server.server_close()


@pytest.mark.attack("Addresses of other hosts")
def test_a_web_address_is_read_from_allowed_hosts_only(data, web):
    source = {"Please Specify Data Source": "Http"}
    allowed = with_settings(data, import_hosts=(web,))
    (found,) = use(allowed, "Import Data", **source, URL=f"http://{web}/data.csv?x=1")
    assert rows_of(found) == ["(1, 'x')"]
    (found,) = use(allowed, "Import Data", **source, URL=f"http://{web}/data", **{"Data format": "CSV"})
    assert len(found.frame) == 1
    for url, reason in (
        (f"http://{web}/moved.csv", "redirects"),
        (f"http://{web}/none.csv", "returned status 404"),
        ("http://169.254.169.254/latest.csv", "is not allowed"),
        (f"http://{web}@10.0.0.1/data.csv", "cannot be used: it contains a user name"),
        (f"http://169.254.169.254\\@{web}/latest.csv", "cannot be used: it contains a blank, a backslash"),
        (f"http://{web}/a/../data.csv", "cannot be used: its path contains"),
        ("http://127.0.0.1:1/data.csv", "'127.0.0.1:1' is not allowed"),
        ("file:///etc/passwd", "must start with"),
    ):
        with pytest.raises(ModuleExecutionError, match=rf"0030.*{reason}"):
            use(allowed, "Import Data", **source, URL=url)
    with pytest.raises(ModuleExecutionError, match="PERENNIAL_IMPORT_HOSTS"):
        use(data, "Import Data", **source, URL=f"http://{web}/data.csv")


@pytest.mark.attack("Addresses of other hosts")
def test_a_name_that_leads_into_the_apps_own_network_is_not_followed(data, web):
    name = web.replace("127.0.0.1", "localhost")
    allowed = with_settings(data, import_hosts=(name,))
    _Pages.seen.clear()
    with pytest.raises(ModuleExecutionError, match=r"'localhost' resolves to the address 127\.0\.0\.1"):
        use(allowed, "Import Data", **{"Please Specify Data Source": "Http"}, URL=f"http://{name}/data.csv")
    assert _Pages.seen == []


def test_an_export_needs_a_plain_name(data):
    with pytest.raises(BadArgument):
        data.write_dataset("../other/secret.csv", b"")


def test_data_that_would_not_fit_into_memory_is_refused_before_it_is_read(data, deployment):
    content = b"a,b\n" + b"1,x\n" * 300_000
    data.write_dataset("big.csv", content)
    small = with_settings(data, max_table_bytes=1024 * 1024)
    for path in ("big.csv", "b*.csv"):
        with pytest.raises(ModuleExecutionError, match=r"0138: Import Data: .*1 MiB.*PERENNIAL_MAX_TABLE_MB"):
            use(small, "Import Data", **{"Path to container, directory or blob": path})
    (found,) = use(data, "Import Data", **{"Path to container, directory or blob": "big.csv"})
    assert len(found.frame) == 300_000


@pytest.mark.attack("Addresses of other hosts")
def test_a_packed_blob_is_measured_by_what_comes_out(data, deployment):
    """A client uploads with a link of its own, and with any headers."""
    container, packed = deployment.storage.container("datasets"), ContentSettings(content_encoding="gzip")
    bomb = gzip.compress(b"a,b\n" + b"1,x\n" * (16 * 1024 * 1024), 9)
    assert len(bomb) < 256 * 1024
    container.upload_blob(f"{data.workspace_id}/bomb.csv", bomb, content_settings=packed)
    container.upload_blob(f"{data.workspace_id}/fine.csv", gzip.compress(b"a,b\n1,x\n"), content_settings=packed)
    small = with_settings(data, max_table_bytes=1024 * 1024)
    location = f"{deployment.storage.account_url}datasets/{data.workspace_id}"
    token = generate_container_sas(
        deployment.storage.blobs.account_name,
        "datasets",
        account_key=deployment.storage.blobs.credential.account_key,
        permission=ContainerSasPermissions(read=True, list=True),
        expiry=datetime.now(UTC) + timedelta(hours=1),
    )
    link = {"Please Specify Authentication Type": "PublicOrSas"}
    tracemalloc.start()
    for place in (
        {"Path to container, directory or blob": "bomb.csv"},
        {"Path to container, directory or blob": "b*.csv"},
        link | {"URI": f"{location}/bomb.csv?{token}"},
        link | {"URI": f"{location}/b*.csv?{token}"},
    ):
        with pytest.raises(ModuleExecutionError, match=r"0138: Import Data: .*1 MiB.*PERENNIAL_MAX_TABLE_MB"):
            use(small, "Import Data", **place)
    most = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert most < 16 * 1024 * 1024
    (found,) = use(data, "Import Data", **{"Path to container, directory or blob": "fine.csv"})
    assert rows_of(found) == ["(1, 'x')"]


@pytest.mark.attack("Addresses of other hosts")
def test_a_storage_table_that_does_not_end_is_given_up(data, deployment):
    name = f"wide{new_id()[:8]}"
    account = deployment.storage.tables
    table = account.create_table(name)
    for number in range(3):
        table.create_entity({"PartitionKey": "p", "RowKey": str(number), "text": "x" * 30000})
    token = generate_table_sas(
        account.credential,
        name,
        permission=TableSasPermissions(read=True),
        expiry=datetime.now(UTC) + timedelta(hours=1),
    )
    source = {
        "Please Specify Data Source": "AzureTable",
        "Please Specify Authentication Type for Table": "PublicOrSas",
        "Table URI": f"{account.url}/{name}?{token}",
    }
    with pytest.raises(ModuleExecutionError, match=r"0138: Import Data: .*PERENNIAL_MAX_TABLE_MB"):
        use(with_settings(data, max_table_bytes=64 * 1024), "Import Data", **source)
    (found,) = use(data, "Import Data", **source)
    assert len(found.frame) == 3


def test_a_database_driver_that_the_app_lacks_is_named(data):
    without_driver = with_settings(data, databases={"shop": "mysql+pymysql://user@127.0.0.1/shop"})
    query = {"Please Specify Data Source": "SqlDatabase", "Database name": "shop", "Database query": "select 1"}
    with pytest.raises(ModuleExecutionError, match=r"0030.*driver 'pymysql'.*requirements-postgresql\.txt"):
        use(without_driver, "Import Data", **query)
