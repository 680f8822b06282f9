"""Citations, both ways. Floor 3; pure.

A cited text block *is* the cited span, so `start` and `end` span the whole part. The place in the source (characters,
pages, blocks) has no canonical name and stays in `extra`.
"""

from __future__ import annotations

from pontage.domain.parts import Citation, JSONObject

_KIND = "web_search_result_location"
_DOCUMENTS = ("char_location", "page_location", "content_block_location")


def _title_field(kind: object) -> str:
    return "document_title" if kind in _DOCUMENTS else "title"


def _link_field(kind: object) -> str:
    return "source" if kind == "search_result_location" else "url"


def read_citation(wire: JSONObject, length: int) -> Citation:
    """The canonical citation on a text of `length` characters."""
    kind = wire.get("type")
    names = {"cited_text": "quote", _title_field(kind): "title", _link_field(kind): "url"}
    said = {names[key]: value for key, value in wire.items() if key in names and isinstance(value, str)}
    rest = {key: value for key, value in wire.items() if names.get(key) not in said and value is not None}
    return Citation(start=0, end=length, **said, extra=rest)


def write_citation(citation: Citation) -> JSONObject:
    """A citation that was read here, as it stood; one by a user of the SDK as a web search result."""
    kind = citation.extra.get("type", _KIND)
    said = {
        "type": kind,
        "cited_text": citation.quote,
        _title_field(kind): citation.title,
        _link_field(kind): citation.url,
    }
    return {**{key: value for key, value in said.items() if value is not None}, **citation.extra}
