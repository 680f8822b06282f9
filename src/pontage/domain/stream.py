"""An answer in pieces: five kinds of event, `collect`, which makes the whole of them, and `tell`. Floor 1; pure.

A part has exactly one string that grows (text, thinking, arguments, transcript), so one `Delta` serves all.
`PartEnded` carries the finished part, so `collect` is "take the PartEndeds". Parts of one choice may be open side by
side (parallel tool calls); their `index` tells them apart and orders them.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator

import msgspec
from msgspec import Struct

from pontage.domain.chat import ChatResponse, Choice, Message, Note, Origin, Stop, TokenLogprob, TokenUsage
from pontage.domain.parts import JSONObject, Part, Reasoning, Refusal, Text, ToolCall


class Started(Struct, frozen=True, kw_only=True, tag="started", omit_defaults=True):
    """The answer begins; `usage` holds what is already told (Anthropic tells the input first)."""

    id: str
    model: str
    created: int | None = None
    service_tier: str | None = None
    usage: TokenUsage | None = None
    origin: Origin | None = None
    extra: JSONObject = {}


class PartStarted(Struct, frozen=True, tag="part_started", omit_defaults=True):
    """A part begins; `part` is what is known of it, its growing string empty."""

    index: int
    part: Part
    choice: int = 0


class Delta(Struct, frozen=True, tag="delta", omit_defaults=True):
    """The part's string grows by `text`; `logprobs` are those of these tokens."""

    index: int
    text: str
    choice: int = 0
    logprobs: tuple[TokenLogprob, ...] | None = None


class PartEnded(Struct, frozen=True, tag="part_ended", omit_defaults=True):
    """The part is complete, and this is it."""

    index: int
    part: Part
    choice: int = 0


class Ending(Struct, frozen=True, kw_only=True, omit_defaults=True):
    """How one choice ended, and what its choice and message carry beside parts."""

    stop: Stop
    extra: JSONObject = {}
    message_extra: JSONObject = {}


class Finished(Struct, frozen=True, kw_only=True, tag="finished", omit_defaults=True):
    """The provider's own terminal event was seen: the answer is whole. `endings` has one entry a choice."""

    endings: tuple[Ending, ...]
    usage: TokenUsage | None = None
    service_tier: str | None = None
    notes: tuple[Note, ...] = ()
    extra: JSONObject = {}

    @property
    def stop(self) -> Stop:
        """Why the first choice ended."""
        return self.endings[0].stop if self.endings else Stop("other")


StreamEvent = Started | PartStarted | Delta | PartEnded | Finished


def tell(response: ChatResponse) -> Iterator[StreamEvent]:
    """The events of which `collect` makes `response`: each part in one piece."""
    yield Started(
        id=response.id,
        model=response.model,
        created=response.created,
        service_tier=response.service_tier,
        origin=response.origin,
        extra=response.extra,
    )
    for number, choice in enumerate(response.choices):
        logprobs = choice.logprobs
        for index, part in enumerate(choice.message.parts):
            text = grown(part)
            yield PartStarted(index, emptied(part), number)
            if text:
                yield Delta(index, text, number, logprobs if isinstance(part, Text) else None)
                logprobs = None if isinstance(part, Text) else logprobs
            yield PartEnded(index, part, number)
    endings = tuple(
        Ending(stop=choice.stop, extra=choice.extra, message_extra=choice.message.extra) for choice in response.choices
    )
    yield Finished(endings=endings, usage=response.usage, service_tier=response.service_tier, notes=response.notes)


def grown(part: Part) -> str:
    """The one string of a part that grows in a stream; empty for a part that comes at once."""
    match part:
        case Text(text=text) | Reasoning(text=text) | Refusal(text=text):
            return text
        case ToolCall(arguments=arguments):
            return arguments
        case _:
            return ""


def emptied(part: Part) -> Part:
    """The part as it begins: without that string."""
    match part:
        case Text() | Reasoning() | Refusal():
            return msgspec.structs.replace(part, text="")
        case ToolCall():
            return msgspec.structs.replace(part, arguments="")
        case _:
            return part


def collect(events: Iterable[StreamEvent]) -> ChatResponse:
    """The whole answer that `events` tell piece by piece.

    Raises ValueError when `Started` or `Finished` is missing: half an answer is not an answer.
    """
    started: Started | None = None
    finished: Finished | None = None
    parts: dict[int, dict[int, Part]] = {}
    logprobs: dict[int, list[TokenLogprob]] = {}
    for event in events:
        match event:
            case Started():
                started = event
            case PartEnded(index, part, choice):
                parts.setdefault(choice, {})[index] = part
            case Delta(choice=choice, logprobs=told) if told is not None:
                logprobs.setdefault(choice, []).extend(told)
            case Finished():
                finished = event
            case _:
                pass
    if started is None or finished is None:
        raise ValueError("the stream has no beginning or no end")
    choices = tuple(
        Choice(
            message=Message(
                role="assistant",
                parts=tuple(part for _, part in sorted(parts.get(number, {}).items())),
                origin=started.origin,
                extra=ending.message_extra,
            ),
            stop=ending.stop,
            logprobs=tuple(logprobs[number]) if number in logprobs else None,
            extra=ending.extra,
        )
        for number, ending in enumerate(finished.endings)
    )
    return ChatResponse(
        id=started.id,
        model=started.model,
        choices=choices,
        usage=finished.usage or started.usage,
        created=started.created,
        service_tier=finished.service_tier or started.service_tier,
        notes=finished.notes,
        origin=started.origin,
        extra={**started.extra, **finished.extra},
    )
