"""Cases: refusals, requests that make no sense, callers that leave, the list of models. Floor 8."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Iterator
from contextlib import suppress
from typing import Any, cast

import msgspec

from pontage.config import Secret
from pontage.conformance.bench import Bench, question
from pontage.conformance.cases_chat import PLAIN, WORD, says
from pontage.conformance.cases_settings import COUNT
from pontage.conformance.verdict import Case, Verdict, absent, judge, shown
from pontage.domain.parts import JSONObject
from pontage.errors import (
    AuthenticationError,
    InvalidRequestError,
    NotFoundError,
    PermissionDeniedError,
    PontageError,
)

NO_MODEL = "pontage-there-is-no-such-model"
NO_KEY = Secret("pontage-this-is-no-key")
SETTLING = 0.05
"""Seconds after which a whole request is given up: it is on its way then."""


async def error_of(asked: Awaitable[object]) -> PontageError | None:
    """The error that asking ended with, or None."""
    try:
        await asked
    except PontageError as error:
        return error
    return None


def refused(error: PontageError | None, *kinds: type[PontageError]) -> Verdict:
    """Judge what had to be refused with one of these errors."""
    if error is None:
        return Verdict("failed", "it was answered as if nothing were wrong")
    words = " or ".join(str(kind.status) for kind in kinds)
    return judge(
        (isinstance(error, kinds), f"refused as {type(error).__name__} ({error.status}), not with {words}"),
        (error.message.strip(), "the refusal says nothing"),
    )


async def wrong_key(bench: Bench, ask: Callable[..., Awaitable[object]]) -> Verdict:
    """A key that is none is refused, where keys are asked for: servers on a private address may do without."""
    error = await error_of(ask(PLAIN, key=NO_KEY))
    if error is None and (bench.client.config.private or not bench.client.config.needs_key):
        return absent("it takes any key")
    return refused(error, AuthenticationError, PermissionDeniedError)


async def wrong_key_whole(bench: Bench) -> Verdict:
    """A key that is none, asking for a whole answer."""
    return await wrong_key(bench, bench.ask_again)


async def wrong_key_streamed(bench: Bench) -> Verdict:
    """A key that is none, asking for a stream."""
    return await wrong_key(bench, bench.stream_again)


async def unknown_model(bench: Bench) -> Verdict:
    """A model that is not there is refused."""
    return refused(await error_of(bench.ask_again(PLAIN, model=NO_MODEL)), NotFoundError, InvalidRequestError)


async def unknown_model_streamed(bench: Bench) -> Verdict:
    """A model that is not there is refused before a stream begins."""
    return refused(await error_of(bench.stream_again(PLAIN, model=NO_MODEL)), NotFoundError, InvalidRequestError)


def without_lists(body: bytes) -> bytes:
    """A request whose turns are a number."""
    fields: JSONObject = msgspec.json.decode(body)
    return msgspec.json.encode({name: 7 if isinstance(value, list) else value for name, value in fields.items()})


def cut_short(body: bytes) -> bytes:
    """A request that ends in its middle."""
    return body[: len(body) // 2]


def malformed(name: str, spoil: Callable[[bytes], bytes]) -> Case:
    """The case of a request that makes no sense."""

    async def run(bench: Bench) -> Verdict:
        if not bench.wired:
            return absent("nothing is sent")
        bench.tape.spoil(spoil)
        return refused(await error_of(bench.ask_again(PLAIN)), InvalidRequestError)

    return Case(name, "errors", run, core=True)


def texts_in(value: Any) -> Iterator[str]:
    """Every text within decoded JSON."""
    if isinstance(value, str):
        yield value
    elif isinstance(value, dict | list):
        held = cast(JSONObject, value).values() if isinstance(value, dict) else cast(list[Any], value)
        for item in held:
            yield from texts_in(item)


async def shape(bench: Bench) -> Verdict:
    """A refusal is JSON, and its message is found where the format has it."""
    if not bench.wired:
        return absent("nothing is sent")
    error = await error_of(bench.ask_again(PLAIN, model=NO_MODEL))
    body = bench.tape.last.body if bench.tape.last else b""
    if error is None:
        return Verdict("failed", "it was answered as if nothing were wrong")
    try:
        texts = [text for text in texts_in(msgspec.json.decode(body)) if text.strip()]
    except (msgspec.DecodeError, UnicodeDecodeError):
        return Verdict("failed", f"the error is not JSON: {shown(body.decode(errors='replace'))}")
    return judge((any(text in error.message for text in texts), f"the error has no message: {shown(body.decode())}"))


async def afterwards(bench: Bench) -> Verdict:
    """A refusal is over when it is over."""
    await error_of(bench.ask_again(PLAIN, model=NO_MODEL))
    return judge(says(await bench.ask_again(PLAIN), WORD))


async def left_stream(bench: Bench) -> Verdict:
    """Who leaves a stream closes its connection."""
    first = await bench.leave(question(f"{COUNT}. Then write them once more, ten times in all."))
    return judge((first is not None, "nothing came"), (bench.busy() == 0, "the connection is still in use"))


async def left_answer(bench: Bench) -> Verdict:
    """Who does not wait for a whole answer closes its connection."""
    task = asyncio.ensure_future(bench.ask_again(question(COUNT)))
    await asyncio.wait([task], timeout=SETTLING)
    task.cancel()
    with suppress(asyncio.CancelledError):
        await task
    return judge((bench.busy() == 0, "the connection is still in use"))


async def asked_after_leaving(bench: Bench) -> Verdict:
    """After one caller has left, the next is answered."""
    await bench.leave(question(COUNT))
    return judge(says((await bench.stream_again(PLAIN)).answer, WORD))


async def models_listed(bench: Bench) -> Verdict:
    """The list has models, each one once."""
    if bench.wired and bench.client.config.models_path is None:
        return absent("it has no list")
    ids = [info.id for info in await bench.client.list_models(bench.key)]
    return judge((ids, "the list is empty"), (len(set(ids)) == len(ids), "the list names a model twice"))


async def asked_model_listed(bench: Bench) -> Verdict:
    """The model that is asked is in the list; some go by names that are not."""
    if bench.wired and bench.client.config.models_path is None:
        return absent("it has no list")
    ids = [info.id for info in await bench.client.list_models(bench.key)]
    return judge() if bench.model in ids else absent("the list does not name it")


CASES = (
    Case("wrong key", "errors", wrong_key_whole, core=True),
    Case("wrong key, asking for a stream", "errors", wrong_key_streamed, core=True),
    Case("unknown model", "errors", unknown_model, core=True),
    Case("unknown model, asking for a stream", "errors", unknown_model_streamed, core=True),
    malformed("turns that are no list", without_lists),
    malformed("half a body", cut_short),
    Case("shape of errors", "errors", shape, core=True),
    Case("answers after an error", "errors", afterwards, core=True),
    Case("leaving a stream", "cancel", left_stream, core=True),
    Case("leaving a whole answer", "cancel", left_answer, core=True),
    Case("answers after leaving", "cancel", asked_after_leaving, core=True),
    Case("models are listed", "models", models_listed),
    Case("the asked model is listed", "models", asked_model_listed),
)
