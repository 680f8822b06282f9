"""One part of a streamed answer on its way to a client: a content block, or none. Floor 3; a machine to be fed.

Text of another origin opens its block with its first visible character, as an empty one is refused when the client
sends it back; its arguments are streamed from their first brace. Parts that do not grow are written when complete.
"""

from __future__ import annotations

from collections.abc import Iterator

import msgspec

from pontage.dialects.anthropic_messages.citations import write_citation
from pontage.dialects.anthropic_messages.names import Scope
from pontage.dialects.anthropic_messages.parts import write_block
from pontage.dialects.anthropic_messages.tags import tag_block
from pontage.dialects.arguments import as_object
from pontage.dialects.scope import put_extra
from pontage.dialects.tags import tag
from pontage.domain.parts import JSONObject, Part, Reasoning, Refusal, Text, ToolCall
from pontage.streaming.framing import encode_sse

_encode = msgspec.json.Encoder().encode


def sse(kind: str, **fields: object) -> bytes:
    """One event, its name also inside as its `type`."""
    return encode_sse(_encode({"type": kind, **fields}), kind)


class BlockWriter:
    """The block of one part. `indexes` numbers the blocks of the whole answer."""

    def __init__(self, part: Part, scope: Scope, where: str, indexes: Iterator[int]) -> None:
        """`where`: the part's canonical path, for notes."""
        self._part = part
        self._scope = scope
        self._where = where
        self._indexes = indexes
        self._index = -1  # of the open block
        self._sent = 0  # characters of the growing string
        self._held = ""  # what cannot be sent so far
        self._skeleton = _skeleton(part, scope)

    def begin(self) -> bytes:
        """The start of the block, if it starts now."""
        if self._skeleton is None or (self._skeleton["type"] == "text" and not self._scope.own):
            return b""
        return self._open(self._skeleton)

    def grow(self, text: str) -> bytes:
        """The bytes for more of the part's string."""
        if self._skeleton is None or not text:
            return b""
        if self._sent or self._scope.own or isinstance(self._part, Reasoning):
            return self._delta(text)
        self._held += text
        if isinstance(self._part, ToolCall):
            return self._delta(self._held) if self._held.lstrip().startswith("{") else b""
        return self._open(self._skeleton) + self._delta(self._held) if self._held.strip() else b""

    def end(self, part: Part | None) -> bytes:
        """The rest of the block. None: the part was never completed; what was begun is closed."""
        if part is None:
            return self._stop() if self._index >= 0 else b""
        if self._skeleton is None:
            return self._write_whole(part)
        output = self._write_rest(part)
        if self._index < 0:
            self._scope.notes.dropped(self._where, "text without a visible character")
            return b""
        output += self._write_end(part) + self._stop()
        if part.signature is None or isinstance(part, Reasoning):
            return output
        if self._scope.signed:
            self._scope.notes.dropped(f"{self._where}.signature", "only thinking is signed here")
        return output if part.signature == self._part.signature else output + self._tag(part.signature, "prev:")

    def _write_rest(self, part: Part) -> bytes:
        """What the part's string has beyond what was streamed. Arguments that are no object are only written now."""
        if isinstance(part, ToolCall) and not (self._scope.own or self._sent or part.arguments.lstrip()[:1] == "{"):
            arguments = bytes(as_object(part, self._scope.notes, self._where)).decode()
            return b"" if arguments == "{}" else self._delta(arguments)
        return self.grow(_string(part)[self._sent or len(self._held) :])

    def _write_end(self, part: Part) -> bytes:
        """What is only known at the end: signature, citations, fields without a name."""
        scope, where = self._scope, self._where
        output = b""
        late = {name: value for name, value in part.extra.items() if name not in self._part.extra}
        fields: JSONObject = {}
        put_extra(fields, late if scope.carried else part.extra, scope, where)
        if fields:
            output += self._delta("", fields)
        match part:
            case Reasoning(signature=signature):
                said = signature if scope.signed else tag(scope.family, signature)
                if said:
                    output += self._event({"type": "signature_delta", "signature": said})
            case Text(citations=citations) if citations:
                if scope.carried:
                    deltas = ({"type": "citations_delta", "citation": write_citation(one)} for one in citations)
                    output += b"".join(map(self._event, deltas))
                else:
                    scope.notes.dropped(f"{where}.citations", "they would be refused when replayed")
            case ToolCall() if not scope.own:
                as_object(part, scope.notes, where)  # for its notes: what was streamed is not taken back
            case Refusal():
                scope.notes.approximated(where, "a refusal is visible text here")
            case _:
                pass
        return output

    def _write_whole(self, part: Part) -> bytes:
        block = write_block(part, self._scope, self._where)
        if block is None:
            return b""
        if isinstance(part, ToolCall):
            arguments = bytes(block["input"]).decode()
            return self._open({**block, "input": {}}) + self._delta(arguments) + self._stop()
        return self._open(block) + self._stop()

    def _open(self, block: JSONObject) -> bytes:
        before = b"" if isinstance(self._part, Reasoning) else self._tag(self._part.signature, "next:")
        self._index = next(self._indexes)
        return before + sse("content_block_start", index=self._index, content_block=block)

    def _delta(self, text: str, more: JSONObject | None = None) -> bytes:
        self._sent += len(text)
        match self._part:
            case Reasoning():
                delta: JSONObject = {"type": "thinking_delta", "thinking": text}
            case ToolCall():
                delta = {"type": "input_json_delta", "partial_json": text}
            case _:
                delta = {"type": "text_delta", "text": text}
        return self._event({**delta, **more} if more else delta)

    def _event(self, delta: JSONObject) -> bytes:
        return sse("content_block_delta", index=self._index, delta=delta)

    def _stop(self) -> bytes:
        return sse("content_block_stop", index=self._index)

    def _tag(self, signature: str | None, place: str) -> bytes:
        """A block for a foreign signature that belongs to the part beside it."""
        if not signature or self._scope.signed:
            return b""
        block = tag_block(self._scope.family, signature, place)
        said, block["signature"], index = block["signature"], "", next(self._indexes)
        delta: JSONObject = {"type": "signature_delta", "signature": said}
        return (
            sse("content_block_start", index=index, content_block=block)
            + sse("content_block_delta", index=index, delta=delta)
            + sse("content_block_stop", index=index)
        )


def _skeleton(part: Part, scope: Scope) -> JSONObject | None:
    """The block a growing part starts with; None for a part that is written whole."""
    match part:
        case Text() | Refusal():
            said: JSONObject = {"type": "text", "text": ""}
        case Reasoning(redacted=False):
            said = {"type": "thinking", "thinking": "", "signature": ""}
        case ToolCall(kind="function") if scope.carried or not part.by_provider:
            kind = "server_tool_use" if part.by_provider else "tool_use"
            said = {"type": kind, "id": part.id, "name": part.name, "input": {}}
        case _:
            return None
    if scope.carried:
        put_extra(said, part.extra, scope)
    return said


def _string(part: Part) -> str:
    """The string of a part that grows."""
    match part:
        case Text(text=text) | Refusal(text=text) | Reasoning(text=text):
            return text
        case ToolCall(arguments=arguments):
            return arguments
        case _:
            return ""
