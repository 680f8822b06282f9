"""Messages as items, both ways. Floor 3; pure.

On the way in, what the user or the rules say is a message for each item; a run of the assistant's items is one message,
and so is a run of tool results. `instructions` are the first message.

On the way out a first message of the rules that is one plain text becomes `instructions`, every other one a developer
item in its place: nothing is joined, and nothing moves. The user's words around tool results keep their order.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final, cast

import msgspec
from msgspec import Raw, Struct

from pontage.dialects.openai_responses import item_types as wires
from pontage.dialects.openai_responses.content import Placed, write_content, write_spoken
from pontage.dialects.openai_responses.items import ReadItem, read_item
from pontage.dialects.openai_responses.items_out import forfeit, prefix_of, write_item, write_message_item
from pontage.dialects.openai_responses.names import FAMILY, ITEM, NAME, Scope, item_fields, made_id, put_extra
from pontage.dialects.openai_responses.tags import tag_item
from pontage.dialects.spelling import respell
from pontage.dialects.tags import untag
from pontage.domain.chat import Message, Origin
from pontage.domain.parts import JSONObject, Opaque, Part, Reasoning, Refusal, Text, ToolResult

CLIENT: Final = Origin(NAME, FAMILY)
"""The origin of what a client of this format says."""
INSTRUCTIONS: Final = "instructions"
"""The request's field for the rules; as an item it stands for that field."""


class Setting(Struct, frozen=True):
    """Where a message is written. `first`: nothing stands before it. `calls`: the kind of every call of the
    conversation, by id. `rules`: the role of what the rules say. `answer`: the id of the answer it is, if it is one."""

    first: bool = False
    calls: Mapping[str, str] = {}
    rules: str = "developer"
    answer: str | None = None


def read_messages(
    items: list[Raw], instructions: str | None, *, tagged: bool
) -> tuple[tuple[Message, ...], tuple[int, ...]]:
    """All messages, and how many items each of them was. `tagged`: thinking may carry the tags of tags.py.

    Raises InvalidRequestError for what is no item.
    """
    messages: list[Message] = []
    counts: list[int] = []
    if instructions:
        messages.append(Message(role="system", parts=(Text(text=instructions),), origin=CLIENT))
        counts.append(0)
    run: list[ReadItem] = []
    for number, raw in enumerate(items):
        item = read_item(raw, wires.ASKED, f"input[{number}]")
        if run and (item.alone or item.role != run[-1].role or _touches(run[-1], item)):
            messages.append(_message_of(run, tagged))
            counts.append(len(run))
            run = []
        run.append(item)
        if item.alone:
            messages.append(_message_of(run, tagged))
            counts.append(1)
            run = []
    if run:
        messages.append(_message_of(run, tagged))
        counts.append(len(run))
    return tuple(messages), tuple(counts)


def _touches(before: ReadItem, item: ReadItem) -> bool:
    """Whether two messages of the assistant would be taken for one: nothing tells their texts apart."""
    if not (before.parts and item.parts and is_spoken(before.parts[-1]) and is_spoken(item.parts[0])):
        return False
    return before.parts[-1].extra.get(ITEM) == item.parts[0].extra.get(ITEM)


def _message_of(run: list[ReadItem], tagged: bool) -> Message:
    role, origin = run[0].role, CLIENT
    parts = run[0].parts if len(run) == 1 else tuple([part for item in run for part in item.parts])
    if tagged and role == "assistant":
        parts, family, found = untag(parts)
        origin = Origin(NAME, family) if found else CLIENT
    return Message(role=role, parts=parts, origin=origin, extra=run[0].extra)


def is_spoken(part: Part) -> bool:
    """Whether a part of the assistant's stands in the content of a message item."""
    return isinstance(part, Text | Refusal) or (isinstance(part, Opaque) and ITEM in part.extra)


def write_turn(message: Message, scope: Scope, where: str, setting: Setting) -> list[JSONObject]:
    """The items of one message; an own one as its origin wrote it. `where`: its canonical path."""
    if message.name is not None:
        scope.notes.dropped(f"{where}.name", "participants have no names here")
    turn = _Turn(message, scope, where, setting)
    items = turn.items
    if scope.own and message.spelling and turn.whole:  # else the paths of the spelling point elsewhere
        plain = msgspec.json.decode(msgspec.json.encode(items))
        return cast(list[JSONObject], respell(plain, message.spelling))
    return items


class _Turn:
    """One message on its way out. `whole`: every part of it is said."""

    def __init__(self, message: Message, scope: Scope, where: str, setting: Setting) -> None:
        self.items: list[JSONObject] = []
        self.whole = True
        self._scope = scope
        self._where = where
        self._setting = setting
        self._extra = message.extra
        self._content: list[JSONObject] = []  # of the message item that is being written
        self._fields: JSONObject = {}
        self._placed: list[Placed] = []
        if message.role == "assistant":
            self._write_spoken(message)
        else:
            self._write_heard(message)

    def _write_heard(self, message: Message) -> None:
        """What the user or the rules say."""
        parts, rules = message.parts, message.role == "system"
        if rules and self._setting.first and not message.extra and len(parts) == 1:
            (part,) = parts
            if isinstance(part, Text) and part == Text(text=part.text):
                self.items.append({INSTRUCTIONS: part.text})
                return
        role = self._setting.rules if rules else message.role
        for number, part in enumerate(parts):
            path = f"{self._where}.parts[{number}]"
            if isinstance(part, ToolResult):
                self._end_heard(role)
                self.items.append(self._write_result(part, path))
            elif isinstance(part, Opaque) and ITEM not in part.extra and self._scope.carried:
                self._end_heard(role)
                self.items.append({**part.data})
            else:
                self._placed.append((path, part))
        self._end_heard(role)
        if not parts and self._scope.own:
            self.items.append({"type": "message", "role": role, "content": [], **self._extra})
        elif self._extra:
            put_extra({}, self._extra, self._scope, self._where)

    def _end_heard(self, role: str) -> None:
        if not self._placed:
            return
        content = write_content(self._placed, self._scope)
        if len(content) < len(self._placed) and not isinstance(content, str):
            self.whole = False
        if content or isinstance(content, str):
            said: JSONObject = {"type": "message", "role": role, "content": content}
            if self._extra:
                put_extra(said, self._extra, self._scope, self._where)
                self._extra = {}
            self.items.append(said)
        self._placed = []

    def _write_result(self, result: ToolResult, where: str) -> JSONObject:
        scope = self._scope
        placed: list[Placed] = [(f"{where}.parts[{number}]", part) for number, part in enumerate(result.parts)]
        kind = self._setting.calls.get(result.call_id)
        said: JSONObject = {
            "type": "custom_tool_call_output" if kind == "custom" else "function_call_output",
            "call_id": result.call_id,
            "output": write_content(placed, scope) or "",
        }
        if result.name is not None and scope.own:
            said["name"] = result.name
        elif result.name is not None and kind is None:
            scope.notes.dropped(f"{where}.name", "a result names its call only")
        if result.is_error:
            scope.notes.dropped(f"{where}.is_error", "a result is not marked as an error here")
        if result.cache is not None:
            scope.notes.dropped(f"{where}.cache", "no breakpoints on results; on their parts there are")
        if result.signature is not None:
            scope.notes.dropped(f"{where}.signature", "only thinking is signed here")
        said.update(item_fields(result.extra, scope))
        put_extra(said, result.extra, scope, where)
        return said

    def _write_spoken(self, message: Message) -> None:
        """What the assistant says and does."""
        scope = self._scope
        for number, part in enumerate(message.parts):
            path = f"{self._where}.parts[{number}]"
            if scope.answering and part.signature and not scope.signed and not isinstance(part, Reasoning):
                self._end_spoken()
                self.items.append(tag_item(scope.family, part.signature, "next:", self._identity("rs") or ""))
            if isinstance(part, Text | Refusal) or (isinstance(part, Opaque) and ITEM in part.extra and scope.carried):
                fields = item_fields(part.extra, scope)
                if fields != self._fields:
                    self._end_spoken()
                    self._fields = fields
                forfeit(part, scope, path)
                self._content.append(write_spoken(part, scope, path))
                continue
            self._end_spoken()
            item = write_item(part, scope, path, self._identity(prefix_of(part)))
            if item is not None:
                self.items.append(item)
            else:
                self.whole = False
        self._end_spoken()
        put_extra({}, self._extra, scope, self._where)

    def _end_spoken(self) -> None:
        if not self._content:
            return
        plain = self._content[0].get("text") if len(self._content) == 1 else None
        bare: Any = {"type": "output_text", "text": plain, "annotations": []}
        if self._setting.answer is None and not self._fields and self._content[0] == bare:
            self.items.append({"type": "message", "role": "assistant", "content": plain})
        else:
            self.items.append(write_message_item(self._content, self._fields, self._identity("msg")))
        self._content, self._fields = [], {}

    def _identity(self, prefix: str) -> str | None:
        """The id of the next item of an answer."""
        answer = self._setting.answer
        return None if answer is None else made_id(prefix, answer, len(self.items))
