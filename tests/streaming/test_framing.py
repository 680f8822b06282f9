"""The three framings: what each reads, and that no cut of the bytes changes it."""

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pontage.errors import ProtocolError
from pontage.streaming.framing import (
    Framing,
    JSONArrayDecoder,
    NDJSONDecoder,
    SSEDecoder,
    encode_ndjson,
    encode_sse,
)
from tests.streaming.cuts import Event, events_by_the_standard, read, read_all_cuts

SSE_SAMPLES: dict[str, tuple[bytes, list[Event]]] = {
    "one line": (b"data: {}\n\n", [("", b"{}")]),
    "no space after the colon": (b"data:{}\n\n", [("", b"{}")]),
    "only one space is dropped": (b"data:  {} \n\n", [("", b" {} ")]),
    "several events": (b"data: 1\n\ndata: 2\n\n\ndata: 3\n\n", [("", b"1"), ("", b"2"), ("", b"3")]),
    "several lines": (b"data: {\ndata: }\n\n", [("", b"{\n}")]),
    "an empty line of data": (b"data\ndata:\ndata: x\n\n", [("", b"\n\nx")]),
    "empty data is an event": (b"data:\n\ndata\n\n", [("", b""), ("", b"")]),
    "named": (b"event: ping\ndata: {}\n\ndata: 1\n\n", [("ping", b"{}"), ("", b"1")]),
    "name behind, twice, empty": (b"event: a\ndata: 1\nevent:b\n\nevent: c\nevent\ndata: 2\n\n", [
        ("b", b"1"), ("", b"2"),
    ]),
    "a name without data is no event": (b"event: ping\n\ndata: 1\n\n", [("", b"1")]),
    "id, retry and strangers": (b"id: 7\nretry: 10\ndata: 1\nwhat: 2\nnonsense\n\n", [("", b"1")]),
    "comments": (b": hello\n\n:\ndata: 1\n: in between\ndata: 2\n\n: bye\n\n", [("", b"1\n2")]),
    "CRLF": (b"event: a\r\ndata: 1\r\n\r\ndata: 2\r\n\r\n", [("a", b"1"), ("", b"2")]),
    "CR": (b"event: a\rdata: 1\r\rdata: 2\r\r", [("a", b"1"), ("", b"2")]),
    "all mixed": (b"data: 1\r\ndata: 2\rdata: 3\n\r\ndata: 4\r\n\ndata: 5\n\rdata: 6\r\r\n", [
        ("", b"1\n2\n3"), ("", b"4"), ("", b"5"), ("", b"6"),
    ]),
    "a CR inside of what looks like one line": (b"data: 1\rdata: 2\n\n", [("", b"1\n2")]),
    "byte order mark": (b"\xef\xbb\xbfdata: 1\n\ndata: 2\n\n", [("", b"1"), ("", b"2")]),
    "a second mark is no mark": (b"data: 1\n\n\xef\xbb\xbfdata: 2\n\n", [("", b"1")]),
    "not UTF-8": (b"event: \xff\ndata: a\xc3\xff\n\ndata: \xc3\xa4\n\n", [
        ("\ufffd", b"a\xef\xbf\xbd\xef\xbf\xbd"), ("", b"\xc3\xa4"),
    ]),
    "no last blank line": (b"data: 1\n\ndata: [DONE]\n", [("", b"1"), ("", b"[DONE]")]),
    "no last line end": (b"data: 1\n\ndata: [DONE]", [("", b"1"), ("", b"[DONE]")]),
    "cut off in a name": (b"data: 1\n\nda", [("", b"1")]),
    "a mark and no line end": (b"\xef\xbb\xbfdata: 1", [("", b"1")]),
    "nothing": (b"", []),
    "blank lines only": (b"\n\r\n\n\r\r", []),
}  # fmt: skip

NDJSON_SAMPLES: dict[str, tuple[bytes, list[Event]]] = {
    "lines": (b'{"a":1}\n{"b":2}\n', [("", b'{"a":1}'), ("", b'{"b":2}')]),
    "CRLF and blank lines": (b"\r\n{}\r\n\n \n[1]\r\n", [("", b"{}"), ("", b"[1]")]),
    "no last line end": (b"{}\n{}", [("", b"{}"), ("", b"{}")]),
    "byte order mark": (b"\xef\xbb\xbf{}\n", [("", b"{}")]),
    "not UTF-8": (b'{"a":"\xff"}\n', [("", b'{"a":"\xef\xbf\xbd"}')]),
    "nothing": (b"", []),
}

ARRAY_SAMPLES: dict[str, tuple[bytes, list[Event]]] = {
    "as Google sends it": (b'[{\n  "a": 1\n}\n,\r\n{"b": {"c": [{}]}}\n]\n', [
        ("", b'{\n  "a": 1\n}'), ("", b'{"b": {"c": [{}]}}'),
    ]),
    "compact": (b"[{},{},{}]", [("", b"{}"), ("", b"{}"), ("", b"{}")]),
    "brackets and quotes in strings": (b'[{"}{":"]\\"}\\\\"},{"\\\\\\"":{"{":"["}}]', [
        ("", b'{"}{":"]\\"}\\\\"}'), ("", b'{"\\\\\\"":{"{":"["}}'),
    ]),
    "not UTF-8": (b'[{"a":"\xff"}]', [("", b'{"a":"\xef\xbf\xbd"}')]),
    "empty": (b" [ ] ", []),
    "cut off between elements": (b"[{},", [("", b"{}")]),
    "cut off in an element": (b'[{},{"a', [("", b"{}")]),
    "nothing": (b"", []),
}  # fmt: skip


@pytest.mark.parametrize("name", SSE_SAMPLES)
def test_sse_reads_the_same_events_for_every_cut(name: str) -> None:
    stream, events = SSE_SAMPLES[name]
    assert read_all_cuts(SSEDecoder, stream) == events


@pytest.mark.parametrize("name", NDJSON_SAMPLES)
def test_ndjson_reads_the_same_lines_for_every_cut(name: str) -> None:
    stream, events = NDJSON_SAMPLES[name]
    assert read_all_cuts(NDJSONDecoder, stream) == events


@pytest.mark.parametrize("name", ARRAY_SAMPLES)
def test_an_array_yields_the_same_elements_for_every_cut(name: str) -> None:
    stream, events = ARRAY_SAMPLES[name]
    assert read_all_cuts(JSONArrayDecoder, stream) == events


FRAGMENTS = [
    b"data: x",
    b"data",
    b":",
    b" ",
    b"event: e",
    b"\n",
    b"\r",
    b"\r\n",
    b"\n\n",
    b"\xef\xbb\xbf",
    b"\xff",
    b"id: 1",
    b"{}",
]


@given(st.lists(st.sampled_from(FRAGMENTS), max_size=20).map(b"".join), st.data())
def test_no_cut_of_any_stream_changes_the_events(stream: bytes, data: st.DataObject) -> None:
    cuts = data.draw(st.lists(st.integers(0, len(stream)), max_size=8).map(sorted))
    for decoder in (SSEDecoder, NDJSONDecoder):
        whole = read(decoder, stream)
        assert read(decoder, stream, cuts) == whole
        assert read(decoder, stream, range(len(stream))) == whole
    assert read(SSEDecoder, stream) == events_by_the_standard(stream)


@given(st.lists(st.dictionaries(st.text(max_size=5), st.text() | st.integers() | st.lists(st.text()))), st.data())
def test_no_cut_of_any_array_changes_the_elements(elements: list[object], data: st.DataObject) -> None:
    stream = json.dumps(elements, ensure_ascii=data.draw(st.booleans())).encode()
    cuts = data.draw(st.lists(st.integers(0, len(stream)), max_size=8).map(sorted))
    events = read(JSONArrayDecoder, stream, cuts)
    assert [json.loads(element) for _, element in events] == elements
    assert read(JSONArrayDecoder, stream, range(len(stream))) == events


def test_an_event_is_handed_on_with_its_last_byte() -> None:
    for stream in (b"data: 1\n\n", b"data: 1\r\n\r", b"data: 1\r\r"):
        decoder = SSEDecoder()
        assert decoder.feed(stream[:-1]) == []
        assert [frame.data for frame in decoder.feed(stream[-1:])] == [b"1"]
    array = JSONArrayDecoder()
    assert array.feed(b"[{") == []
    assert [frame.data for frame in array.feed(b"}")] == [b"{}"]


def test_raw_holds_the_comments_before_an_event() -> None:
    decoder = SSEDecoder()
    assert decoder.feed(b": keep-alive\n\n") == []
    assert decoder.remainder == b": keep-alive\n\n"
    (frame,) = decoder.feed(b":\ndata: 1\n\n: next")
    assert frame.raw == b": keep-alive\n\n:\ndata: 1\n\n"
    assert decoder.end() == []
    assert decoder.remainder == b": next"


def test_the_end_is_the_end_only_once() -> None:
    decoder = SSEDecoder()
    decoder.feed(b"data: 1")
    assert [frame.data for frame in decoder.end()] == [b"1"]
    assert decoder.end() == []


@pytest.mark.parametrize("decoder", [SSEDecoder, NDJSONDecoder, JSONArrayDecoder])
@pytest.mark.parametrize("whole", [True, False])
def test_a_frame_over_the_limit_is_refused(decoder: type[Framing], whole: bool) -> None:
    small, large = {
        SSEDecoder: (b"data: 23\n\n", b"data: 234\n\n"),
        NDJSONDecoder: (b'"3456789"\n', b'"3456789X"\n'),
        JSONArrayDecoder: (b'[{"4567":9}', b'[{"45678":0}')
    }[decoder]  # fmt: skip
    limit = len(small)
    cuts = [] if whole else range(len(large))
    assert len(read(lambda: decoder(limit=limit), small, cuts)) == 1
    with pytest.raises(ProtocolError):
        read(lambda: decoder(limit=limit), large, cuts)


@pytest.mark.parametrize("decoder", [SSEDecoder, NDJSONDecoder])
def test_many_small_frames_at_once_are_not_over_the_limit(decoder: type[Framing]) -> None:
    assert len(read(lambda: decoder(limit=20), b"data: 1\n\n" * 5)) == 5


def test_endless_comments_are_refused() -> None:
    with pytest.raises(ProtocolError):
        read(lambda: SSEDecoder(limit=50), b": comment\n\n" * 10, range(0, 110, 11))


@pytest.mark.parametrize("stream", [b"{}", b"[1]", b"[{} {}]", b"[{},]", b"[{}]]", b"[,", b"data: {}"])
def test_what_is_no_array_of_objects_is_refused(stream: bytes) -> None:
    for cuts in ([], range(len(stream))):
        with pytest.raises(ProtocolError):
            read(JSONArrayDecoder, stream, cuts)


@given(
    st.text(st.characters(exclude_characters="\r", exclude_categories=["Cs"])),
    st.from_regex("[a-z_.]*", fullmatch=True),
)
def test_what_is_encoded_as_an_event_is_read_again(text: str, event: str) -> None:
    assert read(SSEDecoder, encode_sse(text.encode(), event)) == [(event, text.encode())]


def test_encoded_bytes_are_the_customary_ones() -> None:
    assert encode_sse(b"{}") == b"data: {}\n\n"
    assert encode_sse(b"{}", "ping") == b"event: ping\ndata: {}\n\n"
    assert encode_sse(b"a\r\nb\rc\n") == b"data: a\ndata: b\ndata: c\ndata: \n\n"
    assert encode_ndjson(b"{}") == b"{}\n"
    assert encode_ndjson(b'{\n"a": 1}') == b'{ "a": 1}\n'
