"""What Ollama's clients ask beside chatting: what there is, what a model can do, which version answers. Floor 8."""

from __future__ import annotations

import msgspec

from pontage.dialects import ollama_chat
from pontage.dialects.envelope import Call
from pontage.engine import Engine
from pontage.errors import InvalidRequestError
from pontage.providers.base import ModelInfo
from pontage.server.crossing import cross
from pontage.server.exchange import Exchange
from pontage.server.listing import find_model
from pontage.version import __version__

GENERATE = ollama_chat.generate_client_side()
"""The form with one prompt where the other has a conversation."""


class _Asked(msgspec.Struct):
    model: str | None = None
    name: str | None = None  # the older word


async def generate(engine: Engine, exchange: Exchange) -> None:
    """POST /api/generate."""
    await cross(engine, exchange, Call.received(GENERATE, exchange.request.body))


async def show(engine: Engine, exchange: Exchange) -> None:
    """POST /api/show: what is known of one model. Raises ModelNotFoundError."""
    try:
        asked = msgspec.json.decode(exchange.request.body, type=_Asked)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
        raise InvalidRequestError(f"the request cannot be read: {error}") from None
    wanted = asked.model or asked.name
    if not wanted:
        raise InvalidRequestError("`model` is missing: name the model to show", param="model")
    found = find_model(engine, wanted)
    info = {"general.architecture": "pontage", "general.basename": found.id}
    told = {
        "details": {"format": "", "family": found.provider, "parameter_size": "", "quantization_level": ""},
        "model_info": info if found.context is None else {**info, "pontage.context_length": found.context},
        "capabilities": capabilities(found),
    }
    exchange.send(msgspec.json.encode(told))


def capabilities(model: ModelInfo) -> list[str]:
    """What a model can do, in Ollama's words; what is not known is taken to be there."""
    if model.mode == "embedding":
        return ["embedding"]
    able = {
        "tools": model.capabilities.get("tools", True),
        "vision": not model.inputs or "image" in model.inputs,
        "thinking": model.capabilities.get("reasoning", True),
    }
    return ["completion", *(name for name, there in able.items() if there)]


async def running(engine: Engine, exchange: Exchange) -> None:
    """GET /api/ps: nothing is loaded here."""
    exchange.send(b'{"models":[]}')


async def version(engine: Engine, exchange: Exchange) -> None:
    """GET /api/version."""
    exchange.send(msgspec.json.encode({"version": __version__}))
