"""Mistral's JSON to OpenAI's and back: the same words, but content in chunks. Floor 4; pure.

What is read here is written here again as it was. A chunk that has no counterpart stays as it is: OpenAI's format keeps
blocks it does not know. Only the thinking that stands before everything else is moved, to `reasoning_details`.
"""

from __future__ import annotations

from typing import Any, Final, cast

from pontage.dialects.filenames import told_name
from pontage.domain.parts import JSONObject
from pontage.providers.mistral.types import DOCUMENT, FILE, SOUND, THINKING

DETAILS: Final = "reasoning_details"
TEXT_FIELD: Final = "reasoning_content"
MARKS: Final = (
    b'"thinking"', b'"document_url"', b'"file_id"', b'"input_audio"', b'"random_seed"', b'"tools"', b'"null"'
)  # fmt: skip
"""What a body must hold to be different from OpenAI's at all."""
_PROOF: Final = "mistral-v1"
_OF_DETAIL: Final = frozenset({"type", "text", "format", "index", "id"})
_LINKS: Final = ("https://", "http://", "data:")
_BEGINNINGS: Final = {"UklGR": "wav", "SUQz": "mp3", "//": "mp3", "T2dnUw": "ogg", "ZkxhQw": "flac"}
_BARE: Final = "bare"


def read_request(request: JSONObject) -> JSONObject:
    """A request in Mistral's words in OpenAI's."""
    told = dict(request)
    if "random_seed" in told:
        told["seed"] = told.pop("random_seed")
    if isinstance(told.get("tools"), list):
        told["tools"] = [_read_tool(tool) for tool in told["tools"]]
    if isinstance(told.get("messages"), list):
        told["messages"] = [read_message(message) for message in told["messages"]]
    return told


def read_answer(answer: JSONObject) -> JSONObject:
    """An answer, or a piece of one, in Mistral's words in OpenAI's."""
    choices: Any = answer.get("choices")
    if not isinstance(choices, list):
        return answer
    return {**answer, "choices": [_read_choice(choice) for choice in cast(list[Any], choices)]}


def _read_choice(choice: Any) -> Any:
    if not isinstance(choice, dict):
        return choice
    told = dict(cast(JSONObject, choice))
    for name in ("message", "delta"):
        if name in told:
            told[name] = read_message(told[name])
    return told


def read_message(message: Any) -> Any:
    """A message in OpenAI's words; what is none stays for others to complain of."""
    if not isinstance(message, dict):
        return message
    told = dict(cast(JSONObject, message))
    content: Any = told.get("content")
    if isinstance(content, list):
        chunks = cast(list[Any], content)
        count = 0
        while told.get("role") != "user" and count < len(chunks) and _is_thought(chunks[count]):
            count += 1
        if count:
            told[DETAILS] = [_read_thought(chunk, index) for index, chunk in enumerate(chunks[:count])]
        told["content"] = [_read_chunk(chunk) for chunk in chunks[count:]]
    calls: Any = told.get("tool_calls")
    if isinstance(calls, list):
        told["tool_calls"] = [_read_call(call) for call in cast(list[Any], calls)]
    return told


def _read_tool(tool: Any) -> Any:
    """A tool; functions need not say that they are."""
    if not isinstance(tool, dict):
        return tool
    fields = cast(JSONObject, tool)
    return {"type": "function", **fields} if "function" in fields else fields


def _read_call(call: Any) -> Any:
    """A call; without the word that the API writes where there is no id."""
    if not isinstance(call, dict):
        return call
    fields = cast(JSONObject, call)
    return {name: value for name, value in fields.items() if (name, value) != ("id", "null")}


def _is_thought(chunk: Any) -> bool:
    if not isinstance(chunk, dict):
        return False
    fields = cast(JSONObject, chunk)
    return fields.get("type") == THINKING and isinstance(fields.get(THINKING), list)


def _read_thought(chunk: JSONObject, index: int) -> JSONObject:
    """An entry of `reasoning_details`. A thought that is more than one plain text is kept beside its text."""
    pieces = cast(list[Any], chunk[THINKING])
    text = "".join([piece["text"] for piece in pieces if _is_text(piece)])
    detail: JSONObject = {"type": "reasoning.text", "text": text, "index": index}
    detail.update((name, value) for name, value in chunk.items() if name not in ("type", THINKING))
    if detail.get("signature"):
        detail["format"] = _PROOF
    if pieces and pieces != [{"type": "text", "text": text}]:
        detail[THINKING] = pieces
    return detail


def _is_text(piece: Any) -> bool:
    return isinstance(piece, dict) and isinstance(cast(JSONObject, piece).get("text"), str)


def _read_chunk(chunk: Any) -> Any:
    if not isinstance(chunk, dict):
        return chunk
    rest = dict(cast(JSONObject, chunk))
    kind = rest.pop("type", None)
    value = rest.pop(str(kind), None)
    if kind == DOCUMENT and isinstance(value, str) and value.startswith(_LINKS):
        name = rest.pop("document_name", None)
        return {"type": FILE, FILE: {"file_data": value, **({"filename": name} if name else {})}, **rest}
    if kind == FILE and value is None and isinstance(rest.get("file_id"), str):
        return {"type": FILE, FILE: {"file_id": rest.pop("file_id")}, **rest}
    if kind == SOUND and isinstance(value, str):
        if value.startswith(_LINKS):
            return {"type": "audio_url", "audio_url": {"url": value}, **rest}
        encoding = next((name for start, name in _BEGINNINGS.items() if value.startswith(start)), "mp3")
        return {"type": SOUND, SOUND: {"data": value, "format": encoding, _BARE: True}, **rest}
    return cast(JSONObject, chunk)


def write_request(request: JSONObject) -> JSONObject:
    """A request in OpenAI's words in Mistral's."""
    told = dict(request)
    if "seed" in told:
        told["random_seed"] = told.pop("seed")
    told["messages"] = [write_message(message) for message in told["messages"]]
    return told


def write_answer(answer: JSONObject) -> JSONObject:
    """An answer in OpenAI's words in Mistral's."""
    choices = [
        {**choice, "message": write_message(choice["message"])} if "message" in choice else choice
        for choice in answer["choices"]
    ]
    return {**answer, "choices": choices}


def write_message(message: JSONObject) -> JSONObject:
    """A message in Mistral's words: thinking goes before the content, which is a list of chunks then."""
    told = dict(message)
    text, details = told.pop(TEXT_FIELD, None), told.pop(DETAILS, None)
    content: Any = told.get("content")
    if isinstance(content, list):
        told["content"] = content = [_write_part(part) for part in cast(list[JSONObject], content)]
    if details is None and text:
        details = [{"text": text}]
    if details:
        rest = [{"type": "text", "text": content}] if isinstance(content, str) and content else content or []
        told["content"] = [*(_write_thought(detail) for detail in details), *rest]
    return told


def write_piece(chunk: JSONObject) -> JSONObject:
    """A piece of an answer in OpenAI's words in Mistral's. A proof comes without the text, which was told before."""
    return {**chunk, "choices": [{**choice, "delta": _write_delta(choice["delta"])} for choice in chunk["choices"]]}


def _write_delta(delta: JSONObject) -> JSONObject:
    told = {name: value for name, value in delta.items() if (name, value) != ("refusal", None)}
    if DETAILS in told:
        told[DETAILS] = [{**detail, "text": ""} for detail in told[DETAILS]]
    return {"content": "", **write_message(told)}  # readers print it without a look


def _write_thought(detail: JSONObject) -> JSONObject:
    pieces = detail.get(THINKING) or [{"type": "text", "text": detail.get("text", "")}]
    rest = {name: value for name, value in detail.items() if name not in _OF_DETAIL and name != THINKING}
    return {"type": THINKING, THINKING: pieces, **rest}


def _write_part(part: JSONObject) -> JSONObject:
    rest = dict(part)
    kind = rest.pop("type", None)
    value: Any = rest.pop(str(kind), None)
    if not isinstance(value, dict):
        return part
    fields = cast(JSONObject, value)
    if kind == FILE and "file_data" in fields:
        name = fields.get("filename")
        told = {"document_name": name} if told_name(name) is not None else {}
        return {"type": DOCUMENT, DOCUMENT: fields["file_data"], **told, **rest}
    if kind == FILE:
        return {"type": FILE, "file_id": fields.get("file_id"), **rest}
    if kind == "audio_url":
        return {"type": SOUND, SOUND: fields["url"], **rest}
    if kind == SOUND and _BARE in fields:
        return {"type": SOUND, SOUND: fields["data"], **rest}
    return part
