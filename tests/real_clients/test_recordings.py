"""Every answer there is, recorded or our own, read by every official client; and streams end as whole answers do."""

import itertools
from typing import Any

import pytest

from tests.conftest import Figures
from tests.real_clients.bridge import MAIN, PLAIN, SDKS, VENDORS, Bridge, played, same
from tests.real_clients.cast import DEVIATING, answers, one_mode, readable
from tests.real_clients.scenes import Said
from tests.specimens import Specimen, specimens

MODES = pytest.mark.parametrize("streams", [False, True], ids=["whole", "stream"])
FORMATS = pytest.mark.parametrize("vendor", SDKS)
AT_A_TIME = 3
"""Clients that read one answer; in turn, so that each reads many of every format."""


@FORMATS
@MODES
def test_every_client_reads_the_answers(house: Bridge, figures: Figures, vendor: str, streams: bool) -> None:
    misses: dict[str, object] = {}
    read = unreadable = 0
    turn = itertools.cycle(SDKS)
    for one in answers(VENDORS[vendor].dialect, streams):
        specimen = one.specimen
        if b"CONTINUATION" in (specimen.answer or specimen.stream or b""):
            continue  # the Gemini client would ask on and on
        try:
            expected = house.expected(vendor, specimen)
        except Exception:  # the vendor's own client stumbles over what it was sent
            unreadable += 1
            continue
        for client in itertools.islice(turn, AT_A_TIME):
            if readable(client, one):
                miss = differences(house, (client, vendor, streams), specimen, expected)
                read += 1
                if miss:
                    misses[f"{client} <- {specimen.id}"] = miss
    assert misses == {}
    mode = "stream" if streams else "whole"
    figures(f"answers of {vendor} ({mode}) read by seven clients in turn", read, f"readings ({unreadable} by none)")


def differences(house: Bridge, cell: tuple[str, str, bool], specimen: Specimen, expected: Said) -> object:
    client, vendor, streams = cell
    house.upstream.script(played(specimen))
    try:
        said: Said = SDKS[client].said(house.ask(client, vendor, PLAIN, streams))
    except Exception as error:
        return repr(error)
    fields, _ = DEVIATING.get(specimen.id, ("", ""))
    expected = expected._replace(**{name: getattr(said, name) for name in fields.split()})
    if same(client, said, expected):
        return None
    return {name: pair for name, *pair in zip(Said._fields, said, expected, strict=True) if pair[0] != pair[1]}


PAIRS = [one for one in specimens() if one.answer and one.stream and b"CONTINUATION" not in one.stream]
PAIRED = pytest.mark.parametrize(
    "vendor", [name for name in SDKS if any(one.dialect == VENDORS[name].dialect for one in PAIRS)]
)


@PAIRED
@pytest.mark.parametrize("client", SDKS)
def test_a_stream_ends_with_the_message_of_the_whole_answer(
    house: Bridge, figures: Figures, client: str, vendor: str
) -> None:
    pairs = [one for one in PAIRS if one.dialect == VENDORS[vendor].dialect and not one.stream.startswith(b"[")]
    assert pairs
    if not {client, vendor} <= set(MAIN):
        pairs = pairs[list(SDKS).index(client) % AT_A_TIME :: AT_A_TIME]
    misses: dict[str, Any] = {}
    for pair in pairs:
        whole, stream = (heard(house, (client, vendor, streams), pair) for streams in (False, True))
        if client == vendor:  # nothing is between them but the gateway: as if there were none
            direct = [heard(house, ("", vendor, streams), pair) for streams in (False, True)]
            if [whole, stream] != direct:
                misses[pair.id] = (whole, stream, direct)
        elif whole != stream:
            misses[pair.id] = (whole, stream)
    assert misses == {}
    figures(f"stream equals whole, {client} client, {vendor} upstream", len(pairs), "pairs")


def heard(house: Bridge, cell: tuple[str, str, bool], pair: Specimen) -> object:
    """What the client ("" for the vendor's own, without a gateway) makes of an answer, or how it failed."""
    client, vendor, streams = cell
    house.upstream.script(played(one_mode(pair, streams)))
    sdk = SDKS[client or vendor]
    try:
        if client:
            answer = house.ask(client, vendor, PLAIN, streams)
        else:
            answer = (sdk.streamed if streams else sdk.whole)(house.direct[vendor], VENDORS[vendor].model, PLAIN)
        return sdk.said(answer), sdk.identity(answer)
    except Exception as error:
        return repr(error)
