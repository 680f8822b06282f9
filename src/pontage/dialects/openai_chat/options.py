"""The form of the answer and the measure of thinking, both ways. Floor 3; pure.

OpenAI knows one measure, `reasoning_effort`. Routers take a `reasoning` object, some servers a `thinking` switch; where
a budget of tokens cannot be said it becomes the nearest effort, with a note.
"""

from __future__ import annotations

from typing import Final

from pontage.dialects.codec import Unknown
from pontage.dialects.openai_chat import request_types as wires
from pontage.dialects.openai_chat.message_types import said
from pontage.dialects.openai_chat.tools import encode_strict
from pontage.dialects.openai_chat.variant import Scope, kept
from pontage.domain.chat import OutputFormat, ReasoningOptions
from pontage.domain.parts import JSONObject

SCHEMA_NAME: Final = "structured_output"
"""A schema must have a name; this one stands for none."""
EFFORTS: Final = ("none", "minimal", "low", "medium", "high", "xhigh", "max")
_BUDGETS: Final = {"minimal": 1024, "low": 2048, "medium": 8192, "high": 16384, "xhigh": 32768}
_EFFORT_APART: Final = frozenset({"thinking_token_budget", "include_reasoning"})
_SWITCH: Final[dict[str | None, bool]] = {"enabled": True, "disabled": False}


def decode_output(form: wires.Format | None) -> tuple[OutputFormat | None, JSONObject]:
    """The form of the answer, and what of it has no canonical name."""
    match form:
        case None:
            return None, {}
        case wires.TextFormat():
            return OutputFormat(kind="text"), kept({}, response_format=form.extra)
        case wires.ObjectFormat():
            return OutputFormat(kind="json"), kept({}, response_format=form.extra)
        case wires.SchemaFormat():
            body = form.json_schema
            rest = {**form.extra, "json_schema": body.extra} if body.extra else form.extra
            name = said(body.name)
            output = OutputFormat(
                kind="schema",
                schema=said(body.schema),
                name=None if name == SCHEMA_NAME else name,
                description=said(body.description),
                strict=said(body.strict),
            )
            return output, kept({}, response_format=rest)
        case Unknown():
            return None, {"response_format": form.data}


def encode_output(output: OutputFormat, scope: Scope) -> JSONObject:
    """`response_format` as a field."""
    if output.kind != "schema":
        return {"response_format": {"type": "text" if output.kind == "text" else "json_object"}}
    body: JSONObject = {"name": output.name or SCHEMA_NAME}
    if output.description is not None:
        body["description"] = output.description
    if output.schema is not None:
        body["schema"] = output.schema
    if output.strict is not None:
        body.update(encode_strict(output.strict, output.schema, "output", scope))
    return {"response_format": {"type": "json_schema", "json_schema": body}}


def decode_reasoning(request: wires.ChatRequest) -> tuple[ReasoningOptions | None, JSONObject]:
    """How much to think, from all the fields that may say it, and what of them has no canonical name."""
    extra: JSONObject = {}
    effort = said(request.reasoning_effort)
    if effort is not None and effort not in EFFORTS:
        extra["reasoning_effort"] = effort
        effort = None
    reasoning, thinking = said(request.reasoning), said(request.thinking)
    enabled = budget = show = None
    if reasoning is not None:
        budget, enabled, exclude = said(reasoning.max_tokens), said(reasoning.enabled), said(reasoning.exclude)
        show = None if exclude is None else not exclude
        effort = effort or said(reasoning.effort)
        extra.update(kept({}, reasoning=reasoning.extra))
    if thinking is not None:
        word = said(thinking.type)
        if word in _SWITCH:
            enabled = _SWITCH[word]
        rest = thinking.extra if word is None or word in _SWITCH else {"type": word, **thinking.extra}
        extra.update(kept({}, thinking=rest))
        budget = said(thinking.budget_tokens) if budget is None else budget
    if effort is enabled is budget is show is None:
        return None, extra
    return ReasoningOptions(effort=effort, enabled=enabled, budget_tokens=budget, show=show), extra


def encode_reasoning(options: ReasoningOptions, scope: Scope) -> JSONObject:
    """The fields that say how much to think."""
    only_effort = options.enabled is None and options.budget_tokens is None and options.show is None
    if not only_effort and scope.takes("reasoning"):
        return {"reasoning": _reasoning_object(options)}
    if not only_effort and scope.takes("thinking"):
        return _thinking_switch(options, scope)
    if not only_effort and _EFFORT_APART.issubset(scope.variant.extensions or ()):
        return _effort_apart(options, scope)
    if options.show is not None:
        scope.notes.dropped("reasoning.show", "the server decides what thinking it tells")
    return _effort(options, scope)


def _effort(options: ReasoningOptions, scope: Scope) -> JSONObject:
    effort = options.effort
    if options.enabled is False:
        if effort not in (None, "none"):
            scope.notes.approximated("reasoning.effort", "thinking is switched off")
        effort = "none"
    elif options.enabled and effort is None and options.budget_tokens is None:
        scope.notes.approximated("reasoning.enabled", "the model's own measure")
    if options.budget_tokens is not None:
        if effort is None:
            effort = nearest_effort(options.budget_tokens)
            scope.notes.injected("reasoning.effort", "the nearest to the budget")
        scope.notes.approximated("reasoning.budget_tokens", f"said as effort {effort}")
    return {} if effort is None else {"reasoning_effort": effort}


def nearest_effort(budget: int) -> str:
    """The step of the scale whose budget is nearest to this many tokens."""
    if budget <= 0:
        return EFFORTS[0]
    return min(_BUDGETS, key=lambda effort: abs(_BUDGETS[effort] - budget))


def _reasoning_object(options: ReasoningOptions) -> JSONObject:
    wire: JSONObject = {}
    if options.effort is not None:
        wire["effort"] = options.effort
    if options.budget_tokens is not None:
        wire["max_tokens"] = options.budget_tokens
    if options.enabled is not None:
        wire["enabled"] = options.enabled
    if options.show is not None:
        wire["exclude"] = not options.show
    return wire


def _effort_apart(options: ReasoningOptions, scope: Scope) -> JSONObject:
    """The effort, and in fields of their own how many tokens it may take and whether to tell it (vLLM)."""
    enabled = None if options.budget_tokens is not None and options.enabled else options.enabled
    wire = _effort(ReasoningOptions(effort=options.effort, enabled=enabled), scope)
    if options.budget_tokens is not None:
        wire["thinking_token_budget"] = options.budget_tokens
    if options.show is not None:
        wire["include_reasoning"] = options.show
    return wire


def _thinking_switch(options: ReasoningOptions, scope: Scope) -> JSONObject:
    """`thinking` with the effort beside it; without a word on either, a budget switches it on. Where the switch takes
    no budget it becomes an effort."""
    if options.show is not None:
        scope.notes.dropped("reasoning.show", "the server decides what thinking it tells")
    thinking: JSONObject = {}
    if options.enabled is not None or options.budget_tokens is not None:
        thinking["type"] = "disabled" if options.enabled is False else "enabled"
    measure = ReasoningOptions(effort=options.effort, budget_tokens=options.budget_tokens)
    if options.budget_tokens is not None and scope.takes("thinking_budget"):
        thinking["budget_tokens"] = options.budget_tokens
        measure = ReasoningOptions(effort=options.effort)
    wire: JSONObject = {"thinking": thinking} if thinking else {}
    return wire | _effort(measure, scope)
