"""Threads for requests that may wait for hosts that clients name, so that no other request waits for those hosts.

The platform runs all synchronous handlers in a few threads. A handler that looks up a blob on a host that does not
respond holds its thread for seconds; a few such requests would hold them all, and with them the management API. Such
handlers run here instead. Each workspace has a limit of its own, so that one cannot take all of these threads either.
"""

import asyncio
import contextvars
import functools
from collections.abc import AsyncIterator, Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Any, cast

import azure.functions as func

from functions.http.replies import AsyncHandler, Handler
from studio.errors import ServiceUnavailable

THREADS = 64
AT_ONCE = 8
WAITING = 100


@dataclass(slots=True)
class _Queue:
    gate: asyncio.Semaphore
    count: int = 0


class Turns:
    """Counts requests by workspace. Counting happens only on the event loop, so it needs no lock.

    Parameters
    ----------
    at_once
        How many requests of one workspace run at the same time.
    waiting
        How many more wait, without a thread, until those have ended.
    """

    def __init__(self, at_once: int = AT_ONCE, waiting: int = WAITING) -> None:
        self._at_once = at_once
        self._waiting = waiting
        self._queues: dict[str, _Queue] = {}

    @asynccontextmanager
    async def take(self, workspace_id: str) -> AsyncIterator[None]:
        """Wait for a turn and hold it; ServiceUnavailable if too many requests of the workspace wait already."""
        queue = self._queues.setdefault(workspace_id, _Queue(asyncio.Semaphore(self._at_once)))
        if queue.count >= self._at_once + self._waiting:
            raise ServiceUnavailable(
                "TooManyConcurrentRequests",
                f"{queue.count} requests of this workspace that read blobs elsewhere are in progress; at most "
                f"{self._at_once + self._waiting} are accepted at the same time. Try again in a moment.",
            )
        queue.count += 1
        try:
            async with queue.gate:
                yield
        finally:
            queue.count -= 1
            if not queue.count:
                del self._queues[workspace_id]


_turns = Turns()


@functools.cache
def _threads() -> ThreadPoolExecutor:
    return ThreadPoolExecutor(THREADS, "outside")


def run_outside[F: Handler | AsyncHandler](handler: F) -> AsyncHandler:
    """Return an async handler that runs a synchronous one in the threads of this module, in its workspace's turn."""
    blocks = cast(Callable[..., func.HttpResponse], handler)

    def run_in_thread(req: func.HttpRequest, context: func.Context | None) -> func.HttpResponse:
        if context is None:
            return blocks(req)
        # Or the platform would drop this thread's log lines: it keeps those of invocations.
        local = cast(Any, context.thread_local_storage)
        local.invocation_id = context.invocation_id
        try:
            return blocks(req, context)
        finally:
            local.invocation_id = None

    @functools.wraps(blocks)
    async def reply_outside(req: func.HttpRequest, context: func.Context | None = None) -> func.HttpResponse:
        route = req.route_params
        workspace = str(route.get("workspace") or route.get("subscription") or "").lower().replace("-", "")
        async with _turns.take(workspace):
            run = contextvars.copy_context().run
            return await asyncio.get_running_loop().run_in_executor(_threads(), run, run_in_thread, req, context)

    return reply_outside
