"""Experiments and trained models in the form of the original's Studio API.

References
----------
Sections 4.7 and 5 of the original's wire contract.
"""

from datetime import datetime
from typing import Any

from azure.core.exceptions import ResourceNotFoundError

from studio.classic.graph_form import find_node, graph_object, node_id, place_modules, web_service_object
from studio.classic.imports.importing import import_experiment
from studio.classic.imports.report import Report
from studio.errors import BadArgument, Conflict
from studio.experiments.experiments import (
    SavedExperiment,
    find_experiment,
    get_experiment,
    put_experiment,
    read_description,
    read_experiment,
)
from studio.experiments.runs import Run, list_runs, submit_run
from studio.registry.models import (
    RegisteredModel,
    list_models,
    model_family,
    model_path,
    register_model,
)
from studio.rollout.publish import get_finished_run
from studio.storage.account import Storage
from studio.storage.blobs import own_blob
from studio.wire import fits_url, studio_time
from studio.work.state import State

DRAFT = "InDraft"
STATUS_CODES = {State.QUEUED: State.NOT_STARTED.value}
TRAINED_MODEL = "ILearnerDotNet"


def studio_experiment_object(storage: Storage, saved: SavedExperiment, *, with_graph: bool) -> dict[str, Any]:
    """Return an experiment with the status of its latest run; `Graph` holds its document."""
    run = _run_of(storage, saved)
    shown: dict[str, Any] = {
        "ExperimentId": saved.studio_id,
        "RunId": run.id if run else None,
        "JobId": run.id if run else None,
        "VersionId": str(saved.version),
        "IsArchived": False,
        "ParentExperimentId": saved.studio_id,
        "OriginalExperimentDocumentationLink": None,
        "Summary": read_description(storage, saved.document),
        "Description": saved.name,
        "Status": _status(saved, run),
        "Etag": str(saved.version),
        "Creator": "",
        "IsLeaf": True,
        "DisableNodesUpdate": False,
        "Category": "user",
        "Tags": [],
    }
    if with_graph:
        experiment = read_experiment(storage, saved.document)
        shown["Graph"] = graph_object(experiment)
        shown["WebService"] = web_service_object(experiment)
    return shown


def submit_experiment(
    storage: Storage, workspace_id: str, body: dict[str, Any], *, copy: bool, now: datetime
) -> tuple[SavedExperiment, Report | None]:
    """Save an experiment that a client sends, under the name in `Description`, and run it unless `IsDraft` is true.

    A graph of the original is imported; the report says what became of every part of it.

    Parameters
    ----------
    copy
        Whether the name must be new.

    Raises
    ------
    BadArgument
        If the body has neither a document nor a graph of the original, or what it has is invalid.
    Conflict
        If the name must be new but is taken.
    """
    graph, name = body.get("ExperimentGraph"), str(body.get("Description") or "")
    if not isinstance(graph, dict) or not ("Document" in graph or any(key.lower() == "modulenodes" for key in graph)):
        raise BadArgument(
            "RequestBodyInvalid",
            "ExperimentGraph must be the Graph from the response to GET of an experiment, with the Document to save, "
            "or a Graph of the original, with its ModuleNodes.",
            "ExperimentGraph",
        )
    if copy and find_experiment(storage, workspace_id, name) is not None:
        raise Conflict("BadParameterValue", f"The workspace already has an experiment '{name}'.", "Description")
    report = None
    if "Document" in graph:
        saved = put_experiment(storage, workspace_id, name, place_modules(graph["Document"], graph), now=now)
    else:
        original = {key: value for key, value in body.items() if key != "ExperimentGraph"} | {"Graph": graph}
        saved, report = import_experiment(storage, workspace_id, original, name, now=now)
    if not body.get("IsDraft", True):
        submit_run(storage, saved, now=now)
    return saved, report


def promote_model(storage: Storage, workspace_id: str, body: dict[str, Any], *, now: datetime) -> RegisteredModel:
    """Register the trained model from a Train Model module of a finished run under a name.

    Raises
    ------
    BadArgument
        If the name is invalid or the module did not train a model.
    InvalidOperation
        If the experiment's current document has no finished run.
    Conflict
        If the name is taken and `FamilyId` does not identify the model to add a version to.
    """
    described = body.get("TrainedModel")
    name = str(described.get("Name") or "").strip() if isinstance(described, dict) else ""
    if not isinstance(described, dict) or not 0 < len(name) <= 200 or not fits_url(name):
        text = "TrainedModel needs a Name of 1 to 200 characters, none of / \\ ? # %, because it stands in addresses."
        raise BadArgument("BadParameterValue", text, "TrainedModel")
    saved = get_experiment(storage, workspace_id, str(body.get("ExperimentId") or ""))
    summary = get_finished_run(storage, saved)
    found = find_node(read_experiment(storage, saved.document), str(body.get("ModuleNodeId") or ""))
    node = found.title if found else str(body.get("ModuleNodeId"))
    if node not in summary["models"]:
        known = ", ".join(f"'{node_id(title)}'" for title in summary["models"]) or "none"
        raise BadArgument(
            "BadParameterValue",
            f"ModuleNodeId must be a module that trained a model ({known}), got '{node}'.",
            "ModuleNodeId",
        )
    if list_models(storage, workspace_id, name) and described.get("FamilyId") != model_family(name):
        raise Conflict("BadParameterValue", f"The workspace already has a trained model '{name}'.", "Name")
    model = summary["models"][node]
    return register_model(
        storage,
        workspace_id,
        name,
        model["model"],
        job_id=summary["run"],
        metrics=model["metrics"],
        lineage={
            "experiment": saved.name,
            "version": saved.version,
            "description": str(described.get("Description") or "")[:2000],
        },
        now=now,
    )


def trained_model_object(
    storage: Storage, workspace_id: str, item: RegisteredModel, *, now: datetime
) -> dict[str, Any]:
    """Return the latest version of a trained model as the Studio API shows it."""
    family, link = model_family(item.name), own_blob(storage, model_path(item.model), now)
    return {
        "Id": f"{workspace_id}.{family}.{item.version}",
        "Name": item.name,
        "DataTypeId": TRAINED_MODEL,
        "Description": str(item.lineage.get("description", "")),
        "FamilyId": family,
        "IsLatest": True,
        "Batch": item.version,
        "ExperimentId": None,
        "Owner": "",
        "PromotedFrom": item.lineage.get("experiment"),
        "ResourceUploadId": None,
        "SourceOrigin": "FromOutputPromotion",
        "Language": None,
        "Size": _size(storage, item.model),
        "CreatedDate": studio_time(item.created_at),
        "ClientVersion": None,
        "ServiceVersion": 0,
        "Category": "user",
        "IsDeprecated": False,
        "DownloadLocation": {
            "BaseUri": link.base_location,
            "Location": link.relative_location,
            "AccessCredential": link.sas_token,
        },
    }


def _run_of(storage: Storage, saved: SavedExperiment) -> Run | None:
    """Return the latest finished run of the experiment's current document, else its latest run, or None."""
    runs = [run for run in list_runs(storage, saved) if run.document == saved.document]
    finished = (run for run in runs if run.work.state is State.FINISHED)
    return next(finished, runs[0] if runs else None)


def _status(saved: SavedExperiment, run: Run | None) -> dict[str, Any]:
    if run is None:
        code, detail, times = DRAFT, None, (saved.updated_at, "", "")
    else:
        work = run.work
        code, detail = STATUS_CODES.get(work.state, work.state.value), work.details or None
        times = (work.created_at, work.started_at, work.ended_at)
    names = ("CreationTime", "StartTime", "EndTime")
    moments = {name: studio_time(moment) for name, moment in zip(names, times, strict=True)}
    return {"StatusCode": code, "StatusDetail": detail, **moments, "Metadata": None}


def _size(storage: Storage, model: str) -> int:
    try:
        return int(storage.container("models").get_blob_client(f"{model}.ilearner").get_blob_properties().size)
    except ResourceNotFoundError:
        return 0
