import pytest

from pontage.config.nodes import MappingNode, plain_value, resolve, scalars
from pontage.config.parse import MAX_BYTES, MAX_DEPTH, MAX_VALUES, parse
from pontage.errors import ConfigError


def values(text):
    root, problems = parse(text, "p.yaml")
    assert problems == []
    return plain_value(root)


def refused(text):
    with pytest.raises(ConfigError) as caught:
        parse(text, "p.yaml")
    return caught.value


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("", None),
        ("~", None),
        ("Null", None),
        ("true", True),
        ("FALSE", False),
        ("yes", "yes"),
        ("no", "no"),
        ("on", "on"),
        ("0", 0),
        ("-17", -17),
        ("+5", 5),
        ("010", 10),
        ("0o17", 15),
        ("0xfF", 255),
        ("1.50", 1.5),
        ("-.5", -0.5),
        ("1e3", 1000.0),
        (".inf", float("inf")),
        ("-.Inf", float("-inf")),
        ("127.0.0.1", "127.0.0.1"),
        ("12:30", "12:30"),
        ("2024-01-01", "2024-01-01"),
        ("1_000", "1_000"),
        ("0b1", "0b1"),
    ],
)
def test_plain_text_means_what_the_core_schema_says(text, value):
    assert resolve(text) == value
    assert type(resolve(text)) is type(value)


def test_not_a_number_is_a_number():
    assert resolve(".nan") != resolve(".nan")


def test_the_longest_integers_cost_nothing_and_never_fail():
    assert isinstance(resolve("9" * 400), int)
    assert resolve("9" * 5000) == float("inf")


def test_all_of_yaml_that_a_configuration_needs():
    text = """
    base: &base {a: 1, b: 'no', c: "x\\ty"}
    list: [1, 2.5, true, ~, 'true', ! 7, !!str 8, !!int "9"]
    block: |
      one
      two
    merged: {<<: *base, a: 2}
    several:
      <<: [{a: 9}, *base]
      d: 4
    same: *base
    "quoted key": x
    5: five
    """
    assert values(text) == {
        "base": {"a": 1, "b": "no", "c": "x\ty"},
        "list": [1, 2.5, True, None, "true", "7", "8", 9],
        "block": "one\ntwo\n",
        "merged": {"a": 2, "b": "no", "c": "x\ty"},
        "several": {"d": 4, "a": 9, "b": "no", "c": "x\ty"},
        "same": {"a": 1, "b": "no", "c": "x\ty"},
        "quoted key": "x",
        "5": "five",
    }


@pytest.mark.parametrize("text", ["", "\n", "# nothing\n", "---\n", "~", "{}"])
def test_an_empty_file_is_an_empty_mapping(text):
    assert values(text) == {}


def test_every_node_knows_its_place():
    root, _ = parse("server:\n  port: 1\n  host: 'x'\nlist: [a,\n  b]\n", "p.yaml")
    server = root.entries["server"]
    assert (server.place.line, server.place.column, server.end) == (1, 1, (1, 7))
    assert isinstance(server.node, MappingNode)
    port = server.node.entries["port"].node
    assert str(port.place) == "p.yaml:2:9"
    assert [(scalar.text, scalar.place.line, scalar.place.column) for scalar in scalars(root)] == [
        ("1", 2, 9),
        ("x", 3, 9),
        ("a", 4, 8),
        ("b", 5, 3),
    ]


def test_a_shared_node_is_visited_once():
    root, _ = parse("a: &x [1, 2]\nb: *x\nc: *x\n", "p.yaml")
    assert [scalar.text for scalar in scalars(root)] == ["1", "2"]


@pytest.mark.parametrize(
    ("text", "line", "column", "words"),
    [
        ("a: b: c", 1, 5, "mapping values"),
        ("a: [1, 2", 1, 9, "expected"),
        ("a:\n\tport: 3", 2, 1, r"\\t"),
        ("a: 'x", 1, 6, "quoted|end of stream"),
        ("x: 1\na: *zz", 2, 4, "no such anchor"),
        ("a: &x [1, *x]", 1, 11, "no such anchor"),
        ("a: 1\nb: \x00", 2, 4, "U\\+0000"),
        ("a: 1\n---\nb: 2", 2, 1, "more than one document"),
        ("- a\n- b", 1, 1, "expected settings"),
        ("just text", 1, 1, "expected settings"),
        ("? [a]\n: b", 1, 3, "a key must be plain text"),
        ("*a : b", 1, 1, "a key must be plain text"),
    ],
)
def test_what_cannot_be_read_is_refused_with_its_place(text, line, column, words):
    error = refused(text)
    assert (error.file, error.line, error.column) == ("p.yaml", line, column)
    with pytest.raises(ConfigError, match=words):
        raise error


def test_braces_without_quotes_get_a_hint():
    assert refused("a: {key: ${KEY}}").hint == "inside { } and [ ], put ${...} in quotes"


def test_what_the_yaml_reader_quotes_is_left_out_unless_it_is_punctuation():
    assert refused("a: {b: {c}, d: [1}").message == "not valid YAML: expected ',' or ']', but got '}'"
    assert refused("- a\nb: c").message == "not valid YAML: expected <block end>, but found '?'"
    assert refused("a: !x!y z").message == "not valid YAML: found undefined tag handle ..."


def test_duplicate_keys_are_all_told_and_the_first_holds():
    root, problems = parse("a: 1\nb: 2\na: 3\nc: {d: 1, d: 2}\n", "p.yaml")
    assert [(error.line, error.column, error.message, error.hint) for error in problems] == [
        (3, 1, 'duplicate key "a"', "first on line 1"),
        (4, 11, 'duplicate key "d"', "first on line 4"),
    ]
    assert plain_value(root) == {"a": 1, "b": 2, "c": {"d": 1}}


def test_foreign_tags_and_odd_merges_are_told():
    _, problems = parse("a: !python/object:os.system x\nb: !mine {c: 1}\nc: {<<: 5}\nd: {<<: [{}, 1]}\n", "p.yaml")
    assert [(error.line, error.column) for error in problems] == [(1, 4), (2, 4), (3, 5), (4, 5)]
    _, problems = parse("a: !<tag:example.com,2000:x> 1", "p.yaml")
    assert problems[0].message == "tags are not supported"


@pytest.mark.parametrize("mark", ["!", "*", "& ", "!x!", "@", "`", "%", '"', "'", "|", ">"])
def test_a_password_that_yaml_takes_for_something_else_is_not_repeated(mark):
    text = f"api_key: {mark}canary#x!\nb: [1\n"
    assert "canary" not in refused(text).message
    try:
        _, problems = parse(text.removesuffix("b: [1\n"), "p.yaml")
    except ConfigError as error:
        problems = [error]
    assert "canary" not in "".join(f"{error.message} {error.hint}" for error in problems)


def test_depth_is_bounded_written_or_through_aliases():
    levels = MAX_DEPTH - 1
    assert values("a: " + "[" * (levels - 1) + "]" * (levels - 1))
    assert "levels deep" in refused("a: " + "[" * 5000).message
    assert "levels deep" in refused("a: " + "{a: " * 5000).message
    ladder = "a0: &a0 [1]\n" + "".join(f"a{n}: &a{n} [*a{n - 1}]\n" for n in range(1, MAX_DEPTH + 1))
    assert "aliases written out" in refused(ladder).message


def test_an_alias_bomb_is_refused_before_it_goes_off():
    bomb = "a0: &a0 [x,x,x,x,x,x,x,x,x]\n"
    bomb += "".join(f"a{n}: &a{n} [{','.join([f'*a{n - 1}'] * 9)}]\n" for n in range(1, 30))
    assert f"more than {MAX_VALUES} values" in refused(bomb).message


def test_a_merge_bomb_is_refused_as_well():
    wide = "base: &b0 {" + ", ".join(f"k{n}: 1" for n in range(1000)) + "}\n"
    wide += "".join(f"b{n}: {{<<: *b0}}\n" for n in range(1, 200))
    assert f"more than {MAX_VALUES} values" in refused(wide).message


def test_size_is_bounded():
    assert f"larger than {MAX_BYTES} bytes" in refused("#" * (MAX_BYTES + 1)).message
    assert values("a: 1\n" + "#" * (MAX_BYTES - 10)) == {"a": 1}
