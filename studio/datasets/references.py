"""Datasets that are references: data that stays where a datastore leads to, and is read from there each time.

A reference is a blob like any dataset, `{workspace id}/{name}` in container `datasets`: its metadata `reference` has
the datastore's name, its content is JSON with Datastore and Path. Only there the metadata mean anything.
"""

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from azure.storage.blob import BlobProperties

from studio.errors import BadArgument

REFERENCE = "reference"
MAX_BYTES, MAX_PATH = 64 * 1024, 8000


@dataclass(frozen=True, slots=True)
class Reference:
    """Where a dataset's data is: a datastore of the workspace, and the place in it."""

    datastore: str
    path: str

    def to_json(self) -> dict[str, str]:
        """Return the reference as it is stored and shown."""
        return {"Datastore": self.datastore, "Path": self.path}


@dataclass(frozen=True, slots=True)
class Source:
    """A dataset's file that is elsewhere: its version as an ETag, and what reads it."""

    etag: str
    read: Callable[[], bytes]


def is_reference(blob: BlobProperties) -> bool:
    """Return whether a blob of the container `datasets`, listed with its metadata, is a reference."""
    return bool((blob.metadata or {}).get(REFERENCE))


def parse_reference(content: bytes) -> Reference:
    """Read a stored reference, which its workspace may have written itself; BadArgument if it is malformed."""
    try:
        found: Any = json.loads(content) if len(content) <= MAX_BYTES else None
    except ValueError:
        found = None
    return read_reference(found if isinstance(found, dict) else {})


def read_reference(body: Mapping[str, Any]) -> Reference:
    """Read a reference as a client gives it; BadArgument if it is malformed."""
    datastore, path = body.get("Datastore"), body.get("Path")
    if not isinstance(datastore, str) or not datastore.strip() or not isinstance(path, str) or not path.strip():
        text = "A reference has the name of a Datastore, and a Path: a blob, rest of an address, table or query."
        raise BadArgument("BadParameterValue", text, "Datastore")
    if len(path.strip()) > MAX_PATH:
        text = f"Path may have {MAX_PATH:,} characters, got {len(path.strip()):,}."
        raise BadArgument("BadParameterValue", text, "Path")
    return Reference(datastore.strip(), path.strip())
