"""Clients of OpenAI's Responses at the gateway, by the official SDK too."""

import json
from collections.abc import Iterator
from typing import Any

import pytest
from openai import OpenAI

from tests.e2e.asking import request
from tests.gateway import RunningGateway, running, upstream_config
from tests.replay.upstream import Upstream, upstream, whole

SAID: dict[str, Any] = {
    "id": "resp_1", "object": "response", "created_at": 1, "status": "completed", "model": "gpt-4.1",
    "output": [
        {
            "id": "msg_1", "type": "message", "role": "assistant", "status": "completed",
            "content": [{"type": "output_text", "text": "Hello", "annotations": []}],
        }
    ],
    "parallel_tool_calls": True, "tool_choice": "auto", "tools": [],
    "usage": {
        "input_tokens": 5, "input_tokens_details": {"cached_tokens": 0}, "output_tokens": 2,
        "output_tokens_details": {"reasoning_tokens": 0}, "total_tokens": 7,
    },
}  # fmt: skip


@pytest.fixture(scope="module")
def vendor() -> Iterator[Upstream]:
    with upstream() as server:
        server.play(lambda received: whole(SAID))
        yield server


@pytest.fixture(scope="module")
def gateway(vendor: Upstream) -> Iterator[RunningGateway]:
    with running(upstream_config(vendor.url)) as started:
        yield started


@pytest.mark.parametrize("path", ["/v1/responses", "/responses", "/openai/v1/responses"])
def test_at_openai_it_crosses_untouched(gateway: RunningGateway, vendor: Upstream, path: str) -> None:
    asked = {"model": "gpt-4.1", "input": "hi", "field_of_tomorrow": 1}
    answer = request(gateway, "POST", path, asked)
    assert (answer.status, answer.json) == (200, SAID)
    assert (vendor.last.path, vendor.last.json) == ("/v1/responses", asked)


def test_the_official_client_reaches_everybody(gateway: RunningGateway) -> None:
    with OpenAI(base_url=f"{gateway.url}/v1", api_key="any") as client:
        answer = client.responses.create(model="sim/echo", input="hi", instructions="Be brief.")
        assert answer.output_text == "[simulated] hi"
        with client.responses.stream(model="sim/echo", input="hi") as stream:
            for _ in stream:
                pass
            assert stream.get_final_response().output_text == "[simulated] hi"


@pytest.mark.parametrize(
    ("body", "status"), [(b"no json", 400), ({"input": "hi"}, 400), ({"model": "nobody/x", "input": "hi"}, 404)]
)
def test_errors_are_openais(gateway: RunningGateway, body: Any, status: int) -> None:
    answer = request(gateway, "POST", "/v1/responses", body)
    assert answer.status == status
    assert set(json.loads(answer.body)) == {"error"}
