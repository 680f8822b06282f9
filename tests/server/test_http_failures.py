"""What the client gets when the application fails: a refusal before the answer, a truncated body within it."""

import logging
from collections.abc import Callable

import pytest

from pontage.errors import NotFoundError, PontageError
from pontage.server.http import Request, Responder
from tests.server.wires import CLOSE, STREAMED, answers, connected, converse, get, run, serving, stream


@pytest.mark.parametrize(
    "unsafe",
    [
        ("x-note", "a\r\nset-cookie: b"),
        ("x-note", "a\nb"),
        ("x-note", "a\rb"),
        ("x-note", "a\0b"),
        ("x-note", "café \N{EURO SIGN}"),
        ("x note", "a"),
        ("x\r\ny", "a"),
        ("", "a"),
    ],
)
def test_a_field_that_could_split_the_answer_is_never_sent(
    unsafe: tuple[str, str], caplog: pytest.LogCaptureFixture
) -> None:
    async def handler(request: Request, respond: Responder) -> None:
        if request.path == "/send":
            respond.send(200, [("x-fine", "caf\xe9"), unsafe], b"body")
        else:
            await respond.start(200, [unsafe])

    async def main() -> None:
        async with serving(handler) as house:
            heard = answers(await converse(house.port, get("/send") + get("/start", CLOSE)))
            assert [answer.status for answer in heard] == [500, 500]
            assert all("x-note" not in answer.headers and "set-cookie" not in answer.headers for answer in heard)
            assert house.listener.failures == 2

    run(main())
    assert "PontageError" in caplog.text


def failing(respond: Responder) -> dict[str, Callable[[], None]]:
    def twice() -> None:
        respond.send(200, [], b"one")
        respond.send(200, [], b"two")

    def broken() -> None:
        raise ValueError("the secret in the body")

    def known() -> None:
        raise NotFoundError("no such thing")

    return {"/twice": twice, "/broken": broken, "/known": known, "/silent": lambda: None}


def test_what_the_application_raises_becomes_a_refusal(caplog: pytest.LogCaptureFixture) -> None:
    async def handler(request: Request, respond: Responder) -> None:
        failing(respond)[request.path]()

    async def main() -> None:
        async with serving(handler) as house:
            asked = get("/known?q") + get("/broken") + get("/silent") + get("/twice", CLOSE)
            heard = answers(await converse(house.port, asked))
            assert [answer.status for answer in heard] == [404, 500, 500, 200]
            assert heard[3].body == b"one"
            assert house.application.refusals[0][1] == "/known?q"
            assert house.listener.failures == 3

    with caplog.at_level(logging.ERROR, "pontage.server"):
        run(main())
    assert "ValueError while answering GET /broken" in caplog.text
    assert "the secret in the body" not in caplog.text.replace('ValueError("the secret in the body")', "")


def test_a_failure_within_a_stream_truncates_it(caplog: pytest.LogCaptureFixture) -> None:
    async def handler(request: Request, respond: Responder) -> None:
        await respond.start(200, [])
        await respond.write(b"half of")
        if request.path == "/abort":
            respond.abort()
        elif request.path == "/raise":
            raise ValueError
        elif request.path == "/known":
            raise NotFoundError("too late")

    async def main() -> None:
        async with serving(handler) as house:
            for path in ("/abort", "/raise", "/known", "/forget"):
                heard = answers(await converse(house.port, get(path) + get("/next")))
                assert [(answer.status, answer.body, answer.whole) for answer in heard] == [(200, b"half of", False)]
            async with connected(house.port) as wire:
                await wire.send(get("/abort", version="1.0"))
                await wire.until(b"\r\n\r\n")
                with pytest.raises(ConnectionResetError):
                    await wire.reader.read()

    run(main())
    run(main(), "asyncio")


def test_an_abort_without_an_answer_resets_the_connection() -> None:
    async def handler(request: Request, respond: Responder) -> None:
        respond.abort()

    async def main() -> None:
        async with serving(handler) as house:
            assert await converse(house.port, get("/")) == b""

    run(main())


def test_writing_outside_of_an_answer_is_a_mistake() -> None:
    seen: list[str] = []

    async def handler(request: Request, respond: Responder) -> None:
        for attempt in (respond.write(b"x"), respond.end()):
            with pytest.raises(PontageError):
                await attempt
            seen.append("before")
        await stream(request, respond)
        for attempt in (respond.write(b"x"), respond.end(), respond.start(200, [])):
            with pytest.raises(PontageError):
                await attempt
            seen.append("after")

    async def main() -> None:
        async with serving(handler) as house:
            assert answers(await converse(house.port, get("/", CLOSE)))[0].body == STREAMED

    run(main())
    assert seen == ["before"] * 2 + ["after"] * 3


def test_an_application_that_cannot_word_a_refusal_still_refuses(caplog: pytest.LogCaptureFixture) -> None:
    async def main() -> None:
        async with serving() as house:

            def refuse(*_: object) -> tuple[int, list[tuple[str, str]], bytes]:
                raise KeyError("a secret")

            house.application.refuse = refuse  # type: ignore[method-assign]  # the point of the test
            heard = answers(await converse(house.port, b"nonsense\r\n\r\n"))
            assert [(answer.status, answer.body) for answer in heard] == [(400, b"")]

    run(main())
    assert "KeyError" in caplog.text
    assert "secret" not in caplog.text
