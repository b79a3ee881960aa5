"""Has a model from elsewhere imported in a process of its own (helper.py), within its limits."""

import contextlib
import json
import socket
import threading
import time
from dataclasses import dataclass
from typing import Any

from studio import errors
from studio.errors import InvalidOperation, ServiceUnavailable, StudioError
from studio.model.helper_process import HelperProcess, helper_command
from studio.model.proof import WALL_FACTOR, allowed_seconds
from studio.model.prover import AT_ONCE, GRACE_SECONDS, PATIENCE_SECONDS

COMMAND = helper_command("studio.model.foreign.helper")
CHUNK_BYTES, MAX_HEAD_BYTES = 1 << 20, 1 << 20
_TURNS = threading.BoundedSemaphore(AT_ONCE)


@dataclass(frozen=True, slots=True)
class Converted:
    """A trained model file, not yet proved, and what was found out about the model."""

    content: bytes
    found: dict[str, Any]


def convert_model(
    content: bytes, name: str, body: dict[str, Any], max_bytes: int, command: tuple[str, ...] = COMMAND
) -> Converted:
    """Return the trained model file of a model from elsewhere.

    Parameters
    ----------
    content
        The `.onnx` or `.skops` file.
    body
        The request, as request.parse_request reads it.
    max_bytes
        The maximum size of the file that is made.

    Raises
    ------
    BadArgument, InvalidOperation, TooLarge
        If the model is not accepted, is not clear, or takes more time or memory than it may.
    ServiceUnavailable
        If others take their turns for too long, or no process can be started.
    """
    if not _TURNS.acquire(timeout=PATIENCE_SECONDS):
        raise ServiceUnavailable("NoMoreResources", "The app is importing other models. Try again in a minute.")
    try:
        return _read_answer(_ask(content, name, body, max_bytes, command))
    finally:
        _TURNS.release()


def _ask(content: bytes, name: str, body: dict[str, Any], max_bytes: int, command: tuple[str, ...]) -> bytes:
    try:
        helper = HelperProcess(command)
    except OSError as error:
        raise ServiceUnavailable(
            "NoMoreResources", f"No process to import the model can be started: {error.strerror}."
        ) from error
    request = json.dumps({"name": name, "body": body}).encode()
    ends = time.monotonic() + WALL_FACTOR * allowed_seconds(len(content), 1) + GRACE_SECONDS
    given = bytearray()
    try:
        with contextlib.suppress(OSError):
            helper.line.settimeout(max(1.0, ends - time.monotonic()))
            helper.line.sendall(json.dumps({"request": len(request), "size": len(content)}).encode() + b"\n")
            helper.line.sendall(request)
            helper.line.sendall(content)
            helper.line.shutdown(socket.SHUT_WR)
            while len(given) <= max_bytes + MAX_HEAD_BYTES:
                helper.line.settimeout(max(0.001, ends - time.monotonic()))
                part = helper.line.recv(CHUNK_BYTES)
                if not part:
                    break
                given += part
    finally:
        helper.close()
    return bytes(given)


def _read_answer(given: bytes) -> Converted:
    """Return what a helper made, or raise what it found wrong; anything but a whole answer is a refusal as well."""
    head, _, content = given.partition(b"\n")
    try:
        found = json.loads(head)
        if content:
            return Converted(content, dict(found))
        kind, code, message = found["error"], str(found["code"]), str(found["message"])
        refused = getattr(errors, kind) if kind in ("BadArgument", "InvalidOperation", "TooLarge") else None
    except (ValueError, TypeError, KeyError):
        refused = None
    if refused is None:
        raise InvalidOperation(
            "IncompatibleModel",
            "The import ended without a result: the model takes too much time or memory to open and to score the "
            "sample. Use a smaller model, or fewer rows.",
        )
    error: StudioError = refused(code, message)
    raise error
