"""Thinking blocks that carry another family's signature through a client of this format. Floor 3; pure."""

from __future__ import annotations

from typing import Any, cast

from pontage.dialects.tags import is_tag, tag
from pontage.domain.parts import JSONObject


def tag_block(family: str | None, signature: str, place: str) -> JSONObject:
    """The empty thinking block that carries the signature of the part beside it."""
    return {"type": "thinking", "thinking": "", "signature": tag(family, signature, place)}


def without_tagged(messages: Any) -> Any:
    """Decoded JSON messages without the tagged blocks, and without turns that held nothing else."""
    if not isinstance(messages, list):
        return messages
    kept: list[Any] = []
    for message in cast(list[Any], messages):
        content = cast(JSONObject, message).get("content") if isinstance(message, dict) else None
        if isinstance(content, list):
            blocks = [block for block in cast(list[Any], content) if not _is_tagged(block)]
            if len(blocks) < len(cast(list[Any], content)):
                if blocks:
                    kept.append({**cast(JSONObject, message), "content": blocks})
                continue
        kept.append(message)
    return kept


def _is_tagged(block: Any) -> bool:
    if not isinstance(block, dict):
        return False
    fields = cast(JSONObject, block)
    name = {"thinking": "signature", "redacted_thinking": "data"}.get(str(fields.get("type")))
    return name is not None and is_tag(fields.get(name))
