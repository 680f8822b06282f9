"""Bytes in requests: data URLs and bare base64, looked at but never decoded. Floor 3; pure."""

from __future__ import annotations

import re
from typing import Final

from pontage.domain.parts import Inline, Link, Source
from pontage.errors import InvalidRequestError

_BASE64: Final = re.compile(r"[A-Za-z0-9+/]*+={0,2}")
_MARK: Final = ";base64,"
_FORMAT_OF: Final = {"audio/mpeg": "mp3", "audio/x-wav": "wav", "audio/wave": "wav"}


def decode_url(url: str, param: str) -> Inline | Link:
    """The source behind a link or a data URL. Raises InvalidRequestError for base64 that is none."""
    if not url.startswith("data:"):
        return Link(url)
    head, mark, data = url.partition(_MARK)
    if not mark:
        return Link(url)
    return Inline(head[5:], checked_base64(data, param))


def encode_url(source: Source) -> str | None:
    """The link or data URL of `source`, or None where it has none."""
    if isinstance(source, Inline):
        return f"data:{source.media_type}{_MARK}{source.base64}"
    return source.url if isinstance(source, Link) else None


def checked_base64(data: str, param: str) -> str:
    """`data` itself. Raises InvalidRequestError when it is not base64 with its padding."""
    if len(data) % 4 or _BASE64.fullmatch(data) is None:
        raise InvalidRequestError(f"`{param}`: the data is not valid base64", param=param)
    return data


def audio_type(name: str) -> str:
    """The media type of sound by its short name."""
    return f"audio/{name}"


def audio_format(media_type: str) -> str:
    """The short name of a kind of sound."""
    return _FORMAT_OF.get(media_type, media_type.rpartition("/")[2])
