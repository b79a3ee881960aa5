"""Connections to hosts that clients name: which host and which IP address they lead to, and how long they may take.

The list of hosts is asked again where a socket opens, and every address that a name resolves to is checked before any
of them is called. A host that stalls, trickles or never ends is given up.
"""

import http.client
import io
import socket
import time
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any, ClassVar

from urllib3.connection import HTTPConnection, HTTPSConnection
from urllib3.exceptions import ConnectTimeoutError, NameResolutionError, NewConnectionError

from studio.storage.addresses import Address, BadAddress, PrivateAddress, check_peer, is_allowed, parse_address

MEBIBYTE = 1024 * 1024
# What storage responds to anything but a download: at most 5,000 names of blobs, or 4 MiB of rows.
MAX_ANSWER_BYTES = 32 * MEBIBYTE


@dataclass(frozen=True, slots=True)
class Patience:
    """How long a host may take.

    Parameters
    ----------
    connect_seconds
        For all addresses of a name together, and again for the TLS handshake.
    read_seconds, send_seconds
        Between two pieces of a response; for sending one block of a request.
    grace_seconds, bytes_per_second
        A response must be complete after `grace_seconds` and a second for each `bytes_per_second` that have arrived.
    max_bytes
        The size of one response, as it travels.
    retries
        How often a client of Azure Storage repeats a call.
    """

    connect_seconds: float
    read_seconds: float
    send_seconds: float
    grace_seconds: float
    bytes_per_second: float
    max_bytes: float
    retries: int


# A caller waits for the result, such as a job's request whose blobs are looked up.
CHECK = Patience(4, 5, 5, 10, MEBIBYTE, MAX_ANSWER_BYTES, 0)
# A caller waits for the content, such as a trained model's.
FETCH = Patience(4, 5, 5, 10, 256 * 1024, 64 * MEBIBYTE, 0)
# A worker reads or writes data. The storage client downloads at most 32 MiB with one request.
TRANSFER = Patience(5, 20, 120, 60, 64 * 1024, 64 * MEBIBYTE, 2)
# The app's own account, which no client chose.
OWN = Patience(5, 20, 120, 60, 64 * 1024, 64 * MEBIBYTE, 3)
# One response has a whole file.
DOWNLOAD = Patience(5, 20, 120, 60, 64 * 1024, float("inf"), 0)


class Refused(OSError):
    """A request or a connection to a host that is not on the list, or a response that exceeds its size."""


@dataclass(frozen=True, slots=True)
class Rules:
    """The hosts that may be called, as `is_allowed` takes them, and how long they may take."""

    allowed: tuple[str, ...]
    patience: Patience

    def check(self, url: str) -> Address:
        """Return an address that may be called; raise Refused for every other."""
        try:
            address = parse_address(url)
        except BadAddress as error:
            raise Refused(f"The address cannot be used: {error}.") from error
        if not is_allowed(address, self.allowed):
            raise Refused(f"The app may not call '{address.netloc}'.")
        return address


def guarded_classes(rules: Rules) -> tuple[type[HTTPConnection], type[HTTPSConnection]]:
    """Return the classes of connections, plain and with TLS, that keep to some rules."""
    plain: type[HTTPConnection] = type("Plain", (_Guard, HTTPConnection), {"rules": rules, "scheme": "http"})
    secure: type[HTTPSConnection] = type("Secure", (_Guard, HTTPSConnection), {"rules": rules, "scheme": "https"})
    return plain, secure


class _Guard:
    rules: ClassVar[Rules]
    scheme: ClassVar[str]
    _dns_host: str
    port: int
    sock: socket.socket | None
    socket_options: Any

    def _new_conn(self) -> socket.socket:
        host = f"[{self._dns_host}]" if ":" in self._dns_host else self._dns_host
        address = self.rules.check(f"{self.scheme}://{host}:{self.port}/")
        connection: Any = self
        try:
            return _open_socket(address, self.rules.patience.connect_seconds, self.socket_options or ())
        except (PrivateAddress, Refused):
            raise
        except socket.gaierror as error:
            raise NameResolutionError(host, connection, error) from error
        except TimeoutError as error:
            raise ConnectTimeoutError(connection, f"{host} did not respond in time.") from error
        except OSError as error:
            raise NewConnectionError(connection, f"{host} cannot be reached: {error}") from error

    def connect(self) -> None:
        super().connect()  # type: ignore[misc]
        self._allow_time_to_send()

    def request(self, *arguments: Any, **options: Any) -> None:
        self._allow_time_to_send()
        super().request(*arguments, **options)  # type: ignore[misc]

    def response_class(self, sock: socket.socket, *arguments: Any, **options: Any) -> http.client.HTTPResponse:
        response = http.client.HTTPResponse(sock, *arguments, **options)
        raw = response.fp.detach()
        response.fp = io.BufferedReader(_Paced(raw, sock, self.rules.patience))
        return response

    def _allow_time_to_send(self) -> None:
        if self.sock is not None:
            self.sock.settimeout(self.rules.patience.send_seconds)


def _open_socket(address: Address, seconds: float, options: Iterable[tuple[int, int, int]]) -> socket.socket:
    """Return a connection to the first IP address that responds, after all of the host's have been checked."""
    deadline = time.monotonic() + seconds
    found = socket.getaddrinfo(address.host.strip("[]"), address.port, type=socket.SOCK_STREAM)
    for *_, peer in found:
        check_peer(address.host, str(peer[0]))
    failed: OSError = TimeoutError()
    for family, kind, protocol, _, peer in found:
        left = deadline - time.monotonic()
        if left <= 0:
            break
        opened = socket.socket(family, kind, protocol)
        try:
            for option in options:
                opened.setsockopt(*option)
            opened.settimeout(left)
            opened.connect(peer)
            check_peer(address.host, str(opened.getpeername()[0]))
        except OSError as error:
            opened.close()
            failed = error
        else:
            return opened
    raise failed


class _Paced(io.RawIOBase):
    """The bytes of one response, which must keep coming; time that the reader takes for itself does not count."""

    def __init__(self, raw: Any, connection: socket.socket, patience: Patience) -> None:
        self._raw = raw
        self._connection = connection
        self._patience = patience
        self._spent = 0.0
        self._received = 0

    def readable(self) -> bool:
        """Return True."""
        return True

    def readinto(self, buffer: Any) -> int | None:
        """Fill the buffer with the next bytes; TimeoutError if they come too slowly, Refused if there are too many."""
        patience = self._patience
        left = patience.grace_seconds + self._received / patience.bytes_per_second - self._spent
        if left <= 0:
            raise TimeoutError(f"The response was not complete after {self._spent:.0f} seconds.")
        self._connection.settimeout(min(left, patience.read_seconds))
        started = time.monotonic()
        try:
            count: int | None = self._raw.readinto(buffer)
        finally:
            self._spent += time.monotonic() - started
        self._received += count or 0
        if self._received > patience.max_bytes:
            raise Refused(f"The response exceeds {patience.max_bytes:,.0f} bytes.")
        return count

    def close(self) -> None:
        """Close the connection's file."""
        if not self.closed:
            self._raw.close()
        super().close()
