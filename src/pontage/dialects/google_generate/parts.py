"""Floor 3. Parts of a turn, both ways: told apart by the field that is set. A signature may stand on any of them."""

from __future__ import annotations

from typing import Any, assert_never

import msgspec
from msgspec import Raw

from pontage.dialects import scope as scopes
from pontage.dialects.arguments import as_object
from pontage.dialects.google_generate import media
from pontage.dialects.google_generate.calls import CallReader, CallWriter
from pontage.dialects.google_generate.media import Media, is_set
from pontage.dialects.google_generate.names import kept
from pontage.dialects.google_generate.results import read_result, write_result
from pontage.dialects.google_generate.types import OPAQUE_PARTS, PART_KEPT, FunctionCall, Part
from pontage.dialects.scope import merge
from pontage.domain import parts as canonical
from pontage.domain.parts import (
    Audio,
    Document,
    Image,
    JSONObject,
    Nested,
    Opaque,
    Reasoning,
    Refusal,
    Text,
    ToolCall,
    ToolResult,
    Video,
)
from pontage.errors import InvalidRequestError

_DETAILS = {"low": "MEDIA_RESOLUTION_LOW", "high": "MEDIA_RESOLUTION_HIGH"}


class Scope(scopes.Scope, frozen=True, kw_only=True):
    """What the writer of one message's parts must know. `kin`: its signatures are of the family that will read them.
    A client is shown the thoughts of other families, too."""

    calls: CallWriter
    kin: bool
    assistant: bool


def read_part(part: Part, calls: CallReader, where: str | None) -> canonical.Part:
    """A part of a request (at the path `where`, and checked) or of an answer (None)."""
    signature = part.thought_signature or None
    if isinstance(part.text, str):
        extra = kept(part, PART_KEPT)
        if part.thought is True:
            return Reasoning(text=part.text, signature=signature, extra=extra)
        return Text(text=part.text, signature=signature, extra=extra)
    if isinstance(part.function_call, FunctionCall):
        return _read_call(part, part.function_call, calls, where)
    if isinstance(part.function_response, msgspec.Struct):
        result = read_result(part.function_response, calls, where)
        return msgspec.structs.replace(result, signature=signature, extra={**result.extra, **kept(part, PART_KEPT)})
    if isinstance(part.inline_data, msgspec.Struct) or isinstance(part.file_data, msgspec.Struct):
        return _read_media(part, signature, where)
    data = kept(part, OPAQUE_PARTS)
    if not data and signature is None:
        if where is not None:
            raise InvalidRequestError(f"`{where}` is empty", param=where)
        return Text(text="")
    if not data:
        return Reasoning(signature=signature) if part.thought is True else Text(text="", signature=signature)
    data.update(kept(part, PART_KEPT))
    return Opaque(data=data, signature=signature)


def _read_call(part: Part, call: FunctionCall, calls: CallReader, where: str | None) -> ToolCall:
    name = call.name or ""
    if where is not None and not name:
        raise InvalidRequestError("a function call needs a name", param=f"{where}.functionCall.name")
    extra = kept(part, PART_KEPT)
    if call.extra:
        extra["functionCall"] = call.extra
    if part.thought is True:
        extra["thought"] = True
    arguments = _read_arguments(call, where)
    return ToolCall(
        id=calls.call(call.id or None, name, arguments),
        name=name,
        arguments=arguments,
        signature=part.thought_signature or None,
        extra=extra,
    )


def _read_arguments(call: FunctionCall, where: str | None) -> str:
    """The arguments as compact JSON: whole answers of the API are indented, its streams are not."""
    if not isinstance(call.args, Raw):
        return "{}"
    text = bytes(call.args).strip()
    if text == b"null":
        return "{}"
    try:
        if where is None or text.startswith(b"{"):
            return msgspec.json.format(text, indent=-1).decode()
    except UnicodeDecodeError:
        pass
    if where is None:
        return text.decode("utf-8", "replace")
    path = f"{where}.functionCall.args"
    raise InvalidRequestError(f"`{path}`: expected an object", param=path)


def _read_media(part: Part, signature: str | None, where: str | None) -> Media:
    extra = kept(part, PART_KEPT)
    if isinstance(part.inline_data, msgspec.Struct):
        path = f"{where}.inlineData" if where is not None else None
        found = media.read_media(media.read_blob(part.inline_data, path))
        if part.inline_data.extra:
            extra["inlineData"] = part.inline_data.extra
    else:
        assert isinstance(part.file_data, msgspec.Struct)
        found = media.read_media(media.read_file(part.file_data))
        if part.file_data.extra:
            extra["fileData"] = part.file_data.extra
    if part.thought is True:
        extra["thought"] = True
    if isinstance(found, Image):
        level: Any = extra.get("mediaResolution")
        detail = next((name for name, told in _DETAILS.items() if level == {"level": told}), None)
        if detail is not None:
            del extra["mediaResolution"]
            found = msgspec.structs.replace(found, detail=detail)
    return msgspec.structs.replace(found, signature=signature, extra=extra)


def write_part(part: canonical.Part, where: str, scope: Scope) -> list[JSONObject]:
    """The wire objects of a part: none when it cannot be said, several for a document made of parts."""
    fields = _write(part, where, scope)
    if fields is None:
        return []
    found = [fields]
    if isinstance(part, Document) and isinstance(part.source, Nested):
        inner = f"{where}.source.parts"
        found = [
            written for k, one in enumerate(part.source.parts) for written in write_part(one, f"{inner}[{k}]", scope)
        ]
    if part.signature is not None:
        if scope.kin:
            fields["thoughtSignature"] = part.signature
        else:
            scope.notes.dropped(f"{where}.signature", "made by another provider")
    if part.cache is not None:
        scope.notes.dropped(f"{where}.cache", "this format has no cache breakpoints")
    if part.extra:
        if scope.carried:
            merge(fields, part.extra)
        else:
            scope.notes.extras(part.extra, where)
    return found


def _write(part: canonical.Part, where: str, scope: Scope) -> JSONObject | None:
    match part:
        case Text(text=text):
            if part.citations and not scope.own and not scope.answering:
                scope.notes.dropped(f"{where}.citations", "a turn of this format carries none")
            return {"text": text}
        case Refusal(text=text):
            scope.notes.approximated(where, "said as text")
            return {"text": text}
        case Reasoning():
            return _write_reasoning(part, where, scope)
        case ToolCall():
            return _write_call(part, where, scope)
        case ToolResult():
            if scope.assistant and not scope.own:
                scope.notes.dropped(where, "the result of a tool that another provider ran")
                return None
            return write_result(part, where, scope.calls, scope.notes, own=scope.own, carried=scope.carried)
        case Image() | Audio() | Video() | Document():
            return _write_media(part, where, scope)
        case Opaque(data=data):
            if scope.carried:
                return dict(data)
            scope.notes.dropped(where, "a block that only its own format knows")
            return None
        case _:
            assert_never(part)


def _write_reasoning(part: Reasoning, where: str, scope: Scope) -> JSONObject | None:
    shown = scope.answering and not part.redacted
    if not (shown or scope.carried or scope.kin):
        scope.notes.dropped(where, "another provider's thinking cannot be handed to this one")
        return None
    if part.redacted and not scope.kin:
        scope.notes.dropped(where, "redacted thinking of another provider")
        return None
    return {"text": part.text, "thought": True}


def _write_call(part: ToolCall, where: str, scope: Scope) -> JSONObject | None:
    if part.by_provider:
        scope.notes.dropped(where, "a call that another provider ran itself")
        return None
    call: JSONObject = {"id": part.id, "name": part.name} if part.id else {"name": part.name}
    if not part.id:
        scope.notes.approximated(f"{where}.id", "a call without an id: its order tells it")
    call["args"] = as_object(part, scope.notes, where)
    return {"functionCall": call}


def _write_media(part: Media, where: str, scope: Scope) -> JSONObject | None:
    notes = scope.notes
    if isinstance(part, Document):
        for name in ("title", "context", "citations"):
            if is_set(getattr(part, name)):
                notes.dropped(f"{where}.{name}", "this format has no name for it")
        if isinstance(part.source, Nested):
            notes.approximated(where, "a document made of parts: its parts follow one another")
            return {}
    try:
        fields, inexact = media.write_source(part, own=scope.own, carried=scope.carried)
    except media.Unsayable as reason:
        notes.unsupported(where, str(reason))
        return None
    if inexact is not None and inexact[0] == "injected":
        notes.injected(f"{where}.source.media_type", inexact[1])
    elif inexact is not None:
        notes.approximated(f"{where}.source", inexact[1])
    if isinstance(part, Image) and part.detail is not None:
        if part.detail in _DETAILS:
            fields["mediaResolution"] = {"level": _DETAILS[part.detail]}
        elif part.detail != "auto":
            notes.dropped(f"{where}.detail", "only low and high can be said")
    if isinstance(part, Audio):
        for name in ("id", "transcript", "expires_at"):
            if is_set(getattr(part, name)):
                notes.dropped(f"{where}.{name}", "this format has no name for it")
    return fields
