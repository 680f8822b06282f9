"""The official SDK as the client: it reads what we write, collects what we stream, and raises what we mean."""

import json
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import openai
import pytest

from pontage import errors
from pontage.dialects.openai_chat import client_side, provider_side
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
    Started,
    Stop,
    Text,
    TokenUsage,
    ToolCall,
)
from tests.dialects.answering import answering
from tests.dialects.openai_chat import SAMPLES, frames, sample

SIDE, CLIENT = provider_side(), client_side()
STREAMED = sorted(
    path.name.removesuffix(".sse")
    for path in SAMPLES.glob("*.sse")
    if (SAMPLES / f"{path.stem}.response.json").exists()
)
ASKED: Any = {"model": "m", "messages": [{"role": "user", "content": "Hm."}]}


@contextmanager
def serving(status: int, body: bytes, content_type: str = "application/json") -> Iterator[Any]:
    """An SDK client whose server always answers so."""

    with answering(status, body, content_type) as url:
        client = openai.OpenAI(api_key="k", base_url=f"{url}/v1", max_retries=0)
        try:
            yield client
        finally:
            client.close()


def restreamed(case: str) -> bytes:
    """A sample's stream, read and told again."""
    decoder, encoder = SIDE.stream_decoder(), CLIENT.stream_encoder(None)
    return b"".join(encoder.feed(event) for one in frames(sample(f"{case}.sse")) for event in decoder.feed(one))


@pytest.mark.parametrize("case", STREAMED)
def test_the_sdk_reads_every_stream_that_we_tell(case: str) -> None:
    texts: dict[int, str] = {}
    calls: dict[tuple[int, int], str] = {}
    finished: dict[int, str | None] = {}
    with serving(200, restreamed(case), "text/event-stream") as client:
        for chunk in client.chat.completions.create(**ASKED, stream=True):
            for choice in chunk.choices:
                texts[choice.index] = texts.get(choice.index, "") + (choice.delta.content or "")
                finished[choice.index] = choice.finish_reason or finished.get(choice.index)
                for call in choice.delta.tool_calls or ():
                    grown = call.function.arguments if call.function else ""
                    calls[choice.index, call.index] = calls.get((choice.index, call.index), "") + (grown or "")
    answer = SIDE.decode_response(sample(f"{case}.response.json"))
    assert [texts[number] for number in sorted(texts)] == [choice.message.text for choice in answer.choices]
    told = [
        call.arguments for choice in answer.choices for call in choice.message.tool_calls if call.kind == "function"
    ]
    assert [text for text in calls.values() if text] == [text for text in told if text]
    assert all(finished.values())


def test_the_sdks_accumulator_ends_with_the_message_of_the_whole_answer() -> None:
    events = [
        Started(id="i", model="m", created=7, origin=Origin("anthropic_messages", "anthropic", "m")),
        PartStarted(0, Reasoning()), Delta(0, "hm"), PartEnded(0, Reasoning(text="hm", signature="s")),
        PartStarted(1, Text(text="")), Delta(1, "Let me "), Delta(1, "look."), PartEnded(1, Text(text="Let me look.")),
        PartStarted(2, ToolCall(id="a", name="tide")), PartStarted(3, ToolCall(id="b", name="now")),
        Delta(2, '{"port":'), Delta(2, '"Brest"}'),
        PartEnded(2, ToolCall(id="a", name="tide", arguments='{"port":"Brest"}')),
        PartEnded(3, ToolCall(id="b", name="now")),
        Finished(endings=(Ending(stop=Stop("tool_calls")),), usage=TokenUsage(input=5, output=6)),
    ]  # fmt: skip
    encoder = CLIENT.stream_encoder(None)
    body = b"".join(encoder.feed(event) for event in events)
    with serving(200, body, "text/event-stream") as client, client.chat.completions.stream(**ASKED) as stream:
        final = stream.get_final_completion()
    (choice,) = final.choices
    assert (choice.message.content, choice.finish_reason, final.usage.total_tokens) == (
        "Let me look.",
        "tool_calls",
        11,
    )
    assert [(call.id, call.function.name, call.function.arguments) for call in choice.message.tool_calls] == [
        ("a", "tide", '{"port":"Brest"}'), ("b", "now", "{}"),
    ]  # fmt: skip
    back = {"model": "m", "messages": [{"role": "user", "content": "?"}, choice.message.to_dict()]}
    spoken = CLIENT.decode_request(json.dumps(back).encode()).messages[1]
    assert spoken.parts[0] == Reasoning(text="hm", signature="s")
    assert spoken.origin == Origin("openai_chat", "anthropic", "m")


def test_the_sdks_accumulator_joins_citations_and_pictures_of_several_deltas() -> None:
    cited = [Text(text=text, citations=(Citation(start=0, end=1, url=text),)) for text in "ab"]
    parts = [*cited, *[Image(source=Inline("image/png", "AAAA"))] * 2]
    encoder = CLIENT.stream_encoder(None)
    body = encoder.feed(Started(id="i", model="m"))
    for index, part in enumerate(parts):
        body += encoder.feed(PartStarted(index, part)) + encoder.feed(PartEnded(index, part))
    body += encoder.feed(Finished(endings=(Ending(stop=Stop("stop")),)))
    with serving(200, body, "text/event-stream") as client, client.chat.completions.stream(**ASKED) as stream:
        message = stream.get_final_completion().choices[0].message.to_dict()
    assert [one["url_citation"]["url"] for one in message["annotations"]] == ["a", "b"]
    assert len(message["images"]) == 2


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
        client.chat.completions.create(**ASKED)
    assert isinstance(caught.value, openai.APIStatusError)
    assert caught.value.status_code == error.status
    assert caught.value.body["pontage"]["code"] == error.code  # type: ignore[index]  # the SDK types it as object
    assert caught.value.param == error.param


def test_the_sdk_raises_an_error_inside_a_stream() -> None:
    body = restreamed("plain")[:400].rpartition(b"data:")[0] + CLIENT.stream_encoder(None).fail(
        errors.ServerError("broken")
    )
    with serving(200, body, "text/event-stream") as client, pytest.raises(openai.APIError, match="broken"):
        list(client.chat.completions.create(**ASKED, stream=True))


def test_what_the_sdk_sends_is_understood() -> None:
    with serving(
        200, CLIENT.encode_response(SIDE.decode_response(sample("schema_answer.response.json"))).body
    ) as client:
        answer = client.chat.completions.create(**ASKED)
    assert answer.choices[0].message.content == '{"spans":7}'
