"""No credential in what a provider says, whichever format says it."""

import json
from collections.abc import Callable

import pytest

from pontage.dialects import (
    anthropic_messages,
    cohere_chat,
    google_generate,
    ollama_chat,
    openai_chat,
    openai_responses,
)
from pontage.dialects.masking import MESSAGE_LIMIT, masked, masked_fields
from pontage.errors import PontageError

HEX = "0123456789abcdef0123456789abcdef"
SECRETS = [
    "sk-proj-abc123456789", "sk-ant-api03-AbCdEf-ghij", "sk-abcdefgh", "AIzaSyA1234567890", "gsk_abcdefgh1234",
    "xai-abcdefgh1234", "sk-ab***********yz", "ya29.a0AfH6SMBx-12", "eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIxIn0.c2ln",
    "hf_abcdefgh12", "AKIAIOSFODNN7EXAMPLE",
]  # fmt: skip
TOLD = [
    ("denied: Bearer tok_secret99 here", "tok_secret99"),
    ("authorization: bearer abcdefghijklmnopqrstuvwxyz", "abcdefghijklmnopqrstuvwxyz"),
    ("Basic dXNlcjpwYXNzd29yZA==", "dXNlcjpwYXNzd29yZA"),
    (f"Incorrect API key provided: {HEX}.", HEX),
    (f'{{"api_key": "{HEX}"}}', HEX),
    (f"https://host/v1?key={HEX}&x=1", HEX),
    (f"X-Api-Key: {HEX}", HEX),
    ("the token is AbCdEfGhIjKlMnOpQr+/90==", "AbCdEfGhIjKlMnOpQr"),
    ("dialing https://user:hunter2@host failed", "hunter2"),
]
PROSE = [
    "unknown key-word argument", "Basic authentication is required", "Bearer authentication", "risk-averse",
    "This model's maximum context length is 8192 tokens, however you requested 10000 tokens",
    "unexpected key messages.0.content.1.type", "max_tokens: 4096 is too many", "invalid_api_key",
    "req_011CSHoEeqs5C35K2UUqR7Fy", "claude-sonnet-4-5-20250929", "call_0123456789abcdef0123456789abcdef",
]  # fmt: skip
DECODERS: list[Callable[[int, dict[str, str], bytes], PontageError]] = [
    openai_chat.provider_side().decode_error,
    openai_responses.provider_side().decode_error,
    anthropic_messages.provider_side().decode_error,
    google_generate.provider_side().decode_error,
    ollama_chat.provider_side().decode_error,
    cohere_chat.provider_side().decode_error,
]


@pytest.mark.parametrize("secret", SECRETS)
def test_prefixes_tell_a_key(secret: str) -> None:
    assert secret not in (said := masked(f"Incorrect API key provided: {secret}. Find yours at"))
    assert said.startswith("Incorrect API key provided: ")
    assert said.endswith("***. Find yours at")


@pytest.mark.parametrize(("text", "secret"), TOLD)
def test_schemes_and_words_tell_a_key(text: str, secret: str) -> None:
    assert secret not in (said := masked(text))
    assert "***" in said


@pytest.mark.parametrize("text", PROSE)
def test_prose_stays(text: str) -> None:
    assert masked(text) == text


def test_masked_before_cut() -> None:
    at_the_edge = "x" * (MESSAGE_LIMIT - 6) + " sk-abc123456789"
    assert masked(at_the_edge) == ("x" * (MESSAGE_LIMIT - 6) + " sk-***")[:MESSAGE_LIMIT]
    assert len(masked("x" * 99_999)) == MESSAGE_LIMIT


@pytest.mark.parametrize("text", ["sk-", "key_", "Bearer ", "key ", "eyJ", "://a:", "token is "])
def test_a_hostile_text_costs_its_length(text: str) -> None:
    assert len(masked(text * 100_000)) <= MESSAGE_LIMIT


def test_fields_that_are_not_told_stay_so() -> None:
    assert masked_fields({"retry_after": 2.0}) == {
        "retry_after": 2.0, "param": None, "upstream_code": None, "request_id": None,
    }  # fmt: skip


@pytest.mark.parametrize("decode", DECODERS)
def test_every_word_of_an_error_is_masked(decode: Callable[[int, dict[str, str], bytes], PontageError]) -> None:
    secret = "sk-proj-abc123456789"
    details = [
        {"@type": "type.googleapis.com/google.rpc.BadRequest", "fieldViolations": [{"field": secret}]},
        {"@type": "type.googleapis.com/google.rpc.RequestInfo", "requestId": secret},
    ]
    told = {"message": f"no: {secret}", "param": secret, "code": secret, "type": secret, "status": secret}
    body = json.dumps({"error": {**told, "details": details}, "request_id": secret, "code": secret}).encode()
    for headers in ({}, {"x-request-id": secret, "request-id": secret}):
        error = decode(400, headers, body)
        assert secret not in repr((error.message, error.param, error.upstream_code, error.request_id))
        assert error.upstream_code is not None
    half = decode(400, {}, json.dumps({"error": {"message": "x" * (MESSAGE_LIMIT - 6) + " " + secret}}).encode())
    assert "sk-pr" not in half.message
    assert len(half.message) <= MESSAGE_LIMIT
    assert secret not in decode(500, {}, b"x" * (MESSAGE_LIMIT - 5) + secret.encode() * 1_000).message
