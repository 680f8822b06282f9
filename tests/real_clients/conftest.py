"""One gateway and one upstream for all tests of a process; none of them may be a 500 of the gateway's own."""

from collections.abc import Iterator

import pytest

from tests.real_clients.bridge import Bridge, bridge


@pytest.fixture(scope="session")
def _bridge() -> Iterator[Bridge]:
    with bridge() as built:
        yield built


@pytest.fixture
def house(_bridge: Bridge) -> Iterator[Bridge]:
    """The bridge; afterwards no request may have failed by the gateway's own fault."""
    failures = _bridge.gateway.failures
    yield _bridge
    assert _bridge.gateway.failures == failures
