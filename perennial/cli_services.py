"""`perennial service`."""

from typing import Annotated

import typer

from perennial.cli_context import connect
from perennial.screen import say, show_json, show_table

app = typer.Typer(no_args_is_help=True, help="Web services: list, look, delete.")

Service = Annotated[str, typer.Argument(help="Name or id of the web service.")]


@app.command("list")
def list_services(context: typer.Context) -> None:
    """List the workspace's web services."""
    found = connect(context).list_web_services()
    rows = [[item.name, item.kind, item.endpoint_count, item.id] for item in found]
    show_table("", ["Name", "Kind", "Endpoints", "Id"], rows)


@app.command("show")
def show(context: typer.Context, service: Service) -> None:
    """Show a web service with its endpoints."""
    workspace = connect(context)
    found = workspace.get_web_service(service)
    endpoints = workspace.list_endpoints(found)
    show_json(
        {
            "Id": found.id,
            "Name": found.name,
            "Kind": found.kind,
            "Description": found.description,
            "CreationTime": found.created_at,
            "Endpoints": {item.name: item.api_location for item in endpoints},
        }
    )


@app.command("delete")
def delete(
    context: typer.Context,
    service: Service,
    yes: Annotated[bool, typer.Option("--yes", help="Do not ask.")] = False,
) -> None:
    """Delete a web service with all its endpoints."""
    workspace = connect(context)
    found = workspace.get_web_service(service)
    if not yes:
        typer.confirm(f"Delete '{found.name}' with its {found.endpoint_count} endpoints?", abort=True)
    workspace.delete_web_service(found)
    say(f"{found.name} is deleted.")
