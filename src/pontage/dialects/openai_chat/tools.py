"""Tools and the choice among them, both ways. Floor 3; pure.

A schema is sent as it is. Where `strict` was asked for in another format and the schema breaks OpenAI's rules for it,
the schema stays and `strict` goes, with a note: the model is then told the schema, but not held to it.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Final, cast

from pontage.dialects.codec import Unknown
from pontage.dialects.openai_chat import request_types as wires
from pontage.dialects.openai_chat.caching import decode_cache, encode_cache
from pontage.dialects.openai_chat.message_types import said
from pontage.dialects.openai_chat.variant import Scope, kept
from pontage.dialects.scope import put_extra
from pontage.domain.chat import CustomTool, FunctionTool, ServerTool, Tool, ToolChoice
from pontage.domain.parts import JSONObject
from pontage.errors import InvalidRequestError

WEB_SEARCH: Final = "web_search"
SEARCH_OPTIONS: Final = "web_search_options"
_SEARCHES: Final = frozenset({"web_search", "web_search_preview", "openrouter:web_search"})
_MODES: Final = {"none": "none", "auto": "auto", "required": "any", "any": "any"}
_WORDS: Final = {"none": "none", "auto": "auto", "any": "required"}
_LOOSE: Final = frozenset(
    {
        "oneOf", "allOf", "not", "if", "then", "else", "patternProperties", "propertyNames", "minProperties",
        "maxProperties", "contains", "uniqueItems", "unevaluatedItems", "unevaluatedProperties", "default",
        "dependentRequired", "dependentSchemas", "prefixItems",
    }
)  # fmt: skip


def decode_tools(request: wires.ChatRequest) -> tuple[Tool, ...]:
    """All tools of a request: declared, legacy, and the search that stands in a field of its own."""
    found: list[Tool] = [_decode_tool(tool) for tool in said(request.tools) or ()]
    found += [_decode_function(function) for function in said(request.functions) or ()]
    options = said(request.web_search_options)
    if options is not None:
        found.append(ServerTool(kind=WEB_SEARCH, data={SEARCH_OPTIONS: options}))
    return tuple(found)


def _decode_tool(tool: wires.Tool) -> Tool:
    if isinstance(tool, wires.FunctionTool):
        cache, marks = decode_cache(said(tool.cache_control))
        function = _decode_function(tool.function)
        extra = kept(tool.extra, function=tool.function.extra, cache_control=marks)
        if cache is None and not extra:
            return function
        return FunctionTool(
            name=function.name,
            description=function.description,
            parameters=function.parameters,
            strict=function.strict,
            cache=cache,
            extra=extra,
        )
    if isinstance(tool, wires.CustomTool):
        body = tool.custom
        extra = kept(tool.extra, custom=body.extra)
        return CustomTool(name=body.name, description=said(body.description), format=said(body.format), extra=extra)
    kind, name = str(tool.data["type"]), tool.data.get("name")
    return ServerTool(
        kind=WEB_SEARCH if kind in _SEARCHES else kind,
        name=name if isinstance(name, str) else None,
        data=tool.data,
    )


def _decode_function(function: wires.FunctionBody) -> FunctionTool:
    return FunctionTool(
        name=function.name,
        description=said(function.description),
        parameters=said(function.parameters),
        strict=said(function.strict),
        extra=kept({}, function=function.extra),
    )


def encode_tools(tools: Sequence[Tool], scope: Scope) -> JSONObject:
    """The fields that declare these tools."""
    fields: JSONObject = {}
    declared: list[JSONObject] = []
    for index, tool in enumerate(tools):
        where = f"tools[{index}]"
        match tool:
            case FunctionTool():
                declared.append(_encode_function(tool, where, scope))
            case CustomTool():
                declared.append(_encode_custom(tool, where, scope))
            case ServerTool():
                _encode_server_tool(tool, where, scope, fields, declared)
    if declared:
        fields["tools"] = declared
    return fields


def _encode_function(tool: FunctionTool, where: str, scope: Scope) -> JSONObject:
    function: JSONObject = {"name": tool.name}
    if tool.description is not None:
        function["description"] = tool.description
    if tool.parameters is not None:
        function["parameters"] = tool.parameters
    if tool.strict is not None:
        function.update(encode_strict(tool.strict, tool.parameters, where, scope))
    wire: JSONObject = {"type": "function", "function": function}
    if tool.cache is not None:
        wire.update(encode_cache(tool.cache, f"{where}.cache", scope))
    put_extra(wire, tool.extra, scope, where)
    return wire


def _encode_custom(tool: CustomTool, where: str, scope: Scope) -> JSONObject:
    custom: JSONObject = {"name": tool.name}
    if tool.description is not None:
        custom["description"] = tool.description
    if tool.format is not None:
        custom["format"] = tool.format
    wire: JSONObject = {"type": "custom", "custom": custom}
    put_extra(wire, tool.extra, scope, where)
    return wire


def _encode_server_tool(
    tool: ServerTool, where: str, scope: Scope, fields: JSONObject, declared: list[JSONObject]
) -> None:
    """A tool of this format goes back where it stood; another format's web search becomes the plain one."""
    if tool.cache is not None:
        scope.notes.dropped(f"{where}.cache", "no cache marks on these tools")
    if scope.carried and SEARCH_OPTIONS in tool.data:
        fields[SEARCH_OPTIONS] = tool.data[SEARCH_OPTIONS]
    elif scope.carried and "type" in tool.data:
        declared.append(tool.data)
    elif tool.kind == WEB_SEARCH and scope.takes(SEARCH_OPTIONS):
        fields[SEARCH_OPTIONS] = {}
        if tool.data or tool.name:
            scope.notes.approximated(where, "the plain web search of this format")
    else:
        scope.notes.unsupported(where, "the provider runs no such tool")


def encode_strict(strict: bool, schema: JSONObject | None, where: str, scope: Scope) -> JSONObject:
    """`strict` as a field, or nothing with a note where the schema cannot be held to."""
    if strict and not scope.carried and schema is not None and not fits_strict(schema):
        scope.notes.approximated(f"{where}.strict", "the schema breaks the rules of strict schemas")
        return {}
    return {"strict": strict}


def fits_strict(schema: object) -> bool:
    """Whether OpenAI takes this schema as strict: closed objects whose every property is required, and no keyword
    that it does not know."""
    if isinstance(schema, list):
        return all(fits_strict(item) for item in cast(list[Any], schema))
    if not isinstance(schema, dict):
        return True
    fields = cast(JSONObject, schema)
    if not _LOOSE.isdisjoint(fields):
        return False
    properties = fields.get("properties")
    if isinstance(properties, dict) or fields.get("type") == "object":
        named = cast(JSONObject, properties) if isinstance(properties, dict) else {}
        required = fields.get("required", [])
        if fields.get("additionalProperties") is not False or not isinstance(required, list):
            return False
        if set(named) - set(cast(list[Any], required)):
            return False
        if not all(fits_strict(item) for item in named.values()):
            return False
    inner = (fields.get(key) for key in ("items", "anyOf"))
    definitions = fields.get("$defs")
    named_schemas = list(cast(JSONObject, definitions).values()) if isinstance(definitions, dict) else []
    return all(fits_strict(item) for item in (*inner, *named_schemas))


def decode_choice(request: wires.ChatRequest) -> tuple[ToolChoice | None, JSONObject]:
    """The choice, and what of it has no canonical name. Raises InvalidRequestError for a word that is none."""
    choice = said(request.tool_choice)
    legacy = said(request.function_call)
    if choice is None and legacy is not None:
        return (ToolChoice("any", (legacy.name,)) if isinstance(legacy, wires.Named) else _mode(legacy)), {}
    match choice:
        case None:
            return None, {}
        case str():
            return _mode(choice), {}
        case wires.FunctionChoice():
            return ToolChoice("any", (choice.function.name,)), {}
        case wires.CustomChoice():
            return ToolChoice("any", (choice.custom.name,)), {}
        case wires.AllowedChoice():
            return _decode_allowed(choice.allowed_tools)
        case Unknown():
            return None, {"tool_choice": choice.data}


def _mode(word: str) -> ToolChoice:
    mode = _MODES.get(word)
    if mode is None:
        known = ", ".join(_MODES)
        raise InvalidRequestError(f"`tool_choice`: {word!r} is none of {known}", param="tool_choice")
    return ToolChoice(cast(Any, mode))


def _decode_allowed(allowed: wires.Allowed) -> tuple[ToolChoice | None, JSONObject]:
    names = [_name_of(tool) for tool in allowed.tools]
    mode = _MODES.get(allowed.mode)
    if mode is None or not all(names):
        whole = {"type": "allowed_tools", "allowed_tools": {"mode": allowed.mode, "tools": allowed.tools}}
        return None, {"tool_choice": whole}
    return ToolChoice(cast(Any, mode), tuple(str(name) for name in names)), {}


def _name_of(tool: JSONObject) -> str | None:
    body = tool.get(str(tool.get("type")))
    name = cast(JSONObject, body).get("name") if isinstance(body, dict) else None
    return name if isinstance(name, str) else None


def encode_choice(choice: ToolChoice, tools: Sequence[Tool]) -> str | JSONObject:
    """`tool_choice` as the format says it."""
    if not choice.names or choice.mode == "none":
        return _WORDS[choice.mode]
    custom = {tool.name for tool in tools if isinstance(tool, CustomTool)}
    named = [
        {"type": kind, kind: {"name": name}}
        for name in choice.names
        for kind in ("custom" if name in custom else "function",)
    ]
    if choice.mode == "any" and len(named) == 1:
        return named[0]
    return {"type": "allowed_tools", "allowed_tools": {"mode": _WORDS[choice.mode], "tools": named}}
