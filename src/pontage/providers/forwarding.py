"""Requests that pass as they are: to the provider's own origin, with its credential, by the paths it is said to take.
Floor 4.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from fnmatch import fnmatchcase
from time import perf_counter
from urllib.parse import parse_qsl, urlencode

from pontage.config import MASK, Secret
from pontage.dialects.forwarding import Passage, UsageReader, body_for, said_by
from pontage.dialects.table import PROVIDER_SIDES
from pontage.domain.chat import TokenUsage
from pontage.errors import InvalidRequestError, PontageError
from pontage.providers.base import Attempt, Endpoint, Passing, ProviderConfig
from pontage.providers.caller import refusal, signed
from pontage.providers.described import cannot
from pontage.providers.operating import HTTPOperations
from pontage.transport import Answer

PLAIN_PATH = re.compile(r"(?:/[A-Za-z0-9._~@:+,=-]+)+")
"""A path without anything that two servers could read in two ways."""
PASSED = ("content-type", "content-disposition", "content-range", "retry-after")
"""Headers of an answer that reach the client."""
CREDENTIALS = frozenset({"key", "api_key", "api-key", "access_token", "token"})
"""What a client may not say in a query: the gateway holds the credential."""
CHAT = "/chat/completions"
WORDS = "openai_chat"
"""Whose errors a refusal is read as: its reader knows a status where it does not know the words."""


class Forwarded:
    """An answer that passes as it comes. Pull it to its end or close it."""

    def __init__(self, answer: Answer, reader: UsageReader, key: Secret | None) -> None:
        self.status = answer.status
        self.headers = tuple((name, value) for name in PASSED if (value := answer.headers.get(name)) is not None)
        self.elapsed = 0.0  # seconds until the head was in
        self._answer = answer
        self._reader = reader
        self._mask = _masking(key) if answer.status >= 400 else None
        self._ended = False

    @property
    def usage(self) -> TokenUsage | None:
        """What the answer told so far."""
        return self._reader.usage

    async def pull(self) -> bytes | None:
        """The next piece, perhaps an empty one; None after the end. Raises one of the error tree."""
        if self._ended:
            return None
        if self._mask is not None:  # a refusal is small, and may quote the key it was asked with
            self._ended = True
            return self._mask(await self._answer.read())
        data = await self._answer.chunk()
        if data:
            return self._reader.feed(data)
        self._ended = True
        return self._reader.end()

    async def aclose(self) -> None:
        """Let go; what was not read closes the upstream."""
        await self._answer.aclose()


class HTTPForwarding(HTTPOperations):
    """Passes requests on to the provider's own origin, with its own credential."""

    def takes(self, passage: Passage) -> bool:
        """See `Provider.takes`."""
        return place_of(self.config, self._base, passage) is not None

    async def forward(self, passage: Passage, attempt: Attempt) -> Passing:
        """See `Provider.forward`. A refusal that is the client's own fault is an answer like any other."""
        place = place_of(self.config, self._base, passage)
        if place is None:
            raise cannot(self.config, f"{passage.method} {passage.path[:100]}")
        said = said_by(passage)
        endpoint = Endpoint("", self._base + place + without_credentials(passage.query), rooted=True)
        outgoing = self.outgoing(endpoint, attempt, body_for(passage, attempt.model, said), passage.headers)
        outgoing.method = passage.method
        outgoing.headers = headers_of(passage, outgoing.headers)
        began = perf_counter()
        try:
            answer = await self._transport.send(outgoing)
            try:
                if not is_final(answer.status):
                    words = PROVIDER_SIDES[WORDS]
                    raise refusal(words, answer.status, dict(answer.headers.items()), await answer.read())
            except BaseException:
                await answer.aclose()
                raise
        except PontageError as error:
            raise signed(error, self.config, attempt.model or None, attempt.key) from None
        passing = Forwarded(answer, UsageReader(passage, said, answer.headers.get("content-type") or ""), attempt.key)
        passing.elapsed = perf_counter() - began
        return passing


def place_of(config: ProviderConfig, base: str, passage: Passage) -> str | None:
    """The path below the provider's base URL (whose own path is `base`), or None where it does not take it.

    Raises InvalidRequestError for a path that could be read in two ways.
    """
    path = passage.path
    if not PLAIN_PATH.fullmatch(path) or any(segment in (".", "..") for segment in path.split("/")):
        raise InvalidRequestError(f"the path {path[:100]!r} cannot be passed on: plain characters only", param="path")
    if passage.own:
        path = path.removeprefix(base) if base and path.startswith(f"{base}/") else path
    else:
        roots = [one.path.removesuffix(CHAT) for one in config.endpoints if one.path.endswith(CHAT)]
        if not roots:
            return None
        path = roots[0] + path
    return path if any(fnmatchcase(path, pattern) for pattern in config.passthrough) else None


def without_credentials(query: str) -> str:
    """`query` with its question mark, and without the keys a client wrote into it."""
    told = parse_qsl(query, keep_blank_values=True)
    kept = [(name, value) for name, value in told if name.lower() not in CREDENTIALS]
    said = query if len(kept) == len(told) else urlencode(kept)
    return f"?{said}" if said else ""


def headers_of(passage: Passage, fixed: Sequence[tuple[str, str]]) -> tuple[tuple[str, str], ...]:
    """The request's headers: the provider's own, with the body's type and what the client accepts."""
    kept = [field for field in fixed if field[0] not in ("content-type", "accept")]
    if passage.content_type:
        kept.append(("content-type", passage.content_type))
    return (*kept, ("accept", passage.accept))


def is_final(status: int) -> bool:
    """Whether an answer with this status is the client's to read: another key or provider would say the same."""
    return status < 300 or status in (304, 400, 404, 405, 409, 410, 411, 412, 413, 415, 416, 422)


def _masking(key: Secret | None) -> Callable[[bytes], bytes]:
    secret = key.reveal().encode() if key is not None else b""
    return lambda body: body.replace(secret, MASK.encode()) if secret else body
