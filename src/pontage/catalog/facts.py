"""What is known of a model, and from whom. Floor 1; values only. None and empty mean: not known."""

from __future__ import annotations

from datetime import date
from typing import Final

from msgspec import Struct

from pontage.catalog.prices import PriceList

EFFORTS: Final = ("minimal", "low", "medium", "high", "xhigh", "max")
"""How much to think, ascending. To think not at all is not on the scale: see `ReasoningFacts.optional`."""


class Source(Struct, frozen=True, kw_only=True):
    """Who says so: a published collection of facts, in which version, as of which day, under which licence."""

    name: str
    version: str
    date: date
    licence: str
    url: str


class ReasoningFacts(Struct, frozen=True, kw_only=True, omit_defaults=True):
    """How a model thinks. `supported` False: it does not. `unasked`: it thinks where a request is silent on it.
    `optional`: it can be told not to. `efforts`: the steps it takes, of `EFFORTS`; `off_effort`: the greatest of them
    for an answer without thinking, where that is less. `budget`: the least and the most tokens of thinking it takes
    (most None: only the answer's own limit); None: it takes no budget."""

    supported: bool = True
    unasked: bool | None = None
    optional: bool | None = None
    efforts: tuple[str, ...] = ()
    off_effort: str | None = None
    budget: tuple[int, int | None] | None = None


class ModelFacts(Struct, frozen=True, kw_only=True, omit_defaults=True):
    """One model as one provider serves it. Limits in tokens; `context` counts input and output together. Modalities:
    text, image, audio, video, pdf. `shutdown`: the day it ends. `patterns`: names of further versions, as globs."""

    id: str
    aliases: tuple[str, ...] = ()
    patterns: tuple[str, ...] = ()
    title: str | None = None
    mode: str = "chat"
    context: int | None = None
    max_input: int | None = None
    max_output: int | None = None
    inputs: tuple[str, ...] = ()
    outputs: tuple[str, ...] = ()
    tools: bool | None = None
    parallel_tools: bool | None = None
    json_schema: bool | None = None
    caching: bool | None = None
    web_search: bool | None = None
    prefill: bool | None = None
    reasoning: ReasoningFacts | None = None
    shutdown: date | None = None
    prices: PriceList | None = None
    said: int = 0  # which entry of the catalogue's table tells each value's source
