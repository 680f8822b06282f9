"""The laws of a format, on everything that Mistral was recorded to be asked and to say."""

import json
import random
from typing import Any

import pytest
from msgspec.structs import replace

from pontage.dialects.spelling import residue
from pontage.dialects.table import CLIENT_SIDES
from pontage.domain import ChatRequest, ChatResponse, Reasoning, ToolCall, collect
from pontage.errors import AuthenticationError, InvalidRequestError
from pontage.providers.mistral.chat import NAME, decode_request, encode_response, provider_side
from tests.conftest import Corpus
from tests.corpus import Exchange
from tests.laws import differences
from tests.speaking import read_stream

SIDE = provider_side()


def recorded(corpus: Corpus) -> list[Exchange]:
    def wanted(one: Exchange) -> bool:
        spoken = one.provider == "mistral" and one.endpoint == "chat.completions"
        return spoken and (one.streaming or one.status != 200 or "choices" in (one.response.body or {}))

    return corpus.exchanges(wanted)


def answered(exchange: Exchange) -> bytes:
    body = exchange.response.body
    return body.encode() if isinstance(body, str) else json.dumps(body).encode()


def unspelled(request: ChatRequest) -> ChatRequest:
    messages = tuple(replace(message, spelling=()) for message in request.messages)
    return replace(request, messages=messages, spelling=())


def unspelled_answer(answer: ChatResponse) -> ChatResponse:
    choices = tuple(replace(choice, message=replace(choice.message, spelling=())) for choice in answer.choices)
    return replace(answer, choices=choices, spelling=())


def test_requests_are_written_as_they_were_read(corpus: Corpus) -> None:
    for exchange in recorded(corpus):
        if exchange.request.body is None:
            continue
        body = json.dumps(exchange.request.body).encode()
        request = decode_request(body)
        assert request.origin is not None
        assert request.origin.dialect == NAME
        encoded = SIDE.encode_request(request)
        changed = residue(exchange.request.body, json.loads(encoded.body))
        assert {(spelling.path[0], spelling.path[-1]) for spelling in changed} <= {("tools", "type")}, exchange.id
        assert encoded.notes == ()
        again = SIDE.encode_request(unspelled(request))
        assert differences(unspelled(request), unspelled(decode_request(again.body))) == [], exchange.id
        assert again.notes == ()
        model = str(exchange.model)
        assert SIDE.adjust_request(body, model, bool(request.stream)) is body
        other = json.loads(SIDE.adjust_request(body, "another", bool(request.stream)))
        assert other == {**exchange.request.body, "model": "another"}


def test_answers_are_written_as_they_were_read(corpus: Corpus) -> None:
    for exchange in recorded(corpus):
        if exchange.streaming or exchange.status != 200:
            continue
        body = answered(exchange)
        answer = SIDE.decode_response(body)
        assert answer.origin is not None
        assert (answer.origin.dialect, answer.origin.family) == (NAME, "mistral")
        encoded = encode_response(answer)
        assert residue(exchange.response.body, json.loads(encoded.body)) == (), exchange.id
        assert encoded.notes == ()
        again = SIDE.decode_response(encode_response(unspelled_answer(answer)).body)
        assert differences(unspelled_answer(answer), unspelled_answer(again)) == [], exchange.id
        assert SIDE.usage_of(body) == answer.usage
        plain = SIDE.decode_response(body, keep_spelling=False)
        assert plain == unspelled_answer(answer)


def test_streams_are_the_same_however_they_are_cut(corpus: Corpus) -> None:
    for exchange in recorded(corpus):
        if not exchange.streaming:
            continue
        data = answered(exchange)
        events = read_stream(SIDE, data)
        chance = random.Random(exchange.id)
        assert read_stream(SIDE, data, sorted(chance.sample(range(len(data)), 5))) == events
        answer = collect(events)
        assert answer.origin is not None
        assert answer.origin.dialect == NAME
        assert answer.message.parts
        assert "p" not in answer.extra
        assert answer.usage is not None
        tap = SIDE.stream_tap(b"{}")
        framing = SIDE.framing()
        assert b"".join(tap.feed(frame) for frame in (*framing.feed(data), *framing.end())) == data
        assert (tap.usage, tap.content, tap.finished) == (answer.usage, True, True)


def test_thinking_is_found(corpus: Corpus) -> None:
    thoughtful = [one for one in recorded(corpus) if "thinking" in one.features and one.status == 200]
    for exchange in thoughtful:
        body = answered(exchange)
        answer = collect(read_stream(SIDE, body)) if exchange.streaming else SIDE.decode_response(body)
        assert isinstance(answer.message.parts[0], Reasoning), exchange.id
        assert answer.message.parts[0].text
        assert answer.text


@pytest.mark.parametrize("client", CLIENT_SIDES)
def test_every_client_is_told_the_answer_and_can_bring_it_back(client: str, corpus: Corpus) -> None:
    for exchange in recorded(corpus):
        if exchange.status != 200:
            continue
        body = answered(exchange)
        answer = collect(read_stream(SIDE, body)) if exchange.streaming else SIDE.decode_response(body)
        encoded = CLIENT_SIDES[client].encode_response(answer)
        assert json.loads(encoded.body)
        told = ChatRequest(model="m", messages=(answer.message,))
        back: dict[str, Any] = json.loads(SIDE.encode_request(told).body)
        ids = [part.id for part in answer.message.parts if isinstance(part, ToolCall)]
        assert len(back["messages"][0].get("tool_calls") or []) == len(ids)


def test_errors_are_the_right_ones(corpus: Corpus) -> None:
    kinds = {400: InvalidRequestError, 401: AuthenticationError}
    for exchange in recorded(corpus):
        if exchange.status >= 400:
            error = SIDE.decode_error(exchange.status, exchange.response.headers or {}, answered(exchange))
            assert type(error) is kinds[exchange.status]
            assert error.message
