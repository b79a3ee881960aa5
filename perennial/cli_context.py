"""What all commands share: the connection, and how services and files are named on the command line."""

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import typer

from perennial.client import Workspace
from perennial.errors import PerennialError
from perennial.resources import Endpoint


@dataclass(frozen=True, slots=True)
class Connection:
    """Where to connect and as whom."""

    url: str
    workspace: str
    token: str


def connect(context: typer.Context) -> Workspace:
    """Return the workspace that the options name; PerennialError if one is missing."""
    connection: Connection = context.obj
    if not connection.workspace or not connection.token:
        raise PerennialError(
            0,
            "NotConnected",
            "No workspace is given. Set PERENNIAL_WORKSPACE and PERENNIAL_TOKEN ('make serve' prints them), or use "
            "--workspace and --token.",
        )
    return Workspace(connection.url, connection.workspace, connection.token)


def read_json_file(path: Path) -> Any:
    """Return the JSON of a file; PerennialError if it is none."""
    try:
        return json.loads(path.read_text())
    except (OSError, ValueError) as error:
        raise PerennialError(0, "FileUnreadable", f"{path} is not a readable JSON file: {error}.") from error


def open_endpoint(context: typer.Context, service: str, name: str) -> tuple[Workspace, Endpoint]:
    """Return the workspace that the options name, and an endpoint of it."""
    workspace = connect(context)
    return workspace, workspace.get_endpoint(workspace.get_web_service(service), name)
