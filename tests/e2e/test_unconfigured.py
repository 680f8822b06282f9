"""A provider that is not there yet: the caller is told what to set, and where to get a key."""

from collections.abc import Iterator

import pytest

from pontage.config import Config, ProviderSettings
from tests.e2e.asking import Answer, request
from tests.gateway import RunningGateway, running

HELLO = [{"role": "user", "content": "Hello"}]


@pytest.fixture(scope="module")
def bare() -> Iterator[RunningGateway]:
    with running(Config(), environ={"AZURE_OPENAI_API_KEY": "k"}) as gateway:
        yield gateway


def text(answer: Answer) -> str:
    """All that it says, the hint included."""
    return answer.body.decode()


def ask(gateway: RunningGateway, model: str) -> Answer:
    return request(gateway, "POST", "/v1/chat/completions", {"model": model, "messages": HELLO})


@pytest.mark.parametrize(
    ("model", "variable", "page"),
    [
        ("openai/gpt-5-mini", "OPENAI_API_KEY", "https://platform.openai.com/api-keys"),
        ("groq/llama", "GROQ_API_KEY", "https://console.groq.com/keys"),
        ("gemini/gemini-3.8-flash", "GEMINI_API_KEY", "https://aistudio.google.com/apikey"),
    ],
)
def test_a_missing_key_is_named_without_a_configuration(
    bare: RunningGateway, model: str, variable: str, page: str
) -> None:
    answer = ask(bare, model)
    assert (answer.status, answer.json["error"]["code"]) == (401, "invalid_api_key")
    assert variable in text(answer)
    assert page in text(answer)


def test_what_else_is_missing_is_named(bare: RunningGateway) -> None:
    answer = ask(bare, "azure/mine")
    assert answer.status == 404
    assert "AZURE_OPENAI_RESOURCE" in text(answer)
    assert "API_KEY" not in text(answer)
    answer = ask(bare, "vllm/mine")
    assert (answer.status, "set VLLM_BASE_URL" in text(answer)) == (404, True)
    answer = ask(bare, "nobody/mine")
    assert (answer.status, "there is no model" in text(answer)) == (404, True)


def test_a_provider_named_in_a_header_says_so_too(bare: RunningGateway) -> None:
    answer = request(bare, "GET", "/v1/files", None, x_pontage_provider="groq")
    assert (answer.status, "GROQ_API_KEY" in text(answer)) == (401, True)


def test_who_is_configured_without_a_key_is_named() -> None:
    with running(Config(providers={"openai": ProviderSettings()})) as gateway:
        answer = request(gateway, "GET", "/v1/files", None)
        assert (answer.status, "OPENAI_API_KEY" in text(answer)) == (401, True)
        answer = ask(gateway, "groq/llama")
        assert answer.status == 404
        assert "name it under providers" in text(answer)
