"""Whole answers, both ways."""

import json
from typing import Any

import pytest
from msgspec.structs import replace

from pontage.domain import (
    ChatResponse,
    Choice,
    Citation,
    Image,
    Inline,
    Link,
    Message,
    Opaque,
    Origin,
    Reasoning,
    Refusal,
    Stop,
    Text,
    TokenLogprob,
    TokenUsage,
    ToolCall,
)
from pontage.errors import ContentFilterError, ProtocolError, ServerError
from tests.dialects.openai_responses import CLAUDE, CLIENT, SIDE, answering, asking, sample, told


def read(*output: Any, **fields: Any) -> ChatResponse:
    body = {"id": "resp_1", "model": "g", "status": "completed", "output": list(output), **fields}
    return SIDE.decode_response(json.dumps(body).encode())


def message(*content: Any, **fields: Any) -> Any:
    return {"id": "msg_1", "type": "message", "role": "assistant", "status": "completed", "content": content, **fields}


def test_items_are_parts_and_keep_what_they_say_beyond() -> None:
    answer = SIDE.decode_response(sample("built_in_tools.response.json"))
    search, files, code, remote, listed, compacted, text = answer.message.parts
    assert search == ToolCall(
        id="ws_1", name="web_search", by_provider=True, extra={"item": {"type": "web_search_call"}},
        arguments='{"action":{"type":"search","query":"what floats",'
        '"sources":[{"type":"url","url":"https://example.com/cork"}]}}',
    )  # fmt: skip
    assert (files.name, files.arguments) == ("file_search", '{"queries":["cork","wood"]}')  # type: ignore[union-attr]  # see above
    assert isinstance(code, ToolCall)
    assert code.extra["item"]["outputs"] == [{"type": "logs", "logs": "cork\n"}]
    assert isinstance(remote, ToolCall)
    assert (remote.name, remote.arguments, remote.by_provider) == ("berths", '{"port":"Wyk"}', True)
    assert isinstance(listed, Opaque)
    assert isinstance(compacted, Opaque)
    assert isinstance(text, Text)
    assert text.citations[0] == Citation(start=0, end=11, url="https://example.com/cork", title="On cork")
    assert text.citations[2].extra == {
        "type": "file_citation", "file_id": "file_1", "filename": "almanac.pdf", "index": 29
    }  # fmt: skip
    assert answer.message.tool_calls == ()
    assert answer.stop == Stop("stop", raw="completed")
    assert answer.usage is not None
    assert answer.usage.web_searches == 2


def test_what_repeats_the_question_is_not_taken_for_the_answer() -> None:
    answer = SIDE.decode_response(sample("text.response.json"))
    assert answer.extra == {}
    assert SIDE.decode_response(sample("conversation.response.json")).extra == {
        "conversation": {"id": "conv_1"},
        "moderation": {"input": {"type": "moderation_result", "flagged": False}},
        "billing": {"payer": "developer"},
    }


def test_thinking_is_a_summary_or_itself_or_only_encrypted() -> None:
    summary = SIDE.decode_response(sample("reasoning.response.json")).message.parts[0]
    assert summary == Reasoning(
        text="**Friction**\n\nThe sea bed brakes the water.\n\n**Basins**\n\nShape matters, too.",
        signature="gAAAAABsigned",
        extra={"item": {"id": "rs_r"}},
    )
    raw = SIDE.decode_response(sample("reasoning_raw.response.json")).message.parts[0]
    assert raw == Reasoning(text="Think of the moon.", extra={"item": {"id": "rs_raw"}, "type": "reasoning_text"})
    hidden = SIDE.decode_response(sample("reasoning_encrypted_only.response.json")).message.parts[0]
    assert hidden == Reasoning(signature="gAAAAABonly", redacted=True, extra={"item": {"id": "rs_e"}})
    both = SIDE.decode_response(sample("reasoning_both.response.json")).message.parts[0]
    assert (both.text, both.extra["item"]["summary"]) == (  # type: ignore[union-attr]  # it is thinking
        "Think of the moon, and of the sun.", [{"type": "summary_text", "text": "The moon."}]
    )  # fmt: skip


@pytest.mark.parametrize(
    ("fields", "stop"),
    [
        ({"status": "incomplete", "incomplete_details": {"reason": "max_output_tokens"}},
         Stop("length", raw="max_output_tokens")),
        ({"status": "incomplete", "incomplete_details": {"reason": "content_filter"}},
         Stop("content_filter", raw="content_filter")),
        ({"status": "incomplete", "incomplete_details": {"reason": "steered", "by": 1}},
         Stop("other", raw="steered", extra={"incomplete_details": {"by": 1}})),
        ({"status": "incomplete"}, Stop("other", raw="incomplete")),
        ({"status": "cancelled"}, Stop("other", raw="cancelled")),
        ({"status": "completed"}, Stop("stop", raw="completed")),
        ({"status": None}, Stop("stop")),
    ],
)  # fmt: skip
def test_why_an_answer_ended(fields: Any, stop: Stop) -> None:
    answer = read(message({"type": "output_text", "text": "x"}), **fields)
    assert answer.stop == stop
    bare = replace(answer, spelling=())
    body = json.loads(CLIENT.encode_response(bare).body)
    assert body["status"] == (fields["status"] or "completed")
    assert body["incomplete_details"] == fields.get("incomplete_details")


@pytest.mark.parametrize(
    ("stop", "parts", "status", "reason", "notes"),
    [
        (Stop("stop"), (), "completed", None, []),
        (Stop("tool_calls"), (ToolCall(id="a", name="f"),), "completed", None, []),
        (Stop("refusal"), (Refusal(text="No."),), "completed", None, []),
        (Stop("refusal"), (), "incomplete", "content_filter", [("approximated", "choices[0].stop.reason")]),
        (Stop("length"), (), "incomplete", "max_output_tokens", []),
        (Stop("context_exceeded"), (), "incomplete", "max_output_tokens",
         [("approximated", "choices[0].stop.reason")]),
        (Stop("pause"), (), "completed", None, [("approximated", "choices[0].stop.reason")]),
        (Stop("stop_sequence", sequence="END"), (), "completed", None,
         [("approximated", "choices[0].stop.reason"), ("dropped", "choices[0].stop.sequence")]),
        (Stop("stop", extra={"stop_details": 1}), (), "completed", None,
         [("dropped", "choices[0].stop.stop_details")]),
    ],
)  # fmt: skip
def test_telling_why_an_answer_ended(stop: Stop, parts: Any, status: str, reason: str | None, notes: Any) -> None:
    body, found = answering(*parts, stop=stop)
    assert (body["status"], (body["incomplete_details"] or {}).get("reason")) == (status, reason)
    assert told(found) == notes


def test_an_answer_from_elsewhere_has_all_that_clients_expect() -> None:
    body, notes = answering(
        Text(text="Hi", extra={"hue": 1}), Text(text=" there"),
        ToolCall(id="toolu_1", name="f"), ToolCall(id="w", name="search", by_provider=True),
        Image(source=Inline("image/webp", "AAAA"), detail="high"), Image(source=Link("https://x")),
        created=7, service_tier="default", extra={"container": {"id": "c"}}, usage=TokenUsage(input=3, output=2),
        stop=Stop("tool_calls"),
    )  # fmt: skip
    words, call, picture = body["output"]
    assert [part["text"] for part in words["content"]] == ["Hi", " there"]
    assert words["content"][0] == {"type": "output_text", "text": "Hi", "annotations": [], "logprobs": []}
    assert words["status"] == call["status"] == picture["status"] == "completed"
    assert [item["id"].partition("_")[0] for item in body["output"]] == ["msg", "fc", "ig"]
    assert (call["call_id"], call["arguments"]) == ("toolu_1", "{}")
    assert (picture["result"], picture["output_format"]) == ("AAAA", "webp")
    assert (body["object"], body["created_at"], body["tools"], body["error"]) == ("response", 7, [], None)
    assert body["usage"] == {
        "input_tokens": 3, "output_tokens": 2, "total_tokens": 5,
        "input_tokens_details": {"cached_tokens": 0}, "output_tokens_details": {"reasoning_tokens": 0},
    }  # fmt: skip
    where = "choices[0].message.parts"
    assert told(notes) == [
        ("dropped", f"{where}[0].hue"), ("dropped", f"{where}[3]"), ("dropped", f"{where}[4].detail"),
        ("unsupported", f"{where}[5]"), ("dropped", "container"),
    ]  # fmt: skip
    assert answering(Text(text="Hi"))[0]["output"] == answering(Text(text="Hi"))[0]["output"]


def test_ids_that_were_made_up_say_nothing_when_they_come_back() -> None:
    body, _ = answering(Text(text="Hi"), ToolCall(id="a", name="f"))
    request = asking({"role": "user", "content": "?"}, *body["output"])
    assert request.messages[1].parts == (Text(text="Hi"), ToolCall(id="a", name="f", arguments="{}"))


@pytest.mark.parametrize(
    "parts",
    [
        (Reasoning(text="hm", signature="s"), Text(text="Hi")),
        (Reasoning(text="", signature="s"), Text(text="Hi")),
        (Reasoning(signature="s", redacted=True), Text(text="Hi")),
        (Reasoning(text="hm"), Text(text="Hi")),
        (Text(text="Hi", signature="s1"), ToolCall(id="a", name="f", arguments="{}", signature="s2")),
    ],
)
def test_foreign_proofs_come_back_to_their_family(parts: Any) -> None:
    called = any(isinstance(part, ToolCall) for part in parts)
    body, notes = answering(*parts, stop=Stop("tool_calls" if called else "stop"))
    assert notes == ()
    request = asking({"role": "user", "content": "?"}, *body["output"])
    assert request.messages[1].parts == parts
    assert request.messages[1].origin == Origin("openai_responses", "anthropic")
    assert b"pontage:" not in SIDE.encode_request(request).body


def test_more_than_one_choice_and_what_stands_beside() -> None:
    tokens = (TokenLogprob("Hi", -0.1, bytes=(72, 105), id=5), TokenLogprob("!", -0.2))
    choice = Choice(message=Message(role="assistant", parts=(Text(text="Hi"), Text(text="!")), origin=CLAUDE),
                    stop=Stop("stop"), logprobs=tokens, extra={"index": 1})  # fmt: skip
    response = ChatResponse(id="r", model="c", choices=(choice, choice), origin=CLAUDE)
    encoded = CLIENT.encode_response(response)
    content = json.loads(encoded.body)["output"][0]["content"]
    assert [[one["token"] for one in part["logprobs"]] for part in content] == [["Hi"], ["!"]]
    assert told(encoded.notes) == [
        ("dropped", "choices[0].index"), ("approximated", "choices[0].logprobs"), ("dropped", "choices[1]"),
    ]  # fmt: skip
    assert json.loads(CLIENT.encode_response(replace(response, choices=())).body)["output"] == []


def test_log_probabilities_are_read_and_written() -> None:
    answer = SIDE.decode_response(sample("logprobs.response.json"))
    assert answer.choices[0].logprobs is not None
    first = answer.choices[0].logprobs[0]
    assert (first.token, first.bytes, [one.token for one in first.top]) == (
        "Ahoy",
        (65, 104, 111, 121),
        ["Ahoy", "Moin"],
    )
    bare = replace(
        answer, spelling=(), choices=(replace(answer.choices[0], message=replace(answer.message, spelling=())),)
    )
    assert SIDE.decode_response(CLIENT.encode_response(bare).body).choices[0].logprobs == answer.choices[0].logprobs


@pytest.mark.parametrize(
    ("usage", "notes"),
    [
        (TokenUsage(), [("injected", "usage.input"), ("injected", "usage.output")]),
        (TokenUsage(input=1, cache_write_5m=2, cache_write_1h=3, output=4),
         [("approximated", "usage.cache_write_5m"), ("approximated", "usage.cache_write_1h")]),
        (TokenUsage(input=1, input_audio=2, output=3, output_audio=4, reasoning=5, web_searches=6),
         [("approximated", "usage.input_audio"), ("approximated", "usage.output_audio")]),
    ],
)  # fmt: skip
def test_counts(usage: TokenUsage, notes: Any) -> None:
    body, found = answering(Text(text="Hi"), usage=usage)
    assert told(found) == notes
    assert body["usage"]["input_tokens"] == (usage.total_input or 0)
    assert body["usage"]["output_tokens"] == (usage.total_output or 0)
    again = SIDE.usage_of(json.dumps(body).encode())
    assert again is not None
    assert (again.total_input, again.total_output) == (usage.total_input or 0, usage.total_output or 0)
    assert again.web_searches == usage.web_searches


def test_strange_counts_are_bounded() -> None:
    odd = {"usage": {"input_tokens": 5, "input_tokens_details": {"cached_tokens": 9}, "output_tokens": 3,
                     "output_tokens_details": {"reasoning_tokens": 8}}}  # fmt: skip
    usage = SIDE.usage_of(json.dumps(odd).encode())
    assert usage is not None
    assert (usage.input, usage.output, usage.reasoning) == (0, 0, 3)
    assert SIDE.usage_of(b'{"usage":null}') is None
    assert SIDE.usage_of(b'{"usage":[]}') is None
    assert SIDE.usage_of(b'{"tool_usage":{"web_search":{"num_requests":2}}}') == TokenUsage(web_searches=2)
    with pytest.raises(ProtocolError):
        SIDE.usage_of(b"<html>")


def test_an_answer_that_failed_is_its_error() -> None:
    with pytest.raises(ServerError, match="stumbled"):
        read(status="failed", error={"code": "server_error", "message": "It stumbled."})
    with pytest.raises(ContentFilterError):
        SIDE.decode_response(b'{"error":{"code":"content_filter","message":"No."}}')
    with pytest.raises(ServerError):
        SIDE.decode_response(b'{"id":"resp_1","error":{"code":"odd","message":"?"},"output":[]}')


@pytest.mark.parametrize(
    "output",
    [[3], [{}], [{"type": "function_call"}], [{"role": "captain", "content": ""}], [message({"type": "input_image"})]],
)
def test_a_malformed_item_is_the_providers_fault(output: Any) -> None:
    with pytest.raises(ProtocolError, match="malformed"):
        read(*output)


def test_a_picture_that_is_not_there_is_kept_whole() -> None:
    answer = SIDE.decode_response(sample("picture_lost.response.json"))
    assert isinstance(answer.message.parts[0], Opaque)
    picture = SIDE.decode_response(sample("picture_made.response.json")).message.parts[0]
    assert isinstance(picture, Image)
    assert isinstance(picture.source, Inline)
    assert picture.source.media_type == "image/png"
