"""Frames and rows as files to upload, with what CSV does not say; the first table among a job's results."""

import csv
import tempfile
import uuid
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from perennial.any_frame import RECORDS, cells_of, is_frame, known_frame, library_of, names_of
from perennial.errors import PerennialError
from perennial.json_values import read_records
from perennial.resources import BlobLink


@contextmanager
def frame_file(
    frame: Any, name: str | None, options: Mapping[str, Any] | None
) -> Iterator[tuple[Path, dict[str, Any]]]:
    """Write a frame into a file of a temporary folder, for a `with` block; yields it and how to read it.

    Raises
    ------
    PerennialError
        If there is no name, or it is not that of a CSV file.
    """
    if not name or not name.lower().endswith(".csv") or Path(name).name != name:
        raise PerennialError(0, "NameUnsuitable", f"A frame needs a name that ends in .csv, got {name!r}.")
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / name
        write_csv(frame, path)
        texts = dict.fromkeys(texts_like_numbers(frame), "text")
        how = {"Types": texts} if texts else {}
        yield path, how | dict(options or {})


@contextmanager
def batch_file(data: Any) -> Iterator[Path | None]:
    """Write what is to be scored into a file of a name of its own, for a `with` block; None for a link."""
    if isinstance(data, (BlobLink, Mapping)):
        yield None
        return
    with tempfile.TemporaryDirectory() as folder:
        suffix = "".join(data.suffixes[-2:]) if isinstance(data, Path) else ".csv"
        path = Path(folder) / f"batch-{uuid.uuid4().hex[:12]}{suffix}"
        if isinstance(data, Path):
            path.symlink_to(data.absolute())
        elif is_frame(data):
            write_csv(data, path)
        else:
            write_rows(read_records(data), path)
        yield path


def sent_library(data: Any) -> str | None:
    """Return the library to answer in kind: that of a frame, `records` for rows, None for a file or link."""
    if isinstance(data, (Path, BlobLink, Mapping)):
        return None
    return library_of(known_frame(data)) if is_frame(data) else RECORDS


def first_table(results: Mapping[str, BlobLink]) -> tuple[str, BlobLink]:
    """Return the name and link of the first result that is a table; PerennialError if there is none."""
    for name, link in results.items():
        if link.relative_location.endswith(".csv"):
            return name, link
    raise PerennialError(0, "NoDataset", f"The job has no output that is a CSV table, only {', '.join(results)}.")


def write_csv(frame: Any, path: Path) -> None:
    """Write a frame as CSV; numbers are written so that the same number is read."""
    given = known_frame(frame)
    names = names_of(given)
    with path.open("w", newline="", encoding="utf-8") as file:
        writer = csv.writer(file, lineterminator="\n")
        writer.writerow(names)
        writer.writerows(zip(*cells_of(given, names), strict=True))


def write_rows(rows: Sequence[Mapping[str, Any]], path: Path) -> None:
    """Write rows as CSV, with a column for each name."""
    names = list(dict.fromkeys(name for row in rows for name in row))
    with path.open("w", newline="", encoding="utf-8") as file:
        writer = csv.writer(file, lineterminator="\n")
        writer.writerow(names)
        writer.writerows([row.get(name) for name in names] for row in rows)


def texts_like_numbers(frame: Any) -> list[str]:
    """Return the text columns of a frame of which every cell would be read as a number or a Boolean."""
    given = known_frame(frame)
    names = names_of(given)
    return [name for name, cells in zip(names, cells_of(given, names), strict=True) if _looks_otherwise(cells)]


def _looks_otherwise(cells: Sequence[Any]) -> bool:
    known = [cell for cell in cells if cell is not None]
    return bool(known) and all(isinstance(cell, str) and _is_read_otherwise(cell.strip().lower()) for cell in known)


def _is_read_otherwise(text: str) -> bool:
    try:
        float(text)
    except ValueError:
        return text in ("true", "false")
    return True
