"""Batch jobs that run modules: the published experiment, on the caller's data, with its outputs and its exports.

That are the jobs of training services, and those of predictive services whose outputs are not just scores of rows.
"""

import hashlib
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from functools import partial
from typing import Any

from azure.storage.blob import BlobClient

from studio.datasets.archives import unpack_file
from studio.datasets.workspace_data import WorkspaceData
from studio.errors import BadArgument
from studio.graph.dataset import Dataset, dataset_from_table
from studio.graph.document import Experiment, PortRef, parse_experiment
from studio.graph.modules.import_data import stated_options
from studio.graph.properties import read_properties
from studio.graph.results import evaluation_rows, package_trained, write_dataset
from studio.graph.runner import OnProgress, run_experiment
from studio.graph.time_budget import TimeBudget
from studio.jobs.jobs import Job, OpenJob
from studio.model.container import write_model_file
from studio.model.loaded import LoadedModel
from studio.model.manifest import ONNX, Manifest
from studio.model.saved import ModelSource
from studio.registry.definitions import TRAINING
from studio.registry.models import find_latest_model, put_evaluation_rows, put_model, register_model
from studio.storage.account import Storage
from studio.storage.blob_access import read_table_blob, writing
from studio.tables.files import Dialect, read_typed_table


@dataclass(frozen=True, slots=True)
class Trained:
    """The result of a job that runs modules.

    `details` says why a model is scored by scikit-learn instead of ONNX Runtime, or is None if none is; `models` has
    the hash of each model file by resource name.
    """

    details: str | None
    models: dict[str, str]


def train_outputs(
    storage: Storage,
    job: OpenJob,
    open_model: Callable[[str], LoadedModel],
    progress: OnProgress,
    budget: TimeBudget,
    *,
    before_writing: Callable[[], None],
    now: datetime,
) -> Trained:
    """Run the modules that the job's outputs depend on, then write all outputs and register the models.

    Parameters
    ----------
    open_model
        Returns a stored model by its hash, for Trained Model modules.
    before_writing
        Called before anything is written; what it raises, because the job was cancelled, leaves nothing behind.
    """
    experiment, parameters = parse_experiment(job.definition.experiment), job.record.request.parameters
    fed, data = _read_inputs(storage, experiment, job)
    result = run_experiment(
        experiment,
        WorkspaceData(storage, job.record.workspace_id, ModelSource(_model_finder(storage, job), open_model)),
        wanted=experiment.upstream([item.at for item in experiment.outputs], frozenset(fed)) | experiment.exports(fed),
        fed=fed,
        parameters={(item.module, item.property): parameters[item.name] for item in job.definition.parameters},
        progress=progress,
        budget=budget,
    )
    notes: list[str] = []
    models: dict[str, str] = {}
    manifests: list[Manifest] = []
    contents: dict[str, bytes] = {}
    for output in experiment.outputs:
        value = result.values[output.at]
        if isinstance(value, Dataset):
            contents[output.name] = write_dataset(value, job.locations[output.name].extension)
            continue
        name = next(item.resource or "" for item in job.definition.outputs if item.name == output.name)
        file = package_trained(result, value, name, lineage={"data": data})
        content = write_model_file(file)
        models[name] = put_model(storage, content)
        put_evaluation_rows(storage, models[name], evaluation_rows(experiment, result, value))
        manifests.append(file.manifest)
        contents[output.name] = content
        if file.manifest.runtime != ONNX:
            notes.append(f"'{name}' is scored by scikit-learn (skops): {file.manifest.runtime_reason}.")
    before_writing()
    for item, content in contents.items():
        _upload(job.targets[item], content, item)
    for manifest in manifests:
        _register(storage, job.record, models[manifest.name], manifest, now)
    return Trained(" ".join(notes) or None, models)


def _model_finder(storage: Storage, job: OpenJob) -> Callable[[str], str | None]:
    """Return what finds a model's hash by its name: among the endpoint's, or the workspace's for a training service."""
    if job.definition.kind == TRAINING:
        return partial(find_latest_model, storage, job.record.workspace_id)
    return {resource.name: resource.model for resource in job.record.resources}.get


def _register(storage: Storage, job: Job, digest: str, manifest: Manifest, now: datetime) -> None:
    register_model(
        storage,
        job.workspace_id,
        manifest.name,
        digest,
        job_id=job.id,
        metrics=manifest.metrics,
        lineage=manifest.lineage,
        now=now,
    )


def _read_inputs(
    storage: Storage, experiment: Experiment, job: OpenJob
) -> tuple[dict[PortRef, Dataset], dict[str, Any]]:
    """Return a dataset for each input port, and the data's lineage: hash and number of rows by input name."""
    columns = {item.name: item.columns for item in job.definition.inputs}
    tokens, known = custom_missing_values(experiment), known_dialect(experiment)
    datasets: dict[str, Dataset] = {}
    data: dict[str, Any] = {}
    for name, reference in job.record.request.inputs.items():
        content = read_table_blob(storage, reference, storage.settings.max_table_bytes, name)
        inner, opened = unpack_file(reference.blob, content, storage.settings.max_table_bytes)
        extension = f".{inner.rpartition('.')[2].lower()}"
        table, typed = read_typed_table(opened, extension, columns[name], tokens, known)
        if table.num_rows == 0:
            raise BadArgument("InvalidBlob", f"The data of '{name}' has no rows.", name)
        datasets[name] = dataset_from_table(table, typed)
        data[name] = {"sha256": hashlib.sha256(content).hexdigest(), "rows": table.num_rows}
    return {item.at: datasets[item.name] for item in experiment.inputs if item.name in datasets}, data


def custom_missing_values(experiment: Experiment) -> list[str]:
    """Return the texts that the experiment's Convert to Dataset modules turn into missing values.

    They must be known when the caller's data is read: a column may be numeric in the service's schema because the data
    it was published with did not contain them.
    """
    converters = [node for node in experiment.nodes.values() if node.module.name == "Convert to Dataset"]
    values = [read_properties(node.module, node.properties) for node in converters]
    return [value["Custom Missing Value"].strip() for value in values if value["Action"] == "SetMissingValues"]


def known_dialect(experiment: Experiment) -> Dialect:
    """Return what the experiment's Import Data modules say about the encoding and separator of files."""
    nodes = [node for node in experiment.nodes.values() if node.module.name == "Import Data"]
    values = [read_properties(node.module, node.properties) for node in nodes]
    options = [stated_options(value) for value in values]
    encodings, separators = ({getattr(item, name) for item in options} for name in ("encoding", "separator"))
    # Several modules that say different things tell nothing about the caller's file.
    return Dialect(*(found.pop() if len(found) == 1 else "" for found in (encodings, separators)))


def _upload(target: BlobClient, content: bytes, name: str) -> None:
    with writing(target, name):
        target.upload_blob(content, overwrite=True)
