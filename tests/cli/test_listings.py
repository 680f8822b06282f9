"""`pontage models` and `pontage providers`: for people, and for programs."""

import json
from pathlib import Path

import pytest
from click.testing import CliRunner

from pontage.cli import pontage as command
from pontage.cli.console import table
from pontage.registry import BUILT_IN
from tests.cli.commands import pontage
from tests.replay.upstream import upstream, whole

CONFIG = """
providers:
  openai: {}
  house: {type: compatible, base_url: "URL/v1", models: {qwen3: {}}}
models:
  story: {targets: [house/qwen3]}
"""


@pytest.fixture
def place(tmp_path: Path) -> Path:
    (tmp_path / "pontage.yaml").write_text(CONFIG.replace("URL", "http://127.0.0.1:9"), encoding="utf-8")
    return tmp_path


def test_models_are_listed_for_programs(place: Path) -> None:
    done = pontage("models", cwd=place)
    names = [line.split("\t")[0] for line in done.stdout.splitlines()]
    assert done.returncode == 0
    assert names[:2] == ["story", "house/qwen3"]  # what has no key is not listed
    assert "simulated/echo" in names

    done = pontage("models", "--provider", "sim", "--json", cwd=place)
    assert {model["provider"] for model in json.loads(done.stdout)} == {"simulated"}
    assert {"id": "simulated/echo", "provider": "simulated"}.items() <= json.loads(done.stdout)[1].items()


def test_an_unknown_provider_is_a_failure(place: Path) -> None:
    done = pontage("models", "--provider", "nobody", cwd=place)
    assert (done.returncode, done.stdout) == (1, "")
    assert "there is no provider 'nobody'" in done.stderr
    done = pontage("providers", "nobody", cwd=place)
    assert done.returncode == 1
    assert "configured are: openai, house, simulated" in done.stderr


def test_providers_are_listed_with_what_they_need(place: Path) -> None:
    done = pontage("providers", cwd=place)
    rows = {line.split("\t")[0]: line.split("\t")[1:] for line in done.stdout.splitlines()}
    assert rows["openai"][0] == "needs OPENAI_API_KEY"
    assert rows["house"] == ["ready", "http://127.0.0.1:9/v1", "1"]
    assert rows["simulated"][0] == "ready"
    others = done.stderr.partition("also there, not configured: ")[2].split(", ")
    assert {"anthropic", "google", "groq"} <= set(others)
    assert "openai" not in others


def test_one_provider_is_shown_in_full(place: Path) -> None:
    done = pontage("providers", "house", cwd=place)
    facts = dict(line.split("\t", 1) for line in done.stdout.splitlines())
    assert facts["qwen3"] == "\t-\t-\t-\t-\t-\tconfig"
    assert (facts["key_page"], facts["to_do"], facts["health"]) == ("-", "nothing", "not asked (--check asks)")
    assert facts["endpoints"].startswith("openai_chat: POST /chat/completions")
    told = json.loads(pontage("providers", "openai", "--json", cwd=place).stdout)
    assert told["to_do"].startswith("set OPENAI_API_KEY or OPENAI_API_KEYS=a,b, or providers.openai.api_key in the")
    assert told["to_do"].endswith("; get a key at https://platform.openai.com/api-keys")
    mini = next(model for model in told["models"] if model["id"] == "gpt-5-mini")
    assert mini["known_from"] == ["built-in", "catalogue"]
    assert (mini["context"], mini["prices"]["output"], mini["capabilities"]["tools"]) == (400000, 2.0, True)
    assert told["type"] == "openai"
    assert told["formats"] == ["openai_chat", "openai_responses"]
    assert told["keys"] == 0


@pytest.mark.parametrize(
    ("name", "to_do"),
    [
        (
            "groq",
            "set GROQ_API_KEY or GROQ_API_KEYS=a,b, or providers.groq.api_key in the configuration; get a key at ",
        ),
        ("vllm", "name it under providers in the configuration"),
        ("gemini", "set GOOGLE_API_KEY or GEMINI_API_KEY or GOOGLE_API_KEYS=a,b or "),
        ("vertex", "set GOOGLE_OAUTH_ACCESS_TOKEN or "),
    ],
)
def test_a_provider_that_is_not_configured_tells_what_it_needs(place: Path, name: str, to_do: str) -> None:
    told = json.loads(pontage("providers", name, "--check", "--json", cwd=place).stdout)
    assert told["state"] == "not configured"
    assert told["to_do"].startswith(to_do)
    assert (told["health"], told["keys"]) == ("not asked (--check asks)", 0)
    options = [option.partition(" (")[0] for option in told["options"]]
    assert {"project", "location"} <= set(options) if name == "vertex" else "project" not in options


KEY = {"AZURE_OPENAI_API_KEY": "k"}
RESOURCE = "set AZURE_OPENAI_RESOURCE or AZURE_RESOURCE_NAME in the environment, or "


def test_only_what_is_missing_is_to_do(place: Path, tmp_path_factory: pytest.TempPathFactory) -> None:
    def said(name: str, where: Path, **environ: str) -> str:
        return json.loads(pontage("providers", name, "--json", cwd=where, environ=environ).stdout)["to_do"]

    bare = tmp_path_factory.mktemp("bare")
    assert said("azure", bare, **KEY).startswith(RESOURCE)
    assert "API_KEY" not in said("azure", bare, **KEY)
    assert "; set AZURE_OPENAI_RESOURCE or " in said("azure", bare)
    assert "RESOURCE" not in said("azure", bare, AZURE_OPENAI_RESOURCE="r")
    assert said("azure", bare, AZURE_OPENAI_RESOURCE="r", **KEY) == "nothing"
    assert said("vllm", bare) == "set VLLM_BASE_URL, or name it under providers in the configuration"
    assert said("azure", place, AZURE_OPENAI_RESOURCE="r", **KEY) == "name it under providers in the configuration"
    assert "; set AWS_REGION or " in said("bedrock", bare)


def test_health_asks_the_free_list_only(tmp_path: Path) -> None:
    with upstream() as server, upstream() as gone:
        server.script(whole({"object": "list", "data": [{"id": "qwen3", "object": "model"}]}))
        gone.close()
        text = CONFIG.replace("URL", server.url) + "  # the rest is as above\n"
        text = text.replace("openai: {}", f'openai: {{base_url: "{gone.url}", api_key: k}}')
        (tmp_path / "pontage.yaml").write_text(text, encoding="utf-8")
        done = pontage("providers", "--health", "--json", cwd=tmp_path)
        states = {facts["name"]: facts["state"] for facts in json.loads(done.stdout)}
        assert states["house"].startswith("well (")
        assert states["openai"].startswith("not well: ")
        assert states["simulated"].startswith("well")
        assert [(asked.method, asked.path) for asked in server.received] == [("GET", "/v1/models")]


def test_who_cannot_be_asked_is_neither_well_nor_unwell(tmp_path: Path) -> None:
    with upstream() as server:
        lines = [f'{{type: {kind}, base_url: "{server.url}", api_key: k}}' for kind in ("voyage", "perplexity")]
        (tmp_path / "pontage.yaml").write_text(f"providers: {{one: {lines[0]}, two: {lines[1]}}}", encoding="utf-8")
        done = pontage("providers", "--check", "--json", cwd=tmp_path)
        told = {facts["name"]: (facts["healthy"], facts["state"]) for facts in json.loads(done.stdout)}
        assert told["one"] == told["two"] == (None, "not asked: it has no free list")
        assert told["simulated"][0] is True
        assert not server.received


def test_a_provider_that_is_asked_tells_its_models(tmp_path: Path) -> None:
    with upstream() as server:
        server.script(whole({"object": "list", "data": [{"id": "llama", "max_model_len": 8192}]}))
        (tmp_path / "pontage.yaml").write_text(CONFIG.replace("URL", server.url), encoding="utf-8")
        done = pontage("providers", "house", "--check", cwd=tmp_path)
        facts = dict(line.split("\t", 1) for line in done.stdout.splitlines())
        assert facts["health"] == "the model list answered"
        assert facts["llama"].split("\t")[1] == "8,192"
        assert facts["llama"].endswith("\tlisting")
        done = pontage("models", "--provider", "house", cwd=tmp_path)  # on a private address: asked without being told
        assert [line.split("\t")[0] for line in done.stdout.splitlines()] == ["house/qwen3", "house/llama"]


def test_without_a_configuration_the_environment_decides(tmp_path: Path) -> None:
    environ = {"GEMINI_API_KEYS": "one, two", "GOOGLE_GEMINI_BASE_URL": "http://127.0.0.1:9"}
    told = json.loads(pontage("providers", "--json", cwd=tmp_path, environ=environ).stdout)
    assert [(facts["name"], facts["keys"]) for facts in told] == [("google", 2), ("simulated", 0)]
    assert "one" not in json.dumps(told[0]["key_variables"])


def test_every_built_in_provider_can_be_shown(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    listed = "\n".join(f"  {name}: {{base_url: 'http://127.0.0.1:9'}}" for name in BUILT_IN)
    (tmp_path / "all.yaml").write_text(f"providers:\n{listed}\n", encoding="utf-8")
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.setenv("GOOGLE_CLOUD_PROJECT", "p")
    for name in BUILT_IN:
        done = CliRunner().invoke(command, ["providers", name, "--config", str(tmp_path / "all.yaml")])
        assert done.exit_code == 0, done.output
        assert f"type\t{name}" in done.output


def test_a_table_is_drawn_on_a_terminal(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    monkeypatch.setattr("sys.stdout.isatty", lambda: True)
    table(("model", "title"), [("sim/echo", "says it back")])
    drawn = capsys.readouterr().out
    assert "model" in drawn.splitlines()[0]
    assert "sim/echo  says it back" in drawn
    table(("case", "why"), [("[simulated]", "it said [bold]no[/i]")])
    assert "[simulated]  it said [bold]no[/i]" in capsys.readouterr().out
