"""What there is to choose from, and the way from a name to a provider and its model. Floor 6; pure."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from difflib import get_close_matches
from typing import Protocol

from msgspec import Struct

from pontage.catalog import ModelFacts, Money
from pontage.config import VirtualModel
from pontage.domain.chat import TokenUsage
from pontage.errors import InvalidRequestError, ModelNotFoundError, PontageError

SHOWN = 100
"""Characters of a stranger's model name that an error repeats."""


class Known(Protocol):
    """What planning must know of a provider."""

    @property
    def name(self) -> str:
        """What the user calls it."""
        ...

    @property
    def ready(self) -> bool:
        """Whether it could be called now."""
        ...

    @property
    def simulated(self) -> bool:
        """Whether its answers are made up."""
        ...

    def has(self, model: str) -> bool:
        """Whether `model` is one of its models, or of a family it makes."""
        ...

    def model_ids(self) -> Sequence[str]:
        """The models it is known to have."""
        ...


def _no_facts(provider: str, model: str) -> ModelFacts | None:
    return None


def _no_price(provider: str, model: str, usage: TokenUsage) -> Money | None:
    return None


def _no_type(provider: str, model: str) -> PontageError | None:
    return None


class Landscape(Struct, frozen=True):
    """What is configured (providers by name and alias, virtual models by name) and what is known of it: facts on a
    provider's model, and what a usage of it would cost. `absent`: the error for a model of a provider that could be
    configured and is not."""

    providers: Mapping[str, Known]
    routes: Mapping[str, VirtualModel]
    aliases: Mapping[str, str] = {}
    facts: Callable[[str, str], ModelFacts | None] = _no_facts
    price: Callable[[str, str, TokenUsage], Money | None] = _no_price
    absent: Callable[[str, str], PontageError | None] = _no_type

    def provider(self, name: str) -> Known | None:
        """The provider of that name or alias."""
        return self.providers.get(name) or self.providers.get(self.aliases.get(name, name))

    def names(self) -> list[str]:
        """Every model a caller can name."""
        models = (f"{known.name}/{model}" for known in self.providers.values() for model in known.model_ids())
        return [*self.routes, *models]

    def resolve(self, model: str) -> tuple[str, str, str]:
        """Provider, model and the reason, for `provider/model` or a bare id. Raises ModelNotFoundError (with the
        nearest name), AuthenticationError (a provider that could be there, had it a key) or InvalidRequestError (a
        bare id that several providers have)."""
        provider, slash, rest = model.partition("/")
        if slash and rest:
            known = self.provider(provider)
            if known is not None:
                return known.name, rest, f"named: {known.name}/{rest}"
        able = [known for known in self.providers.values() if known.has(model)]
        ready = [known for known in able if known.ready]
        candidates = ready or able
        if len(candidates) == 1:
            name = candidates[0].name
            return name, model, f"only {name} has {model}"
        if candidates:
            listed = ", ".join(f"{known.name}/{model[:SHOWN]}" for known in candidates)
            raise InvalidRequestError(
                f"the model {shown(model)} is ambiguous: {listed}", param="model", hint="write it as provider/model"
            )
        absent = self.absent(provider, rest[:SHOWN]) if slash and rest else None
        if absent is not None:
            raise absent
        near = get_close_matches(model[: 2 * SHOWN], self.names(), n=1, cutoff=0.5)
        raise ModelNotFoundError(
            f"there is no model {shown(model)}",
            model=model[:SHOWN],
            param="model",
            hint=f"did you mean {near[0]!r}?" if near else "GET /v1/models lists what there is",
        )


def shown(model: str) -> str:
    """A name as errors quote it: a stranger chose it, and its length."""
    return repr(model) if len(model) <= SHOWN else f"{model[:SHOWN]!r}..."
