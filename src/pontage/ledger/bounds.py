"""What a request can cost at most, and likely, before it is sent. Floor 6; pure.

No tokenizer is asked. A token is at least a byte of text, so the bytes of a request are an upper bound of its text; a
model's context window is one of everything else (pictures, files, what is kept at the provider). Input is taken at the
dearest rate it may be billed at (a cache write, the priority tier...), output likewise, for as many answers as are
asked for, each as long as it may be. Where a part is not bounded, nothing is.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Final

from pontage.catalog.facts import ModelFacts
from pontage.catalog.money import Money
from pontage.catalog.prices import Rate, Rates, Tiered, Unit, lists_of
from pontage.domain.chat import ChatRequest, ServerTool
from pontage.domain.parts import Part, Reasoning, Refusal, Text, ToolCall, ToolResult

UNSEEN_TOKENS: Final = 1_000
"""What a provider may add to a request: the words of its template, of its tools."""
LIKELY_OUTPUT: Final = 512
"""Tokens of an answer, where nothing more is known."""
LIKELY_BYTES: Final = 4
"""Bytes of a token of text."""

_TEXT: Final[tuple[Unit, ...]] = (
    "input", "cache_read", "cache_write", "cache_write_5m", "cache_write_1h", "cache_write_12h",
)  # fmt: skip
_MEDIA: Final[tuple[Unit, ...]] = (
    "input_audio", "cache_read_audio", "input_image", "cache_read_image", "input_video",
)  # fmt: skip
_OUTPUT: Final[tuple[Unit, ...]] = ("output", "reasoning", "output_audio", "output_image", "output_video", "citation")
_WORDS: Final = (Text, Refusal, Reasoning, ToolCall)
_NEEDED: Final = frozenset[Unit](("input", "output"))


def upper_bound(request: ChatRequest, size: int, facts: ModelFacts | None, rates: Rates | None) -> int | None:
    """Nano-USD that `request`, of `size` bytes, cannot exceed; None where there is no such bound. `rates`: those of
    now; what the model's facts say of other tiers and times is reckoned with, too."""
    if rates is None or not rates.keys() >= _NEEDED or any(isinstance(tool, ServerTool) for tool in request.tools):
        return None
    text = _is_text(request)
    given, told = _most_input(size, facts, text=text), _most_output(request, facts)
    if given is None or told is None:
        return None
    lists = [rates, *(lists_of(facts.prices) if facts is not None and facts.prices is not None else ())]
    pico = given * _dearest(lists, _TEXT if text else (*_TEXT, *_MEDIA))
    pico += told * max(request.n or 1, 1) * _dearest(lists, _OUTPUT)
    pico += _dearest(lists, ("request",))
    return Money.of_pico(pico).nano + 1  # rounded up


def bound_of_input(size: int, rates: Rates | None) -> int | None:
    """Nano-USD that texts of `size` bytes cannot exceed where only input is billed, as embeddings are; None where there
    is no such bound."""
    if rates is None or "input" not in rates or not rates.keys() <= {*_TEXT, "request", "output"}:
        return None
    pico = (size + UNSEEN_TOKENS) * _dearest([rates], (*_TEXT, "output")) + _dearest([rates], ("request",))
    return Money.of_pico(pico).nano + 1


def likely_cost(size: int, choices: int, rates: Rates | None) -> int | None:
    """Nano-USD that a request of `size` bytes may well cost; None where there is no price."""
    if rates is None:
        return None
    pico = size // LIKELY_BYTES * _dearest([rates], ("input",))
    pico += choices * LIKELY_OUTPUT * _dearest([rates], ("output",))
    return Money.of_pico(pico).nano


def _most_input(size: int, facts: ModelFacts | None, *, text: bool) -> int | None:
    window = None if facts is None else (facts.max_input or facts.context)
    if not text:
        return window
    most = size + UNSEEN_TOKENS
    return most if window is None else min(most, window)


def _most_output(request: ChatRequest, facts: ModelFacts | None) -> int | None:
    limits = [request.max_tokens] if facts is None else [request.max_tokens, facts.max_output or facts.context]
    return min((limit for limit in limits if limit is not None), default=None)


def _is_text(request: ChatRequest) -> bool:
    """Whether all that the model will read is text of the request itself."""
    return not request.extra and all(_are_text(message.parts) for message in request.messages)


def _are_text(parts: Iterable[Part]) -> bool:
    return all(_are_text(part.parts) if isinstance(part, ToolResult) else isinstance(part, _WORDS) for part in parts)


def _dearest(lists: Iterable[Rates], units: tuple[Unit, ...]) -> int:
    """The highest rate that any of `units` has in any of `lists`, at any size of prompt."""
    return max((_highest(rates[unit]) for rates in lists for unit in units if unit in rates), default=0)


def _highest(rate: Rate) -> int:
    return max(rate.base, *(price for _, price in rate.tiers)) if isinstance(rate, Tiered) else rate
