"""What apps of released versions stored is read by this version: docs/reference/versions.md promises it."""

import json
import zipfile
from datetime import UTC, datetime, timedelta

import pytest

from studio.automation.dispatch import start_due_work
from studio.classic.studio_api import studio_experiment_object
from studio.errors import BadArgument, InternalError
from studio.experiments.experiments import experiment_object, get_experiment, read_experiment
from studio.experiments.runs import find_finished_run
from studio.jobs.jobs import get_job, job_status
from studio.pipelines.documents import TRIGGERS, get_factory_document
from studio.pipelines.runs import list_pipeline_runs
from studio.pipelines.triggers import start_trigger
from studio.registry.endpoints import get_endpoint
from studio.registry.history import change_object, list_history
from studio.registry.models import get_model
from studio.rollout.policies import get_policy
from studio.rollout.rollback import rollback_endpoint
from studio.serving.app import open_app
from studio.serving.scoring import score_request
from studio.settings import read_settings
from studio.storage.account import CONTAINERS, MARKER, SCHEMA
from studio.storage.documents import put_document
from studio.storage.keys import name_key
from studio.storage.rows import insert_row
from tests.builders import people_experiment
from tests.stored.make import FOLDER, ROWS

FILES = sorted(FOLDER.glob("*.zip"))
NOW = datetime(2026, 12, 1, tzinfo=UTC)


class Stored:
    """An app of this version on what another version stored."""

    def __init__(self, archive, app_settings):
        account = json.loads(archive.read("account.json"))
        self.expected = json.loads(archive.read("expected.json"))
        self.app = open_app(read_settings(app_settings | {"PERENNIAL_MASTER_SECRET": account["secret"]}))
        self.storage = self.app.storage
        for name, rows in account["tables"].items():
            for row in rows:
                self.storage.table(name).upsert_entity(row)
        for name in archive.namelist():
            folder, _, rest = name.partition("/")
            container, _, blob = rest.partition("/")
            if folder == "blobs" and container in CONTAINERS and blob != MARKER:
                self.storage.container(container).upload_blob(blob, archive.read(name), overwrite=True)
        self.workspace = self.expected["workspace"]
        self.endpoint = get_endpoint(self.storage, self.workspace, self.expected["endpoint"])

    def score(self):
        body = json.dumps({"Inputs": {"input1": ROWS}, "GlobalParameters": {}}).encode()
        snapshot = self.app.snapshots.load(self.workspace, self.endpoint.id)
        return json.loads(score_request(snapshot, self.app.models, body, swagger=True))["Results"]["output1"]


@pytest.fixture(scope="module", params=FILES, ids=lambda path: path.stem)
def stored(request, app_settings):
    with zipfile.ZipFile(request.param) as archive:
        return Stored(archive, app_settings)


def test_there_is_a_file_of_a_released_version():
    assert FILES


def test_keys_and_scores_are_those_of_the_older_version(stored):
    assert stored.endpoint.key(stored.storage.secret, 0) == stored.expected["key"]
    assert stored.score() == stored.expected["after"]


def test_jobs_and_history_are_shown(stored):
    for endpoint_id, job in (("trainingEndpoint", "trainingJob"), ("endpoint", "scoringJob")):
        endpoint = get_endpoint(stored.storage, stored.workspace, stored.expected[endpoint_id])
        status = job_status(stored.storage, get_job(stored.storage, endpoint, stored.expected[job]), now=NOW)
        assert status["StatusCode"] == "Finished"
        assert status["Results"]["output1"]["SasBlobToken"]
    history = list_history(stored.storage, stored.endpoint.id, stored.endpoint.change)
    assert [change_object(change) for change in history] == stored.expected["history"]


def test_experiments_and_their_runs_are_read(stored):
    saved = get_experiment(stored.storage, stored.workspace, "People")
    assert saved.version == stored.expected["experiments"][0]["Version"]
    assert read_experiment(stored.storage, saved.document).nodes
    assert find_finished_run(stored.storage, saved)["metrics"]


def test_policies_and_triggers_are_read_and_start_work(stored):
    assert get_policy(stored.storage, stored.endpoint).gate.metric == "AUC"
    trigger = get_factory_document(stored.storage, stored.workspace, TRIGGERS, "Nightly")
    start_trigger(stored.storage, trigger, now=NOW)
    start_due_work(stored.storage, now=NOW + timedelta(days=1))
    assert [run.pipeline for run in list_pipeline_runs(stored.storage, stored.workspace, {})] == ["Retrain"]


def test_a_swap_of_the_older_version_is_rolled_back(stored):
    before = stored.endpoint
    assert get_model(stored.storage, before.resources[0].model)
    rollback_endpoint(stored.app, before, sequence=None, by="test", now=NOW)
    assert stored.score() == stored.expected["before"]


def test_an_account_with_a_newer_schema_is_not_touched(app_settings, deployment):
    marker = deployment.storage.container("experiments").get_blob_client(MARKER)
    text = marker.download_blob().readall()
    try:
        marker.upload_blob(f"{SCHEMA + 1} 0123".encode(), overwrite=True)
        with pytest.raises(InternalError, match=rf"schema {SCHEMA + 1}.*up to {SCHEMA}"):
            open_app(read_settings(app_settings))
    finally:
        marker.upload_blob(text, overwrite=True)


def test_an_experiment_beyond_later_bounds_is_listed_and_shown_and_says_why_it_does_not_run(stored):
    """An earlier version accepted any number of trees."""
    document = people_experiment(**{"Total number of trees constructed": 1_000_000_000})
    row = {"Name": "Trees", "Version": 1, "Document": put_document(stored.storage, document), "UpdatedAt": str(NOW)}
    insert_row(
        stored.storage.table("experiments"), {"PartitionKey": stored.workspace, "RowKey": name_key("Trees")} | row
    )
    saved = get_experiment(stored.storage, stored.workspace, "Trees")
    assert studio_experiment_object(stored.storage, saved, with_graph=False)["Summary"] == document["description"]
    assert experiment_object(stored.storage, saved, with_document=True)["Document"] == document
    with pytest.raises(BadArgument, match=r"Total number of trees constructed.*10,?000"):
        read_experiment(stored.storage, saved.document)
