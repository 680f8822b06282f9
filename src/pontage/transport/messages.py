"""What travels through the transport, as values: origins, time limits, requests, header fields. Floor 2.

No sockets and no clock here; everything is checked when it is made, so the rooms above it need not doubt it.
"""

from __future__ import annotations

import ipaddress
import re
from collections.abc import Iterable
from typing import Any, Literal, Self, overload
from urllib.parse import urlsplit

import msgspec

from pontage.errors import ConfigError

DEFAULT_PORTS = {"http": 80, "https": 443}

_LABEL = re.compile(r"(?!-)[a-z0-9_-]{1,63}(?<!-)")
_NUMBER = re.compile(r"[0-9]+|0x[0-9a-f]*")


class Origin(msgspec.Struct, frozen=True):
    """Where a request goes: scheme, host (lower case, IPv6 without brackets) and port. Always well formed.

    Hosts are ASCII names or canonical addresses. Other spellings of an address (``0x7f.1``, ``2130706433``,
    ``fe80::1%eth0``, a trailing dot, non-ASCII lookalikes) raise `ConfigError`: they exist to get past filters.
    """

    scheme: Literal["http", "https"]
    host: str
    port: int

    def __post_init__(self) -> None:
        if self.scheme not in DEFAULT_PORTS:
            raise ConfigError("the URL must begin with http:// or https://")
        if not 1 <= self.port <= 65535:
            raise ConfigError("the port of the URL must be between 1 and 65535")
        _check_host(self.host)

    @classmethod
    def of(cls, url: str) -> Self:
        """The origin of `url`; path and query are ignored. Raises `ConfigError` on anything that is not plain."""
        if not url.isascii() or not url.isprintable() or " " in url or "\\" in url:
            raise ConfigError(
                "the URL contains characters that do not belong there", hint="write the xn-- form of a name"
            )
        try:
            parts = urlsplit(url)
            host, port = parts.hostname or "", parts.port
        except ValueError:
            raise ConfigError("the URL cannot be understood") from None
        if "@" in parts.netloc:
            raise ConfigError("the URL must not contain a user name or a password")
        scheme = parts.scheme
        if scheme != "http" and scheme != "https":
            raise ConfigError("the URL must begin with http:// or https://")
        if ":" in host:
            host = _canonical_ipv6(host)
        return cls(scheme, host, DEFAULT_PORTS[scheme] if port is None else port)

    @property
    def authority(self) -> str:
        """``host:port`` as it appears in a request line; IPv6 in brackets."""
        return f"[{self.host}]:{self.port}" if ":" in self.host else f"{self.host}:{self.port}"

    @property
    def host_field(self) -> str:
        """The value of the ``host`` header: `authority`, without the port when it is the scheme's own."""
        return self.authority.rpartition(":")[0] if self.port == DEFAULT_PORTS[self.scheme] else self.authority

    def __str__(self) -> str:
        return f"{self.scheme}://{self.host_field}"


def _canonical_ipv6(host: str) -> str:
    try:
        return str(ipaddress.IPv6Address(host))
    except ValueError:
        raise ConfigError("the host of the URL is not an IPv6 address") from None


def _check_host(host: str) -> None:
    if ":" in host:
        if "%" in host or _canonical_ipv6(host) != host:
            raise ConfigError("the host of the URL is not a canonical IPv6 address")
        return
    labels = host.split(".")
    if len(host) > 253 or not all(_LABEL.fullmatch(label) for label in labels):
        raise ConfigError("the host of the URL is not a valid name")
    if _NUMBER.fullmatch(labels[-1]):
        # The resolver would read such a host as an address, octal and hexadecimal parts included.
        try:
            ipaddress.IPv4Address(host)
        except ValueError:
            raise ConfigError("the host of the URL is not a canonical IPv4 address") from None


class Timeouts(msgspec.Struct, frozen=True):
    """How long each phase of a request may take, in seconds.

    `first_byte` runs until status line and headers are in; `idle` between two pieces of the body, and only while
    somebody waits for one; `total` clips all of them and counts from `Transport.send`.
    """

    pool: float = 2.0
    connect: float = 5.0
    first_byte: float = 60.0
    idle: float = 60.0
    total: float = 600.0


class Outgoing(msgspec.Struct):
    """One request. `target` is path and query, percent-encoded.

    `headers` are without those the transport writes itself (host, connection, content-length, transfer-encoding).
    `private` permits loopback, private, link-local and metadata addresses: the configured base URL said so.
    `deadline` is a value of the event loop's clock, in seconds, that clips every timer. `resend`: whether it may be
    sent once more when the kept connection it was sent on turns out to be dead.
    """

    method: str
    origin: Origin
    target: str
    headers: tuple[tuple[str, str], ...]
    body: bytes = b""
    timeouts: Timeouts = Timeouts()
    private: bool = False
    deadline: float | None = None
    resend: bool = True

    def __repr__(self) -> str:
        # Headers, queries and bodies hold credentials and people's words.
        return f"Outgoing({self.method} {self.origin}{self.target.partition('?')[0]})"


class Headers:
    """The header fields of an answer: read-only, names in lower case, order kept."""

    __slots__ = ("_first", "_items")

    def __init__(self, items: Iterable[tuple[str, str]]) -> None:
        self._items = tuple(items)
        self._first = dict(reversed(self._items))

    @overload
    def get(self, name: str) -> str | None: ...
    @overload
    def get(self, name: str, default: str) -> str: ...
    def get(self, name: str, default: str | None = None) -> str | None:
        """The first value of `name`, in any case, or `default`."""
        return self._first.get(name.lower(), default)

    def all(self, name: str) -> tuple[str, ...]:
        """Every value of `name`, in order of arrival."""
        name = name.lower()
        if name not in self._first:
            return ()
        return tuple(value for key, value in self._items if key == name)

    def items(self) -> tuple[tuple[str, str], ...]:
        """Every field as (name, value), in order of arrival."""
        return self._items

    def __contains__(self, name: object) -> bool:
        return isinstance(name, str) and name.lower() in self._first

    def __len__(self) -> int:
        return len(self._items)

    def __repr__(self) -> str:
        return f"Headers({len(self._items)} fields)"  # values may be secrets: set-cookie, organisation ids


class TransportSettings(msgspec.Struct, frozen=True):
    """How one transport behaves. Sizes in bytes, times in seconds.

    `max_body_bytes` and `max_ratio` (decoded bytes per byte received) bound a body after decompression.
    `idle_seconds` is how long an unused connection is kept. `high_water_bytes` is how much unread body is held before
    the socket is no longer read. `proxy` is ``http[s]://[user:password@]host:port``; hosts in `no_proxy` (exact, or
    with a leading dot all names below) are reached directly. `ca_file` replaces the system's trusted roots.
    """

    connections_per_origin: int = 256
    idle_seconds: float = 30.0
    max_header_bytes: int = 32 * 1024
    max_headers: int = 100
    max_body_bytes: int = 64 * 1024 * 1024
    max_ratio: int = 100
    high_water_bytes: int = 64 * 1024
    proxy: str | None = None
    no_proxy: tuple[str, ...] = ()
    ca_file: str | None = None

    def __repr__(self) -> str:
        shown: dict[str, Any] = msgspec.structs.asdict(self)
        shown["proxy"] = None if self.proxy is None else "***"  # it may hold a password
        return f"TransportSettings({', '.join(f'{name}={value!r}' for name, value in shown.items())})"


class OriginStatistics(msgspec.Struct, frozen=True):
    """Connections of one origin: `open` = `idle` + `in_use`; `waiting` requests have none yet.

    A connection still being made counts as in use: it holds its place.
    """

    open: int = 0
    idle: int = 0
    in_use: int = 0
    waiting: int = 0

    def __add__(self, other: OriginStatistics) -> OriginStatistics:
        return OriginStatistics(
            self.open + other.open, self.idle + other.idle, self.in_use + other.in_use, self.waiting + other.waiting
        )
