"""Endpoints: addresses of a web service, each with its own id, keys, limits and trained models.

Table `endpoints`: partition key is the workspace id, row key the endpoint id, so that scoring finds an endpoint with
one point read. The id is a hash of workspace, service and name, so that one point read finds it by name, too.
The row (`changes`, `endpoints`) holds the change token, which every change renews; serving/snapshots.py polls it.
"""

import contextlib
import hashlib
import json
import logging
import re
import uuid
from collections.abc import Callable, Iterator
from dataclasses import asdict, dataclass, replace
from datetime import datetime
from typing import Any

from azure.data.tables import UpdateMode

from studio import telemetry
from studio.errors import BadArgument, Conflict, InternalError, NotFound
from studio.registry.announcements import REGENERATE_KEY, change_act, change_notice, change_witness
from studio.registry.deployments import (
    NONE,
    Deployments,
    Resource,
    deployments_from_json,
    deployments_to_json,
)
from studio.registry.history import (
    Cause,
    Change,
    DeploymentsChange,
    ResourceChange,
    change_from_json,
    change_to_json,
    note_swap,
    record_change,
)
from studio.registry.prediction_log import RETENTION_DAYS, PredictionLog
from studio.storage.account import Storage
from studio.storage.audit_log import acting
from studio.storage.event_log import announce, emit_announced
from studio.storage.keys import derive_key, is_id, new_generation
from studio.storage.rows import IMPATIENT, MAX_TRIES, Row, delete_row, find_row, insert_row, list_rows, replace_row

DEFAULT = "default"
NAME = re.compile(r"[a-z0-9]{1,24}")
CHANGE_TOKEN = ("changes", "endpoints")
logger = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Endpoint:
    """An endpoint as stored; `definition` is the hash of its definition, `etag` guards against concurrent changes."""

    workspace_id: str
    service_id: str
    id: str
    name: str
    created_at: str
    definition: str
    change: Change
    description: str = ""
    generations: tuple[str, str] = ("0", "0")
    throttle_level: str = "High"
    max_concurrent_calls: int = 20
    diagnostics_level: str = "None"
    prevent_update: bool = False
    resources: tuple[Resource, ...] = ()
    etag: str = ""
    deployments: Deployments = NONE
    prediction_log: PredictionLog | None = None
    log_days: int = 0

    @property
    def is_default(self) -> bool:
        """Whether this endpoint came with its web service; it follows the experiment, if the service has one."""
        return self.name == DEFAULT

    def models_in_use(self) -> Iterator[Resource]:
        """Yield the trained models of all deployments, those of the current ones first."""
        yield from self.resources
        for deployment in self.deployments.all():
            yield from deployment.resources

    def key(self, master_secret: str, slot: int) -> str:
        """Return the primary (0) or secondary (1) key."""
        parts = (self.workspace_id, self.service_id, self.id, str(slot), self.generations[slot])
        return derive_key(master_secret, *parts)


def endpoint_id(workspace_id: str, service_id: str, name: str) -> str:
    """Return the id (32 hex digits) of the endpoint that a service has, or would have, under a name."""
    return hashlib.sha256(f"{workspace_id}/{service_id}/{name}".encode()).hexdigest()[:32]


def create_endpoint(storage: Storage, endpoint: Endpoint, *, now: datetime) -> Endpoint:
    """Insert a new endpoint; Conflict if the service already has one of this name, BadArgument if it is invalid."""
    if not NAME.fullmatch(endpoint.name):
        raise BadArgument(
            "BadParameterValue",
            f"An endpoint's name must be up to 24 lower-case letters and digits, got '{endpoint.name}'.",
            "EndpointName",
        )
    generation = str(new_generation(now.timestamp()))
    endpoint = replace(endpoint, generations=(generation, generation))
    if not insert_row(storage.table("endpoints"), _to_row(endpoint)):
        raise Conflict("BadParameterValue", f"The service already has an endpoint '{endpoint.name}'.")
    renew_change_token(storage)
    return endpoint


def get_endpoint(storage: Storage, workspace_id: str, id_: str, **options: Any) -> Endpoint:
    """Return an endpoint by its id; NotFound if the workspace has no such endpoint."""
    row = find_row(storage.table("endpoints"), workspace_id, id_, **options) if is_id(id_) else None
    if row is None:
        raise NotFound("WebServiceNotFound", f"The workspace has no endpoint with the id '{id_}'.")
    return _from_row(row)


def get_named_endpoint(storage: Storage, workspace_id: str, service_id: str, name_or_id: str) -> Endpoint:
    """Return an endpoint of a service by its name or id; NotFound if the service has no such endpoint."""
    # Classic: management paths contain the name, help links the id (reference 1.2).
    id_ = name_or_id if is_id(name_or_id) else endpoint_id(workspace_id, service_id, name_or_id.lower())
    row = find_row(storage.table("endpoints"), workspace_id, id_)
    if row is None or row["WebServiceId"] != service_id:
        raise NotFound("WebServiceNotFound", f"The web service has no endpoint '{name_or_id}'.")
    return _from_row(row)


def list_endpoints(storage: Storage, workspace_id: str, service_id: str, after: str = "") -> Iterator[Endpoint]:
    """Yield the endpoints of a service in order of their ids, starting after the id `after`."""
    wanted = f"WebServiceId eq '{service_id}'" + (f" and RowKey gt '{after}'" if after else "")
    for row in list_rows(storage.table("endpoints"), workspace_id, wanted):
        yield _from_row(row)


def list_workspace_endpoints(storage: Storage, workspace_id: str) -> Iterator[Endpoint]:
    """Yield the endpoints of all services of a workspace."""
    for row in list_rows(storage.table("endpoints"), workspace_id):
        yield _from_row(row)


def change_endpoint(storage: Storage, endpoint: Endpoint, change: Callable[[Endpoint], Endpoint]) -> Endpoint:
    """Change an endpoint under its ETag, retrying if another caller changed it in the meantime, and return it.

    The previous change is added to the history before the new one replaces it in the row, so that the history is
    complete even if the process dies in between; the event of a swap is announced before, for the same reason.

    Parameters
    ----------
    endpoint
        The endpoint as last seen. It is usually unchanged, which saves a read.
    change
        Takes the endpoint and returns the new one; may raise to leave it unchanged. One that changes the models or the
        definition and says nothing of deployments ends them: the current models then answer all rows.

    Raises
    ------
    NotFound
        If the endpoint no longer exists.
    Conflict
        If other callers keep changing the endpoint.
    """
    before = endpoint if endpoint.etag else get_endpoint(storage, endpoint.workspace_id, endpoint.id)
    with contextlib.ExitStack() as noted:
        for attempt in range(MAX_TRIES):
            after = _with_deployments(before, change(before))
            if attempt == 0:
                noted.enter_context(acting(storage, after.workspace_id, change_act(after)))
            record_change(storage, before.id, before.change)
            notice = change_notice(after)
            if notice is not None:
                announce(storage, after.workspace_id, notice, change_witness(after))
            if etag := replace_row(storage.table("endpoints"), _to_row(after), before.etag):
                renew_change_token(storage)
                _log_change(after)
                versions = {resource.name: resource.version for resource in after.resources}
                note_swap(storage, after.workspace_id, after.id, after.change, versions)
                if notice is not None:
                    emit_announced(storage, after.workspace_id, notice)
                return replace(after, etag=etag)
            before = get_endpoint(storage, endpoint.workspace_id, endpoint.id)
        raise Conflict("UnknownError", "Too many callers are changing this endpoint at the same time. Try again.")


def _with_deployments(before: Endpoint, after: Endpoint) -> Endpoint:
    """Return an endpoint whose deployments fit its models, and whose change says how they changed."""
    kept = after.resources == before.resources and after.definition == before.definition
    if after.deployments == before.deployments and not kept:
        after = replace(after, deployments=NONE)
    if after.deployments == before.deployments:
        return after
    texts = (deployments_to_json(item.deployments) for item in (before, after))
    return replace(after, change=replace(after.change, deployments=DeploymentsChange(*texts)))


def _log_change(endpoint: Endpoint) -> None:
    change = endpoint.change
    fields = {"perennial.endpoint.id": endpoint.id, "perennial.change.action": change.action}
    logger.info("Endpoint %s: %s, change %s", endpoint.id, change.action, change.sequence, extra=fields)
    if change.resources:
        telemetry.count(telemetry.SWAPS, 1, fields)


def regenerate_key(storage: Storage, endpoint: Endpoint, slot: int, *, by: str, now: datetime) -> Endpoint:
    """Regenerate the primary (0) or secondary (1) key; the other stays valid."""
    which = ("primary", "secondary")[slot]

    def change(before: Endpoint) -> Endpoint:
        numbers = list(before.generations)
        numbers[slot] = str(int(numbers[slot]) + 1)
        step = next_change(before, Cause(by, REGENERATE_KEY, which), now=now, resources=before.resources)
        return replace(before, generations=(numbers[0], numbers[1]), change=step)

    return change_endpoint(storage, endpoint, change)


def delete_endpoint(storage: Storage, endpoint: Endpoint) -> None:
    """Delete an endpoint but keep its history; its keys stay invalid even if its name is used again."""
    record_change(storage, endpoint.id, endpoint.change)
    delete_row(storage.table("endpoints"), endpoint.workspace_id, endpoint.id)
    renew_change_token(storage)


def next_change(before: Endpoint, cause: Cause, *, now: datetime, resources: tuple[Resource, ...] = ()) -> Change:
    """Return the change from `before` to an endpoint with these resources."""
    old = {resource.name: resource.model for resource in before.resources}
    changed = tuple(
        ResourceChange(resource.name, old.get(resource.name), resource.model)
        for resource in resources
        if old.get(resource.name) != resource.model
    )
    return Change(before.change.sequence + 1, now.isoformat(), cause.by, cause.action, cause.why, changed)


def read_change_token(storage: Storage) -> str:
    """Return the change token, which every change to any endpoint renews."""
    row = find_row(storage.table("endpoints"), *CHANGE_TOKEN, **IMPATIENT)
    return row["Stamp"] if row else ""


def renew_change_token(storage: Storage) -> None:
    """Renew the change token, so that every process reads its endpoints again."""
    row = {"PartitionKey": CHANGE_TOKEN[0], "RowKey": CHANGE_TOKEN[1], "Stamp": uuid.uuid4().hex}
    storage.table("endpoints").upsert_entity(row, mode=UpdateMode.REPLACE)


def _to_row(endpoint: Endpoint) -> Row:
    row = {
        "PartitionKey": endpoint.workspace_id,
        "RowKey": endpoint.id,
        "WebServiceId": endpoint.service_id,
        "Name": endpoint.name,
        "Description": endpoint.description,
        "CreatedAt": endpoint.created_at,
        "PrimaryGeneration": endpoint.generations[0],
        "SecondaryGeneration": endpoint.generations[1],
        "ThrottleLevel": endpoint.throttle_level,
        "MaxConcurrentCalls": endpoint.max_concurrent_calls,
        "DiagnosticsTraceLevel": endpoint.diagnostics_level,
        "PreventUpdate": endpoint.prevent_update,
        "Definition": endpoint.definition,
        "Resources": json.dumps([asdict(resource) for resource in endpoint.resources]),
        "LastChange": change_to_json(endpoint.change),
        "Deployments": deployments_to_json(endpoint.deployments),
    }
    if endpoint.log_days:
        row["LogDays"] = endpoint.log_days
    if endpoint.prediction_log is not None:
        row["PredictionLog"] = endpoint.prediction_log.to_json()
    if any(isinstance(value, str) and len(value) > 32_000 for value in row.values()):
        raise InternalError(
            "InvalidWebServiceResources", "The endpoint has more trained models than a record can hold."
        )
    return row


def kept_days(endpoint: Endpoint) -> int:
    """Return for how many days logged rows are kept: as the log says, or said before it was switched off."""
    return endpoint.prediction_log.retention_days if endpoint.prediction_log else endpoint.log_days or RETENTION_DAYS


def _from_row(row: dict[str, Any]) -> Endpoint:
    return Endpoint(
        workspace_id=row["PartitionKey"],
        service_id=row["WebServiceId"],
        id=row["RowKey"],
        name=row["Name"],
        created_at=row["CreatedAt"],
        definition=row["Definition"],
        change=change_from_json(row["LastChange"]),
        description=row["Description"],
        generations=(row["PrimaryGeneration"], row["SecondaryGeneration"]),
        throttle_level=row["ThrottleLevel"],
        max_concurrent_calls=row["MaxConcurrentCalls"],
        diagnostics_level=row["DiagnosticsTraceLevel"],
        prevent_update=row["PreventUpdate"],
        resources=tuple(Resource(**item) for item in json.loads(row["Resources"])),
        etag=row["etag"],
        deployments=deployments_from_json(row.get("Deployments")),
        prediction_log=PredictionLog.from_json(row.get("PredictionLog")),
        log_days=row.get("LogDays", 0),
    )
