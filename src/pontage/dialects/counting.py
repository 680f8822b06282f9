"""Counting a conversation's tokens at its provider, in every format that has a way of asking. Floor 3; pure.

What is counted is a request of a chat dialect, so each format here is that dialect and little around it: which of the
fields are sent, and what the answer is called. Sources: the vendors' API references and packages, November 2026.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Final, cast

import msgspec
from msgspec import Struct
from msgspec.structs import replace

from pontage.dialects import anthropic_messages, google_generate, openai_chat, openai_responses
from pontage.dialects.counts import whole
from pontage.dialects.dialect import ClientSide, Encoded, ProviderSide
from pontage.dialects.notes import KEPT_THERE
from pontage.dialects.operation import Format, fields_of, with_model
from pontage.domain.chat import ChatRequest, Note
from pontage.domain.counting import TokenCount
from pontage.domain.parts import JSONObject
from pontage.errors import ProtocolError

ANTHROPIC: Final = "anthropic_count_tokens"
GOOGLE: Final = "google_count_tokens"
RESPONSES: Final = "openai_input_tokens"
VLLM: Final = "vllm_tokenize"
VERTEX: Final = "vertex_count_tokens"
VERTEX_CLAUDE: Final = "vertex_claude_count_tokens"

_NESTED: Final = "generateContentRequest"
_ASKED: Final = ("messages", "tools", "output", "reasoning", "system")  # what a prompt is made of
_ANTHROPIC_FIELDS: Final = frozenset({
    "model", "messages", "system", "tools", "tool_choice", "thinking", "cache_control", "context_management",
    "mcp_servers", "output_config", "output_format", "speed", "inference_geo",
})  # fmt: skip
_RESPONSES_FIELDS: Final = frozenset({
    "model", "input", "instructions", "tools", "tool_choice", "text", "reasoning", "truncation", "conversation",
    "parallel_tool_calls", "previous_response_id",
})  # fmt: skip
_VLLM_FIELDS: Final = frozenset({"model", "messages", "tools"})
_VERTEX_FIELDS: Final = frozenset({"contents", "systemInstruction", "tools", "generationConfig"})
_VERTEX_VERSION: Final = "vertex-2023-10-16"
"""What Claude on Vertex AI is told in place of a header."""


class _Telling(Struct, frozen=True):
    """What an answer calls the tokens, what else it holds, and what it calls those that are cached."""

    tokens: str
    beside: JSONObject = {}
    cached: str | None = None


def _format(
    name: str,
    sides: tuple[ProviderSide, ClientSide],
    fit: Callable[[JSONObject], JSONObject],
    telling: _Telling,
    *,
    adjust: Callable[[bytes, str], bytes] = with_model,
    opened: Callable[[bytes], bytes] = lambda body: body,
) -> Format[ChatRequest, TokenCount]:
    provider, client = sides

    def encode_request(request: ChatRequest) -> Encoded:
        encoded = provider.encode_request(replace(request, stream=False))
        notes = tuple(note for note in encoded.notes if _is_asked(note))
        fields = fit({"model": request.model, **msgspec.json.decode(encoded.body)})
        return Encoded(msgspec.json.encode(fields), notes)

    def decode_response(body: bytes) -> TokenCount:
        told = _object(body)
        tokens = whole(told.get(telling.tokens))
        if tokens is None:
            raise ProtocolError(f"the provider's answer tells no `{telling.tokens}`")
        return TokenCount(tokens=tokens, cached=whole(told.get(telling.cached or "")), raw=told)

    def encode_response(answer: TokenCount, request: ChatRequest) -> Encoded:
        said = {**telling.beside, telling.tokens: answer.tokens}
        if telling.cached is not None and answer.cached is not None:
            said[telling.cached] = answer.cached
        return Encoded(msgspec.json.encode(said))

    return Format(
        name=name,
        words=provider.name,
        encode_request=encode_request,
        decode_request=lambda body: client.decode_request(opened(body), keep_spelling=False),
        adjust_request=adjust,
        kept_in=lambda body: client.peek_request(opened(body)).kept,
        encode_response=encode_response,
        decode_response=decode_response,
    )


def _is_asked(note: Note) -> bool:
    return note.kind != "injected" and (note.where.startswith(_ASKED) or note.where in KEPT_THERE)


def _only(fields: frozenset[str]) -> Callable[[JSONObject], JSONObject]:
    return lambda said: {name: value for name, value in said.items() if name in fields}


def _claude_body(said: JSONObject) -> JSONObject:
    return {**_only(_ANTHROPIC_FIELDS)(said), "anthropic_version": _VERTEX_VERSION}


def _google_body(said: JSONObject) -> JSONObject:
    model = cast(str, said["model"])
    return {_NESTED: {**said, "model": model if "/" in model else f"models/{model}"}}


def _google_opened(body: bytes) -> bytes:
    """A request to generate: the nested one, or the conversation alone."""
    nested: Any = fields_of(body).get(_NESTED)
    return bytes(nested) if nested is not None else body


def _google_model(body: bytes, model: str) -> bytes:
    """The path names the model; a nested request names it again."""
    fields = fields_of(body)
    if _NESTED not in fields:
        return body
    named = model if "/" in model else f"models/{model}"
    inner = with_model(bytes(fields[_NESTED]), named)
    return body if inner == bytes(fields[_NESTED]) else msgspec.json.encode({**fields, _NESTED: msgspec.Raw(inner)})


def _object(body: bytes) -> JSONObject:
    try:
        return msgspec.json.decode(body, type=JSONObject)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
        raise ProtocolError(f"the provider's answer is no JSON object: {error}") from None


FORMATS: Final = (
    _format(
        ANTHROPIC,
        (anthropic_messages.provider_side(), anthropic_messages.client_side()),
        _only(_ANTHROPIC_FIELDS),
        _Telling("input_tokens"),
    ),
    _format(
        GOOGLE,
        (google_generate.provider_side(), google_generate.client_side()),
        _google_body,
        _Telling("totalTokens", cached="cachedContentTokenCount"),
        adjust=_google_model,
        opened=_google_opened,
    ),
    _format(
        RESPONSES,
        (openai_responses.provider_side(), openai_responses.client_side()),
        _only(_RESPONSES_FIELDS),
        _Telling("input_tokens", {"object": "response.input_tokens"}),
    ),
    _format(
        VLLM,
        (openai_chat.provider_side(), openai_chat.client_side()),
        _only(_VLLM_FIELDS),
        _Telling("count"),
    ),
    _format(
        VERTEX,
        (google_generate.provider_side(family="vertex"), google_generate.client_side()),
        _only(_VERTEX_FIELDS),
        _Telling("totalTokens"),
        adjust=lambda body, model: body,  # the path names it
    ),
    _format(
        VERTEX_CLAUDE,
        (anthropic_messages.provider_side(), anthropic_messages.client_side()),
        _claude_body,
        _Telling("input_tokens"),
    ),
)
"""Every format of counting."""
