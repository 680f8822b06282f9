"""Crossings as OpenTelemetry tells them: a trace of each, and metrics, by the conventions for generative AI. Floor 7.

Nothing here is imported where no collector is configured. A trace is made when its crossing has ended, of what was kept
of it: on the way of a request there is nothing. Neither what was said nor a key is in it.
"""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from importlib.util import find_spec
from typing import TYPE_CHECKING, Final

from pontage.config import OTLPSection
from pontage.crossing import Crossing
from pontage.errors import ConfigError
from pontage.observing.record import AttemptRecord
from pontage.timeline import outcome_of
from pontage.version import __version__

if TYPE_CHECKING:
    from opentelemetry.sdk.metrics.export import MetricReader
    from opentelemetry.sdk.trace import SpanProcessor
    from opentelemetry.trace import Span

Attributes = Mapping[str, str | int | float | bool | list[str]]

PATIENCE: Final = 5.0
"""Seconds that one delivery may take."""
NANO: Final = 1_000_000_000
SECONDS: Final = (0.01, 0.02, 0.04, 0.08, 0.16, 0.32, 0.64, 1.28, 2.56, 5.12, 10.24, 20.48, 40.96, 81.92)
TOKENS: Final = (1, 4, 16, 64, 256, 1024, 4096, 16384, 65536, 262144, 1048576, 4194304, 16777216, 67108864)
"""The bounds that the conventions recommend."""
PROVIDERS: Final = {
    "anthropic": "anthropic", "azure": "azure.ai.openai", "bedrock": "aws.bedrock", "cohere": "cohere",
    "deepseek": "deepseek", "google": "gcp.gemini", "groq": "groq", "mistral": "mistral_ai", "openai": "openai",
    "perplexity": "perplexity", "vertex": "gcp.vertex_ai", "xai": "x_ai",
}  # fmt: skip
"""The conventions' names for providers, by ours; others go by ours."""


class Tracing:
    """Tells a collector of crossings, from threads of its own; `settled` is a listener of the engine."""

    def __init__(
        self, section: OTLPSection, spans: SpanProcessor | None = None, reader: MetricReader | None = None
    ) -> None:
        """`spans` and `reader`: where traces and metrics go, instead of the collector that `section` names."""
        from opentelemetry import trace
        from opentelemetry.sdk.metrics import MeterProvider
        from opentelemetry.sdk.resources import Resource
        from opentelemetry.sdk.trace import TracerProvider
        from opentelemetry.trace.propagation.tracecontext import TraceContextTextMapPropagator

        resource = Resource.create({"service.name": section.service_name, "service.version": __version__})
        self._kinds = trace.SpanKind
        self._within = trace.set_span_in_context
        self._bad = trace.Status(trace.StatusCode.ERROR)
        self._parents = TraceContextTextMapPropagator()
        self._traces = TracerProvider(resource=resource, shutdown_on_exit=False) if section.traces else None
        if self._traces is not None:
            self._traces.add_span_processor(spans or _spans_to(section))
            self._tracer = self._traces.get_tracer("pontage", __version__)
        readers = [reader or _metrics_to(section)] if section.metrics else []
        self._metrics = MeterProvider(readers, resource, shutdown_on_exit=False)
        meter = self._metrics.get_meter("pontage", __version__)
        self._duration = meter.create_histogram(
            "gen_ai.client.operation.duration",
            "s",
            "GenAI operation duration.",
            explicit_bucket_boundaries_advisory=SECONDS,
        )
        self._first = meter.create_histogram(
            "gen_ai.client.operation.time_to_first_chunk",
            "s",
            "Time to the first content of a stream.",
            explicit_bucket_boundaries_advisory=SECONDS,
        )
        self._tokens = meter.create_histogram(
            "gen_ai.client.token.usage",
            "{token}",
            "Number of input and output tokens used.",
            explicit_bucket_boundaries_advisory=TOKENS,
        )

    def settled(self, crossing: Crossing) -> None:
        """A crossing has ended: its trace goes on its way, and what was measured with it."""
        began = int(crossing.began.timestamp() * NANO)
        if self._traces is not None:
            self._trace(crossing, began)
        for one in crossing.tried:
            told = _named(crossing, one)
            failed = {"error.type": one.code or one.outcome} if one.outcome != "200" or one.code else {}
            self._duration.record(one.elapsed or 0.0, {**told, **failed})
            if one.first_content is not None:
                self._first.record(one.first_content, told)
            for kind, count in (("input", one.usage and one.usage.total_input), ("output", _output(one))):
                if count is not None:
                    self._tokens.record(count, {**told, "gen_ai.token.type": kind})

    async def aclose(self) -> None:
        """Send what is left, and stop."""
        await asyncio.to_thread(self._shut_down)

    def _shut_down(self) -> None:
        if self._traces is not None:
            self._traces.shutdown()
        self._metrics.shutdown()

    def _trace(self, crossing: Crossing, began: int) -> None:
        parent = self._parents.extract({"traceparent": crossing.options.traceparent})
        operation = crossing.options.operation
        whole: Attributes = {
            "gen_ai.operation.name": operation,
            "gen_ai.request.model": crossing.plan.route,
            "gen_ai.response.model": crossing.target.model,
            "gen_ai.request.stream": crossing.streamed,
            "pontage.request.id": crossing.options.id,
            "pontage.format": crossing.options.format,
            "pontage.attempts": list(crossing.attempts),
            "pontage.outcome": outcome_of(crossing),
            "pontage.simulated": crossing.simulated,
        }
        name = f"{operation} {crossing.plan.route}"
        root = self._tracer.start_span(name, parent, self._kinds.SERVER, whole, start_time=began)
        if crossing.stop is not None:
            root.set_attribute("gen_ai.response.finish_reasons", [crossing.stop])
        if crossing.cost is not None:
            root.set_attribute("pontage.cost.usd", float(crossing.cost.usd))
        for number, one in enumerate(crossing.tried, 1):
            self._trace_attempt(crossing, one, number, root, began)
        if crossing.error is not None:
            root.set_attribute("error.type", crossing.error.code)
            root.set_status(self._bad)
        root.end(began + int((crossing.elapsed or 0.0) * NANO))

    def _trace_attempt(self, crossing: Crossing, one: AttemptRecord, number: int, root: Span, began: int) -> None:
        start = began + int(one.began * NANO)
        told: dict[str, str | int | float] = {**_named(crossing, one), "pontage.attempt": number}
        told["pontage.outcome"] = one.outcome
        if one.usage is not None:
            counts = {
                "gen_ai.usage.input_tokens": one.usage.total_input,
                "gen_ai.usage.output_tokens": one.usage.total_output,
                "gen_ai.usage.cache_read.input_tokens": one.usage.cache_read,
            }
            told |= {name: count for name, count in counts.items() if count is not None}
        if one.first_content is not None:
            told["gen_ai.response.time_to_first_chunk"] = one.first_content
        name = f"{crossing.options.operation} {one.model}"
        span = self._tracer.start_span(name, self._within(root), self._kinds.CLIENT, told, start_time=start)
        if one.outcome != "200" or one.code is not None:
            span.set_attribute("error.type", one.code or one.outcome)
            span.set_status(self._bad)
        span.end(start + int((one.elapsed or 0.0) * NANO))


def tracing_of(section: OTLPSection) -> Tracing | None:
    """What tells the configured collector; None where none is. Raises ConfigError where the extra is not installed."""
    if section.endpoint is None:
        return None
    if find_spec("opentelemetry") is None or find_spec("opentelemetry.exporter") is None:
        raise ConfigError("telemetry.otlp.endpoint needs what is not installed", hint="pip install 'pontage[otel]'")
    return Tracing(section)


def _named(crossing: Crossing, one: AttemptRecord) -> dict[str, str]:
    return {
        "gen_ai.operation.name": crossing.options.operation,
        "gen_ai.provider.name": PROVIDERS.get(one.provider, one.provider),
        "gen_ai.request.model": one.model,
    }


def _output(one: AttemptRecord) -> int | None:
    return one.usage.total_output if one.usage is not None else None


def _spans_to(section: OTLPSection) -> SpanProcessor:
    from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter
    from opentelemetry.sdk.trace.export import BatchSpanProcessor

    exporter = OTLPSpanExporter(f"{section.endpoint}/v1/traces", headers=dict(section.headers), timeout=PATIENCE)
    return BatchSpanProcessor(exporter, schedule_delay_millis=section.every * 1000)


def _metrics_to(section: OTLPSection) -> MetricReader:
    from opentelemetry.exporter.otlp.proto.http.metric_exporter import OTLPMetricExporter
    from opentelemetry.sdk.metrics.export import PeriodicExportingMetricReader

    exporter = OTLPMetricExporter(f"{section.endpoint}/v1/metrics", headers=dict(section.headers), timeout=PATIENCE)
    return PeriodicExportingMetricReader(exporter, export_interval_millis=section.every * 1000)
