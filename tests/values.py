"""Canonical values for hypothesis: of every shape, sense or nonsense, and what a person could mean and a model say."""

from typing import Any

from hypothesis import strategies as st
from msgspec.structs import replace

from pontage import domain
from pontage.domain import ChatRequest, ChatResponse, Choice, Message, Stop, StreamEvent, TokenUsage

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


# From here on: what a person could mean.
SAYINGS = st.sampled_from(["Ahoy", "the tide turns", "Ärger, viel Ärger", "a\nb"])
BASE64 = st.sampled_from(["aGVsbG8=", "iVBORw0KGgo="])
MARKS = st.sampled_from([None, None, domain.Cache(), domain.Cache(ttl="1h")])
LOOKS = {"type": "object", "properties": {"place": {"type": "string"}}, "required": ["place"]}


def maybe(*values: Any) -> st.SearchStrategy[Any]:
    return st.sampled_from([None, None, *values])


def some(items: st.SearchStrategy[Any], most: int = 3) -> st.SearchStrategy[tuple[Any, ...]]:
    return st.lists(items, min_size=1, max_size=most).map(tuple)


PICTURES = st.builds(
    domain.Image,
    source=st.builds(domain.Inline, media_type=st.sampled_from(["image/png", "image/jpeg"]), base64=BASE64)
    | st.builds(domain.Link, url=st.just("https://example.com/map.png")),
    detail=maybe("low", "high"),
)
PAPERS = st.builds(
    domain.Document,
    source=st.builds(domain.Inline, media_type=st.just("application/pdf"), base64=BASE64)
    | st.builds(domain.Plain, text=SAYINGS),
    title=maybe("Log"),
)
SOUNDS = st.builds(domain.Audio, source=st.builds(domain.Inline, media_type=st.just("audio/wav"), base64=BASE64))
LINES = st.builds(domain.Text, text=SAYINGS, cache=MARKS)


def exchange(number: int) -> st.SearchStrategy[tuple[Message, ...]]:
    """A question, and perhaps a call of a tool with its result; `number` tells the call from others."""
    call = domain.ToolCall(id=f"call_{number}", name="look", arguments='{"place": "quay"}')
    asked = st.builds(Message, role=st.just("user"), parts=some(LINES | PICTURES | PAPERS | SOUNDS))
    thought = maybe(domain.Reasoning(text="Hm."), domain.Reasoning(text="Hm.", signature="c2ln"))
    called = st.builds(
        lambda thinking, line: Message(role="assistant", parts=(*([thinking] if thinking else []), line, call)),
        thought,
        st.builds(domain.Text, text=SAYINGS),
    )
    answer = st.builds(
        domain.ToolResult, call_id=st.just(call.id), parts=some(LINES | PICTURES, 2), is_error=st.booleans()
    )
    answered = st.builds(lambda result: Message(role="user", parts=(result,)), answer)
    return st.tuples(asked) | st.tuples(asked, called, answered)


MEANT = st.builds(
    ChatRequest,
    model=st.just("m"),
    messages=st.builds(
        lambda rules, first, late, second: (*rules, *first, *late, *second),
        st.lists(st.builds(Message, role=st.just("system"), parts=some(LINES)), max_size=2),
        exchange(1),
        st.lists(st.builds(Message, role=st.just("system"), parts=some(LINES)), max_size=1),
        exchange(2),
    ),
    tools=st.just(())
    | st.tuples(
        st.builds(
            domain.FunctionTool,
            name=st.just("look"),
            description=maybe("Look there."),
            parameters=st.just(LOOKS),
            strict=maybe(False),
            cache=MARKS,
        )
    ),
    tool_choice=maybe(
        *(domain.ToolChoice(mode) for mode in ("auto", "any", "none")), domain.ToolChoice("any", ("look",))
    ),
    parallel_tools=maybe(True, False),
    max_tokens=maybe(1, 9000),
    temperature=maybe(0.0, 0.5, 1.5),
    top_p=maybe(0.5),
    top_k=maybe(5),
    frequency_penalty=maybe(0.5),
    stop=st.sampled_from([(), ("END",)]),
    seed=maybe(0, 7),
    n=maybe(1, 2),
    logprobs=maybe(True, False),
    output=maybe(
        domain.OutputFormat(kind="json"), domain.OutputFormat(kind="schema", schema=LOOKS, name="place", strict=True)
    ),
    reasoning=maybe(
        *(domain.ReasoningOptions(effort=effort) for effort in ("none", "low", "medium", "high", "max")),
        *(domain.ReasoningOptions(enabled=enabled) for enabled in (True, False)),
        domain.ReasoningOptions(enabled=True, budget_tokens=2048, show=True),
    ),
    modalities=st.sampled_from([(), ("text",)]),
    user=maybe("u-1"),
    metadata=maybe({"ship": "one"}),
    service_tier=maybe("auto", "flex", "priority"),
    cache=MARKS,
    cache_key=maybe("k"),
    stream=st.booleans(),
)


CALLS = st.builds(
    lambda number, arguments: domain.ToolCall(id=f"call_{number}", name="look", arguments=arguments),
    st.integers(1, 9),
    st.sampled_from(["{}", '{"place": "quay"}', '{"deep": [1, {"null": null}]}']),
)
ANSWERED = st.builds(
    lambda thought, texts, calls: (*([thought] if thought else []), *texts, *calls),
    maybe(domain.Reasoning(text="Hm."), domain.Reasoning(text="Hm.", signature="c2ln")),
    st.lists(st.builds(domain.Text, text=SAYINGS), max_size=2),
    st.lists(CALLS, max_size=3, unique_by=lambda call: call.id),
)
COUNTED = maybe(
    TokenUsage(input=10, output=5),
    TokenUsage(input=10, cache_read=4, output=5, reasoning=3),
    TokenUsage(input=1, cache_write_5m=3, cache_write_1h=2, output=1),
)


def _pieces(draw: st.DrawFn, index: int, text: str) -> list[StreamEvent]:
    cut = draw(st.integers(0, len(text)))
    return [domain.Delta(index, piece) for piece in (text[:cut], text[cut:]) if piece]


@st.composite
def streams(draw: st.DrawFn) -> list[StreamEvent]:
    """An answer piece by piece: thinking, texts, then calls of tools that grow side by side."""
    parts = draw(ANSWERED)
    events: list[StreamEvent] = [domain.Started(id="r1", model="m", created=draw(maybe(1_790_000_000)))]
    calls = {index: part for index, part in enumerate(parts) if isinstance(part, domain.ToolCall)}
    for index, part in enumerate(parts[: len(parts) - len(calls)]):
        begun = replace(part, text="", signature=None)
        events += [domain.PartStarted(index, begun), *_pieces(draw, index, part.text), domain.PartEnded(index, part)]
    events += [domain.PartStarted(index, replace(call, arguments="")) for index, call in calls.items()]
    growing = {index: _pieces(draw, index, call.arguments) for index, call in calls.items()}
    while any(growing.values()):
        index = draw(st.sampled_from([index for index, pieces in growing.items() if pieces]))
        events.append(growing[index].pop(0))
    events += [domain.PartEnded(index, calls[index]) for index in draw(st.permutations(sorted(calls)))]
    reason = "tool_calls" if calls else draw(st.sampled_from(["stop", "length", "content_filter"]))
    return [*events, domain.Finished(endings=(domain.Ending(stop=Stop(reason)),), usage=draw(COUNTED))]
