"""A newer catalogue than the package's: a file that is handed in, or newer prices on the facts there are. Floor 1.

Nothing here fetches anything. Files are written whole or not at all.
"""

from __future__ import annotations

import os
from collections.abc import Iterable, Mapping
from datetime import date
from pathlib import Path
from typing import Any, Final

import msgspec
from msgspec import Struct

from pontage.catalog.facts import ModelFacts, Source
from pontage.catalog.genai import Told, read
from pontage.catalog.reader import FORMAT, PACKAGED, Catalog, CatalogHead, Shelf
from pontage.catalog.rules import Restrictions
from pontage.errors import ConfigError

PRICES: Final = "g"
"""The letter of the source whose prices can be renewed."""


class Contents(Struct, frozen=True, kw_only=True):
    """All that a catalogue's file holds; see `CatalogHead` for `fields`, `said` and `strip`."""

    sources: dict[str, Source]
    fields: list[str]
    said: list[str]
    strip: dict[str, list[str]]
    models: Mapping[str, list[ModelFacts]]
    restrictions: Iterable[Restrictions]


def encode(contents: Contents) -> bytes:
    """The bytes of a catalogue's file; the same for the same contents."""
    lines = bytearray()
    providers: dict[str, tuple[int, int]] = {}
    for provider, models in contents.models.items():
        providers[provider] = _append(lines, models)
    head = CatalogHead(
        format=FORMAT,
        built=max(source.date for source in contents.sources.values()),
        sources=contents.sources,
        fields=contents.fields,
        said=contents.said,
        strip=contents.strip,
        providers=providers,
        restrictions=_append(lines, contents.restrictions),
    )
    return msgspec.json.encode(head) + b"\n" + lines


def _append(lines: bytearray, entries: Iterable[Struct]) -> tuple[int, int]:
    start = len(lines)
    for entry in entries:
        lines += msgspec.json.encode(entry, order="deterministic") + b"\n"
    return start, len(lines) - start


def newest(*others: Path) -> Catalog:
    """The newest of the package's own catalogue and those of `others` that are there. Raises ConfigError for one that
    cannot be read."""
    found = [Catalog.load(), *(Catalog.load(path) for path in others if path.exists())]
    return max(found, key=lambda catalog: catalog.built)


def install(source: Path, target: Path) -> Catalog:
    """Check a catalogue's file through and put it to `target`. Raises ConfigError when it is damaged, or older than the
    package's own."""
    catalog = Catalog.load(source)
    for provider in catalog.providers():
        catalog.models(provider)
    catalog.all_restrictions()
    own = Catalog.load(PACKAGED).built
    if catalog.built < own:
        raise ConfigError(f"{source.name} is of {catalog.built}, the catalogue of the package is newer: {own}")
    write(source.read_bytes(), target)
    return catalog


def renew(catalog: Catalog, prices: dict[str, Any], version: str, day: date) -> bytes:
    """The file of `catalog` with the prices that genai-prices tells in its JSON form, and the models that only it knows
    with what it knows of them."""
    head = catalog.head
    told = read(prices)
    renewal = _Renewal(head)
    models = {
        provider: renewal.shelf(catalog.models(provider), told.get(provider, [])) for provider in catalog.providers()
    }
    source = msgspec.structs.replace(head.sources[PRICES], version=version, date=day)
    return encode(
        Contents(
            sources={**head.sources, PRICES: source},
            fields=head.fields,
            said=renewal.said,
            strip=head.strip,
            models=models,
            restrictions=catalog.all_restrictions(),
        )
    )


class _Renewal:
    """Puts prices on facts and keeps account of whose they are."""

    def __init__(self, head: CatalogHead) -> None:
        self.said = list(head.said)
        self._fields = head.fields
        self._nobody = " " * len(head.fields)

    def shelf(self, models: list[ModelFacts], told: list[Told]) -> list[ModelFacts]:
        """The models of one provider, first those that were known."""
        priced = {model.id: model for model in told if model.prices is not None}
        meant = Shelf([ModelFacts(id=model.id, aliases=model.aliases, patterns=model.patterns) for model in told])
        known = Shelf(models)
        renewed: list[ModelFacts] = []
        for facts in models:
            found = meant.find(facts.id)
            model = priced.get(found.id) if found is not None else None
            renewed.append(facts if model is None else self._credited(facts, model, self.said[facts.said]))
        for model in priced.values():
            if known.find(model.id) is None:
                added = ModelFacts(id=model.id, aliases=model.aliases, patterns=model.patterns, title=model.title)
                renewed.append(self._credited(added, model, self._nobody))
        return renewed

    def _credited(self, facts: ModelFacts, model: Told, letters: str) -> ModelFacts:
        said = {**dict(zip(self._fields, letters, strict=True)), "prices": PRICES, "variants": " "}
        mixed = "".join(said.values())
        if mixed not in self.said:
            self.said.append(mixed)
        return msgspec.structs.replace(facts, prices=model.prices, said=self.said.index(mixed))


def write(data: bytes, target: Path) -> None:
    """Put a file in place at once, so that no reader sees half of it."""
    target.parent.mkdir(parents=True, exist_ok=True)
    beside = target.with_name(f".{target.name}.new")
    beside.write_bytes(data)
    os.replace(beside, target)
