"""A stream of plain text that broke, and another target that goes on where it stopped. Floor 7.

Only where the route says so, and never where half an answer cannot be told from a whole one's beginning: calls of
tools, thinking and JSON by a schema are not continued.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Sequence
from typing import Final, Generic, Protocol, TypeVar

import msgspec

from pontage.catalog.reasoning import is_off
from pontage.dialects.envelope import Call
from pontage.domain.chat import ChatRequest, Message, Note, TokenUsage
from pontage.domain.parts import Text
from pontage.domain.stream import Delta, Finished, PartEnded, PartStarted, StreamEvent
from pontage.domain.usage import summed
from pontage.errors import InvalidRequestError, PontageError, UpstreamError
from pontage.estimate import filled, text_tokens
from pontage.live import Opened, prompt_tokens
from pontage.providers.base import Pulled, StreamReply

T = TypeVar("T")
T_co = TypeVar("T_co", covariant=True)
Events = Sequence[StreamEvent]
GO_ON: Final = (
    "Your answer was cut off by a fault of the connection. Continue it exactly where it stops: repeat nothing of it, "
    "do not comment on this, and begin with the very next character."
)
CONTINUED: Final = Note("injected", "choices[0].message", "the stream broke; another target continued its text")


class Voice(Protocol[T_co]):
    """Events in the shape that a reader wants."""

    def feed(self, events: Events, /) -> T_co:
        """These events in that shape."""
        ...

    def fail(self, error: PontageError, /) -> T_co:
        """The last piece of a stream that broke."""
        ...

    def notes(self) -> tuple[Note, ...]:
        """What could not be said so far."""
        ...


Next = Callable[[Call, PontageError, TokenUsage], Awaitable[Opened[Events]]]
"""Opens the stream of another target, after one broke with this error, having used this. Raises that error when there
is no other target."""


class Splice:
    """The text of one answer that is told by several streams. Feed it the events of one after the other."""

    def __init__(self) -> None:
        self._text: list[str] = []
        self._place: int | None = None  # of the text that is being told
        self._plain = True
        self._first = True
        self._own: int | None = None  # the same text's place in the stream of now
        self._before: list[TokenUsage | None] = []

    @property
    def text(self) -> str | None:
        """What was told of the text that is open; None where there is nothing that could be continued."""
        return "".join(self._text) if self._plain and self._place is not None else None

    def turn(self, usage: TokenUsage | None) -> None:
        """The stream broke, having used this; the events that follow are another one's."""
        self._before.append(usage)
        self._first, self._own = False, None

    def feed(self, events: Events) -> list[StreamEvent]:
        """The events as parts of the whole answer."""
        return [told for event in events if (told := self._placed(event)) is not None]

    def _placed(self, event: StreamEvent) -> StreamEvent | None:
        if isinstance(event, Finished):
            usage = summed([*self._before, event.usage]) if self._before else event.usage
            return msgspec.structs.replace(event, usage=usage)
        if not self._first:
            return self._spliced(event)
        match event:
            case PartStarted(index=index, part=Text(), choice=0) if self._place is None:
                self._place, self._own = index, index
            case PartStarted():
                self._plain = False
            case Delta(index=index, text=text) if index == self._own:
                self._text.append(text)
            case PartEnded():
                self._place = None
                self._text.clear()
            case _:
                pass
        return event

    def _spliced(self, event: StreamEvent) -> StreamEvent | None:
        """Of a stream that continues another only the text counts, and it belongs to the text that was open."""
        match event:
            case PartStarted(index=index, part=Text()) if self._own is None:
                self._own = index
            case Delta(index=index, text=text) if index == self._own and self._place is not None:
                self._text.append(text)
                return msgspec.structs.replace(event, index=self._place)
            case PartEnded(index=index, part=Text() as part) if index == self._own and self._place is not None:
                whole = msgspec.structs.replace(part, text="".join(self._text))
                ended = PartEnded(self._place, whole)
                self._place = None
                return ended
            case _:
                pass
        return None


class Continued(Generic[T]):
    """A stream that another target continues when it breaks. See `Pulled`; usage is of the stream of now."""

    def __init__(self, reply: StreamReply, voice: Voice[T], call: Call, following: Next) -> None:
        self._source: Pulled[Events] = reply.events()
        self._close = reply.aclose
        self._voice = voice
        self._first = self._call = call
        self._following = following
        self._splice = Splice()
        self._turns = 0
        self.fail = voice.fail

    @property
    def content(self) -> bool:
        """See `Pulled`."""
        return self._turns > 0 or self._source.content

    @property
    def usage(self) -> TokenUsage | None:
        """See `Pulled`."""
        return self._source.usage

    def estimate(self) -> int:
        """See `Pulled`."""
        return self._source.estimate()

    async def pull(self) -> T | None:
        """See `Pulled`."""
        try:
            events = await self._source.pull()
        except UpstreamError as error:
            text = self._splice.text if self.content else None
            if not text:
                raise
            events = await self._go_on(error, text)
        return None if events is None else self._voice.feed(self._splice.feed(events))

    def notes(self) -> tuple[Note, ...]:
        """See `Pulled`."""
        return (*self._voice.notes(), *(CONTINUED for _ in range(self._turns)))

    async def aclose(self) -> None:
        """Close the upstream of now."""
        await self._close()

    async def _go_on(self, error: PontageError, text: str) -> Events:
        await self._close()
        source, asked = self._source, self._call
        used = filled(source.usage, source.estimate(), lambda: prompt_tokens(asked))
        call = Call.of(continuation(self._first.request, text))
        found = await self._following(call, error, used)
        self._source, self._close, self._call = found.pulled, found.close, call
        self._splice.turn(used)
        self._turns += 1
        return [event for events in found.held for event in events]


def is_plain(call: Call) -> bool:
    """Whether the answer will be plain text, which another target can continue."""
    try:
        request = call.request
    except InvalidRequestError:
        return False
    thinks = request.reasoning is not None and not is_off(request.reasoning)
    shaped = request.output is not None and request.output.kind != "text"
    several = (request.n or 1) > 1 or call.choices > 1 or bool(request.logprobs)
    return not (request.tools or thinks or shaped or several or set(request.modalities) - {"text"})


def continuation(request: ChatRequest, text: str) -> ChatRequest:
    """The request that asks to go on after `text`. The last word is the user's: not every model takes up an answer that
    somebody else began."""
    said = Message(role="assistant", parts=(Text(text=text),))
    asked = Message(role="user", parts=(Text(text=GO_ON),))
    most = request.max_tokens
    if most is not None:
        most = max(1, most - round(text_tokens(text)))
    return msgspec.structs.replace(request, messages=(*request.messages, said, asked), max_tokens=most, stream=True)
