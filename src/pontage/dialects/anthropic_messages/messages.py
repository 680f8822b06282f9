"""Turns of the conversation, both ways. Floor 3; pure.

On the way in a turn is a message, and the top-level `system` is the first message. On the way out own messages stand as
they came. Messages of another origin are made to fit what this format demands: leading system messages become the
`system` blocks; later ones a marked text in the user's turn (or, by option, a system turn in place); adjacent turns of
one role are joined, tool results first; every tool call gets its result in the turn behind it, and only such results
stay; text without a visible character is left out; the user speaks first. Each of these leaves a note.
"""

from __future__ import annotations

from typing import Any, Final, cast

import msgspec
from msgspec import Struct

from pontage.dialects.anthropic_messages.names import FAMILY, NAME, Scope, scope_of
from pontage.dialects.anthropic_messages.parts import read_blocks, write_block
from pontage.dialects.anthropic_messages.tags import tag_block
from pontage.dialects.anthropic_messages.types import MessageParam, Request
from pontage.dialects.notes import Notes
from pontage.dialects.scope import put_extra
from pontage.dialects.spelling import respell
from pontage.dialects.tags import untag
from pontage.domain.chat import Message, Origin, Role
from pontage.domain.parts import JSONObject, Part, Reasoning, ToolCall
from pontage.errors import InvalidRequestError

CLIENT: Final = Origin(NAME, FAMILY)
"""The origin of what a client of this format says."""

_ROLES: Final[dict[str, Role]] = {"user": "user", "assistant": "assistant", "system": "system"}
_OPENING = "Begin."
_NO_RESULT = "No result was given for this call."


class Turn(Struct):
    """A turn on its way out: its blocks, and beside each the path of the part it says ("" for one that was added)."""

    role: Role
    blocks: list[JSONObject]
    paths: list[str]
    own: bool
    extra: JSONObject
    said: JSONObject | None = None  # an own turn as its origin wrote it

    def as_json(self) -> JSONObject:
        """The turn on the wire."""
        return {"role": self.role, "content": self.blocks, **self.extra} if self.said is None else self.said


def read_messages(wire: Request, *, tagged: bool) -> tuple[Message, ...]:
    """All messages of a request, its `system` first. `tagged`: signatures may carry the tags of tags.py.

    Raises InvalidRequestError for an unknown role or bad data.
    """
    messages: list[Message] = []
    if wire.system is not None:
        messages.append(Message(role="system", parts=_read_content(wire.system, "system"), origin=CLIENT))
    for number, turn in enumerate(wire.messages):
        messages.append(_read_message(turn, number, tagged))
    return tuple(messages)


def _read_message(turn: MessageParam, number: int, tagged: bool) -> Message:
    role = _ROLES.get(turn.role)
    if role is None:
        raise InvalidRequestError(
            f"messages[{number}].role: {turn.role[:40]!r} is neither user, assistant nor system",
            param=f"messages[{number}].role",
        )
    parts, origin = _read_content(turn.content, f"messages[{number}]"), CLIENT
    if tagged and role == "assistant":
        parts, family, found = untag(parts)
        origin = Origin(NAME, family) if found else CLIENT
    return Message(role=role, parts=parts, origin=origin, extra=turn.extra)


def _read_content(content: Any, where: str) -> tuple[Part, ...]:
    try:
        parts = read_blocks(content)
        for number, part in enumerate(parts):
            if isinstance(part, ToolCall) and not part.arguments.lstrip().startswith("{"):
                raise InvalidRequestError("the input of a call is an object", param=f"content[{number}].input")
        return parts
    except InvalidRequestError as error:
        param = error.param or ""
        error.param = f"{where}.{param}" if where != "system" else f"system{param.removeprefix('content')}"
        error.message = f"{error.param}: {error.message}"
        raise


def write_messages(
    messages: tuple[Message, ...], notes: Notes, *, family: str | None, system_in_place: bool
) -> tuple[Any, list[JSONObject]]:
    """The `system` field (None: absent) and the turns."""
    lead = 0
    while lead < len(messages) and messages[lead].role == "system":
        lead += 1
    turns: list[Turn] = []
    for number, message in enumerate(messages[lead:], lead):
        where = f"messages[{number}]"
        turn = write_turn(message, request_scope(message, notes, family), where)
        if not turn.blocks and not (turn.own and not message.parts):
            notes.left_out(message, where)
            continue
        if turn.role == "system" and not (turn.own or (system_in_place and _may_stand(messages, number))):
            _mark(turn, notes, where)
        turns.append(turn)
    if not turns or not all(turn.own for turn in turns):
        turns = _fit(turns, notes)
    return _write_system(messages[:lead], notes, family), [turn.as_json() for turn in turns]


def request_scope(message: Message, notes: Notes, family: str | None) -> Scope:
    """The scope of a message that goes to a provider of `family`."""
    return scope_of(message.origin, family, notes, spoken=message.role == "assistant")


def write_turn(message: Message, scope: Scope, where: str) -> Turn:
    """One message as a turn of its own; an own one as its origin wrote it."""
    notes = scope.notes
    turn = Turn(message.role, [], [], scope.own, {})
    for number, part in enumerate(message.parts):
        path = f"{where}.parts[{number}]"
        block = write_block(part, scope, path)
        if block is not None and message.role == "system" and not scope.own and not _is_text(block):
            notes.unsupported(path, "system messages are text")
        elif block is not None:
            if scope.answering and not scope.signed and part.signature and not isinstance(part, Reasoning):
                turn.blocks.append(tag_block(scope.family, part.signature, "next:"))
                turn.paths.append("")
            turn.blocks.append(block)
            turn.paths.append(path)
    if message.name is not None:
        notes.dropped(f"{where}.name", "participants have no names here")
    put_extra(turn.extra, message.extra, scope, where)
    whole = len(turn.blocks) == len(message.parts)  # else the paths of the spelling point elsewhere
    if scope.own and message.spelling and whole:
        plain = msgspec.json.decode(msgspec.json.encode(turn.as_json()))
        turn.said = cast(JSONObject, respell(plain, message.spelling))
    return turn


def _is_text(block: JSONObject) -> bool:
    return block.get("type") == "text" and isinstance(block.get("text"), str)


def _write_system(messages: tuple[Message, ...], notes: Notes, family: str | None) -> Any:
    if not messages:
        return None
    turns = [
        write_turn(message, request_scope(message, notes, family), f"messages[{number}]")
        for number, message in enumerate(messages)
    ]
    if len(turns) == 1 and turns[0].own:
        return turns[0].as_json()["content"]
    for number, (message, turn) in enumerate(zip(messages, turns, strict=True)):
        if not turn.blocks:
            notes.left_out(message, f"messages[{number}]")
    return [block for turn in turns for block in turn.blocks] or None


def _may_stand(messages: tuple[Message, ...], number: int) -> bool:
    """Where a system turn is taken: behind the user's, and last or before the assistant's."""
    before = messages[number - 1].role
    return before == "user" and (number + 1 == len(messages) or messages[number + 1].role == "assistant")


def _mark(turn: Turn, notes: Notes, where: str) -> None:
    """Make of a system turn the user's, its text marked."""
    notes.approximated(where, "a later system message is sent as marked text of the user")
    turn.role = "user"
    if turn.blocks:  # none in an own one
        text = "\n\n".join(block["text"] for block in turn.blocks)
        turn.blocks = [{**turn.blocks[-1], "text": f"<system>\n{text}\n</system>"}]
        turn.paths = [where]


def _fit(turns: list[Turn], notes: Notes) -> list[Turn]:
    """The turns as this format demands them."""
    joined: list[Turn] = []
    for turn in turns:
        if joined and joined[-1].role == turn.role and not (joined[-1].own and turn.own):
            joined[-1] = _join(joined[-1], turn)
        else:
            joined.append(turn)
    previous: Turn | None = None
    for turn in joined:
        if turn.role == "user" and not (turn.own and (previous is None or previous.own)):
            _settle_results(previous, turn, notes)
        previous = turn
    fitted = [turn for turn in joined if turn.blocks or turn.own]
    if not fitted or (fitted[0].role == "assistant" and not fitted[0].own):
        notes.injected("messages[0]", "the user has to speak first")
        fitted.insert(0, Turn("user", [{"type": "text", "text": _OPENING}], [""], False, {}))
    if fitted[-1].role == "assistant":
        _trim_end(fitted[-1], notes)
    return fitted


def _join(first: Turn, second: Turn) -> Turn:
    blocks = [*_spelled_blocks(first), *_spelled_blocks(second)]
    return Turn(first.role, blocks, first.paths + second.paths, False, {**first.extra, **second.extra})


def _spelled_blocks(turn: Turn) -> list[JSONObject]:
    content = turn.said.get("content") if turn.said is not None else None
    blocks = cast(list[JSONObject], content) if isinstance(content, list) else turn.blocks
    return blocks if len(blocks) == len(turn.paths) else turn.blocks


def _settle_results(caller: Turn | None, turn: Turn, notes: Notes) -> None:
    """Results to the front; one for each call of the assistant's turn before, and none beside."""
    turn.blocks, turn.said = _spelled_blocks(turn), None
    before = caller.blocks if caller is not None else ()
    calls = [str(block.get("id")) for block in before if block.get("type") == "tool_use"]
    results: dict[str, tuple[JSONObject, str]] = {}
    others: list[tuple[JSONObject, str]] = []
    for block, path in zip(turn.blocks, turn.paths, strict=True):
        answered = str(block.get("tool_use_id"))
        if block.get("type") != "tool_result":
            others.append((block, path))
        elif answered in calls and answered not in results:
            results[answered] = (block, path)
            if others:
                notes.approximated(path, "tool results stand before everything else")
        else:
            notes.dropped(path, "the turn before has no such call")
    for call in calls:
        if call not in results:
            notes.injected((turn.paths or [""])[0].partition(".")[0], "every call needs a result")
            missing: JSONObject = {"type": "tool_result", "tool_use_id": call, "content": _NO_RESULT, "is_error": True}
            results[call] = (missing, "")
    pairs = [*results.values(), *others]
    turn.blocks, turn.paths = [block for block, _ in pairs], [path for _, path in pairs]


def _trim_end(turn: Turn, notes: Notes) -> None:
    """An answer that shall be continued must not end in white space."""
    last = turn.blocks[-1] if turn.blocks and not turn.own else None
    if last is not None and _is_text(last) and last["text"] != last["text"].rstrip():
        last["text"] = last["text"].rstrip()
        notes.approximated(f"{turn.paths[-1]}.text", "white space at the end is refused")
