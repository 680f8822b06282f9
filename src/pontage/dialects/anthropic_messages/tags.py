"""How an answer's foreign signatures travel through a client that only knows this format. Floor 3; pure.

A client of this format gives thinking blocks back as it got them. So a signature of another family is written as
`pontage:<family>:<signature>`, and one that stands on another part than thinking as an empty thinking block of its own:
`pontage:<family>:next:<signature>` directly before the part, or `:prev:` directly behind it when a stream learns it
late. `untag` undoes all of it when the client sends the conversation again; no tag ever reaches a provider.
"""

from __future__ import annotations

from typing import Any, Final, cast

from msgspec.structs import replace

from pontage.domain.parts import JSONObject, Part, Reasoning

PREFIX: Final = "pontage:"
MARK: Final = b'"pontage:'
"""In every JSON body that holds a tag, and hardly in another."""


def tag(family: str | None, signature: str | None, place: str = "") -> str:
    """The tag; `place` is "next:" or "prev:" for a signature of another part."""
    return f"{PREFIX}{family or ''}:{place}{signature or ''}"


def tag_block(family: str | None, signature: str, place: str) -> JSONObject:
    """The empty thinking block that carries the signature of the part beside it."""
    return {"type": "thinking", "thinking": "", "signature": tag(family, signature, place)}


def untag(parts: tuple[Part, ...]) -> tuple[tuple[Part, ...], str | None, bool]:
    """The parts with their own signatures back in place, whose family made them, and whether there was a tag at all."""
    result: list[Part] = []
    family: str | None = None
    found = False
    awaited: str | None = None
    for part in parts:
        told = _read(part)
        if told is None:
            result.append(part if awaited is None else replace(part, signature=awaited))
            awaited = None
            continue
        found = True
        maker, place, signature = told
        family = family or maker or None
        if place == "next":
            awaited = signature
        elif place == "prev" and result:
            result[-1] = replace(result[-1], signature=signature)
        elif not place:
            result.append(replace(part, signature=signature or None))
    return tuple(result), family, found


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


def _read(part: Part) -> tuple[str, str, str] | None:
    """Family, place and signature of a tagged part."""
    if not isinstance(part, Reasoning) or part.signature is None or not part.signature.startswith(PREFIX):
        return None
    family, _, rest = part.signature.removeprefix(PREFIX).partition(":")
    place, colon, signature = rest.partition(":")
    if colon and place in ("next", "prev") and not part.text and not part.redacted:
        return family, place, signature
    return family, "", rest


def _is_tagged(block: Any) -> bool:
    if not isinstance(block, dict):
        return False
    fields = cast(JSONObject, block)
    name = {"thinking": "signature", "redacted_thinking": "data"}.get(str(fields.get("type")))
    return name is not None and str(fields.get(name)).startswith(PREFIX)
