import string

import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from pontage.config import ConfigErrors, describe, excerpt, load_text
from pontage.config.mask import masked_lines
from pontage.errors import ConfigError

CANARY = "canary7f3a"

FULL = f"""\
environment: staging                     # {CANARY} in a comment
server: {{host: 127.0.0.1, port: 4000}}
x-mine: {{anything: {CANARY}, shared: &shared "{CANARY}"}}
providers:
  openai:
    api_key: {CANARY}
    api_keys: [{CANARY}, "{CANARY}", '${{KEY:-{CANARY}}}']
    headers: {{authorization: Bearer {CANARY}}}
    options: {{secret: {CANARY}, deep: [{{er: {CANARY}}}]}}
    base_url: https://host.example/v1
  other: {{base_url: "https://user:{CANARY}@host/", api_key: *shared}}
  third:
    base_url: https://host/?key={CANARY}
    api_key: |
      {CANARY}
      {CANARY} # no comment
    api_kye: {CANARY}
    type: >
      compatible
models:
  fast: {{targets: [openai/gpt, {{model: other/x, api_key: {CANARY}, params: {{a: {CANARY}}}}}]}}
transport: {{proxy: "http://u:{CANARY}@proxy", no_proxy: [localhost]}}
prices: {{a/b: {{input: 1.5}}}}
providers: {{twice: {{api_key: {CANARY}}}}}
"""


def test_only_keys_and_harmless_values_are_shown():
    shown = "\n".join(masked_lines(FULL))
    assert CANARY not in shown
    for harmless in (
        "environment: staging\n",
        "server: {host: 127.0.0.1, port: 4000}",
        "base_url: https://host.example/v1",
        "api_key: **********",
        "${KEY:-**********}",
        "authorization: ",
        "api_kye: ",
        "      compatible",
        "[openai/gpt, {model: other/x, api_key: ",
        "no_proxy: [localhost]",
        "input: 1.5",
    ):
        assert harmless in shown


def test_columns_stay_what_they_are():
    for line, shown in zip(FULL.splitlines(), masked_lines(FULL), strict=False):
        assert all(mask in (letter, "*") for letter, mask in zip(line, shown, strict=False))
        assert len(shown) <= len(line)


def test_braces_around_a_credential_do_not_make_a_key_of_it():
    text = f"providers: {{a: {{api_key: {{{CANARY}}}, nonsense: {{{CANARY}: 1}}, type: {{{CANARY}}}}}}}"
    assert CANARY not in masked_lines(text)[0]


def test_a_file_that_is_no_yaml_shows_first_keys_and_simple_harmless_values():
    broken = (
        FULL + "  - [\n: x\nserver:\n  port: 4000\n  - host: 'unclosed\nhost: x, api_key: " + CANARY + "\nworkers\n"
    )
    lines = masked_lines(broken)
    assert CANARY not in "\n".join(lines)
    assert lines[-6:] == [
        "server:",
        "  port: 4000",
        "  - host: 'unclosed",
        "host: *, *******: **********",
        "*******",
        "",
    ]
    assert lines[5] == "    api_key: **********"


def test_the_caret_stands_under_what_is_meant():
    text = "server: {prot: 1, host: x}\n"
    error = ConfigError("x", file="p.yaml", line=1, column=10)
    assert excerpt(error, text) == "1 | server: {prot: ***, host: x}\n  |          ^^^^"
    assert excerpt(ConfigError("x", file="p.yaml", line=1, column=24), text).endswith("\n  |" + " " * 26 + "^")
    assert excerpt(ConfigError("x", file="p.yaml", line=1, column=500), text).endswith("^")


@pytest.mark.parametrize("secret", ["s", "sk-canary", "sk-canary-0123456789" * 20, "of several words"])
def test_how_long_a_credential_is_cannot_be_seen(secret):
    text = f"providers: {{openai: {{api_key: {secret}, api_kye: {secret}}}}}\n"
    with pytest.raises(ConfigErrors) as raised:
        load_text(text, file="p.yaml", environ={})
    shown = excerpt(raised.value.errors[0], text)
    assert shown.splitlines()[0] == "1 | providers: {openai: {api_key: ***, api_kye: ***}}"
    assert shown.splitlines()[1].index("^") == shown.index("api_kye")
    below = ConfigError("x", line=1, column=text.index(f" {secret}") + 2)
    assert excerpt(below, text).endswith(" ^^^")


def test_an_error_without_a_line_has_no_excerpt():
    assert excerpt(ConfigError("x"), "a: 1") == ""
    assert excerpt(ConfigError("x", line=9, column=1), "a: 1") == ""


def test_a_long_line_is_shown_where_the_caret_is():
    text = "models: {" + ", ".join(f"m{n}: {{targets: [a/b]}}" for n in range(100)) + ", m: {zzz: 1}}"
    try:
        load_text(text, file="p.yaml", environ={})
    except ConfigErrors as errors:
        shown = excerpt(errors.errors[-1], text).splitlines()
        assert max(map(len, shown)) < 200
        start = shown[1].index("^")
        assert shown[0][start : start + 3] == "zzz"


def test_tabs_do_not_move_the_caret():
    shown = excerpt(ConfigError("x", line=2, column=2), "a:\n\tport: 3\n").splitlines()
    assert shown[0].index("port") == shown[1].index("^")


_TEXTS = st.text(string.ascii_letters + string.digits + " :#-{}[]\"'|>&*!%@$\\\n\t", max_size=12)


@settings(max_examples=200, deadline=None)
@given(before=_TEXTS, after=_TEXTS, key=st.sampled_from(["api_key", "api_keys", "headers", "options", "nonsense"]))
def test_a_credential_never_comes_out_whatever_stands_around_it(before, after, key):
    # What stands behind ${ is the name of a variable, and what stands before a colon, or alone in the braces of a
    # mapping of free names, is a key: not a credential.
    assume("${" not in before and ":" not in after and not ("{" in before and key in ("headers", "options")))
    text = f"server: {{port: x}}\nproviders:\n  openai:\n    {key}: {before}Q{CANARY}Q{after}\nprot: 1\n"
    assert CANARY not in "\n".join(masked_lines(text))
    try:
        load_text(text, file="p.yaml", environ={"KEY": CANARY})
    except ConfigErrors as errors:
        for error in errors.errors:
            assert CANARY not in excerpt(error, text)
            # Where the text around makes a key of it, the message is about that key and has to name it.
            assert CANARY not in describe(error) or 'key "' in error.message or "cannot be a name" in error.message
