"""What a request asks of a model, and whether a model can do it. Floor 6; pure.

What is not known of a model does not exclude it: the provider's own refusal tells then.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Final

from msgspec import Struct

from pontage.catalog import ModelFacts
from pontage.catalog.reasoning import is_off
from pontage.config import Need
from pontage.domain.chat import ChatRequest
from pontage.domain.parts import Audio, Document, Image, Nested, Part, Plain, ToolResult, Video
from pontage.estimate import estimate_tokens

OUTPUT: Final = 500
"""Tokens that an answer is taken to have where costs and times are compared; fewer where the request allows fewer."""
PLAIN_BYTES: Final = 4_000
"""A body of this size fits every chat model."""
_TRACES: Final = (
    b"tool", b"function", b"image", b"audio", b"video", b"document", b"file", b"inline", b"schema", b"Schema",
    b'"format"', b"reason", b"think", b"effort", b"odalities", b"search",
)  # fmt: skip
_MODALITY: Final[dict[Need, str]] = {"images": "image", "audio": "audio", "video": "video", "documents": "pdf"}


class Needs(Struct, frozen=True, kw_only=True):
    """What a request asks. `input` is an estimate of its prompt, `output` what its answer is taken to have; tokens."""

    abilities: frozenset[Need] = frozenset()
    answers: frozenset[str] = frozenset()  # modalities of the answer beside text
    input: int = 0
    output: int = OUTPUT


def is_plain(body: bytes) -> bool:
    """Whether a client's bytes surely ask for nothing special, found without decoding them."""
    return len(body) <= PLAIN_BYTES and not any(trace in body for trace in _TRACES)


def needs_of(request: ChatRequest) -> Needs:
    """What `request` asks of a model."""
    return Needs(
        abilities=frozenset(_abilities(request)),
        answers=frozenset(kind for kind in request.modalities if kind != "text"),
        input=estimate_tokens(request),
        output=min(OUTPUT, request.max_tokens or OUTPUT),
    )


def unserved(needs: Needs, facts: ModelFacts | None) -> str | None:
    """The first thing in `needs` that the model cannot do, in words; None when it can do all that is known."""
    if facts is None:
        return None
    lacking = next((need for need in sorted(needs.abilities) if _lacks(facts, need)), None)
    if lacking is not None:
        return f"it cannot do {lacking}, which the request needs"
    unspoken = next((kind for kind in sorted(needs.answers) if facts.outputs and kind not in facts.outputs), None)
    return f"it does not answer in {unspoken}" if unspoken is not None else None


def overflows(needs: Needs, facts: ModelFacts | None) -> str | None:
    """That the prompt is too long for the model, in words; None when it fits. The length is an estimate."""
    room = None if facts is None else facts.max_input or facts.context
    if room is None or needs.input <= room:
        return None
    return f"it takes {room} tokens, and the request has about {needs.input}"


def _abilities(request: ChatRequest) -> Iterator[Need]:
    if request.tools:
        yield "tools"
    if request.output is not None and request.output.kind == "schema":
        yield "json_schema"
    asked = request.reasoning
    if asked is not None and not is_off(asked) and (asked.effort or asked.enabled or asked.budget_tokens):
        yield "reasoning"
    for message in request.messages:
        yield from _media(message.parts)


def _media(parts: Iterable[Part]) -> Iterator[Need]:
    for part in parts:
        match part:
            case Image():
                yield "images"
            case Audio():
                yield "audio"
            case Video():
                yield "video"
            case Document(source=Nested(parts=inner)) | ToolResult(parts=inner):
                yield from _media(inner)
            case Document(source=source) if not isinstance(source, Plain):
                yield "documents"
            case _:
                pass


def _lacks(facts: ModelFacts, need: Need) -> bool:
    match need:
        case "tools":
            return facts.tools is False
        case "json_schema":
            return facts.json_schema is False
        case "reasoning":
            return facts.reasoning is not None and not facts.reasoning.supported
        case _:
            return bool(facts.inputs) and _MODALITY[need] not in facts.inputs
