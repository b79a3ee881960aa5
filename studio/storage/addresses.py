"""Addresses that clients name: read by the parser that connects, and compared with the hosts that may be called.

Two parsers that disagree about one address are how a list is passed: what one reads as the host is a path to the other.
So urllib3's parser, from whose result connections are made, is the only one. What another could read otherwise (a
backslash, a user, a blank, `..`, a number that is not written as `127.0.0.1`) is refused, and an address is passed on
as it was read, not as it was written.
"""

import functools
import ipaddress
import re
from collections.abc import Iterable
from dataclasses import dataclass
from urllib.parse import unquote

from urllib3.exceptions import LocationParseError
from urllib3.util import parse_url

# The blob and table services of the public and the sovereign clouds.
AZURE = tuple(
    f"*.{service}.core.{cloud}"
    for service in ("blob", "table")
    for cloud in ("windows.net", "usgovcloudapi.net", "chinacloudapi.cn")
)
VAULTS = tuple(f"*.vault.{cloud}" for cloud in ("azure.net", "usgovcloudapi.net", "azure.cn"))
PORTS = {"http": 80, "https": 443}
# A blob's longest name, percent-encoded, and a SAS token fit several times.
MAX_URL = 16384
# Blanks, control characters, the blanks of other scripts, and the backslash, which some parsers read as a slash.
NOT_IN_URLS = re.compile(r"[\s\\\x00-\x20\x7f-\xa0]")
AUTHORITY = re.compile(r"://([^/?#]*)")
LABEL = re.compile(r"(?!-)[a-z0-9_-]{1,63}(?<!-)")
# How the system's resolver recognises a number: `0x7f000001` and `127.1` are addresses to it.
NUMBER = re.compile(r"[0-9]+|0x[0-9a-f]*")
# The address at which every virtual machine in Azure finds the platform's own agent; it counts as public.
AZURE_PLATFORM = ipaddress.ip_address("168.63.129.16")
NAT64 = ipaddress.ip_network("64:ff9b::/96")

type IPAddress = ipaddress.IPv4Address | ipaddress.IPv6Address


class BadAddress(ValueError):
    """An address that is malformed or ambiguous; the message says why and does not repeat the address."""


class PrivateAddress(OSError):
    """A host name resolves to an address that is not on the public internet."""


@dataclass(frozen=True, slots=True)
class Address:
    """An address as a connection is made from it.

    Parameters
    ----------
    scheme
        `http` or `https`.
    host
        A name in lower case (IDNA), or a number in its usual form; IPv6 in brackets.
    port
        The port, given or of the scheme.
    target
        The path with the query.
    """

    scheme: str
    host: str
    port: int
    target: str

    @property
    def netloc(self) -> str:
        """The host, with the port unless it is the scheme's."""
        return self.host if self.port == PORTS[self.scheme] else f"{self.host}:{self.port}"

    @property
    def url(self) -> str:
        """The whole address."""
        return f"{self.scheme}://{self.netloc}{self.target}"


def parse_address(url: str) -> Address:
    """Read an address that a client named.

    Raises
    ------
    BadAddress
        If it is malformed, not `http` or `https`, or can be read in two ways.
    """
    if len(url) > MAX_URL:
        raise BadAddress(f"it has {len(url)} characters; at most {MAX_URL} are accepted")
    if NOT_IN_URLS.search(url):
        raise BadAddress("it contains a blank, a backslash or a control character; write those percent-encoded")
    _check_segments(re.split(r"[?#]", url, maxsplit=1)[0])
    try:
        parsed = parse_url(url)
    except (LocationParseError, ValueError) as error:
        raise BadAddress("its host or port is malformed") from error
    if parsed.scheme not in PORTS:
        raise BadAddress("it must start with https:// or http://")
    _check_authority(AUTHORITY.search(url))
    if parsed.port == 0:
        raise BadAddress("its port is 0")
    host = _read_host(parsed.host or "")
    target = (parsed.path or "/") + (f"?{parsed.query}" if parsed.query is not None else "")
    return Address(parsed.scheme, host, parsed.port or PORTS[parsed.scheme], target)


def has_dot_segments(path: str) -> bool:
    """Return whether a path contains `.` or `..`, between slashes or backslashes."""
    return any(segment in (".", "..") for segment in re.split(r"[/\\]", path))


def _check_segments(path: str) -> None:
    # A server may decode what a client sent once more than it should.
    for _ in range(3):
        if has_dot_segments(path):
            raise BadAddress("its path contains '.' or '..'")
        path = unquote(path)


def _check_authority(found: re.Match[str] | None) -> None:
    if found is None or not found[1]:
        raise BadAddress("its host is missing")
    if "@" in found[1]:
        raise BadAddress("it contains a user name or password before the host")
    # Names in other scripts are converted; nothing in a host is percent-encoded, and not every parser decodes it.
    if "%" in found[1]:
        raise BadAddress("its host contains a '%'")


def _read_host(host: str) -> str:
    if host.startswith("["):
        return f"[{_read_number(host[1:-1], ipaddress.IPv6Address)}]"
    labels = host.split(".")
    if NUMBER.fullmatch(labels[-1]):
        return str(_read_number(host, ipaddress.IPv4Address))
    if len(host) > 253 or not all(LABEL.fullmatch(label) for label in labels):
        raise BadAddress("its host name is malformed")
    return host


def _read_number(text: str, kind: type[IPAddress]) -> IPAddress:
    try:
        number = kind(text)
    except ValueError as error:
        raise BadAddress("its host is a number that is not written as an IP address, such as 192.0.2.1") from error
    if isinstance(number, ipaddress.IPv6Address) and (number.ipv4_mapped or number.scope_id):
        raise BadAddress("its host is an IPv6 address with an IPv4 address or a network interface in it")
    return number


def is_number(host: str) -> bool:
    """Return whether the host of an Address is an IP address."""
    return host.startswith("[") or bool(NUMBER.fullmatch(host.rpartition(".")[2]))


def is_allowed(url: str | Address, allowed: Iterable[str]) -> bool:
    """Return whether the app may call an address; not if it is malformed.

    Parameters
    ----------
    allowed
        Host names, `*.` followed by a domain, or IP addresses, each with or without a port. Without one, the ports
        are 80 for `http` and 443 for `https`.
    """
    try:
        address = url if isinstance(url, Address) else parse_address(url)
    except BadAddress:
        return False
    return any(_matches(_read_entry(entry), address) for entry in allowed)


def _matches(entry: tuple[str, bool, int | None] | None, address: Address) -> bool:
    if entry is None:
        return False
    host, with_subdomains, port = entry
    if address.port != (port or PORTS[address.scheme]):
        return False
    if with_subdomains:
        return not is_number(address.host) and address.host.endswith(f".{host}")
    return address.host == host


@functools.lru_cache(256)
def _read_entry(entry: str) -> tuple[str, bool, int | None] | None:
    """Return an entry's host, whether it means the names below it, and its port; None if it is malformed."""
    name = entry.strip().removeprefix("*.")
    try:
        address = parse_address(f"https://{name}")
    except BadAddress:
        return None
    if address.target != "/":
        return None
    port = re.search(r":([0-9]+)$", name)
    return address.host, entry.strip().startswith("*."), int(port[1]) if port else None


def check_peer(host: str, address: str) -> None:
    """Raise PrivateAddress unless a connection to a host may use an IP address.

    Parameters
    ----------
    host
        The host of an Address.
    address
        The IP address that it resolved to.
    """
    found = ipaddress.ip_address(address.partition("%")[0])
    if is_number(host):
        # It is listed by the operator; what it resolves to is itself.
        fits = found == ipaddress.ip_address(host.strip("[]"))
    elif is_allowed(Address("https", host, 443, "/"), (*AZURE, *VAULTS)):
        # Azure Storage and Key Vault may have private endpoints.
        fits = not any(_is_nobodys(each) for each in _meant(found))
    else:
        fits = all(each.is_global and not _is_nobodys(each) for each in _meant(found))
    if not fits:
        raise PrivateAddress(f"'{host}' resolves to the address {found}, which is not on the public internet.")


def _is_nobodys(address: IPAddress) -> bool:
    """Return whether an address is this machine, its neighbours on the wire, a group, or the cloud's own agent."""
    special = address.is_loopback or address.is_link_local or address.is_multicast or address.is_unspecified
    return special or address == AZURE_PLATFORM


def _meant(address: IPAddress) -> list[IPAddress]:
    """Return an address and the IPv4 addresses that it stands for, if it is one of IPv6."""
    if isinstance(address, ipaddress.IPv4Address):
        return [address]
    if address.ipv4_mapped:
        return [address.ipv4_mapped]
    inner = [address.sixtofour, *(address.teredo or ())]
    if address in NAT64:
        inner.append(ipaddress.IPv4Address(int(address) & 0xFFFFFFFF))
    return [address, *(item for item in inner if item is not None)]
