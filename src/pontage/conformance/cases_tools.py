"""Cases: tools that are called, must be called, may not be called; and what they answer. Floor 8."""

from __future__ import annotations

from typing import Any

import msgspec

from pontage.conformance.bench import Bench, question, said
from pontage.conformance.cases_stream import pieces_fit, same_when_cut, strides
from pontage.conformance.verdict import PASSED, Case, Verdict, absent, judge, shown
from pontage.domain.chat import ChatRequest, ChatResponse, FunctionTool, Message, ToolChoice
from pontage.domain.parts import JSONObject, Text, ToolCall, ToolResult
from pontage.errors import InvalidRequestError

WEATHER = FunctionTool(
    name="get_weather",
    description="The weather in a city, now.",
    parameters={
        "type": "object",
        "properties": {"city": {"type": "string", "description": "The city's name."}},
        "required": ["city"],
    },
)
BOOKING = FunctionTool(
    name="book_journey",
    description="Book a journey by train.",
    parameters={
        "type": "object",
        "properties": {
            "travellers": {"type": "array", "items": {"type": "object", "properties": {"name": {"type": "string"}}}},
            "days": {"type": "integer"},
            "class": {"type": "string", "enum": ["first", "second"]},
        },
        "required": ["travellers", "days", "class"],
    },
)
CLOCK = FunctionTool(name="get_time", description="The time of day, here.", parameters=None)
ASKED = "What is the weather in Oslo? Look it up with a tool."
DEGREES = "17"
MUST = ToolChoice("any")
CALLED = question(ASKED, tools=(WEATHER,), tool_choice=MUST)


def arguments_of(call: ToolCall) -> JSONObject | None:
    """The arguments of a call, or None when they are no JSON object."""
    try:
        return msgspec.json.decode(call.arguments or "{}", type=dict[str, Any])
    except msgspec.DecodeError:
        return None


async def callable_request(bench: Bench, request: ChatRequest) -> ChatRequest:
    """A request that demands a call, or leaves it to the model where none can be demanded."""
    try:
        await bench.ask(request)
    except InvalidRequestError:
        return msgspec.structs.replace(request, tool_choice=None)
    return request


def called(request: ChatRequest, answer: ChatResponse, name: str, *fields: str) -> Verdict:
    """Judge an answer that has to call the tool `name` with these arguments; where it need not, it may say so."""
    calls = answer.message.tool_calls
    if not calls:
        why = f"no tool was called: {shown(answer.text)}"
        return absent(why) if request.tool_choice is None else Verdict("failed", why)
    arguments = arguments_of(calls[0])
    return judge(
        (calls[0].name == name, f"{calls[0].name} was called and not {name}"),
        (calls[0].id, "the call has no id"),
        (arguments is not None, f"the arguments are no JSON object: {shown(calls[0].arguments)}"),
        (arguments is not None and set(fields) <= set(arguments), f"arguments are missing in {shown(str(arguments))}"),
        (answer.stop.reason == "tool_calls", f"an answer that calls a tool ended with {answer.stop.reason}"),
    )


async def single(bench: Bench) -> Verdict:
    """A tool is called."""
    request = await callable_request(bench, CALLED)
    return called(request, await bench.ask(request), WEATHER.name, "city")


async def streamed(bench: Bench) -> Verdict:
    """In pieces it calls the same tool, and the pieces of the arguments make the arguments."""
    request = await callable_request(bench, CALLED)
    heard = await bench.stream(request)
    verdict = called(request, heard.answer, WEATHER.name, "city")
    return pieces_fit(heard) if verdict == PASSED else verdict


async def streamed_in_cuts(bench: Bench) -> Verdict:
    """However the bytes of the stream are cut, it is the same call."""
    request = await callable_request(bench, CALLED)
    verdict = await same_when_cut(bench, request, strides)
    return called(request, (await bench.stream(request)).answer, WEATHER.name) if verdict == PASSED else verdict


async def free_choice(bench: Bench) -> Verdict:
    """Where the model may choose, it says truly whether it called."""
    request = question(ASKED, tools=(WEATHER,), tool_choice=ToolChoice("auto"))
    answer = await bench.ask(request)
    if answer.message.tool_calls:
        return called(request, answer, WEATHER.name, "city")
    return judge(
        (answer.text, "neither text nor call came"),
        (answer.stop.reason == "stop", f"an answer without a call ended with {answer.stop.reason}"),
    )


async def forbidden(bench: Bench) -> Verdict:
    """No call where none is allowed."""
    answer = await bench.ask(question(ASKED, tools=(WEATHER,), tool_choice=ToolChoice("none")))
    return judge((not answer.message.tool_calls, "a tool was called, though none was allowed"))


async def required(bench: Bench) -> Verdict:
    """One of several tools has to be called, whatever is asked."""
    answer = await bench.ask(question("Good morning.", tools=(WEATHER, CLOCK), tool_choice=MUST))
    names = {call.name for call in answer.message.tool_calls}
    return judge((names, "no tool was called"), (names <= {WEATHER.name, CLOCK.name}, f"it made up {sorted(names)}"))


async def named(bench: Bench) -> Verdict:
    """The tool that is named is called, not the one that would fit."""
    request = question(ASKED, tools=(WEATHER, CLOCK), tool_choice=ToolChoice("any", (CLOCK.name,)))
    return called(request, await bench.ask(request), CLOCK.name)


async def without_arguments(bench: Bench) -> Verdict:
    """A tool that takes nothing is called with nothing."""
    request = await callable_request(bench, question("What time is it?", tools=(CLOCK,), tool_choice=MUST))
    answer = await bench.ask(request)
    verdict = called(request, answer, CLOCK.name)
    if verdict != PASSED:
        return verdict
    return judge((not arguments_of(answer.message.tool_calls[0]), "a tool without parameters was given some"))


async def nested_arguments(bench: Bench) -> Verdict:
    """Lists, objects, numbers and enumerations in the arguments have the types of the schema."""
    asked = "Book a journey of three days in second class for Ada and Grace."
    request = await callable_request(bench, question(asked, tools=(BOOKING,), tool_choice=MUST))
    answer = await bench.ask(request)
    verdict = called(request, answer, BOOKING.name, "travellers", "days", "class")
    if verdict != PASSED:
        return verdict
    told = arguments_of(answer.message.tool_calls[0]) or {}
    fits = (
        isinstance(told["travellers"], list) and isinstance(told["days"], int) and told["class"] in ("first", "second")
    )
    return judge((fits, f"the arguments do not fit the schema: {shown(str(told))}"))


async def parallel(bench: Bench) -> Verdict:
    """Several calls in one answer have ids of their own."""
    asked = "What is the weather in Oslo, and what in Rome? Look both up now, side by side."
    request = await callable_request(bench, question(asked, tools=(WEATHER,), tool_choice=MUST))
    calls = (await bench.ask(request)).message.tool_calls
    if len(calls) < 2:
        return absent(f"{len(calls)} of 2 calls were made")
    return judge((len({call.id for call in calls}) == len(calls), "two calls have one id"))


async def one_at_a_time(bench: Bench) -> Verdict:
    """At most one call where only one is allowed."""
    asked = "What is the weather in Oslo, and what in Rome?"
    answer = await bench.ask(question(asked, tools=(WEATHER,), parallel_tools=False))
    count = len(answer.message.tool_calls)
    return judge((count <= 1, f"{count} calls were made where one was allowed"))


def with_results(*results: str, failed: bool = False) -> ChatRequest:
    """The question, calls that another model made, and what the tool answered to each."""
    calls = [
        ToolCall(id=f"call_{number}", name=WEATHER.name, arguments='{"city":"Oslo"}') for number in range(len(results))
    ]
    answered = (
        ToolResult(call_id=call.id, parts=(Text(text=text),), is_error=failed)
        for call, text in zip(calls, results, strict=True)
    )
    made, told = Message(role="assistant", parts=tuple(calls)), Message(role="user", parts=tuple(answered))
    return ChatRequest(model="", messages=(said("user", ASKED), made, told), tools=(WEATHER,))


async def result(bench: Bench) -> Verdict:
    """The model's own call, with its id and proofs, goes back, and the answer uses what the tool said."""
    request = await callable_request(bench, CALLED)
    answer = await bench.ask(request)
    calls = answer.message.tool_calls
    if not calls:
        return called(request, answer, WEATHER.name)
    parts = tuple(ToolResult(call_id=call.id, parts=(Text(text=f"{DEGREES} degrees"),)) for call in calls)
    turns = (said("user", ASKED), answer.message, Message(role="user", parts=parts))
    return used(await bench.ask(ChatRequest(model="", messages=turns, tools=(WEATHER,))))


def used(answer: ChatResponse) -> Verdict:
    """Judge an answer that has to use what the tool said."""
    return judge((DEGREES in answer.text, f"the answer does not say what the tool said: {shown(answer.text)}"))


async def foreign_result(bench: Bench) -> Verdict:
    """A call that another model made, with an id of another form, can be continued from."""
    return used(await bench.ask(with_results(f"{DEGREES} degrees")))


async def result_streamed(bench: Bench) -> Verdict:
    """The answer after a result comes in pieces, too."""
    return used((await bench.stream(with_results(f"{DEGREES} degrees"))).answer)


async def several_results(bench: Bench) -> Verdict:
    """Two calls of one turn have their two results."""
    return used(await bench.ask(with_results(f"{DEGREES} degrees by day", f"{DEGREES} degrees at night")))


async def failed_result(bench: Bench) -> Verdict:
    """A tool that failed is told as that."""
    answer = await bench.ask(with_results("there is no such city", failed=True))
    return judge((answer.message.parts, "nothing was answered"))


CASES = (
    Case("one call", "tools", single),
    Case("call in a stream", "tools", streamed),
    Case("call in a stream, cut byte by byte", "tools", streamed_in_cuts),
    Case("choice: auto", "tools", free_choice),
    Case("choice: none", "tools", forbidden),
    Case("choice: required", "tools", required),
    Case("choice: one by name", "tools", named),
    Case("tool without parameters", "tools", without_arguments),
    Case("nested arguments", "tools", nested_arguments),
    Case("parallel calls", "tools", parallel),
    Case("no parallel calls", "tools", one_at_a_time),
    Case("result of its own call", "tools", result),
    Case("result of a call of others", "tools", foreign_result),
    Case("result, answered in a stream", "tools", result_streamed),
    Case("two results", "tools", several_results),
    Case("result of a tool that failed", "tools", failed_result),
)
