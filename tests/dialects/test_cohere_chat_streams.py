"""Streams in Cohere's format, read event by event."""

import json
from typing import Any

import pytest

from pontage.domain import (
    Citation,
    Delta,
    Finished,
    Opaque,
    PartEnded,
    PartStarted,
    Reasoning,
    Started,
    Text,
    ToolCall,
    collect,
)
from pontage.errors import ProtocolError, ServerError, StreamTruncatedError, UpstreamTimeoutError
from pontage.streaming.framing import Frame
from tests.dialects.cohere_chat import OWN, SIDE, events_of

START = {"type": "message-start", "id": "a", "delta": {"message": {"role": "assistant"}}}
END = {"type": "message-end", "delta": {"finish_reason": "COMPLETE"}}


def content(index: int, **piece: Any) -> dict[str, Any]:
    kind = "content-start" if "type" in piece else "content-delta"
    return {"type": kind, "index": index, "delta": {"message": {"content": piece}}}


def ended(index: int) -> dict[str, Any]:
    return {"type": "content-end", "index": index}


def call(index: int, kind: str = "start", **piece: Any) -> dict[str, Any]:
    return {"type": f"tool-call-{kind}", "index": index, "delta": {"message": {"tool_calls": piece}}}


def plan(text: str) -> dict[str, Any]:
    return {"type": "tool-plan-delta", "delta": {"message": {"tool_plan": text}}}


def citation(**fields: Any) -> dict[str, Any]:
    return {"type": "citation-start", "index": 0, "delta": {"message": {"citations": fields}}}


def test_a_text_ends_when_something_else_begins() -> None:
    events = events_of(START, content(0, type="text", text=""), content(0, text="Vik."), ended(0))
    assert events == [Started(id="a", model="", origin=OWN), PartStarted(0, Text(text="")), Delta(0, "Vik.")]
    events = events_of(
        START,
        content(0, type="text", text="Vi"),
        content(0, text="k."),
        ended(0),
        citation(start=0, end=3, text="Vik"),
        {"type": "citation-end", "index": 0},
        content(1, type="thinking", thinking=""),
    )
    assert events[2:] == [
        Delta(0, "Vi"),
        Delta(0, "k."),
        PartEnded(0, Text(text="Vik.", citations=(Citation(start=0, end=3),))),
        PartStarted(1, Reasoning()),
    ]


def test_a_citation_that_comes_too_late_stays_beside() -> None:
    late = {"start": 0, "end": 1, "content_index": 0, "text": "a"}
    answer = collect(
        events_of(
            START,
            content(0, type="text"),
            content(0, text="a"),
            ended(0),
            plan("Ask."),
            plan(""),
            citation(**late),
            END,
        )
    )
    assert answer.message.parts == (Text(text="a"), Reasoning(text="Ask.", extra={"tool_plan": {}}))
    assert answer.message.extra == {"citations": [late]}


def test_a_plan_has_neither_start_nor_end_of_its_own() -> None:
    function = {"name": "t", "arguments": ""}
    events = events_of(START, plan(""), plan("I"), plan(" ask."), call(0, id="c", type="function", function=function))
    marked = {"tool_plan": {}}
    assert events[1:] == [
        PartStarted(0, Reasoning(extra=marked)),
        Delta(0, "I"),
        Delta(0, " ask."),
        PartEnded(0, Reasoning(text="I ask.", extra=marked)),
        PartStarted(1, ToolCall(id="c", name="t")),
    ]


def test_calls_may_grow_side_by_side() -> None:
    wires = [call(index, id=f"c{index}", function={"name": "t", "arguments": "{"}) for index in (0, 1)]
    wires += [call(index, "delta", function={"arguments": "}"}) for index in (1, 0)]
    wires += [call(1, "delta"), call(7, "delta", function={"arguments": "x"}), {"type": "tool-call-end", "index": 9}]
    answer = collect(events_of(START, *wires, {"type": "tool-call-end", "index": 0}, END))
    assert answer.message.parts == tuple(ToolCall(id=f"c{index}", name="t", arguments="{}") for index in (0, 1))


def test_what_is_unknown_is_kept_where_it_says_something() -> None:
    events = events_of(
        {**START, "fog": 1, "delta": {"message": {"role": "assistant", "watch": 2}}},
        {"type": "gull"},
        content(0, type="sonar", echo="pi"),
        content(0, echo="ng", depth=3),
        content(0, text="x"),
        ended(0),
        content(1, thinking="", type=None),
        content(1, thinking="Hm", tone="low"),
        ended(1),
        call(0, id="s", type="semaphore"),
        {**END, "swell": 1, "delta": {"finish_reason": "COMPLETE", "wind": 2}},
    )
    answer = collect(events)
    assert answer.extra == {"fog": 1, "message": {"watch": 2}, "swell": 1, "wind": 2}
    assert answer.message.parts == (
        Opaque(data={"type": "sonar", "echo": "ping", "depth": 3, "text": "x"}),
        Reasoning(text="Hm", extra={"tone": "low"}),
    )
    assert answer.message.extra == {"tool_calls": [{"id": "s", "type": "semaphore"}]}
    assert events[3] == PartStarted(1, Reasoning())


def test_parts_that_are_open_at_the_end_are_told() -> None:
    events = events_of(START, content(0, type="text"), content(0, text="a"), END)
    assert isinstance(events[-1], Finished)
    assert events[-2] == PartEnded(0, Text(text="a"))


@pytest.mark.parametrize(
    "wires",
    [
        [END],
        [content(0, type="text")],
        [plan("Ask.")],
        [call(0, id="c", function={"name": "t"})],
        [START, START],
        [START, content(0, text="a")],
        [START, content(0, type="text"), content(0, type="text")],
        [START, call(0, id="c", function={"name": "t"}), call(0, id="d", function={"name": "t"})],
        [START, {"type": "content-delta", "index": 0}],
        [3],
    ],
)
def test_a_stream_out_of_turn_breaks_its_protocol(wires: list[Any]) -> None:
    with pytest.raises(ProtocolError):
        events_of(*wires)


@pytest.mark.parametrize(
    ("wire", "kind"),
    [
        ({"type": "message-end", "delta": {"finish_reason": "ERROR", "error": "aground"}}, ServerError),
        ({"type": "message-end", "delta": {"finish_reason": "TIMEOUT", "error": "aground"}}, UpstreamTimeoutError),
        ({"type": "message-end", "delta": {"error": {"odd": "aground"}}}, ServerError),
        ({"message": "aground", "id": "e"}, ServerError),
    ],
)
def test_an_error_in_the_stream_is_raised(wire: Any, kind: Any) -> None:
    for feed in (SIDE.stream_decoder().feed, SIDE.stream_tap(b"{}").feed):
        feed(Frame(json.dumps(START).encode()))
        with pytest.raises(kind) as caught:
            feed(Frame(json.dumps(wire).encode()))
        assert type(caught.value) is kind
        assert caught.value.upstream_status == 200


def test_a_key_in_an_error_is_masked() -> None:
    with pytest.raises(ServerError) as caught:
        events_of(START, {"type": "message-end", "delta": {"error": "bad key sk-abcdefgh1234", "code": "PTG-1505"}})
    assert "abcdefgh" not in caught.value.message
    assert caught.value.upstream_code == "PTG-1505"


def test_only_its_own_end_makes_a_stream_whole() -> None:
    decoder, tap = SIDE.stream_decoder(), SIDE.stream_tap(b"{}")
    for machine in (decoder, tap):
        machine.feed(Frame(json.dumps(START).encode()))
        machine.feed(Frame(b"[DONE]"))
        with pytest.raises(StreamTruncatedError):
            machine.end()
        machine.feed(Frame(json.dumps(END).encode()))
        assert not machine.end()
        assert not machine.feed(Frame(b"[DONE]"))


def test_a_tap_sees_the_first_content() -> None:
    for wires, seen in (
        ([START, content(0, type="text", text=""), content(0, text=""), plan("")], False),
        ([START, content(0, type="text", text="a")], True),
        ([START, content(0, type="thinking"), content(0, thinking="a")], True),
        ([START, plan("a")], True),
        ([START, call(0, id="c", function={"name": "t"})], True),
        ([START, {"type": "gull"}], False),
    ):
        tap = SIDE.stream_tap(b"{}")
        for wire in wires:
            raw = json.dumps(wire).encode()
            assert tap.feed(Frame(raw, raw=raw)) == raw
        assert tap.content == seen
