"""What users ask of a provider, and how one sees that a request or an answer has it."""

from collections.abc import Callable, Iterator
from typing import Any

from msgspec import Struct

from pontage.domain import (
    Audio,
    ChatRequest,
    ChatResponse,
    Document,
    Image,
    Nested,
    Part,
    Plain,
    Reasoning,
    ServerTool,
    Text,
    ToolCall,
    ToolResult,
)


class Seen(Struct, frozen=True):
    """What is known of one exchange; what it has not is None."""

    request: ChatRequest | None = None
    answer: ChatResponse | None = None
    streamed: bool = False
    failed: bool = False

    def asked(self) -> Iterator[Part]:
        """All parts of the request, those within results of tools too."""
        for message in self.request.messages if self.request else ():
            for part in message.parts:
                yield part
                yield from part.parts if isinstance(part, ToolResult) else ()

    def calls(self) -> list[ToolCall]:
        """The calls of the answer that are the caller's to answer."""
        return list(self.answer.message.tool_calls) if self.answer else []

    def wants(self, wish: Callable[[ChatRequest], object]) -> bool:
        """Whether the request has something, and was answered."""
        return self.request is not None and self.answer is not None and bool(wish(self.request))

    def given(self) -> tuple[Part, ...]:
        """All parts of the answer."""
        return self.answer.message.parts if self.answer else ()


class Feature(Struct, frozen=True, kw_only=True):
    """`request`, `answer`: the probes that have it, and by `at` the path of what must come over. `seen`: whether an
    exchange that went well (or failed, for errors) has it."""

    name: str
    seen: Callable[[Seen], bool]
    request: str | None = None
    answer: str | None = None
    at: str = ""


def _reads(kind: type[Part], fits: Callable[[Any], bool] = lambda part: True) -> Callable[[Seen], bool]:
    return lambda one: one.answer is not None and any(isinstance(part, kind) and fits(part) for part in one.asked())


def _is_pdf(part: Document) -> bool:
    return not isinstance(part.source, Plain | Nested) and part.source.media_type == "application/pdf"


def _wants(wish: Callable[[ChatRequest], object]) -> Callable[[Seen], bool]:
    return lambda one: one.wants(wish)


def _reads_cache(one: Seen) -> bool:
    usage = one.answer.usage if one.answer else None
    return bool(usage and (usage.cache_read or usage.cache_write or usage.cache_write_5m or usage.cache_write_1h))


FEATURES = (
    Feature(
        name="text",
        request="a plain conversation",
        answer="a plain text",
        at="messages[0]",
        seen=lambda one: not one.streamed and any(isinstance(part, Text) for part in one.given()),
    ),
    Feature(name="stream", seen=lambda one: one.streamed and bool(one.given())),
    Feature(
        name="system",
        request="a system message",
        at="messages[0].parts",
        seen=_wants(lambda request: any(message.role == "system" for message in request.messages)),
    ),
    Feature(name="tools", request="a function", answer="a call", at="tools[0]", seen=lambda one: bool(one.calls())),
    Feature(name="calls streamed", answer="a call", seen=lambda one: one.streamed and bool(one.calls())),
    Feature(name="parallel calls", answer="parallel calls", seen=lambda one: len(one.calls()) > 1),
    Feature(name="tool results", request="a call and its result", at="messages[2].parts[0]", seen=_reads(ToolResult)),
    Feature(
        name="forced call",
        request="`tool_choice`: any",
        at="tool_choice",
        seen=_wants(lambda request: request.tool_choice is not None and request.tool_choice.mode == "any"),
    ),
    Feature(
        name="JSON schema",
        request="`output`: a schema",
        at="output.schema",
        seen=_wants(lambda request: request.output is not None and request.output.kind == "schema"),
    ),
    Feature(name="pictures", request="a picture", at="messages[0].parts[1]", seen=_reads(Image)),
    Feature(name="PDF", request="a PDF", at="messages[0].parts[1]", seen=_reads(Document, _is_pdf)),
    Feature(
        name="text documents",
        request="a text document",
        at="messages[0].parts[1]",
        seen=_reads(Document, lambda part: isinstance(part.source, Plain | Nested)),
    ),
    Feature(name="sound", request="sound", at="messages[0].parts[1]", seen=_reads(Audio)),
    Feature(
        name="thinking",
        answer="thinking",
        at="choices[0].message.parts[0]",
        seen=lambda one: any(isinstance(part, Reasoning) for part in one.given()),
    ),
    Feature(
        name="citations",
        answer="citations",
        at="choices[0].message.parts[0].citations",
        seen=lambda one: any(isinstance(part, Text) and part.citations for part in one.given()),
    ),
    Feature(
        name="web search",
        request="the provider's web search",
        at="tools[0]",
        seen=_wants(lambda request: any(isinstance(t, ServerTool) and t.kind == "web_search" for t in request.tools)),
    ),
    Feature(
        name="log-probabilities",
        request="`logprobs`",
        answer="log-probabilities",
        at="logprobs",
        seen=lambda one: one.answer is not None and any(choice.logprobs for choice in one.answer.choices),
    ),
    Feature(name="cached input", answer="`usage.cache_read`", at="usage.cache_read", seen=_reads_cache),
    Feature(name="errors", seen=lambda one: one.failed),
)
"""In the order of the capability matrix."""
