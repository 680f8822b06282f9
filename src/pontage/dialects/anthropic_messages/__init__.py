"""Anthropic Messages, both sides: `POST /v1/messages`. Floor 3; pure.

Both API versions are this one format; which of them a model takes, and which parameters it refuses, is configuration
and catalogue. Source: the official SDK (2.12), its types, and recorded traffic.
"""

from __future__ import annotations

from functools import partial
from typing import Final

from pontage.dialects.anthropic_messages.errors import decode_error, encode_error
from pontage.dialects.anthropic_messages.names import FAMILY, NAME
from pontage.dialects.anthropic_messages.request import (
    DEFAULT_MAX_TOKENS,
    Options,
    adjust_request,
    decode_request,
    encode_request,
    peek_request,
)
from pontage.dialects.anthropic_messages.response import decode_response, encode_response, usage_of
from pontage.dialects.anthropic_messages.stream import Decoder
from pontage.dialects.anthropic_messages.stream_out import Encoder
from pontage.dialects.anthropic_messages.tap import Tap
from pontage.dialects.anthropic_messages.words import WORDS
from pontage.dialects.dialect import ClientSide, ProviderSide
from pontage.streaming.framing import SSEDecoder

STREAM_TYPE: Final = "text/event-stream; charset=utf-8"
"""The content type of a stream."""


def provider_side(
    *,
    family: str | None = FAMILY,
    max_tokens: int = DEFAULT_MAX_TOKENS,
    system_in_place: bool = False,
    web_search: str = "web_search_20250305",
) -> ProviderSide:
    """How to speak this format to a provider; the options are those of `request.Options`."""
    options = Options(family=family, max_tokens=max_tokens, system_in_place=system_in_place, web_search=web_search)
    return ProviderSide(
        name=NAME,
        family=family,
        encode_request=partial(encode_request, options=options),
        adjust_request=adjust_request,
        decode_response=partial(decode_response, family=family),
        usage_of=usage_of,
        decode_error=decode_error,
        framing=SSEDecoder,
        stream_decoder=partial(Decoder, family),
        stream_tap=lambda body: Tap(),
    )


def client_side() -> ClientSide:
    """How to answer a client of this format."""
    return ClientSide(
        name=NAME,
        peek_request=peek_request,
        decode_request=decode_request,
        encode_response=encode_response,
        stream_encoder=lambda request: Encoder(),
        words=WORDS,
        stream_type=STREAM_TYPE,
        encode_error=encode_error,
    )


__all__ = ["FAMILY", "NAME", "client_side", "provider_side"]
