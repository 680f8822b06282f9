"""What a format can say, and what is lost between two of them: each probe is said in one and carried to the other."""

import functools

from msgspec.structs import replace

from pontage.dialects.dialect import ProviderSide
from pontage.dialects.table import CLIENT_SIDES, PROVIDER_SIDES
from pontage.domain import ChatRequest, ChatResponse, Note, Origin
from pontage.errors import PontageError
from tests.facts.probes import ANSWERS, REQUESTS

Notes = tuple[Note, ...]
Crossed = Notes | None
"""The notes of a probe's loss; None: its origin cannot say it."""
LOSSES = ("approximated", "unsupported", "dropped")
REFUSED = "refused"
PLAIN_REQUEST, PLAIN_ANSWER = "a plain conversation", "a plain text"


def losses(notes: Notes, usual: Notes = ()) -> Notes:
    """The notes that tell of a loss, but for those on what has nothing to do with the probe."""
    known = {(note.kind, note.where) for note in usual}
    return tuple(note for note in notes if note.kind in LOSSES and (note.kind, note.where) not in known)


def said(side: ProviderSide, request: ChatRequest) -> tuple[bytes, Notes]:
    """The request in a format, as one who speaks it writes it himself."""
    origin = Origin(dialect=side.name, family=side.family)
    own = replace(request, messages=tuple([replace(message, origin=origin) for message in request.messages]))
    encoded = side.encode_request(own)
    return encoded.body, encoded.notes


@functools.cache
def as_asked(dialect: str, probe: str) -> ChatRequest | None:
    """The request as a client of this format sends it; None when the format cannot say it."""
    side = PROVIDER_SIDES[dialect]
    try:
        body, notes = said(side, REQUESTS[probe])
        if losses(notes):
            return None
        return replace(CLIENT_SIDES[dialect].decode_request(body, keep_spelling=False), model="m")
    except PontageError:
        return None


@functools.cache
def request_crossed(probe: str, client: str, side: ProviderSide) -> Crossed:
    """What is lost of a request that a client of one format sends to a provider that is spoken to like this."""
    asked, plain = as_asked(client, probe), as_asked(client, PLAIN_REQUEST)
    if asked is None or plain is None:
        return None
    if client == side.name:
        return ()
    try:
        return losses(side.encode_request(asked).notes, side.encode_request(plain).notes)
    except PontageError as error:
        return (Note("unsupported", REFUSED, error.message),)


@functools.cache
def as_answered(dialect: str, probe: str) -> ChatResponse | None:
    """The answer as a provider of this format gives it; None when the format cannot say it."""
    side, client = PROVIDER_SIDES[dialect], CLIENT_SIDES[dialect]
    origin = Origin(dialect=dialect, family=side.family)

    def own(answer: ChatResponse) -> ChatResponse:
        choices = tuple([replace(one, message=replace(one.message, origin=origin)) for one in answer.choices])
        return replace(answer, origin=origin, choices=choices)

    encoded, plain = client.encode_response(own(ANSWERS[probe])), client.encode_response(own(ANSWERS[PLAIN_ANSWER]))
    if losses(encoded.notes, plain.notes):
        return None
    try:
        return side.decode_response(encoded.body, keep_spelling=False)
    except PontageError:
        return None


@functools.cache
def answer_crossed(probe: str, provider: str, client: str) -> Crossed:
    """What is lost of an answer of one format that a client of another gets."""
    given, plain = as_answered(provider, probe), as_answered(provider, PLAIN_ANSWER)
    if given is None or plain is None:
        return None
    if client == provider:
        return ()
    writer = CLIENT_SIDES[client]
    return losses(writer.encode_response(given).notes, writer.encode_response(plain).notes)
