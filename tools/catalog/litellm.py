"""LiteLLM's map of models (limits, abilities, prices in USD a token), read into the catalogue's terms."""

from __future__ import annotations

import re
from datetime import date
from decimal import Decimal
from typing import Any

from pontage.catalog.facts import EFFORTS, ModelFacts, ReasoningFacts
from pontage.catalog.money import PICO_IN_USD
from pontage.catalog.prices import PriceList, Rate, Rates, Tiered, Unit, Variant

PROVIDERS = {
    "openai": "openai", "text-completion-openai": "openai", "anthropic": "anthropic", "gemini": "google",
    "mistral": "mistral", "codestral": "mistral", "cohere_chat": "cohere", "cohere": "cohere",
    "azure": "azure", "azure_ai": "azure", "bedrock_converse": "bedrock", "bedrock": "bedrock",
    "bedrock_mantle": "bedrock", "groq": "groq", "deepseek": "deepseek", "xai": "xai", "together_ai": "together",
    "fireworks_ai": "fireworks", "fireworks_ai-embedding-models": "fireworks", "perplexity": "perplexity",
    "cerebras": "cerebras", "nvidia_nim": "nvidia", "deepinfra": "deepinfra", "moonshot": "moonshot",
    "sambanova": "sambanova",
}  # fmt: skip
PREFIXES = (
    "openai/", "anthropic/", "gemini/", "mistral/", "codestral/", "cohere/", "azure/", "azure_ai/", "bedrock/",
    "bedrock_mantle/", "bedrock_converse/", "vertex_ai/", "groq/", "deepseek/", "xai/", "together_ai/",
    "fireworks_ai/", "perplexity/", "cerebras/", "nvidia_nim/", "deepinfra/", "moonshot/", "sambanova/",
)  # fmt: skip
MODES = {
    "chat", "responses", "completion", "embedding", "rerank", "audio_transcription", "audio_speech",
    "image_generation", "moderation", "realtime", "ocr",
}  # fmt: skip
NO_NAMES = re.compile(
    r"^(\d+-x-\d+|hd|low|medium|high|standard|auto|max-x-max|eu|us|global|global-standard)/"
    r"|^(together|fireworks)-ai-|\*"
)
"""Keys that stand for a size of pictures, a region, or a class of models, and that no request ever names."""

UNITS: dict[str, Unit] = {
    "input_cost_per_token": "input",
    "output_cost_per_token": "output",
    "output_cost_per_reasoning_token": "reasoning",
    "cache_read_input_token_cost": "cache_read",
    "cache_creation_input_token_cost": "cache_write",
    "cache_creation_input_token_cost_above_1hr": "cache_write_1h",
    "cache_creation_input_token_cost_above_12hr": "cache_write_12h",
    "input_cost_per_audio_token": "input_audio",
    "output_cost_per_audio_token": "output_audio",
    "cache_read_input_audio_token_cost": "cache_read_audio",
    "input_cost_per_image_token": "input_image",
    "output_cost_per_image_token": "output_image",
    "cache_read_input_image_token_cost": "cache_read_image",
    "input_cost_per_video_token": "input_video",
    "output_cost_per_video_token": "output_video",
    "citation_cost_per_token": "citation",
    "input_cost_per_request": "request",
    "input_cost_per_query": "search_unit",
    "output_cost_per_image": "image",
    "input_cost_per_second": "audio_second",
    "input_cost_per_character": "character",
    "ocr_cost_per_page": "page",
    "annotation_cost_per_page": "annotated_page",
}
SERVED = {
    "batches": {"processing": "batch"},
    "flex": {"service_tier": "flex"},
    "priority": {"service_tier": "priority"},
    "ultrafast": {"service_tier": "ultrafast"},
    "balanced": {"service_tier": "balanced"},
}
KEY = re.compile(
    r"^(?P<unit>.*?)(_above_(?P<above>\d+)k_tokens)?(_(?P<served>batches|flex|priority|ultrafast|balanced))?$"
)
PER_REQUEST_SEARCH = {"perplexity"}
"""Where the price of a search is a fee on each request that depends on its settings."""


def read(data: dict[str, dict[str, Any]]) -> dict[str, dict[str, ModelFacts]]:
    """The models of every provider the catalogue has, by name."""
    found: dict[str, dict[str, ModelFacts]] = {}
    for key, entry in data.items():
        kind = str(entry.get("litellm_provider"))
        provider = "vertex" if kind.startswith("vertex_ai") else PROVIDERS.get(kind)
        if provider is None or entry.get("mode") not in MODES:
            continue
        name = next((key[len(prefix) :] for prefix in PREFIXES if key.startswith(prefix)), key)
        if NO_NAMES.search(name) or (provider == "bedrock" and "/" in name):
            continue
        found.setdefault(provider, {}).setdefault(name.lower(), _facts(name, entry, provider))
    return found


def _facts(name: str, entry: dict[str, Any], provider: str) -> ModelFacts:
    mode = entry["mode"]
    return ModelFacts(
        id=name,
        mode="chat" if mode == "responses" else mode,
        max_input=_count(entry.get("max_input_tokens")),
        max_output=_count(entry.get("max_output_tokens")) if mode in ("chat", "responses", "completion") else None,
        inputs=_inputs(entry),
        outputs=tuple(entry.get("supported_output_modalities") or ()),
        tools=entry.get("supports_function_calling"),
        parallel_tools=entry.get("supports_parallel_function_calling"),
        json_schema=entry.get("supports_response_schema"),
        caching=entry.get("supports_prompt_caching"),
        web_search=entry.get("supports_web_search"),
        prefill=entry.get("supports_assistant_prefill"),
        reasoning=_reasoning(entry),
        shutdown=_day(entry.get("deprecation_date")),
        prices=_prices(entry, provider),
    )


def _count(value: Any) -> int | None:
    return int(value) if isinstance(value, int | float) and value > 0 else None


def _day(value: Any) -> date | None:
    try:
        return date.fromisoformat(value) if isinstance(value, str) else None
    except ValueError:
        return None


def _inputs(entry: dict[str, Any]) -> tuple[str, ...]:
    flags = {"image": "vision", "audio": "audio_input", "video": "video_input", "pdf": "pdf_input"}
    told = {name for name, flag in flags.items() if entry.get(f"supports_{flag}")}
    told |= set(entry.get("supported_modalities") or ())
    return tuple(kind for kind in ("text", "image", "audio", "video", "pdf") if kind in told | {"text"}) if told else ()


def _reasoning(entry: dict[str, Any]) -> ReasoningFacts | None:
    supported = entry.get("supports_reasoning")
    if supported is None:
        return None
    if not supported:
        return ReasoningFacts(supported=False)
    levels = entry.get("reasoning_effort_levels") or ()
    always = bool(entry.get("thinking_always_on"))
    off = entry.get("supports_none_reasoning_effort")
    return ReasoningFacts(
        unasked=True if always else None,
        optional=False if always else True if off or "none" in levels else None,
        efforts=tuple(effort for effort in EFFORTS if effort in levels),
    )


def _prices(entry: dict[str, Any], provider: str) -> PriceList | None:
    told: dict[str | None, dict[Unit, dict[int, int]]] = {}
    for key, price in entry.items():
        parsed = KEY.match(key)
        unit = UNITS.get(parsed["unit"]) if parsed else None
        if parsed is None or unit is None or not isinstance(price, int | float) or price <= 0:
            continue
        above = int(parsed["above"]) * 1000 if parsed["above"] else 0
        told.setdefault(parsed["served"], {}).setdefault(unit, {})[above] = round(Decimal(str(price)) * PICO_IN_USD)
    searches = set((entry.get("search_context_cost_per_query") or {}).values())
    rates = _rates(told.pop(None, {}))
    if len(searches) == 1 and provider not in PER_REQUEST_SEARCH:
        rates["web_search"] = round(Decimal(str(searches.pop())) * PICO_IN_USD)
    if "input_cost_per_token" in entry and not rates.keys() - {"web_search"}:
        return None  # all zero: here that means not known
    variants = tuple(
        Variant(when=SERVED[str(served)], rates=found) for served, units in told.items() if (found := _rates(units))
    )
    return PriceList(rates=rates, variants=variants) if rates else None


def _rates(units: dict[Unit, dict[int, int]]) -> Rates:
    rates: Rates = {}
    for unit, steps in units.items():
        if 0 not in steps:
            continue
        tiers = tuple((above, price) for above, price in sorted(steps.items()) if above)
        rate: Rate = Tiered(steps[0], tiers) if tiers else steps[0]
        rates[unit] = rate
    return rates
