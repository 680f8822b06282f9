"""A short soak; `make soak` is the long one."""

import os

from tests.conftest import Figures
from tests.faults.soak import soak, told

SECONDS = float(os.environ.get("SOAK_SECONDS", "10"))


def test_mixed_traffic_leaves_nothing_behind(figures: Figures) -> None:
    soaked = soak(SECONDS)
    for name, value, unit in told(soaked):
        figures(name, value, unit)
    assert soaked.odd == []
    assert soaked.begun >= 0.999 * soaked.heard
    for name in ("tasks", "clients", "in_use", "in_flight"):
        assert soaked.after[name] <= soaked.before[name], name
    assert soaked.after["descriptors"] - soaked.after["idle"] <= soaked.before["descriptors"] - soaked.before["idle"]
    assert soaked.after["failures"] == 0
    assert soaked.slope < max(32 << 20, (64 << 20) / SECONDS)  # caches fill; a leak of every request would be more
