"""Pontage: one typed door to every model.

>>> import pontage
>>> with pontage.Client(environ={}) as client:
...     client.chat("sim/echo", "Is anybody there?").text
'[simulated] Is anybody there?'
"""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING, Any

from pontage.domain import (
    Audio,
    ChatRequest,
    ChatResponse,
    Content,
    Document,
    EmbeddingRequest,
    EmbeddingResponse,
    FunctionTool,
    Image,
    Inline,
    Link,
    Message,
    Note,
    OutputFormat,
    Ranked,
    Reasoning,
    ReasoningOptions,
    Ref,
    RerankRequest,
    RerankResponse,
    Stop,
    StreamEvent,
    Text,
    TokenCount,
    TokenIds,
    TokenUsage,
    ToolCall,
    ToolChoice,
    ToolResult,
    collect,
)
from pontage.errors import (
    AuthenticationError,
    ConfigError,
    ConnectionFailedError,
    ContentFilterError,
    ContextWindowExceededError,
    InvalidRequestError,
    ModelNotFoundError,
    NotFoundError,
    OverloadedError,
    PermissionDeniedError,
    PontageError,
    ProtocolError,
    QuotaExceededError,
    RateLimitedError,
    ServerError,
    StreamTruncatedError,
    TranslationError,
    UpstreamError,
    UpstreamTimeoutError,
)
from pontage.version import __version__

if TYPE_CHECKING:
    from pontage.answers import Answer, AsyncStream
    from pontage.client import AsyncClient, Client, Stream
    from pontage.config import Config, Secret
    from pontage.crossing import CallOptions

# What brings the event loop, TLS and the formats along is imported when it is first named: most of the time of an
# `import pontage` would be theirs, also for a command that only prints its help.
_LATER = {
    "Answer": "pontage.answers",
    "AsyncClient": "pontage.client",
    "AsyncStream": "pontage.answers",
    "CallOptions": "pontage.crossing",
    "Client": "pontage.client",
    "Config": "pontage.config",
    "Secret": "pontage.config",
    "Stream": "pontage.client",
}

__all__ = [
    "Answer",
    "AsyncClient",
    "AsyncStream",
    "Audio",
    "AuthenticationError",
    "CallOptions",
    "ChatRequest",
    "ChatResponse",
    "Client",
    "Config",
    "ConfigError",
    "ConnectionFailedError",
    "Content",
    "ContentFilterError",
    "ContextWindowExceededError",
    "Document",
    "EmbeddingRequest",
    "EmbeddingResponse",
    "FunctionTool",
    "Image",
    "Inline",
    "InvalidRequestError",
    "Link",
    "Message",
    "ModelNotFoundError",
    "NotFoundError",
    "Note",
    "OutputFormat",
    "OverloadedError",
    "PermissionDeniedError",
    "PontageError",
    "ProtocolError",
    "QuotaExceededError",
    "Ranked",
    "RateLimitedError",
    "Reasoning",
    "ReasoningOptions",
    "Ref",
    "RerankRequest",
    "RerankResponse",
    "Secret",
    "ServerError",
    "Stop",
    "Stream",
    "StreamEvent",
    "StreamTruncatedError",
    "Text",
    "TokenCount",
    "TokenIds",
    "TokenUsage",
    "ToolCall",
    "ToolChoice",
    "ToolResult",
    "TranslationError",
    "UpstreamError",
    "UpstreamTimeoutError",
    "__version__",
    "collect",
]


def __getattr__(name: str) -> Any:
    """A public name of `_LATER`, imported now."""
    if name not in _LATER:
        raise AttributeError(f"module 'pontage' has no attribute {name!r}")
    value = getattr(importlib.import_module(_LATER[name]), name)
    globals()[name] = value
    return value
