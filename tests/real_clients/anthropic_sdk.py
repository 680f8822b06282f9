"""The official anthropic client as the scenes drive it, and how Anthropic reads a request."""

import json
from typing import Any

import anthropic
import pydantic
from anthropic.types import Message, message_create_params

from tests.real_clients.scenes import PERSON, PNG, WEATHER, Asked, Said, Scene
from tests.replay.upstream import Received

FINISHES = {
    "end_turn": "stop",
    "stop_sequence": "stop",
    "pause_turn": "stop",
    "max_tokens": "length",
    "model_context_window_exceeded": "length",
    "tool_use": "tool_calls",
    "refusal": "filter",
}
REQUEST = pydantic.TypeAdapter(message_create_params.MessageCreateParams)


def connect(url: str, key: str = "client-key") -> anthropic.Anthropic:
    return anthropic.Anthropic(base_url=url, api_key=key, max_retries=2, timeout=30)


def arguments(scene: Scene) -> dict[str, Any]:
    content: Any = scene.prompt
    if scene.image:
        source = {"type": "base64", "media_type": "image/png", "data": PNG}
        content = [{"type": "text", "text": scene.prompt}, {"type": "image", "source": source}]
    messages: list[Any] = [{"role": "user", "content": content}]
    if scene.answered:
        calls = [
            {"type": "tool_use", "id": call_id, "name": "get_weather", "input": {"city": "Oslo", "days": n}}
            for n, (call_id, _) in enumerate(scene.answered)
        ]
        results = [{"type": "tool_result", "tool_use_id": call_id, "content": text} for call_id, text in scene.answered]
        messages += [{"role": "assistant", "content": calls}, {"role": "user", "content": results}]
    told: dict[str, Any] = {"messages": messages, "max_tokens": 4096}
    if scene.system:
        told["system"] = scene.system
    if scene.tools:
        told["tools"] = [{"name": name, "input_schema": WEATHER} for name in scene.tools]
    if scene.forced:
        told["tool_choice"] = {"type": "tool", "name": scene.forced}
    if scene.schema:
        told["output_config"] = {"format": {"type": "json_schema", "schema": PERSON}}
    if scene.thinking:
        told["thinking"] = {"type": "enabled", "budget_tokens": 2048}
    if scene.temperature is not None:
        told["extra_body"] = {"temperature": scene.temperature}
    if scene.stop:
        told["stop_sequences"] = list(scene.stop)
    return told


def whole(client: anthropic.Anthropic, model: str, scene: Scene) -> Message:
    return client.messages.create(model=model, **arguments(scene))


def streamed(client: anthropic.Anthropic, model: str, scene: Scene) -> Message:
    """What the client's own accumulator makes of a stream."""
    with client.messages.stream(model=model, **arguments(scene)) as stream:
        return stream.get_final_message()


def said(answer: Message) -> Said:
    usage = answer.usage
    read = (usage.cache_read_input_tokens or 0) + (usage.cache_creation_input_tokens or 0)
    # What a compaction cost stands beside the sums, and is paid as well.
    apart = [one for one in getattr(usage, "iterations", None) or [] if one["type"] == "compaction"]
    return Said(
        text="".join(block.text for block in answer.content if block.type == "text"),
        thought="".join(block.thinking for block in answer.content if block.type == "thinking"),
        calls=tuple((block.name, block.input) for block in answer.content if block.type == "tool_use"),
        finish=FINISHES.get(str(answer.stop_reason), str(answer.stop_reason)),
        input=usage.input_tokens + read + sum(one["input_tokens"] for one in apart),
        output=usage.output_tokens + sum(one["output_tokens"] for one in apart),
    )


def identity(answer: Message) -> tuple[str, ...]:
    """Whose answer it is, and the ids that the next request will name."""
    return (answer.id, answer.model, *(block.id for block in answer.content if block.type == "tool_use"))


def read(received: Received) -> Asked:
    """The request as Anthropic understands it; pydantic's errors when it is none by Anthropic's own types."""
    body = received.json
    REQUEST.validate_python(body)
    assert received.path == "/v1/messages"
    assert received.headers["anthropic-version"]
    assert body["max_tokens"] > 0
    turns: list[tuple[str, str]] = []
    images: list[str] = []
    for message in body["messages"]:
        for block in blocks_of(message["content"]):
            match block["type"]:
                case "text":
                    turns.append((message["role"], block["text"]))
                case "image":
                    images.append(block["source"]["data"])
                case "tool_use":
                    turns.append(("call", f"{block['name']} {json.dumps(block['input'])}"))
                case "tool_result":
                    assert message["role"] == "user"
                    turns.append(("result", "".join(one["text"] for one in blocks_of(block["content"]))))
                case other:
                    raise AssertionError(other)
    form = (body.get("output_config") or {}).get("format") or body.get("output_format") or {}
    choice = body.get("tool_choice") or {}
    return Asked(
        model=body["model"],
        stream=body.get("stream") is True,
        system="\n".join(block["text"] for block in blocks_of(body.get("system") or [])),
        turns=tuple(turns),
        tools=tuple(
            (tool["name"], tuple(sorted(tool["input_schema"]["properties"]))) for tool in body.get("tools", [])
        ),
        forced=choice.get("name"),
        schema=tuple(sorted(form.get("schema", {}).get("properties", {}))),
        images=tuple(images),
        temperature=body.get("temperature"),
        stop=tuple(body.get("stop_sequences") or ()),
    )


def blocks_of(content: Any) -> list[dict[str, Any]]:
    return [{"type": "text", "text": content}] if isinstance(content, str) else content
