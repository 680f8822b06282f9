"""The list of what a translation could not carry."""

from pontage.dialects.notes import Notes
from pontage.domain import Note


def test_notes_stand_in_the_order_they_were_made() -> None:
    notes = Notes()
    notes.dropped("seed", "no seed there")
    notes.approximated("temperature")
    notes.unsupported("n")
    notes.injected("max_tokens")
    assert notes.all() == (
        Note("dropped", "seed", "no seed there"),
        Note("approximated", "temperature"),
        Note("unsupported", "n"),
        Note("injected", "max_tokens"),
    )


def test_one_path_has_one_note_of_a_kind_and_the_first_stays() -> None:
    notes = Notes()
    notes.dropped("seed", "first")
    notes.dropped("seed", "second")
    notes.approximated("seed", "other kind")
    notes.extend([Note("dropped", "seed", "third"), Note("dropped", "user")])
    assert notes.all() == (
        Note("dropped", "seed", "first"),
        Note("approximated", "seed", "other kind"),
        Note("dropped", "user"),
    )


def test_extras_are_named_below_the_value_they_belong_to() -> None:
    notes = Notes()
    notes.extras({"logit_bias": {"1": 5}, "store": False, "user": None, "stop": [], "metadata": {}, "suffix": ""})
    notes.extras({"foo": 1}, "messages[0].parts[1]")
    assert [note.where for note in notes.all()] == ["logit_bias", "store", "messages[0].parts[1].foo"]
    assert {note.kind for note in notes.all()} == {"dropped"}


def test_a_conversation_kept_at_its_provider_cannot_be_had_elsewhere() -> None:
    notes = Notes()
    notes.extras({"previous_response_id": "resp_1", "store": True})
    notes.extras({"conversation": "c"}, "messages[0]")
    assert [(note.kind, note.where) for note in notes.all()] == [
        ("unsupported", "previous_response_id"),
        ("dropped", "store"),
        ("dropped", "messages[0].conversation"),
    ]


def test_no_translation_has_no_notes() -> None:
    assert Notes().all() == ()
