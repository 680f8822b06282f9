"""Every failure reaches every client as its own right exception: once, in its own words, and without a credential."""

import pytest

from pontage.config import ProviderSettings, Secret, Target, VirtualModel
from tests.conftest import Figures
from tests.gateway import CANARIES, running, upstream_config
from tests.real_clients.bridge import CLIENT_KEY, PLAIN, SDKS, Bridge, close, provider_for
from tests.real_clients.failures import CODES, ENDINGS, FAILURES, KINDS, failing, half, refusal
from tests.replay.upstream import stream, whole

MODES = pytest.mark.parametrize("streams", [False, True], ids=["whole", "stream"])
CLIENTS = pytest.mark.parametrize("client", SDKS)
UPSTREAMS = pytest.mark.parametrize("vendor", SDKS)  # every format; who speaks one like another fails like it
TOLD = {413: (413, 400), 500: (500, 502), 503: (503, 529), 529: (503, 529)}  # the client's status, where not the same


@CLIENTS
@UPSTREAMS
@MODES
def test_an_upstreams_refusal(house: Bridge, figures: Figures, client: str, vendor: str, streams: bool) -> None:
    for status in CODES:
        house.upstream.script(refusal(vendor, status))
        error = failing(lambda: house.ask_once(client, vendor, PLAIN, streams))
        assert len(house.upstream.received) == 1, f"{status} was retried"
        assert error.status in TOLD.get(status, (status,))
        assert error.kind.__name__ == KINDS[client].get(status, error.kind.__name__)
        if error.headers is not None:
            assert error.headers["x-should-retry"] == "false"
            assert error.headers["x-pontage-attempts"] == f"{provider_for(client, vendor)}:{status}"
            assert error.headers["x-pontage-error"] in error.shown
            assert status != 429 or error.headers["retry-after"] == "7"
        assert f"({status})." in error.shown
        assert "PTG-" in error.shown
        for secret in (CANARIES[vendor], CLIENT_KEY, CANARIES[vendor][-16:]):
            assert secret not in error.shown + "\n".join(house.gateway.log)
    figures(f"refusals of {vendor}, {client} client, {'stream' if streams else 'whole'}", len(CODES), "statuses")


@CLIENTS
@MODES
def test_an_upstream_that_is_not_there(client: str, streams: bool) -> None:
    sdk = SDKS[client]
    providers = {"gone": ProviderSettings(type="openai", base_url="http://127.0.0.1:1/v1", api_key=Secret("k"))}
    models = {"lost": VirtualModel(targets=[Target(model="gone/gpt-5")], retries=0)}
    with running(upstream_config("http://127.0.0.1:1", providers=providers, models=models)) as gateway:
        direct = sdk.connect(gateway.url)
        error = failing(lambda: (sdk.streamed if streams else sdk.whole)(direct, "lost", PLAIN))
        close(direct)
        assert (error.status, "PTG-1501" in error.shown) == (502, True)
        assert error.headers is None or error.headers["x-pontage-attempts"] == "gone:PTG-1501"
        assert gateway.failures == 0


@CLIENTS
@UPSTREAMS
@pytest.mark.parametrize("kind", ["html", "not what was asked", "half a JSON", "empty"])
def test_an_upstream_that_talks_nonsense(house: Bridge, client: str, vendor: str, kind: str) -> None:
    said = {
        "html": whole(b"<html>busy</html>", content_type="text/html"),
        "not what was asked": whole({"hello": "there"}),
        "half a JSON": whole(b'{"id": "x", "cho'),
        "empty": whole(b""),
    }[kind]
    for streams in (False, True):
        house.upstream.script(said)
        if client == vendor and not streams:
            continue  # like formats pass through untouched: the client's own parser judges
        error = failing(lambda streams=streams: house.ask_once(client, vendor, PLAIN, streams))
        assert error.status in (500, 502)
        assert len(house.upstream.received) == 1


@CLIENTS
@UPSTREAMS
@pytest.mark.parametrize("how", ["error event", "cut", "end"])
def test_a_stream_that_breaks_after_content(house: Bridge, client: str, vendor: str, how: str) -> None:
    begun = half(vendor)
    told = {
        "error event": stream(begun + ENDINGS[vendor]),
        "cut": stream(begun, after="cut"),
        "end": stream(begun),
    }[how]
    house.upstream.script(told)
    with pytest.raises(FAILURES) as raised:
        house.ask_once(client, vendor, PLAIN, True)
    assert len(house.upstream.received) == 1
    assert CANARIES[vendor] not in str(raised.value)


@CLIENTS
@UPSTREAMS
@pytest.mark.parametrize("how", ["error event", "cut", "end"])
def test_a_stream_that_breaks_before_content_is_an_error_from_the_start(
    house: Bridge, client: str, vendor: str, how: str
) -> None:
    begun = b": hello\n\n" if vendor not in ("google", "ollama") else b""
    told = {"error event": stream(begun + ENDINGS[vendor]), "cut": stream(begun, after="cut"), "end": stream(begun)}
    house.upstream.script(told[how])
    error = failing(lambda: house.ask_once(client, vendor, PLAIN, True))
    assert error.status in (500, 502, 503, 529)
    assert "PTG-" in error.shown
