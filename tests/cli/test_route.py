"""`pontage route explain`: for people, and for programs."""

import json
from pathlib import Path

import pytest

from tests.cli.commands import pontage

CONFIG = """
providers:
  openai: {api_key: k}
  groq: {api_key: k}
  anthropic: {api_key: k}
models:
  story:
    strategy: cheapest
    targets:
      - groq/llama-3.1-8b-instant
      - anthropic/claude-haiku-4-5
      - {model: openai/gpt-4o, when: {tags: [eu]}}
      - sim/echo
"""
PICTURE = {"type": "image", "source": {"type": "url", "url": "https://example.com/a.png"}}


@pytest.fixture
def place(tmp_path: Path) -> Path:
    (tmp_path / "pontage.yaml").write_text(CONFIG, encoding="utf-8")
    return tmp_path


def test_a_route_is_explained(place: Path) -> None:
    done = pontage("route", "explain", "story", cwd=place)
    assert done.returncode == 0
    rows = [line.split("\t") for line in done.stdout.splitlines()]
    assert [row[:2] for row in rows] == [
        ["1", "groq/llama-3.1-8b-instant"],
        ["2", "anthropic/claude-haiku-4-5"],
        ["-", "simulated/echo"],
        ["-", "openai/gpt-4o"],
    ]
    assert rows[0][2].startswith("about $0.0")
    assert rows[3][2] == "only for requests tagged eu"


def test_a_request_and_its_tags_count(place: Path) -> None:
    body = {"max_tokens": 9, "messages": [{"role": "user", "content": [PICTURE, {"type": "text", "text": "?"}]}]}
    (place / "request.json").write_text(json.dumps(body), encoding="utf-8")
    words = ("--request", "request.json", "--format", "anthropic_messages", "--tag", "eu", "--json")
    told = json.loads(pontage("route", "explain", "story", *words, cwd=place).stdout)
    assert told["strategy"] == "cheapest"
    assert [one["target"] for one in told["targets"]] == ["anthropic/claude-haiku-4-5", "openai/gpt-4o"]
    left_out = {one["target"]: one["reason"] for one in told["excluded"]}
    assert left_out["groq/llama-3.1-8b-instant"] == "it cannot do images, which the request needs"


def test_what_cannot_be_explained(place: Path) -> None:
    assert pontage("route", "explain", "nobody/x", cwd=place).returncode == 1
    assert pontage("route", "explain", "story", "--request", "absent", cwd=place).returncode == 2
