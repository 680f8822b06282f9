"""Log-probabilities, both ways. Floor 3; pure."""

from __future__ import annotations

from collections.abc import Iterable

from pontage.dialects.ollama_chat.types import Logprob
from pontage.dialects.scope import Scope
from pontage.domain.chat import TokenLogprob
from pontage.domain.parts import JSONObject


def read_logprobs(tokens: Iterable[Logprob]) -> tuple[TokenLogprob, ...]:
    """The tokens that are told."""
    return tuple(
        [
            TokenLogprob(
                token=one.token,
                logprob=one.logprob,
                bytes=None if one.bytes is None else tuple(one.bytes),
                top=read_logprobs(one.top_logprobs or ()),
            )
            for one in tokens
        ]
    )


def write_logprobs(tokens: Iterable[TokenLogprob], scope: Scope, where: str) -> list[JSONObject]:
    """The tokens on the wire; a note that tokens have no ids here, where some have."""
    said: list[JSONObject] = []
    for one in tokens:
        if one.id is not None:
            scope.notes.approximated(f"{where}.logprobs", "tokens have no ids here")
        token: JSONObject = {"token": one.token, "logprob": one.logprob}
        if one.bytes is not None:
            token["bytes"] = list(one.bytes)
        if one.top:
            token["top_logprobs"] = write_logprobs(one.top, scope, where)
        said.append(token)
    return said
