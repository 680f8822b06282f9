"""Answers and stream events as they stand on the wire. Floor 3; types only.

In events the plural names (`tool_calls`, `citations`) hold single objects. Source: the official SDK's types (7.3) and
recorded traffic.
"""

from __future__ import annotations

from typing import Any, cast

from pontage.dialects.codec import Codec, Unknown, Wire
from pontage.dialects.cohere_chat.types import AssistantMessage, CitationObject
from pontage.domain.parts import JSONObject


class LogprobItem(Wire):
    """A stretch of text, its tokens and their natural-log probabilities."""

    token_ids: tuple[int, ...] = ()
    text: str | None = None
    logprobs: list[float] | None = None


class Answer(Wire):
    """A whole answer."""

    message: AssistantMessage
    id: str = ""
    finish_reason: str | None = None
    usage: JSONObject | None = None
    logprobs: list[LogprobItem] | None = None


class StartMessage(Wire):
    """The message as it begins: everything in it empty."""

    role: Any = None
    content: Any = None
    tool_plan: Any = None
    tool_calls: Any = None
    citations: Any = None


class StartDelta(Wire):
    """Holds the message that begins."""

    message: StartMessage | None = None


class MessageStart(Wire, tag="message-start"):
    """The answer begins."""

    id: str | None = None
    delta: StartDelta | None = None


class ContentPiece(Wire):
    """A content block as it begins, or what it grows by."""

    type: str | None = None
    text: str | None = None
    thinking: str | None = None


class ContentMessage(Wire):
    """Holds a piece of content."""

    content: ContentPiece


class ContentChange(Wire):
    """Holds the message that holds a piece of content."""

    message: ContentMessage


class ContentStart(Wire, tag="content-start"):
    """A content block begins."""

    delta: ContentChange
    index: int = 0


class ContentDelta(Wire, tag="content-delta"):
    """A content block grows."""

    delta: ContentChange
    index: int = 0
    logprobs: LogprobItem | None = None


class ContentEnd(Wire, tag="content-end"):
    """A content block is complete; citations of it may still come."""

    index: int = 0


class PlanMessage(Wire):
    """Holds a piece of the plan."""

    tool_plan: str = ""


class PlanChange(Wire):
    """Holds the message that holds a piece of the plan."""

    message: PlanMessage


class PlanDelta(Wire, tag="tool-plan-delta"):
    """The plan grows; it has neither start nor end of its own."""

    delta: PlanChange


class FunctionPiece(Wire):
    """A function as its call begins, or what its arguments grow by."""

    name: str | None = None
    arguments: str | None = None


class CallPiece(Wire):
    """A call as it begins, or what it grows by."""

    id: str | None = None
    type: str | None = None
    function: FunctionPiece | None = None


class CallMessage(Wire):
    """Holds a piece of a call."""

    tool_calls: CallPiece


class CallChange(Wire):
    """Holds the message that holds a piece of a call."""

    message: CallMessage


class CallStart(Wire, tag="tool-call-start"):
    """A call begins."""

    delta: CallChange
    index: int = 0


class CallDelta(Wire, tag="tool-call-delta"):
    """A call's arguments grow."""

    delta: CallChange
    index: int = 0


class CallEnd(Wire, tag="tool-call-end"):
    """A call is complete."""

    index: int = 0


class CitationMessage(Wire):
    """Holds a citation."""

    citations: CitationObject


class CitationChange(Wire):
    """Holds the message that holds a citation."""

    message: CitationMessage


class CitationStart(Wire, tag="citation-start"):
    """A citation, whole."""

    delta: CitationChange
    index: int = 0


class CitationEnd(Wire, tag="citation-end"):
    """A citation is complete."""

    index: int = 0


class EndDelta(Wire):
    """How the answer ended, and its counts; `error` tells that it failed."""

    finish_reason: str | None = None
    usage: JSONObject | None = None
    error: Any = None


class MessageEnd(Wire, tag="message-end"):
    """The answer is whole."""

    delta: EndDelta
    id: str | None = None


Event = (
    MessageStart
    | ContentStart
    | ContentDelta
    | ContentEnd
    | PlanDelta
    | CallStart
    | CallDelta
    | CallEnd
    | CitationStart
    | CitationEnd
    | MessageEnd
    | Unknown
)
"""Any event of a stream."""

ANSWER: Codec[Answer] = Codec(Answer, of="response")
EVENT: Codec[Event] = Codec(cast(Any, Event), of="response")
CONTENT_PIECE: Codec[ContentPiece] = Codec(ContentPiece, of="response")
CALL_PIECE: Codec[CallPiece] = Codec(CallPiece, of="response")
