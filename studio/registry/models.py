"""Stored trained models: files by content hash, and a registry of versions.

Container `models`: `{sha256}.ilearner`. Table `models`: partition key is the workspace id, row key
`{hash of the name}-{version with six digits}`; a row holds the metrics and lineage of one version.
"""

import contextlib
import hashlib
import json
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from azure.core.exceptions import ResourceExistsError

from studio.storage.account import Storage
from studio.storage.blobs import own_blob
from studio.storage.rows import MAX_TRIES, Row, insert_row, list_rows
from studio.wire import classic_time


@dataclass(frozen=True, slots=True)
class RegisteredModel:
    """One version of a named trained model."""

    name: str
    version: int
    model: str
    job_id: str
    created_at: str
    metrics: dict[str, float]
    lineage: dict[str, Any]


def model_path(digest: str) -> str:
    """Return the location of a stored model file as `container/blob`."""
    return f"models/{digest}.ilearner"


def put_model(storage: Storage, content: bytes) -> str:
    """Store a model file under its SHA-256 and return the hash; equal files are stored once."""
    digest = hashlib.sha256(content).hexdigest()
    with contextlib.suppress(ResourceExistsError):
        storage.container("models").upload_blob(f"{digest}.ilearner", content, overwrite=False)
    return digest


def get_model(storage: Storage, digest: str) -> bytes:
    """Return the bytes of a stored model file."""
    content: bytes = storage.container("models").download_blob(f"{digest}.ilearner").readall()
    return content


def register_model(
    storage: Storage,
    workspace_id: str,
    name: str,
    model: str,
    *,
    job_id: str,
    metrics: dict[str, float],
    lineage: dict[str, Any],
    now: datetime,
) -> RegisteredModel:
    """Register a model as the next version of its name; a model that is already registered keeps its version."""
    for _ in range(MAX_TRIES):
        versions = list_models(storage, workspace_id, name)
        for known in versions:
            if known.model == model:
                return known
        version = versions[-1].version + 1 if versions else 1
        found = RegisteredModel(name, version, model, job_id, now.isoformat(), metrics, lineage)
        row = {
            "PartitionKey": workspace_id,
            "RowKey": f"{model_family(name)}-{version:06d}",
            "Name": name,
            "Version": version,
            "Model": model,
            "JobId": job_id,
            "CreatedAt": found.created_at,
            "Metrics": json.dumps(metrics),
            "Lineage": json.dumps(lineage),
        }
        if insert_row(storage.table("models"), row):
            return found
    raise RuntimeError(f"Could not get a version number for {name}: too many callers register it at the same time.")


def list_models(storage: Storage, workspace_id: str, name: str) -> list[RegisteredModel]:
    """Return the versions of a named model, oldest first."""
    key = model_family(name)
    rows = list_rows(storage.table("models"), workspace_id, f"RowKey ge '{key}-' and RowKey lt '{key}.'")
    return [_from_row(row) for row in rows]


def list_latest_models(storage: Storage, workspace_id: str) -> list[RegisteredModel]:
    """Return the latest version of every named model in the workspace, sorted by name."""
    latest = {row["RowKey"].partition("-")[0]: row for row in list_rows(storage.table("models"), workspace_id)}
    return sorted((_from_row(row) for row in latest.values()), key=lambda item: item.name.lower())


def model_family(name: str) -> str:
    """Return the 24 hex digits that all versions of a named model share."""
    return hashlib.sha256(name.lower().encode()).hexdigest()[:24]


def _from_row(row: Row) -> RegisteredModel:
    return RegisteredModel(
        row["Name"],
        row["Version"],
        row["Model"],
        row["JobId"],
        row["CreatedAt"],
        json.loads(row["Metrics"]),
        json.loads(row["Lineage"]),
    )


def registered_model_object(storage: Storage, item: RegisteredModel, *, now: datetime) -> dict[str, Any]:
    """Return a version as the API shows it, with a new link to its file."""
    return {
        "Name": item.name,
        "Version": item.version,
        "Model": item.model,
        "JobId": item.job_id or None,
        "CreationTime": classic_time(item.created_at),
        "Metrics": item.metrics,
        "Lineage": item.lineage,
        "Location": own_blob(storage, model_path(item.model), now).to_json(),
    }
