"""Queue triggers: polls with back-off, holds the message while the function runs, retries, then poisons."""

import asyncio
import base64
import contextlib
import logging
from collections.abc import Callable

from azure.core.exceptions import AzureError, ResourceExistsError, ResourceNotFoundError
from azure.storage.queue import QueueClient, QueueMessage
from azure_functions_runtime.bindings.datumdef import Datum

from devhost.host_json import HostSettings
from devhost.runtime import Function, FunctionFailed

MIN_POLLING_SECONDS = 0.1
logger = logging.getLogger(__name__)


class QueueListener:
    """Triggers one queue function until `stopping` is set, then lets running invocations finish."""

    def __init__(
        self,
        function: Function,
        open_queue: Callable[[str], QueueClient],
        settings: HostSettings,
        stopping: asyncio.Event,
    ) -> None:
        self.function = function
        name = function.trigger["queueName"]
        self.queue = open_queue(name)
        self.poison = open_queue(f"{name}-poison")
        self.settings = settings
        # Storage counts in whole seconds.
        self.hold_seconds = max(1, int(settings.queue_hold_seconds))
        self.stopping = stopping
        self.running: set[asyncio.Task[None]] = set()

    async def listen(self) -> None:
        """Poll until stopped, backing off to maxPollingInterval while the queue is empty."""
        wait = MIN_POLLING_SECONDS
        while not self.stopping.is_set():
            free = self.settings.queue_parallelism - len(self.running)
            found = await asyncio.to_thread(self._receive, min(free, 32)) if free > 0 else []
            for message in found:
                task = asyncio.create_task(self._handle(message))
                self.running.add(task)
                task.add_done_callback(self.running.discard)
            wait = MIN_POLLING_SECONDS if found else min(wait * 2, self.settings.queue_max_polling_seconds)
            await _sleep_unless(self.stopping, wait)
        await asyncio.gather(*self.running, return_exceptions=True)

    def _receive(self, count: int) -> list[QueueMessage]:
        try:
            messages = self.queue.receive_messages(max_messages=count, visibility_timeout=self.hold_seconds)
            return list(messages)
        except ResourceNotFoundError:
            return []
        except AzureError as error:
            logger.warning("Could not read queue %s: %s", self.queue.queue_name, error)
            return []

    async def _handle(self, message: QueueMessage) -> None:
        holding = asyncio.create_task(self._hold(message))
        try:
            await self.function.run(self._body(message), _metadata(message))
        except FunctionFailed as error:
            logger.error("%s", error)
            holding.cancel()
            await asyncio.to_thread(self._retry_or_poison, message)
        else:
            holding.cancel()
            await asyncio.to_thread(self._delete, message)

    async def _hold(self, message: QueueMessage) -> None:
        while True:
            await asyncio.sleep(self.hold_seconds / 2)
            await asyncio.to_thread(self._set_visible_in, message, self.hold_seconds)

    def _body(self, message: QueueMessage) -> Datum:
        text = message.content
        if self.settings.queue_messages_are_base64:
            text = base64.b64decode(text).decode()
        return Datum(text, "string")

    def _set_visible_in(self, message: QueueMessage, seconds: float) -> None:
        try:
            updated = self.queue.update_message(message, visibility_timeout=int(seconds))
            message.pop_receipt = updated.pop_receipt
        except AzureError as error:
            logger.warning("Could not extend the hold on message %s: %s", message.id, error)

    def _retry_or_poison(self, message: QueueMessage) -> None:
        if (message.dequeue_count or 0) < self.settings.queue_max_dequeue_count:
            self._set_visible_in(message, self.settings.queue_retry_seconds)
            return
        with contextlib.suppress(ResourceExistsError):
            self.poison.create_queue()
        self.poison.send_message(message.content)
        logger.error(
            "Message %s failed %s times and was moved to %s.",
            message.id,
            message.dequeue_count,
            self.poison.queue_name,
        )
        self._delete(message)

    def _delete(self, message: QueueMessage) -> None:
        try:
            self.queue.delete_message(message)
        except AzureError as error:
            logger.warning("Could not delete message %s, which will be delivered again: %s", message.id, error)


def _metadata(message: QueueMessage) -> dict[str, Datum]:
    inserted, expires, next_visible = (
        moment.isoformat() if moment else ""
        for moment in (message.inserted_on, message.expires_on, message.next_visible_on)
    )
    return {
        "Id": Datum(message.id, "string"),
        "DequeueCount": Datum(str(message.dequeue_count), "string"),
        "PopReceipt": Datum(message.pop_receipt, "string"),
        "InsertionTime": Datum(inserted, "string"),
        "ExpirationTime": Datum(expires, "string"),
        "NextVisibleTime": Datum(next_visible, "string"),
    }


async def _sleep_unless(stopping: asyncio.Event, seconds: float) -> None:
    with contextlib.suppress(TimeoutError):
        await asyncio.wait_for(stopping.wait(), seconds)
