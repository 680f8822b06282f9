"""What a text leans on, both ways. Floor 3; pure.

Only pages of the web have a canonical name; citations of stored files keep what else they say in `extra`.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from pontage.dialects.openai_responses.names import Scope, put_extra
from pontage.domain.parts import Citation, JSONObject, Text

_PAGE: Final = "url_citation"
_NAMES: Final[dict[str, tuple[str, type]]] = {
    "start_index": ("start", int),
    "end_index": ("end", int),
    "url": ("url", str),
    "title": ("title", str),
}


def read_annotations(annotations: Sequence[JSONObject]) -> tuple[Citation, ...]:
    """The citations."""
    return tuple([read_annotation(annotation) for annotation in annotations])


def read_annotation(annotation: JSONObject) -> Citation:
    """One citation."""
    said: JSONObject = {}
    extra: JSONObject = {}
    for key, value in annotation.items():
        name, kind = _NAMES.get(key, ("", str))
        if name and isinstance(value, kind) and not isinstance(value, bool):
            said[name] = value
        elif (key, value) != ("type", _PAGE) and value is not None:
            extra[key] = value
    return Citation(**said, extra=extra)


def write_annotations(text: Text, scope: Scope, where: str) -> list[JSONObject]:
    """The annotations of one text. What another provider cites is told when it is a page of the web."""
    found: list[JSONObject] = []
    for number, citation in enumerate(text.citations):
        path = f"{where}.citations[{number}]"
        if not scope.carried and citation.url is None:
            scope.notes.dropped(path, "only pages of the web are cited here")
            continue
        found.append(_write_citation(citation, scope, path))
    return found


def _write_citation(citation: Citation, scope: Scope, where: str) -> JSONObject:
    said: JSONObject = {}
    for key, (name, _) in _NAMES.items():
        value = getattr(citation, name)
        if value is not None:
            said[key] = value
    if citation.quote is not None:
        scope.notes.dropped(f"{where}.quote", "a citation has no quote here")
    put_extra(said, citation.extra, scope, where)
    return {"type": _PAGE, **said}
