"""Where the bytes of images and documents come from: sources, both ways. Floor 3; pure.

Base64 stays base64; it is checked on the way in, never decoded. The one exception is a text document that another
format gave as base64: this format wants it as text.
"""

from __future__ import annotations

import binascii

from pontage.dialects.anthropic_messages.blocks import (
    Base64Source,
    ContentSource,
    FileSource,
    ImageBlock,
    TextBlock,
    TextSource,
    URLSource,
)
from pontage.dialects.anthropic_messages.names import Scope
from pontage.dialects.codec import Unknown
from pontage.domain.parts import Inline, JSONObject, Link, Nested, Plain, Ref, Source
from pontage.errors import InvalidRequestError

_BASE64 = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/"
_IMAGE_TYPES = ("image/jpeg", "image/png", "image/gif", "image/webp")
_IMAGE_STARTS = {"/9j/": "image/jpeg", "iVBORw0KGgo": "image/png", "R0lGOD": "image/gif", "UklGR": "image/webp"}

AnySource = Base64Source | URLSource | FileSource | TextSource
"""The sources that stand for themselves."""


def read_source(source: AnySource, extra: JSONObject) -> Source:
    """The canonical source; fields without a name go to `extra["source"]`. Raises InvalidRequestError: no base64."""
    if source.extra:
        extra["source"] = source.extra
    match source:
        case Base64Source(data=data, media_type=media_type):
            require_base64(data)
            return Inline(media_type, data)
        case URLSource(url=url):
            return Link(url)
        case FileSource(file_id=file_id):
            return Ref(file_id)
        case TextSource(data=data, media_type=media_type):
            return Plain(data, media_type)


def require_base64(data: str) -> None:
    """Raises InvalidRequestError when `data` is not base64 with its padding; nothing is decoded."""
    body = data[:-2] + data[-2:].replace("=", "")
    if len(data) % 4 or len(data) - len(body) > 2 or not body.isascii() or body.encode().translate(None, _BASE64):
        raise InvalidRequestError("the data is not valid base64", param="source.data")


def write_image_source(source: Source, scope: Scope, where: str) -> JSONObject | None:
    """An image's source on the wire; None, and a note, for one that cannot be said."""
    if scope.own:
        return _write_any(source)
    match source:
        case Inline(media_type, base64):
            return {"type": "base64", "media_type": _image_type(media_type, base64, scope, where), "data": base64}
        case Link():
            return _write_link(source, scope, where)
        case Ref() | Plain() | Nested():
            return _refuse(source, scope, where)


def write_document_source(source: Source, scope: Scope, where: str) -> JSONObject | None:
    """A document's source on the wire (`Nested` apart); None, and a note, for one that cannot be said."""
    if scope.own:
        return _write_any(source)
    match source:
        case Inline(media_type, base64):
            return _write_document_bytes(media_type, base64, scope, where)
        case Plain(media_type="text/plain"):
            return _write_any(source)
        case Plain(text=text):
            scope.notes.approximated(f"{where}.source.media_type", "text is sent as text/plain")
            return _write_any(Plain(text))
        case Link():
            return _write_link(source, scope, where)
        case Ref() | Nested():
            return _refuse(source, scope, where)


def _write_any(source: Source) -> JSONObject | None:
    match source:
        case Inline(media_type, base64):
            return {"type": "base64", **({"media_type": media_type} if media_type else {}), "data": base64}
        case Link(url):
            return {"type": "url", "url": url}
        case Ref(id):
            return {"type": "file", "file_id": id}
        case Plain(text, media_type):
            return {"type": "text", "media_type": media_type, "data": text}
        case Nested():
            return None


def _write_link(source: Link, scope: Scope, where: str) -> JSONObject:
    if source.media_type is not None:
        scope.notes.dropped(f"{where}.source.media_type", "a link has no media type here")
    return {"type": "url", "url": source.url}


def _refuse(source: Source, scope: Scope, where: str) -> JSONObject | None:
    """A user of the SDK may name a file on purpose; another provider's file cannot be reached."""
    if scope.carried and isinstance(source, Ref):
        return _write_any(source)
    scope.notes.unsupported(where, "this source cannot be sent to another provider")
    return None


def _image_type(media_type: str, base64: str, scope: Scope, where: str) -> str:
    if media_type in _IMAGE_TYPES:
        return media_type
    found = next((kind for start, kind in _IMAGE_STARTS.items() if base64.startswith(start)), None)
    if found is None and media_type != "image/jpg":
        scope.notes.unsupported(f"{where}.source.media_type", "neither JPEG, PNG, GIF nor WebP")
        return media_type
    scope.notes.approximated(f"{where}.source.media_type", "named as this format names it")
    return found or "image/jpeg"


def _write_document_bytes(media_type: str, base64: str, scope: Scope, where: str) -> JSONObject | None:
    if media_type == "application/pdf":
        return {"type": "base64", "media_type": media_type, "data": base64}
    if media_type.startswith("text/"):
        try:
            text = binascii.a2b_base64(base64).decode()
        except (binascii.Error, UnicodeDecodeError):
            scope.notes.unsupported(where, "the text document is not UTF-8")
            return None
        scope.notes.approximated(f"{where}.source", "a text document is sent as text")
        return {"type": "text", "media_type": "text/plain", "data": text}
    scope.notes.unsupported(where, "documents are PDF or text")
    return None


NestedBlocks = list[TextBlock | ImageBlock | Unknown]
"""What a document of blocks may hold."""


def nested_blocks(source: ContentSource) -> NestedBlocks:
    """The blocks of a document that is given as blocks, or as one text."""
    return [TextBlock(text=source.content)] if isinstance(source.content, str) else source.content
