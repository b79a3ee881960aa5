"""Back up what a deployment stores, and restore it to an empty account: `python -m tools.backup save FOLDER`.

The app's settings name the account. The folder holds tables/{table}.jsonl, one row a line; blobs/{container}.jsonl,
name, metadata and content type of one blob a line; the blobs' content in blobs/{container}/{line}; and a fingerprint
of the master secret, without which a copy opens nothing. docs/how-to/back-up.md shows how to use it.
"""

import argparse
import hashlib
import json
import sys
from collections.abc import Iterator
from itertools import groupby
from pathlib import Path
from typing import Any

from azure.storage.blob import ContentSettings

from studio.errors import StudioError
from studio.settings import read_settings
from studio.storage.account import CONTAINERS, TABLES, Storage
from studio.storage.rows import insert_rows

# Uploads are acted on when they arrive: restored, they would all be trained and scored again.
INBOXES = ("training-data", "scoring-input", "trained-models", "feedback", "dataset-uploads")
KEPT = tuple(name for name in CONTAINERS if name not in INBOXES)
# Tells that the account's tables and containers exist; each account has its own.
MARKER = "created/"


def main() -> None:
    """Save or restore, as the arguments say; end with 1 and the reason if that cannot be."""
    parser = argparse.ArgumentParser(prog="tools.backup", description=__doc__)
    parser.add_argument("action", choices=("save", "restore"))
    parser.add_argument("folder", type=Path)
    arguments = parser.parse_args()
    try:
        settings = read_settings()
        fingerprint = hashlib.sha256(settings.master_secret.encode()).hexdigest()
        action = save if arguments.action == "save" else restore
        rows, blobs = action(Storage(settings), arguments.folder, fingerprint)
    except (StudioError, OSError, ValueError) as error:
        sys.exit(str(error))
    print(f"{arguments.action.title()}d {rows} rows and {blobs} blobs.")


def save(storage: Storage, folder: Path, fingerprint: str) -> tuple[int, int]:
    """Copy the account to a new folder; return how many rows and blobs there are.

    Tables come first: a blob that a row refers to is there before its row and stays, so the copy has it, too.
    """
    (folder / "tables").mkdir(parents=True)
    (folder / "blobs").mkdir()
    rows = sum(_write(folder / "tables" / f"{name}.jsonl", _rows(storage, name)) for name in TABLES)
    blobs = sum(_write(folder / "blobs" / f"{name}.jsonl", _download(storage, name, folder)) for name in KEPT)
    (folder / "secret.sha256").write_text(fingerprint)
    return rows, blobs


def restore(storage: Storage, folder: Path, fingerprint: str) -> tuple[int, int]:
    """Copy a saved folder to an account without workspaces; return how many rows and blobs there are."""
    if (folder / "secret.sha256").read_text() != fingerprint:
        raise ValueError("PERENNIAL_MASTER_SECRET is not the secret that this copy was saved with.")
    storage.ensure_created()
    if next(iter(storage.table("workspaces").list_entities()), None) is not None:
        raise ValueError("The storage account has workspaces already. Restore to an empty account.")
    blobs = sum(_upload(storage, name, folder) for name in KEPT)
    rows = 0
    for name in TABLES:
        for _, found in groupby(_read(folder / "tables" / f"{name}.jsonl"), lambda row: row["PartitionKey"]):
            partition = list(found)
            insert_rows(storage.table(name), partition)
            rows += len(partition)
    return rows, blobs


def _rows(storage: Storage, table: str) -> Iterator[dict[str, Any]]:
    for row in storage.table(table).list_entities():
        for name, value in row.items():
            if type(value) not in (str, int, float, bool):
                raise ValueError(f"Column {name} of table {table} has the type {type(value).__name__}.")
        yield dict(row)


def _download(storage: Storage, name: str, folder: Path) -> Iterator[dict[str, Any]]:
    contents = folder / "blobs" / name
    contents.mkdir()
    container = storage.container(name)
    blobs = (blob for blob in container.list_blobs(include=["metadata"]) if not blob.name.startswith(MARKER))
    for number, blob in enumerate(blobs):
        with (contents / str(number)).open("wb") as file:
            container.download_blob(blob.name).readinto(file)
        yield {"name": blob.name, "metadata": blob.metadata, "type": blob.content_settings.content_type}


def _upload(storage: Storage, name: str, folder: Path) -> int:
    count = 0
    for count, blob in enumerate(_read(folder / "blobs" / f"{name}.jsonl"), 1):
        with (folder / "blobs" / name / str(count - 1)).open("rb") as file:
            settings = ContentSettings(content_type=blob["type"])
            storage.container(name).upload_blob(
                blob["name"], file, overwrite=True, metadata=blob["metadata"], content_settings=settings
            )
    return count


def _write(path: Path, items: Iterator[dict[str, Any]]) -> int:
    with path.open("w") as file:
        return sum(file.write(json.dumps(item) + "\n") > 0 for item in items)


def _read(path: Path) -> Iterator[dict[str, Any]]:
    with path.open() as file:
        yield from map(json.loads, file)


if __name__ == "__main__":
    main()
