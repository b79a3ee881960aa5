"""A storage account and the app's settings for it; a conftest that imports these fixtures has an account of its own."""

import contextlib
import secrets
from collections.abc import Iterator
from pathlib import Path

import pytest

from devhost.azurite import Azurite, free_port, start_azurite
from studio.serving.app import App, open_app
from studio.settings import read_settings
from studio.storage.account import Storage

# Small, so that large inputs need not be large.
PARTITION_BYTES = 1024 * 1024


@pytest.fixture(scope="session")
def azurite(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Azurite]:
    running = start_azurite(tmp_path_factory.mktemp("azurite"), kept=False)
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
        "PERENNIAL_ARM_TOKEN": secrets.token_urlsafe(48),
        "PERENNIAL_CACHE_DIR": str(cache),
        # Nothing is there, unless a test opens it.
        "PERENNIAL_IMPORT_HOSTS": f"127.0.0.1:{free_port()}",
        "PERENNIAL_EVENT_HOSTS": f"127.0.0.1:{free_port()}",
        "PERENNIAL_JOB_LEASE_SECONDS": "4",
        "PERENNIAL_PARTITION_MB": "1",
        "AzureFunctionsJobHost__extensions__queues__maxPollingInterval": "00:00:00.8",
        "DEVHOST_QUEUE_HOLD_SECONDS": "6",
        "DEVHOST_BLOB_POLLING_SECONDS": "2",
    }


@pytest.fixture(scope="session")
def deployment(app_settings: dict[str, str]) -> App:
    return open_app(read_settings(app_settings))


@contextlib.contextmanager
def audit_away(storage: Storage) -> Iterator[None]:
    """Let the table of the audit log be gone for a while; it comes back empty."""
    storage.table("audit").delete_table()
    try:
        yield
    finally:
        storage.table("audit").create_table()
