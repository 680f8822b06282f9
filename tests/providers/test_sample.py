"""What a stream has said so far, estimated from its beginning and its size."""

from statistics import median

import pytest

from pontage.catalog import Catalog
from pontage.config import Timeouts
from pontage.dialects.table import PROVIDER_SIDES
from pontage.domain.chat import TokenUsage
from pontage.domain.stream import Delta
from pontage.errors import PontageError
from pontage.estimate import filled, text_tokens
from pontage.knowledge import Knowledge
from pontage.providers.attempt import PATIENT, PROMPT, THOUGHTFUL, Attempt
from pontage.providers.sample import KEPT, Sample
from tests.conftest import Corpus, Figures
from tests.e2e.test_truth import chunk
from tests.speaking import read_stream, side_of
from tests.specimens import Specimen, specimens


def estimated(specimen: Specimen) -> tuple[int, float] | None:
    """The sample's estimate and the text's own; None where there is hardly any text."""
    assert specimen.stream is not None
    side = side_of(specimen)
    try:
        events = read_stream(side, specimen.stream)
    except PontageError:
        return None
    told = text_tokens("".join(event.text for event in events if isinstance(event, Delta)))
    sample = Sample(side)
    for start in range(0, len(specimen.stream), 700):
        sample.add(specimen.stream[start : start + 700])
    return (sample.tokens(), told) if told >= 20 else None


def test_recorded_streams_are_estimated_near_their_text(corpus: Corpus, figures: Figures) -> None:
    pairs = [pair for one in specimens() if one.stream is not None and (pair := estimated(one)) is not None]
    errors = sorted(abs(sampled - told) / told for sampled, told in pairs)
    figures("recorded streams whose tokens were estimated from a sample", len(errors))
    figures("error of the sample against the whole text, median", median(errors))
    figures("error of the sample against the whole text, 95 of 100", errors[len(errors) * 95 // 100])
    assert len(errors) > (100 if corpus.exchanges() else 5)  # without recordings: our own samples
    assert median(errors) < 0.05
    assert errors[len(errors) * 95 // 100] < 0.5


def test_a_long_stream_is_estimated_without_keeping_it() -> None:
    sample = Sample(PROVIDER_SIDES["openai_chat"])
    frame = chunk("some words of an answer ")
    for _ in range(1000):
        sample.add(frame)
        sample.tokens()
    assert sample.tokens() == pytest.approx(1000 * text_tokens("some words of an answer "), rel=0.1)
    assert len(frame) * 1000 > 4 * KEPT


def test_a_stream_that_broke_is_estimated_as_far_as_it_was_whole() -> None:
    sample = Sample(PROVIDER_SIDES["openai_chat"])
    assert sample.tokens() == 0
    sample.add(chunk("five words were told here ") + b"data: {broken\n\n" + chunk("never read"))
    assert 4 <= sample.tokens() <= 8


@pytest.mark.parametrize(
    ("told", "seen", "whole"),
    [
        (None, 10, TokenUsage(input=7, output=10)),
        (TokenUsage(input=3, output=1), 10, TokenUsage(input=3, output=10)),  # a first count, as Anthropic tells it
        (TokenUsage(input=3, output=9), 10, TokenUsage(input=3, output=9)),  # a running count, as Gemini tells it
        (TokenUsage(cache_read=3, reasoning=80), 10, TokenUsage(cache_read=3, reasoning=80)),
        (TokenUsage(output=9), 10, TokenUsage(input=7, output=9)),
    ],
)
def test_what_was_told_counts_and_the_rest_is_filled_in(told: TokenUsage | None, seen: int, whole: TokenUsage) -> None:
    made = filled(told, seen, lambda: 7)
    assert made == whole
    assert (made is told) == (made == told)


def test_models_that_can_reason_have_time_to() -> None:
    knowledge = Knowledge(open_catalog=Catalog.load)
    assert knowledge.thinks("openai", "gpt-5")
    assert knowledge.thinks("openai", "gpt-5")
    assert not knowledge.thinks("openai", "gpt-4.1-mini")
    assert not knowledge.thinks("openai", "nobody-knows")


@pytest.mark.parametrize(
    ("attempt", "stream", "whole"),
    [
        (Attempt(model="m"), PROMPT, PATIENT),
        (Attempt(model="m", thinks=True), PROMPT, THOUGHTFUL),
        (Attempt(model="m", timeouts=Timeouts(first_token=5.0)), PROMPT, PROMPT),
        (Attempt(model="m", thinks=True, timeouts=Timeouts(first_byte=3.0)), 3.0, 3.0),
    ],
)
def test_a_whole_answers_head_comes_when_all_is_said(attempt: Attempt, stream: float, whole: float) -> None:
    assert attempt.first_byte(stream=True) == stream
    assert attempt.first_byte(stream=False) == whole
