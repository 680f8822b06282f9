"""Paths that may not pass, and paths that two servers could read in two ways."""

from collections.abc import Iterator
from typing import NamedTuple

import pytest

from pontage.config import ProviderSettings, Secret
from tests.e2e.asking import raw, request
from tests.gateway import RunningGateway, running, upstream_config
from tests.replay.upstream import Upstream, upstream, whole


class House(NamedTuple):
    gateway: RunningGateway
    one: Upstream


@pytest.fixture(scope="module")
def house() -> Iterator[House]:
    with upstream() as one:
        one.script(whole({"ok": True}))
        more = {
            "mistral": ProviderSettings(base_url=one.url, api_key=Secret("canary-mistral-71c5")),
            "local": ProviderSettings(type="vllm", base_url=f"{one.url}/deep/v1", passthrough=["/mine/*"]),
        }
        with running(upstream_config(one.url, providers=more)) as gateway:
            yield House(gateway, one)


FORBIDDEN = [
    "/local/sleep", "/local/pause", "/local/collective_rpc", "/local/deep/v1/sleep", "/local/load_lora_adapter",
    "/openai/v1/organization/admin_api_keys", "/anthropic/v1/organizations/users", "/mistral/v1/agents",
    "/local/mine", "/openai/v1/fine_tuning/jobs",
]  # fmt: skip
TWISTED = [
    "/local/mine/../sleep", "/local/mine/./x", "/local/mine/%2e%2e/sleep", "/local/mine/%2E%2E/sleep",
    "/local/mine/..%2fsleep", "/local/mine/%252e%252e/sleep", "/local/mine//sleep", "/local//evil.example/x",
    "/local/mine/x%00", "/local/mine/x%0d%0aHost:%20evil", "/local/mine/\\..\\sleep", "/local/mine/%5c..%5csleep",
    "/local/mine/x;y=1", "/local/mine/x%3fy", "/local/mine/x%23y", "/local/mine/{model}", "/local/mine/%7bmodel%7d",
    "/local/http://evil.example/mine/x", "/local/@evil.example/mine/x", "/local/mine/x%20y", "/local/mine/é",
    "/v1/files/..", "/v1/files/../models", "/v1/files/%2e%2e/models", "/v1/files/a/../../models", "/v1/files//models",
    "/openai/v1/files/%2e%2e%2fmodels", "/v1/images/..%2f..%2fadmin", "/v1/audio/%2e/speech", "/v1/batches/%00",
    "/v1/batches/a%0ab", "/v1/uploads/%u002e",
]  # fmt: skip


@pytest.mark.parametrize("path", FORBIDDEN)
def test_a_path_that_is_not_said_to_pass_does_not(house: House, path: str) -> None:
    answer = request(house.gateway, "GET", path)
    assert answer.status == 404
    assert "passthrough" in answer.body.decode()
    assert house.one.received == []


@pytest.mark.parametrize("path", TWISTED)
def test_a_path_with_two_meanings_is_refused(house: House, path: str) -> None:
    with raw(house.gateway, path, b"{}") as connection:
        head = connection.recv(65536)
    status = int(head.split(b" ", 2)[1])
    assert status in (400, 403, 404)
    assert house.one.received == []


@pytest.mark.parametrize("path", ["/mistral/v1/fim/completions", "/local/mine/tools"])
def test_a_body_for_a_provider_that_is_named_is_its_own(house: House, path: str) -> None:
    body = b'{"model": "codestral-latest", "prompt": "hi", "endpoint": "/v1/x", "headers": {}}'
    house.one.script(whole({"ok": True}))
    assert request(house.gateway, "POST", path, body).status == 200
    assert house.one.received[0].body == body


def test_a_body_that_goes_where_a_header_says_is_its_own(house: House) -> None:
    body = b'{"model": "mistral-moderation-latest", "input": "hi"}'
    house.one.script(whole({"ok": True}))
    answer = request(house.gateway, "POST", "/v1/moderations", body, x_pontage_provider="mistral")
    assert answer.status == 200
    assert house.one.received[0].body == body


def test_a_batch_names_its_endpoint(house: House) -> None:
    house.one.script(whole({"id": "batch_1"}))
    body = {"input_file_id": "file-1", "endpoint": "/v1/chat/completions", "completion_window": "24h"}
    assert request(house.gateway, "POST", "/v1/batches", body).json == {"id": "batch_1"}
    assert house.one.received[0].json == body


@pytest.mark.parametrize("form", [False, True], ids=["json", "form"])
@pytest.mark.parametrize("name", ["base_url", "api_base", "proxy", "extra_headers"])
def test_a_field_that_would_steer_does_not_pass(house: House, name: str, form: bool) -> None:
    house.one.script(whole({"ok": True}))
    body: object = {name: "http://evil.example"}
    kind = "application/json"
    if form:
        kind = "multipart/form-data; boundary=x"
        body = f"--x\r\ncontent-disposition: form-data; name={name}\r\n\r\nhttp://evil.example\r\n--x--\r\n".encode()
    answer = request(house.gateway, "POST", "/v1/files", body, content_type=kind)
    assert answer.status == 400
    assert name in answer.body.decode()
    assert house.one.received == []


@pytest.mark.parametrize("field", ["stream_options", "stream", "model"])
def test_a_field_of_a_wrong_type_is_refused_by_name(house: House, field: str) -> None:
    body = {"model": "openai/m", "stream": True, field: ["x"]}
    answer = request(house.gateway, "POST", "/v1/completions", body)
    assert answer.status == 400
    assert field in answer.body.decode()
