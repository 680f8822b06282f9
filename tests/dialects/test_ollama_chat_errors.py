"""Errors of Ollama's format: decided by their status, and told as its clients read them."""

import json
from typing import Any

import pytest

from pontage import errors
from tests.dialects.ollama_chat import CLIENT, SAMPLES, SIDE


@pytest.mark.parametrize(
    ("status", "kind"),
    [
        (400, errors.InvalidRequestError), (401, errors.AuthenticationError), (402, errors.QuotaExceededError),
        (403, errors.PermissionDeniedError), (404, errors.ModelNotFoundError), (408, errors.UpstreamTimeoutError),
        (409, errors.ConflictError), (413, errors.PayloadTooLargeError), (422, errors.InvalidRequestError),
        (429, errors.RateLimitedError), (500, errors.ServerError), (502, errors.ServerError),
        (503, errors.OverloadedError), (504, errors.UpstreamTimeoutError), (529, errors.OverloadedError),
        (200, errors.ServerError),
    ],
)  # fmt: skip
def test_the_status_decides(status: int, kind: type[errors.PontageError]) -> None:
    error = SIDE.decode_error(status, {}, b'{"error":"what happened"}')
    assert type(error) is kind
    assert error.message == "what happened"
    assert error.upstream_status == status


def test_a_path_that_is_not_there_is_no_missing_model() -> None:
    assert type(SIDE.decode_error(404, {}, b"404 page not found")) is errors.NotFoundError
    assert type(SIDE.decode_error(302, {}, b"")) is errors.ProtocolError


@pytest.mark.parametrize(
    ("body", "message"),
    [
        (b"<html>Bad Gateway</html>", "<html>Bad Gateway</html>"),
        (b'{"error":{"message":"in another format","code":"odd_code"}}', "in another format"),
        (b'{"message":"beside"}', "beside"),
        (b'{"error":{}}', "the provider answered 500 without a message"),
        (b"", "the provider answered 500 without a message"),
        (b"\xff", "�"),
        (b'{"error":"' + b"x" * 5000 + b'"}', "x" * 2000),
        (b'{"error":"bad key sk-abcdefghijkl"}', "bad key sk-***"),
        (b'["error"]', '["error"]'),
    ],
)
def test_the_text_is_taken_from_where_it_is(body: bytes, message: str) -> None:
    assert SIDE.decode_error(500, {}, body).message == message


def test_a_code_of_a_server_in_front_is_kept() -> None:
    assert SIDE.decode_error(500, {}, b'{"error":{"code":"odd_code"}}').upstream_code == "odd_code"
    assert SIDE.decode_error(500, {}, b'{"error":"x","code":"PTG-1505"}').upstream_code == "PTG-1505"
    assert SIDE.decode_error(500, {}, b'{"error":{"code":7}}').upstream_code is None


@pytest.mark.parametrize(
    ("headers", "seconds"),
    [
        ({"Retry-After": "7"}, 7.0), ({"retry-after-ms": "1500", "retry-after": "9"}, 1.5),
        ({"retry-after": "-1"}, None), ({"retry-after": "Wed, 21 Oct 2026 07:28:00 GMT"}, None),
        ({"retry-after": "inf"}, None), ({}, None),
    ],
)  # fmt: skip
def test_when_to_come_back(headers: dict[str, str], seconds: float | None) -> None:
    assert SIDE.decode_error(429, headers, b"{}").retry_after == seconds


def test_the_request_id_of_a_server_in_front() -> None:
    assert SIDE.decode_error(500, {"X-Request-Id": "r1"}, b"{}").request_id == "r1"


def test_an_error_for_a_client() -> None:
    error = errors.InvalidRequestError("`seed` is wrong", param="seed", hint="leave it out", upstream_status=400)
    status, body = CLIENT.encode_error(error)
    told: Any = json.loads(body)
    assert status == 400
    assert told == {
        "error": "`seed` is wrong (PTG-1201; leave it out)", "code": "PTG-1201", "param": "seed",
        "hint": "leave it out", "upstream_status": 400,
    }  # fmt: skip
    assert json.loads(CLIENT.encode_error(errors.ServerError(""))[1])["error"] == "PTG-1505"


def test_the_samples_tell_what_they_are() -> None:
    kinds: dict[str, str] = {}
    for path in SAMPLES.glob("*.error.json"):
        said = json.loads(path.read_text())
        body = said["body"] if isinstance(said["body"], str) else json.dumps(said["body"])
        kinds[path.name.split(".")[0]] = type(
            SIDE.decode_error(said["status"], said["headers"], body.encode())
        ).__name__
    assert kinds == {
        "no_model": "ModelNotFoundError", "sign_in": "AuthenticationError", "cannot_think": "InvalidRequestError",
        "too_many": "RateLimitedError", "queue_full": "OverloadedError", "crashed": "ServerError",
        "cloud_gone": "ServerError", "front_page": "ServerError",
    }  # fmt: skip
