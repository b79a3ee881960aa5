"""What `--json` and `--csv` print instead of text: one document or table on standard output, with ids whole."""

import csv
import io
import json
from collections.abc import Mapping, Sequence
from contextvars import ContextVar
from enum import Enum
from typing import Any

from rich.console import Console

console = Console()
errors = Console(stderr=True)
Record = Mapping[str, Any]


class Output(Enum):
    """The form in which a command prints its result."""

    TEXT = "text"
    JSON = "json"
    CSV = "csv"


# Set by each command, for as long as it runs; outside of commands, such as in the demo, people read the output.
chosen: ContextVar[Output] = ContextVar("output", default=Output.TEXT)


def is_text() -> bool:
    """Return whether people, not programs, read the output."""
    return chosen.get() is Output.TEXT


def write_result(value: Any) -> None:
    """Print a command's result in the form chosen: as JSON, or records as CSV."""
    if chosen.get() is Output.CSV:
        write_csv(value if isinstance(value, list) else [value])
    else:
        write_json(value)


def write_json(value: Any) -> None:
    """Print a value as JSON, in colours on a terminal."""
    if console.is_terminal:
        console.print_json(json.dumps(value), ensure_ascii=False)
    else:
        console.file.write(json.dumps(value, indent=2, ensure_ascii=False) + "\n")


def write_csv(records: Sequence[Record]) -> None:
    """Print records as CSV with a header; missing values are empty, lists and objects are JSON."""
    columns = list(dict.fromkeys(name for record in records for name in record))
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    if columns:
        writer.writerow(columns)
    writer.writerows([_cell(record.get(name)) for name in columns] for record in records)
    console.file.write(text.getvalue())


def _cell(value: Any) -> Any:
    return json.dumps(value, ensure_ascii=False) if isinstance(value, (list, tuple, dict)) else value
