"""The official clients in front of a gateway that fails, with the retries they come with: nobody multiplies."""

from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import Any, NamedTuple

import anthropic
import ollama
import openai
import pytest
from cohere import ClientV2
from google import genai
from google.genai import types
from mistralai.client import Mistral

from pontage.config import Config, ProviderSettings, Secret
from tests.conftest import Figures
from tests.faults.matrix import BY_SLUG
from tests.faults.peer import Peer, Step, peer
from tests.faults.wire import Ask
from tests.gateway import RunningGateway, running
from tests.real_clients.bridge import PLAIN, SDKS, close
from tests.real_clients.failures import FAILURES
from tests.replay.upstream import Received

SHIPPED: dict[str, Callable[[str], Any]] = {  # as a program makes them that says nothing of retries
    "openai": lambda url: openai.OpenAI(base_url=f"{url}/v1", api_key="k"),
    "responses": lambda url: openai.OpenAI(base_url=f"{url}/v1", api_key="k"),
    "anthropic": lambda url: anthropic.Anthropic(base_url=url, api_key="k"),
    "google": lambda url: genai.Client(api_key="k", http_options=types.HttpOptions(base_url=url, api_version="v1beta")),
    "mistral": lambda url: Mistral(server_url=url, api_key="k"),
    "cohere": lambda url: ClientV2(base_url=url, api_key="k"),
    "ollama": lambda url: ollama.Client(host=url),
}
FAULTS = (
    "500",
    "503",
    "529",
    "429--no-word-of-a-wait",
    "no-json",
    "closed-after-the-head",
    "401",
)
MODES = {"whole": False, "stream": True}


class House(NamedTuple):
    upstream: Peer
    gateway: RunningGateway


def script(received: Received) -> list[Step]:
    _, slug, *_ = received.path.split("/")
    return list(BY_SLUG[slug].says(Ask("openai_chat", bool(received.json.get("stream")))))


@pytest.fixture(scope="module")
def house() -> Iterator[House]:
    with peer(script) as upstream:
        providers = {
            f"{slug}.{client}.{mode}": ProviderSettings(
                type="compatible",
                base_url=f"http://127.0.0.1:{upstream.port}/{slug}/{client}.{mode}",
                api_key=Secret("key"),
            )
            for slug in FAULTS
            for client in SDKS
            for mode in MODES
        }
        with running(Config(providers=providers)) as gateway:
            yield House(upstream, gateway)


def test_nobody_multiplies(house: House, figures: Figures) -> None:
    def fails(client: str, mode: str, slug: str) -> None:
        program = SHIPPED[client](house.gateway.url)
        try:
            asks = SDKS[client].streamed if MODES[mode] else SDKS[client].whole
            with pytest.raises(FAILURES):
                asks(program, f"{slug}.{client}.{mode}/gpt-x", PLAIN)
        finally:
            close(program)

    with ThreadPoolExecutor(48) as hands:
        told = [hands.submit(fails, client, mode, slug) for client in SDKS for mode in MODES for slug in FAULTS]
        for one in told:
            one.result()
    most = {
        client: max(house.upstream.calls[slug, f"{client}.{mode}"] for slug in FAULTS for mode in MODES)
        for client in SDKS
    }
    for client, calls in most.items():
        figures(f"upstream calls of the official {client} client, at most", calls)
    assert all(1 <= calls <= 3 for calls in most.values()), most
