"""What a finished crossing tells of itself, as plain values: one line for the log, everything for who asks. Floor 7.

Neither holds anything of what was said, and no key.
"""

from __future__ import annotations

from typing import Any, Final

import msgspec

from pontage.crossing import Crossing
from pontage.domain.chat import TokenUsage
from pontage.domain.usage import COUNTS
from pontage.observing.record import AttemptRecord
from pontage.router.plan import Plan

MOST_TARGETS: Final = 64
"""Targets that a timeline shows, and as many that were left out; `auto` may have hundreds."""
GLANCE: Final = (
    "id", "began", "ms", "outcome", "status", "handler", "format", "provider", "model", "usage", "cost_usd",
)  # fmt: skip
"""What a list of requests shows of each."""


def outcome_of(crossing: Crossing) -> str:
    """How it ended, in a word: `ok`, `left` (by its caller), or the code of the error."""
    if crossing.error is not None:
        return crossing.error.code
    return "left" if crossing.left else "ok"


def status_of(crossing: Crossing) -> int:
    """The HTTP status that says how it ended, also where a stream had begun with another; 499: its caller left."""
    if crossing.error is not None:
        return crossing.error.status
    return 499 if crossing.left else 200


def line_of(crossing: Crossing) -> dict[str, Any]:
    """One line for the log of machines."""
    usage = crossing.usage
    told: dict[str, Any] = {
        "request_id": crossing.options.id or None,
        "route": crossing.plan.route,
        "provider": crossing.target.provider,
        "model": crossing.target.model,
        "status": status_of(crossing),
        "error": crossing.error.code if crossing.error is not None else None,
        "attempts": crossing.attempts,
        "input_tokens": usage.total_input if usage is not None else None,
        "output_tokens": usage.total_output if usage is not None else None,
        "cost_usd": str(crossing.cost) if crossing.cost is not None else None,
        "cache": crossing.cache or None,
        "truncated": crossing.truncated or None,
        "ms": _ms(crossing.elapsed),
    }
    return {name: value for name, value in told.items() if value is not None}


def timeline_of(crossing: Crossing) -> dict[str, Any]:
    """Everything: the plan, each attempt with its times, the notes, what was used and what it cost."""
    return {
        "id": crossing.options.id,
        "began": crossing.began.isoformat(timespec="milliseconds"),
        "ms": _ms(crossing.elapsed),
        "outcome": outcome_of(crossing),
        "status": status_of(crossing),
        "error": _error(crossing),
        "format": crossing.options.format or None,
        "streamed": crossing.streamed,
        "simulated": crossing.simulated,
        "provider": crossing.target.provider,
        "model": crossing.target.model,
        "plan": plan_of(crossing.plan, MOST_TARGETS),
        "attempts": [_attempt(number, one) for number, one in enumerate(crossing.tried, 1)],
        "notes": [msgspec.to_builtins(note) for note in crossing.notes],
        "stop": crossing.stop,
        "usage": _usage(crossing.usage),
        "cost_usd": str(crossing.cost) if crossing.cost is not None else None,
        "cache": crossing.cache or None,
        "estimated": crossing.estimated,
        "truncated": crossing.truncated,
        "continued": crossing.continued,
        "received_bytes": crossing.received,
        "tags": crossing.options.tags,
    }


def plan_of(plan: Plan, most: int | None = None) -> dict[str, Any]:
    """A plan: the targets in order and those left out (at most so many of each), with the reason for each."""
    return {
        "route": plan.route,
        "strategy": plan.strategy,
        "attempts": plan.attempts,
        "targets": [{"target": one.name, "reason": one.reason} for one in plan.targets[:most]],
        "excluded": [{"target": one.name, "reason": one.reason} for one in plan.excluded[:most]],
    }


def glance_of(timeline: dict[str, Any]) -> dict[str, Any]:
    """What a list of requests shows of a timeline."""
    glance = {name: timeline[name] for name in GLANCE if timeline.get(name) is not None}
    if "plan" in timeline:
        glance["route"] = timeline["plan"]["route"]
        glance["attempts"] = [f"{one['provider']}:{one['outcome']}" for one in timeline["attempts"]]
    return glance


def counts_of(usage: TokenUsage) -> list[tuple[str, int]]:
    """What was told of each kind of tokens."""
    return [(kind, count) for kind in COUNTS if (count := getattr(usage, kind)) is not None]


def weight_of(crossing: Crossing) -> int:
    """About how many bytes of memory it holds."""
    plan = crossing.plan
    shared = plan.is_fixed  # such a plan is kept by the planner anyway
    places = 0 if shared else len(plan.targets) + len(plan.excluded)
    notes = sum(len(note.detail) for note in crossing.notes)
    raw = crossing.usage is not None and crossing.usage.raw is not None
    return 1500 + 500 * len(crossing.tried) + 300 * places + 150 * len(crossing.notes) + notes + 1000 * raw


def _attempt(number: int, one: AttemptRecord) -> dict[str, Any]:
    return {
        "number": number,
        "provider": one.provider,
        "model": one.model,
        "key": one.key or None,
        "key_fingerprint": one.fingerprint or None,
        "outcome": one.outcome,
        "error": one.code,
        "began_ms": _ms(one.began),
        "ms": _ms(one.elapsed),
        "first_byte_ms": _ms(one.first_byte),
        "first_content_ms": _ms(one.first_content),
        "usage": _usage(one.usage),
        "estimated": one.estimated,
        "cost_usd": str(one.cost) if one.cost is not None else None,
    }


def _usage(usage: TokenUsage | None) -> dict[str, Any] | None:
    return None if usage is None else dict(counts_of(usage))


def _error(crossing: Crossing) -> dict[str, Any] | None:
    error = crossing.error
    if error is None:
        return None
    return {"code": error.code, "upstream_status": error.upstream_status, "upstream_code": error.upstream_code}


def _ms(seconds: float | None) -> float | None:
    return None if seconds is None else round(seconds * 1000, 3)
