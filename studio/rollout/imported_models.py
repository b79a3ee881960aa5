"""Imports a model that was trained elsewhere, a graph or a fitted estimator, as the next version of a name."""

import base64
import binascii
from datetime import datetime
from typing import Any

from studio.errors import BadArgument, TooLarge
from studio.model.container import read_model_file
from studio.model.foreign.converter import convert_model
from studio.model.foreign.request import parse_request
from studio.registry.models import RegisteredModel, admit_model, register_model
from studio.serving.app import App
from studio.storage.blob_access import read_blob
from studio.storage.blobs import check_extension, check_host, check_not_expired, parse_blob_reference
from studio.storage.connections import FETCH
from studio.wire import fits_url, invalid_value

EXTENSIONS = (".onnx", ".skops")
MAX_NAME = 200


def import_foreign_model(
    app: App, workspace_id: str, name: str, body: dict[str, Any], *, now: datetime
) -> tuple[RegisteredModel, dict[str, Any]]:
    """Convert and prove a model, each in a process of its own, and register it as the next version of a name.

    Parameters
    ----------
    body
        The file as `Content` (base64) or `Location` (a link to a blob), and what request.parse_request reads.

    Returns
    -------
    tuple
        The version, and what was found out about the model.

    Raises
    ------
    BadArgument, InvalidOperation, TooLarge
        If the name, the request or the file is not accepted. Nothing is stored.
    """
    storage, limit = app.storage, app.storage.settings.max_model_bytes
    if not fits_url(name) or not 0 < len(name.strip()) <= MAX_NAME:
        raise invalid_value("model", f"a name of 1 to {MAX_NAME} characters, none of / \\ ? # %", name)
    parse_request(body)
    content = _read_content(app, body, limit, now)
    described = {key: value for key, value in body.items() if key not in ("Content", "Location")}
    made = convert_model(content, name, described, limit)
    digest = admit_model(storage, app.prover, made.content)
    manifest = read_model_file(made.content, limit).manifest
    registered = register_model(
        storage,
        workspace_id,
        name,
        digest,
        job_id="",
        metrics=manifest.metrics,
        lineage=manifest.lineage,
        now=now,
    )
    return registered, made.found


def _read_content(app: App, body: dict[str, Any], limit: int, now: datetime) -> bytes:
    given, location = body.get("Content"), body.get("Location")
    if (given is None) == (location is None):
        accepted = "given in one way: Content, the file in base64, or Location, a link to one"
        raise invalid_value("Content", accepted, None if given is None else "both")
    if location is not None:
        return _read_location(app, location, limit, now)
    try:
        content = base64.b64decode(given, validate=True) if isinstance(given, str) else b""
    except (binascii.Error, ValueError):
        content = b""
    if not content:
        raise invalid_value("Content", "an .onnx or .skops file in base64", str(given)[:40])
    if len(content) > limit:
        raise TooLarge("OutOfMemoryLimit", f"The model has {len(content)} bytes; the limit is {limit}.", "Content")
    return content


def _read_location(app: App, location: Any, limit: int, now: datetime) -> bytes:
    reference = parse_blob_reference(location, "Location")
    check_host(reference, "Location", app.storage)
    check_extension(reference, EXTENSIONS, "Location")
    check_not_expired(reference, "Location", now)
    content = read_blob(app.storage, reference, limit, "Location", FETCH)
    if isinstance(content, int):
        raise TooLarge("OutOfMemoryLimit", f"The model has {content} bytes; the limit is {limit}.", "Location")
    if not content:
        raise BadArgument("InvalidBlob", "The model's file is empty.", "Location")
    return content
