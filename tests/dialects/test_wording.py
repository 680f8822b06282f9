"""What is wrong with a request is told by the name that its caller wrote."""

from typing import Any

import msgspec
import pytest

from pontage.catalog.rules import Fixed, OneOf, Restrictions, Rule, Unsupported, Within
from pontage.dialects import (
    anthropic_messages,
    cohere_chat,
    google_generate,
    ollama_chat,
    openai_chat,
    openai_responses,
)
from pontage.dialects.dialect import ClientSide
from pontage.dialects.envelope import Call
from pontage.dialects.table import CLIENT_SIDES, PROVIDER_SIDES
from pontage.dialects.wording import in_words
from pontage.domain.chat import ChatRequest
from pontage.errors import InvalidRequestError
from pontage.providers.attempt import Attempt
from pontage.providers.fitting import encode_call
from pontage.providers.mistral import answering

HELLO: list[Any] = [{"role": "user", "content": "Hello"}]
CONTENTS: list[Any] = [{"role": "user", "parts": [{"text": "Hello"}]}]


@pytest.mark.parametrize("name", CLIENT_SIDES)
def test_every_word_stands_for_a_field_of_a_request(name: str) -> None:
    fields = {*ChatRequest.__struct_fields__, "prefill"}
    assert {path.partition(".")[0] for path in CLIENT_SIDES[name].words} <= fields


@pytest.mark.parametrize(
    ("path", "body", "told"),
    [
        ("max_tokens", b'{"max_tokens":1}', "max_tokens"),
        ("max_tokens", b'{"max_completion_tokens":1}', "max_completion_tokens"),
        ("max_tokens", b"{}", "max_completion_tokens"),
        ("reasoning.effort", b'{"reasoning_effort":"low"}', "reasoning_effort"),
        ("extra.logit_bias", b"{}", "logit_bias"),
        ("messages[1].parts[0]", b"{}", "messages[1].parts[0]"),
        ("tool_choice.mode", b"{}", "tool_choice"),
        ("[0]", b"{}", "[0]"),
    ],
)
def test_the_name_is_the_one_in_the_body(path: str, body: bytes, told: str) -> None:
    assert in_words(path, openai_chat.client_side().words, body) == told


@pytest.mark.parametrize(
    ("client", "said", "rule", "told"),
    [
        (openai_chat.client_side(), {"response_format": {"type": "json_object"}}, "output.kind", "response_format"),
        (openai_chat.client_side(), {"logit_bias": {"1": 2}}, "extra.logit_bias", "logit_bias"),
        (openai_chat.client_side(), {"temperature": 0.2}, "temperature", "temperature"),
        (openai_responses.client_side(), {"text": {"format": {"type": "json_object"}}}, "output.kind", "text"),
        (openai_responses.client_side(), {"max_output_tokens": 99}, "max_tokens", "max_output_tokens"),
        (anthropic_messages.client_side(), {"max_tokens": 9, "stop_sequences": ["a"]}, "stop", "stop_sequences"),
        (google_generate.client_side(), {"generationConfig": {"topP": 0.2}}, "top_p", "generationConfig.topP"),
        (google_generate.client_side(), {"generationConfig": {"seed": 2}}, "seed", "generationConfig.seed"),
        (ollama_chat.client_side(), {"options": {"num_predict": 99}}, "max_tokens", "options.num_predict"),
        (ollama_chat.client_side(), {"format": "json"}, "output.kind", "format"),
        (cohere_chat.client_side(), {"k": 2}, "top_k", "k"),
        (answering.client_side(), {"random_seed": 2}, "seed", "random_seed"),
    ],
)
def test_a_refusal_names_what_the_caller_wrote(client: ClientSide, said: dict[str, Any], rule: str, told: str) -> None:
    error = refused(client, said, rule_of(rule), policy="strict")
    assert (error.param, error.model, f"`{rule}`" in error.message) == (told, "m", True)


def test_so_does_one_for_what_the_format_cannot_say() -> None:
    error = refused(google_generate.client_side(), {"generationConfig": {"seed": 7}}, strict=True)
    assert (error.code, error.param, "`seed`" in error.message) == ("PTG-1204", "generationConfig.seed", True)


def test_a_user_of_the_sdk_wrote_the_canonical_name() -> None:
    call = Call.of(ChatRequest(model="m", messages=(), seed=7))
    with pytest.raises(InvalidRequestError) as raised:
        encode_call(call, PROVIDER_SIDES["anthropic_messages"], Attempt(model="m", strict=True))
    assert raised.value.param == "seed"


def rule_of(field: str) -> Rule:
    match field:
        case "output.kind":
            return OneOf(field=field, values=("text",), instead="text")
        case "max_tokens":
            return Within(field=field, most=10)
        case "temperature":
            return Fixed(field=field, value=1, why="no")
        case _:
            return Unsupported(field=field, why="no")


def refused(client: ClientSide, said: dict[str, Any], *rules: Rule, **attempt: Any) -> InvalidRequestError:
    """The error for a request of a client, to a provider of another format."""
    turns = {"google_generate": {"contents": CONTENTS}, "openai_responses": {"input": "Hello"}}
    body = {"model": "m", **turns.get(client.name, {"messages": HELLO}), **said}
    call = Call.received(client, msgspec.json.encode(body), model="m", stream=False)
    with pytest.raises(InvalidRequestError) as raised:
        encode_call(
            call,
            PROVIDER_SIDES["anthropic_messages"],
            Attempt(model="m", restrictions=Restrictions(rules=rules), **attempt),
        )
    return raised.value
