"""Requests of OpenAI clients: what they mean, what is wrong with them, and how they were written."""

import json
from typing import Any

import pytest
from msgspec.structs import replace

from pontage.dialects.openai_chat import client_side, provider_side
from pontage.dialects.openai_chat.request import decode_request
from pontage.domain import (
    Audio,
    Cache,
    ChatRequest,
    CustomTool,
    Document,
    FunctionTool,
    Image,
    Inline,
    Link,
    Message,
    Opaque,
    Origin,
    OutputFormat,
    Reasoning,
    ReasoningOptions,
    Ref,
    Refusal,
    ServerTool,
    Text,
    ToolCall,
    ToolChoice,
    ToolResult,
    Video,
)  # fmt: skip
from tests.dialects.openai_chat import sample

SIDE, CLIENT = provider_side(), client_side()
USER = {"role": "user", "content": "Hm."}


def read(**fields: Any) -> ChatRequest:
    return CLIENT.decode_request(json.dumps({"model": "m", "messages": [USER], **fields}).encode())


def test_roles_and_names() -> None:
    request = CLIENT.decode_request(sample("instructions.request.json"))
    assert [message.role for message in request.messages] == [
        "system", "system", "user", "assistant", "system", "user", "user",
    ]  # fmt: skip
    assert [message.name for message in request.messages][1:4] == ["house", "ada", "pont"]
    assert request.messages[1].parts == (Text(text="Speak of bridges only."), Text(text="Never of tunnels."))
    assert request.messages[0].origin == Origin("openai_chat", None, "o9")


def test_media() -> None:
    parts = CLIENT.decode_request(sample("media.request.json")).messages[0].parts
    assert parts[1] == Image(source=Link("https://pictures.example/bridge.jpg"), detail="low")
    assert isinstance(parts[2], Image)
    assert isinstance(parts[2].source, Inline)
    assert parts[2].source.media_type == "image/png"
    assert [type(part) for part in parts[4:]] == [Audio, Audio, Document, Document]
    assert [part.source.media_type for part in parts[4:6] if isinstance(part, Audio | Document)] == [
        "audio/wav", "audio/mp3",
    ]  # fmt: skip
    assert isinstance(parts[6], Document)
    assert parts[6].title == "plan.pdf"
    assert parts[7] == Document(source=Ref("file-abc"))


def test_media_of_other_servers() -> None:
    parts = CLIENT.decode_request(sample("media_of_other_servers.request.json")).messages[0].parts
    assert [type(part) for part in parts] == [Video, Video, Audio, Opaque, Text]
    assert parts[4] == Text(text="What is this?")


def test_calls_and_results() -> None:
    messages = CLIENT.decode_request(sample("tool_results.request.json")).messages
    assert messages[1].tool_calls[0] == ToolCall(id="call_t1", name="tide", arguments='{"port":"Brest"}')
    assert messages[2].parts == (ToolResult(call_id="call_t1", parts=(Text(text="18:04"),)),)
    (result,) = messages[3].parts
    assert isinstance(result, ToolResult)
    assert (result.name, len(result.parts), messages[3].role) == ("wind", 2, "user")


def test_legacy_calls_and_results_belong_together() -> None:
    request = CLIENT.decode_request(sample("legacy_functions.request.json"))
    (call,) = request.messages[1].tool_calls
    (result,) = request.messages[2].parts
    assert isinstance(result, ToolResult)
    assert call.id == result.call_id != ""
    assert [tool.name for tool in request.tools] == ["tide"]
    assert request.tool_choice == ToolChoice("any", ("tide",))
    alone = read(messages=[{"role": "function", "name": "tide", "content": "x"}])
    assert alone.messages[0].parts[0] == ToolResult(call_id="call_tide", parts=(Text(text="x"),), name="tide")


def test_a_custom_tool() -> None:
    request = CLIENT.decode_request(sample("custom_tool.request.json"))
    assert isinstance(request.tools[0], CustomTool)
    assert request.tool_choice == ToolChoice("any", ("plot",))
    assert request.messages[1].tool_calls[0].kind == "custom"


@pytest.mark.parametrize(
    ("case", "choice"),
    [
        ("required", ToolChoice("any")),
        ("none", ToolChoice("none")),
        ("function", ToolChoice("any", ("tide",))),
        ("allowed", ToolChoice("auto", ("tide",))),
        ("allowed_and_required", ToolChoice("any", ("tide", "wind"))),
        ("unknown", None),
    ],
)
def test_choices(case: str, choice: ToolChoice | None) -> None:
    request = CLIENT.decode_request(sample(f"choice_{case}.request.json"))
    assert request.tool_choice == choice
    assert ("tool_choice" in request.extra) == (choice is None)


def test_an_allowed_tool_without_a_name_is_kept_as_it_is() -> None:
    tools = [{"type": "mcp", "server_label": "x"}]
    request = read(tool_choice={"type": "allowed_tools", "allowed_tools": {"mode": "auto", "tools": tools}})
    assert request.tool_choice is None
    assert request.extra["tool_choice"]["allowed_tools"]["tools"] == tools


def test_search_and_other_tools_that_the_provider_runs() -> None:
    (search,) = CLIENT.decode_request(sample("citations.request.json")).tools
    assert isinstance(search, ServerTool)
    assert search.kind == "web_search"
    tools = CLIENT.decode_request(sample("server_tools.request.json")).tools
    assert [(tool.kind, tool.name) for tool in tools if isinstance(tool, ServerTool)] == [
        ("web_search", None), ("mcp", "files"),
    ]  # fmt: skip
    assert isinstance(tools[2], FunctionTool)


def test_every_option_has_its_name() -> None:
    request = CLIENT.decode_request(sample("every_option.request.json"))
    assert (request.max_tokens, request.temperature, request.top_p, request.top_k) == (100, 0.5, 0.9, 40)
    assert (request.frequency_penalty, request.presence_penalty, request.seed, request.n) == (-0.5, 1, 7, 2)
    assert (request.logprobs, request.top_logprobs, request.stop) == (True, 3, ("a", "b", "c", "d"))
    assert (request.user, request.metadata, request.service_tier) == ("u-1", {"team": "bridges"}, "flex")
    assert request.reasoning == ReasoningOptions(effort="minimal")
    assert request.modalities == ("text",)
    assert request.extra.keys() == {
        "logit_bias", "prediction", "verbosity", "store", "prompt_cache_retention", "moderation",
    }  # fmt: skip


def test_the_newer_limit_wins_and_an_effort_of_no_known_size_is_kept_apart() -> None:
    request = CLIENT.decode_request(sample("both_limits.request.json"))
    assert request.max_tokens == 100
    assert request.reasoning is None
    assert request.extra == {"reasoning_effort": "default"}


@pytest.mark.parametrize(
    ("fields", "reasoning", "extra"),
    [
        ({"reasoning_effort": "high"}, ReasoningOptions(effort="high"), {}),
        ({"reasoning_effort": None}, None, {}),
        ({"reasoning": {"max_tokens": 9}}, ReasoningOptions(budget_tokens=9), {}),
        ({"reasoning": {"enabled": True, "exclude": False}}, ReasoningOptions(enabled=True, show=True), {}),
        ({"reasoning": {"summary": "auto"}}, None, {"reasoning": {"summary": "auto"}}),
        ({"thinking": {"type": "disabled"}}, ReasoningOptions(enabled=False), {}),
        (
            {"thinking": {"type": "enabled", "budget_tokens": 5}, "reasoning_effort": "max"},
            ReasoningOptions(enabled=True, budget_tokens=5, effort="max"),
            {},
        ),
        ({"thinking": {"type": "adaptive"}}, None, {"thinking": {"type": "adaptive"}}),
    ],
)
def test_how_much_to_think(fields: Any, reasoning: ReasoningOptions | None, extra: Any) -> None:
    request = read(**fields)
    assert request.reasoning == reasoning
    assert request.extra == extra


def test_forms_of_the_answer() -> None:
    output = CLIENT.decode_request(sample("schema.request.json")).output
    assert output is not None
    assert (output.kind, output.name, output.strict) == ("schema", "bridge", True)
    assert read(response_format={"type": "json_object"}).output == OutputFormat(kind="json")
    assert read(response_format={"type": "text"}).output == OutputFormat(kind="text")
    nested = read(response_format={"type": "json_schema", "json_schema": {"name": "x", "odd": 1}})
    assert nested.extra == {"response_format": {"json_schema": {"odd": 1}}}


def test_thinking_comes_from_all_fields_that_hold_it() -> None:
    plain = CLIENT.decode_request(sample("thinking_text.request.json")).messages[1]
    assert plain.parts == (Reasoning(text="17 + 25 is 42."), Text(text="42"))
    signed = CLIENT.decode_request(sample("thinking_signed.request.json")).messages[1]
    assert signed.parts[:2] == (
        Reasoning(text="I need the tool.", signature="c2lnbmVk"), Reasoning(signature="aGlkZGVu", redacted=True),
    )  # fmt: skip
    assert signed.origin is not None
    assert signed.origin.family == "anthropic"
    others = CLIENT.decode_request(sample("thinking_of_other_gateways.request.json")).messages
    assert others[1].parts[:2] == (
        Reasoning(text="Let me see.", signature="c2ln"), Reasoning(signature="b3Bh", redacted=True),
    )  # fmt: skip
    assert [type(part) for part in others[3].parts] == [Reasoning, Opaque, Text]
    assert others[3].parts[0] == Reasoning(text="They ask again.", extra={"id": "r-1"})


def test_pieces_of_thinking_that_a_client_left_apart_are_one_again() -> None:
    details = [
        {"type": "reasoning.text", "text": "a", "index": 0},
        {"type": "reasoning.text", "text": "b", "index": 0},
        {"type": "reasoning.text", "signature": "s", "index": 0},
        {"type": "reasoning.text", "text": "c", "index": 1},
    ]
    spoken = {"role": "assistant", "content": "x", "reasoning_details": details}
    parts = read(messages=[spoken]).messages[0].parts
    assert parts[:2] == (Reasoning(text="ab", signature="s"), Reasoning(text="c"))
    hidden = [{"type": "reasoning.encrypted", "data": "d"}]
    spoken = {"role": "assistant", "content": "x", "reasoning": "seen", "reasoning_details": hidden}
    parts = read(messages=[spoken]).messages[0].parts
    assert parts[:2] == (Reasoning(text="seen"), Reasoning(signature="d", redacted=True))


def test_gemini_proofs() -> None:
    messages = CLIENT.decode_request(sample("gemini_proofs.request.json")).messages
    assert [call.signature for call in messages[1].tool_calls] == ["Q2lRQg==", None]
    assert messages[4].parts == (Text(text="High at 18:04.", signature="Q2lRQg=="),)
    assert {messages[index].origin.family for index in (1, 4) if messages[index].origin} == {"google"}
    beside = {"role": "assistant", "content": None, "extra_content": {"google": {"thought_signature": "s"}, "odd": 1}}
    (message,) = read(messages=[{**beside, "tool_calls": [{"id": "c", "function": {"name": "f"}}]}]).messages
    assert message.tool_calls[0].signature == "s"
    assert message.extra == {"extra_content": {"odd": 1}}
    (message,) = read(messages=[{**beside, "extra_content": {"google": None}}]).messages
    assert message.parts == ()


def test_cache_marks() -> None:
    request = CLIENT.decode_request(sample("cache_marks.request.json"))
    assert [part.cache for message in request.messages for part in message.parts] == [Cache("1h"), Cache(), None]
    assert isinstance(request.tools[0], FunctionTool)
    assert request.tools[0].cache == Cache("5m")
    explicit = CLIENT.decode_request(sample("cache_breakpoints.request.json"))
    assert explicit.messages[0].parts[0].cache == Cache("30m")
    assert (explicit.cache, explicit.cache_key) == (None, "tenant-7")
    assert explicit.extra == {"prompt_cache_options": {"mode": "explicit", "ttl": "30m"}}
    whole = CLIENT.decode_request(sample("cache_whole.request.json"))
    assert (whole.cache, whole.user) == (Cache("30m"), "u-9")
    both = CLIENT.decode_request(sample("cache_control_on_top.request.json"))
    assert (both.cache, both.user, both.extra) == (Cache(), "u-9", {"safety_identifier": "h-9"})


def test_refusals() -> None:
    messages = CLIENT.decode_request(sample("refusal.request.json")).messages
    assert messages[1].parts == (Refusal(text="No."),)
    assert messages[3].refusal == "Still no."


def test_links_that_are_not_data_are_left_alone() -> None:
    for url in ("data:text/plain,hello", "DATA:image/png;base64,x", "gs://bucket/x.png"):
        content = [{"type": "image_url", "image_url": {"url": url}}]
        assert read(messages=[{"role": "user", "content": content}]).messages[0].parts == (Image(source=Link(url)),)
    content = [{"type": "file", "file": {"file_data": "https://x.example/a.pdf", "filename": "attachment.pdf"}}]
    (document,) = read(messages=[{"role": "user", "content": content}]).messages[0].parts
    assert document == Document(source=Link("https://x.example/a.pdf"))


def test_without_spelling_a_request_means_the_same() -> None:
    body = sample("every_option.request.json")
    bare = decode_request(body, keep_spelling=False)
    assert bare.spelling == ()
    assert replace(decode_request(body), spelling=()) == bare


def test_an_edited_value_is_not_written_as_it_was() -> None:
    body = json.dumps({"model": "m", "messages": [{"role": "user", "content": [{"type": "text", "text": "a"}]}]})
    request = CLIENT.decode_request(body.encode())
    (message,) = request.messages
    assert json.loads(SIDE.encode_request(request).body)["messages"][0]["content"] == [{"type": "text", "text": "a"}]
    edited = replace(request, messages=(replace(message, parts=(Text(text="b"),)),))
    assert json.loads(SIDE.encode_request(edited).body)["messages"][0]["content"] == "b"


def test_a_message_keeps_its_spelling_in_another_request() -> None:
    answer = SIDE.decode_response(sample("thinking_signed.response.json"))
    asked = Message(role="user", parts=(Text(text="And then?"),))
    sent = SIDE.encode_request(ChatRequest(model="m", messages=(asked, answer.message, asked)))
    wrote = json.loads(sample("thinking_signed.response.json"))["choices"][0]["message"]
    told = json.loads(sent.body)["messages"][1]
    assert sent.notes == ()
    assert {key: told[key] for key in ("content", "reasoning", "reasoning_details")} == {
        key: wrote[key] for key in ("content", "reasoning", "reasoning_details")
    }
