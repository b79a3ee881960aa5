"""Trying a datastore: whether what it leads to responds, and in what time."""

import time
from collections.abc import Mapping
from typing import Any

from azure.core.exceptions import AzureError

from studio.datasets.workspace_data import WorkspaceData
from studio.errors import StudioError
from studio.storage.account import Storage
from studio.wire import invalid_value

MAX_REASON = 1000


def try_datastore(storage: Storage, workspace_id: str, name: str, body: Mapping[str, Any]) -> dict[str, Any]:
    """Call a datastore and return whether it `Works`, with what was found or what is wrong as `Details`.

    Parameters
    ----------
    body
        `Path` to look at; without it, a datastore for blobs is listed, a database asked for nothing but an answer.

    Raises
    ------
    NotFound
        If the workspace has no such datastore.
    BadArgument
        If the path is no text.
    """
    given = body.get("Path")
    if given is not None and not isinstance(given, str):
        raise invalid_value("Path", "what to look at in the datastore", given)
    path, access = given or "", WorkspaceData(storage, workspace_id).datastore(name)
    started = time.monotonic()
    try:
        works, details = True, access.try_it(path)
    except StudioError as error:
        works, details = False, error.message
    except AzureError as error:
        works, details = False, f"It cannot be reached: {error}"
    return {
        "Name": access.datastore.name,
        "Works": works,
        "Details": details[:MAX_REASON],
        "Milliseconds": round((time.monotonic() - started) * 1000),
    }
