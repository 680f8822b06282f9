"""What models refuse, acted on before sending: adapted and noted, refused by name, or left alone."""

from typing import Any

import msgspec
import pytest

from pontage.catalog import Catalog, ReasoningFacts, Restrictions
from pontage.catalog.restrictions import apply
from pontage.catalog.rules import Excludes, Fixed, OneOf, Rule, Unsupported, WireName, Within
from pontage.dialects import anthropic_messages, openai_chat
from pontage.domain import (
    ChatRequest,
    FunctionTool,
    Message,
    Note,
    OutputFormat,
    ReasoningOptions,
    Spelling,
    Text,
    ToolChoice,
)
from pontage.errors import InvalidRequestError

ASK = Message(role="user", parts=(Text(text="hello"),))
WORDS = Message(role="assistant", parts=(Text(text="Well,"),))
FORCED = ToolChoice("any", ("look",))
LOOK = FunctionTool(name="look")


@pytest.fixture(scope="module")
def catalog() -> Catalog:
    return Catalog.load()


def asking(**fields: Any) -> ChatRequest:
    return ChatRequest(**{"model": "m", "messages": (ASK,), **fields})


def one(rule: Rule, **more: Any) -> Restrictions:
    return Restrictions(rules=(rule,), source="somebody", **more)


NAMED = one(WireName(field="max_tokens", refused="max_tokens", accepted="max_completion_tokens"))


def test_nothing_to_do_is_the_very_same_request() -> None:
    request = asking(temperature=0.5)
    for policy in ("adapt", "strict", "off"):
        assert apply(request, Restrictions(), policy) == (request, ())
        assert apply(request, one(Unsupported(field="seed")), policy)[0] is request


@pytest.mark.parametrize(
    ("rule", "fields", "kept", "note"),
    [
        (Unsupported(field="seed", why="no"), {"seed": 7}, {}, Note("dropped", "seed", "no")),
        (Unsupported(field="stop", why="no"), {"stop": ("x",)}, {}, Note("dropped", "stop", "no")),
        (Unsupported(field="top_p", neutral=1, why="no"), {"top_p": 1.0}, {}, None),
        (Unsupported(field="logprobs", neutral=False, why="no"), {"logprobs": False}, {}, None),
        (
            Unsupported(field="extra.logit_bias", why="no"),
            {"extra": {"logit_bias": {"1": 2}, "store": True}},
            {"extra": {"store": True}},
            Note("dropped", "extra.logit_bias", "no"),
        ),
        (Fixed(field="temperature", value=1, why="no"), {"temperature": 1.0}, {"temperature": 1.0}, None),
        (Fixed(field="temperature", value=1, why="no"), {"temperature": 0}, {}, Note("dropped", "temperature", "no")),
        (Within(field="temperature", least=0, most=1.5), {"temperature": 1.5}, {"temperature": 1.5}, None),
        (
            Within(field="temperature", least=0, most=1.5, why="no"),
            {"temperature": 2.0},
            {"temperature": 1.5},
            Note("approximated", "temperature", "said as 1.5: no"),
        ),
        (
            Within(field="top_p", least=0.01, why="no"),
            {"top_p": 0.0},
            {"top_p": 0.01},
            Note("approximated", "top_p", "said as 0.01: no"),
        ),
        (
            Within(field="max_tokens", most=64000, why="no"),
            {"max_tokens": 128000},
            {"max_tokens": 64000},
            Note("approximated", "max_tokens", "said as 64000: no"),
        ),
        (
            Within(field="stop", most=2, why="no"),
            {"stop": ("a", "b", "c")},
            {"stop": ("a", "b")},
            Note("approximated", "stop", "no"),
        ),
        (Within(field="stop", most=2), {"stop": ("a", "b")}, {"stop": ("a", "b")}, None),
        (Within(field="stop", least=1), {"stop": ("a", "b")}, {"stop": ("a", "b")}, None),
        (Within(field="user", most=2), {"user": "me"}, {"user": "me"}, None),
        (
            OneOf(field="tool_choice.mode", values=("auto", "none"), instead="auto", why="no"),
            {"tool_choice": FORCED},
            {"tool_choice": ToolChoice("auto", ("look",))},
            Note("approximated", "tool_choice.mode", "said as auto: no"),
        ),
        (
            OneOf(field="tool_choice.mode", values=("auto", "none"), instead="auto"),
            {"tool_choice": ToolChoice("none")},
            {"tool_choice": ToolChoice("none")},
            None,
        ),
        (
            OneOf(field="extra.retention", values=("24h",), instead="24h", why="no"),
            {"extra": {"retention": "1h"}},
            {"extra": {"retention": "24h"}},
            Note("approximated", "extra.retention", "said as 24h: no"),
        ),
        (
            Excludes(field="top_p", other="temperature", why="no"),
            {"top_p": 0.5, "temperature": 0.5},
            {"temperature": 0.5},
            Note("dropped", "top_p", "no"),
        ),
        (Excludes(field="top_p", other="temperature"), {"top_p": 0.5}, {"top_p": 0.5}, None),
    ],
)
def test_each_kind_of_rule(rule: Rule, fields: dict[str, Any], kept: dict[str, Any], note: Note | None) -> None:
    adapted, notes = apply(asking(**fields), one(rule))
    assert adapted == asking(**kept)
    assert notes == ((note,) if note else ())
    assert apply(asking(**fields), one(rule), "off") == (asking(**fields), ())
    if note is None:
        assert apply(asking(**fields), one(rule), "strict") == (asking(**kept), ())
        return
    with pytest.raises(InvalidRequestError) as refused:
        apply(asking(**fields), one(rule), "strict")
    assert (refused.value.param, refused.value.model, refused.value.status) == (rule.field, "m", 400)
    assert "m does not take" in refused.value.message
    assert refused.value.hint == "no (somebody)"


@pytest.mark.parametrize("policy", ["adapt", "strict"])
@pytest.mark.parametrize(
    ("rule", "request_"),
    [
        (Unsupported(field="prefill", essential=True, why="no"), asking(messages=(ASK, WORDS))),
        (Unsupported(field="tools", essential=True, why="no"), asking(tools=(LOOK,))),
        (OneOf(field="output.kind", values=("text",), why="no"), asking(output=OutputFormat(kind="json"))),
    ],
)
def test_what_cannot_be_adapted_is_refused(rule: Rule, request_: ChatRequest, policy: Any) -> None:
    with pytest.raises(InvalidRequestError) as refused:
        apply(request_, Restrictions(rules=(rule,)), policy)
    assert refused.value.param == rule.field
    assert refused.value.hint == "no"
    assert apply(request_, one(rule), "off") == (request_, ())
    assert apply(asking(), one(rule), policy) == (asking(), ())


def test_a_rule_may_hold_only_while_the_model_thinks() -> None:
    rules = one(Unsupported(field="top_k", only="thinking"), reasoning=ReasoningFacts(unasked=False, optional=True))
    assert apply(asking(top_k=3), rules)[0].top_k == 3
    assert apply(asking(top_k=3, reasoning=ReasoningOptions(enabled=True)), rules)[0].top_k is None


def encoded(client: Any, side: Any, body: dict[str, Any], restrictions: Restrictions) -> tuple[dict[str, Any], Any]:
    request = client.decode_request(msgspec.json.encode(body))
    adapted, notes = apply(request, restrictions)
    return msgspec.json.decode(side.encode_request(adapted).body), notes


def test_a_body_of_the_same_format_changes_only_where_it_must(catalog: Catalog) -> None:
    body: dict[str, Any] = {
        "model": "gpt-5",
        "messages": [{"role": "user", "content": "hello"}],
        "max_tokens": 100,
        "temperature": 0.2,
        "logit_bias": {"5": 1},
        "reasoning_effort": "xhigh",
        "store": True,
    }
    client, side = openai_chat.client_side(), openai_chat.provider_side()
    said, notes = encoded(client, side, body, catalog.restrictions("openai", "gpt-5"))
    for gone in ("max_tokens", "temperature", "logit_bias"):
        del body[gone]
    assert said == {**body, "max_completion_tokens": 100, "reasoning_effort": "high"}
    assert [(note.kind, note.where) for note in notes] == [
        ("approximated", "reasoning.effort"),
        ("dropped", "temperature"),
        ("dropped", "extra.logit_bias"),
    ]


def test_a_model_that_takes_max_tokens_keeps_it(catalog: Catalog) -> None:
    body = {"model": "gpt-4o", "messages": [{"role": "user", "content": "hello"}], "max_tokens": 100}
    client, side = openai_chat.client_side(), openai_chat.provider_side()
    assert encoded(client, side, body, catalog.restrictions("openai", "gpt-4o")) == (body, ())


def test_an_answer_forced_from_the_newest_models(catalog: Catalog) -> None:
    body = {
        "model": "claude-opus-5-5",
        "max_tokens": 100,
        "temperature": 1,
        "messages": [{"role": "user", "content": "hello"}],
        "tools": [{"name": "look", "input_schema": {"type": "object"}}],
        "tool_choice": {"type": "tool", "name": "look"},
        "thinking": {"type": "disabled"},
    }
    client, side = anthropic_messages.client_side(), anthropic_messages.provider_side()
    said, notes = encoded(client, side, body, catalog.restrictions("anthropic", "claude-opus-5-5"))
    assert "temperature" not in said
    assert said["tool_choice"]["type"] == "auto"
    assert said.get("thinking", {}).get("type") != "disabled"
    assert said["output_config"] == {"effort": "low"}
    assert {note.where for note in notes} == {"temperature", "tool_choice.mode", "reasoning"}


def test_a_remembered_spelling_does_not_bring_a_refused_name_back() -> None:
    other = Spelling(("stop",), (["x"],), ("x",))
    spelling = (Spelling(("max_completion_tokens",), (5,), ()), Spelling(("max_tokens",), (), (5,)), other)
    adapted, notes = apply(asking(max_tokens=5, stop=("x",), spelling=spelling), NAMED, "strict")
    assert (adapted, notes) == (asking(max_tokens=5, stop=("x",), spelling=(other,)), ())
