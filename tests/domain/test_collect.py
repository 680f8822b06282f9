"""`collect`: a stream of events and the whole answer it tells."""

from collections.abc import Iterator
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pontage.domain import (
    ChatResponse,
    Choice,
    Delta,
    Ending,
    Finished,
    Message,
    Note,
    Origin,
    PartEnded,
    PartStarted,
    Started,
    Stop,
    StreamEvent,
    Text,
    TokenLogprob,
    TokenUsage,
    ToolCall,
    collect,
)

ORIGIN = Origin("somewhere", model="m")


def tell(response: ChatResponse, order: list[int]) -> Iterator[StreamEvent]:
    """The events of `response`; `order` mixes the parts of its choices, which all stay open to the end."""
    yield Started(id=response.id, model=response.model, origin=response.origin, created=response.created)
    parts: list[tuple[int, int, Any]] = [
        (number, index, part)
        for number, choice in enumerate(response.choices)
        for index, part in enumerate(choice.message.parts)
    ]
    mixed = [parts[place] for place in sorted(range(len(parts)), key=lambda place: order[place % len(order)])]
    for number, index, _ in mixed:
        yield PartStarted(index, Text(text=""), number)
    for number, index, part in mixed:
        yield Delta(index, part.text, number)
    for number, index, part in reversed(mixed):
        yield PartEnded(index, part, number)
    yield Finished(endings=tuple(Ending(stop=choice.stop) for choice in response.choices), usage=response.usage)


@given(
    st.lists(st.lists(st.text(max_size=5), max_size=4), min_size=1, max_size=3),
    st.lists(st.integers(0, 9), min_size=1, max_size=9),
)
def test_parts_keep_their_choice_and_place_in_whatever_order_they_end(texts: list[list[str]], order: list[int]) -> None:
    response = ChatResponse(
        id="1",
        model="m",
        created=5,
        origin=ORIGIN,
        usage=TokenUsage(input=1),
        choices=tuple(
            Choice(
                message=Message(role="assistant", parts=tuple(Text(text=text) for text in told), origin=ORIGIN),
                stop=Stop("stop"),
            )
            for told in texts
        ),
    )
    assert collect(tell(response, order)) == response


def test_what_is_told_at_the_end_goes_before_what_was_told_at_the_start() -> None:
    finished = Finished(
        endings=(Ending(stop=Stop("length"), extra={"a": 1}, message_extra={"b": 2}),),
        usage=TokenUsage(input=2),
        service_tier="flex",
        notes=(Note("dropped", "seed"),),
        extra={"late": 1, "both": "end"},
    )
    started = Started(
        id="1", model="m", usage=TokenUsage(input=1), service_tier="auto", extra={"early": 1, "both": "start"}
    )
    response = collect([started, finished])
    assert response.usage == TokenUsage(input=2)
    assert response.service_tier == "flex"
    assert response.notes == finished.notes
    assert response.extra == {"early": 1, "late": 1, "both": "end"}
    assert response.choices[0].extra == {"a": 1}
    assert response.message == Message(role="assistant", extra={"b": 2})
    assert response.stop == Stop("length") == finished.stop
    silent = collect([started, Finished(endings=())])
    assert (silent.usage, silent.service_tier, silent.stop) == (TokenUsage(input=1), "auto", Stop("other"))
    assert Finished(endings=()).stop == Stop("other")


def test_logprobs_are_joined_for_each_choice_and_absent_where_none_were_told() -> None:
    one, two = TokenLogprob("a", -0.5), TokenLogprob("b", -0.25)
    response = collect(
        [
            Started(id="1", model="m"),
            PartStarted(0, Text(text="")),
            Delta(0, "a", logprobs=(one,)),
            Delta(0, "b", 1),
            Delta(0, "b", logprobs=(two,)),
            PartEnded(0, Text(text="ab")),
            PartEnded(0, Text(text="b"), 1),
            Finished(endings=(Ending(stop=Stop("stop")), Ending(stop=Stop("stop")))),
        ]
    )
    assert [choice.logprobs for choice in response.choices] == [(one, two), None]


def test_a_part_told_twice_is_as_it_was_told_last() -> None:
    response = collect(
        [
            Started(id="1", model="m"),
            PartEnded(0, ToolCall(id="1", name="f", arguments="{")),
            PartEnded(0, ToolCall(id="1", name="f", arguments="{}")),
            Finished(endings=(Ending(stop=Stop("tool_calls")),)),
        ]
    )
    assert response.message.tool_calls == (ToolCall(id="1", name="f", arguments="{}"),)


@pytest.mark.parametrize(
    "events", [[], [Started(id="", model="")], [Finished(endings=(Ending(stop=Stop("stop")),))], [Delta(0, "x")]]
)
def test_half_an_answer_is_not_an_answer(events: list[StreamEvent]) -> None:
    with pytest.raises(ValueError, match="no beginning or no end"):
        collect(events)
