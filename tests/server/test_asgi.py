"""The ASGI face, driven as a host server would: scope, receive, send."""

import asyncio
from collections.abc import Iterable
from typing import Any

import pytest

from pontage.errors import ConfigError, NotFoundError, PontageError
from pontage.server.asgi import asgi
from pontage.server.http import Limits, Request, Responder
from tests.server.wires import PATIENCE, Handler, Recorder, echo, run

Message = dict[str, Any]
GONE: Message = {"type": "http.disconnect"}


class Host:
    """A host server with one client: what it receives is given, what it is sent is kept."""

    def __init__(self, messages: Iterable[Message]) -> None:
        self.queue: asyncio.Queue[Message] = asyncio.Queue()
        for message in messages:
            self.queue.put_nowait(message)
        self.sent: list[Message] = []

    async def receive(self) -> Message:
        return await self.queue.get()

    async def send(self, message: Message) -> None:
        self.sent.append(message)

    @property
    def status(self) -> int:
        return self.sent[0]["status"]

    @property
    def headers(self) -> dict[bytes, bytes]:
        return dict(self.sent[0]["headers"])

    @property
    def body(self) -> bytes:
        assert not self.sent[-1]["more_body"]
        return b"".join(message["body"] for message in self.sent[1:])


def scope(method: str = "GET", path: str = "/", headers: Iterable[tuple[bytes, bytes]] = (), **more: Any) -> Message:
    return {
        "type": "http",
        "method": method,
        "path": path,
        "query_string": b"",
        "headers": list(headers),
        "client": ("192.0.2.1", 5),
        **more,
    }


def body(*pieces: bytes) -> list[Message]:
    return [
        {"type": "http.request", "body": piece, "more_body": index < len(pieces) - 1}
        for index, piece in enumerate(pieces)
    ]


async def drive(application: Recorder, asked: Message, *messages: Message, limits: Limits | None = None) -> Host:
    host = Host(messages or body(b""))
    async with asyncio.timeout(PATIENCE):
        await asgi(application, limits)(asked, host.receive, host.send)
    return host


def refused(asked: Message, *messages: Message, limits: Limits | None = None) -> int:
    statuses: list[int] = []

    async def main() -> None:
        application = Recorder()
        host = await drive(application, asked, *messages, limits=limits)
        statuses.append(host.status)
        assert application.requests == []
        assert host.body.startswith(b"PTG-")

    run(main())
    return statuses[0]


def test_a_whole_answer() -> None:
    async def main() -> None:
        application = Recorder()
        asked = scope("POST", "/v1/caf\xe9", [(b"X-A", b"1")], raw_path=b"/v1/caf%C3%A9", query_string=b"a=b")
        host = await drive(application, asked, *body(b"he", b"", b"llo"))
        assert (host.status, host.body) == (200, b"POST /v1/caf%C3%A9?a=b hello")
        assert host.headers == {b"content-type": b"text/plain", b"content-length": b"28"}
        (request,) = application.requests
        assert (request.headers.get("x-a"), request.peer, request.body) == ("1", "192.0.2.1", b"hello")

    run(main())


def test_a_stream() -> None:
    async def handler(request: Request, respond: Responder) -> None:
        await respond.start(200, [("X-Note", "caf\xe9"), ("connection", "close"), ("transfer-encoding", "chunked")])
        assert respond.started
        await respond.write(b"one")
        await respond.write(b"")
        await respond.write(b"two")
        await respond.end()
        with pytest.raises(PontageError):
            await respond.write(b"three")
        with pytest.raises(PontageError):
            respond.send(200, [], b"again")

    async def main() -> None:
        host = await drive(Recorder(handler), scope())
        assert host.headers == {b"x-note": b"caf\xe9", b"connection": b"close"}
        assert [message.get("body") for message in host.sent] == [None, b"one", b"two", b""]
        assert host.body == b"onetwo"

    run(main())


@pytest.mark.parametrize(
    ("path", "root", "seen"),
    [
        ("/mount/v1", "/mount", "/v1"),
        ("/v1", "/mount", "/v1"),
        ("/mounted/v1", "/mount", "/mounted/v1"),
        ("/a b/v1", "/a b/", "/v1"),
        ("/v1", "", "/v1"),
    ],
)
def test_it_may_be_mounted_below_a_path(path: str, root: str, seen: str) -> None:
    async def main() -> None:
        application = Recorder()
        await drive(application, scope(path=path, root_path=root))
        assert application.requests[0].path == seen

    run(main())


def test_no_body_for_204_and_no_client_address() -> None:
    async def handler(request: Request, respond: Responder) -> None:
        assert request.peer == ""
        respond.send(204, [], b"")

    async def main() -> None:
        host = await drive(Recorder(handler), scope(client=None))
        assert (host.status, host.headers, host.body) == (204, {}, b"")

    run(main())


def test_limits_are_kept_here_too() -> None:
    small = Limits(body_bytes=10, target_bytes=50, header_fields=5, header_bytes=500)
    assert refused(scope("POST"), *body(b"12345", b"678901"), limits=small) == 413
    assert refused(scope(path="/" + "a" * 50), limits=small) == 431
    assert refused(scope(headers=[(b"x", b"y")] * 6), limits=small) == 431
    assert refused(scope(headers=[(b"x", b"y" * 500)]), limits=small) == 431
    assert refused(scope(headers=[(b"content-encoding", b"gzip")])) == 415
    assert refused(scope("TRACE")) == 405
    assert refused(scope("CONNECT")) == 405


@pytest.mark.parametrize("streamed", [True, False])
def test_a_client_that_leaves_cancels_the_handler(streamed: bool) -> None:
    cancelled: list[str] = []
    host = Host(body(b""))

    async def handler(request: Request, respond: Responder) -> None:
        if streamed:
            await respond.start(200, [])
        host.queue.put_nowait(body(b"late")[0])
        host.queue.put_nowait(GONE)
        try:
            await asyncio.sleep(3600)
        except asyncio.CancelledError:
            await asyncio.sleep(0.01)  # what it does on the way out is waited for
            cancelled.append(request.path)
            raise

    async def main() -> None:
        async with asyncio.timeout(PATIENCE):
            await asgi(Recorder(handler))(scope(), host.receive, host.send)
        assert cancelled == ["/"]
        assert len(host.sent) == int(streamed)
        assert len(asyncio.all_tasks()) == 1  # the test itself

    run(main())


def test_a_client_that_leaves_before_its_body_is_whole_is_not_served() -> None:
    async def main() -> None:
        application = Recorder()
        host = await drive(application, scope("POST"), {"type": "http.request", "body": b"a", "more_body": True}, GONE)
        assert (host.sent, application.requests) == ([], [])

    run(main())


def test_a_host_that_cancels_takes_the_handler_with_it() -> None:
    seen: list[str] = []

    async def handler(request: Request, respond: Responder) -> None:
        try:
            await asyncio.sleep(3600)
        except asyncio.CancelledError:
            seen.append("cancelled")
            raise

    async def main() -> None:
        host = Host(body(b""))
        with pytest.raises(TimeoutError):
            await asyncio.wait_for(asgi(Recorder(handler))(scope(), host.receive, host.send), 0.05)
        assert seen == ["cancelled"]

    run(main())


def outcome(handler: Handler) -> Host:
    hosts: list[Host] = []

    async def main() -> None:
        hosts.append(await drive(Recorder(handler), scope()))

    run(main())
    return hosts[0]


def test_failures_before_the_answer_are_refusals(caplog: pytest.LogCaptureFixture) -> None:
    async def broken(request: Request, respond: Responder) -> None:
        raise ValueError

    async def known(request: Request, respond: Responder) -> None:
        raise NotFoundError("no such thing")

    async def silent(request: Request, respond: Responder) -> None:
        pass

    async def unsafe(request: Request, respond: Responder) -> None:
        respond.send(200, [("x", "a\r\nb: c")], b"")

    assert [outcome(handler).status for handler in (broken, known, silent, unsafe)] == [500, 404, 500, 500]
    assert "ValueError" in caplog.text


def test_failures_within_the_answer_are_raised_so_that_the_host_closes_the_connection() -> None:
    async def broken(request: Request, respond: Responder) -> None:
        await respond.start(200, [])
        raise NotFoundError("too late")

    async def aborted(request: Request, respond: Responder) -> None:
        respond.abort()

    for handler in (broken, aborted):
        with pytest.raises(PontageError, match="aborted"):
            outcome(handler)


def test_lifespan_and_other_scopes() -> None:
    async def main() -> None:
        served = asgi(Recorder(echo))
        host = Host([{"type": "lifespan.startup"}, {"type": "lifespan.shutdown"}])
        await served({"type": "lifespan"}, host.receive, host.send)
        assert [message["type"] for message in host.sent] == ["lifespan.startup.complete", "lifespan.shutdown.complete"]
        host = Host([])
        await served({"type": "websocket"}, host.receive, host.send)
        assert host.sent == [{"type": "websocket.close", "code": 1000}]
        with pytest.raises(ConfigError):
            await served({"type": "mail"}, host.receive, host.send)

    run(main())
