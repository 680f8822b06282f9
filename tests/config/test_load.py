import pytest

from pontage.config import Config, ConfigErrors, Secret, Target, Timeouts, VirtualModel, describe, load, load_text
from pontage.errors import ConfigError, PontageError

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
    text = "server: {port: 1, workers: 2}\nmodels: {fast: {targets: [a/b]}, g-4.1: {targets: [{model: a/c}]}}\n"
    loaded = read(text, {"PONTAGE_LOGGING_LEVEL": "debug"}, {"server.workers": 4, "server.drain_seconds": 1})
    origins = loaded.origins
    assert origins["server.port"] == "p.yaml:1:16"
    assert origins["server.workers"] == "flag --workers"
    assert origins["server.drain_seconds"] == "flag --drain-seconds"
    assert origins["server.host"] == "default"
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


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("prot: 1", 'p.yaml:1:1: unknown key "prot"'),
        ("server: {prot: 1}", 'p.yaml:1:10: unknown key "prot" in server'),
        ("server:\n  port: x", "p.yaml:2:9: server.port: expected an integer from 0 to 65535, got text"),
        ("server: {port: '1'}", "p.yaml:1:16: server.port: expected an integer from 0 to 65535, got text"),
        ("server: {port: 1.5}", "p.yaml:1:16: server.port: expected an integer from 0 to 65535, got a number"),
        ("server: {port: true}", "p.yaml:1:16: server.port: expected an integer from 0 to 65535, got true or false"),
        ("server: {port: 70000}", "p.yaml:1:16: server.port: expected an integer from 0 to 65535, got an integer"),
        ("server: {port: }", "p.yaml:1:15: server.port: expected an integer from 0 to 65535, got nothing"),
        ("server: {port: [1]}", "p.yaml:1:16: server.port: expected an integer from 0 to 65535, got a list"),
        ("server: {port: {}}", "p.yaml:1:16: server.port: expected an integer from 0 to 65535, got a mapping"),
        ("server: {workers: 0}", "p.yaml:1:19: server.workers: expected an integer from 1 to 256, got an integer"),
        ("server: {host: ''}", "p.yaml:1:16: server.host: expected text that is not empty, got empty text"),
        ("server: 5", "p.yaml:1:9: server: expected a mapping (name: value), got an integer"),
        ("server: [1]", "p.yaml:1:9: server: expected a mapping (name: value), got a list"),
        ("server: {drain_seconds: -1}", "expected a number of at least 0, got an integer"),
        ("server: {drain_seconds: .inf}", "expected a number of at least 0, got a number"),
        ("server: {limits: {body_seconds: 0}}", "expected a number above 0, got an integer"),
        ("environment: 5", "p.yaml:1:14: environment: expected text, got an integer"),
        ("version: 2", "p.yaml:1:10: version: expected 1, got an integer"),
        ("version: true", "p.yaml:1:10: version: expected 1, got true or false"),
        ("auth: {mode: open}", "p.yaml:1:14: auth.mode: expected one of auto, keys, got text"),
        ("providers: []", "p.yaml:1:12: providers: expected a mapping (name: value), got a list"),
        ("providers: {a/b: {}}", 'p.yaml:1:13: "a/b" cannot be a name in providers'),
        (
            "providers: {a: {api_key: 5}}",
            "p.yaml:1:26: providers.a.api_key: expected text that is not empty, got an integer",
        ),
        ("providers: {a: {api_key: ''}}", "providers.a.api_key: expected text that is not empty, got empty text"),
        ("providers: {a: {api_keys: x}}", "p.yaml:1:27: providers.a.api_keys: expected a list, got text"),
        ("providers: {a: {api_keys: [{}]}}", "providers.a.api_keys.0: expected text that is not empty, got a mapping"),
        ("providers: {a: {headers: {b: 1}}}", "p.yaml:1:30: providers.a.headers.b: expected text, got an integer"),
        ("models: {m: {}}", 'p.yaml:1:10: models.m needs "targets"'),
        ("models: {m: }", 'p.yaml:1:10: models.m needs "targets"'),
        ("models: {m: {targets: []}}", "p.yaml:1:14: models.m.targets needs at least one"),
        ("models: {m: {targets: a/b}}", "p.yaml:1:23: models.m.targets: expected a list, got text"),
        ("models: {m: {targets: [5]}}", "p.yaml:1:24: models.m.targets.0.model: expected text, got an integer"),
        ("models: {m: {targets: [{weight: 2}]}}", 'p.yaml:1:24: models.m.targets.0 needs "model"'),
        ("models: {m: {targets: [{model: a/b, weight: 0}]}}", "expected an integer of at least 1, got an integer"),
        ("models: {m: {targets: [a/b], allow_simulated: 'yes'}}", "expected true or false, got text"),
        ("prices: {a/b: {input: -1}}", "expected a number of at least 0, got an integer"),
        ("prices: {a/b: {input: .nan}}", "expected a number of at least 0, got a number"),
        ("models: {m: {targets: [a/b], strategy: cheapest}}", '"cheapest" is not available yet'),
        ("models: {m: {targets: [a/b], retries: 2}}", '"retries" is not available yet'),
        ("cache: {}", 'p.yaml:1:1: cache: "cache" is not available yet: it comes with a later version'),
    ],
)
def test_every_fault_is_told_where_it_is(text, told):
    (fault,) = faults(text)
    assert told in fault


def test_hints():
    def hint(text):
        with pytest.raises(ConfigErrors) as caught:
            read(text)
        return caught.value.hint

    assert hint("server: {prot: 1}") == 'did you mean "port"?'
    assert hint("Server: {}") == 'did you mean "server"?'
    assert hint("auth: {zzz: 1}") == "known here: mode"
    assert hint("auth: {mode: key}") == 'did you mean "keys"?'
    assert hint("auth: {mode: zzz}") is None
    assert hint("environment: 5") == "put it in quotes"
    assert hint("environment: {}") is None
    assert hint("server: {limits: {qqqqqqqqqqqq: 1}}") == (
        "known here: body_bytes, body_bytes_per_second, body_seconds, choices, connections, header_bytes, "
        "header_fields, header_seconds, json_depth, keep_alive_seconds, stall_seconds, target_bytes"
    )


def test_all_faults_are_told_at_once_in_the_order_of_the_file():
    text = "server: {port: x}\nprot: 1\nproviders: {a: {api_key: '${NONE}'}}\nserver: {}\n"
    told = faults(text, {"PONTAGE_LOGGING_LEVEL": "loud"})
    assert [fault.partition(": ")[0] for fault in told] == [
        "PONTAGE_LOGGING_LEVEL",
        "p.yaml:1:16",
        "p.yaml:2:1",
        "p.yaml:3:27",
        "p.yaml:4:1",
    ]


def test_the_error_is_one_of_the_tree_and_lists_every_reason():
    with pytest.raises(ConfigErrors) as caught:
        read("prot: 1\nzzzzzzzzzz: 2")
    error = caught.value
    assert isinstance(error, ConfigError)
    assert isinstance(error, PontageError)
    assert (error.file, error.line, error.column, error.code) == ("p.yaml", 1, 1, "PTG-1100")
    assert len(error.errors) == 2
    assert str(error).count("\n") == 1
    assert 'p.yaml:1:1: unknown key "prot"' in str(error)


def test_a_fault_behind_an_alias_is_told_once():
    assert len(faults("x-p: &p {zzz: 1}\nproviders: {a: *p, b: *p}")) == 2  # two sections have it, at one place each
    assert len(faults("x-p: &p '${NONE}'\nproviders: {a: {api_key: *p}, b: {api_key: *p}}")) == 1


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


def test_the_file_is_found_in_this_order(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    home, folder = tmp_path / "home", tmp_path / "xdg"
    environ = {"HOME": str(home)}
    assert load(environ=environ).file is None

    def place(path, port):
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(f"server: {{port: {port}}}", encoding="utf-8")

    place(home / ".config/pontage/pontage.yaml", 1)
    assert load(environ=environ).config.server.port == 1
    place(folder / "pontage/pontage.yaml", 2)
    environ["XDG_CONFIG_HOME"] = str(folder)
    assert load(environ=environ).config.server.port == 2
    place(tmp_path / "pontage.yaml", 3)
    loaded = load(environ=environ)
    assert (loaded.config.server.port, loaded.file) == (3, "pontage.yaml")
    assert loaded.origins["server.port"] == "pontage.yaml:1:16"
    place(tmp_path / "named.yaml", 4)
    environ["PONTAGE_CONFIG"] = str(tmp_path / "named.yaml")
    assert load(environ=environ).config.server.port == 4
    place(tmp_path / "flag.yaml", 5)
    assert load("flag.yaml", environ=environ).config.server.port == 5


def test_a_file_that_was_asked_for_must_be_there(tmp_path):
    with pytest.raises(ConfigErrors, match="no such file"):
        load(str(tmp_path / "none.yaml"), environ={})
    with pytest.raises(ConfigErrors) as caught:
        load(environ={"PONTAGE_CONFIG": str(tmp_path)})
    assert caught.value.hint == "it was asked for by PONTAGE_CONFIG"


def test_files_that_cannot_be_read(tmp_path, monkeypatch):
    file = tmp_path / "pontage.yaml"
    file.write_bytes(b"\xef\xbb\xbfserver: {port: 7}\r\n")
    assert load(str(file), environ={}).config.server.port == 7
    file.write_bytes("a: 1\nb: ü\n".encode("latin-1"))
    with pytest.raises(ConfigErrors) as caught:
        load(str(file), environ={})
    assert (caught.value.line, caught.value.column) == (2, 4)
    file.write_bytes(b"#" * (1024 * 1024 + 1))
    with pytest.raises(ConfigErrors, match="larger than 1048576 bytes"):
        load(str(file), environ={})


def test_a_file_that_may_not_be_opened(tmp_path):
    from pontage.config.load import read_text

    with pytest.raises(ConfigError, match="cannot be read"):
        read_text(tmp_path)


def test_a_syntax_error_is_one_error_with_its_place():
    assert faults("a: [1\nb: 2")[0].startswith("p.yaml:2:")
