"""A gateway under mixed traffic for a long time: `python -m tests.faults.soak SECONDS`.

Half of the requests are streams, one in twenty leaves early, one in twenty upstream answers is a fault. Afterwards
nothing is left behind, and the memory does not grow.
"""

import json
import random
import subprocess
import sys
import tempfile
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Any, NamedTuple, cast

import msgspec

from tests.e2e.asking import raw, request
from tests.faults.clients import FORMS, asked
from tests.faults.expected import FALLBACK, GOOD
from tests.faults.judging import judged
from tests.faults.matrix import BY_SLUG
from tests.faults.peer import Peer, Step, peer
from tests.faults.vendors import DIALECTS, TYPES
from tests.faults.wire import LAST, SICK, WELL, Ask, chunk
from tests.gateway import RunningGateway
from tests.replay.upstream import Received

HANDS = 12
RATE = 120.0
"""Requests a second, all hands together, as far as the machine is able."""
SHARE = 0.05
"""Of the requests that are left early, and of the upstream's answers that are faults."""
EARLY = (
    "500",
    "503",
    "no-json",
    "closed-after-the-head",
    "reset-before-the-content",
    "429--no-word-of-a-wait",
    "no-http",
)
LATE = ("closed-within-the-content", "an-error-that-says-200-after-content")
"""Faults before and, one in five, after the first content."""


class Port(NamedTuple):
    """A gateway in another process, as far as a client needs it."""

    port: int


class Soaked(msgspec.Struct, frozen=True):
    """What came of it: how often each outcome was seen, and the counts before, between and after. `slope`: of the
    resident memory after the first third, in bytes a second."""

    seconds: float
    seen: Counter[str]
    before: dict[str, int]
    after: dict[str, int]
    memory: list[tuple[float, int]]

    @property
    def heard(self) -> int:
        """Requests whose client stayed."""
        return sum(self.seen.values()) - self.seen["left"]

    @property
    def begun(self) -> int:
        """Those of them that got their first content, or all of their answer."""
        return self.heard - sum(count for seen, count in self.seen.items() if seen[0].isdigit())

    @property
    def odd(self) -> list[str]:
        """Outcomes that are none: mixed, repeated or unreadable answers."""
        fine = (GOOD, FALLBACK, "left")
        return [
            seen for seen in self.seen if seen not in fine and not seen[0].isdigit() and not seen.startswith("cut PTG-")
        ]

    @property
    def slope(self) -> float:
        points = self.memory[len(self.memory) // 3 :]
        middle, mean = (sum(column) / len(points) for column in zip(*points, strict=True))
        spread = sum((when - middle) ** 2 for when, _ in points)
        return sum((when - middle) * (size - mean) for when, size in points) / spread if spread else 0.0


class Upstream:
    """Says good answers in pieces, and now and then, where the path allows it, one of the faults."""

    def __init__(self, seed: int) -> None:
        self._chance = random.Random(seed)
        self._lock = threading.Lock()

    def __call__(self, received: Received) -> list[Step]:
        _, who, dialect, *_ = received.path.split("/")
        ask = Ask(dialect, "streamGenerateContent" in received.path or bool(received.json.get("stream")))
        with self._lock:
            draw = self._chance.random()
        if who == SICK and draw < SHARE:
            slugs = LATE if draw < SHARE / 5 and ask.streams else EARLY
            return list(BY_SLUG[slugs[int(draw * 1e6) % len(slugs)]].says(ask))
        if not ask.streams:
            return [0.005, ask.said(ask.body(who=who))]
        told = ask.telling(who=who)
        pieces = [step for piece in told.content for step in (chunk(piece), 0.002)]
        return [
            ask.chunked(b"".join(told.opening)) if told.opening else ask.chunked(),
            *pieces,
            chunk(b"".join(told.ending)) + LAST,
        ]


def configuration(upstream: Peer) -> dict[str, Any]:
    """For each format a model whose first target fails at times; the second one, of another format, never."""

    def provider(who: str, dialect: str) -> dict[str, Any]:
        kind = {"type": TYPES[dialect]} if dialect in TYPES else {"type": "compatible", "dialect": dialect}
        return {**kind, "base_url": f"http://127.0.0.1:{upstream.port}/{who}/{dialect}", "api_key": "key"}

    after = dict(zip(DIALECTS, (*DIALECTS[1:], DIALECTS[0]), strict=True))
    return {
        "version": 1,
        "providers": {f"{who}-{dialect}": provider(who, dialect) for who in (SICK, WELL) for dialect in DIALECTS},
        "models": {
            dialect: {"targets": [f"{SICK}-{dialect}/m", f"{WELL}-{other}/m"]} for dialect, other in after.items()
        },
    }


@contextmanager
def housed(config: dict[str, Any]) -> Iterator[tuple[Port, Callable[[], dict[str, int]]]]:
    """A gateway in a process of its own, and what tells its counts."""
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder, "pontage.yaml")
        file.write_text(json.dumps(config), encoding="utf-8")
        command = [sys.executable, "-m", "tests.faults.housed", str(file)]
        with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as process:
            assert process.stdin is not None
            assert process.stdout is not None
            talk, answer = process.stdin, process.stdout

            def counts() -> dict[str, int]:
                talk.write("\n")
                talk.flush()
                return json.loads(answer.readline())

            try:
                yield Port(json.loads(answer.readline())["port"]), counts
            finally:
                talk.close()


def soak(seconds: float, seed: int = 4) -> Soaked:
    """Run the traffic for so long."""
    with peer(Upstream(seed)) as upstream, housed(configuration(upstream)) as (port, counts):
        gateway = cast(RunningGateway, port)  # of which only the port is asked here
        for form in FORMS:  # what is imported and made once is no growth
            _one(gateway, form, DIALECTS[0], streams=True)
        before = settled(counts)
        seen: Counter[str] = Counter()
        lock, end = threading.Lock(), time.monotonic() + seconds

        def work(number: int) -> None:
            chance = random.Random(seed * 1000 + number)
            while (begun := time.monotonic()) < end:
                form, dialect, streams = chance.choice(FORMS), chance.choice(DIALECTS), chance.random() < 0.5
                leaves = chance.random() < SHARE
                outcome = _leave(gateway, form, dialect, chance, streams=streams) if leaves else None
                outcome = outcome or _one(gateway, form, dialect, streams=streams)
                with lock:
                    seen[outcome] += 1
                time.sleep(max(0.0, begun + HANDS / RATE - time.monotonic()))

        hands = [threading.Thread(target=work, args=(number,)) for number in range(HANDS)]
        for hand in hands:
            hand.start()
        memory: list[tuple[float, int]] = []
        while any(hand.is_alive() for hand in hands):
            time.sleep(min(1.0, seconds / 20))
            memory.append((time.monotonic(), counts()["rss"]))
        return Soaked(seconds, seen, before, settled(counts), memory)


def settled(counts: Callable[[], dict[str, int]]) -> dict[str, int]:
    """The counts once nothing moves any more, or after some seconds as they are then."""
    end = time.monotonic() + 10
    while True:
        told = counts()
        if time.monotonic() > end or not (told["clients"] or told["in_use"] or told["in_flight"]):
            return told
        time.sleep(0.05)


def _one(gateway: RunningGateway, form: str, dialect: str, *, streams: bool) -> str:
    path, body = asked(form, dialect, "Hello.", streams=streams)
    answer = request(gateway, "POST", path, body, content_type="application/json")
    same = dialect == ("google_generate" if form == "google_array" else form)
    return judged(form, answer, streams=streams, relayed=same)


def _leave(gateway: RunningGateway, form: str, dialect: str, chance: random.Random, *, streams: bool) -> str:
    path, body = asked(form, dialect, "Hello.", streams=streams)
    with closing(raw(gateway, path, json.dumps(body).encode())) as connection:
        time.sleep(chance.random() * 0.02)
        if chance.random() < 0.5:
            connection.recv(100)
    return "left"


def told(soaked: Soaked) -> Iterator[tuple[str, object, str]]:
    """The figures."""
    yield "soak: seconds", soaked.seconds, "s"
    yield "soak: requests", sum(soaked.seen.values()), ""
    yield "soak: requests left early", soaked.seen["left"], ""
    yield "soak: answered by the other target", soaked.seen[FALLBACK], ""
    yield "soak: requests that succeed before content", f"{soaked.begun:,} of {soaked.heard:,}", ""
    yield (
        "soak: streams cut after content, and told so",
        sum(count for seen, count in soaked.seen.items() if seen.startswith("cut ")),
        "",
    )
    yield "soak: mixed, repeated or unreadable answers", len(soaked.odd), ""
    yield "soak: slope of the resident memory", soaked.slope / 1024, "KiB/s"
    for name in ("tasks", "in_use", "in_flight"):
        yield f"soak: {name} before and after", f"{soaked.before[name]}, {soaked.after[name]}", ""
    yield (
        "soak: descriptors without idle connections, before and after",
        ", ".join(str(one["descriptors"] - one["idle"]) for one in (soaked.before, soaked.after)),
        "",
    )


if __name__ == "__main__":
    for name, value, unit in told(found := soak(float(sys.argv[1]))):
        print(f"{name}: {value:.4g} {unit}" if isinstance(value, float) else f"{name}: {value} {unit}".rstrip())
    print(dict(found.seen))
