"""Errors of a provider, and errors told to a client."""

import json

import pytest

from pontage import errors
from pontage.dialects.cohere_chat import client_side, provider_side

decode = provider_side().decode_error
encode = client_side().encode_error


@pytest.mark.parametrize(
    ("status", "expected"),
    [
        (400, errors.InvalidRequestError),
        (401, errors.AuthenticationError),
        (402, errors.QuotaExceededError),
        (403, errors.PermissionDeniedError),
        (404, errors.NotFoundError),
        (405, errors.InvalidRequestError),
        (408, errors.UpstreamTimeoutError),
        (409, errors.ConflictError),
        (413, errors.PayloadTooLargeError),
        (422, errors.InvalidRequestError),
        (429, errors.RateLimitedError),
        (498, errors.AuthenticationError),
        (499, errors.ConnectionFailedError),
        (500, errors.ServerError),
        (501, errors.ServerError),
        (503, errors.OverloadedError),
        (504, errors.UpstreamTimeoutError),
        (200, errors.ServerError),
    ],
)
def test_the_status_decides(status: int, expected: type[errors.PontageError]) -> None:
    error = decode(status, {}, b'{"id":"e","message":"It failed."}')
    assert type(error) is expected
    assert (error.message, error.upstream_status, error.request_id) == ("It failed.", status, "e")


def test_too_many_tokens_is_a_full_window() -> None:
    assert type(decode(400, {}, b'{"message":"too many tokens: 9"}')) is errors.ContextWindowExceededError
    assert type(decode(500, {}, b'{"message":"too many tokens: 9"}')) is errors.ServerError


@pytest.mark.parametrize(
    ("body", "message"),
    [
        (b'{"message":"a"}', "a"),
        (b'{"error":{"message":"a"}}', "a"),
        (b'{"error":"a"}', "a"),
        (b"<p>a</p>", "<p>a</p>"),
        (b"", "the provider answered 400 without a message"),
        (b"{}", "the provider answered 400 without a message"),
        (b'{"message":{"odd":1}}', "the provider answered 400 without a message"),
        (b"\xff", "\ufffd"),
        (b'{"message":"%b"}' % (b"x" * 9000), "x" * 2000),
        (b'{"message":"bad key co-abcdefgh12"}', "bad key co-***"),
        (b'{"message":"bad key Bearer abcdefgh12"}', "bad key Bearer ***"),
    ],
)
def test_the_message_wherever_it_stands(body: bytes, message: str) -> None:
    assert decode(400, {}, body).message == message


@pytest.mark.parametrize(
    ("headers", "seconds"),
    [
        ({"Retry-After": "7"}, 7.0),
        ({"retry-after-ms": "250", "retry-after": "9"}, 0.25),
        ({"retry-after": "soon"}, None),
        ({"retry-after": "-1"}, None),
        ({"retry-after": "inf"}, None),
        ({}, None),
    ],
)
def test_when_to_come_back(headers: dict[str, str], seconds: float | None) -> None:
    assert decode(429, headers, b"{}").retry_after == seconds


def test_an_id_in_the_headers_and_a_code_of_a_gateway() -> None:
    error = decode(400, {"X-Request-Id": "r"}, b'{"message":"a","code":"PTG-1201"}')
    assert (error.request_id, error.upstream_code) == ("r", "PTG-1201")


def test_an_error_for_a_client() -> None:
    error = errors.InvalidRequestError("No.", param="k", hint="At most 500.", request_id="r")
    status, body = encode(error)
    assert status == 400
    assert json.loads(body) == {"id": "r", "message": "No.", "code": "PTG-1201", "param": "k", "hint": "At most 500."}
    assert encode(errors.OverloadedError("Busy."))[0] == 503
    again = decode(*encode(errors.NotFoundError("Gone."))[:1], {}, encode(errors.NotFoundError("Gone."))[1])
    assert (type(again), again.message, again.upstream_code) == (errors.NotFoundError, "Gone.", "PTG-1401")
