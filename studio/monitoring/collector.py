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

from studio.monitoring.parts import LOG_PARTS, PartWriter, blocks_of
from studio.monitoring.rows import Noted, column_hash, log_table
from studio.registry.deployments import CURRENT
from studio.registry.endpoints import Endpoint
from studio.storage.account import Storage
from studio.storage.keys import new_id

FLUSH_SECONDS = 2.0
# Memory for rows not yet turned into blocks, the share of it that wakes the thread, and memory for unwritten blocks.
MAX_WAITING, MANY_WAITING = 64 * 1024 * 1024, 16 * 1024 * 1024
MAX_BACKLOG = 32 * 1024 * 1024
# What a cell takes in memory beside its text in the request.
CELL_BYTES = 64
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

    __slots__ = ("_endpoint", "_log", "_size", "request_id")

    def __init__(self, log: "Predictions", endpoint: Endpoint, request_id: str, size: int) -> None:
        self._log, self._endpoint, self._size = log, endpoint, size
        self.request_id = request_id

    @property
    def headers(self) -> dict[str, str]:
        """What the response says: the id that the request's rows have in the log."""
        return {REQUEST_ID: self.request_id}

    def __call__(
        self,
        output: str,
        resource: Any,
        model: Any,
        rows: Any,
        given: Any,
        scores: Any,
        deployment: str = CURRENT,
        positions: Any = None,
    ) -> None:
        """Note the rows of an output; only references are kept."""
        size = self._size + CELL_BYTES * len(rows) * (1 + len(model.encoder.sources))
        now = self._log.now()
        scored = (output, resource, model, rows, given, scores, size, deployment, positions)
        self._log.note(Noted(self._endpoint, self.request_id, now, *scored))


class Predictions:
    """The prediction log of one process; safe to share between threads."""

    def __init__(self, storage: Storage, seconds: float = FLUSH_SECONDS) -> None:
        self._storage = storage
        self._seconds = seconds
        self._waiting: deque[Noted] = deque()
        self._size = 0
        self._missing: Counter[str] = Counter()
        self._backlog: deque[Block] = deque()
        self._backlog_size = 0
        self._writer = PartWriter(storage, LOG_PARTS)
        self._lock, self._flushing = threading.Lock(), threading.Lock()
        self._wake = threading.Event()
        self._thread: threading.Thread | None = None

    def now(self) -> datetime:
        """Return the time."""
        return self._storage.clock()

    def noting(self, endpoint: Endpoint, headers: Mapping[str, str], size: int) -> Noting:
        """Return what notes a request of an endpoint that has a log.

        Parameters
        ----------
        headers
            Those of the request; what they have as its id is kept if it is one, otherwise the request gets an id.
        size
            int, bytes: the size of the request.
        """
        given = headers.get(REQUEST_ID, "")
        return Noting(self, endpoint, given if is_request_id(given) else new_id(), size)

    def note(self, noted: Noted) -> None:
        """Add the rows of a request, or count them as missing if too many are waiting."""
        with self._lock:
            if self._size >= MAX_WAITING:
                self._missing[_folder(noted)] += len(noted.rows)
                return
            self._waiting.append(noted)
            self._size += noted.size
            many = self._size >= MANY_WAITING
            if self._thread is None or not self._thread.is_alive():
                self._start()
        if many:
            self._wake.set()

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
            self._writer.forget(_hour(self.now()))

    def _take(self) -> list[Noted]:
        with self._lock:
            taken = list(self._waiting)
            self._waiting.clear()
            self._size = 0
        return taken

    def _encode(self, taken: Iterable[Noted]) -> None:
        """Turn what was noted into blocks, of an endpoint, hour and model each."""
        kinds: dict[tuple[Any, ...], list[Noted]] = {}
        for noted in taken:
            kinds.setdefault(_kind(noted), []).append(noted)
        for notes in kinds.values():
            self._add_blocks(_folder(notes[0]), notes)
        for folder in list(self._missing):
            self._add_missing(folder)

    def _add_blocks(self, folder: str, notes: list[Noted]) -> None:
        hashed = column_hash(self._storage, notes[0].endpoint.workspace_id)
        try:
            table = log_table(notes, hashed)
            blocks = blocks_of(table) if table is not None else []
        except Exception:
            # What cannot be kept must not keep the rows of others.
            logger.exception("Rows of the prediction log of endpoint %s are lost.", notes[0].endpoint.id)
            self._count_missing(folder, sum(len(noted.rows) for noted in notes))
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

        with self._lock:
            count = self._missing.pop(folder, 0)
        for content, _ in blocks_of(pa.table({}), count) if count else ():
            self._add(Block(folder, content, count))

    def _count_missing(self, folder: str, rows: int) -> None:
        with self._lock:
            self._missing[folder] += rows


def is_request_id(text: str) -> bool:
    """Return whether a caller's id of a request can be kept and returned: up to 128 printable ASCII characters."""
    return 0 < len(text) <= MAX_REQUEST_ID and text.isascii() and text.isprintable()


def _kind(noted: Noted) -> tuple[Any, ...]:
    """Return what the notes of a block have in common: endpoint with its settings, model, hour and so on."""
    hour = int(noted.at.timestamp()) // 3600
    return id(noted.endpoint), id(noted.resource), id(noted.model), noted.output, noted.deployment, noted.mode, hour


def _folder(noted: Noted) -> str:
    return f"{noted.endpoint.workspace_id}/{noted.endpoint.id}/{_hour(noted.at)}"


def _hour(moment: datetime) -> str:
    return f"{moment.astimezone(UTC):%Y%m%d%H}"
