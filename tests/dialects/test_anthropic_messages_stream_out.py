"""Streams for a client: parts of other origins, in other orders, with what cannot be said."""

import json
from typing import Any

import pytest

from pontage.domain import (
    Citation,
    Delta,
    Ending,
    Finished,
    Image,
    Inline,
    Origin,
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
)
from pontage.errors import OverloadedError
from tests.dialects.anthropic_stream import (
    CLIENT,
    GEMINI,
    OTHER,
    SIDE,
    STOP,
    decode,
    encode,
    read_back,
    stream,
)


def test_parts_that_are_open_side_by_side_come_one_after_the_other() -> None:
    first, second = ToolCall(id="a", name="t"), ToolCall(id="b", name="u")
    events = stream(
        PartStarted(0, first),
        PartStarted(1, second),
        Delta(0, '{"x":'),
        Delta(1, '{"y":2}'),
        PartStarted(2, Text(text="")),
        Delta(2, "Hm."),
        PartEnded(1, ToolCall(id="b", name="u", arguments='{"y":2}')),
        Delta(0, "1}"),
        PartEnded(0, ToolCall(id="a", name="t", arguments='{"x":1}')),
        PartEnded(2, Text(text="Hm.")),
    )
    told, notes = encode(events)
    assert notes == []
    order = [(event["type"], event["index"]) for event in told if "index" in event]
    assert [index for _, index in order] == sorted(index for _, index in order)
    assert collect(decode(*told)).message.parts == (
        ToolCall(id="a", name="t", arguments='{"x":1}'),
        ToolCall(id="b", name="u", arguments='{"y":2}'),
        Text(text="Hm."),
    )


def test_parts_that_were_never_started_or_never_ended() -> None:
    told = read_back(stream(PartEnded(0, Text(text="Whole.")), PartStarted(1, Text(text="")), Delta(1, "Half")))
    assert [part.text for part in told.message.parts if isinstance(part, Text)] == ["Whole.", "Half"]
    waiting = stream(PartStarted(0, ToolCall(id="a", name="t")), PartEnded(1, Text(text="Behind.")))
    parts = read_back(waiting).message.parts
    assert parts == (ToolCall(id="a", name="t", arguments="{}"), Text(text="Behind."))


def test_invisible_text_opens_no_block() -> None:
    told, notes = encode(
        stream(
            PartStarted(0, Text(text="")), PartEnded(0, Text(text="")),
            PartStarted(1, Text(text="")), Delta(1, "\n"), Delta(1, ""), PartEnded(1, Text(text="\n")),
            PartStarted(2, Text(text="")), Delta(2, "\n"), Delta(2, "x"), Delta(2, "y"),
            PartEnded(2, Text(text="\nxyz")),
        )
    )  # fmt: skip
    assert notes == [("dropped", "choices[0].message.parts[0]"), ("dropped", "choices[0].message.parts[1]")]
    assert [event["delta"]["text"] for event in told if event["type"] == "content_block_delta"] == ["\nx", "y", "z"]


def test_what_cannot_be_streamed_is_noted() -> None:
    cited = Text(text="x", citations=(Citation(url="https://example.com"),), extra={"odd": 1})
    image = Image(source=Inline("image/png", "AAAA"))
    told, notes = encode(
        [
            Started(id="r", model="m", origin=OTHER, created=4, extra={"fp": 1}),
            PartStarted(0, Text(text="")), Delta(0, "x", logprobs=(TokenLogprob("x", -1.0),)), PartEnded(0, cited),
            PartStarted(1, image), PartEnded(1, image),
            PartStarted(2, Refusal(text="")), Delta(2, "No."), PartEnded(2, Refusal(text="No.")),
            PartStarted(0, Text(text=""), 1), Delta(0, "z", 1), PartEnded(0, Text(text="z"), 1),
            PartStarted(3, ToolCall(id="s", name="x", by_provider=True)), Delta(3, "{}"),
            PartEnded(3, ToolCall(id="s", name="x", arguments="{}", by_provider=True)),
            PartStarted(4, ToolCall(id="b", name="t")), Delta(4, "{]"),
            PartEnded(4, ToolCall(id="b", name="t", arguments="{]")),
            Finished(endings=(Ending(stop=Stop("content_filter"), extra={"e": 1}, message_extra={"f": 2}),
                              Ending(stop=Stop("stop"))), extra={"g": 3}),
        ]
    )  # fmt: skip
    assert [event["content_block"]["type"] for event in told if event["type"] == "content_block_start"] == [
        "text", "text", "tool_use",
    ]  # fmt: skip
    part = "choices[0].message.parts"
    assert set(notes) == {
        ("dropped", "created"), ("dropped", "fp"), ("dropped", "choices[0].logprobs"),
        ("dropped", f"{part}[0].citations"),
        ("dropped", f"{part}[0].odd"), ("unsupported", f"{part}[1]"), ("approximated", f"{part}[2]"),
        ("dropped", "choices[1]"), ("dropped", f"{part}[3]"), ("approximated", f"{part}[4].arguments"),
        ("approximated", "choices[0].stop.reason"), ("dropped", "choices[0].e"), ("dropped", "choices[0].message.f"),
        ("dropped", "g"), ("injected", "usage"),
    }  # fmt: skip


def test_free_text_of_a_custom_tool_is_wrapped() -> None:
    call = ToolCall(id="a", name="sql", arguments='SELECT "1"', kind="custom")
    told, notes = encode(
        stream(PartStarted(0, ToolCall(id="a", name="sql", kind="custom")), Delta(0, "SEL"), PartEnded(0, call))
    )
    (delta,) = [event["delta"] for event in told if event["type"] == "content_block_delta"]
    assert json.loads(delta["partial_json"]) == {"input": 'SELECT "1"'}
    assert notes == [("approximated", "choices[0].message.parts[0]")]


def test_foreign_signatures_travel_in_a_stream() -> None:
    early = ToolCall(id="a", name="t", signature="S2")
    events = stream(
        PartStarted(0, Reasoning()), Delta(0, "Hm."), PartEnded(0, Reasoning(text="Hm.", signature="S1")),
        PartStarted(1, early), Delta(1, "{}"), PartEnded(1, ToolCall(id="a", name="t", arguments="{}", signature="S2")),
        PartStarted(2, Text(text="")), Delta(2, "So."), PartEnded(2, Text(text="So.", signature="S3")),
        PartStarted(3, Reasoning(redacted=True, signature="B")), PartEnded(3, Reasoning(redacted=True, signature="B")),
        PartStarted(4, Reasoning()), PartEnded(4, Reasoning()),
        origin=GEMINI,
    )  # fmt: skip
    told, notes = encode(events)
    assert notes == []
    content = json.loads(CLIENT.encode_response(collect(decode(*told))).body)["content"]
    assert [block.get("signature", block.get("data")) for block in content] == [
        "pontage:google:S1", "pontage:google:next:S2", None, None, "pontage:google:prev:S3", "pontage:google:B",
        "pontage:google:",
    ]  # fmt: skip
    request = {"model": "m", "messages": [{"role": "user", "content": "?"}, {"role": "assistant", "content": content}]}
    again = CLIENT.decode_request(json.dumps(request).encode()).messages[1]
    assert again.origin == Origin("anthropic_messages", "google")
    assert again.parts == collect(events).message.parts


def test_a_signature_of_the_own_family_has_no_block_of_its_own() -> None:
    events = stream(PartEnded(0, Text(text="x", signature="S")), origin=Origin("some_format", "anthropic"))
    told, notes = encode(events)
    assert sum(event["type"] == "content_block_start" for event in told) == 1
    assert notes == [("dropped", "choices[0].message.parts[0].signature")]


def test_the_end_of_a_failed_stream() -> None:
    encoder = CLIENT.stream_encoder(None)
    encoder.feed(Started(id="r", model="m"))
    data = encoder.fail(OverloadedError("Busy.", upstream_status=529))
    assert data.startswith(b"event: error\ndata: {")
    assert b"message_stop" not in data
    with pytest.raises(OverloadedError):
        SIDE.stream_decoder().feed(SIDE.framing().feed(data)[0])
    assert encoder.keep_alive() == b'event: ping\ndata: {"type":"ping"}\n\n'


def test_the_answer_may_be_fed_without_a_beginning() -> None:
    told, _ = encode([PartEnded(0, Text(text="x")), Finished(endings=())])
    assert told[-1] == STOP
    assert told[-2]["delta"]["stop_reason"] == "end_turn"


@pytest.mark.parametrize(
    ("pieces", "arguments"),
    [
        (["null"], {}),
        ([" ", '{"a"', ": 1}"], {"a": 1}),
        ([], {}),
        (["[1", "]"], {"_raw": "[1]"}),
        (['"x"'], {"_raw": '"x"'}),
    ],
)
@pytest.mark.parametrize("streamed", [True, False])
def test_streamed_arguments_are_an_object(pieces: list[str], arguments: Any, streamed: bool) -> None:
    deltas = [Delta(0, piece) for piece in pieces] if streamed else []
    whole = ToolCall(id="a", name="t", arguments="".join(pieces))
    answer = read_back(stream(PartStarted(0, ToolCall(id="a", name="t")), *deltas, PartEnded(0, whole)))
    assert json.loads(answer.message.tool_calls[0].arguments) == arguments
