"""Wire types of messages, their content and the calls in them, as requests and answers share them. Floor 3; data.

Beyond OpenAI's own reference they hold what compatible servers and routers are known to say: the model's thinking under
its two names and in `reasoning_details`, links to audio and video, made pictures, cache marks, Gemini's signatures.
"""

from __future__ import annotations

from typing import TypeVar

from msgspec import UNSET, UnsetType

from pontage.dialects.codec import Unknown, Wire
from pontage.domain.parts import JSONObject


class CacheMark(Wire):
    """`cache_control` (Anthropic's, taken by routers) or `prompt_cache_breakpoint` (OpenAI's)."""

    type: str | UnsetType | None = UNSET
    mode: str | UnsetType | None = UNSET
    ttl: str | UnsetType | None = UNSET


class ContentPart(Wire, kw_only=True):
    """What every content part may carry. `index` numbers the pictures of an answer, for who joins its pieces."""

    index: int | UnsetType | None = UNSET
    cache_control: CacheMark | UnsetType | None = UNSET
    prompt_cache_breakpoint: CacheMark | UnsetType | None = UNSET


class TextPart(ContentPart, tag="text"):
    """Text."""

    text: str


class RefusalPart(ContentPart, tag="refusal"):
    """An assistant's refusal, replayed."""

    refusal: str


class ImageURL(Wire):
    """A link or a data URL."""

    url: str
    detail: str | UnsetType | None = UNSET


class ImagePart(ContentPart, tag="image_url"):
    """A picture; some servers take the bare URL."""

    image_url: ImageURL | str


class InputAudio(Wire):
    """Base64 and the short name of its encoding (wav, mp3)."""

    data: str
    format: str


class AudioPart(ContentPart, tag="input_audio"):
    """Sound in the request."""

    input_audio: InputAudio


class MediaURL(Wire):
    """A link or a data URL."""

    url: str


class AudioLinkPart(ContentPart, tag="audio_url"):
    """Sound behind a link (vLLM)."""

    audio_url: MediaURL


class VideoPart(ContentPart, tag="video_url"):
    """Video behind a link or in a data URL (vLLM, routers)."""

    video_url: MediaURL


class FileBody(Wire):
    """A data URL or the id of an uploaded file."""

    file_data: str | UnsetType | None = UNSET
    file_id: str | UnsetType | None = UNSET
    filename: str | UnsetType | None = UNSET


class FilePart(ContentPart, tag="file"):
    """A document."""

    file: FileBody


Part = TextPart | RefusalPart | ImagePart | AudioPart | AudioLinkPart | VideoPart | FilePart | Unknown
Content = str | list[Part]


class Google(Wire):
    """What Gemini's compatible endpoint adds."""

    thought_signature: str | UnsetType | None = UNSET


class ExtraContent(Wire):
    """Where compatible endpoints of other vendors put their own fields."""

    google: Google | UnsetType | None = UNSET


class Function(Wire):
    """A call's function; arguments are JSON text, but some servers send the object itself."""

    name: str | UnsetType | None = UNSET
    arguments: str | JSONObject | UnsetType | None = UNSET


class Custom(Wire):
    """A call of a free-text tool."""

    name: str | UnsetType | None = UNSET
    input: str | UnsetType | None = UNSET


class ToolCall(Wire):
    """A call, or in a stream a piece of one."""

    id: str | UnsetType | None = UNSET
    type: str | UnsetType | None = UNSET
    function: Function | UnsetType | None = UNSET
    custom: Custom | UnsetType | None = UNSET
    index: int | UnsetType | None = UNSET
    extra_content: ExtraContent | UnsetType | None = UNSET


class ReasoningDetail(Wire):
    """What every entry of `reasoning_details` may carry."""

    id: str | UnsetType | None = UNSET
    format: str | UnsetType | None = UNSET
    index: int | UnsetType | None = UNSET


class ReasoningText(ReasoningDetail, tag="reasoning.text"):
    """Thinking as it was."""

    text: str | UnsetType | None = UNSET
    signature: str | UnsetType | None = UNSET


class ReasoningSummary(ReasoningDetail, tag="reasoning.summary"):
    """Thinking told in short."""

    summary: str | UnsetType | None = UNSET


class ReasoningEncrypted(ReasoningDetail, tag="reasoning.encrypted"):
    """Thinking that only its provider can read."""

    data: str | UnsetType | None = UNSET


Detail = ReasoningText | ReasoningSummary | ReasoningEncrypted | Unknown


class URLCitation(Wire):
    """A span of the content and its source; `content` is the passage (routers)."""

    url: str | UnsetType | None = UNSET
    title: str | UnsetType | None = UNSET
    start_index: int | UnsetType | None = UNSET
    end_index: int | UnsetType | None = UNSET
    content: str | UnsetType | None = UNSET


class URLAnnotation(Wire, tag="url_citation"):
    """An annotation that cites a page. `index` numbers those of a stream, for who joins its pieces."""

    url_citation: URLCitation
    index: int | UnsetType | None = UNSET


Annotation = URLAnnotation | Unknown


class Audio(Wire):
    """The model's voice; in a request only `id` is said."""

    id: str | UnsetType | None = UNSET
    data: str | UnsetType | None = UNSET
    transcript: str | UnsetType | None = UNSET
    expires_at: int | UnsetType | None = UNSET


class Spoken(Wire):
    """What an assistant's message holds: in a request, in an answer, and in a stream piece by piece."""

    content: Content | UnsetType | None = UNSET
    refusal: str | UnsetType | None = UNSET
    reasoning_content: str | UnsetType | None = UNSET
    reasoning: str | UnsetType | None = UNSET
    reasoning_details: list[Detail] | UnsetType | None = UNSET
    thinking_blocks: list[JSONObject] | UnsetType | None = UNSET
    tool_calls: list[ToolCall] | UnsetType | None = UNSET
    function_call: Function | str | UnsetType | None = UNSET
    annotations: list[Annotation] | UnsetType | None = UNSET
    audio: Audio | UnsetType | None = UNSET
    images: list[Part] | UnsetType | None = UNSET
    extra_content: ExtraContent | UnsetType | None = UNSET


class SystemMessage(Wire, tag_field="role", tag="system"):
    """Instructions."""

    content: Content
    name: str | UnsetType | None = UNSET


class DeveloperMessage(SystemMessage, tag_field="role", tag="developer"):
    """Instructions, by the name that reasoning models use."""


class UserMessage(Wire, tag_field="role", tag="user"):
    """The user's turn."""

    content: Content
    name: str | UnsetType | None = UNSET


class AssistantMessage(Spoken, tag_field="role", tag="assistant"):
    """The model's turn, replayed."""

    name: str | UnsetType | None = UNSET


class ToolMessage(Wire, tag_field="role", tag="tool"):
    """What one call came to."""

    content: Content
    tool_call_id: str
    name: str | UnsetType | None = UNSET


class FunctionMessage(Wire, tag_field="role", tag="function"):
    """What a legacy call came to."""

    content: Content
    name: str


Message = SystemMessage | DeveloperMessage | UserMessage | AssistantMessage | ToolMessage | FunctionMessage


T = TypeVar("T")


def said(value: T | UnsetType | None) -> T | None:
    """`value`, or None where the wire says nothing."""
    return None if value is UNSET else value
