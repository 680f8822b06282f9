import pytest

from pontage.config.interpolate import interpolate
from pontage.config.nodes import plain_value, scalars
from pontage.config.parse import parse

ENVIRON = {"KEY": "value", "EMPTY": "", "PORT": "4000", "TRICK": "x: {y: 1}\n- ${KEY} $$"}


def result(text, environ=ENVIRON):
    root, _ = parse(text, "p.yaml")
    problems = interpolate(root, environ)
    return plain_value(root), problems, list(scalars(root))


@pytest.mark.parametrize(
    ("written", "value"),
    [
        ("${KEY}", "value"),
        ("a-${KEY}-${PORT}", "a-value-4000"),
        ("${EMPTY}", ""),
        ("${EMPTY:-other}", "other"),
        ("${NONE:-}", ""),
        ("${NONE:-a:b?c}", "a:b?c"),
        ("${KEY:-other}", "value"),
        ("${KEY:?needed}", "value"),
        ("$$", "$"),
        ("$${KEY}", "${KEY}"),
        ("$$$${KEY}", "$${KEY}"),
        ("$$${KEY}", "$value"),
        ("$5 and $KEY", "$5 and $KEY"),
        ("ends with $", "ends with $"),
        ("${TRICK}", ENVIRON["TRICK"]),
    ],
)
def test_what_is_written_and_what_it_becomes(written, value):
    values, problems, _ = result(f"a: '{written}'\n")
    assert problems == []
    assert values == {"a": value}


@pytest.mark.parametrize(
    ("text", "place", "words"),
    [
        ("a: ${NONE}", (1, 4), "environment variable NONE is not set"),
        ("a: before ${NONE}", (1, 11), "NONE is not set"),
        ("a: 'x ${NONE}'", (1, 7), "NONE is not set"),
        ('a: "\\t ${NONE}"', (1, 4), "NONE is not set"),  # escapes: the beginning of the value
        ("a: |\n  x\n  ${NONE}\n", (1, 4), "NONE is not set"),
        ("a: ${NONE:?where is it}", (1, 4), "NONE: where is it"),
        ("a: ${EMPTY:?}", (1, 4), "EMPTY: not set, or empty"),
        ("a: ${", (1, 4), "without a name"),
        ("a: ${1A}", (1, 4), "without a name"),
        ("a: ${A-b}", (1, 4), "without a name"),
        ("a: ${A:-${KEY}}", (1, 4), "without a name"),
        ("a: secret://${NAME}", (1, 4), "wants a name"),
        ("b: [x, {c: '${NONE}'}]", (1, 13), "NONE is not set"),
    ],
)
def test_what_cannot_be_replaced_is_told_with_its_place(text, place, words):
    _, (error,), _ = result(text)
    assert (error.line, error.column) == place
    assert words in error.message
    assert error.file == "p.yaml"


def test_all_problems_are_told_and_the_scalars_are_broken():
    _, problems, found = result("a: ${X1}\nb: ${KEY}\nc: ${X2}\n")
    assert len(problems) == 2
    assert [scalar.broken for scalar in found] == [True, False, True]


def test_a_name_that_is_nearly_right_is_suggested():
    _, (error,), _ = result("a: ${OPENAI_APIKEY}", {"OPENAI_API_KEY": "x"})
    assert error.hint == 'did you mean "OPENAI_API_KEY"?'
    _, (error,), _ = result("a: ${ZZ}", {})
    assert error.hint == "set it, or write ${ZZ:-default}"


def test_what_came_from_outside_is_marked_and_the_rest_is_not():
    _, _, found = result("a: ${KEY}\nb: plain\nc: $$x\nd: ${NONE:-default}\n")
    assert [scalar.expanded for scalar in found] == [True, False, False, True]


def test_a_value_shared_by_an_alias_is_replaced_once():
    values, problems, _ = result("a: &x {k: '$$${KEY}'}\nb: *x\n")
    assert problems == []
    assert values == {"a": {"k": "$value"}, "b": {"k": "$value"}}


def test_keys_are_left_alone():
    values, _, _ = result("${KEY}: 1")
    assert values == {"${KEY}": 1}
