"""The documents of a request, which stand beside its turns here and nowhere else. Floor 3; pure."""

from __future__ import annotations

from typing import Any, Final, cast

import msgspec
from msgspec.structs import replace

from pontage.dialects.cohere_chat.parts import read_document
from pontage.dialects.cohere_chat.types import DOCUMENT
from pontage.domain.chat import ChatRequest, Message
from pontage.domain.parts import Document, JSONObject, Plain, ToolResult

_FIELD: Final = "documents"


def unfold(request: ChatRequest) -> ChatRequest:
    """`request` with its documents as parts of the user's last turn, for those who know them there. Raises
    InvalidRequestError for one that is none."""
    given: Any = request.extra.get(_FIELD)
    if not isinstance(given, list) or not given:
        return request
    documents = [_read(one, f"{_FIELD}[{number}]") for number, one in enumerate(cast(list[Any], given))]
    extra = {name: value for name, value in request.extra.items() if name != _FIELD}
    messages = list(request.messages)
    for number in range(len(messages) - 1, -1, -1):
        message = messages[number]
        if message.role == "user" and not any(isinstance(part, ToolResult) for part in message.parts):
            messages[number] = replace(message, parts=(*documents, *message.parts))
            break
    else:
        messages.append(Message(role="user", parts=tuple(documents), origin=request.origin))
    return replace(request, messages=tuple(messages), extra=extra)


def _read(given: Any, where: str) -> Document:
    if isinstance(given, str):
        return Document(source=Plain(given))
    fields = cast(JSONObject, given) if isinstance(given, dict) else {}
    document: JSONObject = fields if "data" in fields else {"data": given}
    return read_document(DOCUMENT.decode(msgspec.json.encode({"type": "document", "document": document})), where)
