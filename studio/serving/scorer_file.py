"""A model for a scorer outside of the app, such as a browser's: how cells are read, the graph, and what is returned.

One file: `PSCORER1`, the length of a JSON header (four bytes, little-endian), the header, and the graph's ONNX bytes.
It has neither golden rows nor where the model comes from: who has an endpoint's key may have it. Graphs of neighbours,
kernels and Gaussian processes are made of training rows: those need the workspace's token.
docs/reference/model-file.md says what a reader does with it.
"""

import hashlib
from typing import Any

import orjson

from studio.errors import InvalidOperation
from studio.model.container import ModelFile
from studio.model.manifest import ANOMALY, ONNX, TWO_CLASS
from studio.model.scores import DECIMALS, THRESHOLD, score_width
from studio.model.session import TRAINING_ROWS
from studio.registry.definitions import Definition, ServiceOutput, get_definition
from studio.registry.deployments import Resource
from studio.registry.endpoints import Endpoint
from studio.serving.app import App
from studio.wire import invalid_value

MAGIC = b"PSCORER1"
# What a page may hold in memory without a reload of the tab; larger forests are scored by the service.
MAX_BYTES = 64 * 1024 * 1024

# Learners whose graphs hold training rows, though older ones do not say so.
HOLD_ROWS = {"One-Class Support Vector Machine"}


def scorer_file(app: App, endpoint: Endpoint, resource: str | None, *, shows_rows: bool) -> bytes:
    """Return the file with which a scorer elsewhere gives an endpoint's answers.

    Parameters
    ----------
    resource
        The name of one of the endpoint's trained models; None for the first.
    shows_rows
        Whether the caller may see rows of the training data.

    Raises
    ------
    BadArgument
        If the endpoint has no trained model of that name.
    InvalidOperation
        If only the service can score with it; the message says why.
    """
    definition = get_definition(app.storage, endpoint.definition)
    chosen = _chosen(endpoint, resource)
    file = app.models.get(chosen.model).file
    problem = browser_problem(file, definition, shows_rows=shows_rows)
    if problem:
        raise InvalidOperation("ModelNotPortable", f"{problem} POST rows to …/execute instead.", chosen.name)
    header = orjson.dumps(_header(chosen, file, definition))
    return b"".join((MAGIC, len(header).to_bytes(4, "little"), header, file.graph))


def _chosen(endpoint: Endpoint, resource: str | None) -> Resource:
    if not endpoint.resources:
        raise InvalidOperation(
            "DataTypeNotSupported",
            "This is a training web service: it has no trained model to score with. It produces one by batch jobs.",
        )
    if resource is None:
        return endpoint.resources[0]
    for item in endpoint.resources:
        if item.name.lower() == resource.lower():
            return item
    names = ", ".join(f"'{item.name}'" for item in endpoint.resources)
    raise invalid_value("resource", f"one of {names}", resource[:200])


def browser_problem(file: ModelFile, definition: Definition, *, shows_rows: bool) -> str | None:
    """Return why only the service can score with a model for a caller who may or may not see training rows, or None."""
    if definition.models:
        return "This web service runs modules of its experiment for each request; only the service has those."
    if file.manifest.runtime != ONNX:
        why = file.manifest.runtime_reason or "it has no graph"
        return f"scikit-learn scores the model ({file.manifest.runtime}): {why}. No other scorer could run it."
    if len(file.graph) > MAX_BYTES:
        return f"The model's graph has {len(file.graph):,} bytes; up to {MAX_BYTES:,} are given out."
    if not shows_rows and _holds_rows(file):
        return "The model holds rows of its training data, open to the workspace's token only."
    return None


def _holds_rows(file: ModelFile) -> bool:
    # The name is looked for in the bytes: to read all of a graph takes seconds, and a chance hit only refuses.
    return TRAINING_ROWS.encode() in file.graph or file.manifest.learner in HOLD_ROWS


def _header(chosen: Resource, file: ModelFile, definition: Definition) -> dict[str, Any]:
    manifest = file.manifest
    decides = manifest.task in (TWO_CLASS, ANOMALY)
    return {
        "format": 1,
        "model": chosen.model,
        "resource": chosen.name,
        "version": chosen.version,
        "task": manifest.task,
        "label": manifest.label.to_json(),
        "labels": list(manifest.labels),
        "threshold": THRESHOLD if decides else None,
        "decimals": DECIMALS,
        "scoreWidth": score_width(manifest.task, manifest.labels),
        "inputs": [column.to_json() for column in file.encoder.sources],
        "scored": [column.to_json() for column in manifest.outputs],
        "outputs": [_output(item) for item in definition.outputs if item.resource == chosen.name],
        "encoder": file.encoder.to_json(),
        "width": file.encoder.width,
        "graph": {
            "bytes": len(file.graph),
            "sha256": hashlib.sha256(file.graph).hexdigest(),
            "input": "encoded",
            "output": "scores",
        },
    }


def _output(item: ServiceOutput) -> dict[str, Any]:
    return {"name": item.name, "append": item.append, "appendParameter": item.append_parameter}
