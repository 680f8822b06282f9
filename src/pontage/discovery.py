"""Model servers on this machine, found by asking: which ports answer in a shape we know. Floor 7.

Only loopback is asked, only for a model list, never with a prompt; all of it takes 200 ms at most. Each server is
known by the list of its own that no other server has: Ollama's tags, LM Studio's list with the state of each model,
or the word for the owner in OpenAI's list (vLLM, llama-server).
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from functools import partial
from typing import Literal

import msgspec
from msgspec import Struct

from pontage.config import ModelSettings, ProviderSettings
from pontage.errors import PontageError
from pontage.transport import Origin, Outgoing, Timeouts, Transport

BUDGET = 0.2
"""Seconds for all probes together."""


class Probe(Struct, frozen=True):
    """A server that may be there: where to ask for its list, and how to read from it the names of its models.

    `read` raises msgspec.ValidationError for a list of another shape. `kind`: the type of provider it is,
    whose API is at the path `base`.
    """

    name: str
    port: int
    path: str
    read: Callable[[bytes], list[str]]
    kind: str = "compatible"
    base: str = "/v1"


class _Tagged(Struct):
    model: str
    digest: str


class _Tags(Struct):
    models: list[_Tagged]


class _Kept(Struct):
    id: str
    type: str
    state: str


class _KeptList(Struct):
    object: Literal["list"]
    data: list[_Kept]


class _Owned(Struct):
    id: str
    owned_by: str


class _OwnedList(Struct):
    object: Literal["list"]
    data: list[_Owned]


def read_tags(body: bytes) -> list[str]:
    """Ollama's list of local models."""
    return [entry.model for entry in msgspec.json.decode(body, type=_Tags).models]


def read_kept(body: bytes) -> list[str]:
    """LM Studio's list of downloaded models, without those that only embed."""
    listed = msgspec.json.decode(body, type=_KeptList)
    return [entry.id for entry in listed.data if entry.type != "embeddings"]


def read_owned(owner: str, body: bytes) -> list[str]:
    """OpenAI's list where every model is owned by `owner`, the server's own word for itself."""
    listed = msgspec.json.decode(body, type=_OwnedList)
    if not listed.data or any(entry.owned_by != owner for entry in listed.data):
        raise msgspec.ValidationError(f"not all models are owned by {owner}")
    return [entry.id for entry in listed.data]


PROBES = (
    Probe("ollama", 11434, "/api/tags", read_tags, kind="ollama", base=""),
    Probe("vllm", 8000, "/v1/models", partial(read_owned, "vllm"), kind="vllm"),
    Probe("lmstudio", 1234, "/api/v0/models", read_kept, kind="lmstudio"),
    Probe("llamacpp", 8080, "/v1/models", partial(read_owned, "llamacpp"), kind="llamacpp"),
)


async def find_local_servers(transport: Transport, probes: tuple[Probe, ...] = PROBES) -> dict[str, ProviderSettings]:
    """Settings for every server found, by name. Silence, refusal and strange answers mean: not there."""
    found = await asyncio.gather(*(_ask(transport, probe) for probe in probes))
    return {probe.name: settings for probe, settings in zip(probes, found, strict=True) if settings is not None}


async def _ask(transport: Transport, probe: Probe) -> ProviderSettings | None:
    base = f"http://127.0.0.1:{probe.port}"
    question = Outgoing(
        method="GET",
        origin=Origin.of(base),
        target=probe.path,
        headers=(("accept", "application/json"),),
        timeouts=Timeouts(BUDGET, BUDGET, BUDGET, BUDGET, BUDGET),
        private=True,
    )
    try:
        async with asyncio.timeout(BUDGET), await transport.send(question) as answer:
            names = probe.read(await answer.read()) if answer.status == 200 else None
    except (PontageError, TimeoutError, msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        return None
    if names is None:
        return None
    return ProviderSettings(
        type=probe.kind, base_url=f"{base}{probe.base}", models={name: ModelSettings() for name in names}
    )
