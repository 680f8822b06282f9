"""Where conversations were served: so that one goes back to the cache, and the credential, that know it. Floor 6.

A conversation is named by its caller (a session), or known by how it begins. No clock inside: `now` is seconds on a
clock that never goes back.
"""

from __future__ import annotations

from collections import OrderedDict
from hashlib import blake2b
from typing import Final

import msgspec

from pontage.domain.chat import ChatRequest, TokenUsage
from pontage.router.plan import Bond

HELD: Final = 3600.0
"""Seconds without a request after which a conversation is forgotten."""
WARM: Final = 300.0
"""Seconds for which providers keep a prompt in their cache at the least."""
MOST: Final = 10_000
"""Conversations that are remembered."""


class Bonds:
    """What is remembered of conversations. `held`: seconds without a request after which one is forgotten; `most`: how
    many are remembered; the one that is silent longest goes first."""

    def __init__(self, held: float = HELD, most: int = MOST) -> None:
        self._longest = held
        self._most = most
        self._held: OrderedDict[str, tuple[float, Bond]] = OrderedDict()

    def find(self, conversation: str, now: float) -> Bond | None:
        """Where it was served, if that is known."""
        held = self._held.get(conversation)
        if held is None or now - held[0] > self._longest:
            return None
        at, bond = held
        return bond if now - at <= WARM else msgspec.structs.replace(bond, cached=0)

    def keep(self, conversation: str, bond: Bond, now: float) -> None:
        """It was served there."""
        self._held[conversation] = now, bond
        self._held.move_to_end(conversation)
        while len(self._held) > self._most:
            self._held.popitem(last=False)


def conversation_of(request: ChatRequest) -> str:
    """A name for the conversation by what all its requests have in common: the cache key that its caller gives it, or
    its tools and how it begins, up to the first turn of the user."""
    if request.cache_key is not None:
        return f"key:{request.cache_key}"
    opening = [message for message in request.messages if message.role == "system"]
    opening += [message for message in request.messages if message.role == "user"][:1]
    said = [(message.role, message.parts) for message in opening]
    return blake2b(msgspec.json.encode((request.model, request.tools, said)), digest_size=16).hexdigest()


def cached_of(usage: TokenUsage | None) -> int:
    """How much of a prompt its provider probably keeps: all of it, if it told of a cache at all. Tokens."""
    if usage is None:
        return 0
    told = (usage.cache_read, usage.cache_write, usage.cache_write_5m, usage.cache_write_1h)
    return (usage.total_input or 0) if any(told) else 0
