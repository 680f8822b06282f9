"""The official clients on one side, an upstream made of recordings on the other, and a gateway between them."""

import functools
import json
from collections.abc import Iterator
from contextlib import closing, contextmanager, suppress
from types import ModuleType
from typing import Any, NamedTuple

from pontage.dialects.dialect import ProviderSide
from pontage.dialects.table import PROVIDER_SIDES
from pontage.domain import ChatResponse, Reasoning, collect
from pontage.errors import PontageError
from tests.gateway import RunningGateway, running, upstream_config
from tests.real_clients import anthropic_sdk, google_sdk, openai_sdk
from tests.real_clients.scenes import Said, Scene
from tests.replay.upstream import Scripted, Upstream, stream, upstream, whole
from tests.specimens import Specimen, specimens

SDKS: dict[str, ModuleType] = {"openai": openai_sdk, "anthropic": anthropic_sdk, "google": google_sdk}
DIALECTS = {"openai": "openai_chat", "anthropic": "anthropic_messages", "google": "google_generate"}
MODELS = {"openai": "gpt-4.1", "anthropic": "claude-haiku-4-5", "google": "gemini-2.5-flash"}
CLIENT_KEY = "client-canary-2b7d91e4"  # what a client says to the gateway; no upstream may ever see it
PLAIN = Scene(name="plain")


class Bridge(NamedTuple):
    """All that stands between a client and a recording. `direct` are the same clients without a gateway."""

    upstream: Upstream
    gateway: RunningGateway
    clients: dict[str, Any]
    direct: dict[str, Any]

    def ask(self, client: str, vendor: str, scene: Scene, streams: bool, **more: Any) -> Any:
        """What the official client hands back, through the gateway."""
        sdk = SDKS[client]
        return (sdk.streamed if streams else sdk.whole)(
            self.clients[client], f"{vendor}/{MODELS[vendor]}", scene, **more
        )

    def expected(self, vendor: str, specimen: Specimen) -> Said:
        """What the vendor's own client makes of the answer when nothing is between them."""
        sdk = SDKS[vendor]
        self.upstream.script(played(specimen))
        ask = sdk.streamed if specimen.stream is not None else sdk.whole
        return sdk.said(ask(self.direct[vendor], MODELS[vendor], PLAIN))


@contextmanager
def bridge() -> Iterator[Bridge]:
    with upstream() as server, running(upstream_config(server.url)) as gateway:
        clients = {name: sdk.connect(gateway.url, CLIENT_KEY) for name, sdk in SDKS.items()}
        direct = {name: sdk.connect(server.url) for name, sdk in SDKS.items()}
        try:
            yield Bridge(server, gateway, clients, direct)
        finally:
            for client in (*clients.values(), *direct.values()):
                closing(client).__exit__(None, None, None)


def played(specimen: Specimen) -> Scripted:
    """The answer of a specimen; a stream comes in pieces that end in the middle of lines and of characters."""
    if specimen.stream is None:
        assert specimen.answer is not None
        return whole(specimen.answer)
    return stream(specimen.stream, range(7, len(specimen.stream), 397))


COMPACTION = "a stream's own client does not tell what the compaction beside it cost"
BESIDE = "this server counts thinking beside the output, and the client does not add it"
DEVIATING: dict[str, tuple[str, str]] = {  # id -> (fields where clients disagree, why)
    "anthropic-ff21b60ff0": ("input output", COMPACTION),
    "anthropic_messages/compaction": ("input output", COMPACTION),
    "openai-compatible-82eff8fb0a": ("output", BESIDE),
    "openai-compatible-f6626f6d73": ("output", BESIDE),
    "openai_chat/reasoning_on_top": ("output", BESIDE),
    "openai_chat/gemini_proofs": ("output", BESIDE),
    "anthropic_messages/unknown_everywhere": ("finish", "an invented reason, for which nobody else has a word"),
}
SLOPPY = {"openai_chat/gemini_proofs", "openai_chat/citations", "openai_chat/sloppy"}
"""What the official openai client cannot put together, with or without a gateway."""


class Cast(NamedTuple):
    """An answer that may play in scenes, and what is known of it."""

    specimen: Specimen
    answer: ChatResponse

    def fits(self, scene: str) -> bool:
        message = self.answer.message
        match scene:
            case "tool" | "forced":
                return [call.kind for call in message.tool_calls] == ["function"]
            case "parallel":
                return len(message.tool_calls) > 1
            case "schema":
                return message.text.lstrip().startswith("{") and is_json(message.text)
            case "thinking":
                return any(isinstance(part, Reasoning) and part.text for part in message.parts)
            case _:
                return bool(message.text) and not message.tool_calls


@functools.cache
def answers(dialect: str, streams: bool) -> tuple[Cast, ...]:
    """All good answers of a dialect, those recorded first."""
    side = PROVIDER_SIDES[dialect]
    found: list[Cast] = []
    for specimen in specimens():
        body = specimen.stream if streams else specimen.answer
        if specimen.dialect == dialect and body is not None and body[:1] != b"[":
            with suppress(PontageError):  # a failure told with a status of success
                answer = read_stream(side, body) if streams else side.decode_response(body)
                found.append(Cast(one_mode(specimen, streams), answer))
    return tuple(found)


def read_stream(side: ProviderSide, body: bytes) -> ChatResponse:
    framing, decoder = side.framing(), side.stream_decoder()
    frames = framing.feed(body) + framing.end()
    return collect([event for frame in frames for event in decoder.feed(frame)] + decoder.end())


def one_mode(specimen: Specimen, streams: bool) -> Specimen:
    """The specimen as if it had been asked in one way only."""
    fields = {name: getattr(specimen, name) for name in specimen.__struct_fields__}
    return Specimen(**{**fields, "answer" if streams else "stream": None})


def players(dialect: str, scene: str, streams: bool) -> list[Cast]:
    kept = (one for one in answers(dialect, streams) if one.specimen.id not in DEVIATING.keys() | SLOPPY)
    return [one for one in kept if one.fits(scene)]


def casting(dialect: str, scene: str, streams: bool, count: int = 2) -> list[Specimen]:
    """Who plays in `scene`: some recordings, and a sample of ours, so that a clone without recordings plays it too."""
    able = players(dialect, scene, streams) or players(dialect, "text", streams)
    if scene == "unicode":
        able.sort(key=lambda one: sum(not letter.isascii() for letter in one.answer.text), reverse=True)
    sampled = [one.specimen for one in able if "/" in one.specimen.id]
    recorded = [one.specimen for one in able if "/" not in one.specimen.id]
    return [*recorded[:count], *sampled[: 1 if recorded else count]]


def is_json(text: str) -> bool:
    try:
        return isinstance(json.loads(text), dict)
    except ValueError:
        return False
