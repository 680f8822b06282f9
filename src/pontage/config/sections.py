"""The sections of the gateway itself: its door, who may come in, its way out, its log. Floor 1; values only.

Times are in seconds, sizes in bytes. See `types` for the whole, and for what the fields' metadata is read by.
"""

from __future__ import annotations

from typing import Annotated, Literal

from msgspec import Meta, Struct

from pontage.config.secret import Secret

Seconds = Annotated[float, Meta(gt=0)]
Spending = Annotated[float, Meta(gt=0)]  # USD
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


class DrainUpTo(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Read on when a client has left, until the answer has cost so much."""

    drain_up_to: Annotated[Spending, Meta(description="USD that the whole answer may cost, by estimate.")]


OnDisconnect = Literal["cancel", "drain"] | DrainUpTo
"""What becomes of an answer whose client has left."""


class StreamsSection(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """How clients are given their streams. Times in seconds."""

    commit_after: Annotated[
        Seconds, Meta(description="How long the status is held back for the first content; then it is 200.")
    ] = 15.0
    keep_alive: Annotated[
        Seconds, Meta(description="Silence after which a client is told that its stream is alive.")
    ] = 15.0
    on_disconnect: Annotated[
        OnDisconnect,
        Meta(description="When a client leaves: `cancel` the call, `drain` it to its end, or `{drain_up_to: USD}`."),
    ] = "cancel"


class LoadSection(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """How much is done at once. Beyond it calls are refused with 503; health and administration are not counted."""

    in_flight: Annotated[Count, Meta(description="Calls that are answered at the same time, by one worker.")] = 1024
    queue: Annotated[int, Meta(ge=0, description="Calls that may wait for their turn.")] = 128
    queue_seconds: Annotated[Seconds, Meta(description="How long they may wait.")] = 1.0
    max_lag: Annotated[
        Seconds, Meta(description="When the event loop comes so much too late, new calls are refused.")
    ] = 2.0
    max_rss: Annotated[
        Count | None,
        Meta(description="Resident memory in bytes beyond which new calls are refused; Linux. Not given: no limit."),
    ] = None


class IdempotencySection(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Answers that are kept for requests with an `Idempotency-Key`. In memory, by each worker."""

    ttl: Annotated[float, Meta(ge=0, description="Seconds that an answer is kept; 0: keys mean nothing.")] = 86400.0
    entries: Annotated[Count, Meta(description="The most answers that are kept.")] = 10_000
    bytes: Annotated[Count, Meta(description="The most bytes of all of them.")] = 64 * 1024 * 1024
    answer_bytes: Annotated[Count, Meta(description="The largest answer that is kept.")] = 4 * 1024 * 1024


class ServerSection(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The gateway's own door."""

    host: Annotated[str, Meta(min_length=1, description="The address to listen on.")] = "127.0.0.1"
    port: Annotated[int, Meta(ge=0, le=65535, description="The TCP port; 0 takes any free one.")] = 4000
    workers: Annotated[Literal[1], Meta(description="How many processes serve; more come with a later version.")] = 1
    drain_seconds: Annotated[
        float, Meta(ge=0, description="How long running requests may go on after the order to stop.")
    ] = 30.0
    limits: Annotated[ServerLimits, Meta(description="What one client may ask.")] = ServerLimits()
    load: Annotated[LoadSection, Meta(description="How much is done at once.")] = LoadSection()
    idempotency: Annotated[IdempotencySection, Meta(description="What an `Idempotency-Key` does.")] = (
        IdempotencySection()
    )
    streams: Annotated[StreamsSection, Meta(description="How streams are given.")] = StreamsSection()


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
