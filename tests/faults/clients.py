"""Clients of every format that read what comes without any of the gateway's own code, and judge whether it is whole."""

import json
import re
from collections.abc import Iterator
from typing import Any, NamedTuple

from tests.e2e.asking import Answer

PATHS = {
    "openai_chat": "/v1/chat/completions",
    "openai_responses": "/v1/responses",
    "anthropic_messages": "/v1/messages",
    "google_generate": "/v1beta/models/{model}:{method}",
    "ollama_chat": "/api/chat",
    "cohere_chat": "/v2/chat",
    "mistral_chat": "/mistral/v1/chat/completions",
    "google_array": "/v1beta/models/{model}:{method}",
}
FORMS = tuple(PATHS)
"""The formats of clients; Gemini's streams come in two."""
LASTING = ("google_generate", "google_array")
"""Formats without a last word: the end of the body is it."""
CODE = re.compile(r"PTG-\d{4}")


class Seen(NamedTuple):
    """What a client made of a stream: its text, whether the format's own last word came, the code of an error that it
    tells, and whether some event was none of its format."""

    text: str
    ended: bool
    error: str | None
    garbled: bool


def asked(form: str, model: str, prompt: str, *, streams: bool) -> tuple[str, dict[str, Any]]:
    """The path and the body of a plain question."""
    turn = [{"role": "user", "content": prompt}]
    match form:
        case "google_generate" | "google_array":
            method = "generateContent" if not streams else "streamGenerateContent"
            query = "?alt=sse" if streams and form == "google_generate" else ""
            path = PATHS[form].replace("{model}", model).replace("{method}", method) + query
            return path, {"contents": [{"role": "user", "parts": [{"text": prompt}]}]}
        case "openai_responses":
            return PATHS[form], {"model": model, "input": prompt, "stream": streams}
        case "anthropic_messages":
            return PATHS[form], {"model": model, "max_tokens": 100, "messages": turn, "stream": streams}
        case _:
            return PATHS[form], {"model": model, "messages": turn, "stream": streams}


def text_of(form: str, body: Any) -> str:
    """The text of a whole answer, or of one object of a stream in Gemini's or Ollama's formats."""
    match form:
        case "openai_chat" | "mistral_chat":
            return body["choices"][0]["message"]["content"]
        case "openai_responses":
            return "".join(part["text"] for item in body["output"] for part in item["content"])
        case "anthropic_messages":
            return "".join(block["text"] for block in body["content"])
        case "ollama_chat":
            return body["message"]["content"]
        case "cohere_chat":
            return "".join(part["text"] for part in body["message"]["content"])
        case _:
            parts = [part for one in body.get("candidates", []) for part in one.get("content", {}).get("parts", [])]
            return "".join(part.get("text", "") for part in parts)


def seen(form: str, answer: Answer) -> Seen:
    """A stream as its client reads it. AssertionError: something came after its last word."""
    told, ended, garbled, error = "", False, False, None
    for event in _events(form, answer):
        assert not ended or event is None or form in LASTING, "something came after the last word"
        if event is None:
            ended = True
        elif not isinstance(event, dict):
            garbled = True
        elif (broken := _error(form, event)) is not None:
            error = broken
        else:
            piece, last = _read(form, event)
            told, ended = told + piece, ended or last
    return Seen(told, ended and error is None, error, garbled)


def _events(form: str, answer: Answer) -> Iterator[Any]:
    """The events of a stream; None for the word that is no JSON, a text for what is none and should be."""
    body = answer.body.decode(errors="replace").removeprefix("\ufeff").replace("\r\n", "\n")
    if form == "google_array":
        yield from json.loads(body)
    elif form == "ollama_chat":
        yield from (_json(line) for line in body.splitlines() if line)
    else:
        assert body.endswith("\n\n"), "the last event is not whole"
        for line in body.splitlines():
            if line.startswith("data:"):
                data = line.removeprefix("data:").strip()
                yield None if data == "[DONE]" else _json(data)


def _json(text: str) -> Any:
    try:
        return json.loads(text)
    except ValueError:
        return text


def _error(form: str, event: dict[str, Any]) -> str | None:
    """The code of an error, `none` where it tells none; None where the event is no error."""
    failed = bool(event.get("error")) or event.get("type") in ("error", "response.failed")
    if form == "cohere_chat" and event.get("type") == "message-end":
        failed = event["delta"].get("finish_reason") == "ERROR"
    if form == "mistral_chat":
        failed = failed or event.get("object") == "error"
    code = CODE.search(json.dumps(event))
    return None if not failed else code.group() if code is not None else "none"


def _read(form: str, event: dict[str, Any]) -> tuple[str, bool]:
    """The text of an event, and whether it is the stream's last word."""
    match form:
        case "openai_chat" | "mistral_chat":
            return "".join(one["delta"].get("content") or "" for one in event["choices"]), False
        case "openai_responses":
            text = event["delta"] if event["type"] == "response.output_text.delta" else ""
            return text, event["type"] == "response.completed"
        case "anthropic_messages":
            return event.get("delta", {}).get("text", ""), event["type"] == "message_stop"
        case "ollama_chat":
            return text_of(form, event), event["done"]
        case "cohere_chat":
            message = event.get("delta", {}).get("message", {})
            text = message["content"].get("text", "") if event["type"] == "content-delta" else ""
            return text, event["type"] == "message-end"
        case _:
            return text_of(form, event), any(one.get("finishReason") for one in event.get("candidates", []))
