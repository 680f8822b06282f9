"""The sections of the gateway itself: its door, who may come in, its way out, its log. Floor 1; values only.

Times are in seconds, sizes in bytes. See `types` for the whole, and for what the fields' metadata is read by.
"""

from __future__ import annotations

from typing import Annotated, Literal

from msgspec import Meta, Struct

from pontage.config.secret import Secret

Seconds = Annotated[float, Meta(gt=0)]
Count = Annotated[int, Meta(ge=1)]


class ServerLimits(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What one client may ask of the gateway. Sizes in bytes, times in seconds."""

    header_bytes: Annotated[Count, Meta(description="Request line and header fields together.")] = 32 * 1024
    header_fields: Annotated[Count, Meta(description="How many header fields.")] = 100
    target_bytes: Annotated[Count, Meta(description="Path and query.")] = 8 * 1024
    body_bytes: Annotated[Count, Meta(description="The body.")] = 32 * 1024 * 1024
    header_seconds: Annotated[Seconds, Meta(description="From the first byte to the end of the headers.")] = 10.0
    body_seconds: Annotated[Seconds, Meta(description="From there to the end of the body.")] = 30.0
    body_bytes_per_second: Annotated[Count, Meta(description="At this rate a body may take longer.")] = 1024
    keep_alive_seconds: Annotated[Seconds, Meta(description="Silence between two requests of a connection.")] = 75.0
    stall_seconds: Annotated[Seconds, Meta(description="How long a client may take nothing of its answer.")] = 120.0
    choices: Annotated[Count, Meta(description="The largest `n`: answers to one request.")] = 8
    connections: Annotated[Count, Meta(description="Open connections of one worker.")] = 10_000


class ServerSection(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The gateway's own door."""

    host: Annotated[str, Meta(min_length=1, description="The address to listen on.")] = "127.0.0.1"
    port: Annotated[int, Meta(ge=0, le=65535, description="The TCP port; 0 takes any free one.")] = 4000
    workers: Annotated[Literal[1], Meta(description="How many processes serve; more come with a later version.")] = 1
    drain_seconds: Annotated[
        float, Meta(ge=0, description="How long running requests may go on after the order to stop.")
    ] = 30.0
    limits: Annotated[ServerLimits, Meta(description="What one client may ask.")] = ServerLimits()


class AuthSection(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Who may come in."""

    mode: Annotated[
        Literal["auto", "keys"],
        Meta(description="`auto`: open on the loopback address while no key exists. `keys`: always by key."),
    ] = "auto"
    master_key: Annotated[
        Secret | None,
        Meta(description="The vault's master keys, `VERSION:BASE64` each, with commas between; else in a file."),
    ] = None
    master_key_file: Annotated[
        str | None, Meta(description="That file; else `master.key` beside the ledger, made when it is first needed.")
    ] = None


class TransportSection(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """How providers are reached."""

    proxy: Annotated[
        Secret | None, Meta(description="`http[s]://[user:password@]host:port`; a secret, as it may hold a password.")
    ] = None
    no_proxy: Annotated[
        list[str], Meta(description="Hosts reached directly; a leading dot means all names below.")
    ] = []
    ca_file: Annotated[str | None, Meta(description="Trusted roots (PEM) instead of the system's.")] = None


class LoggingSection(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What is written to standard error."""

    level: Annotated[
        Literal["debug", "info", "warning", "error"], Meta(description="The least important thing that is written.")
    ] = "warning"
    format: Annotated[Literal["text", "json"], Meta(description="For people, or for machines.")] = "text"
