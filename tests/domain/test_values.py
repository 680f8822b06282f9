"""Canonical values: equality, storage, and the small readings they offer."""

from typing import Any

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from pontage import domain
from pontage.domain import ChatRequest, ChatResponse, Choice, Message, Stop, TokenUsage

WORDS = st.text(max_size=12)
MAYBE_WORDS = st.none() | WORDS
COUNTS = st.none() | st.integers(0, 2**40)
NUMBERS = st.none() | st.floats(0, 2)
JSON: st.SearchStrategy[Any] = st.recursive(
    st.none() | st.booleans() | st.integers(-(2**70), 2**70) | st.floats(allow_nan=False, allow_infinity=False) | WORDS,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(WORDS, inner, max_size=3),
    max_leaves=6,
)
OBJECTS = st.dictionaries(WORDS, JSON, max_size=3)
CACHES = st.none() | st.builds(domain.Cache, ttl=MAYBE_WORDS)
PART_FIELDS: dict[str, Any] = {"cache": CACHES, "signature": MAYBE_WORDS, "extra": OBJECTS}


def tuples(items: st.SearchStrategy[Any]) -> st.SearchStrategy[tuple[Any, ...]]:
    return st.lists(items, max_size=3).map(tuple)


def parts_within(inner: st.SearchStrategy[Any]) -> st.SearchStrategy[Any]:
    sources = (
        st.builds(domain.Inline, media_type=WORDS, base64=WORDS)
        | st.builds(domain.Plain, text=WORDS)
        | st.builds(domain.Link, url=WORDS, media_type=MAYBE_WORDS)
        | st.builds(domain.Ref, id=WORDS, media_type=MAYBE_WORDS)
        | st.builds(domain.Nested, parts=tuples(inner))
    )
    citations = st.builds(domain.Citation, start=COUNTS, end=COUNTS, url=MAYBE_WORDS, title=MAYBE_WORDS, extra=OBJECTS)
    return st.one_of(
        st.builds(domain.Text, text=WORDS, citations=tuples(citations), **PART_FIELDS),
        st.builds(domain.Refusal, text=WORDS, **PART_FIELDS),
        st.builds(domain.Reasoning, text=WORDS, redacted=st.booleans(), **PART_FIELDS),
        st.builds(domain.Image, source=sources, detail=MAYBE_WORDS, **PART_FIELDS),
        st.builds(domain.Audio, source=sources, transcript=MAYBE_WORDS, expires_at=COUNTS, **PART_FIELDS),
        st.builds(domain.Video, source=sources, **PART_FIELDS),
        st.builds(domain.Document, source=sources, **PART_FIELDS),
        st.builds(domain.ToolCall, id=WORDS, name=WORDS, arguments=WORDS, by_provider=st.booleans(), **PART_FIELDS),
        st.builds(domain.ToolResult, call_id=WORDS, parts=tuples(inner), is_error=st.booleans(), **PART_FIELDS),
        st.builds(domain.Opaque, data=OBJECTS, **PART_FIELDS),
    )


PARTS = parts_within(parts_within(st.builds(domain.Text, text=WORDS)))
ORIGINS = st.none() | st.builds(domain.Origin, dialect=WORDS, family=MAYBE_WORDS, model=MAYBE_WORDS)
SPELLINGS = st.builds(
    domain.Spelling,
    path=tuples(WORDS | st.integers(0, 9)),
    said=tuples(JSON).map(lambda found: found[:1]),
    wrote=tuples(JSON).map(lambda found: found[:1]),
)
MESSAGES = st.builds(
    Message,
    role=st.sampled_from(["system", "user", "assistant"]),
    parts=tuples(PARTS),
    name=MAYBE_WORDS,
    origin=ORIGINS,
    extra=OBJECTS,
    spelling=tuples(SPELLINGS),
)
TOOLS = (
    st.builds(domain.FunctionTool, name=WORDS, parameters=st.none() | OBJECTS, strict=st.none() | st.booleans())
    | st.builds(domain.CustomTool, name=WORDS, format=st.none() | OBJECTS)
    | st.builds(domain.ServerTool, kind=WORDS, name=MAYBE_WORDS, data=OBJECTS, cache=CACHES)
)
REQUESTS = st.builds(
    ChatRequest,
    model=WORDS,
    messages=tuples(MESSAGES),
    tools=tuples(TOOLS),
    tool_choice=st.none() | st.builds(domain.ToolChoice, mode=st.sampled_from(["auto", "any", "none"])),
    max_tokens=COUNTS,
    temperature=NUMBERS,
    stop=tuples(WORDS),
    output=st.none() | st.builds(domain.OutputFormat, kind=st.sampled_from(["text", "json", "schema"])),
    reasoning=st.none() | st.builds(domain.ReasoningOptions, effort=MAYBE_WORDS, budget_tokens=COUNTS),
    metadata=st.none() | st.dictionaries(WORDS, WORDS, max_size=2),
    stream=st.booleans(),
    origin=ORIGINS,
    extra=OBJECTS,
    spelling=tuples(SPELLINGS),
)
USAGES = st.builds(TokenUsage, input=COUNTS, cache_read=COUNTS, output=COUNTS, raw=st.none() | OBJECTS)
LOGPROBS = st.builds(
    domain.TokenLogprob, token=WORDS, logprob=st.floats(-9, 0), bytes=st.none() | tuples(st.integers(0, 255))
)
RESPONSES = st.builds(
    ChatResponse,
    id=WORDS,
    model=WORDS,
    choices=tuples(
        st.builds(
            Choice,
            message=MESSAGES,
            stop=st.builds(Stop, reason=st.sampled_from(["stop", "length", "other"]), raw=MAYBE_WORDS, extra=OBJECTS),
            logprobs=st.none() | tuples(LOGPROBS),
            extra=OBJECTS,
        )
    ),
    usage=st.none() | USAGES,
    created=COUNTS,
    notes=tuples(st.builds(domain.Note, kind=st.sampled_from(["dropped", "injected"]), where=WORDS, detail=WORDS)),
    attempts=tuples(WORDS),
    origin=ORIGINS,
    extra=OBJECTS,
)


@given(REQUESTS)
def test_a_stored_request_is_the_same_request(request: ChatRequest) -> None:
    assert ChatRequest.from_json(request.to_json()) == request


@given(RESPONSES)
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
