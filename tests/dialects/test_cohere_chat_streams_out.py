"""Events of other origins as a stream in Cohere's format."""

import itertools
from typing import Any

from pontage.domain import (
    Citation,
    Delta,
    Document,
    Ending,
    Finished,
    Image,
    Inline,
    Origin,
    PartEnded,
    PartStarted,
    Plain,
    Reasoning,
    Started,
    Stop,
    StreamEvent,
    Text,
    TokenLogprob,
    TokenUsage,
    ToolCall,
)
from pontage.errors import RateLimitedError, ServerError
from tests.dialects.cohere_chat import CLIENT, OTHER, OWN, Notes, told

START = Started(id="a", model="m", origin=OTHER)
END = Finished(endings=(Ending(stop=Stop("stop")),))


def write(*events: StreamEvent, start: Started = START, end: Finished = END) -> tuple[list[Any], Notes]:
    """The wire events, without those every stream has (and their note), and the notes."""
    encoder = CLIENT.stream_encoder(None)
    data = b"".join([encoder.feed(event) for event in (start, *events, end)])
    notes = [(note.kind, note.where) for note in encoder.notes()]
    return told(data)[1:-1], [note for note in notes if note[1] != "model"]


def kinds(wires: list[Any]) -> list[tuple[str, Any]]:
    return [(wire["type"], wire.get("index")) for wire in wires]


def test_the_lifecycle_of_a_text() -> None:
    encoder = CLIENT.stream_encoder(None)
    text = Text(text="Aye.", citations=(Citation(start=0, end=3, title="Log"),))
    events = (START, PartStarted(0, Text(text="")), Delta(0, "Aye."), PartEnded(0, text))
    data = b"".join([encoder.feed(event) for event in events])
    ending = Finished(endings=(Ending(stop=Stop("stop")),), usage=TokenUsage(input=1, output=2))
    data += encoder.feed(ending)
    assert data.startswith(b'event: message-start\ndata: {"type":"message-start","id":"a","delta":')
    assert data.endswith(b"\n\ndata: [DONE]\n\n")
    names = [line[7:] for line in data.decode().splitlines() if line.startswith("event: ")]
    assert names == [wire["type"] for wire in told(data)]
    assert names[1:] == [
        "content-start", "content-delta", "citation-start", "citation-end", "content-end", "message-end",
    ]  # fmt: skip
    counts = {"input_tokens": 1, "output_tokens": 2}
    assert told(data)[-1]["delta"] == {"finish_reason": "COMPLETE", "usage": {"billed_units": counts, "tokens": counts}}
    assert encoder.keep_alive().startswith(b":")


def test_parts_that_are_open_side_by_side_come_one_after_the_other() -> None:
    calls = [ToolCall(id=f"c{index}", name="t", arguments="{}") for index in range(3)]
    begun = [PartStarted(index, ToolCall(id=one.id, name="t")) for index, one in enumerate(calls)]
    grown = [Delta(index, piece) for piece in "{}" for index in (2, 0, 1)]
    for order in itertools.permutations(range(3)):
        wires, notes = write(*begun, *grown, *(PartEnded(index, calls[index]) for index in order))
        starts = [wire for wire in wires if wire["type"] == "tool-call-start"]
        assert [wire["delta"]["message"]["tool_calls"]["id"] for wire in starts] == ["c0", "c1", "c2"]
        assert kinds(wires) == [
            (f"tool-call-{kind}", index) for index in range(3) for kind in ("start", "delta", "delta", "end")
        ]
        assert notes == []


def test_calls_and_contents_are_counted_apart() -> None:
    parts = [Reasoning(text="Hm."), ToolCall(id="c", name="t"), Text(text="a"), ToolCall(id="d", name="t")]
    wires, _ = write(*(PartEnded(index, part) for index, part in enumerate(parts)))
    assert [(wire["type"], wire["index"]) for wire in wires if wire["type"].endswith("start")] == [
        ("content-start", 0),
        ("tool-call-start", 0),
        ("content-start", 1),
        ("tool-call-start", 1),
    ]
    deltas = [wire["delta"]["message"] for wire in wires if wire["type"].endswith("delta")]
    call = {"tool_calls": {"function": {"arguments": "{}"}}}
    assert deltas == [{"content": {"thinking": "Hm."}}, call, {"content": {"text": "a"}}, call]


def test_free_text_of_a_custom_tool_is_wrapped_when_it_is_whole() -> None:
    call = ToolCall(id="c", name="t", arguments='say "x"', kind="custom")
    begun = ToolCall(id="c", name="t", kind="custom")
    wires, notes = write(PartStarted(0, begun), Delta(0, "say "), Delta(0, '"x"'), PartEnded(0, call))
    assert kinds(wires) == [("tool-call-start", 0), ("tool-call-delta", 0), ("tool-call-end", 0)]
    arguments = wires[1]["delta"]["message"]["tool_calls"]["function"]["arguments"]
    assert arguments == '{"input":"say \\"x\\""}'
    assert notes == [("approximated", "choices[0].message.parts[0]")]


def test_what_cannot_be_said_is_noted_and_leaves_no_trace() -> None:
    at = "choices[0].message.parts"
    wires, notes = write(
        PartStarted(0, Reasoning(redacted=True)),
        Delta(0, "x"),
        PartEnded(0, Reasoning(redacted=True, signature="s")),
        PartEnded(1, Image(source=Inline("image/png", "aGk="))),
        PartEnded(2, ToolCall(id="w", name="search", by_provider=True)),
        PartEnded(3, Document(source=Plain("Low."))),
        PartStarted(0, Text(text=""), 1),
        Delta(0, "b", 1),
        PartEnded(0, Text(text="b"), 1),
        Delta(9, "lost"),
    )
    assert kinds(wires) == [("content-start", 0), ("content-delta", 0), ("content-end", 0)]
    assert notes == [
        ("dropped", f"{at}[0]"),
        ("unsupported", f"{at}[1]"),
        ("dropped", f"{at}[2]"),
        ("approximated", f"{at}[3]"),
        ("dropped", "choices[1]"),
    ]


def test_what_a_part_carries_beside_its_text_is_noted_at_its_end() -> None:
    whole = Text(text="a", signature="s", extra={"x": 1})
    _, notes = write(PartStarted(0, Text(text="", extra={"x": 1})), Delta(0, "a"), PartEnded(0, whole))
    at = "choices[0].message.parts[0]"
    assert notes == [("dropped", f"{at}.signature"), ("dropped", f"{at}.x")]


def test_own_fields_that_come_late_are_told_late() -> None:
    own = Started(id="a", model="", origin=OWN)
    whole = Text(text="a", extra={"tone": "low", "pitch": 4})
    wires, notes = write(
        PartStarted(0, Text(text="", extra={"tone": "low"})), Delta(0, "a"), PartEnded(0, whole), start=own
    )
    assert wires[0]["delta"]["message"]["content"] == {"type": "text", "text": "", "tone": "low"}
    assert wires[2]["delta"]["message"]["content"] == {"pitch": 4}
    assert notes == []


def test_a_plan_is_only_told_as_such_where_it_was_one() -> None:
    plan = Reasoning(text="Ask.", extra={"tool_plan": {}})
    for origin, kind in ((OWN, "tool-plan-delta"), (None, "tool-plan-delta"), (OTHER, "content-start")):
        wires, notes = write(PartEnded(0, plan), start=Started(id="a", model="", origin=origin))
        assert wires[0]["type"] == kind
        assert notes == []
    wires, _ = write(PartStarted(0, plan), start=Started(id="a", model="", origin=OWN))
    assert wires == []


def test_logprobs_go_with_their_text() -> None:
    tokens = (TokenLogprob(token="a", logprob=-1.0, id=1), TokenLogprob(token="b", logprob=-2.0, id=2))
    wires, notes = write(
        PartStarted(0, Text(text="")),
        Delta(0, "ab", logprobs=tokens),
        Delta(0, "xyz", logprobs=tokens),
        Delta(0, "", logprobs=()),
        PartEnded(0, Text(text="abxyz")),
    )
    pieces = [(wire["delta"]["message"]["content"]["text"], wire["logprobs"]["token_ids"]) for wire in wires[1:-1]]
    assert pieces == [("a", [1]), ("b", [2]), ("xyz", [1]), ("", [2]), ("", [])]
    assert notes == []


def test_the_envelope_of_another_format_is_noted() -> None:
    start = Started(id="a", model="m", created=5, usage=TokenUsage(input=3), origin=Origin("x"), extra={"odd": 1})
    endings = tuple(Ending(stop=Stop("length"), extra={"e": 1}, message_extra={"m": 1}) for _ in range(2))
    encoder = CLIENT.stream_encoder(None)
    data = encoder.feed(start) + encoder.feed(Finished(endings=endings, service_tier="flex", extra={"f": 1}))
    assert [note.where for note in encoder.notes()] == [
        "model", "created", "odd", "choices[1]", "choices[0].message.m", "choices[0].e", "f", "service_tier",
    ]  # fmt: skip
    assert told(data)[-1]["delta"]["usage"]["tokens"] == {"input_tokens": 3}
    nothing = CLIENT.stream_encoder(None)
    assert told(nothing.feed(Finished(endings=())))[-1]["delta"] == {"finish_reason": "COMPLETE"}


def test_a_stream_that_ends_early_closes_what_is_open() -> None:
    wires, _ = write(PartStarted(0, Text(text="")), Delta(0, "a"), PartStarted(1, ToolCall(id="c", name="t")))
    assert kinds(wires) == [
        ("content-start", 0), ("content-delta", 0), ("content-end", 0), ("tool-call-start", 0), ("tool-call-end", 0),
    ]  # fmt: skip


def test_a_failure_is_the_end_without_the_mark_of_success() -> None:
    encoder = CLIENT.stream_encoder(None)
    encoder.feed(START)
    data = encoder.fail(RateLimitedError("Slower.", hint="Wait."))
    assert data.startswith(b"event: message-end\n")
    assert b"[DONE]" not in data
    assert told(data)[0]["delta"] == {
        "finish_reason": "ERROR", "error": "Slower.", "code": "PTG-1429", "hint": "Wait.",
    }  # fmt: skip
    assert told(encoder.fail(ServerError("")))[0]["delta"]["error"] == "PTG-1505"
