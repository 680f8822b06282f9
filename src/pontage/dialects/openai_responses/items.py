"""Items, read. Floor 3; pure.

An item is a part of the canonical message, or for a message one part for each piece of its content. What an item says
beyond its parts stands in their `extra["item"]`; by it a writer knows which texts belong to one message item.

Thinking is told as a summary or as itself (open-weight models); the latter is marked by the wire's own word, as
`extra["type"]`. Pieces of it are one text, a blank line between them.
"""

from __future__ import annotations

from typing import Any, Final

import msgspec
from msgspec import Raw, Struct

from pontage.dialects.codec import Codec
from pontage.dialects.openai_responses import item_types as wires
from pontage.dialects.openai_responses.content import read_content
from pontage.dialects.openai_responses.media import is_base64
from pontage.dialects.openai_responses.names import ITEM, is_made
from pontage.dialects.tags import is_tag
from pontage.domain.chat import Role
from pontage.domain.parts import Image, Inline, JSONObject, Opaque, Part, Reasoning, ToolCall, ToolResult
from pontage.errors import InvalidRequestError, ProtocolError

RAW_THINKING: Final = "reasoning_text"
"""The type of a piece of thinking itself; the other is a summary of it."""
BETWEEN: Final = "\n\n"
"""What stands between pieces of thinking."""

_HEAD: Final = Codec(wires.Head)
_ROLES: Final[dict[str, Role]] = {"user": "user", "assistant": "assistant", "system": "system", "developer": "system"}
_OF_THE_USER: Final = frozenset({"compaction_trigger", "configuration_update"})
_CALLED_WITH: Final = {"web_search_call": "action", "file_search_call": "queries", "code_interpreter_call": "code"}


class ReadItem(Struct):
    """An item as canonical parts. `extra` is that of a message which stands for itself (`alone`)."""

    role: Role
    parts: tuple[Part, ...]
    alone: bool = False
    extra: JSONObject = {}


def read_item(raw: Raw, codecs: wires.Codecs, param: str) -> ReadItem:
    """The parts that an item says. Raises InvalidRequestError, `param` as a client wrote it; for an item of an answer
    ProtocolError."""
    try:
        return _read(bytes(raw), codecs, param)
    except InvalidRequestError as error:
        if not (error.param or "").startswith(param):
            error.param = f"{param}.{error.param}" if error.param else param
            error.message = f"`{error.param}`: {error.message.partition('`: ')[2] or error.message}"
        if codecs is wires.ANSWERED:
            raise ProtocolError(f"the provider's answer is malformed: {error.message}") from None
        raise


def read_answer(output: list[Raw]) -> tuple[Part, ...]:
    """The parts of a provider's answer. Raises ProtocolError."""
    return tuple(
        [
            part
            for number, raw in enumerate(output)
            for part in read_item(raw, wires.ANSWERED, f"output[{number}]").parts
        ]
    )


def _read(raw: bytes, codecs: wires.Codecs, param: str) -> ReadItem:
    head = _HEAD.decode(raw)
    kind = head.type or ("message" if head.role is not None else "")
    if not kind:
        raise InvalidRequestError(f"`{param}.type`: an item needs a type, or a role", param=f"{param}.type")
    codec = codecs.get(kind)
    if codec is None:
        return _read_unknown(raw, kind, head.role)
    item: wires.Item = codec.decode(raw)
    match item:
        case wires.MessageItem():
            return _read_message(item, param)
        case wires.ReasoningItem():
            return ReadItem("assistant", (_read_reasoning(item),))
        case wires.CallItem():
            return ReadItem("assistant", (_read_call(item),))
        case wires.OutputItem():
            parts = read_content(item.output, f"{param}.output")
            result = ToolResult(call_id=item.call_id, parts=parts, name=item.name, extra=_within(item))
            return ReadItem("user", (result,))
        case wires.ProvidedItem():
            return ReadItem("assistant", (_read_provided(item),))
        case wires.PictureItem():
            return ReadItem("assistant", (_read_picture(item, raw),))


def _read_unknown(raw: bytes, kind: str, role: str | None) -> ReadItem:
    """An item of another kind, whole. Whose it is, its role says or its name; outputs of the provider's own tools come
    with the answer."""
    data: JSONObject = msgspec.json.decode(raw)
    ours = kind in _OF_THE_USER or kind.endswith("_response")
    speaker = _ROLES.get(role or "", "user" if ours else "assistant")
    return ReadItem(speaker, (Opaque(data=data),), alone=speaker == "system")


def _read_message(item: wires.MessageItem, param: str) -> ReadItem:
    role = _ROLES.get(item.role)
    if role is None:
        known = ", ".join(_ROLES)
        raise InvalidRequestError(f"`{param}.role`: {item.role[:40]!r} is none of {known}", param=f"{param}.role")
    parts = read_content(item.content, f"{param}.content")
    fields = _fields(item)
    own = fields if role == "assistant" else {}
    parts = tuple([_held(part, own) for part in parts])
    return ReadItem(role, parts) if role == "assistant" else ReadItem(role, parts, alone=True, extra=fields)


def _held(part: Part, fields: JSONObject) -> Part:
    """A part of a message's content. An unknown one is marked as such, to tell it from an unknown item."""
    if not fields and not isinstance(part, Opaque):
        return part
    return msgspec.structs.replace(part, extra={ITEM: fields, **part.extra})


def _fields(item: wires.Item) -> JSONObject:
    """What an item says beyond canonical names. That it is complete goes without saying."""
    fields: JSONObject = {} if item.id is None or is_made(item.id) else {"id": item.id}
    if item.status is not None and item.status != "completed":
        fields["status"] = item.status
    fields.update((key, value) for key, value in item.extra.items() if value is not None)
    return fields


def _within(item: wires.Item, **more: Any) -> JSONObject:
    fields = _fields(item)
    return {ITEM: fields, **more} if fields else more


def _read_reasoning(item: wires.ReasoningItem) -> Reasoning:
    summary = BETWEEN.join([piece.text for piece in item.summary or ()])
    content = BETWEEN.join([piece.text for piece in item.content or ()])
    extra = _within(item)
    if content:
        extra["type"] = RAW_THINKING
        if summary:
            told = [{"type": piece.type or "summary_text", "text": piece.text} for piece in item.summary or ()]
            extra[ITEM] = {**extra.get(ITEM, {}), "summary": told}
    text, signature = content or summary, item.encrypted_content or None
    redacted = signature is not None and not text and not is_tag(signature)  # a tag tells it itself
    return Reasoning(text=text, signature=signature, redacted=redacted, extra=extra)


def _read_call(item: wires.CallItem) -> ToolCall:
    identity = item.call_id or item.id or ""
    if item.type == "custom_tool_call":
        return ToolCall(id=identity, name=item.name, arguments=item.input or "", kind="custom", extra=_within(item))
    return ToolCall(id=identity, name=item.name, arguments=item.arguments or "", extra=_within(item))


def _read_provided(item: wires.ProvidedItem) -> ToolCall:
    """A call that the provider answers itself. Its item's type stands with the rest: it is how the call goes home."""
    fields = {"type": item.type, **_fields(item)}
    fields.pop("id", None)
    if item.type not in _CALLED_WITH:
        extra = {ITEM: fields}
        return ToolCall(id=item.id, name=item.name or "", arguments=item.arguments or "", by_provider=True, extra=extra)
    field = _CALLED_WITH[item.type]
    said = bytes(getattr(item, field))
    arguments = msgspec.json.encode({field: msgspec.json.decode(said)}).decode() if said else ""
    name = item.type.removesuffix("_call")
    return ToolCall(id=item.id, name=name, arguments=arguments, by_provider=True, extra={ITEM: fields})


def _read_picture(item: wires.PictureItem, raw: bytes) -> Part:
    """A picture that the model made; one that is not there (yet), or is told by a link, is kept whole."""
    if not item.result or not is_base64(item.result):
        return Opaque(data=msgspec.json.decode(raw))
    if item.output_format is not None:
        item.extra["output_format"] = item.output_format
    return Image(source=Inline(f"image/{item.output_format or 'png'}", item.result), extra=_within(item))
