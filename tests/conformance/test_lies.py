"""The battery finds what is wrong with an upstream, whatever it is, and says what."""

import asyncio
import re
from collections.abc import Callable
from typing import Any

import msgspec
import pytest

from pontage.conformance import CASES, Bench, Tape, run_battery
from pontage.dialects.table import CLIENT_SIDES
from pontage.domain import ChatRequest, ChatResponse, Message, Text, ToolCall
from pontage.domain.chat import Stop, TokenUsage
from pontage.errors import AuthenticationError, ConnectionFailedError, StreamTruncatedError
from pontage.providers.simulated.client import SimulatedProvider
from pontage.providers.simulated.config import CONFIG
from tests.conformance.upstreams import Speaking, examine, failures, in_body, lacking, lying
from tests.replay.upstream import Received, Scripted, stream, upstream, whole

NO_MODEL = b"pontage-there-is-no-such-model"


def saying(response: ChatResponse, text: str) -> ChatResponse:
    choice = response.choices[0]
    message = msgspec.structs.replace(choice.message, parts=(Text(text=text),))
    return msgspec.structs.replace(response, choices=(msgspec.structs.replace(choice, message=message),))


def ending(response: ChatResponse, reason: Any) -> ChatResponse:
    choice = msgspec.structs.replace(response.choices[0], stop=Stop(reason))
    return msgspec.structs.replace(response, choices=(choice,))


def calling(response: ChatResponse, **fields: Any) -> ChatResponse:
    """Every call with these fields."""
    choice = response.choices[0]
    parts = (
        msgspec.structs.replace(part, **fields) if isinstance(part, ToolCall) else part for part in choice.message.parts
    )
    message = Message(role="assistant", parts=tuple(parts))
    return msgspec.structs.replace(response, choices=(msgspec.structs.replace(choice, message=message),))


def counting(response: ChatResponse, **buckets: int) -> ChatResponse:
    assert response.usage is not None
    return msgspec.structs.replace(response, usage=msgspec.structs.replace(response.usage, **buckets))


def in_words(request: ChatRequest, response: ChatResponse) -> ChatResponse:
    return ending(saying(response, "I would call a tool."), "stop") if request.tools else response


TWISTS: dict[str, tuple[Callable[[ChatRequest, ChatResponse], ChatResponse], str]] = {
    "another question": (lambda request, said: saying(said, "It is late."), "plain answer"),
    "never finished": (lambda request, said: ending(said, "length"), "finished answers say so"),
    "two answers": (
        lambda request, said: msgspec.structs.replace(said, choices=said.choices * 2), "one answer to one question"
    ),
    "broken characters": (
        lambda request, said: saying(said, said.text.replace("漢", "\ufffd")), "other scripts"
    ),
    "broken characters, streamed": (
        lambda request, said: saying(said, said.text.replace("漢", "\ufffd")), "other scripts in pieces"
    ),
    "other texts in streams": (
        lambda request, said: saying(said, "kiwi 4711, or so") if request.stream else said, "the same answer as whole"
    ),
    "other ends in streams": (
        lambda request, said: ending(said, "length") if request.stream else said, "the same answer as whole"
    ),
    "the limit is ignored": (
        lambda request, said: counting(said, output=99) if request.max_tokens else said, "longest answer"
    ),
    "the limit is not told": (
        lambda request, said: ending(said, "stop") if request.max_tokens else said, "longest answer"
    ),
    "stop sequences are ignored": (
        lambda request, said: saying(said, "one two three four five six seven eight") if request.stop else said,
        "several stop sequences",
    ),
    "n is ignored": (
        lambda request, said: msgspec.structs.replace(said, choices=said.choices[:1]), "several candidates"
    ),
    "no call": (in_words, "one call"),
    "no call in streams": (in_words, "call in a stream"),
    "another tool": (lambda request, said: calling(said, name="get_rich"), "choice: required"),
    "arguments that are no JSON": (lambda request, said: calling(said, arguments='{"city":'), "one call"),
    "arguments that are missing": (lambda request, said: calling(said, arguments="{}"), "one call"),
    "arguments of other types": (
        lambda request, said: calling(said, arguments='{"travellers":1,"days":"3","class":"third"}'), "nested arguments"
    ),
    "arguments made up": (lambda request, said: calling(said, arguments='{"zone":1}'), "tool without parameters"),
    "results are not read": (lambda request, said: saying(said, "I cannot tell."), "two results"),
    "no JSON": (lambda request, said: saying(said, "Here you are: {}"), "any JSON object"),
    "another schema": (lambda request, said: saying(said, '{"name":"Ada"}'), "JSON schema"),
    "another schema in streams": (lambda request, said: saying(said, '{"age":36}'), "JSON schema in a stream"),
    "another nested schema": (lambda request, said: saying(said, '{"people":[1],"kind":"x"}'), "nested schema"),
    "no usage": (lambda request, said: msgspec.structs.replace(said, usage=None), "usage is told"),
    "usage of nothing": (lambda request, said: counting(said, input=0), "usage is told in a stream"),
    "usage of everything": (lambda request, said: counting(said, input=10**9), "usage is told"),
    "usage that stays": (lambda request, said: counting(said, input=20), "longer questions have more tokens"),
    "usage that shrinks": (
        lambda request, said: counting(said, input=200 - len(request.messages)), "several turns"
    ),
    "other usage in streams": (
        lambda request, said: counting(said, input=77) if request.stream else said, "the same question, the same tokens"
    ),
}  # fmt: skip


@pytest.mark.parametrize("name", TWISTS)
def test_a_lie_is_found(name: str) -> None:
    twist, case = TWISTS[name]
    with upstream() as server:
        server.play(Speaking("openai_chat", twist))
        assert case in failures(examine(server.url))


def refused_as(body: bytes | dict[str, Any], status: int) -> Callable[[Received, Scripted], Scripted]:
    """Every refusal in this form."""
    return lambda received, said: whole(body, status) if said.status != 200 else said


def answered_anyway(received: Received, said: Scripted) -> Scripted:
    """No model is unknown, no body malformed."""
    speaking = Speaking("openai_chat")
    if said.status not in (400, 404):
        return said
    body = re.sub(NO_MODEL, b"chat", received.body) if NO_MODEL in received.body else b""
    hello = b'{"model":"chat","messages":[{"role":"user","content":"Hello."}]}'
    return speaking(msgspec.structs.replace(received, body=body or hello))


LIES: dict[str, tuple[Callable[[Received, Scripted], Scripted], str, str]] = {
    "no terminal event": (in_body(rb"data: \[DONE\]\n\n", b""), "answer in a stream", StreamTruncatedError.__name__),
    "a total that is none": (in_body(rb'"total_tokens":\d+', b'"total_tokens":7'), "the parts make the total", "7 tok"),
    "half a character": (in_body("漢".encode(), b"\xe6\xbc"), "other scripts in pieces", "broken"),
    "pages for errors": (refused_as(b"<html>Not Found</html>", 404), "shape of errors", "not JSON"),
    "errors without words": (refused_as({"oops": True}, 404), "shape of errors", "no message"),
    "one status for all errors": (refused_as({"error": {"message": "no"}}, 500), "unknown model", "ServerError"),
    "keys as servers' faults": (refused_as({"error": {"message": "no"}}, 500), "wrong key", "not with 401 or 403"),
    "nothing is refused": (answered_anyway, "unknown model, asking for a stream", "as if nothing were wrong"),
    "everything makes sense": (answered_anyway, "half a body", "as if nothing were wrong"),
    "shape of no error": (answered_anyway, "shape of errors", "as if nothing were wrong"),
    "a list that names twice": (in_body(rb'"id": "tools"', b'"id": "chat"'), "models are listed", "twice"),
    "no list": (in_body(rb'\{"data": .*', b'{"data": []}'), "models are listed", "empty"),
    "whole for a stream": (
        lambda received, said: whole(b'{"choices":[]}') if said.whole is None else said,
        "answer in a stream", "answered a stream request with application/json",
    ),
    "nothing in streams": (
        lambda received, said: stream(b"data: [DONE]\n\n") if said.whole is None else said, "answer in a stream", ""
    ),
}  # fmt: skip


@pytest.mark.parametrize("name", LIES)
def test_a_lie_on_the_wire_is_found(name: str) -> None:
    lie, case, why = LIES[name]
    with upstream() as server:
        server.play(lying(Speaking("openai_chat"), lie))
        assert why in failures(examine(server.url))[case]


@pytest.mark.parametrize("dialect", CLIENT_SIDES)
def test_half_a_stream_is_found_in_every_format(dialect: str) -> None:
    def halved(received: Received, said: Scripted) -> Scripted:
        return msgspec.structs.replace(said, pieces=said.pieces[: len(said.pieces) // 2])

    with upstream() as server:
        server.play(lying(Speaking(dialect), halved))
        found = failures(examine(server.url, dialect))
        assert {"answer in a stream", "the same answer as whole", "usage is told in a stream"} <= found.keys()
        assert "plain answer" not in found


def test_a_plain_refusal_is_no_failure_unless_all_must_offer_it() -> None:
    def refusing(received: Received, said: Scripted) -> Scripted:
        told = whole({"error": {"message": "there are no tools here", "type": "invalid_request_error"}}, 400)
        return told if b'"tools"' in received.body or b'"role":"system"' in received.body else said

    with upstream() as server:
        server.play(lying(Speaking("openai_chat"), refusing))
        report = examine(server.url)
        assert set(failures(report)) == {"system message"}
        assert {"one call", "call in a stream", "choice: none", "two results"} <= lacking(report)
        assert report.row["tools"] == "no"


def test_later_is_waited_for_once() -> None:
    asked: list[bytes] = []

    def busy(received: Received, said: Scripted) -> Scripted:
        asked.append(received.body)
        first = asked.count(received.body) == 1 and said.status == 200
        return whole({"error": {"message": "later"}}, 429, retry_after="0") if first else said

    plain = [case for case in CASES if case.group == "chat"]
    with upstream() as server:
        server.play(lying(Speaking("openai_chat"), busy))
        assert failures(examine(server.url, cases=plain)) == {}
        server.play(lying(Speaking("openai_chat"), lambda received, said: whole(b"{}", 429, retry_after="0")))
        assert len(failures(examine(server.url, cases=plain))) == len(plain)


def test_who_leaves_closes_the_connection() -> None:
    def endless(received: Received, said: Scripted) -> Scripted:
        return said if said.whole is not None else msgspec.structs.replace(said, after="hang", pause=0.01)

    with upstream() as server:
        server.play(lying(Speaking("openai_chat"), endless))
        report = examine(
            server.url, cases=[case for case in CASES if case.name in ("plain answer", "leaving a stream")]
        )
        assert failures(report) == {}
        assert server.gone.wait(20)


def test_a_key_that_is_never_asked_for_is_found() -> None:
    config = msgspec.structs.replace(CONFIG, needs_key=True)
    report = asyncio.run(run_battery(Bench(SimulatedProvider(config), Tape(), "chat")))
    assert failures(report) == {
        "wrong key": "it was answered as if nothing were wrong",
        "wrong key, asking for a stream": "it was answered as if nothing were wrong",
    }


def test_what_cannot_be_asked_is_no_report() -> None:
    with upstream() as server:
        server.play(lying(Speaking("openai_chat"), lambda received, said: whole(b"{}", 401)))
        with pytest.raises(AuthenticationError):
            examine(server.url)
        server.close()
        with pytest.raises(ConnectionFailedError):
            examine(server.url)


def test_only_the_first_case_may_give_up() -> None:
    with upstream() as server:
        server.play(
            lying(
                Speaking("openai_chat"), lambda received, said: whole(b"{}", 401) if len(server.received) > 1 else said
            )
        )
        report = examine(
            server.url, cases=[case for case in CASES if case.group == "tools" or case.name == "plain answer"]
        )
        assert len(failures(report)) >= 15
        assert "AuthenticationError" in failures(report)["one call"]


def test_the_thinking_that_is_told_and_not_counted() -> None:
    def uncounted(request: ChatRequest, said: ChatResponse) -> ChatResponse:
        return msgspec.structs.replace(said, usage=TokenUsage(input=5, output=5, reasoning=0))

    with upstream() as server:
        server.play(Speaking("openai_responses", uncounted))
        assert "counts none" in failures(examine(server.url, "openai_responses", "reasoning"))["thinking is counted"]
