"""Every official client, every upstream format, whole and streamed: every client understands every upstream."""

import pytest

from tests.conftest import Figures
from tests.real_clients.bridge import MAIN, SDKS, VENDORS, Bridge, casting_of, played, same, sayable
from tests.real_clients.scenes import SCENES, Asked, Said, Scene, asked
from tests.specimens import Specimen

MODES = pytest.mark.parametrize("streams", [False, True], ids=["whole", "stream"])
CLIENTS = pytest.mark.parametrize("client", SDKS)
UPSTREAMS = pytest.mark.parametrize("vendor", VENDORS)


@CLIENTS
@UPSTREAMS
@MODES
def test_every_scene(house: Bridge, figures: Figures, client: str, vendor: str, streams: bool) -> None:
    played_scenes = 0
    misses: dict[str, object] = {}
    for scene in SCENES:
        players = casting_of(client, vendor, scene.name, streams, 2 if {client, vendor} <= set(MAIN) else 1)
        assert players, scene.name
        for specimen in players:
            miss = play(house, (client, vendor, streams), scene, specimen)
            played_scenes += 1
            if miss is not None:
                misses[f"{scene.name} {specimen.id}"] = miss
    assert misses == {}
    figures(f"matrix, {client} client, {vendor} upstream, {'stream' if streams else 'whole'}", played_scenes, "scenes")


def play(house: Bridge, cell: tuple[str, str, bool], scene: Scene, specimen: Specimen) -> object:
    """What was wrong with the answer, or with the request that reached the upstream."""
    client, vendor, streams = cell
    expected = house.expected(vendor, specimen)
    house.upstream.script(played(specimen))
    try:
        said = SDKS[client].said(house.ask(client, vendor, scene, streams))
    except Exception as error:
        return error
    if not same(client, said, expected):
        return {name: pair for name, *pair in zip(Said._fields, said, expected, strict=True) if pair[0] != pair[1]}
    assert len(house.upstream.received) == 1
    upstream = VENDORS[vendor]
    heard = upstream.sdk.read(house.upstream.last)
    told = sayable(upstream.sdk, sayable(SDKS[client], asked(scene, upstream.model, streams)))
    return {name: pair for name, *pair in zip(Asked._fields, heard, told, strict=True) if pair[0] != pair[1]} or None
