"""`perennial service`."""

from typing import Annotated

import typer

from perennial.cli_app import CommandLine
from perennial.cli_context import connect
from perennial.screen import report, show_json, show_records

app = CommandLine(help="List, show and delete web services.")

Service = Annotated[str, typer.Argument(help="Name or id of the web service.")]


@app.command("list")
def list_services(context: typer.Context) -> None:
    """List the workspace's web services."""
    found = connect(context).list_web_services()
    columns = {"Name": "Name", "Kind": "Kind", "Endpoints": "EndpointCount", "Id": "Id"}
    show_records([item.raw for item in found], columns)


@app.command("show")
def show(context: typer.Context, service: Service) -> None:
    """Show a web service and its endpoints."""
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
    yes: Annotated[bool, typer.Option("--yes", help="Delete without asking for confirmation.")] = False,
) -> None:
    """Delete a web service and all its endpoints."""
    workspace = connect(context)
    found = workspace.get_web_service(service)
    if not yes:
        typer.confirm(f"Delete '{found.name}' and its endpoints ({found.endpoint_count})?", abort=True)
    workspace.delete_web_service(found)
    report({"Id": found.id, "Name": found.name, "Deleted": True}, f"{found.name} deleted.")
