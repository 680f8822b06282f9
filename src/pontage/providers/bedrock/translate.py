"""The delta between other vendors' formats and Amazon Bedrock: AWS's own errors. Floor 4; pure.

They are `{"message": ...}` or `{"Message": ...}`, and their kind is in a header. Source: botocore.
"""

from __future__ import annotations

from collections.abc import Mapping
from functools import partial
from typing import Any, Final, cast

from msgspec.structs import replace

from pontage.dialects.dialect import ProviderSide
from pontage.dialects.failures import decoded, lower_names, retry_after
from pontage.dialects.masking import masked, masked_fields
from pontage.domain.parts import JSONObject
from pontage.errors import (
    AuthenticationError,
    InvalidRequestError,
    ModelNotFoundError,
    OverloadedError,
    PermissionDeniedError,
    PontageError,
    QuotaExceededError,
    RateLimitedError,
    ServerError,
    UpstreamTimeoutError,
)
from pontage.providers.bedrock.types import ERROR_TYPE

_KINDS: Final[Mapping[str, type[PontageError]]] = {
    "AccessDeniedException": PermissionDeniedError,
    "ExpiredTokenException": AuthenticationError,
    "UnrecognizedClientException": AuthenticationError,
    "ValidationException": InvalidRequestError,
    "ResourceNotFoundException": ModelNotFoundError,
    "ModelTimeoutException": UpstreamTimeoutError,
    "ModelErrorException": ServerError,
    "ModelNotReadyException": OverloadedError,
    "ThrottlingException": RateLimitedError,
    "ServiceQuotaExceededException": QuotaExceededError,
    "ServiceUnavailableException": OverloadedError,
    "InternalServerException": ServerError,
}


def at_bedrock(side: ProviderSide) -> ProviderSide:
    """`side` as it is spoken at Bedrock."""
    return replace(side, decode_error=partial(decode_error, side))


def decode_error(side: ProviderSide, status: int, headers: Mapping[str, str], body: bytes) -> PontageError:
    """An error of AWS, or else one in the words of `side`."""
    known = lower_names(headers)
    name = known.get(ERROR_TYPE, "").partition(":")[0]
    kind = _KINDS.get(name)
    value: Any = decoded(body)
    told = cast(JSONObject, value) if isinstance(value, dict) else {}
    message = told.get("message") or told.get("Message")
    if kind is None or not isinstance(message, str):
        return side.decode_error(status, headers, body)
    wait = retry_after(known)
    return kind(
        masked(message), **masked_fields({"upstream_status": status, "upstream_code": name, "retry_after": wait})
    )
