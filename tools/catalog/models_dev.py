"""models.dev (limits, modalities, how models reason), read into the catalogue's terms."""

from __future__ import annotations

from typing import Any

from pontage.catalog.facts import EFFORTS, ModelFacts, ReasoningFacts
from pontage.catalog.money import pico_of
from pontage.catalog.prices import PriceList, Rate, Rates, Tiered, Unit

PROVIDERS = {
    "openai": "openai", "anthropic": "anthropic", "google": "google", "mistral": "mistral", "cohere": "cohere",
    "azure": "azure", "amazon-bedrock": "bedrock", "google-vertex": "vertex", "google-vertex-anthropic": "vertex",
    "groq": "groq", "deepseek": "deepseek", "xai": "xai", "openrouter": "openrouter", "togetherai": "together",
    "fireworks-ai": "fireworks", "perplexity": "perplexity", "cerebras": "cerebras", "nvidia": "nvidia",
    "deepinfra": "deepinfra", "moonshotai": "moonshot", "huggingface": "huggingface",
}  # fmt: skip
UNITS: dict[str, Unit] = {
    "input": "input",
    "output": "output",
    "reasoning": "reasoning",
    "cache_read": "cache_read",
    "cache_write": "cache_write",
    "input_audio": "input_audio",
    "output_audio": "output_audio",
}
MODALITIES = ("text", "image", "audio", "video", "pdf")


def read(data: dict[str, dict[str, Any]]) -> dict[str, dict[str, ModelFacts]]:
    """The models of every provider the catalogue has, by name."""
    found: dict[str, dict[str, ModelFacts]] = {}
    for key, provider in PROVIDERS.items():
        shelf = found.setdefault(provider, {})
        for name, entry in data[key]["models"].items():
            shelf.setdefault(name.lower(), _facts(name, entry))
    return found


def _facts(name: str, entry: dict[str, Any]) -> ModelFacts:
    limit, modalities = entry["limit"], entry["modalities"]
    outputs = _modalities(modalities["output"])
    is_chat = "text" in outputs and "embed" not in name.lower()
    return ModelFacts(
        id=name,
        title=entry.get("name"),
        mode="chat" if is_chat else "embedding" if "text" in outputs else "",
        context=limit.get("context") or None,
        max_input=limit.get("input") or None,
        max_output=(limit.get("output") or None) if is_chat else None,
        inputs=_modalities(modalities["input"]),
        outputs=outputs,
        tools=entry["tool_call"],
        json_schema=entry.get("structured_output"),
        reasoning=_reasoning(entry),
        prices=_prices(entry.get("cost"), free=name.endswith(":free")),
    )


def _modalities(told: list[str]) -> tuple[str, ...]:
    return tuple(kind for kind in MODALITIES if kind in told)


def _reasoning(entry: dict[str, Any]) -> ReasoningFacts | None:
    if not entry["reasoning"]:
        return ReasoningFacts(supported=False)
    optional: bool | None = None
    efforts: tuple[str, ...] = ()
    budget: tuple[int, int | None] | None = None
    for option in entry.get("reasoning_options") or ():
        match option:
            case {"type": "toggle"}:
                optional = True
            case {"type": "effort", "values": list(values)}:
                optional = True if "none" in values else optional
                efforts = tuple(effort for effort in EFFORTS if effort in values)
            case {"type": "budget_tokens"}:
                budget = (option.get("min") or 0, option.get("max"))
            case _:
                pass
    return ReasoningFacts(optional=optional, efforts=efforts, budget=budget)


def _prices(cost: dict[str, Any] | None, *, free: bool) -> PriceList | None:
    if not cost:
        return None
    rates: Rates = {}
    for key, unit in UNITS.items():
        if key in cost and (cost[key] > 0 or free):
            tiers = tuple(
                (tier["tier"]["size"], pico_of(tier[key]))
                for tier in cost.get("tiers") or ()
                if key in tier and "size" in tier.get("tier", {})
            )
            rate: Rate = Tiered(pico_of(cost[key]), tiers) if tiers else pico_of(cost[key])
            rates[unit] = rate
    return PriceList(rates=rates) if rates else None
