"""How many tokens a request may have, without anyone's tokenizer. Floor 2; pure.

An estimate is for choosing a model and for guarding a limit, never for a bill: bills are made of what providers tell.
Its weights are fitted to recorded requests; tests/test_estimate.py tells how near it comes, provider by provider.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Final, assert_never

import msgspec

from pontage.domain.chat import ChatRequest, CustomTool, FunctionTool, Message, ServerTool, TokenUsage, Tool
from pontage.domain.parts import (
    Audio,
    Document,
    Image,
    Inline,
    Nested,
    Opaque,
    Part,
    Plain,
    Reasoning,
    Refusal,
    Source,
    Text,
    ToolCall,
    ToolResult,
    Video,
)

PER_REQUEST: Final = 3
PER_MESSAGE: Final = 4
PER_TOOL: Final = 12
TOOLS: Final = 40  # what having any tools adds: providers explain their use to the model
PER_CALL: Final = 12
IMAGE: Final = 800  # a picture of middle size
AUDIO_BYTES: Final = 500  # base64 characters of compressed sound to a token
DOCUMENT_BYTES: Final = 60  # base64 characters of a PDF to a token
LINKED: Final = 1_500  # what is fetched from elsewhere, of unknown size
JSON_BYTES: Final = 3.5
_WORD: Final = re.compile(r"\w+|[^\w\s]")


def estimate_tokens(request: ChatRequest) -> int:
    """The tokens that `request` probably has as a prompt."""
    total = PER_REQUEST + sum(map(_message, request.messages)) + sum(map(_tool, request.tools))
    if request.tools:
        total += TOOLS
    if request.output is not None and request.output.schema is not None:
        total += _json(request.output.schema)
    return round(total)


def filled(told: TokenUsage | None, output: int, prompt: Callable[[], int]) -> TokenUsage:
    """What an answer that did not reach its end has used: what was `told` of it, and for what was not, estimates of the
    tokens of its `output` and of its `prompt`. The same object where nothing had to be filled in.

    Some providers tell all the time what they have counted so far; others tell a first count of one or two and no other
    until the end, so what is told is not believed when far more was seen.
    """
    usage = told or TokenUsage()
    if usage.total_input is None:
        usage = msgspec.structs.replace(usage, input=prompt())
    if usage.total_output is None or 2 * usage.total_output < output:
        usage = msgspec.structs.replace(usage, output=output, reasoning=None)
    return usage


def text_tokens(text: str) -> float:
    """The tokens of running text: words and signs where it has spaces, else by its characters."""
    wide = sum(1 for character in text if character > "\u2e7f") if not text.isascii() else 0
    narrow = len(text) - wide
    words = len(_WORD.findall(text)) if narrow else 0
    return max(words * 1.05, narrow / 4.6) + wide * 0.75


def _message(message: Message) -> float:
    return PER_MESSAGE + sum(map(_part, message.parts)) + (text_tokens(message.name) if message.name else 0)


def _part(part: Part) -> float:
    match part:
        case Text() | Refusal() | Reasoning():
            return text_tokens(part.text)
        case Image():
            return 100 if part.detail == "low" else IMAGE
        case Audio() | Video() | Document():
            return _source(part.source)
        case ToolCall():
            return PER_CALL + text_tokens(part.name) + len(part.arguments.encode()) / JSON_BYTES
        case ToolResult():
            return PER_CALL + sum(map(_part, part.parts))
        case Opaque():
            return _json(part.data)
        case _:
            assert_never(part)


def _source(source: Source) -> float:
    match source:
        case Plain():
            return text_tokens(source.text)
        case Nested():
            return sum(map(_part, source.parts))
        case Inline(media_type, data):
            return len(data) / (DOCUMENT_BYTES if media_type.startswith(("application", "text")) else AUDIO_BYTES)
        case _:
            return LINKED


def _tool(tool: Tool) -> float:
    match tool:
        case FunctionTool():
            described = text_tokens(tool.description or "") + _json(tool.parameters or {})
            return PER_TOOL + text_tokens(tool.name) + described
        case CustomTool():
            return PER_TOOL + text_tokens(tool.name) + text_tokens(tool.description or "") + _json(tool.format or {})
        case ServerTool():
            return _json(tool.data)
        case _:
            assert_never(tool)


def _json(value: object) -> float:
    return len(msgspec.json.encode(value)) / JSON_BYTES
