"""What a caller asks of the crossing itself, in headers and in the body. Floor 8."""

from __future__ import annotations

from typing import Any, Final, cast

import msgspec

from pontage.caching.recall import NO_CACHE, NO_STORE
from pontage.crossing import CallOptions
from pontage.dialects.envelope import Call
from pontage.dialects.operation import fields_of
from pontage.engine import Engine
from pontage.errors import ClientError, InvalidRequestError
from pontage.server.exchange import Exchange

HEADERS: Final = {
    "strict": "x-pontage-strict",
    "timeout": "x-pontage-timeout",
    "tags": "x-pontage-tags",
    "session": "x-pontage-session",
    "fallbacks": "x-pontage-fallbacks",
    "cache": "x-pontage-cache",
}
REPEATING: Final = "x-fern-sdk-name"
"""The mark of official clients that send again what failed and do not read `x-should-retry`: those of one generator."""
LISTS: Final = ("models", "fallbacks")
"""Fields of a body by which callers list further models; no format of a provider of ours has the second."""
MOST: Final = 16
"""Tags, or further models, of one request."""
LONGEST_SESSION: Final = 256


def options_of(exchange: Exchange, operation: str = "chat") -> CallOptions:
    """What the headers ask. Raises InvalidRequestError for a header that makes no sense."""
    headers = exchange.request.headers
    trace = headers.get("traceparent") or ""
    passed = exchange.observer.passed(trace) if trace else ()
    told = {name: value for name, header in HEADERS.items() if (value := headers.get(header)) is not None}
    plain = CallOptions(
        id=exchange.id,
        format=exchange.form,
        operation=operation,
        traceparent=trace,
        passed=passed,
        repeats=REPEATING in headers,
        caller=exchange.caller,
        tenant="" if exchange.caller is None else exchange.caller.key.id,
    )
    if not told:
        return plain
    strict = told.get("strict", "false").lower()
    if strict not in ("true", "false"):
        raise InvalidRequestError("x-pontage-strict must be true or false", param="x-pontage-strict")
    session = told.get("session")
    if session is not None and not 0 < len(session) <= LONGEST_SESSION:
        raise InvalidRequestError("x-pontage-session is empty or too long", param="x-pontage-session")
    return msgspec.structs.replace(
        plain,
        strict=strict == "true",
        timeout=_seconds(told["timeout"]) if "timeout" in told else None,
        tags=_names(told.get("tags", ""), "x-pontage-tags"),
        session=session,
        fallbacks=_names(told.get("fallbacks", ""), "x-pontage-fallbacks"),
        cache=_cache(told.get("cache", "")),
    )


def with_own_list(call: Call, options: CallOptions, engine: Engine) -> CallOptions:
    """`options` with the models that the body lists beside the one it names. They are taken out of the body, unless one
    of them is no name here: then the list is the provider's own business. Raises InvalidRequestError when there are too
    many."""
    if not any(b'"%s"' % name.encode() in call.body for name in LISTS):
        return options
    fields = fields_of(call.body)
    listed: list[str] = []
    for name in LISTS:
        models = _models(fields.get(name))
        if models and all(_is_known(model, engine) for model in models):
            listed += models
            del fields[name]
    if not listed:
        return options
    if len(listed) > MOST:
        raise InvalidRequestError(f"more than {MOST} further models", param="fallbacks")
    call.body = msgspec.json.encode(fields)
    return msgspec.structs.replace(options, fallbacks=(*options.fallbacks, *listed))


def _models(raw: Any) -> list[str]:
    """The names in a list of texts, or of mappings with a `model`; none where it is anything else."""
    try:
        told: Any = msgspec.json.decode(raw) if raw is not None else None
    except msgspec.DecodeError:
        return []
    entries = cast("list[Any]", told) if isinstance(told, list) else []
    names = [cast("dict[str, Any]", one).get("model") if isinstance(one, dict) else one for one in entries]
    return [name for name in names if isinstance(name, str)] if all(isinstance(name, str) for name in names) else []


def _is_known(model: str, engine: Engine) -> bool:
    try:
        engine.plan(model)
    except ClientError:
        return False
    return True


def _cache(text: str) -> tuple[str, ...]:
    words = _names(text.lower(), "x-pontage-cache")
    if not set(words) <= {NO_STORE, NO_CACHE}:
        raise InvalidRequestError(f"x-pontage-cache must be {NO_STORE} or {NO_CACHE}", param="x-pontage-cache")
    return words


def _seconds(text: str) -> float:
    try:
        seconds = float(text)
    except ValueError:
        seconds = 0.0
    if not 0 < seconds <= 86400:
        raise InvalidRequestError("x-pontage-timeout must be seconds above 0", param="x-pontage-timeout")
    return seconds


def _names(text: str, header: str) -> tuple[str, ...]:
    names = tuple(name.strip() for name in text.split(",") if name.strip())
    if len(names) > MOST:
        raise InvalidRequestError(f"{header} has more than {MOST} entries", param=header)
    return names
