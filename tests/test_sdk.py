"""The SDK: one call for every model, in text, values or dicts; whole, in pieces, typed; answers that can be kept."""

import asyncio
import dataclasses
from collections.abc import Iterator
from typing import Any

import msgspec
import pydantic
import pytest

import pontage
from pontage.asking import output_of, parse_output, request_of
from pontage.config import Config, ProviderSettings, Secret, Target, VirtualModel
from pontage.crossing import CallOptions
from pontage.domain.chat import (
    ChatRequest,
    ChatResponse,
    FunctionTool,
    Message,
    OutputFormat,
    ReasoningOptions,
    ToolChoice,
)
from pontage.domain.parts import Text, ToolResult
from pontage.domain.stream import Finished, PartStarted, Started
from pontage.errors import (
    InvalidRequestError,
    ModelNotFoundError,
    RateLimitedError,
    StreamTruncatedError,
    TranslationError,
)
from tests.real_clients.bridge import DIALECTS, MODELS, casting, played
from tests.replay.upstream import upstream

WEATHER = {"type": "object", "properties": {"city": {"type": "string"}}, "required": ["city"]}


class Person(msgspec.Struct):
    name: str
    age: int


@dataclasses.dataclass
class Place:
    name: str
    age: int


class Being(pydantic.BaseModel):
    name: str
    age: int


@pytest.fixture(scope="module")
def client() -> Iterator[pontage.Client]:
    routes = {"fast": VirtualModel(targets=[Target(model="sim/echo")], allow_simulated=True)}
    with pontage.Client(Config(models=routes), environ={}) as opened:
        yield opened


def test_one_call(client: pontage.Client) -> None:
    answer = client.chat("sim/echo", "Why is the sky blue?")
    assert answer.text == "[simulated] Why is the sky blue?"
    assert answer.stop.reason == "stop"
    assert answer.usage is not None
    assert answer.usage.total
    assert answer.attempts == ("simulated:200",)
    assert answer.response.provider == "simulated"
    assert answer.notes == ()
    assert answer.parsed is None
    assert "Why is the sky" in repr(answer)


def test_messages_are_text_values_or_dicts(client: pontage.Client) -> None:
    value = Message(role="user", parts=(Text(text="as a value"),))
    written = {"role": "user", "content": "as a dict"}
    assert client.chat("fast", [value]).text == "[simulated] as a value"
    assert client.chat("fast", [written]).text == "[simulated] as a dict"
    assert client.chat("fast", [written, value]).text == "[simulated] as a value"
    assert client.chat("fast", [value, {"role": "assistant", "content": "x"}, written]).text == "[simulated] as a dict"


def test_a_conversation_goes_on_with_the_answers_own_message(client: pontage.Client) -> None:
    tool = FunctionTool(name="get_weather", parameters=WEATHER)
    history: list[Any] = [Message(role="user", parts=(Text(text="The weather?"),))]
    first = client.chat("sim/tools", history, tools=[tool])
    call = first.message.tool_calls[0]
    assert (call.name, call.arguments) == ("get_weather", '{"city":"simulated"}')
    history += [
        first.message,
        Message(role="user", parts=(ToolResult(call_id=call.id, parts=(Text(text="4 degrees"),)),)),
    ]
    assert "4 degrees" in client.chat("sim/tools", history, tools=[tool]).text


def test_options_become_fields() -> None:
    tool = {"type": "function", "function": {"name": "f", "parameters": WEATHER}}
    request = request_of(
        "m", "Hello", {"system": "Be brief.", "tools": [tool], "tool_choice": "required", "stop": "END",
                       "reasoning": "low", "max_tokens": 5, "temperature": 0.5},
    )  # fmt: skip
    assert [message.role for message in request.messages] == ["system", "user"]
    assert request.tools[0].name == "f"
    assert request.tool_choice == ToolChoice("any")
    assert request.stop == ("END",)
    assert request.reasoning == ReasoningOptions(effort="low")
    assert request_of("m", "x", {"stop": ["a", "b"]}).stop == ("a", "b")
    assert request_of("m", "x", {"tool_choice": "none"}).tool_choice == ToolChoice("none")
    assert request_of("m", "x", {"tool_choice": "f"}).tool_choice == ToolChoice("any", ("f",))
    assert request_of("m", "x", {"tools": [FunctionTool(name="g"), tool]}).tools[0].name == "g"


@pytest.mark.parametrize(
    ("messages", "options", "param"),
    [
        ("x", {"temprature": 1}, "temprature"),
        ("x", {"output": object()}, "output"),
        ([{"role": "wizard", "content": "x"}], {}, "messages"),
        ([{"content": "x"}], {}, "messages"),
        ("x", {"tools": [{"type": "function"}]}, "tools"),
    ],
)
def test_what_makes_no_sense_is_named(messages: Any, options: Any, param: str) -> None:
    with pytest.raises(InvalidRequestError) as raised:
        request_of("m", messages, options)
    assert (raised.value.param or "").startswith(param)


@pytest.mark.parametrize("wanted", [Person, Place, Being])
def test_typed_answers(client: pontage.Client, wanted: Any) -> None:
    answer = client.chat("sim/chat", "Who?", output=wanted)
    assert answer.parsed == wanted(name="simulated", age=1)


def test_a_schema_gives_plain_values(client: pontage.Client) -> None:
    schema = {"title": "thing", "type": "object", "properties": {"n": {"type": "integer"}}, "required": ["n"]}
    assert client.chat("sim/chat", "?", output=schema).parsed == {"n": 1}
    assert output_of(schema).name == "thing"
    form = OutputFormat(kind="json")
    assert output_of(form) is form
    assert client.chat("sim/chat", "?", output=form).parsed == {"simulated": True}
    assert client.chat("sim/chat", "?", output=list[int]).parsed == [1]
    with pytest.raises(ValueError, match=r"integer|int"):
        parse_output(Person, '{"name": "x", "age": "old"}')


def test_a_stream_in_events_and_in_text(client: pontage.Client) -> None:
    whole = client.chat("sim/reasoning", "Long enough to come in pieces.")
    with client.stream("sim/reasoning", "Long enough to come in pieces.") as stream:
        events = list(stream)
        response = stream.response()
    assert isinstance(events[0], Started)
    assert isinstance(events[-1], Finished)
    assert sum(isinstance(event, PartStarted) for event in events) == 2
    assert response == whole.response
    with client.stream("sim/reasoning", "Long enough to come in pieces.") as stream:
        assert "".join(stream.text_deltas()) == whole.text
    with client.stream("sim/reasoning", "Long enough to come in pieces.") as stream:
        assert next(iter(stream.text_deltas())).startswith("[simulated]")
        assert stream.response() == whole.response
    with client.stream("sim/echo", "left early") as stream:
        next(iter(stream))


def test_answers_can_be_kept(client: pontage.Client) -> None:
    for model in ("sim/chat", "sim/reasoning", "sim/tools", "sim/refusal"):
        kept = client.chat(model, "x", tools=[FunctionTool(name="f", parameters=WEATHER)]).response
        assert ChatResponse.from_json(kept.to_json()) == kept


def test_failures_are_of_one_tree(client: pontage.Client) -> None:
    with pytest.raises(RateLimitedError) as limited:
        client.chat("sim/429?retry_after=90", "x")  # too long to wait for
    error = limited.value
    assert (error.status, error.retryable, error.retry_after, error.provider) == (429, True, 90.0, "simulated")
    assert error.attempts == ("simulated:429",)
    assert isinstance(error, pontage.PontageError)
    with pytest.raises(ModelNotFoundError, match="no model"):
        client.chat("nobody/knows", "x")
    with pytest.raises(StreamTruncatedError), client.stream("sim/cut-stream", "A question with pieces.") as stream:
        list(stream)
    with pytest.raises(pontage.PontageError), client.stream("sim/500", "x"):
        raise AssertionError("it began")
    with pytest.raises(pontage.PontageError):
        client.chat("sim/timeout", "x", call=CallOptions(timeout=0.1))


def test_models(client: pontage.Client) -> None:
    names = [info.id for info in client.models()]
    assert names[0] == "fast"
    assert "simulated/echo" in names


def test_closing_twice_and_not_using_at_all() -> None:
    client = pontage.Client(Config(), environ={})
    client.close()
    client.close()
    with pontage.Client(Config(), environ={"OPENAI_API_KEY": "k"}) as other:
        assert any(info.id.startswith("openai/") for info in other.models())


def test_without_a_configuration_the_environment_counts(tmp_path: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    with pontage.Client(environ={"ANTHROPIC_API_KEY": "k", "HOME": str(tmp_path)}) as client:
        assert any(info.id.startswith("anthropic/") for info in client.models())
    file = tmp_path / "mine.yaml"
    file.write_text("version: 1\nmodels: {fast: {targets: [sim/echo], allow_simulated: true}}\n")
    with pontage.Client(str(file), environ={}) as client:
        assert client.chat("fast", "x").text == "[simulated] x"


def test_the_same_with_await() -> None:
    async def main() -> None:
        async with pontage.AsyncClient(Config(), environ={}) as client:
            answer = await client.chat("sim/echo", "one")
            again = await client.send(
                ChatRequest(model="sim/echo", messages=(Message(role="user", parts=(Text(text="one"),)),))
            )
            assert again == answer.response
            async with client.stream("sim/echo", "two") as stream:
                assert "".join([piece async for piece in stream.text_deltas()]) == "[simulated] two"
                assert (await stream.response()).text == "[simulated] two"
            answers = await asyncio.gather(*(client.chat("sim/echo", str(n)) for n in range(20)))
            assert [answer.text for answer in answers] == [f"[simulated] {n}" for n in range(20)]
            assert await client.models() == await client.models(refresh=True)

    asyncio.run(main())


@pytest.mark.parametrize("vendor", MODELS)
def test_the_vendors_own_answers(vendor: str) -> None:
    with upstream() as server:
        base = f"{server.url}/v1" if vendor == "openai" else server.url
        config = Config(providers={vendor: ProviderSettings(base_url=base, api_key=Secret("k"))})
        with pontage.Client(config, environ={}) as client:
            for specimen in casting(DIALECTS[vendor], "text", False):
                server.script(played(specimen))
                answer = client.chat(f"{vendor}/{MODELS[vendor]}", "Hello.", max_tokens=100)
                assert answer.text
                assert ChatResponse.from_json(answer.response.to_json()) == answer.response
                assert answer.attempts == (f"{vendor}:200",)
            for specimen in casting(DIALECTS[vendor], "text", True):
                server.script(played(specimen))
                with client.stream(f"{vendor}/{MODELS[vendor]}", "Hello.", max_tokens=100) as stream:
                    text = "".join(stream.text_deltas())
                    response = stream.response()
                    assert text == response.text
                    assert response.attempts == (f"{vendor}:200",)
            strict = CallOptions(strict=True)
            if vendor == "anthropic":
                with pytest.raises(TranslationError):
                    client.chat(f"{vendor}/{MODELS[vendor]}", "Hello.", seed=3, max_tokens=5, call=strict)
