"""OpenAI's Responses, both sides: `POST /v1/responses`. Floor 3; pure.

Source: the official SDK (3.54), its types, and recorded traffic of OpenAI and of other servers that speak the format.
"""

from __future__ import annotations

from functools import partial
from typing import Final

from pontage.dialects.dialect import ClientSide, ProviderSide
from pontage.dialects.openai_errors import decode_error, encode_error
from pontage.dialects.openai_responses.names import FAMILY, NAME
from pontage.dialects.openai_responses.request import (
    Options,
    adjust_request,
    decode_request,
    encode_request,
    peek_request,
)
from pontage.dialects.openai_responses.response import decode_response, encode_response, state_of
from pontage.dialects.openai_responses.stream import Decoder
from pontage.dialects.openai_responses.stream_out import Encoder
from pontage.dialects.openai_responses.tap import Tap
from pontage.dialects.openai_responses.usage import usage_of
from pontage.dialects.openai_responses.words import WORDS
from pontage.streaming.framing import SSEDecoder

STREAM_TYPE: Final = "text/event-stream; charset=utf-8"
"""The content type of a stream."""


def provider_side(
    *,
    family: str | None = FAMILY,
    rules: str = "developer",
    cache_marks: bool = False,
    stateless: bool = True,
) -> ProviderSide:
    """How to speak this format to a provider; the options are those of `request.Options`."""
    options = Options(family=family, rules=rules, cache_marks=cache_marks, stateless=stateless)
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
        state_of=state_of,
    )


__all__ = ["FAMILY", "NAME", "client_side", "provider_side"]
