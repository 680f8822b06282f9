"""Whole answers of Ollama: what they mean, and how answers of other origins are said."""

import json
from typing import Any

import pytest
from msgspec.structs import replace

from pontage.domain import (
    ChatResponse,
    Choice,
    Image,
    Inline,
    Link,
    Message,
    Reasoning,
    Refusal,
    Stop,
    Text,
    TokenLogprob,
    TokenUsage,
    ToolCall,
    ToolResult,
)
from pontage.errors import ModelNotFoundError, ProtocolError, ServerError
from tests.dialects.ollama_chat import CLIENT, OTHER, OWN, PNG, SAMPLES, SIDE, answer, assistant, respond

CALL = ToolCall(id="c1", name="look", arguments='{"at":"sea"}')


def sample(case: str) -> ChatResponse:
    return SIDE.decode_response((SAMPLES / f"{case}.response.json").read_bytes())


def test_an_answer() -> None:
    found = sample("plain_text")
    assert found.text == "The bittern. It booms."
    assert found.stop == Stop("stop", raw="stop")
    assert found.created == 1772600767
    assert found.extra["created_at"] == "2026-03-04T05:06:07.891234Z"
    assert found.usage == TokenUsage(input=31, output=12, raw={"prompt_eval_count": 31, "eval_count": 12})
    assert found.extra["total_duration"] == 412000333
    assert found.origin == found.message.origin == replace(OWN, model="heron:7b")


def test_an_id_is_made_that_only_this_answer_has() -> None:
    first, second = (answer({"content": "x"}, created_at=f"2026-01-02T03:04:05.{n}Z") for n in (1, 2))
    assert first.id.startswith("ollama_")
    assert first.id != second.id
    assert answer({"content": "y"}, created_at="2026-01-02T03:04:05.1Z").id == first.id


@pytest.mark.parametrize(
    ("time", "created", "finer"),
    [
        ("2026-01-02T03:04:05Z", 1767323045, False),
        ("2026-01-02T03:04:05+00:00", 1767323045, True),
        ("2026-01-02T05:04:05.123456789+02:00", 1767323045, True),
        ("2026-01-02T03:04:05", None, True),
        ("0001-01-01T00:00:00Z", None, True),
        ("yesterday", None, True),
        (None, None, False),
    ],
)
def test_the_time_of_an_answer(time: Any, created: int | None, finer: bool) -> None:
    found = answer({"content": "x"}, created_at=time)
    assert found.created == created
    assert found.extra.get("created_at") == (time if finer else None)
    assert json.loads(CLIENT.encode_response(replace(found, spelling=())).body).get("created_at") == time
    edited = replace(found, created=1, spelling=())
    assert json.loads(CLIENT.encode_response(edited).body)["created_at"] == "1970-01-01T00:00:01Z"


@pytest.mark.parametrize(
    ("word", "calls", "reason"),
    [
        ("stop", [], "stop"),
        ("stop", [{"function": {"name": "f", "arguments": {}}}], "tool_calls"),
        (None, [], "stop"),
        ("length", [], "length"),
        ("length", [{"function": {"name": "f", "arguments": {}}}], "length"),
        ("load", [], "other"),
        ("unload", [], "other"),
    ],
)
def test_why_an_answer_ended(word: str | None, calls: Any, reason: str) -> None:
    found = answer({"content": "", "tool_calls": calls}, done_reason=word)
    assert found.stop == Stop(reason, raw=word)  # type: ignore[arg-type] # a word of the test's table


def test_calls_without_ids_get_some() -> None:
    calls = sample("calls_without_ids").message.tool_calls
    assert len({call.id for call in calls}) == 2
    assert [call.arguments for call in calls] == ['{"port":"Brest"}', '{"port":"Dover"}']
    assert sample("calls_without_ids").message.tool_calls == calls


def test_arguments_of_an_answer_are_kept_whatever_they_are() -> None:
    calls: list[Any] = [
        {"function": {"name": "f"}},
        {"function": {"name": "f", "arguments": None}},
        {"function": {"name": "f", "arguments": "{}"}},
    ]
    found = answer({"content": "", "tool_calls": calls})
    assert [call.arguments for call in found.message.tool_calls] == ["{}", "null", '"{}"']


def test_usage_may_be_told_in_part_or_wrongly() -> None:
    assert answer({"content": "x"}).usage is None
    assert answer({"content": "x"}, eval_count=3).usage == TokenUsage(output=3, raw={"eval_count": 3})
    odd = answer({"content": "x"}, prompt_eval_count=-3, eval_count="many").usage
    assert odd == TokenUsage(raw={"prompt_eval_count": -3, "eval_count": "many"})
    assert SIDE.usage_of(b'{"eval_count":3,"odd":[1]}') == TokenUsage(output=3, raw={"eval_count": 3})
    assert SIDE.usage_of(b"{}") is SIDE.usage_of(b"[]") is None
    with pytest.raises(ProtocolError):
        SIDE.usage_of(b"<html>")


def test_what_is_no_answer() -> None:
    for body in (b"{}", b'{"message":null}', b'{"message":{"content":"x"},"done":false}', b"[", b'{"message":3}'):
        with pytest.raises(ProtocolError):
            SIDE.decode_response(body)
    for body in (b'{"error":"model runner stopped"}', b'{"error":"x","message":3}'):
        with pytest.raises(ServerError):
            SIDE.decode_response(body)
    assert not isinstance(SIDE.decode_error(200, {}, b'{"error":"x"}'), ModelNotFoundError)


def test_an_answer_of_another_origin() -> None:
    usage = TokenUsage(input=5, cache_read=4, output=3, reasoning=2)
    body, notes = respond(
        Reasoning(text="Hm."), "Look.", CALL, stop="tool_calls", id="msg_1", created=1767323045, usage=usage
    )
    assert body == {
        "model": "m",
        "created_at": "2026-01-02T03:04:05Z",
        "message": {
            "role": "assistant",
            "content": "Look.",
            "thinking": "Hm.",
            "tool_calls": [{"id": "c1", "function": {"name": "look", "arguments": {"at": "sea"}, "index": 0}}],
        },
        "done": True,
        "done_reason": "stop",
        "prompt_eval_count": 9,
        "eval_count": 5,
    }
    assert notes == [("approximated", "usage.cache_read"), ("approximated", "usage.reasoning")]


def test_the_id_is_noted() -> None:
    for given, kind in (("msg_1", "dropped"), ("", "injected")):
        response = ChatResponse(id=given, model="m", choices=())
        assert [note.kind for note in CLIENT.encode_response(response).notes if note.where == "id"] == [kind]


@pytest.mark.parametrize(
    ("parts", "said", "expected"),
    [
        (("It is ", "noon."), {"content": "It is noon."}, []),
        (
            ("Hm.", Reasoning(text="a"), CALL, "So."),
            {"content": "Hm.So.", "thinking": "a"},
            [("approximated", "")],
        ),
        (
            (Reasoning(text="a"), Reasoning(text="b"), "So."),
            {"content": "So.", "thinking": "ab"},
            [("approximated", "[0]"), ("approximated", "[1]")],
        ),
        (
            (Refusal(text="No. "), "Sorry."),
            {"content": "No. Sorry."},
            [("approximated", "[0]"), ("approximated", "[1]")],
        ),
        ((Image(source=Inline("image/png", PNG)),), {"content": "", "images": [PNG]}, []),
        ((Image(source=Link("https://p.example")),), {"content": ""}, [("unsupported", "[0]")]),
        ((ToolResult(call_id="c"),), {"content": ""}, [("dropped", "[0]")]),
    ],
)
def test_an_answer_has_one_text_of_each_kind(parts: Any, said: Any, expected: Any) -> None:
    body, notes = respond(*parts, stop="tool_calls" if CALL in parts else "stop")
    body["message"].pop("tool_calls", None)
    assert body["message"] == {"role": "assistant", **said}
    assert notes == [(kind, f"choices[0].message.parts{place}") for kind, place in expected]


@pytest.mark.parametrize(
    ("stop", "word", "noted"),
    [
        ("stop", "stop", False), ("length", "length", False), ("context_exceeded", "length", True),
        ("stop_sequence", "stop", True), ("tool_calls", "stop", True), ("content_filter", "stop", True),
        ("refusal", "stop", True), ("pause", "stop", True), ("error", "stop", True), ("other", "stop", True),
    ],
)  # fmt: skip
def test_why_an_answer_of_another_origin_ended(stop: str, word: str, noted: bool) -> None:
    body, notes = respond("x", stop=stop)
    assert body["done_reason"] == word
    assert notes == ([("approximated", "choices[0].stop.reason")] if noted else [])


def test_an_end_that_came_with_more_than_a_word() -> None:
    ended = Stop("stop_sequence", sequence="END", extra={"why": "x"})
    body, notes = respond("x", ended=ended)
    assert "why" not in body
    assert notes == [
        ("approximated", "choices[0].stop.reason"), ("dropped", "choices[0].stop.sequence"),
        ("dropped", "choices[0].stop.why"),
    ]  # fmt: skip
    assert respond("x", CALL)[1] == [("approximated", "choices[0].stop.reason")]


def test_one_answer_and_no_tier() -> None:
    response = ChatResponse(
        id="", model="m", service_tier="flex", created=10**12, extra={"odd": 1}, origin=OTHER,
        usage=TokenUsage(web_searches=2),
        choices=tuple(Choice(message=assistant("x"), stop=Stop("stop"), extra={"more": 1}) for _ in range(2)),
    )  # fmt: skip
    encoded = CLIENT.encode_response(response)
    assert [(note.kind, note.where) for note in encoded.notes if note.where != "id"] == [
        ("dropped", "created"), ("dropped", "choices[0].more"), ("dropped", "choices[1]"),
        ("dropped", "usage.web_searches"), ("dropped", "service_tier"), ("dropped", "odd"),
    ]  # fmt: skip
    assert [note.where for note in CLIENT.encode_response(replace(response, usage=TokenUsage())).notes][4] == "usage"


def test_logprobs() -> None:
    tokens = sample("logprobs").choices[0].logprobs
    assert tokens is not None
    assert tokens[0].top[1] == TokenLogprob("A", -2.4, bytes=(65,))
    told = Choice(message=assistant("x"), stop=Stop("stop"), logprobs=(TokenLogprob("x", -0.5, id=7),))
    encoded = CLIENT.encode_response(ChatResponse(id="", model="m", choices=(told,)))
    assert json.loads(encoded.body)["logprobs"] == [{"token": "x", "logprob": -0.5}]
    assert ("approximated", "choices[0].logprobs") in [(note.kind, note.where) for note in encoded.notes]


def test_an_edited_usage_is_written_anew() -> None:
    found = replace(sample("plain_text"), usage=TokenUsage(input=1, output=2, raw={"eval_count": 9}))
    body = json.loads(CLIENT.encode_response(found).body)
    assert (body["prompt_eval_count"], body["eval_count"]) == (1, 2)


def test_an_answer_without_a_role_is_sent_back_with_one() -> None:
    message = sample("no_time").message
    assert message == Message(role="assistant", parts=(Text(text="Ja."),), origin=message.origin, spelling=())
    deep = Message(role="assistant", parts=(), extra={"odd": _deep()})
    with pytest.raises(ProtocolError):
        CLIENT.encode_response(ChatResponse(id="", model="m", choices=(Choice(message=deep, stop=Stop("stop")),)))


def _deep() -> Any:
    value: Any = []
    for _ in range(100_000):
        value = [value]
    return value
