"""How a stream ends in each client's format, and how to ask for one."""

import json
from typing import Any, NamedTuple

from tests.e2e.asking import Answer, request
from tests.gateway import RunningGateway


class Form(NamedTuple):
    """A client's format: where to ask for a stream, the last word of one that is whole and of one that has reached the
    limit of tokens, what tells that one broke, and what says nothing but that it is alive."""

    path: str
    success: bytes
    limit: bytes
    failure: bytes
    alive: bytes


_GEMINI = "/v1beta/models/{model}:streamGenerateContent"
_FAILED = b'"status":"failed"'
FORMS = {
    "openai_chat": Form(
        "/v1/chat/completions", b"data: [DONE]", b'"finish_reason": "length"', b'data: {"error":', b": "
    ),
    "openai_responses": Form(
        "/v1/responses", b"event: response.completed", b"event: response.incomplete", b"event: response.failed", b": "
    ),
    "anthropic_messages": Form(
        "/v1/messages", b"event: message_stop", b'"stop_reason":"max_tokens"', b"event: error", b"event: ping"
    ),
    "google_generate": Form(
        f"{_GEMINI}?alt=sse", b'"finishReason":"STOP"', b'"finishReason":"MAX_TOKENS"', b'data: {"error":', b"\n"
    ),
    "google_generate, array": Form(
        _GEMINI, b'"finishReason":"STOP"', b'"finishReason":"MAX_TOKENS"', b'{"error":', b"\n"
    ),
    "ollama_chat": Form("/api/chat", b'"done":true', b'"done_reason":"length"', b'{"error":', b" "),
    "cohere_chat": Form(
        "/v2/chat",
        b'"finish_reason":"COMPLETE"',
        b'"finish_reason":"MAX_TOKENS"',
        b'"finish_reason":"ERROR"',
        b": ",
    ),
}


def table() -> str:
    """The table of the documentation, made of the above."""
    marks = {
        name: [f"`{_word(mark)}`" for mark in (form.success, form.limit, form.failure)] for name, form in FORMS.items()
    }
    rows = [
        f"| {name} | {good} | {end} | an error with its status | {bad} |" for name, (good, end, bad) in marks.items()
    ]
    head = "| client's format | whole | limit of tokens | broken before content | broken after content |"
    return "\n".join([head, "|---|---|---|---|---|", *rows])


def _word(mark: bytes) -> str:
    told = mark.decode().replace('": "', '":"')
    return f"{told} ...}}" if told.endswith(":") else told


def body_of(form: str, model: str) -> dict[str, Any]:
    """A plain question that asks for a stream."""
    if form.startswith("google"):
        return {"contents": [{"role": "user", "parts": [{"text": "Hello."}]}]}
    if form == "openai_responses":
        return {"model": model, "input": "Hello.", "stream": True}
    question = {"model": model, "messages": [{"role": "user", "content": "Hello."}], "stream": True}
    return {**question, "max_tokens": 1000} if form == "anthropic_messages" else question


def asked(gateway: RunningGateway, form: str, model: str, **headers: str) -> Answer:
    """A plain question in this format, and its stream."""
    path = FORMS[form].path.replace("{model}", model)
    return request(gateway, "POST", path, body_of(form, model), content_type="application/json", **headers)


def texts_in(body: bytes) -> str:
    """All texts of a stream in any format, one after the other."""
    return "".join(_texts(value) for value in values_in(body))


def values_in(body: bytes) -> list[Any]:
    """The JSON texts of a stream: of events, of lines, or of one array."""
    told = body.decode()
    if told.lstrip().startswith("["):
        return json.loads(told)
    lines = (line.strip().removeprefix("data: ") for line in told.splitlines())
    return [json.loads(line) for line in lines if line.startswith("{")]


def _texts(value: Any) -> str:
    """The text that one event adds: whatever its format calls it."""
    match value:
        case {"type": "response.output_text.delta", "delta": str(text)}:
            return text
        case {"type": "content_block_delta", "delta": {"text": str(text)}}:
            return text
        case {"type": "content-delta", "delta": {"message": {"content": {"text": str(text)}}}}:
            return text
        case {"choices": [{"delta": {"content": str(text)}}, *_]}:
            return text
        case {"message": {"content": str(text)}, "done": _}:
            return text
        case {"candidates": [{"content": {"parts": list(parts)}}, *_]}:
            return "".join(part.get("text", "") for part in parts)
        case _:
            return ""
