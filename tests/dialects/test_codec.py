"""The codec: wire Structs and JSON, losing nothing, whatever a vendor invents."""

from __future__ import annotations

import contextlib
import json
from typing import Any

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec import UNSET, Raw, UnsetType

from pontage.dialects.codec import DEPTH_LIMIT, EXTRA_KEY, UNKNOWN_TAG, Codec, Unknown, Wire
from pontage.dialects.spelling import same
from pontage.errors import InvalidRequestError, ProtocolError


class Words(Wire, tag="words"):
    text: str
    mark: Inner | UnsetType | None = UNSET


class Call(Wire, tag="call"):
    name: str
    input: Raw
    note: Raw | UnsetType = UNSET


class Inner(Wire):
    size: int
    deep: Inner | UnsetType | None = UNSET


class Turn(Wire):
    role: str
    content: str | list[Words | Call | Unknown] | UnsetType | None = UNSET


class Options(Wire, rename="camel"):
    top_limit: int | UnsetType = UNSET
    inner_options: Options | UnsetType = UNSET


class Body(Wire):
    model: str
    turns: list[Turn] = msgspec.field(default_factory=list)
    limits: dict[str, Inner] | UnsetType = UNSET
    schema: dict[str, Any] | UnsetType = UNSET
    pair: tuple[Inner, ...] | UnsetType = UNSET
    top_p: float | UnsetType | None = UNSET


CODEC = Codec(Body)
ANSWERS = Codec(Body, of="response")

SCALARS = st.none() | st.booleans() | st.integers(-(2**66), 2**66) | st.floats(allow_nan=False, allow_infinity=False)
JSON: st.SearchStrategy[Any] = st.recursive(
    SCALARS | st.text(max_size=8),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3),
    max_leaves=6,
)
KNOWN = {"model", "turns", "limits", "schema", "pair", "top_p", "role", "content", "type", "text", "mark", "name"}
KNOWN |= {"input", "note", "size", "deep"}
SURPRISES = st.dictionaries(
    st.text(max_size=8).filter(lambda name: name not in KNOWN) | st.just(EXTRA_KEY), JSON, max_size=2
)


def objects(required: dict[str, Any], optional: dict[str, Any]) -> st.SearchStrategy[dict[str, Any]]:
    known = st.fixed_dictionaries(required, optional=optional)
    return st.builds(lambda surprises, fields: {**surprises, **fields}, SURPRISES, known)


INNERS = objects({"size": st.integers(0, 9)}, {"deep": st.none() | objects({"size": st.integers(0, 9)}, {})})
BLOCKS = st.one_of(
    objects({"type": st.just("words"), "text": st.text()}, {"mark": st.none() | INNERS}),
    objects({"type": st.just("call"), "name": st.text(), "input": JSON}, {"note": JSON}),
    objects({"type": st.sampled_from(["hologram", UNKNOWN_TAG])}, {"text": JSON, "data": JSON}),
)
TURNS = objects({"role": st.text()}, {"content": st.none() | st.text() | st.lists(BLOCKS, max_size=3)})
BODIES = objects(
    {"model": st.text()},
    {
        "turns": st.lists(TURNS, max_size=3),
        "limits": st.dictionaries(st.text(max_size=3), INNERS, max_size=2),
        "schema": st.dictionaries(st.text(max_size=3), JSON, max_size=2),
        "pair": st.lists(INNERS, max_size=2),
        "top_p": st.none() | st.floats(0, 1),
    },
)


def without_empty_turns(body: dict[str, Any]) -> dict[str, Any]:
    """A field at its default is not written: the one thing that a Struct with a default does not remember."""
    return {key: value for key, value in body.items() if (key, value) != ("turns", [])}


@given(BODIES)
def test_whatever_was_read_is_written_again(body: dict[str, Any]) -> None:
    written = json.loads(CODEC.encode(CODEC.decode(json.dumps(body).encode())))
    assert same(written, without_empty_turns(body))


@given(BODIES)
def test_builtins_are_the_written_json(body: dict[str, Any]) -> None:
    value = CODEC.decode(json.dumps(body).encode())
    assert same(CODEC.builtins(value), json.loads(CODEC.encode(value)))
    assert same(CODEC.builtins(CODEC.convert(body)), json.loads(CODEC.encode(value)))


@given(st.binary(max_size=40) | JSON.map(lambda value: json.dumps(value).encode()))
def test_anything_else_is_a_typed_error(body: bytes) -> None:
    for codec, kind in ((CODEC, InvalidRequestError), (ANSWERS, ProtocolError)):
        try:
            value = codec.decode(body)
        except kind:
            continue
        assert isinstance(value, Body)


@given(BODIES, st.data())
def test_a_body_cut_or_changed_anywhere_is_read_or_refused(body: dict[str, Any], data: st.DataObject) -> None:
    text = bytearray(json.dumps(body).encode())
    position = data.draw(st.integers(0, len(text) - 1))
    text[position : position + data.draw(st.integers(0, 3))] = data.draw(st.binary(max_size=2))
    with contextlib.suppress(InvalidRequestError):
        CODEC.encode(CODEC.decode(bytes(text)))


def test_unknown_fields_and_blocks_keep_their_place() -> None:
    value = CODEC.decode(
        b'{"model":"m","new":1,"turns":[{"role":"user","odd":[2],"content":'
        b'[{"type":"words","text":"x","mark":{"size":1,"far":{"a":null}}},{"type":"hologram","w":3}]}]}'
    )
    assert value.extra == {"new": 1}
    (turn,) = value.turns
    assert turn.extra == {"odd": [2]}
    assert isinstance(turn.content, list)
    words, hologram = turn.content
    assert isinstance(words, Words)
    assert isinstance(words.mark, Inner)
    assert words.mark.extra == {"far": {"a": None}}
    assert isinstance(hologram, Unknown)
    assert hologram.data == {"type": "hologram", "w": 3}
    assert hologram.extra == {}


def test_raw_text_is_kept_as_it_was_written_also_beside_surprises() -> None:
    for surprise in (b"", b',"new":1'):
        body = b'{"model":"m","turns":[{"role":"a","content":[{"type":"call","name":"f","input":{"x" : 1.50}%b}]}]}'
        value = CODEC.decode(body % surprise)
        assert isinstance(value.turns[0].content, list)
        call = value.turns[0].content[0]
        assert isinstance(call, Call)
        assert bytes(call.input) == b'{"x" : 1.50}'


def test_null_absent_and_zero_are_three_things() -> None:
    absent, null, zero = (CODEC.decode(b'{"model":"m"%b}' % more) for more in (b"", b',"top_p":null', b',"top_p":0'))
    assert (absent.top_p, null.top_p, zero.top_p) == (UNSET, None, 0)
    assert CODEC.encode(null) == b'{"model":"m","top_p":null}'


def test_the_codecs_own_names_in_a_body_are_data_like_any_other() -> None:
    bodies: list[Any] = [
        {"model": "m", EXTRA_KEY: {"model": "other", "turns": 1}},
        {"model": "m", EXTRA_KEY: 3},
        {"model": "m", "turns": [{"role": "a", "content": [{"type": UNKNOWN_TAG}]}]},
        {"model": "m", "turns": [{"role": "a", "content": [{"type": UNKNOWN_TAG, "data": {"a": 1}, "b": 2}]}]},
        {"model": "m", "turns": [{"role": "a", "content": 'the text "~pontage.extra": {} itself'}]},
        {"model": "m", "schema": {"type": UNKNOWN_TAG}},
        {"model": "m", "schema": {"a": {EXTRA_KEY: None}}},
        {"model": "m", "new": {"type": UNKNOWN_TAG, "data": 1, EXTRA_KEY: [1]}},
    ]
    for body in bodies:
        assert same(json.loads(CODEC.encode(CODEC.decode(json.dumps(body).encode()))), body), body


def test_a_known_field_is_not_overwritten_by_an_extra_of_its_name() -> None:
    value = Body(model="mine", extra={"model": "theirs", "new": 1})
    assert json.loads(CODEC.encode(value)) == {"model": "mine", "new": 1}


@pytest.mark.parametrize(
    ("body", "param"),
    [
        (b"{}", "model"),
        (b'{"model":1}', "model"),
        (b'{"model":1,"new":2}', "model"),
        (b'{"model":"m","turns":{}}', "turns"),
        (b'{"model":"m","turns":[{}]}', "turns[0].role"),
        (b'{"model":"m","turns":[{"role":"a","content":[{"type":"words"}]}]}', "turns[0].content[0].text"),
        (b'{"model":"m","turns":[{"role":"a","content":[{"type":"words"}],"new":1}]}', "turns[0].content[0].text"),
        (b'{"model":"m","turns":[{"role":"a"},{"role":"a","content":[{"text":"x"}]}]}', "turns[1].content[0].type"),
        (b'{"model":"m","turns":[{"role":"a","content":[7]}]}', "turns[0].content[0]"),
        (b'{"model":"m","top_p":"high"}', "top_p"),
        (b'{"model":"m","top_p":1e999}', None),
        (b"[]", None),
        (b'"text"', None),
        (b"", None),
        (b"{", None),
        (b'{"model":"m"} {}', None),
        (b'{"model":"\xff"}', None),
        (b'{"model":"m","new":"\xff"}', None),
        (b'{"model":"m","new":NaN}', None),
    ],
)
def test_the_field_at_fault_is_named_as_the_caller_wrote_it(body: bytes, param: str | None) -> None:
    with pytest.raises(InvalidRequestError) as caught:
        CODEC.decode(body)
    assert caught.value.param == param
    if param:
        assert f"`{param}`" in caught.value.message
    with pytest.raises(ProtocolError) as answer:
        ANSWERS.decode(body)
    assert param is None or param in answer.value.message


@pytest.mark.parametrize("name", ["~pontage.extra", r"\u007epontage.extra", "~pontage.unknown"])
def test_a_forged_name_harms_nobody(name: str) -> None:
    for value in ("1", "null", "[]", '{"model":"x","b":1}'):
        for place in ('{"model":"m","%s":%s}', '{"model":"m","schema":{"type":"%s","data":%s}}'):
            written = json.loads(CODEC.encode(CODEC.decode((place % (name, value)).encode())))
            assert written["model"] == "m"


PLACES = [b'{"model":"m","schema":{"a":%b}}', b'{"model":"m","new":%b}', b'{"model":"m","limits":{"a":%b}}', b"%b"]


@pytest.mark.parametrize("place", PLACES)
@pytest.mark.parametrize(("opening", "closing"), [(b"[", b"]"), (b'{"size":1,"deep":', b"}"), (b'{"\\"}":', b"}")])
@pytest.mark.parametrize("depth", [120, 129, 1000, 100_000])
def test_a_body_that_is_too_deep_is_refused(place: bytes, opening: bytes, closing: bytes, depth: int) -> None:
    body = place % (opening * depth + b"null" + closing * depth)
    if depth > DEPTH_LIMIT:
        with pytest.raises(InvalidRequestError, match="deeper"):
            CODEC.decode(body)
        return
    with contextlib.suppress(InvalidRequestError):  # of the wrong type at that place
        value = CODEC.decode(body)
        assert same(json.loads(CODEC.encode(value)), json.loads(body))
        assert CODEC.builtins(value)["model"] == "m"


def test_many_brackets_are_not_deep() -> None:
    for value in ([[]] * 500, ['{{[["' * 500], ["\\" * 301 + "[" * 500], {'"[' * 200: 1}):
        body = json.dumps({"model": "m", "new": value}).encode()
        assert json.loads(CODEC.encode(CODEC.decode(body))) == json.loads(body)


def test_another_spelling_of_a_field_is_read_as_its_own() -> None:
    def camel(name: str) -> str:
        first, *rest = name.split("_")
        return first + "".join(word.title() for word in rest)

    codec = Codec(Options, alias=camel)
    value = codec.decode(b'{"top_limit":1,"inner_options":{"top_limit":2,"new_field":3}}')
    assert value == Options(top_limit=1, inner_options=Options(top_limit=2, extra={"new_field": 3}))
    assert codec.encode(value) == b'{"topLimit":1,"innerOptions":{"topLimit":2,"new_field":3}}'
