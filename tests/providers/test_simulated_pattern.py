"""Texts that the simulated provider makes up for a `pattern` match it, at no cost that a stranger could choose."""

import re
import warnings

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pontage.providers.simulated.pattern import matching
from pontage.providers.simulated.schema import LARGEST, example
from tests.providers.fitting import misfits

UNDERSTOOD = [
    "",
    "abc",
    r"^\d{3}$",
    "[a-z]+",
    "^[a-z]+$",
    "^[A-Z]{2}[0-9]{4}$",
    "^(red|green|blue)$",
    "^red$|^green$",
    r"^\+?[0-9]{1,3}-\d+$",
    r"^(?:[0-9a-f]{8})(-[0-9a-f]{4}){3}-[0-9a-f]{12}$",
    r"^[^@\s]+@[^@\s]+\.[a-z]{2,}$",
    r"^https?://[\w.-]+(/\S*)?$",
    r"^\w+\s\W\D\S.$",
    r"^[^a-z]$",
    r"^[-a]$",
    r"^[a-]$",
    r"^[\d.]+$",
    r"^\$\d+\.\d{2}$",
    r"^a*?b+?c??$",
    r"^\t\n$",
    r"^v\d+(\.\d+){2}(-(alpha|beta))?$",
    "ä+",
    "a{2,}",
    "^(|x)y$",
]
STRANGE = [
    r"(?=x)x", r"(?!x)y", r"(?P<name>x)", r"\bword\b", r"(a)\1", r"a\u0041", r"\p{L}", "[[:alpha:]]", "(", ")", "[",
    "[]", "[^", "*", "a**", "a{x}", "a{2", "a{3,2}", "a^b", "a$b", "(^a)", "\\", "[z-a]", r"[\d-z]", "a" * 1_001,
    "(" * 60 + ")" * 60, "(((a{99}){99}){99}){99}", "a{99999}", r"[^\s\S]",
]  # fmt: skip


@pytest.mark.parametrize("pattern", UNDERSTOOD)
def test_what_is_understood_is_matched(pattern: str) -> None:
    schema = {"type": "string", "pattern": pattern}
    assert matching(pattern) is not None
    assert misfits(example(schema), schema) == []


@pytest.mark.parametrize("pattern", STRANGE, ids=lambda pattern: pattern[:20])
def test_what_is_not_understood_is_let_be(pattern: str) -> None:
    assert matching(pattern) is None
    assert example({"type": "string", "pattern": pattern}) == "simulated"


@pytest.mark.parametrize(
    "schema",
    [
        {"type": "string", "pattern": "^[a-z]+$", "minLength": 5, "maxLength": 8},
        {"type": "string", "pattern": "^[a-z]*$", "minLength": 500},
        {"type": "string", "pattern": r"^\d{3,9}$", "minLength": 6},
        {"type": "string", "pattern": "^[a-z]*$", "maxLength": 0},
    ],
    ids=str,
)
def test_lengths_are_kept_as_well(schema: dict[str, object]) -> None:
    assert misfits(example(schema), schema) == []


def test_what_takes_ages_to_match_is_written_at_once() -> None:
    assert matching("^(a|a|a)*(b?){30}b{30}$") == "b" * 30


def test_many_patterns_are_no_more_work_than_anything_else() -> None:
    hard = {"type": "string", "pattern": "(a{9999})?" * 100, "minLength": 3}
    value = example({"type": "object", "properties": {str(number): hard for number in range(5_000)}})
    assert sum(text is not None for text in value.values()) < 200


def test_a_length_that_the_pattern_forbids_is_let_be() -> None:
    assert example({"type": "string", "pattern": "^ab$", "minLength": 12}) == "simulated..."


@given(st.text(alphabet="ab^$|()[]{}*+?.\\dws-,019:", max_size=30))
def test_whatever_is_made_matches(pattern: str) -> None:
    text = matching(pattern)
    assert text is None or len(text) <= LARGEST
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", FutureWarning)  # of what sets may mean in Python one day
            compiled = re.compile(pattern)
    except (re.error, OverflowError):
        return  # other dialects may know what Python's refuses
    if text is not None and len(text) < 20 and pattern.count("(") < 4:
        assert compiled.search(text), (pattern, text)
