"""A provider made of recordings: an HTTP/1.1 server on a real socket that says what a test scripts, byte for byte.

It is threads and blocking sockets on purpose: nothing of it is shared with the server and the client under test.
"""

import json
import select
import socket
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
from itertools import pairwise
from typing import Any

import msgspec

PATIENCE = 20.0  # seconds; generous, for a machine that is busy with something else


class Scripted(msgspec.Struct, frozen=True, kw_only=True):
    """One answer. `pieces` go out one by one as chunks (`whole` says all at once, with a length); `pause` is in
    seconds. After them the answer ends as it should (`end`), breaks off (`cut`), or goes on without a word (`hang`)."""

    status: int = 200
    headers: tuple[tuple[str, str], ...] = ()
    whole: bytes | None = None
    pieces: tuple[bytes, ...] = ()
    before: float = 0.0
    pause: float = 0.0
    after: str = "end"


class Received(msgspec.Struct, frozen=True):
    """A request as it came."""

    method: str
    path: str
    query: str
    headers: dict[str, str]
    body: bytes

    @property
    def json(self) -> Any:
        return json.loads(self.body)


Answering = Callable[[Received], Scripted]


def whole(body: bytes | dict[str, Any], status: int = 200, **headers: str) -> Scripted:
    """An answer in one piece."""
    data = json.dumps(body).encode() if isinstance(body, dict) else body
    fields = {"content-type": "application/json", **{name.replace("_", "-"): value for name, value in headers.items()}}
    return Scripted(status=status, headers=tuple(fields.items()), whole=data)


def stream(data: bytes, cuts: Sequence[int] = (), after: str = "end", pause: float = 0.0) -> Scripted:
    """A stream of server-sent events, cut at these positions."""
    places = [0, *(cut for cut in sorted(set(cuts)) if 0 < cut < len(data)), len(data)]
    pieces = tuple(data[start:stop] for start, stop in pairwise(places) if stop > start)
    return Scripted(headers=(("content-type", "text/event-stream"),), pieces=pieces, after=after, pause=pause)


class Upstream:
    """A running server. `answers` decides what is said; `received` and `gone` tell what happened."""

    def __init__(self) -> None:
        self.answers: Answering = lambda received: whole({"error": {"message": "nothing is scripted"}}, 500)
        self.received: list[Received] = []
        self.gone = threading.Event()  # a client left while an answer went on
        self._socket = socket.create_server(("127.0.0.1", 0), backlog=128)
        self.port: int = self._socket.getsockname()[1]
        self._open: set[socket.socket] = set()
        self._threads: list[threading.Thread] = []
        self._lock = threading.Lock()
        self._stopping = False
        self._spawn(self._accept)

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    def script(self, *answers: Scripted) -> None:
        """Say these, one a request, the last one for ever; forget what was received."""
        left = list(answers)
        self.play(lambda received: left.pop(0) if len(left) > 1 else left[0])

    def play(self, answers: Answering) -> None:
        """Answer by this function; forget what was received."""
        self.received = []
        self.gone.clear()
        self.answers = answers

    @property
    def last(self) -> Received:
        return self.received[-1]

    def close(self) -> None:
        self._stopping = True
        with self._lock:
            for connection in (self._socket, *self._open):
                with suppress(OSError):
                    connection.shutdown(socket.SHUT_RDWR)
        self._socket.close()
        for thread in self._threads:
            thread.join(PATIENCE)
            assert not thread.is_alive(), thread

    def _spawn(self, work: Callable[..., None], *arguments: Any) -> None:
        thread = threading.Thread(target=work, args=arguments, daemon=True)
        self._threads.append(thread)
        thread.start()

    def _accept(self) -> None:
        while not self._stopping:
            try:
                connection, _ = self._socket.accept()
            except OSError:
                return
            connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            with self._lock:
                self._open.add(connection)
            self._spawn(self._serve, connection)

    def _serve(self, connection: socket.socket) -> None:
        try:
            with suppress(OSError), connection.makefile("rb") as reader:
                while (received := read_request(reader)) is not None:
                    self.received.append(received)
                    if not self._answer(connection, self.answers(received)):
                        return
        finally:
            with self._lock:
                self._open.discard(connection)
            connection.close()

    def _answer(self, connection: socket.socket, scripted: Scripted) -> bool:
        """Say it; whether the connection stays usable."""
        if scripted.before and self._left_within(connection, scripted.before):
            return False
        head = f"HTTP/1.1 {scripted.status} Scripted\r\n"
        head += "".join(f"{name}: {value}\r\n" for name, value in scripted.headers)
        if scripted.whole is not None:
            length = f"content-length: {len(scripted.whole)}\r\n\r\n"
            connection.sendall((head + length).encode() + scripted.whole)
            return True
        connection.sendall((head + "transfer-encoding: chunked\r\n\r\n").encode())
        for piece in scripted.pieces:
            if scripted.pause and self._left_within(connection, scripted.pause):
                return False
            connection.sendall(b"%x\r\n%s\r\n" % (len(piece), piece))
        if scripted.after == "end":
            connection.sendall(b"0\r\n\r\n")
        elif scripted.after == "hang":
            self._left_within(connection, 600.0)
        return scripted.after == "end"

    def _left_within(self, connection: socket.socket, seconds: float) -> bool:
        """Whether the client leaves within `seconds`; it has nothing to say in that time."""
        end = time.monotonic() + seconds
        while not self._stopping and (left := end - time.monotonic()) > 0:
            if select.select([connection], [], [], min(left, 0.2))[0]:
                self.gone.set()
                return True
        return self._stopping


def read_request(reader: Any) -> Received | None:
    """The next request of a connection; None at its end."""
    line = reader.readline()
    if not line.strip():
        return None
    method, target, _ = line.decode().split(" ")
    headers: dict[str, str] = {}
    while (field := reader.readline().decode("latin-1").strip()) != "":
        name, _, value = field.partition(":")
        headers[name.lower()] = value.strip()
    body = reader.read(int(headers.get("content-length", "0")))
    path, _, query = target.partition("?")
    return Received(method, path, query, headers, body)


@contextmanager
def upstream() -> Iterator[Upstream]:
    """A server for the time of a `with`."""
    server = Upstream()
    try:
        yield server
    finally:
        server.close()
