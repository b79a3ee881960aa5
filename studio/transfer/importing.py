"""Imports what another deployment exported: trained models, then web services with their endpoints.

What exists is left as it is, so that an import that was interrupted can be repeated.
"""

from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from studio.errors import BadArgument, TooLarge
from studio.experiments.experiments import seal_document
from studio.model.container import read_model_file
from studio.monitoring.settings import read_prediction_log
from studio.registry.definitions import PREDICTIVE, TRAINING, Definition, put_definition
from studio.registry.deployments import Resource
from studio.registry.endpoints import DEFAULT, NAME, list_endpoints
from studio.registry.history import Cause
from studio.registry.models import RegisteredModel, admit_model, get_proved_model, list_models, register_model
from studio.registry.web_services import WebService, insert_web_service, list_web_services
from studio.rollout.endpoints import new_endpoint
from studio.rollout.settings import read_settings_changes
from studio.rollout.update_resource import check_fits
from studio.serving.app import App
from studio.storage.account import Storage
from studio.storage.keys import new_id
from studio.transfer.definitions import MAX_NAME, parse_definition
from studio.wire import fits_url, invalid_value, read_text

MAX_ENDPOINTS = 500
Fitting = set[tuple[str, str, str]]


@dataclass(frozen=True, slots=True)
class _Incoming:
    """An endpoint that passed every check."""

    name: str
    definition: str
    resources: tuple[Resource, ...]
    settings: dict[str, Any]


def import_model(app: App, workspace_id: str, name: str, content: bytes, *, now: datetime) -> RegisteredModel:
    """Prove a model file and register it as the next version of a name; one that has it already keeps its version.

    Raises
    ------
    BadArgument, InvalidOperation, TooLarge
        If the name or the file is not accepted. Nothing is stored.
    """
    storage, limit = app.storage, app.storage.settings.max_model_bytes
    if not fits_url(name) or not 0 < len(name.strip()) <= MAX_NAME:
        raise invalid_value("model", f"a name of 1 to {MAX_NAME} characters, none of / \\ ? # %", name)
    if not content:
        raise BadArgument("BadParameterValue", "The body must be an .ilearner file, got nothing.", "body")
    if len(content) > limit:
        raise TooLarge("OutOfMemoryLimit", f"The model file has {len(content)} bytes; the limit is {limit}.", name)
    digest = admit_model(storage, app.prover, content)
    manifest = read_model_file(content, limit).manifest
    return register_model(
        storage,
        workspace_id,
        name,
        digest,
        job_id="",
        metrics=manifest.metrics,
        lineage={"imported": True},
        now=now,
    )


def import_service(app: App, workspace_id: str, body: dict[str, Any], *, by: str, now: datetime) -> dict[str, Any]:
    """Create a web service, or those of its endpoints that are missing, from an exported document.

    Returns
    -------
    dict
        `Id` of the web service, the names of the endpoints `Added`, and of those `Kept` because they existed.

    Raises
    ------
    BadArgument, InvalidOperation, Conflict
        If the document is not what an export contains, names a model that the workspace does not have, or one that
        does not fit. Nothing is created.
    """
    storage = app.storage
    name, description = _read_name(body), read_text(body.get("Description") or "", "Description")
    incoming = _read_endpoints(app, workspace_id, body)
    service = _find_service(storage, workspace_id, name, body)
    existing = {item.name for item in list_endpoints(storage, workspace_id, service.id)} if service else set()
    new = service or WebService(
        workspace_id, new_id(), name, description, body["Kind"], _experiment(body), now.isoformat()
    )
    cause = Cause(by, "import", "imported from an export")
    added = [item for item in incoming if item.name not in existing]
    for item in sorted(added, key=lambda item: item.name != DEFAULT):
        new_endpoint(storage, new, item.name, item.definition, item.resources, cause, now=now, **item.settings)
        if item.name == DEFAULT and service is None:
            # After its default endpoint: a service without one would be found and fail.
            insert_web_service(storage, new)
    kept = [item.name for item in incoming if item.name in existing]
    return {"Id": new.id, "Name": new.name, "Added": [item.name for item in added], "Kept": kept}


def _find_service(storage: Storage, workspace_id: str, name: str, body: dict[str, Any]) -> WebService | None:
    found = [item for item in list_web_services(storage, workspace_id) if item.name == name]
    if len(found) > 1:
        raise BadArgument("BadParameterValue", f"{len(found)} web services are named '{name}'. Delete all but one.")
    if found and (found[0].kind, found[0].experiment) != (body["Kind"], body["Experiment"]):
        raise BadArgument("BadParameterValue", f"The workspace has another web service named '{name}'.", "Name")
    return found[0] if found else None


def _read_name(body: dict[str, Any]) -> str:
    if body.get("Kind") not in (TRAINING, PREDICTIVE):
        raise invalid_value("Kind", f"{TRAINING} or {PREDICTIVE}", body.get("Kind"))
    _experiment(body)
    return _text(body, "Name")


def _experiment(body: dict[str, Any]) -> str:
    """Return the experiment's name, empty for a service that was published by a model's name."""
    return "" if body.get("Experiment") == "" and body["Kind"] == PREDICTIVE else _text(body, "Experiment")


def _text(body: dict[str, Any], name: str) -> str:
    value = body.get(name)
    if not isinstance(value, str) or not 0 < len(value.strip()) <= MAX_NAME:
        raise invalid_value(name, f"a text of 1 to {MAX_NAME} characters", value)
    return value


def _read_endpoints(app: App, workspace_id: str, body: dict[str, Any]) -> list[_Incoming]:
    items, documents = body.get("Endpoints"), body.get("Definitions")
    if not isinstance(documents, dict):
        raise invalid_value("Definitions", "an object of definitions by hash", documents)
    if not isinstance(items, list) or not 0 < len(items) <= MAX_ENDPOINTS:
        got = len(items) if isinstance(items, list) else items
        raise invalid_value("Endpoints", f"a list of 1 to {MAX_ENDPOINTS} endpoints", got)
    names = [item.get("Name") if isinstance(item, dict) else None for item in items]
    if not all(isinstance(name, str) and NAME.fullmatch(name) for name in names):
        raise invalid_value("Endpoints", "endpoints with names of up to 24 lower-case letters and digits", names)
    if len(set(names)) != len(names) or DEFAULT not in names:
        raise invalid_value("Endpoints", f"different names, with '{DEFAULT}' among them", names)
    used = dict.fromkeys(str(item.get("Definition")) for item in items)
    definitions = {name: parse_definition(documents.get(name), f"Definitions.{name[:8]}") for name in used}
    if {item.kind for item in definitions.values()} != {body["Kind"]}:
        raise invalid_value("Kind", "the kind of the definitions", body["Kind"])
    settings = [read_settings_changes(item) | _read_log(item, definitions[str(item["Definition"])]) for item in items]
    fitting: Fitting = set()
    resources = [
        _read_resources(app, workspace_id, item, definitions[str(item["Definition"])], fitting) for item in items
    ]
    stored = {
        name: put_definition(app.storage, _sealed(app.storage, workspace_id, item))
        for name, item in definitions.items()
    }
    return [
        _Incoming(item["Name"], stored[str(item["Definition"])], models, chosen)
        for item, models, chosen in zip(items, resources, settings, strict=True)
    ]


def _read_log(item: dict[str, Any], definition: Definition) -> dict[str, Any]:
    """Return the settings of an endpoint's prediction log, which exports of earlier versions do not have."""
    given = item.get("PredictionLog")
    if given is None:
        return {}
    if not isinstance(given, dict):
        raise invalid_value("PredictionLog", "an object, or null for none", given)
    return {"prediction_log": read_prediction_log(definition, given)}


def _sealed(storage: Storage, workspace_id: str, definition: Definition) -> Definition:
    """Return a definition with the secrets sealed that its document holds in plain text."""
    document = seal_document(storage, workspace_id, definition.experiment)
    defaults = {item["name"]: item.get("default") for item in document.get("webServiceParameters") or ()}
    parameters = tuple(replace(item, default=defaults.get(item.name, item.default)) for item in definition.parameters)
    return replace(definition, experiment=document, parameters=parameters)


def _read_resources(
    app: App, workspace_id: str, item: dict[str, Any], definition: Definition, fitting: Fitting
) -> tuple[Resource, ...]:
    """Return an endpoint's trained models, which the workspace must have; `fitting` are those checked before."""
    given = item.get("Resources")
    if not isinstance(given, list) or not all(isinstance(entry, dict) for entry in given):
        raise invalid_value("Resources", "a list of {Name, Model}", given)
    models = {str(entry.get("Name")): str(entry.get("Model")) for entry in given}
    if len(models) != len(given) or set(models) != set(definition.resources):
        raise invalid_value("Resources", "the resources of the definition: " + ", ".join(definition.resources), given)
    return tuple(_read_resource(app, workspace_id, name, models[name], item, definition, fitting) for name in models)


def _read_resource(
    app: App,
    workspace_id: str,
    name: str,
    model: str,
    item: dict[str, Any],
    definition: Definition,
    fitting: Fitting,
) -> Resource:
    versions = {known.model: known.version for known in list_models(app.storage, workspace_id, name)}
    if model not in versions:
        raise BadArgument(
            "ModelMissing",
            f"The workspace has no trained model '{name}' with the hash {model[:64]}. Import the model's file first "
            "(POST /workspaces/{id}/models/{name}).",
            name,
        )
    checked = (str(item["Definition"]), name, model)
    if checked not in fitting:
        content = get_proved_model(app.storage, app.prover, model)
        check_fits(definition, name, read_model_file(content, app.storage.settings.max_model_bytes))
        fitting.add(checked)
    return Resource(name, model, versions[model], "import")
