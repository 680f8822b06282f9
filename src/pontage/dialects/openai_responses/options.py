"""How to answer: thinking, form, words; both ways. Floor 3; pure.

Thinking is measured by `reasoning.effort`, and told where a `summary` is asked for. Another format's budget becomes the
nearest effort, its switch an effort too, with notes.
"""

from __future__ import annotations

from typing import Any, Final, cast

from msgspec import UNSET

from pontage.dialects.openai_responses.names import Scope
from pontage.dialects.openai_responses.tools import holds_strict
from pontage.dialects.openai_responses.types import ReasoningParam, TextParam
from pontage.domain.chat import ChatRequest, OutputFormat, ReasoningOptions
from pontage.domain.parts import JSONObject

SCHEMA_NAME: Final = "structured_output"
"""A schema must have a name; this one stands for none."""
LOGPROBS: Final = "message.output_text.logprobs"
"""What `include` lists when log-probabilities shall be told."""
THOUGHTS: Final = "reasoning.encrypted_content"
"""What `include` lists when thinking shall be told encrypted, so that it can be sent back."""

_EFFORTS: Final = ("none", "minimal", "low", "medium", "high", "xhigh", "max")
_BUDGETS: Final = {"minimal": 1024, "low": 2048, "medium": 8192, "high": 16384, "xhigh": 32768}
_SUMMARY: Final = "auto"
_DROPPED: Final = ("top_k", "frequency_penalty", "presence_penalty", "seed")


def read_reasoning(wire: ReasoningParam | None, extra: JSONObject) -> ReasoningOptions | None:
    """How much to think, and whether to tell it. What has no canonical name stays in `extra["reasoning"]`."""
    if wire is None:
        return None
    rest = {key: value for key, value in wire.extra.items() if value is not None}
    effort, show = wire.effort, None
    if effort is not None and effort not in _EFFORTS:
        rest["effort"], effort = effort, None
    if wire.summary is not UNSET:
        show = wire.summary is not None
        if wire.summary not in (None, _SUMMARY):
            rest["summary"] = wire.summary
    if rest:
        extra["reasoning"] = rest
    return None if effort is show is None else ReasoningOptions(effort=effort, show=show)


def write_reasoning(options: ReasoningOptions, extra: JSONObject, scope: Scope) -> JSONObject:
    """`reasoning` as a field. `extra`: the request's, which may name another kind of summary."""
    said: JSONObject = {}
    effort = _effort(options, scope)
    if effort is not None:
        said["effort"] = effort
    if options.show is not None:
        more: Any = extra.get("reasoning") if scope.carried else None
        told = cast(JSONObject, more).get("summary", _SUMMARY) if isinstance(more, dict) else _SUMMARY
        said["summary"] = told if options.show else None
    return {"reasoning": said} if said else {}


def _effort(options: ReasoningOptions, scope: Scope) -> str | None:
    effort = options.effort
    if options.enabled is False and effort != "none":
        scope.notes.approximated("reasoning.enabled", "said as effort none")
        effort = "none"
    elif options.enabled and effort is None and options.budget_tokens is None:
        scope.notes.approximated("reasoning.enabled", "the model's own measure")
    elif options.enabled is not None:
        scope.notes.approximated("reasoning.enabled", "said by the effort")
    if options.budget_tokens is not None:
        effort = nearest_effort(options.budget_tokens) if effort is None else effort
        scope.notes.approximated("reasoning.budget_tokens", f"said as effort {effort}")
    if options.effort is None and effort is not None:
        scope.notes.injected("reasoning.effort", "from the other measures of thinking")
    elif effort != options.effort:
        scope.notes.approximated("reasoning.effort", "thinking is switched off")
    return effort


def nearest_effort(budget: int) -> str:
    """The step of the scale whose budget is nearest to this many tokens."""
    if budget <= 0:
        return _EFFORTS[0]
    return min(_BUDGETS, key=lambda effort: abs(_BUDGETS[effort] - budget))


def thinks(options: ReasoningOptions | None) -> bool:
    """Whether thinking is asked for."""
    return options is not None and options.enabled is not False and options.effort != "none"


def read_output(wire: TextParam | None, extra: JSONObject) -> OutputFormat | None:
    """The form of the answer. What else the text shall be, and an unknown form, stay in `extra["text"]`."""
    if wire is None:
        return None
    rest = {key: value for key, value in wire.extra.items() if value is not None}
    form, output = wire.format, None
    if form is not None and form.type in ("text", "json_object"):
        output = OutputFormat(kind="text" if form.type == "text" else "json")
        if form.extra:
            rest["format"] = form.extra
    elif form is not None and form.type == "json_schema":
        name = None if form.name == SCHEMA_NAME else form.name
        output = OutputFormat(
            kind="schema", schema=form.schema, name=name, description=form.description, strict=form.strict
        )
        if form.extra:
            rest["format"] = form.extra
    elif form is not None:
        rest["format"] = {"type": form.type, **form.extra}
    if rest:
        extra["text"] = rest
    return output


def write_output(output: OutputFormat, scope: Scope) -> JSONObject:
    """`text` as a field."""
    if output.kind != "schema":
        return {"text": {"format": {"type": "text" if output.kind == "text" else "json_object"}}}
    form: JSONObject = {"type": "json_schema", "name": output.name or SCHEMA_NAME}
    if output.description is not None:
        form["description"] = output.description
    if output.schema is not None:
        form["schema"] = output.schema
    if output.strict is not None:
        form["strict"] = holds_strict(output.strict, output.schema, scope, "output")
    return {"text": {"format": form}}


def note_unsaid(request: ChatRequest, scope: Scope) -> None:
    """Notes for what this format has no field for."""
    notes = scope.notes
    for name in _DROPPED:
        if getattr(request, name) is not None:
            notes.dropped(name, "not a parameter of this format")
    if request.stop:
        notes.dropped("stop", "not a parameter of this format")
    if request.n is not None and request.n > 1:
        notes.unsupported("n", "one answer a request")
    if any(kind != "text" for kind in request.modalities):
        notes.unsupported("modalities", "answers are text")
