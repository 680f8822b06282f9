"""All cases, one after the other, against one model of one provider. Floor 8."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence

import msgspec
from msgspec import Struct

from pontage.conformance import (
    cases_chat,
    cases_errors,
    cases_forms,
    cases_settings,
    cases_stream,
    cases_tools,
    cases_usage,
)
from pontage.conformance.bench import Bench
from pontage.conformance.verdict import Case, Outcome, Verdict
from pontage.errors import (
    AuthenticationError,
    ClientError,
    ConnectionFailedError,
    OverloadedError,
    PermissionDeniedError,
    PontageError,
    QuotaExceededError,
    RateLimitedError,
)

CASES: tuple[Case, ...] = (
    *cases_chat.CASES,
    *cases_settings.CASES,
    *cases_stream.CASES,
    *cases_tools.CASES,
    *cases_forms.CASES,
    *cases_usage.CASES,
    *cases_errors.CASES,
)
PATIENCE = 180.0
"""Seconds that one case may take, waiting included."""
SHORTEST_WAIT, LONGEST_WAIT = 1.0, 60.0
"""Seconds that a provider which says "later" is waited for, once a case: when it does not say how long, and at most."""
HOPELESS = (ConnectionFailedError, AuthenticationError, PermissionDeniedError, QuotaExceededError)
"""What makes the first case fail and then all others: it is told as it is, and nothing else is tried."""


class Result(Struct, frozen=True):
    """How one case went."""

    group: str
    case: str
    outcome: Outcome
    why: str = ""


class Report(Struct, frozen=True, kw_only=True):
    """How all cases went. `provider` is the configured name, `formats` what it was asked in first and could be."""

    provider: str
    type: str
    address: str
    formats: tuple[str, ...]
    model: str
    results: tuple[Result, ...]

    def count(self, outcome: Outcome, group: str | None = None) -> int:
        """How many cases (of a group) went so."""
        return sum(result.outcome == outcome and group in (None, result.group) for result in self.results)

    @property
    def row(self) -> dict[str, str]:
        """The provider's row of the matrix, by group: `yes`, `5 of 7` where some are not offered, `no`, `fails`."""
        return {group: self._cell(group) for group in dict.fromkeys(result.group for result in self.results)}

    def _cell(self, group: str) -> str:
        passed, lacking = self.count("passed", group), self.count("not offered", group)
        if self.count("failed", group):
            return "fails"
        if not lacking:
            return "yes"
        return f"{passed} of {passed + lacking}" if passed else "no"


async def run_battery(
    bench: Bench, cases: Sequence[Case] = CASES, told: Callable[[Result], object] = lambda result: None
) -> Report:
    """Try every case; `told` hears of each as it is done.

    Raises ConnectionFailedError when the provider cannot be reached at all, AuthenticationError, PermissionDeniedError
    or QuotaExceededError when it lets nobody in with this key.
    """
    results: list[Result] = []
    for case in cases:
        verdict = await judged(case, bench, first=not results)
        results.append(Result(case.group, case.name, verdict.outcome, verdict.why))
        told(results[-1])
    config = bench.client.config
    return Report(
        provider=config.name,
        type=config.provider_type,
        address=config.base_url,
        formats=tuple(endpoint.dialect for endpoint in config.endpoints),
        model=bench.model,
        results=tuple(results),
    )


async def judged(case: Case, bench: Bench, *, first: bool = False) -> Verdict:
    """How `case` goes: an error that it did not expect is a plain refusal, or a failure. See `run_battery`."""
    try:
        async with asyncio.timeout(PATIENCE):
            return await _patiently(case, bench)
    except TimeoutError:
        return Verdict("failed", f"no end within {PATIENCE:g} seconds")
    except HOPELESS as error:
        if first:
            raise
        return _failed(error)
    except ClientError as error:
        if case.core or error.retryable:
            return _failed(error)
        return Verdict("not offered", error.message)
    except PontageError as error:
        return _failed(error)
    except ValueError as error:  # `collect`: half an answer
        return Verdict("failed", str(error))


async def _patiently(case: Case, bench: Bench) -> Verdict:
    try:
        return await case.run(bench)
    except (RateLimitedError, OverloadedError) as error:
        await asyncio.sleep(min(SHORTEST_WAIT if error.retry_after is None else error.retry_after, LONGEST_WAIT))
        return await case.run(bench)


def _failed(error: PontageError) -> Verdict:
    return Verdict("failed", f"{type(error).__name__}: {error.message}")


def as_json(report: Report) -> bytes:
    """The report, its counts and its row, for programs."""
    counts = {outcome: report.count(outcome) for outcome in ("passed", "failed", "not offered")}
    return msgspec.json.encode({**msgspec.structs.asdict(report), "counts": counts, "row": report.row})
