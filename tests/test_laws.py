"""The laws of one dialect, on every recording of its format and on the project's own samples.

1. What was read is written again, the same as JSON; what needs no change goes out as the very same bytes.
2. Streams: however they are cut, and told a second time, they are the same events; the tap sees what the decoder sees.
3. A stream tells what the whole answer tells.
5. An error is the right error, reaches every client as such, and tells no secret.
The fourth law, of crossings, is in `test_crossing.py`.
"""

import collections
import json
import random
import re

import pytest
from msgspec.structs import replace

from pontage.dialects.bridge import is_content
from pontage.dialects.spelling import residue
from pontage.dialects.table import CLIENT_SIDES, PROVIDER_SIDES
from pontage.domain import ChatRequest, ChatResponse, Choice, Finished, collect
from pontage.errors import (
    AuthenticationError,
    ClientError,
    InvalidRequestError,
    PontageError,
    ProtocolError,
    UpstreamError,
)
from tests.conftest import Corpus, Figures
from tests.laws import differences
from tests.plain import plain
from tests.speaking import (
    DIALECTS,
    frames_of,
    framing_of,
    read_answer,
    read_request,
    read_stream,
    side_of,
    write_stream,
    written_answer,
    written_request,
)
from tests.specimens import Specimen, exemptions, specimens, under

MOST_EXEMPTIONS = 6
CUTS = 6  # of each stream; framing is tested at every byte in its own tests
SAID_BESIDE = re.compile(  # what a turn of a format may not repeat of an answer
    r"\.(id"  # Gemini's calls may have none: one is made by the answer's own id
    r"|citations"  # Gemini tells them beside the turn
    r"|source\.\w+|transcript|expires_at)$"  # OpenAI takes a voice back by its id
)
CREDENTIAL = re.compile(rb"sk-[A-Za-z0-9_-]{8}|AIza[A-Za-z0-9_-]{8}|gsk_[A-Za-z0-9]{8}|xai-[A-Za-z0-9]{8}")


def unspelled_request(request: ChatRequest) -> ChatRequest:
    """`request` without any memory of how it was written."""
    messages = tuple(replace(message, spelling=()) for message in request.messages)
    return replace(request, messages=messages, spelling=())


def unspelled_answer(answer: ChatResponse) -> ChatResponse:
    """`answer` without any memory of how it was written."""
    choices = tuple(replace(choice, message=replace(choice.message, spelling=())) for choice in answer.choices)
    return replace(answer, choices=choices, spelling=())


@pytest.mark.parametrize("specimen", under("request", lambda one: one.request))
def test_a_request_is_written_as_it_was_read(specimen: Specimen) -> None:
    assert specimen.request is not None
    encoded = PROVIDER_SIDES[specimen.dialect].encode_request(read_request(specimen))
    assert residue(json.loads(specimen.request), json.loads(encoded.body)) == ()
    assert encoded.notes == ()


@pytest.mark.parametrize("specimen", under("request means", lambda one: one.request))
def test_a_request_means_the_same_when_the_writer_chooses_the_words(specimen: Specimen) -> None:
    request = unspelled_request(read_request(specimen))
    again, notes = written_request(specimen.dialect, request)
    assert differences(request, again) == []
    assert notes == ()


@pytest.mark.parametrize("specimen", under("adjusted", lambda one: one.request))
def test_a_request_in_the_providers_own_format_goes_out_as_it_came(specimen: Specimen) -> None:
    assert specimen.request is not None
    side, peek = PROVIDER_SIDES[specimen.dialect], CLIENT_SIDES[specimen.dialect].peek_request(specimen.request)
    model = peek.model or specimen.model
    once = side.adjust_request(specimen.request, model, peek.stream)
    assert side.adjust_request(once, model, peek.stream) is once
    other = side.adjust_request(specimen.request, "another", peek.stream)
    for body, allowed in ((once, {"stream_options"}), (other, {"stream_options", "model"})):
        changed = residue(json.loads(specimen.request), json.loads(body))
        assert {spelling.path[0] for spelling in changed} <= allowed
    if peek.model is not None:
        assert json.loads(other)["model"] == "another"


@pytest.mark.parametrize("specimen", under("answer", lambda one: one.answer))
def test_an_answer_is_written_as_it_was_read(specimen: Specimen) -> None:
    assert specimen.answer is not None
    answer = read_answer(specimen)
    encoded = CLIENT_SIDES[specimen.dialect].encode_response(answer)
    assert residue(json.loads(specimen.answer), json.loads(encoded.body)) == ()
    assert encoded.notes == ()
    assert PROVIDER_SIDES[specimen.dialect].usage_of(specimen.answer) == answer.usage


@pytest.mark.parametrize("specimen", under("answer means", lambda one: one.answer))
def test_an_answer_means_the_same_when_the_writer_chooses_the_words(specimen: Specimen) -> None:
    answer = unspelled_answer(read_answer(specimen))
    again, notes = written_answer(specimen.dialect, answer)
    assert differences(answer, again) == []
    assert notes == ()


@pytest.mark.parametrize("specimen", under("replay", lambda one: one.answer))
def test_the_message_of_an_answer_can_be_sent_back_and_loses_nothing(specimen: Specimen) -> None:
    message = read_answer(specimen).message
    if not message.parts:
        return  # nothing was said, there is nothing to send back
    request = ChatRequest(model="m", messages=(message,))
    again, notes = written_request(specimen.dialect, request)
    assert [note for note in notes if note.kind == "dropped"] == []
    found = [one for one in differences(request, again) if one.path.startswith("messages")]
    assert [one for one in found if not SAID_BESIDE.search(one.path)] == []


@pytest.mark.parametrize("specimen", under("stream", lambda one: one.stream))
def test_a_stream_is_written_as_it_was_read(specimen: Specimen) -> None:
    assert specimen.stream is not None
    events = read_stream(side_of(specimen), specimen.stream)
    data, notes = write_stream(specimen.dialect, events, None)
    assert read_stream(PROVIDER_SIDES[specimen.dialect], data) == events
    assert notes == ()


@pytest.mark.parametrize("specimen", under("cuts", lambda one: one.stream))
def test_a_stream_is_the_same_however_it_is_cut(specimen: Specimen) -> None:
    assert specimen.stream is not None
    events = read_stream(side_of(specimen), specimen.stream)
    chance = random.Random(specimen.id)
    for _ in range(CUTS):
        cuts = sorted(chance.sample(range(len(specimen.stream)), min(len(specimen.stream), 3)))
        assert read_stream(side_of(specimen), specimen.stream, cuts) == events


@pytest.mark.parametrize("specimen", under("collect", lambda one: one.stream))
def test_a_collected_stream_is_an_answer_like_any_other(specimen: Specimen) -> None:
    assert specimen.stream is not None
    answer = collect(read_stream(side_of(specimen), specimen.stream))
    again, notes = written_answer(specimen.dialect, answer)
    assert differences(answer, again) == []
    assert notes == ()


@pytest.mark.parametrize("specimen", under("pair", lambda one: one.stream and one.answer))
def test_a_stream_tells_what_the_whole_answer_tells(specimen: Specimen) -> None:
    assert specimen.stream is not None
    whole = unspelled_answer(read_answer(specimen))
    told = collect(read_stream(side_of(specimen), specimen.stream))

    def essence(answer: ChatResponse) -> ChatResponse:
        """Without what a format says in one of the two forms only: its envelope fields and the record of its usage."""
        choices = tuple(
            Choice(message=choice.message, stop=choice.stop, logprobs=choice.logprobs) for choice in answer.choices
        )
        usage = None if answer.usage is None else replace(answer.usage, raw=None)
        return replace(answer, choices=choices, usage=usage, extra={})

    assert differences(whole, told) == []
    assert essence(told) == essence(whole)


@pytest.mark.parametrize("specimen", under("tap", lambda one: one.stream))
def test_the_tap_forwards_every_byte_and_sees_what_the_decoder_sees(specimen: Specimen) -> None:
    assert specimen.stream is not None
    tap = side_of(specimen).stream_tap(specimen.request or b"{}")
    frames = frames_of(side_of(specimen), specimen.stream)
    forwarded = [tap.feed(frame) for frame in frames]
    kept = [frame.raw for frame, sent in zip(frames, forwarded, strict=True) if sent]
    assert b"".join(forwarded) == b"".join(kept)
    owed = tap.end()
    assert owed == b"" or specimen.done_optional
    assert len(frames) - len(kept) <= 1
    events = read_stream(side_of(specimen), specimen.stream)
    finished = events[-1]
    assert isinstance(finished, Finished)
    assert plain(tap.usage) == plain(finished.usage)
    assert tap.finished
    assert tap.content or not any(is_content(event) for event in events[:-1])


@pytest.mark.parametrize("specimen", under("truncated", lambda one: one.stream))
def test_a_stream_that_breaks_off_is_never_a_whole_one(specimen: Specimen) -> None:
    assert specimen.stream is not None
    side = side_of(specimen)
    frames = frames_of(side_of(specimen), specimen.stream)
    decoder, tap = side.stream_decoder(), side.stream_tap(specimen.request or b"{}")
    for frame in frames[: len(frames) // 2]:
        assert not any(isinstance(event, Finished) for event in decoder.feed(frame))
        tap.feed(frame)
    if len(frames) > 3:  # a stream of one or two frames has its end in the first half
        with pytest.raises(UpstreamError):
            decoder.end()
        with pytest.raises(UpstreamError):
            tap.end()


@pytest.mark.parametrize("specimen", under("broken", lambda one: one.broken))
def test_an_error_in_a_stream_is_raised_by_whoever_reads_it(specimen: Specimen) -> None:
    assert specimen.broken is not None
    side = side_of(specimen)
    decoder, tap = side.stream_decoder(), side.stream_tap(specimen.request or b"{}")
    for feed in (decoder.feed, tap.feed):
        with pytest.raises(PontageError) as caught:
            collections.deque(map(feed, frames_of(side, specimen.broken)), maxlen=0)
        assert caught.value.message
        assert not isinstance(caught.value, ProtocolError)
    for client in CLIENT_SIDES.values():
        assert client.stream_encoder(None).fail(caught.value)


EXPECTED = {
    400: "ClientError", 401: "AuthenticationError", 403: "PermissionDeniedError", 404: "NotFoundError",
    413: "PayloadTooLargeError", 422: "InvalidRequestError", 500: "ServerError", 502: "ServerError",
    503: "OverloadedError", 529: "OverloadedError",
}  # fmt: skip


def ancestors(error: PontageError) -> set[str]:
    return {kind.__name__ for kind in type(error).__mro__}


@pytest.mark.parametrize("specimen", under("error", lambda one: one.error is not None))
def test_an_error_is_the_right_one_and_reaches_every_client_as_such(specimen: Specimen) -> None:
    assert specimen.error is not None
    error = PROVIDER_SIDES[specimen.dialect].decode_error(specimen.status, specimen.headers, specimen.error)
    expected = {"RateLimitedError", "QuotaExceededError"} if specimen.status == 429 else {EXPECTED[specimen.status]}
    assert ancestors(error) & expected, f"{specimen.status} became {type(error).__name__}"
    assert error.upstream_status == specimen.status
    assert error.message
    assert len(error.message) <= 2100
    for dialect in DIALECTS:
        status, body = CLIENT_SIDES[dialect].encode_error(error)
        assert (400 <= status < 500) == isinstance(error, ClientError)
        assert status == specimen.status or not isinstance(error, ClientError) or status == type(error).status
        assert not CREDENTIAL.search(body)
        assert type(error).code.encode() in body
        assert isinstance(json.loads(body), dict)


@pytest.mark.parametrize("dialect", DIALECTS)
@pytest.mark.parametrize("secret", ["sk-proj-abcDEF0123456789abcDEF012345", "AIzaSyA0123456789abcdefghijklmnopqrs"])
def test_an_error_that_echoes_a_key_keeps_it_secret(dialect: str, secret: str) -> None:
    said = {"message": f"Incorrect API key provided: {secret}.", "type": "authentication_error", "code": 401}
    for body in (json.dumps({"type": "error", "error": said}).encode(), f"<p>bad key {secret}</p>".encode()):
        error = PROVIDER_SIDES[dialect].decode_error(401, {"content-type": "application/json"}, body)
        assert isinstance(error, AuthenticationError)
        assert secret not in error.message
        for client in CLIENT_SIDES.values():
            assert secret.encode() not in client.encode_error(error)[1]


@pytest.mark.parametrize("dialect", DIALECTS)
def test_a_body_without_sense_is_a_typed_error(dialect: str) -> None:
    deep = b'{"model":"m","messages":' + b"[" * 200_000
    for body in (b"", b"[]", b"null", b"\xff", b"{", b'"x"', b"{}", deep, b'{"model":{}}', b'{"messages":[[[]]]}'):
        with pytest.raises(InvalidRequestError):
            CLIENT_SIDES[dialect].decode_request(body)
        if body != b"{}":
            with pytest.raises(ProtocolError):
                PROVIDER_SIDES[dialect].decode_response(body)


def test_specimens_are_read_and_few_are_exempt(corpus: Corpus, figures: Figures) -> None:
    known = specimens()
    recorded = {exchange.id for exchange in corpus.exchanges(lambda one: one.id in {specimen.id for specimen in known})}
    figures("specimens under the laws, recorded", len(recorded))
    figures("specimens under the laws, own samples", len(known) - len(recorded))
    assert len(exemptions()) <= MOST_EXEMPTIONS
    if recorded:
        assert {identity for identity, _ in exemptions()} <= {specimen.id for specimen in known}


def test_a_stream_in_another_framing_is_told_by_its_first_byte() -> None:
    side = PROVIDER_SIDES[DIALECTS[0]]
    assert type(framing_of(side, b" [{}]")) is not type(framing_of(side, b"data: [1]\n\n"))
