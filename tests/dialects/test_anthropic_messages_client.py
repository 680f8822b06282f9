"""What a client of this format may send, what it may not, and what is read without being decoded."""

import json
from typing import Any

import pytest

from pontage.dialects.anthropic_messages import client_side, provider_side
from pontage.dialects.dialect import Peek
from pontage.domain import ChatRequest, Message, Origin, Reasoning, Text, ToolCall, ToolResult
from pontage.errors import InvalidRequestError

SIDE = provider_side()
CLIENT = client_side()
GEMINI = Origin("anthropic_messages", "google")


def body(**fields: Any) -> bytes:
    return json.dumps(
        {"model": "m", "max_tokens": 9, "messages": [{"role": "user", "content": "Hi."}], **fields}
    ).encode()


def asked(*blocks: Any, role: str = "user") -> bytes:
    return body(messages=[{"role": role, "content": list(blocks)}])


def picture(data: Any) -> Any:
    return {"type": "image", "source": {"type": "base64", "media_type": "image/png", "data": data}}


BAD: list[tuple[bytes, str | None]] = [
    (b"", None),
    (b"[]", None),
    (b"{", None),
    (b"\xff\xfe", None),
    (b'{"max_tokens": 1, "messages": []}', "model"),
    (b'{"model": "m"}', "messages"),
    (b'{"model": 1, "messages": []}', "model"),
    (body(messages=[]), "messages"),
    (body(messages="Hi."), "messages"),
    (body(messages=[{"role": "tool", "content": "x"}]), "messages[0].role"),
    (body(messages=[{"role": "user"}]), "messages[...].content"),
    (body(messages=[{"role": "user", "content": 4}]), "messages[...].content"),
    (body(max_tokens=-1), "max_tokens"),
    (body(max_tokens="9"), "max_tokens"),
    (body(temperature=1.5), "temperature"),
    (body(top_p=-0.1), "top_p"),
    (body(top_k=-1), "top_k"),
    (body(stream="yes"), "stream"),
    (body(system=3), "system"),
    (body(stop_sequences="x"), "stop_sequences"),
    (body(tools=[{"input_schema": {}}]), "tools[0].name"),
    (body(tools=[{"name": "a", "input_schema": []}]), "tools[0].input_schema"),
    (body(tool_choice={"type": "tool"}), "tool_choice.name"),
    (body(tool_choice="auto"), "tool_choice"),
    (body(thinking={"type": "enabled", "budget_tokens": 0}), "thinking.budget_tokens"),
    (body(thinking={}), "thinking.type"),
    (asked({"type": "text"}), "messages[...].content[...].text"),
    (asked({"text": "x"}), "messages[...].content"),
    (asked({"type": "tool_result"}), "messages[...].content[...].tool_use_id"),
    (asked({"type": "tool_use", "id": "a", "name": "b"}), "messages[...].content[...].input"),
    (asked({"type": "tool_use", "id": "a", "name": "b", "input": "x"}), "messages[0].content[0].input"),
    (asked({"type": "text", "text": "x"}, picture("not base64!!")), "messages[0].content[1].source.data"),
    (asked(picture("AAA")), "messages[0].content[0].source.data"),
    (asked(picture("A===")), "messages[0].content[0].source.data"),
    (asked(picture("AAÄA")), "messages[0].content[0].source.data"),
    (
        asked({"type": "tool_result", "tool_use_id": "a", "content": [picture("=AAA")]}),
        "messages[0].content[0].content[0].source.data",
    ),
]


@pytest.mark.parametrize(("sent", "param"), BAD)
def test_a_bad_request_names_the_field_at_fault(sent: bytes, param: str | None) -> None:
    with pytest.raises(InvalidRequestError) as caught:
        CLIENT.decode_request(sent)
    found = caught.value.param
    if param is None or found is None:
        assert found == param
    else:
        assert (
            found.replace("[0]", "[...]")
            .replace("[1]", "[...]")
            .startswith(param.replace("[0]", "[...]").replace("[1]", "[...]"))
        )


@pytest.mark.parametrize("depth", [200, 700, 5_000, 100_000])
def test_depth_is_either_read_or_refused(depth: int) -> None:
    deep = b"[" * depth + b"]" * depth
    for sent in (
        b'{"model":"m","messages":[{"role":"user","content":"x"}],"odd":%b}' % deep,
        b'{"model":"m","messages":[{"role":"user","content":[{"type":"odd","x":%b}]}]}' % deep,
        b'{"model":"m","messages":%b}' % deep,
    ):
        try:
            request = CLIENT.decode_request(sent)
        except InvalidRequestError:
            continue
        assert request.model == "m"


def test_base64_may_be_empty_or_padded() -> None:
    for data in ("", "AAAA", "AAA=", "AA==", "+/9="):
        request = CLIENT.decode_request(asked(picture(data)))
        assert request.messages[0].parts


def test_a_first_message_of_the_system_role_survives() -> None:
    sent = body(messages=[{"role": "system", "content": "A."}, {"role": "user", "content": "B."}], system="C.")
    encoded = SIDE.encode_request(CLIENT.decode_request(sent))
    assert json.loads(encoded.body) == json.loads(sent)


def test_peek() -> None:
    assert CLIENT.peek_request(body()) == Peek("m", False)
    assert CLIENT.peek_request(body(stream=True)) == Peek("m", True)
    assert CLIENT.peek_request(body(stream=None)) == Peek("m", False)
    for sent, param in ((b"[]", None), (b"{}", "model"), (b"x", None), (b'{"model":1}', "model")):
        with pytest.raises(InvalidRequestError) as caught:
            CLIENT.peek_request(sent)
        assert caught.value.param == param


def test_adjusting_gives_the_same_object_or_edits_only_what_it_must() -> None:
    sent = b'{"model":"m", "messages":[ 1e2 ],"odd" :[1.50]}'
    assert SIDE.adjust_request(sent, "m", False) is sent
    assert SIDE.adjust_request(sent, "n", False) == b'{"model":"n","messages":[ 1e2 ],"odd":[1.50]}'
    assert json.loads(SIDE.adjust_request(sent, "m", True))["stream"] is True
    streamed = SIDE.adjust_request(b'{"model":"m","stream":true}', "m", False)
    assert json.loads(streamed)["stream"] is False


def thought(signature: str, text: str = "") -> Any:
    return {"type": "thinking", "thinking": text, "signature": signature}


TAGGED = [
    thought("pontage:google:SIG1", "Hm."),
    {"type": "redacted_thinking", "data": "pontage:google:BLOB"},
    thought("pontage:google:next:SIG2"),
    {"type": "tool_use", "id": "a", "name": "t", "input": {}},
    {"type": "text", "text": "So."},
    thought("pontage:google:prev:SIG3"),
    thought("pontage::", "unsigned"),
]


def tagged_body() -> bytes:
    turns = [
        {"role": "user", "content": "Hi."},
        {"role": "assistant", "content": TAGGED},
        {"role": "user", "content": [{"type": "tool_result", "tool_use_id": "a", "content": "4"}]},
        {"role": "assistant", "content": [thought("pontage:google:SIG4", "Only this.")]},
        {"role": "user", "content": "And?"},
    ]
    return body(messages=turns)


def test_foreign_signatures_come_back_to_their_places() -> None:
    message = CLIENT.decode_request(tagged_body()).messages[1]
    assert message.origin == GEMINI
    assert message.parts == (
        Reasoning(text="Hm.", signature="SIG1"),
        Reasoning(redacted=True, signature="BLOB"),
        ToolCall(id="a", name="t", arguments="{}", signature="SIG2"),
        Text(text="So.", signature="SIG3"),
        Reasoning(text="unsigned"),
    )


def test_foreign_signatures_never_reach_the_provider() -> None:
    encoded = SIDE.encode_request(CLIENT.decode_request(tagged_body()))
    assert b"pontage" not in encoded.body
    assert json.loads(encoded.body)["messages"] == [
        {"role": "user", "content": "Hi."},
        {"role": "assistant", "content": [TAGGED[3], TAGGED[4]]},
        {"role": "user", "content": [{"type": "tool_result", "tool_use_id": "a", "content": "4"}]},
        {"role": "user", "content": "And?"},
    ]
    assert ("dropped", "messages[1].parts[0]") in [(note.kind, note.where) for note in encoded.notes]
    assert json.loads(SIDE.adjust_request(tagged_body(), "m", False)) == json.loads(encoded.body)


def test_thinking_is_not_taken_up_where_foreign_thinking_was_taken_out() -> None:
    call = {"type": "tool_use", "id": "a", "name": "t", "input": {}}
    result = {"type": "tool_result", "tool_use_id": "a", "content": "4"}
    turns = [
        {"role": "user", "content": "Hi."},
        {"role": "assistant", "content": [thought("pontage:google:SIG", "Hm."), call]},
        {"role": "user", "content": [result]},
    ]
    enabled = {"type": "enabled", "budget_tokens": 2000}
    sent = body(messages=turns, thinking=enabled, temperature=1)
    adjusted = json.loads(SIDE.adjust_request(sent, "m", False))
    assert "thinking" not in adjusted
    assert adjusted["temperature"] == 1
    encoded = SIDE.encode_request(CLIENT.decode_request(sent))
    assert json.loads(encoded.body) == adjusted
    assert ("approximated", "reasoning") in [(note.kind, note.where) for note in encoded.notes]
    turns[1]["content"] = [thought("native"), call]
    kept = body(messages=turns, thinking=enabled)
    assert SIDE.adjust_request(kept, "m", False) is kept
    assert json.loads(SIDE.encode_request(CLIENT.decode_request(kept)).body) == json.loads(kept)


def test_a_mark_in_ordinary_text_changes_nothing() -> None:
    text = 'He wrote "pontage:google:x".'
    sent = asked({"type": "text", "text": text}, role="assistant")
    assert CLIENT.decode_request(sent).messages[0].text == text
    quoted = body(messages=[{"role": "user", "content": "pontage:google:x"}])
    assert json.loads(SIDE.adjust_request(quoted, "m", False)) == json.loads(quoted)
    odd = b'{"model":"m","messages":["pontage:",{"content":["pontage:"]}]}'
    assert json.loads(SIDE.adjust_request(odd, "m", False)) == json.loads(odd)


def test_a_tag_at_the_wrong_end_does_no_harm() -> None:
    sent = asked(
        thought("pontage:google:prev:A"),
        {"type": "text", "text": "x"},
        thought("pontage:google:next:B"),
        role="assistant",
    )
    assert CLIENT.decode_request(sent).messages[0].parts == (Text(text="x"),)


def test_the_meaning_of_tool_results() -> None:
    request = CLIENT.decode_request(asked({"type": "tool_result", "tool_use_id": "a", "content": "", "is_error": True}))
    assert request.messages[0].parts == (ToolResult(call_id="a", parts=(Text(text=""),), is_error=True),)


def test_without_spelling_a_request_means_the_same() -> None:
    decode: Any = CLIENT.decode_request
    quick: ChatRequest = decode(body(stop_sequences=["x"]), keep_spelling=False)
    assert quick.spelling == ()
    assert quick.messages[0] == Message(role="user", parts=(Text(text="Hi."),), origin=quick.origin)
    assert quick.stop == ("x",)
