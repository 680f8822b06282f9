"""Parameter restrictions at work: a request as a model takes it, or a 400 that says why not. Floor 1; pure.

Policies: `adapt` leaves out, clamps or replaces what the model refuses and notes it; `strict` refuses the request;
`off` does nothing. What cannot be adapted without asking for something else is refused by `adapt` too.
"""

from __future__ import annotations

from typing import Literal, assert_never, cast

import msgspec

from pontage.catalog.fields import Outcome, replaced, taken_out, value_at
from pontage.catalog.reasoning import fit_reasoning, measures, thinks
from pontage.catalog.rules import Excludes, Fixed, OneOf, Restrictions, Rule, Unsupported, WireName, Within
from pontage.domain.chat import ChatRequest, Note
from pontage.errors import InvalidRequestError

Policy = Literal["adapt", "strict", "off"]


def apply(
    request: ChatRequest, restrictions: Restrictions, policy: Policy = "adapt"
) -> tuple[ChatRequest, tuple[Note, ...]]:
    """`request` as the model takes it, and what had to change. The very same request where nothing had to.

    Raises InvalidRequestError, with the field as `param` and the rule as `hint`: under `strict` for everything that the
    model refuses, under `adapt` for what cannot be adapted.
    """
    if policy == "off":
        return request, ()
    notes: list[Note] = []
    facts = restrictions.reasoning
    if facts is not None and request.reasoning is not None:
        outcome = fit_reasoning(request, facts)
        request = _settle(request, outcome, policy, notes, f"{measures(facts)} ({restrictions.source})")
    thinking = thinks(request, facts)
    for rule in restrictions.rules:
        if rule.only == "always" or thinking:
            hint = f"{rule.why} ({restrictions.source})" if restrictions.source else rule.why
            request = _settle(request, _judge(request, rule), policy, notes, hint)
    return request, tuple(notes)


def _settle(request: ChatRequest, outcome: Outcome | None, policy: Policy, notes: list[Note], hint: str) -> ChatRequest:
    if outcome is None:
        return request
    if outcome.notes and (policy == "strict" or outcome.request is None):
        note = outcome.notes[0]
        raise InvalidRequestError(
            f"{request.model} does not take `{note.where}` as it is{_instead(outcome, note)}: {note.detail}",
            param=note.where,
            model=request.model,
            hint=hint,
        )
    notes.extend(outcome.notes)
    return request if outcome.request is None else outcome.request


def _instead(outcome: Outcome, note: Note) -> str:
    """What would become of it, were it adapted."""
    return f" (it would be {note.kind})" if outcome.request is not None else ""


def _judge(request: ChatRequest, rule: Rule) -> Outcome | None:
    """What a rule makes of a request; None where it has nothing to say."""
    value = value_at(request, rule.field)
    if value is None:
        return None
    match rule:
        case Unsupported():
            if rule.essential:
                return Outcome(None, (Note("unsupported", rule.field, rule.why),))
            silent = value == rule.neutral and rule.neutral is not None
            return taken_out(request, rule.field, "" if silent else rule.why)
        case Fixed():
            return None if value == rule.value else taken_out(request, rule.field, rule.why)
        case Within():
            return _clamped(request, rule, value)
        case OneOf():
            if value in rule.values:
                return None
            if rule.instead is None:
                return Outcome(None, (Note("unsupported", rule.field, rule.why),))
            return replaced(request, rule.field, rule.instead, f"said as {rule.instead}: {rule.why}")
        case Excludes():
            other = value_at(request, rule.other)
            return None if other is None else taken_out(request, rule.field, rule.why)
        case WireName():
            return _respelled(request, rule)
        case _ as never:
            assert_never(never)


def _clamped(request: ChatRequest, rule: Within, value: object) -> Outcome | None:
    least, most = rule.least, rule.most
    if isinstance(value, tuple):
        entries = cast("tuple[object, ...]", value)
        if most is None or len(entries) <= most:
            return None
        return replaced(request, rule.field, entries[: int(most)], rule.why)
    if not isinstance(value, int | float):
        return None
    bound = least if least is not None and value < least else most if most is not None and value > most else None
    if bound is None:
        return None
    exact = int(bound) if isinstance(value, int) else bound
    return replaced(request, rule.field, exact, f"said as {exact:g}: {rule.why}")


def _respelled(request: ChatRequest, rule: WireName) -> Outcome | None:
    """Without the memory that the origin used the refused name, the dialect writes the accepted one. Nothing is lost,
    so nothing is noted."""
    names = {(rule.refused,), (rule.accepted,)}
    kept = tuple(spelled for spelled in request.spelling if spelled.path[:1] not in names)
    if len(kept) == len(request.spelling):
        return None
    return Outcome(msgspec.structs.replace(request, spelling=kept), ())
