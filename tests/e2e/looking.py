"""How tests look behind the gateway's counter."""

from collections import Counter
from time import monotonic, sleep
from typing import Any

from prometheus_client.parser import text_string_to_metric_families

from tests.e2e.asking import Answer, request
from tests.gateway import PATIENCE, RunningGateway


def scraped(gateway: RunningGateway) -> dict[str, Counter[tuple[tuple[str, str], ...]]]:
    """Every sample by name and labels."""
    answer = request(gateway, "GET", "/metrics")
    assert answer.status == 200, answer.body
    found: dict[str, Counter[tuple[tuple[str, str], ...]]] = {}
    for family in text_string_to_metric_families(answer.body.decode()):
        for sample in family.samples:
            labels = tuple(sorted(sample.labels.items()))
            found.setdefault(sample.name, Counter())[labels] += sample.value  # type: ignore[assignment]
    return found


def value(samples: dict[str, Any], name: str, **labels: str) -> float:
    """The sum of the samples that have these labels."""
    wanted = set(labels.items())
    return sum(one for told, one in samples.get(name, {}).items() if wanted <= set(told))


def timeline(gateway: RunningGateway, answer: Answer) -> Any:
    told = request(gateway, "GET", f"/admin/v1/requests/{answer.headers['x-request-id']}")
    assert told.status == 200, told.body
    return told.json


def until(gateway: RunningGateway, wanted: float, name: str, **labels: str) -> dict[str, Any]:
    """Scrape until the samples with these labels sum up to `wanted`."""
    end = monotonic() + PATIENCE
    while value(told := scraped(gateway), name, **labels) != wanted:
        assert monotonic() < end, told.get(name)
        sleep(0.02)
    return told
