"""Whole answers in this format: of other origins to a client, and what a provider may send."""

import json
from typing import Any

import pytest

from pontage.dialects.anthropic_messages import client_side, provider_side
from pontage.domain import (
    Audio,
    ChatResponse,
    Choice,
    Citation,
    Image,
    Inline,
    Message,
    Opaque,
    Origin,
    Reasoning,
    Refusal,
    Stop,
    Text,
    TokenLogprob,
    TokenUsage,
    ToolCall,
)
from pontage.errors import OverloadedError, ProtocolError

SIDE = provider_side()
CLIENT = client_side()
OTHER = Origin("openai_chat", None, "gpt")
GEMINI = Origin("google_generate", "google")


def answer(*parts: Any, origin: Origin | None = OTHER, stop: Stop | None = None, **fields: Any) -> ChatResponse:
    said = tuple(Text(text=part) if isinstance(part, str) else part for part in parts)
    message = Message(role="assistant", parts=said, origin=origin)
    fields = {"usage": TokenUsage(input=1, output=2), **fields}
    return ChatResponse(
        id="r", model="m", choices=(Choice(message=message, stop=stop or Stop("stop")),), origin=origin, **fields
    )


def encode(response: ChatResponse) -> tuple[Any, list[tuple[str, str]]]:
    encoded = CLIENT.encode_response(response)
    return json.loads(encoded.body), [(note.kind, note.where) for note in encoded.notes]


def test_an_answer_has_all_that_clients_of_this_format_expect() -> None:
    body, notes = encode(answer("Hi."))
    assert notes == []
    assert body == {
        "id": "r", "type": "message", "role": "assistant", "model": "m", "content": [{"type": "text", "text": "Hi."}],
        "stop_reason": "end_turn", "stop_sequence": None, "stop_details": None,
        "usage": {"input_tokens": 1, "cache_creation_input_tokens": None, "cache_read_input_tokens": None,
                  "output_tokens": 2},
    }  # fmt: skip


@pytest.mark.parametrize(
    ("reason", "word", "exact"),
    [
        ("stop", "end_turn", True),
        ("length", "max_tokens", True),
        ("context_exceeded", "model_context_window_exceeded", True),
        ("tool_calls", "tool_use", True),
        ("refusal", "refusal", True),
        ("pause", "pause_turn", True),
        ("content_filter", "refusal", False),
        ("error", "end_turn", False),
        ("other", "end_turn", False),
    ],
)
def test_stop_reasons(reason: Any, word: str, exact: bool) -> None:
    body, notes = encode(answer("Hi.", stop=Stop(reason, raw="theirs")))
    assert body["stop_reason"] == word
    assert notes == ([] if exact else [("approximated", "choices[0].stop.reason")])


def test_a_stop_sequence_is_told() -> None:
    body, _ = encode(answer("Hi.", stop=Stop("stop_sequence", sequence="END")))
    assert (body["stop_reason"], body["stop_sequence"]) == ("stop_sequence", "END")


def test_usage_is_told_in_the_buckets_of_this_format() -> None:
    usage = TokenUsage(
        input=10, cache_read=20, cache_write_5m=3, cache_write_1h=4, output=5, reasoning=6, web_searches=1, raw={"x": 1}
    )
    body, notes = encode(answer("Hi.", usage=usage, service_tier="default"))
    assert body["usage"] == {
        "input_tokens": 10, "cache_creation_input_tokens": 7, "cache_read_input_tokens": 20, "output_tokens": 11,
        "cache_creation": {"ephemeral_5m_input_tokens": 3, "ephemeral_1h_input_tokens": 4},
        "output_tokens_details": {"thinking_tokens": 6}, "server_tool_use": {"web_search_requests": 1},
        "service_tier": "standard",
    }  # fmt: skip
    assert notes == []
    body, notes = encode(
        answer("Hi.", usage=TokenUsage(input=1, cache_write=2, input_audio=3, output=4, output_audio=5))
    )
    assert body["usage"]["input_tokens"] == 4
    assert body["usage"]["output_tokens"] == 9
    assert [where for _, where in notes] == ["usage.cache_write", "usage.input_audio", "usage.output_audio"]
    assert encode(answer("Hi.", usage=None))[1] == [("injected", "usage")]
    assert encode(answer("Hi.", usage=TokenUsage(output=1)))[1] == [("injected", "usage.input")]


def test_usage_is_read_into_disjoint_buckets() -> None:
    def read(**raw: Any) -> TokenUsage:
        usage = SIDE.usage_of(json.dumps({"usage": raw}).encode())
        assert usage is not None
        return usage

    usage = read(input_tokens=5, output_tokens=9, output_tokens_details={"thinking_tokens": 4})
    assert (usage.input, usage.output, usage.reasoning, usage.cache_write_5m) == (5, 5, 4, None)
    assert read(cache_creation_input_tokens=7).cache_write_5m == 7
    usage = read(cache_creation_input_tokens=9, cache_creation={"ephemeral_1h_input_tokens": 4})
    assert (usage.cache_write, usage.cache_write_5m, usage.cache_write_1h) == (5, None, 4)
    usage = read(output_tokens=3, output_tokens_details={"thinking_tokens": 9})
    assert (usage.output, usage.reasoning) == (0, 3)
    usage = read(input_tokens=-4, output_tokens=True, cache_read_input_tokens="7", iterations="x", server_tool_use=3)
    assert (usage.input, usage.output, usage.cache_read) == (None, None, None)
    spent = {"type": "compaction", "input_tokens": 100, "output_tokens": 10, "cache_read_input_tokens": 1}
    usage = read(input_tokens=5, output_tokens=6, iterations=[spent, 4, {"type": "advisor_message", "input_tokens": 9}])
    assert (usage.input, usage.output, usage.cache_read) == (105, 16, 1)
    assert SIDE.usage_of(b"{}") is None
    with pytest.raises(ProtocolError):
        SIDE.usage_of(b"nonsense")


def test_what_a_client_of_this_format_cannot_be_told() -> None:
    logprobs = (TokenLogprob("a", -0.1),)
    message = Message(role="assistant", parts=(Text(text="Hi."),), origin=OTHER, extra={"audio": 1})
    first = Choice(message=message, stop=Stop("stop", extra={"why": 1}), logprobs=logprobs, extra={"odd": 1})
    response = ChatResponse(
        id="r", model="m", choices=(first, first), usage=TokenUsage(input=1, output=1), created=5, origin=OTHER,
        extra={"system_fingerprint": "fp", "empty": {}},
    )  # fmt: skip
    body, notes = encode(response)
    assert [block["text"] for block in body["content"]] == ["Hi."]
    assert {where for kind, where in notes if kind == "dropped"} == {
        "choices[0].message.audio", "choices[0].stop.why", "choices[0].logprobs", "choices[0].odd", "choices[1]",
        "created", "system_fingerprint",
    }  # fmt: skip


def test_parts_of_another_origin() -> None:
    cited = Text(text="So.", citations=(Citation(url="https://example.com"),))
    image = Image(source=Inline("image/png", "AAAA"))
    body, notes = encode(
        answer(" ", cited, Refusal(text="No."), image, Audio(source=Inline("audio/wav", "AA==")),
               ToolCall(id="odd.id", name="t", arguments="[]"), ToolCall(id="s", name="x", by_provider=True),
               Opaque(data={"type": "odd"}))
    )  # fmt: skip
    assert body["content"] == [
        {"type": "text", "text": "So."},
        {"type": "text", "text": "No."},
        {"type": "tool_use", "id": "odd.id", "name": "t", "input": {"_raw": "[]"}},
    ]
    where = "choices[0].message.parts"
    assert notes == [
        ("dropped", f"{where}[0]"), ("dropped", f"{where}[1].citations"), ("approximated", f"{where}[2]"),
        ("unsupported", f"{where}[3]"), ("unsupported", f"{where}[4]"), ("approximated", f"{where}[5].arguments"),
        ("dropped", f"{where}[6]"), ("dropped", f"{where}[7]"),
    ]  # fmt: skip


def test_foreign_signatures_travel_through_the_client_and_back() -> None:
    parts = (
        Reasoning(text="Hm.", signature="S1"),
        Reasoning(redacted=True, signature="BLOB"),
        ToolCall(id="a", name="t", arguments='{"x": 1}', signature="S2"),
        Text(text="So.", signature="S3"),
        Reasoning(text="unsigned"),
    )
    body, notes = encode(answer(*parts, origin=GEMINI))
    assert notes == []
    signatures = [block.get("signature", block.get("data")) for block in body["content"]]
    assert signatures == [
        "pontage:google:S1", "pontage:google:BLOB", "pontage:google:next:S2", None, "pontage:google:next:S3", None,
        "pontage:google:",
    ]  # fmt: skip
    turn = {"role": "assistant", "content": body["content"]}
    request = {"model": "m", "max_tokens": 1, "messages": [{"role": "user", "content": "Hi."}, turn]}
    again = CLIENT.decode_request(json.dumps(request).encode()).messages[1]
    assert again.parts == parts
    assert again.origin == Origin("anthropic_messages", "google")


def test_thinking_of_the_own_family_stands_as_it_is_whoever_hosts_it() -> None:
    hosted = Origin("some_format", "anthropic")
    body, notes = encode(answer(Reasoning(text="Hm.", signature="S"), Text(text="x", signature="odd"), origin=hosted))
    assert body["content"] == [
        {"type": "thinking", "thinking": "Hm.", "signature": "S"},
        {"type": "text", "text": "x"},
    ]
    assert notes == [("dropped", "choices[0].message.parts[1].signature")]


def test_an_answer_without_choices_is_an_empty_one() -> None:
    body, _ = encode(ChatResponse(id="r", model="m", choices=(), usage=TokenUsage(input=1, output=0)))
    assert body["content"] == []


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"[]",
        b"{}",
        b'{"type":"message","content":"text"}',
        b'{"type":"completion","content":[]}',
        b'{"role":"user","content":[]}',
        b'{"content":[{"type":"text"}]}',
        b'{"content":[{"type":"image","source":{"type":"base64","data":"?"}}]}',
        b"<html>",
        b'{"content":' + b"[" * 100_000,
    ],
)
def test_a_malformed_answer_is_a_protocol_error(body: bytes) -> None:
    with pytest.raises(ProtocolError):
        SIDE.decode_response(body)


def test_an_error_that_comes_with_success_is_the_error() -> None:
    with pytest.raises(OverloadedError):
        SIDE.decode_response(b'{"type":"error","error":{"type":"overloaded_error","message":"Busy."}}')


def test_depth_in_an_answer_is_either_read_or_refused() -> None:
    for depth in (300, 800, 3_000):
        body = b'{"content":[{"type":"odd","x":%b}],"y":%b}' % ((b"[" * depth + b"]" * depth,) * 2)
        try:
            response = SIDE.decode_response(body)
        except ProtocolError:
            continue
        assert response.message.parts


def test_an_answer_edited_after_reading_is_written_as_edited() -> None:
    sent = {
        "id": "r", "type": "message", "role": "assistant", "model": "m", "content": [{"type": "text", "text": "Hi."}],
        "stop_reason": "sail_away", "stop_sequence": None, "usage": {"input_tokens": 1, "output_tokens": 2, "odd": 3},
    }  # fmt: skip
    response = SIDE.decode_response(json.dumps(sent).encode())
    assert response.stop == Stop("other", raw="sail_away")
    assert encode(response)[0] == sent
    changed = json.loads(CLIENT.encode_response(answer("Hi.", usage=response.usage)).body)
    assert "odd" not in changed["usage"]  # the record of another origin
