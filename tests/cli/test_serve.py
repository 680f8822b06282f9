"""`pontage serve`: what it prints, that it works, how it stops, and when it does not start."""

import json
import re
import shlex
import signal
import socket
import subprocess
import sys
import threading
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any, BinaryIO
from urllib.parse import urlsplit

import pytest

from tests.cli.commands import PATIENCE, environment, free_port, pontage, serving

QUESTION = {"messages": [{"role": "user", "content": "A long story, please"}]}
SECRET = "sk-canary-5d0c9f1e7b3a2846"


def test_it_prints_three_lines_to_paste_and_they_work(tmp_path: Path) -> None:
    with serving("--no-discover", cwd=tmp_path) as gateway:
        curl, python, agent = gateway.lines
        asked = shlex.split(curl)
        assert asked[0] == "curl"
        answered = subprocess.run(["curl", "-sS", *asked[1:]], capture_output=True, text=True, check=True).stdout
        assert json.loads(answered)["choices"][0]["message"]["content"].startswith("[simulated]")

        program = shlex.split(python)
        assert program[:2] == ["python", "-c"]
        told = subprocess.run(
            [sys.executable, *program[1:]],
            env=environment(tmp_path, {"PYTHONWARNINGS": "default"}),
            capture_output=True,
            text=True,
            check=True,
        )
        assert told.stdout.startswith("[simulated]")

        settings = dict(word.split("=", 1) for word in shlex.split(agent) if "=" in word)
        assert settings["ANTHROPIC_BASE_URL"] == gateway.url
        model = shlex.split(agent)[-1]
        assert post(gateway.url, "/v1/messages", {**QUESTION, "model": model, "max_tokens": 50})["type"] == "message"
        code, said = gateway.stop()
    assert code == 0
    assert f"Pontage serves {gateway.url} with no configuration file" in said
    assert "providers: simulated" in said


def test_names_of_providers_are_told_and_values_of_keys_never(tmp_path: Path) -> None:
    environ = {"OPENAI_API_KEY": SECRET, "OPENAI_BASE_URL": "http://127.0.0.1:9/v1"}
    with serving("--no-discover", cwd=tmp_path, environ=environ) as gateway:
        assert "openai/" in gateway.lines[0]
        code, said = gateway.stop(signal.SIGINT)
    assert code == 0
    assert "providers: openai, simulated" in said
    assert SECRET not in said + "".join(gateway.lines)


def test_a_configuration_is_named_and_what_lacks_a_key_is_told(tmp_path: Path) -> None:
    (tmp_path / "mine.yaml").write_text(
        "providers: {anthropic: {}}\nmodels: {story: {targets: [sim/echo], allow_simulated: true}}\n", encoding="utf-8"
    )
    with serving("--config", "mine.yaml", cwd=tmp_path) as gateway:
        answer = post(gateway.url, "/v1/chat/completions", {**QUESTION, "model": "story"})
        assert answer["choices"][0]["message"]["content"] == "[simulated] A long story, please"
        _, said = gateway.stop()
    assert "with mine.yaml" in said
    assert "without a key: anthropic" in said


def test_a_local_server_is_found_and_can_be_asked(tmp_path: Path) -> None:
    asked: list[str] = []

    class Server(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            asked.append(f"{self.command} {self.path}")
            body = b'{"models":[{"name":"tiny:1b","model":"tiny:1b","digest":"500a1f067a9f"}]}'
            self.send_response(200)
            self.send_header("content-length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_: object) -> None:
            pass

    try:
        found = ThreadingHTTPServer(("127.0.0.1", 11434), Server)
    except OSError:
        pytest.skip("something real is there already")
    threading.Thread(target=found.serve_forever, daemon=True).start()
    try:
        with serving(cwd=tmp_path) as gateway:
            assert '"model":"ollama/tiny:1b"' in gateway.lines[0]
            assert re.search(r"providers: .*\bollama\b", gateway.stop()[1])
        assert asked == ["GET /api/tags"]  # found by its list, and by nothing else
        (tmp_path / "pontage.yaml").write_text("providers: {openai: {}}\n", encoding="utf-8")
        with serving(cwd=tmp_path) as gateway:  # who names providers wants those and no others
            assert "ollama" not in gateway.lines[0] + gateway.stop()[1]
        assert len(asked) == 1
    finally:
        found.shutdown()
        found.server_close()


def test_the_first_signal_lets_a_stream_finish(tmp_path: Path) -> None:
    with serving("--no-discover", cwd=tmp_path) as gateway:
        with streaming(gateway.url, "sim/slow?delay=0.2") as answer:
            first_event(answer)
            gateway.process.send_signal(signal.SIGTERM)
            assert b"data: [DONE]" in answer.read()
        assert gateway.wait()[0] == 0
        assert refused(gateway.url)


def test_the_second_signal_ends_it_at_once(tmp_path: Path) -> None:
    with (
        serving("--no-discover", cwd=tmp_path) as gateway,
        streaming(gateway.url, "sim/stall?seconds=600") as answer,
    ):
        first_event(answer)
        gateway.process.send_signal(signal.SIGTERM)
        until(lambda: draining(gateway.url))
        gateway.process.send_signal(signal.SIGTERM)
        assert gateway.process.wait(PATIENCE) == -signal.SIGTERM


def test_a_stream_that_is_left_at_the_end_of_the_drain_has_no_good_end(tmp_path: Path) -> None:
    (tmp_path / "pontage.yaml").write_text("server: {drain_seconds: 0.2}\n", encoding="utf-8")
    with serving("--no-discover", cwd=tmp_path) as gateway:
        with streaming(gateway.url, "sim/stall?seconds=600") as answer:
            first_event(answer)
            gateway.process.send_signal(signal.SIGTERM)
            assert b"[DONE]" not in answer.read()
        assert gateway.wait()[0] == 0


def test_a_host_that_others_reach_is_refused_without_keys(tmp_path: Path) -> None:
    done = pontage("serve", "--host", "0.0.0.0", "--port", "0", cwd=tmp_path)
    assert (done.returncode, done.stdout) == (78, "")
    assert "server.host is not a loopback address" in done.stderr


def test_keys_that_do_not_exist_yet_cannot_be_demanded(tmp_path: Path) -> None:
    done = pontage("serve", "--port", "0", cwd=tmp_path, environ={"PONTAGE_AUTH_MODE": "keys"})
    assert (done.returncode, done.stdout) == (78, "")
    assert "there is no key yet" in done.stderr


def test_a_busy_port_is_refused(tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        done = pontage("serve", "--no-discover", "--port", str(taken.getsockname()[1]), cwd=tmp_path)
    assert (done.returncode, done.stdout) == (78, "")
    assert "cannot listen on 127.0.0.1:" in done.stderr
    assert "Traceback" not in done.stderr


@pytest.mark.parametrize("text", ["server: {workers: 0}", "providers: {nobody: {}}", "models: {a: {targets: [b]}}"])
def test_nothing_listens_with_a_bad_configuration(tmp_path: Path, text: str) -> None:
    (tmp_path / "pontage.yaml").write_text(f"{text}\n", encoding="utf-8")
    port = free_port()
    done = pontage("serve", "--port", str(port), cwd=tmp_path)
    assert (done.returncode, done.stdout) == (78, "")
    assert refused(f"http://127.0.0.1:{port}")


def test_it_is_gone_in_production(tmp_path: Path) -> None:
    with serving("--no-discover", cwd=tmp_path, environ={"PONTAGE_ENVIRONMENT": "production"}) as gateway:
        with urllib.request.urlopen(f"{gateway.url}/v1/models") as answer:
            assert json.load(answer)["data"] == []
        assert gateway.stop()[0] == 0


def test_the_url_is_one_to_open(tmp_path: Path) -> None:
    with serving("--no-discover", "--host", "localhost", cwd=tmp_path) as gateway:
        assert re.fullmatch(r"http://localhost:\d+", gateway.url)
        with urllib.request.urlopen(gateway.url) as answer:
            assert b"Pontage" in answer.read()
        assert gateway.stop()[0] == 0


def post(url: str, path: str, body: object) -> Any:
    request = urllib.request.Request(
        url + path, json.dumps(body).encode(), {"content-type": "application/json", "connection": "close"}
    )
    with urllib.request.urlopen(request, timeout=PATIENCE) as answer:
        return json.load(answer)


@contextmanager
def streaming(url: str, model: str) -> Iterator[BinaryIO]:
    """The bytes of a streamed answer, its head and the marks of its chunks included."""
    body = json.dumps({**QUESTION, "model": model, "stream": True}).encode()
    head = f"POST /v1/chat/completions HTTP/1.1\r\nhost: x\r\nconnection: close\r\ncontent-length: {len(body)}\r\n\r\n"
    parts = urlsplit(url)
    with socket.create_connection((str(parts.hostname), parts.port or 0), timeout=PATIENCE) as connection:
        connection.sendall(head.encode() + body)
        with connection.makefile("rb") as reader:
            yield reader


def first_event(answer: BinaryIO) -> None:
    """Read up to the first event."""
    while not (line := answer.readline()).startswith(b"data: "):
        assert line


def draining(url: str) -> bool:
    """Whether it takes no more calls, and says so."""
    try:
        with urllib.request.urlopen(f"{url}/health/readiness", timeout=PATIENCE):
            return False
    except urllib.error.HTTPError as error:
        with error:
            return error.code == 503


def refused(url: str) -> bool:
    """Whether nobody listens there."""
    parts = urlsplit(url)
    try:
        socket.create_connection((str(parts.hostname), parts.port or 0), timeout=PATIENCE).close()
    except ConnectionRefusedError:
        return True
    return False


def until(condition: Callable[[], bool]) -> None:
    """Wait until it is true."""
    for _ in range(int(PATIENCE / 0.05)):
        if condition():
            return
        threading.Event().wait(0.05)
    raise AssertionError("it never came")
