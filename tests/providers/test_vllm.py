"""vLLM: where it is, how it is called, and what of it crosses."""

import asyncio
import json
from collections.abc import Awaitable, Callable
from typing import Any

import pytest

from pontage.assemble import assemble
from pontage.config import Config, ProviderSettings, Secret
from pontage.dialects.envelope import Call
from pontage.dialects.table import CLIENT_SIDES
from pontage.domain import ChatRequest, ChatResponse, Message, Origin, OutputFormat, Reasoning, ReasoningOptions, Text
from pontage.domain.stream import Delta, Finished
from pontage.errors import ContextWindowExceededError, InvalidRequestError, StreamTruncatedError
from pontage.providers.base import Attempt, LLMProviderClient
from pontage.registry import ProviderRegistry
from pontage.transport import Transport
from tests.replay.upstream import Upstream, stream, upstream, whole

CHAT = CLIENT_SIDES["openai_chat"]
FOREIGN = Origin("anthropic_messages")
ANSWER = {
    "id": "chatcmpl-1",
    "object": "chat.completion",
    "created": 1,
    "model": "qwen3",
    "choices": [
        {
            "index": 0,
            "message": {"role": "assistant", "content": "Hello.", "reasoning": "Hm."},
            "finish_reason": "stop",
            "stop_reason": "END",
            "token_ids": [1, 2],
        }
    ],
    "usage": {"prompt_tokens": 3, "completion_tokens": 2, "total_tokens": 5},
    "kv_transfer_params": None,
    "prompt_token_ids": [7],
}
PIECES = (
    b'data: {"id":"c","object":"chat.completion.chunk","created":1,"model":"qwen3","choices":[{"index":0,"delta":'
    b'{"role":"assistant","reasoning":"Hm."},"finish_reason":null}]}\n\n'
    b'data: {"id":"c","object":"chat.completion.chunk","created":1,"model":"qwen3","choices":[{"index":0,"delta":'
    b'{"content":"Hello."},"finish_reason":"stop","stop_reason":null}]}\n\n'
    b'data: {"id":"c","object":"chat.completion.chunk","created":1,"model":"qwen3","choices":[],"usage":'
    b'{"prompt_tokens":3,"completion_tokens":2,"total_tokens":5}}\n\n'
)
DONE = b"data: [DONE]\n\n"


def calling(base_url: str, work: Callable[[LLMProviderClient], Awaitable[Any]], **settings: Any) -> Any:
    async def main() -> Any:
        transport = Transport()
        try:
            told = ProviderSettings(base_url=base_url, **settings)
            return await work(ProviderRegistry(transport).configure("vllm", told, {}).client)
        finally:
            await transport.aclose()

    return asyncio.run(main())


def question(**more: Any) -> ChatRequest:
    fields = {"model": "qwen3", "messages": (Message(role="user", parts=(Text(text="Hello."),)),), **more}
    return ChatRequest(**fields)


def asked(server: Upstream, request: ChatRequest) -> tuple[dict[str, Any], dict[str, str]]:
    """What the server is told, and the kind of every note by its place."""
    server.script(whole(ANSWER))
    answer: ChatResponse = calling(server.url, lambda client: client.chat_completion(request, None))
    return server.last.json, {note.where: note.kind for note in answer.notes}


@pytest.mark.parametrize("path", ["", "/", "/v1", "/v1/"])
def test_the_base_url_may_have_the_version_or_not(path: str) -> None:
    with upstream() as server:
        server.script(whole(ANSWER))
        answer = calling(server.url + path, lambda client: client.chat_completion(question(), None))
        assert server.last.path == "/v1/chat/completions"
        assert "authorization" not in server.last.headers
        assert (answer.text, answer.message.parts[0]) == ("Hello.", Reasoning(text="Hm."))
        assert answer.stop.sequence == "END"
        assert answer.choices[0].extra["token_ids"] == [1, 2]
        assert answer.extra["prompt_token_ids"] == [7]


def test_another_path_is_taken_as_it_is() -> None:
    with upstream() as server:
        server.script(whole(ANSWER))
        key = Secret("k-1")
        calling(f"{server.url}/team/v1", lambda client: client.chat_completion(question(), key))
        assert server.last.path == "/team/v1/chat/completions"
        assert server.last.headers["authorization"] == "Bearer k-1"


@pytest.mark.parametrize(
    ("environ", "address"),
    [
        ({"VLLM_BASE_URL": "http://gpu.lan:8000"}, "http://gpu.lan:8000/v1"),
        ({"VLLM_BASE_URL": "http://gpu.lan:8000/v1"}, "http://gpu.lan:8000/v1"),
        ({"VLLM_API_KEY": "k"}, "http://127.0.0.1:8000/v1"),
        ({"VLLM_BASE_URL": ""}, None),
    ],
)
def test_it_is_found_by_its_variables(environ: dict[str, str], address: str | None) -> None:
    async def main() -> list[tuple[str, str, bool]]:
        engine = assemble(Config(), environ)
        try:
            told = [(one.name, one.client.config.base_url, one.ready) for one in engine.registry.all()]
            return [one for one in told if one[0] != "simulated"]
        finally:
            await engine.aclose()

    assert asyncio.run(main()) == ([("vllm", address, True)] if address else [])


def test_its_list_tells_how_long_a_context_may_be() -> None:
    with upstream() as server:
        listed = {"id": "qwen3", "object": "model", "owned_by": "vllm", "root": "Qwen/Qwen3", "max_model_len": 40960}
        server.script(whole({"object": "list", "data": [listed]}))
        [info] = calling(server.url, lambda client: client.list_models(None))
        assert (info.id, info.context, server.last.path) == ("qwen3", 40960, "/v1/models")


def test_fields_of_its_own_pass_untouched_in_the_same_format() -> None:
    body = json.dumps(
        {
            "model": "qwen3",
            "messages": [{"role": "user", "content": "Hello."}],
            "structured_outputs": {"choice": ["yes", "no"]},
            "guided_regex": "[a-z]+",
            "chat_template_kwargs": {"enable_thinking": False},
            "include_reasoning": False,
            "thinking_token_budget": 100,
            "top_k": 20,
            "min_p": 0.1,
            "repetition_penalty": 1.1,
            "max_completion_tokens": 9,
        }
    ).encode()
    with upstream() as server:
        server.script(whole(ANSWER))
        call = Call.received(CHAT, body)
        calling(server.url, lambda client: client.send(call, Attempt(model="qwen3")))
        assert server.last.body == body
        decoded = CHAT.decode_request(body)
        assert decoded.extra["chat_template_kwargs"] == {"enable_thinking": False}
        told, notes = asked(server, decoded)
        limit = told.pop("max_tokens")  # the other name of the same
        assert {**told, "max_completion_tokens": limit} == json.loads(body)
        assert notes == {}


def test_what_comes_from_another_format_is_said_in_its_words() -> None:
    schema = {"type": "object", "properties": {"a": {"type": "integer"}}}
    with upstream() as server:
        told, notes = asked(
            server,
            question(
                origin=FOREIGN,
                top_k=20,
                max_tokens=9,
                stop=tuple("abcdef"),
                output=OutputFormat(kind="schema", schema=schema, name="numbers"),
            ),
        )
        assert (told["top_k"], told["max_tokens"], told["stop"]) == (20, 9, list("abcdef"))
        assert told["response_format"]["json_schema"] == {"name": "numbers", "schema": schema}
        assert notes == {}


@pytest.mark.parametrize(
    ("options", "fields", "noted"),
    [
        (ReasoningOptions(effort="high"), {"reasoning_effort": "high"}, {}),
        (ReasoningOptions(enabled=False), {"reasoning_effort": "none"}, {}),
        (ReasoningOptions(enabled=True), {}, {"reasoning.enabled": "approximated"}),
        (ReasoningOptions(enabled=True, budget_tokens=500), {"thinking_token_budget": 500}, {}),
        (
            ReasoningOptions(effort="low", budget_tokens=500, show=False),
            {"reasoning_effort": "low", "thinking_token_budget": 500, "include_reasoning": False},
            {},
        ),
    ],
)
def test_the_measure_of_thinking(options: ReasoningOptions, fields: dict[str, Any], noted: dict[str, str]) -> None:
    with upstream() as server:
        told, notes = asked(server, question(origin=FOREIGN, reasoning=options))
        names = ("reasoning_effort", "thinking_token_budget", "include_reasoning", "reasoning", "thinking")
        assert {name: told[name] for name in names if name in told} == fields
        assert notes == noted


def test_earlier_thinking_goes_back() -> None:
    spoken = Message(role="assistant", parts=(Reasoning(text="Hm."), Text(text="Hello.")), origin=FOREIGN)
    with upstream() as server:
        told, notes = asked(server, question(messages=(spoken,)))
        assert told["messages"] == [{"role": "assistant", "content": "Hello.", "reasoning_content": "Hm."}]
        assert notes == {}


def test_a_stream_is_whole_only_with_its_last_event() -> None:
    async def collected(client: LLMProviderClient) -> list[Any]:
        async with client.chat_completion_stream(question(), None) as events:
            return [event async for event in events]

    with upstream() as server:
        server.script(stream(PIECES + DONE))
        events = calling(server.url, collected)
        assert [event.text for event in events if isinstance(event, Delta)] == ["Hm.", "Hello."]
        assert isinstance(events[-1], Finished)
        assert events[-1].usage.total_input == 3
        assert server.last.json["stream_options"] == {"include_usage": True}
        server.script(stream(PIECES))
        with pytest.raises(StreamTruncatedError):
            calling(server.url, collected)


def test_its_errors_are_told_apart() -> None:
    too_long = "This model's maximum context length is 4096 tokens. However, you requested 5000 tokens."
    told = {"type": "BadRequestError", "param": None, "code": 400}
    shapes = [
        ({"error": {"message": too_long, **told}}, ContextWindowExceededError),
        ({"object": "error", "message": "no such tool", **told}, InvalidRequestError),
    ]
    with upstream() as server:
        for body, kind in shapes:
            server.script(whole(body, 400))
            with pytest.raises(kind) as caught:
                calling(server.url, lambda client: client.chat_completion(question(), None))
            assert caught.value.provider == "vllm"
