"""Web services of a trained model without an experiment of the workspace: published by the model's name.

Its definition is that of a predictive experiment with a Trained Model and a scoring module, so that all that is known
of definitions holds for it. No experiment of that kind is saved; the service's row names none.
"""

from dataclasses import replace
from datetime import datetime

from studio.errors import NotFound
from studio.graph.document import parse_experiment
from studio.model.container import read_model_file
from studio.model.manifest import CLUSTERING, Manifest
from studio.registry.definitions import (
    DATASET,
    PREDICTIVE,
    Definition,
    ServiceInput,
    ServiceOutput,
    put_definition,
)
from studio.registry.deployments import Resource
from studio.registry.endpoints import DEFAULT, Endpoint, change_endpoint, get_named_endpoint, next_change
from studio.registry.history import Cause
from studio.registry.models import RegisteredModel, get_proved_model, list_models
from studio.registry.web_services import WebService, insert_web_service, list_web_services
from studio.rollout.endpoints import new_endpoint
from studio.serving.app import App
from studio.storage.account import Storage
from studio.storage.keys import new_id

INPUT, OUTPUT = "input1", "output1"
SCORERS = {CLUSTERING: ("Assign Data to Clusters", "Check for Append or Uncheck for Result Only", "Results dataset")}
SCORER = ("Score Model", "Append score columns to output", "Scored dataset")


def publish_model(
    app: App,
    workspace_id: str,
    name: str,
    *,
    version: int | None,
    update_existing: bool,
    by: str,
    now: datetime,
) -> Endpoint:
    """Publish a version of a named model, the latest by default, and return the service's default endpoint.

    Parameters
    ----------
    update_existing
        Whether to update the default endpoint of the service of this model, if there is one.

    Raises
    ------
    NotFound
        If the workspace has no such model or version.
    """
    registered = _find_version(app.storage, workspace_id, name, version)
    content = get_proved_model(app.storage, app.prover, registered.model)
    manifest = read_model_file(content, app.storage.settings.max_model_bytes).manifest
    digest = put_definition(app.storage, model_definition(registered.name, manifest))
    resources = (Resource(registered.name, registered.model, registered.version, "published by name"),)
    cause = Cause(by, "publish", f"version {registered.version} of model {registered.name}")
    found = _find_service(app.storage, workspace_id, registered.name) if update_existing else None
    if found is not None:
        return _update(app, found, digest, resources, cause, now)
    service = WebService(workspace_id, new_id(), registered.name, _describe(manifest), PREDICTIVE, "", now.isoformat())
    # First the endpoint: a service without one would be found and fail.
    endpoint = new_endpoint(app.storage, service, DEFAULT, digest, resources, cause, now=now)
    insert_web_service(app.storage, service)
    return endpoint


def model_definition(name: str, manifest: Manifest) -> Definition:
    """Return the definition of a web service that takes a model's columns and returns its scores."""
    scorer, append, port = SCORERS.get(manifest.task, SCORER)
    experiment = parse_experiment(
        {
            "description": _describe(manifest),
            "modules": {
                "Model": {"module": "Trained Model", "properties": {"Resource name": name}},
                "Score": {"module": scorer, "properties": {append: False}},
            },
            "connections": [{"from": ["Model", "Trained model"], "to": ["Score", "Trained model"]}],
            "webServiceInputs": [{"name": INPUT, "to": ["Score", "Dataset"]}],
            "webServiceOutputs": [{"name": OUTPUT, "from": ["Score", port]}],
        }
    )
    return Definition(
        PREDICTIVE,
        dict(experiment.document),
        (ServiceInput(INPUT, manifest.inputs),),
        (ServiceOutput(OUTPUT, DATASET, manifest.outputs, name, append=False),),
        (),
    )


def _describe(manifest: Manifest) -> str:
    return f"Predicts {manifest.label.name}: {manifest.task}, {manifest.learner}"


def _find_version(storage: Storage, workspace_id: str, name: str, version: int | None) -> RegisteredModel:
    versions = list_models(storage, workspace_id, name)
    found = [item for item in versions if version in (None, item.version)]
    if not found:
        known = ", ".join(str(item.version) for item in versions[-20:])
        text = f"no version {version}. It has: {known}" if versions else "none of that name"
        raise NotFound("ModelMissing", f"The workspace has no trained model '{name[:200]}' to publish: {text}.")
    return found[-1]


def _find_service(storage: Storage, workspace_id: str, name: str) -> WebService | None:
    """Return the latest service that was published by a model's name."""
    services = [item for item in list_web_services(storage, workspace_id) if (item.name, item.experiment) == (name, "")]
    return max(services, key=lambda item: item.created_at, default=None)


def _update(
    app: App, service: WebService, definition: str, resources: tuple[Resource, ...], cause: Cause, now: datetime
) -> Endpoint:
    def change(before: Endpoint) -> Endpoint:
        step = next_change(before, cause, now=now, resources=resources)
        return replace(before, definition=definition, resources=resources, change=step)

    try:
        default = get_named_endpoint(app.storage, service.workspace_id, service.id, DEFAULT)
    except NotFound:
        # Deleting the service was interrupted.
        return new_endpoint(app.storage, service, DEFAULT, definition, resources, cause, now=now)
    changed = change_endpoint(app.storage, default, change)
    app.snapshots.replace(changed)
    return changed
