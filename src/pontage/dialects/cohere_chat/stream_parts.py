"""The parts of a client's stream, written one at a time. Floor 3; machines to be fed."""

from __future__ import annotations

from typing import Any, Final, Protocol

import msgspec
from msgspec import Struct
from msgspec.structs import replace

from pontage.dialects.cohere_chat.assistant import is_plan
from pontage.dialects.cohere_chat.calls import write_call
from pontage.dialects.cohere_chat.citations import write_citations
from pontage.dialects.cohere_chat.logprobs import write_logprobs
from pontage.dialects.cohere_chat.names import forfeit
from pontage.dialects.cohere_chat.parts import write_blocks
from pontage.dialects.scope import Scope
from pontage.domain.chat import TokenLogprob
from pontage.domain.parts import Image, JSONObject, Part, Reasoning, Refusal, Text, ToolCall
from pontage.streaming.framing import encode_sse

_JSON: Final = msgspec.json.Encoder()
_END: Final = b"}}}}\n\n"
_CALL_END: Final = b"}}}}}\n\n"


def sse(kind: str, **fields: Any) -> bytes:
    """An event, which says its kind twice: in its data and as its name."""
    return encode_sse(_JSON.encode({"type": kind, **fields}), kind)


class Numbers(Struct):
    """How many content blocks, calls and citations a stream has told."""

    contents: int = 0
    calls: int = 0
    citations: int = 0


class PartWriter(Protocol):
    """The events of one part."""

    def grow(self, text: str, logprobs: tuple[TokenLogprob, ...] | None) -> bytes:
        """The event of more text."""
        ...

    def end(self, part: Part | None) -> bytes:
        """The events of the end; None: the part's own was never told."""
        ...


def begin(part: Part, scope: Scope, where: str, numbers: Numbers) -> tuple[PartWriter, bytes]:
    """The writer of a part that begins, and the event of its beginning."""
    if isinstance(part, ToolCall) and not part.by_provider:
        call = _CallWriter(part, scope, where, numbers)
        return call, call.begun
    if isinstance(part, Reasoning) and is_plan(part, scope):
        return _PlanWriter(scope, where), b""
    if isinstance(part, Text | Refusal) or (isinstance(part, Reasoning) and not part.redacted):
        block = replace(part, text="", citations=()) if isinstance(part, Text) else replace(part, text="")
        content = _ContentWriter(block, scope, where, numbers)
        return content, content.begun
    return _WholeWriter(part, scope, where, numbers), b""


class _ContentWriter:
    """Text or thinking."""

    def __init__(self, part: Text | Refusal | Reasoning, scope: Scope, where: str, numbers: Numbers) -> None:
        self._scope, self._where, self._numbers = scope, where, numbers
        self._part = part
        self._grown = False
        self._index = numbers.contents
        numbers.contents += 1
        self._field = b"thinking" if isinstance(part, Reasoning) else b"text"
        quiet = replace(part, cache=None, signature=None, extra={} if not scope.carried else part.extra)
        (block,) = write_blocks(quiet, scope, where)
        self.begun = sse("content-start", index=self._index, delta={"message": {"content": block}})
        self._head = (
            b'event: content-delta\ndata: {"type":"content-delta","index":%d,"delta":{"message":{"content":{"%b":'
            % (self._index, self._field)
        )

    def grow(self, text: str, logprobs: tuple[TokenLogprob, ...] | None) -> bytes:
        self._grown = True
        if logprobs is None:
            return self._head + _JSON.encode(text) + _END
        items = write_logprobs(logprobs, self._scope) or [{"text": "", "token_ids": [], "logprobs": []}]
        pieces = [item["text"] for item in items]
        if "".join(pieces) != text:
            pieces = [text, *("" for _ in items[1:])]
        return b"".join(
            sse(
                "content-delta",
                index=self._index,
                delta={"message": {"content": {self._field.decode(): piece}}},
                logprobs=item,
            )
            for piece, item in zip(pieces, items, strict=True)
        )

    def end(self, part: Part | None) -> bytes:
        output = b""
        if isinstance(part, Text | Refusal | Reasoning):
            if part.text and not self._grown:
                output += self.grow(part.text, None)
            output += self._end_rest(part)
        return output + sse("content-end", index=self._index)

    def _end_rest(self, part: Text | Refusal | Reasoning) -> bytes:
        """What is known of a part only at its end."""
        (block,) = write_blocks(part, self._scope, self._where)
        output = b""
        begun = self._part.extra
        told = part.extra if self._scope.carried else {}
        late = {name: block[name] for name in told if name in block and told[name] != begun.get(name)}
        if late:
            output += sse("content-delta", index=self._index, delta={"message": {"content": late}})
        if isinstance(part, Text):
            for citation in write_citations(part, self._index, self._scope, self._where):
                number, self._numbers.citations = self._numbers.citations, self._numbers.citations + 1
                output += tell_citation(citation, number)
        return output


def tell_citation(citation: JSONObject, number: int) -> bytes:
    """The events of a citation."""
    start = sse("citation-start", index=number, delta={"message": {"citations": citation}})
    return start + sse("citation-end", index=number)


class _PlanWriter:
    """The plan before calls."""

    def __init__(self, scope: Scope, where: str) -> None:
        self._scope, self._where = scope, where
        self._grown = False

    def grow(self, text: str, logprobs: tuple[TokenLogprob, ...] | None) -> bytes:
        self._grown = True
        return sse("tool-plan-delta", delta={"message": {"tool_plan": text}})

    def end(self, part: Part | None) -> bytes:
        if not isinstance(part, Reasoning):
            return b""
        forfeit(part, self._scope, self._where)
        return self.grow(part.text, None) if part.text and not self._grown else b""


class _CallWriter:
    """A call of a tool; the free text of a custom tool has to be whole before it can be wrapped."""

    def __init__(self, part: ToolCall, scope: Scope, where: str, numbers: Numbers) -> None:
        self._scope, self._where = scope, where
        self._grown = False
        self._index = numbers.calls
        numbers.calls += 1
        self._custom = part.kind == "custom"
        begun = replace(part, arguments="", cache=None, signature=None, kind="function")
        wire = write_call(replace(begun, extra={}) if not scope.carried else begun, scope, where) or {}
        wire["function"]["arguments"] = ""
        self.begun = sse("tool-call-start", index=self._index, delta={"message": {"tool_calls": wire}})
        self._head = (
            b'event: tool-call-delta\ndata: {"type":"tool-call-delta","index":%d,'
            b'"delta":{"message":{"tool_calls":{"function":{"arguments":' % self._index
        )

    def grow(self, text: str, logprobs: tuple[TokenLogprob, ...] | None) -> bytes:
        if self._custom:
            return b""
        self._grown = True
        return self._head + _JSON.encode(text) + _CALL_END

    def end(self, part: Part | None) -> bytes:
        output = b""
        if isinstance(part, ToolCall):
            wire = write_call(part, self._scope, self._where) or {"function": {"arguments": ""}}
            arguments = wire["function"]["arguments"]
            if arguments and not self._grown:
                output = self._head + _JSON.encode(arguments) + _CALL_END
        return output + sse("tool-call-end", index=self._index)


class _WholeWriter:
    """A part that does not grow here, or cannot be said."""

    def __init__(self, part: Part, scope: Scope, where: str, numbers: Numbers) -> None:
        self._part, self._scope, self._where, self._numbers = part, scope, where, numbers

    def grow(self, text: str, logprobs: tuple[TokenLogprob, ...] | None) -> bytes:
        return b""

    def end(self, part: Part | None) -> bytes:
        part = part or self._part
        if isinstance(part, ToolCall):
            write_call(part, self._scope, self._where)
            return b""
        if isinstance(part, Image) and not self._scope.carried:
            self._scope.notes.unsupported(self._where, "the assistant's turns hold no pictures")
            return b""
        output = b""
        for block in write_blocks(part, self._scope, self._where):
            index, self._numbers.contents = self._numbers.contents, self._numbers.contents + 1
            told = {**block, "text": ""} if block.get("type") == "text" else block
            output += sse("content-start", index=index, delta={"message": {"content": told}})
            if told is not block:
                output += sse("content-delta", index=index, delta={"message": {"content": {"text": block["text"]}}})
            output += sse("content-end", index=index)
        return output
