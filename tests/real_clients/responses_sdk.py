"""The official openai client with its newer interface as the scenes drive it, and how OpenAI reads such a request."""

import json
from typing import Any

import openai
import pydantic
from openai.types.responses import Response, response_create_params

from tests.real_clients.openai_sdk import connect
from tests.real_clients.scenes import PERSON, PNG, WEATHER, Asked, BrokenStreamError, Said, Scene
from tests.replay.upstream import Received

__all__ = ["arguments", "connect", "fit", "identity", "read", "said", "streamed", "whole"]

FINISHES = {"max_output_tokens": "length", "content_filter": "filter"}
REQUEST = pydantic.TypeAdapter(response_create_params.ResponseCreateParams)


def arguments(scene: Scene) -> dict[str, Any]:
    content: Any = scene.prompt
    if scene.image:
        picture = {"type": "input_image", "detail": "auto", "image_url": f"data:image/png;base64,{PNG}"}
        content = [{"type": "input_text", "text": scene.prompt}, picture]
    items: list[Any] = [{"role": "user", "content": content}]
    for n, (call_id, _) in enumerate(scene.answered):
        given = json.dumps({"city": "Oslo", "days": n})
        items.append({"type": "function_call", "call_id": call_id, "name": "get_weather", "arguments": given})
    items += [{"type": "function_call_output", "call_id": call_id, "output": text} for call_id, text in scene.answered]
    told: dict[str, Any] = {"input": items}
    if scene.system:
        told["instructions"] = scene.system
    if scene.tools:
        told["tools"] = [
            {"type": "function", "name": name, "parameters": WEATHER, "strict": False} for name in scene.tools
        ]
    if scene.forced:
        told["tool_choice"] = {"type": "function", "name": scene.forced}
    if scene.schema:
        told["text"] = {"format": {"type": "json_schema", "name": "person", "strict": True, "schema": PERSON}}
    if scene.thinking:
        told["reasoning"] = {"effort": "high", "summary": "auto"}
    if scene.temperature is not None:
        told["temperature"] = scene.temperature
    return told


def fit(told: Asked) -> Asked:
    """What the format can say of a request: it has no stop sequences."""
    return told._replace(stop=())


def whole(client: openai.OpenAI, model: str, scene: Scene) -> Response:
    return client.responses.create(model=model, **arguments(scene))


def streamed(client: openai.OpenAI, model: str, scene: Scene) -> Response:
    """What the client's own accumulator makes of a stream; its last helper knows no answer that was cut.

    Some servers tell the output item by item only.
    """
    final: Any = None
    items: dict[int, Any] = {}
    with client.responses.stream(model=model, **arguments(scene)) as stream:
        for event in stream:
            if event.type in ("response.completed", "response.incomplete"):
                final = event.response
            elif event.type == "response.output_item.done":
                items[event.output_index] = event.item
            elif event.type == "response.failed":
                raise BrokenStreamError(event.response.error)
    return final if final.output else final.model_copy(update={"output": [items[index] for index in sorted(items)]})


def said(answer: Response) -> Said:
    text = thought = ""
    calls: list[tuple[str, Any]] = []
    refused = False
    for item in answer.output:
        match item.type:
            case "message":
                refused = refused or any(part.type == "refusal" for part in item.content)
                text += "".join(part.text if part.type == "output_text" else part.refusal for part in item.content)
            case "reasoning":
                thought += "\n\n".join(part.text for part in (item.content or item.summary or []))
            case "function_call":
                calls.append((item.name, json.loads(item.arguments or "{}") or {}))
            case "custom_tool_call":
                calls.append((item.name, {"input": item.input}))
            case _:
                pass  # what a tool of the provider's own did
    reason = answer.incomplete_details.reason if answer.incomplete_details else None
    finish = FINISHES.get(reason or "", reason) or ("tool_calls" if calls else "stop")
    usage = answer.usage
    return Said(
        text=text,
        thought=thought,
        calls=tuple(calls),
        finish="filter" if refused else finish,
        input=usage and usage.input_tokens,
        output=usage and usage.output_tokens,
    )


def identity(answer: Response) -> tuple[str, ...]:
    """Whose answer it is, and the ids that the next request will name."""
    calls = [item.call_id for item in answer.output if item.type in ("function_call", "custom_tool_call")]
    return (answer.id, answer.model, *calls)


def read(received: Received) -> Asked:
    """The request as OpenAI understands it; pydantic's errors when it is none by OpenAI's own types."""
    body = received.json
    REQUEST.validate_python(body)
    assert received.path == "/v1/responses"
    system = [body["instructions"]] if body.get("instructions") else []
    turns: list[tuple[str, str]] = []
    images: list[str] = []
    items = body["input"]
    for item in [{"role": "user", "content": items}] if isinstance(items, str) else items:
        match item.get("type", "message"):
            case "message":
                content = item["content"]
                parts = [{"type": "input_text", "text": content}] if isinstance(content, str) else content
                text = "".join(part["text"] for part in parts if "text" in part)
                images += [one["image_url"].partition("base64,")[2] for one in parts if one["type"] == "input_image"]
                if item["role"] in ("system", "developer"):
                    system.append(text)
                else:
                    turns.append((item["role"], text))
            case "function_call":
                turns.append(("call", f"{item['name']} {json.dumps(json.loads(item['arguments']))}"))
            case "function_call_output":
                output = item["output"]
                turns.append(("result", output if isinstance(output, str) else output[0]["text"]))
            case other:
                raise AssertionError(other)
    choice = body.get("tool_choice")
    return Asked(
        model=body["model"],
        stream=body.get("stream") is True,
        system="\n".join(system),
        turns=tuple(turns),
        tools=tuple((tool["name"], tuple(sorted(tool["parameters"]["properties"]))) for tool in body.get("tools", [])),
        forced=choice["name"] if isinstance(choice, dict) else None,
        schema=tuple(sorted(body.get("text", {}).get("format", {}).get("schema", {}).get("properties", {}))),
        images=tuple(images),
        temperature=body.get("temperature"),
        stop=(),
    )
