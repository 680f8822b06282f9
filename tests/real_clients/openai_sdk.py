"""The official openai client as the scenes drive it, and how OpenAI reads a request."""

import json
from typing import Any

import openai
import pydantic
from openai.lib.streaming.chat import ChatCompletionStreamState
from openai.types.chat import ChatCompletion, completion_create_params

from tests.real_clients.scenes import PERSON, PNG, WEATHER, Asked, Said, Scene
from tests.replay.upstream import Received

FINISHES = {"function_call": "tool_calls", "content_filter": "filter"}
REQUEST = pydantic.TypeAdapter(completion_create_params.CompletionCreateParams)


def connect(url: str, key: str = "client-key") -> openai.OpenAI:
    return openai.OpenAI(base_url=f"{url}/v1", api_key=key, max_retries=2, timeout=30)


def arguments(scene: Scene) -> dict[str, Any]:
    content: Any = scene.prompt
    if scene.image:
        picture = {"type": "image_url", "image_url": {"url": f"data:image/png;base64,{PNG}"}}
        content = [{"type": "text", "text": scene.prompt}, picture]
    messages: list[Any] = [{"role": "system", "content": scene.system}] if scene.system else []
    messages.append({"role": "user", "content": content})
    if scene.answered:
        calls = [
            {
                "id": call_id,
                "type": "function",
                "function": {"name": "get_weather", "arguments": json.dumps({"city": "Oslo", "days": n})},
            }
            for n, (call_id, _) in enumerate(scene.answered)
        ]
        messages.append({"role": "assistant", "tool_calls": calls})
        messages += [{"role": "tool", "tool_call_id": call_id, "content": text} for call_id, text in scene.answered]
    told: dict[str, Any] = {"messages": messages}
    if scene.tools:
        told["tools"] = [
            {"type": "function", "function": {"name": name, "parameters": WEATHER}} for name in scene.tools
        ]
    if scene.forced:
        told["tool_choice"] = {"type": "function", "function": {"name": scene.forced}}
    if scene.schema:
        form = {"name": "person", "strict": True, "schema": PERSON}
        told["response_format"] = {"type": "json_schema", "json_schema": form}
    if scene.thinking:
        told["reasoning_effort"] = "high"
    if scene.temperature is not None:
        told["temperature"] = scene.temperature
    if scene.stop:
        told["stop"] = list(scene.stop)
    return told


def whole(client: openai.OpenAI, model: str, scene: Scene) -> ChatCompletion:
    return client.chat.completions.create(model=model, **arguments(scene))


def streamed(client: openai.OpenAI, model: str, scene: Scene) -> ChatCompletion:
    """What the client's own accumulator makes of a stream."""
    state: ChatCompletionStreamState[Any] = ChatCompletionStreamState()
    chunks = client.chat.completions.create(
        model=model, stream=True, stream_options={"include_usage": True}, **arguments(scene)
    )
    for chunk in chunks:
        state.handle_chunk(chunk)
    return state.current_completion_snapshot  # the final completion without parsing, which refuses a cut answer


def said(answer: ChatCompletion) -> Said:
    choice = answer.choices[0]
    message = choice.message
    details = getattr(message, "reasoning_details", None) or []
    detailed = "".join(one.get("text") or one.get("summary") or "" for one in details)
    thought = getattr(message, "reasoning_content", None) or getattr(message, "reasoning", None) or detailed
    calls: list[tuple[str, Any]] = []
    for call in message.tool_calls or []:
        if call.type == "function":
            calls.append((call.function.name, json.loads(call.function.arguments or "{}") or {}))
        else:
            custom = call.custom  # which the client's accumulator leaves as it came
            named = custom if isinstance(custom, dict) else custom.model_dump()
            calls.append((named["name"], {"input": named["input"]}))
    if message.function_call is not None:
        calls.append((message.function_call.name, json.loads(message.function_call.arguments)))
    usage = answer.usage
    return Said(
        text=(message.content or "") + (message.refusal or ""),
        thought=thought,
        calls=tuple(calls),
        finish="filter" if message.refusal else FINISHES.get(choice.finish_reason, choice.finish_reason) or "stop",
        input=usage and usage.prompt_tokens,
        output=usage and usage.completion_tokens,
    )


def identity(answer: ChatCompletion) -> tuple[str, ...]:
    """Whose answer it is, and the ids that the next request will name."""
    return (answer.id, answer.model, *(call.id for call in answer.choices[0].message.tool_calls or []))


def read(received: Received) -> Asked:
    """The request as OpenAI understands it; pydantic's errors when it is none by OpenAI's own types."""
    REQUEST.validate_python(received.json)
    assert received.path == "/v1/chat/completions"
    return understood(received.json)


def understood(body: dict[str, Any]) -> Asked:
    """What a request of this format means; others have the same words in most places."""
    turns: list[tuple[str, str]] = []
    images: list[str] = []
    system: list[str] = []
    for message in body["messages"]:
        parts = message.get("content") or []
        parts = [{"type": "text", "text": parts}] if isinstance(parts, str) else parts
        text = "".join(part["text"] for part in parts if part["type"] == "text")
        images += [part["image_url"]["url"].partition("base64,")[2] for part in parts if part["type"] == "image_url"]
        role = message["role"]
        if role in ("system", "developer"):
            system.append(text)
        elif role == "tool":
            turns.append(("result", text))
        elif text:
            turns.append((role, text))
        for call in message.get("tool_calls") or []:
            value = json.dumps(json.loads(call["function"]["arguments"]))
            turns.append(("call", f"{call['function']['name']} {value}"))
    form = body.get("response_format") or {}
    schema = form.get("json_schema", {}).get("schema", {})
    choice = body.get("tool_choice")
    stop = body.get("stop") or []
    return Asked(
        model=body["model"],
        stream=body.get("stream") is True,
        system="\n".join(system),
        turns=tuple(turns),
        tools=tuple(
            (tool["function"]["name"], tuple(sorted(tool["function"]["parameters"]["properties"])))
            for tool in body.get("tools", [])
        ),
        forced=choice["function"]["name"] if isinstance(choice, dict) else None,
        schema=tuple(sorted(schema.get("properties", {}))),
        images=tuple(images),
        temperature=body.get("temperature"),
        stop=(stop,) if isinstance(stop, str) else tuple(stop),
    )
