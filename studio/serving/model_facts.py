"""What is known of the versions of a trained model, read from its file without opening the model."""

import functools
import re
from dataclasses import dataclass
from typing import Any

from azure.core.exceptions import ResourceNotFoundError

from studio.errors import NotFound
from studio.model.baseline import KEY as BASELINE
from studio.model.container import read_description
from studio.model.manifest import Manifest
from studio.registry.endpoints import list_workspace_endpoints
from studio.registry.models import RegisteredModel, get_model, get_version, version_object
from studio.storage.account import Storage
from studio.wire import invalid_value

MAX_USES = 200
SUMS = ("metrics", "importances")
VERSION = re.compile(r"[0-9]{1,6}")


@dataclass(frozen=True, slots=True)
class ModelFacts:
    """What a model file says of itself, and its size in bytes."""

    manifest: Manifest
    evaluation: dict[str, Any]
    size: int


def read_version(storage: Storage, workspace_id: str, name: str, version: str) -> RegisteredModel:
    """Return a version of a named model by its number, or the latest one for `latest`.

    Raises
    ------
    BadArgument
        If the version is neither.
    NotFound
        If the workspace has no such model or version.
    """
    if version.lower() != "latest" and not VERSION.fullmatch(version):
        raise invalid_value("version", "a number or latest", version[:40])
    return get_version(storage, workspace_id, name, None if version.lower() == "latest" else int(version))


@functools.lru_cache(maxsize=64)
def read_facts(storage: Storage, digest: str) -> ModelFacts:
    """Return what a stored model file says of itself; cached, since files never change.

    Raises
    ------
    NotFound
        If the file is not stored any more.
    BadArgument
        If it is not an intact model file.
    """
    try:
        content = get_model(storage, digest)
    except ResourceNotFoundError as error:
        raise NotFound("ModelFileNotFound", "The file of this version is not stored any more.") from error
    manifest, evaluation = read_description(content)
    return ModelFacts(manifest, evaluation, len(content))


def model_details(storage: Storage, workspace_id: str, item: RegisteredModel) -> dict[str, Any]:
    """Return a version as the API shows it, with what its file says and the endpoints that use it."""
    facts = read_facts(storage, item.model)
    manifest, uses = facts.manifest, _uses(storage, workspace_id, item)
    return version_object(item) | {
        "Task": manifest.task,
        "Learner": manifest.learner,
        "Properties": manifest.properties,
        "Label": manifest.label.name or None,
        "Labels": list(manifest.labels),
        "Runtime": manifest.runtime,
        "RuntimeReason": manifest.runtime_reason or None,
        "Inputs": [_column(column) for column in manifest.inputs],
        "Outputs": [_column(column) for column in manifest.outputs],
        "Summary": manifest.lineage.get("summary") or {},
        "Size": facts.size,
        "UsedBy": uses[:MAX_USES],
        "UsedByCount": len(uses),
    }


def _column(column: Any) -> dict[str, str]:
    return {"Name": column.name, "Type": column.type.value}


def _uses(storage: Storage, workspace_id: str, item: RegisteredModel) -> list[dict[str, Any]]:
    return [
        {"WebServiceId": endpoint.service_id, "EndpointId": endpoint.id, "Endpoint": endpoint.name}
        for endpoint in list_workspace_endpoints(storage, workspace_id)
        if any(resource.model == item.model for resource in endpoint.models_in_use())
    ]


def model_evaluation(storage: Storage, item: RegisteredModel) -> dict[str, Any]:
    """Return the evaluation that is kept in a version's file, in the shape of a run's evaluations.

    Raises
    ------
    NotFound
        If the model was not evaluated when it was trained.
    """
    facts = read_facts(storage, item.model)
    details = {name: value for name, value in facts.evaluation.items() if name not in (*SUMS, BASELINE)}
    metrics = facts.evaluation.get("metrics") or {}
    if not metrics and not set(details) - {"trainingCurve"}:
        raise NotFound(
            "EvaluationNotFound",
            f"Version {item.version} of '{item.name}' was not evaluated when it was trained: its experiment has no "
            "Evaluate Model, or it comes from elsewhere. Compare it with another version on a dataset "
            "(POST …/models/compare) to measure it.",
        )
    return {
        "name": item.name,
        "version": item.version,
        "task": facts.manifest.task,
        "label": {"name": facts.manifest.label.name, "type": facts.manifest.label.type.value},
        "labels": list(facts.manifest.labels),
        "metrics": metrics,
        "details": details,
        "importances": facts.evaluation.get("importances") or {},
    }
