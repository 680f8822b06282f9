"""The list of models, in the shape each client format knows. Floor 8."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from difflib import get_close_matches
from typing import Any
from urllib.parse import parse_qs

import msgspec

from pontage.domain.parts import JSONObject
from pontage.engine import Engine
from pontage.errors import ModelNotFoundError
from pontage.providers.base import ModelInfo
from pontage.router.landscape import SHOWN, shown
from pontage.server.exchange import Exchange
from pontage.server.routes import Format

EPOCH = "1970-01-01T00:00:00Z"
"""What a format that demands a date gets where none is known."""
OWN = ("known_from", "mode", "max_output", "inputs", "outputs", "capabilities", "shutdown", "prices")
"""What is told of a model under our own name; see `ModelInfo`."""
ENDPOINTS: Mapping[str, str] = {"embedding": "embed", "rerank": "rerank"}
"""Cohere's words for what a model is for."""
CHATTING = ["generateContent", "streamGenerateContent"]
METHODS: Mapping[str, list[str]] = {"embedding": ["embedContent", "batchEmbedContents"], "rerank": []}
"""Gemini's words for it, where it is not `CHATTING`."""


def listing(form: Format, models: Sequence[ModelInfo]) -> JSONObject:
    """All models, as GET /v1/models answers them in this format."""
    entries = [entry(form, model) for model in models]
    match form:
        case "anthropic_messages":
            first, last = (entries[0]["id"], entries[-1]["id"]) if entries else (None, None)
            return {"data": entries, "has_more": False, "first_id": first, "last_id": last}
        case "google_generate" | "ollama_chat" | "cohere_chat":
            return {"models": entries}
        case _:
            return {"object": "list", "data": entries}


def entry(form: Format, model: ModelInfo) -> JSONObject:
    """One model, as the format's listing shows it."""
    match form:
        case "openai_chat" | "openai_responses":
            return {
                "id": model.id,
                "object": "model",
                "created": model.created or 0,
                "owned_by": model.provider or "pontage",
                **facts(model),
            }
        case "anthropic_messages":
            named = {"type": "model", "id": model.id, "display_name": model.title or model.id, "created_at": EPOCH}
            return {**named, **facts(model)}
        case "cohere_chat":
            return {"name": model.id, "endpoints": [ENDPOINTS.get(model.mode, "chat")], "context_length": model.context}
        case "ollama_chat":
            return {
                "name": model.id,
                "model": model.id,
                "modified_at": EPOCH,
                "size": 0,
                "digest": "",
                "details": {"format": "", "family": model.provider, "parameter_size": "", "quantization_level": ""},
            }
        case "google_generate":
            limits: dict[str, Any] = {"inputTokenLimit": model.context, "outputTokenLimit": model.max_output}
            return {
                "name": f"models/{model.id}",
                "displayName": model.title or model.id,
                "supportedGenerationMethods": METHODS.get(model.mode, CHATTING),
                **{name: limit for name, limit in limits.items() if limit is not None},
            }
        case _:
            context = {} if model.context is None else {"max_context_length": model.context}
            return {**entry("openai_chat", model), "type": "base", "capabilities": _abilities(model), **context}


def _abilities(model: ModelInfo) -> dict[str, bool]:
    """What a model can, in Mistral's words."""
    named = {"function_calling": "tools", "reasoning": "reasoning"}
    known = {word: model.capabilities[own] for word, own in named.items() if own in model.capabilities}
    vision = {"vision": "image" in model.inputs} if model.inputs else {}
    return {"completion_chat": model.mode == "chat", **known, **vision}


def facts(model: ModelInfo) -> JSONObject:
    """What else is known of a model, for formats whose clients take more fields than they know: its context as other
    gateways tell it, the rest under our own name."""
    told = msgspec.to_builtins(model)
    own = {name: told[name] for name in OWN if name in told}
    return ({} if model.context is None else {"context_length": model.context}) | {"pontage": own}


async def models(engine: Engine, exchange: Exchange) -> None:
    """GET the list; with `refresh` in the query every provider is asked for its own."""
    found = await engine.inventory.get_available_models(refresh="refresh" in parse_qs(exchange.request.query, True))
    exchange.send(msgspec.json.encode(listing(exchange.form, found)))


async def model(engine: Engine, exchange: Exchange) -> None:
    """GET one of them. Raises ModelNotFoundError with the nearest name."""
    found = find_model(engine, exchange.match.model or "")
    exchange.send(msgspec.json.encode(entry(exchange.form, found)))


def find_model(engine: Engine, wanted: str) -> ModelInfo:
    """What is known of a model that can be called. Raises ModelNotFoundError with the nearest name.

    A model may be callable that no list shows: a new one of a family, any of a provider that tells of none.
    """
    found = next((known for known in engine.inventory.known_models() if known.id == wanted), None)
    if found is not None:
        return found
    target = engine.plan(wanted).targets[0]
    configured = engine.registry.require(target.provider)
    listed = {info.id: info for info in engine.inventory.models_of(configured)}
    if listed and target.model not in listed and not configured.has(target.model):
        near = get_close_matches(target.model[: 2 * SHOWN], listed, n=1, cutoff=0.5)
        raise ModelNotFoundError(
            f"{target.provider} has no model {shown(target.model)}",
            param="model",
            hint=f"did you mean {target.provider}/{near[0]}?" if near else None,
        )
    known = listed.get(target.model) or ModelInfo(id=target.model, provider=target.provider)
    return msgspec.structs.replace(known, id=wanted)
