"""The capability matrix: what a client of each format can have of each provider, and what stands behind saying so."""

from collections.abc import Iterable

from pontage.dialects.dialect import ProviderSide
from pontage.dialects.operations import OPERATIONS
from pontage.dialects.table import CLIENT_SIDES
from pontage.providers.rows import rows
from tests.facts.crossings import Crossed, Notes, answer_crossed, as_answered, losses, request_crossed, said
from tests.facts.features import FEATURES, Feature
from tests.facts.markdown import table
from tests.facts.probes import REQUESTS
from tests.facts.providers import Spoken, client_of, kinds, spoken
from tests.facts.recorded import recorded, sampled

NOT_SAID, LOST = "-", "lost"
ENDPOINTS = {
    "embeddings": {"embeddings", "v2.embed", "api.embed", "embedContent", "batchEmbedContents"},
    "rerank": {"rerank", "v2.rerank", "v1.rerank"},
    "count_tokens": {"messages.count_tokens", "countTokens", "responses.input_tokens"},
}
"""The recordings' words for endpoints of an operation; those not named here have the operation's own name."""


def matrix() -> str:
    """A table for each client format."""
    ways = [one for kind in kinds() for one in spoken(kind)]
    parts: list[str] = []
    for client in CLIENT_SIDES:
        lines = ((_label(one), *(_cell(client, one, feature) for feature in FEATURES)) for one in ways)
        parts.append(f"## Clients of `{client}`\n\n{table(('provider', *(f.name for f in FEATURES)), lines)}")
    return "\n\n".join(parts)


def operations() -> str:
    """What providers do beside chat."""
    lines = (
        (f"`{kind}`", *(_operation(kind, name) for name in OPERATIONS)) for kind in kinds() if _does_something(kind)
    )
    return table(("provider", *OPERATIONS), lines)


def evidence(kind: str, side: ProviderSide, feature: Feature) -> str:
    """What stands behind a feature of a provider: recordings of it; or samples of its format, where its folder has
    tests of its own; or only its documentation."""
    known = recorded().get(kind)
    if known is not None and known.features.get(side.name, {}).get(feature.name):
        return "recorded"
    return "simulated" if kind not in rows() and feature.name in sampled().get(side.name, ()) else "claimed"


def can_say(side: ProviderSide, feature: Feature) -> bool:
    """Whether the format of this side has words for a feature."""
    asked = feature.request is None or not _lost(losses(said(side, REQUESTS[feature.request])[1]), feature)
    answered = feature.answer is None or side.name not in CLIENT_SIDES or as_answered(side.name, feature.answer)
    return asked and answered is not None


def _lost(notes: Notes, feature: Feature) -> bool:
    return any(note.kind != "approximated" and feature.at.startswith(note.where) for note in notes)


def _label(one: Spoken) -> str:
    return f"`{one.kind}` ({', '.join(f'`{model}`' for model in one.models)})" if one.models else f"`{one.kind}`"


def _cell(client: str, one: Spoken, feature: Feature) -> str:
    side = one.side_for(client)
    for crossed in _crossed(client, side, feature):
        if crossed is None:
            return NOT_SAID
        if _lost(crossed, feature):
            return LOST
    return evidence(one.kind, side, feature)


def _crossed(client: str, side: ProviderSide, feature: Feature) -> Iterable[Crossed]:
    """How the feature's request and its answer come over."""
    if feature.request is not None:
        yield request_crossed(feature.request, client, side)
    if feature.answer is not None and side.name in CLIENT_SIDES:
        yield answer_crossed(feature.answer, side.name, client)


def _does_something(kind: str) -> bool:
    return any(client_of(kind).offers(name) for name in OPERATIONS)


def _operation(kind: str, name: str) -> str:
    client, operation = client_of(kind), OPERATIONS[name]
    own = any(endpoint.dialect in operation.formats for endpoint in client.config.operations)
    if not client.offers(name):
        return NOT_SAID
    if not own:
        return "estimated" if operation.guess is not None else "simulated"
    known = recorded().get(kind)
    shown = known is not None and ENDPOINTS.get(name, {name}) & known.endpoints.keys()
    return "recorded" if shown else "claimed"
