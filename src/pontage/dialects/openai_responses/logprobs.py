"""Log-probabilities of the words of an answer, both ways. Floor 3; pure."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any, cast

from pontage.dialects.notes import Notes
from pontage.dialects.openai_responses.item_types import TokenLogprob as WireLogprob
from pontage.dialects.openai_responses.item_types import TopLogprob
from pontage.domain.chat import TokenLogprob
from pontage.domain.parts import JSONObject


def read_logprobs(tokens: Iterable[WireLogprob | TopLogprob]) -> tuple[TokenLogprob, ...]:
    """The canonical tokens."""
    return tuple(
        [
            TokenLogprob(
                token=one.token,
                logprob=one.logprob,
                bytes=None if one.bytes is None else tuple(one.bytes),
                top=read_logprobs(one.top_logprobs or ()) if isinstance(one, WireLogprob) else (),
            )
            for one in tokens
        ]
    )


def note_ids(tokens: Iterable[TokenLogprob], notes: Notes) -> None:
    """A note when tokens have numbers, which are not told here."""
    if any(one.id is not None or any(other.id is not None for other in one.top) for one in tokens):
        notes.approximated("choices[0].logprobs", "the numbers of tokens are not told here")


def write_logprobs(tokens: Iterable[TokenLogprob]) -> list[JSONObject]:
    """The tokens on the wire."""
    return [{**_write(one), "top_logprobs": [_write(other) for other in one.top]} for one in tokens]


def _write(one: TokenLogprob) -> JSONObject:
    said: JSONObject = {"token": one.token, "logprob": one.logprob}
    return said if one.bytes is None else {**said, "bytes": list(one.bytes)}


def place_logprobs(items: Iterable[JSONObject], tokens: Sequence[TokenLogprob]) -> None:
    """Give every text of an answer's items the tokens that it is made of, in place."""
    rest = list(tokens)
    for item in items:
        content: Any = item.get("content")
        for part in cast(list[JSONObject], content) if isinstance(content, list) else ():
            if part.get("type") == "output_text":
                taken = _taken(rest, part.get("text"))
                part["logprobs"] = write_logprobs(rest[:taken])
                del rest[:taken]


def _taken(tokens: list[TokenLogprob], text: object) -> int:
    """How many tokens make this text."""
    length, taken = len(text) if isinstance(text, str) else 0, 0
    while taken < len(tokens) and length > 0:
        length -= len(tokens[taken].token)
        taken += 1
    return taken
