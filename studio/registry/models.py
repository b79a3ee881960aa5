"""Stored trained models: files by content hash, and a registry of versions.

Container `models`: `{sha256}.ilearner`, marked as proved: trained by this app, or proved by it when it came from
outside. Files that an app of an earlier version stored have no mark; they are proved when they are loaded. Beside it,
`{sha256}.rows.csv` holds the rows that this app evaluated the model on, at most 10,000; models that came from outside
or were not evaluated have none.

Table `models`: partition key is the workspace id, row key `{hash of the name}-{version with six digits}`; a row holds
the metrics and lineage of one version, and what its file says of itself (About) once a list has read it.
"""

import contextlib
import hashlib
import json
import logging
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from azure.core.exceptions import AzureError, ResourceExistsError, ResourceNotFoundError
from azure.data.tables import UpdateMode

from studio.errors import NotFound
from studio.hints import suggest
from studio.model.prover import Prover
from studio.storage.account import Storage
from studio.storage.blobs import own_blob
from studio.storage.rows import MAX_TRIES, Row, find_row, insert_row, list_rows
from studio.wire import classic_time

# The mark of a model file, as metadata of its blob. A new list of what is accepted needs a new number.
PROOF = "1"
MARK = {"proved": PROOF}
logger = logging.getLogger(__name__)


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
    about: dict[str, str] = field(default_factory=dict)


def model_path(digest: str) -> str:
    """Return the location of a stored model file as `container/blob`."""
    return f"models/{digest}.ilearner"


def put_model(storage: Storage, content: bytes) -> str:
    """Store a model file that this app made or proved under its SHA-256 and return the hash; equal ones only once."""
    digest = hashlib.sha256(content).hexdigest()
    blob = storage.container("models").get_blob_client(f"{digest}.ilearner")
    try:
        blob.upload_blob(content, overwrite=False, metadata=MARK)
    except ResourceExistsError:
        if blob.get_blob_properties().metadata != MARK:
            blob.set_blob_metadata(MARK)
    return digest


def put_evaluation_rows(storage: Storage, digest: str, content: bytes | None) -> None:
    """Store the rows that a model was evaluated on, if there are any; the rows of one model never change."""
    if content is None:
        return
    blob = storage.container("models").get_blob_client(_rows_name(digest))
    with contextlib.suppress(ResourceExistsError):
        blob.upload_blob(content, overwrite=False)


def find_evaluation_rows(storage: Storage, digest: str) -> bytes | None:
    """Return the rows that a model was evaluated on as CSV, or None if they are unknown."""
    try:
        content: bytes = storage.container("models").download_blob(_rows_name(digest)).readall()
    except ResourceNotFoundError:
        return None
    return content


def _rows_name(digest: str) -> str:
    return f"{digest}.rows.csv"


def admit_model(storage: Storage, prover: Prover, content: bytes) -> str:
    """Store a model file from outside and return its hash; the first time, it is proved in a process of its own.

    Raises
    ------
    BadArgument, InvalidOperation, TooLarge
        If the file is not accepted.
    """
    digest = hashlib.sha256(content).hexdigest()
    blob = storage.container("models").get_blob_client(f"{digest}.ilearner")
    try:
        known = blob.get_blob_properties().metadata == MARK
    except ResourceNotFoundError:
        known = False
    if not known:
        prover.prove(content, storage.settings.max_model_bytes)
        put_model(storage, content)
    return digest


def get_model(storage: Storage, digest: str) -> bytes:
    """Return the bytes of a stored model file."""
    return _download(storage, digest)[0]


def get_proved_model(storage: Storage, prover: Prover, digest: str) -> bytes:
    """Return the bytes of a stored model file to open; one without a mark is proved, and marked, first."""
    content, marked = _download(storage, digest)
    if not marked:
        prover.prove(content, storage.settings.max_model_bytes, stored=True)
        try:
            storage.container("models").get_blob_client(f"{digest}.ilearner").set_blob_metadata(MARK)
        except AzureError as error:
            logger.warning("Trained model %s was proved but cannot be marked: %s", digest, error)
    return content


def _download(storage: Storage, digest: str) -> tuple[bytes, bool]:
    found = storage.container("models").download_blob(f"{digest}.ilearner")
    content: bytes = found.readall()
    return content, found.properties.metadata == MARK


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


def get_version(storage: Storage, workspace_id: str, name: str, version: int | None) -> RegisteredModel:
    """Return a version of a named model, the latest one for None; NotFound if the workspace has no such version."""
    if version is not None:
        row = find_row(storage.table("models"), workspace_id, f"{model_family(name)}-{version:06d}")
        if row is not None:
            return _from_row(row)
    found = list_models(storage, workspace_id, name)
    if found and version is None:
        return found[-1]
    if found:
        text = (
            f"'{found[-1].name}' has no version {version}. Its versions are {found[0].version} to {found[-1].version}."
        )
        raise NotFound("ModelVersionNotFound", text)
    known = (item.name for item in list_latest_models(storage, workspace_id))
    hint = suggest(name, known, "The workspace has")
    raise NotFound("ModelNotFound", f"The workspace has no trained model '{name[:200]}'. {hint}".rstrip())


def find_latest_model(storage: Storage, workspace_id: str, name: str) -> str | None:
    """Return the hash of the latest version of a named model, or None."""
    versions = list_models(storage, workspace_id, name)
    return versions[-1].model if versions else None


def list_latest_models(storage: Storage, workspace_id: str) -> list[RegisteredModel]:
    """Return the latest version of every named model in the workspace, sorted by name."""
    latest = {row["RowKey"].partition("-")[0]: row for row in list_rows(storage.table("models"), workspace_id)}
    return sorted((_from_row(row) for row in latest.values()), key=lambda item: item.name.lower())


def put_about(storage: Storage, workspace_id: str, item: RegisteredModel, about: dict[str, str]) -> None:
    """Keep what a version's file says of itself in its row, if that is still there."""
    key = f"{model_family(item.name)}-{item.version:06d}"
    change = {"PartitionKey": workspace_id, "RowKey": key, "About": json.dumps(about)}
    with contextlib.suppress(ResourceNotFoundError):
        storage.table("models").update_entity(change, mode=UpdateMode.MERGE)


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
        json.loads(row.get("About") or "{}"),
    )


def registered_model_object(storage: Storage, item: RegisteredModel, *, now: datetime) -> dict[str, Any]:
    """Return a version as the API shows it, with a new link to its file."""
    return version_object(item) | {"Location": own_blob(storage, model_path(item.model), now).to_json()}


def version_object(item: RegisteredModel) -> dict[str, Any]:
    """Return a version as the API shows it, without a link."""
    return {
        "Name": item.name,
        "Version": item.version,
        "Model": item.model,
        "JobId": item.job_id or None,
        "CreationTime": classic_time(item.created_at),
        "Metrics": item.metrics,
        "Lineage": item.lineage,
    }
