"""Streams of Ollama: read line by line, forwarded under a tap, and written for its clients."""

import json
from typing import Any

import pytest

from pontage.domain import (
    Delta,
    Ending,
    Finished,
    Image,
    Inline,
    PartEnded,
    PartStarted,
    Reasoning,
    Refusal,
    Started,
    Stop,
    Text,
    TokenLogprob,
    TokenUsage,
    ToolCall,
    collect,
)
from pontage.domain.parts import Citation
from pontage.errors import OverloadedError, ProtocolError, ServerError, StreamTruncatedError
from pontage.streaming.framing import Frame
from tests.dialects.ollama_chat import (
    CLIENT,
    LAST,
    OTHER,
    OWN,
    PNG,
    SIDE,
    collected,
    decode,
    line,
    piece,
    stream,
)

CALL = {"id": "c1", "function": {"name": "look", "arguments": {"at": "sea"}}}
CALLED = ToolCall(id="c1", name="look", arguments='{"at": "sea"}')


def grown(index: int, part: Any, *texts: str) -> list[Any]:
    begun = type(part)(text="") if hasattr(part, "text") else ToolCall(id=part.id, name=part.name)
    return [PartStarted(index, begun), *(Delta(index, text) for text in texts), PartEnded(index, part)]


def test_a_stream_is_read_part_by_part() -> None:
    events = decode(piece(thinking="Hm"), piece(thinking="."), piece(content="So"), piece(tool_calls=[CALL]), LAST)
    assert isinstance(events[0], Started)
    assert events[1:-1] == [
        PartStarted(0, Reasoning()),
        Delta(0, "Hm"),
        Delta(0, "."),
        PartEnded(0, Reasoning(text="Hm.")),
        PartStarted(1, Text(text="")),
        Delta(1, "So"),
        PartEnded(1, Text(text="So")),
        PartStarted(2, ToolCall(id="c1", name="look")),
        Delta(2, '{"at": "sea"}'),
        PartEnded(2, CALLED),
    ]
    assert events[-1] == Finished(
        endings=(Ending(stop=Stop("tool_calls", raw="stop")),), usage=TokenUsage(output=3, raw={"eval_count": 3})
    )


def test_the_order_of_parts_is_the_order_of_lines() -> None:
    lines = [piece(content="One."), piece(thinking="Then."), piece(tool_calls=[CALL]), piece(content="Two.")]
    found = collect(decode(*lines, piece(images=[PNG]), LAST)).message.parts
    assert [type(part) for part in found] == [Text, Reasoning, ToolCall, Text, Image]


def test_what_a_line_tells_at_once_is_taken_in_the_order_of_a_whole_answer() -> None:
    found = collect(decode(piece(thinking="Hm.", content="So.", images=[PNG], tool_calls=[CALL]), LAST)).message.parts
    assert [type(part) for part in found] == [Reasoning, Image, Text, ToolCall]


def test_fields_without_a_name_are_kept_where_they_stand() -> None:
    first = line(message={"content": "x"}, done=False, remote_model="far", odd=1)
    again = line(message={"content": "y", "mood": "calm"}, done=False, remote_model="far", odd=1, late=[2])
    events = decode(first, again, line(message={}, done=True, odd=2, total_duration=9))
    begun, ended = events[0], events[-1]
    assert isinstance(begun, Started)
    assert isinstance(ended, Finished)
    assert begun.extra == {"remote_model": "far", "odd": 1}
    assert ended.extra == {"odd": 2, "late": [2], "total_duration": 9}
    assert ended.endings[0].message_extra == {"mood": "calm"}


def test_logprobs_go_with_the_text_of_their_line() -> None:
    told = [{"token": "x", "logprob": -1}]
    lines = [
        line(message={"content": ""}, done=False, logprobs=told),
        line(message={"content": "x"}, done=False, logprobs=told),
        line(message={"content": ""}, done=True, logprobs=told),
    ]
    deltas = [event for event in decode(*lines) if isinstance(event, Delta)]
    one = TokenLogprob("x", -1.0)
    assert [(delta.text, delta.logprobs) for delta in deltas] == [("x", (one, one)), ("", (one,))]


def tapped(frames: list[Frame]) -> None:
    tap = SIDE.stream_tap(b"")
    for frame in frames:
        tap.feed(frame)
    tap.end()


def test_a_stream_that_fails() -> None:
    for frames, error in (
        ([piece(content="x"), Frame(b'{"error":"gone"}')], ServerError),
        ([Frame(b'{"error":"gone"}')], ServerError),
        ([Frame(b"{")], ProtocolError),
        ([Frame(b"[]")], ProtocolError),
        ([Frame(b'{"message":3}')], ProtocolError),
        ([piece(content="x")], StreamTruncatedError),
        ([], StreamTruncatedError),
    ):
        with pytest.raises(error):
            decode(*frames)
        with pytest.raises(error):
            tapped(frames)


def test_what_follows_the_end_is_not_read() -> None:
    assert decode(LAST, Frame(b"{"))[-1] == decode(LAST)[-1]
    tap = SIDE.stream_tap(b"")
    assert [tap.feed(frame) for frame in (LAST, Frame(b"{", "", b"{"))] == [b"raw", b"{"]


def test_the_tap_sees_the_first_content_and_the_end() -> None:
    tap = SIDE.stream_tap(b"")
    seen: list[Any] = []
    odd = piece(tool_calls=[{"function": {"name": "f", "arguments": {"done": False}}}])
    spaced = Frame(b'{"message": {"content": "x"}, "done": true, "eval_count": 2}', "", b"raw")
    for frame in (piece(), piece(content="x"), Frame(b'{"message":{"content":"y"},"done":false}'), odd, spaced):
        tap.feed(frame)
        seen.append((tap.content, tap.finished))
    assert seen == [(False, False), (True, False), (True, False), (True, False), (True, True)]
    assert tap.usage == TokenUsage(output=2, raw={"eval_count": 2})
    assert tap.end() == b""


@pytest.mark.parametrize("message", [{"thinking": "x"}, {"images": [PNG]}, {"tool_calls": [CALL]}])
def test_everything_said_is_content(message: Any) -> None:
    tap = SIDE.stream_tap(b"")
    tap.feed(piece(**message))
    assert tap.content


def test_a_stream_for_a_client() -> None:
    events = [
        *grown(0, Reasoning(text="Hm."), "Hm."),
        *grown(1, Text(text="Ja, so."), "Ja, ", "so."),
        *grown(2, CALLED),
    ]
    lines, notes = stream(events, stop="tool_calls", usage=TokenUsage(input=1, output=2))
    assert [one["message"] for one in lines] == [
        {"role": "assistant", "content": ""},
        {"role": "assistant", "content": "", "thinking": "Hm."},
        {"role": "assistant", "content": "Ja, "},
        {"role": "assistant", "content": "so."},
        {
            "role": "assistant",
            "content": "",
            "tool_calls": [{"id": "c1", "function": {"name": "look", "arguments": {"at": "sea"}, "index": 0}}],
        },
        {"role": "assistant", "content": ""},
    ]
    assert [one["done"] for one in lines] == [False] * 5 + [True]
    assert lines[-1] == {**lines[-1], "done_reason": "stop", "prompt_eval_count": 1, "eval_count": 2}
    assert notes == []


def test_parts_that_grow_side_by_side_are_told_one_after_the_other() -> None:
    second = ToolCall(id="c2", name="look", arguments="{}")
    events = [
        PartStarted(0, Text(text="")),
        PartStarted(1, Text(text="")),
        Delta(1, "two"),
        Delta(0, "one "),
        PartStarted(2, ToolCall(id="c1", name="look")),
        PartStarted(3, ToolCall(id="c2", name="look")),
        PartEnded(3, second),
        PartEnded(2, CALLED),
        PartEnded(1, Text(text="two")),
        Delta(0, "and "),
        PartEnded(0, Text(text="one and ")),
    ]
    lines, _ = stream(events, stop="tool_calls")
    assert collected(lines).message.parts == (Text(text="one and two"), CALLED, second)


def test_what_is_still_open_at_the_end_is_told() -> None:
    lines, _ = stream([PartStarted(0, Text(text="")), PartStarted(1, Text(text="")), Delta(1, "b"), Delta(0, "a")])
    assert collected(lines).text == "ab"


def test_a_part_told_without_a_beginning() -> None:
    events = [PartEnded(0, Text(text="x")), PartEnded(1, Image(source=Inline("image/png", PNG)))]
    lines, notes = stream(events)
    assert [type(part) for part in collected(lines).message.parts] == [Text, Image]
    assert notes == []


def test_what_a_part_loses_is_noted_when_it_ends() -> None:
    cited = Text(text="x", citations=(Citation(url="u"),), signature="s")
    events = [
        *grown(0, Reasoning(text="a", signature="s"), "a"),
        *grown(1, Reasoning(text="b"), "b"),
        PartStarted(2, Reasoning(redacted=True, signature="s")),
        PartEnded(2, Reasoning(redacted=True, signature="s")),
        *grown(3, cited, "x"),
        *grown(4, Refusal(text="No."), "No."),
    ]
    lines, notes = stream(events)
    told = collected(lines)
    assert told.message.parts == (Reasoning(text="ab"), Text(text="xNo."))
    where = "choices[0].message.parts"
    assert notes == [
        ("dropped", f"{where}[0].signature"), ("approximated", f"{where}[0]"), ("approximated", f"{where}[1]"),
        ("dropped", f"{where}[2]"), ("dropped", f"{where}[3].citations"), ("dropped", f"{where}[3].signature"),
        ("approximated", f"{where}[4]"), ("approximated", f"{where}[3]"),
    ]  # fmt: skip


def test_more_than_one_answer_and_fields_of_others() -> None:
    encoder = CLIENT.stream_encoder(None)
    endings = tuple(Ending(stop=Stop("stop"), extra={"a": 1}, message_extra={"b": 2}) for _ in range(2))
    for event in (
        Started(id="", model="m", origin=OTHER, service_tier="flex", extra={"c": 3}, usage=TokenUsage(input=4)),
        PartStarted(0, Text(text=""), 1),
        Delta(0, "x", 1),
        Finished(endings=endings, extra={"d": 4}, service_tier="flex"),
    ):
        data = encoder.feed(event)
    assert json.loads(data)["prompt_eval_count"] == 4
    assert [(note.kind, note.where) for note in encoder.notes() if note.where != "id"] == [
        ("dropped", "c"), ("dropped", "service_tier"), ("dropped", "choices[1]"), ("dropped", "choices[0].a"),
        ("dropped", "choices[0].message.b"), ("dropped", "d"),
    ]  # fmt: skip


def test_logprobs_for_a_client() -> None:
    events = [PartStarted(0, Text(text="")), Delta(0, "", 0, (TokenLogprob("x", -1.0),)), Delta(0, ""), Delta(9, "?")]
    lines, _ = stream(events, origin=OWN)
    assert [one.get("logprobs") for one in lines] == [None, [{"token": "x", "logprob": -1.0}], None]


def test_no_line_looks_like_several() -> None:
    text = "a\u2028b\u2029c\u0085d\ne"
    encoder = CLIENT.stream_encoder(None)
    events = [Started(id="", model="m"), *grown(0, Text(text=text), text), Finished(endings=())]
    data = b"".join([encoder.feed(event) for event in events])
    lines = data.decode().splitlines()
    assert len(lines) == 3
    assert json.loads(lines[1])["message"]["content"] == text
    assert len(encoder.fail(OverloadedError(text)).decode().splitlines()) == 1


def test_a_sign_of_life_and_a_failure() -> None:
    encoder = CLIENT.stream_encoder(None)
    sent = encoder.feed(Started(id="", model="m")) + encoder.keep_alive() * 3 + encoder.fail(OverloadedError("Busy."))
    first, second = sent.decode().splitlines()
    assert json.loads(first)["done"] is False
    assert json.loads(second) == {"error": "Busy. (PTG-1506)", "code": "PTG-1506"}
    with pytest.raises(ServerError):
        decode(*SIDE.framing().feed(sent))
