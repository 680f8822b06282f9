"""What real providers said passes where the battery judges it: it complains of lies, not of habits."""

import asyncio

import msgspec
import pytest

from pontage.config import Secret
from pontage.conformance import Bench, Exchange, Tape
from pontage.conformance.bench import Heard
from pontage.conformance.cases_chat import PLAIN
from pontage.conformance.cases_errors import texts_in
from pontage.conformance.cases_stream import commented, pieces_fit, uneven
from pontage.conformance.cases_usage import adds_up
from pontage.dialects.table import PROVIDER_SIDES
from pontage.domain.stream import collect
from pontage.providers.http import HTTPProvider
from pontage.scaffold.manner import manner_of
from tests.conftest import Figures
from tests.specimens import Specimen, specimens

DIALECTS = pytest.mark.parametrize("dialect", PROVIDER_SIDES)


def those(dialect: str, field: str) -> list[Specimen]:
    found = [each for each in specimens() if each.dialect == dialect and getattr(each, field) is not None]
    assert found
    return found


@DIALECTS
def test_recorded_usage_adds_up(dialect: str, figures: Figures) -> None:
    usages = {each.id: PROVIDER_SIDES[dialect].usage_of(each.answer or b"") for each in those(dialect, "answer")}
    verdicts = {name: adds_up(usage) for name, usage in usages.items()}
    assert {name: verdict.why for name, verdict in verdicts.items() if verdict.outcome == "failed"} == {}
    figures(f"usages that add up, {dialect}", sum(verdict.outcome == "passed" for verdict in verdicts.values()))


@DIALECTS
def test_recorded_errors_have_a_message_where_they_are_json_and_hold_no_key(dialect: str) -> None:
    told = 0
    for each in those(dialect, "error"):
        error = PROVIDER_SIDES[dialect].decode_error(each.status, each.headers, each.error or b"")
        if (each.error or b"").startswith(b"{") and "***" not in error.message:
            assert any(text in error.message for text in texts_in(msgspec.json.decode(each.error or b""))), each.id
            told += 1
    assert told


@DIALECTS
def test_recorded_streams_are_the_same_however_they_come(dialect: str, figures: Figures) -> None:
    manner, side, tape = manner_of(dialect), PROVIDER_SIDES[dialect], Tape()
    bench = Bench(HTTPProvider(manner.config, [(manner.endpoint, side)], tape), tape, "m", Secret("k"))

    async def judge(each: Specimen) -> None:
        body = each.stream or b""
        exchange = Exchange(headers=(("content-type", side.stream_types[0]),), body=body)
        events = await bench.play(PLAIN, exchange, [body])
        assert pieces_fit(Heard(events, collect(events), exchange)).outcome == "passed", each.id
        for pieces in uneven(body):
            assert await bench.play(PLAIN, exchange, pieces) == events, each.id
        if exchange.content_type == "text/event-stream":
            assert await bench.play(PLAIN, exchange, [commented(body)]) == events, each.id

    async def main() -> int:
        spoken = [each for each in those(dialect, "stream") if not each.done_optional]
        judged = [each for each in spoken if not (each.stream or b"").startswith(b"[")]  # Gemini's other framing
        for each in judged:
            await judge(each)
        return len(judged)

    figures(f"streams that are the same however they come, {dialect}", asyncio.run(main()))
