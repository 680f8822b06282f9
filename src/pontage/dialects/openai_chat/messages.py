"""Messages of a request, both ways. Floor 3; pure.

Every wire message is one message. A `tool` message is a user's message that holds one ToolResult; written back, results
stand directly behind the calls, one message each, and what else the turn holds follows them in a message of its own.
Pictures cannot stand in a result here: they follow in a user's message that names the call.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import assert_never

from pontage.dialects.openai_chat import message_types as wires
from pontage.dialects.openai_chat.assistant import decode_assistant, encode_assistant
from pontage.dialects.openai_chat.caching import encode_cache
from pontage.dialects.openai_chat.message_types import said
from pontage.dialects.openai_chat.parts import Placed, decode_content, encode_content, encode_part
from pontage.dialects.openai_chat.variant import Scope, kept
from pontage.dialects.scope import put_extra
from pontage.dialects.spelling import respell
from pontage.domain.chat import Message, Origin
from pontage.domain.parts import JSONObject, Opaque, Text, ToolResult


def decode_messages(messages: Sequence[wires.Message], origin: Origin) -> tuple[Message, ...]:
    """The messages. A legacy call gets an id by its position, and the legacy result behind it the same one."""
    found: list[Message] = []
    legacy = ""
    for index, message in enumerate(messages):
        where = f"messages[{index}]"
        if isinstance(message, wires.AssistantMessage):
            spoken = decode_assistant(message, origin, where, where)
            name = said(message.name)
            found.append(spoken if name is None else _named(spoken, name))
            if message.function_call and spoken.tool_calls:
                legacy = spoken.tool_calls[-1].id
        else:
            found.append(_decode_other(message, origin, legacy, where))
    return tuple(found)


def _named(message: Message, name: str) -> Message:
    return Message(role=message.role, parts=message.parts, name=name, origin=message.origin, extra=message.extra)


def _decode_other(
    message: wires.SystemMessage | wires.UserMessage | wires.ToolMessage | wires.FunctionMessage,
    origin: Origin,
    legacy: str,
    where: str,
) -> Message:
    parts = decode_content(message.content, f"{where}.content")
    extra = kept(message.extra)
    match message:
        case wires.SystemMessage():
            return Message(role="system", parts=parts, name=said(message.name), origin=origin, extra=extra)
        case wires.UserMessage():
            return Message(role="user", parts=parts, name=said(message.name), origin=origin, extra=extra)
        case wires.ToolMessage():
            result = ToolResult(call_id=message.tool_call_id, parts=parts, name=said(message.name))
        case wires.FunctionMessage():
            result = ToolResult(call_id=legacy or f"call_{message.name}", parts=parts, name=message.name)
        case _:
            assert_never(message)
    return Message(role="user", parts=(result,), origin=origin, extra=extra)


def encode_messages(messages: Sequence[Message], scope_of: Callable[[Origin | None], Scope]) -> list[JSONObject]:
    """The wire messages. `scope_of` gives the scope of a message's origin."""
    found: list[JSONObject] = []
    carried: list[JSONObject] = []  # pictures out of results, until the last result of the turn is written
    for index, message in enumerate(messages):
        scope = scope_of(message.origin)
        written = encode_message(message, f"messages[{index}]", scope, carried)
        if scope.own and message.spelling:
            written = respell(written, message.spelling)
        for wire in written:
            if carried and wire.get("role") != "tool":
                found.append({"role": "user", "content": [*carried]})
                carried.clear()
            found.append(wire)
    if carried:
        found.append({"role": "user", "content": carried})
    return found


def encode_message(message: Message, where: str, scope: Scope, carried: list[JSONObject]) -> list[JSONObject]:
    """The wire messages of one message; pictures that cannot stand in them are added to `carried`."""
    if message.role == "assistant":
        return _unless_empty(encode_assistant(message, where, scope), message, where, scope)
    results: list[tuple[str, ToolResult]] = []
    others: list[Placed] = []
    for index, part in enumerate(message.parts):
        path = f"{where}.parts[{index}]"
        if isinstance(part, ToolResult):
            if others:
                scope.notes.approximated(f"{where}.parts", "results come first")
            results.append((path, part))
        elif message.role == "system" and not (scope.carried or isinstance(part, Text | Opaque)):
            scope.notes.unsupported(path, "instructions are text")
        else:
            others.append((path, part))
    found = [_encode_result(result, path, scope, carried) for path, result in results]
    if others or not results:
        wire: JSONObject = {"role": message.role, "content": encode_content(others, scope)}
        if message.name is not None:
            wire["name"] = message.name
        found += _unless_empty(wire, message, where, scope)
    elif message.name is not None:
        scope.notes.dropped(f"{where}.name", "no place for it beside a result")
    if found:
        put_extra(found[-1], message.extra, scope, where)
    else:
        scope.notes.extras(message.extra, where)
    return found


def _unless_empty(wire: JSONObject, message: Message, where: str, scope: Scope) -> list[JSONObject]:
    """The message, unless it is another format's and says nothing here: empty turns are refused."""
    if scope.carried or wire["content"] or len(wire) > 2:
        return [wire]
    scope.notes.left_out(message, where)
    return []


def _encode_result(result: ToolResult, where: str, scope: Scope, carried: list[JSONObject]) -> JSONObject:
    texts: list[JSONObject] = []
    for index, part in enumerate(result.parts):
        path = f"{where}.parts[{index}]"
        made = encode_part(part, path, scope)
        if scope.carried or isinstance(part, Text):
            texts += made
        elif made:
            scope.notes.approximated(path, "stands in a message behind the result")
            carried.append({"type": "text", "text": f"From the result of call {result.call_id}:"})
            carried += made
    wire: JSONObject = {"role": "tool", "tool_call_id": result.call_id, "content": _plain(texts)}
    if result.name is not None:
        wire["name"] = result.name
    if result.is_error:
        scope.notes.dropped(f"{where}.is_error", "a result cannot be marked as a failure")
    if result.cache is not None:
        wire.update(encode_cache(result.cache, f"{where}.cache", scope))
    if result.signature is not None:
        scope.notes.dropped(f"{where}.signature", "no place for it on a result")
    put_extra(wire, result.extra, scope, where)
    return wire


def _plain(texts: list[JSONObject]) -> str | list[JSONObject]:
    if len(texts) == 1 and texts[0].keys() == {"type", "text"}:
        return texts[0]["text"]
    return texts or ""
