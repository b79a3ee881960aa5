"""`perennial model`."""

from pathlib import Path
from typing import Annotated

import typer

from perennial.cli_app import CommandLine
from perennial.cli_context import connect, write_file
from perennial.model_exports import read_model
from perennial.model_files import import_onnx
from perennial.resources import BlobLink
from perennial.screen import Columns, report, short_time, show_json, show_records
from perennial.transport import download

app = CommandLine(help="List, show, download and import trained models.")

Name = Annotated[str, typer.Argument(help="Name of the trained model.")]
Version = Annotated[int | None, typer.Option("--version", min=1, help="Version; the latest by default.")]


@app.command("list")
def list_models(
    context: typer.Context,
    name: Annotated[str | None, typer.Argument(help="List all versions of this model only.")] = None,
) -> None:
    """List the latest version of each trained model, or all versions of one."""
    workspace = connect(context)
    if name:
        workspace.get_model(name)
        found = workspace.list_models(name)
    else:
        found = workspace.list_latest_models()
    columns: Columns = {
        "Name": "Name",
        "Version": "Version",
        "Created": lambda item: short_time(item["CreationTime"]),
        "Metrics": lambda item: ", ".join(f"{name} {value:.4g}" for name, value in list(item["Metrics"].items())[:2]),
        "Used by": lambda item: ", ".join(sorted({used["Endpoint"] for used in item.get("UsedBy", ())})) or None,
    }
    show_records([_without_link(item) for item in found], columns)


@app.command("show")
def show(context: typer.Context, name: Name, version: Version = None) -> None:
    """Show a trained model: its hash, metrics, and where it comes from."""
    show_json(_without_link(connect(context).get_model(name, version)))


@app.command("download")
def download_model(
    context: typer.Context,
    name: Name,
    version: Version = None,
    output: Annotated[Path | None, typer.Option(help="File to save to; NAME vN.ilearner by default.")] = None,
    force: Annotated[bool, typer.Option("--force", help="Replace the file if it exists.")] = False,
) -> None:
    """Save a trained model to a local file (.ilearner)."""
    found = connect(context).get_model(name, version)
    path = output or Path(f"{name} v{found['Version']}.ilearner".replace("/", "-").replace("\\", "-"))
    content = download(BlobLink.from_json(found["Location"]))
    write_file(path, content, replace=force)
    report(_without_link(found) | {"File": str(path), "Size": len(content)}, f"Saved to {path}.")


@app.command("import")
def import_model(
    context: typer.Context,
    file: Annotated[
        Path, typer.Argument(exists=True, dir_okay=False, help="A trained model (.ilearner) or a graph (.onnx).")
    ],
    name: Annotated[str | None, typer.Option(help="Name of the model; the file's name by default.")] = None,
    sample: Annotated[Path | None, typer.Option(help="For .onnx: CSV with rows that it can score.")] = None,
    label: Annotated[
        str, typer.Option(help="For .onnx: the name of what it predicts; a column of it is left out.")
    ] = "",
    labels: Annotated[str, typer.Option(help="For .onnx: the labels, in the order of its outputs: no,yes.")] = "",
    outputs: Annotated[str, typer.Option(help="For .onnx: probabilities, logits or value, where it asks.")] = "",
    publish: Annotated[bool, typer.Option("--publish", help="Publish it as a web service, or update that.")] = False,
) -> None:
    """Import a trained model from a file. The app proves it first, and makes it the next version of its name.

    A graph that was trained elsewhere (.onnx) needs a sample of its rows.
    """
    workspace, title = connect(context), name or file.stem
    if file.suffix.lower() == ".onnx":
        found = import_onnx(workspace, file, title, sample, label, labels, outputs)
    else:
        found = workspace.import_model(title, read_model(file))
    if publish:
        service = workspace.publish_named_model(title, found["Version"], update_existing=True)
        found["WebService"] = service.id
    more = "".join(f", {found[key]}" for key in ("Task", "Precision") if found.get(key))
    report(_without_link(found), f"{found['Name']}: version {found['Version']}, model {found['Model'][:8]}{more}.")


def _without_link(item: dict[str, object]) -> dict[str, object]:
    return {key: value for key, value in item.items() if key != "Location"}
