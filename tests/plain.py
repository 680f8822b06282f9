"""Canonical values as plain data, brought to one form where two forms say the same.

These readings count as equal, and no others:

- Adjacent messages of one role are one turn, and a message without parts is none: formats that demand alternation
  merge and omit them (`turns`).
- A function call's arguments are JSON: formats that carry objects write the same value in other words (`arguments`).
- An empty text in a tool's result is none (`plain`).
- The tool's name on a result repeats that of its call; formats demand or refuse the repetition (`turns`).
- One answer (`n`), of text (`modalities`), is what everyone gives who is asked for nothing else (`plain`).
- A budget for thinking, or an effort other than "none", asks for thinking; "none" asks for none (`plain`).
- A free choice among tools, where there are tools, is what everyone gives who is asked for nothing else (`plain`).
- Parallel calls, free text, no probabilities, a tier and a detail of the provider's choice are every format's defaults.
- A strict schema is what formats give that always hold to the schema and have no word for it (`plain`).
- A special bucket with no tokens in it is none, and a title without letters is none (`plain`).
- Adjacent texts of an answer are one text, as in a stream that knows no bounds between them (`joined`).
- A tool that the provider runs is its kind. Its declaration goes home only, so its settings count as extra fields.
"""

import functools
import itertools
import json
from typing import Any

import msgspec
from msgspec import NODEFAULT, Struct

from pontage.domain import (
    ChatRequest,
    ChatResponse,
    Citation,
    Image,
    OutputFormat,
    ReasoningOptions,
    ServerTool,
    Stop,
    TokenUsage,
    ToolCall,
    ToolResult,
)

Conversation = ChatRequest | ChatResponse
PROVENANCE = {"origin", "extra", "spelling", "notes", "attempts", "provider"}
OWN_WORDS = {Stop: {"raw"}, TokenUsage: {"raw", "service_tier"}}  # the provider's own record; what is said beside it
USUAL = {"output": {"kind": "text"}, "reasoning": {}, "service_tier": "auto"}  # what goes without saying
RUNNING = {"by", "type", "text"}  # a text with nothing else about it


@functools.cache
def _fields(kind: type[Struct]) -> list[tuple[str, Any]]:
    """The names of the compared fields with their defaults."""
    hidden = PROVENANCE | OWN_WORDS.get(kind, set())
    found: list[tuple[str, Any]] = []
    for field in msgspec.structs.fields(kind):
        default = field.default if field.default_factory is NODEFAULT else field.default_factory()
        if field.name not in hidden:
            found.append((field.name, default))
    return found


def plain(value: Any) -> Any:
    """`value` as plain data without provenance, own words and what is at its default."""
    if isinstance(value, Struct):
        kind = type(value)
        said = {name: getattr(value, name) for name, default in _fields(kind) if getattr(value, name) != default}
        result = {name: plain(item) for name, item in said.items()}
        _settle(value, result)
        tag = kind.__struct_config__.tag
        return {"type": tag, **result} if tag else result
    return [plain(item) for item in value] if isinstance(value, tuple | list) else value


def _settle(value: Struct, result: dict[str, Any]) -> None:
    """Bring what says the same to one form."""
    match value:
        case ToolCall(kind="function"):
            result["arguments"] = arguments(value.arguments)
        case ToolResult():
            said = [part for part in result.pop("parts", ()) if part != {"type": "text", "text": ""}]
            result.update({"parts": said} if said else {})
        case ServerTool():
            result.pop("data", None)
            result.pop("name", None)
        case ReasoningOptions(enabled=True) if value.budget_tokens or value.effort not in (None, "none"):
            del result["enabled"]
        case ReasoningOptions(effort="none"):
            del result["effort"]
            result["enabled"] = False
        case OutputFormat(strict=True) | Image(detail="auto") | Citation(title=""):
            for name in ("strict", "detail", "title"):
                if result.get(name) in (True, "auto", ""):
                    del result[name]
        case TokenUsage():
            for name in set(result) - {"input", "output"}:
                if result[name] == 0:
                    del result[name]
        case ChatRequest():
            if value.n == 1:
                del result["n"]
            if value.modalities == ("text",):
                del result["modalities"]
            if value.parallel_tools is True:
                del result["parallel_tools"]
            if value.logprobs is False:
                del result["logprobs"]
            callable_tools = [tool for tool in value.tools if not isinstance(tool, ServerTool)]
            if callable_tools and result.get("tool_choice") == {"mode": "auto"}:
                del result["tool_choice"]
            for name, usual in USUAL.items():
                if result.get(name) == usual:
                    del result[name]
        case _:
            pass


def arguments(text: str) -> Any:
    """The JSON value of a call's arguments; nothing is an empty object; what is no JSON stays text."""
    try:
        return json.loads(text) if text.strip() else {}
    except ValueError:
        return text


def turns(value: Conversation) -> list[tuple[str, Any]]:
    """Every part that is said, with its path and who says it, so that the bounds of messages do not count."""
    if isinstance(value, ChatRequest):
        messages = [(f"messages[{number}]", message) for number, message in enumerate(value.messages)]
        speakers = [message.role for message in value.messages]
    else:
        messages = [(f"choices[{number}].message", choice.message) for number, choice in enumerate(value.choices)]
        speakers = [f"choice {number}" for number in range(len(messages))]
    called = {part.id for _, message in messages for part in message.parts if isinstance(part, ToolCall)}
    found: list[tuple[str, Any]] = []
    for (path, message), by in zip(messages, speakers, strict=True):
        if message.name is not None:
            found.append((f"{path}.name", {"by": by, "type": "name", "name": message.name}))
        for index, part in enumerate(message.parts):
            said = {"by": by, **plain(part)}
            if isinstance(part, ToolResult) and part.call_id in called:
                said.pop("name", None)
            found.append((f"{path}.parts[{index}]", said))
    return found


def unproven(said: list[tuple[str, Any]]) -> list[tuple[str, Any]]:
    """Parts without their signatures, and without those that were nothing else."""
    found = [(path, {key: part[key] for key in part if key not in ("signature", "redacted")}) for path, part in said]
    return [(path, part) for path, part in found if set(part) != {"by", "type"} or part["type"] != "reasoning"]


def joined(said: list[tuple[str, Any]]) -> list[tuple[str, Any]]:
    """Parts with adjacent texts made one, as in a stream of text without bounds, and without empty texts.

    Citations, which lean on the text by their place in it, stand behind the parts, each by itself.
    """
    found: list[tuple[str, Any]] = []
    cited: list[tuple[str, Any]] = []
    for path, whole in said:
        citations = whole.get("citations", ()) if whole["type"] == "text" else ()
        part = {key: whole[key] for key in whole if key != "citations" or not citations}
        before = found[-1][1] if found else {}
        running = part["type"] in ("text", "refusal") and set(part) <= RUNNING
        runs_on = running and set(before) == RUNNING and (before["type"], before["by"]) == (part["type"], part["by"])
        start = len(before["text"]) if runs_on else 0
        cited += [
            (f"{path}.citations[{index}]", {"type": "citation", "by": part["by"], **_moved(one, start)})
            for index, one in enumerate(citations)
        ]
        if runs_on:
            before["text"] += part["text"]
        elif not running or part["text"]:
            found.append((path, part))
    return found + cited


def gathered(said: list[tuple[str, Any]]) -> list[tuple[str, Any]]:
    """Parts with those of one kind side by side in every turn, as formats say them that have one field for each."""
    found: list[tuple[str, Any]] = []
    for _, turn in itertools.groupby(said, key=lambda entry: entry[1]["by"]):
        found += sorted(turn, key=lambda entry: str(entry[1]["type"]))
    return found


def _moved(citation: dict[str, Any], by: int) -> dict[str, Any]:
    return {**citation, **{key: citation[key] + by for key in ("start", "end") if key in citation}}
