"""How providers, models and keys fare, as plain values. Floor 7. By the book of attempts; nobody is asked."""

from __future__ import annotations

from time import monotonic
from typing import Any

from pontage.engine import Engine
from pontage.registry import Configured
from pontage.router.book import Place
from pontage.router.keys import PooledKey
from pontage.router.watch import Vitals


def health_of(engine: Engine) -> dict[str, Any]:
    """Everything: the load of the gateway, and each provider with its models and keys."""
    load = engine.admission.load
    providers = {one.name: provider_health(engine, one) for one in engine.registry.all()}
    verdicts = {name: told["verdict"] for name, told in providers.items() if told["ready"]}
    return {
        "status": "draining" if load.draining else "ok",
        "load": {
            "in_flight": load.in_flight,
            "waiting": load.waiting,
            "shed": load.shed,
            "event_loop_lag_ms": round(load.lag * 1000, 3),
        },
        "unwell": [name for name, verdict in verdicts.items() if verdict != "well"],
        "providers": providers,
    }


def provider_health(engine: Engine, configured: Configured) -> dict[str, Any]:
    """One provider: its verdict, which its models make, and its keys over all pools."""
    now, name = monotonic(), configured.name
    places = {place: vitals for place, vitals in engine.book.places().items() if place.provider == name}
    models: dict[str, Any] = {}
    for place, vitals in places.items():
        if not place.key:
            keys = {one.key: one_vitals for one, one_vitals in places.items() if _is_of(one, place)}
            told = {label: _vitals(own, now) for label, own in keys.items()}
            models[place.model] = {**_vitals(vitals, now), "keys": told}
    pools = {pool: found for (provider, pool), found in engine.book.pools().items() if provider == name}
    return {
        "ready": configured.ready,
        "verdict": engine.book.verdict(name, now),
        "models": models,
        "keys": [_key(key, pool, now) for pool, found in pools.items() for key in found.keys if key.secret is not None],
    }


def _is_of(place: Place, model: Place) -> bool:
    return bool(place.key) and place.model == model.model


def _vitals(vitals: Vitals, now: float) -> dict[str, Any]:
    breaker = vitals.breaker
    return {
        "breaker": breaker.state(now),
        "share": round(breaker.share(now), 3),
        "wait_seconds": round(breaker.wait(now), 3),
        "in_flight": vitals.in_flight,
        "failing": _rounded(vitals.failing.mean),
        "first_token_seconds": _rounded(vitals.first_token.mean),
        "seconds_per_token": _rounded(vitals.per_token.mean),
        "last_faults": [{"seconds_ago": round(now - at, 1), "what": what} for at, what in vitals.errors],
    }


def _key(key: PooledKey, pool: str, now: float) -> dict[str, Any]:
    told: dict[str, Any] = {
        "key": key.label,
        "fingerprint": key.fingerprint,
        "state": key.trouble or "well",
    }
    if pool:
        told["pool"] = pool
    if key.trouble is not None:
        told["again_in_seconds"] = round(max(0.0, key.until - now), 1)
    return told


def _rounded(value: float | None) -> float | None:
    return None if value is None else round(value, 6)
