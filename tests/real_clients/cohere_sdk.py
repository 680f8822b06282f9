"""The official cohere client as the scenes drive it, and how Cohere reads a request."""

import json
from typing import Any

from cohere import ClientV2, V2ChatResponse

from tests.real_clients import openai_sdk
from tests.real_clients.scenes import PERSON, Asked, BrokenStreamError, Said, Scene
from tests.replay.upstream import Received

FINISHES = {"COMPLETE": "stop", "STOP_SEQUENCE": "stop", "MAX_TOKENS": "length", "TOOL_CALL": "tool_calls"}
FIELDS = {
    "model", "messages", "stream", "tools", "strict_tools", "tool_choice", "response_format", "thinking", "temperature",
    "stop_sequences", "max_tokens",
}  # fmt: skip
ENDS = ("stop", "length", "tool_calls")
"""Why an answer ends, in this format."""


def connect(url: str, key: str = "client-key") -> ClientV2:
    return ClientV2(base_url=url, api_key=key, timeout=30, max_retries=0)


def arguments(scene: Scene) -> dict[str, Any]:
    """As OpenAI's client says it, with the words that differ."""
    told = openai_sdk.arguments(scene)
    if scene.forced:
        told["tool_choice"] = "REQUIRED"
        told["tools"] = [tool for tool in told["tools"] if tool["function"]["name"] == scene.forced]
    if scene.schema:
        told["response_format"] = {"type": "json_object", "json_schema": PERSON}
    if told.pop("reasoning_effort", None):
        told["thinking"] = {"type": "enabled", "token_budget": 2048}
    if scene.stop:
        told["stop_sequences"] = told.pop("stop")
    return told


def fit(told: Asked) -> Asked:
    """What the format can say of a request: it may force a call, so a certain one is forced by offering no other."""
    tools = tuple(tool for tool in told.tools if told.forced in (None, tool[0]))
    return told._replace(tools=tools, forced=None)


def whole(client: ClientV2, model: str, scene: Scene) -> V2ChatResponse:
    return client.chat(model=model, **arguments(scene))


def streamed(client: ClientV2, model: str, scene: Scene) -> V2ChatResponse:
    """The events of a stream put together as Cohere's documentation says; the client has no accumulator of its own."""
    answer: dict[str, Any] = {}
    message: dict[str, Any] = {"role": "assistant", "tool_plan": ""}
    contents: dict[int, Any] = {}
    calls: dict[int, Any] = {}
    for event in client.chat_stream(model=model, **arguments(scene)):
        match event.type:
            case "message-start":
                answer["id"] = event.id
            case "content-start":
                contents[event.index] = event.delta.message.content.model_dump(exclude_none=True)
            case "content-delta":
                for name, text in event.delta.message.content.model_dump(exclude_none=True).items():
                    contents[event.index][name] += text
            case "tool-plan-delta":
                message["tool_plan"] += event.delta.message.tool_plan
            case "tool-call-start":
                calls[event.index] = event.delta.message.tool_calls.model_dump()
            case "tool-call-delta":
                calls[event.index]["function"]["arguments"] += event.delta.message.tool_calls.function.arguments
            case "message-end":
                if event.delta.error:
                    raise BrokenStreamError(event.delta.error)
                answer |= event.delta.model_dump(exclude_none=True)
            case _:
                assert event.type.endswith("-end") or event.type.startswith("citation-")
    message |= {"content": list(contents.values()), "tool_calls": list(calls.values())}
    return V2ChatResponse.model_validate({**answer, "message": message})


def said(answer: V2ChatResponse) -> Said:
    message = answer.message
    content = message.content or []
    calls = [
        (call.function.name, json.loads(call.function.arguments or "{}") or {}) for call in message.tool_calls or []
    ]
    tokens = answer.usage and answer.usage.tokens
    return Said(
        text="".join(part.text for part in content if part.type == "text"),
        thought="".join(part.thinking for part in content if part.type == "thinking") + (message.tool_plan or ""),
        calls=tuple(calls),
        finish=FINISHES.get(str(answer.finish_reason), str(answer.finish_reason)),
        input=tokens and int((tokens.input_tokens or 0) + (getattr(tokens, "image_tokens", None) or 0)),
        output=tokens and int(tokens.output_tokens or 0),
    )


def identity(answer: V2ChatResponse) -> tuple[str, ...]:
    """Whose answer it is, and the ids that the next request will name."""
    return (answer.id, *(call.id for call in answer.message.tool_calls or []))


def read(received: Received) -> Asked:
    """The request as Cohere understands it."""
    body = received.json
    assert received.path == "/v2/chat"
    assert body.keys() <= FIELDS
    assert body.get("tool_choice") in (None, "REQUIRED", "NONE")
    return openai_sdk.understood(body)._replace(
        schema=tuple(sorted((body.get("response_format") or {}).get("json_schema", {}).get("properties", {}))),
        stop=tuple(body.get("stop_sequences") or ()),
    )
