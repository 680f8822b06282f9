"""Fields of a request by their path, read and changed. Floor 1; pure.

A path is a canonical field, a field in it (`tool_choice.mode`), one of the origin's own (`extra.seed`), or `PREFILL`.
"""

from __future__ import annotations

from typing import Any, Final, NamedTuple

import msgspec

from pontage.domain.chat import ChatRequest, Note

PREFILL: Final = "prefill"
"""Stands for a conversation that ends with the assistant's words, which the model is to continue."""
_EXTRA: Final = "extra"


class Outcome(NamedTuple):
    """A request as changed, and what was changed; no request: it cannot be changed without meaning something else."""

    request: ChatRequest | None
    notes: tuple[Note, ...]


def value_at(request: ChatRequest, path: str) -> Any:
    """What a request says at a path; None where it says nothing."""
    if path == PREFILL:
        return True if request.messages and request.messages[-1].role == "assistant" else None
    head, _, inside = path.partition(".")
    if head == _EXTRA:
        return request.extra.get(inside)
    value: Any = getattr(request, head)
    if inside and value is not None:
        value = getattr(value, inside)
    return None if value == () else value


def taken_out(request: ChatRequest, path: str, why: str) -> Outcome:
    """The request without a field; without a note where there is no reason to tell."""
    head, _, inside = path.partition(".")
    empty: Any = () if isinstance(getattr(request, head), tuple) else None
    if head == _EXTRA:
        empty = {name: entry for name, entry in request.extra.items() if name != inside}
    return Outcome(msgspec.structs.replace(request, **{head: empty}), (Note("dropped", path, why),) if why else ())


def replaced(request: ChatRequest, path: str, value: Any, why: str) -> Outcome:
    """The request with another value at a path."""
    head, _, inside = path.partition(".")
    if head == _EXTRA:
        value = {**request.extra, inside: value}
    elif inside:
        value = msgspec.structs.replace(getattr(request, head), **{inside: value})
    return Outcome(msgspec.structs.replace(request, **{head: value}), (Note("approximated", path, why),))
