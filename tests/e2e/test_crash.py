"""A killed process loses no work and does none twice."""

import os
import signal

import pytest

from devhost.azurite import free_port, start_azurite
from devhost.supervisor import running_app
from perennial import Admin
from perennial.transport import download
from studio.jobs.jobs import get_job
from studio.registry.endpoints import get_endpoint
from studio.serving.app import open_app
from studio.settings import read_settings
from studio.storage.keys import admin_token
from tests.account import PARTITION_BYTES
from tests.builders import people_experiment
from tests.e2e.steps import RESOURCE, large_people, publish_people, wait_for, write_people

# Both promises are held at every write by the tests of storage/; here real processes are killed, each night.
pytestmark = pytest.mark.long


@pytest.fixture(scope="module")
def settings(app_settings, tmp_path_factory):
    """Storage that no other process works on."""
    storage = start_azurite(tmp_path_factory.mktemp("azurite"))
    yield app_settings | {"AzureWebJobsStorage": storage.connection_string, "PERENNIAL_JOB_LEASE_SECONDS": "3"}
    storage.stop()


@pytest.fixture(scope="module")
def processes(settings, tmp_path_factory):
    """An app of its own, whose processes may be killed."""
    with running_app(settings, free_port(), tmp_path_factory.mktemp("app") / "app.log") as running:
        yield running


@pytest.fixture(scope="module")
def published(processes, settings, tmp_path_factory):
    """The people experiment, with a parameter that makes its training slow."""
    document = people_experiment(**{"Total number of trees constructed": 20})
    trees = {"name": "Trees", "module": "Learner", "property": "Total number of trees constructed", "default": 20}
    document["webServiceParameters"] = [trees]
    token = admin_token(settings["PERENNIAL_MASTER_SECRET"])
    with Admin(processes.url, token) as admin, admin.create_workspace("Crash") as workspace:
        yield publish_people(workspace, tmp_path_factory.mktemp("people"), document)


def test_a_training_job_whose_process_is_killed_ends_finished_once(processes, published, settings, tmp_path):
    deployment, workspace = open_app(read_settings(settings)), published.workspace
    link = workspace.upload(write_people(tmp_path, "later.csv", 900, seed=7))
    job = workspace.submit_job(published.training_endpoint, {"input1": link}, parameters={"Trees": 500})
    wait_for(lambda: job.status().step == "Train", every=0.02)
    os.kill(processes.background.pid, signal.SIGKILL)
    processes.background.wait()
    assert job.status().state == "Running"
    processes.restart_dead()
    done = job.wait()
    assert done.state == "Finished"
    assert set(done.results) == {"output1", "output2"}
    versions = workspace.list_models(RESOURCE)
    assert [version["JobId"] for version in versions].count(job.id) == 1
    endpoint = get_endpoint(deployment.storage, workspace.id, published.training_endpoint.id)
    row = get_job(deployment.storage, endpoint, job.id)
    assert row.work.attempt == 2
    # Whatever messages are left find nothing to do.
    wait_for(lambda: not deployment.storage.job_queue().get_queue_properties().approximate_message_count)
    assert get_job(deployment.storage, endpoint, job.id) == row


def test_a_large_scoring_job_survives_whichever_of_two_processes_is_killed(processes, published, settings, tmp_path):
    parts = open_app(read_settings(settings)).storage.table("jobparts")
    processes.add_background()
    workspace, endpoint = published.workspace, published.default
    link = workspace.upload(large_people(tmp_path, 10 * PARTITION_BYTES))

    def run(victim):
        job = workspace.submit_job(endpoint, {"input1": link})
        if victim:
            finished = f"PartitionKey eq '{job.id}-0' and State eq 'Finished'"
            wait_for(lambda: list(parts.query_entities(finished)), every=0.01)
            os.kill(victim.pid, signal.SIGSTOP)
            assert job.status().state == "Running"
            os.kill(victim.pid, signal.SIGKILL)
            victim.wait()
        done = job.wait()
        assert done.state == "Finished"
        return download(done.results["output1"])

    expected = run(None)
    assert expected.count(b"\n") == (tmp_path / "large.csv").read_bytes().count(b"\n")
    assert run(processes.background) == expected
    processes.restart_dead()
    assert run(processes.more[0]) == expected
    assert list(parts.list_entities()) == []
