"""What passes as it is, through a whole gateway: where it goes, with whose credential, and what comes back."""

import json
from collections.abc import Iterator
from typing import Any, NamedTuple

import openai
import pytest

from pontage.config import ProviderSettings, Secret, Target, VirtualModel
from tests.e2e.asking import request
from tests.gateway import CANARIES, RunningGateway, running, upstream_config
from tests.replay.upstream import Received, Scripted, Upstream, stream, upstream, whole

BOUNDARY = "----gateway-test-boundary"
SPEECH = bytes(range(256)) * 64
COMPLETION = {
    "id": "cmpl-1", "object": "text_completion", "created": 1, "model": "m",
    "choices": [{"index": 0, "text": " there", "finish_reason": "stop", "logprobs": None}],
    "usage": {"prompt_tokens": 2, "completion_tokens": 1, "total_tokens": 3},
}  # fmt: skip
CHUNKS = (
    b'data: {"id":"c","object":"text_completion","created":1,"model":"m","choices":[{"index":0,"text":"a",'
    b'"logprobs":null,"finish_reason":"stop"}]}\n\n'
)
USAGE = (
    b'data: {"id":"c","object":"text_completion","created":1,"model":"m","choices":[],"usage":{"prompt_tokens":2,'
    b'"completion_tokens":1,"total_tokens":3}}\n\n'
)
DONE = b"data: [DONE]\n\n"


class House(NamedTuple):
    gateway: RunningGateway
    one: Upstream
    other: Upstream


@pytest.fixture(scope="module")
def built() -> Iterator[House]:
    with upstream() as one, upstream() as other:
        more = {
            "mistral": ProviderSettings(base_url=other.url, api_key=Secret("canary-mistral-71c5")),
            "local": ProviderSettings(
                type="vllm",
                base_url=f"{other.url}/deep/v1",
                api_key=Secret("canary-local-55e0"),
                passthrough=["/mine/*"],
            ),
        }
        routes = {
            "twice": VirtualModel(targets=[Target(model="local/m"), Target(model="openai/gpt-3.5-turbo-instruct")])
        }
        with running(upstream_config(one.url, providers=more, models=routes)) as gateway:
            yield House(gateway, one, other)


@pytest.fixture
def house(built: House) -> Iterator[House]:
    for server in (built.one, built.other):
        server.script(whole({"ok": True}))
    failures = built.gateway.failures
    yield built
    assert built.gateway.failures == failures
    for server, foreign in ((built.one, "canary-mistral-71c5"), (built.other, CANARIES["openai"])):
        assert all(foreign not in repr(received) for received in server.received)  # each key to its own origin


def form(*fields: tuple[str, bytes]) -> bytes:
    parts = b"".join(
        f"--{BOUNDARY}\r\ncontent-disposition: form-data; {name}\r\n\r\n".encode() + value + b"\r\n"
        for name, value in fields
    )
    return parts + f"--{BOUNDARY}--\r\n".encode()


@pytest.mark.parametrize(
    ("method", "path", "arrives"),
    [
        ("POST", "/v1/completions", "/v1/completions"),
        ("POST", "/completions", "/v1/completions"),
        ("POST", "/openai/v1/completions", "/v1/completions"),
        ("POST", "/v1/moderations", "/v1/moderations"),
        ("POST", "/v1/images/generations", "/v1/images/generations"),
        ("POST", "/v1/audio/speech", "/v1/audio/speech"),
        ("POST", "/v1/batches", "/v1/batches"),
        ("GET", "/v1/batches?limit=2&after=b_1", "/v1/batches"),
        ("POST", "/v1/batches/batch_1/cancel", "/v1/batches/batch_1/cancel"),
        ("GET", "/v1/files", "/v1/files"),
        ("GET", "/files/file-1/content", "/v1/files/file-1/content"),
        ("DELETE", "/v1/files/file-1", "/v1/files/file-1"),
        ("GET", "/openai/v1/files/file-1", "/v1/files/file-1"),
        ("POST", "/v1/uploads", "/v1/uploads"),
    ],
)
def test_openais_smaller_paths_pass(house: House, method: str, path: str, arrives: str) -> None:
    body = {"model": "openai/gpt-3.5-turbo-instruct", "x": [1, {"y": None}]} if method == "POST" else None
    answer = request(house.gateway, method, path, body, content_type="application/json")
    assert answer.status == 200
    assert answer.json == {"ok": True}
    assert answer.headers["x-pontage-provider"] == "openai"
    [received] = house.one.received
    assert (received.method, received.path, received.query) == (method, arrives, path.partition("?")[2])
    assert received.headers["authorization"] == f"Bearer {CANARIES['openai']}"
    assert body is None or received.json == {**body, "model": "gpt-3.5-turbo-instruct"}


def test_a_form_passes_with_its_model_replaced_and_its_file_untouched(house: House) -> None:
    fields = (
        ('name="file"; filename="a.wav"\r\ncontent-type: audio/wav', SPEECH),
        ('name="model"', b"openai/whisper-1"),
    )
    house.one.script(whole({"text": "hi", "usage": {"type": "tokens", "input_tokens": 14, "output_tokens": 2}}))
    answer = request(
        house.gateway, "POST", "/v1/audio/transcriptions", form(*fields),
        content_type=f"multipart/form-data; boundary={BOUNDARY}",
    )  # fmt: skip
    assert answer.json["text"] == "hi"
    [received] = house.one.received
    assert received.body == form(fields[0], ('name="model"', b"whisper-1"))
    assert received.headers["content-type"].endswith(BOUNDARY)


def test_a_form_without_a_model_goes_where_the_header_says(house: House) -> None:
    body = form(('name="purpose"', b"batch"), ('name="file"; filename="model"', b'name="model"\r\n\r\nmine'))
    answer = request(
        house.gateway, "POST", "/v1/files", body, x_pontage_provider="mistral",
        content_type=f'multipart/form-data; boundary="{BOUNDARY}"',
    )  # fmt: skip
    assert answer.status == 200
    assert house.one.received == []
    [received] = house.other.received
    assert (received.path, received.body) == ("/v1/files", body)
    assert received.headers["authorization"] == "Bearer canary-mistral-71c5"


def test_sound_passes_byte_for_byte(house: House) -> None:
    headers = (
        ("content-type", "audio/mpeg"),
        ("set-cookie", "a=b"),
        ("x-internal", "secret"),
        ("content-disposition", "x"),
    )
    house.one.script(Scripted(headers=headers, pieces=(SPEECH[:100], SPEECH[100:])))
    answer = request(house.gateway, "POST", "/v1/audio/speech", {"model": "openai/tts-1", "input": "hi"})
    assert answer.body == SPEECH
    assert answer.headers["content-type"] == "audio/mpeg"
    assert answer.headers["content-disposition"] == "x"
    assert not {"set-cookie", "x-internal"} & answer.headers.keys()


@pytest.mark.parametrize("asks", [False, True])
def test_a_streamed_completion_is_counted_and_shows_usage_only_to_who_asked(house: House, asks: bool) -> None:
    house.one.script(stream(CHUNKS + USAGE + DONE, cuts=[7, 60, len(CHUNKS) + 5]))
    body: dict[str, Any] = {"model": "openai/gpt-3.5-turbo-instruct", "prompt": "hi", "stream": True}
    if asks:
        body["stream_options"] = {"include_usage": True}
    house.gateway.log.clear()
    answer = request(house.gateway, "POST", "/v1/completions", body)
    assert answer.body == CHUNKS + (USAGE if asks else b"") + DONE
    assert answer.headers["content-type"] == "text/event-stream"
    assert house.one.received[0].json["stream_options"] == {"include_usage": True}
    assert any("$" in line for line in house.gateway.log)  # it was paid for


def test_a_virtual_model_falls_back(house: House) -> None:
    house.other.script(whole({"error": {"message": "busy"}}, 503))
    house.one.script(whole(COMPLETION))
    answer = request(house.gateway, "POST", "/v1/completions", {"model": "twice", "prompt": "hi"})
    assert answer.json == COMPLETION
    assert answer.headers["x-pontage-attempts"] == "local:503,openai:200"
    assert house.other.received[0].path == "/deep/v1/completions"
    assert house.other.received[0].json["model"] == "m"


@pytest.mark.parametrize("status", [400, 404, 422])
def test_a_refusal_that_is_the_callers_own_fault_is_told_as_it_is(house: House, status: int) -> None:
    refused = {"error": {"message": f"no, {CANARIES['openai']} may not", "type": "x", "code": None, "param": "y"}}
    house.one.script(whole(refused, status))
    answer = request(house.gateway, "GET", "/v1/files/nope")
    assert answer.status == status
    assert answer.headers["x-pontage-attempts"] == f"openai:{status}"
    assert CANARIES["openai"] not in answer.body.decode()
    assert answer.json["error"]["param"] == "y"


@pytest.mark.parametrize("status", [302, 401, 403, 429, 500, 503])
def test_any_other_refusal_is_worded_by_the_gateway(house: House, status: int) -> None:
    house.one.script(whole({"error": {"message": "no", "type": "x"}}, status))
    answer = request(house.gateway, "GET", "/v1/files/nope")
    assert answer.status >= 400
    assert answer.json["error"]["pontage"]["code"].startswith("PTG-")
    assert answer.headers["x-pontage-attempts"].startswith(f"openai:{status}")


@pytest.mark.parametrize(
    ("method", "path", "arrives"),
    [
        ("GET", "/mistral/v1/files", "/v1/files"),
        ("POST", "/mistral/v1/ocr", "/v1/ocr"),
        ("GET", "/local/mine/tools?a=1&b=%2F", "/deep/v1/mine/tools"),
        ("POST", "/local/deep/v1/score", "/deep/v1/score"),
    ],
)
def test_a_providers_own_paths_pass_under_its_name(house: House, method: str, path: str, arrives: str) -> None:
    answer = request(house.gateway, method, path, {"a": 1} if method == "POST" else None)
    assert answer.status == 200
    [received] = house.other.received
    assert (received.method, received.path, received.query) == (method, arrives, path.partition("?")[2])


def test_anthropics_batches_pass_with_its_own_headers(house: House) -> None:
    said = {"anthropic_beta": "files-api-2025-04-14", "x_api_key": "mine"}
    answer = request(house.gateway, "POST", "/anthropic/v1/messages/batches", {"requests": []}, **said)
    assert answer.status == 200
    [received] = house.one.received
    assert received.path == "/v1/messages/batches"
    assert received.headers["x-api-key"] == CANARIES["anthropic"]
    assert received.headers["anthropic-version"]
    assert received.headers["anthropic-beta"] == "files-api-2025-04-14"


def test_a_clients_own_credentials_stay_behind(house: House) -> None:
    path = "/v1/files?key=mine&access_token=mine&limit=2"
    answer = request(
        house.gateway, "GET", path, authorization="Bearer mine", x_api_key="mine", cookie="mine", host="evil"
    )
    assert answer.status == 200
    [received] = house.one.received
    assert received.query == "limit=2"
    assert "mine" not in repr(received)
    assert "evil" not in repr(received)


@pytest.mark.parametrize(
    ("path", "body", "status"),
    [
        ("/v1/completions", b"{", 400),
        ("/v1/completions", b'{"model": 3}', 400),
        ("/v1/completions", b'{"model": "none/such"}', 404),
        ("/v1/completions", b'{"model": "anthropic/claude-haiku-4-5"}', 400),
        ("/nobody/v1/files", b"{}", 404),
    ],
)
def test_bad_requests_are_refused_before_they_leave(house: House, path: str, body: bytes, status: int) -> None:
    answer = request(house.gateway, "POST", path, body, content_type="application/json")
    assert answer.status == status
    assert answer.json["error"]["message"]
    assert house.one.received + house.other.received == []


def test_a_form_without_boundary_is_refused(house: House) -> None:
    answer = request(house.gateway, "POST", "/v1/audio/transcriptions", b"x", content_type="multipart/form-data")
    assert answer.status == 400
    assert "boundary" in answer.json["error"]["message"]


def test_an_answer_that_breaks_off_breaks_off(house: House) -> None:
    house.one.script(Scripted(headers=(("content-type", "audio/mpeg"),), pieces=(SPEECH,), after="cut"))
    answer = request(house.gateway, "POST", "/v1/audio/speech", {"model": "openai/tts-1", "input": "hi"})
    assert not answer.whole


def test_openais_own_client_uses_all_of_it(house: House) -> None:
    def play(received: Received) -> Scripted:
        file = {
            "id": "file-1",
            "object": "file",
            "bytes": 3,
            "created_at": 1,
            "filename": "a",
            "purpose": "batch",
            "status": "processed",
        }
        answers: dict[str, Any] = {
            "/v1/files": {"object": "list", "data": [file], "has_more": False} if received.method == "GET" else file,
            "/v1/moderations": {"id": "m", "model": "omni", "results": []},
            "/v1/completions": COMPLETION,
            "/v1/images/generations": {"created": 1, "data": [{"b64_json": "aGk="}]},
            "/v1/audio/transcriptions": {"text": "hi"},
        }
        if received.path == "/v1/audio/speech":
            return Scripted(headers=(("content-type", "audio/mpeg"),), whole=SPEECH)
        return whole(json.dumps(answers[received.path]).encode())

    house.one.play(play)
    with openai.OpenAI(base_url=f"{house.gateway.url}/v1", api_key="k", max_retries=0) as client:
        assert client.files.create(file=("a", b"abc"), purpose="batch").id == "file-1"
        assert [one.id for one in client.files.list()] == ["file-1"]
        assert client.moderations.create(input="hi").id == "m"
        assert client.completions.create(model="openai/davinci-002", prompt="hi").choices[0].text == " there"
        images = client.images.generate(model="openai/gpt-image-1", prompt="hi").data
        assert images is not None
        assert images[0].b64_json == "aGk="
        heard = client.audio.transcriptions.create(model="openai/whisper-1", file=("a.wav", SPEECH))
        assert heard.text == "hi"
        assert client.audio.speech.create(model="openai/tts-1", voice="alloy", input="hi").content == SPEECH
