"""Whatever a stranger sends is answered in the dialect it was sent in, by the right status, and never by a 500."""

import json
from collections.abc import Iterator
from typing import Any

import pytest

from pontage.config import Config
from tests.conftest import Figures
from tests.e2e.asking import PATHS, ask, error_of, request, spoken
from tests.gateway import RunningGateway, running

FORMS = pytest.mark.parametrize("form", PATHS)
MODEL = "simulated/echo"


@pytest.fixture(scope="module")
def gateway() -> Iterator[RunningGateway]:
    with running(Config()) as started:
        yield started
        assert started.failures == 0


def changed(form: str, path: str, value: Any) -> dict[str, Any]:
    """A good request with one field changed (`...`: taken away). The path's steps are separated by dots."""
    body = json.loads(json.dumps(spoken(form, MODEL)[1]))
    *steps, last = [int(step) if step.isdigit() else step for step in path.split(".")]
    place: Any = body
    for step in steps:
        place = place[step]
    if value is ...:
        del place[last]
    elif isinstance(place, list) and last == len(place):
        place.append(value)
    else:
        place[last] = value
    return body


IMAGE = {"openai": {"type": "image_url", "image_url": {"url": "data:image/png;base64,###"}}}
IMAGE["anthropic"] = {"type": "image", "source": {"type": "base64", "media_type": "image/png", "data": "###"}}
IMAGE["google"] = {"inlineData": {"mimeType": "image/png", "data": "###"}}

BAD: list[tuple[str, str, Any, str]] = [  # format, path of what is wrong, what stands there, what the error names
    ("openai", "model", ..., "model"),
    ("openai", "model", 7, "model"),
    ("openai", "model", None, "model"),
    ("openai", "model", "", "model"),
    ("openai", "stream", "yes", "stream"),
    ("openai", "messages", ..., "messages"),
    ("openai", "messages", [], "messages"),
    ("openai", "messages", "hello", "messages"),
    ("openai", "messages", {"role": "user"}, "messages"),
    ("openai", "messages.0", "hello", "messages[0]"),
    ("openai", "messages.0.role", "wizard", "messages[0]"),
    ("openai", "messages.0.role", ..., "messages[0]"),
    ("openai", "messages.0.content", 7, "messages[0].content"),
    ("openai", "messages.0.content", [{"type": "text"}], "messages[0].content[0]"),
    ("openai", "messages.0.content", [IMAGE["openai"]], "messages[0].content[0]"),
    ("openai", "messages.1", {"role": "tool", "content": "x"}, "messages[1]"),
    ("openai", "temperature", "hot", "temperature"),
    ("openai", "max_tokens", "many", "max_tokens"),
    ("openai", "max_completion_tokens", -1, "max_completion_tokens"),
    ("openai", "stop", {"a": 1}, "stop"),
    ("openai", "tools", "hammer", "tools"),
    ("openai", "tools", [{"type": "function"}], "tools[0]"),
    ("openai", "tools", [{"type": "function", "function": {"name": 7}}], "tools[0].function.name"),
    ("openai", "tool_choice", 7, "tool_choice"),
    ("openai", "response_format", "json", "response_format"),
    ("openai", "n", 0, "n"),
    ("openai", "n", 10**9, "n"),
    ("anthropic", "model", ..., "model"),
    ("anthropic", "model", [], "model"),
    ("anthropic", "messages", ..., "messages"),
    ("anthropic", "messages", [], "messages"),
    ("anthropic", "messages", 7, "messages"),
    ("anthropic", "messages.0.role", "wizard", "messages[0]"),
    ("anthropic", "messages.0.content", 7, "messages[0].content"),
    ("anthropic", "messages.0.content", [{"type": "text"}], "messages[0].content[0]"),
    ("anthropic", "messages.0.content", [IMAGE["anthropic"]], "messages[0].content[0]"),
    ("anthropic", "messages.0.content", [{"type": "tool_result", "content": "x"}], "messages[0].content[0]"),
    ("anthropic", "max_tokens", "many", "max_tokens"),
    ("anthropic", "max_tokens", -5, "max_tokens"),
    ("anthropic", "system", 7, "system"),
    ("anthropic", "temperature", [], "temperature"),
    ("anthropic", "tools", [{"description": "x"}], "tools[0]"),
    ("anthropic", "tool_choice", "any", "tool_choice"),
    ("anthropic", "stream", 1, "stream"),
    ("google", "contents", ..., "contents"),
    ("google", "contents", [], "contents"),
    ("google", "contents", 7, "contents"),
    ("google", "contents.0.role", "wizard", "contents[0]"),
    ("google", "contents.0.parts", 7, "contents[0].parts"),
    ("google", "contents.0.parts.0", 7, "contents[0].parts[0]"),
    ("google", "contents.0.parts.0", IMAGE["google"], "contents[0].parts[0]"),
    ("google", "contents.0.parts.0", {"text": 7}, "contents[0].parts[0].text"),
    ("google", "generationConfig", 7, "generationConfig"),
    ("google", "generationConfig", {"temperature": "hot"}, "generationConfig.temperature"),
    ("google", "generationConfig", {"maxOutputTokens": "many"}, "generationConfig.maxOutputTokens"),
    ("google", "systemInstruction", 7, "systemInstruction"),
    ("google", "tools", 7, "tools"),
    ("google", "tools", [{"functionDeclarations": [{"description": "x"}]}], "tools[0].functionDeclarations[0]"),
]


@pytest.mark.parametrize(
    ("form", "path", "value", "named"), BAD, ids=[f"{one[0]}-{one[1]}-{one[2]}"[:60] for one in BAD]
)
def test_a_field_that_is_wrong_is_named(gateway: RunningGateway, form: str, path: str, value: Any, named: str) -> None:
    for stream in (False, True):
        where, _ = spoken(form, MODEL, stream=stream)
        body = changed(form, path, value)
        if stream and form != "google" and path != "stream":
            body["stream"] = True
        answer = request(gateway, "POST", where, body)
        assert answer.status == 400
        kind, message = error_of(form, answer.json)
        assert kind in ("invalid_request_error", "INVALID_ARGUMENT")
        assert named in message or named == answer.json["error"].get("param")
        assert answer.headers["x-pontage-error"].startswith("PTG-12")


NO_JSON = {
    "nothing": b"",
    "text": b"hello",
    "cut": b'{"model": "simu',
    "a list": b"[]",
    "a number": b"7",
    "null": b"null",
    "not UTF-8": b'{"model": "\xff\xfe"}',
    "deep": b'{"model": "simulated/echo", "messages": ' + b"[" * 100_000 + b"]" * 100_000 + b"}",
    "deep object": b'{"a":' * 50_000 + b"1" + b"}" * 50_000,
    "two": b'{"model":"a"}{"model":"b"}',
    "a great number": b'{"model":"simulated/echo","messages":[],"temperature":1' + b"0" * 5000 + b"}",
    "NaN": b'{"model":"simulated/echo","messages":[{"role":"user","content":"x"}],"temperature":NaN}',
    "zip": b"\x1f\x8b\x08\x00" + bytes(100),
}


@FORMS
@pytest.mark.parametrize("kind", NO_JSON)
def test_a_body_that_is_no_request(gateway: RunningGateway, form: str, kind: str) -> None:
    answer = request(gateway, "POST", spoken(form, MODEL)[0], NO_JSON[kind])
    assert answer.status == 400
    error_of(form, answer.json)
    assert len(answer.body) < 2_000


@FORMS
@pytest.mark.parametrize(
    ("name", "near"),
    [("simulated/ecko", "echo"), ("simulatd/echo", "simulated/echo"), ("nothing-like-it", "/v1/models")],
)
def test_an_unknown_model_is_told_the_nearest(gateway: RunningGateway, form: str, name: str, near: str) -> None:
    answer = ask(gateway, form, name)
    assert answer.status == 404
    kind, message = error_of(form, answer.json)
    assert kind in ("invalid_request_error", "not_found_error", "NOT_FOUND")
    if form == "openai":
        assert answer.json["error"]["code"] == "model_not_found"
    assert near in answer.body.decode()
    assert name.rpartition("/")[2] in message


def test_an_endless_model_name(gateway: RunningGateway) -> None:
    for form in ("openai", "anthropic"):
        answer = ask(gateway, form, "simulated/" + "x" * 500_000)
        assert answer.status == 400
        assert "model" in error_of(form, answer.json)[1]
        assert len(answer.body) < 2_000
        assert sum(len(name) + len(value) for name, value in answer.headers.items()) < 4_000


@pytest.mark.parametrize("model", ["ec\u00f8", "echo\r\nx-evil: 1", "echo\x00", "\u202e", "echo?rate=\u00e9"])
def test_a_model_name_cannot_write_headers(gateway: RunningGateway, model: str) -> None:
    answer = ask(gateway, "openai", f"simulated/{model}")
    assert answer.status in (200, 400, 404)
    assert "x-evil" not in answer.headers


@pytest.mark.parametrize(
    ("name", "value"),
    [("x-pontage-strict", "maybe"), ("x-pontage-timeout", "soon"), ("x-pontage-timeout", "-1"),
     ("x-pontage-timeout", "nan"), ("x-pontage-timeout", "inf"), ("x-pontage-timeout", "1e400")],
)  # fmt: skip
@FORMS
def test_headers_of_ours_that_make_no_sense(gateway: RunningGateway, form: str, name: str, value: str) -> None:
    answer = ask(gateway, form, MODEL, headers={name: value})
    assert answer.status == 400
    assert name in error_of(form, answer.json)[1]


def test_how_much_was_tried(gateway: RunningGateway, figures: Figures) -> None:
    figures("bad inputs tried end to end", 2 * len(BAD) + len(PATHS) * len(NO_JSON))
    figures("own 500s among them", gateway.failures)
    assert gateway.failures == 0
