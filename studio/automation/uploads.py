"""Uploaded blobs: start a retraining or scoring job, update an endpoint with a new model, or bring truths.

`training-data/{workspace}/{service}/….csv` retrains, `scoring-input/{workspace}/{service}/{endpoint}/….csv` scores into
`scoring-output` under the same path, `trained-models/{workspace}/{service}/{endpoint}/….ilearner` updates the endpoint,
`feedback/{workspace}/{service}/{endpoint}/….csv` tells it what turned out to be right.
The service is given by its id or, if it is unique, by its name. An upload is handled once, however often its event
arrives; one that cannot be used is moved to `rejected` (see studio/jobs/rejections.py).
"""

from datetime import datetime
from typing import Any

from azure.core.exceptions import ResourceNotFoundError

from studio.errors import BadArgument, InvalidOperation, StudioError, TooLarge
from studio.jobs.jobs import Origin, start_job_once
from studio.jobs.rejections import reject_upload
from studio.monitoring.feedback import read_truths_file
from studio.registry.definitions import TRAINING, get_definition
from studio.registry.endpoints import DEFAULT, Endpoint, get_named_endpoint
from studio.registry.history import list_history
from studio.registry.web_services import get_named_web_service
from studio.registry.workspaces import get_workspace
from studio.rollout.update_resource import patch_endpoint
from studio.serving.app import App
from studio.storage.account import Storage
from studio.storage.blob_access import unpacked
from studio.storage.blobs import own_blob

TRAINING_DATA, SCORING_INPUT, TRAINED_MODELS = "training-data", "scoring-input", "trained-models"
FEEDBACK = "feedback"
MAX_FEEDBACK_BYTES = 256 * 1024 * 1024
SCORING_OUTPUT = "scoring-output"
BY = "blob upload"


def receive_upload(app: App, location: str, version: str, *, now: datetime) -> None:
    """Handle an upload, once for each version of the blob; reject it if it cannot be used.

    Parameters
    ----------
    location
        `container/path` of the blob.
    version
        The blob's ETag, or any other text that identifies its version.
    """
    container, _, path = location.partition("/")
    try:
        if container == TRAINED_MODELS:
            _update(app, location, path, version, now)
        elif container == FEEDBACK:
            _take_truths(app, path, now)
        else:
            _submit(app.storage, container, location, path, version, now)
    except StudioError as error:
        reject_upload(app.storage, location, error, now=now)


def _submit(storage: Storage, container: str, location: str, path: str, version: str, now: datetime) -> None:
    endpoint = _find_endpoint(storage, path, named=container == SCORING_INPUT)
    definition = get_definition(storage, endpoint.definition)
    wanted = container == TRAINING_DATA
    if (definition.kind == TRAINING) != wanted:
        kind = "training" if wanted else "predictive"
        raise BadArgument("WebServiceTypeInvalid", f"Uploads to {container} need a {kind} web service.")
    if len(definition.inputs) != 1:
        raise InvalidOperation(
            "MultipleInputsNotAllowed",
            f"An upload needs a web service with one input; this one has {len(definition.inputs)}.",
        )
    body: dict[str, Any] = {"Inputs": {definition.inputs[0].name: own_blob(storage, location, now).to_json()}}
    if container == SCORING_INPUT:
        target = own_blob(storage, f"{SCORING_OUTPUT}/{path}", now, "cw").to_json()
        body["Outputs"] = {definition.outputs[0].name: target}
    # The blob's version is part of the idempotency key, so a repeated event starts no second job.
    start_job_once(storage, endpoint, body, Origin(f"{location}@{version}", upload=location, by=BY), now=now)


def _update(app: App, location: str, path: str, version: str, now: datetime) -> None:
    endpoint = _find_endpoint(app.storage, path, named=True)
    why = f"upload of {location}, version {version}"
    history = list_history(app.storage, endpoint.id, endpoint.change)
    if any(change.why == why for change in history):
        return
    names = [resource.name for resource in endpoint.resources]
    if len(names) != 1:
        raise BadArgument(
            "BadParameterValue",
            f"An upload needs an endpoint with one trained model; '{endpoint.name}' has {len(names)}.",
        )
    reference = own_blob(app.storage, location, now).to_json()
    body = {"Resources": [{"Name": names[0], "Location": reference}], "Why": why}
    patch_endpoint(app, endpoint, body, by=BY, now=now)


def _take_truths(app: App, path: str, now: datetime) -> None:
    """Keep the truths of a file; those of the same file, told twice, are of the same time, and change nothing."""
    endpoint = _find_endpoint(app.storage, path, named=True)
    try:
        download = app.storage.container(FEEDBACK).download_blob(path, decompress=False)
        content = unpacked(download, MAX_FEEDBACK_BYTES)
    except ResourceNotFoundError:
        return
    except ValueError as error:
        raise BadArgument("InputParseError", f"The file cannot be unpacked: {error}.") from error
    if isinstance(content, int):
        raise TooLarge("OutOfMemoryLimit", f"The file has {content:,} bytes; the limit is {MAX_FEEDBACK_BYTES:,}.")
    extension = f".{path.rpartition('.')[2].lower()}"
    received = min(download.properties.last_modified, now)
    app.truths.keep(endpoint, read_truths_file(content, extension, received), now=received)


def _find_endpoint(storage: Storage, path: str, *, named: bool) -> Endpoint:
    parts = path.split("/")
    shape = "{workspace}/{service}/{endpoint}/{file}" if named else "{workspace}/{service}/{file}"
    if len(parts) < (4 if named else 3) or not all(parts):
        raise BadArgument("ContainerSegmentInvalid", f"The path of an upload must be {shape}, got '{path}'.")
    workspace = get_workspace(storage, parts[0].lower())
    service = get_named_web_service(storage, workspace.id, parts[1])
    return get_named_endpoint(storage, workspace.id, service.id, parts[2] if named else DEFAULT)
