"""`perennial job`, `perennial score` and `perennial retrain`."""

import csv
import io
import json
import time
from pathlib import Path
from typing import Annotated

import typer

from perennial.cli_context import connect
from perennial.client import Workspace
from perennial.errors import PerennialError
from perennial.resources import BlobLink, Endpoint, JobStatus
from perennial.screen import progress_bar, say, show_metrics, show_table
from perennial.transport import download

app = typer.Typer(no_args_is_help=True, help="Submit batch jobs, check their status, cancel them.")

Service = Annotated[str, typer.Argument(help="Name or id of the web service.")]
JobId = Annotated[str, typer.Argument(help="Id of the job.")]
Data = Annotated[Path, typer.Argument(exists=True, dir_okay=False, help="CSV, TSV or ARFF file.")]
EndpointName = Annotated[str, typer.Option("--endpoint", help="Name of the endpoint.")]


@app.command("submit")
def submit(
    context: typer.Context,
    service: Service,
    data: Data,
    endpoint: EndpointName = "default",
    output: Annotated[Path | None, typer.Option(help="File to save the first output dataset to.")] = None,
    wait: Annotated[bool, typer.Option(help="Wait for the job to end.")] = True,
    input_name: Annotated[str, typer.Option(help="Name of the web service input.")] = "input1",
) -> None:
    """Run a batch job on a local file. It trains or scores, depending on the service."""
    workspace = connect(context)
    target = workspace.get_endpoint(workspace.get_web_service(service), endpoint)
    job = workspace.submit_job(target, {input_name: workspace.upload(data)})
    say(f"Job {job.id} started.")
    if not wait:
        return
    with progress_bar(job.id[:8]) as bar:
        status = job.wait(bar.follow)
    _show_results(status)
    if output:
        table = next((link for link in status.results.values() if link.relative_location.endswith(".csv")), None)
        if table is None:
            raise PerennialError(0, "NoDataset", "The job has no output dataset to save.")
        output.write_bytes(download(table))
        say(f"Saved to {output}.")


@app.command("status")
def status(context: typer.Context, service: Service, job: JobId, endpoint: EndpointName = "default") -> None:
    """Show a job's state and its results."""
    workspace = connect(context)
    target = workspace.get_endpoint(workspace.get_web_service(service), endpoint)
    found = workspace.get_job(target, job).status()
    say(f"{found.state} {found.details or found.step}".strip())
    _show_results(found)


@app.command("cancel")
def cancel(context: typer.Context, service: Service, job: JobId, endpoint: EndpointName = "default") -> None:
    """Cancel a job; has no effect on one that has ended."""
    workspace = connect(context)
    target = workspace.get_endpoint(workspace.get_web_service(service), endpoint)
    workspace.get_job(target, job).cancel()
    say(f"Job {job} cancelled, unless it had already ended.")


def score(
    context: typer.Context,
    service: Service,
    rows: Annotated[
        str, typer.Argument(help="JSON row, JSON list of rows, or a CSV file (up to a few thousand rows).")
    ],
    endpoint: EndpointName = "default",
) -> None:
    """Score rows and print them with their scores."""
    workspace = connect(context)
    target = workspace.get_endpoint(workspace.get_web_service(service), endpoint)
    scored = workspace.score(target, _read_rows(rows))
    if scored:
        show_table("", list(scored[0]), [list(row.values()) for row in scored])


def retrain(
    context: typer.Context,
    training_service: Annotated[str, typer.Argument(help="Name or id of the training web service.")],
    data: Data,
    service: Annotated[str, typer.Option(help="Predictive web service to update.")],
    endpoint: Annotated[str, typer.Option(help="Endpoint to update; must not be default.")],
    yes: Annotated[bool, typer.Option("--yes", help="Update without asking for confirmation.")] = False,
    evaluation: Annotated[Path | None, typer.Option(help="File to save the evaluation to (CSV).")] = None,
    input_name: Annotated[str, typer.Option(help="Name of the web service input.")] = "input1",
) -> None:
    """Retrain on a local file and swap the model if you confirm. Compares both models' evaluations first."""
    workspace = connect(context)
    trainer = workspace.get_endpoint(workspace.get_web_service(training_service))
    target = workspace.get_endpoint(workspace.get_web_service(service), endpoint)
    job = workspace.submit_job(trainer, {input_name: workspace.upload(data)})
    with progress_bar("Retraining") as bar:
        done = job.wait(bar.follow)
    if done.details:
        say(done.details)
    models = [link for link in done.results.values() if link.relative_location.endswith(".ilearner")]
    tables = [link for link in done.results.values() if link.relative_location.endswith(".csv")]
    if len(models) != 1:
        raise PerennialError(0, "NoModel", f"The training job has {len(models)} models, expected one.")
    if tables:
        content = download(tables[0])
        if evaluation:
            evaluation.write_bytes(content)
        show_metrics("Evaluation", {"in use": metrics_in_use(workspace, target), "retrained": read_metrics(content)})
    if not yes and not typer.confirm(f"Update {target.name} with the retrained model?"):
        say(f"Nothing changed. To update later: perennial endpoint update ... --job '{training_service}/{job.id}'")
        return
    milliseconds = swap(workspace, target, job.status().results, models[0].relative_location)
    say(f"{target.name} now serves the new model; the swap took {milliseconds:.0f} ms.")


def swap(workspace: Workspace, target: Endpoint, results: dict[str, BlobLink], location: str) -> float:
    """Replace an endpoint's only trained model with a job's result; returns the milliseconds it took."""
    link = next(link for link in results.values() if link.relative_location == location)
    started = time.perf_counter()
    workspace.update_endpoint(target, {"": link})
    return (time.perf_counter() - started) * 1000


def metrics_in_use(workspace: Workspace, endpoint: Endpoint) -> dict[str, float]:
    """Return the metrics of the first trained model an endpoint uses."""
    model = endpoint.resources[0]
    versions = workspace.list_models(model.name)
    return next((dict(item["Metrics"]) for item in versions if item["Model"] == model.model), {})


def read_metrics(content: bytes) -> dict[str, float]:
    """Return the first row of an evaluation file by column name."""
    row = next(csv.DictReader(io.StringIO(content.decode())))
    return {name: float(value) for name, value in row.items() if value}


def _read_rows(text: str) -> list[dict[str, object]]:
    try:
        if text.lstrip().startswith(("{", "[")):
            value = json.loads(text)
            return value if isinstance(value, list) else [value]
        with Path(text).open(newline="", encoding="utf-8") as file:
            return [dict(row) for row in csv.DictReader(file)]
    except (OSError, ValueError) as error:
        raise PerennialError(0, "RowsUnreadable", f"Expected JSON rows or a CSV file: {error}.") from error


def _show_results(status: JobStatus) -> None:
    if status.results:
        rows = [[name, link.relative_location] for name, link in status.results.items()]
        show_table("", ["Output", "Location"], rows)
