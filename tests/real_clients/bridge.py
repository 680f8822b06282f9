"""The official clients on one side, an upstream made of recordings on the other, and a gateway between them."""

import re
from collections.abc import Iterator
from contextlib import closing, contextmanager
from types import ModuleType
from typing import Any, NamedTuple

import msgspec

from pontage.config import Config, ProviderSettings, Secret, Target, VirtualModel
from tests.gateway import CANARIES, RunningGateway, running, upstream_config
from tests.real_clients import (
    anthropic_sdk,
    cohere_sdk,
    google_sdk,
    mistral_sdk,
    ollama_sdk,
    openai_sdk,
    responses_sdk,
)
from tests.real_clients.cast import casting as casting
from tests.real_clients.cast import chosen, players, readable, side_of
from tests.real_clients.scenes import ENDS, Asked, Said, Scene, alike
from tests.replay.upstream import Scripted, Upstream, stream, upstream, whole
from tests.specimens import Specimen

SDKS: dict[str, ModuleType] = {
    "openai": openai_sdk,
    "responses": responses_sdk,
    "anthropic": anthropic_sdk,
    "google": google_sdk,
    "mistral": mistral_sdk,
    "cohere": cohere_sdk,
    "ollama": ollama_sdk,
}


class Vendor(NamedTuple):
    """An upstream: its format, a model of it, whose client reads its answers, and the folder of its recordings."""

    dialect: str
    model: str
    client: str
    folder: str

    @property
    def sdk(self) -> ModuleType:
        return SDKS[self.client]


VENDORS = {
    "openai": Vendor("openai_chat", "gpt-4.1", "openai", "openai"),
    "responses": Vendor("openai_responses", "gpt-4.1", "responses", "openai-responses"),
    "anthropic": Vendor("anthropic_messages", "claude-haiku-4-5", "anthropic", "anthropic"),
    "google": Vendor("google_generate", "gemini-2.5-flash", "google", "google"),
    "mistral": Vendor("mistral_chat", "mistral-small-latest", "mistral", "mistral"),
    "cohere": Vendor("cohere_chat", "command-a-03-2025", "cohere", "cohere"),
    "ollama": Vendor("ollama_chat", "qwen3", "ollama", "ollama"),
    "vllm": Vendor("openai_chat", "qwen3", "openai", "vllm"),
    "openrouter": Vendor("openai_chat", "qwen/qwen3-32b", "openai", "openai-compatible"),
}
MAIN = ("openai", "anthropic", "google")
DIALECTS = {name: VENDORS[name].dialect for name in MAIN}
MODELS = {name: VENDORS[name].model for name in MAIN}
CLIENT_KEY = "client-canary-2b7d91e4"  # what a client says to the gateway; no upstream may ever see it
PLAIN = Scene(name="plain")
ONLY = {("responses", "openai"): "chat"}
"""OpenAI takes both of its formats as they are: where they shall be bridged, a server of the older one is asked."""


def provider_for(client: str, vendor: str) -> str:
    """The provider through which this client's request has to be translated."""
    return ONLY.get((client, vendor), vendor)


def sayable(sdk: ModuleType, told: Asked) -> Asked:
    """What a client's format can say of a request: all of it, unless its module tells otherwise."""
    return sdk.fit(told) if hasattr(sdk, "fit") else told


def same(client: str, said: Said, expected: Said) -> bool:
    """Whether both mean the same, as far as the client's format has the words."""
    return alike(said, expected, getattr(SDKS[client], "ENDS", ENDS))


class Bridge(NamedTuple):
    """All that stands between a client and a recording. `direct` are the same clients without a gateway."""

    upstream: Upstream
    gateway: RunningGateway
    clients: dict[str, Any]
    direct: dict[str, Any]

    def ask(self, client: str, vendor: str, scene: Scene, streams: bool) -> Any:
        """What the official client hands back, through the gateway."""
        return self._ask(client, f"{provider_for(client, vendor)}/{VENDORS[vendor].model}", scene, streams)

    def ask_once(self, client: str, vendor: str, scene: Scene, streams: bool) -> Any:
        """The same without a second attempt, and as if nothing had failed before."""
        self.gateway.engine.book.reset()
        return self._ask(client, f"once-{provider_for(client, vendor)}", scene, streams)

    def _ask(self, client: str, model: str, scene: Scene, streams: bool) -> Any:
        sdk = SDKS[client]
        return (sdk.streamed if streams else sdk.whole)(self.clients[client], model, scene)

    def expected(self, vendor: str, specimen: Specimen) -> Said:
        """What the vendor's own client makes of the answer when nothing is between them."""
        _, model, client, _ = VENDORS[vendor]
        sdk = SDKS[client]
        self.upstream.script(played(specimen))
        ask = sdk.streamed if specimen.stream is not None else sdk.whole
        return sdk.said(ask(self.direct[client], model, PLAIN))


def every_vendor(url: str) -> Config:
    """A configuration whose providers are all one server, each by its vendor's paths."""
    keyed = {name: Secret(CANARIES[name]) for name in CANARIES}
    more = {
        "responses": ProviderSettings(
            type="compatible", dialect="openai_responses", base_url=f"{url}/v1", api_key=keyed["responses"]
        ),
        "chat": ProviderSettings(type="compatible", base_url=f"{url}/v1", api_key=keyed["openai"]),
        "mistral": ProviderSettings(base_url=url, api_key=keyed["mistral"]),
        "cohere": ProviderSettings(base_url=url, api_key=keyed["cohere"]),
        "ollama": ProviderSettings(base_url=url, api_key=keyed["ollama"]),
        "vllm": ProviderSettings(base_url=url, api_key=keyed["vllm"]),
        "openrouter": ProviderSettings(base_url=f"{url}/v1", api_key=keyed["openrouter"]),
    }
    config = upstream_config(url, providers=more)
    targets = {name: f"{name}/{VENDORS[name].model}" for name in VENDORS} | {"chat": f"chat/{VENDORS['openai'].model}"}
    once = {f"once-{name}": VirtualModel(targets=[Target(model=target)], retries=0) for name, target in targets.items()}
    return msgspec.structs.replace(config, models=once)


@contextmanager
def bridge() -> Iterator[Bridge]:
    with upstream() as server, running(every_vendor(server.url)) as gateway:
        clients = {name: sdk.connect(gateway.url, CLIENT_KEY) for name, sdk in SDKS.items()}
        direct = {name: sdk.connect(server.url) for name, sdk in SDKS.items()}
        try:
            yield Bridge(server, gateway, clients, direct)
        finally:
            for client in (*clients.values(), *direct.values()):
                close(client)


def close(client: Any) -> None:
    """Close a client; some can only be left."""
    (closing(client) if hasattr(client, "close") else client).__exit__(None, None, None)


def played(specimen: Specimen) -> Scripted:
    """The answer of a specimen; a stream comes in pieces that end in the middle of lines and of characters."""
    if specimen.stream is None:
        assert specimen.answer is not None
        return whole(specimen.answer)
    scripted = stream(specimen.stream, range(7, len(specimen.stream), 397))
    (kind, *_) = side_of(specimen.dialect).stream_types
    return msgspec.structs.replace(scripted, headers=(("content-type", kind),))


def casting_of(client: str, vendor: str, scene: str, streams: bool, count: int = 2) -> list[Specimen]:
    """Those of `casting` that this vendor, or a server of its kind, was recorded to say, and that `client` can read."""
    dialect, _, _, folder = VENDORS[vendor]
    its_own = re.compile(rf"{folder}-[0-9a-f]+|.*/.*")
    for wanted in (scene, "text"):
        able = [one for one in players(dialect, wanted, streams) if its_own.fullmatch(one.specimen.id)]
        if able := [one for one in able if readable(client, one)]:
            return chosen(able, scene, count)
    return []
