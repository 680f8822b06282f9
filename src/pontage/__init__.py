"""Pontage: one typed door to every model.

>>> import pontage
>>> with pontage.Client(environ={}) as client:
...     client.chat("sim/echo", "Is anybody there?").text
'[simulated] Is anybody there?'
"""

from pontage.client import Answer, AsyncClient, AsyncStream, Client, Stream
from pontage.config import Config, Secret
from pontage.domain import (
    ChatRequest,
    ChatResponse,
    FunctionTool,
    Message,
    Note,
    OutputFormat,
    ReasoningOptions,
    Stop,
    StreamEvent,
    Text,
    TokenUsage,
    ToolCall,
    ToolChoice,
    ToolResult,
    collect,
)
from pontage.engine import CallOptions
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

__all__ = [
    "Answer",
    "AsyncClient",
    "AsyncStream",
    "AuthenticationError",
    "CallOptions",
    "ChatRequest",
    "ChatResponse",
    "Client",
    "Config",
    "ConfigError",
    "ConnectionFailedError",
    "ContentFilterError",
    "ContextWindowExceededError",
    "FunctionTool",
    "InvalidRequestError",
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
    "RateLimitedError",
    "ReasoningOptions",
    "Secret",
    "ServerError",
    "Stop",
    "Stream",
    "StreamEvent",
    "StreamTruncatedError",
    "Text",
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
