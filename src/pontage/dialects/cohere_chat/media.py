"""Where pictures and documents are: sources, both ways. Floor 3; pure.

Base64 stays base64; it is checked on the way in, never decoded. The one exception is a text document that another
format gave as base64: here documents are text.
"""

from __future__ import annotations

import binascii
from typing import Final

from pontage.dialects.scope import Scope
from pontage.domain.parts import Inline, Link, Plain, Source
from pontage.errors import InvalidRequestError

_MARK: Final = ";base64,"
_BASE64: Final = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/"


def read_url(url: str, param: str) -> Inline | Link:
    """The source behind a link or a data URL. Raises InvalidRequestError: no base64."""
    head, mark, data = url.partition(_MARK)
    if not mark or not head.startswith("data:"):
        return Link(url)
    body = data[:-2] + data[-2:].replace("=", "")
    if len(data) % 4 or not body.isascii() or body.encode().translate(None, _BASE64):
        raise InvalidRequestError("the data is not valid base64", param=param)
    return Inline(head.removeprefix("data:"), data)


def write_url(source: Source, scope: Scope, where: str) -> str | None:
    """The link or data URL of a picture; None, and a note, for one that has none."""
    match source:
        case Inline(media_type, base64):
            return f"data:{media_type}{_MARK}{base64}"
        case Link(url, media_type):
            if media_type is not None:
                scope.notes.dropped(f"{where}.source.media_type", "a link has no media type here")
            return url
        case _:
            scope.notes.unsupported(where, "pictures are given as data or by link")
            return None


def text_of(source: Source, scope: Scope, where: str) -> str | None:
    """A document's text; None, and a note, for one that is no text."""
    match source:
        case Plain(text=text, media_type=media_type):
            if media_type != "text/plain":
                scope.notes.approximated(f"{where}.source.media_type", "text has no media type here")
            return text
        case Inline(media_type, base64) if media_type.startswith("text/"):
            try:
                text = binascii.a2b_base64(base64).decode()
            except (binascii.Error, UnicodeDecodeError, ValueError):
                scope.notes.unsupported(where, "the text document is not UTF-8")
                return None
            scope.notes.approximated(f"{where}.source", "a text document is sent as text")
            return text
        case _:
            scope.notes.unsupported(where, "documents are text here")
            return None
