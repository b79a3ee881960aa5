"""The app, started once for all tests that need it, and how tests are marked and shared between workers."""

import os
from collections.abc import Iterator
from pathlib import Path

import pytest

from devhost.azurite import free_port
from devhost.supervisor import Processes, running_app
from perennial import Admin, Workspace
from studio.storage.keys import admin_token
from tests.account import app_settings, azurite, deployment

__all__ = ["app_settings", "azurite", "deployment"]

# OpenMP's threads wait for one another by spinning: with several workers on few cores, training takes ten times longer.
os.environ.setdefault("OMP_NUM_THREADS", "1")
# The folders whose tests take longest come first, so that workers end at about the same time.
FOLDER_MARKS = {"trials": "e2e", "e2e": "e2e", "compat": "e2e", "triggers": "storage", "storage": "storage"}
APPS = pytest.StashKey[list[Processes]]()


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Mark tests by the folder they are in, and put them in the order of folders; workers take file by file."""
    order = [*FOLDER_MARKS]
    for item in items:
        mark = FOLDER_MARKS.get(item.path.parent.name)
        if mark:
            item.add_marker(mark)
        if any(not marker.args for marker in item.iter_markers("attack")):
            raise pytest.UsageError(f'{item.nodeid}: give the class of the attack, pytest.mark.attack("SQL").')
    items.sort(key=lambda item: order.index(item.path.parent.name) if item.path.parent.name in order else len(order))


@pytest.hookimpl(trylast=True)
def pytest_runtest_teardown(item: pytest.Item, nextitem: pytest.Item | None) -> None:
    """Stop the app when this worker has no more tests for it: it polls, which takes processor time from the others."""
    if nextitem is None or FOLDER_MARKS.get(nextitem.path.parent.name) != "e2e":
        for processes in item.config.stash.get(APPS, []):
            processes.stop()


@pytest.fixture(scope="session")
def app_log(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("app") / "app.log"


@pytest.fixture(scope="session")
def app(app_settings: dict[str, str], app_log: Path, pytestconfig: pytest.Config) -> Iterator[Processes]:
    """The whole app: HTTP process and background process."""
    with running_app(app_settings, free_port(), app_log) as processes:
        pytestconfig.stash[APPS] = [processes]
        yield processes


@pytest.fixture(scope="session")
def admin(app: Processes, app_settings: dict[str, str]) -> Iterator[Admin]:
    with Admin(app.url, admin_token(app_settings["PERENNIAL_MASTER_SECRET"])) as admin:
        yield admin


@pytest.fixture
def workspace(admin: Admin) -> Iterator[Workspace]:
    """A new workspace of the running app."""
    with admin.create_workspace("Test") as workspace:
        yield workspace
