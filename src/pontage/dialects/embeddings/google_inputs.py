"""What Gemini makes vectors of: contents of texts, media and files, both ways. Floor 3; pure."""

from __future__ import annotations

from typing import Final

from msgspec import UNSET, UnsetType

from pontage.dialects.codec import Wire
from pontage.dialects.embeddings.inputs import no_ids
from pontage.dialects.operation import told
from pontage.domain.embeddings import Content, EmbeddingInput, TokenIds
from pontage.domain.parts import Audio, Document, Image, Inline, JSONObject, Link, Part, Ref, Text, Video
from pontage.errors import InvalidRequestError

_MEDIA: Final = {"image": Image, "audio": Audio, "video": Video}


class Blob(Wire, rename="camel"):
    """Bytes in the request."""

    data: str
    mime_type: str = ""


class File(Wire, rename="camel"):
    """A file elsewhere."""

    file_uri: str
    mime_type: str | UnsetType | None = UNSET


class Piece(Wire, rename="camel"):
    """A part of an input."""

    text: str | UnsetType = UNSET
    inline_data: Blob | UnsetType = UNSET
    file_data: File | UnsetType = UNSET


class Whole(Wire):
    """An input."""

    parts: list[Piece]
    role: str | UnsetType | None = UNSET


def read_input(content: Whole, where: str) -> EmbeddingInput:
    """The text, or the parts, of a `content` at `where`. Raises InvalidRequestError."""
    parts = tuple(_part(piece, f"{where}.parts[{index}]") for index, piece in enumerate(content.parts))
    if not parts:
        raise InvalidRequestError(f"`{where}.parts` is empty", param=f"{where}.parts")
    return parts[0].text if len(parts) == 1 and isinstance(parts[0], Text) else Content(parts)


def _part(piece: Piece, where: str) -> Part:
    if piece.text is not UNSET:
        return Text(text=piece.text)
    if piece.inline_data is not UNSET:
        source: Inline | Link | Ref = Inline(piece.inline_data.mime_type, piece.inline_data.data)
    elif piece.file_data is not UNSET:
        uri, media_type = piece.file_data.file_uri, told(piece.file_data.mime_type)
        source = Link(uri, media_type) if uri.startswith(("http://", "https://")) else Ref(uri, media_type)
    else:
        raise InvalidRequestError(f"`{where}` has no text, inlineData or fileData", param=where)
    return _MEDIA.get((source.media_type or "").partition("/")[0], Document)(source=source)


def write_input(one: EmbeddingInput, number: int) -> list[JSONObject]:
    """The parts of input `number`. Raises InvalidRequestError for what the format has no place for."""
    match one:
        case str():
            return [{"text": one}]
        case TokenIds():
            raise no_ids(number)
        case Content(parts):
            return [_say_part(part, f"inputs[{number}]") for part in parts]


def _say_part(part: Part, where: str) -> JSONObject:
    match part:
        case Text(text=text):
            return {"text": text}
        case Image() | Audio() | Video() | Document():
            match part.source:
                case Inline(media_type, data):
                    return {"inlineData": {"mimeType": media_type, "data": data}}
                case Link(uri, media_type) | Ref(uri, media_type):
                    named = {"mimeType": media_type} if media_type is not None else {}
                    return {"fileData": {**named, "fileUri": uri}}
                case _:
                    pass
        case _:
            pass
    raise InvalidRequestError("this provider makes vectors of texts, media and files only", param=where)
