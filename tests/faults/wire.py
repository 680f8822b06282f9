"""The bytes that faults are made of: heads, bodies in chunks or with a length, answers and beginnings of answers."""

import json
from typing import NamedTuple

from tests.faults import vendors
from tests.faults.peer import Step
from tests.faults.vendors import Telling

SICK = "sick"
WELL = "well"


def texts(who: str) -> tuple[str, ...]:
    """The pieces of an answer, by which it is known whose it is."""
    return tuple(f"{who}-{number} " for number in range(5))


class Ask(NamedTuple):
    """What an upstream was asked: in which format, and whether for a stream."""

    dialect: str
    streams: bool

    def telling(self, usage: object = vendors.COUNTED, who: str = SICK) -> Telling:
        return vendors.telling(self.dialect, texts(who), usage)

    def answer(self, usage: object = vendors.COUNTED, who: str = SICK) -> bytes:
        return json.dumps(vendors.answer(self.dialect, "".join(texts(who)), usage)).encode()

    def body(self, usage: object = vendors.COUNTED, who: str = SICK) -> bytes:
        """All bytes of the answer's body."""
        return self.telling(usage, who).all if self.streams else self.answer(usage, who)

    @property
    def kind(self) -> str:
        return vendors.stream_type(self.dialect) if self.streams else "application/json"

    @property
    def nothing(self) -> bytes:
        """What may stand before or between events and says nothing; for a whole answer white space."""
        if not self.streams:
            return b" "
        return b"\n" if self.dialect == "ollama_chat" else b": still here\n\n"

    def head(self, *fields: str, status: int = 200, kind: str | None = None) -> bytes:
        """A head without any word on the body's length, unless `fields` say one."""
        kinds = [f"content-type: {self.kind if kind is None else kind}"] if kind != "" else []
        return ("\r\n".join([f"HTTP/1.1 {status} Word", *kinds, *fields]) + "\r\n\r\n").encode("latin-1")

    def sized(self, body: bytes, *fields: str, status: int = 200, kind: str | None = None) -> bytes:
        return self.head(*fields, f"content-length: {len(body)}", status=status, kind=kind) + body

    def chunked(self, *pieces: bytes, status: int = 200, kind: str | None = None) -> bytes:
        """A head and chunks, without the last one."""
        head = self.head("transfer-encoding: chunked", status=status, kind=kind)
        return head + b"".join(map(chunk, pieces))

    def said(self, body: bytes, *fields: str) -> bytes:
        """A whole exchange with this body."""
        return self.sized(body, *fields) if not self.streams else self.chunked(body) + LAST

    def refused(self, status: int, *fields: str, quota: bool = False) -> list[Step]:
        body = json.dumps(vendors.error(self.dialect, status, quota=quota)).encode()
        return [self.sized(body, *fields, status=status, kind="application/json")]

    def greeted(self) -> bytes:
        """The beginning of an answer before its content."""
        if self.streams:
            return self.chunked(b"".join(self.telling().opening) or self.nothing)
        return self.head(f"content-length: {len(self.answer())}") + b"{"

    def begun(self) -> bytes:
        """The beginning of an answer with a part of its content."""
        told = self.telling()
        if self.streams:
            return (
                self.chunked(b"".join(told.opening), *told.content[:2])
                if told.opening
                else self.chunked(*told.content[:2])
            )
        whole = self.answer()
        return self.head(f"content-length: {len(whole)}") + whole[: len(whole) // 2]


LAST = b"0\r\n\r\n"


def chunk(data: bytes) -> bytes:
    return b"%x\r\n%b\r\n" % (len(data), data)
