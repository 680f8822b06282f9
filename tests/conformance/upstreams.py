"""Upstreams that speak a format, truly or with one lie in it; and how the battery comes to them."""

import asyncio
import re
from collections.abc import Callable, Sequence
from typing import Any
from urllib.parse import unquote, urlsplit

import msgspec

from pontage.config import Secret
from pontage.conformance import CASES, Bench, Report, Tape, run_battery
from pontage.conformance.verdict import Case
from pontage.dialects.dialect import ClientSide
from pontage.dialects.envelope import Call
from pontage.dialects.table import CLIENT_SIDES, PROVIDER_SIDES
from pontage.domain import ChatRequest, ChatResponse
from pontage.errors import AuthenticationError, PontageError
from pontage.providers.http import HTTPProvider
from pontage.providers.simulated.answer import answer, events
from pontage.providers.simulated.types import Scenario
from pontage.scaffold.manner import manner_of
from tests.replay.upstream import Answering, Received, Scripted, stream, whole

KEY = "acme-key"
MODEL = "chat"

Twist = Callable[[ChatRequest, ChatResponse], ChatResponse]
"""The answer to a request, made another one."""


class Speaking:
    """An upstream that speaks `dialect` and answers as the simulated provider does; `twist` may change what it says.
    `name` is what it calls its first model."""

    def __init__(self, dialect: str, twist: Twist = lambda request, response: response, name: str = MODEL) -> None:
        self.side: ClientSide = CLIENT_SIDES[dialect]
        self.twist = twist
        self.name = name

    def __call__(self, received: Received) -> Scripted:
        if received.method == "GET":
            return whole({"data": [{"id": self.name}, {"id": "tools"}]})
        try:
            if not any(KEY in value for value in received.headers.values()):
                raise AuthenticationError("the key is not valid")
            return self.answer(received)
        except PontageError as error:
            status, body = self.side.encode_error(error)
            return whole(body, status)

    def answer(self, received: Received) -> Scripted:
        named = re.search(r"/models/(.+?):(stream)?", received.path)
        told: dict[str, Any] = {"model": unquote(named[1]), "stream": bool(named[2])} if named else {}
        call = Call.received(self.side, received.body, **told)
        scenario = Scenario.of(MODEL if call.model == self.name else call.model)
        response = self.twist(call.request, answer(call.request, scenario))
        if not call.stream:
            return whole(self.side.encode_response(response).body)
        encoder = self.side.stream_encoder(call.request)
        body = b"".join(encoder.feed(event) for event in events(response))
        spoken = stream(body, cuts=range(50, len(body), 50))
        return msgspec.structs.replace(spoken, headers=(("content-type", self.side.stream_type),))


def lying(honest: Answering, lie: Callable[[Received, Scripted], Scripted]) -> Answering:
    """An upstream whose every answer goes through `lie`."""
    return lambda received: lie(received, honest(received))


def in_body(pattern: bytes, instead: bytes) -> Callable[[Received, Scripted], Scripted]:
    """A lie that replaces what is found in the bytes, whole or in pieces."""

    def lie(received: Received, said: Scripted) -> Scripted:
        if said.whole is not None:
            return msgspec.structs.replace(said, whole=re.sub(pattern, instead, said.whole))
        return msgspec.structs.replace(said, pieces=(re.sub(pattern, instead, b"".join(said.pieces)),))

    return lie


def examine(url: str, dialect: str = "openai_chat", model: str = MODEL, cases: Sequence[Case] = CASES) -> Report:
    """The battery's report on the server at `url`, which speaks `dialect`."""

    async def main() -> Report:
        manner, tape = manner_of(dialect), Tape()
        base_url = url + urlsplit(manner.config.base_url).path
        config = msgspec.structs.replace(
            manner.config, name="acme", base_url=base_url, endpoints=(manner.endpoint,), private=True
        )
        client = HTTPProvider(config, [(manner.endpoint, PROVIDER_SIDES[dialect])], tape)
        try:
            return await run_battery(Bench(client, tape, model, Secret(KEY)), cases)
        finally:
            await tape.aclose()

    return asyncio.run(main())


def failures(report: Report) -> dict[str, str]:
    """Why each case that failed did."""
    return {result.case: result.why for result in report.results if result.outcome == "failed"}


def lacking(report: Report) -> set[str]:
    """The cases that are not offered."""
    return {result.case for result in report.results if result.outcome == "not offered"}
