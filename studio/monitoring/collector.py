"""Collects what one process scored, and writes it to the prediction log (parts.py) beside the requests.

A request only adds references to a queue (rows.py). Every two seconds, or when much is waiting, a thread turns them
into Arrow blocks and appends these to the process's part of the hour. While storage does not respond, blocks wait in
memory; rows that no longer fit are counted, and the count is written once storage responds. A process that is killed
loses what it noted since the last append: two seconds of rows as a rule.
"""

import atexit
import logging
import threading
from collections import Counter, deque
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from azure.core.exceptions import AzureError

from studio.model.loaded import LoadedModel
from studio.model.operations import Matrix
from studio.monitoring.log import hour_text
from studio.monitoring.parts import LOG_PARTS, PartWriter, blocks_of
from studio.monitoring.rows import Noted, column_hash, log_table
from studio.registry.deployments import CURRENT, Resource
from studio.registry.endpoints import Endpoint
from studio.storage.account import Storage
from studio.storage.keys import new_id

FLUSH_SECONDS = 2.0
# Memory for rows not yet turned into blocks, the share of it that wakes the thread, and memory for unwritten blocks.
MAX_WAITING, MANY_WAITING = 64 * 1024 * 1024, 16 * 1024 * 1024
MAX_BACKLOG = 32 * 1024 * 1024
# What a request takes in memory beside its body and scores.
NOTE_BYTES = 300
HOUR_SECONDS = 3600
# The header in which callers of Azure's services name their requests.
REQUEST_ID, MAX_REQUEST_ID = "x-ms-client-request-id", 128
logger = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Block:
    """Bytes to append in a folder, and how many rows are lost with them."""

    folder: str
    content: bytes
    rows: int


class Noting:
    """Notes what one request had scored: made before the request is scored, called for each output."""

    __slots__ = ("_body", "_endpoint", "_log", "request_id")

    def __init__(self, log: "Predictions", endpoint: Endpoint, request_id: str, body: bytes) -> None:
        self._log, self._endpoint, self._body = log, endpoint, body
        self.request_id = request_id

    @property
    def headers(self) -> dict[str, str]:
        """What the response says: the id that the request's rows have in the log."""
        return {REQUEST_ID: self.request_id}

    def __call__(
        self,
        output: str,
        resource: Resource,
        model: LoadedModel,
        scores: Matrix,
        deployment: str = CURRENT,
        positions: Any = None,
    ) -> None:
        """Note the rows of an output; only references are kept.

        Parameters
        ----------
        scores : ndarray of shape (n_rows, at least score_width), float64
        positions : ndarray of shape (n_rows,), or None
            The numbers of the rows in the request; None if they are all its rows.
        """
        log, endpoint = self._log, self._endpoint
        at = log.now().timestamp()
        key = (id(endpoint), id(model), output, deployment, at // HOUR_SECONDS)
        with log.lock:
            if log.is_full():
                log.count_missing(_folder(endpoint, at), len(scores))
                return
            noted = log.waiting.get(key)
            if noted is None:
                noted = log.waiting[key] = Noted(endpoint, output, resource, model, deployment)
            noted.ids.append(self.request_id)
            noted.at.append(at)
            noted.bodies.append(self._body)
            noted.scores.append(scores)
            noted.positions.append(positions)
            log.grow(len(self._body) + NOTE_BYTES + scores.nbytes)


class Predictions:
    """The prediction log of one process; safe to share between threads."""

    def __init__(self, storage: Storage, seconds: float = FLUSH_SECONDS) -> None:
        self._storage = storage
        self._seconds = seconds
        self.waiting: dict[tuple[Any, ...], Noted] = {}
        self.lock = threading.Lock()
        self._size = 0
        self._missing: Counter[str] = Counter()
        self._backlog: deque[Block] = deque()
        self._backlog_size = 0
        self._writer = PartWriter(storage, LOG_PARTS)
        self._flushing = threading.Lock()
        self._wake = threading.Event()
        self._thread: threading.Thread | None = None

    def now(self) -> datetime:
        """Return the time."""
        return self._storage.clock()

    def noting(self, endpoint: Endpoint, headers: Mapping[str, str], body: bytes) -> Noting:
        """Return what notes a request of an endpoint that has a log.

        Parameters
        ----------
        headers
            Those of the request; what they have as its id is kept if it is one, otherwise the request gets an id.
        """
        given = headers.get(REQUEST_ID, "")
        return Noting(self, endpoint, given if is_request_id(given) else new_id(), body)

    def is_full(self) -> bool:
        """Return whether no more may wait; with the lock held, as for the methods below."""
        return self._size >= MAX_WAITING

    def count_missing(self, folder: str, rows: int) -> None:
        """Count rows that could not be kept."""
        self._missing[folder] += rows

    def grow(self, size: int) -> None:
        """Count bytes that wait, and have the thread write them, at once if they are many."""
        self._size += size
        if self._size >= MANY_WAITING:
            self._wake.set()
        if self._thread is None or not self._thread.is_alive():
            self._start()

    def _start(self) -> None:
        if self._thread is None:
            atexit.register(self.close)
        self._thread = threading.Thread(target=self._write_on, daemon=True, name="prediction-log")
        self._thread.start()

    def _write_on(self) -> None:
        while True:
            self._wake.wait(self._seconds)
            self._wake.clear()
            try:
                self.flush()
            except AzureError as error:
                # Nothing is lost while there is room: the next time writes it.
                logger.warning("The prediction log could not be written: %s", type(error).__name__)
            except Exception:
                logger.exception("The prediction log could not be written.")

    def close(self) -> None:
        """Write what is waiting, when the process ends by itself."""
        try:
            self.flush()
        except AzureError as error:
            logger.warning("The end of the prediction log could not be written: %s", type(error).__name__)

    def flush(self) -> None:
        """Write what was noted; raises AzureError if storage does not take it, which keeps it for the next time."""
        with self._flushing:
            self._encode(self._take())
            while self._backlog:
                block = self._backlog[0]
                self._writer.append(block.folder, block.content)
                self._backlog.popleft()
                self._backlog_size -= len(block.content)
            self._writer.forget(hour_text(self.now()))

    def _take(self) -> list[Noted]:
        with self.lock:
            taken, self.waiting, self._size = list(self.waiting.values()), {}, 0
        return taken

    def _encode(self, taken: Iterable[Noted]) -> None:
        """Turn what was noted into blocks."""
        for noted in taken:
            self._add_blocks(_folder(noted.endpoint, noted.at[0]), noted)
        for folder in list(self._missing):
            self._add_missing(folder)

    def _add_blocks(self, folder: str, noted: Noted) -> None:
        hashed = column_hash(self._storage, noted.endpoint.workspace_id)
        try:
            table = log_table(noted, hashed)
            blocks = blocks_of(table) if table is not None else []
        except Exception:
            # What cannot be kept must not keep the rows of others.
            logger.exception("Rows of the prediction log of endpoint %s are lost.", noted.endpoint.id)
            self._count_missing(folder, noted.count)
            return
        for content, rows in blocks:
            self._add(Block(folder, content, rows))

    def _add(self, block: Block) -> None:
        if self._backlog_size + len(block.content) > MAX_BACKLOG:
            self._count_missing(block.folder, block.rows)
            return
        self._backlog.append(block)
        self._backlog_size += len(block.content)

    def _add_missing(self, folder: str) -> None:
        """Add a block that says how many rows are missing, unless there is no room: the next time does."""
        import pyarrow as pa

        with self.lock:
            count = self._missing.pop(folder, 0)
        for content, _ in blocks_of(pa.table({}), count) if count else ():
            self._add(Block(folder, content, count))

    def _count_missing(self, folder: str, rows: int) -> None:
        with self.lock:
            self._missing[folder] += rows


def is_request_id(text: str) -> bool:
    """Return whether a caller's id of a request can be kept and returned: up to 128 printable ASCII characters."""
    return 0 < len(text) <= MAX_REQUEST_ID and text.isascii() and text.isprintable()


def _folder(endpoint: Endpoint, at: float) -> str:
    return f"{endpoint.workspace_id}/{endpoint.id}/{hour_text(datetime.fromtimestamp(at, UTC))}"
