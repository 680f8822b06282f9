"""How an answer's foreign proofs travel through a client that only knows its own format. Floor 2; pure.

A client brings thinking back as it got it. So a proof (a signature, encrypted thinking) of another family than the
format's own is written as `pontage:<family>:<proof>`, that of thinking which is nothing but its proof with `redacted:`
before it where the format does not tell so itself. A proof that stands on another part becomes empty thinking of its
own: with `next:` directly before the part, or with `prev:` directly behind it when a stream learns it late. `untag`
undoes all of it when the client sends the conversation again; no tag ever reaches a provider.
"""

from __future__ import annotations

from typing import Final

from msgspec.structs import replace

from pontage.domain.parts import Part, Reasoning

PREFIX: Final = "pontage:"
MARK: Final = b'"pontage:'
"""In every JSON body that holds a tag, and hardly in another."""
_PLACES: Final = ("next", "prev", "redacted")


def tag(family: str | None, proof: str | None, place: str = "") -> str:
    """The tag; `place` is "next:" or "prev:" for the proof of another part, "redacted:" for thinking without words."""
    return f"{PREFIX}{family or ''}:{place}{proof or ''}"


def untag(parts: tuple[Part, ...]) -> tuple[tuple[Part, ...], str | None, bool]:
    """The parts with their own proofs back in place, whose family made them, and whether there was a tag at all."""
    result: list[Part] = []
    family: str | None = None
    found = False
    awaited: str | None = None
    for part in parts:
        if not isinstance(part, Reasoning) or not is_tag(part.signature):
            result.append(part if awaited is None else replace(part, signature=awaited))
            awaited = None
            continue
        found = True
        maker, place, proof = _read(part)
        family = family or maker or None
        if place == "next":
            awaited = proof
        elif place == "prev":
            result[-1:] = [replace(before, signature=proof) for before in result[-1:]]
        elif place == "redacted":
            result.append(replace(part, signature=proof or None, redacted=True))
        else:
            result.append(replace(part, signature=proof or None))
    return tuple(result), family, found


def is_tag(proof: object) -> bool:
    """Whether what stands in a proof's place is a tag."""
    return isinstance(proof, str) and proof.startswith(PREFIX)


def _read(part: Reasoning) -> tuple[str, str, str]:
    """Family, place and proof of tagged thinking."""
    family, _, rest = (part.signature or "").removeprefix(PREFIX).partition(":")
    place, colon, proof = rest.partition(":")
    bare = not part.text and not part.redacted
    return (family, place, proof) if colon and place in _PLACES and bare else (family, "", rest)
