"""The calls of a stream, put together from their pieces while they are open side by side. Floor 3; pure."""

from __future__ import annotations

from pontage.dialects.openai_chat.calls import arguments_of, decode_signature, made_id
from pontage.dialects.openai_chat.growth import Spine
from pontage.dialects.openai_chat.message_types import Function, said
from pontage.dialects.openai_chat.message_types import ToolCall as Fragment
from pontage.dialects.openai_chat.variant import kept
from pontage.domain.parts import JSONObject, Opaque, Part, ToolCall


class _Call:
    """A call, from its first piece on; it is told as soon as its name is known."""

    __slots__ = ("custom", "extra", "id", "index", "made", "name", "pieces", "signature", "type")

    def __init__(self, identity: str, made: str) -> None:
        self.id = identity
        self.made = made  # the id it gets if none has come when it is told
        self.name = ""
        self.type: str | None = None
        self.custom = False
        self.pieces: list[str] = []
        self.signature: str | None = None
        self.extra: JSONObject = {}
        self.index: int | None = None  # of the part, once it is told

    def part(self, arguments: str) -> ToolCall:
        """The call with these arguments."""
        return ToolCall(
            id=self.id or self.made,
            name=self.name,
            arguments=arguments,
            kind="custom" if self.custom else "function",
            signature=self.signature,
            extra=self.extra,
        )


class Calls:
    """All calls of one candidate. Ids that calls lack are made from `seed` as soon as a call is told."""

    __slots__ = ("_calls", "_latest", "_seed", "_spine")

    def __init__(self, spine: Spine, seed: str) -> None:
        self._spine = spine
        self._seed = seed
        self._calls: list[_Call] = []
        self._latest: dict[int, _Call] = {}

    def __bool__(self) -> bool:
        return bool(self._calls)

    def feed(self, fragment: Fragment) -> None:
        """Add a piece. Pieces belong together by index; where a server gives none, or one index to every call, a new
        id with a name begins a new call."""
        call = self._find(fragment)
        call.id = call.id or said(fragment.id) or ""
        call.type = call.type or said(fragment.type)
        signature, rest = decode_signature(said(fragment.extra_content))
        call.signature = signature or call.signature
        function, custom = said(fragment.function), said(fragment.custom)
        if custom is not None and (function is None or call.type == "custom"):
            call.custom = True
            call.extra |= kept(fragment.extra, custom=custom.extra, extra_content=rest)
            self._grow(call, said(custom.name), said(custom.input) or "")
        elif function is not None:
            call.extra |= kept(fragment.extra, function=function.extra, extra_content=rest)
            self._grow(call, said(function.name), arguments_of(function))
        elif fragment.extra or rest:
            call.extra |= kept(fragment.extra, extra_content=rest)

    def feed_legacy(self, function: Function) -> None:
        """Add a piece of a `function_call`, of which there is at most one."""
        if not self._calls and not (said(function.name) or said(function.arguments)):
            return
        if not self._calls:
            self._add("", None)
        self._grow(self._calls[0], said(function.name), arguments_of(function))

    def sign_first(self, signature: str) -> None:
        """Give the first call a proof that stood beside the message."""
        self._calls[0].signature = self._calls[0].signature or signature

    def finish(self) -> list[tuple[int, Part]]:
        """Every call as a part with its index; those whose name never came begin here."""
        spine = self._spine
        found: list[tuple[int, Part]] = []
        for call in self._calls:
            unknown = not call.name and call.type not in (None, "function", "custom")
            part: Part = call.part("".join(call.pieces))
            if unknown:
                part = Opaque(data={"id": call.id or call.made, "type": call.type, **call.extra})
            if call.index is None:
                call.index = spine.new_index()
                spine.start(call.index, part if unknown else call.part(""))
            found.append((call.index, part))
        return found

    def _find(self, fragment: Fragment) -> _Call:
        index, identity = said(fragment.index), said(fragment.id)
        known = self._latest.get(index) if index is not None else (self._calls[-1] if self._calls else None)
        if known is None or (identity and known.id and identity != known.id and _named(fragment)):
            return self._add(identity or "", index)
        return known

    def _add(self, identity: str, index: int | None) -> _Call:
        call = _Call(identity, made_id(self._seed, len(self._calls)))
        self._calls.append(call)
        if index is not None:
            self._latest[index] = call
        return call

    def _grow(self, call: _Call, name: str | None, piece: str) -> None:
        spine = self._spine
        call.name = call.name or name or ""
        if piece:
            call.pieces.append(piece)
        if call.index is not None:
            if piece:
                spine.extend(call.index, piece)
        elif call.name:
            call.id = call.id or call.made
            call.index = spine.new_index()
            spine.start(call.index, call.part(""))
            if call.pieces:
                spine.extend(call.index, "".join(call.pieces))


def _named(fragment: Fragment) -> bool:
    holder = said(fragment.function) or said(fragment.custom)
    return holder is not None and bool(holder.name)
