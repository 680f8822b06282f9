"""Which requests are the same. Floor 7; pure.

The key of a request is a digest of what decides its answer: the canonical request, the route's own rules, and what else
of the caller reaches a provider. Whether it is streamed, how it was spelled and hints about the provider's own prompt
cache decide nothing. Requests in different formats that say the same have one key, unless they hold something that only
their own format has a word for.
"""

from __future__ import annotations

from hashlib import blake2b
from typing import Any, Final, cast

import msgspec

from pontage.domain.chat import ChatRequest
from pontage.domain.parts import Text

FORMAT: Final = b"pontage.answers.1"
"""Changes when kept answers of an older version must not be read."""
_STREAM_WORDS: Final = ("stream_options", "stream")
_OWN: Final = (b'"extra":', b'"signature":', b'"data":')
"""How a canonical value says that it holds something of its origin's own."""


def key_of(request: ChatRequest, *context: Any) -> bytes:
    """The key of `request`; `context`: whatever else decides the answer, as plain values."""
    extra = {name: value for name, value in request.extra.items() if name not in _STREAM_WORDS}
    plain = msgspec.structs.replace(
        request, stream=False, cache=None, cache_key=None, spelling=(), extra=extra, origin=None
    )
    told = msgspec.json.encode(plain)
    dialect: str | None = None
    if any(mark in told for mark in _OWN):
        dialect = request.origin.dialect if request.origin is not None else None
    said = without_origins(msgspec.to_builtins(plain))
    digest = blake2b(FORMAT, digest_size=32)
    digest.update(msgspec.json.encode([dialect, said, context], order="deterministic"))
    return digest.digest()


def without_origins(value: Any) -> Any:
    """A plain value without what tells where its parts were read."""
    if isinstance(value, dict):
        fields = cast("dict[str, Any]", value)
        return {name: without_origins(one) for name, one in fields.items() if name not in ("origin", "spelling")}
    if isinstance(value, list | tuple):
        return [without_origins(one) for one in cast("list[Any]", value)]
    return value


def asked_in_words(request: ChatRequest) -> tuple[str, ChatRequest] | None:
    """What is asked last, and the request without it; None for a request that is more than a conversation in words."""
    if request.tools or not request.messages or request.messages[-1].role != "user":
        return None
    if any(not isinstance(part, Text) for message in request.messages for part in message.parts):
        return None
    last = request.messages[-1]
    rest = (*request.messages[:-1], msgspec.structs.replace(last, parts=(), spelling=()))
    return (last.text, msgspec.structs.replace(request, messages=rest)) if last.text.strip() else None
