"""`pontage keys`, `usage`, `secrets` and `audit`, and a gateway that asks for keys: the real command."""

import csv
import json
import time
import urllib.error
import urllib.request
from pathlib import Path
from typing import Any

import pytest

from tests.cli.commands import Serving, pontage, serving

CANARY = "sk-canary-9b1f3d7a5c2e8046"
CARRIERS = ("authorization", "x-api-key", "x-goog-api-key", "api-key")


def told(*arguments: str, cwd: Path, code: int = 0, **more: Any) -> str:
    """What a command prints; it must exit with `code`."""
    done = pontage(*arguments, cwd=cwd, **more)
    assert done.returncode == code, done.stderr
    return done.stdout if code == 0 else done.stderr


def ask(
    gateway: Serving, model: str = "sim/echo", path: str = "/v1/chat/completions", **headers: str
) -> tuple[int, Any]:
    body = {"model": model, "messages": [{"role": "user", "content": "Hello"}]}
    fields = {"content-type": "application/json", **{name.replace("_", "-"): value for name, value in headers.items()}}
    request = urllib.request.Request(gateway.url + path, json.dumps(body).encode(), fields)
    try:
        with urllib.request.urlopen(request, timeout=20) as answer:
            return answer.status, dict(answer.headers)
    except urllib.error.HTTPError as error:
        with error:
            return error.code, json.load(error)


def bearer(token: str) -> dict[str, str]:
    return {"authorization": f"Bearer {token}"}


def test_a_gateway_asks_for_keys_once_there_is_one(tmp_path: Path) -> None:
    with serving("--no-discover", cwd=tmp_path) as gateway:
        assert ask(gateway)[0] == 200
        token = told("keys", "create", "build", "--model", "sim/*", "--tag", "ci", cwd=tmp_path).strip()
        deadline = time.monotonic() + 20
        while ask(gateway)[0] == 200:  # noticed within a second, on a machine with nothing else to do
            assert time.monotonic() < deadline
            time.sleep(0.1)
        assert ask(gateway)[0] == 401
        assert ask(gateway, authorization="Bearer sk-anything")[0] == 401
        assert ask(gateway, authorization=f"Basic {token}")[0] == 401
        for carrier in CARRIERS:
            value = f"Bearer {token}" if carrier == "authorization" else token
            assert ask(gateway, **{carrier.replace("-", "_"): value})[0] == 200
        status, refusal = ask(gateway, "other/model", **bearer(token))
        assert status in (403, 404), refusal
        with urllib.request.urlopen(f"{gateway.url}/health", timeout=20) as answer:
            assert answer.status == 200

        (key,) = json.loads(told("keys", "list", "--json", cwd=tmp_path))
        assert (key["name"], key["state"], key["rights"]["models"]) == ("build", "good", ["sim/*"])
        assert key["used"] is not None
        assert json.loads(told("keys", "show", key["id"], cwd=tmp_path))["id"] == key["id"]
        newer = told("keys", "rotate", key["id"], cwd=tmp_path).strip()
        told("keys", "revoke", key["id"], cwd=tmp_path)
        deadline = time.monotonic() + 20
        while ask(gateway, **bearer(newer))[0] != 401 or ask(gateway, **bearer(token))[0] != 401:
            assert time.monotonic() < deadline
            time.sleep(0.1)
        code, said = gateway.stop()
    assert code == 0
    assert token not in said + told("keys", "list", cwd=tmp_path)
    assert "revoked" in told("keys", "list", cwd=tmp_path)


def look(gateway: Serving, path: str, token: str | None = None) -> int:
    fields = {} if token is None else bearer(token)
    try:
        with urllib.request.urlopen(urllib.request.Request(gateway.url + path, headers=fields), timeout=20) as answer:
            return answer.status
    except urllib.error.HTTPError as error:
        with error:
            return error.code


@pytest.mark.parametrize("path", ["/admin/v1/health", "/admin/v1/requests", "/metrics"])
def test_who_looks_behind_the_counter_has_a_key_that_manages_once_there_are_keys(path: str, tmp_path: Path) -> None:
    calls = told("keys", "create", "build", cwd=tmp_path).strip()
    manages = told("keys", "create", "boss", "--manage", cwd=tmp_path).strip()
    with serving("--no-discover", cwd=tmp_path) as gateway:
        assert look(gateway, path) == 401
        assert look(gateway, path, calls) == 403
        assert look(gateway, path, manages) == 200
        assert ask(gateway, **bearer(manages))[0] == 403


def test_what_was_used_is_told_in_sums_and_row_by_row(tmp_path: Path) -> None:
    with serving("--no-discover", cwd=tmp_path) as gateway:
        for _ in range(3):
            assert ask(gateway, x_pontage_tags="nightly")[0] == 200
        gateway.stop()
    (row,) = json.loads(told("usage", "--by", "model,tag", "--json", cwd=tmp_path))
    assert (row["model"], row["tag"], row["requests"], row["simulated"]) == ("simulated/echo", "nightly", 3, 3)
    assert row["cost"] == "0.0"
    assert told("usage", "--by", "day,provider", "--tag", "nightly", cwd=tmp_path).split("\t")[1:3] == [
        "simulated",
        "3",
    ]
    lines = list(csv.DictReader(told("usage", "--by", "model", "--csv", cwd=tmp_path).splitlines()))
    assert lines[0]["requests"] == "3"
    rows = list(csv.DictReader(told("usage", "--export", "csv", cwd=tmp_path).splitlines()))
    assert [each["state"] for each in rows] == ["settled"] * 3
    assert {each["status"] for each in rows} == {"200"}
    assert len(told("usage", "--export", "json", cwd=tmp_path).splitlines()) == 3
    assert "not: 0" in told("usage", "--what-if", "openai/gpt-5-mini", cwd=tmp_path)
    assert "saved\t0.0 USD" in told("usage", "--savings", cwd=tmp_path)
    assert told("usage", "--since", "7w", "--by", "", cwd=tmp_path).startswith("3\t")


@pytest.mark.parametrize("wrong", [["--by", "mood"], ["--since", "yesterday"]])
def test_what_usage_does_not_know(wrong: list[str], tmp_path: Path) -> None:
    told("usage", *wrong, cwd=tmp_path, code=2)


def test_a_providers_key_is_sealed_and_never_told(tmp_path: Path) -> None:
    (tmp_path / "pontage.yaml").write_text("providers: {openai: {}}\n", encoding="utf-8")
    told("secrets", "set", "openai", cwd=tmp_path, told=f"{CANARY}\n")
    listed = told("secrets", "list", cwd=tmp_path)
    assert listed.strip() == "openai\topenai\thttps://api.openai.com:443"
    assert told("secrets", "rotate-master", cwd=tmp_path).strip() == "2 sealed anew"  # it, and the pepper
    assert told("secrets", "list", cwd=tmp_path) == listed
    file = tmp_path / "pontage.yaml"
    file.write_text("providers: {openai: {api_key: secret://openai}}\n", encoding="utf-8")
    assert pontage("check", cwd=tmp_path).returncode == 0
    with serving("--no-discover", cwd=tmp_path) as gateway:
        _, said = gateway.stop()
    assert "providers: openai, simulated" in said
    elsewhere = "providers: {openai: {api_key: secret://openai, base_url: https://evil.example/v1}}\n"
    file.write_text(elsewhere, encoding="utf-8")
    assert "is sealed for openai at https://api.openai.com:443" in told("serve", "--port", "0", cwd=tmp_path, code=78)
    file.write_text("providers: {openai: {}}\n", encoding="utf-8")
    kept = [path for path in tmp_path.rglob("*") if path.is_file()]
    assert {"ledger.db", "master.key"} <= {path.name for path in kept}
    assert [path.name for path in kept if CANARY[10:20].encode() in path.read_bytes()] == []
    assert "there is no provider" in told("secrets", "set", "nobody", cwd=tmp_path, told="x\n", code=1)
    assert "no key on standard input" in told("secrets", "set", "openai", cwd=tmp_path, told="\n", code=1)
    told("secrets", "remove", "openai", cwd=tmp_path)
    assert told("secrets", "list", cwd=tmp_path) == ""
    assert "there is no secret" in told("secrets", "remove", "openai", cwd=tmp_path, code=1)
    next(path for path in kept if path.name == "master.key").unlink()
    assert "master key" in told("keys", "list", cwd=tmp_path, code=78)


def test_the_trail_of_changes_is_verified(tmp_path: Path) -> None:
    told("keys", "create", "one", cwd=tmp_path)
    first = told("audit", "verify", cwd=tmp_path)
    assert first.startswith("2 rows, head ")  # the pepper, and the key
    head = first.split()[-1]
    told("keys", "create", "two", "--manage", "--days", "5", "--usd", "3", "--rpm", "60", cwd=tmp_path)
    assert told("audit", "verify", "--head", head, cwd=tmp_path).startswith("3 rows")
    assert "are missing" in told("audit", "verify", "--head", "00ff", cwd=tmp_path, code=1)
    rights = json.dumps({"models": ["fast"], "budgets": [{"usd": 1.5, "period": "daily"}]})
    told("keys", "create", "three", "--rights", rights, cwd=tmp_path)
    assert "--rights" in told("keys", "create", "four", "--rights", '{"mood": 1}', cwd=tmp_path, code=1)
    for command in ("show", "rotate", "revoke"):
        assert "there is no key" in told("keys", command, "nobody", cwd=tmp_path, code=1)


def test_without_books_there_is_nothing_to_show(tmp_path: Path) -> None:
    (tmp_path / "pontage.yaml").write_text("ledger: {enabled: false}\n", encoding="utf-8")
    assert "no books are kept" in told("usage", cwd=tmp_path, code=78)
    with serving("--no-discover", cwd=tmp_path) as gateway:
        assert ask(gateway)[0] == 200
        gateway.stop()
    assert list(tmp_path.rglob("ledger.db")) == []


def test_a_door_to_the_world_opens_when_there_is_a_key(tmp_path: Path) -> None:
    (tmp_path / "pontage.yaml").write_text("server: {host: 0.0.0.0}\n", encoding="utf-8")
    assert "not a loopback address" in told("serve", "--port", "0", cwd=tmp_path, code=78)
    assert pontage("check", cwd=tmp_path).returncode == 78
    token = told("keys", "create", "first", cwd=tmp_path).strip()
    assert pontage("check", cwd=tmp_path).returncode == 0
    with serving("--no-discover", cwd=tmp_path) as gateway:
        gateway.url = gateway.url.replace("0.0.0.0", "127.0.0.1")
        assert ask(gateway)[0] == 401
        assert ask(gateway, **bearer(token))[0] == 200
        gateway.stop()


def test_one_gateway_keeps_the_books(tmp_path: Path) -> None:
    with serving("--no-discover", cwd=tmp_path) as gateway:
        assert "another gateway keeps the ledger" in told("serve", "--port", "0", cwd=tmp_path, code=78)
        gateway.stop()
