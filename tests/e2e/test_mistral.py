"""Mistral's own client at the gateway: under its prefix, and at OpenAI's paths, where only its name tells it apart."""

from collections.abc import Iterator
from typing import Any

import pydantic
import pytest
from mistralai.client import Mistral, errors, models

from pontage.config import Config
from tests.e2e.asking import request
from tests.gateway import RunningGateway, running, upstream_config
from tests.replay.upstream import Upstream, upstream, whole

ASKED: Any = [{"role": "user", "content": "hi"}]
WEATHER: Any = [
    {
        "type": "function",
        "function": {"name": "weather", "parameters": {"type": "object", "properties": {"at": {"type": "string"}}}},
    }
]
SAID: dict[str, Any] = {
    "id": "a", "object": "chat.completion", "created": 1, "model": "m",
    "choices": [{"index": 0, "message": {"role": "assistant", "content": "Hello"}, "finish_reason": "stop"}],
    "usage": {"prompt_tokens": 5, "completion_tokens": 2, "total_tokens": 7},
}  # fmt: skip
PREFIXES = pytest.mark.parametrize("prefix", ["", "/mistral"])


class Person(pydantic.BaseModel):
    name: str
    age: int


@pytest.fixture(scope="module")
def gateway() -> Iterator[RunningGateway]:
    with running(Config()) as started:
        yield started
        assert started.failures == 0


@pytest.fixture
def vendor() -> Iterator[Upstream]:
    with upstream() as server:
        server.play(lambda received: whole(SAID))
        yield server


@PREFIXES
def test_its_client_reads_answers_streams_calls_and_schemas(gateway: RunningGateway, prefix: str) -> None:
    with Mistral(server_url=gateway.url + prefix, api_key="any") as client:
        answer = client.chat.complete(model="sim/echo", messages=ASKED)
        assert (answer.choices or [])[0].message.content == "[simulated] hi"  # type: ignore[union-attr]  # it is there
        assert answer.usage.prompt_tokens
        with client.chat.stream(model="sim/tools", messages=ASKED, tools=WEATHER) as stream:
            chunks = [event.data for event in stream]
        [call] = [call for one in chunks for call in one.choices[0].delta.tool_calls or []]
        assert (call.function.name, call.function.arguments) == ("weather", '{"at":"simulated"}')
        assert len(call.id or "") == 9
        assert (chunks[-1].choices[0].finish_reason, bool(chunks[-1].usage)) == ("tool_calls", True)
        parsed = client.chat.parse(Person, model="sim/chat", messages=ASKED)
        assert parsed.choices[0].message.parsed == Person(name="simulated", age=1)  # type: ignore[index,union-attr]


@PREFIXES
def test_it_lists_what_there_is(gateway: RunningGateway, prefix: str) -> None:
    with Mistral(server_url=gateway.url + prefix, api_key="any") as client:
        listed = {model.id: model for model in client.models.list().data or []}
        assert listed["simulated/echo"].capabilities.completion_chat is True  # type: ignore[union-attr]
        assert client.models.retrieve(model_id="simulated/echo").id == "simulated/echo"


@PREFIXES
def test_its_own_fields_reach_its_provider_untouched_and_others_translated(vendor: Upstream, prefix: str) -> None:
    said: Any = [*ASKED, {"role": "assistant", "content": "Well,", "prefix": True}]
    asked: dict[str, Any] = {"messages": said, "random_seed": 7, "safe_prompt": True, "tool_choice": "any"}
    settings = {"mistral": upstream_config(vendor.url).providers["anthropic"]}
    with (
        running(upstream_config(vendor.url, providers=settings)) as gateway,
        Mistral(server_url=gateway.url + prefix, api_key="any") as client,
    ):
        client.chat.complete(model="mistral/mistral-small-latest", **asked)
        at_home = vendor.last.json
        client.chat.complete(model="openai/gpt-4.1", tools=WEATHER, **asked)
        abroad = vendor.last.json
    assert at_home == {**asked, "model": "mistral-small-latest", "stream": False}
    assert (abroad["seed"], abroad["tool_choice"]) == (7, "required")
    assert "safe_prompt" not in abroad
    assert [message["content"] for message in abroad["messages"]] == ["hi", "Well,"]


@PREFIXES
@pytest.mark.parametrize("streams", [False, True])
def test_its_errors_have_its_own_shape(gateway: RunningGateway, prefix: str, streams: bool) -> None:
    with Mistral(server_url=gateway.url + prefix, api_key="any") as client:
        ask = client.chat.stream if streams else client.chat.complete
        with pytest.raises(errors.SDKError, match="PTG-1402") as raised:
            ask(model="nobody/x", messages=ASKED)
    assert raised.value.status_code == 404
    answer = request(gateway, "POST", "/mistral/v1/chat/completions", b"no json")
    assert answer.status == 400
    assert (answer.json["object"], answer.json["pontage"]["code"]) == ("error", "PTG-1201")
    assert {"message", "type", "param", "code"} <= set(answer.json)


def test_thinking_comes_in_chunks(vendor: Upstream) -> None:
    thought = {"role": "assistant", "reasoning_content": "Hm.", "content": "Hello"}
    vendor.play(lambda received: whole({**SAID, "choices": [{**SAID["choices"][0], "message": thought}]}))
    with running(upstream_config(vendor.url)) as gateway, Mistral(server_url=gateway.url, api_key="any") as client:
        answer = client.chat.complete(model="openai/gpt-4.1", messages=ASKED)
    [thinking, text] = (answer.choices or [])[0].message.content  # type: ignore[union-attr,misc]  # a list of chunks
    assert isinstance(thinking, models.ThinkChunk)
    assert [getattr(piece, "text", "") for piece in thinking.thinking] == ["Hm."]
    assert isinstance(text, models.TextChunk)
    assert text.text == "Hello"
