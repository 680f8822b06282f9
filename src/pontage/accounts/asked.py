"""What of a request its price hangs on, before anybody is asked. Floor 7."""

from __future__ import annotations

from collections.abc import Callable

from msgspec import Struct

from pontage.dialects.envelope import Call
from pontage.domain.chat import ChatRequest


class Asked(Struct, frozen=True, kw_only=True):
    """`size` in bytes; `request` decodes it, where it is a conversation. `bounded` False: it passes unread, and nobody
    knows what it may cost."""

    model: str
    size: int
    client: str | None = None
    stream: bool = False
    choices: int = 1
    request: Callable[[], ChatRequest] | None = None
    bounded: bool = True

    @classmethod
    def of(cls, call: Call) -> Asked:
        """What a conversation asks."""
        return cls(
            model=call.model,
            size=len(call.body) or len(call.request.to_json()),
            client=None if call.client is None else call.client.name,
            stream=call.stream,
            choices=call.choices,
            request=lambda: call.request,
        )
