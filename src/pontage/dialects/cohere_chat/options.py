"""How to answer: sampling, form, thinking; both ways. Floor 3; pure.

Ranges are narrower here than elsewhere: what lies outside is brought to the nearest bound, with a note. Thinking is
measured in tokens (`token_budget`) and always told.
"""

from __future__ import annotations

from typing import Final

from pontage.dialects.cohere_chat.schema import fit
from pontage.dialects.cohere_chat.types import FORMAT, THINKING, Request
from pontage.dialects.scope import Scope
from pontage.domain.chat import ChatRequest, OutputFormat, ReasoningOptions
from pontage.domain.parts import JSONObject

_RANGES: Final = (
    ("top_p", "p", 0.01, 0.99),
    ("top_k", "k", 0, 500),
    ("frequency_penalty", "frequency_penalty", 0, 1),
    ("presence_penalty", "presence_penalty", 0, 1),
)
_MOST_STOPS: Final = 5
_BUDGETS: Final = {"minimal": 1024, "low": 2048, "medium": 8192}  # tokens
_UNSAID: Final = ("user", "metadata", "cache", "cache_key")


def read_output(wire: Request, extra: JSONObject) -> OutputFormat | None:
    """The form of the answer; an unknown form stays in `extra`, whole."""
    form = wire.response_format
    if form is None:
        return None
    if form.type not in ("text", "json_object") or (form.type == "text" and form.json_schema is not None):
        extra["response_format"] = FORMAT.builtins(form)
        return None
    if form.extra:
        extra["response_format"] = form.extra
    if form.type == "text":
        return OutputFormat(kind="text")
    return OutputFormat(kind="json" if form.json_schema is None else "schema", schema=form.json_schema)


def read_reasoning(wire: Request, extra: JSONObject) -> ReasoningOptions | None:
    """How much to think; a kind of thinking without a canonical name stays in `extra`, whole."""
    thinking = wire.thinking
    if thinking is None:
        return None
    if thinking.type not in ("enabled", "disabled"):
        extra["thinking"] = THINKING.builtins(thinking)
        return None
    if thinking.extra:
        extra["thinking"] = thinking.extra
    return ReasoningOptions(enabled=thinking.type == "enabled", budget_tokens=thinking.token_budget)


def write_sampling(request: ChatRequest, said: JSONObject, scope: Scope) -> None:
    """Lengths, sampling and stops into `said`; notes for what this format has no field for."""
    for name in ("max_tokens", "temperature", "logprobs"):
        if getattr(request, name) is not None:
            said[name] = getattr(request, name)
    for name, field, least, most in _RANGES:
        value = getattr(request, name)
        if value is None:
            continue
        said[field] = value if scope.own else max(least, min(most, value))
        if said[field] != value:
            scope.notes.approximated(name, f"{least} to {most} here")
    if request.seed is not None and (request.seed >= 0 or scope.own):
        said["seed"] = request.seed
    elif request.seed is not None:
        scope.notes.dropped("seed", "seeds are not negative here")
    _write_stops(request.stop, said, scope)
    _note_unsaid(request, scope)


def _write_stops(stops: tuple[str, ...], said: JSONObject, scope: Scope) -> None:
    taken = list(stops) if scope.own else [stop for stop in stops if stop][:_MOST_STOPS]
    if taken:
        said["stop_sequences"] = taken
    if len(taken) < len(stops):
        scope.notes.dropped("stop", f"at most {_MOST_STOPS} stop sequences, none of them empty")


def _note_unsaid(request: ChatRequest, scope: Scope) -> None:
    notes = scope.notes
    for name in _UNSAID:
        if getattr(request, name) not in (None, {}):
            notes.dropped(name, "not a parameter of this format")
    if request.service_tier not in (None, "auto"):
        notes.dropped("service_tier", "no tiers here")
    if request.n is not None and request.n > 1:
        notes.unsupported("n", "one answer a request")
    if request.top_logprobs:
        notes.unsupported("top_logprobs", "alternatives are not told by this format")
    if any(kind != "text" for kind in request.modalities):
        notes.unsupported("modalities", "answers are text")


def write_reasoning(options: ReasoningOptions | None, said: JSONObject, scope: Scope) -> None:
    """`thinking` into `said`."""
    if options is None:
        return
    enabled, budget = options.enabled, options.budget_tokens
    if options.effort == "none":
        enabled = False
    elif options.effort is not None and enabled is not False:
        enabled = True
        budget = budget or _BUDGETS.get(options.effort)
        scope.notes.approximated("reasoning", "effort is measured in tokens here")
    elif options.effort is not None:
        scope.notes.dropped("reasoning.effort", "thinking is off")
    if enabled is None and budget is not None:
        enabled = True
    if budget is not None and (budget <= 0 or not enabled) and not scope.own:
        scope.notes.dropped("reasoning.budget_tokens", "thinking is off" if not enabled else "no budget is none")
        budget = None
    if enabled is not None:
        thinking: JSONObject = {"type": "enabled" if enabled else "disabled"}
        if budget is not None:
            thinking["token_budget"] = budget
        said["thinking"] = thinking
    if options.show is not None:
        scope.notes.approximated("reasoning.show", "thinking is always told here")


def write_output(output: OutputFormat | None, said: JSONObject, scope: Scope) -> bool:
    """The form of the answer into `said`. True: not together with the tools, so an instruction has to ask for it."""
    if output is None:
        return False
    if output.kind == "text":
        said["response_format"] = {"type": "text"}
        return False
    if "tools" in said and not scope.own:
        scope.notes.unsupported("output", "not together with tools: asked for in words")
        return True
    form: JSONObject = {"type": "json_object"}
    said["response_format"] = form
    if output.kind == "json" or output.schema is None:
        return False
    for name in ("name", "description"):
        if getattr(output, name) is not None:
            scope.notes.dropped(f"output.{name}", "a schema has no name here")
    if output.strict is False:
        scope.notes.approximated("output.strict", "a schema is always enforced here")
    schema = output.schema
    if not scope.own:
        fitted = fit(schema, demanding=True)
        schema = fitted.schema
        if fitted.changed:
            scope.notes.approximated("output.schema", "brought to the keywords that are enforced")
    form["json_schema"] = schema
    return False
