"""Floor 3. Pictures, sound, films and documents: `inlineData` and `fileData`, and the parts they are."""

from __future__ import annotations

import re
from base64 import b64encode
from typing import Final

from msgspec import UnsetType

from pontage.dialects.google_generate.types import Blob, FileData
from pontage.domain.parts import (
    Audio,
    Document,
    Image,
    Inline,
    JSONObject,
    Link,
    Nested,
    Plain,
    Ref,
    Source,
    Video,
)
from pontage.errors import InvalidRequestError

Media = Image | Audio | Video | Document

_BASE64 = re.compile(r"[A-Za-z0-9+/]*={0,2}")
_URL_SAFE = str.maketrans("-_", "+/")
_OWN_FILES = ("https://generativelanguage.googleapis.com/", "gs://", "files/")
_FALLBACK: Final = {Image: "image/jpeg", Audio: "audio/mpeg", Video: "video/mp4", Document: "application/pdf"}
_BY_SUFFIX: Final = {
    "png": "image/png", "jpg": "image/jpeg", "jpeg": "image/jpeg", "webp": "image/webp", "gif": "image/gif",
    "heic": "image/heic", "heif": "image/heif", "mp3": "audio/mp3", "wav": "audio/wav", "aac": "audio/aac",
    "ogg": "audio/ogg", "flac": "audio/flac", "aiff": "audio/aiff", "mp4": "video/mp4", "mov": "video/quicktime",
    "webm": "video/webm", "mpeg": "video/mpeg", "pdf": "application/pdf", "txt": "text/plain", "html": "text/html",
    "csv": "text/csv", "md": "text/markdown",
}  # fmt: skip


def standard_base64(data: str, where: str | None) -> str:
    """`data` in the standard alphabet and padded; protobuf's JSON also takes the URL-safe one, without padding.

    With a path (`where`) the data is a caller's and checked: InvalidRequestError.
    """
    if "-" in data or "_" in data:
        data = data.translate(_URL_SAFE)
    if len(data) % 4 in (2, 3) and not data.endswith("="):
        data += "=" * (-len(data) % 4)
    if where is not None and (len(data) % 4 or _BASE64.fullmatch(data) is None):
        raise InvalidRequestError(f"`{where}` is not valid base64", param=where)
    return data


def read_blob(blob: Blob, where: str | None) -> Inline:
    """The bytes of an `inlineData`."""
    return Inline(blob.mime_type or "", standard_base64(blob.data, f"{where}.data" if where is not None else None))


def read_file(file: FileData) -> Link | Ref:
    """The address of a `fileData`: a link the whole web can follow, or a file only Google has."""
    media_type = file.mime_type or None
    if file.file_uri.startswith(_OWN_FILES) or "://" not in file.file_uri:
        return Ref(file.file_uri, media_type)
    return Link(file.file_uri, media_type)


def read_media(source: Inline | Link | Ref) -> Media:
    """The part that these bytes are, by their media type. A file without one is a document."""
    kind = (source.media_type or "").partition("/")[0]
    match kind:
        case "image":
            return Image(source=source)
        case "audio":
            return Audio(source=source)
        case "video":
            return Video(source=source)
        case _:
            return Document(source=source)


class Unsayable(Exception):  # noqa: N818 - not an error: the writer turns it into a note
    """A source that this format has no way to say; the message says why."""


def write_source(part: Media, *, own: bool, carried: bool) -> tuple[JSONObject, tuple[str, str] | None]:
    """The wire object of a part's source, and what is not exact about it: (kind of note, detail).

    A link without a media type gets one from its suffix, or its part's usual one: without it the API cannot tell a
    picture from a document. Raises Unsayable for files that another provider keeps.
    """
    source: Source = part.source
    match source:
        case Inline(media_type, data):
            blob: JSONObject = {"mimeType": media_type, "data": data} if media_type else {"data": data}
            return {"inlineData": blob}, None
        case Plain(text, media_type):
            data = b64encode(text.encode("utf-8", "replace")).decode()
            return {"inlineData": {"mimeType": media_type, "data": data}}, ("approximated", "sent as a text file")
        case Link(url, media_type):
            if media_type or own:
                return {"fileData": _file(url, media_type)}, None
            guess = _BY_SUFFIX.get(url.partition("?")[0].rpartition(".")[2].lower())
            if guess is None or not isinstance(part, type(read_media(Link(url, guess)))):
                guess = _FALLBACK[type(part)]
            return {"fileData": _file(url, guess)}, ("injected", f"the format asks for a media type: {guess}")
        case Ref(id, media_type):
            if not carried:
                raise Unsayable("the file is kept by another provider")
            return {"fileData": _file(id, media_type)}, None
        case Nested():
            raise Unsayable("a document made of parts")


def _file(uri: str, media_type: str | None) -> JSONObject:
    return {"mimeType": media_type, "fileUri": uri} if media_type else {"fileUri": uri}


def is_set(value: object) -> bool:
    """Whether a field is there and not null."""
    return value is not None and not isinstance(value, UnsetType)
