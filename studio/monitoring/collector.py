"""Collects what one process scored, and writes it to the prediction log (parts.py) beside the requests.

A request adds the bytes of its rows (records.py) to a queue. Every two seconds, or when much is waiting, a thread
compresses them (frames.py) and appends them to the process's part of the hour. While storage does not respond, blocks
wait in memory; rows that no longer fit are counted, and the count is written once storage responds. A process that is
killed loses what it noted since the last append: two seconds of rows as a rule.
"""

import atexit
import logging
import os
import random
import signal
import threading
from collections import Counter, deque
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from signal import SIGTERM
from typing import Any

from azure.core.exceptions import AzureError

from studio.model.loaded import LoadedModel
from studio.model.operations import Matrix
from studio.model.scores import score_width
from studio.monitoring.frames import MAX_BLOCK, Noted, missing_frame, write_frames
from studio.monitoring.log import hour_text
from studio.monitoring.parts import LOG_PARTS, PartWriter
from studio.monitoring.records import RECORD_ROWS, Asked, Record, records_of, whole_record
from studio.monitoring.rows import Hash, column_hash, nothing_hashed
from studio.registry.deployments import CURRENT, Resource
from studio.registry.endpoints import Endpoint
from studio.registry.prediction_log import PredictionLog
from studio.storage.account import Storage

FLUSH_SECONDS = 2.0
# Memory for rows not yet compressed, the share of it that wakes the thread, and memory for unwritten blocks.
MAX_WAITING, MANY_WAITING = 64 * 1024 * 1024, 16 * 1024 * 1024
MAX_BACKLOG = 32 * 1024 * 1024
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

    __slots__ = ("_endpoint", "_hashed", "_log", "_settings", "request_id")

    def __init__(
        self, log: "Predictions", endpoint: Endpoint, settings: PredictionLog, request_id: str, hashed: Hash
    ) -> None:
        self._log, self._endpoint, self._settings, self._hashed = log, endpoint, settings, hashed
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
        rows: Sequence[Sequence[Any]],
        given: Any,
        scores: Matrix,
        deployment: str = CURRENT,
        positions: Any = None,
    ) -> None:
        """Note the rows of an output.

        Parameters
        ----------
        rows
            n_rows sequences of the cells of the model's source columns, as they were sent.
        given
            The input they were read from, of either shape.
        scores : ndarray of shape (n_rows, at least score_width), float64
        positions : ndarray of shape (n_rows,), or None
            The numbers of the rows in the request; None if they are all its rows.
        """
        log, endpoint, manifest = self._log, self._endpoint, model.file.manifest
        at = log.now().timestamp()
        if log.size >= MAX_WAITING:
            log.count_missing(_folder(endpoint, at), len(scores))
            return
        microseconds = round(at * 1_000_000)
        scores = scores[:, : score_width(manifest.task, manifest.labels)]
        records: Sequence[Record]
        if self._settings.keeps_all and positions is None and len(rows) <= RECORD_ROWS:
            records = (whole_record(self.request_id, microseconds, rows, scores),)
        else:
            asked = Asked(self.request_id, microseconds, model.encoder.sources, rows, given, scores, positions)
            records = records_of(asked, self._settings, self._hashed)
        key = (id(endpoint), id(model), output, deployment, at // HOUR_SECONDS)
        with log.lock:
            noted = log.waiting.get(key)
            if noted is None:
                noted = log.waiting[key] = Noted(endpoint, output, resource, model, deployment)
                log.start()
            log.size += noted.add(records, microseconds)
        if log.size >= MANY_WAITING:
            log.wake.set()


class Predictions:
    """The prediction log of one process; safe to share between threads."""

    def __init__(self, storage: Storage, seconds: float = FLUSH_SECONDS) -> None:
        self._storage = storage
        self._seconds = seconds
        self.waiting: dict[tuple[Any, ...], Noted] = {}
        self.lock = threading.Lock()
        self.size = 0
        self._missing: Counter[str] = Counter()
        self._backlog: deque[Block] = deque()
        self._backlog_size = 0
        self._writer = PartWriter(storage, LOG_PARTS)
        self._flushing = threading.Lock()
        self.wake = threading.Event()
        self._thread: threading.Thread | None = None

    def now(self) -> datetime:
        """Return the time."""
        return self._storage.clock()

    def noting(self, endpoint: Endpoint, headers: Mapping[str, str]) -> Noting:
        """Return what notes a request of an endpoint that has a log.

        Parameters
        ----------
        headers
            Those of the request; what they have as its id is kept if it is one, otherwise the request gets an id.
        """
        given, settings = headers.get(REQUEST_ID, ""), endpoint.prediction_log or PredictionLog()
        request_id = given if given and is_request_id(given) else new_request_id()
        # Most logs hash nothing, and the key costs as much as the rest.
        hashed = column_hash(self._storage, endpoint.workspace_id) if settings.hashed else nothing_hashed
        return Noting(self, endpoint, settings, request_id, hashed)

    def count_missing(self, folder: str, rows: int) -> None:
        """Count rows that could not be kept."""
        with self.lock:
            self._missing[folder] += rows

    def start(self) -> None:
        """Have a thread write what waits, unless one does."""
        if self._thread is not None and self._thread.is_alive():
            return
        if self._thread is None:
            atexit.register(self.close)
            self._write_on_sigterm()
        self._thread = threading.Thread(target=self._write_on, daemon=True, name="prediction-log")
        self._thread.start()

    def _write_on_sigterm(self) -> None:
        """Have what waits written when the process is asked to end, if nothing else is done about that."""
        if threading.current_thread() is not threading.main_thread() or signal.getsignal(SIGTERM) is not signal.SIG_DFL:
            return

        def end() -> None:
            self.close()
            os._exit(128 + SIGTERM)

        # In a thread: what the signal interrupted may hold the lock.
        signal.signal(SIGTERM, lambda *_: threading.Thread(target=end, daemon=True).start())

    def _write_on(self) -> None:
        while True:
            self.wake.wait(self._seconds)
            self.wake.clear()
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
            taken, self.waiting, self.size = list(self.waiting.values()), {}, 0
        return taken

    def _encode(self, taken: Iterable[Noted]) -> None:
        """Turn what was noted into blocks."""
        for noted in taken:
            folder = _folder(noted.endpoint, noted.first / 1_000_000)
            try:
                frames = list(write_frames(noted))
            except Exception:
                # What cannot be kept must not keep the rows of others.
                logger.exception("Rows of the prediction log of endpoint %s are lost.", noted.endpoint.id)
                self.count_missing(folder, sum(noted.counts))
                continue
            for block in _blocks(folder, frames):
                self._add(block)
        for folder in list(self._missing):
            self._add_missing(folder)

    def _add(self, block: Block) -> None:
        if self._backlog_size + len(block.content) > MAX_BACKLOG:
            self.count_missing(block.folder, block.rows)
            return
        self._backlog.append(block)
        self._backlog_size += len(block.content)

    def _add_missing(self, folder: str) -> None:
        """Add a block that says how many rows are missing, unless there is no room: the next time does."""
        with self.lock:
            count = self._missing.pop(folder, 0)
        if count:
            self._add(Block(folder, missing_frame(count), count))


def _blocks(folder: str, frames: Iterable[tuple[bytes, int]]) -> Iterator[Block]:
    """Yield frames as blocks of as many as can be appended at once."""
    content: list[bytes] = []
    rows = size = 0
    for frame, count in frames:
        if size + len(frame) > MAX_BLOCK:
            yield Block(folder, b"".join(content), rows)
            content, rows, size = [], 0, 0
        content.append(frame)
        rows, size = rows + count, size + len(frame)
    if content:
        yield Block(folder, b"".join(content), rows)


def new_request_id() -> str:
    """Return 32 hex digits for a request that came without an id; not secret, so the faster `random` will do."""
    return f"{random.getrandbits(128):032x}"


def is_request_id(text: str) -> bool:
    """Return whether a caller's id of a request can be kept and returned: up to 128 printable ASCII characters."""
    return 0 < len(text) <= MAX_REQUEST_ID and text.isascii() and text.isprintable()


def _folder(endpoint: Endpoint, at: float) -> str:
    return f"{endpoint.workspace_id}/{endpoint.id}/{hour_text(datetime.fromtimestamp(at, UTC))}"
