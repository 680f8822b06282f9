"""Token counts of generateContent: overlapping on the wire, disjoint in the canonical model."""

import json
from typing import Any

import pytest
from msgspec.structs import replace

from pontage.dialects.google_generate import provider_side
from pontage.domain import Text, TokenUsage
from pontage.errors import ProtocolError
from tests.dialects.google_generate import answer, answered, candidate, told

USAGE: list[tuple[dict[str, Any], TokenUsage]] = [
    ({"promptTokenCount": 9, "totalTokenCount": 9}, TokenUsage(input=9, output=0)),
    ({"promptTokenCount": 9}, TokenUsage(input=9)),
    ({"trafficType": "ON_DEMAND"}, TokenUsage()),
    (
        {
            "promptTokenCount": 100,
            "cachedContentTokenCount": 60,
            "toolUsePromptTokenCount": 7,
            "candidatesTokenCount": 5,
            "thoughtsTokenCount": 3,
            "totalTokenCount": 115,
        },
        TokenUsage(input=47, cache_read=60, output=5, reasoning=3),
    ),
    (
        {
            "promptTokenCount": 50,
            "candidatesTokenCount": 20,
            "totalTokenCount": 70,
            "promptTokensDetails": [{"modality": "AUDIO", "tokenCount": 30}, {"modality": 4, "tokenCount": 5}],
            "candidatesTokensDetails": [{"modality": "AUDIO", "tokenCount": 20}],
        },
        TokenUsage(input=15, input_audio=35, output=0, output_audio=20),
    ),
    (
        {"promptTokenCount": 5, "cachedContentTokenCount": 9, "totalTokenCount": 3},
        TokenUsage(input=0, cache_read=9, output=0),
    ),
    ({"promptTokenCount": -5, "candidatesTokenCount": True, "promptTokensDetails": "x"}, TokenUsage()),
]


@pytest.mark.parametrize(("wire", "usage"), USAGE, ids=[str(index) for index in range(len(USAGE))])
def test_counts_become_buckets_that_do_not_overlap(wire: dict[str, Any], usage: TokenUsage) -> None:
    body = {**candidate("x"), "usageMetadata": wire}
    assert answered(body).usage == replace(usage, raw=wire)
    assert provider_side().usage_of(json.dumps(body).encode()) == replace(usage, raw=wire)


def test_usage_of_a_body_that_tells_none_is_none() -> None:
    for body in (b"{}", b"[]", b'{"usageMetadata": 3}'):
        assert provider_side().usage_of(body) is None
    for body in (b"<html>", b"\xff"):
        with pytest.raises(ProtocolError):
            provider_side().usage_of(body)


def test_searches_are_counted() -> None:
    body = {
        **candidate("x", groundingMetadata={"webSearchQueries": ["a", "", "b"]}),
        "usageMetadata": {"promptTokenCount": 1},
    }
    usage = answered(body).usage
    assert usage is not None
    assert usage.web_searches == 2
    assert provider_side().usage_of(json.dumps(body).encode()) == usage


def test_foreign_usage_is_counted_googles_way() -> None:
    usage = TokenUsage(
        input=10,
        cache_read=20,
        cache_write_5m=30,
        cache_write=0,
        input_audio=4,
        output=5,
        output_audio=6,
        reasoning=7,
        web_searches=1,
        raw={"input_tokens": 10},
    )
    body, notes = told(answer(Text(text="x"), usage=usage, service_tier="default"))
    assert body["usageMetadata"] == {
        "promptTokenCount": 64,
        "cachedContentTokenCount": 20,
        "candidatesTokenCount": 11,
        "thoughtsTokenCount": 7,
        "totalTokenCount": 82,
        "promptTokensDetails": [{"modality": "AUDIO", "tokenCount": 4}],
        "candidatesTokensDetails": [{"modality": "AUDIO", "tokenCount": 6}],
        "serviceTier": "standard",
    }
    assert notes == [("approximated", "usage.cache_write_5m"), ("dropped", "usage.web_searches")]
    assert told(answer(Text(text="x"), service_tier="flex"))[0]["usageMetadata"] == {"serviceTier": "flex"}
    assert "usageMetadata" not in told(answer(Text(text="x")))[0]


def test_an_edited_count_is_written_and_not_the_record() -> None:
    response = answered({**candidate("x"), "usageMetadata": {"promptTokenCount": 9, "novelCount": 1}})
    assert response.usage is not None
    body, _ = told(replace(response, usage=replace(response.usage, input=8), spelling=()))
    assert body["usageMetadata"] == {"promptTokenCount": 8, "totalTokenCount": 8}
