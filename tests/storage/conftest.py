"""An account of its own: no running app takes the messages, or sends any, that these tests count."""

from collections.abc import Iterator

import pytest

from devhost.azurite import Azurite, start_azurite
from studio.serving.app import App, open_app
from studio.settings import read_settings
from tests.conftest import new_settings


@pytest.fixture(scope="session")
def azurite(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Azurite]:
    running = start_azurite(tmp_path_factory.mktemp("azurite"))
    yield running
    running.stop()


@pytest.fixture(scope="session")
def app_settings(azurite: Azurite, tmp_path_factory: pytest.TempPathFactory) -> dict[str, str]:
    return new_settings(azurite, tmp_path_factory.mktemp("models"))


@pytest.fixture(scope="session")
def deployment(app_settings: dict[str, str]) -> App:
    return open_app(read_settings(app_settings))
