"""The sections about money and measure: the ledger, budgets, limits. Floor 1; values only.

Times are in seconds, money in USD, lengths in tokens. A budget or limit holds for the requests that match all of what
it names (`key`, `tag`, `provider`, `model`); one that names nothing holds for all together. `"*"` stands for each of
its kind by itself: `key: "*"` gives every key a budget of its own.
"""

from __future__ import annotations

from typing import Annotated, Literal

from msgspec import Meta, Struct

Amount = Annotated[float, Meta(gt=0)]
Number = Annotated[int, Meta(ge=1)]


class LedgerSection(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The books: one row for every request and every attempt, without what was said in them."""

    enabled: Annotated[bool, Meta(description="Whether the gateway keeps books.")] = True
    path: Annotated[
        str | None, Meta(description="The database; else `pontage/ledger.db` in the user's data folder.")
    ] = None
    durability: Annotated[
        Literal["normal", "strict"],
        Meta(description="What a power cut may take: the last second (`normal`), or nothing (`strict`)."),
    ] = "normal"
    retention_days: Annotated[
        Number | None, Meta(description="Rows older than so many days are deleted; not given: never.")
    ] = None


class Scoped(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Which requests a rule holds for."""

    key: Annotated[str | None, Meta(description="The id of a virtual key, or `*`: each by itself.")] = None
    tag: Annotated[str | None, Meta(description="A tag of the request, or `*`: each by itself.")] = None
    provider: Annotated[str | None, Meta(description="A configured provider, or `*`: each by itself.")] = None
    model: Annotated[str | None, Meta(description="A virtual model, a `provider/model`, or `*`: each by itself.")] = (
        None
    )


class BudgetRule(Scoped, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What may be spent on the requests that it matches."""

    usd: Annotated[Amount, Meta(description="So much in USD.")]
    period: Annotated[
        Literal["daily", "weekly", "monthly", "total"],
        Meta(description="In each UTC day, week from Monday, or month; or once for all."),
    ] = "monthly"
    mode: Annotated[
        Literal["hard", "soft"],
        Meta(description="`hard`: never a nano-USD more. `soft`: by estimates; requests under way may overdraw it."),
    ] = "hard"
    name: Annotated[str | None, Meta(description="What it is called in refusals; else what it matches.")] = None


class LimitRule(Scoped, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """How much the requests that it matches may ask for. Tokens and money are counted when they are known, so the
    request that goes over is the last one let in."""

    per: Annotated[
        Literal["second", "minute", "hour", "day"], Meta(description="The window of the four rates below.")
    ] = "minute"
    requests: Annotated[Number | None, Meta(description="Requests in a window.")] = None
    input_tokens: Annotated[Number | None, Meta(description="Input tokens in a window.")] = None
    output_tokens: Annotated[Number | None, Meta(description="Output tokens in a window.")] = None
    usd: Annotated[Amount | None, Meta(description="USD in a window.")] = None
    concurrent: Annotated[Number | None, Meta(description="Requests under way at the same time.")] = None
    max_output: Annotated[Number | None, Meta(description="The longest answer a request may ask for, in tokens.")] = (
        None
    )
