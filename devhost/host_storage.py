"""What the host itself stores: locks, timer status and blob receipts (container azure-webjobs-hosts).

Blobs: `locks/{function}`, `timers/{function}/status`, `blobreceipts/{function}/{etag}/{container}/{blob}`.
"""

import contextlib
import json
import logging
import os
from typing import Any

from azure.core.exceptions import HttpResponseError, ResourceExistsError, ResourceNotFoundError
from azure.storage.blob import BlobLeaseClient, BlobServiceClient
from azure.storage.queue import QueueClient, QueueServiceClient

CONTAINER = "azure-webjobs-hosts"
# The real host calls storage outside the worker, so that none of its calls are in the worker's log.
QUIET = logging.getLogger("devhost.storage")
QUIET.setLevel(logging.WARNING)


class HostStorage:
    """The host's own blobs, and clients for the storage account that triggers watch."""

    def __init__(self, connection_string: str) -> None:
        self.blobs = BlobServiceClient.from_connection_string(connection_string, logger=QUIET)
        self.queues = QueueServiceClient.from_connection_string(connection_string, logger=QUIET)
        self.container = self.blobs.get_container_client(CONTAINER)

    def open_queue(self, name: str) -> QueueClient:
        """Return a client of the named queue, which need not exist."""
        return self.queues.get_queue_client(name)

    def ensure_container(self) -> None:
        """Create the host's container if it does not exist."""
        with contextlib.suppress(ResourceExistsError):
            self.container.create_container()

    def try_lock(self, name: str) -> BlobLeaseClient | None:
        """Acquire the 60 s lease on `locks/{name}`; None if another host holds it."""
        blob = self.container.get_blob_client(f"locks/{name}")
        with contextlib.suppress(ResourceExistsError, HttpResponseError):
            blob.upload_blob(b"", overwrite=False)
        try:
            return blob.acquire_lease(60)
        except HttpResponseError:
            return None

    def read_json(self, path: str) -> dict[str, Any]:
        """Return the contents of a JSON blob, {} if it does not exist."""
        try:
            found: dict[str, Any] = json.loads(self.container.download_blob(path).readall())
        except ResourceNotFoundError:
            return {}
        return found

    def write_json(self, path: str, document: dict[str, Any]) -> None:
        """Write a JSON blob."""
        self.container.upload_blob(path, json.dumps(document).encode(), overwrite=True)

    def has_receipt(self, path: str) -> bool:
        """Return whether the receipt blob exists."""
        return self.container.get_blob_client(path).exists()


def read_connection_string() -> str:
    """Return the AzureWebJobsStorage connection string of the environment."""
    return os.environ["AzureWebJobsStorage"]  # noqa: SIM112 (the setting's actual spelling)
