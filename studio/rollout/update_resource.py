"""UpdateResource: PATCH of an endpoint's trained models and settings.

A model is downloaded once with a size limit, proved in a process of its own (studio/model/proof.py), compared with the
web service's schema and loaded before the endpoint changes; any failure leaves the endpoint as it was. A caller may
ask for a gate: a model that is worse than the one in use on the same rows is then refused.

References
----------
Sections 4.5 and 7.4 of the original's wire contract.
"""

from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from studio.errors import BadArgument, Conflict, InvalidOperation, TooLarge
from studio.model.container import ModelFile, read_model_file
from studio.model.loaded import LoadedModel, open_model
from studio.registry.definitions import EXTENSIONS, MODEL, Definition, get_definition
from studio.registry.deployments import NONE, Resource
from studio.registry.endpoints import DEFAULT, Endpoint, change_endpoint, next_change
from studio.registry.history import Cause
from studio.registry.models import admit_model, register_model
from studio.registry.web_services import follows_experiment
from studio.rollout.comparison import HeldBack, choose_rows, compare_models, comparison_object
from studio.rollout.comparison_details import read_wanted
from studio.rollout.gate import Gate, judge, read_gate
from studio.rollout.settings import read_settings_changes
from studio.serving.app import App
from studio.storage.account import Storage
from studio.storage.blob_access import read_blob
from studio.storage.blobs import check_extension, check_host, check_not_expired, parse_blob_reference
from studio.storage.connections import FETCH
from studio.tables.schema import Column, ColumnType
from studio.wire import invalid_value, read_text


@dataclass(frozen=True, slots=True)
class Incoming:
    """A model that passed every check: its resource's name, its hash, where it came from, and the open model."""

    resource: str
    digest: str
    origin: str
    loaded: LoadedModel


def patch_endpoint(app: App, endpoint: Endpoint, body: dict[str, Any], *, by: str, now: datetime) -> Endpoint:
    """Change what the body names, such as trained models (`Resources`), description or limits; return the endpoint.

    Raises
    ------
    BadArgument, InvalidOperation, Conflict, TooLarge
        If the body names trained models for the default endpoint, a model fails a check, or a setting is invalid; the
        message says what to do. The endpoint is left as it was.
    """
    if body.get("Resources"):
        check_takes_models(app.storage, endpoint)
    return update_endpoint(app, endpoint, body, by=by, now=now)


def check_takes_models(storage: Storage, endpoint: Endpoint) -> None:
    """Raise BadArgument for a default endpoint whose models follow an experiment; some services have none."""
    if follows_experiment(storage, endpoint):
        raise BadArgument(
            "BadParameterValue",
            "The default endpoint follows the experiment and cannot be updated. Add an endpoint "
            "(PUT …/endpoints/{name}) and update that, or publish the experiment again.",
            DEFAULT,
        )


def update_endpoint(app: App, endpoint: Endpoint, body: dict[str, Any], *, by: str, now: datetime) -> Endpoint:
    """Change what patch_endpoint changes, on any endpoint.

    Azure Resource Manager shows only a service's default endpoint, so its clients may update the models there.
    """
    settings = read_settings_changes(body, endpoint.throttle_level)
    gate = None if body.get("Gate") is None else read_gate(body["Gate"], complete=False)
    incoming = _receive_all(app, endpoint, body, now)
    if gate is not None:
        _pass_gate(app, endpoint, incoming, gate)
    why = read_text(body.get("Why") or ("UpdateResource" if incoming else "settings"), "Why")
    resources = [store_model(app, endpoint, item, now) for item in incoming]

    def change(before: Endpoint) -> Endpoint:
        if gate is not None and before.resources != endpoint.resources:
            raise Conflict(
                "ModelNotBetter",
                f"The models of '{before.name}' changed while the new one was compared with them. Repeat the update.",
                endpoint.name,
            )
        updated = {resource.name: resource for resource in (*before.resources, *resources)}
        merged = tuple(updated[resource.name] for resource in before.resources)
        action = "update" if resources else "settings"
        step = next_change(before, Cause(by, action, why), now=now, resources=merged)
        # The model that was in use may be named again: then, too, it answers all rows from now on.
        deployments = NONE if resources else before.deployments
        return replace(before, resources=merged, deployments=deployments, change=step, **settings)

    changed = change_endpoint(app.storage, endpoint, change)
    app.snapshots.replace(changed)
    return changed


def compare_with_used(
    app: App, endpoint: Endpoint, body: dict[str, Any], *, now: datetime, shows_rows: bool = False
) -> dict[str, Any]:
    """Compare a trained model with the endpoint's own, on the same rows, without changing the endpoint.

    Parameters
    ----------
    body
        `Resources` as for an update, with one entry, and optionally `Gate`: the rows, and what the model must achieve;
        `Details`: what to tell beside the metrics (comparison_details.py).
    shows_rows
        Whether the caller may see rows of the data.

    Returns
    -------
    dict
        The metrics of both models, and whether an update with this gate would accept the model.

    Raises
    ------
    BadArgument, BadUserArgument, InvalidOperation, Conflict, TooLarge
        If the model fails a check of an update, or the models cannot be compared on the rows.
    """
    gate, wanted = read_gate(body.get("Gate") or {}, complete=False), read_wanted(body.get("Details"))
    if not isinstance(body.get("Resources"), list) or len(body["Resources"]) != 1:
        accepted = "a list with one {Name, Location}, the model to compare"
        raise BadArgument("BadParameterValue", f"Resources must be {accepted}.", "Resources")
    (item,) = _receive_all(app, endpoint, body, now)
    champion, rows = _opponent(app, endpoint, item, gate.hold_out)
    comparison = compare_models(app, item.loaded, champion, rows, intervals=True, wanted=wanted, shows_rows=shows_rows)
    outcome = judge(gate, comparison)
    return comparison_object(comparison) | {"Passed": outcome.passed, "Why": outcome.why}


def _opponent(app: App, endpoint: Endpoint, item: Incoming, hold_out: str) -> tuple[str, HeldBack]:
    """Return the hash of the model that a new one would replace, and the rows to compare them on."""
    champion = next(resource.model for resource in endpoint.resources if resource.name == item.resource)
    return champion, choose_rows(app.storage, endpoint.workspace_id, hold_out, item.digest, champion)


def _pass_gate(app: App, endpoint: Endpoint, incoming: list[Incoming], gate: Gate) -> None:
    """Raise Conflict (ModelNotBetter) if a model does not pass the gate that the caller asked for."""
    if not incoming:
        raise invalid_value("Gate", "given together with Resources, the models to check", {})
    for item in incoming:
        champion, rows = _opponent(app, endpoint, item, gate.hold_out)
        outcome = judge(gate, compare_models(app, item.loaded, champion, rows))
        if not outcome.passed:
            raise Conflict(
                "ModelNotBetter",
                f"The new model does not pass the gate: {outcome.why}. The endpoint keeps its model.",
                item.resource,
            )


def _receive_all(app: App, endpoint: Endpoint, body: dict[str, Any], now: datetime) -> list[Incoming]:
    """Return the models that the body names, checked."""
    if not body.get("Resources"):
        return []
    definition = get_definition(app.storage, endpoint.definition)
    return [receive_model(app, *item, definition, now) for item in _requested(definition, body)]


def _requested(definition: Definition, body: dict[str, Any]) -> list[tuple[str, Any]]:
    """Return the resource's exact name and the location for each entry of `Resources`."""
    known = {name.lower(): name for name in definition.resources}
    if not known:
        raise BadArgument(
            "ModelConfigurationInvalid",
            "This endpoint belongs to a training web service and has no updatable resources. "
            "Update an endpoint of the predictive web service.",
        )
    if not isinstance(body["Resources"], list):
        raise BadArgument("BadParameterValue", "Resources must be a list of {Name, Location}.", "Resources")
    requested = []
    for item in body["Resources"]:
        name = str(item.get("Name") or "") if isinstance(item, dict) else ""
        # Classic: `[trained model]` and `[Trained Model]` both occur in samples (reference 8.2).
        if name.lower() not in known:
            names = ", ".join(f"'{known_name}'" for known_name in known.values())
            raise BadArgument("BadParameterValue", f"The endpoint has no resource '{name}'. It has: {names}.", name)
        requested.append((known[name.lower()], item.get("Location")))
    return requested


def receive_model(app: App, name: str, location: Any, definition: Definition, now: datetime) -> Incoming:
    """Return the model at a location, proved and compared with the web service; an error says what is wrong."""
    storage = app.storage
    reference = parse_blob_reference(location, name)
    check_host(reference, name, storage)
    check_extension(reference, EXTENSIONS[MODEL], name)
    check_not_expired(reference, name, now)
    limit = storage.settings.max_model_bytes
    content = read_blob(storage, reference, limit, name, FETCH)
    if isinstance(content, int):
        raise TooLarge(
            "OutOfMemoryLimit",
            f"'{reference.relative_location}' has {content} bytes; the limit is {limit}.",
            name,
        )
    digest = admit_model(storage, app.prover, content)
    file = read_model_file(content, limit)
    check_fits(definition, name, file)
    origin = f"{reference.base_location or ''}{reference.relative_location}"
    return Incoming(name, digest, origin, app.models.find(digest) or open_model(file, len(content)))


def check_fits(definition: Definition, name: str, file: ModelFile) -> None:
    """Check that a model's inputs and outputs match the web service's.

    Raises
    ------
    InvalidOperation
        If the model needs a column that the service does not have, or has with another type (IncompatibleModel).
    Conflict
        If the model outputs other columns (ModelOutputMetadataMismatch).
    """
    offered = {column.name: column for column in definition.offered(name)}
    for column in file.manifest.inputs:
        known = offered.get(column.name)
        if known is None:
            raise InvalidOperation(
                "IncompatibleModel",
                f"The model needs the column '{column.name}', which the web service does not have. It was trained by "
                "another experiment or on other columns.",
                name,
            )
        if not _compatible(known, column):
            raise InvalidOperation(
                "IncompatibleModel",
                f"The column '{column.name}' is {column.type.value} in the model but {known.type.value} in the web "
                "service.",
                name,
            )
    expected = definition.appended(name, len(file.manifest.outputs))
    same = len(expected) == len(file.manifest.outputs) and all(
        one.name == other.name and _compatible(one, other)
        for one, other in zip(expected, file.manifest.outputs, strict=True)
    )
    if not same:
        raise Conflict(
            "ModelOutputMetadataMismatch",
            f"The model outputs {_describe(file.manifest.outputs)} but the web service outputs {_describe(expected)}. "
            "Train it with the experiment that the service was published from.",
            name,
        )


def store_model(app: App, endpoint: Endpoint, item: Incoming, now: datetime) -> Resource:
    """Register a model that passed every check, and return it as a resource."""
    app.models.add(item.digest, item.loaded)
    manifest = item.loaded.file.manifest
    registered = register_model(
        app.storage,
        endpoint.workspace_id,
        item.resource,
        item.digest,
        job_id="",
        metrics=manifest.metrics,
        lineage=manifest.lineage,
        now=now,
    )
    return Resource(item.resource, item.digest, registered.version, item.origin)


def _compatible(one: Column, other: Column) -> bool:
    if one.type is other.type:
        return True
    numbers = (ColumnType.INT32, ColumnType.INT64, ColumnType.DOUBLE)
    return one.type in numbers and other.type in numbers


def _describe(columns: tuple[Column, ...]) -> str:
    return ", ".join(f"{column.name} ({column.type.value})" for column in columns)
