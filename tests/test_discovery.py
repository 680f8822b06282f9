"""Local model servers are found by the shape of their lists, quickly, and without a word to any model."""

import asyncio
import json
import time
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from functools import partial
from typing import Any

import msgspec
import pytest

from pontage.config import ProviderSettings
from pontage.discovery import BUDGET, PROBES, Probe, find_local_servers, read_kept, read_owned, read_tags
from pontage.transport import Transport
from tests.replay.upstream import Scripted, Upstream, upstream, whole

TAGS = {
    "models": [
        {
            "name": "qwen3:8b",
            "model": "qwen3:8b",
            "modified_at": "2026-08-01T10:00:00Z",
            "size": 5225388164,
            "digest": "500a1f067a9f",
            "details": {"family": "qwen3", "parameter_size": "8.2B"},
        }
    ]
}
KEPT = {
    "object": "list",
    "data": [
        {"id": "qwen3-8b", "object": "model", "type": "llm", "state": "not-loaded", "max_context_length": 40960},
        {"id": "pictures-7b", "object": "model", "type": "vlm", "state": "loaded"},
        {"id": "nomic", "object": "model", "type": "embeddings", "state": "not-loaded"},
    ],
}


def owned(owner: str, *names: str) -> dict[str, Any]:
    return {
        "object": "list",
        "data": [{"id": name, "object": "model", "created": 1, "owned_by": owner} for name in names],
    }


READERS = {probe.name: (probe.path, probe.read) for probe in PROBES}
KINDS = {probe.name: probe.kind for probe in PROBES}
LISTS = {"ollama": TAGS, "vllm": owned("vllm", "org/qwen3"), "lmstudio": KEPT, "llamacpp": owned("llamacpp", "q.gguf")}
MODELS = {
    "ollama": ["qwen3:8b"],
    "vllm": ["org/qwen3"],
    "lmstudio": ["qwen3-8b", "pictures-7b"],
    "llamacpp": ["q.gguf"],
}


def find(*probes: Probe) -> dict[str, ProviderSettings]:
    async def main() -> dict[str, ProviderSettings]:
        transport = Transport()
        try:
            return await find_local_servers(transport, probes)
        finally:
            await transport.aclose()

    return asyncio.run(main())


@contextmanager
def servers(answers: dict[str, Scripted]) -> Iterator[tuple[dict[str, Upstream], Sequence[Probe]]]:
    with ExitStack() as stack:
        found: dict[str, Upstream] = {}
        for name, answer in answers.items():
            found[name] = stack.enter_context(upstream())
            found[name].script(answer)
        yield found, [Probe(name, server.port, *READERS[name], KINDS[name]) for name, server in found.items()]


def test_every_kind_of_server_is_found_and_only_asked_for_its_list() -> None:
    with servers({name: whole(listed) for name, listed in LISTS.items()}) as (running, probes):
        found = find(*probes)
        assert {name: list(settings.models) for name, settings in found.items()} == MODELS
        for name, server in running.items():
            assert found[name].type == KINDS[name]
            assert found[name].base_url == f"http://127.0.0.1:{server.port}/v1"
            assert [(asked.method, asked.path, asked.body) for asked in server.received] == [
                ("GET", READERS[name][0], b"")
            ]
            assert "authorization" not in server.last.headers


def test_no_server_is_taken_for_another() -> None:
    for name, (_, read) in READERS.items():
        for other, listed in LISTS.items():
            body = json.dumps(listed).encode()
            if name == other:
                assert read(body) == MODELS[name]
            else:
                with pytest.raises(msgspec.ValidationError):
                    read(body)


def test_a_server_without_models_is_there_where_its_list_says_whose_it_is() -> None:
    assert read_tags(b'{"models":[]}') == []
    assert read_kept(b'{"object":"list","data":[]}') == []
    with pytest.raises(msgspec.ValidationError):
        read_owned("vllm", b'{"object":"list","data":[]}')


GARBAGE = {
    "a web page": Scripted(headers=(("content-type", "text/html"),), whole=b"<html>hello</html>"),
    "no UTF-8": whole(b"\xff\xfe\x00"),
    "nested without end": whole(b"[" * 100_000),
    "another object": whole({"object": "list", "data": [{"id": 7}]}),
    "an error": whole({"error": "no"}, 500),
    "a refusal": whole(LISTS["vllm"], 401),
    "a redirect": whole(b"", 302, location="http://169.254.169.254/"),
    "half an answer": Scripted(headers=(("content-type", "application/json"),), pieces=(b'{"object":',), after="cut"),
}


@pytest.mark.parametrize("answer", GARBAGE.values(), ids=GARBAGE)
def test_strange_answers_mean_not_there(answer: Scripted) -> None:
    with servers(dict.fromkeys(READERS, answer)) as (running, probes):
        assert find(*probes) == {}
        assert all(len(server.received) <= 1 for server in running.values())


def test_silence_and_refusal_cost_no_more_than_the_budget() -> None:
    silent = Scripted(whole=json.dumps(TAGS).encode(), before=30.0)
    halting = Scripted(headers=(("content-type", "application/json"),), pieces=(b"{", b"}"), pause=30.0)
    with servers({"ollama": silent, "lmstudio": halting}) as (_, probes), upstream() as gone:
        refused = Probe("vllm", gone.port, *READERS["vllm"])
        gone.close()
        began = time.monotonic()
        assert find(*probes, refused) == {}
        assert time.monotonic() - began < BUDGET + 2.0  # the rest is for a machine that is busy with something else


def test_a_slow_server_does_not_hide_the_others() -> None:
    silent = Scripted(whole=b"{}", before=30.0)
    with servers({"ollama": silent, "vllm": whole(LISTS["vllm"])}) as (_, probes):
        assert list(find(*probes)) == ["vllm"]


def test_the_ports_are_the_servers_own_and_nothing_but_loopback_is_asked() -> None:
    ports = {probe.name: probe.port for probe in PROBES}
    assert ports == {"ollama": 11434, "vllm": 8000, "lmstudio": 1234, "llamacpp": 8080}
    assert partial(read_owned, "vllm")(json.dumps(LISTS["vllm"]).encode()) == ["org/qwen3"]
