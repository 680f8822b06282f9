"""Canonical requests and answers that say one thing each, so that what is lost of them is known by its name.

`REQUESTS` and `ANSWERS` are by what they say; `test_facts.py` sees to it that no field and no part is forgotten.
"""

from typing import Any

from pontage.domain import (
    Audio,
    Cache,
    ChatRequest,
    ChatResponse,
    Choice,
    Citation,
    CustomTool,
    Document,
    FunctionTool,
    Image,
    Inline,
    Link,
    Message,
    Nested,
    Opaque,
    OutputFormat,
    Part,
    Plain,
    Reasoning,
    ReasoningOptions,
    Ref,
    Refusal,
    ServerTool,
    Stop,
    Text,
    TokenLogprob,
    TokenUsage,
    ToolCall,
    ToolChoice,
    ToolResult,
    Video,
)

PNG = Inline(media_type="image/png", base64="iVBORw0KGgo=")
PDF = Inline(media_type="application/pdf", base64="JVBERi0=")
WAV = Inline(media_type="audio/wav", base64="UklGRg==")
VOICE = Inline(media_type="audio/*", base64="UklGRg==")
MP4 = Inline(media_type="video/mp4", base64="AAAAGA==")
SCHEMA = {
    "type": "object",
    "properties": {"place": {"type": "string"}},
    "required": ["place"],
    "additionalProperties": False,
}
LOOK = FunctionTool(name="look", description="Look there.", parameters=SCHEMA)
CALL = ToolCall(id="call_1", name="look", arguments='{"place":"quay"}')
SPOKEN = "The tide turns."
HELLO = Message(role="user", parts=(Text(text="Hello"),))
BYE = Message(role="user", parts=(Text(text="And then?"),))
CITED = Citation(start=0, end=3, url="https://example.com", title="Tides")
LOOKED = ToolResult(call_id="call_1", name="look", parts=(Text(text="ships"),))


def said(*parts: Part) -> tuple[Message, ...]:
    """A user who says these."""
    return (Message(role="user", parts=(Text(text="See:"), *parts)),)


def answered(*parts: Part) -> tuple[Message, ...]:
    """A conversation in which the model said these before."""
    return (HELLO, Message(role="assistant", parts=parts), BYE)


def looked(call: ToolCall, result: ToolResult) -> tuple[Message, ...]:
    """A call and its result."""
    return (HELLO, Message(role="assistant", parts=(call,)), Message(role="user", parts=(result,)))


TURNS: dict[str, tuple[Message, ...]] = {
    "a plain conversation": answered(Text(text=SPOKEN)),
    "a system message": (Message(role="system", parts=(Text(text="Be brief."),)), HELLO),
    "a system message later on": (HELLO, Message(role="system", parts=(Text(text="Be brief."),)), BYE),
    "a last turn of the assistant (prefill)": (HELLO, Message(role="assistant", parts=(Text(text="The tide"),))),
    "a speaker's name": (Message(role="user", parts=(Text(text="Hello"),), name="ann"),),
    "a cache breakpoint": (Message(role="user", parts=(Text(text="Hello", cache=Cache(ttl="1h")),)),),
    "a picture": said(Image(source=PNG)),
    "a picture by link": said(Image(source=Link(url="https://example.com/map.png"))),
    "a picture by file id": said(Image(source=Ref(id="file_1"))),
    "a picture's detail": said(Image(source=PNG, detail="low")),
    "sound": said(Audio(source=WAV)),
    "video": said(Video(source=MP4)),
    "video by link": said(Video(source=Link(url="https://example.com/tide.mp4", media_type="video/mp4"))),
    "a PDF": said(Document(source=PDF)),
    "a PDF by link": said(Document(source=Link(url="https://example.com/log.pdf", media_type="application/pdf"))),
    "a PDF by file id": said(Document(source=Ref(id="file_1", media_type="application/pdf"))),
    "a text document": said(Document(source=Plain(text="High water at six."))),
    "a document of parts": said(Document(source=Nested(parts=(Text(text="High water at six."),)))),
    "a document's context": said(Document(source=PDF, context="from the quay")),
    "a document's title": said(Document(source=PDF, title="log")),
    "a document that shall be cited": said(Document(source=PDF, citations=True)),
    "an earlier citation": answered(
        Text(text=SPOKEN, citations=(Citation(start=0, end=3, url="https://example.com"),))
    ),
    "an earlier refusal": answered(Refusal(text="No.")),
    "earlier thinking": answered(Reasoning(text="Hm."), Text(text=SPOKEN)),
    "earlier thinking with its proof": answered(Reasoning(text="Hm.", signature="c2ln"), Text(text=SPOKEN)),
    "earlier thinking, redacted": answered(Reasoning(redacted=True, signature="c2ln"), Text(text=SPOKEN)),
    "an earlier picture of the model": answered(Text(text=SPOKEN), Image(source=PNG)),
    "a call and its result": looked(CALL, LOOKED),
    "a call of a free-text tool": looked(ToolCall(id="call_1", name="look", arguments="there", kind="custom"), LOOKED),
    "a call that the provider ran": answered(
        ToolCall(id="call_1", name="web_search", arguments='{"query":"tide"}', by_provider=True), Text(text=SPOKEN)
    ),
    "a result that is an error": looked(
        CALL, ToolResult(call_id="call_1", name="look", parts=(Text(text="fog"),), is_error=True)
    ),
    "a result with a picture": looked(CALL, ToolResult(call_id="call_1", name="look", parts=(Image(source=PNG),))),
    "a part that only one format knows": answered(Text(text=SPOKEN), Opaque(data={"type": "strange"})),
}

SETTINGS: dict[str, dict[str, Any]] = {
    "`max_tokens`": {"max_tokens": 100},
    "`temperature`": {"temperature": 0.5},
    "`temperature` above 1": {"temperature": 1.5},
    "`top_p`": {"top_p": 0.9},
    "`top_k`": {"top_k": 40},
    "`frequency_penalty`": {"frequency_penalty": 0.5},
    "`presence_penalty`": {"presence_penalty": 0.5},
    "`stop`": {"stop": ("END",)},
    "`seed`": {"seed": 7},
    "`n`": {"n": 2},
    "`logprobs`": {"logprobs": True},
    "`top_logprobs`": {"logprobs": True, "top_logprobs": 3},
    "`output`: any JSON": {"output": OutputFormat(kind="json")},
    "`output`: a schema": {"output": OutputFormat(kind="schema", schema=SCHEMA)},
    "`output`: a strict schema": {"output": OutputFormat(kind="schema", schema=SCHEMA, strict=True)},
    "`output`: a schema's name": {"output": OutputFormat(kind="schema", schema=SCHEMA, name="place")},
    "`output`: a schema's description": {"output": OutputFormat(kind="schema", schema=SCHEMA, description="Where.")},
    "`reasoning`: an effort": {"reasoning": ReasoningOptions(effort="high")},
    "`reasoning`: a budget": {"reasoning": ReasoningOptions(budget_tokens=2048)},
    "`reasoning`: none": {"reasoning": ReasoningOptions(enabled=False)},
    "`modalities`: sound": {"modalities": ("text", "audio")},
    "`modalities`: pictures": {"modalities": ("text", "image")},
    "`user`": {"user": "ann"},
    "`metadata`": {"metadata": {"ship": "Ahoy"}},
    "`service_tier`": {"service_tier": "flex"},
    "`cache`": {"cache": Cache()},
    "`cache_key`": {"cache_key": "quay"},
    "a function": {"tools": (LOOK,)},
    "a strict function": {"tools": (FunctionTool(name="look", parameters=SCHEMA, strict=True),)},
    "a free-text tool": {"tools": (CustomTool(name="look"),)},
    "the provider's web search": {"tools": (ServerTool(kind="web_search"),)},
    "`tool_choice`: any": {"tools": (LOOK,), "tool_choice": ToolChoice("any")},
    "`tool_choice`: none": {"tools": (LOOK,), "tool_choice": ToolChoice("none")},
    "`tool_choice`: one by name": {"tools": (LOOK,), "tool_choice": ToolChoice("any", ("look",))},
    "`parallel_tools`: no": {"tools": (LOOK,), "parallel_tools": False},
}

REQUESTS: dict[str, ChatRequest] = {
    **{name: ChatRequest(model="m", messages=turns) for name, turns in TURNS.items()},
    **{name: ChatRequest(model="m", messages=(HELLO,), **settings) for name, settings in SETTINGS.items()},
}


def answer(*parts: Part, **more: Any) -> ChatResponse:
    """An answer of these parts."""
    stop = more.pop("stop", Stop("stop"))
    choice = Choice(message=Message(role="assistant", parts=parts), stop=stop, logprobs=more.pop("logprobs", None))
    usage = more.pop("usage", TokenUsage(input=9, output=5))
    return ChatResponse(id="r1", model="m", choices=(choice,) * more.pop("n", 1), usage=usage, **more)


WORDS = Text(text=SPOKEN)
ANSWERS: dict[str, ChatResponse] = {
    "a plain text": answer(WORDS),
    "a refusal": answer(Refusal(text="No."), stop=Stop("refusal")),
    "thinking": answer(Reasoning(text="Hm."), WORDS),
    "thinking with its proof": answer(Reasoning(text="Hm.", signature="c2ln"), WORDS),
    "thinking, redacted": answer(Reasoning(redacted=True, signature="c2ln"), WORDS),
    "citations": answer(Text(text=SPOKEN, citations=(CITED,))),
    "a picture": answer(WORDS, Image(source=PNG)),
    "sound": answer(Audio(source=WAV)),
    "sound with its transcript": answer(Audio(source=VOICE, id="audio_1", transcript=SPOKEN)),
    "a call": answer(CALL, stop=Stop("tool_calls")),
    "parallel calls": answer(CALL, ToolCall(id="call_2", name="look", arguments="{}"), stop=Stop("tool_calls")),
    "a call of a free-text tool": answer(
        ToolCall(id="call_1", name="look", arguments="there", kind="custom"), stop=Stop("tool_calls")
    ),
    "a call that the provider ran": answer(
        ToolCall(id="call_1", name="web_search", arguments='{"query":"tide"}', by_provider=True), WORDS
    ),
    "a part that only one format knows": answer(WORDS, Opaque(data={"type": "strange"})),
    "several candidates": answer(WORDS, n=2),
    "log-probabilities": answer(WORDS, logprobs=(TokenLogprob("The", -0.1, top=(TokenLogprob("A", -2.0),)),)),
    "the time it was made": answer(WORDS, created=1_790_000_000),
    "the service tier": answer(WORDS, service_tier="default"),
    **{
        f"`stop`: {reason}": answer(WORDS, stop=Stop(reason))
        for reason in ("length", "context_exceeded", "content_filter", "refusal", "pause", "error", "other")
    },
    "`stop`: a stop sequence": answer(WORDS, stop=Stop("stop_sequence", sequence="END")),
    "no usage": answer(WORDS, usage=None),
    **{
        f"`usage.{bucket}`": answer(WORDS, usage=TokenUsage(input=9, output=5, **{bucket: 3}))
        for bucket in TokenUsage.__struct_fields__
        if bucket not in ("input", "output", "raw")
    },
}
