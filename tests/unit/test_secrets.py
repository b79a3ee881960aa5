"""Secrets in documents: where they are, what is shown of them, and when a shown text keeps them."""

import copy

import pytest

from studio.errors import BadArgument, ModuleExecutionError
from studio.graph.contract import Call
from studio.graph.palette import find_module
from studio.graph.properties import read_properties
from studio.graph.runner import run_module
from studio.graph.secrets import find_secrets, hide_secrets, keep_secrets, seal_secrets
from studio.storage.keys import seal_for, unseal_for

KEY, SAS = "c2VjcmV0LWtleQ==", "sv=2024&sig=s3cr3t"
MASTER = "m" * 32


def document():
    source = "Please Specify Data Source"
    return {
        "modules": {
            "Account": {
                "module": "Import Data",
                "properties": {
                    "Please Specify Authentication Type": "Account",
                    "Account Name": "mine",
                    "Account Key": KEY,
                    "Path to container, directory or blob": "data/a.csv",
                },
            },
            "Link": {
                "module": "Import Data",
                "properties": {
                    "Please Specify Authentication Type": "PublicOrSas",
                    "URI": f"https://mine.blob.core.windows.net/data/a.csv?{SAS}",
                },
            },
            "Web": {
                "module": "Import Data",
                "properties": {source: "Http", "URL": "https://me:s3cr3t-pass@data.example.org/a.csv?token=s3cr3t-t"},
            },
            "Public": {"module": "Import Data", "properties": {source: "Http", "URL": "https://example.org/a.csv"}},
            "Table": {
                "module": "Import Data",
                "properties": {
                    source: "AzureTable",
                    "Table account name": "mine",
                    "Table account key": KEY,
                    "Table name": "t",
                },
            },
        },
        "webServiceParameters": [
            {"name": "key", "module": "Account", "property": "Account Key", "default": KEY},
            {"name": "path", "module": "Account", "property": "Path to container, directory or blob", "default": "x"},
        ],
    }


def sealed(value=None, workspace="w"):
    return seal_secrets(value or document(), lambda text, place: seal_for(MASTER, text, workspace, *place.binding))


def put_back(changed, stored):
    return keep_secrets(changed, find_secrets(stored).get)


@pytest.mark.attack("Secrets")
@pytest.mark.parametrize("stored", [document(), sealed()], ids=["plain", "sealed"])
def test_no_secret_is_shown(stored):
    shown = hide_secrets(stored)
    assert "s3cr3t" not in str(shown)
    assert KEY not in str(shown)
    modules = shown["modules"]
    assert modules["Account"]["properties"]["Account Key"] == "***"
    assert modules["Link"]["properties"]["URI"] == "https://mine.blob.core.windows.net/data/a.csv?***"
    assert modules["Web"]["properties"]["URL"] == "https://***@data.example.org/a.csv?***"
    assert modules["Public"]["properties"]["URL"] == "https://example.org/a.csv"
    assert [item["default"] for item in shown["webServiceParameters"]] == ["***", "x"]


@pytest.mark.attack("Secrets")
def test_no_secret_is_readable_where_it_is_stored():
    assert "s3cr3t" not in str(sealed())
    assert KEY not in str(sealed())
    assert sealed() == sealed()
    assert sealed(sealed()) == sealed()


@pytest.mark.parametrize("stored", [document(), sealed()], ids=["plain", "sealed"])
def test_what_was_shown_keeps_the_secret_when_it_is_put_back(stored):
    shown = hide_secrets(stored)
    shown["modules"]["Account"]["properties"]["Path to container, directory or blob"] = "other/b.csv"
    kept = put_back(shown, stored)
    assert find_secrets(kept) == find_secrets(stored)
    assert seal_secrets(kept, lambda text, place: seal_for(MASTER, text, "w", *place.binding)) != shown


def moved(change):
    changed = copy.deepcopy(hide_secrets(sealed()))
    change(changed["modules"], changed["webServiceParameters"])
    return changed


@pytest.mark.attack("Secrets")
@pytest.mark.parametrize(
    "change",
    [
        lambda modules, _: modules["Account"]["properties"].update({"Account Name": "theirs"}),
        lambda modules, _: modules["Account"]["properties"].pop("Account Name"),
        lambda modules, _: modules.update(Moved=modules.pop("Account")),
        lambda modules, _: modules.update(Account=modules.pop("Table"), Table=modules.pop("Account")),
        lambda modules, _: modules["Account"].update(module="Export Data"),
        lambda modules, _: modules["Public"]["properties"].update(URL="https://theirs.org/a.csv?***"),
        lambda modules, _: modules["Public"]["properties"].update(
            URL="https://mine.blob.core.windows.net/data/a.csv?***"
        ),
        lambda modules, _: modules["Link"]["properties"].update(URI="https://theirs.org/data/a.csv?***"),
        lambda modules, _: modules["Link"]["properties"].update(
            URI="https://mine.blob.core.windows.net@theirs.org/data/a.csv?***"
        ),
        lambda modules, _: modules["Link"]["properties"].update(URI="***"),
        lambda modules, _: modules["Web"]["properties"].update(URL="https://***@theirs.org/a.csv?***"),
        lambda modules, _: modules["Web"]["properties"].update(URL="http://***@data.example.org/a.csv?***"),
        lambda modules, _: modules["Link"]["properties"].update({"URI": {"sealed": "x", "shown": "***"}}),
        lambda modules, _: modules["Table"]["properties"].update({"Table account name": "theirs"}),
        lambda _, parameters: parameters.append(
            {"name": "k2", "module": "Table", "property": "Table account key", "default": "***"}
        ),
        lambda _, parameters: parameters.append(
            {"name": "to", "module": "Account", "property": "Account Name", "default": "theirs"}
        ),
    ],
)
def test_a_shown_text_keeps_nothing_for_another_place_or_destination(change):
    with pytest.raises(BadArgument, match=r"\*\*\*|must be text"):
        put_back(moved(change), sealed())


@pytest.mark.attack("Secrets")
def test_a_seal_opens_for_its_workspace_property_and_destination_only():
    token = seal_for(MASTER, KEY, "w", "Account Key", "mine")
    assert unseal_for(MASTER, token, "w", "Account Key", "mine") == KEY
    for other in (("v", "Account Key", "mine"), ("w", "Table account key", "mine"), ("w", "Account Key", "theirs")):
        assert unseal_for(MASTER, token, *other) is None
    assert unseal_for(MASTER, token, "w", "Account Key" + "mine", "") is None
    assert unseal_for("n" * 32, token, "w", "Account Key", "mine") is None
    assert unseal_for(MASTER, token[:-4] + "AAA=", "w", "Account Key", "mine") is None
    assert unseal_for(MASTER, "no seal", "w") is None


class Outside:
    """An environment that opens secrets of workspace `w` and fails with all it was given."""

    def open_secret(self, sealed, name, destination):
        found = unseal_for(MASTER, sealed, "w", name, destination)
        if found is None:
            raise BadArgument("BadParameterValue", f"'{name}' was not given for '{destination}'.", name)
        return found

    def read_blobs(self, reference, target):
        raise BadArgument("InvalidBlob", f"cannot read {reference}", target)

    def read_url(self, url):
        raise ValueError(f"cannot open {url}")

    def read_table(self, connection, table, limit):
        raise BadArgument("InvalidBlob", f"cannot read {connection}", table)


@pytest.mark.attack("Secrets")
@pytest.mark.parametrize("stored", [document(), sealed()], ids=["plain", "sealed"])
@pytest.mark.parametrize("title", ["Account", "Link", "Web", "Table"])
def test_errors_and_logs_of_a_module_have_no_secret(stored, title, caplog):
    item = stored["modules"][title]
    module = find_module(item["module"])
    properties = read_properties(module, item["properties"])
    with pytest.raises(ModuleExecutionError, match="cannot") as caught:
        run_module(Call(title, module, {}, properties, Outside()))
    for text in (str(caught.value), caplog.text):
        assert "s3cr3t" not in text
        assert KEY not in text


@pytest.mark.attack("Secrets")
def test_a_caller_that_changes_the_account_does_not_send_the_key_there():
    item = sealed()["modules"]["Account"]
    module = find_module(item["module"])
    properties = read_properties(module, item["properties"] | {"Account Name": "theirs"})
    with pytest.raises(ModuleExecutionError, match=r"'Account Key' was not given for 'theirs'"):
        run_module(Call("Account", module, {}, properties, Outside()))
