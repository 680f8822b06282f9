"""Content of messages and of tools' results, both ways. Floor 3; pure.

A text document becomes fenced text, a document of parts its parts, both with a note: files are data, links or ids here.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final, assert_never

from pontage.dialects.codec import Unknown
from pontage.dialects.filenames import made_up_name, told_name
from pontage.dialects.openai_responses import item_types as wires
from pontage.dialects.openai_responses.annotations import read_annotations, write_annotations
from pontage.dialects.openai_responses.caching import read_cache, write_breakpoint
from pontage.dialects.openai_responses.media import read_url, require_base64, sound_format, write_url
from pontage.dialects.openai_responses.names import Scope, put_extra
from pontage.domain.parts import (
    Audio,
    Document,
    Image,
    Inline,
    JSONObject,
    Nested,
    Opaque,
    Part,
    Plain,
    Reasoning,
    Ref,
    Refusal,
    Source,
    Text,
    ToolCall,
    ToolResult,
    Video,
)
from pontage.errors import InvalidRequestError

_SOUNDS: Final = ("wav", "mp3")

Placed = tuple[str, Part]
"""A part and its canonical path."""


def read_content(content: str | Sequence[wires.Content], param: str) -> tuple[Part, ...]:
    """The parts of some content; an empty string says nothing. Raises InvalidRequestError; `param` is its path."""
    if isinstance(content, str):
        return (Text(text=content),) if content else ()
    return tuple([read_part(part, f"{param}[{number}]") for number, part in enumerate(content)])


def read_part(part: wires.Content, param: str) -> Part:
    """One part. Raises InvalidRequestError for data that is no base64, or a picture or file that is nowhere."""
    extra = part.extra
    match part:
        case wires.OutputText():
            cited = read_annotations(part.annotations) if part.annotations else ()
            return Text(text=part.text, citations=cited, extra=extra)
        case wires.InputText():
            return Text(text=part.text, cache=read_cache(part.prompt_cache_breakpoint, extra), extra=extra)
        case wires.RefusalText():
            return Refusal(text=part.refusal, extra=extra)
        case wires.InputImage():
            if part.image_url is not None:
                source: Source = read_url(part.image_url, f"{param}.image_url")
            else:
                source = _stored(part.file_id, f"{param}.image_url")
            cache = read_cache(part.prompt_cache_breakpoint, extra)
            return Image(source=source, detail=part.detail, cache=cache, extra=extra)
        case wires.InputFile():
            title = told_name(part.filename)
            cache = read_cache(part.prompt_cache_breakpoint, extra)
            return Document(source=_file_source(part, param), title=title, cache=cache, extra=extra)
        case wires.InputAudio(input_audio=sound):
            if sound.extra:
                extra["input_audio"] = sound.extra
            source = Inline(f"audio/{sound.format}", require_base64(sound.data, f"{param}.input_audio.data"))
            return Audio(source=source, cache=read_cache(part.prompt_cache_breakpoint, extra), extra=extra)
        case Unknown(data=data):
            return Opaque(data=data)


def _file_source(part: wires.InputFile, param: str) -> Source:
    if part.file_data is not None:
        if part.file_data.startswith("data:"):
            return read_url(part.file_data, f"{param}.file_data")
        return Inline("application/pdf", require_base64(part.file_data, f"{param}.file_data"))
    if part.file_url is not None:
        return read_url(part.file_url, f"{param}.file_url")
    return _stored(part.file_id, f"{param}.file_data")


def _stored(identity: str | None, param: str) -> Ref:
    if not identity:
        raise InvalidRequestError(f"`{param}`: neither data, nor a link, nor a file id is given", param=param)
    return Ref(identity)


def write_spoken(part: Text | Refusal | Opaque, scope: Scope, where: str) -> JSONObject:
    """What the assistant says in words, or in an unknown way that goes along."""
    said: JSONObject
    if isinstance(part, Opaque):
        return {**part.data}
    if isinstance(part, Refusal):
        said = {"type": "refusal", "refusal": part.text}
    else:
        said = {"type": "output_text", "text": part.text, "annotations": write_annotations(part, scope, where)}
    put_extra(said, part.extra, scope, where)
    return said


def write_content(parts: Sequence[Placed], scope: Scope) -> str | list[JSONObject]:
    """What the user, the rules or a tool say: a string where it is no more than one plain text."""
    if len(parts) == 1 and isinstance(text := parts[0][1], Text) and text == Text(text=text.text):
        return text.text
    return [said for where, part in parts for said in write_part(part, scope, where)]


def write_part(part: Part, scope: Scope, where: str) -> list[JSONObject]:
    """One part: one piece of content, none with a note, or several for a document made of parts."""
    match part:
        case Text() | Refusal():
            if isinstance(part, Refusal):
                scope.notes.approximated(where, "only the assistant refuses; it becomes text")
            elif part.citations:
                scope.notes.dropped(f"{where}.citations", "only the assistant cites")
            said: JSONObject | None = {"type": "input_text", "text": part.text}
        case Image():
            said = _write_image(part, scope, where)
        case Document(source=Nested(parts=inner)):
            scope.notes.approximated(where, "a document of parts becomes its parts")
            paths = [(f"{where}.source.parts[{number}]", item) for number, item in enumerate(inner)]
            return [said for path, item in paths for said in write_part(item, scope, path)]
        case Document():
            said = _write_document(part, scope, where)
        case Audio():
            said = _write_audio(part, scope, where)
        case Opaque(data=data) if scope.carried:
            return [{**data}]
        case Opaque():
            scope.notes.dropped(where, "a block of another format")
            return []
        case Video() | Reasoning() | ToolCall() | ToolResult():
            said = None
        case _:
            assert_never(part)
    if said is None:
        scope.notes.unsupported(where, "not of a kind, or not in a form, that can be sent in this place")
        return []
    if part.cache is not None:
        said.update(write_breakpoint(part.cache, scope, f"{where}.cache"))
    if part.signature is not None and not scope.answering:
        scope.notes.dropped(f"{where}.signature", "only thinking is signed here")
    put_extra(said, part.extra, scope, where)
    return [said]


def _write_image(part: Image, scope: Scope, where: str) -> JSONObject | None:
    url = write_url(part.source)
    said: JSONObject = {"type": "input_image", "detail": part.detail or "auto"}
    if url is not None:
        said["image_url"] = url
    elif isinstance(part.source, Ref) and scope.carried:
        said["file_id"] = part.source.id
    else:
        return None
    _drop_link_type(part.source, scope, where)
    return said


def _write_document(part: Document, scope: Scope, where: str) -> JSONObject | None:
    source = part.source
    for name, value in (("context", part.context), ("citations", part.citations)):
        if value is not None:
            scope.notes.dropped(f"{where}.{name}", "files have no such field here")
    if isinstance(source, Plain):
        scope.notes.approximated(where, "a text document becomes fenced text")
        name = f' title="{part.title}"' if part.title is not None else ""
        return {"type": "input_text", "text": f"<document{name}>\n{source.text}\n</document>"}
    said: JSONObject = {"type": "input_file"}
    if isinstance(source, Inline):
        said |= {"file_data": write_url(source), "filename": part.title or made_up_name(source.media_type)}
        if part.title is None and not scope.own:
            scope.notes.injected(f"{where}.title", "a file has to have a name here")
        return said
    if isinstance(source, Ref):
        if not scope.carried:
            return None
        said["file_id"] = source.id
    else:
        said["file_url"] = write_url(source)
        _drop_link_type(source, scope, where)
    if part.title is not None:
        said["filename"] = part.title
    return said


def _write_audio(part: Audio, scope: Scope, where: str) -> JSONObject | None:
    source = part.source
    if not isinstance(source, Inline):
        return None
    kind = sound_format(source.media_type)
    if kind not in _SOUNDS and not scope.carried:
        return None
    for name in ("id", "transcript", "expires_at"):
        if getattr(part, name) is not None:
            scope.notes.dropped(f"{where}.{name}", "sound of the user is data alone")
    return {"type": "input_audio", "input_audio": {"data": source.base64, "format": kind}}


def _drop_link_type(source: Source, scope: Scope, where: str) -> None:
    media_type = getattr(source, "media_type", None)
    if media_type is not None and not isinstance(source, Inline):
        scope.notes.dropped(f"{where}.source.media_type", "a link stands alone")
