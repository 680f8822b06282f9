"""Content blocks and parts, both ways. Floor 3; pure.

`read_part` takes any block; `write_block` gives the block for a part, or None where there is no way to say it, and
then there is a note under the part's canonical path (`where`).
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import assert_never

from pontage.dialects.anthropic_messages import media
from pontage.dialects.anthropic_messages.blocks import (
    BLOCK,
    Block,
    ContentSource,
    DocumentBlock,
    ImageBlock,
    RedactedThinkingBlock,
    ServerToolUseBlock,
    TextBlock,
    ThinkingBlock,
    ToolResultBlock,
    ToolUseBlock,
)
from pontage.dialects.anthropic_messages.caching import read_cache, write_cache
from pontage.dialects.anthropic_messages.calls import read_call, tool_id
from pontage.dialects.anthropic_messages.citations import read_citation, write_citation
from pontage.dialects.anthropic_messages.names import Scope
from pontage.dialects.arguments import as_object
from pontage.dialects.codec import Unknown
from pontage.dialects.scope import put_extra
from pontage.dialects.tags import tag
from pontage.domain.parts import (
    Audio,
    Document,
    Image,
    JSONObject,
    Nested,
    Opaque,
    Part,
    Reasoning,
    Refusal,
    Text,
    ToolCall,
    ToolResult,
    Video,
)
from pontage.errors import InvalidRequestError, ProtocolError


def read_part(block: Block) -> Part:
    """The part a block says. Raises InvalidRequestError, `param` relative to the block."""
    extra = block.extra
    match block:
        case TextBlock(text=text, citations=cites):
            cited = tuple(read_citation(cite, len(text)) for cite in cites) if cites else ()
            return Text(text=text, citations=cited, cache=read_cache(block.cache_control, extra), extra=extra)
        case ToolUseBlock() | ServerToolUseBlock():
            return read_call(block)
        case ToolResultBlock():
            return ToolResult(
                call_id=block.tool_use_id,
                parts=() if block.content is None else read_blocks(block.content),
                is_error=bool(block.is_error),
                cache=read_cache(block.cache_control, extra),
                extra=extra,
            )
        case ThinkingBlock(thinking=text, signature=signature):
            return Reasoning(text=text, signature=signature or None, extra=extra)
        case RedactedThinkingBlock(data=data):
            return Reasoning(redacted=True, signature=data, extra=extra)
        case ImageBlock() | DocumentBlock():
            return _read_media(block)
        case Unknown(data=data):
            return Opaque(data=data)


def read_blocks(content: str | Sequence[Block]) -> tuple[Part, ...]:
    """The parts of a `content` field. Raises InvalidRequestError, `param` relative to the field's owner."""
    if isinstance(content, str):
        return (Text(text=content),)
    parts: list[Part] = []
    for number, block in enumerate(content):
        try:
            parts.append(read_part(block))
        except InvalidRequestError as error:
            error.param = f"content[{number}].{error.param}"
            raise
    return tuple(parts)


def read_answer(content: list[Block]) -> tuple[Part, ...]:
    """The parts of an answer. Raises ProtocolError: bad data is the provider's doing here."""
    try:
        return read_blocks(content)
    except InvalidRequestError as error:
        raise ProtocolError(f"the provider's answer is malformed at {error.param}: {error.message}") from None


def _read_media(block: ImageBlock | DocumentBlock) -> Part:
    source, extra = block.source, block.extra
    if isinstance(source, Unknown):
        return Opaque(data=BLOCK.builtins(block))
    if isinstance(source, ContentSource):
        if source.extra:
            extra["source"] = source.extra
        place = Nested(read_blocks(media.nested_blocks(source)))
    else:
        place = media.read_source(source, extra)
    cache = read_cache(block.cache_control, extra)
    if isinstance(block, ImageBlock):
        return Image(source=place, cache=cache, extra=extra)
    config = block.citations
    if config is not None and config.extra:
        extra["citations"] = config.extra
    return Document(
        source=place,
        title=block.title,
        context=block.context,
        citations=config.enabled if config is not None else None,
        cache=cache,
        extra=extra,
    )


def write_block(part: Part, scope: Scope, where: str) -> JSONObject | None:
    """The block for `part`, or None with a note. The signature of another part than thinking is noted as dropped,
    unless a client is answered: then it travels in a block of its own (tags.py)."""
    block = _write_bare(part, scope, where)
    if block is None:
        return None
    if part.cache is not None:
        if isinstance(part, Reasoning):
            scope.notes.dropped(f"{where}.cache", "thinking is never a cache breakpoint")
        else:
            block["cache_control"] = write_cache(part.cache, scope, f"{where}.cache")
    if part.signature is not None and not isinstance(part, Reasoning) and (scope.signed or not scope.answering):
        scope.notes.dropped(f"{where}.signature", "only thinking is signed here")
    put_extra(block, part.extra, scope, where)
    return block


def _write_bare(part: Part, scope: Scope, where: str) -> JSONObject | None:
    match part:
        case Text():
            return _write_text(part, scope, where)
        case ToolCall():
            return _write_call(part, scope, where)
        case ToolResult():
            return _write_result(part, scope, where)
        case Reasoning():
            return _write_reasoning(part, scope, where)
        case Image() | Document() if scope.spoken and not scope.carried:
            scope.notes.unsupported(where, "the assistant's turns hold neither images nor documents")
            return None
        case Image(source=source, detail=detail):
            if detail not in (None, "auto"):
                scope.notes.dropped(f"{where}.detail", "images have no level of detail here")
            place = media.write_image_source(source, scope, where)
            return None if place is None else {"type": "image", "source": place}
        case Document():
            return _write_document(part, scope, where)
        case Refusal(text=text):
            scope.notes.approximated(where, "a refusal is visible text here")
            return {"type": "text", "text": text} if text.strip() else None
        case Opaque(data=data):
            if scope.carried:
                return {**data}
            scope.notes.dropped(where, "a block of another format")
            return None
        case Audio() | Video():
            scope.notes.unsupported(where, "neither audio nor video is read here")
            return None
        case _:
            assert_never(part)


def _write_text(part: Text, scope: Scope, where: str) -> JSONObject | None:
    if not scope.own and not part.text.strip():
        scope.notes.dropped(where, "text without a visible character is refused")
        return None
    block: JSONObject = {"type": "text", "text": part.text}
    if part.citations:
        if scope.carried:
            block["citations"] = [write_citation(citation) for citation in part.citations]
        else:
            scope.notes.dropped(f"{where}.citations", "citations of another provider would be refused when replayed")
    return block


def _write_reasoning(part: Reasoning, scope: Scope, where: str) -> JSONObject | None:
    signature = part.signature
    if not scope.signed:
        if not scope.answering:
            scope.notes.dropped(where, "thinking of another provider family is not taken back")
            return None
        signature = tag(scope.family, signature)
    elif not (scope.own or signature):
        scope.notes.dropped(where, "thinking without its signature is not taken back")
        return None
    if part.redacted:
        return {"type": "redacted_thinking", "data": signature or ""}
    return {"type": "thinking", "thinking": part.text, "signature": signature or ""}


def _write_call(call: ToolCall, scope: Scope, where: str) -> JSONObject | None:
    if call.by_provider and not scope.carried:
        scope.notes.dropped(where, "a tool that another provider ran")
        return None
    return {
        "type": "server_tool_use" if call.by_provider else "tool_use",
        "id": tool_id(call.id, scope, f"{where}.id"),
        "name": call.name,
        "input": as_object(call, scope.notes, where),
    }


def _write_result(result: ToolResult, scope: Scope, where: str) -> JSONObject:
    said: JSONObject = {
        "type": "tool_result",
        "tool_use_id": tool_id(result.call_id, scope, f"{where}.call_id"),
    }
    texts = [part.text for part in result.parts if isinstance(part, Text)]
    if result.parts and len(texts) == len(result.parts) and not "".join(texts).strip():
        said["content"] = "".join(texts)  # the one place where nothing but white space is accepted
    elif result.parts:
        blocks = (write_block(part, scope, f"{where}.parts[{n}]") for n, part in enumerate(result.parts))
        said["content"] = [block for block in blocks if block is not None]
    if result.is_error:
        said["is_error"] = True
    return said


def _write_document(part: Document, scope: Scope, where: str) -> JSONObject | None:
    if isinstance(part.source, Nested):
        blocks = (write_block(item, scope, f"{where}.source.parts[{n}]") for n, item in enumerate(part.source.parts))
        place: JSONObject | None = {"type": "content", "content": [block for block in blocks if block is not None]}
    else:
        place = media.write_document_source(part.source, scope, where)
    if place is None:
        return None
    said: JSONObject = {"type": "document", "source": place}
    if part.title is not None:
        said["title"] = part.title
    if part.context is not None:
        said["context"] = part.context
    if part.citations is not None:
        said["citations"] = {"enabled": part.citations}
    return said
