"""The catalogue: facts on models from one data file in the package. Floor 1; it reads that file and nothing else.

The file is JSON Lines: a head that says where each provider's models begin, one line a model, one line a restriction. A
provider's lines are decoded when first asked for, so that a first look-up takes milliseconds.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from datetime import date
from fnmatch import fnmatchcase
from pathlib import Path
from typing import Final, TypeVar

import msgspec
from msgspec import Struct

from pontage.catalog.facts import ModelFacts, Source
from pontage.catalog.rules import NO_RESTRICTIONS, Restrictions
from pontage.errors import ConfigError

PACKAGED: Final = Path(__file__).with_name("data.jsonl")
"""The file that comes with the package."""
FORMAT: Final = 1
T = TypeVar("T")
_DATED = re.compile(r"[-@](\d{8}|\d{4}-\d{2}-\d{2})$")


class CatalogHead(Struct, frozen=True, kw_only=True):
    """The first line. `said`: the letters of the sources of all `fields` in turn (a blank: nobody's), one text for each
    way they are mixed; `ModelFacts.said` is an index into it. `strip`: by provider, what may stand before a model's own
    name (a region, a maker). `providers` and `restrictions`: where their lines are, as first byte after the head and
    number of bytes."""

    format: int
    built: date
    sources: dict[str, Source]
    fields: list[str]
    said: list[str]
    strip: dict[str, list[str]]
    providers: dict[str, tuple[int, int]]
    restrictions: tuple[int, int]


class Shelf:
    """The models of one provider by all their names."""

    def __init__(self, models: list[ModelFacts]) -> None:
        self.models = models
        self._named = {name: facts for facts in reversed(models) for name in _names(facts)}
        patterns = [(pattern, facts) for facts in models for pattern in facts.patterns]
        self._patterns = sorted(patterns, key=lambda entry: -len(entry[0]))

    def find(self, model: str) -> ModelFacts | None:
        """By name, by name without the date at its end, else by the longest pattern that fits."""
        name = model.lower()
        found = self._named.get(name) or self._named.get(undated(name))
        if found is not None:
            return found
        return next((facts for pattern, facts in self._patterns if fnmatchcase(name, pattern)), None)


class Catalog:
    """Facts on models. Providers go by the names that `providers` lists, models by the provider's own. `head`: the
    first line of its file."""

    def __init__(self, head: CatalogHead, lines: bytes) -> None:
        self.head = head
        self._lines = lines
        self._shelves: dict[str, Shelf] = {}
        self._restrictions: tuple[Restrictions, ...] | None = None

    @classmethod
    def load(cls, path: Path = PACKAGED) -> Catalog:
        """The catalogue in a file. Raises ConfigError when it cannot be read or is not one."""
        try:
            head_line, _, lines = path.read_bytes().partition(b"\n")
            head = msgspec.json.decode(head_line, type=CatalogHead)
        except (OSError, msgspec.DecodeError, UnicodeDecodeError) as error:
            raise ConfigError(f"{path.name} is not a catalogue: {error}", file=str(path)) from None
        if head.format != FORMAT:
            raise ConfigError(f"{path.name} has format {head.format}, this version reads {FORMAT}", file=str(path))
        return cls(head, lines)

    @property
    def built(self) -> date:
        """The day of its newest facts."""
        return self.head.built

    @property
    def sources(self) -> Mapping[str, Source]:
        """Whose facts these are, by letter."""
        return self.head.sources

    def providers(self) -> list[str]:
        """The providers whose models are known."""
        return list(self.head.providers)

    def models(self, provider: str) -> list[ModelFacts]:
        """The models of a provider; none when it is not known."""
        return self._shelf(provider).models

    def find(self, provider: str, model: str) -> ModelFacts | None:
        """What is known of a model, under any of its names; None when nothing is."""
        return self._shelf(provider).find(model)

    def source_of(self, facts: ModelFacts, field: str) -> Source | None:
        """Who tells this field of `facts`; None where nobody does."""
        head = self.head
        return head.sources.get(head.said[facts.said][head.fields.index(field)]) if field in head.fields else None

    def restrictions(self, provider: str, model: str) -> Restrictions:
        """What a model does not take: the entry of its own name, else of the longest beginning, so that models of a
        known family are restricted as it is before anybody has listed them."""
        entries = (entry for entry in self.all_restrictions() if provider in entry.providers)
        return choose(entries, self.bare(provider, model))

    def all_restrictions(self) -> tuple[Restrictions, ...]:
        """Every entry on what models do not take."""
        if self._restrictions is None:
            self._restrictions = tuple(self._block(self.head.restrictions, Restrictions))
        return self._restrictions

    def bare(self, provider: str, model: str) -> str:
        """A model's own name, in lower case, without what this provider puts before it."""
        return bare_name(model, self.head.strip.get(provider, ()))

    def _shelf(self, provider: str) -> Shelf:
        shelf = self._shelves.get(provider)
        if shelf is None:
            block = self.head.providers.get(provider)
            shelf = self._shelves[provider] = Shelf([] if block is None else self._block(block, ModelFacts))
        return shelf

    def _block(self, block: tuple[int, int], kind: type[T]) -> list[T]:
        start, size = block
        try:
            return msgspec.json.Decoder(kind).decode_lines(self._lines[start : start + size])
        except msgspec.DecodeError as error:
            raise ConfigError(f"the catalogue is damaged: {error}") from None


def choose(entries: Iterable[Restrictions], name: str) -> Restrictions:
    """The entry whose pattern fits a model's bare name best: a whole name, else the longest beginning."""
    best, length = NO_RESTRICTIONS, -1
    for entry in entries:
        for pattern in entry.models:
            fit = _fit(pattern, name)
            if fit > length:
                best, length = entry, fit
    return best


def bare_name(model: str, prefixes: Iterable[str]) -> str:
    """A model's name in lower case, without any of `prefixes` before it."""
    name = model.lower()
    while (prefix := next((prefix for prefix in prefixes if name.startswith(prefix)), None)) is not None:
        name = name[len(prefix) :]
    return name


def undated(name: str) -> str:
    """A model's name without the date of its release at the end."""
    return _DATED.sub("", name)


def _names(facts: ModelFacts) -> tuple[str, ...]:
    return (facts.id.lower(), *facts.aliases)


def _fit(pattern: str, name: str) -> int:
    """How well a restriction's pattern fits: the longer the better, a whole name best of all; -1: not at all."""
    if pattern.endswith("*"):
        return len(pattern) - 1 if name.startswith(pattern[:-1]) else -1
    return 2 * len(name) + 2 if pattern in (name, undated(name)) else -1
