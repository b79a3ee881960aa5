"""A proxy before the emulator that answers as storage in trouble does."""

import contextlib
import random
import socket
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from socketserver import StreamRequestHandler, ThreadingTCPServer

from devhost.azurite import Azurite

HANG = 0
CLOSE = b"Connection: close\r\n\r\n"


@dataclass(frozen=True)
class Fault:
    """A status that requests are answered with, or HANG; `share` is how many of them, 0 to 1."""

    status: int
    share: float = 1.0


class FaultProxy:
    """Three ports that lead to the emulator's three services, with `fault` between, if there is one."""

    def __init__(self, azurite: Azurite) -> None:
        self._random = random.Random(0)
        self.fault: Fault | None = None
        self.faults = 0
        self._servers = [_Server(self, port) for port in azurite.ports]
        blob, queue, table = (server.server_address[1] for server in self._servers)
        self.azurite = Azurite(None, (blob, queue, table))
        for server in self._servers:
            threading.Thread(target=server.serve_forever, args=(0.1,), daemon=True, name="fault-proxy").start()

    @contextmanager
    def failing(self, fault: Fault) -> Iterator[None]:
        """Fail for the length of a `with` block."""
        self.fault = fault
        try:
            yield
        finally:
            self.fault = None

    def meets_fault(self, fault: Fault) -> bool:
        """Tell whether a request is one of those that fail, and count it."""
        hit = self._random.random() < fault.share
        self.faults += hit
        return hit

    def stop(self) -> None:
        """Close everything."""
        for server in self._servers:
            server.shutdown()
            server.server_close()


class _Server(ThreadingTCPServer):
    daemon_threads = True
    block_on_close = False
    request_queue_size = 128

    def __init__(self, proxy: FaultProxy, port: int) -> None:
        super().__init__(("127.0.0.1", 0), _Handler)
        self.proxy, self.port = proxy, port


class _Handler(StreamRequestHandler):
    """Passes one request on, or fails it, and closes."""

    server: _Server

    def handle(self) -> None:
        with contextlib.suppress(OSError):
            head = [line := self.rfile.readline()]
            while line.strip():
                head.append(line := self.rfile.readline())
            if head[0].strip():
                self._answer(head, self.rfile.read(_length(head)))

    def finish(self) -> None:
        with contextlib.suppress(OSError):
            super().finish()

    def _answer(self, head: list[bytes], body: bytes) -> None:
        proxy, fault = self.server.proxy, self.server.proxy.fault
        if fault is not None and proxy.meets_fault(fault):
            while fault.status == HANG and proxy.fault is fault:
                time.sleep(0.05)
            if fault.status != HANG:
                self.wfile.write(b"HTTP/1.1 %d Trouble\r\nContent-Length: 0\r\n" % fault.status + CLOSE)
            return
        kept = [line for line in head[:-1] if not line.lower().startswith(b"connection:")]
        with socket.create_connection(("127.0.0.1", self.server.port)) as outer:
            outer.sendall(b"".join(kept) + CLOSE + body)
            # The emulator closes after its answer, and so does this connection: the end needs no parsing.
            while chunk := outer.recv(1 << 16):
                self.wfile.write(chunk)


def _length(head: list[bytes]) -> int:
    for line in head:
        if line.lower().startswith(b"content-length:"):
            return int(line.partition(b":")[2])
    return 0
