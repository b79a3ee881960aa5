"""Blob triggers by polling, like the real host without Event Grid: each version of a blob is handled once.

A receipt per function, blob and ETag is written after the function succeeds, or after its fifth failure, when
a message goes to `webjobs-blobtrigger-poison`.
"""

import asyncio
import contextlib
import json
import logging
import re
from collections.abc import Iterator

from azure.core.exceptions import AzureError, ResourceExistsError, ResourceNotFoundError
from azure.storage.blob import BlobProperties

from devhost.blob_messages import blob_metadata, read_value
from devhost.host_json import HostSettings
from devhost.host_storage import HostStorage
from devhost.runtime import Function, FunctionFailed

MAX_ATTEMPTS = 5
POISON_QUEUE = "webjobs-blobtrigger-poison"
logger = logging.getLogger(__name__)


class BlobListener:
    """Triggers one blob function until `stopping` is set."""

    def __init__(
        self, function: Function, storage: HostStorage, settings: HostSettings, stopping: asyncio.Event
    ) -> None:
        self.function = function
        self.storage = storage
        self.stopping = stopping
        self.polling_seconds = settings.blob_polling_seconds
        self.handled: set[str] = set()
        self.at_once = asyncio.Semaphore(settings.blob_parallelism)
        self.container, _, self.template = function.trigger["path"].partition("/")
        self.pattern = compile_blob_path(self.template)

    async def listen(self) -> None:
        """List the container at each interval and run the function on blobs without a receipt."""
        while not self.stopping.is_set():
            found = await asyncio.to_thread(lambda: list(self._unhandled()))
            await asyncio.gather(*(self._handle(blob) for blob in found))
            try:
                await asyncio.wait_for(self.stopping.wait(), self.polling_seconds)
            except TimeoutError:
                continue

    def _unhandled(self) -> Iterator[BlobProperties]:
        container = self.storage.blobs.get_container_client(self.container)
        prefix = self.template.split("{")[0]
        try:
            for blob in container.list_blobs(name_starts_with=prefix):
                receipt = self._receipt(blob)
                if not self.pattern.fullmatch(blob.name) or receipt in self.handled:
                    continue
                if self.storage.has_receipt(receipt):
                    self.handled.add(receipt)
                else:
                    yield blob
        except ResourceNotFoundError:
            return
        except AzureError as error:
            logger.warning("Could not list container %s: %s", self.container, error)

    def _receipt(self, blob: BlobProperties) -> str:
        etag = str(blob.etag).strip('"')
        return f"blobreceipts/{self.function.name}/{etag}/{self.container}/{blob.name}"

    async def _handle(self, blob: BlobProperties) -> None:
        async with self.at_once:
            for attempt in range(1, MAX_ATTEMPTS + 1):
                try:
                    await self._run(blob)
                    break
                except ResourceNotFoundError:
                    return
                except FunctionFailed as error:
                    logger.error("%s (attempt %s of %s)", error, attempt, MAX_ATTEMPTS)
            else:
                await asyncio.to_thread(self._poison, blob)
            await asyncio.to_thread(self.storage.write_json, self._receipt(blob), {})

    async def _run(self, blob: BlobProperties) -> None:
        client = self.storage.blobs.get_blob_client(self.container, blob.name)
        value = await asyncio.to_thread(read_value, self.function.trigger, client)
        matched = self.pattern.fullmatch(blob.name)
        await self.function.run(value, blob_metadata(client, blob, matched.groupdict() if matched else {}))

    def _poison(self, blob: BlobProperties) -> None:
        queue = self.storage.open_queue(POISON_QUEUE)
        with contextlib.suppress(ResourceExistsError):
            queue.create_queue()
        message = {
            "FunctionId": self.function.name,
            "BlobType": "BlockBlob",
            "ContainerName": self.container,
            "BlobName": blob.name,
            "ETag": blob.etag,
        }
        queue.send_message(json.dumps(message))


def compile_blob_path(template: str) -> re.Pattern[str]:
    """Compile a pattern such as `{workspace}/{name}.csv`; the last placeholder may contain slashes."""
    if not template:
        return re.compile(".+")
    parts = re.split(r"\{(\w+)\}", template)
    expression = ""
    for index, part in enumerate(parts):
        last = index == len(parts) - 2
        expression += f"(?P<{part}>{'.+' if last else '[^/]+'})" if index % 2 else re.escape(part)
    return re.compile(expression)
