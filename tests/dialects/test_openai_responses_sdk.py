"""The official SDK as the client: it reads what we write, collects what we stream, and raises what we mean."""

import json
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import openai
import pytest

from pontage import errors
from pontage.dialects.spelling import residue
from pontage.domain import (
    Citation,
    Delta,
    Ending,
    Finished,
    Image,
    Inline,
    Origin,
    PartEnded,
    PartStarted,
    Reasoning,
    Refusal,
    Started,
    Stop,
    StreamEvent,
    Text,
    TokenUsage,
    ToolCall,
    collect,
)
from tests.dialects.answering import answering
from tests.dialects.openai_responses import CLAUDE, CLIENT, SAMPLES, SIDE, asking, frames, sample

STREAMED = sorted(path.stem for path in SAMPLES.glob("*.sse") if (SAMPLES / f"{path.stem}.response.json").exists())
KNOWN = [case for case in STREAMED if case != "unknown_everywhere"]  # what is in it, the SDK cannot tell itself
PARSED = ("parsed", "parsed_arguments")  # fields that the SDK adds
ASKED: Any = {"model": "m", "input": "Hm."}


@contextmanager
def serving(status: int, body: bytes, content_type: str = "application/json") -> Iterator[Any]:
    """An SDK client whose server always answers so."""

    with answering(status, body, content_type) as url:
        client = openai.OpenAI(api_key="k", base_url=f"{url}/v1", max_retries=0)
        try:
            yield client
        finally:
            client.close()


def told_again(events: list[StreamEvent]) -> bytes:
    encoder = CLIENT.stream_encoder(None)
    return b"".join(encoder.feed(event) for event in events)


def read(case: str) -> list[StreamEvent]:
    decoder = SIDE.stream_decoder()
    return [event for one in frames(sample(f"{case}.sse")) for event in decoder.feed(one)]


def accumulated(body: bytes) -> tuple[Any, Any]:
    """The response that the SDK's accumulator ends with, and what its pieces made."""
    texts: dict[tuple[int, int], str] = {}
    calls: dict[int, str] = {}
    final: Any = None
    with serving(200, body, "text/event-stream") as client, client.responses.stream(**ASKED) as stream:
        for number, event in enumerate(stream):
            assert event.sequence_number == number
            if event.type in ("response.output_text.delta", "response.refusal.delta"):
                place = event.output_index, event.content_index
                texts[place] = texts.get(place, "") + event.delta
            elif event.type == "response.function_call_arguments.delta":
                calls[event.output_index] = event.snapshot
            elif event.type in ("response.completed", "response.incomplete"):
                final = event.response
    return final, (list(texts.values()), list(calls.values()))


@pytest.mark.parametrize("case", KNOWN)
def test_the_sdks_accumulator_ends_with_the_whole_answer(case: str) -> None:
    events = read(case)
    final, (texts, calls) = accumulated(told_again(events))
    answer = collect(events)
    assert texts == [part.text for part in answer.message.parts if isinstance(part, Text | Refusal) and part.text]
    functions = [call for call in answer.message.tool_calls if call.kind == "function"]
    assert sorted(calls) == sorted(call.arguments for call in functions)
    whole = json.loads(CLIENT.encode_response(answer).body)
    told = final.model_dump(mode="json", exclude_unset=True, warnings=False)
    ours = {"id", "model", "status", "incomplete_details", "output"}
    for name in ours:
        changed = residue(whole[name], told[name])
        assert [one for one in changed if one.path[-1] not in PARSED] == [], name
    assert final.usage.total_tokens == whole["usage"]["total_tokens"]


@pytest.mark.parametrize("case", STREAMED)
def test_the_sdk_reads_every_answer_that_we_write(case: str) -> None:
    answer = SIDE.decode_response(sample(f"{case}.response.json"))
    with serving(200, CLIENT.encode_response(answer).body) as client:
        read = client.responses.create(**ASKED)
    assert (read.id, read.output_text, len(read.output)) == (
        answer.id, answer.text, len(json.loads(sample(f"{case}.response.json"))["output"])
    )  # fmt: skip


def test_an_answer_from_elsewhere_is_the_same_whole_and_collected() -> None:
    parts = [
        Reasoning(text="hm", signature="s"),
        Text(text="Let me ", citations=(Citation(start=0, end=3, url="https://example.com", title="Let"),)),
        Text(text="look."),
        ToolCall(id="a", name="tide", arguments='{"port":"Brest"}'),
        ToolCall(id="b", name="now"),
        ToolCall(id="c", name="note", arguments="x\ny", kind="custom"),
        Image(source=Inline("image/jpeg", "AAAA")),
        Refusal(text="No more."),
    ]
    empty: dict[int, Any] = {
        0: Reasoning(), 1: Text(text=""), 2: Text(text=""), 3: ToolCall(id="a", name="tide"),
        5: ToolCall(id="c", name="note", kind="custom"), 7: Refusal(text=""),
    }  # fmt: skip
    events: list[StreamEvent] = [Started(id="i", model="m", created=7, origin=CLAUDE)]
    for index, part in enumerate(parts):
        text = getattr(part, "text", None) or getattr(part, "arguments", "")
        events += [PartStarted(index, empty.get(index, part)), *([Delta(index, text)] if text else [])]
        events.append(PartEnded(index, part))
    usage = TokenUsage(input=5, output=6)
    events.append(Finished(endings=(Ending(stop=Stop("tool_calls")),), usage=usage))
    final, (texts, calls) = accumulated(told_again(events))
    whole = json.loads(CLIENT.encode_response(collect(events)).body)
    told = final.model_dump(mode="json", exclude_unset=True, warnings=False)
    changed = residue(whole["output"], told["output"])
    assert [one for one in changed if one.path[-1] not in PARSED] == []
    assert (texts, calls) == (["Let me ", "look.", "No more."], ['{"port":"Brest"}', "{}"])
    assert (final.status, final.usage.total_tokens, final.created_at) == ("completed", 11, 7)
    back = asking({"role": "user", "content": "?"}, *told["output"])
    assert back.messages[1].parts[0] == Reasoning(text="hm", signature="s")
    assert back.messages[1].origin == Origin("openai_responses", "anthropic")


@pytest.mark.parametrize(
    ("error", "kind"),
    [
        (errors.InvalidRequestError("x", param="seed"), openai.BadRequestError),
        (errors.ContextWindowExceededError("x"), openai.BadRequestError),
        (errors.AuthenticationError("x"), openai.AuthenticationError),
        (errors.QuotaExceededError("x"), openai.APIStatusError),
        (errors.PermissionDeniedError("x"), openai.PermissionDeniedError),
        (errors.ModelNotFoundError("x"), openai.NotFoundError),
        (errors.ConflictError("x"), openai.ConflictError),
        (errors.RateLimitedError("x"), openai.RateLimitError),
        (errors.ServerError("x"), openai.InternalServerError),
        (errors.OverloadedError("x"), openai.InternalServerError),
        (errors.UpstreamTimeoutError("x"), openai.InternalServerError),
    ],
)
def test_the_sdk_raises_what_is_meant(error: errors.PontageError, kind: type[Exception]) -> None:
    status, body = CLIENT.encode_error(error)
    with serving(status, body) as client, pytest.raises(kind) as caught:
        client.responses.create(**ASKED)
    assert isinstance(caught.value, openai.APIStatusError)
    assert caught.value.status_code == error.status
    assert caught.value.body["pontage"]["code"] == error.code  # type: ignore[index]  # the SDK types it as object
    assert caught.value.param == error.param


@pytest.mark.parametrize("begun", [True, False])
def test_the_sdk_raises_an_error_inside_a_stream(begun: bool) -> None:
    encoder = CLIENT.stream_encoder(None)
    body = b"".join(encoder.feed(event) for event in read("text")[:3]) if begun else b""
    body += encoder.fail(errors.ServerError("broken"))
    with serving(200, body, "text/event-stream") as client, pytest.raises(openai.APIError, match="broken"):
        list(client.responses.create(**ASKED, stream=True))
    assert b"response.completed" not in body
    assert json.loads(frames(body)[-1].data)["type"] == "response.failed"
