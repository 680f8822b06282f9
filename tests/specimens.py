"""Bodies that the laws are tested on: recordings whose format is spoken here, and the project's own samples.

A specimen is one exchange of one dialect. Recordings that cannot hold a law are listed, with the reason, in
`exceptions.toml`; pytest expects those to fail, strictly, so an entry that has become untrue fails the run.
"""

import functools
import json
import re
import tomllib
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any

import msgspec
import pytest

from pontage.errors import PontageError
from tests.corpus import Exchange, exchanges

TESTS = Path(__file__).parent
SAMPLES = TESTS / "samples"

# (folder of the corpus, endpoint) -> dialect. The folders of servers that speak OpenAI's format are under its laws too.
SPOKEN = {
    ("openai", "chat.completions"): "openai_chat",
    ("openai-compatible", "chat.completions"): "openai_chat",
    ("vllm", "chat.completions"): "openai_chat",
    ("openai-responses", "responses"): "openai_responses",
    ("anthropic", "messages"): "anthropic_messages",
    ("google", "generateContent"): "google_generate",
    ("google", "streamGenerateContent"): "google_generate",
    ("ollama", "api.chat"): "ollama_chat",
    ("cohere", "v2.chat"): "cohere_chat",
}


DONE_OPTIONAL = {"perplexity"}  # servers of OpenAI's format that do not end their streams with [DONE]
IN_BAND_ERROR = re.compile(rb'^(event: error|data: ?\{.*"error": ?[{"]|\{"error": ?")', re.MULTILINE)


class Specimen(msgspec.Struct, frozen=True):
    """One exchange; what it has not is None.

    `answer` is whole, `stream` in pieces, a `broken` stream has an error in it, an `error` has a failing status.
    """

    id: str
    dialect: str
    model: str
    status: int = 200
    headers: dict[str, str] = {}
    request: bytes | None = None
    answer: bytes | None = None
    stream: bytes | None = None
    broken: bytes | None = None
    error: bytes | None = None
    done_optional: bool = False


class Exemption(msgspec.Struct, frozen=True):
    """A specimen that cannot hold a law, and why."""

    id: str
    law: str
    reason: str


def _bytes(body: Any) -> bytes:
    return body.encode() if isinstance(body, str) else json.dumps(body, ensure_ascii=False).encode()


def recorded(exchange: Exchange, dialect: str) -> Specimen:
    """The specimen of a recording in this dialect."""
    body = None if exchange.response.body is None else _bytes(exchange.response.body)
    failed = exchange.status >= 400
    in_pieces = body if exchange.streaming and not failed else None
    broken = in_pieces is not None and IN_BAND_ERROR.search(in_pieces)
    return Specimen(
        id=exchange.id,
        dialect=dialect,
        model=exchange.model or "unknown",
        status=exchange.status,
        headers=exchange.response.headers or {},
        request=None if exchange.request.body is None else _bytes(exchange.request.body),
        answer=None if failed or exchange.streaming else body,
        stream=None if broken else in_pieces,
        broken=in_pieces if broken else None,
        error=body if failed else None,
        done_optional=exchange.vendor in DONE_OPTIONAL,
    )


def _sampled(dialect: str, case: str) -> Specimen:
    def read(ending: str) -> bytes | None:
        path = SAMPLES / dialect / f"{case}.{ending}"
        return path.read_bytes() if path.is_file() else None

    request = read("request.json")
    said = json.loads(request or b"{}")
    error = json.loads(read("error.json") or b"{}")
    stream = read("sse")
    broken = stream is not None and IN_BAND_ERROR.search(stream)
    return Specimen(
        id=f"{dialect}/{case}",
        dialect=dialect,
        model=said.get("model") or "unknown",
        status=error.get("status", 200),
        headers=error.get("headers", {}),
        request=request,
        answer=read("response.json"),
        stream=None if broken else stream,
        broken=stream if broken else None,
        error=_bytes(error["body"]) if error else None,
    )


@functools.cache
def specimens() -> tuple[Specimen, ...]:
    """All specimens, recorded ones first, in a stable order."""
    chats = ((exchange, SPOKEN.get((exchange.provider, exchange.endpoint))) for exchange in exchanges())
    found = [recorded(exchange, dialect) for exchange, dialect in chats if dialect is not None]
    cases = sorted({(path.parent.name, path.name.split(".")[0]) for path in SAMPLES.glob("*/*.*")})
    return (*found, *(_sampled(dialect, case) for dialect, case in cases))


@functools.cache
def exemptions() -> dict[tuple[str, str], str]:
    """(id, law) -> reason."""
    entries = tomllib.loads((TESTS / "exceptions.toml").read_text())["exception"]
    return {(entry.id, entry.law): entry.reason for entry in msgspec.convert(entries, list[Exemption])}


def reason_for(specimen: Specimen, law: str) -> str:
    """Why the specimen cannot hold the law, or nothing. An exemption from "answer" is also one from "answer to ..."."""
    words = law.split()
    heads = (" ".join(words[:count]) for count in range(1, len(words) + 1))
    return next((reason for head in heads if (reason := exemptions().get((specimen.id, head)))), "")


def under(law: str, wanted: Callable[[Specimen], object], values: Iterable[Specimen] | None = None) -> list[Any]:
    """Parameters of a test of `law` on every specimen that is `wanted`, those exempt marked as failing."""
    found: list[Any] = []
    for specimen in specimens() if values is None else values:
        if wanted(specimen):
            reason = reason_for(specimen, law)
            failing = pytest.mark.xfail(raises=(AssertionError, PontageError), strict=True, reason=reason)
            marks = [failing] if reason else []
            found.append(pytest.param(specimen, id=specimen.id, marks=marks))
    return found
