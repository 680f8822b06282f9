"""Tools and the choice among them, both ways. Floor 3; pure.

A function without a word on `strict` is strict to this API, and to no other: what elsewhere goes without saying is
`strict: false` here, both ways. A schema that breaks the rules of strict ones is sent as it is, and not enforced.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Final, cast

import msgspec

from pontage.dialects.openai_responses.names import Scope, put_extra
from pontage.dialects.openai_responses.types import ToolChoiceParam, ToolParam
from pontage.domain.chat import CustomTool, FunctionTool, ServerTool, Tool, ToolChoice
from pontage.domain.parts import JSONObject
from pontage.errors import InvalidRequestError

_SEARCH: Final = "web_search"
_MODES: Final = {"none": "none", "auto": "auto", "required": "any"}
_WORDS: Final = {"none": "none", "auto": "auto", "any": "required"}
_GRAMMAR: Final = "grammar"
_LOOSE: Final = frozenset(
    ["oneOf", "allOf", "not", "if", "then", "else", "patternProperties", "propertyNames", "minProperties",
     "maxProperties", "contains", "uniqueItems", "unevaluatedItems", "unevaluatedProperties", "default",
     "dependentRequired", "dependentSchemas", "prefixItems"]
)  # fmt: skip


def read_tool(wire: ToolParam, number: int) -> Tool:
    """A declared tool. Raises InvalidRequestError for one of the caller's without a name."""
    extra = {key: value for key, value in wire.extra.items() if value is not None}
    if wire.type in ("function", "custom") and not wire.name:
        param = f"tools[{number}].name"
        raise InvalidRequestError(f"`{param}`: a tool needs a name", param=param)
    if wire.type == "function":
        return FunctionTool(
            name=wire.name or "",
            description=wire.description,
            parameters=wire.parameters,
            strict=wire.strict or None,
            extra=extra,
        )
    if wire.type == "custom":
        form = _nested(wire.format)
        return CustomTool(name=wire.name or "", description=wire.description, format=form, extra=extra)
    kind = _SEARCH if wire.type.startswith(_SEARCH) else wire.type
    said: JSONObject = msgspec.to_builtins(wire)
    data = {**{key: value for key, value in said.items() if not key.startswith("~")}, **wire.extra}
    return ServerTool(kind=kind, name=wire.name, data=data)


def _nested(form: Any) -> JSONObject | None:
    """A form as Chat Completions writes it: what a grammar is stands in an object of its own."""
    if not isinstance(form, dict):
        return None
    fields = cast(JSONObject, form)
    if fields.get("type") != _GRAMMAR:
        return fields
    return {"type": _GRAMMAR, _GRAMMAR: {key: value for key, value in fields.items() if key != "type"}}


def _flat(form: JSONObject) -> JSONObject:
    grammar: Any = form.get(_GRAMMAR)
    if form.get("type") != _GRAMMAR or not isinstance(grammar, dict):
        return form
    return {"type": _GRAMMAR, **cast(JSONObject, grammar)}


def write_tools(tools: Sequence[Tool], scope: Scope) -> list[JSONObject]:
    """The tools on the wire; a note for each that only another provider has."""
    found = (_write_tool(tool, scope, f"tools[{number}]") for number, tool in enumerate(tools))
    return [said for said in found if said is not None]


def _write_tool(tool: Tool, scope: Scope, where: str) -> JSONObject | None:
    if not isinstance(tool, CustomTool) and tool.cache is not None:
        scope.notes.dropped(f"{where}.cache", "no breakpoints on tools")
    if isinstance(tool, ServerTool):
        return _write_server_tool(tool, scope, where)
    said: JSONObject = {"type": "custom", "name": tool.name}
    if isinstance(tool, FunctionTool):
        said = {"type": "function", "name": tool.name, **_schema_of(tool, scope, where)}
    elif tool.format is not None:
        said["format"] = _flat(tool.format)
    if tool.description is not None:
        said["description"] = tool.description
    put_extra(said, tool.extra, scope, where)
    return said


def _schema_of(tool: FunctionTool, scope: Scope, where: str) -> JSONObject:
    parameters = tool.parameters
    if tool.strict is False:
        scope.notes.approximated(f"{where}.strict", "what goes without saying elsewhere")
    if parameters is None and not scope.own:
        scope.notes.injected(f"{where}.parameters", "no arguments: an empty object")
        parameters = cast(JSONObject, {"type": "object", "properties": {}})
    strict = holds_strict(tool.strict, parameters, scope, where)
    return {"strict": strict} if parameters is None else {"parameters": parameters, "strict": strict}


def holds_strict(strict: bool | None, schema: JSONObject | None, scope: Scope, where: str) -> bool:
    """Whether a schema is enforced, as far as asked; a note where it cannot be."""
    if strict and not scope.carried and schema is not None and not fits_strict(schema):
        scope.notes.approximated(f"{where}.strict", "the schema breaks the rules of strict schemas")
        return False
    return bool(strict)


def fits_strict(schema: object) -> bool:
    """Whether a schema may be strict: closed objects whose every property is required, and no keyword beyond."""
    if isinstance(schema, list):
        return all(map(fits_strict, cast(list[Any], schema)))
    if not isinstance(schema, dict):
        return True
    fields = cast(JSONObject, schema)
    if not _LOOSE.isdisjoint(fields):
        return False
    properties: Any = fields.get("properties")
    if isinstance(properties, dict) or fields.get("type") == "object":
        named = cast(JSONObject, properties) if isinstance(properties, dict) else {}
        required: Any = fields.get("required", [])
        if fields.get("additionalProperties") is not False or not isinstance(required, list):
            return False
        if set(named) - set(map(str, cast(list[Any], required))) or not fits_strict(list(named.values())):
            return False
    definitions: Any = fields.get("$defs")
    others = list(cast(JSONObject, definitions).values()) if isinstance(definitions, dict) else []
    return fits_strict([fields.get("items"), fields.get("anyOf"), *others])


def _write_server_tool(tool: ServerTool, scope: Scope, where: str) -> JSONObject | None:
    if scope.carried and "type" in tool.data:
        return {**tool.data}
    if tool.kind != _SEARCH:
        scope.notes.unsupported(where, f"no provider tool of the kind {tool.kind[:40]!r} here")
        return None
    if tool.data or tool.name:
        scope.notes.approximated(where, "the plain web search of this format")
    return {"type": _SEARCH}


def read_choice(wire: str | ToolChoiceParam | None, extra: JSONObject) -> ToolChoice | None:
    """The choice. A kind without a canonical name stays whole in `extra["tool_choice"]`. Raises InvalidRequestError
    for a word that is none."""
    if wire is None:
        return None
    if isinstance(wire, str):
        if wire not in _MODES:
            raise InvalidRequestError(
                f"`tool_choice`: {wire[:40]!r} is none of {', '.join(_MODES)}", param="tool_choice"
            )
        return ToolChoice(cast(Any, _MODES[wire]))
    if wire.type in ("function", "custom") and wire.name and not wire.extra:
        return ToolChoice("any", (wire.name,))
    names = [tool.get("name") for tool in wire.tools or () if tool.get("type") in ("function", "custom")]
    known = all(isinstance(name, str) for name in names) and len(names) == len(wire.tools or ())
    if wire.type == "allowed_tools" and wire.mode in _MODES and names and known:
        return ToolChoice(cast(Any, _MODES[wire.mode]), tuple(map(str, names)))
    said: JSONObject = msgspec.to_builtins(wire)
    extra["tool_choice"] = {**{key: value for key, value in said.items() if not key.startswith("~")}, **wire.extra}
    return None


def write_choice(choice: ToolChoice, tools: Sequence[Tool]) -> str | JSONObject:
    """`tool_choice` on the wire."""
    if not choice.names or choice.mode == "none":
        return _WORDS[choice.mode]
    custom = {tool.name for tool in tools if isinstance(tool, CustomTool)}
    named: list[JSONObject] = [
        {"type": "custom" if name in custom else "function", "name": name} for name in choice.names
    ]
    if choice.mode == "any" and len(named) == 1:
        return named[0]
    return {"type": "allowed_tools", "mode": _WORDS[choice.mode], "tools": named}
