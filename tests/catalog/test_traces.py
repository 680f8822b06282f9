"""Bytes that may say what a model refuses are found without reading them; all others go as they are."""

from typing import Any

import msgspec
import pytest

from pontage.catalog import Catalog, Restrictions
from pontage.catalog.rules import NO_RESTRICTIONS, Unsupported, WireName, Within
from pontage.catalog.traces import respells, touches

NAMED = Restrictions(rules=(WireName(field="max_tokens", refused="max_tokens", accepted="max_completion_tokens"),))
LIMITED = Restrictions(rules=(Within(field="max_tokens", least=16, most=64000),))
PREFILLED = Restrictions(rules=(Unsupported(field="prefill", essential=True),))
CLAUDE = "claude-opus-5-5"


@pytest.fixture(scope="module")
def catalog() -> Catalog:
    return Catalog.load()


@pytest.mark.parametrize(
    ("model", "body", "found"),
    [
        ("gpt-5", b'{"max_tokens":1}', True),
        ("gpt-5", b'{"max_completion_tokens":1}', False),
        ("gpt-5", b'{"logit_bias":{}}', True),
        ("gpt-5", b'{"reasoning_effort":"high"}', True),
        ("gpt-5", b'{"messages":[]}', False),
        ("gpt-4o", b'{"temperature":1,"max_tokens":1}', False),
    ],
)
def test_bytes_are_searched_for_traces(catalog: Catalog, model: str, body: bytes, found: bool) -> None:
    assert touches(body, catalog.restrictions("openai", model)) is found


def test_a_body_that_only_asks_leaves_no_trace(catalog: Catalog) -> None:
    body = b'{"model":"claude-opus-5-5","max_tokens":100,"messages":[{"role":"user","content":"hello"}],"stream":true}'
    assert not touches(body, catalog.restrictions("anthropic", CLAUDE))
    assert not touches(body, Restrictions())
    assert touches(b'{"max_tokens":1}', NAMED)
    assert respells(b'{"max_tokens":1}', NAMED)
    assert not respells(b'{"temperature":1}', NAMED)
    assert not respells(b'{"max_tokens":1}', Restrictions(rules=(Unsupported(field="seed"),)))


@pytest.mark.parametrize("name", ["max_tokens", "max_completion_tokens", "max_output_tokens", "maxOutputTokens"])
@pytest.mark.parametrize(
    ("limit", "found"),
    [("64000", False), ("16", False), ("64001", True), ("15", True), ("1e9", True), ("9" * 40, True)],
)
def test_a_limit_is_found_where_it_is_too_high_or_too_low(name: str, limit: str, found: bool) -> None:
    assert touches(f'{{"a": 1, "{name}" : {limit}}}'.encode(), LIMITED) is found


@pytest.mark.parametrize(
    ("body", "found"),
    [
        ({"messages": [{"role": "user"}, {"role": "assistant", "content": "Well,"}]}, True),
        ({"messages": [{"role": "assistant"}, {"role": "user", "content": "Well,"}]}, False),
        ({"messages": [{"role": "user"}], "tools": [{"role": "assistant"}]}, False),
        ({"contents": [{"role": "user"}, {"role": "model"}]}, True),
        ({"contents": {"role": "user"}}, False),
        ({"input": [{"role": "user"}, {"role": "assistant"}]}, True),
        ({"input": "Hello"}, False),
        ({"messages": "odd"}, False),
    ],
)
def test_a_prefill_is_found(body: dict[str, Any], found: bool) -> None:
    assert touches(msgspec.json.encode(body), PREFILLED) is found


def test_what_is_no_json_is_left_to_others() -> None:
    assert not touches(b"{", PREFILLED)


def test_a_name_that_is_written_with_escapes_is_found(catalog: Catalog) -> None:
    restrictions = catalog.restrictions("anthropic", CLAUDE)
    assert touches(rb'{"temp\u0065rature":0.2}', restrictions)
    assert not touches(rb'{"content":"caf\u00e9 \u003c \u0026 \u2028"}', restrictions)
    assert not touches(rb'{"temp\u0065rature":0.2}', NO_RESTRICTIONS)
