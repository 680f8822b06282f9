"""What stands behind a claim: how many recordings of a provider show a feature, and which samples of ours show it.

The recordings are not part of the project; these counts are (`recorded.json`), and are checked where recordings are.
"""

import functools
import json
from collections import Counter
from collections.abc import Callable
from pathlib import Path
from typing import Any

import msgspec
from msgspec import Struct
from msgspec.structs import replace

from pontage.dialects.dialect import ProviderSide
from pontage.dialects.table import CLIENT_SIDES, PROVIDER_SIDES
from pontage.domain import ChatRequest, ChatResponse, collect
from pontage.errors import PontageError
from pontage.providers.mistral import chat as mistral_chat
from tests.corpus import Exchange, exchanges
from tests.facts.features import FEATURES, Seen
from tests.facts.providers import kinds, spoken
from tests.speaking import read_stream
from tests.specimens import specimens

FILE = Path(__file__).with_name("recorded.json")
VENDORS = {"gemini": "google", "bedrock-mantle": "bedrock"}
"""The recordings' words for providers that have another name here."""
PRIVATE: dict[str, Callable[[bytes], ChatRequest]] = {mistral_chat.NAME: mistral_chat.decode_request}
"""How requests are read in formats that only one provider's folder knows."""
FORMATS = {
    "chat.completions": (mistral_chat.NAME, "openai_chat"),
    "responses": ("openai_responses",),
    "messages": ("anthropic_messages",),
    "generateContent": ("google_generate",),
    "streamGenerateContent": ("google_generate",),
    "api.chat": ("ollama_chat",),
    "v2.chat": ("cohere_chat",),
}
"""The formats that an endpoint, as the recordings name it, may be in: the first that the provider is spoken to in."""


NOTHING = ChatResponse(id="", model="", choices=())
"""Stands for the answer to a sample that is a request alone: such are written and read as well."""


class Recorded(Struct, frozen=True):
    """One provider's recordings: how many of each endpoint, and of each format how many have which feature."""

    endpoints: dict[str, int] = {}
    features: dict[str, dict[str, int]] = {}


@functools.cache
def recorded() -> dict[str, Recorded]:
    """By provider type, as the project keeps it."""
    return msgspec.json.decode(FILE.read_bytes(), type=dict[str, Recorded])


def count() -> dict[str, Recorded]:
    """By provider type, from the recordings themselves; nothing where they are not there."""
    known = set(kinds())
    endpoints: dict[str, Counter[str]] = {}
    features: dict[str, dict[str, Counter[str]]] = {}
    for exchange in exchanges():
        kind = VENDORS.get(exchange.vendor or "", exchange.vendor or exchange.provider)
        if kind not in known:
            continue
        endpoints.setdefault(kind, Counter())[exchange.endpoint] += 1
        sides = {side.name: side for one in spoken(kind) for side in one.sides}
        side = next((sides[name] for name in FORMATS.get(exchange.endpoint, ()) if name in sides), None)
        if side is not None:
            counter = features.setdefault(kind, {}).setdefault(side.name, Counter())
            counter.update(_features(_seen_in(exchange, side)))
    return {
        kind: Recorded(dict(found), {form: dict(counts) for form, counts in features.get(kind, {}).items()})
        for kind, found in endpoints.items()
    }


@functools.cache
def sampled() -> dict[str, set[str]]:
    """By format, the features that our own samples of it show."""
    found: dict[str, set[str]] = {}
    for one in specimens():
        if one.id.startswith(f"{one.dialect}/"):  # the others are recordings
            for answer in (one.answer, one.stream):
                shown = _seen(PROVIDER_SIDES[one.dialect], one.request, answer, answer is one.stream)
                shown = shown if shown.answer else replace(shown, answer=NOTHING)
                found.setdefault(one.dialect, set()).update(_features(shown))
            if one.broken is not None or one.error is not None:
                found.setdefault(one.dialect, set()).add("errors")
    return found


def written() -> bytes:
    """The counts as they are kept."""
    return json.dumps(msgspec.to_builtins(count()), indent=1, sort_keys=True).encode() + b"\n"


def _features(seen: Seen) -> list[str]:
    return [feature.name for feature in FEATURES if feature.seen(seen)]


def _seen_in(exchange: Exchange, side: ProviderSide) -> Seen:
    def as_bytes(body: Any) -> bytes | None:
        return None if body is None else body.encode() if isinstance(body, str) else json.dumps(body).encode()

    if exchange.status >= 400:
        return Seen(failed=True)
    return _seen(side, as_bytes(exchange.request.body), as_bytes(exchange.response.body), exchange.streaming)


def _seen(side: ProviderSide, request: bytes | None, answer: bytes | None, streamed: bool) -> Seen:
    """What was asked and answered, as far as it can be read."""
    read = PRIVATE.get(side.name) or CLIENT_SIDES[side.name].decode_request
    try:
        asked = read(request) if request is not None else None
        if answer is None:
            return Seen(request=asked)
        given = collect(read_stream(side, answer)) if streamed else side.decode_response(answer)
    except PontageError:
        return Seen(failed=True)
    return Seen(asked, given, streamed)
