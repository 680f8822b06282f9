"""The retry budget beside a model that remembers everything; and waits between attempts."""

import pytest
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, rule

from pontage.router.backoff import pause, wait
from pontage.router.budget import RetryBudget
from tests.conftest import Figures


class Machine(RuleBasedStateMachine):
    """Requests come and retries are asked for while time passes."""

    def __init__(self) -> None:
        super().__init__()
        self.budget = RetryBudget()
        self.now = 0.0
        self.requests: list[float] = []
        self.retries: list[float] = []

    def lately(self, times: list[float]) -> int:
        return sum(int(at) > int(self.now) - 10 for at in times)

    def left(self) -> int:
        return max(0, self.lately(self.requests) // 5 + 3 - self.lately(self.retries))

    @rule(seconds=st.sampled_from([0.0, 0.3, 1.0, 4.0, 9.5, 60.0]))
    def wait(self, seconds: float) -> None:
        self.now += seconds

    @rule(count=st.integers(1, 40))
    def request(self, count: int) -> None:
        for _ in range(count):
            self.budget.requested(self.now)
            self.requests.append(self.now)

    @rule()
    def retry(self) -> None:
        granted = self.left() > 0
        assert self.budget.spend(self.now) == granted
        if granted:
            self.retries.append(self.now)

    @invariant()
    def agrees(self) -> None:
        assert self.budget.left(self.now) == self.left()


TestBudget = Machine.TestCase
TestBudget.settings = settings(max_examples=200, stateful_step_count=40)


def test_an_outage_at_two_hundred_requests_a_second_adds_a_fifth(figures: Figures) -> None:
    budget, sent, requests = RetryBudget(), 0, 0
    for step in range(200 * 30):
        now = step / 200
        requests += 1
        budget.requested(now)
        sent += 1 + sum(budget.spend(now) for _ in range(2))
    figures("upstream calls a request in an outage, by the retry budget alone", sent / requests)
    assert sent / requests <= 1.21


@pytest.mark.parametrize(("retry", "most"), [(0, 0.5), (1, 1.0), (2, 2.0), (4, 8.0), (5, 8.0), (5000, 8.0)])
def test_a_pause_is_any_time_up_to_a_bound_that_doubles(retry: int, most: float) -> None:
    assert pause(retry, 0.0) == 0.0
    assert pause(retry, 0.5) == most / 2
    assert most * 0.99 < pause(retry, 0.999) < most


@pytest.mark.parametrize(
    ("told", "left", "seconds"),
    [
        (None, 10.0, 0.25),
        (None, 0.1, None),  # the deadline comes first
        (0.0, 10.0, 0.01),
        (2.5, 10.0, 2.51),
        (60.0, 100.0, 60.01),
        (60.5, 100.0, None),  # too long: fail over
        (20.0, 20.0, None),
    ],
)
def test_a_told_wait_is_obeyed_when_it_fits(told: float | None, left: float, seconds: float | None) -> None:
    assert wait(told, 0, 0.5, left) == seconds
