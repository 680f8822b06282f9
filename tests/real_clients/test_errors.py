"""Every failure reaches every client as its own right exception: once, in its own words, and without a credential."""

import json
from collections.abc import Callable
from itertools import takewhile
from typing import Any

import anthropic
import openai
import pytest
from google.genai import errors as google_errors

from pontage.config import ProviderSettings, Secret
from tests.conftest import Figures
from tests.gateway import CANARIES, running, upstream_config
from tests.real_clients.bridge import CLIENT_KEY, DIALECTS, PLAIN, SDKS, Bridge
from tests.replay.upstream import Scripted, stream, whole
from tests.specimens import specimens

MODES = pytest.mark.parametrize("streams", [False, True], ids=["whole", "stream"])
CLIENTS = pytest.mark.parametrize("client", SDKS)
VENDORS = pytest.mark.parametrize("vendor", SDKS)

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
TOLD = {413: (413, 400), 500: (500, 502), 503: (503, 529), 529: (503, 529)}  # the client's status, where not the same
KINDS = {
    400: "BadRequestError",
    401: "AuthenticationError",
    403: "PermissionDeniedError",
    404: "NotFoundError",
    429: "RateLimitError",
}
FAILURES = (openai.APIError, anthropic.APIError, google_errors.APIError)


def refusal(vendor: str, status: int) -> Scripted:
    """The vendor's own error, which echoes the key it was called with in every way it can."""
    key = CANARIES[vendor]
    message = f"Something is wrong with {key} ({status})."
    code, kind, word = CODES[status]
    body: dict[str, Any] = {
        "openai": {"error": {"message": message, "type": "invalid_request_error", "param": None, "code": code}},
        "anthropic": {"type": "error", "error": {"type": kind, "message": message}, "request_id": "req_up"},
        "google": {"error": {"code": status, "message": message, "status": word, "details": [{"reason": key}]}},
    }[vendor]
    return whole(body, status, x_echo=key, www_authenticate=f"Bearer {key}", x_request_id="req_up", retry_after="7")


def failing(ask: Callable[[], object]) -> Any:
    try:
        ask()
    except FAILURES as error:
        return error
    raise AssertionError("nothing was raised")


def status_of(error: Any) -> int:
    return error.code if isinstance(error, google_errors.APIError) else error.status_code


def everything(error: Any) -> str:
    """All that a program could show or log of an error."""
    response = error.response
    return "\n".join([str(error), repr(error), str(dict(response.headers)), response.text])


@CLIENTS
@VENDORS
@MODES
def test_an_upstreams_refusal(house: Bridge, figures: Figures, client: str, vendor: str, streams: bool) -> None:
    for status in CODES:
        house.upstream.script(refusal(vendor, status))
        error = failing(lambda: house.ask(client, vendor, PLAIN, streams))
        assert len(house.upstream.received) == 1, f"{status} was retried"
        assert status_of(error) in TOLD.get(status, (status,))
        if status in KINDS and client != "google":
            assert type(error).__name__ == KINDS[status]
        if client == "google":
            expected = google_errors.ClientError if status < 500 else google_errors.ServerError
            assert isinstance(error, expected)
        headers = error.response.headers
        assert headers["x-should-retry"] == "false"
        assert headers["x-pontage-error"].startswith("PTG-")
        assert headers["x-pontage-attempts"] == f"{vendor}:{status}"
        if status == 429:
            assert headers["retry-after"] == "7"
        shown = everything(error) + "\n".join(house.gateway.log)
        assert headers["x-pontage-error"] in error.response.text
        for secret in (CANARIES[vendor], CLIENT_KEY, CANARIES[vendor][-16:]):
            assert secret not in shown
    figures(f"refusals of {vendor}, {client} client, {'stream' if streams else 'whole'}", len(CODES), "statuses")


@CLIENTS
@MODES
def test_an_upstream_that_is_not_there(client: str, streams: bool) -> None:
    sdk = SDKS[client]
    providers = {"gone": ProviderSettings(type="openai", base_url="http://127.0.0.1:1/v1", api_key=Secret("k"))}
    with running(upstream_config("http://127.0.0.1:1", providers=providers)) as gateway:
        direct = sdk.connect(gateway.url)
        error = failing(lambda: (sdk.streamed if streams else sdk.whole)(direct, "gone/gpt-5", PLAIN))
        direct.close()
        assert status_of(error) == 502
        assert error.response.headers["x-pontage-error"] == "PTG-1501"
        assert error.response.headers["x-pontage-attempts"] == "gone:PTG-1501"
        assert gateway.failures == 0


@CLIENTS
@VENDORS
@pytest.mark.parametrize("kind", ["html", "not what was asked", "half a JSON", "empty"])
def test_an_upstream_that_talks_nonsense(house: Bridge, client: str, vendor: str, kind: str) -> None:
    said = {
        "html": whole(b"<html>busy</html>", content_type="text/html"),
        "not what was asked": whole({"hello": "there"}),
        "half a JSON": whole(b'{"id": "x", "cho'),
        "empty": whole(b""),
    }[kind]
    for streams in (False, True):
        house.upstream.script(said)
        if client == vendor and not streams:
            continue  # like formats pass through untouched: the client's own parser judges
        error = failing(lambda streams=streams: house.ask(client, vendor, PLAIN, streams))
        assert status_of(error) in (500, 502)
        assert len(house.upstream.received) == 1


ENDINGS = {
    "openai": b'data: {"error":{"message":"The server broke.","type":"server_error","param":null,"code":null}}\n\n',
    "anthropic": b'event: error\ndata: {"type":"error","error":{"type":"overloaded_error","message":"Overloaded"}}\n\n',
    "google": b'data: {"error":{"code":503,"message":"Overloaded","status":"UNAVAILABLE"}}\r\n\r\n',
}


TERMINALS = (
    b'"finishReason"',
    b'"finish_reason":"',
    b'"finish_reason": "',
    b'"stop_reason":"',
    b"message_stop",
    b"[DONE]",
)


def half(vendor: str) -> bytes:
    """The longest beginning of a stream of which nothing says that it is whole."""
    found = b""
    for specimen in specimens():
        if (
            specimen.dialect == DIALECTS[vendor]
            and specimen.stream
            and not any(word in specimen.stream for word in (b"error", b"citation"))
        ):
            frames = specimen.stream.replace(b"\r\n", b"\n").split(b"\n\n")
            begun = list(takewhile(lambda frame: not any(word in frame for word in TERMINALS), frames))
            if 2 < len(begun) < 100:
                found = max(found, b"\n\n".join(begun) + b"\n\n", key=len)
    return found


@CLIENTS
@VENDORS
@pytest.mark.parametrize("how", ["error event", "cut", "end"])
def test_a_stream_that_breaks_after_content(house: Bridge, client: str, vendor: str, how: str) -> None:
    begun = half(vendor)
    told = {
        "error event": stream(begun + ENDINGS[vendor]),
        "cut": stream(begun, after="cut"),
        "end": stream(begun),
    }[how]
    house.upstream.script(told)
    with pytest.raises(FAILURES) as raised:
        house.ask(client, vendor, PLAIN, True)
    assert len(house.upstream.received) == 1
    assert CANARIES[vendor] not in str(raised.value)


@CLIENTS
@VENDORS
@pytest.mark.parametrize("how", ["error event", "cut", "end"])
def test_a_stream_that_breaks_before_content_is_an_error_from_the_start(
    house: Bridge, client: str, vendor: str, how: str
) -> None:
    begun = b": hello\n\n" if vendor != "google" else b""
    told = {"error event": stream(begun + ENDINGS[vendor]), "cut": stream(begun, after="cut"), "end": stream(begun)}
    house.upstream.script(told[how])
    error = failing(lambda: house.ask(client, vendor, PLAIN, True))
    assert status_of(error) in (500, 502, 503, 529)
    assert json.loads(error.response.text)
