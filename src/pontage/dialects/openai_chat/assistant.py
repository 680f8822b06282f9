"""An assistant's message, both ways, in requests and in answers. Floor 3; pure.

The format keeps thinking, text, pictures, voice and calls in fields of their own, so that their order among each other
is not told: they are read in the order of these words, and any other is written with a note.
"""

from __future__ import annotations

from typing import Final

from msgspec.structs import replace

from pontage.dialects.openai_chat.calls import (
    GEMINI,
    decode_call,
    decode_legacy_call,
    decode_signature,
    encode_call,
    encode_signature,
    is_call,
    made_id,
)
from pontage.dialects.openai_chat.citations import decode_annotations, encode_annotations
from pontage.dialects.openai_chat.message_types import Audio as WireAudio
from pontage.dialects.openai_chat.message_types import Spoken, said
from pontage.dialects.openai_chat.parts import Placed, decode_content, decode_part, encode_content, encode_part
from pontage.dialects.openai_chat.thinking import DETAILS, TEXT_FIELD, decode_thinking, encode_thinking
from pontage.dialects.openai_chat.variant import NAME, Scope, kept
from pontage.dialects.scope import put_extra
from pontage.domain.chat import Message, Origin
from pontage.domain.parts import (
    Audio,
    Citation,
    Image,
    Inline,
    JSONObject,
    Opaque,
    Part,
    Reasoning,
    Ref,
    Refusal,
    Text,
    ToolCall,
)

VOICE_TYPE: Final = "audio/*"
"""The media type of the model's voice: which encoding it has only the request said."""
NO_VOICE: Final = "audio"
"""The model's voice must have an id; this one stands for none."""
_THINKING, _TEXT, _REFUSAL, _IMAGE, _VOICE, _CALL = range(6)


def decode_assistant(message: Spoken, origin: Origin, seed: str, param: str) -> Message:
    """The message. Ids that calls lack are made from `seed`; `param` is the message's path for complaints."""
    parts, family = decode_thinking(message)
    content, refusal = said(message.content), said(message.refusal)
    texts = list(decode_content(content, f"{param}.content")) if content else []
    if refusal:
        texts.append(Refusal(text=refusal))
    calls = _decode_calls(message, seed)
    citations, others = decode_annotations(said(message.annotations) or ())
    signature, rest = decode_signature(said(message.extra_content))
    if signature is not None and calls and not texts:
        calls[0] = replace(calls[0], signature=calls[0].signature or signature)
    elif citations or signature is not None:
        texts = mark_texts(texts, citations, signature)
    voice = said(message.audio)
    parts += texts
    parts += [decode_part(image, f"{param}.images[{index}]") for index, image in enumerate(said(message.images) or ())]
    if voice is not None and voice.id:
        parts.append(decode_voice(voice))
    parts += calls
    if family is None and any(part.signature is not None for part in (*texts, *calls)):
        family = GEMINI
    if family is not None and family != origin.family:
        origin = Origin(NAME, family, origin.model)
    extra = kept(message.extra, extra_content=rest)
    if others:
        extra["annotations"] = others
    return Message(role="assistant", parts=tuple(parts), origin=origin, extra=extra)


def _decode_calls(message: Spoken, seed: str) -> list[Part]:
    calls = [decode_call(call, made_id(seed, number)) for number, call in enumerate(said(message.tool_calls) or ())]
    legacy = None if calls else decode_legacy_call(said(message.function_call), made_id(seed, 0))
    return calls if legacy is None else [legacy]


def mark_texts(texts: list[Part], citations: tuple[Citation, ...], signature: str | None) -> list[Part]:
    """`texts` with what stands beside the content: citations on the first text, a proof on the last. Where there is no
    text, an empty one carries them."""
    places = [index for index, text in enumerate(texts) if isinstance(text, Text)]
    if not places:
        return [*texts, Text(text="", citations=citations, signature=signature)]
    marked = list(texts)
    marked[places[0]] = replace(marked[places[0]], citations=citations)
    marked[places[-1]] = replace(marked[places[-1]], signature=signature)
    return marked


def decode_voice(voice: WireAudio) -> Audio:
    """The model's voice: its data in an answer, its id alone in a request."""
    identity = said(voice.id) or ""
    data = said(voice.data)
    return Audio(
        source=Inline(VOICE_TYPE, data) if data is not None else Ref(identity),
        id=None if identity == NO_VOICE else identity,
        transcript=said(voice.transcript),
        expires_at=said(voice.expires_at),
        extra=kept(voice.extra),
    )


class _Sorted:
    """The parts of a message by the field that tells them, each with its path."""

    def __init__(self, message: Message, where: str, scope: Scope) -> None:
        self.thinking: list[tuple[str, Reasoning]] = []
        self.texts: list[tuple[str, Text | Opaque]] = []
        self.refusals: list[tuple[str, Refusal]] = []
        self.images: list[Placed] = []
        self.voices: list[tuple[str, Audio]] = []
        self.calls: list[tuple[str, ToolCall | Opaque]] = []
        self.details: list[JSONObject] = []
        self._rank = _THINKING
        self.in_order = True
        for index, part in enumerate(message.parts):
            self._add(part, f"{where}.parts[{index}]", scope)

    def _add(self, part: Part, path: str, scope: Scope) -> None:
        match part:
            case Reasoning():
                self.thinking.append((path, part))
                self._rise(_THINKING if scope.tells_thinking() else self._rank)
            case Text():
                self.texts.append((path, part))
                self._rise(_TEXT)
            case Refusal():
                self.refusals.append((path, part))
                self._rise(_REFUSAL)
            case Image() if scope.takes("images"):
                self.images.append((path, part))
                self._rise(_IMAGE)
            case Audio() if _is_voice(part, scope):
                self.voices.append((path, part))
                self._rise(_VOICE)
            case ToolCall() if not part.by_provider:
                self.calls.append((path, part))
                self._rise(_CALL)
            case Opaque() if scope.carried:
                self._add_opaque(part, path)
            case ToolCall() | Opaque():
                scope.notes.dropped(path, "a block of another format")
            case _:
                scope.notes.unsupported(path, f"no {part.__struct_config__.tag} in an assistant's message")

    def _add_opaque(self, part: Opaque, path: str) -> None:
        if str(part.data.get("type")).startswith("reasoning."):
            self.details.append(part.data)
        elif is_call(part.data):
            self.calls.append((path, part))
            self._rise(_CALL)
        else:
            self.texts.append((path, part))
            self._rise(_TEXT)

    def _rise(self, rank: int) -> None:
        self.in_order = self.in_order and rank >= self._rank
        self._rank = rank


def encode_assistant(message: Message, where: str, scope: Scope) -> JSONObject:
    """The message as a request replays it, or with `scope.answering` as an answer tells it."""
    parts = _Sorted(message, where, scope)
    if not parts.in_order:
        scope.notes.approximated(f"{where}.parts", "the order of thinking, text and calls is not told")
    wire: JSONObject = {"role": "assistant", "content": _encode_texts(parts.texts, where, scope)}
    refusal = _encode_refusals(parts.refusals, where, scope)
    if scope.answering or refusal is not None:
        wire["refusal"] = refusal
    wire.update(encode_thinking(parts.thinking, where, scope))
    if parts.details:
        wire[DETAILS] = [*wire.get(DETAILS, ()), *parts.details]
    wire.update(_encode_marks(parts.texts, scope))
    if parts.images:
        wire["images"] = [image for path, part in parts.images for image in encode_part(part, path, scope)]
    for path, voice in parts.voices[:1]:
        wire["audio"] = _encode_voice(voice, path, scope)
    for path, _ in parts.voices[1:]:
        scope.notes.unsupported(path, "a message has one voice")
    if parts.calls:
        wire["tool_calls"] = [_encode_call(part, path, scope) for path, part in parts.calls]
        if scope.variant.reasoning_owed:
            wire.setdefault(scope.variant.reasoning_field or TEXT_FIELD, "")
    if wire["content"] is None and not (parts.calls or refusal or parts.voices):
        wire["content"] = ""
    if message.name is not None:
        wire["name"] = message.name
    put_extra(wire, message.extra, scope, where)
    return wire


def _encode_call(part: ToolCall | Opaque, path: str, scope: Scope) -> JSONObject:
    return part.data if isinstance(part, Opaque) else encode_call(part, path, scope)


def _encode_texts(texts: list[tuple[str, Text | Opaque]], where: str, scope: Scope) -> str | list[JSONObject] | None:
    """The content; what stands beside it is taken off its texts first. An answer's content is one string, unless this
    format itself told it in pieces."""
    bare = [(path, _bare(part)) for path, part in texts]
    if not scope.answering or (scope.own and (len(bare) > 1 or any(isinstance(part, Opaque) for _, part in bare))):
        return encode_content(bare, scope) or None
    if len(bare) > 1:
        scope.notes.approximated(f"{where}.parts", "the texts become one")
    for path, part in bare:
        if isinstance(part, Text):
            scope.forfeit(part, path)
    return "".join([part.text for _, part in bare if isinstance(part, Text)]) or None


def _bare(part: Text | Opaque) -> Text | Opaque:
    if isinstance(part, Text) and (part.citations or part.signature is not None):
        return replace(part, citations=(), signature=None)
    return part


def _encode_refusals(refusals: list[tuple[str, Refusal]], where: str, scope: Scope) -> str | None:
    for path, part in refusals:
        scope.forfeit(part, path)
    if len(refusals) > 1:
        scope.notes.approximated(f"{where}.parts", "the refusals become one")
    return "".join([part.text for _, part in refusals]) or None


def _encode_marks(texts: list[tuple[str, Text | Opaque]], scope: Scope) -> JSONObject:
    """What stands beside the content: citations, with positions in the whole of it, and the last text's proof."""
    placed = [(path, part) for path, part in texts if isinstance(part, Text)]
    wire: JSONObject = {}
    annotations: list[JSONObject] = []
    offset = 0
    for number, (path, text) in enumerate(placed, 1):
        if text.citations and (scope.carried or scope.answering):
            annotations += encode_annotations(text, path, offset, scope)
        elif text.citations:
            scope.notes.dropped(f"{path}.citations", "not taken back")
        if text.signature is not None and number == len(placed):
            wire.update(encode_signature(text.signature, path, scope))
        elif text.signature is not None:
            scope.notes.dropped(f"{path}.signature", "only the last text's has a place")
        offset += len(text.text)
    return {**wire, "annotations": annotations} if annotations else wire


def _is_voice(audio: Audio, scope: Scope) -> bool:
    return isinstance(audio.source, Inline) if scope.answering else scope.carried and audio.id is not None


def _encode_voice(voice: Audio, path: str, scope: Scope) -> JSONObject:
    """The voice in full in an answer; a request takes its id alone, for the provider still has the rest."""
    wire: JSONObject = {"id": voice.id or NO_VOICE}
    if scope.answering and isinstance(voice.source, Inline):
        if voice.source.media_type != VOICE_TYPE:
            scope.notes.dropped(f"{path}.source.media_type", "the request says which encoding it has")
        wire["data"] = voice.source.base64
        for name in ("transcript", "expires_at"):
            if getattr(voice, name) is not None:
                wire[name] = getattr(voice, name)
        put_extra(wire, voice.extra, scope, path)
    return wire
