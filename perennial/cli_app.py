"""The Typer app that all groups of commands are made of: `--json`, `--csv` and what an error does, in each command."""

import functools
import inspect
from collections.abc import Callable
from typing import Annotated, Any

import typer

from perennial.errors import PerennialError
from perennial.output import Output, chosen
from perennial.screen import show_error

Function = Callable[..., Any]
AsJson = Annotated[bool, typer.Option("--json", help="Print the result as JSON, with all properties and whole ids.")]
AsCsv = Annotated[bool, typer.Option("--csv", help="Print the result as CSV.")]
NOT_BETTER, INCOMPLETE = 3, 4
EXIT_CODES = {
    0: "the command did what it says",
    1: "an error: of the service, of a file, or of the way to the app; also a run, job or check that failed",
    2: "wrong usage: an unknown command or option, or a missing argument",
    NOT_BETTER: "'retrain' changed nothing: the new model is worse than the one in use, or cannot be compared with it",
    INCOMPLETE: "'import' left something of the exported experiment out, or something remains to be given",
    130: "interrupted with Ctrl-C",
}


class CommandLine(typer.Typer):
    """A group of commands, each of which also takes `--json` and `--csv` and turns errors into exit codes."""

    def __init__(self, **options: Any) -> None:
        # Tracebacks are for developers, and would show keys.
        super().__init__(no_args_is_help=True, rich_markup_mode=None, pretty_exceptions_enable=False, **options)

    def command(self, name: str | None = None, **options: Any) -> Callable[[Function], Function]:  # type: ignore[override]
        """Register the decorated function as a command."""
        register = super().command(name, **options)

        def add(function: Function) -> Function:
            register(with_output(function))
            return function

        return add


def with_output(function: Function) -> Function:
    """Return a command's function with the options of every command added; what it prints depends on them."""

    @functools.wraps(function)
    def command(*arguments: Any, as_json: bool, as_csv: bool, **options: Any) -> None:
        if as_json and as_csv:
            raise typer.BadParameter("Pass either --json or --csv.")
        before = chosen.set(Output.JSON if as_json else Output.CSV if as_csv else Output.TEXT)
        try:
            function(*arguments, **options)
        except PerennialError as error:
            show_error(error)
            raise typer.Exit(error.exit_code) from error
        finally:
            chosen.reset(before)

    signature = inspect.signature(function)
    added = {"as_json": AsJson, "as_csv": AsCsv}
    parameters = [
        inspect.Parameter(name, inspect.Parameter.KEYWORD_ONLY, default=False, annotation=type_)
        for name, type_ in added.items()
    ]
    command.__signature__ = signature.replace(  # type: ignore[attr-defined]
        parameters=[*signature.parameters.values(), *parameters]
    )
    command.__annotations__ = function.__annotations__ | added
    return command
