"""Streams of a provider, read, and tapped."""

import json
from typing import Any

import pytest

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
    Text,
    ToolCall,
    collect,
)
from pontage.errors import ProtocolError, StreamTruncatedError
from pontage.streaming.framing import Frame
from tests.dialects.openai_responses import SIDE, events_of, frame, frames, named, sample

CREATED: Any = {"type": "created", "response": {"id": "resp_1", "model": "g", "created_at": 7.0, "output": []}}
DONE: Any = {"type": "completed", "response": {"id": "resp_1", "model": "g", "status": "completed", "output": []}}


def added(item: Any, index: int = 0) -> Any:
    return {"type": "output_item.added", "output_index": index, "item": item}


def done(item: Any, index: int = 0) -> Any:
    return {"type": "output_item.done", "output_index": index, "item": item}


def message(*content: Any, **fields: Any) -> Any:
    return {"type": "message", "id": "msg_1", "role": "assistant", "content": content, **fields}


def said(text: str) -> Any:
    return {"type": "output_text", "text": text, "annotations": [], "logprobs": []}


def test_text_grows_and_ends_with_its_item() -> None:
    events = events_of(
        CREATED,
        {"type": "in_progress", "response": CREATED["response"]},
        added(message(status="in_progress", phase="final_answer")),
        {"type": "content_part.added", "output_index": 0, "content_index": 0, "part": said("")},
        {"type": "output_text.delta", "output_index": 0, "content_index": 0, "delta": "A", "obfuscation": "zz"},
        {"type": "output_text.delta", "output_index": 0, "content_index": 0, "delta": "hoy"},
        {"type": "output_text.done", "output_index": 0, "content_index": 0, "text": "Ahoy"},
        done(message(said("Ahoy"), status="completed", phase="final_answer")),
        DONE,
    )
    extra = {"item": {"id": "msg_1", "phase": "final_answer"}}
    start, *rest, finish = events
    assert isinstance(start, Started)
    assert (start.id, start.model, start.created) == ("resp_1", "g", 7)
    assert rest == [
        PartStarted(0, Text(text="", extra=extra)), Delta(0, "A"), Delta(0, "hoy"),
        PartEnded(0, Text(text="Ahoy", extra=extra)),
    ]  # fmt: skip
    assert isinstance(finish, Finished)
    assert (finish.stop.reason, finish.stop.raw) == ("stop", "completed")


def test_what_was_not_streamed_is_told_at_the_end() -> None:
    events = events_of(
        CREATED,
        added({"type": "function_call", "call_id": "a", "name": "f", "arguments": "", "status": "in_progress"}),
        done({"type": "function_call", "call_id": "a", "name": "f", "arguments": '{"x":1}', "status": "completed"}),
        done(message(said("Late"), {"type": "refusal", "refusal": "No."}), 1),
        DONE,
    )
    assert events[1:-1] == [
        PartStarted(0, ToolCall(id="a", name="f")), Delta(0, '{"x":1}'),
        PartEnded(0, ToolCall(id="a", name="f", arguments='{"x":1}')),
        PartStarted(1, Text(text="", extra={"item": {"id": "msg_1"}})),
        PartStarted(2, Refusal(text="", extra={"item": {"id": "msg_1"}})),
        Delta(1, "Late"), PartEnded(1, Text(text="Late", extra={"item": {"id": "msg_1"}})),
        Delta(2, "No."), PartEnded(2, Refusal(text="No.", extra={"item": {"id": "msg_1"}})),
    ]  # fmt: skip
    assert events[-1].stop.reason == "tool_calls"  # type: ignore[union-attr]  # it is Finished


def test_deltas_without_their_content_begin_it() -> None:
    events = events_of(
        CREATED, added(message()), {"type": "output_text.delta", "delta": "A"},
        {"type": "refusal.delta", "content_index": 1, "delta": "B"}, DONE,
    )  # fmt: skip
    ends = [event.part for event in events if isinstance(event, PartEnded)]
    extra = {"item": {"id": "msg_1"}}
    assert ends == [Text(text="A", extra=extra), Refusal(text="B", extra=extra)]


def test_what_was_streamed_is_not_taken_back() -> None:
    events = events_of(
        CREATED, added(message()), {"type": "output_text.delta", "delta": "A"}, done(message(said("B"))),
        added({"type": "function_call", "call_id": "a", "name": "f"}, 1),
        {"type": "function_call_arguments.delta", "output_index": 1, "delta": "{}"},
        done({"type": "foghorn_call"}, 1), DONE,
    )  # fmt: skip
    ends = [event.part for event in events if isinstance(event, PartEnded)]
    assert ends == [Text(text="A", extra={"item": {"id": "msg_1"}}), ToolCall(id="a", name="f", arguments="{}")]


def test_pieces_of_thinking_are_one_text_and_the_first_kind_grows() -> None:
    def grows(kind: str, text: str, **place: int) -> Any:
        return {"type": f"reasoning_{kind}.delta", "delta": text, **place}

    events = events_of(
        CREATED,
        added({"type": "reasoning", "id": "rs_1", "summary": [], "status": "in_progress"}),
        grows("summary_text", "A", summary_index=0),
        grows("summary_text", "", summary_index=1),
        grows("summary_text", "B", summary_index=1),
        grows("text", "raw", content_index=0),
        done({"type": "reasoning", "id": "rs_1", "encrypted_content": "enc",
              "summary": [{"type": "summary_text", "text": "A"}, {"type": "summary_text", "text": "B"}]}),
        DONE,
    )  # fmt: skip
    extra = {"item": {"id": "rs_1"}}
    assert events[1:-1] == [
        PartStarted(0, Reasoning(extra=extra)), Delta(0, "A"), Delta(0, "\n\n"), Delta(0, "B"),
        PartEnded(0, Reasoning(text="A\n\nB", signature="enc", extra=extra)),
    ]  # fmt: skip


def test_thinking_that_never_ended_is_what_there_is() -> None:
    events = events_of(
        CREATED, added({"type": "reasoning", "summary": []}), {"type": "reasoning_text.delta", "delta": "A"},
        added({"type": "reasoning", "summary": []}, 1), DONE,
    )  # fmt: skip
    ends = [event.part for event in events if isinstance(event, PartEnded)]
    assert ends == [Reasoning(text="A", extra={"type": "reasoning_text"}), Reasoning()]


def test_items_that_do_not_grow_are_told_whole() -> None:
    picture = {"type": "image_generation_call", "id": "ig_1", "status": "completed", "result": "AAAA"}
    events = events_of(
        CREATED,
        added({**picture, "result": None, "status": "in_progress"}),
        added({"type": "foghorn_call", "id": "fh"}, 1),
        {"type": "output_text.delta", "output_index": 0, "delta": "?"},
        {"type": "refusal.delta", "output_index": 1, "delta": "?"},
        {"type": "function_call_arguments.delta", "output_index": 1, "delta": "?"},
        {"type": "reasoning_text.delta", "output_index": 1, "delta": "?"},
        {"type": "content_part.added", "output_index": 1, "part": said("")},
        done({"type": "foghorn_call", "id": "fh", "blasts": 2}, 1),
        done(picture),
        DONE,
    )
    assert [event.index for event in events if isinstance(event, PartEnded)] == [1, 0]
    first, second = collect(events).message.parts
    assert isinstance(first, Image)
    assert second == Opaque(data={"type": "foghorn_call", "id": "fh", "blasts": 2})
    cut = events_of(CREATED, added({"type": "foghorn_call", "id": "fh"}), DONE)
    assert collect(cut).message.parts == ()


def test_the_whole_answer_at_the_end_fills_what_was_not_told() -> None:
    answer = collect(_read("end_only"))
    assert answer.text == "All at once."
    late = {"type": "completed", "response": {**DONE["response"], "output": [message(said("x")), message(said("y"))]}}
    events = events_of(done(message(said("x"))), late)
    assert [part.text for part in collect(events).message.parts] == ["x", "y"]  # type: ignore[union-attr]  # texts
    assert isinstance(events[0], Started)
    assert isinstance(events_of(late)[0], Started)


def _read(case: str) -> Any:
    decoder = SIDE.stream_decoder()
    return [event for one in frames(sample(f"{case}.sse")) for event in decoder.feed(one)]


@pytest.mark.parametrize(
    "events",
    [
        ({"type": "output_text.delta", "delta": "x"},),
        (added(message()), added(message())),
        (done(message(said("x"))), added(message())),
        (added(message()), {"type": "content_part.added", "part": {"type": "input_image"}}),
        (added({"type": "function_call"}),),
        (added(3),),
        ({"type": "output_item.added"},),
    ],
)
def test_events_out_of_turn_are_the_providers_fault(events: Any) -> None:
    with pytest.raises(ProtocolError):
        events_of(CREATED, *events)


def test_events_that_say_nothing_new_are_skipped() -> None:
    assert events_of(CREATED, {"type": "response.foghorn.blown", "blasts": 2}, CREATED)[1:] == []
    decoder = SIDE.stream_decoder()
    assert [decoder.feed(frame(named(event))) for event in (CREATED, DONE)][1] != []
    assert decoder.feed(frame(named(CREATED))) == decoder.feed(Frame(b"[DONE]")) == decoder.end() == []


def test_a_stream_without_its_end_is_truncated() -> None:
    decoder, tap = SIDE.stream_decoder(), SIDE.stream_tap(b"{}")
    for machine in (decoder, tap):
        machine.feed(frame(named(CREATED)))
        with pytest.raises(StreamTruncatedError):
            machine.end()


@pytest.mark.parametrize(
    ("event", "content"),
    [
        (CREATED, False),
        (added(message()), False),
        (added({"type": "reasoning", "summary": []}), False),
        (added({"type": "function_call", "name": "f", "call_id": "a"}), True),
        (added({"type": "foghorn_call"}), True),
        (done({"type": "reasoning", "summary": []}), False),
        (done(message(said("x"))), True),
        ({"type": "output_text.delta", "delta": ""}, False),
        ({"type": "output_text.delta", "delta": "x"}, True),
        ({"type": "refusal.delta", "delta": "x"}, True),
        ({"type": "reasoning_summary_text.delta", "delta": "x"}, True),
        ({"type": "custom_tool_call_input.delta", "delta": "x"}, True),
        ({"type": "response.foghorn.blown"}, False),
    ],
)
def test_the_tap_knows_content(event: Any, content: bool) -> None:
    tap = SIDE.stream_tap(b"{}")
    one = frame(named(event))
    assert tap.feed(one) == one.raw
    assert tap.content is content
    assert not tap.finished


def test_the_tap_looks_no_further_than_it_must() -> None:
    tap = SIDE.stream_tap(b"{}")
    for one in frames(sample("text.sse")):
        assert tap.feed(one) == one.raw
    assert tap.finished
    assert tap.usage is not None
    assert (tap.usage.input, tap.usage.output) == (40, 12)
    behind = Frame(b"{", raw=b"data: {\n\n")
    assert tap.feed(behind) == behind.raw
    assert tap.end() == b""
    open_tap = SIDE.stream_tap(b"{}")
    open_tap.feed(frame(named({"type": "output_text.delta", "delta": "x"})))
    assert open_tap.feed(behind) == behind.raw  # not read: it does not look like an end
    assert open_tap.feed(Frame(b"[DONE]", raw=b"data: [DONE]\n\n")) == b"data: [DONE]\n\n"
    quoting = frame(named({"type": "output_text.delta", "delta": '"error"'}))
    assert open_tap.feed(quoting) == quoting.raw
    assert json.loads(quoting.data)["delta"] == '"error"'
