"""`perennial experiment`."""

import json
from pathlib import Path
from typing import Annotated

import typer

from perennial import experiment_draft
from perennial.cli_app import CommandLine
from perennial.cli_context import Parameters, connect, read_json_file, read_parameters, write_file
from perennial.cli_runs import Limit, show_run, show_run_list
from perennial.screen import progress_bar, report, short_time, show_json, show_records

app = CommandLine(help="Write, save, run and publish experiments.")

Name = Annotated[str, typer.Argument(help="Name of the experiment.")]


@app.command("new")
def new(
    context: typer.Context,
    name: Name,
    data: Annotated[Path, typer.Option(exists=True, dir_okay=False, help="CSV or TSV file to train on.")],
    label: Annotated[str, typer.Option(help="Column to predict.")],
    learner: Annotated[
        str | None, typer.Option(help="Learner module; chosen by the kind of the label by default.")
    ] = None,
    output: Annotated[Path | None, typer.Option(help="File to write; NAME.json by default.")] = None,
    force: Annotated[bool, typer.Option("--force", help="Replace the file if it exists.")] = False,
) -> None:
    """Write an experiment document to start from: import, split, train, score, evaluate.

    Needs no connection. The document is sound as it is: it can be saved, run, and published both ways.
    """
    draft = experiment_draft.draft_experiment(data, label, learner)
    path = output or Path(f"{name}.json")
    write_file(path, (json.dumps(draft.document, indent=2, ensure_ascii=False) + "\n").encode(), replace=force)
    shown = {"File": str(path), "Learner": draft.learner, "Label": label, "Why": draft.why, "Notes": draft.notes}
    steps = [
        f"perennial dataset upload {_quoted(str(data))}",
        f"perennial experiment put {_quoted(name)} {_quoted(str(path))}",
        f"perennial experiment run {_quoted(name)}",
    ]
    lines = [f"{path}: {draft.learner}, because {draft.why}.", *draft.notes, "Next:", *(f"  {step}" for step in steps)]
    report(shown, "\n".join(lines))


@app.command("list")
def list_experiments(context: typer.Context) -> None:
    """List the workspace's experiments."""
    found = connect(context).list_experiments()
    show_records(found, {"Name": "Name", "Version": "Version", "Updated": lambda item: short_time(item["UpdatedAt"])})


@app.command("show")
def show(
    context: typer.Context,
    name: Name,
    document: Annotated[bool, typer.Option("--document", help="Show the document alone, as 'put' takes it.")] = False,
) -> None:
    """Show an experiment with its document. Secrets are shown as ***."""
    found = connect(context).get_experiment(name)
    show_json(found["Document"] if document else found)


@app.command("put")
def put(
    context: typer.Context,
    name: Name,
    file: Annotated[Path, typer.Argument(exists=True, dir_okay=False, help="Experiment document (JSON).")],
) -> None:
    """Validate an experiment document and save it as a new version."""
    saved = connect(context).save_experiment(name, read_json_file(file))
    notes = [f"Note: {warning['message']}" for warning in saved.get("Warnings", ())]
    report(saved, "\n".join([f"{name}: saved as version {saved['Version']}.", *notes]))


@app.command("run")
def run(
    context: typer.Context,
    name: Name,
    wait: Annotated[bool, typer.Option(help="Wait for the run to end and show it.")] = True,
    parameter: Parameters = None,
) -> None:
    """Run an experiment and show each module's time and the metrics."""
    parameters = read_parameters(parameter)
    workspace = connect(context)
    if not wait:
        run_id = workspace.start_run(name, parameters)
        report({"RunId": run_id}, f"Run {run_id} started.")
        return
    with progress_bar(name) as bar:
        status = workspace.run_experiment(name, bar.follow, parameters)
    show_run(status)


@app.command("runs")
def runs(context: typer.Context, name: Name, limit: Limit = 20) -> None:
    """List an experiment's runs, latest first."""
    show_run_list(connect(context).list_runs(name, limit))


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
    report(service.raw, f"{service.name}: web service {service.id}.")


@app.command("rename")
def rename(
    context: typer.Context, name: Name, new_name: Annotated[str, typer.Argument(help="The experiment's new name.")]
) -> None:
    """Give an experiment another name; its versions, runs and web services stay its own."""
    connect(context).rename_experiment(name, new_name)
    report({"Name": new_name, "FormerName": name}, f"{name} is now called {new_name}.")


@app.command("copy")
def copy(
    context: typer.Context, name: Name, new_name: Annotated[str, typer.Argument(help="Name of the copy.")]
) -> None:
    """Copy an experiment with its secrets, which 'show' and 'put' cannot; runs stay with the original."""
    connect(context).copy_experiment(name, new_name)
    report({"Name": new_name, "CopyOf": name}, f"{new_name} is a copy of {name}.")


@app.command("delete")
def delete(context: typer.Context, name: Name) -> None:
    """Delete an experiment; the web services published from it stay."""
    connect(context).delete_experiment(name)
    report({"Name": name, "Deleted": True}, f"{name} deleted.")


def _quoted(text: str) -> str:
    return text if text.replace(".", "").replace("-", "").replace("_", "").replace("/", "").isalnum() else f"'{text}'"
