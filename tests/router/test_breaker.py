"""The breaker beside a simple model of it, on a virtual clock; and each figure of its rules by itself."""

import pytest
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule

from pontage.router.breaker import Breaker

EVEN = 0.5  # the chance that leaves a time as it is


def opened(breaker: Breaker, now: float) -> None:
    for _ in range(5):
        ticket = breaker.admit(now)
        assert ticket is not None
        breaker.failed(ticket, now, EVEN)
    assert breaker.state(now) == "open"


def probed(breaker: Breaker, now: float) -> None:
    for _ in range(4):
        ticket = breaker.admit(now)
        assert ticket is not None
        breaker.answered(ticket, now)


def test_five_faults_in_a_row_open_it_and_four_do_not() -> None:
    breaker = Breaker()
    for outcome in "ffffaffff":
        ticket = breaker.admit(0.0)
        assert ticket is not None
        if outcome == "f":
            breaker.failed(ticket, 0.0, EVEN)
        else:
            breaker.answered(ticket, 0.0)
    assert breaker.state(0.0) == "closed"
    ticket = breaker.admit(0.0)
    assert ticket is not None
    breaker.failed(ticket, 0.0, EVEN)
    assert breaker.state(0.0) == "open"
    assert breaker.wait(4.0) == 6.0
    assert breaker.admit(9.9) is None
    assert breaker.share(9.9) == 0.0


@pytest.mark.parametrize(("outcomes", "state"), [("af" * 5, "open"), ("af" * 4 + "aa", "closed"), ("af" * 4, "closed")])
def test_half_of_ten_faults_open_it(outcomes: str, state: str) -> None:
    breaker = Breaker()
    for second, outcome in enumerate(outcomes):
        ticket = breaker.admit(second)
        assert ticket is not None
        if outcome == "f":
            breaker.failed(ticket, second, EVEN)
        else:
            breaker.answered(ticket, second)
    assert breaker.state(len(outcomes)) == state


def test_what_was_half_a_minute_ago_is_forgotten() -> None:
    breaker = Breaker()
    for step in range(40):
        ticket = breaker.admit(step * 8.0)
        assert ticket is not None
        if step % 2:
            breaker.failed(ticket, step * 8.0, EVEN)
        else:
            breaker.answered(ticket, step * 8.0)
    assert breaker.state(40 * 8.0) == "closed"


def test_it_stays_open_twice_as_long_each_time_up_to_five_minutes() -> None:
    breaker = Breaker()
    opened(breaker, 0.0)
    now, waits = 0.0, [breaker.wait(0.0)]
    for _ in range(6):
        now += breaker.wait(now)
        assert breaker.state(now) == "probing"
        ticket = breaker.admit(now)
        assert ticket is not None
        breaker.failed(ticket, now, EVEN)
        waits.append(breaker.wait(now))
    assert waits == pytest.approx([10, 20, 40, 80, 160, 300, 300])


@pytest.mark.parametrize(("chance", "seconds"), [(0.0, 8.0), (0.25, 9.0), (0.999_999, 12.0)])
def test_how_long_it_is_open_is_a_fifth_more_or_less(chance: float, seconds: float) -> None:
    breaker = Breaker()
    for _ in range(5):
        ticket = breaker.admit(0.0)
        assert ticket is not None
        breaker.failed(ticket, 0.0, chance)
    assert breaker.wait(0.0) == pytest.approx(seconds, rel=1e-4)


def test_one_probe_then_three_then_a_ramp() -> None:
    breaker = Breaker()
    opened(breaker, 0.0)
    first = breaker.admit(10.0)
    assert first is not None
    assert breaker.admit(10.0) is None
    assert breaker.share(10.0) == 0.0
    breaker.answered(first, 11.0)
    three = [breaker.admit(11.0) for _ in range(4)]
    assert three[-1] is None
    for ticket in three[:-1]:
        assert ticket is not None
        breaker.answered(ticket, 12.0)
    assert breaker.state(12.0) == "ramping"
    assert [breaker.share(12.0 + step) for step in (0, 30, 59.9)] == pytest.approx([0.1, 0.55, 0.9985])
    assert breaker.state(72.0) == "closed"
    assert (breaker.share(72.0), breaker.openings) == (1.0, 0)


def test_a_probe_that_proves_nothing_gives_its_place_back() -> None:
    breaker = Breaker()
    opened(breaker, 0.0)
    ticket = breaker.admit(10.0)
    assert ticket is not None
    breaker.spared(ticket, 10.5)
    assert breaker.admit(10.5) == ticket


def test_what_began_before_it_opened_says_nothing_about_the_probes() -> None:
    breaker = Breaker()
    early = breaker.admit(0.0)
    assert early is not None
    opened(breaker, 0.0)
    breaker.answered(early, 5.0)
    breaker.failed(early, 5.0, EVEN)
    assert breaker.wait(5.0) == 5.0
    breaker.spared(early, 10.0)
    assert breaker.admit(10.0) is not None
    breaker.answered(early, 10.0)
    assert breaker.state(10.0) == "probing"


def test_it_opens_for_longer_when_it_fails_on_the_ramp_and_not_after_it() -> None:
    breaker = Breaker()
    opened(breaker, 0.0)
    probed(breaker, 10.0)
    opened(breaker, 20.0)
    assert breaker.wait(20.0) == 20.0
    probed(breaker, 40.0)
    opened(breaker, 101.0)
    assert breaker.wait(101.0) == 10.0


class Machine(RuleBasedStateMachine):
    """Attempts begin and end in any order while time passes. The model keeps every outcome it was told, and looks."""

    def __init__(self) -> None:
        super().__init__()
        self.breaker = Breaker()
        self.now = 0.0
        self.running: list[tuple[int, int]] = []  # ticket, chapter of the model it began in
        self.chapter = 0
        self.phase = "closed"
        self.outcomes: list[tuple[float, bool]] = []
        self.until = 0.0
        self.openings = 0
        self.given = self.good = 0

    def enter(self, phase: str) -> None:
        self.phase = phase
        self.chapter += 1
        self.outcomes = []
        self.given = self.good = 0

    def settle(self) -> None:
        """What time alone brings about."""
        if self.phase == "open" and self.now >= self.until:
            self.enter("one probe")
        if self.phase == "ramping" and self.now >= self.until:
            self.phase, self.openings = "closed", 0

    def places(self) -> int:
        return {"open": 0, "one probe": 1, "three probes": 3}.get(self.phase, 10**9) - self.given

    @rule(seconds=st.sampled_from([0.0, 0.4, 1.0, 7.0, 31.0, 61.0, 300.0]))
    def wait(self, seconds: float) -> None:
        self.now += seconds
        self.settle()

    @rule()
    def begin(self) -> None:
        ticket = self.breaker.admit(self.now)
        assert (ticket is not None) == (self.places() > 0)
        if ticket is not None:
            self.given += 1
            self.running.append((ticket, self.chapter))

    @precondition(lambda self: self.running)
    @rule(data=st.data(), outcome=st.sampled_from("aaffffs"), chance=st.floats(0, 1, exclude_max=True))
    def end(self, data: st.DataObject, outcome: str, chance: float) -> None:
        ticket, chapter = self.running.pop(data.draw(st.integers(0, len(self.running) - 1)))
        counts = chapter == self.chapter
        if outcome == "s":
            self.breaker.spared(ticket, self.now)
            self.given -= counts and self.phase.endswith(("probe", "probes"))
            return
        if outcome == "a":
            self.breaker.answered(ticket, self.now)
        else:
            self.breaker.failed(ticket, self.now, chance)
        if counts:
            self.outcome(outcome == "f", chance)

    @precondition(lambda self: self.phase == "open")
    @rule()
    def recover(self) -> None:
        """The whole way to the ramp, which chance alone would seldom walk."""
        self.now = self.until + 0.01
        self.settle()
        for _ in range(4):
            self.begin()
            ticket, _ = self.running.pop()
            self.breaker.answered(ticket, self.now)
            self.outcome(False, 0.0)

    def outcome(self, fault: bool, chance: float) -> None:
        if self.phase.endswith(("probe", "probes")) and not fault:
            self.good += 1
            if self.phase == "one probe":
                self.enter("three probes")
            elif self.good == 3:
                self.enter("ramping")
                self.until = self.now + 60
            return
        self.outcomes.append((self.now, fault))
        lately = [bad for at, bad in self.outcomes if int(at) > int(self.now) - 30]
        in_a_row = len(self.outcomes) >= 5 and all(bad for _, bad in self.outcomes[-5:])
        often = len(lately) >= 10 and 2 * sum(lately) >= len(lately)
        if self.phase.endswith(("probe", "probes")) or (fault and (in_a_row or often)):
            self.enter("open")
            self.until = self.now + min(300, 10 * 2**self.openings) * (0.8 + 0.4 * chance)
            self.openings += 1

    @invariant()
    def agrees(self) -> None:
        state = {"one probe": "probing", "three probes": "probing"}.get(self.phase, self.phase)
        assert self.breaker.state(self.now) == state
        assert self.breaker.openings == self.openings
        wait = self.until - self.now if self.phase == "open" else 0.0
        assert self.breaker.wait(self.now) == pytest.approx(wait, abs=1e-6)
        share = 0.1 + 0.9 * (1 - (self.until - self.now) / 60) if self.phase == "ramping" else float(self.places() > 0)
        assert self.breaker.share(self.now) == pytest.approx(share, abs=1e-6)


TestBreaker = Machine.TestCase
TestBreaker.settings = settings(max_examples=300, stateful_step_count=60)
