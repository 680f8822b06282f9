"""Items, written: all but messages and results, which are made of several parts. Floor 3; pure."""

from __future__ import annotations

from typing import Any, Final, assert_never, cast

import msgspec

from pontage.dialects.openai_responses.items import RAW_THINKING
from pontage.dialects.openai_responses.names import ITEM, Scope, item_fields, put_extra
from pontage.dialects.tags import tag
from pontage.domain.parts import (
    Audio,
    Document,
    Image,
    Inline,
    JSONObject,
    Opaque,
    Part,
    Reasoning,
    Refusal,
    Text,
    ToolCall,
    ToolResult,
    Video,
)

_DONE: Final = "completed"


def prefix_of(part: Part) -> str:
    """How the ids of a part's items begin."""
    match part:
        case Reasoning():
            return "rs"
        case ToolCall(kind="custom"):
            return "ctc"
        case ToolCall():
            return "fc"
        case Image():
            return "ig"
        case _:
            return "msg"


def write_message_item(content: list[JSONObject], fields: JSONObject, identity: str | None) -> JSONObject:
    """What the assistant says, as an item. `identity` is given for an answer, whose items are told complete."""
    said: JSONObject = {"type": "message", "role": "assistant", "content": content}
    if identity is not None:
        said = {"id": identity, "status": _DONE, **said}
    return {**said, **fields}


def write_item(part: Part, scope: Scope, where: str, identity: str | None = None) -> JSONObject | None:
    """The item for a part of the assistant's, texts apart; None with a note. `identity` as above."""
    match part:
        case Reasoning():
            said = _write_reasoning(part, scope, where)
        case ToolCall():
            said = _write_call(part, scope, where)
        case Image():
            said = _write_picture(part, scope, where)
        case Opaque(data=data):
            if scope.carried:
                return {**data}
            scope.notes.dropped(where, "an item of another format")
            return None
        case Audio() | Video() | Document() | ToolResult() | Text() | Refusal():
            scope.notes.unsupported(where, f"the assistant's turns hold no {part.__struct_config__.tag} here")
            return None
        case _:
            assert_never(part)
    if said is None:
        return None
    forfeit(part, scope, where)
    if identity is not None:
        said.setdefault("id", identity)
        if not isinstance(part, Reasoning):
            said["status"] = _DONE
    said.update(item_fields(part.extra, scope))
    put_extra(said, part.extra, scope, where)
    return said


def forfeit(part: Part, scope: Scope, where: str) -> None:
    """Note what a part of the assistant's carries that an item has no place for. (The proof over a part that a client
    is told, travels beside it.)"""
    if part.cache is not None:
        scope.notes.dropped(f"{where}.cache", "no breakpoints in what the assistant says")
    if part.signature is not None and not isinstance(part, Reasoning) and (scope.signed or not scope.answering):
        scope.notes.dropped(f"{where}.signature", "only thinking is signed here")


def _write_reasoning(part: Reasoning, scope: Scope, where: str) -> JSONObject | None:
    signature = part.signature
    if not scope.signed or not (scope.own or signature):
        if not scope.answering:
            scope.notes.dropped(where, "thinking without the proof of this provider is not taken back")
            return None
        signature = tag(scope.family, signature, "redacted:" if part.redacted else "")
    raw = scope.carried and part.extra.get("type") == RAW_THINKING
    pieces = [{"type": RAW_THINKING if raw else "summary_text", "text": part.text}] if part.text else []
    said: JSONObject = {"type": "reasoning", "summary": [] if raw else pieces}
    if raw:
        said["content"] = pieces
    if signature:
        said["encrypted_content"] = signature
    return said


def _write_call(call: ToolCall, scope: Scope, where: str) -> JSONObject | None:
    if call.by_provider:
        kind = item_fields(call.extra, scope).get("type")
        if not isinstance(kind, str):
            scope.notes.dropped(where, "a tool that another provider ran")
            return None
        return {"type": kind, "id": call.id, **_called_with(call, kind)}
    if call.kind == "custom":
        return {"type": "custom_tool_call", "call_id": call.id, "name": call.name, "input": call.arguments}
    arguments = call.arguments if scope.own else call.arguments or "{}"
    return {"type": "function_call", "call_id": call.id, "name": call.name, "arguments": arguments}


def _called_with(call: ToolCall, kind: str) -> JSONObject:
    """What a provider's own tool was called with: fields of the item, or for a remote one a name and arguments."""
    if kind == "mcp_call":
        return {"name": call.name, "arguments": call.arguments}
    try:
        fields: Any = msgspec.json.decode(call.arguments) if call.arguments else {}
    except (msgspec.DecodeError, RecursionError, UnicodeError):
        fields = {}
    return cast(JSONObject, fields) if isinstance(fields, dict) else {}


def _write_picture(part: Image, scope: Scope, where: str) -> JSONObject | None:
    source = part.source
    made = scope.carried and ITEM in part.extra
    if not isinstance(source, Inline) or not (made or scope.answering):
        scope.notes.unsupported(where, "pictures stand in the user's turns here")
        return None
    if part.detail is not None:
        scope.notes.dropped(f"{where}.detail", "a picture that was made has no level of detail")
    said: JSONObject = {"type": "image_generation_call", "result": source.base64}
    kind = source.media_type.rpartition("/")[2]
    return said if kind == "png" else {**said, "output_format": kind}
