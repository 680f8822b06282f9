"""The address guard: which addresses an outgoing connection may go to. Floor 2.

The one choke point against requests that are steered into the own network. A name is resolved once, every address
it has is judged, and the connection goes to a judged address, never to the name: a second look-up, which could answer
differently, does not happen. One forbidden address among several refuses them all.

Ordinary requests reach public addresses only. Requests whose configured base URL is private (`private=True`) may
also reach loopback, private, shared, link-local and metadata addresses, but nothing that no configuration needs:
unspecified, multicast, reserved and documentation addresses, and IPv4 addresses dressed up as IPv6.
"""

from __future__ import annotations

import asyncio
import socket
from collections.abc import Awaitable, Callable, Sequence
from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network, ip_address

from pontage.errors import ConnectionFailedError
from pontage.transport.messages import Origin

Resolver = Callable[[str, int], Awaitable[Sequence[str]]]

# (name of the rule, network, may a private origin go there). The first match decides. After the registries at
# https://www.iana.org/assignments/iana-ipv4-special-registry and https://www.iana.org/assignments/iana-ipv6-special-registry
_IPV4_RULES = tuple(
    (rule, IPv4Network(network), permitted)
    for rule, network, permitted in (
        ("unspecified", "0.0.0.0/8", False),
        ("loopback", "127.0.0.0/8", True),
        ("private", "10.0.0.0/8", True),
        ("private", "172.16.0.0/12", True),
        ("private", "192.168.0.0/16", True),
        ("shared (carrier-grade NAT)", "100.64.0.0/10", True),
        ("metadata", "169.254.169.254/32", True),
        ("metadata", "168.63.129.16/32", True),  # Azure's platform services answer on this public address
        ("link-local", "169.254.0.0/16", True),
        ("benchmarking", "198.18.0.0/15", True),
        ("reserved", "192.0.0.0/24", False),
        ("documentation", "192.0.2.0/24", False),
        ("reserved", "192.88.99.0/24", False),
        ("documentation", "198.51.100.0/24", False),
        ("documentation", "203.0.113.0/24", False),
        ("multicast", "224.0.0.0/4", False),
        ("reserved", "240.0.0.0/4", False),
    )
)
_IPV6_RULES = tuple(
    (rule, IPv6Network(network), permitted)
    for rule, network, permitted in (
        ("loopback", "::1/128", True),
        ("unspecified", "::/128", False),
        ("IPv4-mapped", "::ffff:0:0/96", False),
        ("IPv4-compatible", "::/96", False),
        ("metadata", "fd00:ec2::254/128", True),
        ("private", "fc00::/7", True),
        ("link-local", "fe80::/10", True),
        ("multicast", "ff00::/8", False),
        ("reserved", "2001::/23", False),  # Teredo, benchmarking, ORCHID
        ("documentation", "2001:db8::/32", False),
        ("documentation", "3fff::/20", False),
    )
)
_NAT64 = IPv6Network("64:ff9b::/96")
_SIX_TO_FOUR = IPv6Network("2002::/16")
_GLOBAL_UNICAST = IPv6Network("2000::/3")
_LOCAL_NAMES = ("localhost", "local", "internal", "localdomain")


def forbidden(address: str, *, private: bool) -> str | None:
    """The name of the rule that forbids `address`, or None when it is permitted."""
    if "%" in address:
        return "scoped"  # means another machine on every interface
    try:
        parsed = ip_address(address)
    except ValueError:
        return "unreadable"
    if isinstance(parsed, IPv4Address):
        return _forbidden_ipv4(parsed, private=private)
    return _forbidden_ipv6(parsed, private=private)


def _forbidden_ipv4(address: IPv4Address, *, private: bool) -> str | None:
    for rule, network, permitted in _IPV4_RULES:
        if address in network:
            return None if private and permitted else rule
    return None


def _forbidden_ipv6(address: IPv6Address, *, private: bool) -> str | None:
    for rule, network, permitted in _IPV6_RULES:
        if address in network:
            return None if private and permitted else rule
    # Gateways unwrap these; nobody who means a private IPv4 address writes it so, hence no leniency for `private`.
    if address in _NAT64:
        inner = _forbidden_ipv4(IPv4Address(int(address) & 0xFFFFFFFF), private=False)
        return inner and f"NAT64 of {inner}"
    if address in _SIX_TO_FOUR:
        inner = _forbidden_ipv4(IPv4Address(int(address) >> 80 & 0xFFFFFFFF), private=False)
        return inner and f"6to4 of {inner}"
    return None if address in _GLOBAL_UNICAST else "reserved"


def is_address(host: str) -> bool:
    """Whether `host` (of an `Origin`) is an address rather than a name."""
    try:
        ip_address(host)
    except ValueError:
        return False
    return True


async def resolve(host: str, port: int) -> Sequence[str]:
    """The addresses the system's resolver gives for `host`, in its order of preference."""
    found = await asyncio.get_running_loop().getaddrinfo(host, port, type=socket.SOCK_STREAM)
    return list(dict.fromkeys(str(entry[4][0]) for entry in found))


class AddressGuard:
    """Resolves hosts and refuses forbidden addresses. `resolver` replaces the system's (tests, split DNS)."""

    def __init__(self, resolver: Resolver = resolve) -> None:
        self._resolver = resolver

    async def addresses(self, origin: Origin, *, private: bool) -> Sequence[str]:
        """Every address of `origin`, all permitted. Raises `ConnectionFailedError` when one is not, or none exists."""
        if is_address(origin.host):
            found: Sequence[str] = (origin.host,)
        else:
            try:
                found = await self._resolver(origin.host, origin.port)
            except (OSError, UnicodeError):
                found = ()
        if not found:
            raise ConnectionFailedError("the name of the host cannot be resolved")
        for address in found:
            _refuse(forbidden(address, private=private))
        return found

    def check_unresolved(self, origin: Origin, *, private: bool) -> None:
        """Judge a host that a proxy will resolve: addresses as always, names only if they mean the own network.

        What a public-looking name resolves to behind the proxy is the proxy's to police. Raises
        `ConnectionFailedError`.
        """
        if is_address(origin.host):
            _refuse(forbidden(origin.host, private=private))
        elif not private and origin.host.rpartition(".")[2] in _LOCAL_NAMES:
            _refuse("local name")


def _refuse(rule: str | None) -> None:
    if rule is not None:
        raise ConnectionFailedError(
            f"refused by the address guard: {rule} address", hint="only a configured base URL may be private"
        )
