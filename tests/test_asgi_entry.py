"""`pontage.asgi:app`, driven as an ASGI server drives it."""

import asyncio
import json
from collections.abc import Awaitable, Callable, MutableMapping
from pathlib import Path
from typing import Any

import pytest

from pontage.asgi import LazyGateway, app
from pontage.errors import ConfigError
from tests.cli.commands import pontage

Message = MutableMapping[str, Any]
Application = Callable[..., Awaitable[Any]]
BODY = {"model": "sim/echo", "messages": [{"role": "user", "content": "Hello"}]}


@pytest.fixture(autouse=True)
def place(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A working directory and an environment without any configuration."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("HOME", str(tmp_path))
    for name in ("PONTAGE_CONFIG", "XDG_CONFIG_HOME", "APPDATA", "OPENAI_API_KEY", "ANTHROPIC_API_KEY"):
        monkeypatch.delenv(name, raising=False)
    return tmp_path


async def asked(
    application: Application, method: str, path: str, body: bytes = b"", root: str = ""
) -> tuple[int, dict[str, str], bytes]:
    """Status, headers and body of one exchange."""
    left = [{"type": "http.request", "body": body, "more_body": False}]
    sent: list[Message] = []

    async def receive() -> Message:
        if left:
            return left.pop()
        await asyncio.sleep(3600)  # the client stays
        raise AssertionError

    async def send(message: Message) -> None:
        sent.append(message)

    scope = {
        "type": "http",
        "method": method,
        "path": root + path,
        "root_path": root,
        "query_string": b"",
        "headers": [(b"content-type", b"application/json")],
    }
    await application(scope, receive, send)
    headers = {name.decode(): value.decode() for name, value in sent[0]["headers"]}
    return sent[0]["status"], headers, b"".join(message.get("body", b"") for message in sent[1:])


async def lived(application: Application, between: Callable[[], Awaitable[None]] | None = None) -> list[Message]:
    """What the application says to a host that starts it and stops it."""
    sent: list[Message] = []
    steps = iter(("lifespan.startup", "lifespan.shutdown"))

    async def receive() -> Message:
        step = next(steps)
        if step == "lifespan.shutdown" and between is not None:
            await between()
        return {"type": step}

    async def send(message: Message) -> None:
        sent.append(message)

    await application({"type": "lifespan", "asgi": {"version": "3.0"}}, receive, send)
    return sent


def test_it_answers_without_any_configuration() -> None:
    async def main() -> None:
        status, headers, body = await asked(app, "POST", "/v1/chat/completions", json.dumps(BODY).encode())
        assert status == 200
        assert headers["x-pontage-simulated"] == "true"
        assert json.loads(body)["choices"][0]["message"]["content"] == "[simulated] Hello"

    asyncio.run(main())


def test_it_streams_and_can_be_mounted_under_a_path() -> None:
    async def main() -> None:
        body = json.dumps({**BODY, "stream": True}).encode()
        status, headers, told = await asked(LazyGateway(), "POST", "/v1/chat/completions", body, root="/llm")
        assert status == 200
        assert headers["content-type"].startswith("text/event-stream")
        assert told.endswith(b"data: [DONE]\n\n")

    asyncio.run(main())


def test_it_starts_and_stops_with_its_host_and_can_start_again(place: Path) -> None:
    (place / "pontage.yaml").write_text(
        "models: {mine: {targets: [sim/echo], allow_simulated: true}}\n", encoding="utf-8"
    )
    gateway = LazyGateway()

    async def listing() -> None:
        status, _, body = await asked(gateway, "GET", "/v1/models")
        assert status == 200
        assert "mine" in [model["id"] for model in json.loads(body)["data"]]

    async def main() -> None:
        for _ in range(2):
            told = await lived(gateway, listing)
            assert [message["type"] for message in told] == ["lifespan.startup.complete", "lifespan.shutdown.complete"]

    asyncio.run(main())


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("server: {prot: 1}\n", "did you mean"),
        ("auth: {mode: keys}\n", "there is no key yet"),
        ("providers: {nobody: {api_key: k}}\n", "provider type"),
    ],
)
def test_a_configuration_that_cannot_be_used_fails_the_start(place: Path, text: str, reason: str) -> None:
    (place / "pontage.yaml").write_text(text, encoding="utf-8")

    async def main() -> None:
        (told,) = await lived(LazyGateway())
        assert told["type"] == "lifespan.startup.failed"
        assert reason in told["message"]
        with pytest.raises(ConfigError, match=reason):
            await asked(LazyGateway(), "GET", "/health")

    asyncio.run(main())


def test_once_there_is_a_key_it_is_asked_for(place: Path) -> None:
    assert pontage("keys", "create", "first", cwd=place).returncode == 0

    async def between() -> None:
        status, _, _ = await asked(gateway, "POST", "/v1/chat/completions", json.dumps(BODY).encode())
        assert status == 401

    gateway = LazyGateway()
    told = asyncio.run(lived(gateway, between))
    assert [message["type"] for message in told] == ["lifespan.startup.complete", "lifespan.shutdown.complete"]
