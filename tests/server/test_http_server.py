"""The server over real sockets: order, framing, both versions, large bodies."""

import asyncio

import pytest

from pontage.server.http import Headers, Limits, Request, Responder
from tests.server.wires import (
    CLOSE,
    LOOPS,
    STREAMED,
    answers,
    connected,
    converse,
    eventually,
    get,
    post,
    run,
    serving,
    stream,
)


@pytest.mark.parametrize("loop", LOOPS)
def test_requests_share_a_connection_and_come_back_in_order(loop: str) -> None:
    async def slower_first(request: Request, respond: Responder) -> None:
        await asyncio.sleep(0.02 if request.query == "0" else 0)
        respond.send(200, [], request.query.encode())

    async def main() -> None:
        async with serving(slower_first) as house, connected(house.port) as wire:
            await wire.send(b"".join(get(f"/?{index}") for index in range(50)))
            assert [(await wire.answer()).body for _ in range(50)] == [b"%d" % index for index in range(50)]
            assert house.listener.connections == 1
            await wire.send(post("/?last", b"x" * 1000))
            assert (await wire.answer()).body == b"last"
            assert house.application.requests[-1].body == b"x" * 1000
            assert house.application.requests[-1].peer == "127.0.0.1"

    run(main(), loop)


def test_a_flood_of_pipelined_requests_pauses_the_client_and_is_answered_in_full() -> None:
    running = 0

    async def one_at_a_time(request: Request, respond: Responder) -> None:
        nonlocal running
        running += 1
        assert running == 1
        await asyncio.sleep(0)
        respond.send(200, [], request.body[:4])
        running -= 1

    async def main() -> None:
        async with serving(one_at_a_time) as house, connected(house.port) as wire:
            flood = b"".join(post("/", b"%04d" % index + b"x" * 4000) for index in range(500))
            sending = asyncio.ensure_future(wire.send(flood))
            assert [(await wire.answer()).body for _ in range(500)] == [b"%04d" % index for index in range(500)]
            await sending

    run(main())


def test_requests_may_come_byte_by_byte() -> None:
    async def main() -> None:
        async with serving() as house, connected(house.port) as wire:
            for raw in (get("/a"), post("/b", b"hello"), get("/c")):
                await wire.drip(raw)
                assert (await wire.answer()).status == 200
            chunked = get("/d", "Transfer-Encoding: chunked", method="POST") + b"3\r\nabc\r\n0\r\n\r\n"
            await wire.drip(chunked)
            assert (await wire.answer()).body == b"POST /d? abc"

    run(main())


@pytest.mark.parametrize("loop", LOOPS)
def test_a_stream_comes_in_chunks_and_the_connection_goes_on(loop: str) -> None:
    async def main() -> None:
        async with serving(stream) as house, connected(house.port) as wire:
            for _ in range(2):
                await wire.send(get("/"))
                answer = await wire.answer()
                assert (answer.body, answer.whole) == (STREAMED, True)
                assert "content-length" not in answer.headers
                assert answer.headers["content-type"] == "text/event-stream"

    run(main(), loop)


def test_http_1_0_closes_unless_asked_and_its_streams_end_with_the_connection() -> None:
    async def main() -> None:
        async with serving() as house:
            heard = answers(await converse(house.port, get("/", version="1.0")))
            assert [answer.headers["connection"] for answer in heard] == ["close"]
            pair = get("/", "Connection: Keep-Alive", version="1.0") + get("/", version="1.0")
            heard = answers(await converse(house.port, pair))
            assert [answer.headers["connection"] for answer in heard] == ["keep-alive", "close"]
            without_host = b"GET /old HTTP/1.0\r\n\r\n"
            assert answers(await converse(house.port, without_host))[0].body == b"GET /old? "
        async with serving(stream) as house:
            heard = answers(await converse(house.port, get("/", "Connection: keep-alive", version="1.0")))
            assert (heard[0].body, heard[0].headers["connection"]) == (STREAMED, "close")
            assert "transfer-encoding" not in heard[0].headers

    run(main())


def test_close_is_obeyed_from_either_side() -> None:
    async def closing(request: Request, respond: Responder) -> None:
        respond.send(200, [("Connection", "close")], b"bye")

    async def main() -> None:
        async with serving() as house:
            for option in ("close", "Close", "x, close"):
                heard = answers(await converse(house.port, get("/a", f"Connection: {option}") + get("/b")))
                assert [answer.headers["connection"] for answer in heard] == ["close"]
        async with serving(closing) as house:
            heard = answers(await converse(house.port, get("/a") + get("/b")))
            assert [(answer.headers["connection"], answer.body) for answer in heard] == [("close", b"bye")]

    run(main())


def test_head_and_bodiless_answers_have_no_body() -> None:
    async def handler(request: Request, respond: Responder) -> None:
        if request.path == "/stream":
            await stream(request, respond)
        elif request.path == "/empty-stream":
            await respond.start(204, [])
            await respond.write(b"nothing of this")
            await respond.end()
        else:
            respond.send(int(request.path[1:]), [], b"a body")

    async def main() -> None:
        async with serving(handler) as house:
            asked = get("/200", method="HEAD") + get("/stream", method="HEAD") + get("/204") + get("/304")
            data = await converse(house.port, asked + get("/empty-stream") + get("/299", CLOSE))
            heads = data.split(b"\r\n\r\n")
            assert [head.split(b" ")[1] for head in heads[:-1]] == [b"200", b"200", b"204", b"304", b"204", b"299"]
            assert heads[-1] == b"a body"
            assert b"content-length: 6" in heads[0]
            assert b"transfer-encoding: chunked" in heads[1]
            assert b"content-length" not in heads[2] + heads[3]
            assert b"transfer-encoding" not in heads[4]

    run(main())


def test_a_client_that_asks_before_it_sends_is_told_to_go_on() -> None:
    async def main() -> None:
        async with serving() as house:
            async with connected(house.port) as wire:
                await wire.send(get("/", "Content-Length: 5", "Expect: 100-Continue", method="POST"))
                assert await wire.until(b"\r\n\r\n") == b"HTTP/1.1 100 Continue\r\n\r\n"
                await wire.send(b"hello")
                assert (await wire.answer()).body == b"POST /? hello"
                await wire.send(post("/", b"at once", "Expect: 100-continue"))
                assert (await wire.answer()).body == b"POST /? at once"
            old = post("/", b"hello", "Expect: 100-continue", version="1.0")
            assert [answer.status for answer in answers(await converse(house.port, old))] == [200]
            big = get("/", f"Content-Length: {10**9}", "Expect: 100-continue", method="POST")
            assert [answer.status for answer in answers(await converse(house.port, big))] == [413]

    run(main())


def test_a_refused_upload_still_hears_why() -> None:
    """Closing over unread input would reset the connection, and the answer would be lost on the way."""

    async def main() -> None:
        async with serving(limits=Limits(body_bytes=1000)) as house:
            for _ in range(20):
                async with connected(house.port) as wire:
                    wire.writer.write(post("/", b"x" * 500_000))
                    assert [answer.status for answer in answers(await wire.rest())] == [413]
            chunk = b"200\r\n" + b"x" * 512 + b"\r\n"
            chunked = get("/", "Transfer-Encoding: chunked", method="POST") + chunk * 10
            assert [answer.status for answer in answers(await converse(house.port, chunked))] == [413]
            assert house.application.requests == []
            refused = house.application.refusals[-1]
            assert refused[:2] == ("POST", "/")
            assert "transfer-encoding" in refused[2]

    run(main())


def test_a_body_of_many_mebibytes_arrives_whole() -> None:
    async def sum_up(request: Request, respond: Responder) -> None:
        respond.send(200, [], str(hash(request.body)).encode())

    async def main() -> None:
        body = bytes(range(256)) * 4096 * 8
        async with serving(sum_up) as house, connected(house.port) as wire:
            await wire.send(post("/", body))
            assert (await wire.answer()).body == str(hash(body)).encode()
            chunks = b"".join(b"10000\r\n" + body[at : at + 65536] + b"\r\n" for at in range(0, len(body), 65536))
            await wire.send(get("/", "Transfer-Encoding: chunked", method="POST") + chunks + b"0\r\n\r\n")
            assert (await wire.answer()).body == str(hash(body)).encode()

    run(main())


def test_framing_is_the_servers_own() -> None:
    async def handler(request: Request, respond: Responder) -> None:
        respond.send(
            200,
            [("Content-Length", "99"), ("transfer-encoding", "chunked"), ("X-Fine", "caf\xe9"), ("Date", "never")],
            b"body",
        )

    async def main() -> None:
        async with serving(handler) as house, connected(house.port) as wire:
            await wire.send(get("/"))
            answer = await wire.answer()
            assert (answer.headers["content-length"], answer.headers["X-Fine"]) == ("4", "caf\xe9")
            assert answer.headers["date"].endswith(" GMT")
            assert "transfer-encoding" not in answer.headers

    run(main())


def test_too_many_connections_are_told_so() -> None:
    async def main() -> None:
        async with serving(max_connections=2) as house, connected(house.port) as one, connected(house.port) as two:
            await one.send(get("/"))
            await one.answer()
            await two.send(get("/"))
            await two.answer()
            async with connected(house.port) as third:
                await third.send(get("/"))
                assert [answer.status for answer in answers(await third.rest())] == [503]
            one.close()
            await eventually(lambda: house.listener.connections < 2)
            async with connected(house.port) as fourth:
                await fourth.send(get("/"))
                assert (await fourth.answer()).status == 200

    run(main())


def test_values_show_no_secrets_and_headers_read_in_any_case() -> None:
    headers = Headers([("authorization", "Bearer secret"), ("x-a", "1"), ("x-a", "2")])
    assert (headers.get("X-A"), headers.get("none"), headers.get("none", "d")) == ("1", None, "d")
    assert headers.all("X-a") == ["1", "2"]
    assert headers.repeats
    assert "Authorization" in headers
    assert next(headers.items()) == ("authorization", "Bearer secret")
    request = Request("POST", "/v1", "key=secret", headers, b"secret")
    assert "secret" not in repr(request) + repr(headers)
