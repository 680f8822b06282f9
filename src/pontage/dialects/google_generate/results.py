"""Floor 3. What a function answered: always an object on the wire, parts in the canonical model.

By convention `{"output": ...}` is an answer and `{"error": ...}` a failure; any other object is the answer itself.
Text that is a JSON object goes out as that object, other text as `{"output": text}`; media stand beside it.
"""

from __future__ import annotations

import msgspec
from msgspec import Raw

from pontage.dialects.google_generate import media
from pontage.dialects.google_generate.calls import CallReader, CallWriter
from pontage.dialects.google_generate.media import is_set
from pontage.dialects.google_generate.types import Blob, FileData, FunctionResponse, FunctionResponsePart
from pontage.dialects.notes import Notes
from pontage.dialects.scope import merge
from pontage.domain.parts import (
    Audio,
    Document,
    Image,
    JSONObject,
    Part,
    Text,
    ToolResult,
    Video,
)
from pontage.errors import InvalidRequestError

_CONVENTIONAL = ("output", "error")


def read_result(response: FunctionResponse, calls: CallReader, where: str | None) -> ToolResult:
    """The result in a `functionResponse`; InvalidRequestError when it names no function or is no object."""
    path = f"{where}.functionResponse"
    name = response.name or ""
    if where is not None and not name:
        raise InvalidRequestError("a function response needs the function's name", param=f"{path}.name")
    parts: list[Part] = []
    is_error = False
    if isinstance(response.response, Raw) and (text := bytes(response.response).strip()) != b"null":
        try:
            found, is_error = _read_value(text, f"{path}.response")
        except InvalidRequestError:
            if where is not None:
                raise
            found = text.decode("utf-8", "replace")
        if found is not None:
            parts.append(Text(text=found))
    for index, item in enumerate(response.parts or ()):
        read = _read_part(item, f"{path}.parts[{index}]", checked=where is not None)
        if read is not None:
            parts.append(read)
    return ToolResult(
        call_id=calls.result(response.id or None, name),
        name=name or None,
        parts=tuple(parts),
        is_error=is_error,
        extra={"functionResponse": response.extra} if response.extra else {},
    )


def _read_value(raw: bytes, path: str) -> tuple[str | None, bool]:
    """The text of a result object, and whether it is a failure."""
    try:
        fields = msgspec.json.decode(raw, type=dict[str, Raw])
        text = raw.decode()
    except (msgspec.ValidationError, UnicodeDecodeError):
        raise InvalidRequestError(f"`{path}`: expected an object", param=path) from None
    if not fields:
        return None, False
    key = next(iter(fields))
    if len(fields) > 1 or key not in _CONVENTIONAL:
        return text, False
    value = bytes(fields[key]).strip()
    if value.startswith(b'"'):
        return msgspec.json.decode(value, type=str), key == "error"
    if key == "error" and not value.startswith(b"{"):
        return text, False  # null, false, 0: nothing failed
    return value.decode(), key == "error"


def _read_part(item: FunctionResponsePart, path: str, *, checked: bool) -> Part | None:
    extra = dict(item.extra)
    if isinstance(item.inline_data, Blob):
        found = media.read_media(media.read_blob(item.inline_data, f"{path}.inlineData" if checked else None))
        if item.inline_data.extra:
            extra["inlineData"] = item.inline_data.extra
    elif isinstance(item.file_data, FileData):
        found = media.read_media(media.read_file(item.file_data))
        if item.file_data.extra:
            extra["fileData"] = item.file_data.extra
    else:
        return None
    return msgspec.structs.replace(found, extra=extra)


def write_result(
    result: ToolResult, where: str, calls: CallWriter, notes: Notes, *, own: bool, carried: bool
) -> JSONObject | None:
    """The `functionResponse` of a result; None (and a note) when nobody knows which function it was."""
    name = calls.name(result)
    if name is None:
        notes.dropped(where, "the result of a call that is not in the conversation")
        return None
    response: JSONObject = {"name": name}
    if result.call_id and calls.sent(result.call_id):
        response["id"] = result.call_id
    texts: list[str] = []
    beside: list[JSONObject] = []
    for index, part in enumerate(result.parts):
        path = f"{where}.parts[{index}]"
        match part:
            case Text(text=text):
                if beside:
                    notes.approximated(f"{where}.parts", "the text goes before the media")
                texts.append(text)
                _drop_text_fields(part, path, notes)
            case Image() | Audio() | Video() | Document():
                try:
                    fields, inexact = media.write_source(part, own=own, carried=carried)
                except media.Unsayable as reason:
                    notes.unsupported(path, str(reason))
                    continue
                _note_media(part, inexact, path, notes)
                if carried:
                    merge(fields, part.extra)
                else:
                    notes.extras(part.extra, path)
                beside.append(fields)
            case _:
                notes.dropped(path, "a result of this format holds text and media only")
    if len(texts) > 1:
        notes.approximated(f"{where}.parts", "texts of one result are joined by line ends")
    response["response"] = _write_value(texts, is_error=result.is_error)
    if beside:
        response["parts"] = beside
    return {"functionResponse": response}


def _write_value(texts: list[str], *, is_error: bool) -> Raw | JSONObject:
    text = "\n".join(texts)
    if is_error:
        return {"error": text}
    if not texts:
        return {}
    if text.startswith("{") and text == text.strip() and '"$ref"' not in text:
        try:
            fields = msgspec.json.decode(text, type=dict[str, Raw])
        except (msgspec.DecodeError, UnicodeEncodeError, RecursionError):
            return {"output": text}
        if fields and (len(fields) > 1 or next(iter(fields)) not in _CONVENTIONAL):
            return Raw(text.encode())
    return {"output": text}


def _drop_text_fields(part: Text, path: str, notes: Notes) -> None:
    for name in ("citations", "cache", "signature"):
        if getattr(part, name):
            notes.dropped(f"{path}.{name}", "a result of this format carries none")
    notes.extras(part.extra, path)


def _note_media(part: media.Media, inexact: tuple[str, str] | None, path: str, notes: Notes) -> None:
    if inexact is not None and inexact[0] == "injected":
        notes.injected(f"{path}.source.media_type", inexact[1])
    elif inexact is not None:
        notes.approximated(f"{path}.source", inexact[1])
    for name in ("detail", "transcript", "title", "context", "cache", "signature"):
        value = getattr(part, name, None)
        if is_set(value) and value != "auto":  # the detail of a picture that goes without saying
            notes.dropped(f"{path}.{name}", "a result of this format carries none")
