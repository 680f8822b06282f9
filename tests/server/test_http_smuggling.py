"""Raw requests that two parsers could read differently: each has one verdict, and nothing behind a refused one runs."""

import httptools
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pontage.errors import PontageError
from pontage.server.http import Limits
from pontage.server.parser import RequestParser
from tests.conftest import Figures
from tests.server.forms import ACCEPTED, PIGGYBACK, REFUSED
from tests.server.wires import LOOPS, answers, connected, converse, run, serving


@pytest.mark.parametrize("loop", LOOPS)
def test_what_is_refused_is_refused_and_nothing_behind_it_runs(loop: str, figures: Figures) -> None:
    async def main() -> None:
        async with serving() as house:
            for name, (status, raw) in REFUSED.items():
                heard = answers(await converse(house.port, raw + PIGGYBACK))
                assert [answer.status for answer in heard] == [status], name
                assert heard[0].headers["connection"] == "close", name
                assert heard[0].whole, name
            assert house.application.requests == []
            assert len(house.application.refusals) == len(REFUSED)
            assert house.listener.failures == 0

    run(main(), loop)
    figures(f"smuggling forms refused ({loop})", len(REFUSED))


def test_what_is_clear_is_accepted_and_the_next_request_as_well() -> None:
    async def main() -> None:
        async with serving() as house:
            for name, (beginning, raw) in ACCEPTED.items():
                heard = answers(await converse(house.port, raw + PIGGYBACK))
                assert [answer.status for answer in heard] == [200, 200], name
                assert heard[0].body.startswith(beginning), name
                assert heard[1].body.startswith(b"GET /smuggled"), name

    run(main())


Heard = list[tuple[str, str, bytes]]


def verdict(raw: bytes, step: int) -> int | Heard:
    """What the parser makes of bytes that come in pieces of `step`: the status of a refusal, or the requests."""
    parser = RequestParser(Limits())
    heard: Heard = []
    for at in range(0, len(raw), step):
        parser.receive(raw[at : at + step])
        try:
            while (complete := parser.next()) is not None:
                heard.append((complete[0].method, complete[0].path, complete[1]))
        except PontageError as error:
            return error.status
    return heard


class Other:
    """What llhttp makes of the same bytes."""

    def __init__(self, raw: bytes) -> None:
        self.target = self.body = b""
        self.heard: Heard = []
        self.parser = httptools.HttpRequestParser(self)
        self.parser.feed_data(raw)

    def on_url(self, url: bytes) -> None:
        self.target += url

    def on_body(self, body: bytes) -> None:
        self.body += body

    def on_message_complete(self) -> None:
        path = b"*" if self.target == b"*" else httptools.parse_url(self.target).path or b"/"
        self.heard.append((self.parser.get_method().decode(), path.decode(), self.body))
        self.target = self.body = b""


@pytest.mark.parametrize("name", REFUSED)
def test_a_refusal_does_not_depend_on_how_the_bytes_are_cut(name: str) -> None:
    status, raw = REFUSED[name]
    for step in (1, 2, 3, 7, 64, len(raw) + 1000):
        assert verdict(raw + PIGGYBACK, step) == status


@pytest.mark.parametrize("name", [name for name in ACCEPTED if name != "a method in small letters"])
def test_what_is_accepted_is_understood_by_llhttp_in_the_same_way(name: str) -> None:
    _, raw = ACCEPTED[name]
    for step in (1, 2, 5, len(raw) + 1000):
        assert verdict(raw + PIGGYBACK, step) == Other(raw + PIGGYBACK).heard


SEEDS = [raw for _, raw in [*REFUSED.values(), *ACCEPTED.values()] if len(raw) < 300]


@settings(max_examples=1500, deadline=None)
@given(st.sampled_from(SEEDS), st.integers(0, 299), st.binary(max_size=3), st.integers(0, 3))
def test_bent_requests_are_refused_or_understood_by_llhttp_in_the_same_way(
    raw: bytes, at: int, inserted: bytes, removed: int
) -> None:
    bent = raw[:at] + inserted + raw[at + removed :]
    ours = verdict(bent, len(bent) + 1)
    dripped = verdict(bent, 1)
    # Of two faults the one that shows first is told, so the status may differ; the refusal may not.
    assert dripped == ours or (isinstance(dripped, int) and isinstance(ours, int))
    if isinstance(ours, list) and all(method.isupper() for method, _, _ in ours):
        try:
            theirs = Other(bent).heard
        except httptools.HttpParserError:  # llhttp is the stricter one, or does not know the method
            return
        except httptools.HttpParserUpgrade:
            return
        assert ours == theirs


def test_every_form_arrives_byte_by_byte_over_a_socket_too() -> None:
    async def one(port: int, raw: bytes) -> list[int]:
        async with connected(port) as wire:
            await wire.drip(raw)
            return [answer.status for answer in answers(await wire.rest())]

    async def main() -> None:
        async with serving() as house:
            for name, (status, raw) in REFUSED.items():
                if len(raw) < 300:
                    assert await one(house.port, raw + PIGGYBACK) == [status], name
            assert house.application.requests == []
            for name, (_, raw) in ACCEPTED.items():
                assert await one(house.port, raw + PIGGYBACK) == [200, 200], name

    run(main())
