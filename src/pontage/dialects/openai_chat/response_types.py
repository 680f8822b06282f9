"""Wire types of answers, whole and in pieces. Floor 3; data.

Nearly everything may be missing: compatible servers leave out what they like, and an answer is not refused for it.
"""

from __future__ import annotations

from typing import Any

from msgspec import UNSET, UnsetType

from pontage.dialects.codec import Wire
from pontage.dialects.openai_chat.message_types import Spoken
from pontage.domain.parts import JSONObject


class TokenLogprob(Wire):
    """A token and how likely it was."""

    token: str
    logprob: float
    bytes: list[int] | UnsetType | None = UNSET
    id: int | UnsetType | None = UNSET
    top_logprobs: list[TokenLogprob] | UnsetType | None = UNSET


class Logprobs(Wire):
    """Log-probabilities of the content's tokens; others (of refusals, of thinking) stay as they are."""

    content: list[TokenLogprob] | UnsetType | None = UNSET
    refusal: Any = UNSET


class AnswerMessage(Spoken):
    """The message of a whole answer."""

    role: str | UnsetType | None = UNSET


class AnswerChoice(Wire):
    """One candidate; `stop_reason` (vLLM) is the stop string or token that ended it."""

    message: AnswerMessage | UnsetType | None = UNSET
    index: int | UnsetType | None = UNSET
    finish_reason: str | UnsetType | None = UNSET
    logprobs: Logprobs | UnsetType | None = UNSET
    stop_reason: str | int | UnsetType | None = UNSET


class ChatResponse(Wire):
    """The answer to `POST /chat/completions`."""

    choices: list[AnswerChoice]
    id: str | UnsetType | None = UNSET
    object: str | UnsetType | None = UNSET
    created: int | float | UnsetType | None = UNSET
    model: str | UnsetType | None = UNSET
    usage: JSONObject | UnsetType | None = UNSET
    service_tier: str | UnsetType | None = UNSET
    system_fingerprint: str | UnsetType | None = UNSET


class Delta(Spoken):
    """What a chunk adds to a message."""

    role: str | UnsetType | None = UNSET
    obfuscation: str | UnsetType | None = UNSET
    channel: Any = UNSET


class ChunkChoice(Wire):
    """What a chunk adds to a candidate. `message`, the answer so far, is a repetition (Perplexity)."""

    delta: Delta | UnsetType | None = UNSET
    index: int | UnsetType | None = UNSET
    finish_reason: str | UnsetType | None = UNSET
    logprobs: Logprobs | UnsetType | None = UNSET
    stop_reason: str | int | UnsetType | None = UNSET
    message: Any = UNSET
    native_finish_reason: Any = UNSET
    content_filter_results: Any = UNSET
    token_ids: Any = UNSET


class Chunk(Wire):
    """One piece of a streamed answer."""

    choices: list[ChunkChoice] | UnsetType | None = UNSET
    id: str | UnsetType | None = UNSET
    object: str | UnsetType | None = UNSET
    created: int | float | UnsetType | None = UNSET
    model: str | UnsetType | None = UNSET
    usage: JSONObject | UnsetType | None = UNSET
    service_tier: str | UnsetType | None = UNSET
    error: Any = UNSET
    obfuscation: str | UnsetType | None = UNSET
    # Without a canonical name, in every chunk of some server; declared so that they are read the quick way.
    system_fingerprint: Any = UNSET
    provider: Any = UNSET
    prompt_token_ids: Any = UNSET
    citations: Any = UNSET
    search_results: Any = UNSET


UNNAMED_IN_CHUNK = ("system_fingerprint", "provider", "prompt_token_ids", "citations", "search_results")
"""Fields of a chunk that have no canonical name."""
UNNAMED_IN_CHOICE = ("native_finish_reason", "content_filter_results", "token_ids")
"""Fields of a chunk's choice that have no canonical name."""
