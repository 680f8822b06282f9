"""The battery finds nothing to complain of where there is nothing, in any format."""

import asyncio

import msgspec
import pytest

from pontage.config import Config, ProviderSettings
from pontage.conformance import CASES, Bench, Report, Tape, as_json, run_battery
from pontage.conformance.battery import Result
from pontage.dialects.table import CLIENT_SIDES
from pontage.registry import ProviderRegistry
from tests.conformance.upstreams import Speaking, examine, failures, lacking
from tests.gateway import running
from tests.replay.upstream import upstream

BLIND = {"picture", "picture, answered in a stream"}  # the simulated answers look at no picture
UNTOLD = {"log-probabilities"}


def simulated(model: str) -> Report:
    async def main() -> Report:
        tape = Tape()
        client = ProviderRegistry(tape).configure("simulated", ProviderSettings(), {}).client
        return await run_battery(Bench(client, tape, model))

    return asyncio.run(main())


def test_there_are_enough_cases_each_with_a_name_of_its_own() -> None:
    assert len(CASES) >= 60
    assert len({case.name for case in CASES}) == len(CASES)
    assert list(dict.fromkeys(case.group for case in CASES)) == [
        "chat", "settings", "stream", "tools", "schema", "images", "reasoning", "usage", "errors", "cancel", "models"
    ]  # fmt: skip


@pytest.mark.parametrize("dialect", CLIENT_SIDES)
def test_an_honest_upstream_fails_nothing(dialect: str) -> None:
    with upstream() as server:
        server.play(Speaking(dialect))
        report = examine(server.url, dialect)
        assert failures(report) == {}
        assert lacking(report) >= BLIND
        assert report.count("passed") >= 45
        for name in (
            "wrong key",
            "unknown model",
            "shape of errors",
            "half a body",
            "leaving a stream",
            "cut anywhere",
        ):
            assert next(result for result in report.results if result.case == name).outcome == "passed", name


@pytest.mark.parametrize("dialect", CLIENT_SIDES)
def test_calls_side_by_side_and_thinking_are_found_where_they_are(dialect: str) -> None:
    with upstream() as server:
        server.play(Speaking(dialect))
        calling = examine(server.url, dialect, "tools?count=2")
        assert failures(calling) == {}
        assert "parallel calls" not in lacking(calling)
        assert "one call" not in lacking(calling)
        thinking = examine(server.url, dialect, "reasoning")
        assert failures(thinking) == {}
        assert "thinking is told" not in lacking(thinking)


@pytest.mark.parametrize("model", ["chat", "echo", "tools", "tools?count=2", "reasoning"])
def test_the_simulated_provider_passes_in_all_it_offers(model: str) -> None:
    report = simulated(model)
    assert failures(report) == {}
    assert lacking(report) >= BLIND | UNTOLD
    assert report.count("passed") >= 60


@pytest.mark.parametrize("dialect", CLIENT_SIDES)
def test_a_gateway_fails_nothing_in_any_format(dialect: str) -> None:
    with running(Config()) as gateway:
        report = examine(gateway.url, dialect, "sim/chat")
        assert failures(report) == {}
        assert report.count("passed") >= 45


def test_a_model_that_always_fails_fails() -> None:
    report = simulated("500")
    assert report.row["chat"] == "fails"
    assert failures(report)["plain answer"] == "ServerError: simulated: internal error"
    broken = failures(simulated("cut-stream"))
    assert broken["plain answer"].startswith("StreamTruncatedError")


def test_the_row_sums_up_each_group() -> None:
    told = [("a", "passed"), ("b", "passed"), ("b", "not offered"), ("c", "not offered"), ("d", "failed")]
    results = tuple(Result(group, "x", outcome) for group, outcome in told)
    report = Report(provider="p", type="t", address="", formats=(), model="m", results=results)
    assert report.row == {"a": "yes", "b": "1 of 2", "c": "no", "d": "fails"}
    decoded = msgspec.json.decode(as_json(report))
    assert decoded["counts"] == {"passed": 2, "failed": 1, "not offered": 2}
    assert decoded["results"][4] == {"group": "d", "case": "x", "outcome": "failed", "why": ""}
