"""The HTTP proxy, when one is configured: where it is and how to ask it. Floor 2; no sockets.

Never taken from the environment: a proxy sees who is called, so it is the configuration's to name.
"""

from __future__ import annotations

import base64
from typing import Self
from urllib.parse import unquote, urlsplit, urlunsplit

import msgspec

from pontage.errors import ConfigError
from pontage.transport.messages import Origin, TransportSettings


class Proxy(msgspec.Struct, frozen=True):
    """A proxy: its origin and the header line (with CRLF) that authorises us, empty if it asks for none."""

    origin: Origin
    authorization: str = ""

    @classmethod
    def of(cls, url: str) -> Self:
        """The proxy at ``http[s]://[user:password@]host:port``. Raises `ConfigError`."""
        try:
            parts = urlsplit(url)
        except ValueError:
            raise ConfigError("the proxy's URL cannot be understood") from None
        userinfo, _, netloc = parts.netloc.rpartition("@")
        if parts.path not in ("", "/") or parts.query or parts.fragment:
            raise ConfigError("the proxy's URL must end after its port")
        origin = Origin.of(urlunsplit((parts.scheme, netloc, "", "", "")))
        if not userinfo:
            return cls(origin)
        token = base64.b64encode(unquote(userinfo).encode()).decode()
        return cls(origin, f"proxy-authorization: Basic {token}\r\n")

    def __repr__(self) -> str:
        return f"Proxy({self.origin})"

    def connect_request(self, origin: Origin) -> bytes:
        """The bytes that ask for a tunnel to `origin`."""
        authority = origin.authority
        return f"CONNECT {authority} HTTP/1.1\r\nhost: {authority}\r\n{self.authorization}\r\n".encode("ascii")


def proxy_for(origin: Origin, settings: TransportSettings, proxy: Proxy | None) -> Proxy | None:
    """`proxy`, unless the settings say that the host of `origin` is reached directly."""
    for name in settings.no_proxy:
        if origin.host == name or (name.startswith(".") and origin.host.endswith(name)):
            return None
    return proxy
