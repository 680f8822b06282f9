"""Token counts, both ways. Floor 3; pure.

`tokens` counts what the model read and wrote, `billed_units` what is paid for: the counts are those of `tokens`, and
only where there are none the billed ones; the record stays whole in `raw`. Cached tokens are inside the input, thinking
is inside the output; tokens of pictures come on top, as recorded traffic shows (34 of input, 259 of a picture).
"""

from __future__ import annotations

from typing import cast

import msgspec
from msgspec import Struct

from pontage.dialects.counts import note_uncounted, whole
from pontage.dialects.notes import Notes
from pontage.domain.chat import TokenUsage
from pontage.domain.parts import JSONObject
from pontage.errors import ProtocolError

_MERGED = ("cache_write", "cache_write_5m", "cache_write_1h", "input_audio", "output_audio")


class _Told(Struct):
    usage: JSONObject | None = None


_TOLD = msgspec.json.Decoder(_Told)


def usage_of(body: bytes) -> TokenUsage | None:
    """The counts in a whole answer; None when none are told. Raises ProtocolError when the body is not JSON."""
    try:
        return read_usage(_TOLD.decode(body).usage)
    except msgspec.ValidationError:
        return None
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
        raise ProtocolError(f"the provider's answer is not JSON: {error}") from None


def read_usage(raw: JSONObject | None) -> TokenUsage | None:
    """The disjoint buckets of a provider's record, which stays whole in `raw`."""
    if not raw:
        return None
    tokens = _object(raw, "tokens") or _object(raw, "billed_units")
    prompt, pictures = _count(tokens, "input_tokens"), _count(tokens, "image_tokens")
    cached = _count(raw, "cached_tokens")
    if prompt is not None:
        prompt = max(0, prompt + (pictures or 0) - (cached or 0))
    output, reasoning = _count(tokens, "output_tokens"), _count(tokens, "reasoning_tokens")
    if output is not None and reasoning is not None:
        reasoning = min(reasoning, output)
        output -= reasoning
    return TokenUsage(input=prompt, cache_read=cached, output=output, reasoning=reasoning, raw=raw)


def _object(raw: JSONObject, name: str) -> JSONObject:
    value = raw.get(name)
    return cast(JSONObject, value) if isinstance(value, dict) else {}


def _count(raw: JSONObject, name: str) -> int | None:
    """A count, which may be written as a float."""
    return whole(raw.get(name))


def write_usage(usage: TokenUsage | None, own: bool, notes: Notes) -> JSONObject | None:
    """The record for a client. An own one stands as it was while its counts are unchanged."""
    if usage is None:
        return None
    if own and usage.raw is not None and read_usage(usage.raw) == usage:
        return usage.raw
    counts = {"input_tokens": usage.total_input, "output_tokens": usage.total_output}
    told: JSONObject = {name: count for name, count in counts.items() if count is not None}
    said: JSONObject = {"billed_units": told, "tokens": {**told}}
    if usage.reasoning is not None:
        said["tokens"]["reasoning_tokens"] = usage.reasoning
    if usage.cache_read is not None:
        said["cached_tokens"] = usage.cache_read
    for name in _MERGED:
        if getattr(usage, name):
            notes.approximated(f"usage.{name}", "counted among the others")
    note_uncounted(usage, notes)
    if usage.web_searches:
        notes.dropped("usage.web_searches", "searches are not counted here")
    return said
