"""Requests that are steered into the own network: however the address is spelled, no connection is made."""

import asyncio
import contextlib
import re
import socket
from collections.abc import Sequence
from pathlib import Path

import pytest

from pontage.errors import ConfigError, ConnectionFailedError
from pontage.transport import AddressGuard, Origin, Transport
from pontage.transport.guard import forbidden, resolve
from tests.conftest import Figures
from tests.transport.peers import OK, Peer, Run, answering, fetch, get

VECTORS = Path(__file__).parent / "vectors"


def written(name: str) -> list[str]:
    """The lines of a vector file, escapes undone, comments left out."""
    lines = (VECTORS / name).read_text(encoding="utf-8").splitlines()
    return [re.sub(r"\\(?:x..|u....|\\|[nt])", unescape, line) for line in lines if not line.startswith("# ")]


def unescape(escape: re.Match[str]) -> str:
    return escape[0].encode("ascii").decode("unicode_escape")


def section(title: str) -> list[str]:
    """The addresses under ``[title]``."""
    text = (VECTORS / "addresses.txt").read_text(encoding="utf-8")
    return text.partition(f"[{title}]")[2].partition("[")[0].split()


URLS = [f"http://{host}:{{port}}/" for host in written("hosts.txt")] + written("urls.txt")
FORBIDDEN_ALWAYS = section("always forbidden")
FORBIDDEN_UNLESS_PRIVATE = section("forbidden unless private")
PERMITTED = section("permitted")


def test_there_are_enough_vectors() -> None:
    assert len(URLS) + len(FORBIDDEN_ALWAYS) + len(FORBIDDEN_UNLESS_PRIVATE) >= 80
    assert len(set(URLS)) == len(URLS)


async def reached(urls: list[str], *, private: bool) -> tuple[set[str], int]:
    """Which of `urls` were answered by a peer on 127.0.0.1, and how many connections it saw."""
    found: set[str] = set()
    async with Peer(answering(OK)) as peer:
        transport = Transport()
        for url in urls:
            with contextlib.suppress(ConfigError, ConnectionFailedError):
                await fetch(transport, get(Origin.of(url.format(port=peer.port)), private=private))
                found.add(url)
        await transport.aclose()
    return found, peer.accepted


def test_no_spelling_reaches_the_own_network(run: Run, figures: Figures) -> None:
    assert run(lambda: reached(URLS, private=False)) == (set(), 0)
    figures("vectors against the address guard", len(URLS) + len(FORBIDDEN_ALWAYS) + len(FORBIDDEN_UNLESS_PRIVATE))
    figures("forbidden connections", 0)


def test_even_a_private_origin_must_be_written_plainly(run: Run) -> None:
    here = [url for url in URLS if "127" in url or "localhost" in url.lower() or "[::1]" in url]
    found, _ = run(lambda: reached(here, private=True))
    assert {url.lower() for url in found} <= {"http://127.0.0.1:{port}/", "http://localhost:{port}/"}
    assert "http://127.0.0.1:{port}/" in found


@pytest.mark.parametrize("address", FORBIDDEN_ALWAYS)
def test_no_configuration_permits_it(address: str) -> None:
    assert forbidden(address, private=False)
    assert forbidden(address, private=True)


@pytest.mark.parametrize("address", FORBIDDEN_UNLESS_PRIVATE)
def test_only_a_private_origin_permits_it(address: str) -> None:
    assert forbidden(address, private=False)
    assert forbidden(address, private=True) is None


@pytest.mark.parametrize("address", PERMITTED)
def test_public_addresses_are_permitted(address: str) -> None:
    assert forbidden(address, private=False) is None
    assert forbidden(address, private=True) is None


def resolving(*answers: Sequence[str]) -> tuple[AddressGuard, list[str]]:
    """A guard whose resolver gives `answers` one after the other, and the names it was asked for."""
    asked: list[str] = []

    async def resolver(host: str, port: int) -> Sequence[str]:
        asked.append(host)
        return answers[min(len(asked), len(answers)) - 1]

    return AddressGuard(resolver), asked


@pytest.mark.parametrize(
    "addresses", [["127.0.0.1"], ["8.8.8.8", "127.0.0.1"], ["::ffff:127.0.0.1"], ["fe80::1%lo"], ["rubbish"], []]
)
def test_a_name_that_points_inside_is_refused(run: Run, addresses: list[str]) -> None:
    async def main() -> None:
        async with Peer(answering(OK)) as peer:
            guard, asked = resolving(addresses)
            transport = Transport(guard=guard)
            with pytest.raises(ConnectionFailedError) as caught:
                await transport.send(get(peer.origin(host="api.example.com"), private=False))
            assert asked == ["api.example.com"]
            assert "127.0.0.1" not in str(caught.value)
            assert peer.accepted == 0
            assert transport.statistics()[peer.origin(host="api.example.com")].open == 0
            await transport.aclose()

    run(main)


def test_a_name_is_resolved_once_and_the_judged_address_is_used(run: Run) -> None:
    """Rebinding: the second answer of the resolver would be another machine, and nobody asks for it."""

    async def main() -> None:
        async with Peer(answering(OK)) as peer:
            guard, asked = resolving(["127.0.0.1"], ["127.0.0.99"])
            transport = Transport(guard=guard)
            _, body = await fetch(transport, get(peer.origin(host="api.example.com")))
            assert body == b"ok"
            assert asked == ["api.example.com"]
            assert b"\r\nhost: api.example.com:" in peer.requests[0]
            await transport.aclose()

    run(main)


def test_the_next_address_is_tried(run: Run) -> None:
    with socket.socket() as unused:
        unused.bind(("127.0.0.3", 0))

        async def main() -> None:
            async with Peer(answering(OK)) as peer:
                guard, _ = resolving(["127.0.0.77", "::1", "127.0.0.1"])
                transport = Transport(guard=guard)
                _, body = await fetch(transport, get(peer.origin(host="api.example.com")))
                assert body == b"ok"
                guard, _ = resolving(["127.0.0.77", "::1"])
                refused = Transport(guard=guard)
                with pytest.raises(ConnectionFailedError, match=r"could not be made: [a-z ]+$"):
                    await refused.send(get(peer.origin(host="api.example.com")))
                await transport.aclose()
                await refused.aclose()

        run(main)


def test_private_and_public_requests_share_no_connection(run: Run) -> None:
    async def main() -> None:
        async with Peer(answering(OK)) as peer:
            transport = Transport()
            await fetch(transport, get(peer.origin()))
            assert transport.statistics()[peer.origin()].idle == 1
            with pytest.raises(ConnectionFailedError, match="loopback"):
                await fetch(transport, get(peer.origin(), private=False))
            assert peer.accepted == 1
            await transport.aclose()

    run(main)


def test_the_system_resolver_is_asked(run: Run) -> None:
    async def main() -> None:
        assert set(await resolve("localhost", 80)) <= {"127.0.0.1", "::1"}
        transport = Transport()
        with pytest.raises(ConnectionFailedError, match="cannot be resolved"):
            await transport.send(get(Origin.of("http://no-such-host.invalid")))
        with pytest.raises(ConnectionFailedError, match="loopback"):
            await transport.send(get(Origin.of("http://localhost"), private=False))
        await transport.aclose()
        await asyncio.get_running_loop().shutdown_default_executor()

    run(main)


@pytest.mark.parametrize(
    ("url", "origin"),
    [
        ("https://api.openai.com/v1", Origin("https", "api.openai.com", 443)),
        ("HTTPS://API.Example.COM:8443", Origin("https", "api.example.com", 8443)),
        ("http://my_service:80/x?y#z", Origin("http", "my_service", 80)),
        ("http://xn--bcher-kva.example/", Origin("http", "xn--bcher-kva.example", 80)),
        ("http://[2A00:1450:0::1]:81/", Origin("http", "2a00:1450::1", 81)),
        ("http://1.example/", Origin("http", "1.example", 80)),
    ],
)
def test_the_origin_of_a_url(url: str, origin: Origin) -> None:
    assert Origin.of(url) == origin


def test_how_an_origin_is_written() -> None:
    assert str(Origin.of("https://a.example/")) == "https://a.example"
    assert str(Origin.of("http://[2a00::1]:81/")) == "http://[2a00::1]:81"
    assert Origin.of("https://[2a00::1]/").host_field == "[2a00::1]"
    assert Origin.of("https://a.example/").authority == "a.example:443"


@pytest.mark.parametrize(
    ("scheme", "host", "port"),
    [("ftp", "a", 1), ("http", "A", 1), ("http", "", 1), ("http", "a", 0), ("http", "[::1]", 1), ("http", "0x1", 1)],
)
def test_an_origin_made_by_hand_is_checked_as_well(scheme: str, host: str, port: int) -> None:
    with pytest.raises(ConfigError):
        Origin(scheme, host, port)  # type: ignore[arg-type]  # what is tested is that the check is not only in types
