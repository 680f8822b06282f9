"""Events of a stream as they stand on the wire. Floor 3; types only.

Those that only repeat what others tell (`...done` of a text), or tell that a tool of the provider's is at work, are
`Unknown` to this version and skipped. Source: the official SDK's `types.responses` (3.54), recorded traffic.
"""

from __future__ import annotations

from typing import Any, cast

from msgspec import Raw

from pontage.dialects.codec import Codec, Unknown, Wire
from pontage.dialects.openai_responses.item_types import TokenLogprob
from pontage.dialects.openai_responses.types import Response


class Event(Wire, kw_only=True):
    """What every event may say; the padding in `obfuscation` is noise."""

    sequence_number: Any = None
    obfuscation: Any = None
    item_id: Any = None


class Created(Event, kw_only=True, tag="response.created"):
    """The answer begins."""

    response: Response


class Queued(Event, kw_only=True, tag="response.queued"):
    """The answer waits for its turn."""

    response: Response


class InProgress(Event, kw_only=True, tag="response.in_progress"):
    """The answer is being made."""

    response: Response


class ItemAdded(Event, kw_only=True, tag="response.output_item.added"):
    """An item begins."""

    item: Raw
    output_index: int = 0


class ItemDone(Event, kw_only=True, tag="response.output_item.done"):
    """An item is complete, and this is it."""

    item: Raw
    output_index: int = 0


class PartAdded(Event, kw_only=True, tag="response.content_part.added"):
    """A piece of content begins."""

    part: Raw
    output_index: int = 0
    content_index: int = 0


class TextDelta(Event, kw_only=True, tag="response.output_text.delta"):
    """Text grows."""

    delta: str
    output_index: int = 0
    content_index: int = 0
    logprobs: list[TokenLogprob] | None = None


class RefusalDelta(Event, kw_only=True, tag="response.refusal.delta"):
    """The words for declining grow."""

    delta: str
    output_index: int = 0
    content_index: int = 0


class ThinkingDelta(Event, kw_only=True, tag="response.reasoning_text.delta"):
    """Thinking itself grows."""

    delta: str
    output_index: int = 0
    content_index: int = 0


class SummaryDelta(Event, kw_only=True, tag="response.reasoning_summary_text.delta"):
    """The summary of the thinking grows."""

    delta: str
    output_index: int = 0
    summary_index: int = 0


class ArgumentsDelta(Event, kw_only=True, tag="response.function_call_arguments.delta"):
    """The arguments of a call grow."""

    delta: str
    output_index: int = 0


class InputDelta(Event, kw_only=True, tag="response.custom_tool_call_input.delta"):
    """The input of a custom tool grows."""

    delta: str
    output_index: int = 0


class Completed(Event, kw_only=True, tag="response.completed"):
    """The answer is whole."""

    response: Response


class Incomplete(Event, kw_only=True, tag="response.incomplete"):
    """The answer ended before its end; all of it that there is was told."""

    response: Response


class Failed(Event, kw_only=True, tag="response.failed"):
    """The answer failed."""

    response: Response


class Broken(Event, kw_only=True, tag="error"):
    """The stream failed; the error stands inside, or beside."""

    error: Any = None
    code: Any = None
    message: Any = None
    param: Any = None


AnyEvent = (
    Created
    | Queued
    | InProgress
    | ItemAdded
    | ItemDone
    | PartAdded
    | TextDelta
    | RefusalDelta
    | ThinkingDelta
    | SummaryDelta
    | ArgumentsDelta
    | InputDelta
    | Completed
    | Incomplete
    | Failed
    | Broken
    | Unknown
)
"""Any event of a stream."""

EVENT: Codec[AnyEvent] = Codec(cast(Any, AnyEvent), of="response")
