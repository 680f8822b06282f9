"""How much to think, said in the measure that a model takes. Floor 1; pure."""

from __future__ import annotations

from typing import Final

import msgspec

from pontage.catalog.facts import EFFORTS, ReasoningFacts
from pontage.catalog.fields import Outcome
from pontage.domain.chat import ChatRequest, Note, ReasoningOptions

NONE: Final = "none"
_BUDGETS: Final = {"minimal": 1024, "low": 2048, "medium": 8192, "high": 16384, "xhigh": 32768, "max": 65536}
"""Tokens that stand for an effort, and back, where a model knows only the other measure."""


def is_off(options: ReasoningOptions) -> bool:
    """Whether a request asks for no thinking. An effort beside that is meant for the answer."""
    return options.effort == NONE or options.enabled is False


def thinks(request: ChatRequest, facts: ReasoningFacts | None) -> bool:
    """Whether the model will think about a request that was fitted to it."""
    if facts is not None and not facts.supported:
        return False
    options = request.reasoning
    unasked = facts is not None and bool(facts.unasked)
    if facts is not None and facts.optional is False:
        return True
    if options is None:
        return unasked
    if is_off(options):
        return False
    return unasked or options.enabled is True or options.effort is not None or options.budget_tokens is not None


def fit_reasoning(request: ChatRequest, facts: ReasoningFacts) -> Outcome | None:
    """The request with its wish to think in the model's own measure; None where it is already."""
    options = request.reasoning
    if options is None:
        return None
    notes: list[Note] = []
    fitted = _fitted(options, facts, notes)
    if fitted == options:
        return None
    return Outcome(msgspec.structs.replace(request, reasoning=fitted), tuple(notes))


def measures(facts: ReasoningFacts) -> str:
    """In what measures the model takes a wish to think, for people."""
    if not facts.supported:
        return "the model does not think"
    told = [f"efforts {', '.join(facts.efforts)}"] if facts.efforts else []
    if facts.budget is not None:
        least, most = facts.budget
        told.append(f"budgets from {least} tokens" if most is None else f"budgets of {least} to {most} tokens")
    always = " and always thinks" if facts.optional is False else ""
    return f"the model takes {' and '.join(told) or 'no measure of thinking'}{always}"


def _fitted(options: ReasoningOptions, facts: ReasoningFacts, notes: list[Note]) -> ReasoningOptions | None:
    if not facts.supported:
        notes.append(Note("dropped", "reasoning", "the model does not think"))
        return None
    if is_off(options):
        return _fitted_off(options, facts, notes)
    if options.effort is not None:
        options = _fitted_effort(options, options.effort, facts, notes)
    if options.budget_tokens is not None:
        options = _fitted_budget(options, options.budget_tokens, facts, notes)
    return options


def _fitted_off(options: ReasoningOptions, facts: ReasoningFacts, notes: list[Note]) -> ReasoningOptions | None:
    effort = options.effort
    if facts.optional is not False:
        return options if effort in (None, NONE) else _fitted_effort(options, effort, _quiet(facts), notes)
    detail = "thinking cannot be switched off"
    if facts.efforts:
        step = effort if effort in facts.efforts else facts.efforts[0]
        notes.append(Note("approximated", "reasoning", f"{detail}: said as effort {step}"))
        return ReasoningOptions(effort=step, show=options.show)
    if facts.budget is not None and facts.budget[0]:
        notes.append(Note("approximated", "reasoning", f"{detail}: said as a budget of {facts.budget[0]} tokens"))
        return ReasoningOptions(budget_tokens=facts.budget[0], show=options.show)
    notes.append(Note("dropped", "reasoning", detail))
    return None


def _quiet(facts: ReasoningFacts) -> ReasoningFacts:
    """`facts` with the efforts that go without thinking."""
    if facts.off_effort is None:
        return facts
    return msgspec.structs.replace(facts, efforts=facts.efforts[: facts.efforts.index(facts.off_effort) + 1])


def _fitted_effort(
    options: ReasoningOptions, effort: str, facts: ReasoningFacts, notes: list[Note]
) -> ReasoningOptions:
    if effort in facts.efforts or effort not in EFFORTS:
        return options
    if facts.efforts:
        nearest = _nearest_effort(EFFORTS.index(effort), facts.efforts)
        notes.append(Note("approximated", "reasoning.effort", f"said as {nearest}, of {', '.join(facts.efforts)}"))
        return msgspec.structs.replace(options, effort=nearest)
    if facts.budget is None:
        return options  # nothing is known of its measures
    budget = options.budget_tokens or _bounded(_BUDGETS[effort], facts.budget)
    notes.append(Note("approximated", "reasoning.effort", f"said as a budget of {budget} tokens"))
    return msgspec.structs.replace(options, effort=None, budget_tokens=budget)


def _fitted_budget(
    options: ReasoningOptions, budget: int, facts: ReasoningFacts, notes: list[Note]
) -> ReasoningOptions:
    if facts.budget is not None:
        bounded = _bounded(budget, facts.budget)
        if bounded != budget:
            notes.append(Note("approximated", "reasoning.budget_tokens", f"said as {bounded}"))
        return options if bounded == budget else msgspec.structs.replace(options, budget_tokens=bounded)
    if not facts.efforts:
        return options
    effort = options.effort
    if effort is None:
        steps = {step: _BUDGETS[step] for step in facts.efforts}
        effort = min(steps, key=lambda step: abs(steps[step] - budget))
    notes.append(Note("approximated", "reasoning.budget_tokens", f"said as effort {effort}"))
    return msgspec.structs.replace(options, effort=effort, budget_tokens=None)


def _nearest_effort(wanted: int, efforts: tuple[str, ...]) -> str:
    """The step nearest to the wanted one; of two as near the cheaper."""
    return min(efforts, key=lambda effort: (abs(EFFORTS.index(effort) - wanted), EFFORTS.index(effort)))


def _bounded(budget: int, bounds: tuple[int, int | None]) -> int:
    least, most = bounds
    return max(least, budget if most is None else min(budget, most))
