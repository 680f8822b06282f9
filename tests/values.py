"""Canonical values of every shape, for hypothesis: whatever an SDK user may build, sense or nonsense."""

from typing import Any

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
