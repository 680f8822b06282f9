"""Whole answers: how a provider's are read, and how a client is told those of other formats."""

import json
from typing import Any

import pytest
from msgspec.structs import replace

from pontage.dialects.openai_chat import client_side, provider_side
from pontage.domain import (
    Audio,
    ChatResponse,
    Citation,
    Image,
    Opaque,
    Origin,
    Reasoning,
    Stop,
    Text,
    TokenLogprob,
    TokenUsage,
)  # fmt: skip
from pontage.errors import ContentFilterError, PontageError, ProtocolError, ServerError
from tests.dialects.openai_chat import sample

SIDE, CLIENT = provider_side(), client_side()
FOREIGN = Origin("anthropic_messages", "anthropic", "claude-9")


def read(case: str) -> ChatResponse:
    return SIDE.decode_response(sample(f"{case}.response.json"))


def whole(message: Any, finish: Any = "stop", **more: Any) -> ChatResponse:
    choice = {"index": 0, "message": message, "finish_reason": finish, **more}
    return SIDE.decode_response(json.dumps({"id": "x", "model": "m", "choices": [choice]}).encode())


def test_a_plain_answer() -> None:
    answer = read("plain")
    assert (answer.id, answer.created, answer.service_tier) == ("chatcmpl-plain", 1795000100, "default")
    assert answer.text.startswith("Ponte Vecchio")
    assert answer.stop == Stop("stop", raw="stop")
    assert answer.extra == {"system_fingerprint": "fp_ebb1"}


def test_calls_of_every_kind() -> None:
    assert [call.name for call in read("tools_in_parallel").message.tool_calls] == ["tide", "wind", "now"]
    assert read("custom_tool").message.tool_calls[0].kind == "custom"
    legacy = read("legacy_functions")
    assert (legacy.message.tool_calls[0].name, legacy.stop.raw, legacy.stop.reason) == (
        "tide", "function_call", "tool_calls",
    )  # fmt: skip
    sloppy = read("sloppy")
    assert sloppy.message.tool_calls[0].id.startswith("call_")
    assert json.loads(sloppy.message.tool_calls[0].arguments) == {"port": "Brest"}
    assert (sloppy.stop, sloppy.created) == (Stop("tool_calls", raw="eos"), None)


def test_thinking_and_proofs() -> None:
    summary = read("thinking_summary").message
    assert summary.parts[:2] == (
        Reasoning(text="**Weighing tides**"), Reasoning(signature="Z0FBQUFB", redacted=True, extra={"id": "rs_1"}),
    )  # fmt: skip
    assert summary.origin is not None
    assert summary.origin.family == "openai"
    proven = read("gemini_proof_on_text").message
    assert proven.parts == (Text(text="Noon.", signature="Q2lR"),)
    assert proven.extra == {"extra_content": {"google": {"thought": True}}}
    alone = whole({"content": None, "extra_content": {"google": {"thought_signature": "s"}}}).message
    assert alone.parts == (Text(text="", signature="s"),)


def test_citations() -> None:
    answer = read("citations")
    (text,) = answer.message.parts
    assert isinstance(text, Text)
    assert text.citations[1] == Citation(start=8, end=11, url="https://who.example/did", title="", quote="He did it.")
    assert answer.message.extra["annotations"][0]["type"] == "file"
    assert answer.usage is not None
    assert answer.usage.web_searches == 2


def test_voice_and_pictures() -> None:
    (voice,) = read("voice").message.parts
    assert isinstance(voice, Audio)
    assert (voice.id, voice.transcript, voice.expires_at) == ("audio_1", "Ahoy!", 1795003700)
    assert [type(part) for part in read("pictures").message.parts] == [Text, Image]
    with pytest.raises(ProtocolError):
        whole({"images": [{"type": "image_url", "image_url": {"url": "data:image/png;base64,A"}}]})


@pytest.mark.parametrize(
    ("message", "finish", "more", "stop"),
    [
        ({"content": "x"}, None, {}, Stop("stop")),
        ({"content": "x"}, "", {}, Stop("stop")),
        ({"content": "x"}, "length", {}, Stop("length", raw="length")),
        ({"content": "x"}, "moonset", {}, Stop("other", raw="moonset")),
        ({"content": "x"}, "error", {}, Stop("error", raw="error")),
        ({"content": "x"}, "insufficient_system_resource", {}, Stop("error", raw="insufficient_system_resource")),
        ({"refusal": "No"}, "stop", {}, Stop("refusal", raw="stop")),
        ({"tool_calls": [{"id": "a", "function": {"name": "f"}}]}, "stop", {}, Stop("tool_calls", raw="stop")),
        ({"content": "x"}, "stop", {"stop_reason": "END"}, Stop("stop_sequence", raw="stop", sequence="END")),
        ({"content": "x"}, "stop", {"stop_reason": 7}, Stop("stop", raw="stop", extra={"stop_reason": 7})),
        ({"content": "x"}, "stop", {"stop_reason": None}, Stop("stop", raw="stop")),
    ],
)
def test_why_it_ended(message: Any, finish: Any, more: Any, stop: Stop) -> None:
    assert whole(message, finish, **more).stop == stop


def test_log_probabilities() -> None:
    (choice,) = read("logprobs").choices
    assert choice.logprobs is not None
    top = TokenLogprob("Oui", -0.25, (79, 117, 105))
    assert choice.logprobs[0] == TokenLogprob("Oui", -0.25, (79, 117, 105), top=(top,))
    refused = whole({"content": None}, logprobs={"content": None, "refusal": [{"token": "No"}]})
    assert refused.choices[0].extra == {"logprobs": {"refusal": [{"token": "No"}]}}


def test_an_answer_without_a_message_or_without_choices() -> None:
    assert whole(None, "content_filter").message.parts == ()
    assert SIDE.decode_response(b'{"choices":[]}').choices == ()


@pytest.mark.parametrize(
    "body", [b"", b"[]", b"{}", b'{"choices":{}}', b'{"choices":[{"message":{"content":3}}]}', b"\xff"]
)
def test_a_malformed_answer(body: bytes) -> None:
    with pytest.raises(ProtocolError):
        SIDE.decode_response(body)


def test_an_error_in_place_of_an_answer() -> None:
    body = {"error": {"message": "filtered", "code": "content_filter", "status": 400}}
    with pytest.raises(ContentFilterError) as caught:
        SIDE.decode_response(json.dumps(body).encode())
    assert caught.value.upstream_status == 400
    with pytest.raises(ServerError):
        SIDE.decode_response(b'{"error":"broken"}')
    with pytest.raises(PontageError):
        SIDE.decode_response(b'{"error":{"code":429}}')


def test_content_in_pieces_stays_in_pieces() -> None:
    body = {
        "id": "x",
        "model": "m",
        "choices": [{"message": {"content": [{"type": "text", "text": "a"}, {"type": "odd"}]}}],
    }
    answer = SIDE.decode_response(json.dumps(body).encode())
    assert answer.message.parts == (Text(text="a"), Opaque(data={"type": "odd"}))
    told = json.loads(CLIENT.encode_response(replace(answer, spelling=())).body)
    assert told["choices"][0]["message"]["content"] == [{"type": "text", "text": "a"}, {"type": "odd"}]


USAGE: list[tuple[dict[str, Any], TokenUsage]] = [
    ({"prompt_tokens": 10, "completion_tokens": 5}, TokenUsage(input=10, output=5)),
    ({"prompt_tokens": 10, "prompt_tokens_details": {"cached_tokens": 8, "audio_tokens": 1}}, TokenUsage(
        input=1, cache_read=8, input_audio=1)),
    ({"prompt_tokens": 10, "prompt_cache_hit_tokens": 8}, TokenUsage(input=2, cache_read=8)),
    ({"prompt_tokens": 5, "cached_tokens": 8}, TokenUsage(input=5, cache_read=8)),
    ({"prompt_tokens": 10, "prompt_tokens_details": {"cached_tokens": 9, "cache_write_tokens": 9}}, TokenUsage(
        input=0, cache_read=1, cache_write=9)),
    ({"prompt_tokens": 10, "prompt_tokens_details": {"cache_write_tokens": 6},
      "cache_creation": {"ephemeral_5m_input_tokens": 1, "ephemeral_1h_input_tokens": 2}}, TokenUsage(
        input=4, cache_write=3, cache_write_5m=1, cache_write_1h=2)),
    ({"completion_tokens": 9, "completion_tokens_details": {"reasoning_tokens": 5, "audio_tokens": 1}}, TokenUsage(
        output=3, reasoning=5, output_audio=1)),
    ({"completion_tokens": 3, "completion_tokens_details": {"reasoning_tokens": 5}}, TokenUsage(output=0, reasoning=3)),
    ({"prompt_tokens": 1, "completion_tokens": 2, "total_tokens": 8, "reasoning_tokens": 5}, TokenUsage(
        input=1, output=2, reasoning=5)),
    ({"prompt_tokens": 1, "completion_tokens": 2, "total_tokens": 8}, TokenUsage(input=1, output=2, reasoning=5)),
    ({"prompt_tokens": 1, "completion_tokens": 2, "total_tokens": 3, "reasoning_tokens": 4, "citation_tokens": 6,
      "num_search_queries": 2}, TokenUsage(input=1, output=8, reasoning=4, web_searches=2)),
    ({"prompt_tokens": -1, "completion_tokens": True, "prompt_tokens_details": 3}, TokenUsage()),
]  # fmt: skip


@pytest.mark.parametrize(("raw", "usage"), USAGE)
def test_usage_in_disjoint_buckets(raw: dict[str, Any], usage: TokenUsage) -> None:
    body = json.dumps({"choices": [], "usage": raw}).encode()
    assert SIDE.usage_of(body) == replace(usage, raw=raw)
    assert SIDE.decode_response(body).usage == replace(usage, raw=raw)


def test_usage_of_what_has_none() -> None:
    assert [SIDE.usage_of(body) for body in (b"{}", b'{"usage":null}', b'{"usage":{}}', b'{"usage":3}')] == [None] * 4
    with pytest.raises(ProtocolError):
        SIDE.usage_of(b"x")
