"""Rejected uploads: blobs that cannot be used are moved to container `rejected`, with a file that gives the reason.

`rejected/{container}/{path}` is the upload, `rejected/{container}/{path}.error.json` the reason.
"""

import json
import logging
from datetime import datetime

from azure.core.exceptions import ResourceNotFoundError

from studio.errors import StudioError
from studio.storage.account import Storage

logger = logging.getLogger(__name__)


def reject_upload(storage: Storage, location: str, error: StudioError, *, now: datetime) -> None:
    """Move an upload (`container/path`) to `rejected` and store the reason; may be repeated after an interruption."""
    container, _, path = location.partition("/")
    source = storage.blobs.get_blob_client(container, path)
    rejected = storage.container("rejected")
    reason = error.to_json() | {"upload": location, "at": now.isoformat()}
    rejected.upload_blob(f"{location}.error.json", json.dumps(reason, indent=2).encode(), overwrite=True)
    try:
        content = source.download_blob()
        rejected.upload_blob(location, content.chunks(), length=content.size, overwrite=True)
        source.delete_blob()
    except ResourceNotFoundError:
        return
    logger.warning("Rejected the upload %s: %s", location, error.message)
