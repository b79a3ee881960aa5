"""Batch jobs of training services: run the published experiment on the caller's data and deliver its outputs."""

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from azure.storage.blob import BlobClient

from studio.blob_references import BlobReference, read_table_blob, writing
from studio.datasets import WorkspaceData
from studio.definitions import Definition
from studio.deployment import Deployment
from studio.errors import BadArgument
from studio.graph.dataset import Dataset, dataset_from_table
from studio.graph.document import Experiment, PortRef, parse_experiment
from studio.graph.properties import read_properties
from studio.graph.runner import OnProgress, RunResult, run_experiment
from studio.job_requests import JobRequest
from studio.model.container import write_model_file
from studio.model.manifest import ONNX
from studio.storage import Storage
from studio.table_files import read_typed_table
from studio.trained_models import put_model, register_model
from studio.training_results import package_trained, write_dataset


@dataclass(frozen=True, slots=True)
class Trained:
    """What a training job made.

    `details` say why a model is scored by scikit-learn instead of ONNX Runtime, if one is; `models` are the hashes of
    the model files by resource.
    """

    details: str | None
    models: dict[str, str]


def train_outputs(
    deployment: Deployment,
    definition: Definition,
    request: JobRequest,
    locations: Mapping[str, BlobReference],
    targets: Mapping[str, BlobClient],
    *,
    workspace_id: str,
    job_id: str,
    progress: OnProgress,
    now: datetime,
) -> Trained:
    """Run what the outputs need, write them, register the models.

    Parameters
    ----------
    locations, targets
        Where each output goes: the reference (for its extension) and a client that may write there.
    """
    storage = deployment.storage
    experiment = parse_experiment(definition.experiment)
    fed, data = _read_inputs(experiment, definition, request, deployment.settings.max_table_bytes)
    result = run_experiment(
        experiment,
        WorkspaceData(storage, deployment.settings, workspace_id),
        wanted=experiment.upstream([item.at for item in experiment.outputs], frozenset(fed)) | experiment.exports(fed),
        fed=fed,
        parameters={(item.module, item.property): request.parameters[item.name] for item in definition.parameters},
        progress=progress,
    )
    notes: list[str] = []
    models: dict[str, str] = {}
    for output in experiment.outputs:
        value = result.values[output.at]
        if isinstance(value, Dataset):
            _upload(targets[output.name], write_dataset(value, locations[output.name].extension), output.name)
            continue
        name = next(item.resource or "" for item in definition.outputs if item.name == output.name)
        content, models[name], note = _pack(storage, result, value, name, data, workspace_id, job_id, now)
        _upload(targets[output.name], content, output.name)
        notes += [note] if note else []
    return Trained(" ".join(notes) or None, models)


def _read_inputs(
    experiment: Experiment, definition: Definition, request: JobRequest, limit: int
) -> tuple[dict[PortRef, Dataset], dict[str, Any]]:
    """Return a dataset for each fed port, and what the lineage says of the data."""
    columns = {item.name: item.columns for item in definition.inputs}
    tokens = custom_missing_values(experiment)
    datasets: dict[str, Dataset] = {}
    data: dict[str, Any] = {}
    for name, reference in request.inputs.items():
        content = read_table_blob(reference, limit, name)
        table, typed = read_typed_table(content, reference.extension, columns[name], tokens)
        if table.num_rows == 0:
            raise BadArgument("InvalidBlob", f"The data of '{name}' has no rows.", name)
        datasets[name] = dataset_from_table(table, typed)
        data[name] = {"sha256": hashlib.sha256(content).hexdigest(), "rows": table.num_rows}
    return {item.at: datasets[item.name] for item in experiment.inputs if item.name in datasets}, data


def custom_missing_values(experiment: Experiment) -> list[str]:
    """Return the texts that the experiment's Convert to Dataset modules make missing.

    A number column of the data the service was published with may meet them for the first time now.
    """
    converters = [node for node in experiment.nodes.values() if node.module.name == "Convert to Dataset"]
    values = [read_properties(node.module, node.properties) for node in converters]
    return [value["Custom Missing Value"].strip() for value in values if value["Action"] == "SetMissingValues"]


def _pack(
    storage: Storage,
    result: RunResult,
    value: Any,
    name: str,
    data: dict[str, Any],
    workspace_id: str,
    job_id: str,
    now: datetime,
) -> tuple[bytes, str, str | None]:
    """Return the model's file, its hash, and why it is not scored by ONNX Runtime, if it is not."""
    file = package_trained(result, value, name, lineage={"data": data})
    content = write_model_file(file)
    digest = put_model(storage, content)
    register_model(
        storage,
        workspace_id,
        name,
        digest,
        job_id=job_id,
        metrics=file.manifest.metrics,
        lineage=file.manifest.lineage,
        now=now,
    )
    if file.manifest.runtime == ONNX:
        return content, digest, None
    return content, digest, f"'{name}' is scored by scikit-learn (skops): {file.manifest.runtime_reason}."


def _upload(target: BlobClient, content: bytes, name: str) -> None:
    with writing(target, name):
        target.upload_blob(content, overwrite=True)
