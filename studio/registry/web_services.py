"""Web services: published experiments.

Table `webservices`: partition key is the workspace id, row key the web service id.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Any, NoReturn

from studio.errors import BadArgument, NotFound
from studio.registry.definitions import PREDICTIVE
from studio.registry.endpoint_names import EndpointNames
from studio.registry.endpoints import (
    DEFAULT,
    Endpoint,
    get_named_endpoint,
)
from studio.storage.account import Storage
from studio.storage.keys import is_id, name_key, new_id
from studio.storage.rows import Row, change_row, delete_row, find_row, insert_row, list_rows
from studio.wire import classic_time


@dataclass(frozen=True, slots=True)
class WebService:
    """A published experiment; `kind` is training or predictive, `experiment` the name it had when it was published.

    `own_key` is the experiment's key, which stays when that is renamed; empty in rows of earlier versions, whose
    experiments have the key that their name makes.
    """

    workspace_id: str
    id: str
    name: str
    description: str
    kind: str
    experiment: str
    created_at: str
    own_key: str = ""

    @property
    def experiment_key(self) -> str:
        """The key of the experiment that it was published from."""
        return self.own_key or name_key(self.experiment)


def create_web_service(
    storage: Storage,
    workspace_id: str,
    name: str,
    description: str,
    kind: str,
    experiment: str,
    *,
    now: datetime,
) -> WebService:
    """Insert a new web service, without endpoints."""
    service = WebService(workspace_id, new_id(), name, description, kind, experiment, now.isoformat())
    insert_web_service(storage, service)
    return service


def insert_web_service(storage: Storage, service: WebService) -> None:
    """Insert a web service; from now on it is listed and found."""
    insert_row(
        storage.table("webservices"),
        {
            "PartitionKey": service.workspace_id,
            "RowKey": service.id,
            "Name": service.name,
            "Description": service.description,
            "Kind": service.kind,
            "Experiment": service.experiment,
            "CreatedAt": service.created_at,
            "ExperimentKey": service.own_key,
        },
    )


def update_description(storage: Storage, service: WebService, description: str) -> None:
    """Update a service's description."""
    change_row(
        storage.table("webservices"),
        service.workspace_id,
        service.id,
        lambda row: row | {"Description": description},
    )


def get_web_service(storage: Storage, workspace_id: str, service_id: str) -> WebService:
    """Return a web service; NotFound if the workspace has no such service, BadArgument if the id is malformed."""
    if not is_id(service_id):
        # Classic: the R client's tests look for this text (reference 7.1).
        raise BadArgument(
            "WebServiceIdInvalid",
            "Invalid web service ID provided. Verify the web service ID is correct and try again. "
            f"It has 32 hex digits, got '{service_id}'.",
        )
    row = find_row(storage.table("webservices"), workspace_id, service_id)
    if row is None:
        raise NotFound("WebServiceIdNotFoundInWorkspace", f"The workspace has no web service {service_id}.")
    return _from_row(row)


def list_web_services(storage: Storage, workspace_id: str) -> Iterator[WebService]:
    """Yield the workspace's web services."""
    for row in list_rows(storage.table("webservices"), workspace_id):
        yield _from_row(row)


def get_named_web_service(storage: Storage, workspace_id: str, id_or_name: str) -> WebService:
    """Return a web service by its id or name.

    Raises
    ------
    NotFound
        If the workspace has no such service.
    BadArgument
        If several services have the name.
    """
    found = [item for item in list_web_services(storage, workspace_id) if id_or_name in (item.id, item.name)]
    if len(found) > 1:
        raise BadArgument("BadParameterValue", f"{len(found)} web services are named '{id_or_name}'. Use the id.")
    if not found:
        raise NotFound(
            "WebServiceIdNotFoundInWorkspace", f"The workspace has no web service with the id or name '{id_or_name}'."
        )
    return found[0]


def list_of_experiment(storage: Storage, workspace_id: str, experiment_key: str) -> list[WebService]:
    """Return the services that were published from an experiment, given by its key."""
    services = list_web_services(storage, workspace_id)
    return [service for service in services if service.experiment and service.experiment_key == experiment_key]


def find_published(storage: Storage, workspace_id: str, experiment_key: str, kind: str) -> WebService | None:
    """Return the latest service of this kind published from an experiment, given by its key, or None."""
    found = [item for item in list_of_experiment(storage, workspace_id, experiment_key) if item.kind == kind]
    return max(found, key=lambda service: service.created_at, default=None)


def delete_web_service(storage: Storage, service: WebService) -> None:
    """Delete a web service whose endpoints have been deleted; may be repeated."""
    delete_row(storage.table("webservices"), service.workspace_id, service.id)


def refuse_code_service(body: dict[str, Any]) -> NoReturn:
    """Raise BadArgument (WebServiceTypeInvalid), since uploaded code is never run.

    References
    ----------
    Section 4.6 of the original's wire contract: R and Python clients publish functions this way.
    """
    bundle = body.get("CodeBundle")
    language = bundle.get("Language") if isinstance(bundle, dict) else None
    raise BadArgument(
        "WebServiceTypeInvalid",
        f"A web service of type {body.get('Type')!r}{f' in {language}' if language else ''} cannot be published: "
        "uploaded code is never run. Describe it as an experiment (PUT /workspaces/{id}/experiments/{name}), run the "
        "experiment, and publish it (POST …/experiments/{name}/webservice).",
        "Type",
    )


def web_service_object(service: WebService, endpoint_count: int) -> dict[str, Any]:
    """Return a web service as the management API shows it (reference 4.2), plus its kind."""
    return {
        "Id": service.id,
        "Name": service.name,
        "Description": service.description,
        "CreationTime": classic_time(service.created_at),
        "WorkspaceId": service.workspace_id,
        "DefaultEndpointName": DEFAULT,
        "EndpointCount": endpoint_count,
        "Kind": service.kind,
        "Experiment": service.experiment or None,
    }


def follows_experiment(storage: Storage, endpoint: Endpoint) -> bool:
    """Return whether the endpoint's models are those of an experiment: a default one, unless a model was published."""
    return endpoint.is_default and bool(get_web_service(storage, endpoint.workspace_id, endpoint.service_id).experiment)


def list_web_service_objects(storage: Storage, names: EndpointNames, workspace_id: str) -> list[dict[str, Any]]:
    """Return all web services of a workspace as the management API lists them."""
    counts = names.get(storage, workspace_id).counts
    services = sorted(list_web_services(storage, workspace_id), key=lambda service: service.created_at)
    return [web_service_object(service, counts.get(service.id, 0)) for service in services]


def _from_row(row: Row) -> WebService:
    return WebService(
        row["PartitionKey"],
        row["RowKey"],
        row["Name"],
        row["Description"],
        row["Kind"],
        row["Experiment"],
        row["CreatedAt"],
        row.get("ExperimentKey", ""),
    )


def find_arm_service(storage: Storage, workspace_id: str, name: str) -> tuple[WebService, Endpoint]:
    """Return the service that an Azure resource name refers to, and its default endpoint.

    Raises
    ------
    NotFound
        If the workspace has no such service.
    BadArgument
        If several services have the name.
    """
    services = list(list_web_services(storage, workspace_id))
    wanted = name.lower()
    found = [item for item in services if wanted in (item.id, item.name.lower())] or [
        item for item in services if item.kind == PREDICTIVE and item.experiment.lower() == wanted
    ]
    if not found:
        raise NotFound("WebServiceIdNotFoundInWorkspace", f"The workspace {workspace_id} has no web service '{name}'.")
    if len(found) > 1:
        raise BadArgument("BadParameterValue", f"{len(found)} web services are named '{name}'. Use the id.", name)
    return found[0], get_named_endpoint(storage, workspace_id, found[0].id, DEFAULT)
