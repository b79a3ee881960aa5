"""Datastores in the file of a moved workspace: where they lead, without their secrets, which the app does not show."""

import shlex
from typing import Any

from perennial.client import Workspace
from perennial.errors import PerennialError

PLACES = ("Url", "Container", "Server", "Database", "User", "Header", "Description")
KEPT = ("Name", "Kind", "Authentication", *PLACES)
NOTHING = "None"


def read_datastores(workspace: Workspace) -> list[dict[str, Any]]:
    """Return a workspace's datastores, as the file has them; none if the app has no datastores yet."""
    try:
        shown = workspace.list_datastores()
    except PerennialError as error:
        if error.status != 404:
            raise
        return []
    return [{name: item[name] for name in KEPT if item[name]} for item in shown]


def needs_secret(item: dict[str, Any]) -> bool:
    """Return whether a datastore of the file can be stored only with its secret."""
    return bool(item["Authentication"] != NOTHING)


def put_datastore(workspace: Workspace, item: dict[str, Any]) -> None:
    """Store a datastore of the file that has no secret."""
    places = {name.lower(): str(item[name]) for name in PLACES if name in item}
    workspace.put_datastore(str(item["Name"]), str(item["Kind"]), authentication=str(item["Authentication"]), **places)


def add_text(item: dict[str, Any]) -> str:
    """Return the command that adds a datastore of the file, with its secret."""
    given = [name for name in ("Kind", "Authentication", *PLACES) if name in item]
    options = [word for name in given for word in (f"--{name.lower()}", str(item[name]))]
    # Quoted: the file may come from somebody else, and the command is there to be copied.
    return shlex.join(["perennial", "datastore", "add", str(item["Name"]), *options])
