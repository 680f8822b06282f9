"""Streams for clients: events of any origin to chunks."""

import json
from typing import Any

from pontage.dialects.openai_chat import client_side, provider_side
from pontage.domain import (
    Audio,
    ChatRequest,
    Citation,
    Delta,
    Document,
    Ending,
    Finished,
    Image,
    Inline,
    Opaque,
    Origin,
    Part,
    PartEnded,
    PartStarted,
    Reasoning,
    Ref,
    Refusal,
    Started,
    Stop,
    StreamEvent,
    Text,
    TokenLogprob,
    TokenUsage,
    ToolCall,
    ToolResult,
    collect,
)  # fmt: skip
from pontage.errors import OverloadedError
from tests.dialects.openai_chat import chunks_of, events_of, frames

SIDE, CLIENT = provider_side(), client_side()
STARTED = Started(id="i", model="m", origin=Origin("anthropic_messages", "anthropic", "m"))
END = Finished(endings=(Ending(stop=Stop("stop")),))


def part(index: int, part: Part, text: str = "", choice: int = 0) -> list[StreamEvent]:
    """A part that begins, grows by one piece, and ends."""
    bare: dict[type, Part] = {Text: Text(text=""), Reasoning: Reasoning(), Refusal: Refusal(text="")}
    start = bare.get(type(part), part)
    grown = [Delta(index, text, choice)] if text else []
    return [PartStarted(index, start, choice), *grown, PartEnded(index, part, choice)]


def tell(*events: StreamEvent, request: ChatRequest | None = None, end: Finished = END) -> tuple[list[Any], list[Any]]:
    """The chunks, and the kind and path of every note."""
    encoder = CLIENT.stream_encoder(request)
    chunks = chunks_of(encoder, [STARTED, *events, end])
    return chunks, [(note.kind, note.where) for note in encoder.notes()]


def deltas(chunks: list[Any]) -> list[Any]:
    """What the chunks between the first and the last tell."""
    return [chunk["choices"][0]["delta"] for chunk in chunks[1:-2]]


def test_the_lifecycle_is_the_vendors() -> None:
    chunks, notes = tell(*part(0, Text(text="ab"), "ab"))
    first, second, last, done = chunks
    assert first["choices"][0]["delta"] == {"role": "assistant", "content": "", "refusal": None}
    assert second == {
        "id": "i", "object": "chat.completion.chunk", "created": 0, "model": "m",
        "choices": [{"index": 0, "delta": {"content": "ab"}, "logprobs": None, "finish_reason": None}],
    }  # fmt: skip
    assert last["choices"] == [{"index": 0, "delta": {}, "logprobs": None, "finish_reason": "stop"}]
    assert (done, notes) == ("[DONE]", [])


def test_usage_is_told_to_those_who_ask() -> None:
    body = {"model": "m", "messages": [{"role": "user", "content": "?"}], "stream": True}
    options: list[Any] = [None, {"include_usage": True}, {"include_usage": False}, {"include_usage": True, "every": 3}]
    told = []
    for option in options:
        asked = {**body, "stream_options": option} if option else body
        request = CLIENT.decode_request(json.dumps(asked).encode())
        end = Finished(endings=END.endings, usage=TokenUsage(input=3, output=4))
        chunks, _ = tell(request=request, end=end)
        told.append(chunks[-2].get("usage", {}).get("total_tokens"))
    assert told == [None, 7, None, 7]
    early = Started(id="i", model="m", usage=TokenUsage(input=3, output=1))
    assert chunks_of(CLIENT.stream_encoder(None), [early, END])[-2]["usage"]["prompt_tokens"] == 3


def test_proofs_of_thinking_come_at_its_end_and_come_back() -> None:
    events = [
        *part(0, Reasoning(text="a", signature="s"), "a"), *part(1, Reasoning(signature="d", redacted=True)),
        *part(2, Reasoning(text="b", extra={"odd": 1}), "b"), *part(3, Text(text="x"), "x"),
    ]  # fmt: skip
    chunks, notes = tell(*events)
    details = [one["reasoning_details"][0] for one in deltas(chunks) if "reasoning_details" in one]
    assert details == [
        {"type": "reasoning.text", "text": "a", "signature": "s", "format": "anthropic-claude-v1", "index": 0},
        {"type": "reasoning.encrypted", "data": "d", "format": "anthropic-claude-v1", "index": 1},
    ]
    assert notes == [("dropped", "choices[0].message.parts[2].odd")]
    back = collect(events_of(SIDE, *chunks[:-1])).message.parts
    assert [(type(one), getattr(one, "text", ""), one.signature) for one in back] == [
        (Reasoning, "a", "s"), (Reasoning, "", "d"), (Reasoning, "b", None), (Text, "x", None),
    ]  # fmt: skip


def test_texts_that_become_one_are_noted() -> None:
    chunks, notes = tell(*part(0, Text(text="a"), "a"), *part(1, Text(text="b"), "b"))
    assert [one["content"] for one in deltas(chunks)] == ["a", "b"]
    assert notes == [("approximated", "choices[0].message.parts")]
    assert tell(*part(0, Reasoning(text="a"), "a"), *part(1, Reasoning(text="b"), "b"))[1] == notes
    apart = [*part(0, Text(text="a"), "a"), *part(1, ToolCall(id="c", name="f")), *part(2, Text(text="b"), "b")]
    assert tell(*apart, end=Finished(endings=(Ending(stop=Stop("tool_calls")),)))[1] == []


def test_texts_that_are_open_at_once_are_told_in_turn() -> None:
    events = [
        PartStarted(0, Reasoning()), PartStarted(1, Text(text="")), Delta(1, "x"), Delta(0, "a"), Delta(1, "y"),
        PartEnded(1, Text(text="xy")), Delta(0, "b"), PartEnded(0, Reasoning(text="ab")),
    ]  # fmt: skip
    told = [next(iter(one.items())) for one in deltas(tell(*events)[0])]
    assert told == [("reasoning_content", "a"), ("reasoning_content", "b"), ("content", "x"), ("content", "y")]
    unended = [PartStarted(0, Reasoning()), PartStarted(1, Text(text="")), Delta(1, "x")]
    assert [one["content"] for one in deltas(tell(*unended)[0])] == ["x"]


def test_calls_have_numbers_of_their_own() -> None:
    first, second = ToolCall(id="a", name="f", arguments='{"x":1}'), ToolCall(id="b", name="g")
    free = ToolCall(id="c", name="h", arguments="free", kind="custom")
    events = [
        *part(0, Text(text="x"), "x"), PartStarted(1, ToolCall(id="a", name="f")), PartStarted(2, second),
        Delta(1, '{"x"'), *part(3, ToolCall(id="s", name="search", by_provider=True)), Delta(3, "{}"),
        Delta(1, ":1}"), PartEnded(1, first), PartEnded(2, second),
        PartStarted(4, ToolCall(id="c", name="h", kind="custom")),
        PartEnded(4, free),
    ]  # fmt: skip
    chunks, notes = tell(*events, end=Finished(endings=(Ending(stop=Stop("tool_calls")),)))
    told = [one["tool_calls"][0] for one in deltas(chunks)[1:]]
    assert told[0] == {"index": 0, "id": "a", "type": "function", "function": {"name": "f", "arguments": ""}}
    assert [one["index"] for one in told] == [0, 1, 0, 0, 1, 2, 2]
    assert told[4]["function"] == {"arguments": "{}"}
    assert told[6]["custom"] == {"input": "free"}
    assert notes == [("dropped", "choices[0].message.parts[3]")]
    assert chunks[-2]["choices"][0]["finish_reason"] == "tool_calls"


def test_gemini_proofs_of_calls_and_texts() -> None:
    started = Started(id="i", model="m", origin=Origin("google_generate", "google", "m"))
    early = ToolCall(id="a", name="f", arguments="{}", signature="s")
    events = [started, *part(0, Text(text="x", signature="t"), "x"), *part(1, early),
              PartStarted(2, ToolCall(id="b", name="f")),
              PartEnded(2, ToolCall(id="b", name="f", signature="u")), END]  # fmt: skip
    told = [chunk["choices"][0]["delta"] for chunk in chunks_of(CLIENT.stream_encoder(None), events)[:-1]]
    proofs = [one["extra_content"] for one in told if "extra_content" in one]
    proofs += [call["extra_content"] for one in told for call in one.get("tool_calls", ()) if "extra_content" in call]
    assert [proof["google"]["thought_signature"] for proof in proofs] == ["t", "s", "u"]


def test_citations_count_from_the_beginning_of_the_whole_content() -> None:
    cited = Text(text="cd", citations=(Citation(start=0, end=2, url="u"),))
    chunks, _ = tell(*part(0, Text(text="ab"), "ab"), *part(1, ToolCall(id="c", name="f")), *part(2, cited, "cd"))
    (annotation,) = deltas(chunks)[-1]["annotations"]
    assert annotation["index"] == 0
    assert annotation["url_citation"] == {"start_index": 2, "end_index": 4, "url": "u"}


def test_voice_pictures_and_what_has_no_place() -> None:
    voice = Audio(source=Inline("audio/wav", "AAAA"), transcript="x", expires_at=5)
    picture = Image(source=Inline("image/png", "AAAA"))
    events = [
        PartStarted(0, Audio(source=Inline("audio/wav", ""))), Delta(0, "x"), PartEnded(0, voice), *part(1, picture),
        *part(2, Image(source=Ref("f"))), *part(3, Opaque(data={"type": "odd"})), *part(4, ToolResult(call_id="a")),
        *part(5, Document(source=Ref("f"))), *part(6, Refusal(text="No"), "No"),
    ]  # fmt: skip
    chunks, notes = tell(*events, end=Finished(endings=(Ending(stop=Stop("refusal")),)))
    told = deltas(chunks)
    assert told[:3] == [
        {"audio": {"id": "audio"}}, {"audio": {"transcript": "x"}}, {"audio": {"data": "AAAA", "expires_at": 5}},
    ]  # fmt: skip
    assert told[3]["images"][0]["type"] == "image_url"
    assert notes == [
        ("dropped", "choices[0].message.parts[0].source.media_type"), ("unsupported", "choices[0].message.parts[2]"),
        ("dropped", "choices[0].message.parts[3]"), ("unsupported", "choices[0].message.parts[4]"),
        ("unsupported", "choices[0].message.parts[5]"),
    ]  # fmt: skip
    assert chunks[-2]["choices"][0]["finish_reason"] == "stop"
    assert chunks_of(CLIENT.stream_encoder(None), [STARTED, *part(0, Audio(source=Ref("x")))])[-1]


def test_fields_of_other_formats_are_named_as_lost() -> None:
    ending = Ending(stop=Stop("pause", extra={"why": "so"}), extra={"a": 1}, message_extra={"b": 2})
    chunks, notes = tell(end=Finished(endings=(ending,), extra={"c": 3}, service_tier="flex"))
    assert chunks[-2]["service_tier"] == "flex"
    assert set(notes) == {
        ("dropped", "choices[0].a"), ("dropped", "choices[0].message.b"), ("dropped", "c"),
        ("dropped", "choices[0].stop.why"), ("approximated", "choices[0].stop.reason"),
    }  # fmt: skip


def test_log_probabilities_and_several_choices() -> None:
    events = [PartStarted(0, Text(text="")), Delta(0, "x", 0, (TokenLogprob("x", -1.0),)), PartEnded(0, Text(text="x")),
              *part(0, Text(text="y"), "y", choice=1)]  # fmt: skip
    chunks, _ = tell(*events, end=Finished(endings=(Ending(stop=Stop("stop")), Ending(stop=Stop("length")))))
    assert chunks[1]["choices"][0]["logprobs"]["content"][0]["token"] == "x"
    assert [chunk["choices"][0]["index"] for chunk in chunks[1:-1]] == [0, 1, 1, 0, 1]
    assert len(tell(end=Finished(endings=()))[0]) == 3


def test_a_failed_stream_has_no_terminator() -> None:
    encoder = CLIENT.stream_encoder(None)
    (told,) = frames(encoder.fail(OverloadedError("busy", provider="acme", hint="wait")))
    error = json.loads(told.data)["error"]
    assert (error["message"], error["type"], error["pontage"]["code"]) == ("busy", "server_error", "PTG-1506")
    assert frames(encoder.keep_alive()) == []


def test_own_blocks_are_told_as_they_were() -> None:
    own = Started(id="i", model="m", origin=Origin("openai_chat", None, "m"))
    blocks = [{"type": "odd"}, {"type": "reasoning.x"}, {"id": "s", "type": "shell", "shell": {}}]
    events = [own, *(event for index, data in enumerate(blocks) for event in part(index, Opaque(data=data))), END]
    told = [chunk["choices"][0]["delta"] for chunk in chunks_of(CLIENT.stream_encoder(None), events)[1:-2]]
    assert told == [
        {"content": [{"type": "odd"}]}, {"reasoning_details": [{"type": "reasoning.x"}]},
        {"tool_calls": [{"index": 0, "id": "s", "type": "shell", "shell": {}}]},
    ]  # fmt: skip
