"""A turn that says nothing: whichever format leaves it out tells so."""

import json
from typing import Any

import pytest

from pontage.dialects.table import PROVIDER_SIDES
from pontage.domain import ChatRequest, Message, Note, Origin, Part, Text
from pontage.domain.chat import Role

ASKED = Message(role="user", parts=(Text(text="Hi"),), origin=Origin("elsewhere"))
SILENT: list[tuple[Role, tuple[Part, ...]]] = [
    ("user", ()),
    ("assistant", ()),
    ("system", ()),
    ("user", (Text(text=""),)),
    ("assistant", (Text(text=""),)),
]


def written(dialect: str, *messages: Message) -> tuple[list[str], tuple[Note, ...]]:
    """The roles of the turns in the order they are sent, and the notes."""
    encoded = PROVIDER_SIDES[dialect].encode_request(ChatRequest(model="m", messages=messages))
    body: Any = json.loads(encoded.body)
    return [turn["role"] for turn in body.get("messages") or body.get("contents") or body["input"]], encoded.notes


@pytest.mark.parametrize("dialect", PROVIDER_SIDES)
@pytest.mark.parametrize(("role", "parts"), SILENT)
@pytest.mark.parametrize("origin", [None, Origin("elsewhere")])
def test_a_turn_that_is_left_out_is_noted(dialect: str, role: Role, parts: tuple[Part, ...], origin: Origin | None):
    turns, notes = written(dialect, ASKED, Message(role=role, parts=parts, origin=origin), ASKED)
    noted = any(note.kind == "dropped" and note.where.startswith("messages[1]") for note in notes)
    assert noted or len(turns) == 3


@pytest.mark.parametrize("dialect", PROVIDER_SIDES)
def test_rules_that_say_nothing_are_noted_where_they_are_left_out(dialect: str):
    _, notes = written(dialect, Message(role="system", parts=(), origin=Origin("elsewhere")), ASKED)
    assert [note.where for note in notes if note.kind == "dropped"] == ["messages[0]"]
