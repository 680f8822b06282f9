"""What the documentation's tables are made from: nothing is forgotten, and what is kept of the recordings is true."""

import itertools
from typing import Any, get_args, get_type_hints

import msgspec
import pytest

from pontage.dialects.operations import OPERATIONS
from pontage.dialects.table import CLIENT_SIDES, PROVIDER_SIDES
from pontage.domain import ChatRequest, Document, Image, Part, Source, Stop, TokenUsage, Tool
from tests.conftest import Corpus, Figures
from tests.facts import capabilities, recorded
from tests.facts.capabilities import ENDPOINTS
from tests.facts.crossings import answer_crossed, as_answered, as_asked, request_crossed
from tests.facts.features import FEATURES, Feature, Seen
from tests.facts.losses import targets
from tests.facts.probes import ANSWERS, REQUESTS
from tests.facts.providers import kinds, spoken
from tests.facts.recorded import NOTHING

WORDS = {"model", "messages", "stream", "origin", "spelling", "extra"}  # of a request, but nothing that is asked
EACH_FEATURE = pytest.mark.parametrize("feature", FEATURES, ids=lambda feature: feature.name)


def parts() -> list[Part]:
    """Every part of every probe."""
    asked = [part for probe in REQUESTS.values() for message in probe.messages for part in message.parts]
    return asked + [part for probe in ANSWERS.values() for choice in probe.choices for part in choice.message.parts]


def test_no_field_of_a_request_is_forgotten() -> None:
    silent = ChatRequest(model="m", messages=())
    told = {name for probe in REQUESTS.values() for name in msgspec.to_builtins(probe)}  # what is at its default is not
    assert told | WORDS == set(silent.__struct_fields__)
    assert {type(tool) for probe in REQUESTS.values() for tool in probe.tools} == set(get_args(Tool))


def test_no_part_and_no_source_is_forgotten() -> None:
    assert {type(part) for part in parts()} == set(get_args(Part))
    sources = {type(part.source) for part in parts() if isinstance(part, Document | Image)}
    assert sources == set(get_args(Source))


def test_no_ending_and_no_count_is_forgotten() -> None:
    reasons = {choice.stop.reason for probe in ANSWERS.values() for choice in probe.choices}
    assert reasons == set(get_args(get_type_hints(Stop)["reason"]))
    counted = {
        name
        for probe in ANSWERS.values()
        if probe.usage
        for name in TokenUsage.__struct_fields__
        if getattr(probe.usage, name)
    }
    assert counted | {"raw"} == set(TokenUsage.__struct_fields__)


@EACH_FEATURE
def test_a_features_own_probe_has_it(feature: Feature) -> None:
    request = REQUESTS[feature.request] if feature.request else None
    answer = ANSWERS[feature.answer] if feature.answer else NOTHING
    if feature.request == "`logprobs`" or not (feature.request or feature.answer):
        return
    assert feature.seen(Seen(request, answer, streamed="streamed" in feature.name))
    assert not feature.seen(Seen())


def test_every_format_is_crossed_to_every_other(figures: Figures) -> None:
    ways = itertools.product(CLIENT_SIDES, targets().values())
    told = [request_crossed(probe, client, side) for client, side in ways for probe in REQUESTS]
    pairs = itertools.permutations(CLIENT_SIDES, 2)
    told += [answer_crossed(probe, provider, client) for provider, client in pairs for probe in ANSWERS]
    figures("probes carried from a format to another", sum(1 for crossed in told if crossed is not None))
    figures("of them with a loss", sum(1 for crossed in told if crossed))
    for name, side in PROVIDER_SIDES.items():
        assert request_crossed("a plain conversation", name, side) == ()
        assert answer_crossed("a plain text", name, name) == ()


def test_losses_are_told_by_the_notes() -> None:
    anthropic = PROVIDER_SIDES["anthropic_messages"]
    assert [note.where for note in request_crossed("`seed`", "openai_chat", anthropic) or ()] == ["seed"]
    assert request_crossed("`seed`", "anthropic_messages", anthropic) is None
    assert as_asked("anthropic_messages", "`seed`") is None
    assert as_answered("ollama_chat", "citations") is None
    assert answer_crossed("citations", "ollama_chat", "openai_chat") is None


def test_every_provider_is_in_the_matrix() -> None:
    matrix = capabilities.matrix()
    for kind in kinds():
        assert (f"| `{kind}`" in matrix) == bool(spoken(kind))
    assert set(ENDPOINTS) <= set(OPERATIONS)


def test_what_is_kept_of_the_recordings_is_what_they_show(corpus: Corpus, figures: Figures) -> None:
    known = recorded.recorded()
    figures("providers with recordings", len(known), f"of {len(kinds())}")
    assert set(known) <= set(kinds())
    if corpus.exchanges():
        assert recorded.FILE.read_bytes() == recorded.written(), "run `make docs`"


def test_a_recording_that_cannot_be_read_shows_a_failure() -> None:
    assert Seen(failed=True).calls() == []
    shown: Any = [feature.name for feature in FEATURES if feature.seen(Seen(failed=True))]
    assert shown == ["errors"]
