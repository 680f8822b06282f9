"""Spelling: the difference between how an origin and how the canonical writer write one value."""

import copy
import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pontage.dialects.spelling import residue, respell, same
from pontage.domain import Spelling

SCALARS = st.none() | st.booleans() | st.integers(-3, 3) | st.sampled_from([1.0, 0.5, -0.0]) | st.text("ab", max_size=2)
JSON: st.SearchStrategy[Any] = st.recursive(
    SCALARS,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from("abc"), inner, max_size=3),
    max_leaves=8,
)


@given(JSON, JSON)
def test_what_the_writer_says_becomes_what_the_origin_wrote(wrote: Any, said: Any) -> None:
    assert same(respell(copy.deepcopy(said), residue(wrote, said)), wrote)


@given(JSON, JSON)
def test_the_difference_is_kept_apart_from_the_values_it_was_read_from(wrote: Any, said: Any) -> None:
    before = copy.deepcopy((wrote, said))
    spellings = residue(wrote, said)
    kept = copy.deepcopy(spellings)
    respell(copy.deepcopy(said), spellings)
    assert (wrote, said) == before
    assert spellings == kept


@given(JSON, JSON)
def test_there_is_no_difference_only_where_both_are_the_same(wrote: Any, said: Any) -> None:
    assert (residue(wrote, said) == ()) == same(wrote, said)


@given(JSON, JSON)
def test_a_second_writing_changes_nothing_more(wrote: Any, said: Any) -> None:
    spellings = residue(wrote, said)
    once = respell(copy.deepcopy(said), spellings)
    assert same(respell(copy.deepcopy(said), spellings), once)


@given(JSON, JSON, JSON)
def test_respelling_another_value_never_fails(wrote: Any, said: Any, other: Any) -> None:
    respell(copy.deepcopy(other), residue(wrote, said))


@given(st.dictionaries(st.sampled_from("abcd"), SCALARS), st.dictionaries(st.sampled_from("abcd"), SCALARS), SCALARS)
def test_an_edited_field_is_never_overwritten(wrote: dict[str, Any], said: dict[str, Any], edit: Any) -> None:
    for key in said:
        edited = {**said, key: edit}
        if not same(edit, said[key]):
            assert same(respell(copy.deepcopy(edited), residue(wrote, said)).get(key, "gone"), edit)


@pytest.mark.parametrize(
    ("left", "right", "equal"),
    [
        (1, 1.0, True),
        (True, 1, False),
        (0, False, False),
        (None, False, False),
        (True, True, True),
        ("1", 1, False),
        ([1], [1.0], True),
        ([1], [True], False),
        ([], {}, False),
        ([1], [1, 2], False),
        ({"a": 1}, {"a": 1, "b": None}, False),
        ({"a": {"b": 0}}, {"a": {"b": False}}, False),
        ({"a": 1, "b": 2}, {"b": 2, "a": 1}, True),
    ],
)
def test_equality_is_that_of_json(left: Any, right: Any, equal: bool) -> None:
    assert same(left, right) is equal
    assert same(right, left) is equal


@pytest.mark.parametrize(
    ("wrote", "said", "spellings"),
    [
        ({"stop": "x"}, {"stop": ["x"]}, (Spelling(("stop",), (["x"],), ("x",)),)),
        ({"user": None}, {}, (Spelling(("user",), (), (None,)),)),
        ({}, {"n": 1}, (Spelling(("n",), (1,), ()),)),
        ([{"a": 1}], [{"a": 2}], (Spelling((0, "a"), (2,), (1,)),)),
        ([1], [1, 2], (Spelling((), ([1, 2],), ([1],)),)),
        ({"a": 1.0}, {"a": 1}, ()),
    ],
)
def test_the_difference_is_told_at_its_own_place(wrote: Any, said: Any, spellings: tuple[Spelling, ...]) -> None:
    assert residue(wrote, said) == spellings


@pytest.mark.parametrize(
    ("path", "now"),
    [
        (("a", "b"), {"a": 1}),
        (("a", "b"), {}),
        ((0, "b"), []),
        (("a", 0), {"a": {}}),
        ((3,), [1]),
        ((0,), {"0": 1}),
        (("x",), [1]),
        ((), "other"),
    ],
)
def test_a_place_that_is_no_more_is_left_alone(path: tuple[str | int, ...], now: Any) -> None:
    before = json.dumps(now)
    assert json.dumps(respell(now, (Spelling(path, ("said",), ("wrote",)),))) == before


def test_what_the_origin_left_out_stays_out_only_while_the_writer_says_the_same() -> None:
    spellings = residue({}, {"n": 1})
    assert respell({"n": 1}, spellings) == {}
    assert respell({"n": 2}, spellings) == {"n": 2}


def test_what_the_origin_added_is_not_put_over_a_value_set_since() -> None:
    spellings = residue({"user": None}, {})
    assert respell({}, spellings) == {"user": None}
    assert respell({"user": "me"}, spellings) == {"user": "me"}
