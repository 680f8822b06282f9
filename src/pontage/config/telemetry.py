"""What is told about what happens: metrics, finished requests, traces. Floor 1; values only."""

from __future__ import annotations

from typing import Annotated

from msgspec import Meta, Struct

from pontage.config.sections import Seconds


class OTLPSection(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """OpenTelemetry, by OTLP over HTTP; needs the extra `pontage[otel]`."""

    endpoint: Annotated[
        str | None,
        Meta(description="The collector's address: `http://127.0.0.1:4318`. Not given: nothing is sent anywhere."),
    ] = None
    headers: Annotated[dict[str, str], Meta(description="Headers for the collector.", extra={"veiled": True})] = {}
    service_name: Annotated[str, Meta(min_length=1, description="What the collector calls this gateway.")] = "pontage"
    traces: Annotated[bool, Meta(description="Whether a trace of each call is sent.")] = True
    metrics: Annotated[bool, Meta(description="Whether times and tokens are sent as metrics.")] = True
    every: Annotated[Seconds, Meta(description="Seconds between two deliveries.")] = 5.0


class TelemetrySection(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What is told about what happens. Never what was said, and never a key."""

    requests: Annotated[int, Meta(ge=0, description="Finished requests that `/admin/v1/requests` shows; 0: none.")] = (
        1000
    )
    request_bytes: Annotated[int, Meta(ge=0, description="About how much memory they may hold.")] = 8 * 1024 * 1024
    pass_traceparent: Annotated[
        bool, Meta(description="Whether providers are told the caller's trace (`traceparent`, `tracestate`).")
    ] = False
    otlp: Annotated[OTLPSection, Meta(description="OpenTelemetry.")] = OTLPSection()
