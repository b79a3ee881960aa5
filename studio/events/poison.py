"""Poison messages: what the host gave up after five deliveries is told to the workspace that it belongs to.

The host moves such messages to queues whose names end in `-poison`. The timer looks at them and leaves them there.
"""

import base64
import binascii
import json
import logging
from typing import Any

from azure.core.exceptions import ResourceNotFoundError

from studio.storage.account import JOB_QUEUE, Storage
from studio.storage.event_log import MESSAGE_POISONED, Notice, emit
from studio.storage.keys import is_id

QUEUES = (f"{JOB_QUEUE}-poison", "webjobs-blobtrigger-poison")
# What storage shows at a time. Messages behind these are told once the first have been looked after, or have expired.
MOST = 32
logger = logging.getLogger(__name__)


def tell_poisoned(storage: Storage) -> int:
    """Record an event for each poison message of a workspace, once, and return of how many."""
    return sum(_tell_queue(storage, name) for name in QUEUES)


def _tell_queue(storage: Storage, name: str) -> int:
    try:
        messages = storage.queues.get_queue_client(name).peek_messages(max_messages=MOST)
    except ResourceNotFoundError:
        return 0
    count = 0
    for message in messages:
        workspace_id, data = _about(str(message.content))
        if workspace_id is None:
            logger.warning("The message %s in %s belongs to no workspace.", message.id, name)
            continue
        at = message.inserted_on or storage.clock()
        notice = Notice(
            MESSAGE_POISONED, f"queues/{name}", data | {"queue": name}, f"{name}/{message.id}", at.isoformat()
        )
        emit(storage, workspace_id, notice)
        count += 1
    return count


def _about(text: str) -> tuple[str | None, dict[str, Any]]:
    """Return whose message it is, and what it asked for: a piece of work, or an uploaded blob to be handled."""
    content = _read(text)
    if isinstance(blob := content.get("BlobName"), str):
        workspace, data = blob.partition("/")[0].lower(), {"blob": f"{content.get('ContainerName', '')}/{blob}"}
    else:
        workspace = str(content.get("workspace") or str(content.get("partition") or "")[:32])
        data = {"kind": str(content.get("table")), "id": str(content.get("key"))}
    return (workspace, data) if is_id(workspace) else (None, data)


def _read(text: str) -> dict[str, Any]:
    # The host's own messages about blobs are in base64.
    for read in (str, lambda given: base64.b64decode(given, validate=True).decode()):
        try:
            found = json.loads(read(text))
        except (ValueError, binascii.Error):
            continue
        if isinstance(found, dict):
            return found
    return {}
