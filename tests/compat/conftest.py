"""An app that classic clients call, for each file one, on an emulator that their connection strings find."""

import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from devhost.azurite import Azurite, free_port, is_listening, start_azurite
from devhost.supervisor import Processes, running_app
from perennial import Admin
from studio.storage.keys import admin_token
from tests.account import new_settings
from tests.e2e.steps import Published, publish_people
from tests.interpreters import find_python

ROOT = Path(__file__).parents[2]
ENVIRONMENT = ROOT / ".compat"
PACKAGES = ("azmlclient==2.6.0", "azure-storage==0.33.0", "pandas<1.4")
PORTS = (10000, 10001, 10002)


@pytest.fixture(scope="module")
def emulator(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Azurite]:
    """An emulator at the ports that a connection string without endpoints means."""
    if any(is_listening(port) for port in PORTS):
        pytest.skip("the emulator's ports 10000 to 10002 are in use")
    running = start_azurite(tmp_path_factory.mktemp("emulator"), PORTS)
    yield running
    running.stop()


@pytest.fixture(scope="module")
def compat_settings(emulator: Azurite, tmp_path_factory: pytest.TempPathFactory) -> dict[str, str]:
    return new_settings(emulator, tmp_path_factory.mktemp("models"))


@pytest.fixture(scope="module")
def compat_app(compat_settings: dict[str, str], tmp_path_factory: pytest.TempPathFactory) -> Iterator[Processes]:
    with running_app(compat_settings, free_port(), tmp_path_factory.mktemp("app") / "app.log") as processes:
        yield processes


@pytest.fixture(scope="module")
def published(
    compat_app: Processes, compat_settings: dict[str, str], tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Published]:
    """The people experiment, published for training and for scoring."""
    with (
        Admin(compat_app.url, admin_token(compat_settings["PERENNIAL_MASTER_SECRET"])) as admin,
        admin.create_workspace("Compat") as workspace,
    ):
        yield publish_people(workspace, tmp_path_factory.mktemp("files"))


@pytest.fixture(scope="session")
def azmlclient() -> Path:
    """The interpreter of an environment with azmlclient, made on first use; skips where it cannot be."""
    python = ENVIRONMENT / "bin" / "python"
    if not python.exists():
        old = find_python("3.7")
        if old is None:
            pytest.skip("azmlclient 2.6.0 with azure-storage 0.33.0 imports on Python 3.7, and there is none")
        subprocess.run([old, "-m", "venv", ENVIRONMENT], check=True)
        install = [python, "-m", "pip", "install", "--quiet", *PACKAGES]
        if subprocess.run(install, check=False).returncode != 0:
            shutil.rmtree(ENVIRONMENT)
            pytest.skip("the packages of azmlclient 2.6.0 cannot be installed")
    return python
