"""How to answer: sampling, form, thinking; both ways, the same in both forms of a request. Floor 3; pure.

`think` is a switch or a level (low, medium, high, max). A budget for thinking is said as the nearest level. Numbers
below zero, which mean "without limit" here, have no canonical word and stay in `extra["options"]`.
"""

from __future__ import annotations

from typing import Final

from pontage.dialects.ollama_chat.names import told
from pontage.dialects.ollama_chat.types import Options, Settings
from pontage.dialects.scope import Scope
from pontage.domain.chat import ChatRequest, OutputFormat, ReasoningOptions
from pontage.domain.parts import JSONObject
from pontage.errors import InvalidRequestError

_JSON: Final = "json"
_LEVELS: Final = ("low", "medium", "high", "max")
_NEAREST: Final = {"minimal": "low"}
_BUDGETS: Final = {"low": 2048, "medium": 8192, "high": 24576}  # tokens
_SAME: Final = ("temperature", "top_p", "top_k", "seed", "frequency_penalty", "presence_penalty")
_BELOW_ZERO: Final = ("num_predict", "top_k")
_UNSAID: Final = ("user", "cache", "cache_key")


def read_settings(wire: Settings) -> JSONObject:
    """The fields of a canonical request that both forms say in the same words, `extra` among them.

    Raises InvalidRequestError for a form of the answer or a level of thinking that is none.
    """
    extra = wire.extra
    extra.update(told(keep_alive=wire.keep_alive, truncate=wire.truncate, shift=wire.shift))
    options = wire.options or Options()
    rest = options.extra
    for name in _BELOW_ZERO:
        number = getattr(options, name)
        if number is not None and number < 0:
            rest[name] = number
            setattr(options, name, None)
    if rest:
        extra["options"] = rest
    stop = options.stop
    return {
        "model": wire.model,
        "max_tokens": options.num_predict,
        **{name: getattr(options, name) for name in _SAME},
        "stop": (stop,) if isinstance(stop, str) else tuple(stop or ()),
        "logprobs": wire.logprobs,
        "top_logprobs": wire.top_logprobs,
        "output": _read_format(wire.format),
        "reasoning": _read_think(wire.think),
        "stream": wire.stream is not False,
        "extra": extra,
    }


def _read_format(form: str | JSONObject | None) -> OutputFormat | None:
    if not form:
        return None
    if isinstance(form, dict):
        return OutputFormat(kind="schema", schema=form)
    if form != _JSON:
        raise InvalidRequestError('format: either "json" or a JSON Schema', param="format")
    return OutputFormat(kind="json")


def _read_think(think: bool | str | None) -> ReasoningOptions | None:
    match think:
        case None:
            return None
        case bool():
            return ReasoningOptions(enabled=think)
        case "":
            raise InvalidRequestError("think: true, false or a level", param="think")
        case _:
            return ReasoningOptions(effort=think)


def write_settings(request: ChatRequest, said: JSONObject, scope: Scope) -> None:
    """These fields into `said`; notes for what this format has no field for."""
    said["stream"] = request.stream  # absent means yes here, so it is always said
    options = told(num_predict=request.max_tokens, **{name: getattr(request, name) for name in _SAME})
    stops = [stop for stop in request.stop if scope.own or stop]
    if stops:
        options["stop"] = stops
    if len(stops) < len(request.stop):
        scope.notes.dropped("stop", "an empty text never stops an answer")
    if options:
        said["options"] = options
    _write_format(request.output, said, scope)
    think = _write_think(request.reasoning, scope) if request.reasoning is not None else None
    said.update(told(think=think, logprobs=request.logprobs, top_logprobs=request.top_logprobs))
    _note_unsaid(request, scope)


def _note_unsaid(request: ChatRequest, scope: Scope) -> None:
    notes = scope.notes
    for name in _UNSAID:
        if getattr(request, name) is not None:
            notes.dropped(name, "not a parameter of this format")
    if request.metadata:
        notes.dropped("metadata", "not a parameter of this format")
    if request.service_tier not in (None, "auto"):
        notes.dropped("service_tier", "a server of one's own has no tiers")
    if request.parallel_tools is False:
        notes.dropped("parallel_tools", "the model alone decides how many calls it makes")
    if request.n is not None and request.n > 1:
        notes.unsupported("n", "one answer a request")
    if any(kind != "text" for kind in request.modalities):
        notes.unsupported("modalities", "what a model answers with is its own matter here")


def _write_format(output: OutputFormat | None, said: JSONObject, scope: Scope) -> None:
    if output is None or output.kind == "text":
        return
    for name in ("name", "description"):
        if getattr(output, name) is not None:
            scope.notes.dropped(f"output.{name}", "a schema has no name here")
    if output.strict is False:
        scope.notes.approximated("output.strict", "a schema is always enforced here")
    said["format"] = _JSON if output.kind == "json" or output.schema is None else output.schema
    if output.kind == "schema" and not output.schema:
        scope.notes.approximated("output", "any JSON, as there is no schema")
        said["format"] = _JSON


def _write_think(options: ReasoningOptions, scope: Scope) -> bool | str | None:
    notes, effort, budget = scope.notes, options.effort, options.budget_tokens
    if options.show is not None:
        notes.approximated("reasoning.show", "thinking is always told here")
    if options.enabled is False or effort == "none":
        if effort not in (None, "none"):
            notes.approximated("reasoning.effort", "thinking is switched off")
        if budget is not None:
            notes.dropped("reasoning.budget_tokens", "thinking is off")
        return False
    if budget is not None:
        if effort is None and budget > 0:
            effort = min(_BUDGETS, key=lambda level: abs(_BUDGETS[level] - budget))
            notes.injected("reasoning.effort", "the nearest to the budget")
        notes.approximated("reasoning.budget_tokens", "thinking is measured in levels here")
    if effort is not None:
        return _level(effort, scope)
    if budget is not None:
        notes.approximated("reasoning", "no tokens are no thinking, and less is the model's own measure")
        return budget < 0
    return options.enabled


def _level(effort: str, scope: Scope) -> str:
    if effort in _LEVELS or scope.own:
        return effort
    scope.notes.approximated("reasoning.effort", "the nearest level of this format")
    return _NEAREST.get(effort, "high")
