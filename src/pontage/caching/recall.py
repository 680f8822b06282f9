"""Answers that are given again and calls that are shared: what virtual models opt into by `cache`, `coalesce`. Floor 7.

What is asked for is looked for first; else it is asked of a provider, as if nothing were kept, and what comes is looked
at on its way.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Collection, Sequence
from datetime import UTC, datetime
from typing import Final, TypeVar

import msgspec

from pontage.caching.flights import Flight, Flights
from pontage.caching.kept import KeptAnswer, Replayed, may_ask, may_keep
from pontage.caching.key import asked_in_words, key_of
from pontage.caching.library import Library, Wanted
from pontage.caching.sharing import Listening, SharedStream
from pontage.caching.taping import Taping
from pontage.catalog import Money
from pontage.config import CacheRule, Config, VirtualModel
from pontage.crossing import CallOptions, Crossing, Outcome
from pontage.dialects.envelope import Call, Reply
from pontage.direct import Direct
from pontage.domain.chat import ChatRequest, ChatResponse, Note
from pontage.errors import PontageError
from pontage.live import LiveStream, Opened, Settle
from pontage.opening import InEvents, Shape
from pontage.providers.base import StreamReply
from pontage.router.plan import Plan, RouteTarget

T = TypeVar("T")

HIT: Final = "hit"
MISS: Final = "miss"
BYPASS: Final = "bypass"
"""What a crossing says of the cache, where its route has one."""
NO_STORE: Final = "no-store"
NO_CACHE: Final = "no-cache"
"""What a caller may say: leave the cache alone; ask anew, and keep the new answer."""
FREE: Final = Money(0)

Key = tuple[str, bytes]


class Recall:
    """Sends and opens as `direct` does. `forwarded`: the callers' headers that reach providers; `plan` and `settle` are
    the engine's."""

    def __init__(
        self,
        config: Config,
        direct: Direct,
        library: Library,
        forwarded: Callable[[str, Collection[str]], Sequence[str]],
        plan: Callable[[str], Plan],
        settle: Settle,
    ) -> None:
        self._routes = {
            name: route for name, route in config.models.items() if route.cache is not None or route.coalesce
        }
        self._direct = direct
        self._library = library
        self._answer_bytes = config.cache.answer_bytes
        self._forwarded = forwarded
        self._plan = plan
        self._settle = settle
        self._calls: Flights[Key, Flight[Outcome]] = Flights()
        self._streams: Flights[Key, SharedStream] = Flights()

    async def aclose(self) -> None:
        """Close what answers are kept in."""
        await self._library.aclose()

    async def send(self, call: Call, options: CallOptions) -> Outcome:
        """The whole answer: a kept one, one that is shared, or one of its own. Raises one of the error tree."""
        if call.model not in self._routes:
            return await self._direct.send(call, options)
        wanted, verdict = self._wanted(call, options)
        if wanted is None:
            return await self._direct.send(call, options, verdict)
        kept = await self._library.find(wanted)
        if kept is not None:
            return self._again(kept, call, options)

        async def fetch() -> Outcome:
            outcome = await self._direct.send(call, options, verdict)
            await self._keep(wanted, outcome)
            return outcome

        if not self._routes[call.model].coalesce:
            return await fetch()
        flight, led = self._calls.board((wanted.tenant, wanted.key), lambda: Flight(fetch))
        try:
            outcome = await asyncio.shield(flight.task)
            return outcome if led else self._shared(outcome, options)
        except PontageError:
            if led:
                raise
        finally:
            await flight.leave()
        return await fetch()  # another's call failed: this one has a try of its own

    async def open(self, call: Call, options: CallOptions, shape: Shape[T]) -> LiveStream[T]:
        """The same as a stream."""
        if call.model not in self._routes:
            return await self._direct.open(call, options, shape)
        wanted, verdict = self._wanted(call, options)
        if wanted is None:
            return await self._direct.open(call, options, shape, verdict)
        kept = await self._library.find(wanted)
        if kept is not None:
            crossing = self._crossing(kept, call, options, streamed=True)
            return _live(crossing, Replayed(kept, call), shape, self._settle)
        if self._routes[call.model].coalesce:
            shared = await self._listen(wanted, call, options, shape)
            if shared is not None:
                return shared
        return await self._taped(wanted, call, options, shape)

    def _wanted(self, call: Call, options: CallOptions) -> tuple[Wanted | None, str]:
        """What is looked for, or None; and what the crossing says of it."""
        route = self._routes[call.model]
        rule = route.cache
        if NO_STORE in options.cache:
            return None, BYPASS
        try:
            request, key = call.request, self._key(call.request, route, call, options)
        except PontageError:  # whoever is asked tells better what is wrong
            return None, BYPASS
        if not may_ask(request, rule.max_temperature if rule is not None else None):
            return None, BYPASS
        wanted = Wanted(
            tenant=options.tenant,
            route=call.model,
            key=key,
            rule=rule or CacheRule(),
            look=rule is not None and NO_CACHE not in options.cache,
        )
        split = asked_in_words(request) if rule is not None and rule.kind == "semantic" else None
        if split is not None:
            wanted.words, rest = split
            wanted.scope = (options.tenant, self._key(rest, route, call, options))
        return wanted, MISS

    def _key(self, request: ChatRequest, route: VirtualModel, call: Call, options: CallOptions) -> bytes:
        targets = [(target.model, target.params, target.when) for target in route.targets]
        names = {target.provider for one in (call.model, *options.fallbacks) for target in self._plan(one).targets}
        form = call.client.name if call.client is not None else ""
        heads = [(name, told) for name in self._forwarded(form, names) if (told := call.headers.get(name)) is not None]
        own = (options.strict, options.fallbacks, sorted(options.tags))
        return key_of(request, call.model, targets, route.translation, route.restrictions, own, heads)

    async def _keep(self, wanted: Wanted, outcome: Outcome) -> None:
        try:
            response = outcome.reply.canonical()
        except PontageError:  # it passed unread, and its reader will see
            return
        await self._put(wanted, response, outcome.crossing, outcome.notes)

    async def _put(self, wanted: Wanted, response: ChatResponse, crossing: Crossing, notes: tuple[Note, ...]) -> None:
        if self._routes[wanted.route].cache is None or not may_keep(response):
            return
        kept = KeptAnswer(
            response=response,
            provider=crossing.target.provider,
            model=crossing.target.model,
            notes=notes,
            simulated=crossing.simulated,
        )
        await self._library.keep(wanted, kept)

    def _crossing(self, kept: KeptAnswer, call: Call, options: CallOptions, *, streamed: bool) -> Crossing:
        """The journey of an answer that made none."""
        return Crossing(
            plan=self._plan(call.model),
            target=RouteTarget(provider=kept.provider, model=kept.model, reason="its answer was kept"),
            began=datetime.now(UTC),
            options=options,
            streamed=streamed,
            simulated=kept.simulated,
            cost=FREE,
            stop=kept.response.stop.reason,
            cache=HIT,
        )

    def _again(self, kept: KeptAnswer, call: Call, options: CallOptions) -> Outcome:
        crossing = self._crossing(kept, call, options, streamed=False)
        crossing.answered(kept.response.usage, kept.notes, 0)
        self._settle(crossing)
        return Outcome(reply=Reply(response=kept.response), notes=kept.notes, crossing=crossing)

    def _shared(self, outcome: Outcome, options: CallOptions) -> Outcome:
        """Another's answer, which cost this caller nothing."""
        crossing = _beside(outcome.crossing, options)
        self._settle(crossing)
        return msgspec.structs.replace(outcome, crossing=crossing)

    async def _taped(self, wanted: Wanted, call: Call, options: CallOptions, shape: Shape[T]) -> LiveStream[T]:
        """A stream of its own, kept while it is told."""
        if self._routes[call.model].cache is None:
            return await self._direct.open(call, options, shape, MISS)
        early: list[ChatResponse] = []
        live: LiveStream[T] | None = None

        async def keep(response: ChatResponse) -> None:
            if live is None:
                early.append(response)  # it was whole before it was known who won
            else:
                await self._put(wanted, response, live.crossing, live.request_notes)

        live = await self._direct.open(call, options, Taping(shape, call, keep, self._answer_bytes), MISS)
        for response in early[-1:]:
            await self._put(wanted, response, live.crossing, live.request_notes)
        return live

    async def _listen(self, wanted: Wanted, call: Call, options: CallOptions, shape: Shape[T]) -> LiveStream[T] | None:
        """A stream that is shared with all who ask the same now; None where another's never had any content."""
        shared, led = self._streams.board(
            (wanted.tenant, wanted.key), lambda: SharedStream(lambda: self._taped(wanted, call, options, InEvents()))
        )
        try:
            live = await shared.opened()
        except BaseException as error:
            await shared.leave()
            if isinstance(error, PontageError) and not led:
                return None
            raise
        if led:
            return _live(live.crossing, Listening(shared, live, call), shape, _told_already)
        return _live(_beside(live.crossing, options), Listening(shared, live, call), shape, self._settle)


def _live(crossing: Crossing, reply: StreamReply, shape: Shape[T], settle: Settle) -> LiveStream[T]:
    """A stream of which no provider is asked for this caller."""
    return LiveStream(
        crossing, Opened(reply.notes, reply.elapsed, shape.of(reply), [], reply.aclose), settle, lambda: 0
    )


def _beside(crossing: Crossing, options: CallOptions) -> Crossing:
    """The journey of one who shares another's call: the same way, at no cost and with no attempt of its own."""
    return msgspec.structs.replace(
        crossing, began=datetime.now(UTC), options=options, tried=[], watch=None, cost=FREE, cache=HIT
    )


def _told_already(crossing: Crossing) -> None:
    """The provider's own stream makes the record."""
