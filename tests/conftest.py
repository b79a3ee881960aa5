"""Azurite and the app, started once for all tests that need them, on ports and in folders of their own."""

import secrets
from collections.abc import Iterator
from pathlib import Path

import pytest

from devhost.azurite import Azurite, free_port, start_azurite
from devhost.supervisor import Processes, running_app
from perennial import Admin, Workspace
from studio.serving.app import App, open_app
from studio.settings import read_settings
from studio.storage.keys import admin_token

FOLDER_MARKS = {"storage": "storage", "triggers": "storage", "e2e": "e2e", "compat": "e2e", "trials": "e2e"}


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Mark tests by the folder they are in."""
    for item in items:
        mark = FOLDER_MARKS.get(item.path.parent.name)
        if mark:
            item.add_marker(mark)


@pytest.fixture(scope="session")
def azurite(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Azurite]:
    running = start_azurite(tmp_path_factory.mktemp("azurite"))
    yield running
    running.stop()


@pytest.fixture(scope="session")
def app_settings(azurite: Azurite, tmp_path_factory: pytest.TempPathFactory) -> dict[str, str]:
    return new_settings(azurite, tmp_path_factory.mktemp("models"))


def new_settings(azurite: Azurite, cache: Path) -> dict[str, str]:
    """Return app settings for an emulator, with a secret of their own."""
    return {
        "AzureWebJobsStorage": azurite.connection_string,
        "PERENNIAL_MASTER_SECRET": secrets.token_urlsafe(48),
        "PERENNIAL_CACHE_DIR": str(cache),
        "PERENNIAL_JOB_LEASE_SECONDS": "4",
    }


@pytest.fixture(scope="session")
def deployment(app_settings: dict[str, str]) -> App:
    return open_app(read_settings(app_settings))


@pytest.fixture(scope="session")
def app_log(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("app") / "app.log"


@pytest.fixture(scope="session")
def app(app_settings: dict[str, str], app_log: Path) -> Iterator[Processes]:
    """The whole app: HTTP process and background process."""
    with running_app(app_settings, free_port(), app_log) as processes:
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
