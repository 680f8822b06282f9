"""How things go wrong: what each vendor says then, and how each official client tells its user."""

from collections.abc import Callable, Mapping
from itertools import takewhile
from typing import Any, NamedTuple

import anthropic
import ollama
import openai
from cohere.core.api_error import ApiError
from google.genai import errors as google_errors
from mistralai.client import errors as mistral_errors

from tests.gateway import CANARIES
from tests.real_clients.bridge import VENDORS
from tests.real_clients.cast import spoken
from tests.real_clients.scenes import BrokenStreamError
from tests.replay.upstream import Scripted, whole

CODES = {  # status -> OpenAI's code, Anthropic's type, Gemini's status
    400: ("invalid_value", "invalid_request_error", "INVALID_ARGUMENT"),
    401: ("invalid_api_key", "authentication_error", "UNAUTHENTICATED"),
    403: ("unsupported_country", "permission_error", "PERMISSION_DENIED"),
    404: ("model_not_found", "not_found_error", "NOT_FOUND"),
    413: ("request_too_large", "request_too_large", "INVALID_ARGUMENT"),
    429: ("rate_limit_exceeded", "rate_limit_error", "RESOURCE_EXHAUSTED"),
    500: ("server_error", "api_error", "INTERNAL"),
    503: ("overloaded", "overloaded_error", "UNAVAILABLE"),
    529: ("overloaded", "overloaded_error", "UNAVAILABLE"),
}
USUAL = {
    400: "BadRequestError",
    401: "AuthenticationError",
    403: "PermissionDeniedError",
    404: "NotFoundError",
    429: "RateLimitError",
}
KINDS: dict[str, dict[int, str]] = {  # client -> status -> the exception it raises
    "openai": USUAL,
    "responses": USUAL,
    "anthropic": USUAL,
    "google": {**dict.fromkeys(USUAL, "ClientError"), 413: "ClientError", 500: "ServerError", 503: "ServerError"},
    "mistral": dict.fromkeys(CODES, "SDKError"),
    "cohere": {
        400: "BadRequestError",
        401: "UnauthorizedError",
        403: "ForbiddenError",
        404: "NotFoundError",
        429: "TooManyRequestsError",
    },
    "ollama": dict.fromkeys(CODES, "ResponseError"),
}
FAILURES = (
    openai.APIError,
    anthropic.APIError,
    google_errors.APIError,
    mistral_errors.MistralError,
    ApiError,
    ollama.ResponseError,
    BrokenStreamError,
)
ENDINGS = {  # how a vendor tells inside a stream that it broke
    "openai": b'data: {"error":{"message":"The server broke.","type":"server_error","param":null,"code":null}}\n\n',
    "responses": b'event: error\ndata: {"type":"error","code":"server_error","message":"The server broke."}\n\n',
    "anthropic": b'event: error\ndata: {"type":"error","error":{"type":"overloaded_error","message":"Overloaded"}}\n\n',
    "google": b'data: {"error":{"code":503,"message":"Overloaded","status":"UNAVAILABLE"}}\r\n\r\n',
    "mistral": b'data: {"object":"error","message":"The server broke.","type":"internal_error","code":"3000"}\n\n',
    "cohere": b'event: message-end\ndata: {"type":"message-end","delta":{"finish_reason":"ERROR","error":"No."}}\n\n',
    "ollama": b'{"error":"The server broke."}\n',
}
TERMINALS = (
    b'"finishReason"',
    b'"finish_reason":"',
    b'"finish_reason": "',
    b'"stop_reason":"',
    b"message_stop",
    b"message-end",
    b"response.completed",
    b"response.incomplete",
    b'"done":true',
    b'"done": true',
    b"[DONE]",
)


class Failed(NamedTuple):
    """An exception as a program sees it: `headers` where the client hands them over, `shown` all that it could log."""

    kind: type[Exception]
    status: int
    headers: Mapping[str, str] | None
    shown: str


def failing(ask: Callable[[], object]) -> Failed:
    """What was raised, which must be an exception of the client's own."""
    try:
        ask()
    except FAILURES as error:
        return told(error)
    raise AssertionError("nothing was raised")


def told(error: Any) -> Failed:
    status = error.code if isinstance(error, google_errors.APIError) else getattr(error, "status_code", 0)
    response = getattr(error, "response", None)
    headers = getattr(error, "headers", None) if response is None else response.headers
    body = getattr(error, "body", "") if response is None else response.text
    shown = f"{error!s}\n{error!r}\n{body}\n{dict(headers or {})}"
    return Failed(type(error), status, headers, shown)


def refusal(vendor: str, status: int) -> Scripted:
    """The vendor's own error, which echoes the key it was called with in every way it can."""
    key = CANARIES[vendor]
    message = f"Something is wrong with {key} ({status})."
    code, kind, word = CODES[status]
    openais = {"message": message, "type": "invalid_request_error", "param": None, "code": code}
    bodies: dict[str, dict[str, Any]] = {
        "openai": {"error": openais},
        "responses": {"error": openais},
        "anthropic": {"type": "error", "error": {"type": kind, "message": message}, "request_id": "req_up"},
        "google": {"error": {"code": status, "message": message, "status": word, "details": [{"reason": key}]}},
        "mistral": {"object": "error", **openais, "code": "3051", "raw_status_code": status},
        "cohere": {"id": "c-up", "message": message},
        "ollama": {"error": message},
    }
    more = {"x_echo": key, "www_authenticate": f"Bearer {key}", "x_request_id": "req_up", "retry_after": "7"}
    return whole(bodies[vendor], status, **more)


def half(vendor: str) -> bytes:
    """The longest beginning of a stream of which nothing says that it is whole."""
    dialect = VENDORS[vendor].dialect
    end = b"\n" if dialect == "ollama_chat" else b"\n\n"
    found = b""
    for specimen in spoken(dialect):
        if specimen.stream and not any(word in specimen.stream for word in (b"error", b"citation")):
            frames = specimen.stream.replace(b"\r\n", b"\n").split(end)
            begun = list(takewhile(lambda frame: not any(word in frame for word in TERMINALS), frames))
            if 2 < len(begun) < 100:
                found = max(found, end.join(begun) + end, key=len)
    return found
