"""Kept answers and shared streams, read by the vendors' own clients and by ours."""

import asyncio
from typing import Any

import anthropic
import openai
import pytest

from pontage import AsyncClient
from pontage.config import CacheRule
from tests.e2e.keeping import ROUTE, House, keeping

MESSAGES: list[Any] = [{"role": "user", "content": "Hello."}]


def openai_text(house: House, *, streamed: bool) -> tuple[str, str]:
    """The text and the word about the cache."""
    with openai.OpenAI(base_url=f"{house.gateway.url}/v1", api_key="any", max_retries=0) as client:
        raw = client.chat.completions.with_raw_response
        if not streamed:
            answer = raw.create(model=ROUTE, messages=MESSAGES, max_tokens=1000)
            return answer.parse().choices[0].message.content or "", answer.headers["x-pontage-cache"]
        answer = raw.create(model=ROUTE, messages=MESSAGES, max_tokens=1000, stream=True)
        told, reasons = "", []
        for chunk in answer.parse():
            told += chunk.choices[0].delta.content or ""
            reasons.append(chunk.choices[0].finish_reason)
        assert reasons[-1] == "stop"
        assert set(reasons[:-1]) == {None}
        return told, answer.headers["x-pontage-cache"]


def anthropic_text(house: House, *, streamed: bool) -> tuple[str, str]:
    with anthropic.Anthropic(base_url=house.gateway.url, api_key="any", max_retries=0) as client:
        if not streamed:
            answer = client.messages.with_raw_response.create(model=ROUTE, messages=MESSAGES, max_tokens=1000)
            (block,) = answer.parse().content
            assert block.type == "text"
            return block.text, answer.headers["x-pontage-cache"]
        with client.messages.stream(model=ROUTE, messages=MESSAGES, max_tokens=1000) as stream:
            final = stream.get_final_message()
            assert final.stop_reason == "end_turn"
            (block,) = final.content
            assert block.type == "text"
            return block.text, stream.response.headers["x-pontage-cache"]


TELLING = {"openai": openai_text, "anthropic": anthropic_text}


@pytest.mark.parametrize("first", TELLING)
@pytest.mark.parametrize("streamed", [False, True], ids=["whole", "stream"])
def test_official_clients_read_what_was_kept(first: str, streamed: bool) -> None:
    with keeping(cache=CacheRule()) as house:
        assert TELLING[first](house, streamed=streamed) == ("Fresh 1", "miss")
        for telling in TELLING.values():
            for again in (False, True):
                assert telling(house, streamed=again) == ("Fresh 1", "hit")
        assert len(house.upstream.received) == 1


def test_the_sdk_has_it_too() -> None:
    async def main(client: AsyncClient) -> None:
        first = await client.chat(ROUTE, "Hello.")
        second = await client.chat(ROUTE, "Hello.")
        assert (first.text, first.attempts) == ("Fresh 1", ("openai:200",))
        assert (second.text, second.attempts, second.usage) == ("Fresh 1", (), first.usage)
        assert str(second.cost) == "0.0"
        async with client.stream(ROUTE, "Hello.") as stream:
            told = "".join([text async for text in stream.text_deltas()])
            whole = await stream.response()
        assert told == whole.text == "Fresh 1"
        assert str(whole.cost) == "0.0"

    with keeping(cache=CacheRule()) as house:

        async def opened() -> None:
            async with AsyncClient(house.gateway.engine.config) as client:
                await main(client)

        asyncio.run(opened())
        assert len(house.upstream.received) == 1
