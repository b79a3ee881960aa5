"""Scores rows, frames and files: rows and frames in requests, files and large frames in batch jobs."""

import csv
import io
from collections.abc import Mapping, Sequence
from typing import Any

from perennial.any_frame import cells_of, join_frames, known_frame, library_of, like, make_frame, names_of, slice_of
from perennial.errors import PerennialError
from perennial.transport import Transport

# Of rows that are explained, a request may have fewer.
ROWS_AT_ONCE, EXPLAINED_AT_ONCE = 5_000, 500
API_VERSION: dict[str, Any] = {"api-version": "2.0"}
KINDS = {"boolean": "Boolean", "integer": "Int64", "number": "Double", "date-time": "DateTime"}


def score_frame(
    http: Transport,
    frame: Any,
    input_name: str,
    parameters: Mapping[str, Any],
    features: Sequence[str] | None = None,
    *,
    explain: bool = False,
) -> Any:
    """Score the rows of a frame and return the scores as a frame of the same library, with the types of the service.

    Parameters
    ----------
    http
        A transport to the endpoint.
    features
        The columns to send; all by default.
    explain
        Whether the columns of explanations are added.

    Raises
    ------
    PerennialError
        If columns are missing, or a cell cannot be read.
    """
    given = known_frame(frame)
    names = list(features or names_of(given))
    check_columns(given, names)
    parts = []
    at_once, query = EXPLAINED_AT_ONCE if explain else ROWS_AT_ONCE, explained(explain) | {"details": "true"}
    for start in range(0, max(1, len(given)), at_once):
        part = slice_of(given, start, at_once)
        body = {"Inputs": {input_name: wire_table(part, names)}, "GlobalParameters": dict(parameters)}
        response = http.send("POST", "execute", body, repeatable=True, **query, **API_VERSION)
        value = next(iter(response["Results"].values()))["value"]
        columns = list(zip(*value["Values"], strict=True)) or [()] * len(value["ColumnNames"])
        made = make_frame(library_of(given), value["ColumnNames"], value["ColumnTypes"], columns)
        parts.append(like(part, made))
    return join_frames(parts)


def explained(explain: bool) -> dict[str, Any]:
    """Return the query parameter that asks for explanations; nothing without them, as older apps know none."""
    return {"explain": "true"} if explain else {}


def job_explained(explain: bool) -> dict[str, Any]:
    """Return what the body of a job has for whether scores are explained."""
    return {"Explain": True} if explain else {}


def wire_table(frame: Any, names: Sequence[str]) -> dict[str, Any]:
    """Return columns of a frame of a known library as a table of a request."""
    columns = cells_of(frame, names)
    return {"ColumnNames": list(names), "Values": [list(row) for row in zip(*columns, strict=True)]}


def check_columns(frame: Any, names: Sequence[str]) -> None:
    """Raise PerennialError if a frame of a known library lacks columns."""
    known = names_of(frame)
    lacking = [name for name in names if name not in known]
    if lacking:
        text = (
            f"X lacks the column{'s' if len(lacking) > 1 else ''} {', '.join(map(repr, lacking[:20]))}, which the "
            f"service was trained on. It has: {', '.join(map(repr, known[:20]))}."
        )
        raise PerennialError(0, "InvalidData", text)


def output_kinds(http: Transport, output: str) -> dict[str, str]:
    """Return the type of each column of an output that the endpoint describes, by its .NET name."""
    definitions = http.send("GET", "swagger.json")["definitions"]
    columns = definitions.get(f"{output}Item", {}).get("properties", {})
    return {
        name: KINDS.get(item.get("format"), KINDS.get(item.get("type"), "String")) for name, item in columns.items()
    }


def read_scores(content: bytes, kinds: Mapping[str, str], library: str) -> Any:
    """Return a CSV file that a batch job wrote as a frame of a library."""
    names, *rows = csv.reader(io.StringIO(content.decode("utf-8-sig"), newline="")) if content else [[]]
    columns = [[cell or None for cell in column] for column in zip(*rows, strict=True)] or [[] for _ in names]
    return make_frame(library, names, [kinds.get(name) or _added_kind(name) for name in names], columns)


def _added_kind(name: str) -> str:
    """Return the type of a column that the endpoint does not describe: those of explanations are numbers but one."""
    return "Double" if name.startswith("Contribution: ") and name != "Contribution: (to)" else "String"
