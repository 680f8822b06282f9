"""Floor 3. Probabilities of tokens, both ways. Google tells a token's text and number, not its bytes."""

from __future__ import annotations

from collections.abc import Sequence

from msgspec import UnsetType

from pontage.dialects.google_generate.response_types import LogprobsResult, TokenProbability
from pontage.dialects.notes import Notes
from pontage.domain.chat import TokenLogprob
from pontage.domain.parts import JSONObject


def read_logprobs(result: LogprobsResult | UnsetType | None, extra: JSONObject) -> tuple[TokenLogprob, ...] | None:
    """The tokens of a `logprobsResult`; what has no canonical name is added to `extra`."""
    if not isinstance(result, LogprobsResult):
        return None
    if result.extra:
        extra["logprobsResult"] = result.extra
    top = result.top_candidates or ()
    chosen = result.chosen_candidates or ()
    return tuple(
        _read(token, tuple(_read(other) for other in (top[step].candidates or ()) if other) if step < len(top) else ())
        for step, token in enumerate(chosen)
    )


def _read(token: TokenProbability, top: tuple[TokenLogprob, ...] = ()) -> TokenLogprob:
    number = token.token_id
    return TokenLogprob(
        token=token.token, logprob=token.log_probability, id=number if isinstance(number, int) else None, top=top
    )


def write_logprobs(tokens: Sequence[TokenLogprob], where: str, notes: Notes) -> JSONObject:
    """The `logprobsResult` of these tokens."""
    if any(token.bytes is not None for token in tokens):
        notes.dropped(f"{where}.logprobs", "tokens have no bytes here")
    result: JSONObject = {"chosenCandidates": [_write(token) for token in tokens]}
    if any(token.top for token in tokens):
        result["topCandidates"] = [{"candidates": [_write(other) for other in token.top]} for token in tokens]
    return result


def _write(token: TokenLogprob) -> JSONObject:
    fields: JSONObject = {"token": token.token, "logProbability": token.logprob}
    if token.id is not None:
        fields["tokenId"] = token.id
    return fields
