"""The model's thinking in messages, both ways. Floor 3; pure.

Two fields hold the text (`reasoning_content`, `reasoning`), and `reasoning_details` holds it piece by piece with proofs
and with what only its provider can read; where the latter is given it is the truth. Its `format` names whose proofs
they are (`anthropic-claude-v1`); that is how a client that knows nothing of it brings them back to the right family.
"""

from __future__ import annotations

from typing import Final

from msgspec.structs import replace

from pontage.dialects.codec import Unknown
from pontage.dialects.openai_chat import message_types as wires
from pontage.dialects.openai_chat.message_types import said
from pontage.dialects.openai_chat.variant import Scope, kept
from pontage.domain.parts import JSONObject, Opaque, Part, Reasoning

DETAILS: Final = "reasoning_details"
TEXT_FIELD: Final = "reasoning_content"
_FORMATS: Final = {
    "anthropic": "anthropic-claude-v1",
    "google": "google-gemini-v1",
    "openai": "openai-responses-v1",
}
_UNKNOWN_FORMAT: Final = "unknown"
_BLOCKS_FAMILY: Final = "anthropic"


def family_of(format: str | None) -> str | None:  # noqa: A002 - the wire's own word
    """Whose proofs a `format` stands for."""
    if not format or format == _UNKNOWN_FORMAT:
        return None
    return format.partition("-")[0]


def format_of(family: str | None) -> str | None:
    """The `format` that stands for a family's proofs."""
    return None if family is None else _FORMATS.get(family, f"{family}-v1")


def decode_thinking(message: wires.Spoken) -> tuple[list[Part], str | None]:
    """The thinking of a message, and the family whose proofs it carries (None: not told)."""
    text = said(message.reasoning_content) or said(message.reasoning) or ""
    details = said(message.reasoning_details)
    if details:
        parts = _joined(details)
        if text and not any(isinstance(part, Reasoning) and part.text for part in parts):
            parts = _with_text(parts, text)
        return parts, next(filter(None, (detail_family(detail) for detail in details)), None)
    blocks = said(message.thinking_blocks)
    if blocks:
        return [_decode_block(block) for block in blocks], _BLOCKS_FAMILY
    return ([Reasoning(text=text)] if text else []), None


def _joined(details: list[wires.Detail]) -> list[Part]:
    """The parts that the entries make: entries with one index are pieces of one text, as streams leave them behind."""
    parts: list[Part] = []
    before: int | None = None
    for detail in details:
        part = decode_detail(detail)
        index = said(detail.index) if isinstance(detail, wires.ReasoningText | wires.ReasoningSummary) else None
        last = parts[-1] if parts else None
        if index is not None and index == before and isinstance(last, Reasoning) and isinstance(part, Reasoning):
            signature = part.signature or last.signature
            part = Reasoning(text=last.text + part.text, signature=signature, extra={**last.extra, **part.extra})
            parts.pop()
        before = index
        parts.append(part)
    return parts


def _with_text(parts: list[Part], text: str) -> list[Part]:
    """`parts`, whose text stands in another field only: it belongs to the one that has room for it, or goes first."""
    for index, part in enumerate(parts):
        if isinstance(part, Reasoning) and not part.redacted:
            return [*parts[:index], replace(part, text=text), *parts[index + 1 :]]
    return [Reasoning(text=text), *parts]


def detail_family(detail: wires.Detail) -> str | None:
    """The family that a detail's `format` names."""
    return None if isinstance(detail, Unknown) else family_of(said(detail.format))


def decode_detail(detail: wires.Detail) -> Part:
    """One entry of `reasoning_details`."""
    if isinstance(detail, Unknown):
        return Opaque(data=detail.data)
    extra = kept(detail.extra)
    if said(detail.id) is not None:
        extra["id"] = detail.id
    match detail:
        case wires.ReasoningText():
            return Reasoning(text=said(detail.text) or "", signature=said(detail.signature), extra=extra)
        case wires.ReasoningSummary():
            return Reasoning(text=said(detail.summary) or "", extra=extra)
        case wires.ReasoningEncrypted():
            return Reasoning(signature=said(detail.data), redacted=True, extra=extra)


def _decode_block(block: JSONObject) -> Part:
    """One of Anthropic's blocks, as some gateways hand them to their clients."""
    match block:
        case {"type": "thinking", "thinking": str(text)}:
            signature = block.get("signature")
            return Reasoning(text=text, signature=signature if isinstance(signature, str) else None)
        case {"type": "redacted_thinking", "data": str(data)}:
            return Reasoning(signature=data, redacted=True)
        case _:
            return Opaque(data=block)


def encode_thinking(parts: list[tuple[str, Reasoning]], where: str, scope: Scope) -> JSONObject:
    """The fields that tell a message's thinking, or nothing with a note each where the reader takes none back."""
    field = scope.variant.reasoning_field
    if not scope.tells_thinking():
        for path, _ in parts:
            scope.notes.dropped(path, "earlier thinking is not taken back")
        return {}
    told = [entry for path, part in parts if (entry := _entry(part, path, scope)) is not None]
    if not told:
        return {}
    wire: JSONObject = {}
    text = "".join([part.text for part in told])
    if text:
        wire[field or TEXT_FIELD] = text
    if len(told) > 1 or any(part.signature or part.redacted or part.extra or not part.text for part in told):
        if scope.takes(DETAILS) or scope.takes_signature():
            wire[DETAILS] = [encode_detail(part, index, scope.family) for index, part in enumerate(told)]
        elif len(told) > 1:
            scope.notes.approximated(f"{where}.parts", "the thinking becomes one text")
    return wire


def _entry(part: Reasoning, path: str, scope: Scope) -> Reasoning | None:
    """What of a part may be told: without a proof or fields that mean nothing to the reader; None: nothing."""
    if part.cache is not None:
        scope.notes.dropped(f"{path}.cache", "no cache marks on thinking")
    signature = part.signature
    if signature is not None and not scope.takes_signature():
        scope.notes.dropped(path if part.redacted or not part.text else f"{path}.signature", "made by another provider")
        if part.redacted or not part.text:
            return None
        signature = None
    if not part.text and signature is None and not part.redacted and not scope.takes(DETAILS):
        scope.notes.dropped(path, "nothing of it can be told")
        return None
    if part.extra and not scope.carried:
        scope.notes.extras(part.extra, path)
    return Reasoning(
        text=part.text, signature=signature, redacted=part.redacted, extra=part.extra if scope.carried else {}
    )


def encode_detail(part: Reasoning, index: int, family: str | None) -> JSONObject:
    """One entry of `reasoning_details`."""
    wire: JSONObject
    if part.redacted:
        wire = {"type": "reasoning.encrypted", "data": part.signature or ""}
    else:
        wire = {"type": "reasoning.text", "text": part.text}
        if part.signature is not None:
            wire["signature"] = part.signature
    format_name = format_of(family)
    if format_name is not None:
        wire["format"] = format_name
    return {**wire, "index": index, **part.extra}
