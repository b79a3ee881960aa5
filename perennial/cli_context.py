"""What all commands share: the connection, and how arguments name services, parameters and files."""

import json
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Annotated, Any

import typer

from perennial.client import Workspace
from perennial.errors import USAGE, PerennialError
from perennial.resources import Endpoint

Parameters = Annotated[
    list[str] | None, typer.Option("--parameter", help="Web service parameter, as NAME=VALUE; can be repeated.")
]


@dataclass(frozen=True, slots=True)
class Connection:
    """The app's URL, and the workspace with its token."""

    url: str
    workspace: str
    token: str = field(repr=False)


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
        content = json.loads(path.read_text(encoding="utf-8-sig"), object_pairs_hook=read)
    except (OSError, ValueError, RecursionError) as error:
        raise PerennialError(0, "FileUnreadable", f"{path} cannot be read as JSON: {error}.") from error
    if repeated:
        # JSON would keep the last one without a word.
        problems = tuple(f"{path} has '{name}' more than once in one object. Rename one." for name in repeated)
        raise PerennialError(0, "FileUnreadable", problems[0], problems)
    return content


def write_file(path: Path, content: bytes, *, replace: bool = True) -> None:
    """Write a file; PerennialError if it cannot be written, or exists and must not be replaced."""
    try:
        with path.open("wb" if replace else "xb") as file:
            file.write(content)
    except FileExistsError as error:
        raise PerennialError(0, "FileExists", f"{path} exists. Pass --force to replace it.") from error
    except OSError as error:
        raise PerennialError(0, "FileNotWritten", f"{path} cannot be written: {error.strerror}.") from error


def read_parameters(given: Sequence[str] | None) -> dict[str, str]:
    """Return the values of `--parameter NAME=VALUE` options by name; PerennialError if one has another form."""
    found: dict[str, str] = {}
    for item in given or ():
        name, equals, value = item.partition("=")
        if not equals or not name.strip():
            raise PerennialError(0, USAGE, f"--parameter must be NAME=VALUE, got '{item}'.")
        if name.strip() in found:
            raise PerennialError(0, USAGE, f"--parameter gives '{name.strip()}' twice.")
        found[name.strip()] = value
    return found


def open_endpoint(context: typer.Context, service: str, name: str) -> tuple[Workspace, Endpoint]:
    """Return the workspace the options name, and one of its endpoints."""
    workspace = connect(context)
    return workspace, workspace.get_endpoint(workspace.get_web_service(service), name)
