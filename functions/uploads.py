"""Blob triggers for uploads: training data, rows to score, trained models."""

import hashlib

import azure.functions as func

from functions.http.app import current_app
from functions.http.requests import now
from studio.automation.uploads import SCORING_INPUT, TRAINED_MODELS, TRAINING_DATA, receive_upload

blueprint = func.Blueprint()

STORAGE = "AzureWebJobsStorage"
SOURCE = func.BlobSource.EVENT_GRID


def _receive(blob: func.InputStream) -> None:
    properties = getattr(blob, "blob_properties", None) or {}
    version = str(properties.get("ETag") or "").strip('"') or hashlib.sha256(blob.read()).hexdigest()
    receive_upload(current_app(), str(blob.name), version, now=now())


@blueprint.blob_trigger(arg_name="blob", path=f"{TRAINING_DATA}/{{name}}", connection=STORAGE, source=SOURCE)
def training_data_uploaded(blob: func.InputStream) -> None:
    """Start a retraining job on uploaded data."""
    _receive(blob)


@blueprint.blob_trigger(arg_name="blob", path=f"{SCORING_INPUT}/{{name}}", connection=STORAGE, source=SOURCE)
def scoring_input_uploaded(blob: func.InputStream) -> None:
    """Start a job that scores uploaded rows."""
    _receive(blob)


@blueprint.blob_trigger(arg_name="blob", path=f"{TRAINED_MODELS}/{{name}}", connection=STORAGE, source=SOURCE)
def trained_model_uploaded(blob: func.InputStream) -> None:
    """Update an endpoint with an uploaded model."""
    _receive(blob)
