"""What is counted, by labels: cheap, bounded, and told as Prometheus reads it."""

from prometheus_client.parser import text_string_to_metric_families

from pontage.observing.exposition import rendered
from pontage.observing.families import MOST_SERIES, OTHER, Counter, Gauge, Histogram
from pontage.observing.metrics import Metrics


def test_a_counter_adds_up_by_labels() -> None:
    counter = Counter("c_total", "What.", ("a", "b"))
    counter.add(("x", "y"))
    counter.add(("x", "y"), 4)
    counter.add(("x", "z"))
    assert counter.series() == [(("x", "y"), 5), (("x", "z"), 1)]


def test_a_counter_in_another_unit_inside() -> None:
    cost = Counter("c_usd_total", "What.", (), scale=1e-9)
    cost.add((), 1_500_000_000)
    assert cost.series() == [((), 1.5)]


def test_a_counter_that_somebody_else_counts() -> None:
    counter = Counter("c_total", "What.", ())
    counter.reach((), 3)
    counter.reach((), 7)
    assert counter.series() == [((), 7)]


def test_a_family_does_not_grow_without_end() -> None:
    counter, histogram, gauge = (
        Counter("c", "What.", ("l",)),
        Histogram("h", "What.", ("l",), [1.0]),
        Gauge("g", "What.", ("l",)),
    )
    for number in range(MOST_SERIES + 100):
        counter.add((str(number),))
        histogram.observe((str(number),), 0.5)
        gauge.set(1, (str(number),))
    assert len(counter.series()) == len(histogram.series()) == MOST_SERIES + 1
    assert len(gauge.series()) == MOST_SERIES
    assert dict(counter.series())[(OTHER,)] == 100
    assert histogram.series()[-1] == ((OTHER,), [("1", 100), ("+Inf", 100)], 50.0)
    counter.add(("0",))
    assert dict(counter.series())[("0",)] == 2


def test_a_histogram_counts_up_to_each_bound() -> None:
    histogram = Histogram("h", "What.", (), [0.1, 1.0])
    for value in (0.1, 0.5, 1.0, 3.0):
        histogram.observe((), value)
    assert histogram.series() == [((), [("0.1", 1), ("1", 3), ("+Inf", 4)], 4.6)]


def test_what_is_rendered_is_what_was_counted() -> None:
    metrics = Metrics()
    metrics.tokens.add(("openai", 'a "model"\n', "input"), 3)
    metrics.seconds.observe(("openai", "m"), 0.7)
    metrics.lag.set(0.25)
    for accept in ("", "text/plain", "application/openmetrics-text; version=1.0.0"):
        content_type, body = rendered(metrics.families(), accept)
        assert content_type.startswith("application/openmetrics" if "openmetrics" in accept else "text/plain")
        if "openmetrics" not in accept:
            told = {
                sample.name: sample for one in text_string_to_metric_families(body.decode()) for sample in one.samples
            }
            assert told["pontage_tokens_total"].labels == {
                "provider": "openai",
                "model": 'a "model"\n',
                "kind": "input",
            }
            assert told["pontage_tokens_total"].value == 3
            assert told["pontage_request_seconds_sum"].value == 0.7
            assert told["pontage_event_loop_lag_seconds"].value == 0.25
            assert "process_resident_memory_bytes" in told


def test_names_are_in_prometheus_manner() -> None:
    for family in Metrics().families():
        assert family.name.startswith("pontage_")
        assert family.name.endswith("_total") == isinstance(family, Counter)
        assert family.meaning.endswith(".")
