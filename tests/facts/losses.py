"""The tables of what each crossing of two formats cannot carry, made by carrying one thing after the other."""

from collections.abc import Callable, Iterable, Iterator, Mapping
from functools import partial

from pontage.dialects.dialect import ProviderSide
from pontage.dialects.table import CLIENT_SIDES, PROVIDER_SIDES
from tests.facts.crossings import REFUSED, Crossed, answer_crossed, request_crossed
from tests.facts.markdown import table
from tests.facts.probes import ANSWERS, REQUESTS
from tests.facts.providers import kinds, spoken

UNSAID = "-"
WORST = ("approximated", "unsupported", "dropped")


def targets() -> Mapping[str, ProviderSide]:
    """The formats that providers are spoken to in: the shared ones, then those of one provider's own."""
    found = dict(PROVIDER_SIDES)
    for kind in kinds():
        for one in spoken(kind):
            found.setdefault(one.sides[0].name, one.sides[0])
    return found


def requests_lost() -> str:
    """A table for each format that a provider is spoken to in."""
    return "\n\n".join(
        f"### To `{name}`\n\n{_table(REQUESTS, name, partial(_request, side))}" for name, side in targets().items()
    )


def answers_lost() -> str:
    """A table for each format in which a client is answered."""
    return "\n\n".join(
        f"### To clients of `{name}`\n\n{_table(ANSWERS, name, partial(_answer, name))}" for name in CLIENT_SIDES
    )


def _request(side: ProviderSide, probe: str, client: str) -> Crossed:
    return request_crossed(probe, client, side)


def _answer(client: str, probe: str, provider: str) -> Crossed:
    return answer_crossed(probe, provider, client)


def _table(probes: Iterable[str], target: str, cross: Callable[[str, str], Crossed]) -> str:
    origins = [name for name in CLIENT_SIDES if name != target]
    crossed = {probe: {origin: cross(probe, origin) for origin in origins} for probe in probes}
    rows = (
        (probe, *(_cell(found[origin]) for origin in origins), "; ".join(dict.fromkeys(_reasons(found))))
        for probe, found in crossed.items()
        if any(found.values())
    )
    return table(("what", *(f"from `{origin}`" for origin in origins), "why"), rows)


def _cell(crossed: Crossed) -> str:
    if crossed is None:
        return UNSAID
    if any(note.where == REFUSED for note in crossed):
        return REFUSED
    return max((note.kind for note in crossed), key=WORST.index, default="")


def _reasons(crossed: Mapping[str, Crossed]) -> Iterator[str]:
    for notes in crossed.values():
        for note in notes or ():
            yield f"`{note.where}`: {note.detail}" if note.detail else f"`{note.where}`"
