"""Crossings as OpenTelemetry tells them: to a collector on a real socket, and not at all where none is configured."""

import gzip
import json
import subprocess
import sys
from collections.abc import Iterator
from time import monotonic, sleep
from typing import Any

import pytest
from opentelemetry.proto.collector.metrics.v1.metrics_service_pb2 import ExportMetricsServiceRequest
from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceRequest

from pontage.config import Config, OTLPSection, Target, TelemetrySection, VirtualModel
from tests.e2e.asking import ask
from tests.e2e.test_choice import failing, good
from tests.gateway import CANARIES, PATIENCE, running, upstream_config
from tests.replay.upstream import Received, Upstream, upstream, whole

TRACE = "0af7651916cd43dd8448eb211c80319c"
PARENT = "b7ad6b7169203331"
TRACEPARENT = f"00-{TRACE}-{PARENT}-01"
PRIVATE = "a secret that only the model shall read"
ROUTES = {"both": VirtualModel(targets=[Target(model="openai/gpt-x"), Target(model="anthropic/claude-x")])}


@pytest.fixture
def server() -> Iterator[Upstream]:
    with upstream() as running_upstream:
        yield running_upstream


@pytest.fixture
def collector() -> Iterator[Upstream]:
    with upstream() as running_upstream:
        running_upstream.script(whole(b"", content_type="application/x-protobuf"))
        yield running_upstream


def body_of(received: Received) -> bytes:
    return gzip.decompress(received.body) if received.headers.get("content-encoding") == "gzip" else received.body


def spans_of(collector: Upstream) -> list[Any]:
    found: list[Any] = []
    for received in collector.received:
        if received.path == "/v1/traces":
            told = ExportTraceServiceRequest.FromString(body_of(received))
            found += [span for one in told.resource_spans for scope in one.scope_spans for span in scope.spans]
    return found


def attributes_of(told: Any) -> dict[str, Any]:
    return {one.key: getattr(one.value, one.value.WhichOneof("value")) for one in told.attributes}


def telling(collector: Upstream, **more: Any) -> TelemetrySection:
    section = OTLPSection(endpoint=collector.url, headers={"x-token": "let-me-in"}, every=0.05)
    return TelemetrySection(otlp=section, **more)


def test_a_trace_with_its_attempts(server: Upstream, collector: Upstream) -> None:
    server.play(failing(503))
    with running(upstream_config(server.url, models=ROUTES, telemetry=telling(collector))) as gateway:
        answer = ask(gateway, "openai", "both", prompt=PRIVATE, headers={"traceparent": TRACEPARENT})
        until = monotonic() + PATIENCE
        while len(spans_of(collector)) < 3 and monotonic() < until:
            sleep(0.02)
    spans = {span.name: span for span in spans_of(collector)}
    assert set(spans) == {"chat both", "chat gpt-x", "chat claude-x"}
    root, failed, answered = spans["chat both"], spans["chat gpt-x"], spans["chat claude-x"]
    assert {span.trace_id.hex() for span in spans.values()} == {TRACE}
    assert root.parent_span_id.hex() == PARENT
    assert failed.parent_span_id == answered.parent_span_id == root.span_id
    assert root.start_time_unix_nano <= failed.start_time_unix_nano <= failed.end_time_unix_nano
    assert failed.end_time_unix_nano <= answered.start_time_unix_nano <= answered.end_time_unix_nano
    assert attributes_of(failed)["error.type"] == "PTG-1506"
    told = attributes_of(answered)
    assert (told["gen_ai.provider.name"], told["gen_ai.request.model"]) == ("anthropic", "claude-x")
    assert (told["gen_ai.usage.input_tokens"], told["gen_ai.usage.output_tokens"]) == (1, 1)
    assert attributes_of(root)["pontage.request.id"] == answer.headers["x-request-id"]
    assert all(received.headers["x-token"] == "let-me-in" for received in collector.received)
    assert "traceparent" not in server.last.headers
    sent = b"".join(map(body_of, collector.received))
    assert not any(secret.encode() in sent for secret in (PRIVATE, *CANARIES.values()))


def test_metrics_by_the_conventions(collector: Upstream) -> None:
    with running(Config(telemetry=telling(collector))) as gateway:
        for _ in range(3):
            ask(gateway, "anthropic", "sim/echo", stream=True)
        ask(gateway, "openai", "sim/500")
    # Stopping the gateway delivered what was left.
    last = [received for received in collector.received if received.path == "/v1/metrics"][-1]
    told = ExportMetricsServiceRequest.FromString(body_of(last))
    metrics = {
        one.name: one for entry in told.resource_metrics for scope in entry.scope_metrics for one in scope.metrics
    }
    duration = metrics["gen_ai.client.operation.duration"].histogram.data_points
    assert sum(point.count for point in duration if attributes_of(point)["gen_ai.request.model"] == "echo") == 3
    assert any(attributes_of(point).get("error.type") for point in duration)
    assert (
        sum(point.count for point in metrics["gen_ai.client.operation.time_to_first_chunk"].histogram.data_points) == 3
    )
    tokens = metrics["gen_ai.client.token.usage"].histogram.data_points
    assert {attributes_of(point)["gen_ai.token.type"] for point in tokens} == {"input", "output"}


def test_only_what_is_wanted_is_sent(collector: Upstream) -> None:
    section = OTLPSection(endpoint=collector.url, traces=False, metrics=False, every=0.05)
    with running(Config(telemetry=TelemetrySection(otlp=section))) as gateway:
        ask(gateway, "openai", "sim/echo")
    assert collector.received == []


def test_providers_learn_of_the_trace_where_it_is_configured(server: Upstream) -> None:
    server.play(good)
    with running(upstream_config(server.url, telemetry=TelemetrySection(pass_traceparent=True))) as gateway:
        ask(gateway, "anthropic", "openai/gpt-x", headers={"traceparent": TRACEPARENT, "x_pontage_strict": "false"})
        assert server.last.headers["traceparent"] == TRACEPARENT
        ask(gateway, "openai", "openai/gpt-x", headers={"traceparent": "00-anything"})
        assert "traceparent" not in server.last.headers


def test_a_collector_that_is_gone_harms_nobody() -> None:
    section = OTLPSection(endpoint="http://127.0.0.1:1", every=60)
    with running(Config(telemetry=TelemetrySection(otlp=section, requests=5))) as gateway:
        assert ask(gateway, "openai", "sim/echo").status == 200


def test_nothing_of_it_is_imported_where_it_is_off() -> None:
    program = (
        "import json, sys, pontage\n"
        "with pontage.Client(environ={}) as client: client.chat('sim/echo', 'Hello')\n"
        "print(json.dumps([name for name in sys.modules if name.startswith(('opentelemetry', 'prometheus_client'))]))"
    )
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    assert json.loads(done.stdout) == []
