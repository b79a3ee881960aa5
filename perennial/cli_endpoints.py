"""`perennial endpoint`."""

from csv import DictReader
from datetime import datetime
from pathlib import Path
from typing import Annotated, Any

import typer

from perennial.cli_app import CommandLine
from perennial.cli_context import connect, open_endpoint
from perennial.client import Workspace
from perennial.errors import USAGE, PerennialError
from perennial.resources import BlobLink, Endpoint
from perennial.screen import Columns, report, short_time, show_json, show_records, show_rows

app = CommandLine(help="Add endpoints, update them, roll them back, manage their keys.")

Service = Annotated[str, typer.Argument(help="Name or id of the web service.")]
Name = Annotated[str, typer.Argument(help="Name of the endpoint.")]


@app.command("list")
def list_endpoints(context: typer.Context, service: Service) -> None:
    """List a web service's endpoints and the models they use."""
    workspace = connect(context)
    found = workspace.list_endpoints(workspace.get_web_service(service))
    columns: Columns = {
        "Name": "Name",
        "Models": lambda item: ", ".join(f"{model['Name']} v{model['Version']}" for model in item["Resources"]) or None,
        "Address": "ApiLocation",
    }
    show_records([item.shown for item in found], columns)


@app.command("show")
def show(context: typer.Context, service: Service, name: Name = "default") -> None:
    """Show an endpoint without its keys (see 'endpoint keys')."""
    _, endpoint = open_endpoint(context, service, name)
    show_json(endpoint.shown)


@app.command("add")
def add(
    context: typer.Context,
    service: Service,
    name: Name,
    description: Annotated[str, typer.Option(help="What the endpoint is for.")] = "",
    max_concurrent_calls: Annotated[int, typer.Option(help="Concurrent requests allowed, 1 to 200.")] = 20,
) -> None:
    """Add an endpoint that starts with the default endpoint's models."""
    workspace = connect(context)
    settings = {
        "Description": description,
        "ThrottleLevel": "High",
        "MaxConcurrentCalls": max_concurrent_calls,
    }
    endpoint = workspace.add_endpoint(workspace.get_web_service(service), name, **settings)
    report(endpoint.shown, f"{name}: {endpoint.api_location}")


@app.command("update")
def update(
    context: typer.Context,
    service: Service,
    name: Name,
    job: Annotated[
        str | None, typer.Option(help="Training job that made the model, as TRAINING_SERVICE/JOB_ID.")
    ] = None,
    url: Annotated[str | None, typer.Option(help="URL of an .ilearner file, with its SAS token.")] = None,
    resource: Annotated[str, typer.Option(help="Trained model to replace; needed if the endpoint has several.")] = "",
) -> None:
    """Replace an endpoint's trained model. The new one comes from a training job or a URL."""
    workspace, endpoint = open_endpoint(context, service, name)
    if (job is None) == (url is None):
        raise PerennialError(0, USAGE, "Pass either --job TRAINING_SERVICE/JOB_ID or --url URL.")
    link = link_of(url) if url else _job_model(workspace, job or "")
    changed = workspace.update_endpoint(endpoint, {resource: link})
    _report_models(changed)


@app.command("rollback")
def rollback(
    context: typer.Context,
    service: Service,
    name: Name,
    sequence: Annotated[
        int | None, typer.Option(help="Change to undo, as numbered by 'endpoint history'; the latest by default.")
    ] = None,
) -> None:
    """Restore the trained model an endpoint used before an update."""
    workspace, endpoint = open_endpoint(context, service, name)
    changed = workspace.rollback_endpoint(endpoint, sequence)
    _report_models(changed)


@app.command("history")
def history(context: typer.Context, service: Service, name: Name = "default") -> None:
    """List every change to an endpoint, oldest first."""
    workspace, endpoint = open_endpoint(context, service, name)
    columns: Columns = {
        "#": "Sequence",
        "At": lambda item: short_time(item["At"]),
        "By": lambda item: item["By"].replace("workspace token", "token"),
        "What": lambda item: f"{item['Action']}: {item['Why']}",
        "Models": _changed_models,
    }
    show_records(workspace.list_history(endpoint), columns)


@app.command("refresh")
def refresh(
    context: typer.Context,
    service: Service,
    name: Name,
    overwrite_models: Annotated[bool, typer.Option("--overwrite-models", help="Also replace the models.")] = False,
) -> None:
    """Update an endpoint to the default endpoint's current definition."""
    workspace, endpoint = open_endpoint(context, service, name)
    changed = workspace.refresh_endpoint(endpoint, overwrite_resources=overwrite_models)
    text = f"{name} refreshed." if changed else f"{name} is already up to date."
    report({"Name": endpoint.name, "Changed": changed}, text)


@app.command("delete")
def delete(context: typer.Context, service: Service, name: Name) -> None:
    """Delete an endpoint."""
    workspace, endpoint = open_endpoint(context, service, name)
    workspace.delete_endpoint(endpoint)
    report({"Name": endpoint.name, "Deleted": True}, f"{name} deleted.")


@app.command("keys")
def keys(
    context: typer.Context,
    service: Service,
    name: Name = "default",
    regenerate: Annotated[str | None, typer.Option(help="Replace this key first: primary or secondary.")] = None,
) -> None:
    """Show an endpoint's keys; --regenerate replaces one of them."""
    workspace, endpoint = open_endpoint(context, service, name)
    if regenerate:
        endpoint = workspace.regenerate_key(endpoint, regenerate)
    shown = {"Name": endpoint.name, "PrimaryKey": endpoint.primary_key, "SecondaryKey": endpoint.secondary_key}
    report(shown, f"primary   {endpoint.primary_key}\nsecondary {endpoint.secondary_key}")


@app.command("keep-log")
def keep_log(
    context: typer.Context,
    service: Service,
    name: Name = "default",
    share: Annotated[float, typer.Option(help="Share of the rows to keep, above 0 and up to 1.")] = 1.0,
    id_column: Annotated[str | None, typer.Option(help="Column whose cells are the ids of the rows.")] = None,
    leave_out: Annotated[list[str] | None, typer.Option(help="Column not to keep; may be repeated.")] = None,
    hashed: Annotated[
        list[str] | None, typer.Option("--hash", help="Column to keep a hash of; may be repeated.")
    ] = None,
    days: Annotated[int, typer.Option(help="Days to keep rows for.")] = 90,
    off: Annotated[bool, typer.Option("--off", help="Keep no more rows.")] = False,
) -> None:
    """Keep the rows that an endpoint scores in its prediction log."""
    workspace, endpoint = open_endpoint(context, service, name)
    if off:
        workspace.delete_prediction_log(endpoint)
        report({"Name": endpoint.name, "Kept": False}, f"{name}: no more rows are kept.")
        return
    columns = {"LeaveOut": leave_out or [], "Hash": hashed or []}
    kept = workspace.put_prediction_log(endpoint, Share=share, IdColumn=id_column, RetentionDays=days, **columns)
    report(kept, f"{name}: {kept['Share']:.0%} of the rows are kept for {kept['RetentionDays']} days.")


@app.command("log")
def show_log(
    context: typer.Context,
    service: Service,
    name: Name = "default",
    since: Annotated[str, typer.Option(help="From when: an ISO time, or 30m, 24h, 7d ago.")] = "24h",
    until: Annotated[str | None, typer.Option(help="Before when, likewise; now by default.")] = None,
    most: Annotated[int, typer.Option("--limit", help="Rows to show, at most.")] = 100,
    wide: Annotated[bool, typer.Option("--wide", help="Show all columns, a row at a time.")] = False,
) -> None:
    """Show the rows that an endpoint scored, with their scores."""
    workspace, endpoint = open_endpoint(context, service, name)
    rows = workspace.read_log(endpoint, since, until, most=most, library="records")
    shown = [{key: _shown(cell) for key, cell in row.items()} for row in rows]
    show_rows(shown, list(shown[0]) if shown else ["id", "at"], wide=wide)


@app.command("feedback")
def send_feedback(
    context: typer.Context,
    service: Service,
    name: Name,
    file: Annotated[Path, typer.Argument(exists=True, dir_okay=False, help="CSV file with columns id and value.")],
) -> None:
    """Tell an endpoint what turned out to be right for rows that it scored."""
    workspace, endpoint = open_endpoint(context, service, name)
    with file.open(encoding="utf-8-sig", newline="") as lines:
        truths = [
            {key.strip().capitalize(): cell or None for key, cell in row.items() if key} for row in DictReader(lines)
        ]
    count = workspace.send_truths(endpoint, truths)
    report({"Name": endpoint.name, "Truths": count}, f"{name}: {count} truths kept.")


@app.command("live-metrics")
def show_live_metrics(
    context: typer.Context,
    service: Service,
    name: Name = "default",
    since: Annotated[str, typer.Option(help="From which day: an ISO time, or 30d ago.")] = "30d",
) -> None:
    """Show how good an endpoint's models are on the truths that came, by day and model."""
    workspace, endpoint = open_endpoint(context, service, name)
    columns: Columns = {
        "Day": "Day",
        "Deployment": "Deployment",
        "Version": "Version",
        "Rows": "Rows",
        "With truth": "Truths",
        "Metrics": lambda item: ", ".join(f"{key} {value:.4g}" for key, value in list(item["Metrics"].items())[:4]),
    }
    show_records(workspace.list_live_metrics(endpoint, since), columns)


def _shown(cell: Any) -> Any:
    return cell.isoformat() if isinstance(cell, datetime) else cell


def _report_models(changed: Endpoint) -> None:
    models = ", ".join(f"{item.name} v{item.version}" for item in changed.resources)
    report(changed.shown, f"{changed.name} now uses {models}")


def _changed_models(item: dict[str, Any]) -> str | None:
    return ", ".join(f"{(model['From'] or 'none')[:8]} → {model['To'][:8]}" for model in item["Resources"]) or None


def _job_model(workspace: Workspace, job: str) -> BlobLink:
    service, _, job_id = job.rpartition("/")
    endpoint = workspace.get_endpoint(workspace.get_web_service(service))
    status = workspace.get_job(endpoint, job_id).status()
    models = [link for link in status.results.values() if link.relative_location.endswith(".ilearner")]
    if len(models) != 1:
        raise PerennialError(
            0, "NoModel", f"The job has the state {status.state} and {len(models)} models, expected one."
        )
    return models[0]


def link_of(url: str) -> BlobLink:
    """Return the link to a file in storage that a URL with a SAS token is."""
    address, _, token = url.partition("?")
    scheme, _, rest = address.partition("://")
    host, _, location = rest.partition("/")
    if location.startswith("devstoreaccount1/"):
        host, location = f"{host}/devstoreaccount1", location.partition("/")[2]
    return BlobLink(f"{scheme}://{host}/", location, f"?{token}" if token else "")
