"""Datasets that are references in the file of a moved workspace: where their data is, which stays there."""

import json
import shlex
from typing import Any

from perennial.client import Workspace
from perennial.errors import PerennialError
from perennial.resources import BlobLink
from perennial.transport import download

KEPT = ("Datastore", "Path")
MAX_BYTES = 64 * 1024


def reference_names(workspace: Workspace) -> set[str]:
    """Return the names of the datasets that are references; none if the app has no datastores yet."""
    try:
        return {str(item["Name"]) for item in workspace.list_references()}
    except PerennialError as error:
        if error.status != 404:
            raise
        return set()


def read_reference(workspace: Workspace, name: str, link: BlobLink) -> dict[str, Any] | None:
    """Return a reference as the file has it, with how its file is read if that can be told; None if it is malformed."""
    try:
        stored = json.loads(download(link, MAX_BYTES))
        places = {key: str(stored[key]) for key in KEPT}
    except (ValueError, LookupError, TypeError):
        return None
    try:
        options = workspace.get_profile(name)["Options"]
    except PerennialError:
        # What it leads to need not be there.
        options = None
    return {"FileName": name, "Options": options} | places


def put_reference(workspace: Workspace, item: dict[str, Any]) -> None:
    """Make a dataset of the file a reference again; the workspace must have the datastore."""
    options: Any = item.get("Options")
    workspace.put_reference(str(item["FileName"]), str(item["Datastore"]), str(item["Path"]), options)


def reference_text(item: dict[str, Any]) -> str:
    """Return the command that makes a dataset of the file a reference."""
    return shlex.join(["perennial", "datastore", "reference", *(str(item[key]) for key in (*KEPT, "FileName"))])
