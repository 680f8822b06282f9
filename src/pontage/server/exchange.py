"""One request being answered, and what the answer's headers tell. Floor 8."""

from __future__ import annotations

from time import perf_counter

from msgspec import Struct

from pontage.crossing import Crossing
from pontage.dialects.dialect import ClientSide
from pontage.domain.chat import Note
from pontage.observer import Observer
from pontage.security.keys import Caller
from pontage.security.limits import headers as limit_headers
from pontage.server.formats import FORMATS
from pontage.server.http import Request, Responder
from pontage.server.routes import Format, Match, format_of, words_for

JSON_TYPE = ("content-type", "application/json")
NOTES_LIMIT = 1024
"""Bytes of the notes header; what does not fit is counted."""


class Exchange(Struct):
    """One request being answered. `began` is on the clock of `perf_counter`; `status` is what it will have been told,
    unless an error is raised; `broken`: its answer is a stream that was not told to its end."""

    request: Request
    respond: Responder
    match: Match
    id: str
    began: float
    observer: Observer
    status: int = 200
    caller: Caller | None = None
    broken: bool = False

    @property
    def form(self) -> Format:
        """The name of the caller's format."""
        told, headers = self.match.route.format, self.request.headers
        return format_of(self.request.path, headers) if told is None else words_for(told, headers)

    @property
    def client(self) -> ClientSide:
        """The caller's format."""
        return FORMATS[self.form]

    def send(self, body: bytes, *, status: int = 200, content_type: str = "application/json") -> None:
        """A whole answer that crossed no bridge."""
        self.status = status
        self.respond.send(status, [("content-type", content_type), *ids(self.id)], body)


def crossing_headers(
    exchange: Exchange, crossing: Crossing, notes: tuple[Note, ...], elapsed: float
) -> list[tuple[str, str]]:
    """What the answer's headers tell of the crossing (contracts: `x-pontage-*`)."""
    crossing.notes = notes
    spent = perf_counter() - exchange.began - elapsed
    fields = [
        *ids(exchange.id),
        ("x-pontage-provider", crossing.target.provider),
        ("x-pontage-model", crossing.target.model),
        ("x-pontage-route", crossing.plan.route),
        ("x-pontage-attempts", ",".join(crossing.attempts)),
        ("x-pontage-overhead-ms", f"{spent * 1000:.2f}"),
    ]
    if notes:
        fields.append(("x-pontage-notes", spell_notes(notes)))
    if crossing.cost is not None:
        fields.append(
            ("x-pontage-cost-usd", f"{crossing.cost};estimated" if crossing.estimated else str(crossing.cost))
        )
    if crossing.simulated:
        fields.append(("x-pontage-simulated", "true"))
    if crossing.options.account is not None:
        fields += limit_headers(crossing.options.account.standings)
    if crossing.cache:
        fields.append(("x-pontage-cache", crossing.cache))
    return [(name, value if value.isascii() and value.isprintable() else ascii(value)) for name, value in fields]


def spell_notes(notes: tuple[Note, ...]) -> str:
    """Notes in one header: `dropped:seed,approximated:output.strict`, cut at `NOTES_LIMIT`."""
    spelled = ""
    for number, note in enumerate(notes):
        piece = f"{note.kind}:{note.where}"
        if len(spelled) + len(piece) > NOTES_LIMIT:
            return f"{spelled},+{len(notes) - number} more"
        spelled = f"{spelled},{piece}" if spelled else piece
    return spelled


def ids(number: str) -> list[tuple[str, str]]:
    """The request's id, in the headers that clients of either school look for."""
    return [("x-request-id", number), ("request-id", number)]
