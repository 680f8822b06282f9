"""Requests, answers and lines of streams as they stand on the wire. Floor 3; types only.

Absent and `null` read alike; the spelling tells them apart where it is kept. Source: the server's own types (package
`api`), the published API description, and the official SDK (0.6).
"""

from __future__ import annotations

from typing import Annotated, Any

from msgspec import Meta, Raw

from pontage.dialects.codec import Codec, Wire
from pontage.domain.parts import JSONObject

Count = Annotated[int, Meta(ge=0)]
Share = Annotated[float, Meta(ge=0, le=1)]
Positive = Annotated[float, Meta(ge=0)]


class Function(Wire):
    """What is called; `arguments` is an object, `index` the call's place among those of its answer."""

    name: str
    arguments: Raw = Raw(b"{}")
    index: Any = None


class Call(Wire):
    """A call of a tool. Older servers give it no `id`; some clients add the `type` that other formats have."""

    function: Function
    id: str | None = None
    type: str | None = None


class Turn(Wire):
    """A message of a conversation, a whole answer or a piece of one. `images` are base64, nothing before it."""

    role: str = ""
    content: str | None = None
    thinking: str | None = None
    images: list[str] | None = None
    tool_calls: list[Call] | None = None
    tool_name: str | None = None
    tool_call_id: str | None = None


class FunctionBody(Wire):
    """The declaration of a function."""

    name: str
    description: str | None = None
    parameters: JSONObject | None = None


class ToolParam(Wire):
    """A declared tool; `type` is function."""

    type: str | None = None
    function: FunctionBody | None = None


class Options(Wire):
    """Those runtime options that other formats know as well."""

    num_predict: int | None = None
    temperature: Positive | None = None
    top_p: Share | None = None
    top_k: int | None = None
    seed: int | None = None
    stop: str | list[str] | None = None
    frequency_penalty: float | None = None
    presence_penalty: float | None = None


class Settings(Wire):
    """What both forms of a request say beside the conversation."""

    model: str
    stream: bool | None = None
    format: str | JSONObject | None = None
    options: Options | None = None
    think: bool | str | None = None
    logprobs: bool | None = None
    top_logprobs: Count | None = None
    keep_alive: Any = None
    truncate: Any = None
    shift: Any = None


class Request(Settings):
    """The body of `POST /api/chat`."""

    messages: list[Turn] | None = None
    tools: list[ToolParam] | None = None


class GenerateRequest(Settings):
    """The body of `POST /api/generate`."""

    prompt: str | None = None
    suffix: str | None = None
    system: str | None = None
    template: str | None = None
    images: list[str] | None = None
    context: Any = None
    raw: Any = None
    width: Any = None
    height: Any = None
    steps: Any = None


class Logprob(Wire):
    """One generated token."""

    token: str
    logprob: float
    bytes: list[int] | None = None
    top_logprobs: list[Logprob] | None = None


class Envelope(Wire):
    """What both forms of an answer say beside it; all of it in one object, or in each line of a stream.

    `done` is true in the last line only. Durations are nanoseconds, counts tokens.
    """

    model: str = ""
    created_at: str | None = None
    done: bool | None = None
    done_reason: str | None = None
    prompt_eval_count: Any = None
    eval_count: Any = None
    total_duration: Any = None
    load_duration: Any = None
    prompt_eval_duration: Any = None
    eval_duration: Any = None
    remote_model: Any = None
    remote_host: Any = None
    logprobs: list[Logprob] | None = None
    error: Any = None


class Answer(Envelope):
    """An answer to `POST /api/chat`, whole or a line of it."""

    message: Turn | None = None


class GenerateAnswer(Envelope):
    """An answer to `POST /api/generate`, whole or a line of it. `context` is the conversation in tokens."""

    response: str | None = None
    thinking: str | None = None
    image: str | None = None
    tool_calls: list[Call] | None = None
    context: Any = None
    completed: Any = None
    total: Any = None


REQUEST: Codec[Request] = Codec(Request)
GENERATE_REQUEST: Codec[GenerateRequest] = Codec(GenerateRequest)
TOOL: Codec[ToolParam] = Codec(ToolParam)
ANSWER: Codec[Answer] = Codec(Answer, of="response")
GENERATE_ANSWER: Codec[GenerateAnswer] = Codec(GenerateAnswer, of="response")
