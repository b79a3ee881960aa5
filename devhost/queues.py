"""Queue triggers: polls with back-off, holds the message while the function runs, retries, then poisons."""

import asyncio
import base64
import contextlib
import logging
from collections.abc import Callable

from azure.core.exceptions import AzureError, ResourceExistsError, ResourceNotFoundError
from azure.storage.queue import QueueClient, QueueMessage

from devhost.host_json import HostSettings
from devhost.messages import TypedData, json_data, string_data
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
        if (message.dequeue_count or 0) > self.settings.queue_max_dequeue_count:
            # Its function never came to an end: the process died each time.
            await asyncio.to_thread(self._poison, message)
            return
        holding = asyncio.create_task(self._hold(message))
        try:
            body = self._body(message)
            await self.function.run(string_data(body), _metadata(message, body))
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

    def _body(self, message: QueueMessage) -> str:
        text = str(message.content)
        return base64.b64decode(text).decode() if self.settings.queue_messages_are_base64 else text

    def _set_visible_in(self, message: QueueMessage, seconds: float) -> None:
        try:
            updated = self.queue.update_message(message, visibility_timeout=int(seconds))
            message.pop_receipt = updated.pop_receipt
        except AzureError as error:
            logger.warning("Could not extend the hold on message %s: %s", message.id, error)

    def _retry_or_poison(self, message: QueueMessage) -> None:
        if (message.dequeue_count or 0) < self.settings.queue_max_dequeue_count:
            self._set_visible_in(message, self.settings.queue_retry_seconds)
        else:
            self._poison(message)

    def _poison(self, message: QueueMessage) -> None:
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


def _metadata(message: QueueMessage, body: str) -> dict[str, TypedData]:
    times = {
        "InsertionTime": message.inserted_on,
        "ExpirationTime": message.expires_on,
        "NextVisibleTime": message.next_visible_on,
    }
    return {
        "QueueTrigger": string_data(body),
        "Id": string_data(message.id),
        "DequeueCount": json_data(message.dequeue_count),
        "PopReceipt": string_data(str(message.pop_receipt)),
        **{name: json_data(moment.isoformat()) for name, moment in times.items() if moment},
    }


async def _sleep_unless(stopping: asyncio.Event, seconds: float) -> None:
    with contextlib.suppress(TimeoutError):
        await asyncio.wait_for(stopping.wait(), seconds)
