"""`perennial endpoint`."""

from typing import Annotated

import typer

from perennial.cli_context import connect, open_endpoint
from perennial.client import Workspace
from perennial.errors import PerennialError
from perennial.resources import BlobLink
from perennial.screen import say, show_json, show_table

app = typer.Typer(no_args_is_help=True, help="Endpoints: add, look, update, roll back.")

Service = Annotated[str, typer.Argument(help="Name or id of the web service.")]
Name = Annotated[str, typer.Argument(help="Name of the endpoint.")]


@app.command("list")
def list_endpoints(context: typer.Context, service: Service) -> None:
    """List the endpoints of a web service with their models."""
    workspace = connect(context)
    found = workspace.list_endpoints(workspace.get_web_service(service))
    rows = [
        [
            item.name,
            ", ".join(f"{model.name} v{model.version}" for model in item.resources) or None,
            item.api_location,
        ]
        for item in found
    ]
    show_table("", ["Name", "Models", "Address"], rows)


@app.command("show")
def show(context: typer.Context, service: Service, name: Name = "default") -> None:
    """Show an endpoint; its keys are shown by 'endpoint keys'."""
    _, endpoint = open_endpoint(context, service, name)
    hidden = ("PrimaryKey", "SecondaryKey")
    show_json({key: value for key, value in endpoint.raw.items() if key not in hidden})


@app.command("add")
def add(
    context: typer.Context,
    service: Service,
    name: Name,
    description: Annotated[str, typer.Option(help="What it is for.")] = "",
    max_concurrent_calls: Annotated[int, typer.Option(help="1 to 200.")] = 20,
) -> None:
    """Add an endpoint that starts with the default endpoint's models."""
    workspace = connect(context)
    settings = {
        "Description": description,
        "ThrottleLevel": "High",
        "MaxConcurrentCalls": max_concurrent_calls,
    }
    endpoint = workspace.add_endpoint(workspace.get_web_service(service), name, **settings)
    say(f"{name}: {endpoint.api_location}")


@app.command("update")
def update(
    context: typer.Context,
    service: Service,
    name: Name,
    job: Annotated[str | None, typer.Option(help="TRAINING_SERVICE/JOB_ID whose model to use.")] = None,
    url: Annotated[str | None, typer.Option(help="Link to an .ilearner file, with its SAS token.")] = None,
    resource: Annotated[str, typer.Option(help="Name of the trained model, if there are several.")] = "",
) -> None:
    """Replace an endpoint's trained model."""
    workspace, endpoint = open_endpoint(context, service, name)
    if (job is None) == (url is None):
        raise PerennialError(0, "Usage", "Give either --job TRAINING_SERVICE/JOB_ID or --url LINK.")
    link = _link(url) if url else _job_model(workspace, job or "")
    changed = workspace.update_endpoint(endpoint, {resource: link})
    say(f"{name} now uses " + ", ".join(f"{item.name} v{item.version}" for item in changed.resources))


@app.command("rollback")
def rollback(
    context: typer.Context,
    service: Service,
    name: Name,
    sequence: Annotated[int | None, typer.Option(help="The change to undo; the latest by default.")] = None,
) -> None:
    """Put the former trained model back."""
    workspace, endpoint = open_endpoint(context, service, name)
    changed = workspace.rollback_endpoint(endpoint, sequence)
    say(f"{name} now uses " + ", ".join(f"{item.name} v{item.version}" for item in changed.resources))


@app.command("history")
def history(context: typer.Context, service: Service, name: Name = "default") -> None:
    """Show every change of an endpoint."""
    workspace, endpoint = open_endpoint(context, service, name)
    rows = [
        [
            item["Sequence"],
            item["At"][:19],
            item["Action"],
            item["By"],
            item["Why"],
            ", ".join(f"{(model['From'] or 'none')[:8]} → {model['To'][:8]}" for model in item["Resources"]) or None,
        ]
        for item in workspace.list_history(endpoint)
    ]
    show_table("", ["#", "At", "Action", "By", "Why", "Models"], rows)


@app.command("refresh")
def refresh(
    context: typer.Context,
    service: Service,
    name: Name,
    overwrite_models: Annotated[bool, typer.Option("--overwrite-models", help="Take the models over, too.")] = False,
) -> None:
    """Take over what the default endpoint does since it was published again."""
    workspace, endpoint = open_endpoint(context, service, name)
    changed = workspace.refresh_endpoint(endpoint, overwrite_resources=overwrite_models)
    say(f"{name} is refreshed." if changed else f"{name} was up to date.")


@app.command("delete")
def delete(context: typer.Context, service: Service, name: Name) -> None:
    """Delete an endpoint."""
    workspace, endpoint = open_endpoint(context, service, name)
    workspace.delete_endpoint(endpoint)
    say(f"{name} is deleted.")


@app.command("keys")
def keys(
    context: typer.Context,
    service: Service,
    name: Name = "default",
    regenerate: Annotated[str | None, typer.Option(help="primary or secondary: make this key a new one.")] = None,
) -> None:
    """Show an endpoint's keys."""
    workspace, endpoint = open_endpoint(context, service, name)
    if regenerate:
        endpoint = workspace.regenerate_key(endpoint, regenerate)
    say(f"primary   {endpoint.primary_key}")
    say(f"secondary {endpoint.secondary_key}")


def _job_model(workspace: Workspace, job: str) -> BlobLink:
    service, _, job_id = job.rpartition("/")
    endpoint = workspace.get_endpoint(workspace.get_web_service(service))
    status = workspace.get_job(endpoint, job_id).status()
    models = [link for link in status.results.values() if link.relative_location.endswith(".ilearner")]
    if len(models) != 1:
        raise PerennialError(0, "NoModel", f"The job is {status.state} and delivers {len(models)} models, not one.")
    return models[0]


def _link(url: str) -> BlobLink:
    address, _, token = url.partition("?")
    scheme, _, rest = address.partition("://")
    host, _, location = rest.partition("/")
    if location.startswith("devstoreaccount1/"):
        host, location = f"{host}/devstoreaccount1", location.partition("/")[2]
    return BlobLink(f"{scheme}://{host}/", location, f"?{token}" if token else "")
