"""Wire Structs to JSON and back, losing nothing. Floor 2; pure.

The quick way decodes with unknown fields forbidden: success proves that nothing was lost. Only on surprise is the body
walked with care, level by level: fields without a name go to the Struct's `extra`, blocks with an unknown tag become
`Unknown`, and everything known is typed as before. `encode` puts all of it back in its place.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from functools import cached_property
from typing import Any, Generic, TypeVar, cast

import msgspec
from msgspec import Raw, Struct, inspect

from pontage.domain.parts import JSONObject
from pontage.errors import InvalidRequestError, PontageError, ProtocolError

EXTRA_KEY = "~pontage.extra"
UNKNOWN_TAG = "~pontage.unknown"
DEPTH_LIMIT = 128
"""How deep arrays and objects of a body may be nested. What walks values may rely on it and recurse."""
_EXTRA_MARK = b'"~pontage.'
_NOT_STRUCTURE = bytes(set(range(256)) - set(b'[]{}"'))
_STRING = re.compile(rb'"[^"]*+"')
_PATH = re.compile(r" - at `([^`]*)`$")
_MISSING = re.compile(r"missing required field `([^`]*)`")


class Wire(Struct, forbid_unknown_fields=True, omit_defaults=True, kw_only=True):
    """Base of every wire Struct. UNSET is "not there", None is `null`, and `extra` keeps what has no name here."""

    extra: JSONObject = msgspec.field(default={}, name=EXTRA_KEY)


class Unknown(Wire, tag=UNKNOWN_TAG):
    """A member of a tagged union whose tag this version does not know; stands in the union's type."""

    data: JSONObject


T = TypeVar("T")


class Codec(Generic[T]):
    """JSON bytes to wire Structs of one type, and back.

    `of` says whose bytes they are: a malformed request is the caller's fault (InvalidRequestError with `param`), a
    malformed response the provider's (ProtocolError). `alias` maps a field's other spelling to its own (protobuf
    JSON takes snake_case for camelCase).
    """

    def __init__(self, kind: type[T], *, of: str = "request", alias: Callable[[str], str] | None = None) -> None:
        self._kind = kind
        self._of = of
        self._alias = alias

    @cached_property
    def _decoder(self) -> msgspec.json.Decoder[T]:
        return msgspec.json.Decoder(self._kind)  # made at the first body: it takes milliseconds, and imports are many

    @cached_property
    def _info(self) -> inspect.Type:
        return inspect.type_info(self._kind)

    def decode(self, body: bytes) -> T:
        """The typed value of `body`; unknown fields and blocks survive in `extra` and `Unknown`."""
        if _too_deep(body):
            raise self._failure(f"the body is nested deeper than {DEPTH_LIMIT} levels")
        if _EXTRA_MARK in body:  # a body that uses our own names: to be told apart from what we put there
            return self._decode_with_care(body)
        try:
            return self._decoder.decode(body)
        except msgspec.ValidationError:
            return self._decode_with_care(body)
        except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
            raise self._failure(f"the body is not valid JSON: {error}") from None

    def convert(self, value: object) -> T:
        """The typed value of decoded JSON."""
        return self.decode(msgspec.json.encode(value))

    def encode(self, value: T) -> bytes:
        """The JSON of `value`, with every kept field and block back in its place."""
        body = msgspec.json.encode(value)
        if _EXTRA_MARK in body:
            return msgspec.json.encode(_flatten(msgspec.json.decode(body)))
        return body

    def builtins(self, value: T) -> Any:
        """`value` as plain JSON values (dict, list, str, ...)."""
        return _flatten(msgspec.json.decode(msgspec.json.encode(value)))

    def _decode_with_care(self, body: bytes) -> T:
        try:
            return msgspec.convert(_walk(body, self._info, self._alias), self._kind)
        except msgspec.ValidationError as error:
            text = str(error)
            raise self._failure(_PATH.sub("", text), param=field_at_fault(text)) from None
        except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
            raise self._failure(f"the body is not valid JSON: {error}") from None

    def _failure(self, message: str, param: str | None = None) -> PontageError:
        if self._of == "request":
            where = f"`{param}`: " if param else ""
            return InvalidRequestError(f"{where}{message}", param=param)
        return ProtocolError(f"the provider's answer is malformed{f' at {param}' if param else ''}: {message}")


def _too_deep(body: bytes) -> bool:
    if body.count(b"{") + body.count(b"[") <= DEPTH_LIMIT:
        return False
    unescaped = body.replace(b"\\\\", b"").replace(b'\\"', b"")
    depth = 0
    for bracket in _STRING.sub(b"", unescaped.translate(None, _NOT_STRUCTURE)):
        depth += 1 if bracket in b"[{" else -1
        if depth > DEPTH_LIMIT:
            return True
    return False


def field_at_fault(message: str) -> str | None:
    """The path of the field at fault in a msgspec message, as a caller would write it."""
    found = _PATH.search(message)
    path = found[1].removeprefix("$").removeprefix(".") if found else ""
    missing = _MISSING.search(message)
    if missing:
        path = f"{path}.{missing[1]}" if path else missing[1]
    return path or None


def _walk(raw: bytes, kind: inspect.Type, alias: Callable[[str], str] | None) -> Any:
    """`raw` as values that `msgspec.convert` takes for `kind`, with the unknown moved aside."""
    first = raw.lstrip(b" \t\r\n")[:1]
    if isinstance(kind, inspect.RawType):
        return Raw(raw)
    if first == b"{":
        fields = msgspec.json.decode(raw, type=dict[str, Raw])
        target = _object_type(kind, fields)
        if isinstance(target, inspect.StructType):
            return _walk_struct(fields, target, alias)
        if isinstance(target, inspect.DictType):
            return {key: _walk(bytes(value), target.value_type, alias) for key, value in fields.items()}
        if target is Unknown:
            return {"type": UNKNOWN_TAG, "data": msgspec.json.decode(raw)}
    if first == b"[":
        item = _item_type(kind)
        if item is not None:
            return [_walk(bytes(value), item, alias) for value in msgspec.json.decode(raw, type=list[Raw])]
    return Raw(raw) if _holds_raw(kind) else msgspec.json.decode(raw)


def _walk_struct(
    fields: dict[str, Raw], kind: inspect.StructType, alias: Callable[[str], str] | None
) -> dict[str, Any]:
    known = {field.encode_name: field.type for field in kind.fields}
    result: dict[str, Any] = {}
    extra: JSONObject = {}
    for name, raw in fields.items():
        key = name if name in known or alias is None or alias(name) not in known else alias(name)
        if key in known and key != EXTRA_KEY:
            result[key] = _walk(bytes(raw), known[key], alias)
        elif key == kind.tag_field:
            result[key] = msgspec.json.decode(raw)
        else:
            extra[name] = msgspec.json.decode(raw)
    if extra:
        result[EXTRA_KEY] = extra
    return result


def _members(kind: inspect.Type) -> tuple[inspect.Type, ...]:
    return kind.types if isinstance(kind, inspect.UnionType) else (kind,)


def _object_type(kind: inspect.Type, fields: dict[str, Raw]) -> inspect.Type | type[Unknown] | None:
    """The member of `kind` that a JSON object with these fields is."""
    structs = [member for member in _members(kind) if isinstance(member, inspect.StructType)]
    tagged = False
    for struct in structs:
        if struct.cls is Unknown:  # its tag is ours; a body that says it is as unknown as any other
            tagged = tagged or struct.tag_field in fields
            continue
        if struct.tag_field is None:
            return struct
        tag = fields.get(struct.tag_field)
        if tag is not None and msgspec.json.decode(tag) == struct.tag:
            return struct
        tagged = tagged or tag is not None
    if tagged and any(struct.cls is Unknown for struct in structs):
        return Unknown
    if structs:
        return structs[0] if len(structs) == 1 else None
    return next((member for member in _members(kind) if isinstance(member, inspect.DictType)), None)


def _item_type(kind: inspect.Type) -> inspect.Type | None:
    for member in _members(kind):
        if isinstance(member, inspect.ListType | inspect.VarTupleType):
            return member.item_type
    return None


def _holds_raw(kind: inspect.Type) -> bool:
    return any(isinstance(member, inspect.RawType) for member in _members(kind))


def _flatten(value: Any) -> Any:
    """Plain JSON values with every `extra` and `Unknown` put back where it was."""
    if isinstance(value, dict):
        fields = cast(JSONObject, value)
        if fields.get("type") == UNKNOWN_TAG and "data" in fields:
            return fields["data"]
        extra: Any = fields.get(EXTRA_KEY)
        if not isinstance(extra, dict):  # none, or a caller's own data under our name
            return {key: _flatten(item) for key, item in fields.items()}
        result = {key: _flatten(item) for key, item in fields.items() if key != EXTRA_KEY}
        result.update((key, item) for key, item in cast(JSONObject, extra).items() if key not in result)
        return result
    if isinstance(value, list):
        return [_flatten(item) for item in cast(list[Any], value)]
    return value
