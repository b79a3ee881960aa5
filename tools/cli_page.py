"""Writes the reference page of the command line from its help: `python -m tools.cli_page docs/reference/cli.md`."""

import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import typer

from perennial.cli import app
from perennial.cli_app import EXIT_CODES

HEAD = """# Command line

`pip install perennial-ml` installs the command `perennial`. In a clone it is `.venv/bin/perennial`. This page is
generated from the commands' help, and a test keeps it current.

## Connection

| option | variable | what it is |
|---|---|---|
| `--url` | `PERENNIAL_URL` | URL of the app, by default `http://127.0.0.1:7071` |
| `--workspace` | `PERENNIAL_WORKSPACE` | id of the workspace |
| `--token` | `PERENNIAL_TOKEN` | the workspace's token |

The options come before the command: `perennial --url https://scores.example.org service list`. `make serve` and
`perennial workspace create` print `export` lines for the variables.

## Output

Every command takes `--json` and `--csv`. Both print the result alone to standard output, with whole ids and all
properties under the names that the [API](routes.md) uses; notes and errors go to standard error, with `--json` and
`--csv` as one JSON object `{"error": {"status", "code", "message", "hint", "details"}}`. In CSV, lists and objects are
JSON in their cell. Progress bars are shown on terminals only.

Tables are as wide as the terminal, or 80 columns where there is none; the variable `COLUMNS` says otherwise. `score`
and `dataset preview` show the columns that fit, scores first; `--wide` shows all of them. One row is shown vertically.

## Exit codes

| code | meaning |
|--:|---|
"""


def cli_page() -> str:
    """Return the page in Markdown."""
    codes = "".join(f"| {code} | {meaning} |\n" for code, meaning in EXIT_CODES.items())
    sections = "\n".join(_section(path, command) for path, command in _commands(typer.main.get_command(app)))
    return f"{HEAD}{codes}\n{sections}"


def _commands(group: Any, path: tuple[str, ...] = ("perennial",)) -> Iterator[tuple[tuple[str, ...], Any]]:
    for name, command in sorted(group.commands.items()):
        yield (*path, name), command
        if hasattr(command, "commands"):
            yield from _commands(command, (*path, name))


def _section(path: tuple[str, ...], command: Any) -> str:
    name, help_text = " ".join(path), " ".join((command.help or "").split())
    if hasattr(command, "commands"):
        return f"## {name}\n\n{help_text}\n"
    arguments = [item for item in command.params if item.param_type_name == "argument"]
    options = [item for item in command.params if item.param_type_name == "option"]
    usage = " ".join([name, *(_argument(item) for item in arguments), "[OPTIONS]"])
    rows = [f"| `{_argument(item)}` | {_escaped(item.help)} |" for item in arguments]
    rows += [f"| {_option(item)} | {_escaped(item.help)}{_default(item)} |" for item in options if item.name != "help"]
    rows = [row for row in rows if not row.startswith(("| `--json`", "| `--csv`"))]
    table = "| argument or option | what it is |\n|---|---|\n" + "\n".join(rows) + "\n" if rows else ""
    level = "##" if len(path) == 2 else "###"
    return f"{level} {name}\n\n{help_text}\n\n```console\n$ {usage}\n```\n" + (f"\n{table}" if table else "")


def _argument(item: Any) -> str:
    name = item.name.upper() + ("..." if item.nargs == -1 else "")
    return name if item.required else f"[{name}]"


def _option(item: Any) -> str:
    names = ", ".join(f"`{name}`" for name in [*item.opts, *item.secondary_opts])
    return f"{names}, required" if item.required else names


def _default(item: Any) -> str:
    variable = f" Variable `{item.envvar}`." if item.envvar else ""
    if item.is_flag or item.default is None or item.default == "" or callable(item.default):
        return variable
    return f" Default: `{item.default}`.{variable}"


def _escaped(text: str | None) -> str:
    return (text or "").replace("|", "\\|")


if __name__ == "__main__":
    Path(sys.argv[1]).write_text(cli_page())
