"""What a writer knows of a value: whose it is, and what becomes of its fields without a name."""

from typing import Any

from pontage.dialects.notes import Notes
from pontage.dialects.scope import Scope, is_from, merge, put_extra
from pontage.domain import Note, Origin


def test_a_value_is_from_the_format_that_it_was_read_in() -> None:
    assert is_from(Origin("openai_chat"), "openai_chat")
    assert not is_from(Origin("openai_chat"), "cohere_chat")
    assert not is_from(None, "openai_chat")


def test_what_is_said_wins_over_what_was_kept() -> None:
    said: dict[str, Any] = {"model": "m", "seed": None, "inner": {"a": 1, "deep": {"b": 2}}, "stop": ["x"]}
    kept = {"model": "other", "seed": 7, "inner": {"a": 9, "deep": {"c": 3}}, "stop": ["y"], "more": True}
    merge(said, kept)
    assert said == {
        "model": "m", "seed": 7, "inner": {"a": 1, "deep": {"b": 2, "c": 3}}, "stop": ["x", "y"], "more": True,
    }  # fmt: skip


def test_what_is_joined_stays_as_it_was_where_it_came_from() -> None:
    inner = {"a": 1}
    said: dict[str, Any] = {"inner": inner}
    merge(said, {"inner": {"b": 2}})
    assert inner == {"a": 1}


def test_fields_go_along_or_are_noted() -> None:
    notes = Notes()
    said: dict[str, Any] = {}
    put_extra(said, {"store": True}, Scope(notes=notes, own=False, carried=True), "tools[0]")
    assert (said, notes.all()) == ({"store": True}, ())
    put_extra(said, {"prefix": True, "user": None}, Scope(notes=notes, own=False, carried=False), "tools[0]")
    assert said == {"store": True}
    assert [(note.kind, note.where) for note in notes.all()] == [("dropped", "tools[0].prefix")]
    assert isinstance(notes.all()[0], Note)
