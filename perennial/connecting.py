"""Opens the workspace that the environment names."""

import os

from perennial.async_client import AsyncWorkspace
from perennial.client import Workspace
from perennial.errors import PerennialError


def connect(url: str | None = None, workspace: str | None = None, token: str | None = None) -> Workspace:
    """Return the workspace of the environment: PERENNIAL_URL, PERENNIAL_WORKSPACE and PERENNIAL_TOKEN, unless given.

    Raises
    ------
    PerennialError
        If one is missing.
    """
    return Workspace(*_place(url, workspace, token))


def connect_async(url: str | None = None, workspace: str | None = None, token: str | None = None) -> AsyncWorkspace:
    """Return the workspace that connect returns, with the same methods as coroutines; use it in `async with`.

    Raises
    ------
    PerennialError
        If an address, a workspace or a token is missing.
    """
    return AsyncWorkspace(*_place(url, workspace, token))


def _place(url: str | None, workspace: str | None, token: str | None) -> tuple[str, str, str]:
    given = {"URL": url, "WORKSPACE": workspace, "TOKEN": token}
    found = {name: value or os.environ.get(f"PERENNIAL_{name}", "") for name, value in given.items()}
    lacking = [f"PERENNIAL_{name}" for name, value in found.items() if not value]
    if lacking:
        text = f"Set {' and '.join(lacking)} in the environment ('make serve' prints them), or pass them."
        raise PerennialError(0, "NotConnected", text)
    return found["URL"], found["WORKSPACE"], found["TOKEN"]
