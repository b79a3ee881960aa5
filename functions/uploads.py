"""Blob triggers for uploads: training data, rows to score, trained models, truths.

They take the blob's address (`BlobClient`), not its content. With any other type Azure's host would send the whole file
through gRPC, decoded as text, to functions that need its name and version only.
"""

import contextlib

import azure.functions as func
from azure.core.exceptions import ResourceNotFoundError
from azurefunctions.extensions.bindings.blob import BlobClient

from functions.http.app import current_app
from functions.http.requests import now
from studio.automation.uploads import BY, FEEDBACK, SCORING_INPUT, TRAINED_MODELS, TRAINING_DATA, receive_upload
from studio.storage.audit_log import Act, acting
from studio.storage.keys import is_id

blueprint = func.Blueprint()

STORAGE = "AzureWebJobsStorage"
SOURCE = func.BlobSource.EVENT_GRID


def _receive(blob: BlobClient) -> None:
    # The binding's own client is not used: the app's has its identity, its retries and its connections already.
    container, name = str(blob.container_name), str(blob.blob_name)
    try:
        properties = current_app().storage.blobs.get_blob_client(container, name).get_blob_properties()
    except ResourceNotFoundError:
        # Deleted or moved to `rejected` before the event came.
        return
    location, owner = f"{container}/{name}", name.partition("/")[0].lower()
    act = Act(BY, "", "", "upload", "", location)
    with acting(current_app().storage, owner, act) if is_id(owner) else contextlib.nullcontext():
        receive_upload(current_app(), location, properties.etag.strip('"'), now=now())


@blueprint.blob_trigger(arg_name="blob", path=f"{TRAINING_DATA}/{{name}}", connection=STORAGE, source=SOURCE)
def training_data_uploaded(blob: BlobClient) -> None:
    """Start a retraining job on uploaded data."""
    _receive(blob)


@blueprint.blob_trigger(arg_name="blob", path=f"{SCORING_INPUT}/{{name}}", connection=STORAGE, source=SOURCE)
def scoring_input_uploaded(blob: BlobClient) -> None:
    """Start a job that scores uploaded rows."""
    _receive(blob)


@blueprint.blob_trigger(arg_name="blob", path=f"{TRAINED_MODELS}/{{name}}", connection=STORAGE, source=SOURCE)
def trained_model_uploaded(blob: BlobClient) -> None:
    """Update an endpoint with an uploaded model."""
    _receive(blob)


@blueprint.blob_trigger(arg_name="blob", path=f"{FEEDBACK}/{{name}}", connection=STORAGE, source=SOURCE)
def feedback_uploaded(blob: BlobClient) -> None:
    """Keep uploaded truths of rows that were scored."""
    _receive(blob)
