"""Which path is served by what, and in whose words. Floor 8; pure.

A route carries its policy: the application refuses to start with one that has none. Query strings play no part in
matching. Gemini names model and method in the path (`/v1beta/models/{model}:generateContent`), with or without
`models/`, with slashes in the name, percent-encoded or not.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from difflib import get_close_matches
from typing import Literal, Protocol
from urllib.parse import unquote

from msgspec import Struct

from pontage.errors import MethodNotAllowedError, RouteNotFoundError

Format = Literal[
    "openai_chat", "openai_responses", "anthropic_messages", "google_generate", "ollama_chat", "cohere_chat",
    "mistral_chat",
]  # fmt: skip
Policy = Literal["open", "call", "admin"]
"""open: anyone who reaches the port; call: whoever may call models; admin: whoever may see what others did."""

GOOGLE_METHODS = {
    "generateContent": "generate",
    "streamGenerateContent": "stream_generate",
    "countTokens": "google_count_tokens",
    "embedContent": "google_embeddings",
    "batchEmbedContents": "google_batch_embeddings",
}
GOOGLE_ROOTS = ("/v1beta/", "/v1/", "/v1alpha/")
_GOOGLE_VERB = re.compile(r":[a-z]+[A-Z][A-Za-z]*$")  # `:countTokens`; no other format's paths, no model's tag looks so
PREFIXES: tuple[tuple[str, Format], ...] = (
    ("/openai", "openai_chat"),
    ("/anthropic", "anthropic_messages"),
    ("/gemini", "google_generate"),
    ("/ollama", "ollama_chat"),
    ("/cohere", "cohere_chat"),
    ("/mistral", "mistral_chat"),
)
MISTRAL = "mistral-client"
"""How Mistral's own client calls itself. It asks at OpenAI's paths, and cannot read all that is answered there."""
OLLAMA = (
    ("/api/chat", "POST", "chat"),
    ("/api/generate", "POST", "ollama_generate"),
    ("/api/show", "POST", "ollama_show"),
    ("/api/tags", "GET", "models"),
    ("/api/ps", "GET", "ollama_running"),
    ("/api/version", "GET", "ollama_version"),
)
ADMIN = (
    ("/metrics", "GET", "metrics"),
    ("/admin/v1/health", "GET", "admin_health"),
    ("/admin/v1/providers", "GET", "admin_providers"),
    ("/admin/v1/models", "GET", "admin_models"),
    ("/admin/v1/requests", "GET", "admin_requests"),
    ("/admin/v1/routes/explain", "POST", "admin_explain"),
)
REQUESTS = "/admin/v1/requests/"
"""How the path of one request begins; its id follows."""
OPERATIONS: tuple[tuple[str, Format, tuple[str, ...], tuple[str, ...]], ...] = (
    ("openai_embeddings", "openai_chat", ("", "/openai"), ("/v1/embeddings", "/embeddings")),
    ("mistral_embeddings", "mistral_chat", ("/mistral",), ("/v1/embeddings",)),
    ("cohere_embeddings", "cohere_chat", ("", "/cohere"), ("/v2/embed",)),
    ("cohere_embeddings_v1", "cohere_chat", ("", "/cohere"), ("/v1/embed",)),
    ("ollama_embeddings", "ollama_chat", ("", "/ollama"), ("/api/embed",)),
    ("ollama_embeddings_older", "ollama_chat", ("", "/ollama"), ("/api/embeddings",)),
    ("cohere_rerank", "cohere_chat", ("", "/cohere"), ("/v2/rerank",)),
    ("cohere_rerank_v1", "cohere_chat", ("", "/cohere"), ("/v1/rerank", "/rerank")),
    ("anthropic_count_tokens", "anthropic_messages", ("", "/anthropic"), ("/v1/messages/count_tokens",)),
    (
        "openai_input_tokens", "openai_responses", ("", "/openai"),
        ("/v1/responses/input_tokens", "/responses/input_tokens"),
    ),
)  # fmt: skip
"""Operations beside chat by their wire formats: in whose words errors are told, under which prefixes, which paths."""


PASSING = ("/completions", "/moderations", "/images", "/audio", "/files", "/batches", "/uploads")
"""How OpenAI's paths begin that pass as they are."""
OUR_ROOTS = frozenset({"v1", "v2", "v1beta", "v1alpha", "api", "health", "admin", "metrics", "docs"})
"""First words of paths that are no provider's name."""


class Route(Struct, frozen=True, kw_only=True):
    """One thing that is served: which handler, in which format, to whom."""

    handler: str
    format: Format | None
    policy: Policy


class Named(Protocol):
    """A request's headers, as far as they tell a format."""

    def __contains__(self, name: str, /) -> bool:
        """Whether the header was sent."""
        ...

    def get(self, name: str, /) -> str | None:
        """The header, or None."""
        ...


class Match(Struct, frozen=True):
    """A route and what the path itself said: `model` (decoded) where it names one, and the `rest` of a path that passes
    as it is. There `model` is the provider's name."""

    route: Route
    model: str | None = None
    rest: str = ""


def _table() -> dict[str, dict[str, Route]]:
    """Path to method to route, every spelling of a path spelled out: one dictionary look-up on the hot path."""
    chat = Route(handler="chat", format="openai_chat", policy="call")
    messages = Route(handler="chat", format="anthropic_messages", policy="call")
    models = Route(handler="models", format=None, policy="call")
    google_models = Route(handler="models", format="google_generate", policy="call")
    table: dict[str, dict[str, Route]] = {}
    for path in ("/v1/chat/completions", "/chat/completions"):
        _add(table, ("", "/openai"), path, {"POST": chat})
    responses = Route(handler="chat", format="openai_responses", policy="call")
    for path in ("/v1/responses", "/responses"):
        _add(table, ("", "/openai"), path, {"POST": responses})
    for form, words, prefixes, paths in OPERATIONS:
        for path in paths:
            _add(table, prefixes, path, {"POST": Route(handler=form, format=words, policy="call")})
    _add(table, ("", "/anthropic"), "/v1/messages", {"POST": messages})
    for path in ("/v1/models", "/models"):
        _add(table, ("", "/openai"), path, {"GET": models})
    anthropic_models = Route(handler="models", format="anthropic_messages", policy="call")
    _add(table, ("/anthropic",), "/v1/models", {"GET": anthropic_models})
    _add(table, ("", "/gemini"), "/v1beta/models", {"GET": google_models})
    _add(table, ("/gemini",), "/v1/models", {"GET": google_models})
    cohere = Route(handler="chat", format="cohere_chat", policy="call")
    _add(table, ("", "/cohere"), "/v2/chat", {"POST": cohere})
    _add(table, ("/cohere",), "/v1/models", {"GET": Route(handler="models", format="cohere_chat", policy="call")})
    mistral = Route(handler="chat", format="mistral_chat", policy="call")
    _add(table, ("/mistral",), "/v1/chat/completions", {"POST": mistral})
    _add(table, ("/mistral",), "/v1/models", {"GET": Route(handler="models", format="mistral_chat", policy="call")})
    for path, method, handler in OLLAMA:
        _add(table, ("", "/ollama"), path, {method: Route(handler=handler, format="ollama_chat", policy="call")})
    for path in ("/health", "/health/liveness", "/health/liveliness"):
        _add(table, ("",), path, {"GET": Route(handler="alive", format=None, policy="open")})
    _add(table, ("",), "/health/readiness", {"GET": Route(handler="ready", format=None, policy="open")})
    for path, method, handler in ADMIN:
        _add(table, ("",), path, {method: Route(handler=handler, format=None, policy="admin")})
    _add(table, ("",), "/version", {"GET": Route(handler="version", format=None, policy="open")})
    for path in ("/", "/ollama", "/ollama/"):  # Ollama's clients ask there whether it runs
        _add(table, ("",), path, {"GET": Route(handler="welcome", format=None, policy="open")})
    return table


def _add(table: dict[str, dict[str, Route]], prefixes: Iterable[str], path: str, methods: Mapping[str, Route]) -> None:
    for prefix in prefixes:
        table.setdefault(prefix + path, {}).update(methods)


TABLE: Mapping[str, Mapping[str, Route]] = _table()
_GOOGLE = {
    method: Route(handler=handler, format="google_generate", policy="call")
    for method, handler in GOOGLE_METHODS.items()
}
_REQUEST = Route(handler="admin_request", format=None, policy="admin")
_PASSING = Route(handler="passthrough", format="openai_chat", policy="call")
_OWN_PASSING = Route(handler="own_passthrough", format=None, policy="call")
_MODEL = {
    "openai_chat": Route(handler="model", format=None, policy="call"),
    "google_generate": Route(handler="model", format="google_generate", policy="call"),
    "anthropic_messages": Route(handler="model", format="anthropic_messages", policy="call"),
    "mistral_chat": Route(handler="model", format="mistral_chat", policy="call"),
}


def match(method: str, path: str) -> Match:
    """The route of a request. Raises RouteNotFoundError (with the nearest path) or MethodNotAllowedError."""
    methods = TABLE.get(path)
    if methods is not None:
        route = methods.get("GET" if method == "HEAD" else method)
        if route is not None:
            return Match(route)
        raise MethodNotAllowedError(f"{path} does not take {method}", hint=f"use {' or '.join(methods)}")
    found = _match_google(method, path) or _match_model(method, path) or _match_request(method, path)
    found = found or _match_passing(path)
    if found is not None:
        return found
    raise lost(path)


def lost(path: str) -> RouteNotFoundError:
    """The error of a path that leads nowhere, with the nearest one that does."""
    near = get_close_matches(path, TABLE, n=1, cutoff=0.4)
    return RouteNotFoundError(f"there is nothing at {path[:200]}", hint=f"did you mean {near[0]}?" if near else None)


def _match_google(method: str, path: str) -> Match | None:
    rest = path.removeprefix("/gemini")
    root = next((root for root in GOOGLE_ROOTS if rest.startswith(root)), None)
    if root is None:
        return None
    name, colon, verb = unquote(rest[len(root) :]).rpartition(":")
    route = _GOOGLE.get(verb)
    if colon and route is None and method == "POST" and (root != "/v1/" or _GOOGLE_VERB.search(rest)):
        near = get_close_matches(verb, _GOOGLE, n=1) or [" or ".join(_GOOGLE)]
        raise RouteNotFoundError(f"there is no method {verb[:100]} of a model", hint=f"did you mean {near[0]}?")
    if not colon or route is None:
        return None
    model = name.removeprefix("models/")
    if not model:
        raise RouteNotFoundError(f"the path names no model to {verb}", hint=f"did you mean {root}models/...:{verb}?")
    if method != "POST":
        raise MethodNotAllowedError(f"{verb} does not take {method}", hint="use POST")
    return Match(route, model)


def _match_model(method: str, path: str) -> Match | None:
    """One model of the listing: `/v1/models/{id}`, under every prefix."""
    for prefix, roots, form in (
        ("/gemini", ("/v1beta/models/", "/v1/models/"), "google_generate"),
        ("/anthropic", ("/v1/models/",), "anthropic_messages"),
        ("/openai", ("/v1/models/", "/models/"), "openai_chat"),
        ("/mistral", ("/v1/models/",), "mistral_chat"),
        ("", ("/v1/models/", "/models/"), "openai_chat"),
        ("", ("/v1beta/models/",), "google_generate"),
    ):
        for root in roots:
            model = unquote(path[len(prefix + root) :]) if path.startswith(prefix + root) else ""
            if model:
                if method not in ("GET", "HEAD"):
                    raise MethodNotAllowedError(f"{path[:200]} does not take {method}", hint="use GET")
                return Match(_MODEL[form], model)
    return None


def _match_request(method: str, path: str) -> Match | None:
    """One finished request, by its id."""
    number = path.removeprefix(REQUESTS)
    if number == path or not number:
        return None
    if method not in ("GET", "HEAD"):
        raise MethodNotAllowedError(f"{path[:200]} does not take {method}", hint="use GET")
    return Match(_REQUEST, rest=unquote(number))


def _match_passing(path: str) -> Match | None:
    """What passes as it is: OpenAI's smaller APIs under their own paths, and `/{provider}/...`."""
    rest = path.removeprefix("/openai").removeprefix("/v1")
    if any(rest == known or rest.startswith(f"{known}/") for known in PASSING):
        return Match(_PASSING, rest=rest)
    name, _, rest = path[1:].partition("/")
    if name and rest and name not in OUR_ROOTS:
        return Match(_OWN_PASSING, name, f"/{rest}")
    return None


def format_of(path: str, headers: Named) -> Format:
    """Whose words to use with this caller: those of the path, else those its headers hint at, else OpenAI's."""
    for route in TABLE.get(path, {}).values():
        if route.format is not None:
            return words_for(route.format, headers)
    for prefix, prefixed in PREFIXES:
        if path.startswith(prefix):
            return words_for(prefixed, headers)
    if path.startswith(("/v1beta/", "/v1alpha/")) or _GOOGLE_VERB.search(path) or "x-goog-api-key" in headers:
        return "google_generate"
    if path.startswith("/v2/"):
        return "cohere_chat"
    if path.startswith("/api/"):
        return "ollama_chat"
    if path.startswith("/v1/messages") or "anthropic-version" in headers:
        return "anthropic_messages"
    return words_for("openai_chat", headers)


def words_for(form: Format, headers: Named) -> Format:
    """The format of a path as this caller means it: OpenAI's paths are also those of Mistral's own client."""
    if form == "openai_chat" and (headers.get("user-agent") or "").startswith(MISTRAL):
        return "mistral_chat"
    return form
