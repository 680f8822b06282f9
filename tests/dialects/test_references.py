"""References of a JSON Schema, written out until there is no end to them."""

from typing import Any

from pontage.dialects.references import References

LEAF: dict[str, Any] = {"type": "string"}


def test_a_reference_is_followed_and_what_stands_beside_it_wins() -> None:
    references = References({"$defs": {"leaf": {**LEAF, "title": "Leaf"}}})
    with references.within({"$ref": "#/$defs/leaf", "title": "Mine"}) as fields:
        assert fields == {"type": "string", "title": "Mine"}
    assert (references.followed, references.missed) == (True, False)


def test_all_members_of_an_all_of_are_one_schema() -> None:
    members = [{"properties": {"a": LEAF}, "required": ["a"]}, {"$ref": "#/$defs/b"}, True]
    references = References({"$defs": {"b": {"properties": {"b": LEAF}, "required": ["b"], "title": "B"}}})
    with references.within({"allOf": members, "title": "Both"}) as fields:
        assert fields == {"title": "Both", "properties": {"a": LEAF, "b": LEAF}, "required": ["a", "b"]}


def test_a_reference_to_itself_or_to_nothing_is_missed() -> None:
    references = References({"$defs": {"loop": {"items": {"$ref": "#/$defs/loop"}}}})
    with references.within({"$ref": "#/$defs/loop"}) as outer, references.within(outer["items"]) as inner:
        assert inner == {}
    assert references.missed
    nowhere = References({})
    with nowhere.within({"$ref": "#/$defs/none", "title": "Mine"}) as fields:
        assert fields == {"title": "Mine"}
    assert nowhere.missed


def test_a_reference_may_be_followed_again_beside_itself() -> None:
    references = References({"$defs": {"leaf": LEAF}})
    for _ in range(2):
        with references.within({"$ref": "#/$defs/leaf"}) as fields:
            assert fields == LEAF
    assert not references.missed


def test_there_is_an_end_to_schemas() -> None:
    references = References({})
    for _ in range(5_000):
        with references.within(LEAF) as fields:
            assert fields == LEAF
    with references.within(LEAF) as fields:
        assert fields == {}
    assert references.missed
