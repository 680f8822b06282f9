"""How to answer: sampling, form, effort, tier; both ways. Floor 3; pure.

Reasoning: this format has two ways to ask for it. `budget_tokens` is written as `thinking: enabled` with that budget
(models before 4.6); anything else as `thinking: adaptive` and an effort. Which of the two a model takes is a fact of
the catalogue: who knows the model sets `budget_tokens` (or takes it away) before encoding.
"""

from __future__ import annotations

from typing import Final

from pontage.dialects.anthropic_messages.names import Scope
from pontage.dialects.anthropic_messages.schema import close
from pontage.dialects.anthropic_messages.tools import StrictRoom
from pontage.dialects.anthropic_messages.types import OutputConfig, Request, ThinkingParam
from pontage.domain.chat import ChatRequest, OutputFormat, ReasoningOptions
from pontage.domain.parts import JSONObject

_EFFORTS: Final = ("low", "medium", "high", "xhigh", "max")
_LEAST_BUDGET: Final = 1024  # tokens
_DISPLAYS: Final = {"summarized": True, "omitted": False}
_TIERS_IN: Final = {"auto": "auto", "standard_only": "default"}
_TIERS_OUT: Final = {"auto": "auto", "default": "standard_only", "priority": "auto"}
_UNSAID: Final = ("frequency_penalty", "presence_penalty", "seed", "cache_key")


def read_tier(tier: str | None) -> str | None:
    """The canonical name of a requested service tier."""
    return None if tier is None else _TIERS_IN.get(tier, tier)


def read_reasoning(wire: Request, extra: JSONObject) -> ReasoningOptions | None:
    """How much to think. A kind of thinking without a canonical name stays in `extra["thinking"]`, whole."""
    effort = wire.output_config.effort if wire.output_config is not None else None
    thinking = wire.thinking
    if thinking is None:
        return None if effort is None else ReasoningOptions(effort=effort)
    if thinking.type not in ("enabled", "adaptive", "disabled"):
        extra["thinking"] = _thinking_builtins(thinking)
        return None if effort is None else ReasoningOptions(effort=effort)
    show = _DISPLAYS.get(thinking.display) if thinking.display is not None else None
    if thinking.display is not None and show is None:
        thinking.extra["display"] = thinking.display
    if thinking.extra:
        extra["thinking"] = thinking.extra
    return ReasoningOptions(
        effort=effort, enabled=thinking.type != "disabled", budget_tokens=thinking.budget_tokens, show=show
    )


def _thinking_builtins(thinking: ThinkingParam) -> JSONObject:
    said: JSONObject = {"type": thinking.type, "budget_tokens": thinking.budget_tokens, "display": thinking.display}
    return {**{key: value for key, value in said.items() if value is not None}, **thinking.extra}


def read_output(wire: Request, extra: JSONObject) -> OutputFormat | None:
    """The form of the answer, also by its older name `output_format`; an unknown form stays in `extra`, whole."""
    config = wire.output_config or OutputConfig()
    form, older = config.format, wire.output_format
    if config.extra:
        extra["output_config"] = config.extra
    if form is None:
        form, older = older, None
    if older is not None:
        extra["output_format"] = {"type": older.type, "schema": older.schema, **older.extra}
    if form is None:
        return None
    if form.type != "json_schema" or form.schema is None:
        whole = {"type": form.type, **({} if form.schema is None else {"schema": form.schema}), **form.extra}
        extra.setdefault("output_config", {})["format"] = whole
        return None
    if form.extra:
        extra.setdefault("output_config", {})["format"] = form.extra
    return OutputFormat(kind="schema", schema=form.schema)


def write_sampling(request: ChatRequest, said: JSONObject, scope: Scope) -> None:
    """Sampling, stops and tier into `said`; notes for what this format has no field for."""
    if request.temperature is not None:
        said["temperature"] = min(request.temperature, 1.0)
        if request.temperature > 1:
            scope.notes.approximated("temperature", "1 is the most here")
    if request.top_p is not None:
        said["top_p"] = request.top_p
    if request.top_k is not None:
        said["top_k"] = request.top_k
    stops = [stop for stop in request.stop if scope.own or stop.strip()]
    if stops:
        said["stop_sequences"] = stops
    if len(stops) < len(request.stop):
        scope.notes.dropped("stop", "stop sequences of white space are refused")
    _write_tier(request.service_tier, said, scope)
    for name in _UNSAID:
        if getattr(request, name) is not None:
            scope.notes.dropped(name, "not a parameter of this format")
    if request.n is not None and request.n > 1:
        scope.notes.unsupported("n", "one answer a request")
    if request.logprobs:
        scope.notes.unsupported("logprobs", "not told by this format")
    if request.top_logprobs:
        scope.notes.unsupported("top_logprobs", "not told by this format")
    if any(kind != "text" for kind in request.modalities):
        scope.notes.unsupported("modalities", "answers are text")
    if request.metadata:
        scope.notes.dropped("metadata", "only the user is told")


def _write_tier(tier: str | None, said: JSONObject, scope: Scope) -> None:
    if tier is None:
        return
    told = _TIERS_OUT.get(tier, tier if scope.own else None)
    if told is None:
        scope.notes.dropped("service_tier", "no such tier here")
        return
    said["service_tier"] = told
    if tier == "priority":
        scope.notes.approximated("service_tier", "`auto` uses priority capacity where there is any")


def write_reasoning(options: ReasoningOptions | None, said: JSONObject, scope: Scope) -> None:
    """`thinking` and the effort into `said`."""
    if options is None:
        return
    enabled = options.enabled
    if options.effort == "none":
        if not scope.own:
            scope.notes.approximated("reasoning.effort", "thinking is switched off")
        enabled = False
    elif options.effort is not None:
        said["output_config"] = {"effort": _effort(options.effort, scope)}
        if enabled is None and not scope.own and options.budget_tokens is None:
            enabled = True  # an effort does not switch thinking on by itself here
    thinking: JSONObject = {}
    if options.budget_tokens is not None and enabled is not False:
        budget = options.budget_tokens
        if budget < _LEAST_BUDGET and not scope.own:
            scope.notes.approximated("reasoning.budget_tokens", f"{_LEAST_BUDGET} is the least here")
            budget = _LEAST_BUDGET
        thinking = {"type": "enabled", "budget_tokens": budget}
    elif enabled is not None:
        thinking = {"type": "adaptive" if enabled else "disabled"}
        if options.budget_tokens is not None:
            scope.notes.dropped("reasoning.budget_tokens", "thinking is off")
    if options.show is not None and thinking and enabled is not False:
        thinking["display"] = "summarized" if options.show else "omitted"
    elif options.show is not None:
        scope.notes.dropped("reasoning.show", "thinking is not asked for")
    if thinking:
        said["thinking"] = thinking


def _effort(effort: str, scope: Scope) -> str:
    if effort in _EFFORTS or scope.own:
        return effort
    scope.notes.approximated("reasoning.effort", "the nearest effort of this format")
    return "low" if effort == "minimal" else "high"


def write_output(output: OutputFormat | None, said: JSONObject, scope: Scope, room: StrictRoom) -> bool:
    """The form of the answer into `said`. True: it has no field here, an instruction has to ask for JSON."""
    if output is None or output.kind == "text":
        return False
    if output.kind == "json" or output.schema is None:
        scope.notes.approximated("output", "any JSON can only be asked for in words here")
        return True
    for name in ("name", "description"):
        if getattr(output, name) is not None:
            scope.notes.dropped(f"output.{name}", "a schema has no name here")
    if output.strict is False:
        scope.notes.approximated("output.strict", "a schema is always enforced here")
    schema = output.schema
    if not scope.own:
        closed = close(schema)
        if closed is None or not room.takes(closed):
            scope.notes.unsupported("output", "the schema is beyond what can be enforced here")
            return True
        if closed.moved:
            scope.notes.approximated("output.schema", "keywords that are not enforced moved to descriptions")
        schema = closed.schema
    said.setdefault("output_config", {})["format"] = {"type": "json_schema", "schema": schema}
    return False
