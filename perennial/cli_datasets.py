"""`perennial dataset`."""

import json
from pathlib import Path
from typing import Annotated, Any

import typer

from perennial.cli_app import CommandLine
from perennial.cli_context import connect, write_file
from perennial.dataset_rows import check_text_table, read_cells
from perennial.errors import USAGE, PerennialError
from perennial.resources import Dataset
from perennial.screen import Columns, report, short_time, show_json, show_records, show_rows
from perennial.transport import download

app = CommandLine(help="Upload, list, look at, download and delete the files that experiments read.")

Name = Annotated[str, typer.Argument(help="Name of the dataset.")]
# A preview reads the beginning of a file only, however large it is.
PREVIEW_BYTES = 1 << 20
FILES = "CSV, TSV, ARFF, Parquet, JSON lines or NumPy file, perhaps packed (.gz, .zip)."


@app.command("upload")
def upload(
    context: typer.Context,
    file: Annotated[Path, typer.Argument(exists=True, dir_okay=False, help=FILES)],
    name: Annotated[str | None, typer.Option(help="Name of the dataset; the file's name by default.")] = None,
    options: Annotated[
        str | None, typer.Option(help='How to read the file, as JSON such as {"Separator": "semicolon"}; else guessed.')
    ] = None,
) -> None:
    """Upload a file as a dataset; replaces one of the same name."""
    link = connect(context).upload(file, name, _read_options(options))
    stored = link.relative_location.rpartition("/")[2]
    report({"FileName": stored, "Size": file.stat().st_size}, f"Uploaded as {stored}.")


@app.command("list")
def list_datasets(context: typer.Context) -> None:
    """List the workspace's datasets."""
    found = [_record(item) for item in connect(context).list_datasets()]
    columns: Columns = {
        "File": "FileName",
        "Type": "DataTypeId",
        "Bytes": "Size",
        "Created": lambda item: short_time(item["CreationTime"]),
    }
    show_records(found, columns)


@app.command("show")
def show(
    context: typer.Context,
    name: Name,
    label: Annotated[
        str | None, typer.Option(help="Column to predict: columns that give it away are named in the warnings.")
    ] = None,
) -> None:
    """Show a dataset and how it is read: encoding, separator, the type and format of each column, warnings."""
    workspace = connect(context)
    found = workspace.get_dataset(name)
    show_json(_record(found) | workspace.get_profile(found.file_name, label))


@app.command("preview")
def preview(
    context: typer.Context,
    name: Name,
    rows: Annotated[int, typer.Option(min=1, max=1000, help="How many rows to show.")] = 10,
    wide: Annotated[bool, typer.Option("--wide", help="Show all columns, however wide the table gets.")] = False,
) -> None:
    """Show the first rows of a text file as they are written in it. Reads its beginning only."""
    workspace = connect(context)
    found = workspace.get_dataset(name)
    profile = workspace.get_profile(found.file_name)
    columns = [str(column["Name"]) for column in profile["Columns"]]
    check_text_table(found.file_name)
    content = download(found.location, PREVIEW_BYTES)
    table = read_cells(found.file_name, profile, content, cut=len(content) == PREVIEW_BYTES)
    records = [dict(zip(columns, [*row, *[""] * len(columns)], strict=False)) for row in table[:rows]]
    show_rows(records, columns, wide=wide)


@app.command("download")
def download_dataset(
    context: typer.Context,
    name: Name,
    output: Annotated[Path | None, typer.Option(help="File to save to; the dataset's name by default.")] = None,
    force: Annotated[bool, typer.Option("--force", help="Replace the file if it exists.")] = False,
) -> None:
    """Save a dataset to a local file."""
    found = connect(context).get_dataset(name)
    path = output or Path(Path(found.file_name).name)
    content = download(found.location)
    write_file(path, content, replace=force)
    report({"FileName": found.file_name, "File": str(path), "Size": len(content)}, f"Saved to {path}.")


@app.command("delete")
def delete_dataset(context: typer.Context, name: Name) -> None:
    """Delete a dataset."""
    connect(context).delete_dataset(name)
    report({"FileName": name, "Deleted": True}, f"{name} deleted.")


def _read_options(text: str | None) -> dict[str, Any] | None:
    try:
        found = json.loads(text) if text else None
    except ValueError as error:
        raise PerennialError(0, USAGE, f"--options must be JSON: {error}.") from error
    if found is not None and not isinstance(found, dict):
        raise PerennialError(0, USAGE, f"--options must be a JSON object, got {text}.")
    return found


def _record(item: Dataset) -> dict[str, Any]:
    return {
        "Name": item.name,
        "FileName": item.file_name,
        "DataTypeId": item.data_type,
        "Size": item.size,
        "CreationTime": item.created_at or None,
        "Description": item.description,
        "FamilyId": item.family_id,
    }
