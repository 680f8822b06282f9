"""Tools and tool choice, both ways. Floor 3; pure."""

from __future__ import annotations

from typing import cast

import msgspec
from msgspec import Struct

from pontage.dialects.anthropic_messages.caching import read_cache, write_cache
from pontage.dialects.anthropic_messages.names import Scope
from pontage.dialects.anthropic_messages.schema import OPTIONAL_LIMIT, STRICT_LIMIT, UNION_LIMIT, Closed, close
from pontage.dialects.anthropic_messages.types import ToolChoiceParam, ToolParam
from pontage.dialects.free_text import schema_of
from pontage.dialects.scope import merge, put_extra
from pontage.domain.chat import CustomTool, FunctionTool, ServerTool, Tool, ToolChoice
from pontage.domain.parts import JSONObject
from pontage.errors import InvalidRequestError

_OTHER_WEB_SEARCH_FIELDS = ("type", "name", "cache_control")


class StrictRoom(Struct):
    """What is left of a request's limits on constrained decoding."""

    tools: int = STRICT_LIMIT
    optional: int = OPTIONAL_LIMIT
    unions: int = UNION_LIMIT

    def takes(self, closed: Closed) -> bool:
        """Whether this schema still fits; then the room gets smaller by it."""
        if min(self.tools - 1, self.optional - closed.optional, self.unions - closed.unions) < 0:
            return False
        self.tools -= 1
        self.optional -= closed.optional
        self.unions -= closed.unions
        return True


def read_tool(wire: ToolParam, number: int) -> Tool:
    """A declared tool. Raises InvalidRequestError for a function without a name."""
    extra = wire.extra
    if wire.type not in (None, "custom"):
        cache = read_cache(wire.cache_control, extra)
        wire.cache_control = None
        kind = "web_search" if wire.type.startswith("web_search_") else wire.type
        return ServerTool(kind=kind, name=wire.name, data=_builtins(wire), cache=cache)
    if not wire.name:
        raise InvalidRequestError(f"tools[{number}].name: a tool needs a name", param=f"tools[{number}].name")
    if wire.type is not None:
        extra["type"] = wire.type
    return FunctionTool(
        name=wire.name,
        description=wire.description,
        parameters=wire.input_schema,
        strict=wire.strict,
        cache=read_cache(wire.cache_control, extra),
        extra=extra,
    )


def _builtins(wire: ToolParam) -> JSONObject:
    said = msgspec.to_builtins(wire)
    return {**{key: value for key, value in said.items() if not key.startswith("~")}, **wire.extra}


def write_tool(tool: Tool, scope: Scope, where: str, room: StrictRoom, web_search: str) -> JSONObject | None:
    """A tool on the wire; None, and a note, for one that only another provider has."""
    match tool:
        case FunctionTool():
            said = _write_function(tool, scope, where, room)
        case CustomTool():
            scope.notes.approximated(where, "free text is asked for as the one property `input`")
            said = _write_custom(tool)
            put_extra(said, tool.extra, scope, where)
        case ServerTool():
            said = _write_server_tool(tool, scope, where, web_search)
            if said is None:
                return None
    cache = None if isinstance(tool, CustomTool) else tool.cache
    if cache is not None:
        extra_cache = said.pop("cache_control", None)
        said["cache_control"] = write_cache(cache, scope, f"{where}.cache")
        if isinstance(extra_cache, dict):
            merge(said, {"cache_control": extra_cache})
    return said


def _write_function(tool: FunctionTool, scope: Scope, where: str, room: StrictRoom) -> JSONObject:
    said: JSONObject = {"name": tool.name}
    if tool.description is not None:
        said["description"] = tool.description
    if tool.parameters is not None:
        said["input_schema"] = tool.parameters
    if tool.strict is not None:
        said["strict"] = tool.strict
    if not scope.own:
        _fit_schema(said, scope, where, room)
    put_extra(said, tool.extra, scope, where)
    return said


def _fit_schema(said: JSONObject, scope: Scope, where: str, room: StrictRoom) -> None:
    """A schema of another origin: an object at the root, and closed where it is strict."""
    schema = said.setdefault("input_schema", {})
    if "type" not in schema:
        detail = "no arguments: an empty object" if not schema else "the root is an object"
        (scope.notes.approximated if schema else scope.notes.injected)(f"{where}.parameters", detail)
        said["input_schema"] = {"type": "object", **({} if schema else {"properties": {}}), **schema}
    if said.get("strict"):
        closed = close(cast(JSONObject, said["input_schema"]))
        if closed is None or not room.takes(closed):
            scope.notes.approximated(f"{where}.strict", "beyond what strict tools can be: not enforced")
            del said["strict"]
        else:
            said["input_schema"] = closed.schema
            if closed.moved:
                scope.notes.approximated(f"{where}.parameters", "keywords that are not enforced moved to descriptions")


def _write_custom(tool: CustomTool) -> JSONObject:
    described = {} if tool.description is None else {"description": tool.description}
    return {"name": tool.name, **described, "input_schema": schema_of(tool)}


def _write_server_tool(tool: ServerTool, scope: Scope, where: str, web_search: str) -> JSONObject | None:
    if scope.carried and "type" in tool.data:
        return {**tool.data}
    if tool.kind != "web_search":
        scope.notes.unsupported(where, f"no provider tool of the kind {tool.kind[:40]!r} here")
        return None
    if any(value for key, value in tool.data.items() if key not in _OTHER_WEB_SEARCH_FIELDS):
        scope.notes.approximated(f"{where}.data", "web search with the settings of this format")
    return {"type": web_search, "name": "web_search"}


def read_choice(wire: ToolChoiceParam | None, extra: JSONObject) -> tuple[ToolChoice | None, bool | None]:
    """The choice, and whether calls may be parallel. An unknown kind stays whole in `extra["tool_choice"]`."""
    if wire is None:
        return None, None
    parallel = None if wire.disable_parallel_tool_use is None else not wire.disable_parallel_tool_use
    if wire.type == "tool":
        if not wire.name:
            raise InvalidRequestError("tool_choice.name: a tool is to be named", param="tool_choice.name")
        choice = ToolChoice("any", (wire.name,))
    elif wire.type in ("auto", "any", "none"):
        choice = ToolChoice(wire.type)
        if wire.name is not None:
            wire.extra["name"] = wire.name
    else:
        extra["tool_choice"] = _choice_builtins(wire)
        return None, parallel
    if wire.extra:
        extra["tool_choice"] = wire.extra
    return choice, parallel


def write_choice(
    choice: ToolChoice | None, parallel: bool | None, tools: tuple[Tool, ...], scope: Scope
) -> tuple[JSONObject | None, frozenset[str] | None]:
    """The choice on the wire, and the names of the only tools that shall be declared (None: all)."""
    only: frozenset[str] | None = None
    said: JSONObject | None = None
    if choice is not None:
        one = choice.mode == "any" and len(choice.names) == 1
        said = {"type": "tool", "name": choice.names[0]} if one else {"type": choice.mode}
        if choice.names and not one and choice.mode != "none":
            only = frozenset(choice.names)
            scope.notes.approximated("tool_choice.names", "the other tools are not declared")
    if parallel is None or (parallel and said is None):
        return said, only
    if said is None:
        if not tools:
            scope.notes.dropped("parallel_tools", "there are no tools")
            return None, None
        scope.notes.injected("tool_choice", "calls one at a time can only be asked for with a choice")
        said = {"type": "auto"}
    if said["type"] == "none":
        if not parallel:
            scope.notes.dropped("parallel_tools", "no tool is to be called")
    else:
        said["disable_parallel_tool_use"] = not parallel
    return said, only


def _choice_builtins(wire: ToolChoiceParam) -> JSONObject:
    return {"type": wire.type, **({} if wire.name is None else {"name": wire.name}), **wire.extra}
