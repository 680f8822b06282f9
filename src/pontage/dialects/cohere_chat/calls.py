"""Tool calls, both ways, and the results that answer them. Floor 3; pure.

A result is text or documents; a picture in one follows behind the results, in a user's message that names the call.
"""

from __future__ import annotations

import msgspec

from pontage.dialects.cohere_chat.names import forfeit
from pontage.dialects.cohere_chat.parts import write_blocks, write_document
from pontage.dialects.cohere_chat.types import Call
from pontage.dialects.scope import Scope, put_extra
from pontage.domain.parts import Document, JSONObject, Nested, Part, Text, ToolCall, ToolResult
from pontage.errors import InvalidRequestError


def read_call(wire: Call, where: str) -> ToolCall | None:
    """The call; None for one of a kind that is unknown here. Raises InvalidRequestError: no function."""
    function = wire.function
    if wire.type != "function":
        return None
    if function is None:
        raise InvalidRequestError("a call names its function", param=f"{where}.function")
    extra = wire.extra
    if function.extra:
        extra["function"] = function.extra
    return ToolCall(id=wire.id, name=function.name, arguments=function.arguments or "", extra=extra)


def write_arguments(call: ToolCall, scope: Scope, where: str) -> str:
    """The arguments of a call as JSON text. Free text of a custom tool becomes `{"input": text}`, with a note."""
    if call.kind == "custom":
        scope.notes.approximated(where, "free text is wrapped as the property `input`")
        return msgspec.json.encode({"input": call.arguments}).decode()
    return call.arguments if scope.own else call.arguments or "{}"


def write_call(call: ToolCall, scope: Scope, where: str) -> JSONObject | None:
    """The call on the wire; None, and a note, for one that another provider ran itself."""
    if call.by_provider:
        scope.notes.dropped(where, "a tool that the provider ran itself")
        return None
    arguments = write_arguments(call, scope, where)
    said: JSONObject = {
        "id": call.id,
        "type": "function",
        "function": {"name": call.name, "arguments": arguments},
    }
    forfeit(call, scope, where)
    put_extra(said, call.extra, scope, where)
    return said


def write_result(result: ToolResult, scope: Scope, where: str, pictures: list[JSONObject]) -> JSONObject:
    """The tool's message for a result; blocks that cannot stand in it are added to `pictures`."""
    blocks: list[JSONObject] = []
    for number, part in enumerate(result.parts):
        path = f"{where}.parts[{number}]"
        made = _write_inner(part, scope, path)
        outside = [] if scope.own else [block for block in made if block.get("type") == "image_url"]
        if outside:
            scope.notes.approximated(path, "stands in a message behind the result")
            pictures += [{"type": "text", "text": f"From the result of call {result.call_id}:"}, *outside]
        blocks += [block for block in made if block not in outside]
    if result.is_error:
        scope.notes.dropped(f"{where}.is_error", "a result cannot be marked as a failure")
    forfeit(result, scope, where)
    said: JSONObject = {"role": "tool", "tool_call_id": result.call_id, "content": plain_text(blocks)}
    put_extra(said, result.extra, scope, where)
    return said


def _write_inner(part: Part, scope: Scope, where: str) -> list[JSONObject]:
    if isinstance(part, Document) and not isinstance(part.source, Nested):
        block = write_document(part, scope, where)
        return [] if block is None else [block]
    if isinstance(part, Text) and part.citations:
        scope.notes.dropped(f"{where}.citations", "no citations in a result")
    return write_blocks(part, scope, where)


def plain_text(blocks: list[JSONObject]) -> str | list[JSONObject]:
    """The content: a string where it is no more than one text, or nothing."""
    if len(blocks) == 1 and blocks[0].keys() == {"type", "text"} and blocks[0]["type"] == "text":
        return blocks[0]["text"] or blocks  # an empty string would be no text at all
    return blocks or ""
