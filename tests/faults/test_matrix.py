"""Every fault x every format x whole and streamed x alone and with a healthy fallback comes out as it is documented.

A run has each cell once, its client in turn, so that every client meets every fault; `make faults` has every client in
every cell (EVERY_CLIENT=1).
"""

import os
from collections.abc import Iterator
from typing import NamedTuple

import pytest

from tests.conftest import Figures
from tests.e2e.asking import request
from tests.faults.baseline import Baseline
from tests.faults.clients import FORMS
from tests.faults.expected import FALLBACK, GOOD
from tests.faults.matrix import BY_SLUG, FAULTS, Result, cells, configuration, run, script
from tests.faults.peer import Peer, peer
from tests.gateway import RunningGateway, running

CLIENTS = FORMS if os.environ.get("EVERY_CLIENT") else (None,)


class House(NamedTuple):
    upstream: Peer
    gateway: RunningGateway


@pytest.fixture(scope="module")
def house() -> Iterator[House]:
    with peer(script) as upstream, running(configuration(upstream)) as gateway:
        yield House(upstream, gateway)


def test_every_fault_has_a_path_of_its_own() -> None:
    assert len(BY_SLUG) == len(FAULTS)


def test_every_client_meets_every_fault_and_every_format_is_relayed() -> None:
    crossed = [
        cell
        for streams in (False, True)
        for fallback in (False, True)
        for cell in cells(streams=streams, fallback=fallback)
    ]
    for fault in FAULTS:
        met = [cell for cell in crossed if cell.fault is fault]
        assert {cell.form for cell in met} == set(FORMS)
        assert {cell.dialect for cell in met if cell.relayed} == {cell.dialect for cell in met}


@pytest.mark.parametrize("form", CLIENTS)
@pytest.mark.parametrize("streams", [False, True], ids=["whole", "stream"])
@pytest.mark.parametrize("fallback", [False, True], ids=["alone", "fallback"])
def test_what_goes_wrong_comes_out_as_documented(
    house: House, figures: Figures, form: str | None, streams: bool, fallback: bool
) -> None:
    before = Baseline.of(house.gateway, house.upstream)
    results = run(house.gateway, house.upstream, cells(streams=streams, fallback=fallback, form=form))
    named = f"{'stream' if streams else 'whole'}, {'fallback' if fallback else 'alone'}{f', {form}' if form else ''}"
    report(results, figures, named)
    before.is_back()
    assert [str(result) for result in results if not result.as_documented] == []
    assert house.gateway.failures == 0
    kept = request(house.gateway, "GET", "/admin/v1/requests?limit=500").json["requests"]
    told = [one for one in kept if "usage" in one["provider"]]  # the others are estimated where they were cut
    assert [one for one in told if not all(0 <= count <= 70 for count in (one.get("usage") or {}).values())] == []
    assert [one for one in kept if (one.get("cost_usd") or "0").startswith("-")] == []


def report(results: list[Result], figures: Figures, named: str) -> None:
    figures(f"cells of faults ({named})", len(results))
    figures(f"cells of faults as documented ({named})", sum(result.as_documented for result in results))
    figures(f"attempts a request in faults, at most ({named})", max(result.attempts for result in results))
    figures(f"requests upstream a request in faults, at most ({named})", max(result.calls for result in results))
    figures(f"faults met on a kept connection that was dead ({named})", sum(result.met_dead for result in results))
    figures(f"cells of faults run a second time by themselves ({named})", sum(result.again for result in results))
    odd = sum(result.seen.startswith(("odd text", "unreadable", "broken off")) for result in results)
    figures(f"mixed, repeated or unreadable answers in faults ({named})", odd)
    mended = [result for result in results if result.cell.fallback and result.cell.outcome.elsewhere]
    if mended:
        well = sum(result.seen in (FALLBACK, GOOD) for result in mended)
        figures(f"faults before content mended by a healthy target ({named})", f"{well:,} of {len(mended):,}")
