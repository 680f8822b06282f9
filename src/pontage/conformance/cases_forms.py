"""Cases: answers in JSON, pictures, thinking. Floor 8."""

from __future__ import annotations

from typing import Any

import msgspec

from pontage.conformance.bench import Bench, question, said
from pontage.conformance.cases_stream import pieces_fit
from pontage.conformance.picture import RED
from pontage.conformance.verdict import Case, Verdict, absent, judge, shown
from pontage.domain.chat import ChatRequest, ChatResponse, Message, OutputFormat, ReasoningOptions
from pontage.domain.parts import Image, Inline, JSONObject, Reasoning, Text

PERSON: JSONObject = {
    "type": "object",
    "properties": {"name": {"type": "string"}, "age": {"type": "integer"}},
    "required": ["name", "age"],
    "additionalProperties": False,
}
FAMILY: JSONObject = {
    "type": "object",
    "properties": {
        "people": {"type": "array", "items": PERSON},
        "kind": {"type": "string", "enum": ["small", "large"]},
    },
    "required": ["people", "kind"],
    "additionalProperties": False,
}
ONE = question("Ada is 36 years old. Tell it as JSON.", output=OutputFormat(kind="schema", schema=PERSON))
TWO = question(
    "Ada is 36, Grace is 40: a small family. Tell it as JSON.", output=OutputFormat(kind="schema", schema=FAMILY)
)
ANY = question("Ada is 36 years old. Tell it as a JSON object.", output=OutputFormat(kind="json"))
PICTURE = Message(
    role="user",
    parts=(
        Text(text="Which colour fills this picture? Answer with one word."),
        Image(source=Inline(media_type="image/png", base64=RED)),
    ),
)
SEEN = ChatRequest(model="", messages=(PICTURE,))
PUZZLE = "A bat and a ball cost 11 together, the bat costs 10 more than the ball. What does the ball cost?"
THOUGHT = question(PUZZLE, reasoning=ReasoningOptions(effort="low", show=True))


def object_in(answer: ChatResponse) -> JSONObject | None:
    """The JSON object that the answer is, or None."""
    try:
        return msgspec.json.decode(answer.text, type=dict[str, Any])
    except msgspec.DecodeError:
        return None


def is_person(value: Any) -> bool:
    """Whether it fits `PERSON`."""
    return (
        isinstance(value, dict)
        and value.keys() == PERSON["properties"].keys()  # pyright: ignore[reportUnknownMemberType]
        and isinstance(value["name"], str)
        and isinstance(value["age"], int)
    )


def fits(answer: ChatResponse, holds: bool) -> Verdict:
    """Judge an answer that has to keep to its schema."""
    return judge((holds, f"the answer does not keep to the schema: {shown(answer.text)}"))


async def any_object(bench: Bench) -> Verdict:
    """A JSON object, and nothing beside it."""
    answer = await bench.ask(ANY)
    return judge((object_in(answer) is not None, f"the answer is no JSON object: {shown(answer.text)}"))


async def schema(bench: Bench) -> Verdict:
    """An object that fits."""
    answer = await bench.ask(ONE)
    return fits(answer, is_person(object_in(answer)))


async def schema_streamed(bench: Bench) -> Verdict:
    """An object that fits, in pieces."""
    answer = (await bench.stream(ONE)).answer
    return fits(answer, is_person(object_in(answer)))


async def nested_schema(bench: Bench) -> Verdict:
    """Lists and enumerations fit, too."""
    answer = await bench.ask(TWO)
    told = object_in(answer) or {}
    return fits(answer, all(map(is_person, told.get("people", [None]))) and told.get("kind") in ("small", "large"))


def saw(answer: ChatResponse) -> Verdict:
    """Judge an answer about the red picture. Who does not look at it is not lying, but does not see either."""
    if not answer.text:
        return Verdict("failed", "nothing was answered")
    return judge() if "red" in answer.text.casefold() else absent(f"it does not see: {shown(answer.text)}")


async def picture(bench: Bench) -> Verdict:
    """It sees a picture."""
    return saw(await bench.ask(SEEN))


async def picture_streamed(bench: Bench) -> Verdict:
    """It sees a picture, and answers in pieces."""
    return saw((await bench.stream(SEEN)).answer)


def thoughts(answer: ChatResponse) -> list[Reasoning]:
    """The thinking that an answer tells."""
    return [part for part in answer.message.parts if isinstance(part, Reasoning)]


async def thinking(bench: Bench) -> Verdict:
    """Its thinking is told apart from its answer."""
    answer = await bench.ask(THOUGHT, strict=False)
    return judge((answer.text, "it thought, and answered nothing")) if thoughts(answer) else absent("none is told")


async def thinking_streamed(bench: Bench) -> Verdict:
    """Its thinking comes in pieces, before the answer."""
    heard = await bench.stream(THOUGHT, strict=False)
    if not thoughts(heard.answer):
        return absent("none is told")
    verdict = pieces_fit(heard)
    first = isinstance(heard.answer.message.parts[0], Reasoning)
    return verdict if verdict.outcome == "failed" else judge((first, "it thinks after it has answered"))


async def thinking_counted(bench: Bench) -> Verdict:
    """The tokens of its thinking are told."""
    answer = await bench.ask(THOUGHT, strict=False)
    if answer.usage is None or answer.usage.reasoning is None:
        return absent("they are not told apart")
    held = answer.usage.reasoning > 0 or not any(part.text for part in thoughts(answer))
    return judge((held, "it told thinking, and counts none"))


async def thinking_returned(bench: Bench) -> Verdict:
    """An answer with its thinking goes back in the next question."""
    answer = await bench.ask(THOUGHT, strict=False)
    if not thoughts(answer):
        return absent("none is told")
    turns = (said("user", PUZZLE), answer.message, said("user", "And if both cost 21 together?"))
    again = await bench.ask(msgspec.structs.replace(THOUGHT, messages=turns), strict=False)
    return judge((again.text, "nothing was answered"))


CASES = (
    Case("any JSON object", "schema", any_object),
    Case("JSON schema", "schema", schema),
    Case("JSON schema in a stream", "schema", schema_streamed),
    Case("nested schema", "schema", nested_schema),
    Case("picture", "images", picture),
    Case("picture, answered in a stream", "images", picture_streamed),
    Case("thinking is told", "reasoning", thinking),
    Case("thinking in a stream", "reasoning", thinking_streamed),
    Case("thinking is counted", "reasoning", thinking_counted),
    Case("thinking goes back", "reasoning", thinking_returned),
)
