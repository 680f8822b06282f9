"""The law of crossings: from one dialect to another and back, nothing is lost but what the notes name.

And the notes tell the truth: what they say was dropped was there, and is gone.
"""

import contextlib
import itertools
import json
from collections.abc import Sequence
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from msgspec.structs import replace

from pontage.dialects.table import CLIENT_SIDES, PROVIDER_SIDES
from pontage.domain import ChatRequest, ChatResponse, Message, Note, StreamEvent, Text, collect
from pontage.errors import InvalidRequestError
from tests.conftest import Figures
from tests.laws import differences, invented, silent, uncovered
from tests.plain import Conversation
from tests.speaking import (
    DIALECTS,
    brought_back,
    read_answer,
    read_request,
    read_stream,
    side_of,
    written_answer,
    written_request,
    written_stream,
)
from tests.specimens import Specimen, under
from tests.values import MEANT, REQUESTS, RESPONSES, streams

WANTED: dict[str, Any] = {
    "request": lambda one: one.request,
    "answer": lambda one: one.answer,
    "stream": lambda one: one.stream,
}


def crossings(what: str, wanted: Any) -> list[Any]:
    """Every specimen with every other dialect."""
    return [
        pytest.param(*parameter.values, target, id=f"{parameter.id}-{target}", marks=parameter.marks)
        for target in DIALECTS
        for parameter in under(f"{what} to {target}", lambda one, to=target: one.dialect != to and wanted(one))
    ]


def hold(before: Conversation, after: Conversation, notes: Sequence[Note]) -> None:
    """What the notes say of a crossing is true, and is everything."""
    answered = isinstance(before, ChatResponse)
    assert uncovered(differences(before, after, notes, answered=answered, proofs=not answered), notes) == [], notes
    assert silent(before, notes) == [], notes
    assert invented(before, notes, differences(before, after)) == []


@pytest.mark.parametrize(("specimen", "target"), crossings("request", lambda one: one.request))
def test_a_request_crosses_there_and_back(specimen: Specimen, target: str) -> None:
    request = read_request(specimen)
    there, notes = written_request(target, request)
    hold(request, there, notes)
    back, notes = written_request(specimen.dialect, there)
    hold(there, back, notes)


@pytest.mark.parametrize(("specimen", "target"), crossings("answer", lambda one: one.answer))
def test_an_answer_crosses_there_and_back(specimen: Specimen, target: str) -> None:
    answer = read_answer(specimen)
    there, notes = written_answer(target, answer)
    hold(answer, there, notes)
    back, notes = written_answer(specimen.dialect, there)
    hold(there, back, notes)


@pytest.mark.parametrize(("specimen", "target"), crossings("stream", lambda one: one.stream))
def test_a_stream_crosses(specimen: Specimen, target: str) -> None:
    assert specimen.stream is not None
    events = read_stream(side_of(specimen), specimen.stream)
    told, notes = written_stream(target, events, None)
    hold(collect(events), told, notes)


@pytest.mark.parametrize(("specimen", "target"), crossings("replay", lambda one: one.answer or one.stream))
def test_a_client_brings_the_answer_back_and_its_provider_knows_it_again(specimen: Specimen, target: str) -> None:
    answer = collect(read_stream(side_of(specimen), specimen.stream)) if specimen.stream else read_answer(specimen)
    if not answer.message.parts:
        return  # nothing was said, there is nothing to bring back
    encoded = CLIENT_SIDES[target].encode_response(answer)
    before = ChatRequest(model="m", messages=(answer.message,))
    after = ChatRequest(model="m", messages=brought_back(target, encoded.body))
    notes = [replace(note, where=note.where.replace("choices[0].message", "messages[0]")) for note in encoded.notes]
    found = uncovered(differences(before, after, notes, answered=True), notes)
    assert [one for one in found if ".citations" not in one.path] == [], notes  # some formats tell them beside the turn
    side = PROVIDER_SIDES[specimen.dialect]
    lost = [note for note in side.encode_request(after).notes if note.kind == "dropped"]
    assert side.family is None or not [note for note in lost if note.where.endswith(".signature")]


@pytest.mark.parametrize(("specimen", "target"), crossings("turn", lambda one: one.answer))
def test_an_answer_is_carried_into_a_conversation_with_another_provider(specimen: Specimen, target: str) -> None:
    answer = read_answer(specimen)
    if not answer.message.parts:
        return  # nothing was said, there is nothing to carry on
    asked = Message(role="user", parts=(Text(text="?"),))
    request = ChatRequest(model="m", messages=(asked, answer.message))
    there, notes = written_request(target, request)
    hold(request, there, notes)


@given(MEANT, st.sampled_from(DIALECTS))
@settings(suppress_health_check=[HealthCheck.too_slow], max_examples=60)
def test_what_a_person_asks_in_no_format_is_said_or_noted(request: ChatRequest, target: str) -> None:
    there, notes = written_request(target, request)
    hold(request, there, notes)


@given(streams(), st.sampled_from(DIALECTS))
@settings(suppress_health_check=[HealthCheck.too_slow], max_examples=60)
def test_what_a_model_answers_in_no_format_is_said_or_noted(events: list[StreamEvent], target: str) -> None:
    answer = collect(events)
    hold(answer, *written_answer(target, answer))
    hold(answer, *written_stream(target, events, None))


@given(REQUESTS, st.sampled_from(DIALECTS))
@settings(suppress_health_check=[HealthCheck.too_slow])
def test_whatever_is_asked_can_be_said_or_is_refused(request: ChatRequest, target: str) -> None:
    with contextlib.suppress(InvalidRequestError):
        encoded = PROVIDER_SIDES[target].encode_request(request)
        assert isinstance(json.loads(encoded.body), dict)


@given(RESPONSES, st.sampled_from(DIALECTS))
@settings(suppress_health_check=[HealthCheck.too_slow])
def test_whatever_is_answered_can_be_said(answer: ChatResponse, target: str) -> None:
    encoded = CLIENT_SIDES[target].encode_response(answer)
    assert isinstance(json.loads(encoded.body), dict)


def test_every_pair_of_dialects_is_crossed(figures: Figures) -> None:
    pairs = list(itertools.permutations(PROVIDER_SIDES, 2))
    counts = {what: len(crossings(what, wanted)) for what, wanted in WANTED.items()}
    figures("crossings of two dialects", sum(counts.values()), f"in {len(pairs)} directions")
    assert all(counts.values())
