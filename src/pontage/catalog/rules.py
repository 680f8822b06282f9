"""What a model does not take, as data: one struct a kind of rule. Floor 1; values only.

`field` is a canonical field of a request, with a dot for what is inside (`tool_choice.mode`, `output.kind`,
`extra.logit_bias`), or `prefill`: a conversation that ends with the assistant's words.
"""

from __future__ import annotations

from datetime import date
from typing import Literal

from msgspec import Struct

from pontage.catalog.facts import ReasoningFacts

Scalar = bool | int | float | str


class RuleFields(Struct, frozen=True, kw_only=True, tag_field="kind", omit_defaults=True):
    """What every rule has. `only`: it holds just while the model thinks. `why`: for people, in a few words."""

    field: str
    only: Literal["always", "thinking"] = "always"
    why: str = ""


class Unsupported(RuleFields, frozen=True, kw_only=True, tag="unsupported"):
    """The model refuses the field, whatever it says. `neutral`: the value that says the same as silence. `essential`:
    the request means something else without it, so that no policy leaves it out."""

    neutral: Scalar | None = None
    essential: bool = False


class Fixed(RuleFields, frozen=True, kw_only=True, tag="fixed"):
    """The model takes this one value."""

    value: Scalar


class Within(RuleFields, frozen=True, kw_only=True, tag="within"):
    """The model takes numbers in this range, ends included; of a list, so many entries."""

    least: float | None = None
    most: float | None = None


class OneOf(RuleFields, frozen=True, kw_only=True, tag="one_of"):
    """The model takes these words. `instead`: what comes nearest to any other; None: nothing does."""

    values: tuple[str, ...]
    instead: str | None = None


class Excludes(RuleFields, frozen=True, kw_only=True, tag="excludes"):
    """The model refuses the field beside another one."""

    other: str


class WireName(RuleFields, frozen=True, kw_only=True, tag="wire_name"):
    """The model takes the field, but refuses one of its names on the wire; the dialect's usual name is accepted."""

    refused: str
    accepted: str


Rule = Unsupported | Fixed | Within | OneOf | Excludes | WireName


class Restrictions(Struct, frozen=True, kw_only=True, omit_defaults=True):
    """All that one model, or one family, does not take, with the source and the day it was verified. `models`: exact
    names, or beginnings with a star at the end, at these `providers`."""

    providers: tuple[str, ...] = ()
    models: tuple[str, ...] = ()
    reasoning: ReasoningFacts | None = None
    rules: tuple[Rule, ...] = ()
    source: str = ""
    verified: date | None = None


NO_RESTRICTIONS = Restrictions()
