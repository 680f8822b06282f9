"""What all tests share: the recorded traffic, and figures that tests measured, both told at the end of the run."""

import os
from collections.abc import Callable, Iterator
from typing import Protocol

import pytest
from hypothesis import settings

from tests.corpus import Exchange, exchanges, locate

# A shared machine is slow at times: no example fails by the clock. A run judges the change at hand, so its examples
# are the same each time; `make fuzz` looks for new ones, and what it finds is kept as an example of its own.
settings.register_profile("patient", deadline=None, derandomize=True)
settings.register_profile("fuzz", deadline=None, print_blob=True)
settings.load_profile(os.environ.get("HYPOTHESIS_PROFILE", "patient"))

FIGURE, READ, MISSED = "figure", "recordings read", "recordings missed"


class Corpus:
    """The recordings a test asks for; what it read is counted in the summary of the run."""

    def __init__(self, node: pytest.Item) -> None:
        self._node = node

    def exchanges(self, wanted: Callable[[Exchange], bool] = lambda _: True) -> list[Exchange]:
        """Those recordings for which `wanted` is true; none when the corpus is not there, and the summary says so."""
        found = [exchange for exchange in exchanges() if wanted(exchange)]
        self._node.user_properties.append((READ, [exchange.id for exchange in found]))
        if locate() is None:
            self._node.user_properties.append((MISSED, self._node.nodeid))
        return found

    def __iter__(self) -> Iterator[Exchange]:
        return iter(self.exchanges())


class Figures(Protocol):
    """Records a figure for the summary of the run: a name, a value, its unit."""

    def __call__(self, name: str, value: object, unit: str = "") -> None: ...


@pytest.fixture
def corpus(request: pytest.FixtureRequest) -> Corpus:
    """The recorded traffic."""
    return Corpus(request.node)


@pytest.fixture
def figures(request: pytest.FixtureRequest) -> Figures:
    """Call it as `figures("cancellations", 10_000)`, or with a unit as third argument."""

    def record(name: str, value: object, unit: str = "") -> None:
        text = f"{value:,}" if isinstance(value, int) else f"{value:.4g}" if isinstance(value, float) else str(value)
        request.node.user_properties.append((FIGURE, f"{name}: {text} {unit}".rstrip()))

    return record


class Summary:
    """Collects what tests recorded; `user_properties` reach it from the workers of a parallel run as well."""

    def __init__(self) -> None:
        self.figures: list[str] = []
        self.read: set[str] = set()
        self.missed: set[str] = set()

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        if report.when != "call":
            return
        for name, value in report.user_properties:
            if name == FIGURE:
                self.figures.append(str(value))
            elif name == READ:
                self.read.update(value)
            elif name == MISSED:
                self.missed.add(str(value))

    def pytest_terminal_summary(self, terminalreporter: pytest.TerminalReporter) -> None:
        if self.figures:
            terminalreporter.section("figures")
        for figure in sorted(self.figures):
            terminalreporter.write_line(figure)
        if self.missed:
            terminalreporter.write_line("corpus not found: these laws ran on own samples only (set PONTAGE_CORPUS):")
            for test in sorted(self.missed):
                terminalreporter.write_line(f"  {test}")
        elif self.read:
            terminalreporter.write_line(f"corpus: {len(self.read)} recordings read")


def pytest_configure(config: pytest.Config) -> None:
    config.pluginmanager.register(Summary(), "pontage-summary")
