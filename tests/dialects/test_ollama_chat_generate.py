"""The form with one prompt: the same laws on its recordings, and what is different about it."""

import json
from typing import Any

import pytest
from msgspec.structs import replace

from pontage.dialects.envelope import Call
from pontage.dialects.ollama_chat import GENERATE, generate_client_side, generate_provider_side
from pontage.dialects.spelling import residue
from pontage.domain import (
    ChatRequest,
    Finished,
    FunctionTool,
    Image,
    Inline,
    Message,
    Origin,
    Reasoning,
    Text,
    ToolCall,
    ToolChoice,
    ToolResult,
    collect,
)
from pontage.errors import InvalidRequestError, ProtocolError, StreamTruncatedError
from tests.corpus import Exchange, exchanges
from tests.dialects.ollama_chat import OTHER, PNG, assistant, encode, respond, system, user
from tests.dialects.ollama_chat import SIDE as CHAT_SIDE

SIDE = generate_provider_side()
CLIENT = generate_client_side()
RECORDED = [one for one in exchanges() if one.provider == "ollama" and one.endpoint == "api.generate"]
ANSWERS: list[Any] = [
    {"model": "m", "created_at": "2026-01-02T03:04:05.5Z", "response": "Ja.", "done": True, "done_reason": "stop",
     "context": [1, 2], "total_duration": 9, "prompt_eval_count": 3, "eval_count": 2},
    {"model": "m", "response": "", "thinking": "Hm.", "done": True, "done_reason": "length", "odd": {"a": 1}},
    {"model": "m", "image": PNG, "done": True},
    {"model": "m", "response": "Ja.", "logprobs": [{"token": "Ja.", "logprob": -0.5}], "done": True},
    {"model": "m", "response": "", "tool_calls": [{"function": {"name": "f", "arguments": {"a": 1}}}], "done": True},
]  # fmt: skip
REQUESTS: list[Any] = [
    {"model": "m", "prompt": "Hi."},
    {"model": "m", "prompt": "def f(", "suffix": "return 1", "raw": True, "options": {"num_predict": 9, "stop": "x"}},
    {
        "model": "m",
        "prompt": "What?",
        "images": [PNG],
        "system": "Be brief.",
        "template": "{{ .Prompt }}",
        "think": True,
    },
    {"model": "m", "prompt": "", "images": [PNG], "format": "json", "stream": False, "keep_alive": 0, "context": [1]},
    {"model": "m", "prompt": "Draw.", "width": 64, "height": 64, "steps": 4, "odd": [None], "truncate": False},
]


def name_of(exchange: Exchange) -> str:
    return exchange.id


def law_of_requests(body: bytes) -> None:
    request = CLIENT.decode_request(body)
    encoded = SIDE.encode_request(request)
    assert residue(json.loads(body), json.loads(encoded.body)) == ()
    assert encoded.notes == ()
    plain = replace(request, spelling=())
    again = CLIENT.decode_request(SIDE.encode_request(plain).body, keep_spelling=False)
    assert again == plain


def law_of_answers(body: bytes) -> None:
    answer = SIDE.decode_response(body)
    encoded = CLIENT.encode_response(answer)
    assert residue(json.loads(body), json.loads(encoded.body)) == ()
    assert encoded.notes == ()
    plain = replace(answer, spelling=())
    assert SIDE.decode_response(CLIENT.encode_response(plain).body, keep_spelling=False) == plain
    assert SIDE.usage_of(body) == answer.usage


@pytest.mark.parametrize("exchange", RECORDED, ids=name_of)
def test_recordings_hold_the_laws(exchange: Exchange) -> None:
    if exchange.request.body is not None:
        law_of_requests(json.dumps(exchange.request.body).encode())
    if not exchange.streaming:
        law_of_answers(json.dumps(exchange.response.body).encode())
        return
    data = exchange.response.body.encode()
    events = events_of(data)
    encoder, tap = CLIENT.stream_encoder(None), SIDE.stream_tap(b"{}")
    assert events_of(b"".join([encoder.feed(event) for event in events])) == events
    assert encoder.notes() == ()
    assert b"".join([tap.feed(frame) for frame in SIDE.framing().feed(data)]) == data
    assert isinstance(events[-1], Finished)
    assert (tap.usage, tap.finished, tap.content) == (events[-1].usage, True, True)


def events_of(data: bytes) -> list[Any]:
    decoder, framing = SIDE.stream_decoder(), SIDE.framing()
    frames = framing.feed(data) + framing.end()
    return [event for frame in frames for event in decoder.feed(frame)] + decoder.end()


@pytest.mark.parametrize("body", REQUESTS)
def test_requests_hold_the_laws(body: Any) -> None:
    law_of_requests(json.dumps(body).encode())


@pytest.mark.parametrize("body", ANSWERS)
def test_answers_hold_the_laws(body: Any) -> None:
    law_of_answers(json.dumps(body).encode())


def test_a_prompt_is_a_short_conversation() -> None:
    request = CLIENT.decode_request(json.dumps(REQUESTS[2]).encode())
    origin = Origin(GENERATE)
    assert request.messages == (
        Message(role="system", parts=(Text(text="Be brief."),), origin=origin),
        Message(role="user", parts=(Image(source=Inline("image/png", PNG)), Text(text="What?")), origin=origin),
    )
    assert request.extra == {"template": "{{ .Prompt }}"}
    assert request.stream


@pytest.mark.parametrize(
    ("body", "param"),
    [({"model": "m"}, "prompt"), ({"model": "m", "prompt": ""}, "prompt"), ({"prompt": "x"}, "model"),
     ({"model": "m", "prompt": "x", "images": ["?"]}, "images[0]"), ({"model": "m", "prompt": 3}, "prompt")],
)  # fmt: skip
def test_what_is_wrong_is_named(body: Any, param: str) -> None:
    with pytest.raises(InvalidRequestError) as caught:
        CLIENT.decode_request(json.dumps(body).encode())
    assert caught.value.param == param


def test_a_prompt_becomes_a_conversation_and_keeps_what_both_forms_say() -> None:
    body = json.dumps({**REQUESTS[1], "keep_alive": "5m", "options": {"num_ctx": 4096}}).encode()
    encoded = Call.received(CLIENT, body).bytes_for(CHAT_SIDE, "n")
    said = json.loads(encoded.body)
    assert said == {
        "model": "n", "messages": [{"role": "user", "content": "def f("}], "stream": True, "keep_alive": "5m",
        "options": {"num_ctx": 4096},
    }  # fmt: skip
    assert {note.where for note in encoded.notes} == {"suffix", "raw"}


def test_a_question_of_another_origin() -> None:
    picture = Image(source=Inline("image/png", PNG))
    body, notes = encode(system("One.", "Two."), user(picture, "Look."), side=SIDE, seed=3)
    assert body == {
        "model": "m", "prompt": "Look.", "images": [PNG], "system": "One.\n\nTwo.", "options": {"seed": 3},
        "stream": False,
    }  # fmt: skip
    assert notes == [("approximated", "messages[0]")]


def test_a_conversation_is_more_than_a_prompt() -> None:
    picture = Image(source=Inline("image/png", PNG))
    call, result = ToolCall(id="c", name="f"), ToolResult(call_id="c", parts=(Text(text="x"),))
    body, notes = encode(
        system(picture, Reasoning(text="Hm.")), user("First."), assistant("Ja.", call), user(result, "Last."),
        side=SIDE, tools=(FunctionTool(name="f"),), tool_choice=ToolChoice("auto"),
    )  # fmt: skip
    assert body["prompt"] == "Last."
    assert notes == [
        ("unsupported", "messages[0]"), ("dropped", "messages[0].thinking"), ("unsupported", "messages[1]"),
        ("unsupported", "messages[2]"), ("unsupported", "messages[3].parts"),
        ("unsupported", "tools[0]"), ("dropped", "tool_choice"),
    ]  # fmt: skip


def test_a_request_too_deep_is_refused() -> None:
    deep: Any = []
    for _ in range(100_000):
        deep = [deep]
    with pytest.raises(InvalidRequestError):
        SIDE.encode_request(ChatRequest(model="m", messages=(user("x"),), extra={"odd": deep}))


def test_an_answer_of_another_origin_taken_apart() -> None:
    picture = Image(source=Inline("image/png", PNG))
    given = replace(assistant(Reasoning(text="Hm."), "Ja.", picture, picture), extra={"mood": 1}, origin=None)
    answer = collect(events_of(b'{"model":"m","response":"","done":true}'))
    choice = replace(answer.choices[0], message=given)
    encoded = CLIENT.encode_response(replace(answer, choices=(choice,), origin=OTHER))
    body = json.loads(encoded.body)
    assert (body["response"], body["thinking"], body["image"], body["mood"]) == ("Ja.", "Hm.", PNG, 1)
    assert "message" not in body
    assert ("dropped", "choices[0].message.parts") in [(note.kind, note.where) for note in encoded.notes]
    assert respond("x")[0]["message"]["content"] == "x"


def test_a_stream_without_its_end_and_an_answer_without_anything() -> None:
    with pytest.raises(StreamTruncatedError):
        events_of(b'{"model":"m","response":"x","done":false}\n')
    for body in (b"{}", b'{"model":"m"}', b'{"response":"x","done":false}'):
        with pytest.raises(ProtocolError):
            SIDE.decode_response(body)


def test_steps_of_a_picture_say_nothing_yet() -> None:
    lines = [{"model": "m", "completed": 1, "total": 2, "done": False}, {"model": "m", "image": PNG, "done": True}]
    data = b"".join(json.dumps(one).encode() + b"\n" for one in lines)
    events = events_of(data)
    assert [type(part) for part in collect(events).message.parts] == [Image]
    tap = SIDE.stream_tap(b"{}")
    seen = [(tap.feed(frame), tap.content)[1] for frame in SIDE.framing().feed(data)]
    assert seen == [False, True]
