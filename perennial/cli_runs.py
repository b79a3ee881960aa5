"""`perennial run`: the runs of experiments."""

from collections.abc import Sequence
from typing import Annotated, Any

import typer

from perennial.cli_app import CommandLine
from perennial.cli_context import connect
from perennial.output import Record, is_text, write_result
from perennial.resources import RunStatus
from perennial.screen import (
    Columns,
    describe_curve,
    report,
    say,
    short_time,
    show_metrics,
    show_records,
    show_table,
)

app = CommandLine(help="List, show and cancel the runs of experiments.")

Experiment = Annotated[str, typer.Argument(help="Name of the experiment.")]
Limit = Annotated[int, typer.Option(min=1, help="How many to list.")]
RunId = Annotated[str, typer.Argument(help="Id of the run.")]


@app.command("list")
def list_runs(
    context: typer.Context,
    experiment: Annotated[str | None, typer.Argument(help="List only this experiment's runs.")] = None,
    limit: Limit = 20,
) -> None:
    """List runs, latest first."""
    show_run_list(connect(context).list_runs(experiment, limit))


@app.command("show")
def show(context: typer.Context, experiment: Experiment, run: RunId) -> None:
    """Show a run: each module's time, the metrics, and the error of one that failed."""
    show_run(connect(context).get_run(experiment, run))


@app.command("cancel")
def cancel(context: typer.Context, experiment: Experiment, run: RunId) -> None:
    """Cancel a run; has no effect on one that has ended."""
    connect(context).cancel_run(experiment, run)
    report({"RunId": run, "Cancelled": True}, f"Run {run} cancelled, unless it had already ended.")


def show_run_list(runs: Sequence[Record]) -> None:
    """Print runs, one a line."""
    columns: Columns = {
        "Run": "RunId",
        "Experiment": "Experiment",
        "State": lambda item: item["Status"]["StatusCode"],
        "Started": lambda item: short_time(item["Status"]["StartTime"]),
        "Details": lambda item: item["Status"]["StatusDetail"],
    }
    show_records(runs, columns)


def show_run(status: RunStatus) -> None:
    """Print a run with its modules and metrics."""
    if not is_text():
        write_result(status.raw)
        return
    rows = [
        [item["Title"], item["StatusCode"], _seconds(item), _row_counts(item), _reuse(item)] for item in status.modules
    ]
    show_table("", ["Module", "State", "Seconds", "Rows", "Result"], rows)
    if status.metrics:
        show_metrics("Evaluation", status.metrics)
    for title, model in status.models.items():
        say(f"{title}: runtime {model['Runtime']} {model['RuntimeReason'] or ''}".rstrip())
    for title, curve in status.curves.items():
        say(f"{title}: {describe_curve(curve)}")
    for warning in status.warnings:
        say(f"Note: {warning['Title']}: {warning['Message']}")
    if status.details:
        say(status.details)


def _seconds(module: dict[str, Any]) -> str | None:
    return None if module["Seconds"] is None else f"{module['Seconds']:.2f}"


def _row_counts(module: dict[str, Any]) -> str:
    """Return `rows in → rows out`, with a count for each port."""
    sides = [", ".join(map(str, module[side].values())) for side in ("RowsIn", "RowsOut")]
    return " → ".join(side or "-" for side in sides) if any(sides) else ""


def _reuse(module: dict[str, Any]) -> str:
    """Say why the module was run, or that its result was used again, and why."""
    return f"reused: {module['Reason']}" if module["Reused"] else module["Reason"] or ""
