"""Content parts, both ways: text, pictures, sound, video, documents. Floor 3; pure.

What the format cannot say is left out with a note, except for plain text documents: they become fenced text.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Final, assert_never

from pontage.dialects.codec import Unknown
from pontage.dialects.filenames import made_up_name, told_name
from pontage.dialects.openai_chat import message_types as wires
from pontage.dialects.openai_chat.caching import decode_cache, encode_cache
from pontage.dialects.openai_chat.media import audio_format, audio_type, checked_base64, decode_url, encode_url
from pontage.dialects.openai_chat.message_types import said
from pontage.dialects.openai_chat.variant import Scope, kept
from pontage.dialects.scope import put_extra
from pontage.domain.parts import (
    Audio,
    Cache,
    Document,
    Image,
    Inline,
    JSONObject,
    Link,
    Nested,
    Opaque,
    Part,
    Plain,
    Ref,
    Refusal,
    Source,
    Text,
    Video,
)
from pontage.errors import InvalidRequestError

_AUDIO_FORMATS: Final = ("wav", "mp3")

Placed = tuple[str, Part]
"""A part and its canonical path."""


def decode_content(content: wires.Content, param: str) -> tuple[Part, ...]:
    """The parts of a message's content; an empty string says nothing. `param` is the content's path."""
    if isinstance(content, str):
        return (Text(text=content),) if content else ()
    return tuple([decode_part(part, f"{param}[{index}]") for index, part in enumerate(content)])


def decode_part(part: wires.Part, param: str) -> Part:
    """One content part. Raises InvalidRequestError for data that is no base64, or a file that is nowhere."""
    if isinstance(part, Unknown):
        return Opaque(data=part.data)
    cache, marks = decode_cache(said(part.cache_control) or said(part.prompt_cache_breakpoint))
    match part:
        case wires.TextPart():
            return Text(text=part.text, cache=cache, extra=kept(part.extra, cache_control=marks))
        case wires.RefusalPart():
            return Refusal(text=part.refusal, cache=cache, extra=kept(part.extra))
        case wires.ImagePart():
            return _decode_image(part, cache, f"{param}.image_url")
        case wires.AudioPart():
            sound = part.input_audio
            data = checked_base64(sound.data, f"{param}.input_audio.data")
            extra = kept(part.extra, input_audio=sound.extra)
            return Audio(source=Inline(audio_type(sound.format), data), cache=cache, extra=extra)
        case wires.AudioLinkPart():
            source = decode_url(part.audio_url.url, f"{param}.audio_url.url")
            return Audio(source=source, cache=cache, extra=kept(part.extra, audio_url=part.audio_url.extra))
        case wires.VideoPart():
            source = decode_url(part.video_url.url, f"{param}.video_url.url")
            return Video(source=source, cache=cache, extra=kept(part.extra, video_url=part.video_url.extra))
        case wires.FilePart():
            file = part.file
            extra = kept(part.extra, file=file.extra)
            title = said(file.filename)
            source = _file_source(file, f"{param}.file")
            return Document(source=source, title=told_name(title), cache=cache, extra=extra)
        case _:
            assert_never(part)


def _decode_image(part: wires.ImagePart, cache: Cache | None, param: str) -> Image:
    image = part.image_url
    if isinstance(image, str):
        return Image(source=decode_url(image, param), cache=cache, extra=kept(part.extra))
    source = decode_url(image.url, f"{param}.url")
    return Image(source=source, detail=said(image.detail), cache=cache, extra=kept(part.extra, image_url=image.extra))


def _file_source(file: wires.FileBody, param: str) -> Source:
    identity, data = said(file.file_id), said(file.file_data)
    if data:
        source = decode_url(data, f"{param}.file_data")
        if isinstance(source, Inline) or data.startswith(("https://", "http://")):
            return source
        raise InvalidRequestError(f"`{param}.file_data`: a data URL is expected", param=f"{param}.file_data")
    if identity:
        return Ref(identity)
    raise InvalidRequestError(f"`{param}`: neither `file_data` nor `file_id` is given", param=param)


def encode_content(parts: Iterable[Placed], scope: Scope) -> str | list[JSONObject]:
    """The content that these parts make: a string where they are no more than one plain text."""
    placed = list(parts)
    if len(placed) == 1 and isinstance(text := placed[0][1], Text) and text == Text(text=text.text):
        return text.text
    return [wire for where, part in placed for wire in encode_part(part, where, scope)] or ""


def encode_part(part: Part, where: str, scope: Scope) -> list[JSONObject]:
    """The wire parts of one part: one, none with a note, or several for a document made of parts."""
    wire: JSONObject
    match part:
        case Text():
            if part.citations:
                scope.notes.dropped(f"{where}.citations", "no place for them in content")
            wire = {"type": "text", "text": part.text}
        case Refusal():
            wire = {"type": "refusal", "refusal": part.text}
        case Image():
            return _encode_image(part, where, scope)
        case Audio():
            return _encode_audio(part, where, scope)
        case Video():
            return _encode_video(part, where, scope)
        case Document():
            return _encode_document(part, where, scope)
        case Opaque():
            if scope.carried:
                return [part.data]
            scope.notes.dropped(where, "a block of another format")
            return []
        case _:
            scope.notes.unsupported(where, f"no {part.__struct_config__.tag} in this place")
            return []
    return [_finish(wire, part, where, scope)]


def _finish(wire: JSONObject, part: Part, where: str, scope: Scope) -> JSONObject:
    if part.cache is not None:
        wire.update(encode_cache(part.cache, f"{where}.cache", scope))
    if isinstance(part, Image | Audio | Video | Document) and isinstance(part.source, Link) and part.source.media_type:
        scope.notes.dropped(f"{where}.source.media_type", "a link stands alone")
    if part.signature is not None:
        scope.notes.dropped(f"{where}.signature", "no place for it in content")
    put_extra(wire, part.extra, scope, where)
    return wire


def _encode_image(part: Image, where: str, scope: Scope) -> list[JSONObject]:
    url = encode_url(part.source)
    if url is None:
        scope.notes.unsupported(where, "pictures are given as data or by link")
        return []
    image: JSONObject = {"url": url}
    if part.detail is not None:
        image["detail"] = part.detail
    return [_finish({"type": "image_url", "image_url": image}, part, where, scope)]


def _encode_audio(part: Audio, where: str, scope: Scope) -> list[JSONObject]:
    url = encode_url(part.source)
    if isinstance(part.source, Inline):
        name = audio_format(part.source.media_type)
        if name in _AUDIO_FORMATS or scope.carried:
            sound = {"data": part.source.base64, "format": name}
            return [_finish({"type": "input_audio", "input_audio": sound}, part, where, scope)]
    elif url is not None and scope.takes("audio_url"):
        return [_finish({"type": "audio_url", "audio_url": {"url": url}}, part, where, scope)]
    scope.notes.unsupported(where, "sound is given as wav or mp3 data")
    return []


def _encode_video(part: Video, where: str, scope: Scope) -> list[JSONObject]:
    url = encode_url(part.source)
    if url is None or not scope.takes("video_url"):
        scope.notes.unsupported(where, "no video in this format")
        return []
    return [_finish({"type": "video_url", "video_url": {"url": url}}, part, where, scope)]


def _encode_document(part: Document, where: str, scope: Scope) -> list[JSONObject]:
    for name, value in (("context", part.context), ("citations", part.citations)):
        if value is not None:
            scope.notes.dropped(f"{where}.{name}", "documents have no such field here")
    source = part.source
    file: JSONObject
    match source:
        case Plain():
            scope.notes.approximated(where, "a text document becomes fenced text")
            return [_finish({"type": "text", "text": _fenced(source.text, part.title)}, part, where, scope)]
        case Nested():
            scope.notes.approximated(where, "a document of parts becomes its parts")
            inner = [(f"{where}.source.parts[{index}]", item) for index, item in enumerate(source.parts)]
            return [wire for path, item in inner for wire in encode_part(item, path, scope)]
        case Ref() if scope.carried:
            file = {"file_id": source.id}
        case Inline():
            file = {"file_data": encode_url(source), "filename": _name(part, source, where, scope)}
        case Link() if scope.carried or scope.takes("document_url"):
            file = {"file_data": encode_url(source), "filename": _name(part, source, where, scope)}
        case _:
            scope.notes.unsupported(where, "documents are given as data, or by an id of the same provider")
            return []
    if part.title is not None:
        file["filename"] = part.title
    return [_finish({"type": "file", "file": file}, part, where, scope)]


def _name(part: Document, source: Inline | Link, where: str, scope: Scope) -> str:
    if part.title is None and not scope.own:
        scope.notes.injected(f"{where}.title", "a file has to have a name here")
    return part.title or made_up_name(source.media_type)


def _fenced(text: str, title: str | None) -> str:
    name = f' title="{title}"' if title is not None else ""
    return f"<document{name}>\n{text}\n</document>"
