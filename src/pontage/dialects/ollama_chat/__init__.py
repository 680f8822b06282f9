"""Ollama's own API, both sides: `POST /api/chat`, and beside it `POST /api/generate`. Floor 3; pure.

The second form has one prompt where the first has a conversation; it is a pair of records of its own. Both stream lines
of JSON, and do so unless a request says no. Source: the server's types, the published API description, the official SDK
(0.6), and recorded traffic.
"""

from __future__ import annotations

from functools import partial
from typing import Final

from pontage.dialects.dialect import ClientSide, ProviderSide
from pontage.dialects.ollama_chat import generate, request
from pontage.dialects.ollama_chat.errors import decode_error, encode_error
from pontage.dialects.ollama_chat.form import CHAT_FORM, PROMPT_FORM, Form
from pontage.dialects.ollama_chat.names import FAMILY, GENERATE, NAME
from pontage.dialects.ollama_chat.response import decode_response, encode_response, usage_of
from pontage.dialects.ollama_chat.stream import Decoder
from pontage.dialects.ollama_chat.stream_out import Encoder
from pontage.dialects.ollama_chat.tap import Tap
from pontage.dialects.ollama_chat.words import WORDS
from pontage.streaming.framing import NDJSONDecoder

STREAM_TYPE: Final = "application/x-ndjson"
"""The content type of a stream."""


def provider_side(*, family: str | None = FAMILY, context: int | None = None) -> ProviderSide:
    """How to speak this format to a provider. `family`: whose signatures its messages are said to carry; `context`: the
    window, in tokens, that is asked for where the caller names none."""
    return _provider_side(CHAT_FORM, family, context)


def client_side() -> ClientSide:
    """How to answer a client of this format."""
    return _client_side(CHAT_FORM)


def generate_provider_side(*, family: str | None = FAMILY, context: int | None = None) -> ProviderSide:
    """How to speak the form with one prompt to a provider; the options are those of `provider_side`."""
    return _provider_side(PROMPT_FORM, family, context)


def generate_client_side() -> ClientSide:
    """How to answer a client of the form with one prompt."""
    return _client_side(PROMPT_FORM)


def _provider_side(form: Form, family: str | None, context: int | None) -> ProviderSide:
    encode = request.encode_request if form is CHAT_FORM else generate.encode_request
    return ProviderSide(
        name=form.name,
        family=family,
        encode_request=partial(encode, context=context),
        adjust_request=partial(request.adjust_request, context=context),
        decode_response=partial(decode_response, form=form, family=family),
        usage_of=usage_of,
        decode_error=decode_error,
        framing=NDJSONDecoder,
        stream_decoder=partial(Decoder, form, family),
        stream_tap=lambda body: Tap(form),
        stream_types=(STREAM_TYPE,),
    )


def _client_side(form: Form) -> ClientSide:
    return ClientSide(
        name=form.name,
        peek_request=request.peek_request,
        decode_request=request.decode_request if form is CHAT_FORM else generate.decode_request,
        encode_response=partial(encode_response, form=form),
        stream_encoder=lambda asked: Encoder(form),
        words=WORDS,
        stream_type=STREAM_TYPE,
        encode_error=encode_error,
    )


__all__ = [
    "FAMILY",
    "GENERATE",
    "NAME",
    "client_side",
    "generate_client_side",
    "generate_provider_side",
    "provider_side",
]
