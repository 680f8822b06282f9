"""Conversations are known again, for a while, and not without end."""

from pontage.domain.chat import ChatRequest, FunctionTool, Message, TokenUsage
from pontage.domain.parts import Text
from pontage.router.bonds import HELD, MOST, Bonds, cached_of, conversation_of
from pontage.router.plan import Bond

BOND = Bond(place=("p", "m", ""), key="key-2", cached=900)


def request(*turns: str, model: str = "m", **fields: object) -> ChatRequest:
    roles = {"s": "system", "u": "user", "a": "assistant"}
    messages = tuple(Message(role=roles[turn[0]], parts=(Text(text=turn),)) for turn in turns)  # type: ignore[arg-type]
    return ChatRequest(model=model, messages=messages, **fields)  # type: ignore[arg-type]


def test_a_conversation_is_known_by_how_it_begins() -> None:
    first = conversation_of(request("s1", "u1"))
    assert conversation_of(request("s1", "u1", "a1", "u2")) == first
    assert len({
        first,
        conversation_of(request("s2", "u1")),
        conversation_of(request("s1", "u2")),
        conversation_of(request("s1", "u1", model="n")),
        conversation_of(request("s1", "u1", tools=(FunctionTool(name="f"),))),
        conversation_of(request("s1", "u1", cache_key="k")),
    }) == 6  # fmt: skip
    assert conversation_of(request("u1", cache_key="k")) == conversation_of(request("u9", cache_key="k"))


def test_a_bond_holds_for_an_hour_and_its_cache_for_less() -> None:
    bonds = Bonds()
    assert bonds.find("c", 0.0) is None
    bonds.keep("c", BOND, 0.0)
    assert bonds.find("c", 300.0) == BOND
    cold = bonds.find("c", 301.0)
    assert cold is not None
    assert (cold.place, cold.key, cold.cached) == (BOND.place, "key-2", 0)
    assert bonds.find("c", HELD + 1) is None


def test_the_most_silent_conversation_is_forgotten_first() -> None:
    bonds = Bonds()
    for number in range(MOST):
        bonds.keep(str(number), BOND, 0.0)
    bonds.keep("0", BOND, 1.0)
    bonds.keep("new", BOND, 1.0)
    assert bonds.find("0", 1.0) == BOND
    assert bonds.find("1", 1.0) is None


def test_what_a_provider_probably_has_cached() -> None:
    assert cached_of(None) == 0
    assert cached_of(TokenUsage(input=500)) == 0
    assert cached_of(TokenUsage(input=100, cache_read=400)) == 500
    assert cached_of(TokenUsage(input=100, cache_read=0, cache_write_1h=400)) == 500
