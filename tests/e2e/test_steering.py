"""No request says where the gateway connects to: every such field of every format is refused, and nothing is sent."""

import json
from collections.abc import Iterator
from typing import Any, NamedTuple

import pytest

from pontage.dialects.forwarding import AT_ANY_PATH
from pontage.dialects.heads import STEERING
from tests.conftest import Figures
from tests.e2e.asking import request
from tests.gateway import RunningGateway, running, upstream_config
from tests.replay.upstream import Upstream, upstream, whole

MODEL = "openai/gpt-4.1-mini"
TURN = {"role": "user", "content": "hi"}
ASKED: dict[str, dict[str, Any]] = {
    "/v1/chat/completions": {"model": MODEL, "messages": [TURN]},
    "/v1/responses": {"model": MODEL, "input": "hi"},
    "/v1/messages": {"model": MODEL, "messages": [TURN], "max_tokens": 9},
    f"/v1beta/models/{MODEL}:generateContent": {"contents": [{"parts": [{"text": "hi"}]}]},
    "/api/chat": {"model": MODEL, "messages": [TURN]},
    "/api/generate": {"model": MODEL, "prompt": "hi"},
    "/v2/chat": {"model": MODEL, "messages": [TURN]},
    "/mistral/v1/chat/completions": {"model": MODEL, "messages": [TURN]},
    "/v1/embeddings": {"model": "openai/text-embedding-3-small", "input": "hi"},
    "/v1/messages/count_tokens": {"model": MODEL, "messages": [TURN]},
    "/v1/completions": {"model": MODEL, "prompt": "hi"},
}
HEADERS = ["x-forwarded-host", "x-base-url", "x-pontage-base-url", "x-portkey-custom-host", "x-upstream", "proxy"]


class House(NamedTuple):
    gateway: RunningGateway
    right: Upstream
    wrong: Upstream


@pytest.fixture(scope="module")
def house() -> Iterator[House]:
    with upstream() as right, upstream() as wrong, running(upstream_config(right.url)) as gateway:
        yield House(gateway, right, wrong)


@pytest.mark.parametrize("path", ASKED)
def test_a_field_that_would_steer_is_refused_by_name(house: House, path: str, figures: Figures) -> None:
    house.right.script(whole({}))
    house.wrong.script(whole({}))
    names = AT_ANY_PATH if path == "/v1/completions" else STEERING
    for name in sorted(names):
        for value in (house.wrong.url, {"http": house.wrong.url}, [house.wrong.url]):
            answer = request(house.gateway, "POST", path, {**ASKED[path], name: value})
            assert answer.status == 400
            assert name in answer.body.decode()
    assert house.right.received + house.wrong.received == []
    figures(f"steering fields refused at {path.partition('{')[0]}", 3 * len(names))


@pytest.mark.parametrize("path", ASKED)
def test_saying_nothing_in_such_a_field_is_no_fault(house: House, path: str) -> None:
    house.right.script(whole(b"{}", 503))
    answer = request(house.gateway, "POST", path, {**ASKED[path], "base_url": None, "proxy": None})
    assert answer.status >= 500
    assert house.right.received


@pytest.mark.parametrize("name", HEADERS)
def test_no_header_steers(house: House, name: str) -> None:
    house.right.script(whole(b"{}", 503))
    house.wrong.script(whole({}))
    answer = request(
        house.gateway, "POST", "/v1/chat/completions", json.dumps(ASKED["/v1/chat/completions"]).encode(),
        **{name.replace("-", "_"): house.wrong.url},
    )  # fmt: skip
    assert answer.status == 503
    assert house.wrong.received == []
    assert len(house.right.received) >= 1
    assert house.wrong.url not in repr(house.right.received)
