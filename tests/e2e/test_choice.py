"""Where a request goes when a target fails, what a route's settings change, and what strict mode refuses."""

import json
from collections.abc import Iterator
from typing import Any, NamedTuple

import pytest

from pontage.config import ProviderSettings, Secret, Target, Timeouts, VirtualModel
from tests.e2e.asking import PATHS, ask, error_of, text_of
from tests.gateway import RunningGateway, running, upstream_config
from tests.replay.upstream import Received, Scripted, Upstream, stream, upstream, whole

FORMS = pytest.mark.parametrize("form", PATHS)
MODES = pytest.mark.parametrize("streams", [False, True], ids=["whole", "stream"])
ANSWERS: dict[str, dict[str, Any]] = {
    "/v1/chat/completions": {
        "id": "c", "object": "chat.completion", "created": 1, "model": "m",
        "choices": [{"index": 0, "message": {"role": "assistant", "content": "from openai"}, "finish_reason": "stop"}],
    },
    "/v1/messages": {
        "id": "m", "type": "message", "role": "assistant", "model": "m", "stop_reason": "end_turn",
        "content": [{"type": "text", "text": "from anthropic"}], "usage": {"input_tokens": 1, "output_tokens": 1},
    },
}  # fmt: skip
CHUNKS = (
    b'data: {"id":"c","object":"chat.completion.chunk","created":1,"model":"m","choices":[{"index":0,"delta":'
    b'{"role":"assistant","content":"from openai"},"finish_reason":null}]}\n\n'
    b'data: {"id":"c","object":"chat.completion.chunk","created":1,"model":"m","choices":[{"index":0,"delta":{},'
    b'"finish_reason":"stop"}]}\n\ndata: [DONE]\n\n'
)
EVENTS = b"".join(
    b"event: %s\ndata: %s\n\n" % (event["type"].encode(), json.dumps(event).encode())
    for event in [
        {"type": "message_start", "message": {**ANSWERS["/v1/messages"], "content": [], "stop_reason": None}},
        {"type": "content_block_start", "index": 0, "content_block": {"type": "text", "text": ""}},
        {"type": "content_block_delta", "index": 0, "delta": {"type": "text_delta", "text": "from anthropic"}},
        {"type": "content_block_stop", "index": 0},
        {"type": "message_delta", "delta": {"stop_reason": "end_turn"}, "usage": {"output_tokens": 1}},
        {"type": "message_stop"},
    ]
)


def good(received: Received) -> Scripted:
    """An answer of whichever vendor is asked."""
    if received.json.get("stream"):
        return stream(CHUNKS if received.path.endswith("completions") else EVENTS)
    return whole(ANSWERS[received.path])


def failing(status: int, path: str = "/v1/chat/completions") -> Any:
    """OpenAI (or who is at `path`) fails, the other answers."""
    refusal = whole({"error": {"message": "no", "type": "x", "code": None, "param": None}}, status)
    return lambda received: refusal if received.path == path else good(received)


class House(NamedTuple):
    upstream: Upstream
    gateway: RunningGateway


ROUTES = {
    "both": VirtualModel(targets=[Target(model="openai/gpt-x"), Target(model="anthropic/claude-x")]),
    "pool": VirtualModel(targets=[Target(model="pooled/gpt-x")]),
    "many": VirtualModel(targets=[Target(model=f"openai/gpt-{n}") for n in range(6)]),
    "unsafe": VirtualModel(targets=[Target(model="openai/gpt-x"), Target(model="sim/echo")]),
    "safe": VirtualModel(targets=[Target(model="openai/gpt-x"), Target(model="sim/echo")], allow_simulated=True),
    "own-key": VirtualModel(targets=[Target(model="openai/gpt-x", api_key=Secret("target-key"))]),
    "set": VirtualModel(targets=[Target(model="openai/gpt-4.1", params={"temperature": 0.25, "max_tokens": 7})]),
    "strict": VirtualModel(targets=[Target(model="anthropic/claude-x")], translation="strict"),
    "quick": VirtualModel(
        targets=[Target(model="openai/gpt-x")], retries=0, timeouts=Timeouts(first_byte=0.2, total=5)
    ),
    "hasty": VirtualModel(
        targets=[Target(model="openai/gpt-x")], retries=0, timeouts=Timeouts(first_token=0.3, total=5)
    ),
    "bounded": VirtualModel(
        targets=[Target(model="openai/gpt-x"), Target(model="anthropic/claude-x")], timeouts=Timeouts(total=0.4)
    ),
    "keyless": VirtualModel(targets=[Target(model="nokey/gpt-x"), Target(model="anthropic/claude-x")]),
}


@pytest.fixture(scope="module")
def built() -> Iterator[House]:
    with upstream() as server:
        providers = {
            "pooled": ProviderSettings(
                type="openai", base_url=f"{server.url}/v1", api_keys=[Secret("key-a"), Secret("key-b"), Secret("key-c")]
            ),
            "nokey": ProviderSettings(type="openai", base_url=f"{server.url}/v1"),
        }
        with running(upstream_config(server.url, providers=providers, models=ROUTES)) as gateway:
            yield House(server, gateway)


@pytest.fixture
def house(built: House) -> Iterator[House]:
    built.upstream.play(good)
    built.gateway.engine.book.reset()
    failures = built.gateway.failures
    yield built
    assert built.gateway.failures == failures


@FORMS
@MODES
@pytest.mark.parametrize("status", [408, 429, 500, 502, 503, 529])
def test_the_next_target_takes_over(house: House, form: str, streams: bool, status: int) -> None:
    house.upstream.play(failing(status))
    answer = ask(house.gateway, form, "both", stream=streams)
    assert answer.status == 200
    assert b"from anthropic" in answer.body
    assert answer.headers["x-pontage-attempts"] == f"openai:{status},anthropic:200"
    assert answer.headers["x-pontage-provider"] == "anthropic"
    assert [received.path for received in house.upstream.received] == ["/v1/chat/completions", "/v1/messages"]


@FORMS
@MODES
@pytest.mark.parametrize("status", [400, 401, 403, 404, 413, 422])
def test_a_request_at_fault_is_not_passed_on(house: House, form: str, streams: bool, status: int) -> None:
    house.upstream.play(failing(status))
    answer = ask(house.gateway, form, "both", stream=streams)
    assert 400 <= answer.status < 500
    assert answer.headers["x-pontage-attempts"] == f"openai:{status}"
    assert len(house.upstream.received) == 1


@FORMS
@MODES
@pytest.mark.parametrize("begun", [b"", CHUNKS[:30], b'data: {"choices":[{"delta":{"role":"assistant"}}]}\n\n'])
def test_a_stream_without_content_is_taken_over(house: House, form: str, streams: bool, begun: bytes) -> None:
    if not streams:
        return
    for after in ("end", "cut"):
        broken = stream(begun, after=after)
        house.upstream.play(lambda received, broken=broken: broken if "chat" in received.path else good(received))
        answer = ask(house.gateway, form, "both", stream=True)
        assert answer.status == 200
        assert b"from anthropic" in answer.body
        assert answer.headers["x-pontage-attempts"].startswith("openai:PTG-15")


def test_after_content_nobody_takes_over(house: House) -> None:
    begun = CHUNKS.partition(b"\n\n")[0] + b"\n\n"
    broken = stream(begun, after="cut")
    house.upstream.play(lambda received: broken if "chat" in received.path else good(received))
    answer = ask(house.gateway, "openai", "both", stream=True)
    assert answer.whole
    assert b"from openai" in answer.body
    assert b'"error"' in answer.body
    assert b"[DONE]" not in answer.body
    assert len(house.upstream.received) == 1


def test_all_targets_fail_and_the_last_error_tells_all(house: House) -> None:
    house.upstream.script(whole({"error": {"message": "busy"}}, 503, retry_after="61"))  # too long to wait for
    answer = ask(house.gateway, "openai", "both")
    assert answer.status == 503
    assert answer.headers["x-pontage-attempts"] == "openai:503,anthropic:503"
    assert answer.headers["x-should-retry"] == "false"


def test_a_request_costs_three_attempts_at_most(house: House) -> None:
    house.upstream.script(whole({"error": {"message": "busy"}}, 500))
    answer = ask(house.gateway, "openai", "many")
    assert answer.status == 502
    assert len(house.upstream.received) == 3


@pytest.mark.parametrize("status", [401, 403, 429])
def test_the_next_key_of_the_pool_is_tried(house: House, status: int) -> None:
    refusal = whole({"error": {"message": "no", "code": None}}, status)
    house.upstream.play(
        lambda received: good(received) if received.headers["authorization"] == "Bearer key-b" else refusal
    )
    for _ in range(4):
        answer = ask(house.gateway, "openai", "pool")
        assert answer.status == 200
        assert answer.headers["x-pontage-attempts"].endswith("pooled:200")
    used = {received.headers["authorization"] for received in house.upstream.received}
    assert used >= {"Bearer key-b", "Bearer key-a"}


def test_keys_take_turns(house: House) -> None:
    for _ in range(3):
        assert ask(house.gateway, "openai", "pool").status == 200
    assert len({received.headers["authorization"] for received in house.upstream.received}) == 3


def test_simulated_answers_never_stand_in_unless_allowed(house: House) -> None:
    house.upstream.script(whole({"error": {"message": "busy"}}, 503))
    assert ask(house.gateway, "openai", "unsafe").status == 503
    answer = ask(house.gateway, "openai", "safe")
    assert answer.status == 200
    assert answer.headers["x-pontage-simulated"] == "true"
    assert text_of("openai", answer.json).startswith("[simulated]")


def test_a_targets_own_key_and_parameters(house: House) -> None:
    ask(house.gateway, "openai", "own-key")
    assert house.upstream.last.headers["authorization"] == "Bearer target-key"
    ask(house.gateway, "openai", "set", temperature=1.0)
    assert house.upstream.last.json["temperature"] == 0.25
    assert house.upstream.last.json["max_completion_tokens"] == 7


def test_a_target_without_a_key_is_left_out(house: House) -> None:
    answer = ask(house.gateway, "anthropic", "keyless")
    assert answer.headers["x-pontage-attempts"] == "anthropic:200"
    alone = ask(house.gateway, "anthropic", "nokey/gpt-x")
    assert alone.status == 401
    assert "OPENAI_API_KEY" in alone.body.decode()
    assert "PTG-1301" in alone.body.decode()


@pytest.mark.parametrize("how", ["route", "header"])
def test_strict_mode_names_what_cannot_be_said(house: House, how: str) -> None:
    model, headers = ("strict", {}) if how == "route" else ("anthropic/claude-x", {"x-pontage-strict": "true"})
    refused = ask(house.gateway, "openai", model, headers=headers, seed=7)
    assert refused.status == 400
    assert refused.json["error"]["param"] == "seed"
    assert "PTG-1204" in refused.body.decode()
    assert house.upstream.received == []
    assert ask(house.gateway, "openai", model, headers=headers).status == 200
    noted = ask(house.gateway, "openai", "anthropic/claude-x", seed=7)
    assert noted.status == 200
    assert "dropped:seed" in noted.headers["x-pontage-notes"]
    same = ask(house.gateway, "openai", "openai/gpt-x", headers={"x-pontage-strict": "true"}, seed=7)
    assert same.status == 200
    assert "x-pontage-notes" not in same.headers


@MODES
def test_time_limits(house: House, streams: bool) -> None:
    slow = Scripted(headers=(("content-type", "application/json"),), whole=b"{}", before=30)
    house.upstream.script(slow)
    answer = ask(house.gateway, "openai", "quick", stream=streams)
    assert answer.status == 504
    assert answer.headers["x-pontage-attempts"] == "openai:timeout-first_byte"
    answer = ask(house.gateway, "openai", "openai/gpt-x", stream=streams, headers={"x-pontage-timeout": "0.3"})
    assert answer.status == 504
    assert answer.headers["x-pontage-attempts"] == "openai:timeout-total"
    answer = ask(house.gateway, "openai", "bounded", stream=streams)
    assert answer.status == 504
    assert house.upstream.gone.wait(10)


def test_a_stream_that_says_nothing_is_given_up(house: House) -> None:
    house.upstream.script(stream(b": nothing yet\n\n", after="hang"))
    answer = ask(house.gateway, "openai", "hasty", stream=True)
    assert answer.status == 504
    assert answer.headers["x-pontage-attempts"] == "openai:timeout-first_content"
    assert house.upstream.gone.wait(10)


@FORMS
def test_like_formats_pass_untouched(house: House, form: str) -> None:
    vendor, model = {"openai": ("openai", "gpt-x"), "anthropic": ("anthropic", "claude-x")}.get(form, ("", ""))
    if not vendor:
        return
    answer = ask(house.gateway, form, f"{vendor}/{model}", invented_tomorrow={"a": [1, None, "\u00e9"]})
    assert answer.status == 200
    assert answer.json == ANSWERS[PATHS[form]]
    assert house.upstream.last.json["invented_tomorrow"] == {"a": [1, None, "\u00e9"]}
    assert house.upstream.last.json["model"] == model


def test_only_allowed_headers_pass(house: House) -> None:
    told = {"anthropic-beta": "new-2026", "authorization": "Bearer client", "cookie": "c=1", "x-other": "1"}
    ask(house.gateway, "anthropic", "anthropic/claude-x", headers={**told, "anthropic-version": "2027-01-01"})
    heard = house.upstream.last.headers
    assert heard["anthropic-beta"] == "new-2026"
    assert heard["anthropic-version"] == "2027-01-01"
    assert not {"authorization", "cookie", "x-other"} & heard.keys()
    ask(house.gateway, "openai", "anthropic/claude-x", headers={**told, "anthropic-version": "2027-01-01"})
    heard = house.upstream.last.headers
    assert heard["anthropic-version"] == "2023-06-01"
    assert "anthropic-beta" not in heard


def test_error_words_are_the_callers(house: House) -> None:
    for form in PATHS:
        house.upstream.play(failing(400))
        error_of(form, ask(house.gateway, form, "openai/gpt-x").json)
