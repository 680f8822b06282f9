"""The families as Prometheus reads them, written by prometheus-client. Floor 6; imported when somebody scrapes."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from prometheus_client import ProcessCollector
from prometheus_client.exposition import choose_encoder
from prometheus_client.metrics_core import CounterMetricFamily, GaugeMetricFamily, HistogramMetricFamily, Metric
from prometheus_client.registry import Collector

from pontage.observing.families import Counter, Family, Histogram


class Families(Collector):
    """What prometheus-client asks for its metrics: ours, and those of the process."""

    def __init__(self, families: Iterable[Family]) -> None:
        self._families = families
        self._process = ProcessCollector(registry=None)

    def collect(self) -> Iterator[Metric]:
        """Every family with its values."""
        yield from map(told, self._families)
        yield from self._process.collect()


def told(family: Family) -> Metric:
    """One family in prometheus-client's types."""
    if isinstance(family, Histogram):
        histogram = HistogramMetricFamily(family.name, family.meaning, labels=family.labels)
        for labels, counts, total in family.series():
            histogram.add_metric(labels, counts, total)
        return histogram
    kind = CounterMetricFamily if isinstance(family, Counter) else GaugeMetricFamily
    metric = kind(family.name, family.meaning, labels=family.labels)
    for labels, value in family.series():
        metric.add_metric(labels, value)
    return metric


def rendered(families: Iterable[Family], accept: str) -> tuple[str, bytes]:
    """Content type and body in the form that the `accept` header asks for."""
    write, content_type = choose_encoder(accept)
    return content_type, write(Families(families))
