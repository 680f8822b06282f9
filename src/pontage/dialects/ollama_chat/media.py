"""Pictures, both ways: this format has their bytes as bare base64 and no media type. Floor 3; pure.

What a picture is, its first bytes tell; base64 is checked on the way in and never decoded.
"""

from __future__ import annotations

from typing import Final

from pontage.dialects.scope import Scope
from pontage.domain.parts import Image, Inline
from pontage.errors import InvalidRequestError

_ALPHABET: Final = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/"
_STARTS: Final = {"iVBORw0KGgo": "image/png", "/9j/": "image/jpeg", "R0lGOD": "image/gif", "UklGR": "image/webp"}
_UNKNOWN: Final = "image/png"


def media_type_of(base64: str) -> str:
    """What the first bytes of a picture say it is; PNG where they say nothing known."""
    return next((kind for start, kind in _STARTS.items() if base64.startswith(start)), _UNKNOWN)


def read_image(base64: str) -> Image:
    """The picture of these bytes."""
    return Image(source=Inline(media_type_of(base64), base64))


def require_base64(base64: str, param: str) -> None:
    """Raises InvalidRequestError naming `param` when this is not base64 with its padding; nothing is decoded."""
    body = base64[:-2] + base64[-2:].replace("=", "")
    whole = base64 and len(base64) % 4 == 0 and len(base64) - len(body) <= 2
    if not whole or not body.isascii() or body.encode().translate(None, _ALPHABET):
        raise InvalidRequestError(f"{param}: a picture is base64 and nothing before it", param=param)


def write_image(image: Image, scope: Scope, where: str) -> str | None:
    """The bytes of a picture; None, and a note, where they are elsewhere."""
    if not isinstance(image.source, Inline):
        scope.notes.unsupported(where, "pictures are sent with their bytes here; nothing is fetched")
        return None
    media_type, base64 = image.source.media_type, image.source.base64
    if media_type != media_type_of(base64):
        scope.notes.approximated(f"{where}.source.media_type", "the bytes have to tell what they are")
    if image.detail not in (None, "auto"):
        scope.notes.dropped(f"{where}.detail", "pictures have no level of detail here")
    return base64
