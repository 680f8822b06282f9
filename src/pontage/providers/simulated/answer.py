"""From a request to a made-up answer, the same one every time, whole and in events. Floor 4; pure."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator

import msgspec

from pontage.domain.chat import (
    ChatRequest,
    ChatResponse,
    Choice,
    FunctionTool,
    Message,
    Origin,
    Stop,
    TokenUsage,
    Tool,
)
from pontage.domain.parts import Part, Reasoning, Refusal, Text, ToolCall, ToolResult
from pontage.domain.stream import (
    Delta,
    Ending,
    Finished,
    PartEnded,
    PartStarted,
    Started,
    StreamEvent,
    emptied,
    grown,
)
from pontage.providers.simulated.config import PREFIX
from pontage.providers.simulated.schema import example
from pontage.providers.simulated.types import Scenario

CHARACTERS_PER_TOKEN = 4
PIECE = 12
"""Characters of one stream delta, as long as `PIECES` are enough."""

PIECES = 200
"""Deltas of one part: of a longer text they are larger, so that a large answer is no longer work than a small one."""


def answer(request: ChatRequest, scenario: Scenario) -> ChatResponse:
    """The whole answer."""
    asked = msgspec.structs.replace(request, stream=False)  # in pieces it is the same answer
    digest = hashlib.sha256(msgspec.json.encode(asked)).hexdigest()
    choices = tuple(_choice(request, scenario, digest, number) for number in range(request.n or 1))
    said = sum(len(grown(part)) for choice in choices for part in choice.message.parts)
    thought = sum(len(part.text) for part in choices[0].message.parts if isinstance(part, Reasoning))
    return ChatResponse(
        id=f"sim-{digest[:24]}",
        model=request.model,
        choices=choices,
        usage=TokenUsage(
            input=_tokens(sum(len(_told(message)) for message in request.messages)),
            cache_read=0,
            output=_tokens(said - thought),
            reasoning=_tokens(thought) if thought else 0,
        ),
        origin=Origin("simulated", model=request.model),
    )


def events(response: ChatResponse) -> Iterator[StreamEvent]:
    """The same answer in pieces, each made when it is asked for."""
    yield Started(id=response.id, model=response.model, created=response.created, origin=response.origin)
    for number, choice in enumerate(response.choices):
        for index, part in enumerate(choice.message.parts):
            text = grown(part)
            yield PartStarted(index, emptied(part), number)
            size = max(PIECE, -(-len(text) // PIECES))
            for start in range(0, len(text), size):
                yield Delta(index, text[start : start + size], number)
            yield PartEnded(index, part, number)
    yield Finished(endings=tuple(Ending(stop=choice.stop) for choice in response.choices), usage=response.usage)


def _choice(request: ChatRequest, scenario: Scenario, digest: str, number: int) -> Choice:
    parts, stop = _parts(request, scenario, digest)
    if number and isinstance(parts[-1], Text):
        parts = (*parts[:-1], Text(text=f"{parts[-1].text} (candidate {number + 1})"))
    parts, stop = _stopped(parts, stop, request.stop)
    if request.max_tokens is not None:
        parts, stop = _limited(parts, stop, max(request.max_tokens, 1))
    origin = Origin("simulated", model=request.model)
    return Choice(message=Message(role="assistant", parts=parts, origin=origin), stop=stop)


def _limited(parts: tuple[Part, ...], stop: Stop, left: int) -> tuple[tuple[Part, ...], Stop]:
    """The answer up to its limit in tokens, thinking included."""
    kept: list[Part] = []
    for part in parts:
        if isinstance(part, Text | Reasoning):
            if _tokens(len(part.text)) > left:
                part, stop = (
                    msgspec.structs.replace(part, text=part.text[: left * CHARACTERS_PER_TOKEN]),
                    Stop("length"),
                )
            left -= _tokens(len(part.text))
            if not part.text:
                continue
        kept.append(part)
    return tuple(kept), stop


def _stopped(parts: tuple[Part, ...], stop: Stop, sequences: tuple[str, ...]) -> tuple[tuple[Part, ...], Stop]:
    """The answer up to the first of its stop sequences, which is never sought in the prefix."""
    last = parts[-1]
    if not isinstance(last, Text):
        return parts, stop
    found = [(place, one) for one in sequences if one and (place := last.text.find(one, len(PREFIX))) >= 0]
    if not found:
        return parts, stop
    place, sequence = min(found)
    return (*parts[:-1], Text(text=last.text[:place])), Stop("stop_sequence", sequence=sequence)


def _parts(request: ChatRequest, scenario: Scenario, digest: str) -> tuple[tuple[Part, ...], Stop]:
    calls = _calls(request, scenario, digest)
    if calls:
        return calls, Stop("tool_calls")
    if scenario.name == "refusal":
        return (Refusal(text=f"{PREFIX} I decline, because this model always does."),), Stop("refusal")
    if request.output is not None and request.output.kind != "text":
        schema = request.output.schema or {"type": "object", "properties": {"simulated": {"const": True}}}
        return (Text(text=msgspec.json.encode(example(schema)).decode()),), Stop("stop")
    text = Text(text=_text(request, scenario))
    if scenario.name == "length":
        return (text,), Stop("length")
    if scenario.name == "reasoning" or (request.reasoning is not None and request.reasoning.show):
        return (Reasoning(text=f"{PREFIX} Someone asks me something; I look at it from all sides."), text), Stop("stop")
    return (text,), Stop("stop")


def _text(request: ChatRequest, scenario: Scenario) -> str:
    last = request.messages[-1] if request.messages else Message(role="user")
    results = [part for part in last.parts if isinstance(part, ToolResult)]
    if results:
        told = "; ".join(_told(Message(role="user", parts=result.parts)) for result in results)
        return f"{PREFIX} The tool answered: {told}"
    asked = next((message.text for message in reversed(request.messages) if message.role == "user"), "")
    if scenario.name == "echo":
        return f"{PREFIX} {asked}"
    return (
        f"{PREFIX} This is Pontage's built-in provider: no model was asked and nothing was spent. "
        f"You wrote {len(asked)} characters, beginning with: {asked[:120]}"
    )


def _calls(request: ChatRequest, scenario: Scenario, digest: str) -> tuple[ToolCall, ...]:
    choice = request.tool_choice
    tools: list[Tool] = [
        tool for tool in request.tools if tool.name and not (choice and choice.names and tool.name not in choice.names)
    ]
    last = request.messages[-1] if request.messages else None
    answered = last is not None and any(isinstance(part, ToolResult) for part in last.parts)
    if not tools or (choice and choice.mode == "none"):
        return ()
    forced = choice is not None and choice.mode == "any"
    if not forced and (scenario.name != "tools" or answered):
        return ()
    count = int(scenario.number("count", 1, 16)) if request.parallel_tools is not False else 1
    return tuple(_call(tools[number % len(tools)], f"call_{digest[:12]}{number:02d}") for number in range(count))


def _call(tool: Tool, call_id: str) -> ToolCall:
    if isinstance(tool, FunctionTool):
        arguments = msgspec.json.encode(example(tool.parameters) if tool.parameters else {}).decode()
        return ToolCall(id=call_id, name=tool.name, arguments=arguments)
    return ToolCall(id=call_id, name=tool.name or "", arguments="simulated", kind="custom")


def _told(message: Message) -> str:
    texts = [_told(Message(role="user", parts=part.parts)) for part in message.parts if isinstance(part, ToolResult)]
    return message.text + "".join(texts)


def _tokens(characters: int) -> int:
    return -(-characters // CHARACTERS_PER_TOKEN)
