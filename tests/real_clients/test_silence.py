"""Signs of life before and between the pieces of a stream, read by the official clients."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import pytest

from pontage.config import Config, ProviderSettings, ServerSection, StreamsSection, Target, VirtualModel
from tests.e2e.test_silence import failing
from tests.e2e.test_truth import EVENT_STREAM, chunk
from tests.gateway import RunningGateway, running
from tests.real_clients.bridge import close
from tests.replay.upstream import Scripted, upstream

TURNS = [{"role": "user", "content": "Hi."}]
PIECES = (chunk("hel"), chunk("lo", "stop") + b"data: [DONE]\n\n")


@contextmanager
def opened(client: Any) -> Iterator[Any]:
    """A client for so long; none of its sockets is left behind."""
    try:
        yield client
    finally:
        close(client)


def openai(url: str) -> str:
    from openai import OpenAI

    with opened(OpenAI(base_url=f"{url}/v1", api_key="none", max_retries=0)) as client:
        told = client.chat.completions.create(model="openai", messages=TURNS, stream=True)
        return "".join(one.choices[0].delta.content or "" for one in told if one.choices)


def responses(url: str) -> str:
    from openai import OpenAI

    with opened(OpenAI(base_url=f"{url}/v1", api_key="none", max_retries=0)) as client:
        told = client.responses.create(model="responses", input="Hi.", stream=True)
        return "".join(one.delta for one in told if one.type == "response.output_text.delta")


def anthropic(url: str) -> str:
    from anthropic import Anthropic

    with (
        opened(Anthropic(base_url=url, api_key="none", max_retries=0)) as client,
        client.messages.stream(model="anthropic", max_tokens=100, messages=TURNS) as told,
    ):
        return told.get_final_text()


def google(url: str) -> str:
    from google import genai

    with opened(genai.Client(api_key="none", http_options={"base_url": url})) as client:
        told = client.models.generate_content_stream(model="google", contents="Hi.")
        return "".join(one.text or "" for one in told)


def ollama(url: str) -> str:
    from ollama import Client

    with opened(Client(host=url)) as client:
        told = client.chat(model="ollama", messages=TURNS, stream=True)
        return "".join(one.message.content or "" for one in told)


def cohere(url: str) -> str:
    import cohere as sdk

    with opened(sdk.ClientV2(api_key="none", base_url=url)) as client:
        told = client.chat_stream(model="cohere", messages=TURNS)
        return "".join(one.delta.message.content.text for one in told if one.type == "content-delta")


def mistral(url: str) -> str:
    from tests.real_clients.mistral_sdk import Mistral

    with opened(Mistral(api_key="none", server_url=url)) as client:
        told = client.chat.stream(model="mistral", messages=TURNS)
        return "".join(one.data.choices[0].delta.content or "" for one in told)


CLIENTS = [openai, responses, anthropic, google, ollama, cohere, mistral]


@pytest.fixture(scope="module")
def house() -> Iterator[tuple[RunningGateway, Callable[[], None]]]:
    with upstream() as vendor:
        one = ProviderSettings(type="compatible", base_url=f"{vendor.url}/v1")
        section = ServerSection(streams=StreamsSection(commit_after=0.1, keep_alive=0.1))
        routes = {
            client.__name__: VirtualModel(
                targets=[Target(model=f"a/{client.__name__}"), Target(model="b/y")], retries=1
            )
            for client in CLIENTS
        }
        config = Config(providers={"a": one, "b": one}, models=routes, server=section)
        slow = Scripted(headers=EVENT_STREAM, pieces=PIECES, pause=0.3)
        with running(config) as gateway:
            yield gateway, lambda: vendor.script(failing(0.4), slow)


@pytest.mark.parametrize("client", CLIENTS)
def test_a_client_reads_on_over_signs_of_life(
    house: tuple[RunningGateway, Callable[[], None]], client: Callable[[str], str]
) -> None:
    gateway, script = house
    script()
    assert client(gateway.url) == "hello"
