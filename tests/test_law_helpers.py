"""The measure itself is measured: what the laws take for a difference, a cover, an invention."""

from typing import Any

import pytest
from msgspec.structs import replace

from pontage.domain import (
    ChatRequest,
    ChatResponse,
    Choice,
    Citation,
    FunctionTool,
    Message,
    Note,
    Origin,
    Reasoning,
    Spelling,
    Stop,
    Text,
    TokenUsage,
    ToolCall,
)
from tests.laws import differences, extras, invented, related, resolves, silent, uncovered
from tests.plain import plain


def asking(*messages: Message, **fields: object) -> ChatRequest:
    return ChatRequest(model="m", messages=messages, **fields)  # type: ignore[arg-type] # any field of a request


def says(role: str, *texts: str) -> Message:
    return Message(role=role, parts=tuple(Text(text=text) for text in texts))  # type: ignore[arg-type] # a role


def paths(before: ChatRequest, after: ChatRequest) -> list[str]:
    return [one.path for one in differences(before, after)]


def test_provenance_and_own_words_are_no_difference() -> None:
    one = ChatResponse(
        id="1",
        model="m",
        choices=(Choice(message=says("assistant", "x"), stop=Stop("stop", raw="end"), extra={"a": 1}),),
        usage=TokenUsage(input=1, raw={"in": 1}),
        origin=Origin("here"),
        spelling=(Spelling(("a",)),),
        notes=(Note("dropped", "seed"),),
    )
    other = ChatResponse(
        id="1",
        model="m",
        choices=(Choice(message=says("assistant", "x"), stop=Stop("stop")),),
        usage=TokenUsage(input=1),
    )
    assert plain(one) == plain(other)
    assert differences(one, other) == []


def test_a_field_without_a_name_is_hidden_but_a_caller_s_own_data_is_not() -> None:
    tool = FunctionTool(name="f", parameters={"properties": {"extra": {}, "origin": {}}}, extra={"x": 1})
    assert plain(tool) == {"type": "function", "name": "f", "parameters": {"properties": {"extra": {}, "origin": {}}}}


def test_adjacent_messages_of_one_role_are_one_turn() -> None:
    apart = asking(says("user", "a"), says("user", "b"), says("assistant", "c"))
    merged = asking(says("user", "a", "b"), says("assistant"), says("assistant", "c"))
    assert differences(apart, merged) == []
    assert paths(apart, asking(says("user", "a", "c"), says("assistant", "b"))) != []


def test_arguments_are_compared_as_json() -> None:
    def call(arguments: str) -> ChatRequest:
        return asking(Message(role="assistant", parts=(ToolCall(id="1", name="f", arguments=arguments),)))

    assert differences(call('{"a": 1}'), call('{"a":1}')) == []
    assert differences(call(""), call("{}")) == []
    assert paths(call('{"a": 1}'), call('{"a": 2}')) == ["messages[0].parts[0].arguments.a"]
    assert paths(call("{broken"), call("{}")) == ["messages[0].parts[0].arguments"]


@pytest.mark.parametrize(
    ("after", "expected"),
    [
        (asking(says("user", "a", "b")), ["seed"]),
        (asking(says("user", "b"), seed=1), ["messages[0].parts[0]"]),
        (asking(says("user", "a", "B"), seed=1), ["messages[0].parts[1].text"]),
        (asking(says("user", "a", "b", "c"), seed=1), ["messages"]),
        (asking(says("user", "a"), says("assistant", "b"), seed=1), ["messages[0].parts[1].by"]),
        (asking(says("user", "a", "b"), seed=True), ["seed"]),
        (asking(says("user", "a", "b"), seed=1, tools=(FunctionTool(name="f"),)), ["tools"]),
        (
            asking(Message(role="user", name="me", parts=(Text(text="a"), Text(text="b"))), seed=1),
            ["messages"],
        ),
    ],
)
def test_a_difference_is_told_where_it_is(after: ChatRequest, expected: list[str]) -> None:
    assert paths(asking(says("user", "a", "b"), seed=1), after) == expected


def test_what_is_left_out_in_the_middle_shifts_nothing() -> None:
    before = asking(Message(role="assistant", parts=(Reasoning(text="hm"), Text(text="a"), Text(text="b"))))
    assert paths(before, asking(says("assistant", "a", "b"))) == ["messages[0].parts[0]"]


def test_a_note_covers_its_own_place_what_is_below_and_what_is_above() -> None:
    assert related("messages[1]", "messages[1].parts[0].text")
    assert related("messages[1].parts[0].text", "messages[1].parts[0]")
    assert related("seed", "seed")
    assert not related("messages[1]", "messages[10].parts[0]")
    assert not related("stop", "stop_sequence")
    before, after = asking(says("user", "a"), seed=1), asking(says("user", "a"))
    assert uncovered(differences(before, after), [Note("dropped", "seed")]) == []
    assert [one.path for one in uncovered(differences(before, after), [Note("dropped", "top_k")])] == ["seed"]


def test_fields_without_a_name_that_say_something_must_be_told() -> None:
    message = Message(role="user", parts=(Text(text="a", extra={"odd": 1, "none": None}),), extra={"far": [0]})
    request = asking(message, extra={"logit_bias": {"1": 2}, "empty": {}})
    assert set(extras(request)) == {"messages[0].parts[0].odd", "messages[0].far", "logit_bias"}
    notes = [Note("dropped", "logit_bias"), Note("dropped", "messages[0].parts[0]")]
    assert silent(request, notes) == ["messages[0].far"]


def test_a_note_of_a_loss_that_was_none_is_an_invention() -> None:
    before, after = asking(says("user", "a"), seed=1, top_k=2, extra={"x": 1}), asking(says("user", "a"), top_k=2)
    told = [Note("dropped", "seed"), Note("dropped", "x"), Note("injected", "max_tokens")]
    assert invented(before, told, differences(before, after)) == []
    for where in ("top_p", "top_k", "messages[3].name", "messages[0].parts[0].signature", "tools[0].strict"):
        note = Note("dropped", where)
        assert invented(before, [note], differences(before, after)) == [note]


def test_a_path_leads_through_values_and_data() -> None:
    tool = FunctionTool(name="f", parameters={"$defs": {"a": {"type": "object"}}}, extra={"kept": 1})
    request = asking(says("user", "a"), tools=(tool,), stop=("x",))
    for where in ("tools[0].parameters.$defs.a", "tools[0].kept", "stop[0]", "messages[0].parts[0].text", "model"):
        assert resolves(request, where)
    for where in ("tools[1]", "tools[0].strict", "tools[0].parameters.$defs.b", "stop[1]", "seed", "model.name"):
        assert not resolves(request, where)


def answering(*parts: Any) -> ChatResponse:
    message = Message(role="assistant", parts=parts)
    return ChatResponse(id="1", model="m", choices=(Choice(message=message, stop=Stop("stop")),))


def test_texts_of_an_answer_run_together_with_their_citations() -> None:
    one, two = Citation(start=0, end=1, url="u"), Citation(start=0, end=2, url="v")
    before = answering(Text(text="ab", citations=(one,)), Reasoning(text="hm"), Text(text="cd", citations=(two,)))
    moved = Citation(start=2, end=4, url="v")
    after = answering(Text(text="abcd", citations=(one, moved)))
    assert differences(before, after) != []
    gone = [Note("dropped", "choices[0].message.parts[1]")]
    assert uncovered(differences(before, after, gone, answered=True), gone) == []
    assert uncovered(differences(before, answering(Text(text="abcd")), gone, answered=True), gone) != []


def test_a_note_on_the_order_of_parts_gives_up_the_order_and_nothing_else() -> None:
    call = ToolCall(id="1", name="f")
    before = answering(Text(text="a"), call, Text(text="b"))
    after = answering(Text(text="ab"), call)
    notes = [Note("approximated", "choices[0].message.parts")]
    assert differences(before, after, answered=True) != []
    assert differences(before, after, notes, answered=True) == []
    assert uncovered(differences(before, answering(Text(text="ab")), notes, answered=True), notes) != []


def test_signatures_can_be_left_to_another_law() -> None:
    signed = answering(Reasoning(signature="s"), Text(text="a", signature="t"))
    assert differences(signed, answering(Text(text="a")), proofs=False) == []
    assert differences(signed, answering(Text(text="a"))) != []


def test_a_count_of_nothing_that_is_noted_is_an_invention() -> None:
    def used(**counts: int) -> ChatResponse:
        return replace(answering(), usage=TokenUsage(**counts))

    note = Note("approximated", "usage.cache_write")
    nothing, something = used(input=1, cache_write=0), used(input=1, cache_write=2)
    assert invented(nothing, [note], differences(nothing, used(input=1))) == [note]
    assert invented(something, [note], differences(something, used(input=3))) == []
    assert uncovered(differences(something, used(input=3)), [note]) == []
