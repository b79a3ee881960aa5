"""Secrets in Key Vault: Microsoft's clients against a listener that speaks the documented REST protocol over TLS.

The listener challenges requests without a token as a vault does, and takes only tokens for the audience that it named;
the app's identity gets them from what App Service puts beside an app.
"""

import json
import re
import ssl
import threading
import time
from dataclasses import replace
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import urlsplit

import pytest

from studio.datasets.datastores import TABLE, delete_datastore, get_datastore, list_datastores, put_datastore
from studio.datasets.workspace_data import WorkspaceData
from studio.errors import BadArgument, InternalError, InvalidOperation, ServiceUnavailable
from studio.pipelines.documents import SERVICES, DocumentName, document_object, put_factory_document
from studio.pipelines.linked_services import get_linked_service
from studio.storage.account import Storage
from studio.storage.key_vault import SHARED_WITH, find_secret, put_secret, read_shared_secret
from studio.storage.keys import new_id
from studio.storage.rows import find_row
from tests.storage.test_datastores import BLOBS, KEY, NOW
from tests.storage.test_managed_identity import HEADER_SECRET, IdentityEndpoint, make_certificate

SECRET = re.compile(r"/secrets/([0-9A-Za-z-]{1,127})/?([0-9a-f]*)")


class Vault(ThreadingHTTPServer):
    """A vault; `resource` is whom its challenge wants tokens for."""

    def __init__(self, certificate, key):
        super().__init__(("127.0.0.1", 0), VaultHandler)
        # The host must end in it, as name.vault.azure.net ends in vault.azure.net.
        self.resource = f"https://0.0.1:{self.server_port}"
        self.secrets, self.authorized, self.status = {}, [], 200
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(certificate, key)
        self.socket = context.wrap_socket(self.socket, server_side=True)
        threading.Thread(target=self.serve_forever, args=(0.01,), daemon=True).start()

    @property
    def url(self):
        return f"https://127.0.0.1:{self.server_port}"


class VaultHandler(BaseHTTPRequestHandler):
    server: Vault
    protocol_version = "HTTP/1.1"

    def answer(self, status, body=None, **headers):
        content = json.dumps(body or {}).encode()
        self.send_response(status)
        for name, value in (
            headers | {"Content-Type": "application/json", "Content-Length": str(len(content))}
        ).items():
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(content)

    def do_GET(self):
        found = self._admitted()
        if found is None:
            return
        versions = self.server.secrets.get(found[0], {})
        version = found[1] or next(reversed(versions), "")
        if version not in versions:
            self.answer(404, {"error": {"code": "SecretNotFound", "message": "not found"}})
            return
        self.answer(200, versions[version])

    def do_PUT(self):
        found = self._admitted()
        if found is not None:
            given, version = json.loads(self.body), new_id()
            at = int(time.time())
            stored = {
                "value": given["value"],
                "id": f"{self.server.url}/secrets/{found[0]}/{version}",
                "attributes": {"enabled": True, "created": at, "updated": at},
                "tags": given.get("tags") or {},
            }
            self.server.secrets.setdefault(found[0], {})[version] = stored
            self.answer(200, stored)

    def do_DELETE(self):
        found = self._admitted()
        if found is not None:
            gone = self.server.secrets.pop(found[0], None)
            known = {} if gone is None else {"id": f"{self.server.url}/secrets/{found[0]}", "attributes": {}}
            self.answer(200 if gone else 404, known or {"error": {"code": "SecretNotFound", "message": "x"}})

    def _admitted(self):
        self.body = self.rfile.read(int(self.headers.get("content-length") or 0))
        authorization = self.headers.get("authorization", "")
        self.server.authorized.append((self.path, authorization, self.body))
        if not authorization.startswith("Bearer ") or authorization.count(".") != 2:
            tenant = "https://login.microsoftonline.com/ab1f708d-50f6-404c-a006-d71b2ac7a606"
            challenge = f'Bearer authorization="{tenant}", resource="{self.server.resource}"'
            self.answer(401, **{"WWW-Authenticate": challenge})
            return None
        if self.server.status != 200:
            self.answer(self.server.status, {"error": {"code": "Forbidden", "message": "no"}})
            return None
        found = SECRET.fullmatch(urlsplit(self.path).path)
        if found is None:
            self.answer(400, {"error": {"code": "BadParameter", "message": "no name"}})
        return found and found.groups()

    def log_message(self, *_):
        pass


@pytest.fixture(scope="module")
def platform(tmp_path_factory):
    """The certificate of the vaults, and an endpoint that gives out tokens for any audience."""
    files, identity = make_certificate(tmp_path_factory.mktemp("vault")), IdentityEndpoint("any")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("IDENTITY_ENDPOINT", f"http://127.0.0.1:{identity.server_port}/msi/token")
        patch.setenv("IDENTITY_HEADER", HEADER_SECRET)
        patch.setenv("REQUESTS_CA_BUNDLE", str(files[0]))
        yield files, identity
    identity.shutdown()
    identity.server_close()


@pytest.fixture
def vault(platform):
    server = Vault(*platform[0])
    yield server
    server.shutdown()
    server.server_close()


@pytest.fixture
def storage(deployment, vault):
    host = urlsplit(vault.url).netloc
    settings = replace(
        deployment.storage.settings, key_vault=vault.url, key_vaults=(host,), identity_client_id="5c8a5a9e-6f0f-4b7e"
    )
    return Storage(settings)


def test_secrets_of_datastores_are_kept_in_the_vault_and_deleted_with_them(storage, vault):
    workspace = new_id()
    put_datastore(storage, workspace, "sales", BLOBS, now=NOW)
    row = find_row(storage.table(TABLE), workspace, "sales")
    assert row["SecretIn"] == "KeyVault"
    assert KEY not in json.dumps(row, default=str)
    ((name, versions),) = vault.secrets.items()
    assert [item["value"] for item in versions.values()] == [KEY]
    assert get_datastore(storage, workspace, "sales").open_secret(storage) == KEY
    put_datastore(storage, workspace, "sales", BLOBS | {"Secret": "***", "Description": "x"}, now=NOW)
    assert list(vault.secrets) == [name]
    put_datastore(storage, workspace, "sales", BLOBS | {"Secret": KEY[::-1].strip("=") + "AAAA"}, now=NOW)
    assert len(vault.secrets) == 1
    assert name not in vault.secrets
    delete_datastore(storage, get_datastore(storage, workspace, "sales"))
    assert (vault.secrets, list_datastores(storage, workspace)) == ({}, [])


def test_a_secret_that_is_replaced_while_a_datastore_is_opened_is_read_again(storage, vault, monkeypatch):
    workspace = new_id()
    before = put_datastore(storage, workspace, "sales", BLOBS, now=NOW)
    later = KEY[::-1].strip("=") + "AAAA"
    put_datastore(storage, workspace, "sales", BLOBS | {"Secret": later}, now=NOW)
    answers = iter([before])
    monkeypatch.setattr(
        "studio.datasets.workspace_data.get_datastore", lambda *place: next(answers, None) or get_datastore(*place)
    )
    assert WorkspaceData(storage, workspace).datastore("sales").secret == later
    vault.secrets.clear()
    with pytest.raises(InternalError, match="does not have it any more"):
        WorkspaceData(storage, workspace).datastore("sales")


@pytest.mark.attack("Secrets")
def test_nothing_is_sent_before_the_vault_has_challenged_and_a_changed_row_opens_nothing(storage, vault):
    workspace = new_id()
    put_datastore(storage, workspace, "sales", BLOBS, now=NOW)
    _, authorization, body = vault.authorized[0]
    assert (authorization, KEY.encode() in body) == ("", False)
    row = find_row(storage.table(TABLE), workspace, "sales")
    changed = json.dumps({"Url": "https://thieves.example/", "Container": "c"})
    storage.table(TABLE).upsert_entity(row | {"Places": changed})
    with pytest.raises(InternalError, match="does not have it"):
        get_datastore(storage, workspace, "sales").open_secret(storage)
    storage.table(TABLE).upsert_entity(row | {"PartitionKey": (other := new_id())})
    with pytest.raises(InternalError, match="does not have it"):
        get_datastore(storage, other, "sales").open_secret(storage)


@pytest.mark.attack("Addresses of other hosts")
@pytest.mark.parametrize("resource", ["https://management.azure.com", "https://vault.azure.net", "https://27.0.0.1"])
def test_a_challenge_for_another_host_gets_no_token(storage, vault, platform, resource):
    vault.resource, identity = resource, platform[1]
    before = len(identity.asked)
    with pytest.raises(ServiceUnavailable, match="cannot be used at the moment"):
        put_secret(storage, vault.url, "name", "value", {})
    assert len(identity.asked) == before
    assert all(not authorization and b"value" not in body for _, authorization, body in vault.authorized)


@pytest.mark.attack("Other tenants")
def test_a_workspace_reads_only_what_a_listed_vaults_owner_shares_with_it(storage, vault):
    mine, other = new_id(), new_id()
    put_secret(storage, vault.url, "shared", "word", {SHARED_WITH: f"{other}, {mine}"})
    put_secret(storage, vault.url, "open", "all", {SHARED_WITH: "*"})
    put_secret(storage, vault.url, "theirs", "hidden", {SHARED_WITH: other})
    put_secret(storage, vault.url, "master-secret", "hidden", {})
    put_datastore(storage, other, "sales", BLOBS, now=NOW)
    assert read_shared_secret(storage, mine, f"{vault.url}/", "shared") == "word"
    assert read_shared_secret(storage, mine, vault.url, "open") == "all"
    kept = next(name for name in vault.secrets if name.startswith("perennial-"))
    messages = set()
    for name in ("theirs", "master-secret", "nothing", kept):
        with pytest.raises(BadArgument, match="for this workspace") as caught:
            read_shared_secret(storage, mine, vault.url, name)
        messages.add(caught.value.message.replace(name, ""))
    # Nobody learns from it which secrets there are.
    assert len(messages) == 1
    for name, version in (("../keys", ""), ("shared/x", ""), ("", ""), ("shared", "../x")):
        with pytest.raises(BadArgument, match="up to 127 letters"):
            read_shared_secret(storage, mine, vault.url, name, version)
    elsewhere = Storage(replace(storage.settings, key_vaults=()))
    with pytest.raises(BadArgument, match="PERENNIAL_KEY_VAULTS"):
        read_shared_secret(elsewhere, mine, vault.url, "shared")
    with pytest.raises(BadArgument, match="PERENNIAL_KEY_VAULTS"):
        read_shared_secret(storage, mine, vault.url.replace("https", "http"), "shared")


def test_what_a_vault_refuses_is_said_and_a_datastore_stays_until_its_secret_is_gone(storage, vault):
    workspace = new_id()
    put_datastore(storage, workspace, "sales", BLOBS, now=NOW)
    vault.status = 403
    with pytest.raises(InvalidOperation, match="refuses the app's identity"):
        delete_datastore(storage, get_datastore(storage, workspace, "sales"))
    assert len(list_datastores(storage, workspace)) == 1
    vault.status = 200
    assert find_secret(storage, vault.url, "nothing") is None
    vault.secrets.clear()
    with pytest.raises(InternalError, match="does not have it any more"):
        get_datastore(storage, workspace, "sales").open_secret(storage)
    with pytest.raises(InternalError, match="names none now"):
        get_datastore(storage, workspace, "sales").open_secret(Storage(replace(storage.settings, key_vault=None)))


def test_linked_services_read_their_secrets_from_a_vault(storage, vault):
    workspace = new_id()

    def put(name, kind, **properties):
        place = DocumentName(workspace, SERVICES, name)
        document = {"name": name, "properties": {"type": kind, "typeProperties": properties}}
        saved = put_factory_document(storage, place, document, "https://host", now=NOW)
        return document_object(storage, saved)["properties"]["typeProperties"]

    first = put_secret(storage, vault.url, "key", "one", {SHARED_WITH: workspace})
    put_secret(storage, vault.url, "key", "two", {SHARED_WITH: workspace})
    put("Vault", "AzureKeyVault", baseUrl=vault.url)
    store = {"referenceName": "vault", "type": "LinkedServiceReference"}
    secret = {"type": "AzureKeyVaultSecret", "store": store, "secretName": "key"}
    shown = put("Live", "AzureML", mlEndpoint="https://h/jobs", apiKey=secret)
    # It says where the secret is, and is none.
    assert shown["apiKey"] == secret
    assert get_linked_service(storage, workspace, "Live")[0].api_key == "two"
    put("Blobs", "AzureBlobStorage", connectionString=secret | {"secretVersion": first})
    assert get_linked_service(storage, workspace, "Blobs")[0].connection_string == "one"
    # A text that looks like a reference and holds a value is a secret like any other.
    assert put("Odd", "AzureML", mlEndpoint="https://h/jobs", apiKey=secret | {"value": "x"})["apiKey"] == "***"
    put("Wrong", "AzureML", mlEndpoint="https://h/jobs", apiKey=secret | {"store": "Live"})
    with pytest.raises(BadArgument, match="store must be a linked service of type AzureKeyVault"):
        get_linked_service(storage, workspace, "Wrong")
    with pytest.raises(BadArgument, match="linkedServiceName"):
        get_linked_service(storage, workspace, "Vault")


def test_a_linked_service_uses_a_datastore(storage):
    workspace = new_id()
    put_datastore(storage, workspace, "sales", BLOBS, now=NOW)
    document = {"name": "Blobs", "properties": {"type": "AzureBlobStorage", "typeProperties": {"datastore": "sales"}}}
    put_factory_document(storage, DocumentName(workspace, SERVICES, "Blobs"), document, "https://host", now=NOW)
    assert f"AccountKey={KEY};" in get_linked_service(storage, workspace, "Blobs")[0].connection_string
    put_datastore(storage, workspace, "sales", BLOBS | {"Authentication": "Sas", "Secret": "?sv=1&sig=x"}, now=NOW)
    link = get_linked_service(storage, workspace, "Blobs")[0].sas_uri
    assert link == "https://salesdata.blob.core.windows.net/?sv=1&sig=x"
    put_datastore(storage, workspace, "sales", {"Kind": "Table", "Account": "salesdata", "Secret": KEY}, now=NOW)
    with pytest.raises(BadArgument, match="must be of kind Blob"):
        get_linked_service(storage, workspace, "Blobs")
