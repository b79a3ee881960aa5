"""Candidates: trained models that may answer beside those in use, checked as for an update before anything changes."""

from datetime import datetime
from typing import Any

from studio.errors import BadArgument, Conflict, NotFound
from studio.model.container import ModelFile
from studio.registry.access import is_workspace_token
from studio.registry.definitions import Definition, get_definition
from studio.registry.deployments import Resource
from studio.registry.endpoints import Endpoint
from studio.registry.models import RegisteredModel, list_models
from studio.rollout.update_resource import check_fits, receive_model, store_model
from studio.serving.app import App
from studio.serving.model_facts import read_version
from studio.wire import invalid_value

ACCEPTED = "a list of {Name} with Location, Version or JobId, and Model if the version is one of another name"


def receive_candidate(
    app: App, endpoint: Endpoint, given: Any, name: str, *, by: str, now: datetime
) -> tuple[Resource, ...]:
    """Return the models that are given for an endpoint's resources; resources that are not named keep theirs.

    Parameters
    ----------
    given
        list of objects: `Name` of the resource, and `Location` of a file as in an update, `Version` of a registered
        model (a number or `latest`), or `JobId` of the training job that made it. `Model` is the name that the model is
        registered under, if not that of the resource.
    name
        What to call the list in errors.
    by
        The caller's credential. Registered models are the workspace's: who has the endpoint's key gives a location.

    Raises
    ------
    BadArgument, Conflict, InvalidOperation, NotFound, TooLarge
        If a model fails a check of an update, or would answer with other columns than the one in use.
    """
    definition = get_definition(app.storage, endpoint.definition)
    known = {item.name.lower(): item for item in endpoint.resources}
    if not isinstance(given, list) or not given or not all(isinstance(item, dict) for item in given):
        raise invalid_value(name, ACCEPTED, given)
    chosen: dict[str, Resource] = {}
    for item in given:
        resource = known.get(str(item.get("Name") or "").lower())
        if resource is None or resource.name in chosen:
            names = ", ".join(f"'{item.name}'" for item in known.values()) or "none, since this endpoint trains"
            raise invalid_value(f"{name}.Name", f"one of the endpoint's models, each once: {names}", item.get("Name"))
        if "Location" not in item and not is_workspace_token(by):
            text = f"{name} with Version or JobId needs a workspace token. With an endpoint's key, give a Location."
            raise BadArgument("BadParameterValue", text, name)
        chosen[resource.name] = _receive(app, endpoint, definition, resource, item, name, now)
    return tuple(chosen.get(item.name, item) for item in endpoint.resources)


def _receive(
    app: App,
    endpoint: Endpoint,
    definition: Definition,
    used: Resource,
    item: dict[str, Any],
    name: str,
    now: datetime,
) -> Resource:
    ways = [way for way in ("Location", "Version", "JobId") if item.get(way) is not None]
    if len(ways) != 1:
        raise invalid_value(name, ACCEPTED, sorted(item))
    if ways == ["Location"]:
        incoming = receive_model(app, used.name, item["Location"], definition, now)
        _check_columns(app, definition, used, incoming.loaded.file)
        return store_model(app, endpoint, incoming, now)
    found = _registered(app, endpoint, used, item, name)
    file = app.models.get(found.model).file
    check_fits(definition, used.name, file)
    _check_columns(app, definition, used, file)
    return Resource(used.name, found.model, found.version, f"{found.name}, version {found.version}")


def _registered(app: App, endpoint: Endpoint, used: Resource, item: dict[str, Any], name: str) -> RegisteredModel:
    family = item.get("Model", used.name)
    if not isinstance(family, str) or not family:
        raise invalid_value(f"{name}.Model", "the name of a trained model of the workspace", family)
    if item.get("Version") is not None:
        return read_version(app.storage, endpoint.workspace_id, family, str(item["Version"]))
    made = [found for found in list_models(app.storage, endpoint.workspace_id, family) if found.job_id == item["JobId"]]
    if not made:
        text = f"No version of the trained model '{family[:200]}' was made by the job '{str(item['JobId'])[:64]}'."
        raise NotFound("ModelVersionNotFound", text)
    return made[-1]


def _check_columns(app: App, definition: Definition, used: Resource, file: ModelFile) -> None:
    """Raise Conflict unless both models return the same columns of a row: one request may be answered by both."""
    repeats = any(
        (output.append or output.append_parameter) and output.resource == used.name for output in definition.outputs
    )
    before, after = ([column.name for column in item.encoder.columns] for item in (_file(app, used), file))
    if repeats and before != after:
        raise Conflict(
            "ModelOutputMetadataMismatch",
            f"The model returns the columns {', '.join(after)} of a row, the one in use {', '.join(before)}. A request "
            "that both answer would have two kinds of rows. Train it with the experiment that the service was "
            "published from, or update the endpoint (PATCH).",
            used.name,
        )


def _file(app: App, used: Resource) -> ModelFile:
    return app.models.get(used.model).file


def check_may_split(endpoint: Endpoint) -> None:
    """Raise BadArgument for an endpoint without models."""
    if not endpoint.resources:
        raise BadArgument(
            "ModelConfigurationInvalid",
            "This endpoint belongs to a training web service and has no models that could share its rows.",
        )
