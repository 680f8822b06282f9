import pytest

from pontage.config import advise, load, load_text

ENVIRON = {"KEY": "sk-real-enough-0123"}


def advice(text, environ=None):
    environ = environ or ENVIRON
    loaded = load_text(text, file="p.yaml", environ=environ)
    return [(error.line, error.column, error.message) for error in advise(loaded, environ)]


def test_a_sound_configuration_needs_none():
    assert advice("providers: {a: {api_key: '${KEY}'}}\nmodels: {m: {targets: [a/b, a/c]}}") == []


def test_keys_written_into_a_file_that_others_may_read(tmp_path):
    file = tmp_path / "pontage.yaml"
    file.write_text("providers:\n  a: {api_key: sk-literal}\n  b: {api_keys: ['${KEY}']}\n", encoding="utf-8")
    file.chmod(0o644)
    (warning,) = advise(load(str(file), environ=ENVIRON), ENVIRON)
    assert (warning.file, warning.line, warning.column) == (str(file), 2, 16)
    assert "others may read" in warning.message
    assert warning.hint is not None
    assert f"chmod 600 {file}" in warning.hint
    file.chmod(0o600)
    assert advise(load(str(file), environ=ENVIRON), ENVIRON) == []
    loaded = load(str(file), environ=ENVIRON)
    file.unlink()
    assert advise(loaded, ENVIRON) == []


@pytest.mark.parametrize(
    "value", ["changeme", "CHANGE-ME", "your-api-key", "sk-your-key", "<key>", "xxxx", "sk-...", "TODO"]
)
def test_placeholders(value):
    ((_, _, message),) = advice(f"providers: {{a: {{api_key: '{value}'}}}}")
    assert message == "providers.a.api_key looks like a placeholder, not a credential"
    assert advice("providers: {a: {api_key: '${X}'}}", {"X": value})[0][2] == message


def test_a_variable_that_is_empty():
    ((line, column, message),) = advice("providers: {a: {api_key: '${X}'}}", {"X": ""})
    assert (line, column) == (1, 26)
    assert message == "providers.a.api_key: the variable is empty, so there is no credential"


def test_what_has_no_effect():
    text = """
environment: production
models:
  m:
    allow_simulated: true
    targets:
      - a/b
      - {model: a/c, weight: 3}
      - a/b
      - {model: a/b, params: {temperature: 0}}
"""
    assert advice(text) == [
        (8, 30, "models.m: a weight has no effect with the strategy fallback"),
        (9, 9, "models.m names this target twice"),
        (5, 22, "models.m.allow_simulated has no effect in production"),
    ]


def test_variables_that_mean_nothing_are_among_it():
    assert advice("", {"PONTAGE_SERVER_PROT": "1"})[0][2].endswith("PONTAGE_SERVER_PROT is not a setting")
