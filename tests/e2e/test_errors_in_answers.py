"""A status of success over the report of an error is an error, in like formats too: the next target is asked."""

from collections.abc import Iterator
from contextlib import AbstractContextManager
from typing import Any

import pytest

from pontage.config import Config, ProviderSettings, Secret, Target, VirtualModel
from tests.e2e.asking import request
from tests.gateway import RunningGateway, running
from tests.replay.upstream import Upstream, upstream, whole

REPORT = {"error": {"message": "Upstream is overloaded", "code": 503}}
USED = {"prompt_tokens": 3, "completion_tokens": 0, "total_tokens": 3}
EMPTY = {"index": 0, "finish_reason": "stop", "message": {"role": "assistant", "content": ""}}
BROKEN = {
    "id": "r", "object": "response", "status": "failed", "model": "m", "output": [],
    "error": {"code": "server_error", "message": "Upstream is overloaded"},
    "usage": {"input_tokens": 3, "output_tokens": 0},
}  # fmt: skip
FAILED: list[tuple[str, str, Any]] = [
    ("groq", "/v1/chat/completions", REPORT),
    ("groq", "/v1/chat/completions", {**REPORT, "usage": USED}),
    ("groq", "/v1/chat/completions", {**REPORT, "id": "c", "model": "m", "choices": [EMPTY], "usage": USED}),
    ("openai", "/v1/responses", REPORT),
    ("openai", "/v1/responses", BROKEN),
    ("anthropic", "/v1/messages", {"type": "error", "error": {"type": "overloaded_error", "message": "Overloaded"}}),
    (
        "google",
        "/v1beta/models/both:generateContent",
        {"error": {"code": 503, "message": "", "status": "UNAVAILABLE"}},
    ),
    ("cohere", "/v2/chat", {"message": "it went wrong"}),
    ("ollama", "/api/chat", {"error": "it went wrong"}),
]


@pytest.fixture
def vendor() -> Iterator[Upstream]:
    with upstream() as server:
        yield server


def house(vendor: Upstream, name: str) -> AbstractContextManager[RunningGateway]:
    base = f"{vendor.url}/v1" if name in ("groq", "openai") else vendor.url
    settings = ProviderSettings(base_url=base, api_key=Secret("key-0123456789"))
    route = VirtualModel(targets=[Target(model=f"{name}/m"), Target(model="sim/echo")], allow_simulated=True)
    return running(Config(providers={name: settings}, models={"both": route}))


@pytest.mark.parametrize(("name", "path", "told"), FAILED)
def test_the_next_target_answers(vendor: Upstream, name: str, path: str, told: Any) -> None:
    vendor.script(whole(told))
    body = {
        "model": "both", "max_tokens": 9, "stream": False, "messages": [{"role": "user", "content": "hi"}],
        "input": "hi", "contents": [{"parts": [{"text": "hi"}]}],
    }  # fmt: skip
    with house(vendor, name) as gateway:
        answer = request(gateway, "POST", path, body)
    assert answer.status == 200, answer.body
    assert b"[simulated] hi" in answer.body
    assert answer.headers["x-pontage-attempts"].endswith("simulated:200")
