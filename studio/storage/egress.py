"""Outgoing connections to hosts that clients name: which hosts are allowed, and which addresses they may resolve to.

Allowed are Azure Storage, the app's own storage account and a configured list. A name on the list may still resolve to
an address in the app's own network, so the peer's address is checked before anything is sent, and a connection to a
private address is closed unused. Hosts listed by IP address are exempt, and so are the names of Azure Storage, which
may resolve to private endpoints. If the environment configures a proxy, the proxy decides instead.
"""

import functools
import ipaddress
import socket
from collections.abc import Iterable
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

if TYPE_CHECKING:
    import requests

# The blob and table services of the public and the sovereign clouds.
AZURE = tuple(
    f"*.{service}.core.{cloud}"
    for service in ("blob", "table")
    for cloud in ("windows.net", "usgovcloudapi.net", "chinacloudapi.cn")
)
CONNECTIONS_KEPT = 32


def is_allowed(url: str, allowed: Iterable[str]) -> bool:
    """Return whether a URL's host is allowed.

    Parameters
    ----------
    allowed
        Host names, hosts with a port, or `*.` followed by a domain.
    """
    address = urlsplit(url)
    host, with_port = address.hostname or "", address.netloc.rpartition("@")[2].lower()
    return any(
        entry.lower() in (host, with_port) or (entry.startswith("*.") and host.endswith(entry[1:].lower()))
        for entry in allowed
    )


class PrivateAddress(OSError):
    """A host name resolves to an address that is not on the public internet."""


def check_peer(host: str, address: str) -> None:
    """Raise PrivateAddress unless a connection to a host may use an IP address.

    Parameters
    ----------
    host
        The host as the client named it: a name, or an IP address.
    address
        The IP address of the peer.
    """
    found = ipaddress.ip_address(address.partition("%")[0])
    if isinstance(found, ipaddress.IPv6Address) and found.ipv4_mapped:
        found = found.ipv4_mapped
    if (found.is_global and not found.is_multicast) or _is_number(host) or is_allowed(f"https://{host}", AZURE):
        return
    raise PrivateAddress(f"'{host}' resolves to the address {found}, which is not on the public internet.")


def _is_number(host: str) -> bool:
    try:
        ipaddress.ip_address(host.strip("[]"))
    except ValueError:
        return False
    return True


def refusal(error: BaseException | None) -> str | None:
    """Return why check_peer refused a connection, if that is what caused an error of the session."""
    while error is not None:
        found = next((item for item in (error, *error.args) if isinstance(item, PrivateAddress)), None)
        if found is not None:
            return str(found)
        error = error.__context__
    return None


@functools.cache
def guarded_session() -> "requests.Session":
    """Return this process's session, which reuses connections; safe to share between threads."""
    import requests
    from requests.adapters import HTTPAdapter
    from urllib3.connection import HTTPConnection, HTTPSConnection
    from urllib3.connectionpool import HTTPConnectionPool, HTTPSConnectionPool

    class Guard:
        host: str

        def _new_conn(self) -> socket.socket:
            connection: socket.socket = super()._new_conn()  # type: ignore[misc]
            try:
                check_peer(self.host, connection.getpeername()[0])
            except PrivateAddress:
                connection.close()
                raise
            return connection

    class Plain(Guard, HTTPConnection):
        pass

    class Secure(Guard, HTTPSConnection):
        pass

    class PlainPool(HTTPConnectionPool):
        ConnectionCls = Plain

    class SecurePool(HTTPSConnectionPool):
        ConnectionCls = Secure

    class Adapter(HTTPAdapter):
        def init_poolmanager(self, *arguments: Any, **options: Any) -> None:
            super().init_poolmanager(*arguments, **options)
            self.poolmanager.pool_classes_by_scheme = {"http": PlainPool, "https": SecurePool}

    session = requests.Session()
    for scheme in ("http://", "https://"):
        session.mount(scheme, Adapter(pool_maxsize=CONNECTIONS_KEPT))
    return session
