"""Linked services ready to be used: their secrets read from key vaults, and datastores in place of their names."""

from studio.datasets.workspace_data import WorkspaceData
from studio.errors import StudioError
from studio.pipelines.adf.documents import (
    BlobStorage,
    KeyVault,
    LinkedService,
    MachineLearning,
    VaultSecret,
    read_linked_service,
)
from studio.pipelines.documents import SERVICES, SavedDocument, get_factory_document, read_factory_document
from studio.storage.account import Storage
from studio.storage.key_vault import read_shared_secret
from studio.wire import invalid_value

Opened = MachineLearning | BlobStorage


def get_linked_service(storage: Storage, workspace_id: str, name: str) -> tuple[Opened, str]:
    """Return a linked service with its secrets, and the host name of this app when it was stored.

    Raises
    ------
    NotFound
        If the workspace has no such linked service, or not the vault or datastore that it names.
    BadArgument
        If it is a key vault, which only others refer to, or a secret may not be read.
    ServiceUnavailable
        If a vault cannot be used at the moment.
    """
    saved = get_factory_document(storage, workspace_id, SERVICES, name)
    opened = _open(storage, workspace_id, _read(storage, saved))
    if opened is None:
        raise invalid_value("linkedServiceName", "a linked service of an endpoint or a storage account", name)
    return opened, saved.host


def find_account(storage: Storage, saved: SavedDocument) -> BlobStorage | None:
    """Return a linked service of a storage account with its secret; None if it is another one or cannot be opened."""
    service = _read(storage, saved)
    if not isinstance(service, BlobStorage):
        return None
    try:
        opened = _open(storage, saved.workspace_id, service)
    except StudioError:
        return None
    return opened if isinstance(opened, BlobStorage) else None


def _read(storage: Storage, saved: SavedDocument) -> LinkedService:
    return read_linked_service(read_factory_document(storage, saved.document))


def _open(storage: Storage, workspace_id: str, service: LinkedService) -> Opened | None:
    def text(secret: str | VaultSecret) -> str:
        return _read_secret(storage, workspace_id, secret) if isinstance(secret, VaultSecret) else secret

    match service:
        case MachineLearning():
            return MachineLearning(service.endpoint, text(service.api_key), service.update_endpoint)
        case BlobStorage(datastore=str(name)):
            return BlobStorage(*WorkspaceData(storage, workspace_id).datastore(name).account())
        case BlobStorage():
            given, link = service.connection_string, service.sas_uri
            return BlobStorage(None if given is None else text(given), None if link is None else text(link))
    return None


def _read_secret(storage: Storage, workspace_id: str, secret: VaultSecret) -> str:
    vault = _read(storage, get_factory_document(storage, workspace_id, SERVICES, secret.store))
    if not isinstance(vault, KeyVault):
        raise invalid_value("store", "a linked service of type AzureKeyVault", secret.store)
    return read_shared_secret(storage, workspace_id, vault.base_url, secret.name, secret.version)
