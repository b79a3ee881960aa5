"""Who uses a datastore: experiments, endpoints, linked services and references. One that is used is not deleted."""

from collections.abc import Iterable, Iterator
from itertools import islice
from typing import Any

from studio.datasets.datastores import Datastore, delete_datastore
from studio.datasets.references import REFERENCE, is_reference
from studio.errors import Conflict
from studio.experiments.experiments import list_experiments
from studio.graph.data_locations import DATASTORE_NAME
from studio.pipelines.adf.documents import BlobStorage, read_linked_service
from studio.pipelines.documents import SERVICES, list_factory_documents, read_factory_document
from studio.registry.endpoints import list_workspace_endpoints
from studio.storage.account import Storage
from studio.storage.documents import get_document

MOST_NAMED = 10


def remove_datastore(storage: Storage, datastore: Datastore) -> None:
    """Delete a datastore with its secret; Conflict, naming its users, if something uses it."""
    users = list(islice(find_users(storage, datastore), MOST_NAMED + 1))
    if users:
        more = ", and others" if len(users) > MOST_NAMED else ""
        raise Conflict(
            "DatastoreInUse",
            f"The datastore '{datastore.name}' is used by {', '.join(users[:MOST_NAMED])}{more}. Have them name "
            "another one, or delete them, before you delete it.",
            datastore.name,
        )
    delete_datastore(storage, datastore)


def find_users(storage: Storage, datastore: Datastore) -> Iterator[str]:
    """Yield what names a datastore in the workspace, in words; drafts and earlier versions do not count."""
    workspace, name = datastore.workspace_id, datastore.name
    for experiment in list_experiments(storage, workspace):
        if name in named_in(get_document(storage, experiment.document)):
            yield f"the experiment '{experiment.name}'"
    known: dict[str, bool] = {}
    for endpoint in list_workspace_endpoints(storage, workspace):
        if endpoint.definition not in known:
            known[endpoint.definition] = name in _named_in_definition(storage, endpoint.definition)
        if known[endpoint.definition]:
            yield f"the endpoint '{endpoint.name}' of web service {endpoint.service_id}"
    for saved in list_factory_documents(storage, workspace, SERVICES):
        service = read_linked_service(read_factory_document(storage, saved.document))
        if isinstance(service, BlobStorage) and service.datastore == name:
            yield f"the linked service '{saved.name}'"
    yield from _references(storage, workspace, name)


def _references(storage: Storage, workspace_id: str, name: str) -> Iterator[str]:
    blobs = storage.container("datasets").list_blobs(name_starts_with=f"{workspace_id}/", include=["metadata"])
    for blob in blobs:
        if is_reference(blob) and blob.metadata[REFERENCE] == name:
            yield f"the dataset '{blob.name.partition('/')[2]}'"


def named_in(document: dict[str, Any]) -> set[str]:
    """Return the datastores that an experiment's modules name, or its web service parameters by default."""
    modules = [item for item in document["modules"].values() if isinstance(item, dict)]
    found = [(item.get("properties") or {}).get(DATASTORE_NAME) for item in modules]
    return _texts(found) | _defaults(document.get("webServiceParameters") or ())


def _named_in_definition(storage: Storage, digest: str) -> set[str]:
    definition = get_document(storage, digest)
    return named_in(definition["experiment"]) | _defaults(definition["parameters"])


def _defaults(parameters: Iterable[dict[str, Any]]) -> set[str]:
    return _texts(item.get("default") for item in parameters if item.get("property") == DATASTORE_NAME)


def _texts(values: Iterable[Any]) -> set[str]:
    return {str(value).strip() for value in values if value is not None}
