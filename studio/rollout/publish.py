"""Publishing: turns an experiment that has been run into a training or predictive web service.

Publishing again updates the default endpoint only; refresh.py updates the others.

References
----------
Sections 4.5 and 4.7 of the original's wire contract, for the response and for publishing again.
"""

from dataclasses import replace
from datetime import datetime
from typing import Any

from studio.errors import BadArgument, InvalidOperation, NotFound
from studio.experiments.experiments import SavedExperiment, read_experiment, seal_document
from studio.experiments.runs import find_finished_run
from studio.graph.document import Experiment, parse_experiment
from studio.graph.predictive import derive_predictive, find_predictors, trained_ports
from studio.graph.scoring_scripts import scoring_scripts
from studio.registry.definitions import (
    DATASET,
    PREDICTIVE,
    TRAINING,
    Definition,
    ServiceInput,
    ServiceOutput,
    ServiceParameter,
    put_definition,
)
from studio.registry.deployments import Resource
from studio.registry.endpoints import (
    DEFAULT,
    Endpoint,
    change_endpoint,
    get_named_endpoint,
    next_change,
)
from studio.registry.history import Cause
from studio.registry.models import register_model
from studio.registry.web_services import WebService, find_published, insert_web_service, update_description
from studio.rollout.definition_parts import read_columns, service_inputs, service_parameters
from studio.rollout.drawn import drawn_definition, is_drawn
from studio.rollout.endpoints import new_endpoint
from studio.rollout.scripted import scripted_definition
from studio.serving.app import App
from studio.storage.account import Storage
from studio.storage.keys import new_id
from studio.tables.schema import Column


def publish_experiment(
    app: App,
    saved: SavedExperiment,
    *,
    kind: str,
    update_existing: bool,
    by: str,
    now: datetime,
) -> dict[str, Any]:
    """Publish an experiment and return the response of the original's deployment call, with status `Completed`.

    Parameters
    ----------
    kind
        `training` or `predictive`.
    update_existing
        Whether to update the default endpoint of the latest service of this kind, if there is one.

    Raises
    ------
    InvalidOperation
        If the experiment's current document has no finished run.
    BadArgument
        If the experiment cannot be published as a service of this kind.
    """
    storage = app.storage
    experiment = read_sealed(storage, saved)
    definition, resources = _define(storage, saved, experiment, kind, now)
    digest = put_definition(storage, definition)
    service = find_published(storage, saved.workspace_id, saved.key, kind) if update_existing else None
    if service is None:
        endpoint = _create_service(app.storage, saved, experiment, kind, digest, resources, by, now)
    else:
        update_description(storage, service, experiment.description)
        endpoint = _update_default(app, service, digest, resources, by, saved, now)
    return publication_object(endpoint)


def publication_object(endpoint: Endpoint) -> dict[str, Any]:
    """Return the publication status of an endpoint, which is always `Completed`: the endpoint already exists.

    References
    ----------
    Section 4.7 of the original's wire contract: clients poll with ActivityId until Status is Completed.
    """
    return {
        "ActivityId": endpoint.id,
        "WebServiceGroupId": endpoint.service_id,
        "EndpointId": endpoint.id,
        "Status": "Completed",
    }


def read_sealed(storage: Storage, saved: SavedExperiment) -> Experiment:
    """Return the experiment with its secrets sealed; documents of earlier versions hold them as plain text."""
    experiment = read_experiment(storage, saved.document)
    document = seal_document(storage, saved.workspace_id, experiment.document)
    return experiment if document == experiment.document else parse_experiment(document)


def _define(
    storage: Storage, saved: SavedExperiment, experiment: Experiment, kind: str, now: datetime
) -> tuple[Definition, tuple[Resource, ...]]:
    definition, models, summary = define_service(storage, saved, experiment, kind)
    return definition, tuple(_register(storage, saved, name, item, summary, now) for name, item in models.items())


def define_service(
    storage: Storage, saved: SavedExperiment, experiment: Experiment, kind: str
) -> tuple[Definition, dict[str, dict[str, Any]], dict[str, Any]]:
    """Return what a web service of an experiment does, what the run knows of each trained model, and the run's results.

    Raises
    ------
    InvalidOperation
        If the experiment's current document has no finished run.
    BadArgument
        If the experiment cannot be published as a service of this kind.
    """
    check_kind(kind)
    summary = get_finished_run(storage, saved)
    if kind == TRAINING:
        return _training(saved, experiment, summary), {}, summary
    definition, models = predictive_definition(saved, experiment, summary)
    return definition, models, summary


def check_kind(kind: str) -> None:
    """Raise BadArgument for a kind of web service that there is not."""
    if kind not in (TRAINING, PREDICTIVE):
        raise BadArgument("BadParameterValue", f"kind must be {TRAINING} or {PREDICTIVE}, got '{kind}'.", "kind")


def get_finished_run(storage: Storage, saved: SavedExperiment) -> dict[str, Any]:
    """Return the results of the latest finished run of the current document; InvalidOperation if there is none."""
    summary = find_finished_run(storage, saved)
    if summary is None:
        raise InvalidOperation(
            "ExperimentNotRun",
            f"The current version of the experiment '{saved.name}' has no finished run. Run it, then publish. "
            "A run with GlobalParameters of its own does not count.",
        )
    return summary


def _register(
    storage: Storage, saved: SavedExperiment, name: str, model: dict[str, Any], summary: dict[str, Any], now: datetime
) -> Resource:
    registered = register_model(
        storage,
        saved.workspace_id,
        name,
        model["model"],
        job_id=summary["run"],
        metrics=model["metrics"],
        lineage={"experiment": saved.name, "version": saved.version},
        now=now,
    )
    return Resource(name, model["model"], registered.version, f"run {summary['run']} of experiment {saved.name}")


def _training(saved: SavedExperiment, experiment: Experiment, summary: dict[str, Any]) -> Definition:
    if not experiment.outputs:
        raise BadArgument(
            "ModelConfigurationInvalid",
            "The experiment has no webServiceOutputs, so a training web service would return nothing. Add one at the "
            "'Trained model' port of Train Model.",
            "webServiceOutputs",
        )
    # Not as the run called them: the experiment may have been renamed since.
    predictors = find_predictors(experiment, saved.model_name) if trained_ports(experiment) else ()
    models = {predictor.trainer: predictor.resource for predictor in predictors}
    return Definition(
        kind=TRAINING,
        experiment=dict(experiment.document),
        inputs=service_inputs(experiment, summary),
        outputs=tuple(
            ServiceOutput(
                item.name,
                summary["outputs"][item.name]["kind"],
                read_columns(summary["outputs"][item.name]["columns"]),
                models.get(item.at.node),
            )
            for item in experiment.outputs
        ),
        parameters=service_parameters(experiment.parameters),
    )


def predictive_definition(
    saved: SavedExperiment, experiment: Experiment, summary: dict[str, Any]
) -> tuple[Definition, dict[str, dict[str, Any]]]:
    """Return what a predictive web service of an experiment does, and what the run knows of each trained model.

    Parameters
    ----------
    summary
        The results of a finished run.

    Raises
    ------
    BadArgument
        If the experiment cannot be published as a predictive web service.
    """
    if is_drawn(experiment):
        return drawn_definition(experiment, summary)
    document = derive_predictive(experiment, saved.model_name)
    predictors = find_predictors(experiment, saved.model_name)
    if scoring_scripts(experiment):
        parameters = _predictive_parameters(experiment, {item.append_parameter for item in predictors}, document)
        found = scripted_definition(document, predictors, summary, parameters)
        return found, {item.resource: summary["models"][item.trainer] for item in predictors}
    inputs: dict[str, Column] = {}
    outputs, models = [], {}
    for predictor in predictors:
        model = models[predictor.resource] = summary["models"][predictor.trainer]
        inputs |= {column.name: column for column in read_columns(model["inputs"])}
        shown = read_columns(model["columns"]) if predictor.append else ()
        columns = (*shown, *read_columns(model["outputs"]))
        outputs.append(
            ServiceOutput(
                predictor.output, DATASET, columns, predictor.resource, predictor.append, predictor.append_parameter
            )
        )
    name = document["webServiceInputs"][0]["name"]
    taken = ServiceInput(name, tuple(inputs.values()))
    parameters = _predictive_parameters(experiment, {output.append_parameter for output in outputs}, document)
    return Definition(PREDICTIVE, document, (taken,), tuple(outputs), parameters), models


def _predictive_parameters(
    experiment: Experiment, names: set[str | None], document: dict[str, Any]
) -> tuple[ServiceParameter, ...]:
    """Return the parameters that affect scoring or where scores are written; all others only affect training."""
    names = names | {str(item["name"]) for item in document.get("webServiceParameters", ())}
    return service_parameters(item for item in experiment.parameters if item.name in names)


def service_name(experiment: str, kind: str) -> str:
    """Return the name of a web service published from an experiment."""
    return f"{experiment} [{'predictive' if kind == PREDICTIVE else 'training'} exp.]"


def _create_service(
    storage: Storage,
    saved: SavedExperiment,
    experiment: Experiment,
    kind: str,
    definition: str,
    resources: tuple[Resource, ...],
    by: str,
    now: datetime,
) -> Endpoint:
    name = service_name(saved.name, kind)
    made = (experiment.description, kind, saved.name, now.isoformat(), saved.key)
    service = WebService(saved.workspace_id, new_id(), name, *made)
    # First the endpoint: a service without one would be found and fail; an endpoint without its service is never found.
    endpoint = _new_default(storage, service, definition, resources, by, saved, now)
    insert_web_service(storage, service)
    return endpoint


def _new_default(
    storage: Storage,
    service: WebService,
    definition: str,
    resources: tuple[Resource, ...],
    by: str,
    saved: SavedExperiment,
    now: datetime,
) -> Endpoint:
    return new_endpoint(storage, service, DEFAULT, definition, resources, _cause(by, saved), now=now)


def _cause(by: str, saved: SavedExperiment) -> Cause:
    return Cause(by, "publish", f"version {saved.version} of experiment {saved.name}")


def _update_default(
    app: App,
    service: WebService,
    definition: str,
    resources: tuple[Resource, ...],
    by: str,
    saved: SavedExperiment,
    now: datetime,
) -> Endpoint:
    def change(before: Endpoint) -> Endpoint:
        step = next_change(before, _cause(by, saved), now=now, resources=resources)
        return replace(before, definition=definition, resources=resources, change=step)

    try:
        default = get_named_endpoint(app.storage, service.workspace_id, service.id, DEFAULT)
    except NotFound:
        # Deleting the service was interrupted, or an earlier version of the app while it created the service.
        return _new_default(app.storage, service, definition, resources, by, saved, now)
    changed = change_endpoint(app.storage, default, change)
    app.snapshots.replace(changed)
    return changed
