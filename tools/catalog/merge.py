"""Makes one catalogue of what several sources say: a field at a time, the first source that knows it wins."""

from __future__ import annotations

from collections.abc import Iterator

import msgspec
from msgspec import Struct

from pontage.catalog.facts import ModelFacts
from pontage.catalog.genai import Told
from pontage.catalog.prices import PriceList, Rate, Tiered, Unit
from pontage.catalog.reader import Shelf, bare_name, choose, undated
from pontage.catalog.rules import Restrictions

GENAI, LITELLM, MODELS_DEV, RULES = "g", "l", "m", "r"

ORDER: dict[str, tuple[str, ...]] = {
    "title": (GENAI, MODELS_DEV),
    "mode": (LITELLM, MODELS_DEV),
    "context": (GENAI, MODELS_DEV),
    "max_input": (LITELLM, MODELS_DEV),
    "max_output": (LITELLM, MODELS_DEV),
    "inputs": (LITELLM, MODELS_DEV),
    "outputs": (LITELLM, MODELS_DEV),
    "tools": (LITELLM, MODELS_DEV),
    "parallel_tools": (LITELLM,),
    "json_schema": (LITELLM, MODELS_DEV),
    "caching": (LITELLM,),
    "web_search": (LITELLM,),
    "prefill": (LITELLM,),
    "reasoning": (RULES, MODELS_DEV, LITELLM),
    "shutdown": (LITELLM,),
    "prices": (GENAI, LITELLM, MODELS_DEV),
}
"""Which sources tell a field, the one that is believed first. genai-prices is newest and most careful on prices and
counts the whole context; LiteLLM is newer than our copy of models.dev; our own rules on reasoning are verified."""


FIELDS = [*ORDER, "variants"]

ROUTERS = ("openrouter", "huggingface")
"""Whose models' titles say no more than their names."""


class Merged(Struct, frozen=True, kw_only=True):
    """A model and whose word each of `FIELDS` is. `root`: what tells it from other models that are alike by chance."""

    facts: ModelFacts
    said: str
    root: str


class Sides(Struct, frozen=True, kw_only=True):
    """What each source says of one name."""

    name: str
    by_source: dict[str, ModelFacts]

    def says(self, source: str, field: str) -> object:
        """What a source says of a field; None: nothing."""
        facts = self.by_source.get(source)
        value = getattr(facts, field) if facts is not None else None
        return None if value in ((), "") else value


class Listings(Struct, frozen=True, kw_only=True):
    """What each source lists of one provider, and the restrictions there, with what stands before a model's name."""

    genai: list[Told]
    litellm: dict[str, ModelFacts]
    models_dev: dict[str, ModelFacts]
    restrictions: list[Restrictions]
    prefixes: list[str]


def sides_of(listings: Listings) -> Iterator[Sides]:
    """Every name that any source knows, with what each says of it."""
    shelf = Shelf([_facts(told) for told in listings.genai])
    mains = {told.id.lower(): told for told in listings.genai}
    lists = {LITELLM: listings.litellm, MODELS_DEV: listings.models_dev}
    names = {name: told.id for name, told in mains.items()}
    names |= {name: facts.id for listed in lists.values() for name, facts in listed.items()}
    for name, spelled in sorted(names.items()):
        by_source = {source: listed[name] for source, listed in lists.items() if name in listed}
        for alias in mains[name].aliases if name in mains else ():  # its own name may be unknown to the others
            for source, listed in lists.items():
                if alias in listed:
                    by_source.setdefault(source, listed[alias])
        genai = shelf.find(name)
        if genai is not None:
            by_source[GENAI] = genai
        chosen = choose(listings.restrictions, bare_name(name, listings.prefixes))
        if chosen.reasoning is not None:
            by_source[RULES] = ModelFacts(id=spelled, reasoning=chosen.reasoning)
        yield Sides(name=spelled, by_source=by_source)


def _facts(told: Told) -> ModelFacts:
    """A model of genai-prices. It tells no mode."""
    return ModelFacts(
        id=told.id,
        aliases=told.aliases,
        patterns=told.patterns,
        title=told.title,
        context=told.context,
        mode="",
        prices=told.prices,
    )


def merge(sides: Sides, provider: str, prefixes: list[str]) -> Merged:
    """One model of what the sources say of it."""
    values: dict[str, object] = {}
    said: dict[str, str] = {}
    for field, order in ORDER.items():
        for source in order:
            value = sides.says(source, field)
            if value is not None:
                values[field], said[field] = value, source
                break
    if values.get("mode") == "chat":
        del values["mode"]
    elif "mode" in values and "reasoning" in values:
        del values["reasoning"], said["reasoning"]
    if said.get("prices") == GENAI:
        completed = _completed(sides)
        if completed is not None:
            values["prices"], said["variants"] = completed, LITELLM
    if values.get("max_input") == values.get("context"):
        values.pop("max_input", None)
        said.pop("max_input", None)
    if values.get("outputs") == ("text",) and "mode" not in values:
        del values["outputs"], said["outputs"]
    if provider in ROUTERS:
        values.pop("title", None)
        said.pop("title", None)
    facts = msgspec.convert({"id": sides.name, **values}, ModelFacts, from_attributes=True)
    genai = sides.by_source.get(GENAI)
    root = genai.id if genai is not None else undated(bare_name(sides.name, prefixes))
    return Merged(facts=facts, said="".join(said.get(field, " ") for field in FIELDS), root=root)


def _completed(sides: Sides) -> PriceList | None:
    """The prices of genai-prices with the ways of serving only LiteLLM prices, where the two agree on the base."""
    one, two = sides.by_source[GENAI].prices, sides.by_source[LITELLM].prices if LITELLM in sides.by_source else None
    if one is None or two is None or one.changes or any(differ(one, two, unit) for unit in ("input", "output")):
        return None
    known = [variant.when for variant in one.variants]
    more = tuple(variant for variant in two.variants if variant.when not in known)
    longer = {unit: rate for unit, rate in two.rates.items() if unit == "cache_write_12h" and unit not in one.rates}
    if not more and not longer:
        return None
    return PriceList(rates={**one.rates, **longer}, changes=one.changes, variants=(*one.variants, *more))


def differ(one: PriceList, two: PriceList, unit: Unit) -> bool:
    """Whether two sources give different base rates for a unit; silence is no difference."""
    left, right = one.rates.get(unit), two.rates.get(unit)
    return left is not None and right is not None and base_of(left) != base_of(right)


def base_of(rate: Rate) -> int:
    """A rate for a short prompt."""
    return rate.base if isinstance(rate, Tiered) else rate


def shelved(told: list[Told], merged: list[Merged], table: list[str]) -> list[ModelFacts]:
    """The models of a provider, those that differ in nothing but their names as one; `table` grows by new sources."""
    mains = {model.id.lower(): model for model in told}
    groups: dict[bytes, list[Merged]] = {}
    for entry in merged:
        same = msgspec.structs.replace(entry.facts, id="", title=None)
        key = msgspec.json.encode((entry.root, same, entry.said), order="sorted")
        groups.setdefault(key, []).append(entry)
    shelf: list[ModelFacts] = []
    taken = {entry.facts.id.lower() for entry in merged}
    for group in groups.values():
        first = min(group, key=lambda entry: (entry.facts.id.lower() not in mains, len(entry.facts.id), entry.facts.id))
        aliases = {entry.facts.id.lower() for entry in group if entry is not first}
        patterns: list[str] = []
        for entry in group:
            main = mains.get(entry.facts.id.lower())
            if main is not None:
                aliases |= set(main.aliases) - taken
                patterns += main.patterns
        if first.said not in table:
            table.append(first.said)
        shelf.append(
            msgspec.structs.replace(
                first.facts,
                aliases=tuple(sorted(needed(aliases, first.facts.id.lower()))),
                patterns=tuple(dict.fromkeys(patterns)),
                said=table.index(first.said),
            )
        )
    return sorted(shelf, key=lambda facts: facts.id.lower())


def needed(aliases: set[str], name: str) -> set[str]:
    """The aliases that a search would not find by leaving out their date."""
    others = (aliases | {name}) - {alias for alias in aliases if undated(alias) != alias}
    return {alias for alias in aliases - {name} if alias in others or undated(alias) not in others}
