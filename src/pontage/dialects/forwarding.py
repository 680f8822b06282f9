"""What must be known of a request and an answer that pass as they are. Floor 3; pure.

Of a request: the model it names and whether it wants a stream, in JSON or in a multipart form, and how it reads with
another model. Of an answer: its usage. Nothing else is looked at.
"""

from __future__ import annotations

import re
from math import isfinite
from typing import Any, Final, TypeVar, cast

import msgspec
from msgspec import Raw, Struct

from pontage.dialects.counts import whole
from pontage.dialects.envelope import Fields
from pontage.dialects.heads import STEERING, refuse_steering
from pontage.dialects.openai_chat.usage import decode_usage
from pontage.dialects.openai_responses.usage import read_usage
from pontage.domain.chat import TokenUsage
from pontage.domain.parts import JSONObject
from pontage.errors import InvalidRequestError
from pontage.streaming.framing import SSEDecoder

LARGEST_READ: Final = 4 * 1024 * 1024
"""Bytes of a whole answer that are kept to look for its usage; what is larger is media."""
AT_ANY_PATH: Final = STEERING - {"endpoint", "headers", "host"}
"""Of the fields that no request may have, those that mean nothing else to anyone: a batch names its `endpoint`."""
T = TypeVar("T")
_JSON: Final = "application/json"
_FORM: Final = "multipart/form-data"
_EVENTS: Final = "text/event-stream"
_COMPLETIONS: Final = "/completions"  # what streams usage if it is asked to
_BOUNDARY: Final = re.compile(r'boundary=(?:"([^"\r\n]{1,70})"|([^\s;"]{1,70}))')
_FIELDS: Final = msgspec.json.Decoder(dict[str, Raw])


class Passage(Struct, frozen=True, kw_only=True):
    """A request that passes as it is. `path` is one of the provider's own (`own`), below its base URL or from its
    server's root, or else one of OpenAI's, below the root of that API. `accept`: the types the client reads; `headers`:
    all that it sent, of which a few may pass."""

    method: str
    path: str
    query: str = ""
    content_type: str = ""
    accept: str = "*/*"
    body: bytes = b""
    own: bool = False
    headers: Fields | None = None

    @property
    def form(self) -> bool:
        """Whether the body is a form of several parts."""
        return _kind(self.content_type) == _FORM

    @property
    def json(self) -> bool:
        """Whether the body is a JSON object, whatever its type is called: clients forget to say it."""
        return not self.form and self.body.lstrip(b" \t\r\n")[:1] == b"{"


class Said(Struct, frozen=True):
    """What a body says that matters on the way. `model` is empty where it names none."""

    model: str = ""
    stream: bool = False
    asks_usage: bool = False


def said_by(passage: Passage) -> Said:
    """Raises InvalidRequestError when the body is not what it seems to be."""
    if passage.json:
        fields = _fields(passage.body)
        refuse_steering({name: fields[name] for name in AT_ANY_PATH & fields.keys()})
        options = _value(fields, "stream_options", JSONObject, {})
        asked = options.get("include_usage") is True
        return Said(_value(fields, "model", str, ""), _value(fields, "stream", bool, False), asked)
    if passage.form:
        refuse_steering({name: b"" for name in AT_ANY_PATH if _form_field(passage, name.encode())})
        place = _form_field(passage, b"model")
        return Said(passage.body[place].decode("utf-8", "replace") if place else "")
    return Said()


def body_for(passage: Passage, model: str, said: Said) -> bytes:
    """The body for another model (empty: for its own), a streamed completion's with its usage asked for: else the very
    same bytes."""
    model = model or said.model
    if passage.form and said.model and said.model != model:
        place = _form_field(passage, b"model")
        assert place is not None
        return passage.body[: place.start] + model.encode() + passage.body[place.stop :]
    if not passage.json:
        return passage.body
    ask = _asks_for_more(passage, said)
    if not ask and (not said.model or said.model == model):
        return passage.body
    fields: dict[str, Any] = dict(_fields(passage.body))
    if said.model:
        fields["model"] = model
    if ask:
        fields["stream_options"] = {**_value(fields, "stream_options", JSONObject, {}), "include_usage": True}
    return msgspec.json.encode(fields)


class UsageReader:
    """Looks at an answer as it passes. `usage` is what it told so far."""

    __slots__ = ("_framing", "_kept", "_swallow", "usage")

    def __init__(self, passage: Passage, said: Said, content_type: str) -> None:
        kind = _kind(content_type) if passage.method == "POST" else ""  # what is looked up was used, and told, before
        self.usage: TokenUsage | None = None
        self._framing = SSEDecoder() if kind == _EVENTS else None
        self._swallow = _asks_for_more(passage, said)
        self._kept: list[bytes] | None = [] if kind == _JSON else None

    def feed(self, data: bytes) -> bytes:
        """What the client gets for `data`: itself, without the usage that only the gateway asked for."""
        if self._framing is not None:
            return b"".join(self._frame(frame.data, frame.raw) for frame in self._framing.feed(data))
        if self._kept is not None:
            self._kept.append(data)
            if sum(map(len, self._kept)) > LARGEST_READ:
                self._kept = None
        return data

    def end(self) -> bytes:
        """The answer ended: what is still owed."""
        if self._framing is not None:
            return b"".join(self._frame(frame.data, frame.raw) for frame in self._framing.end())
        if self._kept is not None:
            self.usage = usage_in(b"".join(self._kept))
        return b""

    def _frame(self, data: bytes, raw: bytes) -> bytes:
        if b'"usage"' not in data:
            return raw
        found = usage_in(data)
        self.usage = found or self.usage
        return b"" if found is not None and self._swallow and b'"choices":[]' in data.replace(b" ", b"") else raw


def usage_in(body: bytes) -> TokenUsage | None:
    """The usage a JSON object tells, in the words of either of OpenAI's formats; None where there is none."""
    try:
        told: Any = msgspec.json.decode(body)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        return None
    usage: Any = cast(JSONObject, told).get("usage") if isinstance(told, dict) else None
    if not isinstance(usage, dict):
        return None
    counts, tier = cast(JSONObject, usage), cast(JSONObject, told).get("service_tier")
    if counts.get("type") == "duration":
        return TokenUsage(audio_seconds=whole(_rounded(counts.get("seconds"))), raw=counts)
    return _apart(counts, tier) if "input_tokens" in counts else decode_usage(counts, tier)


def _rounded(seconds: Any) -> Any:
    return round(seconds) if isinstance(seconds, float) and isfinite(seconds) else seconds


def _apart(counts: JSONObject, tier: Any) -> TokenUsage | None:
    """Counts with sound and pictures apart from text, as transcriptions and makers of pictures tell them."""
    usage = read_usage(counts, None, tier)
    details: Any = counts.get("input_tokens_details") or counts.get("input_token_details")
    if usage is None or usage.input is None or not isinstance(details, dict):
        return usage
    sound, pictures = (whole(cast(JSONObject, details).get(f"{name}_tokens")) for name in ("audio", "image"))
    text = max(0, usage.input - (sound or 0) - (pictures or 0))
    return msgspec.structs.replace(usage, input=text, input_audio=sound, input_image=pictures)


def _kind(content_type: str) -> str:
    return content_type.partition(";")[0].strip().lower()


def _asks_for_more(passage: Passage, said: Said) -> bool:
    return said.stream and not said.asks_usage and passage.path.endswith(_COMPLETIONS)


def _fields(body: bytes) -> dict[str, Raw]:
    try:
        return _FIELDS.decode(body)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
        raise InvalidRequestError(f"the body is not a JSON object: {error}") from None


def _value(fields: dict[str, Any], name: str, kind: type[T], default: T) -> T:
    """The value of a field of this type; `default` where it is not there or null. Raises InvalidRequestError."""
    try:
        told = msgspec.json.decode(fields[name], type=kind | None) if name in fields else None
    except msgspec.ValidationError as error:
        raise InvalidRequestError(f"`{name}`: {error}", param=name) from None
    return default if told is None else told


def _form_field(passage: Passage, name: bytes) -> slice | None:
    """Where the value of a plain field of the form stands. No file's bytes are looked at but for the boundary."""
    found = _BOUNDARY.search(passage.content_type)
    if found is None:
        raise InvalidRequestError("the form's content type names no boundary", param="content-type")
    delimiter = b"--" + (found[1] or found[2]).encode("latin-1", "replace")
    start = passage.body.find(delimiter)
    while start >= 0:
        head = start + len(delimiter)
        stop = passage.body.find(b"\r\n" + delimiter, head)
        blank = passage.body.find(b"\r\n\r\n", head, stop if stop >= 0 else None)
        if stop < 0 or blank < 0:
            return None
        fields = passage.body[head:blank]
        if re.search(rb'\bname="?%s"?(?:[;\r]|$)' % name, fields) and b"filename=" not in fields:
            return slice(blank + 4, stop)
        start = stop + 2
    return None
