"""How fast is too fast: rates and numbers at the same time. Floor 6; no clock of its own, time is a parameter.

A rate is kept as one number, the moment at which it will be as if nobody had come (the generic cell rate algorithm):
no window that everybody waits for, no history. Requests are counted when they come; tokens and money when they are
known, so that an account in debt lets nobody in until it is paid off. Counts are of this process and of its life.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from types import MappingProxyType
from typing import Final, Literal

from msgspec import Struct

from pontage.config.spending import LimitRule
from pontage.errors import RateLimitedError
from pontage.ledger.matching import About, subjects, title

Kind = Literal["requests", "input_tokens", "output_tokens", "usd"]

_SECONDS: Final = {"second": 1.0, "minute": 60.0, "hour": 3600.0, "day": 86400.0}
_KINDS: Final[tuple[Kind, ...]] = ("requests", "input_tokens", "output_tokens", "usd")
_SHOWN: Final[Mapping[Kind, str]] = {
    "requests": "requests",
    "input_tokens": "input-tokens",
    "output_tokens": "output-tokens",
}
MOST_ACCOUNTS: Final = 100_000
"""Accounts that are kept; those that are even again are forgotten when there are more."""


class Account(Struct):
    """What one subject of one rule has used. `even`: for each kind, when it will be as if nobody had come."""

    rule: LimitRule
    even: dict[Kind, float] = {}
    under_way: int = 0


class Standing(Struct, frozen=True):
    """How an account stands: `left` of `most`, all of it again in `reset` seconds."""

    kind: Kind
    most: float
    left: float
    reset: float


class Ticket(Struct):
    """A request that was let in, until it is given back. `max_output` in tokens: the longest answer it may ask for."""

    accounts: list[Account]
    standings: list[Standing]
    max_output: int | None = None


class Limiter:
    """Counts what comes in. `now` is in seconds on a clock that only goes forward."""

    def __init__(self) -> None:
        self._accounts: dict[tuple[LimitRule, str], Account] = {}

    def admit(self, rules: Sequence[LimitRule], about: About, now: float) -> Ticket:
        """Let a request in, or raise RateLimitedError and count nothing of it."""
        accounts = [self._account(rule, each, now) for rule in rules for each in subjects(rule, about)]
        for account in accounts:
            _refuse_if_full(account, now)
        for account in accounts:
            account.under_way += 1
            if account.rule.requests is not None:
                _use(account, "requests", 1, now)
        caps = [account.rule.max_output for account in accounts if account.rule.max_output is not None]
        standings = [standing for account in accounts for standing in _standings(account, now)]
        return Ticket(accounts, standings, min(caps, default=None))

    def give_back(self, ticket: Ticket, now: float, used: Mapping[Kind, float] = MappingProxyType({})) -> None:
        """A request has ended, and has `used` so much of what is counted afterwards. Does nothing a second time."""
        for account in ticket.accounts:
            account.under_way -= 1
            for kind, amount in used.items():
                if amount and _most(account.rule, kind) is not None:
                    _use(account, kind, amount, now)
        ticket.accounts.clear()

    def _account(self, rule: LimitRule, subject: str, now: float) -> Account:
        found = self._accounts.get((rule, subject))
        if found is None:
            if len(self._accounts) >= MOST_ACCOUNTS:
                self._forget(now)
            found = self._accounts[rule, subject] = Account(rule)
        return found

    def _forget(self, now: float) -> None:
        even = [
            name for name, account in self._accounts.items()
            if not account.under_way and all(moment <= now for moment in account.even.values())
        ]  # fmt: skip
        for name in even:
            del self._accounts[name]


def headers(standings: Iterable[Standing]) -> list[tuple[str, str]]:
    """The `x-ratelimit-*` fields: for each kind the account that has least left."""
    tightest: dict[Kind, Standing] = {}
    for standing in standings:
        if standing.kind not in tightest or standing.left < tightest[standing.kind].left:
            tightest[standing.kind] = standing
    fields: list[tuple[str, str]] = []
    for kind, name in _SHOWN.items():
        if (standing := tightest.get(kind)) is not None:
            fields += [
                (f"x-ratelimit-limit-{name}", f"{standing.most:.0f}"),
                (f"x-ratelimit-remaining-{name}", f"{max(0.0, standing.left):.0f}"),
                (f"x-ratelimit-reset-{name}", f"{standing.reset:.3f}s"),
            ]
    return fields


def _refuse_if_full(account: Account, now: float) -> None:
    rule = account.rule
    if rule.concurrent is not None and account.under_way >= rule.concurrent:
        raise RateLimitedError(
            f"{rule.concurrent} requests of {title(rule)} are under way, and more may not be at the same time",
            retry_after=1,
            upstream_code="concurrency_limit",
        )
    for kind in _KINDS:
        most = _most(rule, kind)
        if most is None:
            continue
        window = _SECONDS[rule.per]
        need = window / most if kind == "requests" else 0.0  # the others let in whoever comes before they are used up
        behind = max(account.even.get(kind, now), now) - now
        excess = behind + need - window
        if excess > 1e-9 or (kind != "requests" and excess >= 0):
            raise RateLimitedError(
                f"{title(rule)} may have {most:g} {kind.replace('_', ' ')} a {rule.per}, and has had them",
                retry_after=max(excess, 0.001),
                upstream_code="rate_limit_exceeded",
            )


def _use(account: Account, kind: Kind, amount: float, now: float) -> None:
    most = _most(account.rule, kind)
    assert most is not None
    account.even[kind] = max(account.even.get(kind, now), now) + amount * _SECONDS[account.rule.per] / most


def _standings(account: Account, now: float) -> Iterable[Standing]:
    for kind in _KINDS:
        most = _most(account.rule, kind)
        if most is not None:
            behind = max(account.even.get(kind, now), now) - now
            yield Standing(kind, most, most * (1 - behind / _SECONDS[account.rule.per]), behind)


def _most(rule: LimitRule, kind: Kind) -> float | None:
    match kind:
        case "requests":
            return rule.requests
        case "input_tokens":
            return rule.input_tokens
        case "output_tokens":
            return rule.output_tokens
        case "usd":
            return rule.usd
