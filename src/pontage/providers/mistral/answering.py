"""Mistral's format for who asks in it: answers, whole and in pieces, and errors. Floor 4; pure.

Its own client is stricter than OpenAI's: it wants a call in one piece, the usage of every answer, thinking in chunks.
"""

from __future__ import annotations

from typing import Any, Final, cast

import msgspec
from msgspec.structs import replace

from pontage.dialects import openai_chat
from pontage.dialects.dialect import ClientSide, Encoded, StreamEncoder
from pontage.dialects.notes import Notes
from pontage.dialects.openai_errors import error_fields
from pontage.domain.chat import ChatRequest, ChatResponse, Note
from pontage.domain.parts import JSONObject, Part, Refusal, ToolCall
from pontage.domain.stream import Delta, PartEnded, PartStarted, Started, StreamEvent
from pontage.errors import PontageError
from pontage.providers.mistral import chat
from pontage.providers.mistral.fitting import call_id, fit_answer, plain_text
from pontage.providers.mistral.translate import write_piece
from pontage.streaming.framing import encode_sse

_CLIENT: Final = openai_chat.client_side()
_DATA: Final = b"data: "
_NO_USAGE: Final = {"prompt_tokens": 0, "completion_tokens": 0, "total_tokens": 0}


def client_side() -> ClientSide:
    """How to answer a client of the format."""
    return replace(
        _CLIENT,
        name=chat.NAME,
        words={**_CLIENT.words, "seed": ("random_seed",), "max_tokens": ("max_tokens",)},
        decode_request=chat.decode_request,
        encode_response=encode_response,
        stream_encoder=Encoder,
        encode_error=encode_error,
    )


def encode_response(response: ChatResponse) -> Encoded:
    """The body for a client, and what it cannot be told. Without a usage its own client reads nothing at all."""
    notes = Notes()
    choices = tuple(
        [
            replace(choice, message=replace(choice.message, parts=_spoken(choice.message.parts, number, notes)))
            for number, choice in enumerate(response.choices)
        ]
    )
    encoded = chat.encode_response(replace(response, choices=choices))
    notes.extend(encoded.notes)
    body = encoded.body
    if response.usage is None:
        body = msgspec.json.encode({**msgspec.json.decode(body), "usage": _NO_USAGE})
    return Encoded(body, notes.all())


def _spoken(parts: tuple[Part, ...], choice: int, notes: Notes) -> tuple[Part, ...]:
    return tuple([fit_answer(part, f"choices[{choice}].parts[{at}]", notes) for at, part in enumerate(parts)])


def encode_error(error: PontageError) -> tuple[int, bytes]:
    """Status and body: OpenAI's fields, without an object around them."""
    return error.status, _error_body(error)


def _error_body(error: PontageError) -> bytes:
    return msgspec.json.encode({"object": "error", **error_fields(error)})


class Encoder:
    """One stream's machine: OpenAI's, its chunks put into Mistral's words, every call told as a whole at its end."""

    __slots__ = ("_calls", "_inner", "_notes")

    def __init__(self, request: ChatRequest | None) -> None:
        self._inner: StreamEncoder = _CLIENT.stream_encoder(None)  # which tells the usage, asked for or not
        self._notes = Notes()
        self._calls: dict[tuple[int, int], bytes] = {}  # (choice, index) of a call to the chunk of its beginning

    def feed(self, event: StreamEvent) -> bytes:
        """The chunks for this event, perhaps none."""
        match event:
            case Started():
                return self._told(replace(event, origin=chat.inward(event.origin)))
            case PartStarted(part=ToolCall() as call):
                begun = replace(event, part=replace(call, id=call_id(call.id), kind="function"))
                self._calls[event.choice, event.index] = self._inner.feed(begun)
                return b""
            case Delta() if (event.choice, event.index) in self._calls:
                return b""
            case PartEnded(part=ToolCall()):
                return self._call(event)
            case PartStarted(part=Refusal()):
                return self._told(replace(event, part=plain_text(event.part, "", Notes())))
            case PartEnded(part=Refusal()):
                where = f"choices[{event.choice}].parts[{event.index}]"
                return self._told(replace(event, part=plain_text(event.part, where, self._notes)))
            case _:
                return self._told(event)

    def fail(self, error: PontageError) -> bytes:
        """The error as an event of its own; `[DONE]` does not follow."""
        return encode_sse(_error_body(error))

    def keep_alive(self) -> bytes:
        """A comment."""
        return self._inner.keep_alive()

    def notes(self) -> tuple[Note, ...]:
        """What could not be told so far."""
        return (*self._inner.notes(), *self._notes.all())

    def _call(self, event: PartEnded) -> bytes:
        """A call as a whole."""
        part = fit_answer(event.part, f"choices[{event.choice}].parts[{event.index}]", self._notes)
        assert isinstance(part, ToolCall)
        grown = self._inner.feed(Delta(event.index, part.arguments, event.choice)) if part.arguments else b""
        begun = self._calls[event.choice, event.index]
        return _written(begun + grown + self._inner.feed(replace(event, part=part)))

    def _told(self, event: StreamEvent) -> bytes:
        return _written(self._inner.feed(event))


def _written(data: bytes) -> bytes:
    """OpenAI's chunks in Mistral's words, as few as its own client needs."""
    chunks: list[JSONObject] = []
    ending = b""
    for line in data.split(b"\n\n"):
        if line.startswith(_DATA + b"{"):
            _join(chunks, cast(JSONObject, msgspec.json.decode(line[len(_DATA) :])))
        elif line:
            ending = line + b"\n\n"
    return b"".join([encode_sse(msgspec.json.encode(write_piece(chunk))) for chunk in chunks]) + ending


def _join(chunks: list[JSONObject], chunk: JSONObject) -> None:
    """Add a chunk, or let the one before it say it: the rest of a call, or the usage, which has no choice beside it."""
    last = chunks[-1] if chunks else {}
    calls = _calls_of(last)
    if calls and _calls_of(chunk):
        rest = _calls_of(chunk)[0].get("function", {})
        calls[0]["function"]["arguments"] += rest.get("arguments", "")
    elif last and not chunk["choices"] and "usage" in chunk:
        last["usage"] = chunk["usage"]
    else:
        chunks.append(chunk)


def _calls_of(chunk: JSONObject) -> list[Any]:
    choices = cast(list[JSONObject], chunk.get("choices") or [{"delta": {}}])
    return cast(list[Any], choices[0]["delta"].get("tool_calls", []))
