"""Floor 3. A request, both ways. The model and whether to stream are in the URL: the envelope knows them."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, Final, cast

import msgspec
from msgspec import UNSET, Raw, Struct, UnsetType, field

from pontage.dialects.codec import Codec
from pontage.dialects.dialect import Encoded, KeptState, Peek
from pontage.dialects.google_generate.calls import CallReader
from pontage.dialects.google_generate.messages import TurnWriter, read_content, read_system, with_spelling
from pontage.dialects.google_generate.names import FAMILY, NAME, camel_case, kept
from pontage.dialects.google_generate.settings import read_generation, write_generation
from pontage.dialects.google_generate.spelled import plain, spelling_of
from pontage.dialects.google_generate.tools import (
    Options,
    read_tool_choice,
    read_tools,
    write_tool_config,
    write_tools,
)
from pontage.dialects.google_generate.types import (
    REQUEST_KEPT,
    Content,
    FunctionResponse,
    GenerationConfig,
    Request,
    Tool,
    ToolConfig,
)
from pontage.dialects.heads import Head, read_head
from pontage.dialects.notes import Notes
from pontage.dialects.scope import is_from, merge
from pontage.dialects.spelling import respell
from pontage.domain.chat import ChatRequest, Message, Origin
from pontage.domain.parts import JSONObject
from pontage.errors import InvalidRequestError

_CODEC: Final = Codec(Request, alias=camel_case)
_TIERS: Final = {"standard": "default", "unspecified": "auto", "service_tier_unspecified": "auto"}
_WIRE_TIERS: Final = {"default": "standard", "flex": "flex", "priority": "priority"}
_LIST, _ONE, _SYSTEM = "contents", "content", "system"  # stand where the turns are, while the rest is spelled


class _Wanted(Struct):
    candidates: int | None = field(default=None, name="candidateCount")


class _Head(Head):
    contents: list[Raw] | dict[str, Raw] | UnsetType = UNSET  # one turn may stand for a list of one
    wanted: _Wanted | None = field(default=None, name="generationConfig")
    cached: str | None = field(default=None, name="cachedContent")


_HEAD: Final = msgspec.json.Decoder(_Head)


def peek_request(body: bytes) -> Peek:
    """How many answers are asked for, and what is cached of the prompt; model and stream are said by the path. Raises
    InvalidRequestError when it is no JSON object."""
    head = read_head(_HEAD, body)
    if head.contents is not UNSET and not head.contents:
        raise InvalidRequestError("contents: at least one turn is needed", param="contents")
    wanted = head.wanted
    count = wanted.candidates if wanted is not None else None
    state = (KeptState("cachedContent", head.cached),) if head.cached else ()
    return Peek(None, False, 1 if count is None else count, state)


def adjust_request(body: bytes, model: str, stream: bool) -> bytes:
    """The very same bytes: the URL says the model and whether to stream, and usage always comes."""
    return body


def decode_request(body: bytes, keep_spelling: bool = True, *, family: str | None = FAMILY) -> ChatRequest:
    """The request in `body`, its `model` empty: `msgspec.structs.replace` puts in what the URL says.

    Raises InvalidRequestError with the field's path in `param`.
    """
    wire = _CODEC.decode(body)
    origin = Origin(NAME, family)
    turns = [wire.contents] if isinstance(wire.contents, Content) else wire.contents
    if not turns:
        raise InvalidRequestError("`contents` is empty", param="contents")
    calls = CallReader(claimed=_named_calls(turns))
    messages = [read_system(wire.system_instruction, origin)] if isinstance(wire.system_instruction, Content) else []
    messages += [read_content(turn, origin, calls, f"contents[{index}]") for index, turn in enumerate(turns)]
    extra = kept(wire, REQUEST_KEPT)
    fields: dict[str, Any] = {}
    if isinstance(wire.generation_config, GenerationConfig):
        fields = read_generation(wire.generation_config, extra)
    if isinstance(wire.tools, Tool):
        wire.tools = [wire.tools]
    if isinstance(wire.tools, list):
        fields["tools"] = read_tools(wire.tools)
    if isinstance(wire.tool_config, ToolConfig):
        fields["tool_choice"] = read_tool_choice(wire.tool_config, extra)
    if isinstance(wire.service_tier, str):
        tier = wire.service_tier.lower()
        fields["service_tier"] = _TIERS.get(tier, tier)
    request = ChatRequest(model="", messages=tuple(messages), origin=origin, extra=extra, **fields)
    return _spelled(request, body, family) if keep_spelling else request


def _named_calls(turns: list[Content]) -> Iterator[str]:
    """The ids that results tell."""
    for turn in turns:
        for part in turn.all_parts():
            response = part.function_response
            if isinstance(response, FunctionResponse) and response.id:
                yield response.id


def encode_request(request: ChatRequest, options: Options = Options()) -> Encoded:  # noqa: B008 - frozen
    """The request as generateContent takes it, and what it could not say."""
    notes = Notes()
    mine = is_from(request.origin, NAME)
    writer = TurnWriter(notes, options.family, placeholder=options.placeholder)
    system, contents = writer.turns(request.messages)
    body = _envelope(request, options, notes)
    body["contents"] = _LIST
    if system is not None:
        body["systemInstruction"] = _SYSTEM
    if request.spelling and mine:
        body = {**cast(JSONObject, respell(plain(body), request.spelling))}  # what was spelled is not ours to change
    for name in ("contents", "systemInstruction", "system_instruction"):
        match body.get(name):
            case "contents":
                body[name] = contents
            case "content":
                body[name] = contents[0] if len(contents) == 1 else contents
            case "system":
                body[name] = system
            case _:
                pass
    return Encoded(msgspec.json.encode(body), notes.all())


def _envelope(request: ChatRequest, options: Options, notes: Notes) -> JSONObject:
    """Everything but the turns."""
    mine = is_from(request.origin, NAME)
    extra: JSONObject = {}
    if mine or request.origin is None:
        extra = dict(request.extra)
    else:
        notes.extras(request.extra)
    body: JSONObject = {}
    if request.tools:
        body["tools"] = write_tools(request, options, notes, mine=mine)
    tool_config = write_tool_config(request, extra, notes, mine=mine)
    if tool_config:
        body["toolConfig"] = tool_config
    generation = write_generation(request, extra, options, notes, mine=mine)
    if generation:
        body["generationConfig"] = generation
    tier = request.service_tier
    if tier is not None:
        if mine or tier in _WIRE_TIERS:
            body["serviceTier"] = _WIRE_TIERS.get(tier, "unspecified" if tier == "auto" else tier)
        elif tier != "auto":
            notes.dropped("service_tier", "no tier of this format")
    for name in ("user", "metadata", "cache", "cache_key"):
        if getattr(request, name) is not None:
            notes.dropped(name, "this format has no name for it")
    merge(body, extra)
    return body


def _spelled(request: ChatRequest, body: bytes, family: str | None) -> ChatRequest:
    """`request` with what the caller wrote otherwise than this writer would."""
    try:
        wrote: JSONObject = msgspec.json.decode(body)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
        raise InvalidRequestError(f"the body is not valid JSON: {error}") from None
    notes, writer = Notes(), TurnWriter(Notes(), family)
    said = plain(_envelope(request, Options(), notes))
    said["contents"] = _LIST
    turns = wrote["contents"]
    unread: Iterator[Any] = iter(cast(list[Any], turns) if isinstance(turns, list) else [turns])
    wrote["contents"] = _LIST if isinstance(turns, list) else _ONE
    messages: list[Message] = []
    for message in request.messages:
        if message.role == "system":
            name = "systemInstruction" if "systemInstruction" in wrote else "system_instruction"
            instruction = writer.system((message,))
            messages.append(with_spelling(message, spelling_of(wrote[name], plain(instruction))))
            wrote[name] = _SYSTEM
            said["systemInstruction"] = _SYSTEM
            continue
        written = writer.content(message, "")
        spelled = with_spelling(message, spelling_of(next(unread), plain(written)))
        writer.learn(spelled)
        messages.append(spelled)
    return msgspec.structs.replace(request, messages=tuple(messages), spelling=spelling_of(wrote, said))
