"""What a user can do wrong: every official client raises its own exception, with our message and code in it."""

from collections.abc import Callable, Iterator
from typing import Any

import pytest
from google.genai import types

from pontage.config import Config, ProviderSettings
from tests.gateway import RunningGateway, running
from tests.real_clients.bridge import PLAIN, SDKS, close
from tests.real_clients.failures import KINDS, failing

CLIENTS = pytest.mark.parametrize("client", SDKS)
MODES = pytest.mark.parametrize("streams", [False, True], ids=["whole", "stream"])
ASKED: Any = [{"role": "user", "content": "Hi."}]
HOT: Any = {"generationConfig": {"temperature": "hot"}}
WRONG: dict[str, list[tuple[str, Callable[[Any], object]]]] = {  # client -> what the message names, and a wrong request
    "openai": [
        ("temperature", lambda sdk: sdk.chat.completions.create(model="sim/echo", messages=ASKED, temperature="hot")),
        ("messages", lambda sdk: sdk.chat.completions.create(model="sim/echo", messages=[])),
        ("model", lambda sdk: sdk.chat.completions.create(model="", messages=ASKED)),
    ],
    "responses": [
        ("input", lambda sdk: sdk.responses.create(model="sim/echo", input=7)),
        ("temperature", lambda sdk: sdk.responses.create(model="sim/echo", input="Hi.", temperature="hot")),
    ],
    "anthropic": [
        ("max_tokens", lambda sdk: sdk.messages.create(model="sim/echo", max_tokens=-5, messages=ASKED)),
        ("messages", lambda sdk: sdk.messages.create(model="sim/echo", max_tokens=5, messages=[])),
    ],
    "google": [
        (
            "generationConfig.temperature",
            lambda sdk: sdk.models.generate_content(
                model="sim/echo",
                contents="Hi.",
                config=types.GenerateContentConfig(http_options=types.HttpOptions(extra_body=HOT)),
            ),
        ),
    ],
    "mistral": [
        ("messages", lambda sdk: sdk.chat.complete(model="sim/echo", messages=[])),
        ("model", lambda sdk: sdk.chat.complete(model="", messages=ASKED)),
        ("n", lambda sdk: sdk.chat.complete(model="sim/echo", messages=ASKED, n=10**6)),
    ],
    "cohere": [
        ("messages", lambda sdk: sdk.chat(model="sim/echo", messages=[])),
        ("temperature", lambda sdk: sdk.chat(model="sim/echo", messages=ASKED, temperature="hot")),
        ("messages", lambda sdk: list(sdk.chat_stream(model="sim/echo", messages=[]))),
    ],
    "ollama": [
        ("messages", lambda sdk: sdk.chat("sim/echo", [])),
        ("messages", lambda sdk: list(sdk.chat("sim/echo", [], stream=True))),
    ],
}


@pytest.fixture(scope="module")
def gateway() -> Iterator[RunningGateway]:
    with running(Config(providers={"openai": ProviderSettings()})) as started:
        yield started
        assert started.failures == 0


@pytest.fixture(scope="module")
def clients(gateway: RunningGateway) -> Iterator[dict[str, Any]]:
    made = {name: sdk.connect(gateway.url) for name, sdk in SDKS.items()}
    yield made
    for client in made.values():
        close(client)


def ask(clients: dict[str, Any], client: str, model: str, streams: bool) -> object:
    sdk = SDKS[client]
    return (sdk.streamed if streams else sdk.whole)(clients[client], model, PLAIN)


@CLIENTS
@MODES
def test_an_unknown_model(clients: dict[str, Any], client: str, streams: bool) -> None:
    error = failing(lambda: ask(clients, client, "simulated/ecko", streams))
    assert (error.kind.__name__, error.status) == (KINDS[client][404], 404)
    assert "PTG-1402" in error.shown
    assert "echo" in error.shown  # of those there are


@CLIENTS
@MODES
def test_a_provider_without_its_key(clients: dict[str, Any], client: str, streams: bool) -> None:
    error = failing(lambda: ask(clients, client, "openai/gpt-5", streams))
    assert (error.kind.__name__, error.status) == (KINDS[client][401], 401)
    assert "PTG-1301" in error.shown
    assert "OPENAI_API_KEY" in error.shown


@pytest.mark.parametrize(
    ("client", "named", "wrong"), [(client, *case) for client, cases in WRONG.items() for case in cases]
)
def test_a_request_that_is_wrong(
    clients: dict[str, Any], client: str, named: str, wrong: Callable[[Any], object]
) -> None:
    error = failing(lambda: wrong(clients[client]))
    assert (error.kind.__name__, error.status) == (KINDS[client][400], 400)
    assert "PTG-1201" in error.shown
    assert named in error.shown
