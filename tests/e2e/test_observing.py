"""What the gateway tells of itself: metrics that count what was asked, and the timeline of each request."""

import http.client
import json
import logging
from collections import Counter
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from typing import Any

import pytest

from pontage.cli.logs import JSONLines
from pontage.config import Config, ProviderSettings, Secret, Target, TelemetrySection, VirtualModel
from tests.conftest import Figures
from tests.e2e.asking import ask, pieces, raw, request, spoken
from tests.e2e.looking import scraped, timeline, until, value
from tests.e2e.test_choice import failing, good
from tests.gateway import CANARIES, PATIENCE, RunningGateway, running, upstream_config
from tests.replay.upstream import Upstream, upstream, whole

ROUTES = {
    "both": VirtualModel(targets=[Target(model="openai/gpt-x"), Target(model="anthropic/claude-x")]),
    "priced": VirtualModel(targets=[Target(model="openai/gpt-4.1")]),
}
USED = {
    "id": "c", "object": "chat.completion", "created": 1, "model": "m",
    "choices": [{"index": 0, "message": {"role": "assistant", "content": "yes"}, "finish_reason": "stop"}],
    "usage": {"prompt_tokens": 1000, "completion_tokens": 10, "total_tokens": 1010},
}  # fmt: skip
PRIVATE = "a secret that only the model shall read"


@pytest.fixture(scope="module")
def server() -> Iterator[Upstream]:
    with upstream() as running_upstream:
        yield running_upstream


@pytest.fixture
def gateway(server: Upstream) -> Iterator[RunningGateway]:
    with running(upstream_config(server.url, models=ROUTES)) as running_gateway:
        yield running_gateway


def test_what_is_counted_is_what_was_asked(gateway: RunningGateway, figures: Figures) -> None:
    plans = [("openai", "sim/echo", False), ("anthropic", "sim/echo", True), ("google", "sim/chat", False)]
    asked = [plans[number % 3] for number in range(120)] + [("openai", "sim/500", False)] * 5
    with ThreadPoolExecutor(16) as pool:
        answers = list(pool.map(lambda one: ask(gateway, one[0], one[1], stream=one[2]), asked))
    assert Counter(answer.status for answer in answers) == {200: 120, 502: 5}
    told = scraped(gateway)
    assert value(told, "pontage_requests_total") == 125
    assert value(told, "pontage_requests_total", outcome="ok") == 120
    assert value(told, "pontage_requests_total", outcome="ok", format="anthropic_messages", model="echo") == 40
    assert value(told, "pontage_requests_total", format="google_generate", model="chat") == 40
    assert value(told, "pontage_http_requests_total", handler="chat", status="200") == 80
    assert value(told, "pontage_http_requests_total", handler="chat", status="502") == 5
    assert value(told, "pontage_request_seconds_count", model="echo") == 80
    assert value(told, "pontage_first_content_seconds_count") == 40
    assert value(told, "pontage_attempts_total", outcome="200") == 120
    tried = sum(len(answer.headers["x-pontage-attempts"].split(",")) for answer in answers if answer.status == 502)
    assert value(told, "pontage_attempts_total", model="500") == tried
    output = sum(
        answer.json["usage"]["completion_tokens"] for answer, one in zip(answers, asked, strict=True) if one == plans[0]
    )
    echoed = value(told, "pontage_tokens_total", model="echo", kind="output")
    assert echoed == 2 * output  # the streams said the same
    assert value(told, "pontage_in_flight_requests") == 0
    figures("requests counted of those asked at once", f"{value(told, 'pontage_requests_total'):g} of {len(asked)}")


def test_cost_and_tokens_are_summed(gateway: RunningGateway, server: Upstream) -> None:
    server.script(whole(USED))
    costs = [ask(gateway, "openai", "priced").headers["x-pontage-cost-usd"] for _ in range(3)]
    told = scraped(gateway)
    labels = {"provider": "openai", "model": "gpt-4.1"}
    assert value(told, "pontage_cost_usd_total", **labels) == pytest.approx(sum(map(float, costs)))
    assert value(told, "pontage_tokens_total", kind="input", **labels) == 3000
    assert value(told, "pontage_requests_total", route="priced", **labels) == 3
    assert value(told, "pontage_keys", provider="openai", state="well") == 1
    assert value(told, "pontage_unpriced_requests_total") == 0
    ask(gateway, "openai", "both")
    assert value(scraped(gateway), "pontage_unpriced_requests_total", model="gpt-x") == 1


def test_the_timeline_of_a_fallback(gateway: RunningGateway, server: Upstream) -> None:
    server.play(failing(503))
    answer = ask(gateway, "google", "both", prompt=PRIVATE, headers={"x_pontage_tags": "team-a"})
    told = timeline(gateway, answer)
    assert told["outcome"] == "ok"
    assert (told["provider"], told["model"], told["format"]) == ("anthropic", "claude-x", "google_generate")
    assert [(one["target"], one["reason"]) for one in told["plan"]["targets"]] == [
        ("openai/gpt-x", "target 1 of both"),
        ("anthropic/claude-x", "target 2 of both"),
    ]
    first, second = told["attempts"]
    assert (first["provider"], first["outcome"], first["error"]) == ("openai", "503", "PTG-1506")
    assert (second["provider"], second["outcome"], second["error"]) == ("anthropic", "200", None)
    assert 0 <= first["began_ms"] <= first["began_ms"] + first["ms"] <= second["began_ms"]
    assert second["first_byte_ms"] <= second["ms"] <= told["ms"]
    assert second["usage"] == told["usage"] == {"input": 1, "output": 1}
    assert second["key"] == "key-1"
    assert first["key_fingerprint"] != second["key_fingerprint"]
    assert told["stop"] == "stop"
    assert told["tags"] == ["team-a"]
    assert told["received_bytes"] > 0
    shown = json.dumps([told, request(gateway, "GET", "/admin/v1/requests").json])
    assert PRIVATE not in shown
    assert not any(key in shown or key[-8:] in shown for key in CANARIES.values())


def test_the_timeline_of_a_stream_and_of_one_that_breaks(gateway: RunningGateway) -> None:
    told = timeline(gateway, answer := ask(gateway, "openai", "sim/chat", stream=True))
    (attempt,) = told["attempts"]
    assert told["streamed"]
    assert told["received_bytes"] == len(answer.body)
    assert attempt["first_content_ms"] <= attempt["ms"]
    broken = timeline(gateway, ask(gateway, "openai", "sim/cut-stream", stream=True))
    assert (broken["outcome"], broken["status"]) == ("PTG-1504", 502)
    assert broken["attempts"][0]["error"] == "PTG-1504"
    told = scraped(gateway)
    assert value(told, "pontage_attempts_total", model="cut-stream", outcome="PTG-1504") == 1


def test_who_leaves_is_counted(gateway: RunningGateway) -> None:
    stream = pieces(gateway, "openai", "sim/slow?delay=0.2")
    next(stream)
    stream.close()  # type: ignore[attr-defined]
    path, body = spoken("openai", "sim/timeout")
    with closing(raw(gateway, path, json.dumps(body).encode())):
        until(gateway, 1, "pontage_upstream_in_flight", model="timeout")
    told = until(gateway, 2, "pontage_requests_total")
    assert value(told, "pontage_requests_total", outcome="left") == 2
    assert value(told, "pontage_attempts_total", outcome="left", model="timeout") == 1
    assert value(told, "pontage_http_requests_total", status="499") >= 1
    assert value(told, "pontage_upstream_in_flight") == 0
    assert {one["status"] for one in request(gateway, "GET", "/admin/v1/requests").json["requests"]} == {499}


def test_refused_before_it_could_cross(gateway: RunningGateway) -> None:
    told = timeline(gateway, ask(gateway, "openai", "nobody/knows"))
    assert (told["status"], told["error"]["code"], told["handler"]) == (404, "PTG-1402", "chat")
    request(gateway, "GET", "/nowhere")
    assert value(scraped(gateway), "pontage_http_requests_total", handler="none", status="404") == 1


def test_memory_is_bounded(figures: Figures) -> None:
    kept = TelemetrySection(requests=20, request_bytes=100_000)
    with running(Config(telemetry=kept)) as gateway:
        for number in range(50):
            ask(gateway, "openai", "sim/echo" if number % 2 else f"nobody/{'x' * 200}{number}")
        told = scraped(gateway)
        assert value(told, "pontage_timelines_kept") == 20
        assert value(told, "pontage_timelines_bytes") <= 100_000
    with running(Config(telemetry=TelemetrySection(request_bytes=5_000))) as gateway:
        for _ in range(20):
            ask(gateway, "openai", "sim/echo")
        told = scraped(gateway)
        assert 0 < value(told, "pontage_timelines_bytes") <= 5_000
        figures("timelines within 5,000 bytes", int(value(told, "pontage_timelines_kept")))
    with running(Config(telemetry=TelemetrySection(requests=0))) as gateway:
        ask(gateway, "openai", "sim/echo")
        assert request(gateway, "GET", "/admin/v1/requests").json == {"requests": [], "next": None}


def test_ten_thousand_made_up_models_make_no_series(server: Upstream, figures: Figures) -> None:
    server.play(good)
    with running(upstream_config(server.url)) as gateway:
        ask(gateway, "openai", "openai/gpt-4.1")
        before = sum(map(len, scraped(gateway).values()))

        def strangers(numbers: range) -> None:
            with closing(http.client.HTTPConnection("127.0.0.1", gateway.port, timeout=PATIENCE)) as connection:
                for number in numbers:
                    path, body = spoken("openai", f"openai/made-up-{number}")
                    connection.request("POST", path, json.dumps(body), {"content-type": "application/json"})
                    assert json.loads(connection.getresponse().read())["choices"]

        with ThreadPoolExecutor(4) as pool:
            list(pool.map(strangers, [range(start, start + 2500) for start in range(0, 10_000, 2500)]))
        told = scraped(gateway)
        assert value(told, "pontage_requests_total", provider="openai", model="other") == 10_000
        after = sum(map(len, told.values()))
        assert "made-up" not in str(told)
    assert after < 2 * before + 100
    figures("series after 10,000 made-up models", after)


def test_one_line_a_request_for_machines(server: Upstream) -> None:
    lines: list[dict[str, Any]] = []

    class Kept(logging.Handler):
        def emit(self, record: logging.LogRecord) -> None:
            lines.append(json.loads(JSONLines().format(record)))

    handler = Kept()
    logging.getLogger("pontage.engine").addHandler(handler)
    try:
        with running(
            upstream_config(
                server.url,
                providers={"openai": ProviderSettings(base_url=f"{server.url}/v1", api_key=Secret(CANARIES["openai"]))},
                models=ROUTES,
            )
        ) as gateway:
            server.script(whole(USED))
            answer = ask(gateway, "openai", "priced", prompt=PRIVATE)
    finally:
        logging.getLogger("pontage.engine").removeHandler(handler)
    (line,) = lines
    assert line["request_id"] == answer.headers["x-request-id"]
    assert line["cost_usd"] == answer.headers["x-pontage-cost-usd"]
    told = {
        name: line[name]
        for name in ("route", "provider", "model", "status", "attempts", "input_tokens", "output_tokens")
    }
    assert told == {
        "route": "priced", "provider": "openai", "model": "gpt-4.1", "status": 200, "attempts": ["openai:200"],
        "input_tokens": 1000, "output_tokens": 10,
    }  # fmt: skip
    assert line["ms"] > 0
    assert PRIVATE not in json.dumps(line)
