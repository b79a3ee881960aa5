"""Datastores in the client and at the command line; the app's answers are given."""

import json
import shlex

import httpx
import pytest
from typer.testing import CliRunner

from perennial import Workspace, cli
from perennial.moved_datastores import add_text
from perennial.moved_references import read_reference, reference_names
from perennial.moving import Outcome, _import_datastores, _import_references
from tests.unit.test_transport import URL

SHOWN = {
    "Name": "sales",
    "Kind": "Blob",
    "Authentication": "Sas",
    "Url": "https://salesdata.blob.core.windows.net/",
    "Container": "exports",
    "Server": None,
    "Database": None,
    "User": None,
    "Header": None,
    "Description": "",
    "Secret": "***",
    "SecretIn": "Storage",
}
TRIED = {"Name": "sales", "Works": False, "Details": "storage returned 403", "Milliseconds": 12}


class App:
    """Answers as the app does; `asked` is what it was asked."""

    def __init__(self, *shown):
        self.asked, self.shown = [], list(shown)

    def __call__(self, request: httpx.Request) -> httpx.Response:
        path = request.url.path.removeprefix("/workspaces/w/datastores")
        self.asked.append((request.method, path, json.loads(request.content or "null")))
        if request.method == "DELETE":
            return httpx.Response(204)
        return httpx.Response(200, json=TRIED if path.endswith("/test") else SHOWN if path else self.shown)

    def workspace(self) -> Workspace:
        return Workspace(URL, "w", "t", httpx.Client(transport=httpx.MockTransport(self)))


@pytest.fixture
def run(monkeypatch):
    def perform(app: App, *arguments: str, **options):
        monkeypatch.setattr("perennial.cli_context.Workspace", lambda *_: app.workspace())
        return CliRunner().invoke(cli.app, ["--workspace", "w", "--token", "t", "datastore", *arguments], **options)

    return perform


ADD = ("add", "sales", "--kind", "Blob", "--account", "salesdata", "--container", "exports")
BODY = {"Kind": "Blob", "Account": "salesdata", "Container": "exports"}


@pytest.mark.attack("Secrets")
def test_a_secret_comes_from_standard_input_or_the_environment(run):
    app = App()
    added = run(app, *ADD, input="s3cret word\n")
    assert app.asked == [("PUT", "/sales", BODY | {"Secret": "s3cret word"})]
    assert "s3cret" not in added.output
    run(app, *ADD, env={"PERENNIAL_DATASTORE_SECRET": "other"})
    assert app.asked[-1][2]["Secret"] == "other"
    run(app, *ADD, "--keep-secret")
    assert app.asked[-1][2] == BODY
    missing = run(app, *ADD, input="")
    assert (missing.exit_code != 0, "PERENNIAL_DATASTORE_SECRET" in missing.output) == (True, True)
    assert len(app.asked) == 3


def test_what_needs_no_secret_is_not_asked_for_one(run):
    app = App()
    run(app, "add", "web", "--kind", "Http", "--url", "https://data.example.org/")
    run(app, "add", "shop", "--kind", "Sql", "--database", "shop")
    assert [item[2] for item in app.asked] == [
        {"Kind": "Http", "Url": "https://data.example.org/"},
        {"Kind": "Sql", "Database": "shop"},
    ]


def test_datastores_are_listed_tried_and_removed(run):
    app = App(SHOWN)
    listed = run(app, "list", "--csv")
    assert "sales,Blob,Sas,https://salesdata.blob.core.windows.net/,exports," in listed.output
    tried = run(app, "test", "sales", "a.csv")
    assert (tried.exit_code, "FAILS (12 ms): storage returned 403" in tried.output) == (1, True)
    assert app.asked[-1] == ("POST", "/sales/test", {"Path": "a.csv"})
    assert run(app, "reference", "sales", "2026/a b.csv", "a.csv").exit_code == 0
    assert app.asked[-1][0] == "PUT"
    assert app.asked[-1][1].endswith("/datasets/a.csv/reference")
    assert app.asked[-1][2] == {"Datastore": "sales", "Path": "2026/a b.csv"}
    assert run(app, "remove", "sales").exit_code == 0
    assert app.asked[-1][:2] == ("DELETE", "/sales")


@pytest.mark.attack("Workspace exports")
def test_the_command_that_an_import_shows_is_one_command_whatever_the_file_has():
    sales = {"Name": "a; touch b", "Kind": "Blob", "Authentication": "Sas", "Description": "it's'; touch c #"}
    words = shlex.split(add_text(sales))
    assert words[3:] == ["a; touch b", "--kind", "Blob", "--authentication", "Sas", "--description", "it's'; touch c #"]


def test_a_reference_moves_as_one_and_its_command_is_shown_where_the_datastore_is_missing(tmp_path, monkeypatch):
    stored = {"Datastore": "sales", "Path": "2026/a b.csv"}
    monkeypatch.setattr("perennial.moved_references.download", lambda link, most: json.dumps(stored).encode())
    datasets, asked = [{"Name": "a.csv", "Reference": "sales"}, {"Name": "b.csv", "Reference": None}], []

    def answer(request):
        path = request.url.path.removeprefix("/workspaces/w")
        asked.append((request.method, path, json.loads(request.content or "null")))
        if request.method == "PUT":
            return httpx.Response(404, json={"error": {"code": "NotFound", "message": "No datastore 'sales'."}})
        profile = {"Options": {"Separator": "semicolon"}}
        return httpx.Response(200, json=datasets if path == "/data" else profile if path.endswith("/profile") else [])

    workspace = Workspace(URL, "w", "t", httpx.Client(transport=httpx.MockTransport(answer)))
    assert reference_names(workspace) == {"a.csv"}
    entry = read_reference(workspace, "a.csv", None)
    outcome = Outcome()
    _import_references(workspace, None, {"References": [entry]}, outcome, lambda step: None)
    assert asked[-1] == ("PUT", "/datasets/a.csv/reference", stored | {"Options": {"Separator": "semicolon"}})
    assert "perennial datastore reference sales '2026/a b.csv' a.csv" in outcome.notes[-1]
    monkeypatch.setattr("perennial.moved_references.download", lambda link, most: b"[]")
    assert read_reference(workspace, "a.csv", None) is None


def test_an_import_says_which_secrets_must_be_given_again():
    app, outcome = App(), Outcome()
    web = {"Name": "web", "Kind": "Http", "Authentication": "None", "Url": "https://data.example.org/"}
    sales = {name: text for name, text in SHOWN.items() if text and name not in ("Secret", "SecretIn")}
    _import_datastores(app.workspace(), None, {"Datastores": [sales, web]}, outcome, lambda step: None)
    assert outcome.counts == {"Datastores": 1}
    (note,) = outcome.notes
    assert "perennial datastore add sales --kind Blob --authentication Sas --url" in note
    assert app.asked[-1] == ("PUT", "/web", {name: web[name] for name in ("Kind", "Authentication", "Url")})
