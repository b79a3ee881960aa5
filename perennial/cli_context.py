"""What all commands share: the connection, and how arguments name services and files."""

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
    """The app's URL, and the workspace with its token."""

    url: str
    workspace: str
    token: str


def connect(context: typer.Context) -> Workspace:
    """Return the workspace the options name, closed when the command ends; PerennialError if an option is missing."""
    connection: Connection = context.obj
    if not connection.workspace or not connection.token:
        raise PerennialError(
            0,
            "NotConnected",
            "No workspace given. Set PERENNIAL_WORKSPACE and PERENNIAL_TOKEN ('make serve' prints them), or pass "
            "--workspace and --token.",
        )
    return context.with_resource(Workspace(connection.url, connection.workspace, connection.token))


def read_json_file(path: Path) -> Any:
    """Return the JSON in a file; PerennialError if it cannot be read or parsed, or an object has a name twice."""
    repeated: dict[str, None] = {}

    def read(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
        names = [name for name, _ in pairs]
        repeated.update((name, None) for name in names if names.count(name) > 1)
        return dict(pairs)

    try:
        content = json.loads(path.read_text(), object_pairs_hook=read)
    except (OSError, ValueError) as error:
        raise PerennialError(0, "FileUnreadable", f"{path} cannot be read as JSON: {error}.") from error
    if repeated:
        # JSON would keep the last one without a word.
        problems = tuple(f"{path} has '{name}' more than once in one object. Rename one." for name in repeated)
        raise PerennialError(0, "FileUnreadable", problems[0], problems)
    return content


def open_endpoint(context: typer.Context, service: str, name: str) -> tuple[Workspace, Endpoint]:
    """Return the workspace the options name, and one of its endpoints."""
    workspace = connect(context)
    return workspace, workspace.get_endpoint(workspace.get_web_service(service), name)
