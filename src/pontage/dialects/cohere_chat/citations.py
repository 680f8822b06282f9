"""Citations, both ways. Floor 3; pure.

On the wire they stand beside the content and name the block that they are about; here they are the text's own. `text`
repeats the cited words, so it is kept only where it says others. A source is an object of the caller's own making: its
`title`, `url` and `text` are read where it has them, and unless that is all of it, it is kept whole in `extra`.
"""

from __future__ import annotations

from typing import Any, Final, cast

from pontage.dialects.cohere_chat.types import CITATION, CitationObject
from pontage.dialects.scope import Scope, put_extra
from pontage.domain.parts import Citation, JSONObject, Text

ABOUT_TEXT: Final = "TEXT_CONTENT"
_NAMES: Final = (("title", "title"), ("url", "url"), ("text", "quote"))


def is_about_text(wire: CitationObject) -> bool:
    """Whether it is about visible text: citations of the thinking or of the plan have no canonical place."""
    return wire.type in (None, ABOUT_TEXT)


def read_citation(wire: CitationObject, text: str) -> Citation:
    """The canonical citation on `text`."""
    extra = {name: value for name, value in wire.extra.items() if value is not None}
    said = _said_of(wire.sources or [])
    title, url, quote = said.get("title"), said.get("url"), said.get("quote")
    cited = Citation(start=wire.start, end=wire.end, url=url, title=title, quote=quote, extra=extra)
    if wire.sources and wire.sources != _sources(cited):
        extra["sources"] = wire.sources
    if wire.text is not None and wire.text != _words(cited, text):
        extra["text"] = wire.text
    return cited


def write_citation(cited: Citation, text: str, content_index: int, scope: Scope, where: str) -> JSONObject:
    """The citation on the wire. `text` is the block's, `content_index` its number."""
    said: JSONObject = {}
    if cited.start is not None:
        said["start"] = cited.start
    if cited.end is not None:
        said["end"] = cited.end
    words = cited.extra.get("text") if scope.carried else None
    words = words if isinstance(words, str) else _words(cited, text)
    if words is not None:
        said["text"] = words
    given = cited.extra.get("sources") if scope.carried else None
    said["sources"] = cast(list[Any], given) if isinstance(given, list) else _sources(cited)
    said |= {"content_index": content_index, "type": ABOUT_TEXT}
    rest = {name: value for name, value in cited.extra.items() if name not in said} if scope.carried else cited.extra
    put_extra(said, rest, scope, where)
    return said


def write_citations(part: Text, content_index: int, scope: Scope, where: str) -> list[JSONObject]:
    """All citations of a text."""
    return [
        write_citation(cited, part.text, content_index, scope, f"{where}.citations[{number}]")
        for number, cited in enumerate(part.citations)
    ]


def as_written(wire: CitationObject) -> JSONObject:
    """The citation as plain JSON values."""
    return cast(JSONObject, CITATION.builtins(wire))


def _words(cited: Citation, text: str) -> str | None:
    if cited.start is None or cited.end is None:
        return None
    return text[max(cited.start, 0) : max(cited.end, 0)]


def _said_of(sources: list[JSONObject]) -> dict[str, str]:
    """Title, link and words of the first source, where it tells them."""
    first = sources[0] if sources else {}
    about: Any = first.get("document") or first.get("tool_output")
    fields = cast(JSONObject, about) if isinstance(about, dict) else {}
    return {name: fields[key] for key, name in _NAMES if isinstance(fields.get(key), str)}


def _sources(cited: Citation) -> list[JSONObject]:
    """The source that a citation of another format names, as a document."""
    fields = {key: getattr(cited, name) for key, name in _NAMES if getattr(cited, name) is not None}
    identity = cited.url or cited.title
    named = {} if identity is None else {"id": identity}
    return [{"type": "document", **named, "document": fields}] if fields else []
