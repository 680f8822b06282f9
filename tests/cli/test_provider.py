"""`pontage provider`: new and check, for people and for programs."""

import json
from pathlib import Path

from click.testing import CliRunner

from pontage.cli import pontage as command
from pontage.conformance import CASES
from tests.cli.commands import pontage
from tests.conformance.upstreams import Speaking, in_body, lying
from tests.replay.upstream import upstream, whole

CONFIG = """
providers:
  house: {type: compatible, base_url: "URL/v1", api_key: acme-key, models: {small: {name: chat}}}
"""


def test_the_simulated_provider_fails_nothing(tmp_path: Path) -> None:
    done = pontage("provider", "check", "simulated", cwd=tmp_path)
    assert done.returncode == 0, done.stderr
    *cases, blank, titles, rule, row = done.stdout.splitlines()
    assert len(cases) == len(CASES)
    assert {line.split("\t")[2] for line in cases} == {"passed", "not offered"}
    assert (blank, titles.split(" | ")[:3]) == ("", ["| provider", "chat", "settings"])
    assert rule.count("---") == titles.count("|") - 1
    assert row.startswith("| simulated/chat | yes |")
    assert ", 0 failed, " in done.stderr


def test_a_configured_provider_is_checked_by_its_own_name_for_the_model(tmp_path: Path) -> None:
    with upstream() as server:
        server.play(Speaking("openai_chat"))
        (tmp_path / "pontage.yaml").write_text(CONFIG.replace("URL", server.url), encoding="utf-8")
        done = pontage("provider", "check", "house", "--json", cwd=tmp_path)
        assert done.returncode == 0, done.stderr
        told = json.loads(done.stdout)
        assert (told["provider"], told["type"], told["model"]) == ("house", "compatible", "chat")
        assert told["formats"][0] == "openai_chat"
        assert told["address"] == f"{server.url}/v1"
        assert told["counts"]["failed"] == 0
        assert told["row"]["chat"] == "yes"


def test_a_type_at_another_address_that_lies_exits_with_1(tmp_path: Path) -> None:
    with upstream() as server:
        server.play(lying(Speaking("openai_chat"), in_body(rb"data: \[DONE\]\n\n", b"")))
        environ = {"VLLM_API_KEY": "acme-key"}
        words = ("provider", "check", "vllm", "--base-url", server.url)
        done = pontage(*words, "--model", "echo", cwd=tmp_path, environ=environ)
        assert done.returncode == 1
        assert "answer in a stream\tfailed\tStreamTruncatedError" in done.stdout
        assert "| vllm/echo | yes |" in done.stdout
        listed = pontage(*words, cwd=tmp_path, environ=environ)  # its list names a model
        assert "| vllm/chat | yes |" in listed.stdout


def test_a_strangers_words_are_one_line(tmp_path: Path) -> None:
    told = whole({"error": {"message": "no\ttools\nhere", "type": "invalid_request_error"}}, 400)
    with upstream() as server:
        server.play(
            lying(Speaking("openai_chat"), lambda received, said: told if b'"tools"' in received.body else said)
        )
        done = pontage(
            "provider", "check", "vllm", "--base-url", server.url, cwd=tmp_path, environ={"VLLM_API_KEY": "acme-key"}
        )
        assert done.returncode == 0
        assert "tools\tone call\tnot offered\tno tools here" in done.stdout.splitlines()


def test_what_cannot_be_asked_has_an_exit_code_of_its_own(tmp_path: Path) -> None:
    away = pontage("provider", "check", "vllm", "--base-url", "http://127.0.0.1:9", "--model", "m", cwd=tmp_path)
    assert (away.returncode, away.stdout) == (69, "")
    keyless = pontage("provider", "check", "openai", cwd=tmp_path)
    assert keyless.returncode == 77
    assert "OPENAI_API_KEY" in keyless.stderr
    assert pontage("provider", "check", "nobody", cwd=tmp_path).returncode == 78
    with upstream() as server:
        server.script(whole({"data": []}))
        nameless = pontage("provider", "check", "vllm", "--base-url", server.url, cwd=tmp_path)
        assert nameless.returncode == 1
        assert "--model" in nameless.stderr


def test_a_new_provider_is_written_and_what_to_do_is_told(tmp_path: Path) -> None:
    done = pontage("provider", "new", "acme", "--like", "cohere_chat", cwd=tmp_path)
    assert done.returncode == 0, done.stderr
    assert "pontage-acme/src/pontage_acme/config.py" in done.stdout.splitlines()
    assert "  3. pip install --editable pontage-acme" in done.stderr
    again = pontage("provider", "new", "acme", "--folder", str(tmp_path), cwd=tmp_path)
    assert (again.returncode, again.stdout) == (1, "")
    assert "nothing was written" in again.stderr
    assert pontage("provider", "new", "Acme!", cwd=tmp_path).returncode == 2
    assert pontage("provider", "new", "zeta", "--like", "esperanto", cwd=tmp_path).returncode == 2


def test_in_this_process(tmp_path: Path) -> None:
    runner = CliRunner()
    made = runner.invoke(command, ["provider", "new", "acme", "--folder", str(tmp_path)])
    assert made.exit_code == 0
    checked = runner.invoke(command, ["provider", "check", "sim", "--model", "tools?count=2"])
    assert checked.exit_code == 0
    assert "| sim/tools?count=2 |" in checked.stdout
    failing = runner.invoke(command, ["provider", "check", "sim", "--model", "cut-stream"])
    assert failing.exit_code == 1
    refused = runner.invoke(command, ["provider", "new", "A"])
    assert refused.exit_code == 2
