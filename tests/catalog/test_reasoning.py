"""How much to think, in the measure each model takes."""

from typing import Any

import pytest

from pontage.catalog import Catalog, ReasoningFacts
from pontage.catalog.reasoning import fit_reasoning, thinks
from pontage.domain import ChatRequest, Message, ReasoningOptions, Text

MESSAGES = (Message(role="user", parts=(Text(text="hello"),)),)
EFFORTS = ReasoningFacts(unasked=True, optional=True, efforts=("low", "medium", "high"))
ALWAYS = ReasoningFacts(unasked=True, optional=False, efforts=("medium", "high", "xhigh"))
BUDGET = ReasoningFacts(unasked=True, optional=False, budget=(128, 32768))
LOOSE = ReasoningFacts(unasked=False, optional=True, budget=(1024, None))
BOTH = ReasoningFacts(optional=True, efforts=("low", "high"), budget=(1024, None))
NEVER = ReasoningFacts(supported=False)
QUIET = ReasoningFacts(optional=True, efforts=("low", "medium", "high", "max"), off_effort="medium")
UNKNOWN = ReasoningFacts(unasked=True)
OFF = ReasoningOptions(effort="none")
DISABLED = ReasoningOptions(enabled=False)


def asking(options: ReasoningOptions | None) -> ChatRequest:
    return ChatRequest(model="m", messages=MESSAGES, reasoning=options)


def options(**fields: Any) -> ReasoningOptions:
    return ReasoningOptions(**fields)


@pytest.mark.parametrize(
    ("facts", "wish"),
    [
        (EFFORTS, None),
        (EFFORTS, options(effort="low")),
        (EFFORTS, OFF),
        (EFFORTS, DISABLED),
        (EFFORTS, options(enabled=True)),
        (EFFORTS, options(enabled=False, effort="high")),
        (QUIET, options(enabled=False, effort="low")),
        (QUIET, options(effort="max")),
        (EFFORTS, options(effort="turbo")),  # not a step of the scale: the provider's business
        (BUDGET, options(budget_tokens=128)),
        (LOOSE, options(budget_tokens=100_000)),
        (BOTH, options(effort="low", budget_tokens=2048)),
        (UNKNOWN, options(effort="max")),
        (UNKNOWN, options(budget_tokens=5)),
        (UNKNOWN, OFF),
        (NEVER, None),
    ],
)
def test_what_fits_is_left_alone(facts: ReasoningFacts, wish: ReasoningOptions | None) -> None:
    assert fit_reasoning(asking(wish), facts) is None


@pytest.mark.parametrize(
    ("facts", "wish", "fitted", "where"),
    [
        (QUIET, options(enabled=False, effort="max"), options(enabled=False, effort="medium"), "reasoning.effort"),
        (ALWAYS, options(enabled=False, effort="high"), options(effort="high"), "reasoning"),
        (ALWAYS, options(enabled=False, effort="low"), options(effort="medium"), "reasoning"),
        (NEVER, options(effort="high"), None, "reasoning"),
        (NEVER, OFF, None, "reasoning"),
        (ALWAYS, OFF, options(effort="medium"), "reasoning"),
        (ALWAYS, DISABLED, options(effort="medium"), "reasoning"),
        (BUDGET, OFF, options(budget_tokens=128), "reasoning"),
        (ReasoningFacts(optional=False), OFF, None, "reasoning"),
        (ReasoningFacts(optional=False, budget=(0, 9)), OFF, None, "reasoning"),
        (EFFORTS, options(effort="minimal"), options(effort="low"), "reasoning.effort"),
        (EFFORTS, options(effort="max", show=True), options(effort="high", show=True), "reasoning.effort"),
        (
            ReasoningFacts(efforts=("low", "high", "max")),
            options(effort="medium"),
            options(effort="low"),
            "reasoning.effort",
        ),
        (
            ReasoningFacts(efforts=("low", "high", "max")),
            options(effort="xhigh"),
            options(effort="high"),
            "reasoning.effort",
        ),
        (BUDGET, options(effort="max"), options(budget_tokens=32768), "reasoning.effort"),
        (LOOSE, options(effort="low"), options(budget_tokens=2048), "reasoning.effort"),
        (LOOSE, options(effort="low", budget_tokens=5000), options(budget_tokens=5000), "reasoning.effort"),
        (LOOSE, options(budget_tokens=5), options(budget_tokens=1024), "reasoning.budget_tokens"),
        (EFFORTS, options(budget_tokens=9000), options(effort="medium"), "reasoning.budget_tokens"),
        (EFFORTS, options(budget_tokens=9, effort="high"), options(effort="high"), "reasoning.budget_tokens"),
        (
            EFFORTS,
            options(budget_tokens=9, enabled=True),
            options(effort="low", enabled=True),
            "reasoning.budget_tokens",
        ),
    ],
)
def test_what_does_not_fit_is_said_otherwise(
    facts: ReasoningFacts, wish: ReasoningOptions, fitted: ReasoningOptions | None, where: str
) -> None:
    outcome = fit_reasoning(asking(wish), facts)
    assert outcome is not None
    assert outcome.request == asking(fitted)
    assert [note.where for note in outcome.notes] == [where]
    assert outcome.notes[0].kind == ("dropped" if fitted is None else "approximated")
    assert fit_reasoning(asking(fitted), facts) is None  # once is enough


@pytest.mark.parametrize(
    ("facts", "wish", "thinking"),
    [
        (None, None, False),
        (None, options(effort="low"), True),
        (None, options(budget_tokens=1), True),
        (None, OFF, False),
        (NEVER, options(effort="low"), False),
        (ALWAYS, None, True),
        (ALWAYS, OFF, True),
        (EFFORTS, None, True),
        (EFFORTS, OFF, False),
        (EFFORTS, options(show=True), True),
        (LOOSE, None, False),
        (LOOSE, options(enabled=True), True),
        (LOOSE, options(show=True), False),
    ],
)
def test_whether_a_model_thinks(facts: ReasoningFacts | None, wish: ReasoningOptions | None, thinking: bool) -> None:
    assert thinks(asking(wish), facts) is thinking


@pytest.mark.parametrize(
    ("provider", "model", "efforts", "optional", "budget"),
    [
        ("openai", "o3", ("low", "medium", "high"), False, None),
        ("openai", "gpt-5-2025-08-07", ("minimal", "low", "medium", "high"), False, None),
        ("openai", "gpt-5-pro", ("high",), False, None),
        ("openai", "gpt-5.4-mini", ("low", "medium", "high", "xhigh"), True, None),
        ("openai", "gpt-5.4-pro", ("medium", "high", "xhigh"), False, None),
        ("openai", "gpt-6.7-nova", ("low", "medium", "high", "xhigh", "max"), True, None),  # not yet made
        ("azure", "gpt-6-astra", ("low", "medium", "high", "xhigh", "max"), False, None),
        ("anthropic", "claude-haiku-4-5-20251001", (), True, (1024, None)),
        ("bedrock", "us.anthropic.claude-opus-4-6-v1:0", ("low", "medium", "high", "max"), True, (1024, None)),
        ("vertex", "claude-sonnet-5-5@default", ("low", "medium", "high", "xhigh", "max"), False, None),
        ("anthropic", "claude-opus-9", ("low", "medium", "high", "xhigh", "max"), False, None),  # not yet made
        ("google", "gemini-2.5-pro", (), False, (128, 32768)),
        ("google", "models/gemini-3.1-pro-preview", ("low", "medium", "high"), False, None),
        ("google", "gemini-4-carbon", ("low", "medium", "high"), False, None),
        ("xai", "grok-4.7", ("low", "medium", "high", "xhigh"), False, None),
        ("deepseek", "deepseek-v4-pro", ("low", "high", "max"), True, None),
        ("moonshot", "kimi-k3", ("low", "high", "max"), False, None),
    ],
)
def test_how_families_think(
    provider: str, model: str, efforts: tuple[str, ...], optional: bool, budget: tuple[int, int | None] | None
) -> None:
    facts = Catalog.load().restrictions(provider, model).reasoning
    assert facts is not None
    assert (facts.efforts, facts.optional, facts.budget) == (efforts, optional, budget)


@pytest.mark.parametrize("model", ["gpt-4o", "gpt-4.1-mini-2025-04-14", "gpt-3.5-turbo", "gpt-5-chat-latest"])
def test_models_that_do_not_think(model: str) -> None:
    facts = Catalog.load().restrictions("openai", model).reasoning
    assert facts == NEVER
