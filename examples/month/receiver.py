"""A small receiver of events that fails half of the time, and still takes in each event once."""

import base64
import hashlib
import hmac
import http.server
import json
import random
import threading
from collections.abc import Callable
from datetime import datetime
from typing import Any

SECRET = "whsec_" + base64.b64encode(b"a key for one month only").decode()


class Receiver(http.server.ThreadingHTTPServer):
    """Keeps events by their id.

    A quarter of the POSTs fail before the event is kept, and a quarter after, so that it is sent again although it is
    known. What is not signed is refused.
    """

    def __init__(self, clock: Callable[[], datetime], seed: int = 1) -> None:
        super().__init__(("127.0.0.1", 0), _Handler)
        self.clock = clock
        self.kept: dict[str, dict[str, Any]] = {}
        self.arrived: dict[str, datetime] = {}
        self.posts = self.failed = self.repeats = self.unsigned = 0
        self.random, self.lock = random.Random(seed), threading.Lock()
        threading.Thread(target=self.serve_forever, args=[0.05], daemon=True).start()

    @property
    def host(self) -> str:
        """The address that the operator allows events to be sent to."""
        return f"127.0.0.1:{self.server_port}"

    def take(self, headers: dict[str, str], body: bytes) -> int:
        """Return the status of a POST."""
        with self.lock:
            self.posts += 1
            if not _is_signed(headers, body):
                self.unsigned += 1
                return 401
            luck = self.random.random()
            if luck < 0.25:
                self.failed += 1
                return 503
            # The idempotency key: an event that is known is not taken in again.
            if headers["webhook-id"] in self.kept:
                self.repeats += 1
            else:
                self.kept[headers["webhook-id"]] = json.loads(body)
                self.arrived[headers["webhook-id"]] = self.clock()
            self.failed += luck < 0.5
            return 500 if luck < 0.5 else 204


class _Handler(http.server.BaseHTTPRequestHandler):
    server: Receiver

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers["content-length"]))
        self.send_response(self.server.take({name.lower(): value for name, value in self.headers.items()}, body))
        self.end_headers()

    def log_message(self, *_: Any) -> None:
        """Say nothing."""


def _is_signed(headers: dict[str, str], body: bytes) -> bool:
    signed = f"{headers['webhook-id']}.{headers['webhook-timestamp']}.".encode() + body
    key = base64.b64decode(SECRET.removeprefix("whsec_"))
    expected = "v1," + base64.b64encode(hmac.new(key, signed, hashlib.sha256).digest()).decode()
    return hmac.compare_digest(expected, headers["webhook-signature"])
