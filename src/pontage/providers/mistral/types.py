"""What Mistral says differently from OpenAI's format, as far as types are concerned: content comes in chunks. Floor 4.

The chunks are few and thin, and are turned into OpenAI's parts (and back) as plain JSON in `translate.py`; everything
else has the types of `pontage.dialects.openai_chat`.
"""

from __future__ import annotations

from typing import Final

THINKING: Final = "thinking"
"""A chunk that holds a list of chunks, the thought: `{type, thinking: [{type: text, text}], signature, closed}`."""
DOCUMENT: Final = "document_url"
"""A chunk with a link or a data URL to a document, and perhaps its `document_name`."""
SOUND: Final = "input_audio"
"""A chunk with sound: OpenAI's object, or one string, which is base64 or a link."""
FILE: Final = "file"
"""A chunk with the id of an uploaded file, without OpenAI's object around it."""
