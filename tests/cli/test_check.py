import json
import os
import subprocess
import sys

import pytest
from click.testing import CliRunner

from pontage.cli.check import check

CANARY = "sk-canary-0123456789"


@pytest.fixture
def run(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    for name in [name for name in os.environ if name.startswith("PONTAGE_")]:
        monkeypatch.delenv(name)
    monkeypatch.setenv("HOME", str(tmp_path / "home"))
    monkeypatch.delenv("XDG_CONFIG_HOME", raising=False)
    monkeypatch.delenv("APPDATA", raising=False)

    def invoke(text, *arguments, mode=0o600, **environ):
        if text is not None:
            (tmp_path / "pontage.yaml").write_text(text, encoding="utf-8")
            (tmp_path / "pontage.yaml").chmod(mode)
        result = CliRunner().invoke(check, list(arguments), env=environ)
        assert CANARY not in result.output
        return result.exit_code, result.stdout

    return invoke


def test_a_sound_file(run):
    text = "providers: {openai: {api_key: '${KEY}'}}\nmodels: {m: {targets: [openai/x]}}\n"
    assert run(text, KEY=CANARY) == (0, "pontage.yaml: ok (1 provider, 1 virtual model)\n")


def test_no_file_at_all(run):
    assert run(None) == (0, "no file, defaults and environment only: ok (0 providers, 0 virtual models)\n")


def test_faults_come_with_place_line_caret_and_hint(run):
    text = f"server:\n  prot: 4000\nproviders:\n  openai: {{api_key: {CANARY}, api_kye: {CANARY}}}\n"
    code, output = run(text)
    assert code == 78
    assert output == (
        'pontage.yaml:2:3: error PTG-1100: unknown key "prot" in server\n'
        "  2 |   prot: ***\n"
        "    |   ^^^^\n"
        '  did you mean "port"?\n'
        'pontage.yaml:4:43: error PTG-1100: unknown key "api_kye" in providers.openai\n'
        "  4 |   openai: {api_key: ***, api_kye: ***}\n"
        "    |                          ^^^^^^^\n"
        '  did you mean "api_key"?\n'
        "2 errors\n"
    )


def test_rules_between_settings_and_the_providers_there_are(run):
    code, output = run("server: {host: 0.0.0.0}\nmodels: {m: {targets: [opnai/x]}}\n")
    assert code == 78
    assert "pontage.yaml:1:16: error PTG-1100: server.host is not a loopback address" in output
    assert 'pontage.yaml:2:24: error PTG-1100: models.m.targets.0.model: there is no provider "opnai"' in output
    assert 'did you mean "openai"?' in output


def test_warnings_are_errors_only_when_strict(run):
    text = f"providers: {{openai: {{api_key: {CANARY}}}}}\n"
    code, output = run(text, mode=0o644)
    assert code == 0
    assert "pontage.yaml:1:31: warning PTG-1100: providers.openai.api_key is written in a file" in output
    assert output.endswith("pontage.yaml: ok (1 provider, 0 virtual models)\n")
    code, output = run(text, "--strict", mode=0o644)
    assert code == 78
    assert "1:31: error PTG-1100" in output
    assert output.endswith("1 error\n")
    assert run(text, "--strict") == (0, "pontage.yaml: ok (1 provider, 0 virtual models)\n")


def test_unknown_variables_warn(run):
    code, output = run("", PONTAGE_SEVER_PORT="1")
    assert code == 0
    assert "warning PTG-1100: the environment variable PONTAGE_SEVER_PORT is not a setting\n" in output
    assert 'did you mean "PONTAGE_SERVER_PORT"?' in output
    assert run("", "--strict", PONTAGE_SEVER_PORT="1")[0] == 78


def test_as_json(run):
    code, output = run("server: {prot: 1}\n", "--json")
    assert code == 78
    assert json.loads(output) == {
        "ok": False,
        "file": None,
        "errors": [
            {
                "file": "pontage.yaml",
                "line": 1,
                "column": 10,
                "code": "PTG-1100",
                "message": 'unknown key "prot" in server',
                "hint": 'did you mean "port"?',
            }
        ],
        "warnings": [],
    }
    code, output = run("", "--json", PONTAGE_ZZZZ="1")
    report = json.loads(output)
    assert (code, report["ok"], report["file"]) == (0, True, "pontage.yaml")
    assert report["warnings"][0]["line"] is None


def test_files_that_are_not_there_or_no_text(run, tmp_path):
    code, output = run(None, "--config", "none.yaml")
    assert (code, output) == (
        78,
        "none.yaml: error PTG-1100: there is no such file\n  it was asked for by --config\n1 error\n",
    )
    code, output = run(None, "--config", str(tmp_path))
    assert code == 78
    assert f"{tmp_path}: error PTG-1100: that is a folder" in output
    (tmp_path / "latin.yaml").write_bytes(b"a: \xfc\n")
    code, output = run(None, "--config", "latin.yaml")
    assert (code, output) == (78, "latin.yaml:1:4: error PTG-1100: the file is not UTF-8\n1 error\n")


def test_a_wrong_option_is_a_matter_of_usage(run):
    assert run(None, "--nonsense")[0] == 2


def test_as_a_command_of_its_own_process(tmp_path):
    (tmp_path / "pontage.yaml").write_text("server: {prot: 1}\n", encoding="utf-8")
    environ = {"PATH": os.environ["PATH"], "PYTHONPATH": os.pathsep.join(path for path in sys.path if path)}
    program = "from pontage.cli.check import check; check()"
    result = subprocess.run(
        [sys.executable, "-c", program],
        cwd=tmp_path,
        env=environ,
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert (result.returncode, result.stderr) == (78, "")
    assert "\x1b" not in result.stdout
    assert result.stdout.startswith("pontage.yaml:1:10: error PTG-1100")
