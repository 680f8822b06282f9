"""Bytes in messages: data URLs and bare base64, looked at but never decoded. Floor 3; pure."""

from __future__ import annotations

import re
from typing import Final

from pontage.domain.parts import Inline, Link, Source
from pontage.errors import InvalidRequestError

_BASE64: Final = re.compile(r"[A-Za-z0-9+/]*+={0,2}")
_MARK: Final = ";base64,"
_SOUNDS: Final = {"audio/mpeg": "mp3", "audio/x-wav": "wav", "audio/wave": "wav"}


def read_url(url: str, param: str) -> Inline | Link:
    """The source behind a link or a data URL. Raises InvalidRequestError for base64 that is none."""
    head, mark, data = url.partition(_MARK) if url.startswith("data:") else (url, "", "")
    return Inline(head[5:], require_base64(data, param)) if mark else Link(url)


def write_url(source: Source) -> str | None:
    """The link or data URL of `source`; None where it has none."""
    if isinstance(source, Inline):
        return f"data:{source.media_type}{_MARK}{source.base64}"
    return source.url if isinstance(source, Link) else None


def is_base64(data: str) -> bool:
    """Whether `data` is base64 with its padding."""
    return len(data) % 4 == 0 and _BASE64.fullmatch(data) is not None


def require_base64(data: str, param: str) -> str:
    """`data` itself. Raises InvalidRequestError when it is not base64 with its padding."""
    if not is_base64(data):
        raise InvalidRequestError(f"`{param}`: the data is not valid base64", param=param)
    return data


def sound_format(media_type: str) -> str:
    """The short name of a kind of sound."""
    return _SOUNDS.get(media_type, media_type.rpartition("/")[2])
