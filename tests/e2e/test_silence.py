"""What a client of a stream is told while nothing comes, and what becomes of the timers meanwhile."""

import time
from collections.abc import Iterator

import pytest

from pontage.config import Config, ProviderSettings, ServerSection, StreamsSection, Target, Timeouts, VirtualModel
from tests.e2e.endings import FORMS, asked, texts_in
from tests.e2e.test_truth import EVENT_STREAM, chunk
from tests.gateway import RunningGateway, running
from tests.replay.upstream import Scripted, Upstream, stream, upstream

EACH = pytest.mark.parametrize("form", FORMS)
WHOLE = stream(chunk("hello", "stop") + b"data: [DONE]\n\n")
COMMENT = b": still here\n\n"


def failing(seconds: float) -> Scripted:
    return Scripted(status=500, headers=(("content-type", "application/json"),), whole=b"{}", before=seconds)


def dripping(*pieces: bytes) -> Scripted:
    return Scripted(headers=EVENT_STREAM, pieces=pieces, pause=0.15, after="hang")


@pytest.fixture(scope="module")
def vendor() -> Iterator[Upstream]:
    with upstream() as server:
        yield server


@pytest.fixture(scope="module")
def house(vendor: Upstream) -> Iterator[RunningGateway]:
    one = ProviderSettings(type="compatible", base_url=f"{vendor.url}/v1")
    other = ProviderSettings(type="compatible", base_url=f"{vendor.url}/v1")
    routes = {
        "two": VirtualModel(targets=[Target(model="o/a"), Target(model="p/b")], retries=1),
        "quick": VirtualModel(targets=[Target(model="o/c")], retries=0, timeouts=Timeouts(idle=0.6)),
        "patient": VirtualModel(targets=[Target(model="o/d")], retries=0, timeouts=Timeouts(first_token=0.6)),
    }
    streams = StreamsSection(commit_after=0.15, keep_alive=0.1)
    section = ServerSection(streams=streams)
    with running(Config(providers={"o": one, "p": other}, models=routes, server=section)) as gateway:
        yield gateway
        assert gateway.failures == 0


@EACH
def test_another_target_takes_over_after_the_status_is_out(house: RunningGateway, vendor: Upstream, form: str) -> None:
    vendor.script(failing(0.5), WHOLE)
    answer = asked(house, form, "two")
    assert answer.status == 200
    assert "x-pontage-provider" not in answer.headers
    assert answer.headers["x-request-id"] == answer.headers["request-id"]
    assert answer.body.startswith(FORMS[form].alive)
    assert texts_in(answer.body) == "hello"
    assert FORMS[form].success in answer.body
    assert FORMS[form].failure not in answer.body


@EACH
def test_when_all_fail_after_the_status_is_out_the_stream_says_so(
    house: RunningGateway, vendor: Upstream, form: str
) -> None:
    vendor.script(failing(0.3))
    answer = asked(house, form, "two")
    assert (answer.status, answer.whole) == (200, True)
    assert FORMS[form].failure in answer.body
    assert FORMS[form].success not in answer.body


def test_before_the_status_is_out_an_error_has_its_own(vendor: Upstream) -> None:
    one = ProviderSettings(type="compatible", base_url=f"{vendor.url}/v1")
    route = VirtualModel(targets=[Target(model="o/e")], retries=0)
    with running(Config(providers={"o": one}, models={"one": route})) as gateway:
        vendor.script(failing(0))
        assert [asked(gateway, form, "one").status for form in FORMS] == [502] * len(FORMS)


@EACH
def test_a_client_hears_signs_of_life_between_two_pieces(house: RunningGateway, vendor: Upstream, form: str) -> None:
    pieces = (chunk("hel"), chunk("lo", "stop") + b"data: [DONE]\n\n")
    vendor.script(Scripted(headers=EVENT_STREAM, pieces=pieces, pause=0.35))
    answer = asked(house, form, "o/x")
    assert texts_in(answer.body) == "hello"
    assert FORMS[form].success in answer.body
    vendor.script(Scripted(headers=EVENT_STREAM, pieces=(b"".join(pieces),)))
    assert answer.body.count(FORMS[form].alive) > asked(house, form, "o/x").body.count(FORMS[form].alive)


def test_comments_are_no_events_to_the_idle_timer(house: RunningGateway, vendor: Upstream) -> None:
    vendor.script(dripping(chunk("he"), *[COMMENT] * 40))
    began = time.monotonic()
    body = asked(house, "openai_chat", "quick").body
    assert time.monotonic() - began < 4  # the comments alone would take 6 s
    assert texts_in(body) == "he"
    assert FORMS["openai_chat"].failure in body
    assert b"stalled" in body


def test_events_are_events_to_the_idle_timer(house: RunningGateway, vendor: Upstream) -> None:
    pieces = [piece for _ in range(4) for piece in (chunk("a"), COMMENT, COMMENT)]
    vendor.script(Scripted(headers=EVENT_STREAM, pieces=(*pieces, b"data: [DONE]\n\n"), pause=0.15))
    assert FORMS["openai_chat"].success in asked(house, "openai_chat", "quick").body


@pytest.mark.parametrize("piece", [COMMENT, chunk("")], ids=["comments", "empty chunks"])
def test_nothing_but_content_ends_the_wait_for_content(house: RunningGateway, vendor: Upstream, piece: bytes) -> None:
    vendor.script(dripping(*[piece] * 40))
    began = time.monotonic()
    body = asked(house, "openai_chat", "patient").body
    assert time.monotonic() - began < 4
    assert b"no content within 0.6 s" in body


@EACH
def test_a_callers_own_deadline_ends_a_stream_truthfully(house: RunningGateway, vendor: Upstream, form: str) -> None:
    vendor.script(dripping(*[chunk("a")] * 40))
    answer = asked(house, form, "o/x", x_pontage_timeout="0.8")
    assert "a" in texts_in(answer.body)
    assert FORMS[form].failure in answer.body
    assert FORMS[form].success not in answer.body
