"""A temporary app with its own storage, for an example."""

import contextlib
import secrets
import sys
from collections.abc import Iterator
from pathlib import Path

from devhost.azurite import free_port, start_azurite
from devhost.supervisor import running_app
from perennial import Admin, PerennialError, Workspace
from perennial.screen import show_error
from studio.storage.keys import admin_token


@contextlib.contextmanager
def own_workspace(folder: Path, name: str) -> Iterator[Workspace]:
    """Start Azurite and the app in a folder, yield a new workspace, then stop both."""
    secret = secrets.token_urlsafe(48)
    azurite = start_azurite(folder / "azurite")
    settings = {
        "AzureWebJobsStorage": azurite.connection_string,
        "PERENNIAL_MASTER_SECRET": secret,
        "PERENNIAL_CACHE_DIR": str(folder / "models"),
    }
    try:
        with (
            running_app(settings, free_port(), folder / "app.log") as processes,
            Admin(processes.url, admin_token(secret)) as admin,
            admin.create_workspace(name) as workspace,
        ):
            yield workspace
    finally:
        azurite.stop()


@contextlib.contextmanager
def errors_shown() -> Iterator[None]:
    """Exit with status 1 and the reason if the block fails."""
    try:
        yield
    except (ValueError, OSError, RuntimeError) as error:
        sys.exit(str(error))
    except PerennialError as error:
        show_error(error)
        sys.exit(1)
