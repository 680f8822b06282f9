"""Counts as servers write them: with a fraction, too, in every format."""

import json
from typing import Any

import pytest

from pontage.dialects import (
    anthropic_messages,
    cohere_chat,
    google_generate,
    ollama_chat,
    openai_chat,
    openai_responses,
)
from pontage.dialects.counts import whole
from pontage.dialects.table import CLIENT_SIDES
from pontage.domain import Ending, Finished, Started

USAGES: list[tuple[Any, dict[str, Any]]] = [
    (openai_chat, {"choices": [], "usage": {"prompt_tokens": 5.0, "completion_tokens": 2.0}}),
    (openai_responses, {"output": [], "usage": {"input_tokens": 5.0, "output_tokens": 2.0}}),
    (anthropic_messages, {"content": [], "usage": {"input_tokens": 5.0, "output_tokens": 2.0}}),
    (google_generate, {"candidates": [], "usageMetadata": {"promptTokenCount": 5.0, "candidatesTokenCount": 2.0}}),
    (ollama_chat, {"model": "m", "message": {}, "done": True, "prompt_eval_count": 5.0, "eval_count": 2.0}),
    (cohere_chat, {"message": {"role": "assistant"}, "usage": {"tokens": {"input_tokens": 5.0, "output_tokens": 2.0}}}),
]


@pytest.mark.parametrize(
    ("value", "count"),
    [(5, 5), (0, 0), (5.0, 5), (5.9, 5), (-1, None), (-0.5, None), (True, None), ("5", None), (None, None),
     (1e300, None), (2**42, None), (2**42 - 1, 2**42 - 1), (float("inf"), None), (float("nan"), None)],
)  # fmt: skip
def test_what_is_a_count(value: Any, count: int | None) -> None:
    assert whole(value) == count


@pytest.mark.parametrize(("dialect", "body"), USAGES, ids=[dialect.__name__ for dialect, _ in USAGES])
def test_a_usage_with_fractions_is_counted(dialect: Any, body: dict[str, Any]) -> None:
    usage = dialect.provider_side().usage_of(json.dumps(body).encode())
    assert (usage.total_input, usage.total_output) == (5, 2)


def test_a_time_with_a_fraction_does_not_spoil_the_answer() -> None:
    side = openai_chat.provider_side()
    choice = {"index": 0, "message": {"role": "assistant", "content": "Hi"}, "finish_reason": "stop"}
    body = {"id": "a", "object": "chat.completion", "created": 1.5, "model": "m", "choices": [choice]}
    answer = side.decode_response(json.dumps(body).encode())
    assert answer.created == 1
    again = json.loads(openai_chat.client_side().encode_response(answer).body)
    assert again["created"] == 1.5


@pytest.mark.parametrize("target", [name for name in CLIENT_SIDES if name != "openai_chat"])
def test_tokens_of_a_predicted_answer_are_noted_where_they_are_not_told_apart(target: str) -> None:
    details = {"accepted_prediction_tokens": 3, "rejected_prediction_tokens": 4, "reasoning_tokens": 0}
    choice = {"index": 0, "message": {"role": "assistant", "content": "Hi"}, "finish_reason": "stop"}
    usage = {"prompt_tokens": 5, "completion_tokens": 9, "completion_tokens_details": details}
    body = {"id": "a", "object": "chat.completion", "created": 1, "model": "m", "choices": [choice], "usage": usage}
    answer = openai_chat.provider_side().decode_response(json.dumps(body).encode())
    noted = [note.where for note in CLIENT_SIDES[target].encode_response(answer).notes if ".raw." in note.where]
    assert noted == [
        "usage.raw.completion_tokens_details.accepted_prediction_tokens",
        "usage.raw.completion_tokens_details.rejected_prediction_tokens",
    ]
    encoder = CLIENT_SIDES[target].stream_encoder(None)
    encoder.feed(Started(id="a", model="m", origin=answer.origin))
    encoder.feed(Finished(endings=(Ending(stop=answer.stop),), usage=answer.usage))
    assert [note.where for note in encoder.notes() if ".raw." in note.where] == noted
