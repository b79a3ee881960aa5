"""`perennial pipeline` and `perennial trigger`."""

import time
from pathlib import Path
from typing import Annotated, Any

import typer
from rich.markup import escape
from rich.tree import Tree

from perennial.cli_context import connect, read_json_file
from perennial.client import Workspace
from perennial.errors import PerennialError
from perennial.screen import console, say, show_json, show_table

app = typer.Typer(no_args_is_help=True, help="Data Factory pipelines: put, run, watch.")
trigger_app = typer.Typer(no_args_is_help=True, help="Triggers of pipelines: start, stop, run now.")

Name = Annotated[str, typer.Argument(help="Name of the pipeline.")]
Run = Annotated[str, typer.Argument(help="Id of the run.")]
TriggerName = Annotated[str, typer.Argument(help="Name of the trigger.")]
POLLING_SECONDS = 1.0
SIGNS = {"Succeeded": "[green]✓[/]", "Failed": "[red]✗[/]", "Skipped": "[dim]-[/]", "Cancelled": "[yellow]■[/]"}


@app.command("put")
def put(
    context: typer.Context,
    files: Annotated[
        list[Path], typer.Argument(exists=True, dir_okay=False, help="Documents, or lists of them, JSON.")
    ],
) -> None:
    """Save pipelines, linked services, datasets and triggers; nothing runs by that."""
    workspace = connect(context)
    for file in files:
        content: Any = read_json_file(file)
        for document in content if isinstance(content, list) else [content]:
            kind = _kind(document)
            workspace.put_document(kind, str(document["name"]), document)
            say(f"{document['name']}: saved among the {kind}.")


@app.command("list")
def list_pipelines(context: typer.Context) -> None:
    """List pipelines and triggers, when they run next, and why they did not."""
    workspace = connect(context)
    rows = [
        [kind.removesuffix("s"), item["name"], item.get("runtimeState"), item.get("NextRun"), item.get("Skipped")]
        for kind in ("pipelines", "triggers")
        for item in workspace.list_documents(kind)
    ]
    show_table("", ["", "Name", "State", "Next run", "Skipped because"], rows)


@app.command("show")
def show(context: typer.Context, run: Run) -> None:
    """Draw a run: its activities with states and times, and the service's message where one failed."""
    workspace = connect(context)
    _draw(workspace, workspace.get_pipeline_run(run))


@app.command("runs")
def runs(
    context: typer.Context, name: Annotated[str | None, typer.Argument(help="Of this pipeline only.")] = None
) -> None:
    """List pipeline runs, the latest first."""
    found = connect(context).list_pipeline_runs(name)
    rows = [
        [
            item["runId"],
            item["pipelineName"],
            item["status"],
            item["runStart"],
            _seconds(item["durationInMs"]),
            item["invokedBy"]["name"],
            item["message"],
        ]
        for item in found
    ]
    show_table("", ["Run", "Pipeline", "State", "Began", "Took", "Asked by", ""], rows)


@app.command("run")
def run(
    context: typer.Context,
    name: Name,
    parameter: Annotated[list[str] | None, typer.Option(help="NAME=VALUE; may be repeated.")] = None,
    wait: Annotated[bool, typer.Option(help="Wait for the end and draw the run.")] = True,
) -> None:
    """Run a pipeline now."""
    workspace = connect(context)
    given = dict(item.partition("=")[::2] for item in parameter or [])
    run_id = workspace.run_pipeline(name, given)
    say(f"Run {run_id} is started.")
    if not wait:
        return
    while (status := workspace.get_pipeline_run(run_id))["status"] in ("InProgress", "Queued"):
        time.sleep(POLLING_SECONDS)
    _draw(workspace, status)
    if status["status"] != "Succeeded":
        raise typer.Exit(1)


@app.command("cancel")
def cancel(context: typer.Context, run: Run) -> None:
    """Cancel a run and the jobs it waits for."""
    connect(context).cancel_pipeline_run(run)
    say(f"{run} is cancelled.")


@trigger_app.command("start")
def start(context: typer.Context, name: TriggerName) -> None:
    """Let a trigger fire from now on."""
    connect(context).control_trigger(name, "start")
    say(f"{name} is started.")


@trigger_app.command("stop")
def stop(context: typer.Context, name: TriggerName) -> None:
    """Let a trigger fire no more."""
    connect(context).control_trigger(name, "stop")
    say(f"{name} is stopped.")


@trigger_app.command("run")
def run_trigger(context: typer.Context, name: TriggerName) -> None:
    """Start a trigger's pipelines as if it fired now."""
    for run_id in connect(context).control_trigger(name, "run")["runIds"]:
        say(f"Run {run_id} is started.")


@trigger_app.command("show")
def show_trigger(context: typer.Context, name: TriggerName) -> None:
    """Show a trigger: started or stopped, its next time, its last run, why it was skipped."""
    for item in connect(context).list_documents("triggers"):
        if item["name"].lower() == name.lower():
            show_json(item)
            return
    raise PerennialError(404, "NotFound", f"The workspace has no trigger '{name}'.")


def _kind(document: Any) -> str:
    """Return among which documents one belongs, by what it holds."""
    if not isinstance(document, dict) or "name" not in document:
        raise PerennialError(0, "Usage", "Each document needs a name.")
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
    for item in workspace.list_activity_runs(run["runId"]):
        again = f", try {item['retryAttempt'] + 1}" if item["retryAttempt"] else ""
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
