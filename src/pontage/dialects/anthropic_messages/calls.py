"""Tool calls, both ways: their ids and their arguments. Floor 3; pure."""

from __future__ import annotations

import re
import zlib
from typing import Final

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


def tool_id(given: str, scope: Scope, where: str) -> str:
    """`given` in the letters that are accepted here; the same id always gives the same, different ones differ."""
    if scope.own or scope.answering or _ID.fullmatch(given):
        return given
    scope.notes.approximated(where, "letters that are refused here are replaced")
    return f"{_NO_ID.sub('_', given)}_{zlib.crc32(given.encode('utf-8', 'replace')):08x}"
