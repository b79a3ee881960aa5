"""`perennial pipeline` and `perennial trigger`."""

import time
from pathlib import Path
from typing import Annotated, Any

import typer
from rich.markup import escape
from rich.tree import Tree

from perennial.cli_app import CommandLine
from perennial.cli_context import connect, read_json_file, read_parameters
from perennial.client import Workspace
from perennial.errors import PerennialError
from perennial.names import not_found
from perennial.output import is_text, write_result
from perennial.screen import Columns, console, report, say, show_json, show_records

app = CommandLine(help="Save, run and follow Data Factory pipelines.")
trigger_app = CommandLine(help="Start, stop and run the triggers of pipelines.")

Name = Annotated[str, typer.Argument(help="Name of the pipeline.")]
Run = Annotated[str, typer.Argument(help="Id of the pipeline run.")]
TriggerName = Annotated[str, typer.Argument(help="Name of the trigger.")]
POLLING_SECONDS = 1.0
SIGNS = {"Succeeded": "[green]✓[/]", "Failed": "[red]✗[/]", "Skipped": "[dim]-[/]", "Cancelled": "[yellow]■[/]"}


@app.command("put")
def put(
    context: typer.Context,
    files: Annotated[
        list[Path],
        typer.Argument(exists=True, dir_okay=False, help="JSON files, each with a document or a list of documents."),
    ],
) -> None:
    """Save pipelines, linked services, datasets and triggers. Does not start a run."""
    workspace = connect(context)
    saved = []
    for file in files:
        content: Any = read_json_file(file)
        for document in content if isinstance(content, list) else [content]:
            kind = _kind(document)
            workspace.put_document(kind, str(document["name"]), document)
            saved.append({"Name": document["name"], "Kind": kind})
            say(f"{document['name']}: saved to {kind}.")
    if not is_text():
        write_result(saved)


@app.command("list")
def list_pipelines(context: typer.Context) -> None:
    """List pipelines and triggers. Includes the next run, and why a run was skipped."""
    workspace = connect(context)
    found = [
        {"kind": kind.removesuffix("s"), **item}
        for kind in ("pipelines", "triggers")
        for item in workspace.list_documents(kind)
    ]
    columns: Columns = {
        "": "kind",
        "Name": "name",
        "State": "runtimeState",
        "Next run": "NextRun",
        "Skipped because": "Skipped",
    }
    show_records(found, columns)


@app.command("show")
def show(context: typer.Context, run: Run) -> None:
    """Show a run and its activities. Includes the error of an activity that failed."""
    workspace = connect(context)
    _draw(workspace, workspace.get_pipeline_run(run))


@app.command("runs")
def runs(
    context: typer.Context, name: Annotated[str | None, typer.Argument(help="List only this pipeline's runs.")] = None
) -> None:
    """List pipeline runs, latest first."""
    columns: Columns = {
        "Run": "runId",
        "Pipeline": "pipelineName",
        "State": "status",
        "Started": "runStart",
        "Duration": lambda item: _seconds(item["durationInMs"]),
        "Started by": lambda item: item["invokedBy"]["name"],
        "Message": "message",
    }
    show_records(connect(context).list_pipeline_runs(name), columns)


@app.command("run")
def run(
    context: typer.Context,
    name: Name,
    parameter: Annotated[
        list[str] | None, typer.Option(help="Pipeline parameter, as NAME=VALUE; can be repeated.")
    ] = None,
    wait: Annotated[bool, typer.Option(help="Wait for the run to end and show it.")] = True,
) -> None:
    """Run a pipeline now. Exits with 1 if the run does not succeed."""
    workspace = connect(context)
    run_id = workspace.run_pipeline(name, read_parameters(parameter))
    if not wait:
        report({"runId": run_id}, f"Run {run_id} started.")
        return
    say(f"Run {run_id} started.")
    while (status := workspace.get_pipeline_run(run_id))["status"] in ("InProgress", "Queued"):
        time.sleep(POLLING_SECONDS)
    _draw(workspace, status)
    if status["status"] != "Succeeded":
        raise typer.Exit(1)


@app.command("cancel")
def cancel(context: typer.Context, run: Run) -> None:
    """Cancel a run and the jobs it is waiting for."""
    connect(context).cancel_pipeline_run(run)
    report({"runId": run, "Cancelled": True}, f"Run {run} cancelled.")


@trigger_app.command("start")
def start(context: typer.Context, name: TriggerName) -> None:
    """Start a trigger, so that it fires from now on."""
    connect(context).control_trigger(name, "start")
    report({"name": name, "runtimeState": "Started"}, f"{name} started.")


@trigger_app.command("stop")
def stop(context: typer.Context, name: TriggerName) -> None:
    """Stop a trigger, so that it no longer fires."""
    connect(context).control_trigger(name, "stop")
    report({"name": name, "runtimeState": "Stopped"}, f"{name} stopped.")


@trigger_app.command("run")
def run_trigger(context: typer.Context, name: TriggerName) -> None:
    """Run a trigger's pipelines as if it fired now."""
    ids = connect(context).control_trigger(name, "run")["runIds"]
    report({"runIds": ids}, "\n".join(f"Run {run_id} started." for run_id in ids))


@trigger_app.command("show")
def show_trigger(context: typer.Context, name: TriggerName) -> None:
    """Show a trigger. Includes its next and last run, and why a run was skipped."""
    found = connect(context).list_documents("triggers")
    for item in found:
        if item["name"].lower() == name.lower():
            show_json(item)
            return
    raise not_found("The workspace has no trigger", name, [item["name"] for item in found])


def _kind(document: Any) -> str:
    """Return the kind of a document, judged by its contents."""
    if not isinstance(document, dict) or "name" not in document:
        raise PerennialError(0, "FileUnreadable", "Every document needs a name.")
    properties = document.get("properties", document)
    if "activities" in properties:
        return "pipelines"
    if "pipelines" in properties or "pipeline" in properties:
        return "triggers"
    type_ = str(properties.get("type", "")).lower()
    if "linkedServiceName" in properties or type_ in ("azureblob", "azuresqltable"):
        return "datasets"
    return "linkedservices"


def _draw(workspace: Workspace, run: dict[str, Any]) -> None:
    title = f"{_sign(run)} [bold]{escape(run['pipelineName'])}[/] {run['status']} {_seconds(run['durationInMs'])}"
    tree = Tree(f"{title}  [dim]{run['runId']}[/]")
    activities = workspace.list_activity_runs(run["runId"])
    if not is_text():
        write_result(run | {"activities": activities})
        return
    for item in activities:
        again = f", attempt {item['retryAttempt'] + 1}" if item["retryAttempt"] else ""
        began = f" [dim]{item['activityRunStart']}[/]" if item["activityRunStart"] else ""
        name, took = escape(item["activityName"]), _seconds(item["durationInMs"])
        branch = tree.add(f"{_sign(item)} {name} {item['status']} {took}{again}{began}")
        if item["error"]:
            branch.add(escape(item["error"]["message"]))
        for output, place in item["output"].get("Results", {}).items():
            branch.add(f"[dim]{escape(output)}: {escape(place['RelativeLocation'])}[/]")
    console.print(tree)
    if run["status"] == "Queued":
        say(run["message"])


def _sign(item: dict[str, Any]) -> str:
    return SIGNS.get(item["status"], "[blue]…[/]")


def _seconds(milliseconds: int | None) -> str:
    return "" if milliseconds is None else f"{milliseconds / 1000:.1f} s"
