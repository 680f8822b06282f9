"""An engine that keeps books, and its provider on a real socket, for the tests of accounts."""

import asyncio
import json
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any

from pontage.assemble import assemble
from pontage.config import Config, PriceOverride, ProviderSettings, Secret, Target, VirtualModel
from pontage.dialects.envelope import Call
from pontage.dialects.table import CLIENT_SIDES
from pontage.domain.chat import ChatRequest, Message
from pontage.domain.parts import Text
from pontage.engine import Engine
from pontage.ledger.records import Booked
from pontage.ledger.sqlite import SQLiteStore
from pontage.ledger.store import Page
from pontage.live import LiveStream
from pontage.security.keys import Key
from pontage.security.rights import Rights
from tests.replay.upstream import Upstream, whole

USAGE = {"prompt_tokens": 100, "completion_tokens": 50, "total_tokens": 150}
COST = 100 * 1_000 + 50 * 2_000  # nano-USD, at the prices below
ANSWER: dict[str, Any] = {
    "id": "c", "object": "chat.completion", "created": 1, "model": "m", "usage": USAGE,
    "choices": [{"index": 0, "message": {"role": "assistant", "content": "hello"}, "finish_reason": "stop"}],
}  # fmt: skip
KEY = Key(id="k1", name="test", created=1, rights=Rights(tags=("ci",)))
OPENAI = CLIENT_SIDES["openai_chat"]

Scene = Callable[[Engine, SQLiteStore], Awaitable[None]]


def chunk(text: str | None, finish: str | None = None, usage: dict[str, int] | None = None) -> bytes:
    choices = [] if usage else [{"index": 0, "delta": {"content": text}, "finish_reason": finish}]
    told = {
        "id": "c",
        "object": "chat.completion.chunk",
        "created": 1,
        "model": "m",
        "choices": choices,
        "usage": usage,
    }
    return b"data: " + json.dumps(told).encode() + b"\n\n"


STREAM = chunk("hel") + chunk("lo", "stop") + chunk(None, usage=USAGE) + b"data: [DONE]\n\n"


def asked(model: str = "acme/m", **more: Any) -> ChatRequest:
    return ChatRequest(model=model, messages=(Message(role="user", parts=(Text(text="Hello"),)),), **more)


def received(stream: bool = False) -> Call:
    body = {"model": "acme/m", "messages": [{"role": "user", "content": "Hello"}], "stream": stream}
    return Call.received(OPENAI, json.dumps(body).encode())


def play(vendor: Upstream, path: Path, scene: Scene, answer: Any = None, **config: Any) -> None:
    """`scene` on an engine with books, whose providers `acme` and `backup` are the `vendor`."""
    vendor.answers = answer if callable(answer) else lambda _: answer if answer is not None else whole(ANSWER)
    there = ProviderSettings(type="compatible", base_url=f"{vendor.url}/v1", api_key=Secret("made-up"))
    prices = {f"{name}/m": PriceOverride(input=1.0, output=2.0) for name in ("acme", "backup")}
    route = VirtualModel(targets=[Target(model="acme/m"), Target(model="backup/m")])
    told = Config(providers={"acme": there, "backup": there}, prices=prices, models={"fast": route}, **config)

    async def run() -> None:
        store = SQLiteStore(path / "ledger.db", keeper=True)
        engine = assemble(told, {}, store)
        try:
            await scene(engine, store)
        finally:
            await engine.aclose()
            await store.aclose()

    asyncio.run(run())


async def drain(live: LiveStream[Any]) -> None:
    while await live.pull() is not None:
        pass


async def only(store: SQLiteStore) -> Booked:
    (booked,) = await store.attempts(Page())
    return booked
