"""Events told as a stream of generateContent: parts side by side, notes, arrays, errors."""

import json
from typing import Any

import pytest
from msgspec.structs import replace

from pontage.dialects.google_generate import client_side, provider_side
from pontage.domain import (
    Citation,
    Delta,
    Ending,
    Finished,
    Origin,
    PartEnded,
    PartStarted,
    Reasoning,
    Refusal,
    Started,
    Stop,
    StreamEvent,
    Text,
    TokenUsage,
    ToolCall,
    collect,
)
from pontage.errors import (
    OverloadedError,
)
from pontage.streaming.framing import JSONArrayDecoder, SSEDecoder
from tests.dialects.google_generate import FOREIGN


def stream_of(events: list[StreamEvent], **options: Any) -> tuple[bytes, list[tuple[str, str]]]:
    encoder = client_side(**options).stream_encoder(None)
    data = b"".join(encoder.feed(event) for event in events)
    return data, [(note.kind, note.where) for note in encoder.notes()]


def reread(data: bytes) -> list[StreamEvent]:
    framing: Any = JSONArrayDecoder() if data.startswith(b"[") else SSEDecoder()
    decoder = provider_side().stream_decoder()
    events = [event for frame in [*framing.feed(data), *framing.end()] for event in decoder.feed(frame)]
    return events + decoder.end()


def foreign(*events: StreamEvent, ending: Ending | None = None, **finished: Any) -> list[StreamEvent]:
    started = Started(id="r", model="m", origin=FOREIGN)
    return [started, *events, Finished(endings=(ending or Ending(stop=Stop("stop")),), **finished)]


def test_parts_side_by_side_are_told_one_after_another() -> None:
    call = ToolCall(id="a", name="f", arguments='{"x":1}')
    other = replace(call, id="b")
    data, notes = stream_of(
        foreign(
            PartStarted(0, Text(text="")),
            PartStarted(1, replace(call, arguments="")),
            Delta(0, "One "),
            PartStarted(2, replace(other, arguments="")),
            Delta(2, '{"x":1}'),
            PartEnded(2, other),
            Delta(1, '{"x":1}'),
            Delta(0, "two."),
            PartEnded(0, Text(text="One two.")),
            PartEnded(1, call),
            PartStarted(5, Text(text="")),
            PartStarted(6, Text(text="")),
            Delta(6, "Later."),
            ending=Ending(stop=Stop("tool_calls")),
        )
    )
    assert collect(reread(data)).message.parts == (Text(text="One two."), call, other, Text(text="Later."))
    assert notes == []


def test_another_formats_stream_is_told_with_notes() -> None:
    cited = Text(text="Öl.", citations=(Citation(start=0, end=2, url="u"),))
    data, notes = stream_of(
        foreign(
            PartStarted(0, Reasoning()),
            Delta(0, "Hm."),
            PartEnded(0, Reasoning(text="Hm.", signature="s")),
            PartStarted(1, Reasoning(redacted=True, signature="s")),
            PartEnded(1, Reasoning(redacted=True, signature="s")),
            PartStarted(2, Text(text="")),
            Delta(2, "Ach. "),
            PartEnded(2, Text(text="Ach. ")),
            PartStarted(3, Text(text="")),
            Delta(3, "Öl."),
            PartEnded(3, cited),
            PartStarted(4, Refusal(text="")),
            Delta(4, "No."),
            PartEnded(4, Refusal(text="No.")),
            ending=Ending(stop=Stop("refusal"), extra={"odd": 1}, message_extra={"mood": 2}),
            usage=TokenUsage(input=3, output=4),
            extra={"fingerprint": "f"},
        )
    )
    response = collect(reread(data))
    text = "Ach. Öl.No."
    assert response.message.parts == (
        Reasoning(text="Hm."), Text(text=text, citations=(Citation(start=5, end=7, url="u"),)),
    )  # fmt: skip
    assert response.usage is not None
    assert response.usage.total == 7
    where = "choices[0].message.parts"
    assert sorted(notes) == sorted(
        [
            ("dropped", f"{where}[0].signature"), ("dropped", f"{where}[1]"), ("approximated", f"{where}[4]"),
            ("approximated", "choices[0].stop.reason"), ("dropped", "choices[0].odd"),
            ("dropped", "choices[0].message.mood"), ("dropped", "fingerprint"),
        ]
    )  # fmt: skip


def test_an_array_is_one_json_text_even_when_it_breaks() -> None:
    events = foreign(PartStarted(0, Text(text="")), Delta(0, "a"), PartEnded(0, Text(text="a")))
    data, _ = stream_of(events, array=True)
    assert [chunk["candidates"][0]["content"]["parts"][0]["text"] for chunk in json.loads(data)] == ["a", ""]
    encoder = client_side(array=True).stream_encoder(None)
    data = (
        b"".join(encoder.feed(event) for event in events[:3])
        + encoder.keep_alive()
        + encoder.fail(OverloadedError("busy"))
    )
    assert json.loads(data)[-1]["error"]["status"] == "UNAVAILABLE"
    assert client_side(array=True).stream_type == "application/json"


def test_an_event_stream_that_breaks_ends_with_its_error() -> None:
    encoder = client_side().stream_encoder(None)
    encoder.feed(Started(id="r", model="m", origin=Origin("x")))
    data = encoder.keep_alive() + encoder.fail(OverloadedError("busy"))
    (frame,) = SSEDecoder().feed(data)
    assert json.loads(frame.data)["error"]["code"] == 503
    with pytest.raises(OverloadedError):
        provider_side().stream_decoder().feed(frame)


def test_frames_are_reframed_as_an_array() -> None:
    reframe = client_side(array=True).reframe
    assert reframe is not None
    assert client_side().reframe is None
    machine = reframe()
    assert json.loads(machine.feed(b'{"a":1}') + machine.feed(b'{"b":2}') + machine.end()) == [{"a": 1}, {"b": 2}]
    assert reframe().end() == b"[]"
