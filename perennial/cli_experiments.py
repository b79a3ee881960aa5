"""`perennial dataset` and `perennial experiment`."""

from pathlib import Path
from typing import Annotated, Any

import typer

from perennial.cli_context import connect, read_json_file
from perennial.screen import progress_bar, say, show_metrics, show_table

app = typer.Typer(no_args_is_help=True, help="Save, run and publish experiments.")
dataset_app = typer.Typer(no_args_is_help=True, help="Upload, list and delete the files that experiments read.")

Name = Annotated[str, typer.Argument(help="Name of the experiment.")]


@dataset_app.command("upload")
def upload(
    context: typer.Context,
    file: Annotated[Path, typer.Argument(exists=True, dir_okay=False, help="CSV, TSV or ARFF file.")],
    name: Annotated[str | None, typer.Option(help="Name of the dataset; the file's name by default.")] = None,
) -> None:
    """Upload a file as a dataset; replaces one of the same name."""
    link = connect(context).upload(file, name)
    say(f"Uploaded as {link.relative_location.rpartition('/')[2]}.")


@dataset_app.command("list")
def list_datasets(context: typer.Context) -> None:
    """List the workspace's datasets."""
    found = connect(context).list_datasets()
    show_table("", ["File", "Type", "Bytes"], [[item.file_name, item.data_type, item.size] for item in found])


@dataset_app.command("delete")
def delete_dataset(context: typer.Context, name: Annotated[str, typer.Argument(help="Name of the dataset.")]) -> None:
    """Delete a dataset."""
    connect(context).delete_dataset(name)
    say(f"{name} deleted.")


@app.command("list")
def list_experiments(context: typer.Context) -> None:
    """List the workspace's experiments."""
    found = connect(context).list_experiments()
    show_table(
        "",
        ["Name", "Version", "Updated"],
        [[item["Name"], item["Version"], item["UpdatedAt"]] for item in found],
    )


@app.command("put")
def put(
    context: typer.Context,
    name: Name,
    file: Annotated[Path, typer.Argument(exists=True, dir_okay=False, help="Experiment document (JSON).")],
) -> None:
    """Validate an experiment document and save it as a new version."""
    saved = connect(context).save_experiment(name, read_json_file(file))
    say(f"{name}: saved as version {saved['Version']}.")
    for warning in saved.get("Warnings", ()):
        say(f"Note: {warning['message']}")


@app.command("run")
def run(context: typer.Context, name: Name) -> None:
    """Run an experiment and show each module's time and the metrics."""
    with progress_bar(name) as bar:
        status = connect(context).run_experiment(name, bar.follow)
    rows = [
        [item["Title"], item["Module"], item["StatusCode"], f"{item['Seconds']:.2f}", _row_counts(item), _reuse(item)]
        for item in status.modules
    ]
    show_table("", ["Title", "Module", "State", "Seconds", "Rows", "Result"], rows)
    if status.metrics:
        show_metrics("Evaluation", status.metrics)
    for title, model in status.models.items():
        say(f"{title}: runtime {model['Runtime']} {model['RuntimeReason']}")


@app.command("publish")
def publish(
    context: typer.Context,
    name: Name,
    kind: Annotated[str, typer.Option(help="Kind of web service: training or predictive.")] = "predictive",
    update: Annotated[
        bool, typer.Option("--update", help="Update the existing web service's default endpoint.")
    ] = False,
) -> None:
    """Publish an experiment as a web service; it must have run first."""
    service = connect(context).publish(name, kind, update_existing=update)
    say(f"{service.name}: web service {service.id}.")


@app.command("delete")
def delete(context: typer.Context, name: Name) -> None:
    """Delete an experiment; the web services published from it stay."""
    connect(context).delete_experiment(name)
    say(f"{name} deleted.")


def _row_counts(module: dict[str, Any]) -> str:
    """Return `rows in → rows out`, with a count for each port."""
    sides = [", ".join(map(str, module[side].values())) for side in ("RowsIn", "RowsOut")]
    return " → ".join(side or "-" for side in sides) if any(sides) else ""


def _reuse(module: dict[str, Any]) -> str:
    """Say whether the module's result was reused or computed again, and why."""
    return f"reused: {module['Reason']}" if module["Reused"] else f"computed: {module['Reason'] or '-'}"
