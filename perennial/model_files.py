"""An `.onnx` file and a CSV of rows as the request that imports it, without pandas."""

import base64
import tempfile
from collections.abc import Iterator
from itertools import islice
from pathlib import Path
from typing import TYPE_CHECKING, Any

from perennial.errors import PerennialError
from perennial.model_exports import read_model
from perennial.table_files import read_table

if TYPE_CHECKING:
    from perennial.client import Workspace

SAMPLE_ROWS = 200
# A request has 32 MiB at most, and base64 takes a third more.
MAX_CONTENT_BYTES = 16 << 20


def import_onnx(
    workspace: "Workspace", file: Path, name: str, sample: Path | None, label: str, labels: str, outputs: str
) -> dict[str, Any]:
    """Import a graph as the next version of a name; PerennialError says what is missing.

    Parameters
    ----------
    sample
        A CSV or TSV file with rows that the graph can score; a column of the label's name is left out.
    labels
        The labels in the order of the graph's outputs, with commas between them.
    """
    if sample is None:
        raise PerennialError(
            0, "InvalidUsage", f"{file} is a graph: add --sample with a CSV of rows that it can score."
        )
    names, rows = read_table(sample, lambda lines: _read_rows(lines, label))
    if not rows:
        raise PerennialError(0, "InvalidData", f"{sample} has no rows.")
    body = {
        "Sample": {"ColumnNames": names, "ColumnTypes": ["Double"] * len(names), "Values": rows},
        "Label": label,
        "Labels": [_label(text.strip()) for text in labels.split(",")] if labels else None,
        "Outputs": outputs,
    }
    return send_model(workspace, name, read_model(file), {key: value for key, value in body.items() if value})


def send_model(workspace: "Workspace", name: str, content: bytes, body: dict[str, Any]) -> dict[str, Any]:
    """Send a model's file with what is said of it: in the request, or as a dataset, deleted again, if it is large."""
    if len(content) <= MAX_CONTENT_BYTES:
        return workspace.import_foreign_model(name, body | {"Content": base64.b64encode(content).decode()})
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / f"{name}{'.skops' if content.startswith(b'PK') else '.onnx'}"
        path.write_bytes(content)
        link = workspace.upload(path)
    try:
        return workspace.import_foreign_model(name, body | {"Location": link.to_json()})
    finally:
        workspace.delete_dataset(path.name)


def _read_rows(lines: Iterator[list[str]], label: str) -> tuple[list[str], list[list[str]]]:
    header = next(lines, [])
    kept = [place for place, column in enumerate(header) if column != label]
    rows = [[line[place] for place in kept] for line in islice(lines, SAMPLE_ROWS) if len(line) == len(header)]
    return [header[place] for place in kept], rows


def _label(text: str) -> int | str:
    return int(text) if text.lstrip("-").isdigit() and str(int(text)) == text else text
