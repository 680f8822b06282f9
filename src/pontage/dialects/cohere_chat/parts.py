"""Content blocks and parts, both ways. Floor 3; pure.

`read_content` takes any blocks; `write_block` gives the block for a part, or None where there is no way to say it, and
then there is a note under the part's canonical path (`where`).
"""

from __future__ import annotations

from typing import Any, assert_never, cast

import msgspec

from pontage.dialects.codec import Unknown
from pontage.dialects.cohere_chat.media import read_url, text_of, write_url
from pontage.dialects.cohere_chat.names import forfeit
from pontage.dialects.cohere_chat.types import (
    Block,
    Content,
    DocumentBlock,
    ImageBlock,
    TextBlock,
    ThinkingBlock,
)
from pontage.dialects.scope import Scope, put_extra
from pontage.domain.parts import (
    Audio,
    Document,
    Image,
    JSONObject,
    Nested,
    Opaque,
    Part,
    Plain,
    Reasoning,
    Refusal,
    Text,
    ToolCall,
    ToolResult,
    Video,
)
from pontage.errors import InvalidRequestError

_DETAILS = ("auto", "low", "high")
_EMPTY = TextBlock(text="")
_JSON = "application/json"
_TEXT_NAMES = frozenset(["text", "title"])


def read_content(content: Content | None, param: str) -> list[Part]:
    """The parts of a `content` field; an empty text alone says nothing. Raises InvalidRequestError with a path that
    begins with `param`."""
    if not content or content == [_EMPTY]:
        return []
    if isinstance(content, str):
        return [Text(text=content)]
    return [read_block(block, f"{param}[{number}]") for number, block in enumerate(content)]


def read_block(block: Block, param: str) -> Part:
    """The part a block says. Raises InvalidRequestError for data that is none."""
    match block:
        case TextBlock(text=text, extra=extra):
            return Text(text=text, extra=extra)
        case ThinkingBlock(thinking=text, extra=extra):
            return Reasoning(text=text, extra=extra)
        case ImageBlock(image_url=image, extra=extra):
            source = read_url(image.url, f"{param}.image_url.url")
            if image.extra:
                extra["image_url"] = image.extra
            return Image(source=source, detail=image.detail, extra=extra)
        case DocumentBlock():
            return read_document(block, f"{param}.document.data")
        case Unknown(data=data):
            return Opaque(data=data)


def read_document(block: DocumentBlock, param: str) -> Document:
    """Data that is no more than a text and its title is that; any other is JSON, whose every name the model reads."""
    body, extra = block.document, block.extra
    data: Any = msgspec.json.decode(body.data)
    if body.id is not None:
        body.extra["id"] = body.id
    if body.extra:
        extra["document"] = body.extra
    if isinstance(data, str):
        return Document(source=Plain(data), extra=extra)
    if not isinstance(data, dict):
        raise InvalidRequestError("a document's data is an object", param=param)
    fields = cast(JSONObject, data)
    if "text" in fields and fields.keys() <= _TEXT_NAMES and all(isinstance(text, str) for text in fields.values()):
        return Document(source=Plain(fields["text"]), title=fields.get("title"), extra=extra)
    return Document(source=Plain(msgspec.json.encode(data).decode(), _JSON), extra=extra)


def write_blocks(part: Part, scope: Scope, where: str) -> list[JSONObject]:
    """The blocks for a part of a message: one, none with a note, or several for a document of parts."""
    if isinstance(part, Document) and isinstance(part.source, Nested):
        scope.notes.approximated(where, "a document of parts becomes its parts")
        inner = [(f"{where}.source.parts[{number}]", item) for number, item in enumerate(part.source.parts)]
        return [block for path, item in inner for block in write_blocks(item, scope, path)]
    block = _write_bare(part, scope, where)
    if block is None:
        return []
    forfeit(part, scope, where)
    put_extra(block, part.extra, scope, where)
    return [block]


def _write_bare(part: Part, scope: Scope, where: str) -> JSONObject | None:
    match part:
        case Text(text=text):
            return {"type": "text", "text": text}
        case Reasoning():
            return _write_thinking(part, scope, where)
        case Refusal(text=text):
            scope.notes.approximated(where, "a refusal is visible text here")
            return {"type": "text", "text": text}
        case Image(source=source, detail=detail):
            url = write_url(source, scope, where)
            if url is None:
                return None
            image: JSONObject = {"url": url}
            if detail in _DETAILS or (detail is not None and scope.own):
                image["detail"] = detail
            elif detail is not None:
                scope.notes.dropped(f"{where}.detail", "no such level of detail here")
            return {"type": "image_url", "image_url": image}
        case Document():
            return _fence(part, scope, where)
        case Opaque(data=data):
            if scope.carried:
                return {**data}
            scope.notes.dropped(where, "a block of another format")
            return None
        case Audio() | Video():
            scope.notes.unsupported(where, "neither audio nor video is read here")
            return None
        case ToolCall() | ToolResult():
            scope.notes.unsupported(where, f"no {part.__struct_config__.tag} in this place")
            return None
        case _:
            assert_never(part)


def _write_thinking(part: Reasoning, scope: Scope, where: str) -> JSONObject | None:
    if part.redacted:
        scope.notes.dropped(where, "thinking is told in words here")
        return None
    if not (scope.carried or scope.answering):
        scope.notes.dropped(where, "thinking of another provider is not taken back")
        return None
    return {"type": "thinking", "thinking": part.text}


def _fence(part: Document, scope: Scope, where: str) -> JSONObject | None:
    """A document in a message as text: only results of tools have documents here."""
    text = text_of(part.source, scope, where)
    if text is None:
        return None
    scope.notes.approximated(where, "a document becomes fenced text")
    for name in ("context", "citations"):
        if getattr(part, name) is not None:
            scope.notes.dropped(f"{where}.{name}", "no such field here")
    name = f' title="{part.title}"' if part.title is not None else ""
    return {"type": "text", "text": f"<document{name}>\n{text}\n</document>"}


def write_document(part: Document, scope: Scope, where: str) -> JSONObject | None:
    """The document block of a tool's result; None, and a note, for what is no text."""
    source = part.source
    data = _object_in(source) if isinstance(source, Plain) and source.media_type == _JSON else None
    if data is None:
        text = text_of(source, scope, where)
        if text is None:
            return None
        data = {"text": text}
    if part.title is not None:
        data.setdefault("title", part.title)
    for name in ("context", "citations"):
        if getattr(part, name) is not None:
            scope.notes.dropped(f"{where}.{name}", "no such field here")
    forfeit(part, scope, where)
    block: JSONObject = {"type": "document", "document": {"data": data}}
    put_extra(block, part.extra, scope, where)
    return block


def _object_in(source: Plain) -> JSONObject | None:
    try:
        value: Any = msgspec.json.decode(source.text)
    except (msgspec.DecodeError, UnicodeError, RecursionError):
        return None
    return cast(JSONObject, value) if isinstance(value, dict) else None
