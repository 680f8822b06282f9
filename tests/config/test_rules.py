import pytest

from pontage.config import Config, load_text, validate
from pontage.config.rules import is_loopback

KNOWN = ("openai", "anthropic", "compatible")


def judge(text, environ=None, overrides=None, **more):
    loaded = load_text(text, file="p.yaml", environ=environ or {}, overrides=overrides)
    problems = validate(loaded.config, places=loaded.places, **more)
    return [(error.line, error.column, error.message, error.hint) for error in problems]


@pytest.mark.parametrize("host", ["127.0.0.1", "127.3.2.1", "::1", "[::1]", "localhost", "LocalHost"])
def test_loopback(host):
    assert is_loopback(host)
    assert judge(f"server: {{host: '{host}'}}") == []


@pytest.mark.parametrize("host", ["0.0.0.0", "::", "10.0.0.1", "example.com", "localhost.example.com", "2130706433"])
def test_a_host_that_others_reach_is_refused_without_keys(host):
    ((line, column, message, hint),) = judge(f"server: {{host: '{host}'}}")
    assert (line, column) == (1, 16)
    assert message.startswith("server.host is not a loopback address")
    assert hint == "listen on 127.0.0.1"
    assert judge(f"server: {{host: '{host}'}}", has_keys=True) == []


def test_the_same_for_a_host_from_a_flag_or_a_variable():
    assert judge("", overrides={"server.host": "0.0.0.0"})[0][:2] == (0, 0)
    assert len(judge("", environ={"PONTAGE_SERVER_HOST": "0.0.0.0"})) == 1


def test_keys_are_asked_for_but_there_are_none():
    assert judge("auth: {mode: keys}")[0][2] == "auth.mode is keys, and there is no key yet"
    assert judge("auth: {mode: keys}", has_keys=True) == []


def test_the_defaults_are_fine():
    assert validate(Config()) == []
    assert validate(Config(), known_providers=KNOWN) == []


def test_one_key_or_several_not_both():
    ((line, column, message, _),) = judge("providers: {a: {api_key: x, api_keys: [y]}}")
    assert (line, column) == (1, 29)
    assert message == "providers.a has both api_key and api_keys"


@pytest.mark.parametrize(
    "url", ["http://127.0.0.1:8000", "https://host.example/v1/", "https://[::1]:8443/a/b", "HTTPS://HOST"]
)
def test_base_urls_that_are_fine(url):
    assert judge(f"providers: {{a: {{base_url: '{url}'}}}}") == []


@pytest.mark.parametrize(
    ("url", "words"),
    [
        ("host.example/v1", "must begin with http://"),
        ("ftp://host", "must begin with http://"),
        ("https://", "must begin with http://"),
        ("https:///v1", "must begin with http://"),
        ("https://host name/", "must begin with http://"),
        ("https://host:0/", "must begin with http://"),
        ("https://host:99999/", "is not a URL"),
        ("https://[::1/", "is not a URL"),
        ("https://user:canary@host/", "must not hold credentials"),
        ("https://canary@host/", "must not hold credentials"),
        ("https://host/?key=canary", "must end with the path"),
        ("https://host/#canary", "must end with the path"),
        ("https://host/?", "must end with the path"),
    ],
)
def test_base_urls_that_are_not(url, words):
    ((line, column, message, _),) = judge(f"providers: {{a: {{base_url: '{url}'}}}}")
    assert (line, column) == (1, 27)
    assert message.startswith("providers.a.base_url ")
    assert words in message
    assert "canary" not in message


def test_a_proxy_may_hold_credentials():
    assert judge("transport: {proxy: 'http://user:word@proxy:3128'}") == []
    ((line, _, message, _),) = judge("transport: {proxy: 'socks5://user:canary@proxy'}")
    assert line == 1
    assert message == "transport.proxy must begin with http:// or https:// and name a host"


def test_targets_and_prices_are_provider_and_model():
    text = "models:\n  m:\n    targets: [gpt-5, /x, openai/, openrouter/meta/llama]\nprices: {gpt-5: {}, a/b/c: {}}\n"
    assert [(line, column) for line, column, _, _ in judge(text)] == [(3, 15), (3, 22), (3, 26), (4, 10)]


def test_unknown_providers_are_told_with_the_nearest():
    text = "providers: {opnai: {}, mine: {type: compatibl}}\nmodels: {m: {targets: [anthropc/x, mine/y, openai/z]}}\n"
    assert judge(text, known_providers=KNOWN) == [
        (1, 13, 'providers.opnai: there is no provider type "opnai"', 'did you mean "openai"?'),
        (1, 37, 'providers.mine: there is no provider type "compatibl"', 'did you mean "compatible"?'),
        (2, 24, 'models.m.targets.0.model: there is no provider "anthropc"', 'did you mean "anthropic"?'),
    ]
    assert judge(text) == []  # without knowing which there are, nothing is said


def test_a_name_from_the_environment_is_not_repeated():
    text = "providers: {a: {type: '${X}'}}\nmodels: {m: {targets: ['${X}/y']}}\n"
    told = judge(text, {"X": "canary"}, known_providers=KNOWN)
    assert len(told) == 2
    assert "canary" not in str(told)


def test_names_with_dots_are_found_in_their_places():
    text = "models:\n  g-4.1:\n    targets:\n      - nowhere/x\n"
    ((line, column, message, _),) = judge(text, known_providers=KNOWN)
    assert (line, column) == (4, 9)
    assert message.startswith('models."g-4.1".targets.0.model')


def test_a_cache_needs_what_its_rule_speaks_of():
    text = "models:\n  m:\n    targets: [openai/m]\n    cache: {kind: semantic, store: sqlite}\n"
    told = judge(text)
    assert [(line, column) for line, column, _, _ in told] == [(4, 5), (4, 5)]
    assert "cache.path names no file" in told[0][2]
    assert "names no embedding model" in told[1][2]
    assert judge(f"{text}    coalesce: true\ncache: {{path: a}}\n")[1:] == []
    assert judge("models:\n  m: {targets: [openai/m], cache: exact}\n") == []
