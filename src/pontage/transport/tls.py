"""TLS for outgoing connections: one context per transport, verified, 1.2 or newer. Floor 2."""

from __future__ import annotations

import ssl

from pontage.errors import ConfigError


def make_context(ca_file: str | None) -> ssl.SSLContext:
    """A verifying client context that trusts the system's roots, or only those in `ca_file` (PEM).

    Raises `ConfigError` when the file cannot be used.
    """
    try:
        context = ssl.create_default_context(cafile=ca_file)
    except (OSError, ssl.SSLError):
        raise ConfigError("the CA file cannot be read", file=ca_file) from None
    context.minimum_version = ssl.TLSVersion.TLSv1_2
    context.set_alpn_protocols(["http/1.1"])
    return context


def failure_of(error: OSError) -> str:
    """Why a handshake failed, in words that hold no data of the peer's beyond OpenSSL's own verdict."""
    if isinstance(error, ssl.SSLCertVerificationError):
        return f"the TLS certificate does not verify: {error.verify_message}"
    if isinstance(error, ssl.SSLError):
        return f"the TLS handshake failed: {error.reason or 'unexpected end'}"
    return "the connection broke during the TLS handshake"
