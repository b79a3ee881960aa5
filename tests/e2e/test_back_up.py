"""The page about backups: what is saved from one account is restored to another, and works there."""

import os
import subprocess
import sys
from contextlib import contextmanager
from pathlib import Path

import pytest

from devhost.azurite import free_port, start_azurite
from devhost.supervisor import running_app
from perennial import Workspace
from perennial.transport import download
from studio.registry.history import change_object, list_history
from studio.registry.web_services import get_web_service
from studio.registry.workspaces import create_workspace
from studio.rollout.endpoints import add_endpoint
from studio.rollout.update_resource import patch_endpoint
from studio.serving.app import open_app
from studio.settings import read_settings
from tests.account import new_settings
from tests.builders import people_csv, people_experiment
from tests.e2e.steps import NAME, RESOURCE, ROWS, write_people
from tests.e2e.test_docs import ROOT, blocks
from tests.storage.in_process import Studio, now

SAVE, RESTORE = blocks("docs/how-to/back-up.md", "bash")


@contextmanager
def account(folder: Path, secret: str | None = None):
    """Settings for an empty account."""
    azurite = start_azurite(folder / "azurite")
    settings = new_settings(azurite, folder / "cache")
    try:
        yield settings | ({"PERENNIAL_MASTER_SECRET": secret} if secret else {})
    finally:
        azurite.stop()


@contextmanager
def app(settings, folder: Path):
    with running_app(settings, free_port(), folder / "app.log") as processes:
        yield processes.url


def run(script: str, settings, folder: Path) -> subprocess.CompletedProcess[str]:
    path = {"PATH": f"{Path(sys.executable).parent}:{os.environ['PATH']}", "PYTHONPATH": str(ROOT)}
    environment = os.environ | settings | path
    return subprocess.run(
        ["bash", "-c", script], cwd=folder, env=environment, capture_output=True, text=True, check=False
    )


def endpoint(workspace: Workspace, service: str, name: str):
    return workspace.get_endpoint(workspace.get_web_service(service), name)


@pytest.fixture
def folders(tmp_path):
    made = [tmp_path / name for name in ("old", "new")]
    for folder in made:
        folder.mkdir()
    return made


@pytest.mark.long
def test_a_backup_restored_to_another_account_scores_trains_and_rolls_back_there(folders, tmp_path):
    old, new = folders
    with account(old) as settings:
        secret = settings["PERENNIAL_MASTER_SECRET"]
        deployment = open_app(read_settings(settings))
        storage = deployment.storage
        workspace = create_workspace(storage, "Saved", now=now())
        studio = Studio(deployment, workspace.id)
        studio.upload(people_csv())
        studio.run(NAME, people_experiment())
        training = studio.publish(NAME, "training")
        service = get_web_service(storage, workspace.id, studio.publish(NAME, "predictive").service_id)
        customer = add_endpoint(storage, service, "customer", {}, by="test", now=now())
        first = studio.score(customer, ROWS)["output1"]
        trained = studio.job(training, {"input1": people_csv(500, 7)})
        (job,) = (row["RowKey"] for row in storage.table("jobs").list_entities())
        swap = {"Resources": [{"Name": RESOURCE, "Location": trained["Results"]["output1"]}]}
        customer = patch_endpoint(deployment, customer, swap, by="test", now=now())
        second = studio.score(customer, ROWS)["output1"]
        history = [change_object(change) for change in list_history(storage, customer.id, customer.change)]
        assert second != first
        saved = run(SAVE, settings, tmp_path)
        assert saved.returncode == 0, saved.stderr
        location = storage.account_url
    with account(new, secret) as settings:
        restored = run(RESTORE, settings, tmp_path)
        assert restored.stdout == saved.stdout.replace("Saved", "Restored"), restored.stderr
        with app(settings, new) as url, Workspace(url, workspace.id, workspace.token(secret, 0)) as here:
            again = endpoint(here, service.name, "customer")
            assert (again.primary_key, again.id) == (customer.key(secret, 0), customer.id)
            assert here.score(again, ROWS) == second
            assert here.list_history(again) == history
            assert here.score(here.rollback_endpoint(again), ROWS) == first
            trainer = next(
                here.get_endpoint(item) for item in here.list_web_services() if item.id == training.service_id
            )
            link = here.get_job(trainer, job).status().results["output1"]
            assert link.base_location.rstrip("/") != location.rstrip("/")
            assert download(link)
            done = here.submit_job(trainer, {"input1": here.upload(write_people(tmp_path, "later.csv", 500, 7))}).wait()
            assert here.score(here.update_endpoint(again, {"": done.results["output1"]}), ROWS) == second
