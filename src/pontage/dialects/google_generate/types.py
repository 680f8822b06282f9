"""Floor 3. The wire: objects of generateContent that requests and answers share, and the request itself.

Reference: the types of Google's own `google-genai` package and the machine description of Vertex AI. A field that may
be an array may also be its one element: Google's own examples write it so and the API takes it.
"""

from __future__ import annotations

from typing import Any

from msgspec import UNSET, Raw, UnsetType

from pontage.dialects.google_generate.names import Google, wire_names
from pontage.domain.parts import JSONObject


class Blob(Google):
    """Bytes as base64."""

    data: str
    mime_type: str | UnsetType | None = UNSET


class FileData(Google):
    """A file by its address: Google's own files, Cloud Storage, the public web."""

    file_uri: str
    mime_type: str | UnsetType | None = UNSET


class PartialArgument(Google):
    """A piece of one argument of a call that is streamed (Vertex AI)."""

    json_path: str = "$"
    string_value: str | UnsetType | None = UNSET
    number_value: float | int | UnsetType | None = UNSET
    bool_value: bool | UnsetType | None = UNSET
    null_value: Any = UNSET
    will_continue: bool | UnsetType | None = UNSET


class FunctionCall(Google):
    """The model calls a function. `name` is missing only in the pieces of a streamed call."""

    name: str | UnsetType | None = UNSET
    id: str | UnsetType | None = UNSET
    args: Raw | UnsetType = UNSET
    partial_args: list[PartialArgument] | UnsetType | None = UNSET
    will_continue: bool | UnsetType | None = UNSET


class FunctionResponsePart(Google):
    """Media in a function's result."""

    inline_data: Blob | UnsetType | None = UNSET
    file_data: FileData | UnsetType | None = UNSET


class FunctionResponse(Google):
    """A function's result; `response` is always an object."""

    name: str | UnsetType | None = UNSET
    id: str | UnsetType | None = UNSET
    response: Raw | UnsetType = UNSET
    parts: list[FunctionResponsePart] | UnsetType | None = UNSET


class Part(Google):
    """One of many things, told apart by the field that is set."""

    text: str | UnsetType | None = UNSET
    thought: bool | UnsetType | None = UNSET
    thought_signature: str | UnsetType | None = UNSET
    function_call: FunctionCall | UnsetType | None = UNSET
    function_response: FunctionResponse | UnsetType | None = UNSET
    inline_data: Blob | UnsetType | None = UNSET
    file_data: FileData | UnsetType | None = UNSET
    executable_code: JSONObject | UnsetType | None = UNSET
    code_execution_result: JSONObject | UnsetType | None = UNSET
    tool_call: JSONObject | UnsetType | None = UNSET
    tool_response: JSONObject | UnsetType | None = UNSET
    media_resolution: Any = UNSET
    video_metadata: Any = UNSET


class Content(Google):
    """One turn."""

    role: str | UnsetType | None = UNSET
    parts: list[Part] | Part | UnsetType | None = UNSET

    def all_parts(self) -> list[Part]:
        """The parts, whichever way they are written."""
        if isinstance(self.parts, Part):
            return [self.parts]
        return self.parts or []


class FunctionDeclaration(Google):
    """A function the model may call; its schema is in Google's dialect or in JSON Schema."""

    name: str
    description: str | UnsetType | None = UNSET
    parameters: JSONObject | UnsetType | None = UNSET
    parameters_json_schema: Any = UNSET


class Tool(Google):
    """Functions, or a tool that Google runs: those are kept in `extra` by their own name."""

    function_declarations: list[FunctionDeclaration] | FunctionDeclaration | UnsetType | None = UNSET
    google_search: JSONObject | UnsetType | None = UNSET
    code_execution: JSONObject | UnsetType | None = UNSET
    url_context: JSONObject | UnsetType | None = UNSET


class FunctionCallingConfig(Google):
    """Whether the model may or must call functions."""

    mode: str | int | UnsetType | None = UNSET
    allowed_function_names: list[str] | UnsetType | None = UNSET


class ToolConfig(Google):
    """How tools are used."""

    function_calling_config: FunctionCallingConfig | UnsetType | None = UNSET


class ThinkingConfig(Google):
    """How much to think: a budget in tokens (2.5) or a level (3 and later)."""

    include_thoughts: bool | UnsetType | None = UNSET
    thinking_budget: int | UnsetType | None = UNSET
    thinking_level: str | int | UnsetType | None = UNSET


class GenerationConfig(Google):
    """Everything about the form of the answer."""

    temperature: float | UnsetType | None = UNSET
    top_p: float | UnsetType | None = UNSET
    top_k: int | float | UnsetType | None = UNSET
    candidate_count: int | UnsetType | None = UNSET
    max_output_tokens: int | UnsetType | None = UNSET
    stop_sequences: list[str] | str | UnsetType | None = UNSET
    response_logprobs: bool | UnsetType | None = UNSET
    logprobs: int | UnsetType | None = UNSET
    presence_penalty: float | UnsetType | None = UNSET
    frequency_penalty: float | UnsetType | None = UNSET
    seed: int | UnsetType | None = UNSET
    response_mime_type: str | UnsetType | None = UNSET
    response_schema: JSONObject | UnsetType | None = UNSET
    response_json_schema: Any = UNSET
    response_modalities: list[str | int] | UnsetType | None = UNSET
    thinking_config: ThinkingConfig | UnsetType | None = UNSET
    speech_config: Any = UNSET
    image_config: Any = UNSET
    media_resolution: Any = UNSET
    audio_timestamp: Any = UNSET
    routing_config: Any = UNSET
    model_selection_config: Any = UNSET
    enable_affective_dialog: Any = UNSET
    enable_enhanced_civic_answers: Any = UNSET


class Request(Google):
    """A request; the model and whether to stream are said by its URL."""

    contents: list[Content] | Content
    system_instruction: Content | UnsetType | None = UNSET
    tools: list[Tool] | Tool | UnsetType | None = UNSET
    tool_config: ToolConfig | UnsetType | None = UNSET
    generation_config: GenerationConfig | UnsetType | None = UNSET
    service_tier: str | int | UnsetType | None = UNSET
    model: str | UnsetType | None = UNSET
    safety_settings: Any = UNSET
    cached_content: Any = UNSET
    labels: Any = UNSET
    store: Any = UNSET


GENERATION_KEPT = wire_names(
    GenerationConfig,
    "speech_config", "image_config", "media_resolution", "audio_timestamp", "routing_config",
    "model_selection_config", "enable_affective_dialog", "enable_enhanced_civic_answers",
)  # fmt: skip
"""Fields of generationConfig that have no canonical name; `ChatRequest.extra` holds each by its own name."""

REQUEST_KEPT = wire_names(Request, "safety_settings", "cached_content", "labels", "store")
"""Fields of the request itself that have no canonical name."""

OPAQUE_PARTS = wire_names(Part, "executable_code", "code_execution_result", "tool_call", "tool_response")
"""Parts that Google's own tools make."""

PART_KEPT = wire_names(Part, "media_resolution", "video_metadata")
"""Fields beside a part that have no canonical name."""

SERVER_TOOLS = wire_names(Tool, "google_search", "code_execution", "url_context")
"""Tools that Google runs, of those this version knows."""
