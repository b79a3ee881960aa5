"""The request log: requests, jobs and their errors, for endpoints whose DiagnosticsTraceLevel asks for it.

Container `ml-diagnostics`: `{workspace id}-{web service id}-{endpoint id}/score/requests/{day}/{time}-{id}.json` and
`…/batch/{job id}.json`. Requests are written in the background; while storage is unavailable they are lost.

References
----------
Section 3.9 of the original's wire contract.
"""

import contextlib
import logging
import queue
import threading
import time
from collections.abc import Iterator
from typing import Any

import orjson
from azure.core.exceptions import AzureError

from studio.errors import StudioError
from studio.registry.endpoints import Endpoint
from studio.storage.account import Storage
from studio.storage.keys import new_id

CONTAINER = "ml-diagnostics"
NONE, ALL = "None", "All"
MAX_WAITING = 1000
MAX_BODY_BYTES = 64 * 1024
logger = logging.getLogger(__name__)


class Diagnostics:
    """Writes the records of the request log; safe to share between threads."""

    def __init__(self, storage: Storage) -> None:
        self._storage = storage
        self._waiting: queue.Queue[tuple[str, bytes]] = queue.Queue(MAX_WAITING)
        self._writer: threading.Thread | None = None
        self._lock = threading.Lock()

    def watch(self, endpoint: Endpoint, body: bytes) -> contextlib.AbstractContextManager[None]:
        """Return a context manager that logs a request when its block ends, if the endpoint's level asks for it."""
        if endpoint.diagnostics_level == NONE:
            return contextlib.nullcontext()
        return self._watch(endpoint, body)

    def write_job(self, endpoint: Endpoint, job_id: str, state: str, details: str) -> None:
        """Log the end of a batch job, if the endpoint's level asks for it."""
        wanted = endpoint.diagnostics_level == ALL or (endpoint.diagnostics_level != NONE and state == "Failed")
        if wanted:
            record = {"job": job_id, "state": state, "details": details, "at": self._storage.clock().isoformat()}
            self._write(f"{_folder(endpoint)}/batch/{job_id}.json", orjson.dumps(record))

    @contextlib.contextmanager
    def _watch(self, endpoint: Endpoint, body: bytes) -> Iterator[None]:
        started, error = time.perf_counter(), None
        try:
            yield
        except StudioError as raised:
            error = {"code": raised.code, "message": raised.message}
            raise
        except Exception as raised:
            error = {"code": "InternalError", "message": type(raised).__name__}
            raise
        finally:
            if error or endpoint.diagnostics_level == ALL:
                self._enqueue(endpoint, body, error, (time.perf_counter() - started) * 1000)

    def _enqueue(self, endpoint: Endpoint, body: bytes, error: dict[str, Any] | None, milliseconds: float) -> None:
        now = self._storage.clock()
        record = {
            "at": now.isoformat(),
            "milliseconds": round(milliseconds, 3),
            "error": error,
            "bytes": len(body),
            "request": body[:MAX_BODY_BYTES].decode(errors="replace"),
        }
        name = f"{_folder(endpoint)}/score/requests/{now:%Y-%m-%d}/{now:%H%M%S.%f}-{new_id()[:8]}.json"
        try:
            self._waiting.put_nowait((name, orjson.dumps(record)))
        except queue.Full:
            logger.warning("The queue of diagnostics to write is full; a record was dropped.")
        with self._lock:
            if self._writer is None or not self._writer.is_alive():
                self._writer = threading.Thread(target=self._write_waiting, daemon=True, name="diagnostics")
                self._writer.start()

    def _write_waiting(self) -> None:
        while True:
            name, content = self._waiting.get()
            self._write(name, content)

    def _write(self, name: str, content: bytes) -> None:
        try:
            self._storage.container(CONTAINER).upload_blob(name, content, overwrite=True)
        except AzureError as error:
            logger.warning("Diagnostics could not be written: %s", type(error).__name__)


def _folder(endpoint: Endpoint) -> str:
    return f"{endpoint.workspace_id}-{endpoint.service_id}-{endpoint.id}"
