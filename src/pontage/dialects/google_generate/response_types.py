"""Floor 3. The wire: an answer of generateContent, whole or one piece of a stream."""

from __future__ import annotations

from typing import Any

from msgspec import UNSET, UnsetType

from pontage.dialects.google_generate.names import Google, wire_names
from pontage.dialects.google_generate.types import Content
from pontage.domain.parts import JSONObject


class TokenProbability(Google):
    """One token and the natural logarithm of its probability."""

    token: str = ""
    log_probability: float = 0.0
    token_id: int | UnsetType | None = UNSET


class TopCandidates(Google):
    """The likeliest tokens of one step."""

    candidates: list[TokenProbability] | UnsetType | None = UNSET


class LogprobsResult(Google):
    """Chosen tokens, and beside them the likeliest ones."""

    chosen_candidates: list[TokenProbability] | UnsetType | None = UNSET
    top_candidates: list[TopCandidates] | UnsetType | None = UNSET


class Candidate(Google):
    """One answer, or a piece of it."""

    content: Content | UnsetType | None = UNSET
    finish_reason: str | int | UnsetType | None = UNSET
    index: int | UnsetType | None = UNSET
    logprobs_result: LogprobsResult | UnsetType | None = UNSET
    finish_message: Any = UNSET
    safety_ratings: Any = UNSET
    citation_metadata: Any = UNSET
    grounding_metadata: Any = UNSET
    url_context_metadata: Any = UNSET
    avg_logprobs: Any = UNSET
    token_count: Any = UNSET
    continuation_token: Any = UNSET


class Response(Google):
    """What generateContent answers, and every frame of streamGenerateContent."""

    candidates: list[Candidate] | UnsetType | None = UNSET
    usage_metadata: JSONObject | UnsetType | None = UNSET
    model_version: str | UnsetType | None = UNSET
    response_id: str | UnsetType | None = UNSET
    create_time: str | UnsetType | None = UNSET
    prompt_feedback: JSONObject | UnsetType | None = UNSET
    model_status: Any = UNSET


CANDIDATE_KEPT = wire_names(
    Candidate,
    "finish_message", "safety_ratings", "citation_metadata", "grounding_metadata", "url_context_metadata",
    "avg_logprobs", "token_count", "continuation_token",
)  # fmt: skip
"""Fields of a candidate that have no canonical name."""

RESPONSE_KEPT = wire_names(Response, "prompt_feedback", "model_status")
"""Fields of the answer itself that have no canonical name."""
