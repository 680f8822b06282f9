"""The official mistralai client as the scenes drive it, and how Mistral reads a request."""

import json
from typing import Any

import msgspec
from mistralai.client import Mistral, models

from tests.real_clients import openai_sdk
from tests.real_clients.scenes import Asked, BrokenStreamError, Said, Scene
from tests.replay.upstream import Received

FINISHES = {"model_length": "length", "content_filter": "filter"}
FIELDS = {field.alias or name for name, field in models.ChatCompletionRequest.model_fields.items()}
MESSAGE_FIELDS = {
    "system": {"role", "content"},
    "user": {"role", "content"},
    "assistant": {"role", "content", "tool_calls", "prefix"},
    "tool": {"role", "content", "tool_call_id", "name"},
}
"""The API is closed: whatever it does not know is a 422."""
ENDS = ("stop", "length", "tool_calls")
"""Why an answer ends, in this format."""


def connect(url: str, key: str = "client-key") -> Mistral:
    return Mistral(server_url=url, api_key=key, timeout_ms=30_000)


def arguments(scene: Scene) -> dict[str, Any]:
    """As OpenAI's client says it; ids of calls have nine letters or digits here."""
    answered = tuple((call_id.replace("_", "").ljust(9, "0"), text) for call_id, text in scene.answered)
    return openai_sdk.arguments(msgspec.structs.replace(scene, answered=answered))


def whole(client: Mistral, model: str, scene: Scene) -> models.ChatCompletionResponse:
    return client.chat.complete(model=model, **arguments(scene))


def streamed(client: Mistral, model: str, scene: Scene) -> models.ChatCompletionResponse:
    """The chunks of a stream put together as Mistral's documentation says: content grows, a call comes as a whole."""
    content: list[Any] = []
    calls: list[models.ToolCall] = []
    finish: str | None = None
    usage: models.UsageInfo | None = None
    last: Any = None
    with client.chat.stream(model=model, **arguments(scene)) as stream:
        for event in stream:
            last = event.data
            usage = last.usage or usage
            for choice in last.choices:
                if choice.index:
                    continue
                finish = choice.finish_reason or finish
                piece = choice.delta.content or ""
                content += [models.TextChunk(text=piece)] if isinstance(piece, str) else piece
                calls += choice.delta.tool_calls or []
    if finish is None:
        raise BrokenStreamError("no end")
    calls.sort(key=lambda call: call.index or 0)
    message = models.AssistantMessage(content=content, tool_calls=calls or None)
    choices = [models.ChatCompletionChoice(index=0, message=message, finish_reason=finish)]
    return models.ChatCompletionResponse(
        id=last.id, object="chat.completion", model=last.model, created=last.created, choices=choices,
        usage=usage or models.UsageInfo(),
    )  # fmt: skip


def said(answer: models.ChatCompletionResponse) -> Said:
    choice = (answer.choices or [])[0]
    message = choice.message
    assert message is not None
    content = message.content or []
    chunks = [models.TextChunk(text=content)] if isinstance(content, str) else content
    thoughts = [inner for chunk in chunks if chunk.type == "thinking" for inner in chunk.thinking]
    calls: list[tuple[str, Any]] = []
    for call in message.tool_calls or []:
        given = call.function.arguments
        calls.append((call.function.name, given if isinstance(given, dict) else json.loads(given or "{}") or {}))
    return Said(
        text="".join(chunk.text for chunk in chunks if chunk.type == "text"),
        thought="".join(inner.text for inner in thoughts if inner.type == "text"),
        calls=tuple(calls),
        finish=FINISHES.get(str(choice.finish_reason), str(choice.finish_reason)),
        input=answer.usage.prompt_tokens,
        output=answer.usage.completion_tokens,
    )


def identity(answer: models.ChatCompletionResponse) -> tuple[str, ...]:
    """Whose answer it is, and the ids that the next request will name."""
    message = (answer.choices or [])[0].message
    return (answer.id, answer.model, *(str(call.id) for call in (message and message.tool_calls) or []))


def read(received: Received) -> Asked:
    """The request as Mistral understands it; pydantic's errors when it is none by Mistral's own types."""
    body = received.json
    models.ChatCompletionRequest.model_validate(body)
    assert received.path == "/v1/chat/completions"
    assert body.keys() <= FIELDS
    for message in body["messages"]:
        assert message.keys() <= MESSAGE_FIELDS[message["role"]]
        identities = [message.get("tool_call_id"), *(call["id"] for call in message.get("tool_calls") or [])]
        assert all(len(one) == 9 and one.isalnum() for one in identities if one is not None)
    return openai_sdk.understood(body)
