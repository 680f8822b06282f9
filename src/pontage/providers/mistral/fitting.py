"""A request of another format, made fit for Mistral: its API refuses what it does not know. Floor 4; pure.

Everything left out or bent is noted. Ids of calls are no loss: they mean nothing beyond their conversation.
"""

from __future__ import annotations

import hashlib
import re
import string
from typing import Final

from msgspec.structs import replace

from pontage.dialects.free_text import as_function_call
from pontage.dialects.notes import Notes
from pontage.domain.chat import ChatRequest, Message, ReasoningOptions, ToolChoice
from pontage.domain.parts import JSONObject, Part, Refusal, Text, ToolCall, ToolResult

_ID: Final = re.compile(r"[a-zA-Z0-9]{9}")
_DIGITS: Final = string.digits + string.ascii_letters
_OFF: Final = ("none", "minimal")
BETWEEN: Final = "OK"
"""What the assistant says between a tool's result and the user's next turn, where nobody said anything."""


def call_id(identity: str) -> str:
    """The id of a call as Mistral takes it, nine letters and digits: its own as it is, any other by its hash."""
    if _ID.fullmatch(identity):
        return identity
    number = int.from_bytes(hashlib.blake2s(identity.encode(), digest_size=8).digest())
    digits: list[str] = []
    for _ in range(9):
        number, digit = divmod(number, len(_DIGITS))
        digits.append(_DIGITS[digit])
    return "".join(digits)


def fit_request(request: ChatRequest, notes: Notes) -> ChatRequest:
    """`request` without what Mistral refuses, each loss in `notes`."""
    for name, value in (("user", request.user), ("top_k", request.top_k)):
        if value is not None:
            notes.dropped(name, "not taken by this provider")
    if set(request.modalities) - {"text"}:
        notes.dropped("modalities", "answers are text")
    names = {part.id: part.name for message in request.messages for part in message.parts if isinstance(part, ToolCall)}
    messages = [_fit_message(message, f"messages[{at}]", names, notes) for at, message in enumerate(request.messages)]
    return replace(
        request,
        user=None,
        modalities=(),
        top_k=None,
        messages=tuple(messages),
        tool_choice=_fit_choice(request.tool_choice, notes),
        reasoning=_fit_reasoning(request.reasoning, notes),
    )


def _fit_choice(choice: ToolChoice | None, notes: Notes) -> ToolChoice | None:
    if choice is None or not choice.names or (choice.mode == "any" and len(choice.names) == 1):
        return choice
    notes.approximated("tool_choice", "all tools may be called, or one")
    return ToolChoice(choice.mode)


def _fit_reasoning(options: ReasoningOptions | None, notes: Notes) -> ReasoningOptions | None:
    """The effort as one of the two words that every release of the API takes."""
    if options is None:
        return None
    if options.show is not None:
        notes.dropped("reasoning.show", "thinking is always told")
    if options.enabled is options.effort is options.budget_tokens is None:
        return None
    off = options.enabled is False or options.effort in _OFF or options.budget_tokens == 0
    word = "none" if off else "high"
    if options.effort is None and not off:
        notes.injected("reasoning.effort", "there is no other measure")
    elif options.effort not in (None, word):
        notes.approximated("reasoning.effort", f"said as {word}")
    if options.enabled or (options.enabled is None and options.effort not in (None, word) and off):
        notes.approximated("reasoning.enabled", f"said as effort {word}")
    if options.budget_tokens is not None:
        notes.approximated("reasoning.budget_tokens", f"said as effort {word}")
    return ReasoningOptions(effort=word)


def _fit_message(message: Message, where: str, names: dict[str, str], notes: Notes) -> Message:
    if message.name is not None:
        notes.dropped(f"{where}.name", "not taken by this provider")
    parts = tuple([_fit_part(part, f"{where}.parts[{at}]", names, notes) for at, part in enumerate(message.parts)])
    return replace(message, name=None, parts=parts)


def _fit_part(part: Part, where: str, names: dict[str, str], notes: Notes) -> Part:
    match part:
        case ToolCall():
            return replace(part, id=call_id(part.id))
        case ToolResult():
            return replace(part, call_id=call_id(part.call_id), name=part.name or names.get(part.call_id))
        case _:
            return plain_text(part, where, notes)


def fit_answer(part: Part, where: str, notes: Notes) -> Part:
    """A part of an answer as a client of Mistral's takes it, and could tell Mistral itself in the next turn."""
    if not isinstance(part, ToolCall):
        return plain_text(part, where, notes)
    return as_function_call(replace(part, id=call_id(part.id)), where, notes)


def plain_text(part: Part, where: str, notes: Notes) -> Part:
    """`part`, a refusal as text: the format has no other word for it."""
    if not isinstance(part, Refusal):
        return part
    notes.approximated(where, "a refusal becomes text")
    return Text(text=part.text, cache=part.cache, signature=part.signature, extra=part.extra)


def fit_wire(request: JSONObject, notes: Notes) -> JSONObject:
    """A request in Mistral's words, whose turns follow each other as it demands."""
    told = dict(request)
    if told.get("tool_choice") == "required":
        told["tool_choice"] = "any"  # the same, and known to every release
    messages: list[JSONObject] = []
    for message in told["messages"]:
        if message["role"] == "user" and messages and messages[-1]["role"] == "tool":
            notes.injected(f"messages[{len(messages)}]", "a turn of the assistant, which must follow a tool's result")
            messages.append({"role": "assistant", "content": BETWEEN})
        messages.append({**message, "content": message.get("content") or ""})
    if messages and messages[-1]["role"] == "assistant" and not messages[-1].get("tool_calls"):
        messages[-1]["prefix"] = True
    return {**told, "messages": messages}
