"""Cohere's chat, both sides: `POST /v2/chat`. Floor 3; pure.

Source: the official SDK (7.3), its types, and recorded traffic.
"""

from __future__ import annotations

from functools import partial
from typing import Final

from pontage.dialects.cohere_chat.documents import unfold
from pontage.dialects.cohere_chat.errors import decode_error, encode_error
from pontage.dialects.cohere_chat.names import FAMILY, NAME
from pontage.dialects.cohere_chat.request import adjust_request, decode_request, encode_request, peek_request
from pontage.dialects.cohere_chat.response import decode_response, encode_response
from pontage.dialects.cohere_chat.stream import Decoder
from pontage.dialects.cohere_chat.stream_out import Encoder
from pontage.dialects.cohere_chat.tap import Tap
from pontage.dialects.cohere_chat.usage import usage_of
from pontage.dialects.cohere_chat.words import WORDS
from pontage.dialects.dialect import ClientSide, ProviderSide
from pontage.streaming.framing import SSEDecoder

STREAM_TYPE: Final = "text/event-stream; charset=utf-8"
"""The content type of a stream."""


def provider_side(*, family: str | None = FAMILY) -> ProviderSide:
    """How to speak this format to a provider of `family`."""
    return ProviderSide(
        name=NAME,
        family=family,
        encode_request=encode_request,
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
        unfold=unfold,
    )


__all__ = ["FAMILY", "NAME", "client_side", "provider_side"]
