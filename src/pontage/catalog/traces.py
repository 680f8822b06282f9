"""Whether a client's bytes may say something that a model refuses, found without decoding them. Floor 1; pure.

What is found here may be nothing; what is not found is nothing. So the bytes may go as they are.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any, Final

import msgspec
from msgspec import Struct

from pontage.catalog.fields import PREFILL
from pontage.catalog.rules import NO_RESTRICTIONS, Restrictions, Rule, WireName, Within

_LIMIT: Final = "max_tokens"
_TRACES: Final[dict[str, tuple[bytes, ...]]] = {
    "temperature": (b'"temperature"',),
    "top_p": (b'"top_p"', b'"topP"', b'"p"'),
    "top_k": (b'"top_k"', b'"topK"', b'"k"'),
    "frequency_penalty": (b'"frequency_penalty"', b'"frequencyPenalty"'),
    "presence_penalty": (b'"presence_penalty"', b'"presencePenalty"'),
    "logprobs": (b'"logprobs"', b'"responseLogprobs"'),
    "top_logprobs": (b'"top_logprobs"', b'"logprobs"'),
    "stop": (b'"stop"', b'"stop_sequences"', b'"stopSequences"'),
    "tools": (b'"tools"',),
    "tool_choice": (b'"tool_choice"', b'"functionCallingConfig"', b'"function_calling_config"'),
    "output": (b'"response_format"', b'"output_config"', b'"output_format"', b'"responseMimeType"'),
    "reasoning": (b'"reasoning', b'"thinking', b'"output_config"'),
}
"""How a field of a request may be spelled in a client's bytes."""
_LIMITS: Final = (
    b'"max_tokens"',
    b'"max_completion_tokens"',
    b'"max_output_tokens"',
    b'"maxOutputTokens"',
    b'"num_predict"',
)
_NUMBER: Final = re.compile(rb"\s*:\s*(-?\d+(?:\.\d+)?(?:[eE][+-]?\d+)?)")
_LONGEST: Final = 15
"""Digits of a limit that a float tells exactly."""
_ESCAPED: Final = re.compile(rb"\\u00(?:[46][1-9a-fA-F]|5[0-9aAfF]|7[0-9aA])")
"""A letter of a name, written as an escape: no encoder does so."""
_SPEAKERS: Final = frozenset({"assistant", "model"})
"""What a model is called as the speaker of a turn."""


class _Turn(Struct):
    role: Any = None


class _Turns(Struct):
    """The turns of a request, under the name that its format has for them."""

    messages: list[_Turn] = []
    contents: list[_Turn] | _Turn = []
    input: list[_Turn] | str = ""


def touches(body: bytes, restrictions: Restrictions) -> bool:
    """Whether a client's bytes may say something that the model refuses."""
    rules = restrictions.rules
    traces = {trace for rule in rules for trace in _traces(rule)}
    if restrictions.reasoning is not None:
        traces.update(_TRACES["reasoning"])
    if any(trace in body for trace in traces) or any(_exceeds(body, rule) for rule in rules):
        return True
    if any(rule.field == PREFILL for rule in rules) and _is_prefilled(body):
        return True
    return restrictions is not NO_RESTRICTIONS and b"\\u00" in body and _ESCAPED.search(body) is not None


def respells(body: bytes, restrictions: Restrictions) -> bool:
    """Whether a client's bytes may use a name that the model refuses for a field that it takes. The request is the same
    then, but the dialect has to write it anew."""
    return any(trace in body for rule in restrictions.rules if isinstance(rule, WireName) for trace in _traces(rule))


def _traces(rule: Rule) -> tuple[bytes, ...]:
    if isinstance(rule, WireName):
        return (f'"{rule.refused}"'.encode(),)
    if rule.field == PREFILL or (rule.field == _LIMIT and isinstance(rule, Within)):
        return ()  # looked for in their own way: nearly every request has these names
    head, _, inside = rule.field.partition(".")
    return _TRACES.get(head, (f'"{inside or head}"'.encode(),))


def _exceeds(body: bytes, rule: Rule) -> bool:
    """Whether a limit of the answer is out of a rule's bounds."""
    if rule.field != _LIMIT or not isinstance(rule, Within):
        return False
    least, most = rule.least, rule.most
    return any(
        len(told) > _LONGEST or (least is not None and float(told) < least) or (most is not None and float(told) > most)
        for told in _limits(body)
    )


def _limits(body: bytes) -> Iterator[bytes]:
    """The numbers that stand behind a name of the limit, wherever that is."""
    for name in _LIMITS:
        at = body.find(name)
        while at >= 0:
            at += len(name)
            found = _NUMBER.match(body, at)
            if found is not None:
                yield found[1]
            at = body.find(name, at)


def _is_prefilled(body: bytes) -> bool:
    """Whether the last turn is the model's own. Not so where the turns cannot be read: their provider tells why."""
    try:
        told = msgspec.json.decode(body, type=_Turns)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        return False
    for turns in (told.messages, told.contents, told.input):
        if isinstance(turns, list) and turns:
            return turns[-1].role in _SPEAKERS
    return False
