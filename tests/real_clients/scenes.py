"""What is asked: one scene says it for every official client. And what was said back, read from any of them."""

from collections.abc import Collection
from typing import Any, NamedTuple

import msgspec

# A red dot: the smallest picture that every decoder takes.
PNG = (
    "iVBORw0KGgoAAAANSUhEUgAAAAUAAAAFCAYAAACNbyblAAAAHElEQVQI12P4//8/w38GIAXDIBKE0DHxgljNBAAO"
    "9TXL0Y4OHwAAAABJRU5ErkJggg=="
)
UNICODE = "ñ 漢字 العربية 🏳️‍🌈 e\u0301 \u202eabc\u202c \u0000\u001f \\u0041 \"'\\/ \u2028\u2029 " * 60
WEATHER: dict[str, Any] = {
    "type": "object",
    "properties": {"city": {"type": "string"}, "days": {"type": "integer"}},
    "required": ["city", "days"],
    "additionalProperties": False,
}
PERSON: dict[str, Any] = {
    "type": "object",
    "properties": {"name": {"type": "string"}, "age": {"type": "integer"}},
    "required": ["name", "age"],
    "additionalProperties": False,
}


class Scene(msgspec.Struct, frozen=True, kw_only=True):
    """A request. `answered` puts a finished call of the tool before the end of the conversation."""

    name: str
    prompt: str = "What can you tell me?"
    system: str | None = None
    tools: tuple[str, ...] = ()
    forced: str | None = None
    answered: tuple[tuple[str, str], ...] = ()  # (id of the call, what the tool said)
    schema: bool = False
    image: bool = False
    thinking: bool = False
    temperature: float | None = None
    stop: tuple[str, ...] = ()


SCENES = (
    Scene(name="text"),
    Scene(name="system", system="Be brief.", temperature=0.5, stop=("END",)),
    Scene(name="tool", tools=("get_weather", "get_time")),
    Scene(name="forced", tools=("get_weather", "get_time"), forced="get_weather"),
    Scene(name="parallel", tools=("get_weather",)),
    Scene(name="result", tools=("get_weather",), answered=(("call_one", "4 degrees"),)),
    Scene(name="results", tools=("get_weather",), answered=(("call_one", "4 degrees"), ("call_two", "9 degrees"))),
    Scene(name="schema", schema=True),
    Scene(name="image", image=True),
    Scene(name="thinking", thinking=True),
    Scene(name="unicode", prompt=UNICODE),
)


ENDS = ("stop", "length", "tool_calls", "filter")
"""Why an answer ends, in most formats."""


class BrokenStreamError(Exception):
    """A stream said that it broke, or did not say that it was whole; its client raises nothing then."""


class Said(NamedTuple):
    """An answer as its client understood it: what every format has a word for."""

    text: str
    thought: str
    calls: tuple[tuple[str, Any], ...]  # name, arguments as a value
    finish: str
    input: int | None
    output: int | None


class Asked(NamedTuple):
    """A request as an upstream understands it."""

    model: str
    stream: bool
    system: str
    turns: tuple[tuple[str, str], ...]  # role, text; calls and results have turns of their own
    tools: tuple[tuple[str, tuple[str, ...]], ...]  # name, names of its parameters
    forced: str | None
    schema: tuple[str, ...]
    images: tuple[str, ...]
    temperature: float | None
    stop: tuple[str, ...]


def asked(scene: Scene, model: str, stream: bool) -> Asked:
    """What must reach the upstream of `scene`, as far as the formats have words for it."""
    calls = tuple(("call", f'get_weather {{"city": "Oslo", "days": {n}}}') for n, _ in enumerate(scene.answered))
    results = tuple(("result", text) for _, text in scene.answered)
    return Asked(
        model=model,
        stream=stream,
        system=scene.system or "",
        turns=(("user", scene.prompt), *calls, *results),
        tools=tuple((name, ("city", "days")) for name in scene.tools),
        forced=scene.forced,
        schema=("age", "name") if scene.schema else (),
        images=(PNG,) if scene.image else (),
        temperature=scene.temperature,
        stop=scene.stop,
    )


def alike(said: Said, expected: Said, words: Collection[str] = ENDS) -> bool:
    """Whether they mean the same, as far as the client's format has the words: `words` for why an answer ended."""
    if expected.calls and expected.finish == "stop" and said.finish == "tool_calls":
        expected = expected._replace(finish="tool_calls")  # Gemini has one word for both, and servers mix them up
    if expected.input is None:  # the vendor's own client missed it, and Anthropic's messages cannot do without
        expected = expected._replace(input=said.input, output=said.output)
    if said.input is None and expected.input == 0:  # nothing was counted, and nothing is said of it
        said = said._replace(input=0, output=expected.output)
    if expected.finish not in words:
        expected = expected._replace(finish=said.finish)  # the client has no word for it
    return said == expected
