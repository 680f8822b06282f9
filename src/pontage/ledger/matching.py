"""Which rules a request falls under, and on whose account. Floor 6; pure."""

from __future__ import annotations

from itertools import product

from msgspec import Struct

from pontage.config.spending import Scoped

EACH = "*"
"""What a rule writes for: each of its kind by itself."""


class About(Struct, frozen=True, kw_only=True):
    """What rules can be about: the key and those it was minted by, the tags, the provider, and the names of the model
    (the virtual one and `provider/model`)."""

    keys: tuple[str, ...] = ()
    tags: tuple[str, ...] = ()
    provider: str = ""
    models: tuple[str, ...] = ()


def subjects(rule: Scoped, about: About) -> list[str]:
    """The accounts of `rule` that the request is on: none where it does not match, several where it says `*` and the
    request has several tags or keys."""
    sides: list[list[str]] = []
    for name, wanted, there in (
        ("key", rule.key, about.keys),
        ("tag", rule.tag, about.tags),
        ("provider", rule.provider, (about.provider,)),
        ("model", rule.model, about.models),
    ):
        if wanted is None:
            continue
        if wanted == EACH:
            sides.append([f"{name}={each}" for each in there])
        elif wanted in there:
            sides.append([""])
        else:
            return []
    return [" ".join(filter(None, parts)) for parts in product(*sides)]


def title(rule: Scoped) -> str:
    """A rule in words: what it matches."""
    named = (("key", rule.key), ("tag", rule.tag), ("provider", rule.provider), ("model", rule.model))
    return " ".join(f"{name}={value}" for name, value in named if value is not None) or "all"
