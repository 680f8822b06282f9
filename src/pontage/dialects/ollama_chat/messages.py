"""Messages of a conversation, both ways. Floor 3; pure.

A message holds its parts in one order (parts.py). Parts that stand otherwise go out as several messages of one role,
which keeps their order: the server puts a blank line between the texts of such messages, or shows them one after the
other. That is right between texts of people, but not within what a model said: texts of one answer that follow each
other are joined, and noted. A tool's result is a message of its own; it names its tool, and the call where that had an
id.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final, cast

import msgspec
from msgspec import Struct

from pontage.dialects.notes import Notes
from pontage.dialects.ollama_chat.calls import CallReader
from pontage.dialects.ollama_chat.media import require_base64
from pontage.dialects.ollama_chat.names import NAME, scope_of, told
from pontage.dialects.ollama_chat.parts import read_parts, write_part
from pontage.dialects.ollama_chat.types import Turn
from pontage.dialects.scope import Scope, is_from, put_extra
from pontage.dialects.spelling import respell
from pontage.domain.chat import Message, Origin, Role
from pontage.domain.parts import JSONObject, Reasoning, ToolCall, ToolResult
from pontage.errors import InvalidRequestError

CLIENT: Final = Origin(NAME)
"""The origin of what a client of this format says."""

_TOOL: Final = "tool"
_ROLES: Final[dict[str, Role]] = {"system": "system", "user": "user", "assistant": "assistant", _TOOL: "user"}
_PLACES: Final = {"thinking": 0, "images": 1, "content": 2, "tool_calls": 3}
_MANY: Final = ("images", "tool_calls")


def read_messages(turns: list[Turn]) -> tuple[Message, ...]:
    """All messages of a request. Raises InvalidRequestError for an unknown role or bad data."""
    calls = CallReader(claimed=[turn.tool_call_id for turn in turns if turn.role == _TOOL and turn.tool_call_id])
    return tuple([_read_message(turn, f"messages[{number}]", calls) for number, turn in enumerate(turns)])


def _read_message(turn: Turn, where: str, calls: CallReader) -> Message:
    role = _ROLES.get(turn.role)
    if role is None:
        reason = f"{turn.role[:40]!r} is neither system, user, assistant nor tool"
        raise InvalidRequestError(f"{where}.role: {reason}", param=f"{where}.role")
    for number, image in enumerate(turn.images or ()):
        require_base64(image, f"{where}.images[{number}]")
    for number, call in enumerate(turn.tool_calls or ()):
        if not bytes(call.function.arguments).lstrip().startswith(b"{"):
            param = f"{where}.tool_calls[{number}].function.arguments"
            raise InvalidRequestError(f"{param}: the arguments of a call are an object", param=param)
    if turn.role == _TOOL:
        return _read_result(turn, where, calls)
    if turn.tool_name or turn.tool_call_id:  # means nothing beside another role
        turn.extra.update(told(tool_name=turn.tool_name, tool_call_id=turn.tool_call_id))
    return Message(role=role, parts=read_parts(turn, calls), origin=CLIENT, extra=turn.extra)


def _read_result(turn: Turn, where: str, calls: CallReader) -> Message:
    for name in ("thinking", "tool_calls"):
        if getattr(turn, name):
            raise InvalidRequestError(f"{where}.{name}: a tool only answers", param=f"{where}.{name}")
    name = turn.tool_name or None
    result = ToolResult(
        call_id=calls.answered(turn.tool_call_id, name), parts=read_parts(turn, CallReader()), name=name
    )
    return Message(role="user", parts=(result,), origin=CLIENT, extra=turn.extra)


class Conversation:
    """What messages need to know of each other when they are written."""

    def __init__(self, messages: tuple[Message, ...]) -> None:
        self.names: dict[str, str] = {}  # of the tools that were called, by the id of the call
        self.asked: set[str] = set()  # ids that results of other origins name: their calls have to tell them
        for message in messages:
            for part in message.parts:
                if isinstance(part, ToolCall):
                    self.names[part.id] = part.name
                elif isinstance(part, ToolResult) and not is_from(message.origin, NAME):
                    self.asked.add(part.call_id)

    def write(self, message: Message, notes: Notes, where: str) -> list[JSONObject]:
        """One message as those of the wire; an own one as its origin wrote it."""
        turns = write_turns(message, scope_of(message.origin, NAME, notes), where, self.names)
        if not (message.spelling and len(turns) == 1 and is_from(message.origin, NAME)):
            return turns
        (turn,) = turns
        spelled = cast(JSONObject, respell(msgspec.json.decode(msgspec.json.encode(turn)), message.spelling))
        called = [part.id for part in message.parts if isinstance(part, ToolCall)]
        for call, identity in zip(cast(list[JSONObject], spelled.get("tool_calls") or []), called, strict=False):
            if identity in self.asked:
                call["id"] = identity
        return [spelled]


class _Open(Struct):
    """A message that is being written: how far in its order it is, and the path of the part its text is."""

    said: JSONObject
    place: int = -1
    text: str = ""


def write_turns(message: Message, scope: Scope, where: str, names: Mapping[str, str]) -> list[JSONObject]:
    """One message as those of the wire, in the writer's own words. `names`: the tools', by the id of the call."""
    turns: list[_Open] = []
    for number, part in enumerate(message.parts):
        path = f"{where}.parts[{number}]"
        if isinstance(part, ToolResult):
            turns.append(_Open(_write_result(part, scope, path, names), len(_PLACES)))
            continue
        said = write_part(part, scope, path)
        if said == ("content", "") and not scope.own:
            scope.notes.dropped(path, "an empty text says nothing")
        elif said is not None:
            _place(turns, message.role, said, path, scope.notes)
    if message.name is not None:
        scope.notes.dropped(f"{where}.name", "participants have no names here")
    if not turns and scope.own:
        turns.append(_Open({"role": message.role, "content": ""}))
    if not turns:
        scope.notes.left_out(message, where)
    put_extra(turns[0].said if turns else {}, message.extra, scope, where)
    return [turn.said for turn in turns]


def _place(turns: list[_Open], role: Role, said: tuple[str, Any], path: str, notes: Notes) -> None:
    """Add what a part says to the last message, if it stands in its order there, else to a new one."""
    field, value = said
    place = _PLACES[field]
    last = turns[-1] if turns else None
    joined = field == "content" and role == "assistant" and last is not None and last.place == place
    if last is not None and joined:
        last.said[field] += value
        for one in (last.text, path):
            notes.approximated(one, "texts of one answer that follow each other are joined")
        return
    if last is None or last.place > place or (last.place == place and field not in _MANY):
        last = _Open({"role": role, "content": ""})
        turns.append(last)
    last.place = place
    if field in _MANY:
        last.said.setdefault(field, []).append(value)
    else:
        last.said[field] = value
    if field == "content":
        last.text = path


def _write_result(result: ToolResult, scope: Scope, where: str, names: Mapping[str, str]) -> JSONObject:
    notes = scope.notes
    texts: list[str] = []
    images: list[str] = []
    for number, part in enumerate(result.parts):
        path = f"{where}.parts[{number}]"
        if isinstance(part, Reasoning | ToolCall | ToolResult):
            notes.unsupported(path, "results are text and pictures")
            continue
        match write_part(part, scope, path):
            case ("images", image):
                images.append(image)
                if texts:
                    notes.approximated(f"{where}.parts", "pictures stand before the text")
            case (_, text):
                texts.append(text)
            case None:
                pass
    if len(texts) > 1:
        notes.approximated(f"{where}.parts", "the texts of a result are joined")
    if result.is_error:
        notes.dropped(f"{where}.is_error", "only the text can tell that a tool failed")
    if result.cache is not None:
        notes.dropped(f"{where}.cache", "caching is the server's own business here")
    if result.signature is not None:
        notes.dropped(f"{where}.signature", "nothing is signed here")
    scope.notes.extras(result.extra, where)
    said: JSONObject = {"role": _TOOL, "content": "\n".join(texts), **({"images": images} if images else {})}
    name = result.name or names.get(result.call_id)
    if name:
        said["tool_name"] = name
    said["tool_call_id"] = result.call_id
    return said
