"""Tools that take free text, for those who know functions only. Floor 2; pure."""

from __future__ import annotations

from typing import Any

import msgspec
from msgspec.structs import replace

from pontage.dialects.notes import Notes
from pontage.domain.chat import ChatRequest, CustomTool, FunctionTool, Message, Tool
from pontage.domain.parts import JSONObject, Part, ToolCall


def schema_of(tool: CustomTool) -> JSONObject:
    """The parameters of a function that stands for `tool`: one string, `input`."""
    text: JSONObject = {"type": "string"}
    if tool.format is not None:
        text["description"] = f"Text in this format: {msgspec.json.encode(tool.format).decode()}"
    return {"type": "object", "properties": {"input": text}, "required": ["input"]}


def as_functions(request: ChatRequest, notes: Notes) -> ChatRequest:
    """`request` with a function in the place of every such tool and of every call of one, each noted."""
    tools = tuple([_function(tool, f"tools[{number}]", notes) for number, tool in enumerate(request.tools)])
    messages = tuple([_turn(message, f"messages[{number}]", notes) for number, message in enumerate(request.messages)])
    return replace(request, tools=tools, messages=messages)


def as_function_call(call: ToolCall, where: str, notes: Notes) -> ToolCall:
    """The call of a function that stands for the call of such a tool; any other as it is."""
    if call.kind != "custom":
        return call
    notes.approximated(where, "free text is wrapped as the property `input`")
    arguments: dict[str, Any] = {"input": call.arguments}
    return replace(call, kind="function", arguments=msgspec.json.encode(arguments).decode())


def _function(tool: Tool, where: str, notes: Notes) -> Tool:
    if not isinstance(tool, CustomTool):
        return tool
    notes.approximated(where, "free text is asked for as the one property `input`")
    return FunctionTool(name=tool.name, description=tool.description, parameters=schema_of(tool), extra=tool.extra)


def _turn(message: Message, where: str, notes: Notes) -> Message:
    if not any(isinstance(part, ToolCall) and part.kind == "custom" for part in message.parts):
        return message
    parts: list[Part] = [
        as_function_call(part, f"{where}.parts[{number}]", notes) if isinstance(part, ToolCall) else part
        for number, part in enumerate(message.parts)
    ]
    return replace(message, parts=tuple(parts))
