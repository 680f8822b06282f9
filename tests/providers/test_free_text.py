"""Tools that take free text reach those who know functions only as functions, and it is told."""

import json
from typing import Any

import pytest

from pontage.dialects import openai_chat
from pontage.dialects.dialect import ProviderSide
from pontage.dialects.table import CLIENT_SIDES
from pontage.providers.compatible.vendor import side_of
from pontage.providers.mistral.chat import provider_side as mistral_side
from pontage.providers.rows import rows

GRAMMAR = {"type": "grammar", "syntax": "lark", "definition": "start: /.+/"}
ASKED: dict[str, Any] = {
    "model": "m",
    "input": [
        {"role": "user", "content": "Mend it."},
        {"type": "custom_tool_call", "call_id": "call_one1", "name": "apply_patch", "input": "*** Begin Patch"},
        {"type": "custom_tool_call_output", "call_id": "call_one1", "output": "Done"},
        {"role": "user", "content": "More."},
    ],
    "tools": [{"type": "custom", "name": "apply_patch", "description": "Edits files.", "format": GRAMMAR}],
    "tool_choice": {"type": "custom", "name": "apply_patch"},
}
FUNCTIONS_ONLY = [*(name for name, row in rows().items() if row.dialect == "openai_chat" and row.chats), "mistral"]


def side(name: str) -> ProviderSide:
    return mistral_side() if name == "mistral" else side_of(rows()[name])


@pytest.mark.parametrize("name", FUNCTIONS_ONLY)
def test_a_free_text_tool_is_a_function_of_one_string(name: str) -> None:
    request = CLIENT_SIDES["openai_responses"].decode_request(json.dumps(ASKED).encode(), keep_spelling=False)
    encoded = side(name).encode_request(request)
    said = json.loads(encoded.body)
    assert b'"custom"' not in encoded.body
    [tool] = said["tools"]
    assert (tool["type"], tool["function"]["name"]) == ("function", "apply_patch")
    schema = tool["function"]["parameters"]
    assert schema["required"] == ["input"]
    assert "lark" in schema["properties"]["input"]["description"]
    [call] = next(turn["tool_calls"] for turn in said["messages"] if turn.get("tool_calls"))
    assert json.loads(call["function"]["arguments"]) == {"input": "*** Begin Patch"}
    noted = {(note.kind, note.where) for note in encoded.notes}
    assert {("approximated", "tools[0]"), ("approximated", "messages[1].parts[0]")} <= noted


def test_what_was_written_in_the_format_stays() -> None:
    wire = {
        "model": "m",
        "messages": [{"role": "user", "content": "hi"}],
        "tools": [{"type": "custom", "custom": {"name": "c"}}],
    }
    request = CLIENT_SIDES["openai_chat"].decode_request(json.dumps(wire).encode())
    assert json.loads(side("groq").encode_request(request).body)["tools"] == wire["tools"]
    foreign = CLIENT_SIDES["openai_responses"].decode_request(json.dumps(ASKED).encode(), keep_spelling=False)
    taken = json.loads(openai_chat.provider_side().encode_request(foreign).body)
    assert taken["tools"][0]["type"] == "custom"
