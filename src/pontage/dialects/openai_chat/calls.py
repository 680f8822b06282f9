"""Tool calls of an assistant's message, both ways. Floor 3; pure.

Gemini's proof over a call travels in `extra_content.google.thought_signature`, as its compatible endpoint puts it.
"""

from __future__ import annotations

import hashlib
from typing import Final

import msgspec

from pontage.dialects.openai_chat.message_types import ExtraContent, Function, said
from pontage.dialects.openai_chat.message_types import ToolCall as WireCall
from pontage.dialects.openai_chat.variant import Scope, kept
from pontage.dialects.scope import put_extra
from pontage.domain.parts import JSONObject, Opaque, Part, ToolCall

GEMINI: Final = "google"
"""The family whose proofs stand in `extra_content`."""


def made_id(seed: str, number: int) -> str:
    """An id for a call that came without one: the same for the same answer, so that a retry agrees."""
    return f"call_{hashlib.blake2s(f'{seed}/{number}'.encode(), digest_size=12).hexdigest()}"


def decode_call(call: WireCall, made: str = "") -> Part:
    """One entry of `tool_calls`; a kind this version does not know is kept whole. `made` is the id if it has none."""
    signature, rest = decode_signature(said(call.extra_content))
    function, custom = said(call.function), said(call.custom)
    identity = said(call.id) or made
    if function is not None and not (call.type == "custom" and custom is not None):
        extra = kept(call.extra, function=function.extra, extra_content=rest)
        name = said(function.name) or ""
        return ToolCall(id=identity, name=name, arguments=arguments_of(function), signature=signature, extra=extra)
    if custom is not None:
        return ToolCall(
            id=identity,
            name=said(custom.name) or "",
            arguments=said(custom.input) or "",
            kind="custom",
            signature=signature,
            extra=kept(call.extra, custom=custom.extra, extra_content=rest),
        )
    data: JSONObject = {"id": identity, "type": said(call.type), **call.extra}
    return Opaque(data={name: value for name, value in data.items() if value is not None})


def decode_legacy_call(function: Function | str | None, identity: str) -> ToolCall | None:
    """A `function_call`, which has no id of its own; None for an empty one, by which some say none."""
    name = said(function.name) if isinstance(function, Function) else None
    if isinstance(function, Function) and name:
        extra = kept({}, function=function.extra)
        return ToolCall(id=identity, name=name, arguments=arguments_of(function), extra=extra)
    return None


def arguments_of(function: Function) -> str:
    """The arguments as text, also where a server sends the object itself."""
    arguments = said(function.arguments)
    if isinstance(arguments, dict):
        return msgspec.json.encode(arguments).decode()
    return arguments or ""


def decode_signature(content: ExtraContent | None) -> tuple[str | None, JSONObject]:
    """Gemini's proof, and what else `extra_content` holds."""
    if content is None:
        return None, {}
    google = said(content.google)
    rest = dict(content.extra)
    if google is None:
        return None, rest
    if google.extra:
        rest["google"] = dict(google.extra)
    return said(google.thought_signature), rest


def encode_call(call: ToolCall, where: str, scope: Scope) -> JSONObject:
    """One entry of `tool_calls`. Clients parse the arguments, so that none become an empty object."""
    wire: JSONObject
    if call.kind == "custom":
        wire = {"id": call.id, "type": "custom", "custom": {"name": call.name, "input": call.arguments}}
    else:
        arguments = call.arguments if call.arguments or scope.own else "{}"
        wire = {"id": call.id, "type": "function", "function": {"name": call.name, "arguments": arguments}}
    if call.cache is not None:
        scope.notes.dropped(f"{where}.cache", "no cache marks on calls")
    if call.signature is not None:
        wire.update(encode_signature(call.signature, where, scope))
    put_extra(wire, call.extra, scope, where)
    return wire


def encode_signature(signature: str, where: str, scope: Scope) -> JSONObject:
    """A proof as a field, or nothing with a note where it is not Gemini's or the reader takes none."""
    if scope.takes_signature() and scope.family in (GEMINI, None):
        return {"extra_content": {"google": {"thought_signature": signature}}}
    scope.notes.dropped(f"{where}.signature", "made by another provider")
    return {}


def is_call(data: JSONObject) -> bool:
    """Whether an unknown block has the shape of a call: an id, and what is called under the name of its type."""
    return "id" in data and isinstance(data.get(str(data.get("type"))), dict)
