"""`perennial dataset`."""

import csv
import io
from pathlib import Path
from typing import Annotated, Any

import typer

from perennial.cli_app import CommandLine
from perennial.cli_context import connect, write_file
from perennial.errors import PerennialError
from perennial.resources import Dataset
from perennial.screen import report, show_json, show_records, show_rows
from perennial.transport import download

app = CommandLine(help="Upload, list, look at, download and delete the files that experiments read.")

Name = Annotated[str, typer.Argument(help="Name of the dataset.")]
# A preview reads the beginning of a file only, however large it is.
PREVIEW_BYTES = 1 << 20


@app.command("upload")
def upload(
    context: typer.Context,
    file: Annotated[Path, typer.Argument(exists=True, dir_okay=False, help="CSV, TSV or ARFF file.")],
    name: Annotated[str | None, typer.Option(help="Name of the dataset; the file's name by default.")] = None,
) -> None:
    """Upload a file as a dataset; replaces one of the same name."""
    link = connect(context).upload(file, name)
    stored = link.relative_location.rpartition("/")[2]
    report({"FileName": stored, "Size": file.stat().st_size}, f"Uploaded as {stored}.")


@app.command("list")
def list_datasets(context: typer.Context) -> None:
    """List the workspace's datasets."""
    found = [_record(item) for item in connect(context).list_datasets()]
    show_records(found, {"File": "FileName", "Type": "DataTypeId", "Bytes": "Size", "Created": "CreationTime"})


@app.command("show")
def show(context: typer.Context, name: Name) -> None:
    """Show a dataset: its type, size, date and columns."""
    found = connect(context).get_dataset(name)
    columns, _ = _read_table(found, download(found.location, PREVIEW_BYTES))
    show_json(_record(found) | {"Columns": columns})


@app.command("preview")
def preview(
    context: typer.Context,
    name: Name,
    rows: Annotated[int, typer.Option(min=1, max=1000, help="How many rows to show.")] = 10,
    wide: Annotated[bool, typer.Option("--wide", help="Show all columns, however wide the table gets.")] = False,
) -> None:
    """Show the first rows of a dataset. Reads its beginning only."""
    found = connect(context).get_dataset(name)
    columns, table = _read_table(found, download(found.location, PREVIEW_BYTES))
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


def _read_table(dataset: Dataset, content: bytes) -> tuple[list[str], list[list[str]]]:
    """Return the names of the columns and the whole rows in the beginning of a file; PerennialError if it has none."""
    text = content.decode("utf-8-sig", errors="replace")
    if len(content) == PREVIEW_BYTES:
        # The last line is cut off.
        text = text.rpartition("\n")[0]
    if dataset.data_type == "ARFF":
        return _read_arff(text)
    try:
        rows = list(
            csv.reader(io.StringIO(text), delimiter="\t" if dataset.data_type.startswith("GenericTSV") else ",")
        )
    except csv.Error as error:
        raise PerennialError(0, "FileUnreadable", f"{dataset.file_name} cannot be read: {error}.") from error
    rows = [row for row in rows if row]
    if dataset.data_type.endswith("NoHeader"):
        return [f"Col{number}" for number in range(1, max(map(len, rows), default=0) + 1)], rows
    return (rows[0], rows[1:]) if rows else ([], [])


def _read_arff(text: str) -> tuple[list[str], list[list[str]]]:
    head, _, body = text.partition("@data") if "@data" in text else text.partition("@DATA")
    names = [
        next(csv.reader([line.split(None, 1)[1]], delimiter=" ", quotechar="'"))[0]
        for line in head.splitlines()
        if line.lower().startswith("@attribute ")
    ]
    lines = [line for line in body.splitlines() if line.strip() and not line.startswith("%")]
    return names, list(csv.reader(lines, quotechar="'", skipinitialspace=True))
