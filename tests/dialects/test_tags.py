"""Proofs of other families on their way through a client, and back in their place."""

import pytest

from pontage.dialects.tags import is_tag, tag, untag
from pontage.domain import Part, Reasoning, Text, ToolCall

CALL = ToolCall(id="c", name="f", arguments="{}")


def thinking(proof: str, text: str = "") -> Reasoning:
    return Reasoning(text=text, signature=proof)


@pytest.mark.parametrize(
    ("brought", "meant"),
    [
        ((thinking(tag("google", "p"), "Hm."), CALL), (thinking("p", "Hm."), CALL)),
        ((thinking(tag("google", "p", "redacted:")),), (Reasoning(signature="p", redacted=True),)),
        ((thinking(tag("google", "p", "next:")), CALL), (ToolCall(id="c", name="f", arguments="{}", signature="p"),)),
        ((Text(text="Hi"), thinking(tag("google", "p", "prev:"))), (Text(text="Hi", signature="p"),)),
        ((thinking(tag("google", "p", "prev:")), CALL), (CALL,)),
        ((CALL, thinking(tag("google", "p", "next:"))), (CALL,)),
        ((thinking(tag("google", "next:p"), "Hm."),), (thinking("next:p", "Hm."),)),
        ((thinking(tag("google", None), "Hm."),), (Reasoning(text="Hm."),)),
    ],
)
def test_a_proof_comes_back_to_what_it_proves(brought: tuple[Part, ...], meant: tuple[Part, ...]) -> None:
    assert untag(brought) == (meant, "google", True)


def test_what_carries_no_tag_stays_as_it_is() -> None:
    parts = (thinking("own proof", "Hm."), CALL)
    assert untag(parts) == (parts, None, False)


def test_a_tag_of_no_family_tells_none() -> None:
    assert untag((thinking(tag(None, "p"), "Hm."),)) == ((thinking("p", "Hm."),), None, True)


def test_a_tag_is_known_by_its_beginning() -> None:
    assert is_tag(tag("google", "p"))
    assert not is_tag("p")
    assert not is_tag(None)
