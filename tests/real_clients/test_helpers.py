"""What the official clients offer beyond plain calls: typed answers, stream helpers, async, raw responses."""

import asyncio
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import anthropic
import cohere
import ollama
import openai
import pydantic
import pytest
from google import genai
from google.genai import types
from mistralai.client import Mistral

from pontage.config import Config
from tests.conftest import Figures
from tests.e2e.asking import ask, streamed_text, text_of
from tests.gateway import RunningGateway, running
from tests.real_clients.bridge import CLIENT_KEY, SDKS, VENDORS, Bridge, casting_of, played
from tests.real_clients.scenes import SCENES


class Person(pydantic.BaseModel):
    name: str
    age: int


@pytest.fixture(scope="module")
def gateway() -> Iterator[RunningGateway]:
    with running(Config()) as started:
        yield started
        assert started.failures == 0


def test_typed_answers(gateway: RunningGateway) -> None:
    asked: list[Any] = [{"role": "user", "content": "Who?"}]
    with openai.OpenAI(base_url=f"{gateway.url}/v1", api_key="k") as first:
        parsed = first.chat.completions.parse(model="sim/chat", messages=asked, response_format=Person)
        assert parsed.choices[0].message.parsed == Person(name="simulated", age=1)
        with first.chat.completions.stream(model="sim/chat", messages=asked, response_format=Person) as stream:
            assert stream.get_final_completion().choices[0].message.parsed == Person(name="simulated", age=1)
        answer = first.responses.parse(model="sim/chat", input="Who?", text_format=Person)
        assert answer.output_parsed == Person(name="simulated", age=1)
    with anthropic.Anthropic(base_url=gateway.url, api_key="k") as second:
        told = second.messages.parse(model="sim/chat", max_tokens=99, messages=asked, output_format=Person)
        assert told.parsed_output == Person(name="simulated", age=1)
    third = genai.Client(api_key="k", http_options=types.HttpOptions(base_url=gateway.url))
    config = types.GenerateContentConfig(response_mime_type="application/json", response_schema=Person)
    assert third.models.generate_content(model="sim/chat", contents="Who?", config=config).parsed == Person(
        name="simulated", age=1
    )
    third.close()


def test_stream_helpers(gateway: RunningGateway) -> None:
    asked: list[Any] = [{"role": "user", "content": "Say this back in pieces, please."}]
    with openai.OpenAI(base_url=f"{gateway.url}/v1", api_key="k") as first:
        with first.chat.completions.stream(model="sim/echo", messages=asked) as stream:
            kinds = [event.type for event in stream]
        assert kinds.count("content.delta") > 1
        assert "content.done" in kinds
        with first.responses.stream(model="sim/echo", input="Say this back.") as pieces:
            assert "".join(event.delta for event in pieces if event.type == "response.output_text.delta") == (
                "[simulated] Say this back."
            )
            assert pieces.get_final_response().output_text == "[simulated] Say this back."
    with anthropic.Anthropic(base_url=gateway.url, api_key="k") as second:
        with second.messages.stream(model="sim/echo", max_tokens=99, messages=asked) as told:
            assert "".join(told.text_stream) == "[simulated] Say this back in pieces, please."
        raw = second.messages.with_raw_response.create(model="sim/echo", max_tokens=99, messages=asked)
        assert raw.headers["x-pontage-simulated"] == "true"
        assert raw.request_id == raw.headers["request-id"]


def test_automatic_function_calling(gateway: RunningGateway) -> None:
    calls: list[str] = []

    def get_weather(city: str) -> str:
        """The weather in a city."""
        calls.append(city)
        return f"4 degrees in {city}"

    client = genai.Client(api_key="k", http_options=types.HttpOptions(base_url=gateway.url))
    config = types.GenerateContentConfig(tools=[get_weather])
    answer = client.models.generate_content(model="sim/tools", contents="The weather?", config=config)
    client.close()
    assert calls == ["simulated"]
    assert "4 degrees in simulated" in (answer.text or "")


def test_async_clients(gateway: RunningGateway) -> None:
    asked: list[Any] = [{"role": "user", "content": "Hello."}]

    async def main() -> None:
        async with openai.AsyncOpenAI(base_url=f"{gateway.url}/v1", api_key="k") as first:
            answers = await asyncio.gather(
                *(first.chat.completions.create(model="sim/echo", messages=asked) for _ in range(10))
            )
            assert {answer.choices[0].message.content for answer in answers} == {"[simulated] Hello."}
        async with (
            anthropic.AsyncAnthropic(base_url=gateway.url, api_key="k") as second,
            second.messages.stream(model="sim/echo", max_tokens=9, messages=asked) as stream,
        ):
            assert (await stream.get_final_message()).content[0].type == "text"
        third = cohere.AsyncClientV2(base_url=gateway.url, api_key="k")
        async with third, ollama.AsyncClient(host=gateway.url) as fourth, Mistral(server_url=gateway.url) as fifth:
            from_cohere = await third.chat(model="sim/echo", messages=asked)
            assert from_cohere.message.content[0].text == "[simulated] Hello."
            pieces = [piece async for piece in await fourth.chat("sim/echo", asked, stream=True)]
            assert "".join(piece.message.content for piece in pieces) == "[simulated] Hello."
            async with await fifth.chat.stream_async(model="sim/echo", messages=asked) as events:
                told = [event.data.choices[0].delta.content async for event in events]
            assert "".join(told) == "[simulated] Hello."

    asyncio.run(main())


def test_many_at_once_do_not_mix(gateway: RunningGateway, figures: Figures) -> None:
    def one(number: int) -> bool:
        form = ("openai", "anthropic", "google")[number % 3]
        prompt = f"Number {number} of many, said back in several pieces."
        answer = ask(gateway, form, "sim/echo", stream=number % 2 == 0, prompt=prompt)
        told = streamed_text(form, answer.body) if number % 2 == 0 else text_of(form, answer.json)
        return told == f"[simulated] {prompt}"

    with ThreadPoolExecutor(32) as pool:
        assert all(pool.map(one, range(300)))
    figures("requests at once in three formats, each with its own answer", 300)


def test_a_clients_own_key_reaches_no_upstream(house: Bridge) -> None:
    for client in SDKS:
        for vendor in VENDORS:
            for streams in (False, True):
                house.upstream.script(played(casting_of(client, vendor, "text", streams)[0]))
                house.ask(client, vendor, SCENES[0], streams)
                heard = house.upstream.last
                assert CLIENT_KEY not in f"{heard.path}?{heard.query} {heard.headers} {heard.body!r}"
    assert CLIENT_KEY not in "\n".join(house.gateway.log)
