"""Floor 3. The dialect of Google's generateContent: the Gemini API and Vertex AI.

Model and stream are said by the URL, so a decoded request's `model` is empty until the envelope puts it in.
"""

from __future__ import annotations

from functools import partial

from pontage.dialects.dialect import ClientSide, ProviderSide, StreamEncoder
from pontage.dialects.google_generate.errors import decode_error, encode_error
from pontage.dialects.google_generate.names import FAMILY, NAME
from pontage.dialects.google_generate.request import adjust_request, decode_request, encode_request, peek_request
from pontage.dialects.google_generate.response import decode_response, encode_response
from pontage.dialects.google_generate.stream import Decoder
from pontage.dialects.google_generate.stream_out import ArrayWriter, Encoder
from pontage.dialects.google_generate.tap import Tap
from pontage.dialects.google_generate.tools import Options
from pontage.dialects.google_generate.usage import usage_of
from pontage.dialects.google_generate.words import WORDS
from pontage.domain.chat import ChatRequest
from pontage.streaming.framing import JSONArrayDecoder, SSEDecoder

__all__ = ["FAMILY", "NAME", "client_side", "provider_side"]


def provider_side(
    *,
    family: str | None = FAMILY,
    array: bool = False,
    placeholder: bool = True,
    thinking: str | None = None,
    json_schema: bool = True,
) -> ProviderSide:
    """Speak generateContent to a provider.

    `family`: whose thought signatures the host makes and takes (Vertex AI and the Gemini API reject each other's).
    `array`: streams are asked for without `alt=sse` and come as one JSON array. `placeholder`: foreign calls of the
    current turn get Google's documented stand-in for a signature. `thinking`: "level" or "budget" for models that take
    only one of them. `json_schema`: whether the fields for JSON Schema are known; else schemas go in Google's subset.
    """
    options = Options(family=family, placeholder=placeholder, thinking=thinking, json_schema=json_schema)
    return ProviderSide(
        name=NAME,
        family=family,
        encode_request=partial(encode_request, options=options),
        adjust_request=adjust_request,
        decode_response=partial(decode_response, family=family),
        usage_of=usage_of,
        decode_error=decode_error,
        framing=JSONArrayDecoder if array else SSEDecoder,
        stream_decoder=partial(Decoder, family),
        stream_tap=lambda body: Tap(array=array),
        ends_itself=False,
    )


def client_side(*, array: bool = False, family: str | None = FAMILY) -> ClientSide:
    """Answer a client that speaks generateContent.

    `array`: the client asked for a stream without `alt=sse`, so it gets one JSON array in pieces. `family`: whose
    signatures the client's turns carry.
    """

    def stream_encoder(request: ChatRequest | None) -> StreamEncoder:
        return Encoder(family, array=array)

    return ClientSide(
        name=NAME,
        peek_request=peek_request,
        decode_request=partial(decode_request, family=family),
        encode_response=partial(encode_response, family=family),
        stream_encoder=stream_encoder,
        words=WORDS,
        stream_type="application/json" if array else "text/event-stream",
        reframe=ArrayWriter if array else None,
        encode_error=encode_error,
    )
