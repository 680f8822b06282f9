"""A gateway that is full, and one that stops: what callers are told, how soon, and who still gets an answer."""

import json
import socket
import threading
import time
from collections.abc import Iterator
from contextlib import closing, contextmanager
from typing import Any

import pytest

from pontage.config import Config, LoadSection, ServerSection, StreamsSection
from tests.conftest import Figures
from tests.e2e.asking import ENDS, PATHS, Answer, ask, error_of, raw, request, spoken
from tests.e2e.test_leaving import eventually, idle
from tests.gateway import PATIENCE, RunningGateway, running, upstream_config
from tests.replay.upstream import Upstream, stream, upstream

FORMS = pytest.mark.parametrize("form", PATHS)
SLOW = "simulated/slow?delay=30"


def full(**rules: Any) -> Config:
    return Config(server=ServerSection(load=LoadSection(**rules)))


@contextmanager
def occupied(gateway: RunningGateway, calls: int = 1) -> Iterator[None]:
    """So many calls that take long, for the time of a `with`."""
    path, _ = spoken("openai", SLOW)
    body = b'{"model":"%s","messages":[{"role":"user","content":"Hello."}]}' % SLOW.encode()
    sockets = [raw(gateway, path, body) for _ in range(calls)]
    eventually(lambda: gateway.engine.admission.load.in_flight + gateway.engine.admission.load.waiting == calls)
    yield
    for one in sockets:
        one.close()
    eventually(lambda: idle(gateway))
    assert gateway.engine.admission.load.in_flight == 0


@FORMS
def test_what_is_too_much_is_refused_at_once_in_the_callers_words(form: str, figures: Figures) -> None:
    with running(full(in_flight=2, queue=0)) as gateway, occupied(gateway, 2):
        took: list[float] = []
        for _ in range(20):
            began = time.perf_counter()
            answer = ask(gateway, form, "simulated/echo")
            took.append(time.perf_counter() - began)
            assert answer.status == 503
            assert error_of(form, answer.json)
            assert answer.headers["retry-after"] == "1"
            assert answer.headers["x-should-retry"] == "true"
        figures(f"refused when full ({form}), slowest of 20", 1000 * max(took), "ms")
        for path in ("/health", "/health/readiness", "/version"):
            assert request(gateway, "GET", path).status == 200


def test_who_waits_gets_a_turn_or_is_told_that_there_is_none(figures: Figures) -> None:
    with running(full(in_flight=1, queue=1, queue_seconds=0.2)) as gateway:
        with occupied(gateway):
            began = time.perf_counter()
            assert ask(gateway, "openai", "simulated/echo").status == 503
            figures("waited in the queue of 0.2 s", time.perf_counter() - began, "s")
        first = threading.Thread(target=lambda: ask(gateway, "openai", "simulated/slow?delay=0.05"))
        first.start()
        eventually(lambda: gateway.engine.admission.load.in_flight == 1)
        assert ask(gateway, "openai", "simulated/echo").status in (200, 503)
        first.join(PATIENCE)


def test_a_client_that_leaves_the_queue_frees_its_place() -> None:
    with running(full(in_flight=1, queue=1, queue_seconds=PATIENCE)) as gateway, occupied(gateway):
        path, _ = spoken("openai", "simulated/echo")
        waiting = raw(gateway, path, b'{"model":"simulated/echo","messages":[]}')
        eventually(lambda: gateway.engine.admission.load.waiting == 1)
        waiting.close()
        eventually(lambda: gateway.engine.admission.load.waiting == 0)


@contextmanager
def draining(gateway: RunningGateway, seconds: float) -> Iterator[threading.Thread]:
    thread = threading.Thread(target=lambda: gateway.do(gateway.listener.drain(seconds)))
    thread.start()
    eventually(lambda: gateway.engine.admission.draining)
    yield thread
    thread.join(PATIENCE)
    assert not thread.is_alive()


CHUNK = (
    b'data: {"id":"c","object":"chat.completion.chunk","created":1,"model":"m","choices":[{"index":0,"delta":'
    b'{"role":"assistant","content":"piece "},"finish_reason":null}]}\n\n'
)


def streaming(gateway: RunningGateway, server: Upstream, form: str) -> tuple[threading.Thread, list[Answer]]:
    """A client in the middle of a stream that does not end."""
    server.script(stream(CHUNK * 2, after="hang"))
    found: list[Answer] = []
    asking = threading.Thread(target=lambda: found.append(ask(gateway, form, "openai/gpt-x", stream=True)))
    asking.start()
    eventually(lambda: gateway.listener.active == 1 and bool(server.received))
    time.sleep(0.1)
    return asking, found


@FORMS
def test_a_gateway_that_drains_answers_about_health_and_refuses_calls(form: str) -> None:
    with upstream() as server, running(upstream_config(server.url)) as gateway:
        asking, found = streaming(gateway, server, form)
        with draining(gateway, 3.0):
            ready = request(gateway, "GET", "/health/readiness")
            assert (ready.status, ready.json) == (503, {"status": "draining"})
            assert request(gateway, "GET", "/health/liveness").status == 200
            refused = ask(gateway, form, "simulated/echo")
            assert refused.status == 503
            error_of(form, refused.json)
        asking.join(PATIENCE)
        assert found[0].whole
        assert b"stopping" in found[0].body
        assert ENDS[form] not in found[0].body
        assert server.gone.wait(PATIENCE)
        with pytest.raises(OSError, match="refused"):
            request(gateway, "GET", "/health")
        assert gateway.failures == 0


@FORMS
def test_a_stream_that_has_said_nothing_yet_is_told_that_it_is_cut(form: str) -> None:
    section = ServerSection(streams=StreamsSection(commit_after=0.05))
    with upstream() as server, running(upstream_config(server.url, server=section)) as gateway:
        server.script(stream(b": wait\n\n", after="hang"))
        path, body = spoken(form, "openai/gpt-x", stream=True)
        with closing(raw(gateway, path, json.dumps(body).encode())) as client:
            told = client.recv(65536)
            assert told.startswith(b"HTTP/1.1 200")
            with draining(gateway, 0.1):
                while piece := client.recv(65536):
                    told += piece
        assert b"stopping" in told
        assert told.endswith(b"0\r\n\r\n")
        assert ENDS[form] not in told
        assert server.gone.wait(PATIENCE)


def test_an_idle_connection_does_not_keep_a_gateway_from_stopping() -> None:
    with running(Config()) as gateway, occupied(gateway), draining(gateway, 0.5) as stopping:
        address = ("127.0.0.1", gateway.port)
        with closing(socket.create_connection(address, timeout=PATIENCE)) as idle_one:
            assert idle_one.recv(100) == b""
        stopping.join(PATIENCE)
