"""A request that stays in its format: what must be known of it, and the few edits it needs. Floor 3; pure.

No message is decoded: the body is taken apart at its top level only.
"""

from __future__ import annotations

from typing import Any, Final

import msgspec
from msgspec import UNSET, Raw, UnsetType

from pontage.dialects.dialect import Peek
from pontage.dialects.heads import Head, read_head
from pontage.dialects.openai_chat.variant import Variant
from pontage.errors import InvalidRequestError

_OPTIONS: Final = "stream_options"
_USAGE: Final = "include_usage"
_NEWER_LIMIT: Final = "max_completion_tokens"


class _Head(Head):
    """The fields by which a request is routed."""

    model: str | None = None
    stream: bool | None = None
    messages: list[Raw] | UnsetType = UNSET
    n: int | None = None
    max_tokens: Any = None
    max_completion_tokens: Any = None
    stream_options: dict[str, Any] | UnsetType | None = UNSET


_HEAD: Final = msgspec.json.Decoder(_Head)
_FIELDS: Final = msgspec.json.Decoder(dict[str, Raw])


def peek_request(body: bytes) -> Peek:
    """The model, whether a stream is asked for, and how many answers. Raises InvalidRequestError when it is no JSON
    object or of wrong types."""
    head = read_head(_HEAD, body)
    if head.messages is not UNSET and not head.messages:
        raise InvalidRequestError("`messages` is empty: a conversation has at least one", param="messages")
    return Peek(head.model, bool(head.stream), 1 if head.n is None else head.n)


def asks_usage(body: bytes) -> bool:
    """Whether a request asks for a chunk with the usage; a body that cannot be read asks for nothing."""
    try:
        options = _HEAD.decode(body).stream_options
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        return False
    return isinstance(options, dict) and options.get(_USAGE) is True


def adjust_request(body: bytes, model: str, stream: bool, variant: Variant) -> bytes:
    """The very same bytes, or a body with another model name, the stream switched, usage asked for in a stream, and the
    limit under the only name that the server knows.

    Raises InvalidRequestError when it is no JSON object.
    """
    head = read_head(_HEAD, body)
    options = head.stream_options if isinstance(head.stream_options, dict) else {}
    ask = stream and variant.ask_usage and options.get(_USAGE) is not True
    rename = variant.one_limit and head.max_tokens is None and head.max_completion_tokens is not None
    if head.model == model and bool(head.stream) == stream and not (ask or rename):
        return body
    fields = _FIELDS.decode(body)
    fields["model"] = _raw(model)
    if stream or "stream" in fields:
        fields["stream"] = _raw(stream)
    if ask:
        fields[_OPTIONS] = _raw({**options, _USAGE: True})
    elif not stream:
        fields.pop(_OPTIONS, None)
    if rename:
        fields[variant.max_tokens_field] = fields.pop(_NEWER_LIMIT)
    return msgspec.json.encode(fields)


def _raw(value: Any) -> Raw:
    return Raw(msgspec.json.encode(value))
