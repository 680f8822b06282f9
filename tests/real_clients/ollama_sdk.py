"""The official ollama client as the scenes drive it, and how Ollama reads a request."""

import json
from typing import Any

from ollama import ChatResponse, Client, Message
from ollama._types import ChatRequest

from tests.real_clients.scenes import PERSON, PNG, WEATHER, Asked, BrokenStreamError, Said, Scene
from tests.replay.upstream import Received

ENDS = ("stop", "length", "tool_calls")
"""Why an answer ends, in this format."""


def connect(url: str, key: str = "client-key") -> Client:
    return Client(host=url, timeout=30, headers={"authorization": f"Bearer {key}"})


def arguments(scene: Scene) -> dict[str, Any]:
    messages: list[Any] = [{"role": "system", "content": scene.system}] if scene.system else []
    messages.append({"role": "user", "content": scene.prompt, **({"images": [PNG]} if scene.image else {})})
    if scene.answered:
        calls = [
            {"function": {"name": "get_weather", "arguments": {"city": "Oslo", "days": n}}}
            for n, _ in enumerate(scene.answered)
        ]
        messages.append({"role": "assistant", "tool_calls": calls})
        messages += [{"role": "tool", "tool_name": "get_weather", "content": text} for _, text in scene.answered]
    told: dict[str, Any] = {"messages": messages, "options": {}}
    if scene.tools:
        told["tools"] = [
            {"type": "function", "function": {"name": name, "parameters": WEATHER}}
            for name in scene.tools
            if scene.forced in (None, name)
        ]
    if scene.schema:
        told["format"] = PERSON
    if scene.thinking:
        told["think"] = True
    if scene.temperature is not None:
        told["options"]["temperature"] = scene.temperature
    if scene.stop:
        told["options"]["stop"] = list(scene.stop)
    return told


def fit(told: Asked) -> Asked:
    """What the format can say of a request: a certain call can only be hinted at, by offering no other."""
    tools = tuple(tool for tool in told.tools if told.forced in (None, tool[0]))
    return told._replace(tools=tools, forced=None)


def whole(client: Client, model: str, scene: Scene) -> ChatResponse:
    return client.chat(model=model, **arguments(scene))


def streamed(client: Client, model: str, scene: Scene) -> ChatResponse:
    """The lines of a stream put together as Ollama's documentation says; the client has no accumulator of its own."""
    content = thinking = ""
    calls: list[Any] = []
    last: Any = None
    for last in client.chat(model=model, stream=True, **arguments(scene)):
        content += last.message.content or ""
        thinking += last.message.thinking or ""
        calls += last.message.tool_calls or []
    if not last.done:
        raise BrokenStreamError("no end")
    message = Message(role="assistant", content=content, thinking=thinking or None, tool_calls=calls or None)
    return last.model_copy(update={"message": message})


def said(answer: ChatResponse) -> Said:
    message = answer.message
    calls = tuple((call.function.name, dict(call.function.arguments)) for call in message.tool_calls or [])
    finish = answer.done_reason or "stop"
    return Said(
        text=message.content or "",
        thought=message.thinking or "",
        calls=calls,
        finish="tool_calls" if calls and finish == "stop" else finish,
        input=answer.prompt_eval_count,
        output=answer.eval_count,
    )


def identity(answer: ChatResponse) -> tuple[str, ...]:
    """Whose answer it is; calls have no ids here."""
    return (str(answer.model),)


def read(received: Received) -> Asked:
    """The request as Ollama understands it; pydantic's errors when it is none by Ollama's own types."""
    body = received.json
    ChatRequest.model_validate(body)
    assert received.path == "/api/chat"
    turns: list[tuple[str, str]] = []
    system: list[str] = []
    images: list[str] = []
    for message in body["messages"]:
        images += message.get("images") or []
        content = message.get("content") or ""
        match message["role"]:
            case "system":
                system.append(content)
            case "tool":
                turns.append(("result", content))
            case role:
                turns += [(role, content)] if content else []
        for call in message.get("tool_calls") or []:
            turns.append(("call", f"{call['function']['name']} {json.dumps(call['function']['arguments'])}"))
    form, options = body.get("format"), body.get("options") or {}
    stop = options.get("stop") or []
    return Asked(
        model=body["model"],
        stream=body.get("stream") is not False,
        system="\n".join(system),
        turns=tuple(turns),
        tools=tuple(
            (tool["function"]["name"], tuple(sorted(tool["function"]["parameters"]["properties"])))
            for tool in body.get("tools", [])
        ),
        forced=None,
        schema=tuple(sorted(form.get("properties", {}))) if isinstance(form, dict) else (),
        images=tuple(images),
        temperature=options.get("temperature"),
        stop=(stop,) if isinstance(stop, str) else tuple(stop),
    )
