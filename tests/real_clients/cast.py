"""Who answers in the scenes: recordings and samples by their format, and what is known of their particulars."""

import functools
import json
from contextlib import suppress
from typing import NamedTuple

from pontage.dialects.dialect import ProviderSide
from pontage.dialects.table import PROVIDER_SIDES
from pontage.domain import ChatResponse, Image, Reasoning, StreamEvent, collect
from pontage.errors import PontageError
from pontage.providers.mistral import answering
from pontage.providers.mistral import chat as mistral
from tests.corpus import exchanges
from tests.specimens import Specimen, recorded, specimens

COMPACTION = "a stream's own client does not tell what the compaction beside it cost"
BESIDE = "this server counts thinking beside the output, and the client does not add it"
SOUND = "tokens of sound are counted beside the prompt's"
DEVIATING: dict[str, tuple[str, str]] = {  # id -> (fields where clients disagree, why)
    "anthropic-ff21b60ff0": ("input output", COMPACTION),
    "anthropic_messages/compaction": ("input output", COMPACTION),
    "openai-compatible-82eff8fb0a": ("output", BESIDE),
    "openai-compatible-f6626f6d73": ("output", BESIDE),
    "openai_chat/reasoning_on_top": ("output", BESIDE),
    "openai_chat/gemini_proofs": ("output", BESIDE),
    "mistral-ca716d7aaf": ("input", SOUND),
    "mistral-808c2556ad": ("input", SOUND),
    "mistral-cb5757d13e": ("input", SOUND),
    "openai-responses-4ab3a0d115": ("text", "the recording's pieces tell less than its end"),
    "mistral_chat/unknown_everywhere": ("finish", "calls of an invented kind, which no other format has"),
    "anthropic_messages/unknown_everywhere": ("finish", "an invented reason, for which nobody else has a word"),
}
SLOPPY = {
    "openai_chat/gemini_proofs",
    "openai_chat/citations",
    "openai_chat/sloppy",
    "openai-compatible-7c3b319c94",
    "ollama_chat/unicode",
}
"""What the vendor's own client cannot put together, with or without a gateway."""


class Cast(NamedTuple):
    """An answer that may play in scenes, and what is known of it."""

    specimen: Specimen
    answer: ChatResponse

    @property
    def calls_are_whole(self) -> bool:
        """Whether no call was cut off by a limit."""
        return all(is_json(call.arguments or "{}") for call in self.answer.message.tool_calls)

    def fits(self, scene: str) -> bool:
        message = self.answer.message
        match scene:
            case "tool" | "forced":
                return [call.kind for call in message.tool_calls] == ["function"] and self.calls_are_whole
            case "parallel":
                return len(message.tool_calls) > 1 and self.calls_are_whole
            case "schema":
                return message.text.lstrip().startswith("{") and is_json(message.text)
            case "thinking":
                return any(isinstance(part, Reasoning) and part.text for part in message.parts)
            case _:
                return bool(message.text) and not message.tool_calls


@functools.cache
def answers(dialect: str, streams: bool) -> tuple[Cast, ...]:
    """All good answers of a dialect, those recorded first."""
    side = side_of(dialect)
    found: list[Cast] = []
    for specimen in spoken(dialect):
        body = specimen.stream if streams else specimen.answer
        if body is not None and body[:1] != b"[":
            with suppress(PontageError):  # a failure told with a status of success
                answer = read_stream(side, body) if streams else side.decode_response(body)
                found.append(Cast(one_mode(specimen, streams), answer))
    return tuple(found)


def spoken(dialect: str) -> list[Specimen]:
    """All specimens of a format."""
    if dialect != mistral.NAME:
        return [one for one in specimens() if one.dialect == dialect]
    chats = [one for one in exchanges() if (one.provider, one.endpoint) == ("mistral", "chat.completions")]
    return [recorded(one, dialect) for one in chats] or [reworded(one) for one in spoken("openai_chat")]


def reworded(sample: Specimen) -> Specimen:
    """A sample of OpenAI's format in Mistral's words, for want of recordings."""
    client, side = answering.client_side(), PROVIDER_SIDES["openai_chat"]
    answer = stream = None
    with suppress(PontageError):
        answer = sample.answer and client.encode_response(side.decode_response(sample.answer)).body
    with suppress(PontageError):
        encoder = client.stream_encoder(None)
        stream = sample.stream and b"".join([encoder.feed(event) for event in events_of(side, sample.stream)])
    fields = {name: getattr(sample, name) for name in sample.__struct_fields__}
    name = sample.id.replace(sample.dialect, mistral.NAME)
    return Specimen(**{**fields, "id": name, "dialect": mistral.NAME, "answer": answer, "stream": stream})


def read_stream(side: ProviderSide, body: bytes) -> ChatResponse:
    return collect(events_of(side, body))


def events_of(side: ProviderSide, body: bytes) -> list[StreamEvent]:
    framing, decoder = side.framing(), side.stream_decoder()
    frames = framing.feed(body) + framing.end()
    return [event for frame in frames for event in decoder.feed(frame)] + decoder.end()


def one_mode(specimen: Specimen, streams: bool) -> Specimen:
    """The specimen as if it had been asked in one way only."""
    fields = {name: getattr(specimen, name) for name in specimen.__struct_fields__}
    return Specimen(**{**fields, "answer" if streams else "stream": None})


def readable(client: str, cast: Cast) -> bool:
    """Whether a client can read such an answer at all: Ollama's takes pictures in requests only."""
    return client != "ollama" or not any(isinstance(part, Image) for part in cast.answer.message.parts)


def players(dialect: str, scene: str, streams: bool) -> list[Cast]:
    kept = (one for one in answers(dialect, streams) if one.specimen.id not in DEVIATING.keys() | SLOPPY)
    return [one for one in kept if one.fits(scene)]


def casting(dialect: str, scene: str, streams: bool, count: int = 2) -> list[Specimen]:
    """Who plays in `scene`: some recordings, and a sample of ours, so that a clone without recordings plays it too."""
    return chosen(players(dialect, scene, streams) or players(dialect, "text", streams), scene, count)


def chosen(able: list[Cast], scene: str, count: int) -> list[Specimen]:
    if scene == "unicode":
        able = sorted(able, key=lambda one: sum(not letter.isascii() for letter in one.answer.text), reverse=True)
    sampled = [one.specimen for one in able if "/" in one.specimen.id]
    recorded = [one.specimen for one in able if "/" not in one.specimen.id]
    return [*recorded[:count], *sampled[: 1 if recorded else count]]


def is_json(text: str) -> bool:
    try:
        return isinstance(json.loads(text), dict)
    except ValueError:
        return False


def side_of(dialect: str) -> ProviderSide:
    """How a provider's answers in this format are read."""
    return mistral.provider_side() if dialect == mistral.NAME else PROVIDER_SIDES[dialect]
