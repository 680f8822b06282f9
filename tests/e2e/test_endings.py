"""How streams end, in every client's format: whole, at a limit, or broken in each way there is. None lies."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from pontage.config import Config, ProviderSettings, Secret, Target, Timeouts, VirtualModel
from tests.conftest import Figures
from tests.e2e.asking import Answer
from tests.e2e.endings import FORMS, asked, table, texts_in
from tests.e2e.test_truth import BUSY, chunk
from tests.gateway import RunningGateway, running
from tests.replay.upstream import Scripted, Upstream, stream, upstream

EACH = pytest.mark.parametrize("form", FORMS)
END = b"data: [DONE]\n\n"
BROKEN = {
    "cut": stream(chunk("hello"), after="cut"),
    "an early end": stream(chunk("hello")),
    "a stall": stream(chunk("hello"), after="hang"),
    "an error event": stream(chunk("hello") + BUSY),
}
UNBEGUN = {
    "cut": (stream(chunk(""), after="cut"), 502),
    "an early end": (stream(chunk("")), 502),
    "an error event": (stream(chunk("") + BUSY), 502),
    "a refusal": (Scripted(status=500, whole=b"{}"), 502),
}
LIKE = {form: form.partition(",")[0] for form in FORMS}
"""The provider's format that is the client's own."""
OWN = {"ollama_chat": "ollama", "cohere_chat": "cohere"}
"""Formats that only their own makers speak."""


@pytest.fixture(scope="module")
def vendor() -> Iterator[Upstream]:
    with upstream() as server:
        yield server


def providers_at(vendor: Upstream) -> Config:
    """A provider for each format, named like it, all of them one server."""
    routes = {
        f"{dialect}.{number}": VirtualModel(
            targets=[Target(model=f"{dialect}/m{number}")], retries=0, timeouts=Timeouts(idle=0.3)
        )
        for dialect in dict.fromkeys(LIKE.values())
        for number in range(40)  # a model each: what one did shuts off no other
    }
    providers = {
        dialect: ProviderSettings(type=OWN[dialect], base_url=vendor.url, api_key=Secret("none"))
        if dialect in OWN
        else ProviderSettings(type="compatible", dialect=dialect, base_url=vendor.url)
        for dialect in dict.fromkeys(LIKE.values())
    }
    return Config(providers=providers, models=routes)


@pytest.fixture(scope="module")
def house(vendor: Upstream) -> Iterator[RunningGateway]:
    with running(providers_at(vendor)) as gateway:
        yield gateway
        assert gateway.failures == 0


def model(dialect: str, *case: Any) -> str:
    return f"{dialect}.{sum(map(ord, str(case))) % 40}"


def told_truthfully(form: str, answer: Answer) -> None:
    assert (answer.status, answer.whole) == (200, True)
    assert "hello" in texts_in(answer.body)
    assert answer.body.count(FORMS[form].failure) == 1
    assert FORMS[form].success not in answer.body
    assert FORMS[form].limit not in answer.body


@EACH
def test_a_stream_that_is_whole(house: RunningGateway, vendor: Upstream, form: str) -> None:
    vendor.script(stream(chunk("hello", "stop") + END))
    body = asked(house, form, model("openai_chat", form)).body
    assert texts_in(body) == "hello"
    assert body.count(FORMS[form].success) == 1
    assert FORMS[form].failure not in body


@EACH
def test_a_stream_at_the_callers_own_limit_of_tokens(house: RunningGateway, vendor: Upstream, form: str) -> None:
    vendor.script(stream(chunk("hello", "length") + END))
    body = asked(house, form, model("openai_chat", form)).body
    assert texts_in(body) == "hello"
    assert FORMS[form].limit in body
    assert FORMS[form].failure not in body


@EACH
@pytest.mark.parametrize("how", BROKEN)
def test_a_stream_that_breaks_after_its_first_content(
    house: RunningGateway, vendor: Upstream, form: str, how: str
) -> None:
    vendor.script(BROKEN[how])
    told_truthfully(form, asked(house, form, model("openai_chat", form, how)))


@EACH
def test_a_stream_that_outlasts_the_callers_own_deadline(house: RunningGateway, vendor: Upstream, form: str) -> None:
    vendor.script(stream(chunk("hello"), after="hang"))
    told_truthfully(form, asked(house, form, model("openai_chat", form), x_pontage_timeout="0.2"))


@EACH
@pytest.mark.parametrize("how", UNBEGUN)
def test_a_stream_that_breaks_before_its_first_content(
    house: RunningGateway, vendor: Upstream, form: str, how: str
) -> None:
    script, status = UNBEGUN[how]
    vendor.script(script)
    answer = asked(house, form, model("openai_chat", form, how))
    assert answer.status == status
    assert answer.json
    assert answer.headers["x-should-retry"] == "false"


@EACH
@pytest.mark.parametrize("how", ["whole", "cut", "an early end", "a stall"])
def test_a_stream_that_is_relayed(
    house: RunningGateway, vendor: Upstream, form: str, how: str, figures: Figures
) -> None:
    vendor.script(stream(chunk("hello", "stop") + END))
    like = LIKE[form]
    native = asked(house, like, model("openai_chat", form, how)).body
    separator = b"\n" if like == "ollama_chat" else b"\n\n"
    frames = [frame + separator for frame in native.split(separator) if frame]
    last = next(number for number, frame in enumerate(frames) if FORMS[like].success in frame)
    kind = "application/x-ndjson" if like == "ollama_chat" else "text/event-stream"
    pieces = tuple(frames if how == "whole" else frames[:last])
    after = {"whole": "end", "cut": "cut", "an early end": "end", "a stall": "hang"}[how]
    vendor.script(Scripted(headers=(("content-type", kind),), pieces=pieces, after=after))
    answer = asked(house, form, model(like, form, how))
    if how != "whole":
        told_truthfully(form, answer)
        return
    assert texts_in(answer.body) == "hello"
    assert answer.body.count(FORMS[form].success) == 1
    figures("endings of streams in every client's format", len(FORMS) * (4 + len(BROKEN) + len(UNBEGUN) + 3), "cells")


def test_the_table_in_the_documentation_is_what_is_tested() -> None:
    page = Path(__file__).parents[2] / "docs" / "explanation" / "truthful-streams.md"
    assert table() in page.read_text()
