"""Streams for a client, written: the lifecycle of every item, and orders of events that other formats have."""

import json
from typing import Any

from pontage.domain import (
    Citation,
    Delta,
    Ending,
    Finished,
    Image,
    Inline,
    Link,
    Opaque,
    PartEnded,
    PartStarted,
    Reasoning,
    Refusal,
    Started,
    Stop,
    StreamEvent,
    Text,
    TokenLogprob,
    TokenUsage,
    ToolCall,
    collect,
)
from tests.dialects.openai_responses import CLAUDE, CLIENT, SIDE, asking, frame, frames, sample, streamed, told

START = Started(id="r", model="m", origin=CLAUDE)
END = Finished(endings=(Ending(stop=Stop("stop")),))
CALLED = Finished(endings=(Ending(stop=Stop("tool_calls")),))


def kinds(events: list[Any]) -> list[str]:
    return [event["type"].removeprefix("response.") for event in events]


def output(events: list[Any]) -> list[Any]:
    return events[-1]["response"]["output"]


def part(index: int, whole: Any, begun: Any, *texts: str) -> list[StreamEvent]:
    return [PartStarted(index, begun), *(Delta(index, text) for text in texts), PartEnded(index, whole)]


def test_a_text_is_told_as_the_vendor_tells_it() -> None:
    cited = Text(text="Ahoy", citations=(Citation(start=0, end=4, url="https://x", title="X"),))
    usage = TokenUsage(input=3, output=2)
    events, notes = streamed(
        [START, *part(0, cited, Text(text=""), "Ah", "oy"), Finished(endings=END.endings, usage=usage)]
    )
    assert notes == ()
    assert kinds(events) == [
        "created", "in_progress", "output_item.added", "content_part.added", "output_text.delta", "output_text.delta",
        "output_text.annotation.added", "output_text.done", "content_part.done", "output_item.done", "completed",
    ]  # fmt: skip
    assert [event["sequence_number"] for event in events] == list(range(len(events)))
    assert events[2]["item"] == {**output(events)[0], "status": "in_progress", "content": []}
    assert {event.get("item_id", output(events)[0]["id"]) for event in events} == {output(events)[0]["id"]}
    assert (events[0]["response"]["status"], events[-1]["response"]["status"]) == ("in_progress", "completed")
    assert events[-1]["response"]["usage"]["total_tokens"] == 5


def test_calls_side_by_side_keep_their_places() -> None:
    one, two = ToolCall(id="a", name="f"), ToolCall(id="b", name="g", kind="custom")
    events, notes = streamed(
        [START, PartStarted(0, one), PartStarted(1, two), Delta(1, "x"), Delta(0, "{"), Delta(0, "}"),
         PartEnded(1, ToolCall(id="b", name="g", arguments="xy", kind="custom")),
         PartEnded(0, ToolCall(id="a", name="f", arguments="{}")), CALLED]
    )  # fmt: skip
    assert notes == ()
    assert [(item["type"], item.get("arguments", item.get("input"))) for item in output(events)] == [
        ("function_call", "{}"), ("custom_tool_call", "xy"),
    ]  # fmt: skip
    assert kinds(events)[4:9] == [
        "custom_tool_call_input.delta", "function_call_arguments.delta", "function_call_arguments.delta",
        "custom_tool_call_input.delta", "custom_tool_call_input.done",
    ]  # fmt: skip


def test_adjacent_texts_from_elsewhere_share_a_message_and_others_part_them() -> None:
    thought = Reasoning(text="hm", signature="s")
    events, notes = streamed(
        [START, *part(0, Text(text="a"), Text(text=""), "a"), *part(1, Refusal(text="b"), Refusal(text=""), "b"),
         *part(2, thought, Reasoning(), "hm"), *part(3, Text(text="c"), Text(text=""), "c"), END]
    )  # fmt: skip
    assert [len(item.get("content", ())) for item in output(events)] == [2, 0, 1]
    assert output(events)[1]["encrypted_content"] == "pontage:anthropic:s"
    assert told(notes) == [("approximated", "choices[0].stop.reason")]


def test_a_text_may_stay_open_while_calls_begin() -> None:
    events, _ = streamed(
        [START, PartStarted(0, Text(text="")), Delta(0, "a"), PartStarted(1, ToolCall(id="x", name="f")), Delta(0, "b"),
         PartEnded(1, ToolCall(id="x", name="f")), PartEnded(0, Text(text="ab")),
         *part(2, Text(text="c"), Text(text=""), "c"), CALLED]
    )  # fmt: skip
    assert [item["type"] for item in output(events)] == ["message", "function_call", "message"]
    assert output(events)[0]["content"][0]["text"] == "ab"


def test_parts_without_a_start_or_without_an_end() -> None:
    events, notes = streamed(
        [PartEnded(0, Text(text="whole")), PartEnded(1, Image(source=Inline("image/png", "AAAA"))),
         PartEnded(2, Image(source=Link("https://x"))),
         PartStarted(3, Text(text="")), Delta(3, "cut"), PartStarted(4, ToolCall(id="x", name="f")), Delta(4, "{}"),
         PartStarted(5, Reasoning()), Delta(5, ""), PartStarted(6, Opaque(data={"type": "odd"})), Delta(9, "?"), CALLED]
    )  # fmt: skip
    assert [item["type"] for item in output(events)] == [
        "message", "image_generation_call", "message", "function_call", "reasoning",
    ]  # fmt: skip
    assert output(events)[2]["content"][0]["text"] == "cut"
    assert output(events)[3]["arguments"] == "{}"
    assert kinds(events)[:2] == ["created", "in_progress"]
    assert told(notes) == [("unsupported", "choices[0].message.parts[2]"), ("approximated", "choices[0].stop.reason")]


def test_the_end_has_what_was_never_streamed() -> None:
    events, _ = streamed(
        [START, *part(0, Text(text="abc"), Text(text=""), "a"), *part(1, Reasoning(text="xyz"), Reasoning(), "x"),
         *part(2, ToolCall(id="i", name="f", arguments="{}"), ToolCall(id="i", name="f")), CALLED]
    )  # fmt: skip
    deltas = [event["delta"] for event in events if event["type"].endswith(".delta")]
    assert deltas == ["a", "bc", "x", "yz", "{}"]


def test_foreign_proofs_stand_beside_their_parts() -> None:
    signed = ToolCall(id="a", name="f", arguments="{}", signature="s1")
    late = Text(text="x", signature="s2")
    events, notes = streamed(
        [START, *part(0, signed, ToolCall(id="a", name="f", signature="s1"), "{}"),
         *part(1, late, Text(text=""), "x"), CALLED]
    )  # fmt: skip
    assert notes == ()
    assert [item.get("encrypted_content") for item in output(events)] == [
        "pontage:anthropic:next:s1", None, None, "pontage:anthropic:prev:s2",
    ]  # fmt: skip
    request = asking({"role": "user", "content": "?"}, *output(events))
    assert request.messages[1].parts == (signed, late)


def test_a_proof_that_comes_too_late_is_noted() -> None:
    one, two = ToolCall(id="a", name="f"), ToolCall(id="b", name="g")
    _, notes = streamed(
        [START, PartStarted(0, one), PartStarted(1, two),
         PartEnded(0, ToolCall(id="a", name="f", arguments="{}", signature="s")), PartEnded(1, two), CALLED]
    )  # fmt: skip
    assert told(notes) == [("dropped", "choices[0].message.parts[0].signature")]


def test_one_answer_and_what_stands_beside_it() -> None:
    tokens = (TokenLogprob("a", -0.1, id=4),)
    ending = Ending(stop=Stop("length"), extra={"index": 1}, message_extra={"mood": 2})
    events, notes = streamed(
        [Started(id="r", model="m", created=5, service_tier="auto", origin=CLAUDE, extra={"box": 1},
                 usage=TokenUsage(input=1, output=1, web_searches=2)),
         PartStarted(0, Text(text="")), Delta(0, "a", logprobs=tokens), PartEnded(0, Text(text="a")),
         PartStarted(0, Text(text=""), 1), Delta(0, "b", 1), PartEnded(0, Text(text="b"), 1),
         Finished(endings=(ending, ending), service_tier="default", extra={"lid": 3})]
    )  # fmt: skip
    last = events[-1]["response"]
    assert events[-1]["type"] == "response.incomplete"
    assert (last["incomplete_details"], last["service_tier"]) == ({"reason": "max_output_tokens"}, "default")
    assert (events[0]["response"]["service_tier"], last["created_at"]) == ("auto", 5)
    assert last["tool_usage"] == {"web_search": {"num_requests": 2}}
    assert output(events)[0]["content"][0]["logprobs"] == [{"token": "a", "logprob": -0.1, "top_logprobs": []}]
    assert sorted({note.where for note in notes}) == [
        "box", "choices[0].index", "choices[0].logprobs", "choices[0].message.mood", "choices[1]", "lid",
    ]  # fmt: skip


def test_an_own_stream_is_told_as_it_came() -> None:
    for case in ("phases", "reasoning_raw", "built_in_tools", "unknown_everywhere"):
        decoder, again = SIDE.stream_decoder(), SIDE.stream_decoder()
        events = [event for one in frames(sample(f"{case}.sse")) for event in decoder.feed(one)]
        bodies, notes = streamed(events)
        assert notes == ()
        assert [event for body in bodies for event in again.feed(frame(body))] == events
        assert output(bodies) == json.loads(CLIENT.encode_response(collect(events)).body)["output"]


def test_a_sign_of_life_is_a_comment() -> None:
    assert frames(CLIENT.stream_encoder(None).keep_alive()) == []
