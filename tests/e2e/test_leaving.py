"""Clients that leave, gateways that stop, and what is too much: the other end is always told, and nothing is left."""

import json
import socket
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import closing
from typing import Any, NamedTuple

import pytest

from pontage.config import Config, ProviderSettings
from pontage.errors import ConfigError
from pontage.server.app import Gateway
from pontage.server.http import Limits
from pontage.server.listener import Listener, ServerSettings
from tests.conftest import Figures
from tests.e2e.asking import ENDS, PATHS, Answer, ask, error_of, pieces, raw, request, spoken
from tests.gateway import RunningGateway, running, upstream_config
from tests.replay.upstream import PATIENCE, Scripted, Upstream, stream, upstream

FORMS = pytest.mark.parametrize("form", PATHS)
CHUNK = (
    b'data: {"id":"c","object":"chat.completion.chunk","created":1,"model":"m","choices":[{"index":0,"delta":'
    b'{"role":"assistant","content":"piece "},"finish_reason":null}]}\n\n'
)


class House(NamedTuple):
    upstream: Upstream
    gateway: RunningGateway


@pytest.fixture
def house() -> Iterator[House]:
    with upstream() as server, running(upstream_config(server.url)) as gateway:
        yield House(server, gateway)
        assert gateway.failures == 0


def eventually(condition: Callable[[], bool]) -> None:
    end = time.monotonic() + PATIENCE
    while not condition():
        assert time.monotonic() < end
        time.sleep(0.01)


def idle(gateway: RunningGateway) -> bool:
    return gateway.listener.active == 0 and gateway.listener.connections == 0


@FORMS
@pytest.mark.parametrize("window", ["before the head", "whole", "before content", "in the stream"])
def test_a_client_that_leaves_frees_the_upstream(house: House, form: str, window: str, figures: Figures) -> None:
    streams = window != "whole"
    scripts = {
        "before the head": Scripted(whole=b"{}", before=60),
        "whole": Scripted(whole=b"{}", before=60),
        "before content": stream(b": wait\n\n", after="hang"),
        "in the stream": stream(CHUNK * 2, after="hang"),
    }
    house.upstream.script(scripts[window])
    path, body = spoken(form, "openai/gpt-x", stream=streams)
    with closing(raw(house.gateway, path, json.dumps(body).encode())) as client:
        eventually(lambda: bool(house.upstream.received))
        if window == "in the stream":
            told = b""
            while b"piece" not in told:
                told += client.recv(65536)
    left = time.monotonic()
    assert house.upstream.gone.wait(PATIENCE)
    figures(f"upstream closed after a {form} client left {window}", 1000 * (time.monotonic() - left), "ms")
    eventually(lambda: idle(house.gateway))


def test_a_client_that_stops_reading_the_simulated_stream(house: House) -> None:
    stalled = pieces(house.gateway, "openai", "simulated/slow?delay=0.05")
    next(stalled)
    stalled.close()
    eventually(lambda: idle(house.gateway))


@FORMS
def test_a_gateway_that_drains_lets_answers_end(house: House, form: str) -> None:
    found: list[Answer] = []
    asking = threading.Thread(
        target=lambda: found.append(ask(house.gateway, form, "simulated/slow?delay=0.05", stream=True))
    )
    asking.start()
    eventually(lambda: house.gateway.listener.active == 1)
    house.gateway.do(house.gateway.listener.drain(PATIENCE / 2))
    asking.join(PATIENCE)
    assert found[0].whole
    assert ENDS[form] in found[0].body
    with pytest.raises(OSError, match="refused"):
        request(house.gateway, "GET", "/health")


@FORMS
def test_what_cannot_end_in_time_is_told_so(house: House, form: str) -> None:
    house.upstream.script(stream(CHUNK, after="hang"))
    found: list[Answer] = []
    asking = threading.Thread(target=lambda: found.append(ask(house.gateway, form, "openai/gpt-x", stream=True)))
    asking.start()
    eventually(lambda: house.gateway.listener.active == 1)
    time.sleep(0.1)
    house.gateway.do(house.gateway.listener.drain(0.1))
    asking.join(PATIENCE)
    assert not found[0].whole or b"error" in found[0].body
    assert ENDS[form] not in found[0].body
    assert house.upstream.gone.wait(PATIENCE)


@pytest.fixture(scope="module")
def narrow() -> Iterator[RunningGateway]:
    limits = Limits(
        body_bytes=2_000, header_bytes=2_000, header_seconds=0.3, body_seconds=0.3, body_bytes_per_second=100_000
    )
    with running(Config(), limits=limits) as gateway:
        yield gateway
        assert gateway.failures == 0


@FORMS
def test_too_much_is_refused_in_the_callers_words(narrow: RunningGateway, form: str) -> None:
    large = ask(narrow, form, "simulated/echo", prompt="x" * 3_000)
    assert large.status == 413
    error_of(form, large.json)
    wide = ask(narrow, form, "simulated/echo", headers={"x-wide": "x" * 3_000})
    assert wide.status == 431
    error_of(form, wide.json)


@FORMS
@pytest.mark.parametrize("slow_in", ["head", "body"])
def test_too_slow_is_refused(narrow: RunningGateway, form: str, slow_in: str) -> None:
    path, _ = spoken(form, "simulated/echo")
    head = f"POST {path} HTTP/1.1\r\nhost: gateway\r\ncontent-length: 100\r\n"
    with closing(socket.create_connection(("127.0.0.1", narrow.port), timeout=PATIENCE)) as client:
        client.sendall((head if slow_in == "head" else head + "\r\n{").encode())
        told = b""
        while piece := client.recv(65536):
            told += piece
    assert told.startswith(b"HTTP/1.1 408")
    if slow_in == "body":
        error_of(form, json.loads(told.partition(b"\r\n\r\n")[2]))


@pytest.mark.parametrize(
    "providers",
    [
        {"openai": ProviderSettings(base_url="ftp://nowhere")},
        {"acme": ProviderSettings()},
        {"openai": ProviderSettings(), "second": ProviderSettings(type="compatible")},
    ],
)
def test_a_configuration_that_cannot_be_used_starts_nothing(providers: dict[str, Any]) -> None:
    with pytest.raises(ConfigError), running(Config(providers=providers)):
        raise AssertionError("it started")


def test_a_port_that_is_taken_is_a_configuration_error(house: House) -> None:
    with pytest.raises(ConfigError, match="cannot listen"):
        house.gateway.do(Listener.start(Gateway(house.gateway.engine), ServerSettings(port=house.gateway.port)))
