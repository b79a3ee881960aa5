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
        self.policy, self.profile_error = policy, profile_error

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
