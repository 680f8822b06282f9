"""The official google-genai client as the scenes drive it, and how Gemini reads a request."""

import base64
import json
import re
from itertools import pairwise
from typing import Any

from google import genai
from google.genai import types

from tests.real_clients.scenes import PERSON, PNG, WEATHER, Asked, Said, Scene
from tests.replay.upstream import Received

FILTERS = {"SAFETY", "RECITATION", "BLOCKLIST", "PROHIBITED_CONTENT", "SPII", "IMAGE_SAFETY"}
FINISHES = {"STOP": "stop", "MAX_TOKENS": "length", **dict.fromkeys(FILTERS, "filter")}


def connect(url: str, key: str = "client-key") -> genai.Client:
    return genai.Client(api_key=key, http_options=types.HttpOptions(base_url=url, api_version="v1beta", timeout=30_000))


def arguments(scene: Scene) -> dict[str, Any]:
    parts = [types.Part(text=scene.prompt)]
    if scene.image:
        parts.append(types.Part.from_bytes(data=base64.b64decode(PNG), mime_type="image/png"))
    contents = [types.Content(role="user", parts=parts)]
    if scene.answered:
        calls = [
            types.Part(
                function_call=types.FunctionCall(id=call_id, name="get_weather", args={"city": "Oslo", "days": n})
            )
            for n, (call_id, _) in enumerate(scene.answered)
        ]
        results = [
            types.Part(
                function_response=types.FunctionResponse(id=call_id, name="get_weather", response={"output": text})
            )
            for call_id, text in scene.answered
        ]
        contents += [types.Content(role="model", parts=calls), types.Content(role="user", parts=results)]
    config = types.GenerateContentConfig(
        system_instruction=scene.system,
        temperature=scene.temperature,
        stop_sequences=list(scene.stop) or None,
        automatic_function_calling=types.AutomaticFunctionCallingConfig(disable=True),
    )
    if scene.tools:
        declared = [types.FunctionDeclaration(name=name, parameters_json_schema=WEATHER) for name in scene.tools]
        config.tools = [types.Tool(function_declarations=declared)]
    if scene.forced:
        mode = types.FunctionCallingConfigMode.ANY
        calling = types.FunctionCallingConfig(mode=mode, allowed_function_names=[scene.forced])
        config.tool_config = types.ToolConfig(function_calling_config=calling)
    if scene.schema:
        config.response_mime_type = "application/json"
        config.response_json_schema = PERSON
    if scene.thinking:
        config.thinking_config = types.ThinkingConfig(include_thoughts=True, thinking_budget=2048)
    return {"contents": contents, "config": config}


def whole(client: genai.Client, model: str, scene: Scene) -> types.GenerateContentResponse:
    return client.models.generate_content(model=model, **arguments(scene))


def streamed(client: genai.Client, model: str, scene: Scene) -> types.GenerateContentResponse:
    """The chunks of a stream put together as Google's documentation says; the client has no accumulator of its own."""
    together = types.GenerateContentResponse()
    parts: list[types.Part] = []
    for chunk in client.models.generate_content_stream(model=model, **arguments(scene)):
        for name in chunk.model_fields_set - {"candidates", "usage_metadata", "sdk_http_response"}:
            setattr(together, name, getattr(chunk, name) or getattr(together, name))
        if chunk.usage_metadata is not None:  # cumulative, field by field
            usage = together.usage_metadata or types.GenerateContentResponseUsageMetadata()
            together.usage_metadata = usage.model_copy(update=dict(chunk.usage_metadata.model_dump(exclude_none=True)))
        for candidate in chunk.candidates or []:
            if not candidate.index:
                for part in (candidate.content and candidate.content.parts) or []:
                    add(parts, part)
                rest = {name: value for name, value in dict(candidate).items() if value is not None}
                together.candidates = [(together.candidates or [candidate])[0].model_copy(update=rest)]
    if together.candidates:
        together.candidates[0].content = types.Content(role="model", parts=parts)
    return together


def add(parts: list[types.Part], part: types.Part) -> None:
    """Let text grow, and a call whose arguments come in pieces."""
    last = parts[-1] if parts else types.Part()
    call, grown = part.function_call, last.function_call
    if (
        part.text is not None
        and last.text is not None
        and part.thought_signature is None
        and part.thought == last.thought
    ):
        last.text += part.text
    elif call is not None and grown is not None and grown.will_continue:
        grown.args = grown.args or {}
        for piece in call.partial_args or []:
            grow(grown.args, piece)
        grown.will_continue = call.will_continue
    else:
        parts.append(part.model_copy(deep=True))
        if call is not None and call.partial_args:
            parts[-1].function_call = call.model_copy(update={"args": {}, "partial_args": None})
            for piece in call.partial_args:
                grow(parts[-1].function_call.args or {}, piece)


def grow(arguments: dict[str, Any], piece: types.PartialArg) -> None:
    """Put a piece where its path says: `$.hours[1].at`."""
    place: Any = arguments
    steps = [int(word) if word.isdigit() else word for word in re.findall(r"[^.\[\]$'\"]+", piece.json_path or "")]
    for step, following in pairwise(steps):
        fresh: Any = [] if isinstance(following, int) else {}
        if isinstance(step, int):
            place.extend([fresh] * (step + 1 - len(place)))
        else:
            place.setdefault(step, fresh)
        place = place[step]
    said = piece.model_dump(include={"string_value", "number_value", "bool_value"}, exclude_none=True)
    value = next(iter(said.values()), None)
    if isinstance(place, list):
        place.extend([None] * (steps[-1] + 1 - len(place)))
    before = place[steps[-1]] if isinstance(place, list) else place.get(steps[-1])
    place[steps[-1]] = before + value if isinstance(value, str) and isinstance(before, str) else value


def said(answer: types.GenerateContentResponse) -> Said:
    candidate = (answer.candidates or [types.Candidate()])[0]
    parts = (candidate.content and candidate.content.parts) or []
    calls = tuple((part.function_call.name, part.function_call.args or {}) for part in parts if part.function_call)
    blocked = answer.prompt_feedback is not None and answer.prompt_feedback.block_reason is not None
    word = "SAFETY" if blocked else candidate.finish_reason.value if candidate.finish_reason else "none"
    finish = FINISHES.get(word, word)
    usage = answer.usage_metadata
    return Said(
        text="".join(part.text or "" for part in parts if not part.thought),
        thought="".join(part.text or "" for part in parts if part.thought),
        calls=calls,
        finish="tool_calls" if calls and finish == "stop" else finish,
        input=usage and (usage.prompt_token_count or 0) + (usage.tool_use_prompt_token_count or 0),
        output=usage and (usage.candidates_token_count or 0) + (usage.thoughts_token_count or 0),
    )


def identity(answer: types.GenerateContentResponse) -> tuple[str, ...]:
    """Whose answer it is, and the ids that the next request will name."""
    content = answer.candidates[0].content if answer.candidates else None
    calls = [part.function_call for part in (content and content.parts) or [] if part.function_call]
    return (answer.response_id or "", answer.model_version or "", *(call.id or "" for call in calls))


def read(received: Received) -> Asked:
    """The request as Gemini understands it; pydantic's errors when it is none by Google's own types."""
    body = received.json
    assert body.keys() <= {"contents", "systemInstruction", "generationConfig", "tools", "toolConfig", "safetySettings"}
    contents = [types.Content.model_validate(content) for content in body["contents"]]
    system = types.Content.model_validate(body.get("systemInstruction") or {})
    config = types.GenerationConfig.model_validate(body.get("generationConfig") or {})
    tools = [types.Tool.model_validate(tool) for tool in body.get("tools", [])]
    choice = types.ToolConfig.model_validate(body.get("toolConfig") or {}).function_calling_config
    model, _, method = received.path.removeprefix("/v1beta/models/").rpartition(":")
    assert (method == "streamGenerateContent") == ("alt=sse" in received.query)
    turns: list[tuple[str, str]] = []
    images: list[str] = []
    for content in contents:
        for part in content.parts or []:
            if part.function_call is not None:
                turns.append(("call", f"{part.function_call.name} {json.dumps(part.function_call.args)}"))
            elif part.function_response is not None:
                turns.append(("result", str((part.function_response.response or {}).get("output"))))
            elif part.inline_data is not None:
                images.append(base64.b64encode(part.inline_data.data or b"").decode())
            elif part.text:
                turns.append((content.role or "", part.text))
    declared = [function for tool in tools for function in tool.function_declarations or []]
    schema: Any = config.response_json_schema or (config.response_schema and config.response_schema.model_dump()) or {}
    return Asked(
        model=model,
        stream=method == "streamGenerateContent",
        system="\n".join(part.text or "" for part in system.parts or []),
        turns=tuple(turns),
        tools=tuple((str(function.name), parameters_of(function)) for function in declared),
        forced=choice.allowed_function_names[0] if choice and choice.allowed_function_names else None,
        schema=tuple(sorted(schema.get("properties", {}))),
        images=tuple(images),
        temperature=config.temperature,
        stop=tuple(config.stop_sequences or ()),
    )


def parameters_of(function: types.FunctionDeclaration) -> tuple[str, ...]:
    told: Any = function.parameters_json_schema or (function.parameters and function.parameters.model_dump()) or {}
    return tuple(sorted(told.get("properties", {})))
