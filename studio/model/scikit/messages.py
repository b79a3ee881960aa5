"""What the app and the process that fits say to each other: a line of JSON, then parts of bytes."""

import json
import socket
from collections.abc import Sequence
from typing import Any

MAX_LINE = 8 << 20
CHUNK = 1 << 20
POLL_SECONDS = 0.2


class Closed(Exception):
    """The other side has ended."""


def send_message(line: socket.socket, head: dict[str, Any], parts: Sequence[Any] = ()) -> None:
    """Send a head and its parts; Closed if the other side has ended."""
    views = [memoryview(part).cast("B") for part in parts]
    text = json.dumps(head | {"sizes": [view.nbytes for view in views]}).encode()
    try:
        line.settimeout(None)
        line.sendall(len(text).to_bytes(8, "big") + text)
        for view in views:
            line.sendall(view)
    except OSError as error:
        raise Closed from error


def receive_message(line: socket.socket) -> tuple[dict[str, Any], list[bytearray]]:
    """Wait for a message; Closed if the other side has ended, or does not follow the form.

    Waits by short steps, so that a thread whose run has used up its time gets its exception.
    """
    length = int.from_bytes(_read(line, 8), "big")
    if length > MAX_LINE:
        raise Closed
    head: dict[str, Any] = json.loads(_read(line, length))
    return head, [_read(line, size) for size in head["sizes"]]


def _read(line: socket.socket, size: int) -> bytearray:
    content = bytearray(size)
    view, done = memoryview(content), 0
    line.settimeout(POLL_SECONDS)
    while done < size:
        try:
            count = line.recv_into(view[done:], min(CHUNK, size - done))
        except TimeoutError:
            continue
        except OSError as error:
            raise Closed from error
        if not count:
            raise Closed
        done += count
    return content
