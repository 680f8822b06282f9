"""Recorded answers as two sides price them: we by our dialects' usage, genai-prices by its own extractors.

Of a stream ours is what the tap saw of it; genai-prices knows no streams and gets the same last words as one body.
"""

import json
from collections.abc import Iterator, Mapping
from contextlib import suppress
from datetime import UTC, datetime
from decimal import Decimal
from types import MappingProxyType
from typing import Any, NamedTuple

import genai_prices
import msgspec
from genai_prices.types import AbstractUsage

from pontage.dialects import google_generate
from pontage.dialects.dialect import ProviderSide
from pontage.dialects.table import PROVIDER_SIDES
from pontage.domain import TokenUsage
from pontage.errors import PontageError
from tests.corpus import Exchange, exchanges
from tests.dialects.operations import encoded, recorded

AT = datetime(2026, 11, 20, 12, tzinfo=UTC)
CHAT = {
    "messages": "anthropic_messages",
    "generateContent": "google_generate",
    "streamGenerateContent": "google_generate",
    "chat.completions": "openai_chat",
    "responses": "openai_responses",
    "responses.retrieve": "openai_responses",
    "v2.chat": "cohere_chat",
}
PLAIN = {"chat.completions": "chat", "responses": "responses", "responses.retrieve": "responses"}


class Vendor(NamedTuple):
    """A vendor as recorded: as the catalogue calls it, and genai-prices; `flavors` by endpoint, else "default"."""

    ours: str
    theirs: str
    flavors: Mapping[str, str] = MappingProxyType({})


VENDORS = {
    "anthropic": Vendor("anthropic", "anthropic"),
    "gemini": Vendor("google", "google"),
    "vertex": Vendor("google", "google"),
    "openai": Vendor("openai", "openai", {**PLAIN, "embeddings": "embeddings"}),
    "azure": Vendor("azure", "azure", PLAIN),
    "mistral": Vendor("mistral", "mistral"),
    "deepseek": Vendor("deepseek", "deepseek", PLAIN),
    "groq": Vendor("groq", "groq"),
    "openrouter": Vendor("openrouter", "openrouter", PLAIN),
    "perplexity": Vendor("perplexity", "perplexity", {"embeddings": "embeddings"}),
    "xai": Vendor("xai", "x-ai", PLAIN),
    "cohere": Vendor("cohere", "cohere", {"v2.embed": "embeddings", "v1.embed": "embeddings"}),
    "bedrock-mantle": Vendor("bedrock", "aws"),
}


class Theirs(NamedTuple):
    """The price of genai-prices; None where it does not know the model. `by_our_counts`: it could not read the body."""

    price: Decimal | None
    by_our_counts: bool


class Used(NamedTuple):
    """One recorded answer: whose and of what model, what it used as we read it, and what there is of it to read."""

    exchange: Exchange
    vendor: Vendor
    model: str
    usage: TokenUsage
    body: dict[str, Any]

    @property
    def place(self) -> str:
        return f"{self.vendor.ours}/{self.model}"

    def theirs(self) -> Theirs:
        """The price of genai-prices."""
        flavor = self.vendor.flavors.get(self.exchange.endpoint, "default")
        try:
            read = genai_prices.extract_usage(self.body, provider_id=self.vendor.theirs, api_flavor=flavor)
            return Theirs(self._price(read.usage), by_our_counts=False)
        except (LookupError, ValueError, AttributeError):
            return Theirs(self._price(self._counts()), by_our_counts=True)

    def _price(self, usage: AbstractUsage) -> Decimal | None:
        try:
            return genai_prices.calc_price(
                usage, self.model, provider_id=self.vendor.theirs, genai_request_timestamp=AT
            ).total_price
        except LookupError:
            return None

    def _counts(self) -> genai_prices.Usage:
        """Our counts in its words."""
        used = self.usage
        written = (used.cache_write or 0) + (used.cache_write_5m or 0) + (used.cache_write_1h or 0)
        return genai_prices.Usage(
            input_tokens=used.total_input,
            cache_read_tokens=used.cache_read,
            cache_write_tokens=written or None,
            output_tokens=used.total_output,
            output_reasoning_tokens=used.reasoning,
        )


def used() -> Iterator[Used]:
    """Every recorded answer, whole or streamed, that tells its usage, of a vendor that is priced."""
    operations = {one.exchange.id: one for one in recorded()}
    for exchange in exchanges():
        vendor = VENDORS.get(exchange.vendor or "")
        if vendor is None or exchange.status != 200 or not exchange.response.body:
            continue
        if exchange.id in operations:
            usage = operations[exchange.id].form.decode_response(encoded(exchange.response.body)).usage
            body = exchange.response.body
        elif exchange.endpoint in CHAT and (exchange.vendor, exchange.endpoint) != ("gemini", "chat.completions"):
            usage, body = _chat(exchange)
        else:
            continue
        model = body.get("model") or body.get("modelVersion") or exchange.model or ""
        if usage is not None and (usage.total is not None or usage.search_units is not None):
            yield Used(exchange, vendor, model, usage, body)


def _chat(exchange: Exchange) -> tuple[TokenUsage | None, dict[str, Any]]:
    side, body = PROVIDER_SIDES[CHAT[exchange.endpoint]], exchange.response.body
    if not exchange.streaming:
        return side.usage_of(msgspec.json.encode(body)), body
    if body.startswith("["):
        side = google_generate.provider_side(array=True)
    return _streamed(side, body.encode()), last_words(body)


def _streamed(side: ProviderSide, data: bytes) -> TokenUsage | None:
    """The usage that a tap sees in a stream."""
    framing, tap = side.framing(), side.stream_tap(b"{}")
    with suppress(PontageError):  # streams that broke are recorded as well
        for frame in [*framing.feed(data), *framing.end()]:
            tap.feed(frame)
    return tap.usage


def last_words(text: str) -> dict[str, Any]:
    """What a stream told, as the whole answer would: its model and its last counts."""
    said: dict[str, Any] = {}
    for frame in json.loads(text) if text.startswith("[") else _frames(text):
        told = frame.get("response") or frame.get("message") or frame.get("delta") or {}
        nested = told if isinstance(told, dict) else {}
        for holder in (frame, frame.get("x_groq") or {}, nested):
            for name in ("model", "modelVersion", "service_tier"):
                said[name] = holder.get(name) or said.get(name)
            for name in ("usage", "usageMetadata"):
                counts = {key: value for key, value in (holder.get(name) or {}).items() if value is not None}
                if counts:
                    said[name] = {**said.get(name, {}), **counts}
    return {name: value for name, value in said.items() if value is not None}


def _frames(text: str) -> Iterator[dict[str, Any]]:
    for line in text.splitlines():
        told = line.removeprefix("data:").strip() if line.startswith("data:") else ""
        if told.startswith("{"):
            yield json.loads(told)
