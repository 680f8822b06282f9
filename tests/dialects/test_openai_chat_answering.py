"""Whole answers of other formats, as a client of this one is told them."""

import json
from typing import Any

import pytest
from msgspec.structs import replace

from pontage.dialects.openai_chat import client_side, provider_side
from pontage.dialects.table import PROVIDER_SIDES
from pontage.domain import (
    Audio,
    ChatResponse,
    Choice,
    Citation,
    Image,
    Inline,
    Message,
    Origin,
    Part,
    Reasoning,
    Refusal,
    Stop,
    Text,
    TokenUsage,
    ToolCall,
    Video,
)  # fmt: skip
from tests.dialects.openai_chat import sample

SIDE, CLIENT = provider_side(), client_side()
FOREIGN = Origin("anthropic_messages", "anthropic", "claude-9")


def tell(*parts: Part, stop: Stop | None = None, **more: Any) -> tuple[Any, list[tuple[str, str]]]:
    """What a client is told of a foreign answer with these parts, and the kind and path of every note."""
    message = Message(role="assistant", parts=parts, origin=FOREIGN, extra=more.pop("message_extra", {}))
    choice = Choice(message=message, stop=stop or Stop("stop", raw="end_turn"), extra=more.pop("choice_extra", {}))
    encoded = CLIENT.encode_response(ChatResponse(id="i", model="m", choices=(choice,), origin=FOREIGN, **more))
    return json.loads(encoded.body), [(note.kind, note.where) for note in encoded.notes]


def test_a_client_is_told_the_thinking_of_others_and_brings_it_back() -> None:
    parts = (Reasoning(text="a", signature="s"), Reasoning(signature="d", redacted=True), Text(text="x"))
    wire, notes = tell(*parts)
    message = wire["choices"][0]["message"]
    assert (message["content"], message["reasoning_content"], message["refusal"], notes) == ("x", "a", None, [])
    assert message["reasoning_details"] == [
        {"type": "reasoning.text", "text": "a", "signature": "s", "format": "anthropic-claude-v1", "index": 0},
        {"type": "reasoning.encrypted", "data": "d", "format": "anthropic-claude-v1", "index": 1},
    ]
    request = {"model": "m", "messages": [{"role": "user", "content": "?"}, message]}
    back = CLIENT.decode_request(json.dumps(request).encode()).messages[1]
    assert back.parts == parts
    assert back.origin == Origin("openai_chat", "anthropic", "m")


@pytest.mark.parametrize(("family", "name"), [("acme", "acme-v1"), ("google", "google-gemini-v1"), (None, None)])
def test_proofs_of_any_family_are_labelled(family: str | None, name: str | None) -> None:
    origin = Origin("x", family)
    message = Message(role="assistant", parts=(Reasoning(text="a", signature="s"),), origin=origin)
    answer = ChatResponse(id="i", model="m", choices=(Choice(message=message, stop=Stop("stop")),), origin=origin)
    wire = json.loads(CLIENT.encode_response(answer).body)
    assert wire["choices"][0]["message"]["reasoning_details"][0].get("format") == name


def test_texts_become_one_and_citations_move_along() -> None:
    first = Text(text="ab", citations=(Citation(start=0, end=2, url="u"), Citation(extra={"odd": 1})))
    second = Text(text="cd", citations=(Citation(start=1, url="v", quote="q"),), extra={"odd": 1}, signature="s")
    wire, notes = tell(first, second)
    message = wire["choices"][0]["message"]
    assert message["content"] == "abcd"
    assert [one["url_citation"] for one in message["annotations"]] == [
        {"start_index": 0, "end_index": 2, "url": "u"}, {"start_index": 3, "url": "v", "content": "q"},
    ]  # fmt: skip
    assert set(notes) == {
        ("approximated", "choices[0].message.parts"), ("dropped", "choices[0].message.parts[1].odd"),
        ("dropped", "choices[0].message.parts[0].citations[1]"),
        ("dropped", "choices[0].message.parts[1].signature"),
    }  # fmt: skip


def test_documents_are_cited_where_they_are_pages_of_the_web() -> None:
    tides = {"type": "document", "id": "1", "document": {"title": "Tides", "url": "https://t.example", "text": "High."}}
    note = {"type": "document", "id": "2", "document": {"text": "Low."}}
    cited = [{"start": at, "end": at + 2, "text": "ab", "sources": [one]} for at, one in enumerate((tides, note))]
    message = {"role": "assistant", "content": [{"type": "text", "text": "abcd"}], "citations": cited}
    body = json.dumps({"id": "c", "finish_reason": "COMPLETE", "message": message}).encode()
    encoded = CLIENT.encode_response(PROVIDER_SIDES["cohere_chat"].decode_response(body, keep_spelling=False))
    [annotation] = json.loads(encoded.body)["choices"][0]["message"]["annotations"]
    page = annotation["url_citation"]
    assert (page["url"], page["title"], page["start_index"]) == ("https://t.example", "Tides", 0)
    assert ("dropped", "choices[0].message.parts[0].citations[1]") in {(one.kind, one.where) for one in encoded.notes}


def test_parts_that_an_answer_of_this_format_has_or_has_not() -> None:
    voice = Audio(source=Inline("audio/wav", "AAAA"), transcript="x")
    picture = Image(source=Inline("image/png", "AAAA"))
    wire, notes = tell(
        Refusal(text="No"), picture, voice, voice, Video(source=Inline("video/mp4", "AAAA")), stop=Stop("refusal")
    )  # fmt: skip
    message = wire["choices"][0]["message"]
    assert (message["content"], message["refusal"]) == (None, "No")
    assert message["audio"] == {"id": "audio", "data": "AAAA", "transcript": "x"}
    assert message["images"][0]["type"] == "image_url"
    assert notes == [
        ("unsupported", "choices[0].message.parts[4]"),
        ("dropped", "choices[0].message.parts[2].source.media_type"), ("unsupported", "choices[0].message.parts[3]"),
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("reason", "word", "noted"),
    [
        ("stop", "stop", False), ("length", "length", False), ("context_exceeded", "length", True),
        ("tool_calls", "tool_calls", False), ("content_filter", "content_filter", False),
        ("refusal", "content_filter", True), ("pause", "stop", True), ("error", "stop", True),
        ("other", "stop", True),
    ],
)  # fmt: skip
def test_reasons_in_this_formats_words(reason: Any, word: str, noted: bool) -> None:
    wire, notes = tell(Text(text="x"), stop=Stop(reason, raw="?", extra={"why": "so"}))
    assert wire["choices"][0]["finish_reason"] == word
    assert (("approximated", "choices[0].stop.reason") in notes) is noted
    assert ("dropped", "choices[0].stop.why") in notes


def test_a_refusal_in_words_and_a_stop_string() -> None:
    assert tell(Refusal(text="No"), stop=Stop("refusal"))[0]["choices"][0]["finish_reason"] == "stop"
    wire, notes = tell(Text(text="x"), stop=Stop("stop_sequence", sequence="END"))
    assert (wire["choices"][0]["finish_reason"], wire["choices"][0]["stop_reason"], notes) == ("stop", "END", [])


def test_fields_of_other_formats_are_named_as_lost() -> None:
    wire, notes = tell(
        Text(text="x"), extra={"container": {"id": 1}, "empty": {}}, message_extra={"a": 1}, choice_extra={"b": 1},
        service_tier="priority",
    )  # fmt: skip
    assert wire["service_tier"] == "priority"
    assert notes == [("dropped", "choices[0].b"), ("dropped", "container"), ("dropped", "choices[0].message.a")]


def test_a_client_is_told_totals() -> None:
    usage = TokenUsage(
        input=1, cache_read=2, cache_write=1, cache_write_5m=3, cache_write_1h=4, output=5, reasoning=6, web_searches=1,
        raw={"input_tokens": 1},
    )  # fmt: skip
    wire, notes = tell(Text(text="x"), usage=usage)
    told = wire["usage"]
    assert (told["prompt_tokens"], told["completion_tokens"], told["total_tokens"], notes) == (11, 11, 22, [])
    assert SIDE.usage_of(json.dumps(wire).encode()) == replace(usage, raw=told)
    wire, notes = tell(usage=TokenUsage(cache_write=3))
    assert (wire["usage"]["completion_tokens"], notes) == (0, [("injected", "usage.output")])
    assert tell(usage=TokenUsage(output=3))[1] == [("injected", "usage.input")]


def test_an_edited_usage_is_not_told_by_the_old_record() -> None:
    answer = SIDE.decode_response(sample("plain.response.json"))
    assert answer.usage is not None
    edited = replace(answer, usage=replace(answer.usage, output=99), spelling=())
    assert json.loads(CLIENT.encode_response(edited).body)["usage"]["completion_tokens"] == 99


def test_a_call_without_arguments_has_an_empty_object() -> None:
    wire, _ = tell(ToolCall(id="a", name="f"), stop=Stop("tool_calls"))
    assert wire["choices"][0]["message"]["tool_calls"][0]["function"]["arguments"] == "{}"
    assert wire["choices"][0]["message"]["content"] is None
