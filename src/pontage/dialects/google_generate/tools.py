"""Floor 3. Tools and how they may be used, both ways.

All functions stand in one object, each of Google's own tools in one of its own. There is no strictness and no switch
for parallel calls. `VALIDATED` (any answer, but calls that fit their schema) is `auto`, and kept by its own name.
"""

from __future__ import annotations

from typing import Any, assert_never, cast

from msgspec import Struct

from pontage.dialects.google_generate.names import FAMILY, camel_case, enum_name, kept
from pontage.dialects.google_generate.schema import SubsetWriter, read_schema
from pontage.dialects.google_generate.types import (
    SERVER_TOOLS,
    FunctionCallingConfig,
    FunctionDeclaration,
    ToolConfig,
)
from pontage.dialects.google_generate.types import Tool as WireTool
from pontage.dialects.notes import Notes
from pontage.domain.chat import ChatRequest, CustomTool, FunctionTool, ServerTool, Tool, ToolChoice
from pontage.domain.parts import JSONObject
from pontage.errors import InvalidRequestError

_MODES = {1: "AUTO", 2: "ANY", 3: "NONE", 4: "VALIDATED"}
_CHOICES = {"AUTO": "auto", "VALIDATED": "auto", "ANY": "any", "NONE": "none"}
_TOOL_CONFIG = ("retrievalConfig", "includeServerSideToolInvocations")
_CALLING_CONFIG = ("streamFunctionCallArguments",)
_SEARCH = "googleSearch"


class Options(Struct, frozen=True, kw_only=True):
    """What hosts and models of this format do differently."""

    family: str | None = FAMILY
    """Whose signatures are made and taken."""
    placeholder: bool = True
    """Whether foreign calls of the current turn get the documented stand-in for a signature."""
    thinking: str | None = None
    """How thinking is said: "level" (Gemini 3 and later), "budget" (2.5), None: as the request says it."""
    json_schema: bool = True
    """Whether the fields for JSON Schema are known; if not, schemas are written in Google's subset."""


def read_tools(tools: list[WireTool]) -> tuple[Tool, ...]:
    """The tools of a request, in order. Raises InvalidRequestError for two schemas of one function."""
    found: list[Tool] = []
    for index, tool in enumerate(tools):
        declarations = tool.function_declarations
        if isinstance(declarations, FunctionDeclaration):
            declarations = [declarations]
        for place, declaration in enumerate(declarations or ()):
            found.append(_read_function(declaration, f"tools[{index}].functionDeclarations[{place}]"))
        for name, value in kept(tool, SERVER_TOOLS).items():
            if value is not None:
                kind = camel_case(name)
                found.append(ServerTool(kind="web_search" if kind == _SEARCH else kind, data={kind: value}))
    return tuple(found)


def _read_function(declaration: FunctionDeclaration, where: str) -> FunctionTool:
    subset = declaration.parameters if isinstance(declaration.parameters, dict) else None
    schema: Any = declaration.parameters_json_schema
    if subset and schema:
        path = f"{where}.parameters"
        raise InvalidRequestError(f"`{path}` and `parametersJsonSchema` exclude each other", param=path)
    if schema and not isinstance(schema, dict):
        path = f"{where}.parametersJsonSchema"
        raise InvalidRequestError(f"`{path}`: expected an object", param=path)
    return FunctionTool(
        name=declaration.name,
        description=declaration.description if isinstance(declaration.description, str) else None,
        parameters=cast(JSONObject, schema) if isinstance(schema, dict) and not subset else _read_subset(subset),
        extra=declaration.extra,
    )


def _read_subset(schema: JSONObject | None) -> JSONObject | None:
    return None if schema is None else read_schema(schema)


def write_tools(request: ChatRequest, options: Options, notes: Notes, *, mine: bool) -> list[JSONObject]:
    """The wire objects of a request's tools."""
    own = mine or request.origin is None
    functions: list[JSONObject] = []
    written: list[JSONObject] = []
    for index, tool in enumerate(request.tools):
        where = f"tools[{index}]"
        match tool:
            case FunctionTool():
                entry = _write_function(tool, where, options, notes, own=own)
            case CustomTool():
                entry = _write_custom(tool, where, notes)
            case ServerTool():
                found = _write_server_tool(tool, where, notes, mine=mine, own=own)
                written += [found] if found is not None else []
                continue
            case _:
                assert_never(tool)
        if not functions:
            written.append({"functionDeclarations": functions})
        functions.append(entry)
    return written


def _write_function(tool: FunctionTool, where: str, options: Options, notes: Notes, *, own: bool) -> JSONObject:
    entry: JSONObject = {"name": tool.name}
    if tool.description is not None:
        entry["description"] = tool.description
    if tool.parameters is not None:
        if options.json_schema:
            entry["parametersJsonSchema"] = tool.parameters
        else:
            entry["parameters"] = write_subset(tool.parameters, f"{where}.parameters", notes)
    if tool.strict is not None:
        notes.dropped(f"{where}.strict", "functions of this format are not strict")
    if tool.cache is not None:
        notes.dropped(f"{where}.cache", "this format has no cache breakpoints")
    if own:
        entry.update((name, value) for name, value in tool.extra.items() if name not in entry)
    else:
        notes.extras(tool.extra, where)
    return entry


def write_subset(schema: JSONObject, where: str, notes: Notes) -> JSONObject:
    """`schema` in Google's own dialect, with a note of the keywords that it has not."""
    writer = SubsetWriter(schema)
    written = writer.write()
    if writer.lost:
        notes.approximated(where, f"not in this format's schemas: {', '.join(sorted(writer.lost))}")
    return written


def _write_custom(tool: CustomTool, where: str, notes: Notes) -> JSONObject:
    notes.approximated(where, "a free-text tool is said as a function with one string, `input`")
    entry: JSONObject = {"name": tool.name}
    if tool.description is not None:
        entry["description"] = tool.description
    text = {"type": "object", "properties": {"input": {"type": "string"}}, "required": ["input"]}
    return {**entry, "parametersJsonSchema": text}


def _write_server_tool(tool: ServerTool, where: str, notes: Notes, *, mine: bool, own: bool) -> JSONObject | None:
    if tool.cache is not None:
        notes.dropped(f"{where}.cache", "this format has no cache breakpoints")
    if mine or (own and tool.data):
        return dict(tool.data)
    if tool.kind == "web_search":
        if tool.data:
            notes.approximated(where, "searched by Google, with its own settings")
        return {_SEARCH: {}}
    notes.unsupported(where, f"no tool of this format is {tool.kind!r}")
    return None


def read_tool_choice(config: ToolConfig, extra: JSONObject) -> ToolChoice | None:
    """How tools may be used; what has no canonical name is added to `extra`. Raises InvalidRequestError."""
    for name, value in config.extra.items():
        if name in _TOOL_CONFIG:
            extra[name] = value
        else:
            extra.setdefault("toolConfig", {})[name] = value
    calling = config.function_calling_config
    if not isinstance(calling, FunctionCallingConfig):
        return None
    for name, value in calling.extra.items():
        if name in _CALLING_CONFIG:
            extra[name] = value
        else:
            extra.setdefault("functionCallingConfig", {})[name] = value
    mode = enum_name(calling.mode, _MODES) or "AUTO"
    if mode == "MODE_UNSPECIFIED":
        mode = "AUTO"
    if mode not in _CHOICES:
        path = "toolConfig.functionCallingConfig.mode"
        raise InvalidRequestError(f"`{path}`: {calling.mode!r} is not a mode", param=path)
    if mode == "VALIDATED":
        extra.setdefault("functionCallingConfig", {})["mode"] = mode
    names = tuple(calling.allowed_function_names or ())
    match _CHOICES[mode]:
        case "any":
            return ToolChoice("any", names)
        case "none":
            return ToolChoice("none", names)
        case _:
            return ToolChoice("auto", names)


def write_tool_config(request: ChatRequest, extra: JSONObject, notes: Notes, *, mine: bool) -> JSONObject:
    """The toolConfig; takes out of `extra` (the request's own kept fields) what belongs there."""
    config: JSONObject = {}
    calling: JSONObject = {**extra.pop("functionCallingConfig", {})}
    choice = request.tool_choice
    if choice is not None and not mine and all(isinstance(tool, ServerTool) for tool in request.tools):
        notes.dropped("tool_choice", "there is no function to choose")
    elif choice is not None:
        told = calling.pop("mode", None)
        mode = "VALIDATED" if told == "VALIDATED" and choice.mode == "auto" else choice.mode.upper()
        if choice.mode == "auto" and choice.names and mode == "AUTO":
            notes.approximated("tool_choice", "a choice among these only is said as VALIDATED")
            mode = "VALIDATED"
        calling = {"mode": mode, **calling}
        if choice.names:
            calling["allowedFunctionNames"] = list(choice.names)
    for name in _CALLING_CONFIG:
        if name in extra:
            calling[name] = extra.pop(name)
    if calling:
        config["functionCallingConfig"] = calling
    for name in _TOOL_CONFIG:
        if name in extra:
            config[name] = extra.pop(name)
    config.update(extra.pop("toolConfig", {}))
    if request.parallel_tools is False:
        notes.dropped("parallel_tools", "this format cannot forbid calls side by side")
    return config
