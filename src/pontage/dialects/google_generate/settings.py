"""Floor 3. `generationConfig`, both ways: sampling, limits, the form of the answer, and how much to think."""

from __future__ import annotations

from typing import Any, Final, cast

from msgspec import UNSET

from pontage.dialects.google_generate.media import is_set
from pontage.dialects.google_generate.names import enum_name, kept, wire_names
from pontage.dialects.google_generate.schema import read_schema
from pontage.dialects.google_generate.tools import Options, write_subset
from pontage.dialects.google_generate.types import GENERATION_KEPT, GenerationConfig, ThinkingConfig
from pontage.dialects.notes import Notes
from pontage.domain.chat import ChatRequest, OutputFormat, ReasoningOptions
from pontage.domain.parts import JSONObject
from pontage.errors import InvalidRequestError

_STOP_LIMIT: Final = 5
_SEEDS: Final = 2**31
_JSON: Final = "application/json"
_TEXT: Final = "text/plain"
_MODALITIES = {1: "TEXT", 2: "IMAGE", 3: "AUDIO"}
_LEVELS = {1: "LOW", 2: "HIGH"}
_BUDGETS: Final = {"minimal": 512, "low": 2048, "medium": 8192, "high": 24576, "xhigh": 24576, "max": 24576}
_SAME: Final = wire_names(
    GenerationConfig,
    "temperature", "top_p", "top_k", "frequency_penalty", "presence_penalty", "seed",
)  # fmt: skip
_RENAMED: Final = (
    ("max_output_tokens", "max_tokens", "maxOutputTokens"),
    ("candidate_count", "n", "candidateCount"),
    ("response_logprobs", "logprobs", "responseLogprobs"),
    ("logprobs", "top_logprobs", "logprobs"),
)


def read_generation(config: GenerationConfig, extra: JSONObject) -> dict[str, Any]:
    """The fields of a ChatRequest that the generationConfig tells; the rest is added to `extra`."""
    fields: dict[str, Any] = {}
    for name, _ in _SAME:
        value = getattr(config, name)
        if value is not UNSET and value is not None:
            fields[name] = value
    for name, canonical, _ in _RENAMED:
        value = getattr(config, name)
        if value is not UNSET and value is not None:
            fields[canonical] = value
    if isinstance(config.top_k, float):
        if not config.top_k.is_integer():
            raise InvalidRequestError("`generationConfig.topK` is not a whole number", param="generationConfig.topK")
        fields["top_k"] = int(config.top_k)
    stop = config.stop_sequences
    if stop:
        fields["stop"] = (stop,) if isinstance(stop, str) else tuple(stop)
    if config.response_modalities:
        names = [enum_name(value, _MODALITIES) for value in config.response_modalities]
        fields["modalities"] = tuple(name.lower() for name in names if name is not None)
    if isinstance(config.thinking_config, ThinkingConfig):
        fields["reasoning"] = _read_thinking(config.thinking_config, extra)
    fields["output"] = _read_output(config, extra)
    extra.update((name, value) for name, value in kept(config, GENERATION_KEPT).items() if name not in config.extra)
    if config.extra:
        extra["generationConfig"] = config.extra
    return fields


def _read_output(config: GenerationConfig, extra: JSONObject) -> OutputFormat | None:
    media_type = config.response_mime_type or None
    subset = config.response_schema or None
    schema: Any = config.response_json_schema if is_set(config.response_json_schema) else None
    where = "generationConfig.responseSchema"
    if subset is not None and schema is not None:
        raise InvalidRequestError(f"`{where}` and `responseJsonSchema` exclude each other", param=where)
    if media_type not in (None, _JSON, _TEXT):  # `text/x.enum`: a choice of words, not JSON
        told = {"responseMimeType": media_type, "responseSchema": subset, "responseJsonSchema": schema}
        extra.update((name, value) for name, value in told.items() if value is not None)
        return None
    if subset is not None:
        return OutputFormat(kind="schema", schema=read_schema(subset))
    if isinstance(schema, dict):
        return OutputFormat(kind="schema", schema=cast(JSONObject, schema))
    if schema is not None:
        where = "generationConfig.responseJsonSchema"
        raise InvalidRequestError(f"`{where}`: expected an object", param=where)
    if media_type is None:
        return None
    return OutputFormat(kind="json" if media_type == _JSON else "text")


def _read_thinking(config: ThinkingConfig, extra: JSONObject) -> ReasoningOptions:
    if config.extra:
        extra["thinkingConfig"] = config.extra
    budget = config.thinking_budget if isinstance(config.thinking_budget, int) else None
    level = enum_name(config.thinking_level, _LEVELS)
    return ReasoningOptions(
        effort=level.lower() if level is not None and level != "THINKING_LEVEL_UNSPECIFIED" else None,
        enabled={0: False, -1: True}.get(budget) if budget is not None else None,
        budget_tokens=budget if budget is not None and budget > 0 else None,
        show=config.include_thoughts if isinstance(config.include_thoughts, bool) else None,
    )


def write_generation(
    request: ChatRequest, extra: JSONObject, options: Options, notes: Notes, *, mine: bool
) -> JSONObject:
    """The generationConfig; takes out of `extra` (the request's own kept fields) what belongs there."""
    config: JSONObject = {}
    for name, wire in _SAME:
        value = getattr(request, name)
        if value is not None:
            config[wire] = value
    for _, canonical, wire in _RENAMED:
        value = getattr(request, canonical)
        if value is not None:
            config[wire] = value
    if request.seed is not None and not mine and not -_SEEDS <= request.seed < _SEEDS:
        config["seed"] = request.seed % _SEEDS
        notes.approximated("seed", "seeds of this format have 32 bits")
    if request.stop:
        config["stopSequences"] = list(request.stop)
        if len(request.stop) > _STOP_LIMIT and not mine:
            config["stopSequences"] = list(request.stop[:_STOP_LIMIT])
            notes.approximated("stop", f"at most {_STOP_LIMIT} are taken")
    if request.modalities:
        config["responseModalities"] = [name.upper() for name in request.modalities]
    if request.output is not None:
        _write_output(request.output, config, options, notes)
    thinking: JSONObject = {**extra.pop("thinkingConfig", {})}
    if request.reasoning is not None:
        thinking.update(_write_thinking(request.reasoning, options.thinking, notes, mine=mine))
    if thinking or (mine and request.reasoning is not None):
        config["thinkingConfig"] = thinking
    for name in (*(wire for _, wire in GENERATION_KEPT), "responseMimeType", "responseSchema", "responseJsonSchema"):
        if name in extra:
            config[name] = extra.pop(name)
    config.update(extra.pop("generationConfig", {}))
    return config


def _write_output(output: OutputFormat, config: JSONObject, options: Options, notes: Notes) -> None:
    config["responseMimeType"] = _TEXT if output.kind == "text" else _JSON
    if output.kind == "schema" and output.schema is not None:
        if options.json_schema:
            config["responseJsonSchema"] = output.schema
        else:
            config["responseSchema"] = write_subset(output.schema, "output.schema", notes)
    for name in ("name", "description"):
        if getattr(output, name) is not None:
            notes.dropped(f"output.{name}", "this format has no name for it")
    if output.strict is False:
        notes.approximated("output.strict", "this format always holds to a schema")


def _write_thinking(reasoning: ReasoningOptions, form: str | None, notes: Notes, *, mine: bool) -> JSONObject:
    """The thinkingConfig. A level and a budget exclude each other: the budget is the more exact."""
    config: JSONObject = {}
    effort, budget = reasoning.effort, reasoning.budget_tokens
    off = effort == "none" or (effort is None and reasoning.enabled is False)
    if form is None or mine:
        form = "budget" if budget is not None or effort is None or off else "level"
        if mine and effort is not None and budget is not None:
            config["thinkingLevel"] = effort.upper()
    if form == "budget":
        _write_budget(reasoning, config, notes, off=off)
    else:
        _write_level(reasoning, config, notes, mine=mine, off=off)
    if reasoning.show is not None:
        config["includeThoughts"] = reasoning.show
    return config


def _write_budget(reasoning: ReasoningOptions, config: JSONObject, notes: Notes, *, off: bool) -> None:
    effort = reasoning.effort
    if off:
        config["thinkingBudget"] = 0
    elif reasoning.budget_tokens is not None:
        config["thinkingBudget"] = reasoning.budget_tokens
        if effort is not None and "thinkingLevel" not in config:
            notes.dropped("reasoning.effort", "a level and a budget exclude each other")
    elif effort is not None:
        config["thinkingBudget"] = _BUDGETS.get(effort, -1)
        notes.approximated("reasoning.effort", f"said as a budget of {config['thinkingBudget']} tokens")
    elif reasoning.enabled is True:
        config["thinkingBudget"] = -1


def _write_level(reasoning: ReasoningOptions, config: JSONObject, notes: Notes, *, mine: bool, off: bool) -> None:
    effort, budget = reasoning.effort, reasoning.budget_tokens
    if off:
        config["thinkingLevel"] = "MINIMAL"
        notes.approximated("reasoning", "thinking cannot be switched off: said as the lowest level")
    elif effort is not None:
        level = effort if mine or effort not in ("xhigh", "max") else "high"
        config["thinkingLevel"] = level.upper()
        if level != effort:
            notes.approximated("reasoning.effort", f"said as {level}")
        if budget is not None:
            notes.dropped("reasoning.budget_tokens", "a level and a budget exclude each other")
    elif budget is not None:
        level = next((name for name, tokens in _BUDGETS.items() if budget <= tokens), "high")
        config["thinkingLevel"] = level.upper()
        notes.approximated("reasoning.budget_tokens", f"said as the level {level}")
    elif reasoning.enabled is True:
        notes.approximated("reasoning.enabled", "the model thinks by its own measure anyway")
