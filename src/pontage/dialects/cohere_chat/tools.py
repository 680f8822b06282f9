"""Tools and tool choice, both ways. Floor 3; pure.

Tools are strict all together (`strict_tools`) or not at all, and no single tool can be forced: the others are not
declared then.
"""

from __future__ import annotations

from typing import Final

from msgspec import Struct

from pontage.dialects.cohere_chat.schema import fit
from pontage.dialects.cohere_chat.types import TOOL, Request, ToolParam
from pontage.dialects.free_text import schema_of
from pontage.dialects.scope import Scope, put_extra
from pontage.domain.chat import ChatRequest, CustomTool, FunctionTool, ServerTool, Tool, ToolChoice
from pontage.domain.parts import JSONObject
from pontage.errors import InvalidRequestError

_CHOICES: Final = {"REQUIRED": ToolChoice("any"), "NONE": ToolChoice("none")}
_WORDS: Final = {"any": "REQUIRED", "none": "NONE"}
_NO_ARGUMENTS: Final[JSONObject] = {"type": "object", "properties": {}}


def read_tools(wire: Request, extra: JSONObject) -> tuple[Tool, ...]:
    """The declared tools; `strict_tools` is told of each function, or stays in `extra` where there is none.

    Raises InvalidRequestError for a function that is not there.
    """
    tools = tuple([_read_tool(tool, wire.strict_tools, f"tools[{n}]") for n, tool in enumerate(wire.tools or ())])
    if wire.strict_tools is not None and not any(isinstance(tool, FunctionTool) for tool in tools):
        extra["strict_tools"] = wire.strict_tools
    return tools


def _read_tool(wire: ToolParam, strict: bool | None, where: str) -> Tool:
    function = wire.function
    if wire.type != "function":
        return ServerTool(kind=wire.type, data=TOOL.builtins(wire))
    if function is None:
        raise InvalidRequestError(f"`{where}.function` is missing", param=f"{where}.function")
    extra = wire.extra
    if function.extra:
        extra["function"] = function.extra
    return FunctionTool(
        name=function.name,
        description=function.description,
        parameters=function.parameters,
        strict=strict,
        extra=extra,
    )


def read_choice(word: str | None, extra: JSONObject) -> ToolChoice | None:
    """The choice; a word that is unknown stays in `extra`."""
    choice = _CHOICES.get(word or "")
    if word is not None and choice is None:
        extra["tool_choice"] = word
    return choice


class Declared(Struct):
    """The tools that are declared: on the wire, and by their paths."""

    wires: list[JSONObject]
    functions: dict[str, FunctionTool]


def write_tools(request: ChatRequest, said: JSONObject, scope: Scope) -> None:
    """Tools, strictness and choice into `said`."""
    only = _only(request.tool_choice, scope)
    declared = Declared([], {})
    for number, tool in enumerate(request.tools):
        where = f"tools[{number}]"
        if only is not None and tool.name not in only:
            scope.notes.dropped(where, "not among the tools that may be called")
            continue
        wire = _write_tool(tool, scope, where)
        if wire is not None:
            declared.wires.append(wire)
            if isinstance(tool, FunctionTool):
                declared.functions[where] = tool
    if declared.wires:
        said["tools"] = declared.wires
    _write_strictness(declared, said, scope)
    choice = request.tool_choice
    if choice is not None and choice.mode in _WORDS and (declared.wires or scope.own):
        said["tool_choice"] = _WORDS[choice.mode]
    elif choice is not None and not declared.wires:
        scope.notes.dropped("tool_choice", "there are no tools")
    if request.parallel_tools is False:
        scope.notes.dropped("parallel_tools", "calls one at a time cannot be asked for")


def _only(choice: ToolChoice | None, scope: Scope) -> frozenset[str] | None:
    """The names of the only tools that shall be declared (None: all)."""
    if choice is None or not choice.names:
        return None
    if choice.mode == "none":
        scope.notes.dropped("tool_choice.names", "no tool is to be called")
        return None
    scope.notes.approximated("tool_choice.names", "the other tools are not declared")
    return frozenset(choice.names)


def _write_tool(tool: Tool, scope: Scope, where: str) -> JSONObject | None:
    """The declaration on the wire; None, and a note, for one that only another provider has."""
    if isinstance(tool, ServerTool):
        if scope.carried and "type" in tool.data:
            return {**tool.data}
        scope.notes.unsupported(where, "no tools of the provider's own here")
        return None
    function: JSONObject = {"name": tool.name}
    if tool.description is not None:
        function["description"] = tool.description
    if isinstance(tool, CustomTool):
        scope.notes.approximated(where, "free text is asked for as the one property `input`")
        function["parameters"] = schema_of(tool)
    elif tool.parameters is not None:
        function["parameters"] = tool.parameters
    elif not scope.own:
        scope.notes.injected(f"{where}.parameters", "no arguments: an empty object")
        function["parameters"] = {**_NO_ARGUMENTS}
    if isinstance(tool, FunctionTool) and tool.cache is not None:
        scope.notes.dropped(f"{where}.cache", "no cache breakpoints here")
    said: JSONObject = {"type": "function", "function": function}
    put_extra(said, tool.extra, scope, where)
    return said


def _write_strictness(declared: Declared, said: JSONObject, scope: Scope) -> None:
    functions = declared.functions
    told = {tool.strict for tool in functions.values()}
    if told == {None} or not told:
        return
    together = len(told) == 1 and (scope.own or len(functions) == len(declared.wires))
    if together and (told == {False} or _can_be_strict(declared, scope)):
        said["strict_tools"] = told.pop()
        return
    for where, tool in functions.items():
        if tool.strict is not None:
            scope.notes.approximated(f"{where}.strict", "tools are strict all together or not at all")


def _can_be_strict(declared: Declared, scope: Scope) -> bool:
    """Whether every schema can be enforced; then they are brought to the keywords that are understood."""
    if scope.own:
        return True
    fitted = {where: fit(tool.parameters or {}) for where, tool in declared.functions.items()}
    if any(one.bare or not one.schema for one in fitted.values()):
        return False
    for wire, (where, one) in zip(declared.wires, fitted.items(), strict=True):
        if one.changed:
            scope.notes.approximated(f"{where}.parameters", "keywords that are not enforced moved to descriptions")
            wire["function"]["parameters"] = one.schema
    return True
