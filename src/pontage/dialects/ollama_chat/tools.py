"""Tools and tool choice, both ways. Floor 3; pure.

There is no choice on the wire: the model is always free to call. A choice of none, or of some tools only, is kept by
not declaring the others; that a tool has to be called cannot be said.
"""

from __future__ import annotations

from typing import Final

from pontage.dialects.free_text import schema_of
from pontage.dialects.ollama_chat.schema import plain_schema
from pontage.dialects.ollama_chat.types import TOOL, ToolParam
from pontage.dialects.scope import Scope, put_extra
from pontage.domain.chat import ChatRequest, CustomTool, FunctionTool, ServerTool, Tool, ToolChoice
from pontage.domain.parts import JSONObject
from pontage.errors import InvalidRequestError

_FUNCTION: Final = "function"
_NO_ARGUMENTS: Final[JSONObject] = {"type": "object", "properties": {}}


def read_tool(wire: ToolParam, number: int) -> Tool:
    """The tool that is declared. Raises InvalidRequestError when it declares nothing."""
    function = wire.function
    if wire.type not in (None, _FUNCTION):
        return ServerTool(kind=wire.type, data=TOOL.builtins(wire))
    if function is None:
        param = f"tools[{number}].function"
        raise InvalidRequestError(f"{param}: a tool is a function", param=param)
    if function.extra:
        wire.extra[_FUNCTION] = function.extra
    return FunctionTool(
        name=function.name, description=function.description, parameters=function.parameters, extra=wire.extra
    )


def write_tools(request: ChatRequest, scope: Scope) -> list[JSONObject]:
    """The tools that are declared to the model, and notes on the choice among them."""
    only = _write_choice(request.tool_choice, scope)
    declared: list[JSONObject] = []
    for number, tool in enumerate(request.tools):
        where = f"tools[{number}]"
        if only is not None and tool.name not in only:
            scope.notes.dropped(where, "not among the tools that may be called")
            continue
        said = _write_tool(tool, scope, where)
        if said is not None:
            declared.append(said)
    if request.tool_choice is not None and request.tool_choice.mode == "auto" and not declared:
        scope.notes.dropped("tool_choice", "there is no tool to choose")
    return declared


def _write_choice(choice: ToolChoice | None, scope: Scope) -> frozenset[str] | None:
    """The names of the only tools that shall be declared (None: all)."""
    if choice is None:
        return None
    if choice.mode == "none":
        scope.notes.approximated("tool_choice", "tools that must not be called are not declared")
        return frozenset()
    if choice.mode == "any":
        scope.notes.unsupported("tool_choice", "the model is always free not to call")
    elif choice.names:
        scope.notes.approximated("tool_choice", "the other tools are not declared")
    return frozenset(choice.names) if choice.names else None


def _write_tool(tool: Tool, scope: Scope, where: str) -> JSONObject | None:
    """A tool on the wire; None, and a note, for one that only another provider has."""
    match tool:
        case FunctionTool():
            said = _write_function(tool, scope, where)
        case CustomTool():
            scope.notes.approximated(where, "free text is asked for as the one property `input`")
            said = _write_custom(tool)
        case ServerTool():
            if scope.carried and tool.data:
                return {**tool.data}
            scope.notes.unsupported(where, "the server runs no tools")
            return None
    put_extra(said, tool.extra, scope, where)
    return said


def _write_function(tool: FunctionTool, scope: Scope, where: str) -> JSONObject:
    said: JSONObject = {"name": tool.name}
    if tool.description is not None:
        said["description"] = tool.description
    parameters: JSONObject | None = tool.parameters
    if not scope.own:
        if parameters is None:
            scope.notes.injected(f"{where}.parameters", "no arguments: an empty object")
            parameters = _NO_ARGUMENTS
        plain = plain_schema(parameters)
        if plain != parameters:
            scope.notes.approximated(f"{where}.parameters", "said with the keywords that are read here")
            parameters = plain
    if parameters is not None:
        said["parameters"] = parameters
    if tool.strict is not None:
        scope.notes.dropped(f"{where}.strict", "calls are not held to their schema here")
    if tool.cache is not None:
        scope.notes.dropped(f"{where}.cache", "caching is the server's own business here")
    return {"type": _FUNCTION, _FUNCTION: said}


def _write_custom(tool: CustomTool) -> JSONObject:
    described = {} if tool.description is None else {"description": tool.description}
    return {"type": _FUNCTION, _FUNCTION: {"name": tool.name, **described, "parameters": schema_of(tool)}}
