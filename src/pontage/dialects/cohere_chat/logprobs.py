"""Log-probabilities, both ways. Floor 3; pure.

An item is a stretch of text and all its tokens, whose own texts are not told: the first one has the text, the others
an empty one, and this is also how they are put together again.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from pontage.dialects.cohere_chat.response_types import LogprobItem
from pontage.dialects.scope import Scope
from pontage.domain.chat import TokenLogprob
from pontage.domain.parts import JSONObject


def read_logprobs(items: Iterable[LogprobItem]) -> tuple[TokenLogprob, ...]:
    """The tokens of all items."""
    found: list[TokenLogprob] = []
    for item in items:
        values, ids = item.logprobs or [], item.token_ids
        for number, value in enumerate(values):
            text = (item.text or "") if number == 0 else ""
            found.append(TokenLogprob(token=text, logprob=value, id=ids[number] if number < len(ids) else None))
    return tuple(found)


def write_logprobs(tokens: Sequence[TokenLogprob], scope: Scope) -> list[JSONObject]:
    """The items that tell these tokens."""
    items: list[JSONObject] = []
    for one in tokens:
        if one.bytes is not None or one.top:
            scope.notes.approximated("choices[0].logprobs", "tokens are told by text and number alone")
        if one.token or not items:
            items.append({"text": one.token, "token_ids": [], "logprobs": []})
        if one.id is not None:
            items[-1]["token_ids"].append(one.id)
        items[-1]["logprobs"].append(one.logprob)
    return items
