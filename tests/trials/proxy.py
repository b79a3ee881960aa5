"""A proxy before the emulator that answers as storage in trouble does."""

import asyncio
import contextlib
import random
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

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
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._loop.run_forever, daemon=True, name="fault-proxy")
        self._thread.start()
        listening = asyncio.run_coroutine_threadsafe(self._listen(azurite.ports), self._loop)
        self.azurite = Azurite(None, listening.result(10))

    @contextmanager
    def failing(self, fault: Fault) -> Iterator[None]:
        """Fail for the length of a `with` block."""
        self.fault = fault
        try:
            yield
        finally:
            self.fault = None

    def stop(self) -> None:
        """Close everything."""

        async def end() -> None:
            for server in self._servers:
                server.close()
            tasks = [task for task in asyncio.all_tasks() if task is not asyncio.current_task()]
            for task in tasks:
                task.cancel()
            await asyncio.gather(*tasks, return_exceptions=True)

        asyncio.run_coroutine_threadsafe(end(), self._loop).result(10)
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join(10)
        self._loop.close()

    async def _listen(self, ports: tuple[int, int, int]) -> tuple[int, int, int]:
        self._servers = [await asyncio.start_server(self._serve(port), "127.0.0.1", 0) for port in ports]
        blob, queue, table = (server.sockets[0].getsockname()[1] for server in self._servers)
        return blob, queue, table

    def _serve(self, port: int):
        async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
            try:
                with contextlib.suppress(OSError, asyncio.IncompleteReadError):
                    while await self._pass_one(port, reader, writer):
                        continue
            finally:
                writer.close()

        return serve

    async def _pass_one(self, port: int, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> bool:
        """Pass one request on, or fail it; False if the connection is at its end."""
        head = await reader.readuntil(b"\r\n\r\n")
        body = await reader.readexactly(_length(head))
        fault = self.fault
        if fault is not None and self._random.random() < fault.share:
            self.faults += 1
            if fault.status == HANG:
                while self.fault is fault:
                    await asyncio.sleep(0.05)
                return False
            writer.write(b"HTTP/1.1 %d Trouble\r\nContent-Length: 0\r\n" % fault.status + CLOSE)
            await writer.drain()
            return False
        try:
            inner, outer = await asyncio.open_connection("127.0.0.1", port)
        except OSError:
            return False
        first, _, rest = head.partition(b"\r\n")
        lines = [line for line in rest.split(b"\r\n") if line and not line.lower().startswith(b"connection:")]
        try:
            outer.write(b"\r\n".join([first, *lines, CLOSE]) + body)
            await outer.drain()
            # The emulator closes after its answer, and so does this connection: the end needs no parsing.
            while chunk := await inner.read(1 << 16):
                writer.write(chunk)
                await writer.drain()
        finally:
            outer.close()
        return False


def _length(head: bytes) -> int:
    for line in head.lower().split(b"\r\n"):
        if line.startswith(b"content-length:"):
            return int(line.partition(b":")[2])
    return 0
