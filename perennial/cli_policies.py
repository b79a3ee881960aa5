"""`perennial policy`."""

import time
from pathlib import Path
from typing import Annotated, Any

import typer

from perennial.cli_app import CommandLine
from perennial.cli_context import open_endpoint, read_json_file
from perennial.screen import Columns, report, say, show_json, show_records

app = CommandLine(
    help="Set, try and delete retraining policies. A policy says when to retrain and what the new model must pass.",
)

Service = Annotated[str, typer.Argument(help="Name or id of the predictive web service.")]
Name = Annotated[str, typer.Argument(help="Name of the endpoint.")]
POLLING_SECONDS = 0.5


@app.command("set")
def set_policy(
    context: typer.Context,
    service: Service,
    name: Name,
    file: Annotated[Path, typer.Argument(exists=True, dir_okay=False, help="Retraining policy (JSON).")],
) -> None:
    """Set an endpoint's retraining policy. Does not start training."""
    workspace, endpoint = open_endpoint(context, service, name)
    policy = workspace.put_policy(endpoint, read_json_file(file))
    report(policy, f"{name}: {_when(policy)}")


@app.command("show")
def show(context: typer.Context, service: Service, name: Name) -> None:
    """Show an endpoint's policy. Includes its next run, and why a run was skipped."""
    workspace, endpoint = open_endpoint(context, service, name)
    show_json(workspace.get_policy(endpoint))


@app.command("delete")
def delete(context: typer.Context, service: Service, name: Name) -> None:
    """Delete an endpoint's policy."""
    workspace, endpoint = open_endpoint(context, service, name)
    workspace.delete_policy(endpoint)
    report({"Endpoint": name, "Deleted": True}, f"{name}: policy deleted.")


@app.command("try")
def try_policy(
    context: typer.Context,
    service: Service,
    name: Name,
    data: Annotated[str | None, typer.Option(help="Dataset to train on; the policy's dataset by default.")] = None,
    wait: Annotated[bool, typer.Option(help="Wait for the outcome and show it.")] = True,
) -> None:
    """Retrain now. The new model replaces the one in use if it passes the policy's check."""
    workspace, endpoint = open_endpoint(context, service, name)
    job_id = workspace.try_policy(endpoint, data)
    if not wait:
        report({"JobId": job_id}, f"Training job {job_id} started.")
        return
    say(f"Training job {job_id} started.")
    trainer = next(
        item for item in workspace.list_web_services() if item.id == workspace.get_policy(endpoint)["TrainingService"]
    )
    workspace.get_job(workspace.get_endpoint(trainer), job_id).wait()
    while True:
        found = [item for item in workspace.list_challenges(endpoint) if item["JobId"] == job_id and item["EndTime"]]
        if found:
            _show([found[0]])
            return
        time.sleep(POLLING_SECONDS)


@app.command("challenges")
def challenges(context: typer.Context, service: Service, name: Name) -> None:
    """List an endpoint's challenges, latest first. Each compared a retrained model with the one in use."""
    workspace, endpoint = open_endpoint(context, service, name)
    _show(workspace.list_challenges(endpoint))


def _show(items: list[dict[str, Any]]) -> None:
    columns: Columns = {
        "When": "CreationTime",
        "Outcome": _verdict,
        "Started by": "Reason",
        "Why": lambda item: item["Why"] or item["Details"],
    }
    show_records(items, columns)


def _verdict(item: dict[str, Any]) -> str:
    if item["Passed"] is None:
        return str(item["StatusCode"])
    return "in use" if item["Passed"] else "rejected"


def _when(policy: dict[str, Any]) -> str:
    return f"next run at {policy['NextRun']}." if policy["NextRun"] else "runs at the next upload."
