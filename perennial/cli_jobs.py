"""`perennial job`, `perennial score` and `perennial retrain`."""

import csv
import io
import json
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Annotated, Any

import typer

from perennial.cli_app import NOT_BETTER, CommandLine
from perennial.cli_context import Parameters, connect, open_endpoint, read_parameters, write_file
from perennial.client import Workspace
from perennial.errors import PerennialError
from perennial.output import is_text, write_result
from perennial.resources import BlobLink, Endpoint, JobStatus
from perennial.screen import (
    Columns,
    progress_bar,
    report,
    say,
    short_time,
    show_comparison,
    show_records,
    show_rows,
    show_table,
)
from perennial.table_files import read_table
from perennial.transport import download

HINT = "Other rows to compare on: --held-back. A difference to allow: --at-most-worse."
app = CommandLine(help="Submit, list and cancel batch jobs, and check their status.")

Service = Annotated[str, typer.Argument(help="Name or id of the web service.")]
JobId = Annotated[str, typer.Argument(help="Id of the job.")]
Data = Annotated[
    Path,
    typer.Argument(exists=True, dir_okay=False, help="CSV, TSV, ARFF, Parquet, JSON lines or NumPy file."),
]
EndpointName = Annotated[str, typer.Option("--endpoint", help="Name of the endpoint.")]


@app.command("list")
def list_jobs(
    context: typer.Context,
    state: Annotated[str | None, typer.Option(help="List only jobs in this state, such as Failed.")] = None,
    limit: Annotated[int, typer.Option(min=1, help="How many to list.")] = 20,
) -> None:
    """List the batch jobs of all endpoints, latest first."""
    columns: Columns = {
        "Job": "JobId",
        "Web service": "WebService",
        "Endpoint": "Endpoint",
        "State": "StatusCode",
        "Created": lambda item: short_time(item["CreatedAt"]),
    }
    show_records(connect(context).list_jobs(state, limit), columns)


@app.command("submit")
def submit(
    context: typer.Context,
    service: Service,
    data: Data,
    endpoint: EndpointName = "default",
    output: Annotated[Path | None, typer.Option(help="File to save the first output dataset to.")] = None,
    wait: Annotated[bool, typer.Option(help="Wait for the job to end.")] = True,
    input_name: Annotated[str, typer.Option(help="Name of the web service input.")] = "input1",
    parameter: Parameters = None,
    explain: Annotated[
        bool, typer.Option("--explain", help="Also write what each column contributes to the scores.")
    ] = False,
) -> None:
    """Run a batch job on a local file. It trains or scores, depending on the service."""
    parameters = read_parameters(parameter)
    workspace, target = open_endpoint(context, service, endpoint)
    link = workspace.upload(data)
    job = workspace.submit_job(target, {input_name: link}, parameters=parameters, explain=explain)
    if not wait:
        report({"JobId": job.id}, f"Job {job.id} started.")
        return
    say(f"Job {job.id} started.")
    with progress_bar(job.id[:8]) as bar:
        status = job.wait(bar.follow)
    _show_job(job.id, status)
    if output:
        table = next((link for link in status.results.values() if link.relative_location.endswith(".csv")), None)
        if table is None:
            raise PerennialError(0, "NoDataset", "The job has no output dataset to save.")
        write_file(output, download(table))
        say(f"Saved to {output}.")


@app.command("status")
def status(context: typer.Context, service: Service, job: JobId, endpoint: EndpointName = "default") -> None:
    """Show a job's state and its results."""
    workspace, target = open_endpoint(context, service, endpoint)
    found = workspace.get_job(target, job).status()
    say(f"{found.state} {found.details or found.step}".strip())
    _show_job(job, found)


@app.command("cancel")
def cancel(context: typer.Context, service: Service, job: JobId, endpoint: EndpointName = "default") -> None:
    """Cancel a job; has no effect on one that has ended."""
    workspace, target = open_endpoint(context, service, endpoint)
    workspace.get_job(target, job).cancel()
    report({"JobId": job, "Cancelled": True}, f"Job {job} cancelled, unless it had already ended.")


def score(
    context: typer.Context,
    service: Service,
    rows: Annotated[
        str, typer.Argument(help="JSON row, JSON list of rows, or a CSV file (up to a few thousand rows).")
    ],
    endpoint: EndpointName = "default",
    parameter: Parameters = None,
    explain: Annotated[
        bool, typer.Option("--explain", help="Also show what each column contributes to the score.")
    ] = False,
    wide: Annotated[bool, typer.Option("--wide", help="Show all columns, however wide the table gets.")] = False,
) -> None:
    """Score rows and print the scores, then as many of the columns as fit. One row is printed vertically."""
    sent, parameters = _read_rows(rows), read_parameters(parameter)
    workspace, target = open_endpoint(context, service, endpoint)
    scored = workspace.score(target, sent, parameters=parameters, explain=explain)
    given = {name for row in sent for name in row}
    names = dict.fromkeys(name for row in scored for name in row)
    show_rows(scored, sorted(names, key=lambda name: name in given), wide=wide)


def retrain(
    context: typer.Context,
    training_service: Annotated[str, typer.Argument(help="Name or id of the training web service.")],
    data: Data,
    service: Annotated[str, typer.Option(help="Predictive web service to update.")],
    endpoint: Annotated[str, typer.Option(help="Endpoint to update; must not be default.")],
    held_back: Annotated[
        str | None,
        typer.Option(help="Rows to compare both models on: a local file to upload, or a dataset's name."),
    ] = None,
    metric: Annotated[str | None, typer.Option(help="Metric that decides; the first one by default.")] = None,
    at_most_worse: Annotated[float, typer.Option(min=0, help="By how much the new model's metric may be worse.")] = 0,
    force: Annotated[bool, typer.Option("--force", help="Also update with a worse model.")] = False,
    yes: Annotated[bool, typer.Option("--yes", help="Update without asking for confirmation.")] = False,
    evaluation: Annotated[Path | None, typer.Option(help="File to save the evaluation to (CSV).")] = None,
    input_name: Annotated[str, typer.Option(help="Name of the web service input.")] = "input1",
    parameter: Parameters = None,
) -> None:
    """Retrain on a local file and swap the model unless it is worse. Compares both models on the same rows first.

    The rows are those of --held-back, else those that the model in use was evaluated on. If the new model is worse, or
    the models cannot be compared, nothing changes and the exit code is 3; --force updates all the same.
    """
    parameters = read_parameters(parameter)
    workspace = connect(context)
    trainer = workspace.get_endpoint(workspace.get_web_service(training_service))
    target = workspace.get_endpoint(workspace.get_web_service(service), endpoint)
    if held_back:
        held_back = _open_held_back(workspace, held_back)
    job = workspace.submit_job(trainer, {input_name: workspace.upload(data)}, parameters=parameters)
    with progress_bar("Retraining") as bar:
        done = job.wait(bar.follow)
    if done.details:
        say(done.details)
    models = [link for link in done.results.values() if link.relative_location.endswith(".ilearner")]
    tables = [link for link in done.results.values() if link.relative_location.endswith(".csv")]
    if len(models) != 1:
        raise PerennialError(0, "NoModel", f"The training job has {len(models)} models, expected one.")
    if tables and evaluation:
        write_file(evaluation, download(tables[0]))
    gate = {"HeldBackData": held_back, "Metric": metric, "AtMostWorse": at_most_worse}
    gate = {name: value for name, value in gate.items() if value is not None}
    comparison = _compare(workspace, target, models[0], gate)
    result = {"JobId": job.id, "Endpoint": target.name, "Comparison": comparison, "Swapped": False}
    if not (comparison and comparison["Passed"]) and not force:
        report(result, f"Nothing changed: {target.name} keeps its model. Use --force to update all the same. {HINT}")
        raise typer.Exit(NOT_BETTER)
    if not yes and not typer.confirm(f"Update {target.name} with the retrained model?", err=not is_text()):
        later = f"perennial endpoint update ... --job '{training_service}/{job.id}'"
        report(result, f"Nothing changed. To update later: {later}")
        return
    settings = {} if force else {"Gate": gate}
    milliseconds = swap(workspace, target, job.status().results, models[0].relative_location, **settings)
    text = f"{target.name} now serves the new model; the swap took {milliseconds:.0f} ms."
    report(result | {"Swapped": True, "Milliseconds": round(milliseconds)}, text)


def _open_held_back(workspace: Workspace, name: str) -> str:
    """Return the name of the dataset to compare models on, which may be a local file: it is uploaded."""
    if Path(name).is_file():
        workspace.upload(Path(name))
        return Path(name).name
    known = [item.file_name for item in workspace.list_datasets()]
    if name not in known:
        text = f"--held-back: there is no file and no dataset '{name}'. The workspace has {', '.join(known) or 'none'}."
        raise PerennialError(0, "DatasetNotFound", text)
    return name


def _compare(workspace: Workspace, target: Endpoint, model: BlobLink, gate: dict[str, Any]) -> dict[str, Any] | None:
    """Print and return how a model compares with the one in use; None if they cannot be compared."""
    try:
        found = workspace.compare(target, {"": model}, **gate)
    except PerennialError as error:
        if not error.code.endswith(("EvaluationRowsUnknown", "InputMismatchError", "InputParseError")):
            raise
        say(f"The models cannot be compared. {error.message}")
        return None
    if is_text():
        show_comparison(found)
    say(f"{'Passed' if found['Passed'] else 'Not passed'}: {found['Why']}.")
    return found


def read_metrics(content: bytes) -> dict[str, float]:
    """Return the first row of an evaluation file by column name."""
    row = next(csv.DictReader(io.StringIO(content.decode())))
    return {name: float(value) for name, value in row.items() if value}


def swap(workspace: Workspace, target: Endpoint, results: dict[str, BlobLink], location: str, **settings: Any) -> float:
    """Replace an endpoint's only trained model with a job's result; returns the milliseconds it took."""
    link = next(link for link in results.values() if link.relative_location == location)
    started = time.perf_counter()
    workspace.update_endpoint(target, {"": link}, **settings)
    return (time.perf_counter() - started) * 1000


def _read_rows(text: str) -> list[dict[str, object]]:
    try:
        if not text.lstrip().startswith(("{", "[")):
            return read_table(Path(text), _row_objects)
        value = json.loads(text)
        rows = value if isinstance(value, list) else [value]
        if not rows or not all(isinstance(row, dict) for row in rows):
            raise ValueError("the list must have rows, each an object with a value for each column.")
        return rows
    except (PerennialError, ValueError) as error:
        raise PerennialError(0, "RowsUnreadable", f"Expected JSON rows or a CSV file: {error}") from error


def _row_objects(rows: Iterator[list[str]]) -> list[dict[str, object]]:
    names, found = [name.strip() for name in next(rows, [])], []
    for number, row in enumerate((row for row in rows if row), start=1):
        if len(row) > len(names):
            raise ValueError(f"row {number} has {len(row)} cells, but the header has {len(names)}.")
        found.append(dict.fromkeys(names) | dict(zip(names, row, strict=False)))
    return found


def _show_job(job_id: str, status: JobStatus) -> None:
    if not is_text():
        results = {name: link.relative_location for name, link in status.results.items()}
        write_result({"JobId": job_id, "StatusCode": status.state, "Details": status.details, "Results": results})
    elif status.results:
        rows = [[name, link.relative_location] for name, link in status.results.items()]
        show_table("", ["Output", "Location"], rows)
