"""Settings that are a word or something else."""

import pytest

from pontage.config import ConfigErrors, DrainUpTo, Hedge, load_text

ROUTE = "version: 1\nmodels:\n  m:\n    targets: [sim/echo]\n    "


@pytest.mark.parametrize(
    ("said", "read"),
    [
        ("on_disconnect: drain", "drain"),
        ("on_disconnect: {drain_up_to: 0.5}", DrainUpTo(drain_up_to=0.5)),
        ("on_disconnect: {drain_up_to: 2}", DrainUpTo(drain_up_to=2.0)),
        ("on_disconnect:", None),
        ('on_disconnect: "${POLICY}"', "cancel"),
    ],
)
def test_a_word_or_a_mapping(said: str, read: object) -> None:
    loaded = load_text(ROUTE + said, file="f.yaml", environ={"POLICY": "cancel"})
    assert loaded.config.models["m"].on_disconnect == read


@pytest.mark.parametrize(
    ("said", "read"), [("p95", "p95"), ("2", 2.0), ("0.5", 0.5), ('"${AFTER}"', 3.0), ("{}", None)]
)
def test_a_word_or_a_number(said: str, read: object) -> None:
    text = "hedge: {}" if read is None else f"hedge: {{after: {said}}}"
    loaded = load_text(ROUTE + text, file="f.yaml", environ={"AFTER": "3"})
    hedge = loaded.config.models["m"].hedge
    assert hedge == (Hedge() if read is None else Hedge(after=read))  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("said", "told"),
    [
        ("on_disconnect: drian", "expected one of cancel, drain, got text"),
        ("on_disconnect: {drain_up_to: 0}", "a number above 0"),
        ("on_disconnect: 3", "a mapping"),
        ("on_disconnect: true", "expected one of cancel, drain"),
        ("hedge: {after: p99}", "expected p95"),
        ("hedge: {after: -1}", "a number above 0"),
        ("hedge: {after: [1]}", "a number above 0"),
        ("hedge: {max_extra: 2}", "out of range"),
    ],
)
def test_what_is_neither_is_told(said: str, told: str) -> None:
    with pytest.raises(ConfigErrors) as raised:
        load_text(ROUTE + said, file="f.yaml", environ={})
    assert told in str(raised.value)
