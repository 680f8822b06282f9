"""The two forms of an answer as one: a conversation's, and that to one prompt. Floor 3; pure.

All that reads or writes answers works on the conversation's form; a `Form` turns the other one into it and back, whole
answers and lines of streams alike.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

from msgspec import Struct

from pontage.dialects.notes import Notes
from pontage.dialects.ollama_chat.names import GENERATE, NAME, told
from pontage.dialects.ollama_chat.types import ANSWER, GENERATE_ANSWER, Answer, GenerateAnswer, Turn
from pontage.domain.parts import JSONObject


class Form(Struct, frozen=True):
    """A form of an answer: its `name`, how bytes of it are read (raises ProtocolError), and how it is written."""

    name: str
    read: Callable[[bytes], Answer]
    write: Callable[[JSONObject, Notes], JSONObject]


_SHARED: Final = tuple(name for name in Answer.__struct_fields__ if name != "message")
_PROGRESS: Final = ("context", "completed", "total")


def _read_generated(body: bytes) -> Answer:
    wire = GENERATE_ANSWER.decode(body)
    answer = Answer(**{name: getattr(wire, name) for name in _SHARED})
    answer.extra.update(told(**{name: getattr(wire, name) for name in _PROGRESS}))
    if _says_something(wire):
        images = [wire.image] if wire.image else None
        answer.message = Turn(content=wire.response, thinking=wire.thinking, images=images, tool_calls=wire.tool_calls)
    return answer


def _says_something(wire: GenerateAnswer) -> bool:
    return any(told is not None for told in (wire.response, wire.thinking, wire.image, wire.tool_calls, wire.done))


def _write_generated(said: JSONObject, notes: Notes) -> JSONObject:
    """`said`, its message taken apart. One picture is all that has room."""
    turn: JSONObject = {**said["message"]}
    turn.pop("role", None)
    fields: JSONObject = {"response": turn.pop("content", "")}
    images = turn.pop("images", None)
    if images:
        fields["image"] = images[0]
        if len(images) > 1:
            notes.dropped("choices[0].message.parts", "one picture is all that has room")
    rest = {name: value for name, value in said.items() if name != "message"}
    return {**turn, **rest, **fields}


def _same(said: JSONObject, notes: Notes) -> JSONObject:
    return said


CHAT_FORM: Final = Form(NAME, ANSWER.decode, _same)
"""Answers of `POST /api/chat`."""

PROMPT_FORM: Final = Form(GENERATE, _read_generated, _write_generated)
"""Answers of `POST /api/generate`."""
