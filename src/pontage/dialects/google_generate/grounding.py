"""Floor 3. Citations: Google tells them beside the turn, in bytes; the canonical model at the text, in characters.

Google's own record stays whole in `Choice.extra` and is what goes back to a client of this format. A client of another
format reads the citations made from it here; and theirs become a record of Google's kind.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any, cast

import msgspec
from msgspec import Struct

from pontage.dialects.notes import Notes
from pontage.domain.parts import Citation, JSONObject, Part, Reasoning, Refusal, Text


def with_citations(parts: Sequence[Part], extra: JSONObject) -> tuple[Part, ...]:
    """`parts` with the citations that `groundingMetadata` and `citationMetadata` in `extra` tell of them."""
    found: dict[int, list[Citation]] = {}
    for index, citation in (*_grounded(parts, extra), *_recited(parts, extra)):
        found.setdefault(index, []).append(citation)
    return tuple(
        msgspec.structs.replace(part, citations=tuple(found[index])) if index in found else part
        for index, part in enumerate(parts)
    )


def _grounded(parts: Sequence[Part], extra: JSONObject) -> Iterator[tuple[int, Citation]]:
    metadata = _object(extra.get("groundingMetadata"))
    chunks = [_object(chunk) for chunk in _list(metadata.get("groundingChunks"))]
    for support in _list(metadata.get("groundingSupports")):
        fields = _object(support)
        place = _locate(parts, _object(fields.get("segment")))
        if place is None:
            continue
        for number in _list(fields.get("groundingChunkIndices")):
            if isinstance(number, int) and 0 <= number < len(chunks):
                index, start, end = place
                yield index, _citation(chunks[number], start, end)


def _citation(chunk: JSONObject, start: int, end: int) -> Citation:
    sources = [_object(value) for value in chunk.values()]
    source = next((found for found in sources if found), sources[0] if sources else chunk)
    return Citation(
        start=start,
        end=end,
        url=_text(source.get("uri")),
        title=_text(source.get("title")),
        quote=_text(source.get("text")),
    )


def _recited(parts: Sequence[Part], extra: JSONObject) -> Iterator[tuple[int, Citation]]:
    metadata = _object(extra.get("citationMetadata"))
    for source in _list(metadata.get("citations", metadata.get("citationSources"))):
        fields = _object(source)
        place = _locate(parts, {key: fields[key] for key in ("startIndex", "endIndex") if key in fields})
        terms = fields.get("license")
        if place is not None:
            index, start, end = place
            yield (
                index,
                Citation(
                    start=start,
                    end=end,
                    url=_text(fields.get("uri")),
                    title=_text(fields.get("title")),
                    extra={"license": terms} if terms else {},
                ),
            )


def _locate(parts: Sequence[Part], segment: JSONObject) -> tuple[int, int, int] | None:
    """The part a segment lies in, with its start and end in characters.

    `partIndex` is often left out although the text is not the first part, so the segment's own text decides.
    """
    texts = [(index, part.text) for index, part in enumerate(parts) if isinstance(part, Text)]
    wanted = _text(segment.get("text"))
    start, end = segment.get("startIndex", 0), segment.get("endIndex")
    named = segment.get("partIndex", 0)
    texts.sort(key=lambda entry: entry[0] != named)
    for index, text in texts:
        if isinstance(start, int) and isinstance(end, int):
            first, last = _character(text, start), _character(text, end)
            if (
                first is not None
                and last is not None
                and first <= last
                and (wanted is None or text[first:last] == wanted)
            ):
                return index, first, last
    for index, text in texts:
        at = text.find(wanted) if wanted else -1
        if wanted and at >= 0:
            return index, at, at + len(wanted)
    return None


def _character(text: str, offset: int) -> int | None:
    """The character at a byte offset of `text`; None when it lies outside of it or within a character."""
    if offset < 0:
        return None
    if text.isascii():
        return offset if offset <= len(text) else None
    data = text.encode("utf-8", "surrogatepass")
    if offset > len(data):
        return None
    try:
        return len(data[:offset].decode())
    except UnicodeDecodeError:
        return None


class Placed(Struct, frozen=True):
    """A text with citations, and where it is on the wire."""

    part: Text
    path: str  # of the part, for notes
    index: int  # of the part it stands in
    offset: int = 0  # bytes of that part before it


def placed(parts: Sequence[Part], written: Sequence[JSONObject], where: str) -> list[Placed]:
    """The texts of `parts` that have citations, with their index among the `written` ones."""
    found: list[Placed] = []
    index = 0
    for number, part in enumerate(parts):
        if isinstance(part, Text):
            while index < len(written) and (written[index].get("text") != part.text or "thought" in written[index]):
                index += 1
            if part.citations:
                found.append(Placed(part, f"{where}.parts[{number}]", index))
            index += 1
    return found


class Places:
    """Where the texts of a stream are for who reads it: text that follows itself is one part."""

    def __init__(self) -> None:
        self.texts: list[Placed] = []
        self._count = 0
        self._kind = ""  # of the part that may go on: "text", "thought", or none
        self._length = 0  # of that part in bytes

    def text(self, part: Text | Refusal | Reasoning, path: str, *, sealed: bool) -> None:
        """A text that was told in pieces; `sealed`: a signature ends it."""
        kind = "thought" if isinstance(part, Reasoning) else "text"
        if part.text or sealed:
            if kind != self._kind:
                self._count += 1
                self._length = 0
            if isinstance(part, Text) and part.citations:
                self.texts.append(Placed(part, path, self._count - 1, self._length))
            self._length += len(part.text.encode("utf-8", "replace"))
            self._kind = "" if sealed else kind

    def other(self, count: int) -> None:
        """Parts that were told whole."""
        if count:
            self._count += count
            self._kind = ""


def write_grounding(texts: Sequence[Placed], notes: Notes) -> JSONObject | None:
    """The `groundingMetadata` of texts that carry another format's citations; None when there are none."""
    chunks: list[JSONObject] = []
    supports: list[JSONObject] = []
    for text in texts:
        for number, citation in enumerate(text.part.citations):
            path = f"{text.path}.citations[{number}]"
            chunk = _chunk(citation, path, notes)
            if chunk not in chunks:
                chunks.append(chunk)
            segment = _segment(text, citation, path, notes)
            supports.append({"segment": segment, "groundingChunkIndices": [chunks.index(chunk)]})
    return {"groundingChunks": chunks, "groundingSupports": supports} if supports else None


def _chunk(citation: Citation, path: str, notes: Notes) -> JSONObject:
    notes.extras(citation.extra, path)
    title: JSONObject = {"title": citation.title} if citation.title is not None else {}
    if citation.quote is not None:
        link: JSONObject = {"uri": citation.url} if citation.url is not None else {}
        return {"retrievedContext": {**link, **title, "text": citation.quote}}
    return {"web": {"uri": citation.url, **title} if citation.url is not None else title}


def _segment(text: Placed, citation: Citation, path: str, notes: Notes) -> JSONObject:
    words = text.part.text
    start, end = citation.start, citation.end
    if start is None or end is None or not 0 <= start <= end <= len(words):
        notes.approximated(path, "a citation without a span stands for the whole text")
        start, end = 0, len(words)
    segment: JSONObject = {
        "startIndex": text.offset + len(words[:start].encode("utf-8", "replace")),
        "endIndex": text.offset + len(words[:end].encode("utf-8", "replace")),
        "text": words[start:end],
    }
    return {"partIndex": text.index, **segment} if text.index else segment


def _object(value: Any) -> JSONObject:
    return cast(JSONObject, value) if isinstance(value, dict) else {}


def _list(value: Any) -> list[Any]:
    return cast(list[Any], value) if isinstance(value, list) else []


def _text(value: Any) -> str | None:
    return value if isinstance(value, str) and value else None
