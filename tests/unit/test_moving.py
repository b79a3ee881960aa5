"""Moving a workspace, against a client that answers as the app does: what is in the way, and what is left as it is."""

import json
import zipfile

import pytest

from perennial.errors import PerennialError
from perennial.moving import export_workspace, import_workspace
from perennial.resources import BlobLink
from perennial.workspace_file import LISTS, write_manifest

UNREADABLE = PerennialError(400, "BadUserArgument/InputParseError", "The file cannot be read as .parquet.")


class App:
    """Answers of a workspace with one service `s`, whose endpoint `lima` may have a policy."""

    def __init__(self, policy=None, profile_error=None):
        self.policy, self.profile_error, self.subscriptions = policy, profile_error, {}

    def list_datasets(self):
        link = BlobLink("https://account/", "datasets/w/bad.parquet", "?sas")
        return [type("Dataset", (), {"file_name": "bad.parquet", "location": link})]

    def get_profile(self, name):
        raise self.profile_error

    def list_experiments(self):
        return []

    list_web_services = list_latest_models = list_experiments

    def show(self):
        return {"FriendlyName": "Mine"}

    def get_web_service(self, name):
        return name

    def get_endpoint(self, service, name):
        return f"{service}/{name}"

    def get_policy(self, endpoint):
        if self.policy is None:
            raise PerennialError(404, "NotFound/PolicyNotFound", "No policy.")
        return self.policy

    def list_datastores(self):
        return []

    list_references = list_datastores

    def list_subscriptions(self):
        return list(self.subscriptions.values())

    def put_subscription(self, name, url, types, *, kind, enabled):
        if "refused" in url:
            raise PerennialError(400, "InvalidOperation", "Events may not be sent there.")
        shown = {"Name": name, "Kind": kind, "Url": url, "Types": list(types), "Enabled": enabled}
        self.subscriptions[name] = shown | {"LastError": None}

    def put_policy(self, endpoint, policy):
        self.policy = policy


@pytest.fixture
def written(tmp_path):
    path = tmp_path / "w.zip"
    policies = [{"Service": "s", "Endpoint": "lima", "Policy": {"Trigger": "exported"}}]
    with zipfile.ZipFile(path, "w") as file:
        write_manifest(file, {name: [] for name in LISTS} | {"Policies": policies})
    return path


def test_a_policy_that_was_changed_after_an_import_stays_when_the_import_is_repeated(written):
    app = App()
    assert import_workspace(app, written).counts == {"Policies": 1}
    assert app.policy == {"Trigger": "exported"}
    app.policy = {"Trigger": "changed since"}
    done = import_workspace(app, written)
    assert (done.counts, app.policy) == ({}, {"Trigger": "changed since"})
    assert done.notes == ["The policy of 'lima' of 's' exists, and was left as it is."]


@pytest.mark.parametrize("status", [400, 413])
def test_a_dataset_that_is_no_table_does_not_stop_an_export(tmp_path, monkeypatch, status):
    monkeypatch.setattr("perennial.moving.download_to", lambda link, file: file.write(b"PAR"))
    error = PerennialError(status, UNREADABLE.code, UNREADABLE.message)
    done = export_workspace(App(profile_error=error), tmp_path / "w.zip", None)
    assert done.notes == [
        "The dataset 'bad.parquet' is included, but not the options for reading it. "
        "The file cannot be read as .parquet."
    ]
    with zipfile.ZipFile(tmp_path / "w.zip") as file:
        assert file.read("datasets/0") == b"PAR"
        (entry,) = json.loads(file.read("workspace.json"))["Datasets"]
    assert (entry["FileName"], entry["Options"]) == ("bad.parquet", None)


def test_an_app_that_fails_ends_an_export_without_a_file(tmp_path, monkeypatch):
    monkeypatch.setattr("perennial.moving.download_to", lambda link, file: file.write(b"PAR"))
    with pytest.raises(PerennialError):
        export_workspace(App(profile_error=PerennialError(503, "Unavailable", "Busy.")), tmp_path / "w.zip", None)
    assert list(tmp_path.iterdir()) == []


def subscribed(**urls):
    app = App()
    for name, url in urls.items():
        app.put_subscription(name, url, ["perennial.job.failed"], kind="Webhook", enabled=True)
    return app


def test_subscriptions_move_without_secrets_and_send_nothing_until_they_have_one(tmp_path):
    app = subscribed(ops="https://h/a", query="https://h/b?***")
    app.put_subscription("grid", "https://t.eventgrid.azure.net/api/events", [], kind="EventGrid", enabled=True)
    assert export_workspace(app, tmp_path / "w.zip", []).counts["Subscriptions"] == 3
    other = subscribed(mine="https://h/mine")
    done = import_workspace(other, tmp_path / "w.zip")
    assert done.counts == {"Subscriptions": 2}
    assert {name: item["Enabled"] for name, item in other.subscriptions.items()} == {
        "mine": True,
        "ops": False,
        "grid": True,
    }
    assert other.subscriptions["ops"] == app.subscriptions["ops"] | {"Enabled": False}
    assert done.notes == [
        "The subscription 'ops' sends nothing yet, since its secret is not in the file. "
        "'perennial events subscribe ops https://h/a --secret …' starts it.",
        "The subscription 'query' was not imported. The query of its address https://h/b?*** is not in the file.",
    ]
    again = import_workspace(other, tmp_path / "w.zip")
    assert (again.counts, len(again.notes)) == ({}, 3)


def test_an_import_goes_on_where_events_may_not_be_sent_to_a_host(tmp_path):
    app = subscribed(a="https://h/a")
    app.subscriptions["a"]["Url"] = "https://refused/"
    export_workspace(app, tmp_path / "w.zip", [])
    done = import_workspace(App(), tmp_path / "w.zip")
    assert done.notes == ["The subscription 'a' was not imported. Events may not be sent there."]


@pytest.mark.attack("Workspace exports")
@pytest.mark.parametrize("found", [[{}], ["x"], 7, [{"Name": "a", "Url": "https://h/", "Kind": "x", "Types": None}]])
def test_subscriptions_of_another_form_are_an_error(tmp_path, found):
    with zipfile.ZipFile(tmp_path / "w.zip", "w") as file:
        write_manifest(file, {name: [] for name in LISTS} | {"Subscriptions": found})
    with pytest.raises(PerennialError, match="not a sound export"):
        import_workspace(App(), tmp_path / "w.zip")
