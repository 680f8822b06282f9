"""Streams of providers: chunks to events, for well-behaved servers and others."""

from typing import Any

import pytest

from pontage.dialects.openai_chat import provider_side
from pontage.domain import (
    Delta,
    Finished,
    Image,
    Opaque,
    PartEnded,
    PartStarted,
    Reasoning,
    Refusal,
    Started,
    Stop,
    Text,
    TokenLogprob,
    ToolCall,
    collect,
)  # fmt: skip
from pontage.errors import InvalidRequestError, ProtocolError, ServerError, StreamTruncatedError
from pontage.streaming.framing import Frame
from tests.dialects.openai_chat import delta, events_of, frame, frames, sample

SIDE = provider_side()


def call(index: Any = 0, **fields: Any) -> dict[str, Any]:
    function = {name: fields.pop(name) for name in ("name", "arguments") if name in fields}
    return delta({"tool_calls": [{"index": index, "function": function, **fields}]})


def parts_of(*chunks: Any) -> list[Any]:
    return list(collect(events_of(SIDE, *chunks)).message.parts)


def test_a_plain_stream() -> None:
    decoder = SIDE.stream_decoder()
    events = [event for one in frames(sample("plain.sse")) for event in decoder.feed(one)]
    assert [type(event) for event in events] == [Started, PartStarted, Delta, Delta, PartEnded, Finished]
    assert isinstance(events[0], Started)
    assert events[0].extra == {"system_fingerprint": "fp_ebb1"}
    assert decoder.end() == []
    assert decoder.feed(Frame(b"[DONE]")) == []


def test_the_first_frame_starts_unless_it_is_empty() -> None:
    decoder = SIDE.stream_decoder()
    assert decoder.feed(frame({"choices": [], "id": "", "prompt_filter_results": [1]})) == []
    (started,) = decoder.feed(frame(delta({"role": "assistant"})))
    assert isinstance(started, Started)
    assert (started.id, started.created, started.extra) == ("chatcmpl-1", 7, {"prompt_filter_results": [1]})


def test_kinds_of_text_follow_each_other() -> None:
    chunks = [
        delta({"reasoning": "a"}),
        delta({"content": "b"}),
        delta({"reasoning_content": "c"}),
        delta({"refusal": "d"}),
    ]
    events = events_of(SIDE, *chunks)
    assert [type(event) for event in events[1:4]] == [PartStarted, Delta, PartEnded]
    assert list(collect(events).message.parts) == [
        Reasoning(text="a"), Text(text="b"), Reasoning(text="c"), Refusal(text="d"),
    ]  # fmt: skip
    assert collect(events).stop == Stop("refusal")


def test_calls_grow_side_by_side() -> None:
    chunks = [
        delta({"content": "x"}), call(0, id="a", name="f", arguments=""), call(1, id="b", name="g", arguments='{"y'),
        call(0, arguments="{}"), call(1, arguments='":1}'), delta({"content": "z"}),
    ]  # fmt: skip
    assert parts_of(*chunks) == [
        Text(text="x"), ToolCall(id="a", name="f", arguments="{}"), ToolCall(id="b", name="g", arguments='{"y":1}'),
        Text(text="z"),
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("chunks", "calls"),
    [
        ([call(None, id="a", name="f", arguments="1"), call(None, arguments="2")], [("a", "f", "12")]),
        (
            [call(None, id="a", name="f"), call(None, id="b", name="g", arguments="1")],
            [("a", "f", ""), ("b", "g", "1")],
        ),
        ([call(0, id="a", name="f"), call(0, id="b", name="g")], [("a", "f", ""), ("b", "g", "")]),
        ([call(0, id="a", name="f"), call(0, id="a", name="f", arguments="1")], [("a", "f", "1")]),
        ([call(0, id="a", name="f"), call(0, id="", arguments="1")], [("a", "f", "1")]),
        ([call(0, id="a", arguments="1"), call(0, name="f"), call(0, arguments="2")], [("a", "f", "12")]),
        ([call(0, id="a", arguments="1")], [("a", "", "1")]),
        ([call(0, name="f"), call(0, id="late")], [("late", "f", "")]),
        ([call(0, id="a", name="f", arguments={"x": 1})], [("a", "f", '{"x":1}')]),
        ([call(3, id="a", name="f", arguments=None)], [("a", "f", "")]),
    ],
)
def test_calls_of_careless_servers(chunks: list[Any], calls: list[tuple[str, str, str]]) -> None:
    found = parts_of(*chunks)
    if calls[0][0] == "late":  # it was told before its id came
        assert found[0].id.startswith("call_")
    else:
        assert [(one.id, one.name, one.arguments) for one in found] == calls


def test_a_call_of_an_unknown_kind() -> None:
    chunk = delta({"tool_calls": [{"index": 0, "id": "s", "type": "shell", "shell": {"command": ["ls"]}}]})
    assert parts_of(chunk) == [Opaque(data={"id": "s", "type": "shell", "shell": {"command": ["ls"]}})]


def test_legacy_calls() -> None:
    nothing = delta({"function_call": {"name": "", "arguments": ""}})
    assert parts_of(delta({"content": "x"}), nothing) == [Text(text="x")]
    (found,) = parts_of(
        delta({"function_call": {"name": "f", "arguments": "1"}}), delta({"function_call": {"arguments": "2"}})
    )
    assert (found.name, found.arguments) == ("f", "12")


def details(*entries: dict[str, Any], **more: Any) -> dict[str, Any]:
    return delta({"reasoning_details": [{"type": "reasoning.text", **entry} for entry in entries], **more})


def test_thinking_told_in_details() -> None:
    twice = [details({"text": "ha", "index": 0}, reasoning="ha"), details({"text": "ha", "index": 0}, reasoning="ha")]
    assert parts_of(*twice) == [Reasoning(text="haha")]
    assert parts_of(details({"text": "a", "index": 0}), details({"text": "b", "index": 0})) == [Reasoning(text="ab")]
    assert parts_of(details({"text": "a", "index": 0}), details({"text": "b", "index": 1})) == [
        Reasoning(text="a"), Reasoning(text="b"),
    ]  # fmt: skip
    proven = [
        details({"text": "a", "index": 0}),
        details({"signature": "s", "index": 0}),
        details({"text": "b", "index": 0}),
    ]
    assert parts_of(*proven) == [Reasoning(text="a", signature="s"), Reasoning(text="b")]
    closing = [
        delta({"reasoning_content": "a"}),
        details({"text": "a", "signature": "s"}),
        delta({"reasoning_content": "b"}),
    ]
    assert parts_of(*closing) == [Reasoning(text="a", signature="s"), Reasoning(text="b")]
    assert parts_of(details({"signature": "s"}), details({})) == [Reasoning(signature="s")]


def test_hidden_thinking_and_late_families() -> None:
    hidden = {"type": "reasoning.encrypted", "data": "d", "format": "anthropic-claude-v1"}
    events = events_of(
        SIDE, delta({"role": "assistant"}), details({"text": "a"}), details(hidden), details({"type": "reasoning.x"})
    )
    parts = collect(events).message.parts
    assert parts == (
        Reasoning(text="a"), Reasoning(signature="d", redacted=True, extra={"format": "anthropic-claude-v1"}),
        Opaque(data={"type": "reasoning.x"}),
    )  # fmt: skip
    (first, *_) = events_of(SIDE, details({"text": "a", "format": "anthropic-claude-v1"}))
    assert isinstance(first, Started)
    assert first.origin is not None
    assert first.origin.family == "anthropic"


def test_what_stands_beside_the_content() -> None:
    page = {"type": "url_citation", "url_citation": {"url": "u", "start_index": 0, "end_index": 1}}
    early = parts_of(delta({"annotations": [page]}), delta({"content": "x"}))
    assert early[0].citations[0].url == "u"
    late = parts_of(delta({"content": "x"}), call(0, id="a", name="f"), delta({"annotations": [page]}))
    assert [type(part) for part in late] == [Text, ToolCall, Text]
    assert late[2].citations[0].url == "u"
    proof = {"extra_content": {"google": {"thought_signature": "s"}}}
    assert parts_of(delta({"content": "x"}), delta(proof)) == [Text(text="x", signature="s")]
    assert parts_of(delta(proof), call(0, id="a", name="f")) == [ToolCall(id="a", name="f", signature="s")]
    assert parts_of(delta(proof)) == [Text(text="", signature="s")]


def test_pictures_and_content_in_pieces() -> None:
    picture = {"type": "image_url", "image_url": {"url": "data:image/png;base64,AAAA"}}
    found = parts_of(delta({"content": [{"type": "text", "text": "a"}, {"type": "odd"}]}), delta({"images": [picture]}))
    assert [type(part) for part in found] == [Text, Opaque, Image]
    with pytest.raises(ProtocolError):
        parts_of(delta({"images": [{"type": "image_url", "image_url": "data:image/png;base64,A"}]}))


def test_fields_without_a_name_are_gathered() -> None:
    chunks: list[Any] = [
        {
            **delta({"content": "x", "mood": [1], "channel": "analysis"}, grade="B", token_ids=[1]),
            "provider": "p",
            "moon": None,
        },
        {**delta({"content": "y", "mood": [2], "channel": "final"}, grade="A", token_ids=[2]), "provider": "q"},
        {**delta({}, "stop"), "service_tier": "flex", "orbit": 3},
    ]
    answer = collect(events_of(SIDE, *chunks))
    assert answer.extra == {"provider": "q", "orbit": 3}
    assert answer.message.extra == {"mood": [1, 2], "channel": "final"}
    assert answer.choices[0].extra == {"grade": "A", "token_ids": [1, 2]}
    assert answer.service_tier == "flex"


def test_log_probabilities_go_with_their_text() -> None:
    token = {"token": "x", "logprob": -1.0}
    events = events_of(SIDE, delta({"content": "x"}, logprobs={"content": [token]}))
    assert events[2] == Delta(0, "x", logprobs=(TokenLogprob("x", -1.0),))
    late = collect(events_of(SIDE, delta({"content": "x"}), delta({}, logprobs={"content": [token]})))
    assert late.choices[0].logprobs == (TokenLogprob("x", -1.0),)
    lost = collect(events_of(SIDE, delta({}, logprobs={"content": [token], "refusal": [1]})))
    assert lost.choices[0].extra["logprobs"]["refusal"] == [1]


def test_several_choices_and_a_missing_one() -> None:
    second = delta({"content": "b"}, "length")
    second["choices"][0]["index"] = 2
    answer = collect(events_of(SIDE, delta({"content": "a"}, "stop"), second))
    assert [choice.message.text for choice in answer.choices] == ["a", "", "b"]
    second["choices"][0]["index"] = 5000
    with pytest.raises(ProtocolError):
        events_of(SIDE, second)


@pytest.mark.parametrize(
    ("data", "kind"),
    [
        (b'{"error":{"message":"x","type":"server_error"}}', ServerError),
        (b'{"error":{"message":"x","status_code":400},"choices":[]}', InvalidRequestError),
        (b'{"object":"error","message":"x","code":400}', InvalidRequestError),
        (b'{"choices":[{"delta":{"content":3}}]}', ProtocolError),
        (b'"x"', ProtocolError),
        (b"{", ProtocolError),
        (b"[DONE]", ProtocolError),
    ],
)
def test_errors_inside_a_stream(data: bytes, kind: type[Exception]) -> None:
    with pytest.raises(kind):
        SIDE.stream_decoder().feed(Frame(data))


def test_an_error_event() -> None:
    with pytest.raises(ServerError):
        SIDE.stream_decoder().feed(Frame(b'{"message":"x"}', event="error"))


def test_only_done_ends_a_stream_unless_the_server_leaves_it_out() -> None:
    chunks = [delta({"content": "x"}), delta({}, "stop")]
    strict, lenient = SIDE.stream_decoder(), provider_side(done_optional=True).stream_decoder()
    for chunk in chunks:
        strict.feed(frame(chunk))
        lenient.feed(frame(chunk))
    with pytest.raises(StreamTruncatedError):
        strict.end()
    assert isinstance(lenient.end()[-1], Finished)
    unfinished = provider_side(done_optional=True).stream_decoder()
    unfinished.feed(frame(chunks[0]))
    with pytest.raises(StreamTruncatedError):
        unfinished.end()


def test_usage_from_the_last_place_that_tells_it() -> None:
    def usage(**counts: int) -> dict[str, Any]:
        return {"choices": [], "usage": {"prompt_tokens": 1, "completion_tokens": 2, **counts}}

    finished = events_of(SIDE, {**delta({"content": "x"}), "usage": {"prompt_tokens": 9}}, usage())[-1]
    assert isinstance(finished, Finished)
    assert finished.usage is not None
    assert (finished.usage.input, finished.usage.output) == (1, 2)
    apart = events_of(SIDE, delta({"content": "x"}), {**delta({}, "stop"), "x_acme": {"usage": {"prompt_tokens": 4}}})[
        -1
    ]
    assert isinstance(apart, Finished)
    assert apart.usage is not None
    assert apart.usage.input == 4
