"""The SDK where it is used wrongly: the field at fault is named, and what is closed says so."""

import asyncio
import gc
import subprocess
import sys
import threading
import time
from typing import Any

import pytest

import pontage
from pontage.asking import ChatOptions, request_of
from pontage.config import Config
from pontage.domain.chat import ChatRequest, FunctionTool, Message, ReasoningOptions, ToolChoice
from pontage.domain.parts import Text
from pontage.errors import InvalidRequestError
from tests.real_clients.bridge import MODELS, casting, played
from tests.replay.upstream import upstream

HALF = "\ud800"
WRONG_PARTS: Any = "x"
LOOP: list[Any] = []
LOOP.append(LOOP)


def test_none_means_not_said() -> None:
    options: Any = dict.fromkeys(ChatOptions.__annotations__)
    assert request_of("m", "x", options) == request_of("m", "x", {})


def test_dicts_of_thinking_and_choice_are_understood() -> None:
    choice = {"type": "function", "function": {"name": "f"}}
    assert request_of("m", "x", {"tool_choice": choice}).tool_choice == ToolChoice("any", ("f",))
    assert request_of("m", "x", {"reasoning": {"effort": "low"}}).reasoning == ReasoningOptions(effort="low")
    assert request_of("m", "x", {"temperature": 1, "stop": ["a"]}).temperature == 1


WRONG: list[tuple[Any, dict[str, Any], str]] = [
    (None, {}, "messages"),
    ([], {}, "messages"),
    (b"x", {}, "messages"),
    (7, {}, "messages"),
    ({"role": "user", "content": "x"}, {}, "messages"),
    (["x"], {}, "messages[0]"),
    ([{"role": "user", "content": "x"}, None], {}, "messages[1]"),
    ([{"role": "user", "content": object()}], {}, "messages[0]"),
    ([{"role": "user", "content": LOOP}], {}, "messages[0]"),
    ([{"role": "user", "content": HALF}], {}, "messages[0]"),
    ([Message(role="user", parts=WRONG_PARTS)], {}, "messages[0]"),
    ("x", {"tools": {"name": "f"}}, "tools"),
    ("x", {"tools": "f"}, "tools"),
    ("x", {"tools": ["f"]}, "tools[0]"),
    ("x", {"tools": [{"type": "function", "function": {"name": HALF}}]}, "tools[0]"),
    ("x", {"tool_choice": 7}, "tool_choice"),
    ("x", {"tool_choice": ""}, "tool_choice"),
    ("x", {"tool_choice": {"type": "function", "x": object()}}, "tool_choice"),
    ("x", {"tool_choice": {"name": "f"}}, "tool_choice"),
    ("x", {"reasoning": {"efort": "low"}}, "reasoning.efort"),
    ("x", {"reasoning": {"effort": 7}}, "reasoning"),
    ("x", {"reasoning": 7}, "reasoning"),
    ("x", {"output": "json"}, "output"),
    ("x", {"temperature": "hot"}, "temperature"),
    ("x", {"temperature": float("nan")}, "temperature"),
    ("x", {"temperature": -1}, "temperature"),
    ("x", {"top_p": 1.5}, "top_p"),
    ("x", {"n": 0}, "n"),
    ("x", {"n": True}, "n"),
    ("x", {"max_tokens": 0}, "max_tokens"),
    ("x", {"max_tokens": 1.5}, "max_tokens"),
    ("x", {"stop": [7]}, "stop"),
    ("x", {"stop": 7}, "stop"),
    ("x", {"metadata": {"a": 1}}, "metadata"),
    ("x", {"system": b"x"}, "system"),
    ("x", {"user": 7}, "user"),
    ("x", {"extra": []}, "extra"),
]


@pytest.mark.parametrize(("messages", "options", "param"), WRONG, ids=[f"{n}-{w[2]}" for n, w in enumerate(WRONG)])
def test_the_field_at_fault_is_named(messages: Any, options: Any, param: str) -> None:
    with pytest.raises(InvalidRequestError) as raised:
        request_of("m", messages, options)
    assert (raised.value.param or "").startswith(param)


@pytest.mark.parametrize("model", ["", None, 7])
def test_a_model_is_a_name(model: Any) -> None:
    with pytest.raises(InvalidRequestError) as raised:
        request_of(model, "x", {})
    assert raised.value.param == "model"


def test_half_a_character_is_no_text() -> None:
    with pontage.Client(Config(), environ={}) as client:
        for messages, options, param in (
            (HALF, {}, "messages[0]"),
            ("x", {"system": HALF}, "messages[0]"),
            ("x", {"user": HALF}, "user"),
            ("x", {"tools": [FunctionTool(name="f", description=HALF)]}, "tools[0]"),
        ):
            with pytest.raises(InvalidRequestError) as raised:
                client.chat("sim/echo", messages, **options)
            assert raised.value.param == param
            with pytest.raises(InvalidRequestError), client.stream("sim/echo", messages, **options):
                pass


def test_a_closed_client_says_so() -> None:
    client = pontage.Client(Config(), environ={})
    with client.stream("sim/echo", "A question that comes in several pieces.") as stream:
        events = iter(stream)
        next(events)
        texts = stream.text_deltas()
        next(texts)
        client.close()
        for use in (lambda: next(events), lambda: next(texts), stream.response):
            with pytest.raises(RuntimeError, match="closed"):
                use()
    for ask in (lambda: client.chat("sim/echo", "x"), lambda: client.stream("sim/echo", "x").__enter__()):
        with pytest.raises(RuntimeError, match="the client is closed"):
            ask()
    with pytest.raises(RuntimeError, match="the client is closed"):
        client.models()
    gc.collect()  # a coroutine that nobody awaited would warn now


def test_whoever_waits_while_it_is_closed_is_told() -> None:
    client = pontage.Client(Config(), environ={})
    told: list[BaseException] = []

    def wait() -> None:
        try:
            client.chat("sim/slow?delay=50", "x")
        except RuntimeError as error:
            told.append(error)

    waiting = threading.Thread(target=wait)
    waiting.start()
    time.sleep(0.2)
    client.close()
    waiting.join(20)
    assert "closed" in str(told[0])


def test_a_closed_async_client_says_so() -> None:
    async def main() -> None:
        client = pontage.AsyncClient(Config(), environ={})
        await client.aclose()
        await client.aclose()
        with pytest.raises(RuntimeError, match="closed"):
            await client.chat("sim/echo", "x")
        with pytest.raises(RuntimeError, match="closed"):
            await client.send(ChatRequest(model="sim/echo", messages=(Message(role="user", parts=(Text(text="x"),)),)))
        with pytest.raises(RuntimeError, match="closed"):
            async with client.stream("sim/echo", "x"):
                pass

    asyncio.run(main())


LOOP_AFTER_LOOP = """
import asyncio, sys, pontage
from pontage.config import Config, ProviderSettings, Secret
client = pontage.AsyncClient(
    Config(providers={"openai": ProviderSettings(base_url=sys.argv[1], api_key=Secret("k"))}), environ={}
)
async def ask():
    return (await client.chat(sys.argv[2], "Hello.")).text
async def ask_elsewhere():
    await ask()
    try:
        await asyncio.to_thread(lambda: asyncio.run(ask()))
    except RuntimeError as error:
        assert "another event loop" in str(error)
    else:
        raise AssertionError("two loops at once")
assert asyncio.run(ask()) == asyncio.run(ask())
asyncio.run(ask_elsewhere())
asyncio.run(client.aclose())
"""


def test_one_client_in_loop_after_loop() -> None:
    # In a process of its own: the connections of a loop that was closed under them cannot be closed any more.
    specimen = next(iter(casting("openai_chat", "text", False)))
    with upstream() as server:
        server.play(lambda received: played(specimen))
        arguments = [f"{server.url}/v1", f"openai/{MODELS['openai']}"]
        done = subprocess.run([sys.executable, "-c", LOOP_AFTER_LOOP, *arguments], capture_output=True, timeout=60)
    assert done.returncode == 0, done.stderr.decode()
