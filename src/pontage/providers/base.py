"""What a provider is, to the house and to those who add one. Floor 4.

The engine needs two methods (`Provider`); the plan this project grew from names six (`LLMProviderClient`), which are
a face over the same two. `HTTPProvider` in `http.py` implements all of them once.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Sequence
from contextlib import AbstractAsyncContextManager
from datetime import date
from fnmatch import fnmatchcase
from typing import Any, Literal, Protocol, TypeVar

from msgspec import Struct

from pontage.config import Secret, Timeouts
from pontage.dialects.dialect import ClientSide
from pontage.dialects.envelope import Call, Reply
from pontage.dialects.forwarding import Passage
from pontage.dialects.task import Task, TaskReply
from pontage.domain.chat import ChatRequest, ChatResponse, Note, TokenUsage
from pontage.domain.stream import StreamEvent
from pontage.errors import PontageError
from pontage.providers.attempt import Attempt
from pontage.transport import Transport

Knower = Literal["config", "listing", "built-in", "catalogue"]
"""Who tells of a model: the user, the provider's own list, its folder here, the catalogue. The first of them wins."""


class ModelInfo(Struct, frozen=True, kw_only=True, omit_defaults=True):
    """Facts on one model, as far as they are known. Limits in tokens; `context` counts input and output together.

    `capabilities`: what it can or cannot, and nothing of which neither is known. `prices`: USD per million units by
    what is counted, for short prompts at the standard tier; None: not known.
    """

    id: str
    provider: str = ""
    title: str | None = None
    mode: str = "chat"
    context: int | None = None
    max_output: int | None = None
    created: int | None = None  # Unix seconds
    inputs: tuple[str, ...] = ()  # text, image, audio, video, pdf
    outputs: tuple[str, ...] = ()
    capabilities: dict[str, bool] = {}
    shutdown: date | None = None  # the day it ends
    prices: dict[str, float] | None = None
    known_from: tuple[Knower, ...] = ()


class Endpoint(Struct, frozen=True):
    """A dialect that a provider takes verbatim and where: paths may hold `{model}` and names of options."""

    dialect: str
    path: str
    stream_path: str | None = None
    models: tuple[str, ...] = ()  # glob patterns of the models it serves; none: those that no other endpoint claims
    rooted: bool = False  # the path begins at the server's root, not at the base URL's


def serving(endpoints: Sequence[Endpoint], model: str) -> Sequence[Endpoint]:
    """The endpoints that claim `model`; else those that claim none, else all."""
    claimed = [one for one in endpoints if any(fnmatchcase(model, glob) for glob in one.models)]
    return claimed or [one for one in endpoints if not one.models] or endpoints


class Option(Struct, frozen=True, kw_only=True):
    """A setting that only one type of provider has: `providers.NAME.options.OPTION`, else the first of its variables
    that is set. `kind` is the type of its value."""

    name: str
    meaning: str = ""
    variables: tuple[str, ...] = ()
    kind: Any = str


class ProviderConfig(Struct, frozen=True, kw_only=True):
    """How to reach a provider: its folder's defaults, overlaid with the user's settings by the registry."""

    provider_type: str
    title: str
    base_url: str
    endpoints: tuple[Endpoint, ...]
    name: str = ""  # what the user calls it; the type where nothing else is said
    base_url_variables: tuple[str, ...] = ()
    key_variables: tuple[str, ...] = ()  # the vendor's own environment variables, first one wins
    needs_key: bool = True
    key_header: str = "authorization"
    key_prefix: str = "Bearer "
    token_mark: str | None = None  # a key that begins so is a token: sent as `authorization: Bearer`, never otherwise
    key_page: str | None = None  # where to get a key
    headers: tuple[tuple[str, str], ...] = ()  # sent with every request
    forward: tuple[str, ...] = ()  # a client's headers that pass in the same format
    operations: tuple[Endpoint, ...] = ()  # what it does beside chat, by the format's name; the preferred one first
    passthrough: tuple[str, ...] = ()  # glob patterns of paths, below the base URL, that pass as they are
    models_path: str | None = None  # the free listing: discovery and health
    models: tuple[ModelInfo, ...] = ()
    families: tuple[str, ...] = ()  # glob patterns of model ids this provider makes
    catalogued: tuple[str, ...] = ("*",)  # glob patterns of those models of the catalogue that can be asked here
    family: str | None = None  # whose signatures its models make
    private: bool = False  # its address may be a loopback or private one
    simulated: bool = False
    timeouts: Timeouts = Timeouts()
    declared: tuple[Option, ...] = ()  # which options there are
    options: dict[str, Any] = {}  # their values; a base URL and paths may hold `{name}` of one

    def __repr__(self) -> str:
        return f"ProviderConfig({self.name or self.provider_type!r})"  # headers and options may hold credentials


class ProviderConfigRequirements(Struct, frozen=True, kw_only=True):
    """What a user has to set before this provider answers."""

    needs_key: bool
    key_variables: tuple[str, ...]
    base_url_variables: tuple[str, ...]
    key_page: str | None
    options: tuple[Option, ...] = ()


class ProviderHealth(Struct, frozen=True, kw_only=True):
    """What a free endpoint of the provider said just now. `healthy`: None where it has none, so that nothing was asked
    and nothing is known."""

    healthy: bool | None
    detail: str
    latency: float | None = None  # seconds


T_co = TypeVar("T_co", covariant=True)
Q = TypeVar("Q")
A = TypeVar("A")


class Pulled(Protocol[T_co]):
    """One stream in the shape its reader wants (a client's bytes, or events), pulled piece by piece."""

    @property
    def content(self) -> bool:
        """The first content was seen: another provider cannot take over any more."""
        ...

    @property
    def usage(self) -> TokenUsage | None:
        """What the provider told so far."""
        ...

    async def pull(self) -> T_co | None:
        """The next piece (perhaps an empty one), or None after the truthful end. Raises one of the error tree."""
        ...

    def estimate(self) -> int:
        """The tokens of the answer so far, as far as its text tells: for when the provider told none."""
        ...

    def fail(self, error: PontageError, /) -> T_co:
        """The last piece of a stream that broke: the reader's own way to be told."""
        ...

    def notes(self) -> tuple[Note, ...]:
        """What could not be said so far."""
        ...


class StreamReply(Protocol):
    """A stream whose head is in: a status of success, and a body to pull."""

    notes: tuple[Note, ...]
    elapsed: float  # seconds until the head was in

    def into(self, client: ClientSide) -> Pulled[bytes]:
        """The stream in the client's format. Once only, and not together with `events`."""
        ...

    def events(self) -> Pulled[Sequence[StreamEvent]]:
        """The stream as canonical events. Once only."""
        ...

    async def aclose(self) -> None:
        """Close it; what was not read is given up at once."""
        ...


class Provider(Protocol):
    """What the engine calls."""

    config: ProviderConfig

    async def send(self, call: Call, attempt: Attempt) -> tuple[Reply, tuple[Note, ...]]:
        """The whole answer, and what the request lost on the way. Raises one of the error tree."""
        ...

    async def open(self, call: Call, attempt: Attempt) -> StreamReply:
        """The stream's head. Raises one of the error tree."""
        ...

    def offers(self, operation: str) -> bool:
        """Whether it does this operation beside chat (`embeddings`, `rerank`, ...)."""
        ...

    async def perform(self, task: Task[Q, A], attempt: Attempt) -> tuple[TaskReply[Q, A], tuple[Note, ...]]:
        """The answer of an operation that it offers. Raises one of the error tree."""
        ...

    def takes(self, passage: Passage) -> bool:
        """Whether it takes a request as it is. Raises InvalidRequestError for a path with two meanings."""
        ...

    async def forward(self, passage: Passage, attempt: Attempt) -> Passing:
        """The answer to a request as it is. Raises one of the error tree for what another key or provider might answer
        better."""
        ...


class Passing(Protocol):
    """An answer that passes as it comes, to be pulled to its end or closed."""

    status: int
    headers: tuple[tuple[str, str], ...]
    elapsed: float  # seconds until the head was in

    @property
    def usage(self) -> TokenUsage | None:
        """What the answer told so far."""
        ...

    async def pull(self) -> bytes | None:
        """The next piece, perhaps an empty one; None after the end. Raises one of the error tree."""
        ...

    async def aclose(self) -> None:
        """Let go; what was not read closes the upstream."""
        ...


class LLMProviderClient(Provider, Protocol):
    """A provider as the origin plan draws it; `Provider` and four questions that cost nothing."""

    provider_type: str

    async def chat_completion(self, request: ChatRequest, api_key: Secret | None) -> ChatResponse:
        """One request, one whole answer."""
        ...

    def chat_completion_stream(
        self, request: ChatRequest, api_key: Secret | None
    ) -> AbstractAsyncContextManager[AsyncIterator[StreamEvent]]:
        """The answer in events; leaving the context closes the upstream."""
        ...

    async def health_check(self, api_key: Secret | None) -> ProviderHealth:
        """Ask a free endpoint; never a prompt."""
        ...

    async def list_models(self, api_key: Secret | None) -> list[ModelInfo]:
        """The provider's own listing, asked now."""
        ...

    def get_available_models(self) -> list[ModelInfo]:
        """The models known without asking."""
        ...

    def supports_model(self, model: str) -> bool:
        """Whether `model` is listed or of one of the provider's families."""
        ...

    def get_config_requirements(self) -> ProviderConfigRequirements:
        """Which key and settings it needs."""
        ...


class ProviderFactory(Protocol):
    """Makes clients of one provider type; the one thing a provider's folder exports."""

    provider_type: str

    def default_config(self) -> ProviderConfig:
        """The folder's defaults."""
        ...

    def create_client(self, config: ProviderConfig, transport: Transport) -> LLMProviderClient:
        """A client that uses this transport."""
        ...
