"""The matrix: every fault in every format, asked for whole answers and streams, alone and with a healthy fallback."""

from collections.abc import Iterable
from concurrent.futures import ThreadPoolExecutor
from contextlib import nullcontext
from threading import Semaphore
from typing import NamedTuple

from pontage.config import Config, PriceOverride, ProviderSettings, Secret, Target, Timeouts, VirtualModel
from pontage.config.sections import LoadSection, ServerSection
from tests.e2e.asking import Answer, request
from tests.faults.clients import FORMS, asked
from tests.faults.contents import CONTENTS
from tests.faults.expected import FALLBACK, NO_CONNECTION, Outcome
from tests.faults.fault import PATIENT, Fault
from tests.faults.framing import FRAMING
from tests.faults.judging import judged
from tests.faults.peer import Peer, Step
from tests.faults.roads import ROADS
from tests.faults.statuses import STATUSES
from tests.faults.vendors import DIALECTS, TYPES
from tests.faults.wire import WELL, Ask
from tests.gateway import RunningGateway
from tests.replay.upstream import Received

FAULTS = (*ROADS, *FRAMING, *CONTENTS, *STATUSES)
BY_SLUG = {fault.slug: fault for fault in FAULTS}
HANDS = 96
"""Cells at a time; most of them wait for something."""
OFFSETS = (0, 3, 5, 2)
"""How far a client's format is from the upstream's, by mode and fallback: each fault meets every client."""


class Cell(NamedTuple):
    """One request: what is wrong, in which format, who asks how, and whether there is somebody else."""

    fault: Fault
    dialect: str
    form: str
    streams: bool
    fallback: bool

    @property
    def relayed(self) -> bool:
        """Whether client and upstream speak one format."""
        return self.dialect == ("google_generate" if self.form == "google_array" else self.form)

    @property
    def outcome(self) -> Outcome:
        """What is documented."""
        return self.fault.outcome(self.dialect, streams=self.streams, relayed=self.relayed)

    @property
    def expected(self) -> str:
        """What the client shall see."""
        return FALLBACK if self.fallback and self.outcome.elsewhere else self.outcome.seen

    @property
    def calls(self) -> int:
        """How often the faulty upstream shall be asked."""
        return 1 if self.fallback and self.outcome.elsewhere else self.outcome.calls

    def __str__(self) -> str:
        mode = "stream" if self.streams else "whole"
        return f"{self.fault.name}: {self.dialect} for {self.form}, {mode}, {'fallback' if self.fallback else 'alone'}"


class Result(NamedTuple):
    """What became of a cell: what the client saw, the attempts it was told of (0: of none), and the requests that the
    faulty upstream got."""

    cell: Cell
    seen: str
    attempts: int
    calls: int
    again: bool = False  # it was run a second time, by itself

    @property
    def as_documented(self) -> bool:
        """Whether client and upstream saw what is written down."""
        cell = self.cell
        others = int(self.seen == FALLBACK)
        told = not self.attempts or self.attempts == cell.calls + others
        heard = cell.fault.port not in ("port", "leaving") or 1 <= self.calls <= cell.calls + cell.fault.unheard
        return (self.seen == cell.expected or self.met_dead) and told and heard

    @property
    def met_dead(self) -> bool:
        """Whether the last attempt met a kept connection that was dead, so that the upstream never heard of it."""
        died = self.seen == NO_CONNECTION.seen != self.cell.expected
        return died and 1 <= self.calls < self.attempts == self.cell.calls

    def __str__(self) -> str:
        return (
            f"{self.cell}: {self.seen} by {self.attempts} attempts, {self.calls} requests; documented: "
            f"{self.cell.expected}, {self.cell.calls}"
        )


def script(received: Received) -> list[Step]:
    """What the upstream says to a request, whose path names the fault and the format."""
    _, slug, dialect, *_ = received.path.split("/")
    ask = Ask(dialect, "streamGenerateContent" in received.path or bool(received.json.get("stream")))
    if slug == WELL:
        return [ask.said(ask.body(who=WELL))]
    return list(BY_SLUG[slug].says(ask))


def configuration(upstream: Peer) -> Config:
    """A provider for every fault in every format, and one for every format that is well."""
    providers: dict[str, ProviderSettings] = {}
    models: dict[str, VirtualModel] = {}
    for number, dialect in enumerate(DIALECTS):
        other = DIALECTS[(number + 1) % len(DIALECTS)]
        providers[f"{WELL}-{dialect}"] = _provider(upstream.port, WELL, dialect, PATIENT)
        for fault in FAULTS:
            door = "port" if fault.port == "tls" else fault.port
            scheme = "https" if fault.port == "tls" else "http"
            name = f"{fault.slug}.{dialect}"
            providers[name] = _provider(getattr(upstream, door), fault.slug, dialect, fault.timeouts, scheme)
            targets = [Target(model=f"{name}/m"), Target(model=f"{WELL}-{other}/m")]
            models[f"{name}+"] = VirtualModel(targets=targets)
            models[f"{name}-"] = VirtualModel(targets=targets[:1])
    prices = {f"{name}/m": PriceOverride(input=1, output=1) for name in providers}
    patient = ServerSection(load=LoadSection(max_lag=60))  # a busy machine is no fault
    return Config(providers=providers, models=models, prices=prices, server=patient)


def _provider(port: int, slug: str, dialect: str, timeouts: Timeouts, scheme: str = "http") -> ProviderSettings:
    url = f"{scheme}://127.0.0.1:{port}/{slug}/{dialect}"
    kind, spoken = (TYPES[dialect], None) if dialect in TYPES else ("compatible", dialect)
    return ProviderSettings(type=kind, dialect=spoken, base_url=url, api_key=Secret("key"), timeouts=timeouts)


def form_for(number: int, dialect: str, *, streams: bool, fallback: bool) -> str:
    """The client whose turn it is with the fault of that number."""
    offset = OFFSETS[(2 * streams + fallback + number) % 4] * (-1 if number // 4 % 2 else 1)
    return FORMS[(DIALECTS.index(dialect) + offset) % len(FORMS)]


def cells(*, streams: bool, fallback: bool, form: str | None = None) -> list[Cell]:
    """Every fault in every format once, asked by `form` or by all clients in turn."""
    return [
        Cell(fault, dialect, form or form_for(number, dialect, streams=streams, fallback=fallback), streams, fallback)
        for number, fault in enumerate(FAULTS)
        for dialect in DIALECTS
    ]


def run(gateway: RunningGateway, upstream: Peer, asked_of: Iterable[Cell]) -> list[Result]:
    """What becomes of these cells, of which no two may have fault and format in common.

    The timers here are tenths of a second, and many cells run at once: one that did not come out as documented is run
    again by itself, as a machine that is busy with something else can let any timer run out.
    """
    gateway.loop.call_soon_threadsafe(gateway.engine.book.reset)
    upstream.calls.clear()
    heavy = Semaphore(4)

    def one(cell: Cell) -> Result:
        with heavy if cell.fault.heavy else nullcontext():
            return _run(gateway, upstream, cell)

    with ThreadPoolExecutor(HANDS) as hands:
        results = list(hands.map(one, asked_of))
    return [result if result.as_documented else _alone(gateway, upstream, result.cell) for result in results]


def _alone(gateway: RunningGateway, upstream: Peer, cell: Cell) -> Result:
    gateway.loop.call_soon_threadsafe(gateway.engine.book.reset)
    upstream.calls.pop((cell.fault.slug, cell.dialect), None)
    return _run(gateway, upstream, cell)._replace(again=True)


def _run(gateway: RunningGateway, upstream: Peer, cell: Cell) -> Result:
    name = f"{cell.fault.slug}.{cell.dialect}{'+' if cell.fallback else '-'}"
    path, body = asked(cell.form, name, "Hello.", streams=cell.streams)
    answer: Answer = request(gateway, "POST", path, body, content_type="application/json")
    told = answer.headers.get("x-pontage-attempts", "")
    seen = judged(cell.form, answer, streams=cell.streams, relayed=cell.relayed)
    return Result(cell, seen, len(told.split(",")) if told else 0, upstream.calls[cell.fault.slug, cell.dialect])
