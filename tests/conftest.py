"""The app, started once for all tests that need it, and how tests are marked and shared between workers."""

import gc
import os
import sys
from collections.abc import Iterator
from functools import cache
from pathlib import Path

import httpx
import pytest
from httpx._transports import default as transports
from xdist.remote import Producer
from xdist.scheduler import LoadFileScheduling
from xdist.workermanage import WorkerController

from devhost.azurite import free_port
from devhost.supervisor import Processes, running_app
from perennial import Admin, Workspace
from studio.storage.keys import admin_token
from tests.account import app_settings, azurite, deployment

__all__ = ["app_settings", "azurite", "deployment"]

# OpenMP's threads wait for one another by spinning: with several workers on few cores, training takes ten times longer.
os.environ.setdefault("OMP_NUM_THREADS", "1")
# Where tests call httpx themselves, each call would read the certificates of all authorities, which takes longer.
transports.create_ssl_context = cache(httpx.create_ssl_context)  # type: ignore[attr-defined]
# The folders whose tests take longest come first, so that workers end at about the same time.
FOLDER_MARKS = {"trials": "e2e", "e2e": "e2e", "compat": "e2e", "triggers": "storage", "storage": "storage"}
# How many workers start an app; the others take the tests that need none.
WORKERS_WITH_AN_APP = 2
APPS = pytest.StashKey[list[Processes]]()


@pytest.hookimpl(tryfirst=True)
def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Mark tests by the folder they are in, and put them in the order of folders; workers take file by file.

    By day, Hypothesis does not look for values to try in the code of the app: each worker would parse all of it, and
    the examples would depend on what else is imported.
    """
    providers = sys.modules.get("hypothesis.internal.conjecture.providers")
    if providers is not None and "not long" in config.option.markexpr:
        providers._get_local_constants = lambda: providers._local_constants  # type: ignore[attr-defined]
    order = [*FOLDER_MARKS]
    places = []
    for item in items:
        folder = folder_of(item.nodeid)
        if folder in FOLDER_MARKS:
            item.add_marker(FOLDER_MARKS[folder])
        if any(not marker.args for marker in item.iter_markers("attack")):
            raise pytest.UsageError(f'{item.nodeid}: give the class of the attack, pytest.mark.attack("SQL").')
        places.append(order.index(folder) if folder in order else len(order))
    items[:] = [items[number] for number in sorted(range(len(items)), key=places.__getitem__)]


def folder_of(nodeid: str) -> str:
    """Return the folder below `tests` of a test or file."""
    parts = nodeid.partition("::")[0].split("/")
    return parts[1] if len(parts) > 2 else ""


@pytest.hookimpl(trylast=True)
def pytest_collection_finish() -> None:
    """Take what was collected from the garbage collector, which would go over it in each full collection."""
    gc.freeze()


class Scheduling(LoadFileScheduling):
    """Gives files to workers; those that need an app to the first workers, as long as others have something else."""

    def _assign_work_unit(self, node: WorkerController) -> None:
        starts_an_app = self.nodes.index(node) < WORKERS_WITH_AN_APP
        for file in self.workqueue:
            if (FOLDER_MARKS.get(folder_of(file)) == "e2e") == starts_an_app:
                self.workqueue.move_to_end(file, last=False)
                break
        super()._assign_work_unit(node)


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_make_scheduler(config: pytest.Config, log: Producer) -> Scheduling | None:
    """Share the files out between the workers."""
    return Scheduling(config, log) if config.getoption("dist") == "loadfile" else None


@pytest.hookimpl(trylast=True)
def pytest_runtest_teardown(item: pytest.Item, nextitem: pytest.Item | None) -> None:
    """Stop the app when this worker has no more tests for it: it polls, which takes processor time from the others."""
    if nextitem is None or FOLDER_MARKS.get(folder_of(nextitem.nodeid)) != "e2e":
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
