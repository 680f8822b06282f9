"""Requests and answers of a conversation. Floor 1; pure data: no clock, no random id, so equality means equality.

Three roles. A tool's result is a part in a user message; system messages stay in the list, in position. The message of
an answer is the message to append to the next request.
"""

from __future__ import annotations

from typing import Any, Literal, Self

import msgspec
from msgspec import Struct

from pontage.catalog.money import Money
from pontage.domain.parts import Cache, JSONObject, Part, Refusal, Text, ToolCall

Role = Literal["system", "user", "assistant"]


class Origin(Struct, frozen=True, omit_defaults=True):
    """Where a value was read: its wire format, whose signatures it carries, which model spoke."""

    dialect: str
    family: str | None = None
    model: str | None = None


class Spelling(Struct, frozen=True, omit_defaults=True):
    """How the origin wrote what the canonical writer writes otherwise (`"stop": "x"` for `["x"]`, `null` for absent).

    At `path` the writer would say `said` (empty: nothing) where the origin `wrote` (empty: nothing). Only the origin's
    dialect reads it, and only where it still would say `said`: an edited value is never overwritten.
    """

    path: tuple[str | int, ...]
    said: tuple[Any, ...] = ()
    wrote: tuple[Any, ...] = ()


class Stored(Struct, frozen=True):
    """What a caller keeps between calls."""

    def to_json(self) -> bytes:
        """This value as JSON for storage; `from_json` gives the equal value back."""
        return msgspec.json.encode(self)

    @classmethod
    def from_json(cls, data: bytes | str) -> Self:
        """The value that `to_json` stored. Raises msgspec.ValidationError on anything else."""
        return msgspec.json.decode(data, type=cls)


class Message(Stored, frozen=True, kw_only=True, omit_defaults=True):
    """One turn: ordered parts of one role."""

    role: Role
    parts: tuple[Part, ...] = ()
    name: str | None = None
    origin: Origin | None = None
    extra: JSONObject = {}
    spelling: tuple[Spelling, ...] = ()

    @property
    def text(self) -> str:
        """The visible text of all text parts, joined without separator."""
        return "".join(part.text for part in self.parts if isinstance(part, Text))

    @property
    def refusal(self) -> str | None:
        """The model's words for declining, or None."""
        return next((part.text for part in self.parts if isinstance(part, Refusal)), None)

    @property
    def tool_calls(self) -> tuple[ToolCall, ...]:
        """The calls the caller has to answer (not those the provider runs itself)."""
        return tuple(part for part in self.parts if isinstance(part, ToolCall) and not part.by_provider)


class FunctionTool(Struct, frozen=True, kw_only=True, tag="function", omit_defaults=True):
    """A function the model may call; `parameters` is a JSON Schema (None: no arguments)."""

    name: str
    description: str | None = None
    parameters: JSONObject | None = None
    strict: bool | None = None
    cache: Cache | None = None
    extra: JSONObject = {}


class CustomTool(Struct, frozen=True, kw_only=True, tag="custom", omit_defaults=True):
    """A tool that takes free text, perhaps bound by a grammar (`format`, as OpenAI writes it)."""

    name: str
    description: str | None = None
    format: JSONObject | None = None
    extra: JSONObject = {}


class ServerTool(Struct, frozen=True, kw_only=True, tag="server", omit_defaults=True):
    """A tool the provider runs. `kind` is "web_search" where formats agree, else the origin's own word; `data` is the
    origin's whole declaration and goes back to that format only."""

    kind: str
    name: str | None = None
    data: JSONObject = {}
    cache: Cache | None = None


Tool = FunctionTool | CustomTool | ServerTool


class ToolChoice(Struct, frozen=True, omit_defaults=True):
    """May (`auto`), must (`any`) or must not (`none`) the model call a tool; `names` narrows it to these tools."""

    mode: Literal["auto", "any", "none"]
    names: tuple[str, ...] = ()


class OutputFormat(Struct, frozen=True, kw_only=True, omit_defaults=True):
    """The form of the answer: free text, any JSON object, or JSON that fits `schema`."""

    kind: Literal["text", "json", "schema"]
    schema: JSONObject | None = None
    name: str | None = None
    description: str | None = None
    strict: bool | None = None


class ReasoningOptions(Struct, frozen=True, kw_only=True, omit_defaults=True):
    """How much to think. `effort`: none, minimal, low, medium, high, xhigh, max. `enabled` without effort: the model's
    own measure. `budget_tokens` bounds the thinking. `show`: whether the thinking shall be told."""

    effort: str | None = None
    enabled: bool | None = None
    budget_tokens: int | None = None
    show: bool | None = None


class ChatRequest(Stored, frozen=True, kw_only=True, omit_defaults=True):
    """A conversation and how to continue it. None means: not said; the provider's default holds."""

    model: str
    messages: tuple[Message, ...]
    tools: tuple[Tool, ...] = ()
    tool_choice: ToolChoice | None = None
    parallel_tools: bool | None = None
    max_tokens: int | None = None
    temperature: float | None = None
    top_p: float | None = None
    top_k: int | None = None
    frequency_penalty: float | None = None
    presence_penalty: float | None = None
    stop: tuple[str, ...] = ()
    seed: int | None = None
    n: int | None = None
    logprobs: bool | None = None
    top_logprobs: int | None = None
    output: OutputFormat | None = None
    reasoning: ReasoningOptions | None = None
    modalities: tuple[str, ...] = ()  # of the answer: "text", "audio", "image"
    user: str | None = None
    metadata: dict[str, str] | None = None
    service_tier: str | None = None  # auto, default, flex, priority, ...
    cache: Cache | None = None  # cache the whole prompt
    cache_key: str | None = None  # keeps requests with one prefix together
    stream: bool = False
    origin: Origin | None = None
    extra: JSONObject = {}
    spelling: tuple[Spelling, ...] = ()


class Stop(Struct, frozen=True, omit_defaults=True):
    """Why the answer ended: one word for programs, the provider's own (`raw`) for people and bills."""

    reason: Literal[
        "stop", "stop_sequence", "length", "context_exceeded", "tool_calls",
        "content_filter", "refusal", "pause", "error", "other",
    ]  # fmt: skip
    raw: str | None = None
    sequence: str | None = None
    extra: JSONObject = {}


class TokenUsage(Struct, frozen=True, kw_only=True, omit_defaults=True):
    """Tokens in disjoint buckets: a total is their sum, a cost their dot product with prices. None: not told."""

    input: int | None = None  # not cached, not written to a cache, none of the media below
    cache_read: int | None = None
    cache_write: int | None = None  # lifetime of another length than the two below, or not told
    cache_write_5m: int | None = None
    cache_write_1h: int | None = None
    input_audio: int | None = None
    input_image: int | None = None  # where it is told apart from the text, as embeddings do
    input_video: int | None = None  # as above
    output: int | None = None  # without reasoning, without audio
    reasoning: int | None = None
    output_audio: int | None = None
    web_searches: int | None = None  # a count of searches, not tokens
    search_units: int | None = None  # what a reranker bills, not tokens
    audio_seconds: int | None = None  # sound that is counted by its length, not in tokens
    service_tier: str | None = None  # what it was served as, which may decide the price: default, flex, priority, ...
    raw: JSONObject | None = None  # the provider's own record

    @property
    def total_input(self) -> int | None:
        """All prompt tokens, or None when not told."""
        written = (self.cache_write, self.cache_write_5m, self.cache_write_1h)
        return _sum(self.input, self.cache_read, *written, self.input_audio, self.input_image, self.input_video)

    @property
    def total_output(self) -> int | None:
        """All generated tokens, reasoning included, or None when not told."""
        return _sum(self.output, self.reasoning, self.output_audio)

    @property
    def total(self) -> int | None:
        """Input and output together, or None when neither was told."""
        return _sum(self.total_input, self.total_output)


def _sum(*counts: int | None) -> int | None:
    told = [count for count in counts if count is not None]
    return sum(told) if told else None


class Note(Struct, frozen=True, omit_defaults=True):
    """Something a translation could not carry as it was. `where` is the field's path (`messages[2].name`, `seed`)."""

    kind: Literal["dropped", "approximated", "unsupported", "injected"]
    where: str
    detail: str = ""


class TokenLogprob(Struct, frozen=True, omit_defaults=True):
    """One generated token and its natural-log probability, with the likeliest alternatives."""

    token: str
    logprob: float
    bytes: tuple[int, ...] | None = None
    id: int | None = None
    top: tuple[TokenLogprob, ...] = ()


class Choice(Struct, frozen=True, kw_only=True, omit_defaults=True):
    """One candidate answer."""

    message: Message
    stop: Stop
    logprobs: tuple[TokenLogprob, ...] | None = None
    extra: JSONObject = {}


class ChatResponse(Stored, frozen=True, kw_only=True, omit_defaults=True):
    """An answer. Almost always one choice; `message`, `stop` and `text` are the first one's."""

    id: str
    model: str
    choices: tuple[Choice, ...]
    usage: TokenUsage | None = None
    created: int | None = None  # Unix seconds
    service_tier: str | None = None
    notes: tuple[Note, ...] = ()
    cost: Money | None = None  # None: not known
    attempts: tuple[str, ...] = ()  # e.g. ("openai:429", "anthropic:200")
    provider: str | None = None
    origin: Origin | None = None
    extra: JSONObject = {}
    spelling: tuple[Spelling, ...] = ()

    @property
    def message(self) -> Message:
        """The first choice's message: append it to the next request as it is."""
        return self.choices[0].message if self.choices else Message(role="assistant")

    @property
    def stop(self) -> Stop:
        """Why the first choice ended."""
        return self.choices[0].stop if self.choices else Stop("other")

    @property
    def text(self) -> str:
        """The first choice's visible text."""
        return self.message.text
