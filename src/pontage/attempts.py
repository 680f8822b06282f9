"""The attempts that a call takes until one answers, by the table of `router.classify`. Floor 7.

Every attempt translates afresh from the client's own request. Other targets come before a second try of the same one,
and a second try costs a pause, and a part of the provider's retry budget.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable
from datetime import UTC, datetime
from random import random
from time import monotonic
from typing import TypeVar

import msgspec

from pontage.accounts.account import Refused
from pontage.crossing import CallOptions, Crossing, Once, label, signed
from pontage.errors import PontageError, RateLimitedError
from pontage.knowledge import Knowledge
from pontage.observing.record import AttemptRecord
from pontage.providers.base import Attempt
from pontage.registry import Configured, ProviderRegistry
from pontage.router.backoff import wait
from pontage.router.book import HealthBook
from pontage.router.classify import goes_elsewhere, judge
from pontage.router.keys import PooledKey
from pontage.router.plan import Plan, RouteTarget
from pontage.router.watch import Watch

log = logging.getLogger("pontage.attempts")

T = TypeVar("T")


class Attempts:
    """Tries what is planned, and keeps the book of how that went. `settle` is told of every call that failed."""

    def __init__(
        self, registry: ProviderRegistry, knowledge: Knowledge, book: HealthBook, settle: Callable[[Crossing], None]
    ) -> None:
        self._registry = registry
        self._knowledge = knowledge
        self._book = book
        self._settle = settle

    async def run(
        self, chosen: Plan, options: CallOptions, once: Once[T], *, streamed: bool = False, again: bool = True
    ) -> tuple[T, Crossing]:
        """Try target after target until one answers. `streamed`: an answer is the first content of a stream; `again`:
        the same target may be asked twice. Raises the last failure."""
        crossing = Crossing(
            plan=chosen, target=chosen.targets[0], began=datetime.now(UTC), options=options, streamed=streamed
        )
        once = once if options.account is None else options.account.around(once, crossing)
        deadline = asyncio.get_running_loop().time() + self.total(chosen, options)
        failure: PontageError | None = None
        for target in chosen.targets:
            configured = self._registry.require(target.provider)
            crossing.target = target
            crossing.simulated = configured.simulated
            stay = Stay(self._book, configured, crossing, deadline, last=target is chosen.targets[-1])
            while (entered := stay.enter()) is not None:
                key, watch = entered
                attempt = self._attempt(chosen, configured, target, key, options)
                first = all(one.provider != target.provider for one in crossing.tried[:-1])
                attempt = msgspec.structs.replace(attempt, deadline=deadline, first=first)
                try:
                    result = await once(configured, attempt)
                except PontageError as error:
                    failure = error
                    if not await stay.failed(error, key, watch, again=again and not options.repeats):
                        break
                except Refused as refused:  # by the books: nobody was asked
                    watch.left(monotonic())
                    crossing.error = signed(refused.error, crossing)
                    self._settle(crossing)
                    await crossing.safe()
                    raise refused.error from None
                except BaseException:
                    watch.left(monotonic())
                    crossing.left = True
                    self._settle(crossing)
                    await crossing.safe()
                    raise
                else:
                    stay.answered(key, watch, streamed=streamed)
                    return result, crossing
            failure = failure or stay.nobody()
            if len(crossing.tried) >= chosen.attempts or not goes_elsewhere(judge(failure), chosen.rules):
                break
        assert failure is not None
        crossing.error = signed(failure, crossing)
        self._settle(crossing)
        await crossing.safe()
        raise failure

    def total(self, chosen: Plan, options: CallOptions) -> float:
        """The seconds that the whole call may take."""
        first = self._registry.require(chosen.targets[0].provider)
        total = (chosen.timeouts or first.client.config.timeouts).total
        return min(total, options.timeout or total)

    def telling(self, settle: Callable[[Crossing], None]) -> Attempts:
        """The same attempts, with another one to be told of those that failed: for parts of a call."""
        return Attempts(self._registry, self._knowledge, self._book, settle)

    def ended(self, crossing: Crossing) -> None:
        """A call that was answered has ended, well or with its `error`: the book is told."""
        watch, error = crossing.watch, crossing.error
        if watch is None:
            return
        if error is None:
            watch.ended(monotonic(), crossing.usage.total_output if crossing.usage is not None else None)
        else:
            watch.failed(judge(error, content=True).effect, monotonic(), random(), why=label(error))  # noqa: S311

    def _attempt(
        self, chosen: Plan, configured: Configured, target: RouteTarget, key: PooledKey, options: CallOptions
    ) -> Attempt:
        known = configured.client.provider_type, configured.base_name(target.model)
        strict = options.strict or chosen.strict
        return Attempt(
            model=configured.wire_name(target.model),
            key=key.secret,
            params=target.params,
            timeouts=chosen.timeouts or configured.client.config.timeouts,
            strict=strict,
            restrictions=self._knowledge.restrictions(*known),
            thinks=self._knowledge.thinks(*known),
            policy=chosen.restrictions or ("strict" if strict else "adapt"),
            headers=options.passed,
        )


class Stay:
    """One call at one target: the keys it tried there, and whether it may ask once more. `last`: there is no other
    target after this one."""

    def __init__(
        self, book: HealthBook, configured: Configured, crossing: Crossing, deadline: float, *, last: bool
    ) -> None:
        self._book = book
        self._crossing = crossing
        self._target = crossing.target
        self._deadline = deadline
        self._last = last
        secrets = (self._target.key,) if self._target.key is not None else configured.keys or (None,)
        self._pool = book.pool(self._target.provider, self._target.pool, secrets)
        self._budget = book.budget(self._target.provider)
        bond = crossing.plan.bond
        self._first = bond.key if bond is not None and bond.holds(self._target) else ""
        self._barred: list[PooledKey] = []  # the keys that do not open what is kept there
        if self._first and bond is not None and bond.only:
            self._barred = [one for one in self._pool.keys if one.label != self._first]
        self._tried: list[PooledKey] = [*self._barred]
        self._retries = 0

    def enter(self) -> tuple[PooledKey, Watch] | None:
        """A key for the next attempt, and its watch; None: it is over here."""
        tried = self._crossing.tried
        if len(tried) >= self._crossing.plan.attempts:
            return None
        now = monotonic()
        alone = self._last and not tried  # nobody was asked and nobody else is left
        forgiving = alone or self._retries > 0  # the pause before a second try was what a rest of unknown length is for
        while (
            key := self._pool.take(self._target.model, now, without=self._tried, forgiving=forgiving, first=self._first)
        ) is not None:
            watch = self._book.begin(self._target, key, now, forced=alone)
            if watch is not None:
                if not self._retries:
                    self._budget.requested(now)
                tried.append(self._record(key, now))
                return key, watch
            self._tried.append(key)
        return None

    def answered(self, key: PooledKey, watch: Watch, *, streamed: bool) -> None:
        """The attempt was answered."""
        now = monotonic()
        watch.answered(now, streamed=streamed)
        record = self._crossing.tried[-1]
        record.outcome = "200"
        if streamed:
            record.first_content = now - self._crossing.started - record.began
        self._crossing.key = key.label
        self._crossing.watch = watch

    async def failed(self, error: PontageError, key: PooledKey, watch: Watch, *, again: bool) -> bool:
        """The attempt failed. Waits where that is worth it; says whether to `enter` once more."""
        verdict = judge(error)
        watch.failed(verdict.effect, monotonic(), random(), why=label(error), wait=error.retry_after)  # noqa: S311
        record = self._crossing.tried[-1]
        record.outcome, record.code = label(error), error.code
        record.elapsed = monotonic() - self._crossing.started - record.began
        if key.trouble is not None:
            log.warning("%s of %s is %s: %s", key.label, self._target.provider, key.trouble, label(error))
        self._tried.append(key)
        if verdict.key and len(self._tried) < len(self._pool.keys):
            return True
        if not (again and verdict.again and self._last) or len(self._crossing.tried) >= self._crossing.plan.attempts:
            return False
        left = self._deadline - asyncio.get_running_loop().time()
        seconds = wait(error.retry_after, self._retries, random(), left)  # noqa: S311
        if seconds is None or not self._budget.spend(monotonic()):
            return False
        await asyncio.sleep(seconds)
        self._retries += 1
        self._tried: list[PooledKey] = [*self._barred]
        return True

    def _record(self, key: PooledKey, now: float) -> AttemptRecord:
        return AttemptRecord(
            provider=self._target.provider,
            model=self._target.model,
            key=key.label,
            fingerprint=key.fingerprint,
            began=now - self._crossing.started,
        )

    def nobody(self) -> PontageError:
        """The error of a target that nobody may ask now."""
        model, now = self._target.model, monotonic()
        return RateLimitedError(
            f"{self._target.name[:200]} has to rest", retry_after=max(1.0, self._pool.wait(model, now))
        )
