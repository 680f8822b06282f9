"""What is counted, by name. Floor 6. The reference's list of metrics is made from this."""

from __future__ import annotations

from typing import Final

from pontage.observing.families import Counter, Family, Gauge, Histogram

SECONDS: Final = (0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0, 30.0, 60.0, 120.0, 300.0, 600.0)
TOKEN_SECONDS: Final = (0.001, 0.0025, 0.005, 0.01, 0.02, 0.04, 0.08, 0.16, 0.32, 1.0)
PLACE: Final = ("provider", "model")
BREAKER: Final = {"closed": 0, "ramping": 1, "probing": 2, "open": 3}
"""The states of a breaker as numbers: the greater, the fewer requests come through."""


class Metrics:
    """Every family there is. Models go by names of the configuration, the catalogue or a provider's own list; any
    other is `other`."""

    def __init__(self) -> None:
        self.http = Counter(
            "pontage_http_requests_total",
            "Requests to the gateway, by what answered them and the status that says how they ended (499: the client "
            "left).",
            ("handler", "status"),
        )
        self.requests = Counter(
            "pontage_requests_total",
            "Calls to models that ended, by where the last attempt went: `ok`, `left` by the client, or the error's "
            "code. `route`: a virtual model, or `direct`.",
            ("route", *PLACE, "format", "outcome"),
        )
        self.attempts = Counter(
            "pontage_attempts_total",
            "Attempts at providers, by the provider's status or what went wrong on the road.",
            (*PLACE, "outcome"),
        )
        self.seconds = Histogram("pontage_request_seconds", "Time from a call to its end.", PLACE, SECONDS)
        self.first_content = Histogram(
            "pontage_first_content_seconds", "Time from an attempt to the first content of its stream.", PLACE, SECONDS
        )
        self.per_token = Histogram(
            "pontage_output_token_seconds",
            "Time for each token of a stream, after its first content.",
            PLACE,
            TOKEN_SECONDS,
        )
        self.tokens = Counter(
            "pontage_tokens_total",
            "Tokens that providers told, in kinds that do not overlap.",
            (*PLACE, "kind"),
        )
        self.cost = Counter("pontage_cost_usd_total", "What answers cost, in USD.", PLACE, scale=1e-9)
        self.unpriced = Counter(
            "pontage_unpriced_requests_total", "Answers that used tokens, and whose price is not known.", PLACE
        )
        self.cache = Counter("pontage_cache_requests_total", "Calls to routes with a cache.", ("result",))
        self.shed = Counter("pontage_shed_requests_total", "Calls that were turned away at the door.", ())
        self.in_flight = Gauge("pontage_in_flight_requests", "Calls that are being answered.")
        self.waiting = Gauge("pontage_waiting_requests", "Calls that wait for their turn.")
        self.lag = Gauge("pontage_event_loop_lag_seconds", "How late the event loop came, lately.")
        self.asked = Gauge("pontage_upstream_in_flight", "Attempts under way.", PLACE)
        self.breaker = Gauge(
            "pontage_breaker_state",
            "Breakers of keys and models: " + ", ".join(f"{state} {number}" for state, number in BREAKER.items()) + ".",
            (*PLACE, "key"),
        )
        self.keys = Gauge("pontage_keys", "Keys of pools, by how they fare.", ("provider", "state"))
        self.kept = Gauge("pontage_timelines_kept", "Finished requests that can be looked at.")
        self.kept_bytes = Gauge("pontage_timelines_bytes", "About how much memory they hold.")
        self.info = Gauge("pontage_info", "1, with the version.", ("version",))

    def families(self) -> list[Family]:
        """All of them, in the order they are told."""
        return list(vars(self).values())
