"""Citations, both ways: `annotations` beside the content count characters of the whole content. Floor 3; pure."""

from __future__ import annotations

from collections.abc import Sequence

from pontage.dialects.codec import Unknown
from pontage.dialects.openai_chat.message_types import Annotation, said
from pontage.dialects.openai_chat.variant import Scope, kept
from pontage.dialects.scope import put_extra
from pontage.domain.parts import Citation, JSONObject, Text


def decode_annotations(annotations: Sequence[Annotation]) -> tuple[tuple[Citation, ...], list[JSONObject]]:
    """The citations among the annotations, and the annotations of other kinds as they are."""
    found: list[Citation] = []
    others: list[JSONObject] = []
    for annotation in annotations:
        if isinstance(annotation, Unknown):
            others.append(annotation.data)
            continue
        page = annotation.url_citation
        found.append(
            Citation(
                start=said(page.start_index),
                end=said(page.end_index),
                url=said(page.url),
                title=said(page.title),
                quote=said(page.content),
                extra=kept({**annotation.extra, **page.extra}),
            )
        )
    return tuple(found), others


def encode_annotations(text: Text, where: str, offset: int, scope: Scope) -> list[JSONObject]:
    """The annotations of one text that begins `offset` characters into the content. What another provider cites is told
    when it is a page of the web."""
    found: list[JSONObject] = []
    for index, citation in enumerate(text.citations):
        path = f"{where}.citations[{index}]"
        if citation.url is None and not scope.carried:
            scope.notes.dropped(path, "only pages of the web are cited here")
        else:
            found.append(_encode_citation(citation, path, offset, scope))
    return found


def _encode_citation(citation: Citation, where: str, offset: int, scope: Scope) -> JSONObject:
    page: JSONObject = {}
    for name, value in (("start_index", citation.start), ("end_index", citation.end)):
        if value is not None:
            page[name] = value + offset
    for name, value in (("url", citation.url), ("title", citation.title), ("content", citation.quote)):
        if value is not None:
            page[name] = value
    put_extra(page, citation.extra, scope, where)
    return {"type": "url_citation", "url_citation": page}
