"""The page about backups: what is saved from one account is restored to another, and works there."""

import os
import subprocess
import sys
from contextlib import contextmanager
from pathlib import Path

import pytest

from devhost.azurite import free_port, start_azurite
from devhost.supervisor import running_app
from perennial import Admin, Workspace
from perennial.transport import download
from studio.storage.keys import admin_token
from tests.account import new_settings
from tests.e2e.steps import ROWS, publish_people, write_people
from tests.e2e.test_docs import ROOT, blocks

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


def test_a_backup_restored_to_another_account_scores_trains_and_rolls_back_there(folders, tmp_path):
    old, new = folders
    with account(old) as settings:
        secret = settings["PERENNIAL_MASTER_SECRET"]
        with (
            app(settings, old) as url,
            Admin(url, admin_token(secret)) as admin,
            admin.create_workspace("Saved") as workspace,
        ):
            published = publish_people(workspace, tmp_path)
            customer = workspace.add_endpoint(published.service, "customer")
            first = workspace.score(customer, ROWS)
            later = workspace.upload(write_people(tmp_path, "later.csv", 500, 7))
            job = workspace.submit_job(published.training_endpoint, {"input1": later})
            customer = workspace.update_endpoint(customer, {"": job.wait().results["output1"]})
            second, history = workspace.score(customer, ROWS), workspace.list_history(customer)
            assert second != first
        saved = run(SAVE, settings, tmp_path)
        assert saved.returncode == 0, saved.stderr
    with account(new, secret) as settings:
        restored = run(RESTORE, settings, tmp_path)
        assert restored.stdout == saved.stdout.replace("Saved", "Restored"), restored.stderr
        with app(settings, new) as url, Workspace(url, workspace.id, workspace.token) as here:
            again = endpoint(here, published.service.name, "customer")
            assert (again.primary_key, again.id) == (customer.primary_key, customer.id)
            assert here.score(again, ROWS) == second
            assert here.list_history(again) == history
            assert here.score(here.rollback_endpoint(again), ROWS) == first
            trainer = endpoint(here, published.trainer.name, "default")
            link = here.get_job(trainer, job.id).status().results["output1"]
            assert link.base_location != later.base_location
            assert download(link)
            done = here.submit_job(trainer, {"input1": here.upload(tmp_path / "later.csv")}).wait()
            assert here.score(here.update_endpoint(again, {"": done.results["output1"]}), ROWS) == second
