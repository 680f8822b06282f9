"""A call made to fit: what the model refuses is adapted before the format is chosen. Floor 4; pure.

A client's bytes in the provider's own format stay the very same bytes unless something in them may be refused.
"""

from __future__ import annotations

from collections.abc import Generator, Sequence
from contextlib import contextmanager

import msgspec

from pontage.catalog.restrictions import apply
from pontage.catalog.traces import respells, touches
from pontage.dialects.dialect import Encoded, ProviderSide
from pontage.dialects.envelope import Call, with_params
from pontage.dialects.notes import KEPT_THERE, kept_elsewhere
from pontage.dialects.wording import in_words
from pontage.domain.chat import Note
from pontage.errors import InvalidRequestError, TranslationError
from pontage.providers.base import Attempt


def encode_call(call: Call, side: ProviderSide, attempt: Attempt) -> Encoded:
    """The request for this attempt, and what it lost or had to change.

    Raises InvalidRequestError for what the model refuses and cannot be adapted, TranslationError in strict mode.
    """
    encoded, adapted = _encode(call, side, attempt)
    refuse_kept(encoded.notes)
    if attempt.strict:
        with own_words(call):
            refuse_losses(encoded.notes)  # the format's losses: what the model refuses, the policy has judged
    return Encoded(encoded.body, (*adapted, *encoded.notes)) if adapted else encoded


def _encode(call: Call, side: ProviderSide, attempt: Attempt) -> tuple[Encoded, tuple[Note, ...]]:
    model, params, rules = attempt.model, attempt.params, attempt.restrictions
    own = call.speaks(side) and not params
    if attempt.policy == "off" or (own and not touches(call.body, rules)):
        return call.bytes_for(side, model, params), ()
    request = msgspec.structs.replace(call.request_for(side), model=model)
    if params:
        request = with_params(request, params)
    with own_words(call):
        adapted, notes = apply(request, rules, attempt.policy)
    if adapted is request and own and not respells(call.body, rules):
        return call.bytes_for(side, model), ()
    return side.encode_request(adapted), notes


def refuse_kept(notes: Sequence[Note]) -> None:
    """Raise InvalidRequestError for a note that tells of something which another provider keeps."""
    for note in notes:
        if note.where in KEPT_THERE and note.kind == "unsupported":
            raise kept_elsewhere(note.where)


@contextmanager
def own_words(call: Call) -> Generator[None]:
    """Errors inside tell by `param` what the caller itself wrote; their message keeps the canonical path."""
    try:
        yield
    except InvalidRequestError as error:
        if call.client is not None and error.param is not None:
            error.param = in_words(error.param, call.client.words, call.body)
        raise


def refuse_losses(notes: Sequence[Note]) -> None:
    """Strict mode: raise TranslationError for the first note that tells of a loss."""
    for note in notes:
        if note.kind != "injected":
            raise TranslationError(
                f"`{note.where}` cannot be carried to this provider: {note.detail or note.kind}",
                param=note.where,
                hint="leave the field out, choose another model, or send without strict mode",
            )
