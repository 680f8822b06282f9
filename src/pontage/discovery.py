"""Model servers on this machine, found by asking: which ports answer in a shape we know. Floor 7.

Only loopback is asked, only for a model list, never with a prompt; all of it takes 200 ms at most.
"""

from __future__ import annotations

import asyncio

import msgspec
from msgspec import Struct

from pontage.config import ModelSettings, ProviderSettings
from pontage.errors import PontageError
from pontage.transport import Origin, Outgoing, Timeouts, Transport

BUDGET = 0.2
"""Seconds for all probes together."""


class Probe(Struct, frozen=True):
    """A server that may be there. `owner`: what its list says of each model (empty: nothing in particular)."""

    name: str
    port: int
    owner: str = ""
    list_path: str = "/v1/models"


PROBES = (
    Probe("ollama", 11434, "library"),
    Probe("vllm", 8000, "vllm"),
    Probe("lmstudio", 1234),
    Probe("llamacpp", 8080, "llamacpp"),
)


class _Model(Struct):
    id: str
    object: str
    owned_by: str = ""


class _List(Struct):
    object: str
    data: list[_Model]


async def find_local_servers(transport: Transport, probes: tuple[Probe, ...] = PROBES) -> dict[str, ProviderSettings]:
    """Settings for every server found, by name. Silence, refusal and strange answers mean: not there."""
    found = await asyncio.gather(*(_ask(transport, probe) for probe in probes))
    return {probe.name: settings for probe, settings in zip(probes, found, strict=True) if settings is not None}


async def _ask(transport: Transport, probe: Probe) -> ProviderSettings | None:
    base = f"http://127.0.0.1:{probe.port}"
    question = Outgoing(
        method="GET",
        origin=Origin.of(base),
        target=probe.list_path,
        headers=(("accept", "application/json"),),
        timeouts=Timeouts(BUDGET, BUDGET, BUDGET, BUDGET, BUDGET),
        private=True,
    )
    try:
        async with asyncio.timeout(BUDGET), await transport.send(question) as answer:
            listed = msgspec.json.decode(await answer.read(), type=_List) if answer.status == 200 else None
    except (PontageError, TimeoutError, msgspec.DecodeError, UnicodeDecodeError):
        return None
    if listed is None or listed.object != "list" or (probe.owner and not _owned(listed, probe.owner)):
        return None
    return ProviderSettings(
        type="compatible",
        base_url=f"{base}/v1",
        models={model.id: ModelSettings() for model in listed.data},
    )


def _owned(listed: _List, owner: str) -> bool:
    return all(model.owned_by == owner for model in listed.data)
