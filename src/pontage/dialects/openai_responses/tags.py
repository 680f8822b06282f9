"""How an answer's foreign proofs travel through a client that only knows this format. Floor 3; pure.

A client of this format gives reasoning items back as it got them. So the proof of another family is written as
`encrypted_content: "pontage:<family>:<proof>"`, that of thinking which is nothing but its proof with `redacted:` before
it. One that stands on another part becomes an empty reasoning item of its own: with `next:` directly before the part,
or with `prev:` directly behind it when a stream learns it late. `untag` undoes all of it when the client sends the
conversation again; no tag reaches a provider.
"""

from __future__ import annotations

from typing import Any, Final, cast

from msgspec.structs import replace

from pontage.domain.parts import JSONObject, Part, Reasoning

PREFIX: Final = "pontage:"
MARK: Final = b'"pontage:'
"""In every JSON body that holds a tag, and hardly in another."""


def tag(family: str | None, proof: str | None, place: str = "") -> str:
    """The tag; `place` is "next:" or "prev:" for the proof of another part, "redacted:" for thinking without words."""
    return f"{PREFIX}{family or ''}:{place}{proof or ''}"


def tag_item(family: str | None, proof: str, place: str, identity: str) -> JSONObject:
    """The empty reasoning item that carries the proof of the part beside it."""
    return {"type": "reasoning", "id": identity, "summary": [], "encrypted_content": tag(family, proof, place)}


def untag(parts: tuple[Part, ...]) -> tuple[tuple[Part, ...], str | None, bool]:
    """The parts with their own proofs back in place, whose family made them, and whether there was a tag at all."""
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
        maker, place, proof = told
        family = family or maker or None
        if place == "next":
            awaited = proof
        elif place == "prev":
            result[-1:] = [replace(before, signature=proof) for before in result[-1:]]
        elif not place and isinstance(part, Reasoning):
            result.append(replace(part, signature=proof or None, redacted=False))
        elif isinstance(part, Reasoning):
            result.append(replace(part, signature=proof or None, redacted=True))
    return tuple(result), family, found


def without_tagged(items: list[Any]) -> list[Any]:
    """Decoded JSON items without those that carry a tag."""
    return [item for item in items if not _is_tagged(item)]


def _read(part: Part) -> tuple[str, str, str] | None:
    """Family, place and proof of a tagged part."""
    if not isinstance(part, Reasoning) or part.signature is None or not part.signature.startswith(PREFIX):
        return None
    family, _, rest = part.signature.removeprefix(PREFIX).partition(":")
    place, colon, proof = rest.partition(":")
    if colon and place in ("next", "prev", "redacted") and not part.text:
        return family, place, proof
    return family, "", rest


def _is_tagged(item: Any) -> bool:
    if not isinstance(item, dict) or cast(JSONObject, item).get("type") != "reasoning":
        return False
    return str(cast(JSONObject, item).get("encrypted_content")).startswith(PREFIX)
