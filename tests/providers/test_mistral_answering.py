"""Mistral's format for who asks in it: what its own client needs and OpenAI's does not."""

import json
from typing import Any

import pytest

from pontage.domain import (
    ChatResponse,
    Choice,
    Delta,
    Ending,
    Finished,
    Message,
    Origin,
    Part,
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
from pontage.errors import RateLimitedError
from pontage.providers.mistral.answering import client_side
from pontage.providers.mistral.chat import provider_side
from tests.speaking import read_stream

CLIENT, SIDE = client_side(), provider_side()
ELSEWHERE = Origin("anthropic_messages", "anthropic")


def answer(*parts: Part, reason: Any = "stop", usage: TokenUsage | None = None) -> ChatResponse:
    choice = Choice(message=Message(role="assistant", parts=parts, origin=ELSEWHERE), stop=Stop(reason))
    return ChatResponse(id="a", model="m", choices=(choice,), usage=usage, origin=ELSEWHERE)


def told(events: list[StreamEvent]) -> tuple[list[Any], bytes]:
    encoder = CLIENT.stream_encoder(None)
    data = b"".join([encoder.feed(event) for event in events])
    lines = [line.removeprefix(b"data: ") for line in data.split(b"\n\n") if line]
    assert lines.pop() == b"[DONE]"
    return [json.loads(line) for line in lines], data


def test_an_answer_tells_a_usage_even_if_there_is_none() -> None:
    body = json.loads(CLIENT.encode_response(answer(Text(text="Hello."))).body)
    assert body["usage"] == {"prompt_tokens": 0, "completion_tokens": 0, "total_tokens": 0}


def test_ids_of_calls_are_such_as_mistral_takes_back() -> None:
    encoded = CLIENT.encode_response(answer(ToolCall(id="toolu_01", name="tide"), reason="tool_calls"))
    [call] = json.loads(encoded.body)["choices"][0]["message"]["tool_calls"]
    assert (len(call["id"]), call["id"].isalnum(), encoded.notes) == (9, True, ())


def test_a_refusal_is_text() -> None:
    encoded = CLIENT.encode_response(answer(Refusal(text="No.")))
    assert json.loads(encoded.body)["choices"][0]["message"]["content"] == "No."
    assert [(note.kind, note.where) for note in encoded.notes] == [("approximated", "choices[0].parts[0]")]


def test_a_call_of_a_free_text_tool_is_a_function_call() -> None:
    call = ToolCall(id="c", name="draw", arguments="arc", kind="custom")
    encoded = CLIENT.encode_response(answer(call, reason="tool_calls"))
    [wire] = json.loads(encoded.body)["choices"][0]["message"]["tool_calls"]
    chunks, _ = told(
        [
            Started(id="a", model="m", origin=ELSEWHERE),
            PartStarted(0, ToolCall(id="c", name="draw", kind="custom")),
            Delta(0, "arc"),
            PartEnded(0, call),
            Finished(endings=(Ending(stop=Stop("tool_calls")),)),
        ]
    )
    [streamed] = [call for chunk in chunks for call in chunk["choices"][0]["delta"].get("tool_calls", [])]
    assert streamed == {**wire, "index": 0}
    assert wire["function"] == {"name": "draw", "arguments": '{"input":"arc"}'}
    assert [note.kind for note in encoded.notes] == ["approximated"]


def test_calls_that_grow_side_by_side_are_told_whole_and_in_their_order() -> None:
    calls = [ToolCall(id="one", name="tide", arguments='{"a":1}'), ToolCall(id="two", name="tide", arguments="")]
    chunks, _ = told(
        [
            Started(id="a", model="m", origin=ELSEWHERE),
            PartStarted(0, ToolCall(id="one", name="tide")),
            PartStarted(1, ToolCall(id="two", name="tide")),
            Delta(0, '{"a"'),
            PartEnded(1, calls[1]),
            Delta(0, ":1}"),
            PartEnded(0, calls[0]),
            Finished(endings=(Ending(stop=Stop("tool_calls")),), usage=TokenUsage(input=1, output=2)),
        ]
    )
    fragments = [call for chunk in chunks for call in chunk["choices"][0]["delta"].get("tool_calls", [])]
    assert [(one["index"], one["function"]) for one in fragments] == [
        (1, {"name": "tide", "arguments": "{}"}),
        (0, {"name": "tide", "arguments": '{"a":1}'}),
    ]
    last = chunks[-1]
    assert (last["choices"][0]["finish_reason"], last["usage"]["completion_tokens"]) == ("tool_calls", 2)


@pytest.mark.parametrize("refused", [False, True])
def test_a_stream_is_read_again_as_it_was_meant(refused: bool) -> None:
    said: Part = Refusal(text="Hello.") if refused else Text(text="Hello.")
    begun: Part = Refusal(text="") if refused else Text(text="")
    events: list[StreamEvent] = [
        Started(id="a", model="m", origin=Origin("mistral_chat", "mistral")),
        PartStarted(0, Reasoning()),
        Delta(0, "Hm"),
        Delta(0, "."),
        PartEnded(0, Reasoning(text="Hm.", signature="s-1")),
        PartStarted(1, begun),
        Delta(1, "Hello."),
        PartEnded(1, said),
        Finished(endings=(Ending(stop=Stop("stop")),), usage=TokenUsage(input=1, output=2)),
    ]
    _, data = told(events)
    again = collect(read_stream(SIDE, data))
    assert again.message.parts == (Reasoning(text="Hm.", signature="s-1"), Text(text="Hello."))
    assert again.usage is not None
    assert (again.usage.input, again.usage.output) == (1, 2)


def test_a_failure_has_its_shape_in_a_stream_and_alone() -> None:
    encoder = CLIENT.stream_encoder(None)
    error = RateLimitedError("Slow down.")
    status, body = CLIENT.encode_error(error)
    assert (status, json.loads(body)["object"], json.loads(body)["message"]) == (429, "error", "Slow down.")
    assert encoder.fail(error) == b"data: " + body + b"\n\n"
    assert encoder.keep_alive().startswith(b":")
    assert encoder.notes() == ()


def test_an_empty_last_piece_of_thinking_changes_nothing() -> None:
    def chunk(content: Any, finish: str | None = None) -> bytes:
        choice = {"index": 0, "delta": {"content": content}, "finish_reason": finish}
        body = {"id": "a", "object": "chat.completion.chunk", "created": 1, "model": "m", "choices": [choice]}
        return b"data: " + json.dumps(body).encode() + b"\n\n"

    thought = {"type": "thinking", "thinking": [{"type": "text", "text": "Hm."}]}
    pieces = [chunk([thought]), chunk([{**thought, "thinking": []}]), chunk("Hello.", "stop"), b"data: [DONE]\n\n"]
    answer = collect(read_stream(SIDE, b"".join(pieces)))
    assert answer.message.parts == (Reasoning(text="Hm."), Text(text="Hello."))
