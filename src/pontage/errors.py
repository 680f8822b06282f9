"""The error tree: what can go wrong, as data. Floor 1; imports the standard library only.

::

    PontageError
    ├── ConfigError                      the configuration cannot be used (exit 78)
    ├── ClientError                      the caller's doing; never retried
    │   ├── InvalidRequestError          400, names the field in `param`
    │   │   ├── ContextWindowExceededError
    │   │   ├── ContentFilterError
    │   │   └── TranslationError         strict mode: the target cannot say `param`
    │   ├── AuthenticationError          401
    │   ├── QuotaExceededError           402, money or quota: final
    │   │   └── BudgetExhaustedError     a budget of the gateway's own is used up
    │   ├── PermissionDeniedError        403
    │   ├── NotFoundError                404
    │   │   ├── ModelNotFoundError
    │   │   └── RouteNotFoundError
    │   ├── MethodNotAllowedError        405
    │   ├── RequestTimeoutError          408, the caller sent too slowly
    │   ├── ConflictError                409
    │   ├── PayloadTooLargeError         413
    │   ├── UnsupportedEncodingError     415, a compressed or otherwise coded body
    │   ├── ExpectationFailedError       417, an `Expect` other than 100-continue
    │   ├── UnprocessableError           422, well-formed, but it cannot be done as it stands
    │   ├── HeadersTooLargeError         431
    │   ├── VersionNotSupportedError     505, neither HTTP/1.1 nor HTTP/1.0
    │   └── RateLimitedError             429, retryable after `retry_after` seconds
    │       └── BudgetInFlightError      what is left of a budget is held by requests under way
    ├── LedgerUnavailableError           503, nothing can be booked now, so nothing is sent
    └── UpstreamError                    the provider's doing, or the road's
        ├── ConnectionFailedError        502, refused, reset, TLS, DNS, forbidden address
        ├── UpstreamTimeoutError         504, `phase` says which timer
        ├── ProtocolError                502, the answer breaks its own protocol
        │   └── StreamTruncatedError     the terminal event never came
        ├── ServerError                  502, the provider answered 5xx
        └── OverloadedError              503, 529: busy, come back later

Every class knows its HTTP `status`, its stable `code` (``PTG-nnnn``) and whether the same request may succeed when it
is sent again (`retryable`). How an error looks, and how an answer is read as one, is the dialects' business.
"""

from __future__ import annotations

from typing import ClassVar, TypedDict, Unpack


class ErrorFields(TypedDict, total=False):
    """What an error may know beyond its message. Units: `retry_after` in seconds."""

    provider: str | None
    model: str | None
    param: str | None  # the request field at fault, as the caller wrote it
    hint: str | None  # what to do about it
    retry_after: float | None
    upstream_status: int | None
    upstream_code: str | None  # the provider's own machine-readable code
    request_id: str | None  # the provider's id of the failed request
    attempts: tuple[str, ...]  # e.g. ("openai:429", "anthropic:529")


class PontageError(Exception):
    """Root of every error that Pontage raises on purpose."""

    status: ClassVar[int] = 500
    code: ClassVar[str] = "PTG-1000"
    retryable: ClassVar[bool] = False

    def __init__(self, message: str, **fields: Unpack[ErrorFields]) -> None:
        super().__init__(message)
        self.message = message
        self.provider = fields.get("provider")
        self.model = fields.get("model")
        self.param = fields.get("param")
        self.hint = fields.get("hint")
        self.retry_after = fields.get("retry_after")
        self.upstream_status = fields.get("upstream_status")
        self.upstream_code = fields.get("upstream_code")
        self.request_id = fields.get("request_id")
        self.attempts = fields.get("attempts", ())

    def __str__(self) -> str:
        return f"{self.code}: {self.message}"


class ConfigError(PontageError):
    """The configuration cannot be used; `file`, `line` and `column` (1-based) say where."""

    code = "PTG-1100"

    def __init__(
        self, message: str, *, file: str | None = None, line: int = 0, column: int = 0, hint: str | None = None
    ) -> None:
        super().__init__(message, hint=hint)
        self.file = file
        self.line = line
        self.column = column


class ClientError(PontageError):
    """The caller's doing: sending the same again cannot help."""

    status = 400
    code = "PTG-1200"


class InvalidRequestError(ClientError):
    """The request is not valid; `param` names the field."""

    code = "PTG-1201"


class ContextWindowExceededError(InvalidRequestError):
    """The conversation does not fit the model's context window."""

    code = "PTG-1202"


class ContentFilterError(InvalidRequestError):
    """The provider's policy refused the input or the answer."""

    code = "PTG-1203"


class TranslationError(InvalidRequestError):
    """Strict mode: the target format cannot express `param`."""

    code = "PTG-1204"


class AuthenticationError(ClientError):
    """No credential, or one that is not valid."""

    status = 401
    code = "PTG-1301"


class QuotaExceededError(ClientError):
    """Money or quota is used up: final until someone pays or a period ends."""

    status = 402
    code = "PTG-1302"


class BudgetExhaustedError(QuotaExceededError):
    """What is left of a budget does not pay for this request."""

    code = "PTG-1304"


class PermissionDeniedError(ClientError):
    """The credential is valid but may not do this."""

    status = 403
    code = "PTG-1303"


class NotFoundError(ClientError):
    """There is nothing of that name."""

    status = 404
    code = "PTG-1401"


class ModelNotFoundError(NotFoundError):
    """No such model; `hint` names the nearest one."""

    code = "PTG-1402"


class RouteNotFoundError(NotFoundError):
    """No such path; `hint` names the nearest one."""

    code = "PTG-1403"


class MethodNotAllowedError(ClientError):
    """The path exists, the method does not."""

    status, code = 405, "PTG-1405"


class RequestTimeoutError(ClientError):
    """The caller sent its headers or its body too slowly."""

    status, code, retryable = 408, "PTG-1408", True


class ConflictError(ClientError):
    """The request contradicts the state it meets."""

    status, code = 409, "PTG-1409"


class PayloadTooLargeError(ClientError):
    """The body is larger than the limit."""

    status, code = 413, "PTG-1413"


class UnsupportedEncodingError(ClientError):
    """The body is compressed or coded in a way that is not accepted."""

    status, code = 415, "PTG-1415"


class ExpectationFailedError(ClientError):
    """The caller expects something of the server that it does not promise."""

    status, code = 417, "PTG-1417"


class HeadersTooLargeError(ClientError):
    """The header block is larger than the limit."""

    status, code = 431, "PTG-1431"


class VersionNotSupportedError(ClientError):
    """The request speaks a version of HTTP that this server does not."""

    status, code = 505, "PTG-1455"


class UnprocessableError(ClientError):
    """The request is well-formed and cannot be done as it stands: its `Idempotency-Key` was another request's."""

    status = 422
    code = "PTG-1422"


class RateLimitedError(ClientError):
    """Too many requests; `retry_after` seconds from now may be fine."""

    status = 429
    code = "PTG-1429"
    retryable = True


class BudgetInFlightError(RateLimitedError):
    """What is left of a budget is held by requests under way."""

    code = "PTG-1430"


class LedgerUnavailableError(PontageError):
    """The ledger cannot be written (its disk is full, read-only, locked): what cannot be booked is not sent."""

    status, code, retryable = 503, "PTG-1601", True


class UpstreamError(PontageError):
    """The provider's doing, or the road's."""

    status = 502
    code = "PTG-1500"
    retryable = True


class ConnectionFailedError(UpstreamError):
    """No connection, or it broke: refused, reset, TLS, name resolution, forbidden address."""

    code = "PTG-1501"


class UpstreamTimeoutError(UpstreamError):
    """The provider took too long. `phase`: pool, connect, first_byte, first_content, idle or total."""

    status = 504
    code = "PTG-1502"

    def __init__(self, message: str, *, phase: str = "total", **fields: Unpack[ErrorFields]) -> None:
        super().__init__(message, **fields)
        self.phase = phase


class ProtocolError(UpstreamError):
    """The provider's answer breaks its own protocol: bad HTTP, wrong content type, malformed JSON, too large."""

    code = "PTG-1503"


class StreamTruncatedError(ProtocolError):
    """The stream ended before the provider's own terminal event."""

    code = "PTG-1504"


class ServerError(UpstreamError):
    """The provider answered 5xx, or reported a failure of its own inside a stream."""

    code = "PTG-1505"


class OverloadedError(UpstreamError):
    """The provider is busy (503, 529)."""

    status = 503
    code = "PTG-1506"
