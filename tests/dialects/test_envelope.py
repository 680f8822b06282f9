import json

import pytest

from pontage.dialects import google_generate
from pontage.dialects.bridge import Relay, Translation, is_content
from pontage.dialects.envelope import Call, Reply, with_params
from pontage.dialects.table import CLIENT_SIDES, PROVIDER_SIDES
from pontage.domain import (
    ChatRequest,
    Delta,
    Ending,
    Finished,
    Message,
    Opaque,
    PartEnded,
    PartStarted,
    Started,
    Stop,
    Text,
    ToolCall,
)
from pontage.errors import InvalidRequestError, OverloadedError, ProtocolError, StreamTruncatedError

OPENAI, ANTHROPIC, GOOGLE = "openai_chat", "anthropic_messages", "google_generate"
BODY = b'{"model": "m-1",  "messages":[{"role":"user","content":"hi"}], "new_field_of_tomorrow": {"a": 1.50}}'


def sse(*data: object) -> bytes:
    return b"".join(b"data: " + json.dumps(one).encode() + b"\n\n" for one in data)


def chunk(text: str, finish: str | None = None) -> dict:
    candidate = {"content": {"role": "model", "parts": [{"text": text}]}, "index": 0}
    if finish:
        candidate["finishReason"] = finish
    return {"candidates": [candidate], "modelVersion": "g", "responseId": "r"}


def test_between_like_formats_the_bytes_are_the_very_same_object() -> None:
    call = Call.received(CLIENT_SIDES[OPENAI], BODY)
    assert (call.model, call.stream) == ("m-1", False)
    assert call.bytes_for(PROVIDER_SIDES[OPENAI], "m-1").body is BODY


def test_a_renamed_model_is_the_only_edit() -> None:
    call = Call.received(CLIENT_SIDES[OPENAI], BODY)
    edited = call.bytes_for(PROVIDER_SIDES[OPENAI], "other").body
    assert json.loads(edited) == {**json.loads(BODY), "model": "other"}
    assert b"1.50" in edited


def test_an_unlike_format_decodes_once_and_notes_what_is_lost() -> None:
    call = Call.received(CLIENT_SIDES[OPENAI], BODY)
    encoded = call.bytes_for(PROVIDER_SIDES[ANTHROPIC], "claude")
    assert json.loads(encoded.body)["model"] == "claude"
    assert ("dropped", "new_field_of_tomorrow") in {(note.kind, note.where) for note in encoded.notes}
    assert call.request is call.request


def test_a_routes_params_replace_fields_and_keep_the_rest_as_written() -> None:
    call = Call.received(CLIENT_SIDES[OPENAI], BODY)
    encoded = json.loads(call.bytes_for(PROVIDER_SIDES[OPENAI], "m-1", {"max_tokens": 7}).body)
    assert encoded.pop("max_completion_tokens") == 7
    assert encoded == json.loads(BODY)


@pytest.mark.parametrize("params", [{"max_tokens": "many"}, {"no_such_field": 1}])
def test_params_that_do_not_fit_are_refused(params: dict) -> None:
    request = ChatRequest(model="m", messages=(Message(role="user", parts=(Text(text="hi"),)),))
    with pytest.raises(InvalidRequestError):
        with_params(request, params)


def test_the_path_may_say_model_and_stream() -> None:
    body = b'{"contents":[{"role":"user","parts":[{"text":"hi"}]}]}'
    call = Call.received(CLIENT_SIDES[GOOGLE], body, model="gemini-x", stream=True)
    assert (call.model, call.stream, call.request.model, call.request.stream) == ("gemini-x", True, "gemini-x", True)
    with pytest.raises(InvalidRequestError) as caught:
        Call.received(CLIENT_SIDES[GOOGLE], body)
    assert caught.value.param == "model"


def test_a_whole_answer_between_like_formats_is_untouched() -> None:
    body = b'{"id":"x",  "object":"chat.completion", "choices":[]}'
    reply = Reply(side=PROVIDER_SIDES[OPENAI], body=body)
    assert reply.bytes_in(CLIENT_SIDES[OPENAI]).body is body


@pytest.mark.parametrize("translated", [True, False])
def test_a_malformed_answer_is_noticed_while_another_provider_can_be_asked(translated: bool) -> None:
    reply = Reply(side=PROVIDER_SIDES[OPENAI], body=b"<html>")
    with pytest.raises(ProtocolError):
        reply.verify(translated=translated)


def test_a_relay_forwards_every_byte() -> None:
    stream = sse(chunk("Hel"), chunk("lo", "STOP"))
    relay = Relay(PROVIDER_SIDES[GOOGLE], CLIENT_SIDES[GOOGLE], b"{}")
    assert not relay.content
    assert relay.feed(stream[:30]) + relay.feed(stream[30:]) + relay.end() == stream
    assert relay.content
    assert relay.notes() == ()


def test_a_cut_relay_says_so() -> None:
    relay = Relay(PROVIDER_SIDES[GOOGLE], CLIENT_SIDES[GOOGLE], b"{}")
    relay.feed(sse(chunk("Hel")))
    assert relay.end() == b""
    assert isinstance(relay.failure, StreamTruncatedError)


def test_a_relay_into_an_array_is_one_json_array_also_when_it_breaks() -> None:
    array = google_generate.client_side(array=True)
    relay = Relay(PROVIDER_SIDES[GOOGLE], array, b"{}")
    whole = relay.feed(sse(chunk("Hel"), chunk("lo", "STOP"))) + relay.end()
    assert json.loads(whole) == [chunk("Hel"), chunk("lo", "STOP")]
    broken = Relay(PROVIDER_SIDES[GOOGLE], array, b"{}")
    told = broken.feed(sse(chunk("Hel"))) + broken.fail(OverloadedError("busy"))
    first, last = json.loads(told)
    assert first == chunk("Hel")
    assert last["error"]["code"] == 503


def test_a_translation_knows_content_usage_and_failure() -> None:
    request = ChatRequest(model="m", messages=())
    bridge = Translation(PROVIDER_SIDES[GOOGLE], CLIENT_SIDES[OPENAI], request)
    last = {**chunk("lo", "STOP"), "usageMetadata": {"promptTokenCount": 3, "candidatesTokenCount": 2}}
    told = bridge.feed(sse(chunk("Hel")))
    assert bridge.content
    told += bridge.feed(sse(last)) + bridge.end()
    assert told.endswith(b"data: [DONE]\n\n")
    assert bridge.usage is not None
    assert (bridge.usage.input, bridge.usage.output) == (3, 2)
    assert b"PTG-1506" in bridge.fail(OverloadedError("busy"))


@pytest.mark.parametrize(
    ("event", "expected"),
    [
        (Started(id="i", model="m"), False),
        (PartStarted(0, Text(text="")), False),
        (Delta(0, ""), False),
        (Delta(0, "x"), True),
        (PartStarted(0, ToolCall(id="c", name="f")), True),
        (PartStarted(0, Opaque(data={})), True),
        (PartEnded(0, Text(text="")), False),
        (Finished(endings=(Ending(stop=Stop("stop")),)), True),
    ],
)
def test_what_counts_as_content(event: object, expected: bool) -> None:
    assert is_content(event) is expected


@pytest.mark.parametrize(
    ("client", "body", "choices"),
    [
        (OPENAI, b'{"model":"m","messages":[{}],"n":3}', 3),
        (OPENAI, b'{"model":"m","messages":[{}],"n":null}', 1),
        (ANTHROPIC, b'{"model":"m","max_tokens":1,"messages":[{}]}', 1),
        (GOOGLE, b'{"contents":[{}],"generationConfig":{"candidateCount":2}}', 2),
    ],
)
def test_how_many_answers_are_asked_for_is_known_before_decoding(client: str, body: bytes, choices: int) -> None:
    assert Call.received(CLIENT_SIDES[client], body, model="m").choices == choices


@pytest.mark.parametrize("body", [b"", b"no json", b"[]", b'{"generationConfig":3}'])
def test_a_body_that_is_no_object_is_the_callers_fault(body: bytes) -> None:
    with pytest.raises(InvalidRequestError):
        Call.received(CLIENT_SIDES[GOOGLE], body, model="m")


def test_a_stream_with_a_routes_params_asks_for_usage_too() -> None:
    body = b'{"model":"m","messages":[{"role":"user","content":"hi"}],"stream":true}'
    encoded = Call.received(CLIENT_SIDES[OPENAI], body).bytes_for(PROVIDER_SIDES[OPENAI], "m", {"max_tokens": 7})
    assert json.loads(encoded.body)["stream_options"] == {"include_usage": True}


@pytest.mark.parametrize("turns", ["null", "[]", "5", '"x"', "{}"])
@pytest.mark.parametrize(("client", "field"), [(OPENAI, "messages"), (ANTHROPIC, "messages"), (GOOGLE, "contents")])
def test_a_conversation_without_turns_is_refused_before_it_crosses(client: str, field: str, turns: str) -> None:
    body = f'{{"model":"m","max_tokens":5,"{field}":{turns}}}'.encode()
    with pytest.raises(InvalidRequestError) as caught:
        Call.received(CLIENT_SIDES[client], body, model="m")
    assert caught.value.param == field
