"""Canonical values: equality, storage, and the small readings they offer."""

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pontage import domain
from pontage.domain import ChatRequest, ChatResponse, Choice, Message, Stop, Text, TokenUsage, ToolCall
from tests.values import COUNTS, REQUESTS, RESPONSES


@given(REQUESTS)
@settings(max_examples=40)
def test_a_stored_request_is_the_same_request(request: ChatRequest) -> None:
    assert ChatRequest.from_json(request.to_json()) == request


@given(RESPONSES)
@settings(max_examples=40)
def test_a_stored_answer_is_the_same_answer(response: ChatResponse) -> None:
    assert ChatResponse.from_json(response.to_json()) == response


@pytest.mark.parametrize("data", [b"{}", b"[]", b'{"model": 1, "messages": []}', b'{"id": "", "model": ""}'])
def test_what_was_not_stored_by_us_is_refused(data: bytes) -> None:
    with pytest.raises(msgspec.ValidationError):
        ChatRequest.from_json(data)
    with pytest.raises(msgspec.ValidationError):
        ChatResponse.from_json(data)


def test_storage_of_a_plain_request_holds_nothing_that_was_not_said() -> None:
    request = ChatRequest(model="m", messages=(Message(role="user", parts=(domain.Text(text="hi"),)),))
    stored = b'{"model":"m","messages":[{"role":"user","parts":[{"type":"text","text":"hi"}]}]}'
    assert request.to_json() == stored


def test_every_public_name_of_the_room_is_there() -> None:
    assert sorted(domain.__all__) == sorted(set(domain.__all__))
    assert all(hasattr(domain, name) for name in domain.__all__)


def test_a_message_tells_its_text_its_refusal_and_the_calls_to_answer() -> None:
    mine = domain.ToolCall(id="1", name="look")
    theirs = domain.ToolCall(id="2", name="search", by_provider=True)
    message = Message(
        role="assistant",
        parts=(domain.Text(text="a"), domain.Reasoning(text="no"), mine, theirs, domain.Text(text="b")),
    )
    assert message.text == "ab"
    assert message.refusal is None
    assert message.tool_calls == (mine,)
    assert Message(role="assistant", parts=(domain.Refusal(text="no"),)).refusal == "no"


def test_an_answer_reads_as_its_first_choice_and_as_an_empty_one_without_any() -> None:
    empty = ChatResponse(id="", model="m", choices=())
    assert (empty.text, empty.message, empty.stop) == ("", Message(role="assistant"), Stop("other"))
    message = Message(role="assistant", parts=(domain.Text(text="yes"),))
    told = ChatResponse(id="", model="m", choices=(Choice(message=message, stop=Stop("stop")),))
    assert (told.text, told.message, told.stop) == ("yes", message, Stop("stop"))


def test_usage_not_told_is_not_zero() -> None:
    silent = TokenUsage()
    assert (silent.total_input, silent.total_output, silent.total) == (None, None, None)
    assert TokenUsage(output=0).total == 0
    assert TokenUsage(output=3).total_input is None


@given(st.lists(COUNTS, min_size=9, max_size=9))
def test_usage_totals_are_the_sums_of_the_buckets(counts: list[int | None]) -> None:
    names = (
        "input", "cache_read", "cache_write", "cache_write_5m", "cache_write_1h", "input_audio",
        "output", "reasoning", "output_audio",
    )  # fmt: skip
    usage = TokenUsage(**dict(zip(names, counts, strict=True)), web_searches=7)
    assert (usage.total_input or 0) == sum(count or 0 for count in counts[:6])
    assert (usage.total_output or 0) == sum(count or 0 for count in counts[6:])
    assert (usage.total or 0) == (usage.total_input or 0) + (usage.total_output or 0)


def test_a_stored_message_is_the_same_message_again() -> None:
    message = Message(
        role="assistant", parts=(Text(text="hi", extra={"x": 1}), ToolCall(id="c", name="f", arguments="{}"))
    )
    assert Message.from_json(message.to_json()) == message
