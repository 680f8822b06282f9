"""TLS and proxies: who is believed, and what a proxy gets to see."""

import asyncio
import base64
import contextlib
import ssl
from pathlib import Path

import pytest
import trustme

from pontage.errors import ConfigError, ConnectionFailedError, ProtocolError, UpstreamTimeoutError
from pontage.transport import Origin, OriginStatistics, Timeouts, Transport, TransportSettings
from pontage.transport.proxy import Proxy
from pontage.transport.tls import make_context
from tests.transport.peers import OK, Peer, Run, Script, answering, fetch, get, silent


class Authority:
    """A certificate authority, and the file that says so."""

    def __init__(self, folder: Path) -> None:
        self.authority = trustme.CA()
        self.file = str(folder / "roots.pem")
        self.authority.cert_pem.write_to_path(self.file)

    def server(self, *names: str, maximum: ssl.TLSVersion | None = None) -> ssl.SSLContext:
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        self.authority.issue_cert(*(names or ("127.0.0.1", "localhost"))).configure_cert(context)
        context.set_alpn_protocols(["h2", "http/1.1"])
        if maximum is not None:
            context.minimum_version = ssl.TLSVersion.MINIMUM_SUPPORTED
            context.maximum_version = maximum
            context.set_ciphers("ALL:@SECLEVEL=0")
        return context


@pytest.fixture(scope="module")
def trusted(tmp_path_factory: pytest.TempPathFactory) -> Authority:
    return Authority(tmp_path_factory.mktemp("tls"))


@pytest.mark.parametrize("host", ["127.0.0.1", "localhost"])
def test_a_verified_peer_is_spoken_to(run: Run, trusted: Authority, host: str) -> None:
    names: list[object] = []
    protocols: list[object] = []

    async def script(reader: asyncio.StreamReader, writer: asyncio.StreamWriter, peer: Peer) -> None:
        protocols.append(writer.get_extra_info("ssl_object").selected_alpn_protocol())
        protocols.append(writer.get_extra_info("ssl_object").version())
        await answering(OK)(reader, writer, peer)

    async def main() -> None:
        context = trusted.server()
        context.sni_callback = lambda _socket, name, _context: names.append(name)
        async with Peer(script, tls=context) as peer:
            transport = Transport(TransportSettings(ca_file=trusted.file))
            for _ in range(3):
                _, body = await fetch(transport, get(peer.origin("https", host), method="POST", body=b"x" * 300_000))
                assert body == b"ok"
            assert peer.accepted == 1
            await transport.aclose()
            await peer.all_gone()

    run(main)
    assert names == [None if host == "127.0.0.1" else "localhost"]
    assert protocols == ["http/1.1", "TLSv1.3"]


def ignore(_loop: asyncio.AbstractEventLoop, _context: dict[str, object]) -> None:
    """For what the server's side of a refused handshake has to say."""


def refused(run: Run, context: ssl.SSLContext, file: str | None, reason: str, host: str = "127.0.0.1") -> None:
    async def main() -> None:
        async with Peer(answering(OK), tls=context) as peer:
            asyncio.get_running_loop().set_exception_handler(ignore)
            transport = Transport(TransportSettings(ca_file=file))
            with pytest.raises(ConnectionFailedError, match=reason):
                await transport.send(get(peer.origin("https", host)))
            assert transport.statistics()[peer.origin("https", host)] == OriginStatistics()
            assert peer.requests == []
            await transport.aclose()

    run(main)


def test_an_unknown_authority_is_not_believed(run: Run, trusted: Authority) -> None:
    refused(run, trusted.server(), None, "certificate does not verify")


def test_another_name_is_not_believed(run: Run, trusted: Authority) -> None:
    refused(run, trusted.server("other.example"), trusted.file, "certificate does not verify", "localhost")


def test_old_versions_are_not_spoken(run: Run, trusted: Authority) -> None:
    with pytest.warns(DeprecationWarning, match="TLS"):
        context = trusted.server(maximum=ssl.TLSVersion.TLSv1_1)
    refused(run, context, trusted.file, "TLS handshake")
    assert make_context(trusted.file).minimum_version == ssl.TLSVersion.TLSv1_2


@pytest.mark.parametrize("said", [b"HTTP/1.1 400 Bad Request\r\n\r\n", b""])
def test_a_peer_that_does_not_speak_tls_is_a_failed_connection(run: Run, said: bytes) -> None:
    async def script(reader: asyncio.StreamReader, writer: asyncio.StreamWriter, peer: Peer) -> None:
        await reader.read(1)
        writer.write(said)

    async def main() -> None:
        async with Peer(script) as peer:
            transport = Transport()
            with pytest.raises(ConnectionFailedError, match="TLS handshake"):
                await transport.send(get(peer.origin("https")))
            await transport.aclose()

    run(main)


def test_a_body_over_tls_is_pulled_and_paused(run: Run, trusted: Authority) -> None:
    total = 5_000_000
    raw = b"HTTP/1.1 200 OK\r\ncontent-length: %d\r\n\r\n" % total + b"x" * total

    async def main() -> None:
        async with Peer(answering(raw), tls=trusted.server()) as peer:
            transport = Transport(TransportSettings(ca_file=trusted.file))
            for _ in range(2):
                answer = await transport.send(get(peer.origin("https")))
                await asyncio.sleep(0.05)
                assert len(await answer.read()) == total
            async with await transport.send(get(peer.origin("https"))) as answer:
                await answer.chunk()
            await peer.all_gone()
            assert peer.accepted == 1
            await transport.aclose()

    run(main)


def test_settings_that_cannot_work_are_told_at_once(tmp_path: Path) -> None:
    nonsense = tmp_path / "roots.pem"
    nonsense.write_text("nonsense")
    for settings in (
        TransportSettings(ca_file=str(tmp_path / "none.pem")),
        TransportSettings(ca_file=str(nonsense)),
        TransportSettings(proxy="socks5://127.0.0.1:1080"),
        TransportSettings(proxy="http://127.0.0.1:3128/path"),
        TransportSettings(proxy="127.0.0.1:3128"),
        TransportSettings(proxy="http://[::1:3128"),
    ):
        with pytest.raises(ConfigError):
            Transport(settings)


async def proxying(reader: asyncio.StreamReader, writer: asyncio.StreamWriter, peer: Peer) -> None:
    """A proxy: tunnels for CONNECT, and answers other requests itself."""
    if not (request := await peer.request(reader)).startswith(b"CONNECT"):
        writer.write(OK)
        await proxying(reader, writer, peer)
        return
    host, _, port = request.split()[1].decode().rpartition(":")
    far_reader, far_writer = await asyncio.open_connection(host.replace("tunnel.example", "127.0.0.1"), int(port))
    writer.write(b"HTTP/1.1 200 Connection established\r\n\r\n")

    async def pump(source: asyncio.StreamReader, sink: asyncio.StreamWriter) -> None:
        with contextlib.suppress(OSError):
            while data := await source.read(65536):
                sink.write(data)
        sink.transport.abort()

    try:
        await asyncio.gather(pump(reader, far_writer), pump(far_reader, writer))
    finally:
        far_writer.transport.abort()


def proxied(peer: Peer, trusted: Authority, scheme: str = "http", **more: object) -> TransportSettings:
    url = f"{scheme}://me:pass%20word@127.0.0.1:{peer.port}"
    return TransportSettings(proxy=url, ca_file=trusted.file, **more)  # type: ignore[arg-type]


AUTHORIZATION = b"proxy-authorization: Basic " + base64.b64encode(b"me:pass word")


@pytest.mark.parametrize("scheme", ["http", "https"])
@pytest.mark.parametrize("private", [False, True])
def test_https_goes_through_a_tunnel(run: Run, trusted: Authority, scheme: str, private: bool) -> None:
    async def main() -> None:
        async with (
            Peer(proxying, tls=trusted.server() if scheme == "https" else None) as proxy,
            Peer(answering(OK), tls=trusted.server("tunnel.example")) as far,
        ):
            transport = Transport(proxied(proxy, trusted, scheme))
            headers = (("authorization", "Bearer SECRET"),)
            for _ in range(2):
                request = get(far.origin("https", "tunnel.example"), "/x", headers=headers, private=private)
                _, body = await fetch(transport, request)
                assert body == b"ok"
            assert proxy.accepted == far.accepted == 1
            (seen,) = proxy.requests
            assert seen.startswith(
                b"CONNECT tunnel.example:%d HTTP/1.1\r\nhost: tunnel.example:%d" % (far.port, far.port)
            )
            assert AUTHORIZATION in seen
            assert b"SECRET" not in seen
            assert b"proxy-authorization" not in far.requests[0]
            await transport.aclose()
            await far.all_gone()
            await proxy.all_gone()

    run(main)


def test_http_asks_the_proxy_itself(run: Run, trusted: Authority) -> None:
    async def main() -> None:
        async with Peer(proxying) as proxy:
            transport = Transport(proxied(proxy, trusted))
            for _ in range(2):
                await fetch(transport, get(Origin.of("http://far.example:81"), "/x?y", private=False))
            assert proxy.accepted == 1
            assert proxy.requests[0].startswith(b"GET http://far.example:81/x?y HTTP/1.1\r\nhost: far.example:81\r\n")
            assert AUTHORIZATION in proxy.requests[0]
            await transport.aclose()

    run(main)


def test_hosts_may_be_reached_without_the_proxy(run: Run, trusted: Authority) -> None:
    async def main() -> None:
        async with Peer(silent) as proxy, Peer(answering(OK)) as near:
            transport = Transport(proxied(proxy, trusted, no_proxy=("127.0.0.1", ".localhost")))
            await fetch(transport, get(near.origin()))
            assert proxy.accepted == 0
            assert near.accepted == 1
            assert b"proxy-authorization" not in near.requests[0]
            await transport.aclose()

    run(main)


@pytest.mark.parametrize(
    "host",
    ["127.0.0.1", "169.254.169.254", "[::1]", "localhost", "a.localhost", "metadata.google.internal", "nas.local"],
)
def test_the_proxy_is_no_way_into_the_own_network(run: Run, trusted: Authority, host: str) -> None:
    async def main() -> None:
        async with Peer(proxying) as proxy:
            transport = Transport(proxied(proxy, trusted))
            for scheme in ("http", "https"):
                with pytest.raises(ConnectionFailedError, match="address guard"):
                    await transport.send(get(Origin.of(f"{scheme}://{host}"), private=False))
            assert proxy.accepted == 0
            await transport.aclose()

    run(main)


TUNNEL_FAILURES: dict[str, tuple[Script, type[Exception], str]] = {
    "refused": (answering(b"HTTP/1.1 407 No\r\ncontent-length: 0\r\n\r\n"), ConnectionFailedError, "status 407"),
    "nonsense": (answering(b"nonsense\r\n\r\n"), ProtocolError, "not valid"),
    "closed": (answering(b"", close=True), ConnectionFailedError, "closed"),
    "closed in the handshake": (
        answering(b"HTTP/1.1 200 OK\r\n\r\n", b"", close=True, between=0.02), ConnectionFailedError, "TLS handshake",
    ),
    "talkative": (answering(b"HTTP/1.1 200 OK\r\n\r\nHTTP/1.1 200 OK\r\n\r\n"), ConnectionFailedError, "TLS|closed"),
    "silent": (silent, UpstreamTimeoutError, "no connection"),
}  # fmt: skip


@pytest.mark.parametrize("name", TUNNEL_FAILURES)
def test_a_tunnel_that_fails_is_a_failed_connection(run: Run, trusted: Authority, name: str) -> None:
    script, kind, message = TUNNEL_FAILURES[name]

    async def main() -> None:
        async with Peer(script) as proxy:
            transport = Transport(proxied(proxy, trusted))
            origin = Origin.of("https://far.example")
            timeouts = Timeouts(5, 0.5 if name in ("silent", "talkative") else 5, 5, 5, 9)
            with pytest.raises((kind, UpstreamTimeoutError) if name == "talkative" else kind) as caught:
                await transport.send(get(origin, private=False, timeouts=timeouts))
            assert name == "talkative" or message in str(caught.value)
            assert "word" not in str(caught.value)
            assert transport.statistics()[origin] == OriginStatistics()
            await proxy.all_gone()
            await transport.aclose()

    run(main)


def test_representations_hold_no_proxy_password(trusted: Authority) -> None:
    proxy = Proxy.of("http://me:SECRET@proxy.example:3128/")
    assert repr(proxy) == "Proxy(http://proxy.example:3128)"
    assert Proxy.of("https://proxy.example").authorization == ""
