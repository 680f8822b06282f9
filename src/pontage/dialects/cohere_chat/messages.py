"""Turns of the conversation, both ways. Floor 3; pure.

Every wire message is one message. A `tool` message is a user's message that holds one result; written back, the
results of a turn stand first, one message each, and what else it holds follows in a message of its own.
"""

from __future__ import annotations

import msgspec

from pontage.dialects.cohere_chat import types as wires
from pontage.dialects.cohere_chat.assistant import read_assistant, write_assistant
from pontage.dialects.cohere_chat.calls import plain_text, write_result
from pontage.dialects.cohere_chat.names import CLIENT, scope_of
from pontage.dialects.cohere_chat.parts import read_content, write_blocks
from pontage.dialects.notes import Notes
from pontage.dialects.scope import Scope, put_extra
from pontage.dialects.spelling import respell
from pontage.domain.chat import Message
from pontage.domain.parts import JSONObject, Opaque, Part, Text, ToolCall, ToolResult
from pontage.errors import InvalidRequestError


def read_messages(messages: list[wires.WireMessage]) -> tuple[Message, ...]:
    """The messages. Raises InvalidRequestError for bad data."""
    found: list[Message] = []
    for number, wire in enumerate(messages):
        try:
            found.append(_read_message(wire, f"messages[{number}]"))
        except InvalidRequestError as error:
            error.message = f"`{error.param}`: {error.message}"
            raise
    return tuple(found)


def _read_message(wire: wires.WireMessage, where: str) -> Message:
    if isinstance(wire, wires.AssistantMessage):
        return read_assistant(wire, CLIENT, where)
    parts = tuple(read_content(wire.content, f"{where}.content"))
    match wire:
        case wires.SystemMessage():
            return Message(role="system", parts=parts, origin=CLIENT, extra=wire.extra)
        case wires.UserMessage():
            return Message(role="user", parts=parts, origin=CLIENT, extra=wire.extra)
        case wires.ToolMessage(tool_call_id=call_id):
            result = ToolResult(call_id=call_id, parts=parts)
            return Message(role="user", parts=(result,), origin=CLIENT, extra=wire.extra)


def write_messages(messages: tuple[Message, ...], notes: Notes) -> list[JSONObject]:
    """The wire messages."""
    found: list[JSONObject] = []
    pictures: list[JSONObject] = []  # out of results, until the last result of the turn is written
    names: dict[str, str] = {}  # of the tools, by the ids of their calls
    for number, message in enumerate(messages):
        scope, where = scope_of(message.origin, notes), f"messages[{number}]"
        written = write_message(message, scope, where, pictures)
        if scope.own and message.spelling and len(written) == 1:
            plain = msgspec.json.decode(msgspec.json.encode(written[0]))
            written = [respell(plain, message.spelling)]
        for wire in written:
            if pictures and wire["role"] != "tool":
                found.append({"role": "user", "content": [*pictures]})
                pictures.clear()
            found.append(wire)
        _note_names(message, names, notes, where)
    if pictures:
        found.append({"role": "user", "content": pictures})
    return found


def _note_names(message: Message, names: dict[str, str], notes: Notes, where: str) -> None:
    """Note the name of a tool on a result that does not repeat the name on its call."""
    for number, part in enumerate(message.parts):
        if isinstance(part, ToolCall):
            names[part.id] = part.name
        elif isinstance(part, ToolResult) and part.name is not None and names.get(part.call_id) != part.name:
            notes.dropped(f"{where}.parts[{number}].name", "a result has no name here")


def write_message(message: Message, scope: Scope, where: str, pictures: list[JSONObject]) -> list[JSONObject]:
    """The wire messages of one message; blocks that cannot stand in them are added to `pictures`."""
    if message.name is not None:
        scope.notes.dropped(f"{where}.name", "participants have no names here")
    if message.role == "assistant":
        said = write_assistant(message, scope, where)
        if scope.own or len(said) > 1:
            return [said]
        scope.notes.left_out(message, where)
        return []
    results: list[JSONObject] = []
    blocks: list[JSONObject] = []
    for number, part in enumerate(message.parts):
        path = f"{where}.parts[{number}]"
        if isinstance(part, ToolResult):
            if blocks:
                scope.notes.approximated(f"{where}.parts", "results come first")
            results.append(write_result(part, scope, path, pictures))
        elif message.role == "system" and not (scope.carried or isinstance(part, Text | Opaque)):
            scope.notes.unsupported(path, "instructions are text")
        else:
            blocks += _write_block(part, scope, path)
    if blocks or (scope.own and not message.parts):
        results.append({"role": message.role, "content": plain_text(blocks)})
    if results:
        put_extra(results[-1], message.extra, scope, where)
    else:
        scope.notes.left_out(message, where)
        put_extra({}, message.extra, scope, where)
    return results


def _write_block(part: Part, scope: Scope, where: str) -> list[JSONObject]:
    if isinstance(part, Text) and part.citations:
        scope.notes.dropped(f"{where}.citations", "only the assistant cites")
    if part == Text(text="") and not scope.own:
        scope.notes.dropped(where, "an empty text says nothing")
        return []
    return write_blocks(part, scope, where)
