"""Log-probabilities, both ways. Floor 3; pure."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from pontage.dialects.openai_chat.message_types import said
from pontage.dialects.openai_chat.response_types import Logprobs
from pontage.dialects.openai_chat.response_types import TokenLogprob as WireLogprob
from pontage.domain.chat import TokenLogprob
from pontage.domain.parts import JSONObject


def decode_logprobs(logprobs: Logprobs | None) -> tuple[tuple[TokenLogprob, ...] | None, JSONObject]:
    """The tokens of the content, and the lists of other tokens as they are."""
    if logprobs is None:
        return None, {}
    content = said(logprobs.content)
    rest = {name: value for name, value in logprobs.extra.items() if value}
    if said(logprobs.refusal):
        rest["refusal"] = logprobs.refusal
    return (None if content is None else _decode_tokens(content)), rest


def _decode_tokens(tokens: Iterable[WireLogprob]) -> tuple[TokenLogprob, ...]:
    return tuple(
        [
            TokenLogprob(
                token=one.token,
                logprob=one.logprob,
                bytes=tuple(one.bytes) if isinstance(one.bytes, list) else None,
                id=said(one.id),
                top=_decode_tokens(said(one.top_logprobs) or ()),
            )
            for one in tokens
        ]
    )


def encode_logprobs(tokens: Sequence[TokenLogprob] | None) -> JSONObject | None:
    """The object that tells these tokens; `null` where there are none."""
    return None if tokens is None else {"content": [_encode_token(one, top=True) for one in tokens], "refusal": None}


def _encode_token(one: TokenLogprob, *, top: bool) -> JSONObject:
    wire: JSONObject = {"token": one.token, "logprob": one.logprob}
    wire["bytes"] = None if one.bytes is None else list(one.bytes)
    if one.id is not None:
        wire["id"] = one.id
    if top:
        wire["top_logprobs"] = [_encode_token(other, top=False) for other in one.top]
    return wire
