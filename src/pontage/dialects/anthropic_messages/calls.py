"""Tool calls, both ways: their ids and their arguments. Floor 3; pure."""

from __future__ import annotations

import re
import zlib
from typing import Final

import msgspec
from msgspec import Raw

from pontage.dialects.anthropic_messages.blocks import ServerToolUseBlock, ToolUseBlock
from pontage.dialects.anthropic_messages.caching import read_cache
from pontage.dialects.anthropic_messages.names import Scope
from pontage.domain.parts import ToolCall

_ID: Final = re.compile(r"[A-Za-z0-9_-]+")
_NO_ID: Final = re.compile(r"[^A-Za-z0-9_-]")


def read_call(block: ToolUseBlock | ServerToolUseBlock) -> ToolCall:
    """The call a block says."""
    if block.caller is not None:
        block.extra["caller"] = block.caller
    return ToolCall(
        id=block.id,
        name=block.name,
        arguments=bytes(block.input).decode(),
        by_provider=isinstance(block, ServerToolUseBlock),
        cache=read_cache(block.cache_control, block.extra),
        extra=block.extra,
    )


def write_arguments(call: ToolCall, scope: Scope, where: str) -> Raw:
    """The input of a call: its JSON text as the model wrote it. Free text of a custom tool becomes `{"input": text}`,
    what is no JSON object `{"_raw": text}`, both with a note."""
    text = call.arguments
    if call.kind == "custom":
        scope.notes.approximated(where, "free text is wrapped as the property `input`")
        return Raw(msgspec.json.encode({"input": text}))
    if text.strip() in ("", "null"):
        if text.strip():
            scope.notes.approximated(f"{where}.arguments", "no arguments are an empty object")
        return Raw(b"{}")
    try:
        whole = isinstance(msgspec.json.decode(text), dict)
    except (msgspec.DecodeError, RecursionError, UnicodeError):
        whole = False
    if whole:
        return Raw(text.encode())
    scope.notes.approximated(f"{where}.arguments", "no JSON object: wrapped as the property `_raw`")
    return Raw(msgspec.json.encode({"_raw": text}))


def tool_id(given: str, scope: Scope, where: str) -> str:
    """`given` in the letters that are accepted here; the same id always gives the same, different ones differ."""
    if scope.own or scope.answering or _ID.fullmatch(given):
        return given
    scope.notes.approximated(where, "letters that are refused here are replaced")
    return f"{_NO_ID.sub('_', given)}_{zlib.crc32(given.encode('utf-8', 'replace')):08x}"
