"""Which addresses may be connected to: nobody makes the platform knock at its own neighbours' doors.

An address that somebody gave us may lead to the machine itself, to its network, or to a cloud's metadata service, by
its text or by what its name resolves to. The guard decides on what is resolved, and the connection then goes to what
was decided on: a name is never resolved twice.

Source: OWASP, Server-Side Request Forgery Prevention; RFC 6890 (special-purpose addresses).
"""

from __future__ import annotations

import ipaddress
import re
import socket
from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass
from typing import Final
from urllib.parse import urlsplit

PORTS: Final = {"https": 443, "http": 80}

# Printable ASCII without what parsers disagree about.
_PLAIN: Final = re.compile(r"[!-~]+")
_DISPUTED: Final = frozenset('\\"<>^`{|}')
_HOST: Final = re.compile(r"[a-z0-9]([a-z0-9.-]*[a-z0-9])?|[0-9a-f:.]+")
# IPv6 addresses that carry an IPv4 address for a translator to reach. Source: RFC 6052, RFC 3056.
_NAT64: Final = ipaddress.IPv6Network("64:ff9b::/96")
# Reserved as a whole, although some releases of Python call a part of it global. Source: RFC 6890, section 2.2.2.
_PROTOCOL_ASSIGNMENTS: Final = ipaddress.IPv4Network("192.0.0.0/24")
_SIX_TO_FOUR: Final = ipaddress.IPv6Network("2002::/16")

Resolve = Callable[[str, int], Sequence[str]]


class AddressRefused(Exception):  # noqa: N818 - the trade's word
    """An address that is not connected to; trying again later changes nothing but for a name that moves."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Destination:
    """Where a request may go: connect to one of `addresses`, and to nothing else."""

    is_encrypted: bool
    host: str
    port: int
    path: str  # with its query
    addresses: tuple[str, ...]


def resolve(host: str, port: int) -> Sequence[str]:
    """Resolve a name by the system's resolver, in its order.

    Raises:
        OSError: it has no address, or nobody could say.
    """
    found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    return list(dict.fromkeys(str(entry[4][0]) for entry in found))


@dataclass(frozen=True, kw_only=True)
class Guard:
    """The rules: `https`, to public addresses; except for hosts that the operator itself has named.

    A host in `allowed_hosts` may have any address and may be spoken to without encryption. Hosts that members name
    never belong there.
    """

    allowed_hosts: Collection[str] = frozenset()
    resolve: Resolve = resolve

    def destination(self, url: str) -> Destination:
        """Decide on an address.

        1. It is a plain URL without credentials. 2. It is encrypted, or its host allowed. 3. All that its host resolves
        to is public, or its host allowed: one private address among public ones is a trap.

        Raises:
            AddressRefused: one of them does not hold.
            OSError: its host cannot be resolved.
        """
        scheme, host, port, path = _parts(url)
        is_allowed = host in self.allowed_hosts
        if scheme == "http" and not is_allowed:
            raise AddressRefused(f"expected https, found http to {host}")
        addresses = tuple(self.resolve(host, port))
        if not addresses:
            raise AddressRefused(f"{host} has no address")
        for address in addresses if not is_allowed else ():
            if not is_public(address):
                raise AddressRefused(f"expected a public address, found {host} at {address}")
        return Destination(is_encrypted=scheme == "https", host=host, port=port, path=path, addresses=addresses)


def is_public(text: str) -> bool:
    """Say whether an IP address is one of the public internet, whatever it is wrapped in."""
    address = ipaddress.ip_address(text.partition("%")[0])
    if isinstance(address, ipaddress.IPv6Address):
        if address in _NAT64:
            return is_public(str(ipaddress.IPv4Address(int(address) & 0xFFFFFFFF)))
        if address in _SIX_TO_FOUR or address.ipv4_mapped or address.teredo:
            return False
    elif address in _PROTOCOL_ASSIGNMENTS:
        return False
    return address.is_global and not address.is_multicast and not address.is_reserved


def _parts(url: str) -> tuple[str, str, int, str]:
    if not _PLAIN.fullmatch(url) or _DISPUTED & set(url):
        raise AddressRefused("expected a URL in plain ASCII")
    try:
        parts = urlsplit(url)
        host, port = parts.hostname or "", parts.port
    except ValueError as error:
        raise AddressRefused("expected a URL, found something else") from error
    if parts.scheme not in PORTS or not _HOST.fullmatch(host) or port == 0:
        raise AddressRefused("expected https://HOST[:PORT]/PATH")
    if "@" in parts.netloc or parts.fragment:
        raise AddressRefused("expected a URL without credentials and fragment")
    query = f"?{parts.query}" if parts.query else ""
    return parts.scheme, host, port or PORTS[parts.scheme], (parts.path or "/") + query
