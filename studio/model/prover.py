"""Has trained model files from outside proved in a process of their own (proof.py), before this one opens them.

Each file gets a process that has seen no other. Starting one takes a third of a second, so after a proof the next one
is started, and ends when there is nothing to prove for a minute.
"""

import contextlib
import json
import logging
import socket
import threading
import time
from typing import Any

from studio import errors
from studio.errors import InvalidOperation, ServiceUnavailable, StudioError
from studio.model.helper_process import HelperProcess, helper_command
from studio.model.proof import STORED_FACTOR, WALL_FACTOR, allowed_seconds

IDLE_SECONDS = 60.0
# How many files a process has proved at a time, and how long others wait for their turn.
AT_ONCE, PATIENCE_SECONDS = 2, 90.0
# The helper ends itself; the app waits this much longer for it, and reads no longer an answer than this.
GRACE_SECONDS, MAX_ANSWER_BYTES = 20.0, 65_536
logger = logging.getLogger(__name__)


class Prover:
    """Proves trained model files, each in a process of its own; safe to share between threads.

    Parameters
    ----------
    command
        The start of the helper's command line; its folders and the number of its socket follow.
    patience_seconds
        How long to wait for an answer; by default a little longer than the helper lets itself run.
    """

    def __init__(
        self, command: tuple[str, ...] = helper_command("studio.model.proof"), patience_seconds: float | None = None
    ) -> None:
        self._command = command
        self._patience = patience_seconds
        self._turns = threading.BoundedSemaphore(AT_ONCE)
        self._lock = threading.Lock()
        self._waiting: _Helper | None = None
        self._timer: threading.Timer | None = None

    def prepare(self) -> None:
        """Have a helper start, if none is waiting; returns at once."""
        with self._lock:
            if self._waiting is not None and self._waiting.is_alive():
                self._wait_for_work()
                return
            self._waiting = _Helper(self._command)
            self._wait_for_work()

    def prove(self, content: bytes, max_bytes: int, *, stored: bool = False) -> None:
        """Have a model file proved.

        Parameters
        ----------
        max_bytes
            The maximum total size of its members, unpacked.
        stored
            Whether an app of an earlier version stored it; such files may take more time and memory.

        Raises
        ------
        BadArgument, InvalidOperation, TooLarge
            If the file is not accepted, or takes more time or memory than it may.
        ServiceUnavailable
            If other files take their turns for too long, or no process can be started.
        """
        if not self._turns.acquire(timeout=PATIENCE_SECONDS):
            raise ServiceUnavailable(
                "NoMoreResources", "The app is checking other trained models. Try again in a minute."
            )
        try:
            self._prove(content, max_bytes, STORED_FACTOR if stored else 1)
        finally:
            self._turns.release()

    def close(self) -> None:
        """End the helper that waits, if any."""
        with self._lock:
            waiting, self._waiting = self._waiting, None
            if self._timer is not None:
                self._timer.cancel()
        if waiting is not None:
            waiting.close()

    def _prove(self, content: bytes, max_bytes: int, factor: int) -> None:
        started = time.monotonic()
        try:
            helper = self._take()
        except OSError as error:
            raise ServiceUnavailable(
                "NoMoreResources", f"No process to check the trained model can be started: {error.strerror}."
            ) from error
        patience = self._patience or WALL_FACTOR * allowed_seconds(max_bytes, factor) + GRACE_SECONDS
        try:
            given = helper.ask({"size": len(content), "maxBytes": max_bytes, "factor": factor}, content, patience)
        finally:
            helper.close()
        seconds = time.monotonic() - started
        logger.info("Checked a trained model of %s bytes in %.0f ms", len(content), 1000 * seconds)
        _read_answer(given, seconds)
        with contextlib.suppress(OSError):
            self.prepare()

    def _take(self) -> "_Helper":
        with self._lock:
            waiting, self._waiting = self._waiting, None
        if waiting is not None and not waiting.is_alive():
            waiting.close()
            waiting = None
        return waiting or _Helper(self._command)

    def _wait_for_work(self) -> None:
        if self._timer is not None:
            self._timer.cancel()
        self._timer = threading.Timer(IDLE_SECONDS, self.close)
        self._timer.daemon = True
        self._timer.start()


class _Helper(HelperProcess):
    """A process that proves one file."""

    def ask(self, head: dict[str, Any], content: bytes, seconds: float) -> bytes:
        """Send a file and return the answer, however far it came within `seconds`."""
        ends, given = time.monotonic() + seconds, b""
        with contextlib.suppress(OSError):
            self.line.settimeout(seconds)
            self.line.sendall(json.dumps(head).encode() + b"\n")
            self.line.sendall(content)
            self.line.shutdown(socket.SHUT_WR)
            while len(given) <= MAX_ANSWER_BYTES:
                self.line.settimeout(max(0.001, ends - time.monotonic()))
                part = self.line.recv(MAX_ANSWER_BYTES)
                if not part:
                    break
                given += part
        return given


def _read_answer(given: bytes, seconds: float) -> None:
    """Raise what a helper found wrong; anything but a whole answer is a refusal as well."""
    try:
        answer = json.loads(given)
        if answer == {}:
            return
        kind, code, message = answer["error"], answer["code"], answer["message"]
        found = getattr(errors, kind) if kind in ("BadArgument", "InvalidOperation", "TooLarge") else None
    except (ValueError, TypeError, KeyError):
        found = None
    if found is None:
        raise InvalidOperation(
            "IncompatibleModel",
            f"The check of the trained model ended after {seconds:.1f} s without a result: it takes too much time or "
            "memory to open and to score its golden rows. Train a smaller one.",
        )
    error: StudioError = found(str(code), str(message))
    raise error
