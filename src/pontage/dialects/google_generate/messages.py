"""Floor 3. Turns, both ways: `contents` and `systemInstruction` on one side, messages in one list on the other.

Leading system messages are the system instruction; a later one becomes a user turn with a marker. Results that follow
one another are put into one turn, as the format asks. Everything read from this format goes back turn by turn.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

import msgspec

from pontage.dialects.google_generate.calls import CallReader, CallWriter
from pontage.dialects.google_generate.names import FAMILY, NAME
from pontage.dialects.google_generate.parts import Scope, read_part, write_part
from pontage.dialects.google_generate.spelled import plain
from pontage.dialects.google_generate.types import Content
from pontage.dialects.notes import Notes
from pontage.dialects.scope import is_from, merge
from pontage.dialects.spelling import respell
from pontage.domain.chat import Message, Origin, Role, Spelling
from pontage.domain.parts import JSONObject, Part, Text, ToolCall, ToolResult
from pontage.errors import InvalidRequestError

PLACEHOLDER_SIGNATURE: Final = "c2tpcF90aG91Z2h0X3NpZ25hdHVyZV92YWxpZGF0b3I="
"""`skip_thought_signature_validator` in base64: Google's documented stand-in on the first call of a foreign turn."""

_ROLES: Final[dict[str, Role]] = {"user": "user", "model": "assistant", "function": "user"}


def read_content(content: Content, origin: Origin, calls: CallReader, where: str) -> Message:
    """One turn of a request. Raises InvalidRequestError for roles there are not and turns without parts."""
    role = _ROLES.get(content.role or "user")
    if role is None:
        raise InvalidRequestError(
            f"`{where}.role`: {content.role!r} is not a role of this format: user, model", param=f"{where}.role"
        )
    parts = content.all_parts()
    if not parts:
        raise InvalidRequestError(f"`{where}.parts` is empty", param=f"{where}.parts")
    return Message(
        role=role,
        parts=tuple(read_part(part, calls, f"{where}.parts[{index}]") for index, part in enumerate(parts)),
        origin=origin,
        extra=content.extra,
    )


def read_system(content: Content, origin: Origin) -> Message:
    """The system instruction as the message it is."""
    where = "systemInstruction.parts"
    parts = enumerate(content.all_parts())
    return Message(
        role="system",
        parts=tuple(read_part(part, CallReader(), f"{where}[{index}]") for index, part in parts),
        origin=origin,
        extra=content.extra,
    )


class TurnWriter:
    """Writes the turns of one request."""

    def __init__(
        self, notes: Notes, family: str | None = FAMILY, *, placeholder: bool = True, answer: bool = False
    ) -> None:
        """`answer`: the turns are for a client, not for Google."""
        self._notes = notes
        self._family = family
        self._placeholder = placeholder
        self._answer = answer
        self._calls = CallWriter()

    def turns(self, messages: Sequence[Message]) -> tuple[JSONObject | None, list[JSONObject]]:
        """The system instruction and the contents."""
        last = len(messages) - 1  # is never the instruction: something must be asked
        leading = next((k for k, message in enumerate(messages) if message.role != "system"), max(0, last))
        system = self.system(messages[:leading])
        current = _current_turn(messages)
        contents: list[JSONObject] = []
        results: JSONObject | None = None  # the turn that takes the results which follow
        for index in range(leading, len(messages)):
            message = messages[index]
            written = self.content(message, f"messages[{index}]", unsigned=index >= current)
            if not written["parts"] and not is_from(message.origin, NAME):
                self._notes.left_out(message, f"messages[{index}]")
                continue
            if results is not None and _joins(messages[index - 1], message):
                results["parts"].extend(written["parts"])
                continue
            contents.append(written)
            results = written if _holds_results(message) else None
        return system, contents

    def learn(self, message: Message) -> None:
        """Remember the calls of a message that is written elsewhere."""
        self._calls.learn(message)

    def content(self, message: Message, where: str, *, unsigned: bool = False) -> JSONObject:
        """One turn. `unsigned`: its calls need a signature, and if they have none, the placeholder."""
        self._calls.learn(message)
        scope = self.scope(message)
        parts: list[JSONObject] = []
        order = self._calls.in_order(message.parts) if message.role == "user" else range(len(message.parts))
        for index in order:
            parts += write_part(message.parts[index], f"{where}.parts[{index}]", scope)
        if unsigned and self._placeholder and not scope.own:
            self._sign(message, parts, where)
        if message.role == "system":
            self._notes.approximated(where, "a system message between turns is said as a marked user turn")
            parts = _marked(parts)
        content: JSONObject = {"role": "model" if message.role == "assistant" else "user", "parts": parts}
        return self._finish(content, message, where, scope)

    def system(self, messages: Sequence[Message]) -> JSONObject | None:
        """The system instruction that these messages are together."""
        parts: list[JSONObject] = []
        for index, message in enumerate(messages):
            scope = self.scope(message)
            where = f"messages[{index}]"
            found: list[JSONObject] = []
            for place, part in enumerate(message.parts):
                path = f"{where}.parts[{place}]"
                if scope.carried or isinstance(part, Text):
                    found += write_part(part, path, scope)
                else:
                    self._notes.dropped(path, "a system instruction holds text only")
            content = self._finish({"parts": found}, message, where, scope)
            if len(messages) == 1 and scope.own:
                return content
            if not found:
                self._notes.left_out(message, where)
            parts += content["parts"]
        return {"parts": parts} if parts else None

    def scope(self, message: Message) -> Scope:
        """What the parts of this message must know."""
        own = is_from(message.origin, NAME)
        origin = message.origin
        return Scope(
            notes=self._notes,
            calls=self._calls,
            own=own,
            carried=own or origin is None,
            kin=self._family is not None and origin is not None and origin.family == self._family,
            assistant=message.role == "assistant",
            answering=self._answer,
        )

    def _finish(self, content: JSONObject, message: Message, where: str, scope: Scope) -> JSONObject:
        if message.name is not None:
            self._notes.dropped(f"{where}.name", "turns of this format have no names")
        if not scope.carried:
            self._notes.extras(message.extra, where)
            return content
        merge(content, message.extra)
        if message.spelling and scope.own:
            return respell(plain(content), message.spelling)
        return content

    def _sign(self, message: Message, parts: list[JSONObject], where: str) -> None:
        index = next((k for k, part in enumerate(message.parts) if _is_call(part)), None)
        first = next((part for part in parts if "functionCall" in part), None)
        if index is not None and first is not None and "thoughtSignature" not in first:
            first["thoughtSignature"] = PLACEHOLDER_SIGNATURE
            self._notes.injected(f"{where}.parts[{index}].signature", "the documented placeholder")


def _is_call(part: Part) -> bool:
    return isinstance(part, ToolCall) and not part.by_provider


def _holds_results(message: Message) -> bool:
    return message.role == "user" and any(isinstance(part, ToolResult) for part in message.parts)


def _joins(before: Message, message: Message) -> bool:
    """Whether the results of `message` belong into the turn of the message before it."""
    return (
        _holds_results(message)
        and before.role == "user"
        and not (is_from(before.origin, NAME) and is_from(message.origin, NAME))
    )


def _current_turn(messages: Sequence[Message]) -> int:
    """Where the current turn begins: behind the last user message without results."""
    for index in range(len(messages) - 1, -1, -1):
        if messages[index].role == "user" and not _holds_results(messages[index]):
            return index + 1
    return 0


def _marked(parts: list[JSONObject]) -> list[JSONObject]:
    texts = [part for part in parts if "text" in part]
    if not texts:
        return parts
    text = "\n\n".join(str(part["text"]) for part in texts)
    marked: JSONObject = {**texts[0], "text": f"<system>\n{text}\n</system>"}
    return [marked, *(part for part in parts if "text" not in part)]


def with_spelling(message: Message, spelling: tuple[Spelling, ...]) -> Message:
    """`message` with how it was written."""
    return msgspec.structs.replace(message, spelling=spelling) if spelling else message
