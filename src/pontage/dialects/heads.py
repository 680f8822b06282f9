"""The few fields by which a request is routed, read without the rest. Floor 2; pure.

Whatever its format, a request says nothing about where the gateway connects to or what it sends there: a field that
would is refused, not passed on and not left out. Reading costs nothing more for it: such a field may only be `null`.
"""

from __future__ import annotations

from typing import Any, Final, TypeVar

import msgspec
from msgspec import Struct

from pontage.dialects.codec import field_at_fault
from pontage.errors import InvalidRequestError


class Head(Struct, kw_only=True):
    """Base of the fields that a format is routed by."""

    base_url: None = None
    api_base: None = None
    api_host: None = None
    api_key: None = None
    host: None = None
    endpoint: None = None
    proxy: None = None
    proxies: None = None
    headers: None = None
    extra_headers: None = None


STEERING: Final = frozenset(Head.__struct_fields__)
"""The fields that no request may have."""
H = TypeVar("H", bound=Head)


def read_head(decoder: msgspec.json.Decoder[H], body: bytes) -> H:
    """The head of a request. Raises InvalidRequestError that names the field at fault."""
    try:
        return decoder.decode(body)
    except msgspec.ValidationError as error:
        param = field_at_fault(str(error))
        if param in STEERING:
            raise steered(param) from None
        text = str(error).partition(" - at `")[0]
        raise InvalidRequestError(f"`{param}`: {text}" if param else text, param=param) from None
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
        raise InvalidRequestError(f"the body is not valid JSON: {error}") from None


def refuse_steering(fields: dict[str, Any]) -> None:
    """Raise InvalidRequestError for a JSON object (its values still JSON) that would say where to connect to."""
    for name in STEERING & fields.keys():
        if bytes(fields[name]) != b"null":
            raise steered(name)


def steered(param: str) -> InvalidRequestError:
    """The error of a request with such a field."""
    return InvalidRequestError(
        f"`{param}`: a request cannot say where the gateway connects to, or with what",
        param=param,
        hint="providers are set in the gateway's configuration",
    )
