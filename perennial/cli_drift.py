"""`perennial endpoint drift`: how far an endpoint's rows are from those its model was trained on."""

from typing import Annotated, Any

import typer

from perennial.cli_context import open_endpoint
from perennial.cli_endpoints import Name, Service
from perennial.output import is_text
from perennial.screen import Columns, say, show_json, show_records


def drift(
    context: typer.Context,
    service: Service,
    name: Name = "default",
    by: Annotated[str, typer.Option(help="Length of a window: hour or day.")] = "day",
    since: Annotated[str | None, typer.Option(help="Time in ISO 8601; 30 days ago by default, or 48 hours.")] = None,
    until: Annotated[str | None, typer.Option(help="Time in ISO 8601; now by default.")] = None,
    model: Annotated[str | None, typer.Option(help="Hash of a model; the one in use by default.")] = None,
    whole: Annotated[bool, typer.Option(help="Print the whole report, with distributions, as JSON.")] = False,
) -> None:
    """Show how far an endpoint's inputs and scores have drifted from the training rows, a line a column."""
    workspace, endpoint = open_endpoint(context, service, name)
    found = workspace.get_drift(endpoint, by=by, since=since, until=until, model=model)
    if whole:
        show_json(dict(found))
        return
    columns: Columns = {
        "Column": "Column",
        "Of": "Of",
        "Drifts": lambda item: "yes" if item["Drifts"] else "no",
        "Why": "Why",
        "PSI": lambda item: _short(item.get("PSI")),
        "KS": lambda item: _short(item.get("KolmogorovSmirnov")),
        "Missing": lambda item: _short(item.get("Missing")),
        "Course": "Course",
    }
    show_records(found.columns, columns)
    if is_text():
        for text in found["Lacks"]:
            say(text)


def _short(value: Any) -> str | None:
    return None if value is None else f"{value:.3f}"
