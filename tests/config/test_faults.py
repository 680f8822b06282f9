import pytest

from pontage.config import ConfigErrors, describe, load_text
from pontage.errors import ConfigError, PontageError


def read(text, environ=None, overrides=None):
    return load_text(text, file="p.yaml", environ=environ or {}, overrides=overrides)


def faults(text, environ=None, overrides=None):
    with pytest.raises(ConfigErrors) as caught:
        read(text, environ, overrides)
    return [describe(error) for error in caught.value.errors]


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("prot: 1", 'p.yaml:1:1: unknown key "prot"'),
        ("server: {prot: 1}", 'p.yaml:1:10: unknown key "prot" in server'),
        ("server:\n  port: x", "p.yaml:2:9: server.port: expected an integer from 0 to 65535, got text"),
        ("server: {port: '1'}", "p.yaml:1:16: server.port: expected an integer from 0 to 65535, got text"),
        ("server: {port: 1.5}", "p.yaml:1:16: server.port: expected an integer from 0 to 65535, got a number"),
        ("server: {port: true}", "p.yaml:1:16: server.port: expected an integer from 0 to 65535, got true or false"),
        (
            "server: {port: 70000}",
            "p.yaml:1:16: server.port: expected an integer from 0 to 65535, got one that is out of range",
        ),
        ("server: {port: -1}", "p.yaml:1:16: server.port: expected an integer from 0 to 65535, got one that is out of"),
        ("server: {port: }", "p.yaml:1:15: server.port: expected an integer from 0 to 65535, got nothing"),
        ("server: {port: [1]}", "p.yaml:1:16: server.port: expected an integer from 0 to 65535, got a list"),
        ("server: {port: {}}", "p.yaml:1:16: server.port: expected an integer from 0 to 65535, got a mapping"),
        ("server: {workers: 0}", "p.yaml:1:19: server.workers: expected 1, got an integer"),
        ("server: {host: ''}", "p.yaml:1:16: server.host: expected text that is not empty, got empty text"),
        ("server: 5", "p.yaml:1:9: server: expected a mapping (name: value), got an integer"),
        ("server: [1]", "p.yaml:1:9: server: expected a mapping (name: value), got a list"),
        ("server: {drain_seconds: -1}", "expected a number of at least 0, got one that is out of range"),
        ("server: {drain_seconds: .inf}", "expected a number of at least 0, got one that is out of range"),
        ("server: {limits: {body_seconds: 0}}", "expected a number above 0, got one that is out of range"),
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
        (
            "models: {m: {targets: [{model: a/b, weight: 0}]}}",
            "expected an integer of at least 1, got one that is out of range",
        ),
        ("models: {m: {targets: [a/b], allow_simulated: 'yes'}}", "expected true or false, got text"),
        ("prices: {a/b: {input: -1}}", "expected a number of at least 0, got one that is out of range"),
        ("prices: {a/b: {input: .nan}}", "expected a number of at least 0, got one that is out of range"),
        ("models: {m: {targets: [a/b], strategy: cheepest}}", "expected one of balanced, cheapest, fallback"),
        ("models: {m: {targets: [a/b], retries: 3}}", "expected an integer from 0 to 2, got one that is out of range"),
        ("models: {m: {targets: [a/b], fallback_on: [mood]}}", "expected one of content_policy, context_window"),
        ("models: {m: {targets: [{model: a/b, when: {needs: [luck]}}]}}", "expected one of audio, documents, images"),
        ("models: {m: {targets: [a/b], flags: {}}}", '"flags" is not available yet'),
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
    assert hint("auth: {zzz: 1}") == "known here: master_key, master_key_file, mode"
    assert hint("auth: {mode: key}") == 'did you mean "keys"?'
    assert hint("auth: {mode: zzz}") is None
    assert hint("environment: 5") == "put it in quotes"
    assert hint("environment: {}") is None
    assert hint("server: {limits: {qqqqqqqqqqqq: 1}}") == (
        "known here: body_bytes, body_bytes_per_second, body_seconds, choices, connections, header_bytes, "
        "header_fields, header_seconds, keep_alive_seconds, stall_seconds, target_bytes"
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


def test_a_syntax_error_is_one_error_with_its_place():
    assert faults("a: [1\nb: 2")[0].startswith("p.yaml:2:")
