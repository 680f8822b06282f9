"""OpenAI's Chat Completions, and what the many servers that speak it add. Floor 3; pure."""

from __future__ import annotations

from functools import partial
from typing import Final, Unpack

from pontage.dialects.dialect import ClientSide, ProviderSide
from pontage.dialects.openai_chat.relay import adjust_request, peek_request
from pontage.dialects.openai_chat.request import decode_request, encode_request
from pontage.dialects.openai_chat.response import decode_response, encode_response
from pontage.dialects.openai_chat.stream import Decoder
from pontage.dialects.openai_chat.stream_out import Encoder
from pontage.dialects.openai_chat.tap import Tap
from pontage.dialects.openai_chat.usage import usage_of
from pontage.dialects.openai_chat.variant import FAMILY, NAME, Variant, VariantOptions
from pontage.dialects.openai_chat.words import WORDS
from pontage.dialects.openai_errors import decode_error, encode_error
from pontage.streaming.framing import SSEDecoder

__all__ = ["FAMILY", "NAME", "VariantOptions", "client_side", "provider_side"]

STREAM_TYPE: Final = "text/event-stream"


def provider_side(**options: Unpack[VariantOptions]) -> ProviderSide:
    """How to speak the format to a server; `options` are the fields of `Variant`, which explains them."""
    variant = Variant(**options)
    return ProviderSide(
        name=NAME,
        family=variant.family,
        encode_request=partial(encode_request, variant=variant),
        adjust_request=partial(adjust_request, variant=variant),
        decode_response=partial(decode_response, variant=variant),
        usage_of=usage_of,
        decode_error=decode_error,
        framing=SSEDecoder,
        stream_decoder=partial(Decoder, variant),
        stream_tap=partial(Tap, variant=variant),
    )


def client_side() -> ClientSide:
    """How to answer a client of the format."""
    return ClientSide(
        name=NAME,
        peek_request=peek_request,
        decode_request=decode_request,
        encode_response=encode_response,
        stream_encoder=Encoder,
        words=WORDS,
        stream_type=STREAM_TYPE,
        encode_error=encode_error,
    )
