"""Reasoning items that carry another family's proof through a client of this format. Floor 3; pure."""

from __future__ import annotations

from typing import Any, cast

from pontage.dialects.tags import is_tag, tag
from pontage.domain.parts import JSONObject


def tag_item(family: str | None, proof: str, place: str, identity: str) -> JSONObject:
    """The empty reasoning item that carries the proof of the part beside it."""
    return {"type": "reasoning", "id": identity, "summary": [], "encrypted_content": tag(family, proof, place)}


def without_tagged(items: list[Any]) -> list[Any]:
    """Decoded JSON items without those that carry a tag."""
    return [item for item in items if not _is_tagged(item)]


def _is_tagged(item: Any) -> bool:
    if not isinstance(item, dict) or cast(JSONObject, item).get("type") != "reasoning":
        return False
    return is_tag(cast(JSONObject, item).get("encrypted_content"))
