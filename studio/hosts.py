"""Hosts that this app may be sent to by what a client names: Azure Storage, its own account, and a configured list."""

from collections.abc import Iterable
from urllib.parse import urlsplit

# Blob and table services of the public and the sovereign clouds.
AZURE = tuple(
    f"*.{service}.core.{cloud}"
    for service in ("blob", "table")
    for cloud in ("windows.net", "usgovcloudapi.net", "chinacloudapi.cn")
)


def is_allowed(url: str, allowed: Iterable[str]) -> bool:
    """Tell whether an address's host is among those allowed.

    Parameters
    ----------
    allowed
        Hosts, hosts with ports, or `*.` before a domain.
    """
    address = urlsplit(url)
    host, with_port = address.hostname or "", address.netloc.rpartition("@")[2].lower()
    return any(
        entry.lower() in (host, with_port) or (entry.startswith("*.") and host.endswith(entry[1:].lower()))
        for entry in allowed
    )
