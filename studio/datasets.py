"""Datasets: files a workspace keeps for its experiments.

Container `datasets`: `{workspace id}/{name}`. Clients upload straight to storage, by a link that this module gives.
"""

import fnmatch
import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from azure.core.exceptions import ResourceNotFoundError

from studio.blob_references import check_extension, open_blob, own_blob, parse_blob_reference
from studio.errors import BadArgument
from studio.storage import Storage

NAME = re.compile(r"[^/\\?#%*\x00-\x1f]{1,200}")
EXTENSIONS = (".csv", ".tsv", ".arff")


def start_upload(storage: Storage, workspace_id: str, name: Any, *, now: datetime) -> dict[str, Any]:
    """Return links to write and to read the dataset of this name; writing replaces what is there."""
    if not isinstance(name, str) or not NAME.fullmatch(name) or ".." in name:
        raise BadArgument("BadParameterValue", f"A dataset needs a plain file name such as 'adult.csv', got {name!r}.")
    location = f"datasets/{workspace_id}/{name}"
    reference = own_blob(storage, location, now)
    check_extension(reference, EXTENSIONS, name)
    return {
        "Name": name,
        "Upload": own_blob(storage, location, now, "cw").to_json(),
        "Location": reference.to_json(),
    }


@dataclass(frozen=True, slots=True)
class WorkspaceData:
    """What modules may read: the workspace's own datasets, and blobs a property gives a key or link for."""

    storage: Storage
    workspace_id: str

    def read_dataset(self, path: str) -> list[tuple[str, bytes]]:
        """Return name and content of the workspace's datasets that the name or pattern (`2026-*.csv`) matches.

        Raises BadArgument (BlobNotFound) if there is none.
        """
        container = self.storage.container("datasets")
        prefix = f"{self.workspace_id}/"
        names = [path.strip().lstrip("/")]
        if "*" in path:
            known = [blob.name.removeprefix(prefix) for blob in container.list_blobs(name_starts_with=prefix)]
            names = sorted(fnmatch.filter(known, names[0]))
        try:
            found = [(name, container.download_blob(prefix + name).readall()) for name in names]
        except ResourceNotFoundError:
            found = []
        if not found:
            raise BadArgument(
                "BlobNotFound",
                f"The workspace has no dataset '{path}'. Upload it first: 'perennial dataset upload {path}'.",
                path,
            )
        return found

    def read_blob(self, reference: Mapping[str, Any], target: str) -> tuple[str, bytes]:
        """Return name and content of a blob anywhere; BadArgument if it cannot be read."""
        parsed = parse_blob_reference(dict(reference), target)
        client, _ = open_blob(parsed, target)
        return parsed.relative_location.rpartition("/")[2], client.download_blob().readall()
