"""The delta between Anthropic's format and Claude on Vertex AI. Floor 4; pure.

The model stands in the path and not in the body, which says its version instead. Errors are Anthropic's, or Google's
where the request did not get to the model. Source: the anthropic package's client for Vertex.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final, cast

import msgspec
from msgspec import Raw
from msgspec.structs import replace

from pontage.dialects import anthropic_messages, google_generate
from pontage.dialects.dialect import Encoded, ProviderSide
from pontage.dialects.failures import decoded
from pontage.domain.chat import ChatRequest
from pontage.domain.parts import JSONObject
from pontage.errors import PontageError
from pontage.providers.vertex.config import CLAUDE_VERSION

_SIDE: Final = anthropic_messages.provider_side()
_GOOGLE: Final = google_generate.provider_side()


def claude_side() -> ProviderSide:
    """How to speak to Claude on Vertex AI. Its signatures are Anthropic's: the vendor says that they are good on every
    platform."""
    return replace(_SIDE, encode_request=encode_request, adjust_request=adjust_request, decode_error=decode_error)


def encode_request(request: ChatRequest) -> Encoded:
    """The body for Vertex AI, and what it cannot be told."""
    encoded = _SIDE.encode_request(request)
    return Encoded(_in_place(encoded.body), encoded.notes)


def adjust_request(body: bytes, model: str, stream: bool) -> bytes:
    """A client's own body, or one that was encoded here, for Vertex AI."""
    fields = msgspec.json.decode(body, type=dict[str, Raw])
    named = body if "model" in fields else msgspec.json.encode({"model": model, **fields})
    return _in_place(_SIDE.adjust_request(named, model, stream))


def decode_error(status: int, headers: Mapping[str, str], body: bytes) -> PontageError:
    """An error in Anthropic's words, or in Google's."""
    value: Any = decoded(body)
    from_claude = isinstance(value, dict) and cast(JSONObject, value).get("type") == "error"
    return (_SIDE if from_claude else _GOOGLE).decode_error(status, headers, body)


def _in_place(body: bytes) -> bytes:
    """A body of Anthropic's with the version in place of the model."""
    fields = msgspec.json.decode(body, type=dict[str, Raw])
    del fields["model"]
    fields.setdefault("anthropic_version", Raw(msgspec.json.encode(CLAUDE_VERSION)))
    return msgspec.json.encode(fields)
