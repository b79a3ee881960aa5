"""`perennial environment`."""

import typer

from perennial.cli_app import CommandLine
from perennial.cli_context import connect
from perennial.screen import show_json

app = CommandLine(help="Show what scores models in the app.")


@app.callback()
def group() -> None:
    """Keep `show` a command of its own, though it is the only one."""


@app.command("show")
def show(context: typer.Context) -> None:
    """Show the versions of the libraries that score models, and the ONNX operator sets that they may use."""
    show_json(connect(context).get_environment())
