import pytest

from pontage.config import Config, ConfigErrors, Secret, Target, Timeouts, VirtualModel, describe, load_text

EVERYTHING = """
version: 1
environment: production
server:
  host: 127.0.0.1
  port: 4100
  drain_seconds: 5
  limits: {body_bytes: 1000, header_seconds: 2.5}
auth: {mode: keys}
providers:
  openai: {api_key: "${OPENAI_API_KEY}"}
  anthropic: {api_keys: ["${KEY_A}", "${KEY_B}"], headers: {x-team: "${TEAM}"}}
  team-vllm:
    type: vllm
    base_url: "http://127.0.0.1:8000"
    models: {qwen3: {}, other: {name: x/y, context_window: 8192}}
  acme:
    type: compatible
    dialect: openai_chat
    base_url: "https://llm.acme.example/v1"
    options: {organization: org, nested: [1, {a: true}], project: "${PROJECT}"}
    timeouts: {connect: 1}
  ollama:
models:
  fast:
    strategy: fallback
    targets:
      - openai/gpt-5-mini
      - {model: anthropic/claude-haiku-4-5, weight: 2, api_key: "${KEY_B}", params: {max_tokens: 1024}}
    timeouts: {connect: 5, first_token: 120, idle: 60, total: 600}
    translation: strict
    allow_simulated: true
prices: {acme/some-model: {input: 1.0, output: 4}}
transport: {proxy: "http://user:word@proxy:3128", ca_file: /etc/roots.pem, no_proxy: [localhost, .example]}
logging: {level: debug, format: json}
"""
ENVIRON = {
    "OPENAI_API_KEY": "sk-canary-openai-0001",
    "KEY_A": "sk-canary-anthropic-a",
    "KEY_B": "sk-canary-anthropic-b",
    "TEAM": "canary-team-header",
    "PROJECT": "canary-project",
}


def read(text, environ=None, overrides=None):
    return load_text(text, file="p.yaml", environ=environ or {}, overrides=overrides)


def faults(text, environ=None, overrides=None):
    with pytest.raises(ConfigErrors) as caught:
        read(text, environ, overrides)
    return [describe(error) for error in caught.value.errors]


def test_everything_that_can_be_said_is_read():
    config = read(EVERYTHING, ENVIRON).config
    assert config.environment == "production"
    assert (config.server.port, config.server.workers, config.server.drain_seconds) == (4100, 1, 5.0)
    assert (config.server.limits.body_bytes, config.server.limits.header_seconds) == (1000, 2.5)
    assert config.server.limits.header_bytes == 32768
    assert config.auth.mode == "keys"
    assert config.providers["openai"].api_key == Secret(ENVIRON["OPENAI_API_KEY"])
    assert config.providers["anthropic"].api_keys == [Secret(ENVIRON["KEY_A"]), Secret(ENVIRON["KEY_B"])]
    assert config.providers["anthropic"].headers == {"x-team": ENVIRON["TEAM"]}
    assert config.providers["team-vllm"].models["other"].context_window == 8192
    acme = config.providers["acme"]
    assert acme.options == {"organization": "org", "nested": [1, {"a": True}], "project": "canary-project"}
    assert acme.timeouts == Timeouts(connect=1.0)
    assert config.providers["ollama"].type is None
    target = Target(
        model="anthropic/claude-haiku-4-5", weight=2, api_key=Secret(ENVIRON["KEY_B"]), params={"max_tokens": 1024}
    )
    assert config.models["fast"] == VirtualModel(
        targets=[Target(model="openai/gpt-5-mini"), target],
        timeouts=Timeouts(connect=5, first_token=120, idle=60, total=600),
        translation="strict",
        allow_simulated=True,
    )
    assert (config.prices["acme/some-model"].input, config.prices["acme/some-model"].output) == (1.0, 4.0)
    assert config.transport.proxy == Secret("http://user:word@proxy:3128")
    assert config.transport.no_proxy == ["localhost", ".example"]
    assert (config.logging.level, config.logging.format) == ("debug", "json")


def test_nothing_secret_is_in_what_is_printed_of_it():
    loaded = read(EVERYTHING, ENVIRON)
    shown = f"{loaded!r} {loaded.config} {loaded.origins} {loaded.places} {loaded.secrets}"
    for value in (*ENVIRON.values(), "user:word"):
        assert value not in shown


def test_nothing_said_is_the_defaults():
    for text in (None, "", "# nothing", "server:\nmodels: {}\nproviders:\n"):
        assert load_text(text, file=None, environ={}).config == Config()


def test_a_value_comes_from_the_flag_then_the_variable_then_the_file():
    text, environ = "server: {port: 1}", {"PONTAGE_SERVER_PORT": "2"}
    assert load_text(None, file=None, environ={}).config.server.port == 4000
    assert read(text).config.server.port == 1
    assert read(text, environ).config.server.port == 2
    assert read(text, environ, {"server.port": 3}).config.server.port == 3
    assert read(text, environ, {"server.port": None}).config.server.port == 2


def test_every_value_knows_its_origin():
    text = "server: {port: 1, host: localhost}\nmodels: {fast: {targets: [a/b]}, g-4.1: {targets: [{model: a/c}]}}\n"
    loaded = read(text, {"PONTAGE_LOGGING_LEVEL": "debug"}, {"server.host": "::1", "server.drain_seconds": 1})
    origins = loaded.origins
    assert origins["server.port"] == "p.yaml:1:16"
    assert origins["server.host"] == "flag --host"
    assert origins["server.drain_seconds"] == "flag --drain-seconds"
    assert origins["server.workers"] == "default"
    assert origins["server.limits.body_bytes"] == "default"
    assert origins["logging.level"] == "PONTAGE_LOGGING_LEVEL"
    assert origins["models.fast.targets.0.model"] == "p.yaml:2:27"
    assert origins['models."g-4.1".targets.0.model'] == "p.yaml:2:60"
    assert origins["providers"] == "default"
    assert str(loaded.places["models.fast"]) == "p.yaml:2:10"
    empty = read("providers: {}\nserver: {}\nmodels: {m: {targets: [a/b], timeouts: null}}").origins
    assert empty["providers"] == "p.yaml:1:12"
    assert empty["server.port"] == "default"
    assert empty["models.m.timeouts"] == "p.yaml:3:40"


def test_a_variable_for_a_section_that_an_alias_shares_changes_that_section_only():
    text = "x-shared: &s {level: error}\nlogging: *s\nx-other: *s\n"
    assert read(text, {"PONTAGE_LOGGING_LEVEL": "debug"}).config.logging.level == "debug"


def test_values_from_outside_are_read_as_what_is_expected_and_never_shown():
    environ = {"P": " 4001 ", "T": "true", "S": "2.5", "N": "5", "L": "json", "E": ""}
    text = """
    environment: "${N}"
    server: {port: "${P}", drain_seconds: "${S}"}
    logging: {format: "${L}"}
    providers: {a: {base_url: "${E}", api_key: "${E}", options: {n: "${N}", q: '${N}'}, models: {m: {name: "${E}"}}}}
    models: {m: {targets: [a/b], allow_simulated: "${T}"}}
    """
    config = read(text, environ).config
    assert config.environment == "5"
    assert (config.server.port, config.server.drain_seconds) == (4001, 2.5)
    assert config.logging.format == "json"
    assert config.models["m"].allow_simulated is True
    assert config.providers["a"].base_url is None
    assert config.providers["a"].api_key is None
    assert config.providers["a"].options == {"n": "5", "q": "5"}
    assert read("providers: {a: {options: {n: 5}}}").config.providers["a"].options == {"n": 5}
    plain = "providers:\n  a:\n    options:\n      n: ${N}\n"
    assert read(plain, environ).config.providers["a"].options == {"n": 5}

    for text in ("server:\n  port: ${X}", "logging:\n  level: ${X}", "models:\n  m:\n    allow_simulated: ${X}"):
        assert "canary" not in "".join(faults(text, {"X": "canary"}))
    assert "got something else" in faults("server:\n  port: ${X}", {"X": "canary"})[0]
    assert "got nothing" in faults("server:\n  port: ${X}", {"X": ""})[0]
    assert "got nothing" in faults("providers: {a: {api_keys: ['${X}']}}", {"X": ""})[0]


@pytest.mark.parametrize("word", ["true", "YES", "on", "1"])
def test_switches_from_outside(word):
    text = "models: {m: {targets: [a/b], allow_simulated: '${X}'}}"
    assert read(text, {"X": word}).config.models["m"].allow_simulated is True
