"""What a vendor of each format says: an answer, whole or as a stream, and an error. Plain JSON, written by hand."""

import json
from typing import Any

import msgspec

DIALECTS = (
    "openai_chat",
    "openai_responses",
    "anthropic_messages",
    "google_generate",
    "ollama_chat",
    "cohere_chat",
)
TYPES = {"ollama_chat": "ollama", "cohere_chat": "cohere"}
"""Types of provider that speak these formats; `compatible` speaks the others."""
USAGE: dict[str, tuple[str, str]] = {  # the fields of input and output
    "openai_chat": ("prompt_tokens", "completion_tokens"),
    "openai_responses": ("input_tokens", "output_tokens"),
    "anthropic_messages": ("input_tokens", "output_tokens"),
    "google_generate": ("promptTokenCount", "candidatesTokenCount"),
    "ollama_chat": ("prompt_eval_count", "eval_count"),
    "cohere_chat": ("input_tokens", "output_tokens"),
}
COUNTED = (7, 5)


class Telling(msgspec.Struct, frozen=True):
    """A stream's frames: those before the content, the content piece by piece, and those that end it."""

    opening: tuple[bytes, ...]
    content: tuple[bytes, ...]
    ending: tuple[bytes, ...]

    @property
    def all(self) -> bytes:
        return b"".join((*self.opening, *self.content, *self.ending))


def event(value: dict[str, Any], named: bool = False) -> bytes:
    """A server-sent event."""
    name = b"event: %s\n" % value["type"].encode() if named else b""
    return name + b"data: " + json.dumps(value).encode() + b"\n\n"


def stream_type(dialect: str) -> str:
    return "application/x-ndjson" if dialect == "ollama_chat" else "text/event-stream"


def counts(dialect: str, usage: Any) -> Any:
    """`usage` (input and output, whatever they are) as the format tells it; None: not at all."""
    if usage is None:
        return None
    told = dict(zip(USAGE[dialect], usage, strict=True))
    if dialect in ("openai_chat", "openai_responses", "google_generate") and all(isinstance(one, int) for one in usage):
        told["totalTokenCount" if dialect == "google_generate" else "total_tokens"] = sum(usage)
    return {"tokens": told} if dialect == "cohere_chat" else told


def answer(dialect: str, text: str, usage: Any = COUNTED) -> dict[str, Any]:
    """A whole answer."""
    told = counts(dialect, usage)
    match dialect:
        case "openai_chat":
            message = {"role": "assistant", "content": text}
            body: dict[str, Any] = {
                "id": "c", "object": "chat.completion", "created": 1, "model": "m",
                "choices": [{"index": 0, "message": message, "finish_reason": "stop"}],
            }  # fmt: skip
        case "openai_responses":
            body = {**_response("completed"), "output": [_item(text)]}
        case "anthropic_messages":
            body = {
                "id": "m", "type": "message", "role": "assistant", "model": "m", "stop_reason": "end_turn",
                "stop_sequence": None, "content": [{"type": "text", "text": text}],
            }  # fmt: skip
        case "google_generate":
            content = {"role": "model", "parts": [{"text": text}]}
            body = {"candidates": [{"content": content, "finishReason": "STOP", "index": 0}], "modelVersion": "m"}
        case "ollama_chat":
            return {**_line(text), "done": True, "done_reason": "stop", **(told or {})}
        case _:
            message = {"role": "assistant", "content": [{"type": "text", "text": text}]}
            body = {"id": "c", "finish_reason": "COMPLETE", "message": message}
    field = "usageMetadata" if dialect == "google_generate" else "usage"
    return {**body, field: told} if told is not None else body


def telling(dialect: str, texts: tuple[str, ...], usage: Any = COUNTED) -> Telling:
    """The same answer as a stream, a frame for each of `texts`."""
    told = counts(dialect, usage)
    match dialect:
        case "openai_chat":
            last = [event({**_chunk({}), "choices": [], "usage": told})] if told is not None else []
            return Telling(
                (event(_chunk({"role": "assistant", "content": ""})),),
                tuple(event(_chunk({"content": text})) for text in texts),
                (event(_chunk({}, "stop")), *last, b"data: [DONE]\n\n"),
            )
        case "openai_responses":
            return _responses(texts, told)
        case "anthropic_messages":
            return _messages(texts, told)
        case "google_generate":
            *begun, last = [_candidate(text) for text in texts]
            last["candidates"][0]["finishReason"] = "STOP"
            if told is not None:
                last["usageMetadata"] = told
            return Telling((), tuple(event(one) for one in begun), (event(last),))
        case "ollama_chat":
            end = {**_line(""), "done": True, "done_reason": "stop", **(told or {})}
            return Telling((), tuple(line(_line(text)) for text in texts), (line(end),))
        case _:
            return _cohere(texts, told)


def line(value: dict[str, Any]) -> bytes:
    return json.dumps(value).encode() + b"\n"


def _chunk(delta: dict[str, Any], finish: str | None = None) -> dict[str, Any]:
    choice = {"index": 0, "delta": delta, "finish_reason": finish}
    return {"id": "c", "object": "chat.completion.chunk", "created": 1, "model": "m", "choices": [choice]}


def _line(text: str) -> dict[str, Any]:
    message = {"role": "assistant", "content": text}
    return {"model": "m", "created_at": "2026-01-01T00:00:00Z", "message": message, "done": False}


def _candidate(text: str) -> dict[str, Any]:
    content = {"role": "model", "parts": [{"text": text}]}
    return {"candidates": [{"content": content, "index": 0}], "modelVersion": "m", "responseId": "r"}


def _response(status: str) -> dict[str, Any]:
    return {"id": "r", "object": "response", "created_at": 1, "model": "m", "status": status, "output": []}


def _item(text: str) -> dict[str, Any]:
    content = [{"type": "output_text", "text": text, "annotations": []}]
    return {"id": "i", "type": "message", "role": "assistant", "status": "completed", "content": content}


def _responses(texts: tuple[str, ...], told: Any) -> Telling:
    text = "".join(texts)
    place = {"item_id": "i", "output_index": 0, "content_index": 0}
    part: dict[str, Any] = {"type": "output_text", "text": "", "annotations": []}
    opening = [
        {"type": "response.created", "response": _response("in_progress")},
        {"type": "response.output_item.added", "output_index": 0, "item": {**_item(""), "content": []}},
        {"type": "response.content_part.added", **place, "part": part},
    ]
    ending = [
        {"type": "response.output_text.done", **place, "text": text},
        {"type": "response.content_part.done", **place, "part": {**part, "text": text}},
        {"type": "response.output_item.done", "output_index": 0, "item": _item(text)},
        {
            "type": "response.completed",
            "response": {**_response("completed"), "output": [_item(text)], **({"usage": told} if told else {})},
        },
    ]
    content = [{"type": "response.output_text.delta", **place, "delta": text} for text in texts]
    numbers = iter(range(1000))
    numbered = [[{**one, "sequence_number": next(numbers)} for one in part] for part in (opening, content, ending)]
    return Telling(*(tuple(event(one, named=True) for one in part) for part in numbered))


def _messages(texts: tuple[str, ...], told: Any) -> Telling:
    usage = {"input_tokens": told["input_tokens"], "output_tokens": 1} if told else None
    message = {**answer("anthropic_messages", "", None), "content": [], "stop_reason": None}
    opening = [
        {"type": "message_start", "message": {**message, "usage": usage} if usage else message},
        {"type": "content_block_start", "index": 0, "content_block": {"type": "text", "text": ""}},
    ]
    ending: list[dict[str, Any]] = [
        {"type": "content_block_stop", "index": 0},
        {"type": "message_delta", "delta": {"stop_reason": "end_turn", "stop_sequence": None}},
        {"type": "message_stop"},
    ]
    if told:
        ending[1]["usage"] = {"output_tokens": told["output_tokens"]}
    deltas = [{"type": "text_delta", "text": text} for text in texts]
    content = [{"type": "content_block_delta", "index": 0, "delta": delta} for delta in deltas]
    return Telling(*(tuple(event(one, named=True) for one in part) for part in (opening, content, ending)))


def _cohere(texts: tuple[str, ...], told: Any) -> Telling:
    begun = {"role": "assistant", "content": [], "tool_plan": "", "tool_calls": [], "citations": []}
    opening = [
        {"type": "message-start", "id": "c", "delta": {"message": begun}},
        {"type": "content-start", "index": 0, "delta": {"message": {"content": {"type": "text", "text": ""}}}},
    ]
    content = [
        {"type": "content-delta", "index": 0, "delta": {"message": {"content": {"text": text}}}} for text in texts
    ]
    end: dict[str, Any] = {"finish_reason": "COMPLETE", **({"usage": told} if told else {})}
    ending = [{"type": "content-end", "index": 0}, {"type": "message-end", "delta": end}]
    return Telling(*(tuple(event(one, named=True) for one in part) for part in (opening, content, ending)))


def error(dialect: str, status: int, *, quota: bool = False) -> dict[str, Any]:
    """A vendor's own error. `quota`: one that says the money or the day's share is used up, where it has a word."""
    word = f"it failed with {status}"
    match dialect:
        case "openai_chat" | "openai_responses":
            code = "insufficient_quota" if quota else None
            return {"error": {"message": word, "type": "some_error", "param": None, "code": code}}
        case "anthropic_messages":
            types = {402: "billing_error", 429: "rate_limit_error", 529: "overloaded_error", 500: "api_error"}
            usual = "api_error" if status > 500 else "invalid_request_error"
            told: dict[str, Any] = {"type": types.get(status, usual), "message": word}
            if quota:
                told["details"] = {"error_code": "enforced_spend_limit_reached"}
            return {"type": "error", "error": told, "request_id": "req_1"}
        case "google_generate":
            states = {401: "UNAUTHENTICATED", 403: "PERMISSION_DENIED", 404: "NOT_FOUND", 429: "RESOURCE_EXHAUSTED"}
            states |= {400: "INVALID_ARGUMENT", 500: "INTERNAL", 503: "UNAVAILABLE", 504: "DEADLINE_EXCEEDED"}
            told = {
                "code": status,
                "message": word,
                "status": states.get(status, "INTERNAL" if status > 500 else "INVALID_ARGUMENT"),
            }
            if quota:
                failure = "type.googleapis.com/google.rpc.QuotaFailure"
                told["details"] = [{"@type": failure, "violations": [{"quotaId": "RequestsPerDayPerProject-Free"}]}]
            return {"error": told}
        case "ollama_chat":
            return {"error": word}
        case _:
            return {"id": "c", "message": word}


def error_frame(dialect: str) -> bytes:
    """How a vendor tells inside a stream that it broke."""
    match dialect:
        case "openai_chat":
            return event({"error": {"message": "It broke.", "type": "server_error", "param": None, "code": None}})
        case "openai_responses":
            return event({"type": "error", "code": "server_error", "message": "It broke."}, named=True)
        case "anthropic_messages":
            return event({"type": "error", "error": {"type": "api_error", "message": "It broke."}}, named=True)
        case "google_generate":
            return event({"error": {"code": 500, "message": "It broke.", "status": "INTERNAL"}})
        case "ollama_chat":
            return line({"error": "It broke."})
        case _:
            return event({"type": "message-end", "delta": {"finish_reason": "ERROR", "error": "It broke."}}, named=True)
