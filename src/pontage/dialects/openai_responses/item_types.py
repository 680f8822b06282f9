"""Items and their content as they stand on the wire, in requests and in answers. Floor 3; types only.

What has no name here lands in `extra`, content of an unknown kind in `Unknown`, both of `dialects/codec.py`. Absent and
`null` read alike; the spelling tells them apart where it is kept. Source: the official SDK's `types.responses` (3.54).
"""

from __future__ import annotations

from typing import Any, cast

from msgspec import Raw, Struct

from pontage.dialects.codec import Codec, Unknown, Wire
from pontage.domain.parts import JSONObject


class Breakpoint(Wire):
    """A prompt-cache breakpoint."""

    mode: str = "explicit"
    ttl: str | None = None


class TopLogprob(Struct, kw_only=True):
    """A token that could have stood in another's place."""

    token: str
    logprob: float
    bytes: list[int] | None = None


class TokenLogprob(TopLogprob, kw_only=True):
    """A generated token."""

    top_logprobs: list[TopLogprob] | None = None


class InputText(Wire, tag="input_text"):
    """Text of the user, of the rules or of a tool."""

    text: str
    prompt_cache_breakpoint: Breakpoint | None = None


class OutputText(Wire, tag="output_text"):
    """Text of the model, with what it cites."""

    text: str
    annotations: list[JSONObject] | None = None
    logprobs: list[TokenLogprob] | None = None


class RefusalText(Wire, tag="refusal"):
    """The model's words for declining."""

    refusal: str


class InputImage(Wire, tag="input_image"):
    """A picture: a link or data URL, or a stored file."""

    image_url: str | None = None
    file_id: str | None = None
    detail: str | None = None
    prompt_cache_breakpoint: Breakpoint | None = None


class InputFile(Wire, tag="input_file"):
    """A document: data, a link, or a stored file."""

    file_data: str | None = None
    file_url: str | None = None
    file_id: str | None = None
    filename: str | None = None
    prompt_cache_breakpoint: Breakpoint | None = None


class Sound(Wire):
    """Bytes of sound, and their kind (wav, mp3)."""

    data: str
    format: str


class InputAudio(Wire, tag="input_audio"):
    """Sound."""

    input_audio: Sound
    prompt_cache_breakpoint: Breakpoint | None = None


Content = InputText | OutputText | RefusalText | InputImage | InputFile | InputAudio | Unknown
"""A part of a message's content, or of a tool's result."""


class Head(Wire, forbid_unknown_fields=False):
    """What tells an item's kind: a message may leave its type out."""

    type: str | None = None
    role: str | None = None


class MessageItem(Wire):
    """What someone says; of the assistant with an id, a status and perhaps a phase."""

    role: str
    content: str | list[Content]
    type: str = "message"
    id: str | None = None
    status: str | None = None


class Piece(Wire):
    """A piece of the thinking: summary_text or reasoning_text."""

    text: str = ""
    type: str | None = None


class ReasoningItem(Wire):
    """Thinking: a summary of it, itself (open-weight models), or only encrypted."""

    type: str
    id: str | None = None
    status: str | None = None
    summary: list[Piece] | None = None
    content: list[Piece] | None = None
    encrypted_content: str | None = None


class CallItem(Wire):
    """A call of one of the caller's tools: a function with `arguments`, or a custom tool with `input`."""

    type: str
    name: str
    call_id: str | None = None
    arguments: str | None = None
    input: str | None = None
    id: str | None = None
    status: str | None = None


class OutputItem(Wire):
    """What a tool of the caller's answered."""

    type: str
    call_id: str
    output: str | list[Content]
    name: str | None = None
    id: str | None = None
    status: str | None = None


class ProvidedItem(Wire):
    """A call of a tool that the provider runs itself, with what it was called with."""

    type: str
    id: str = ""
    status: str | None = None
    name: str | None = None
    arguments: str | None = None
    action: Raw = Raw()
    queries: Raw = Raw()
    code: Raw = Raw()


class PictureItem(Wire):
    """A picture that the model made: `result` is base64."""

    type: str
    result: str | None = None
    id: str | None = None
    status: str | None = None
    output_format: str | None = None


Item = MessageItem | ReasoningItem | CallItem | OutputItem | ProvidedItem | PictureItem
"""Any item that this version knows."""

Codecs = dict[str, Codec[Any]]
"""How the items of each type are decoded."""

_KINDS: dict[str, type[Item]] = {
    "message": MessageItem,
    "reasoning": ReasoningItem,
    "function_call": CallItem,
    "custom_tool_call": CallItem,
    "function_call_output": OutputItem,
    "custom_tool_call_output": OutputItem,
    "web_search_call": ProvidedItem,
    "file_search_call": ProvidedItem,
    "code_interpreter_call": ProvidedItem,
    "mcp_call": ProvidedItem,
    "image_generation_call": PictureItem,
}


def _codecs(of: str) -> Codecs:
    made: dict[type[Item], Codec[Any]] = {kind: Codec(kind, of=of) for kind in _KINDS.values()}
    return {name: made[kind] for name, kind in _KINDS.items()}


ASKED = _codecs("request")
"""How a client's items are decoded."""
ANSWERED = _codecs("response")
"""How a provider's items are decoded."""
CONTENT: Codec[Any] = Codec(cast(Any, Content), of="response")
"""How a provider's content part is decoded, where a stream tells one by itself."""
