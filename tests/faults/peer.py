"""An upstream of raw bytes: it says what a script tells it to, over a blocking socket, whether that is HTTP or not.

A request's first path segment names the script. Nothing of it is shared with the gateway and the client under test.
"""

import select
import socket
import struct
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, suppress

from tests.replay.upstream import Received, read_request

Step = bytes | float | str
"""Bytes are sent; a number is a pause in seconds; `fin` and `reset` end the connection in that way; `hang` waits until
the other side leaves. After the last step the connection is kept."""
Script = Callable[[Received], Sequence[Step]]

RESET = struct.pack("ii", 1, 0)


class Peer:
    """A running upstream. `calls` counts requests by the first two segments of their path; `open` its connections.

    `leaving` is the same as `port`, for scripts that close a connection which looks as if it could be used again.
    Whoever connects to `resetting` or `closing` is sent away before it has said a word; at `refusing` nobody listens.
    """

    def __init__(self, script: Script) -> None:
        self.calls: Counter[tuple[str, str]] = Counter()
        self._script = script
        self._lock = threading.Lock()
        self._stopping = False
        self._open: set[socket.socket] = set()
        self._threads: list[threading.Thread] = []
        self._sockets: list[socket.socket] = []
        self.port = self._listen(self._serve)
        self.leaving = self._listen(self._serve)
        self.resetting = self._listen(lambda connection: _end(connection, "reset"))
        self.closing = self._listen(lambda connection: _end(connection, "fin"))
        refusing = socket.socket()
        refusing.bind(("127.0.0.1", 0))  # bound and not listening: nobody else can take the port
        self._sockets.append(refusing)
        self.refusing: int = refusing.getsockname()[1]

    @property
    def open(self) -> int:
        """Connections that are not closed on this side."""
        with self._lock:
            return len(self._open)

    def close(self) -> None:
        self._stopping = True
        with self._lock:
            for connection in (*self._sockets, *self._open):
                with suppress(OSError):
                    connection.shutdown(socket.SHUT_RDWR)
        for listening in self._sockets:
            listening.close()
        for thread in self._threads:
            thread.join(20)
            assert not thread.is_alive(), thread

    def _listen(self, serve: Callable[[socket.socket], None]) -> int:
        listening = socket.create_server(("127.0.0.1", 0), backlog=512)
        self._sockets.append(listening)
        thread = threading.Thread(target=self._accept, args=(listening, serve), daemon=True)
        self._threads.append(thread)
        thread.start()
        return listening.getsockname()[1]

    def _accept(self, listening: socket.socket, serve: Callable[[socket.socket], None]) -> None:
        while not self._stopping:
            try:
                connection, _ = listening.accept()
            except OSError:
                return
            connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            with self._lock:
                self._open.add(connection)
                self._threads = [thread for thread in self._threads if thread.is_alive()]
                thread = threading.Thread(target=self._hold, args=(connection, serve), daemon=True)
                self._threads.append(thread)
                thread.start()

    def _hold(self, connection: socket.socket, serve: Callable[[socket.socket], None]) -> None:
        try:
            with suppress(OSError, ValueError):  # ValueError: no HTTP, but TLS
                serve(connection)
        finally:
            with self._lock:
                self._open.discard(connection)
            connection.close()

    def _serve(self, connection: socket.socket) -> None:
        with connection.makefile("rb") as reader:
            while (received := read_request(reader)) is not None:
                _, name, dialect, *_ = received.path.split("/")
                with self._lock:
                    self.calls[name, dialect] += 1
                for step in self._script(received):
                    if not self._take(connection, step):
                        return

    def _take(self, connection: socket.socket, step: Step) -> bool:
        """Whether the connection can still be used."""
        if isinstance(step, bytes):
            connection.sendall(step)
            return True
        if isinstance(step, float):
            return not self._left_within(connection, step)
        if step == "hang":
            self._left_within(connection, 600.0)
        else:
            _end(connection, step)
        return False

    def _left_within(self, connection: socket.socket, seconds: float) -> bool:
        end = time.monotonic() + seconds
        while not self._stopping and (left := end - time.monotonic()) > 0:
            if select.select([connection], [], [], min(left, 0.2))[0]:
                return True
        return self._stopping


def _end(connection: socket.socket, how: str) -> None:
    if how == "reset":
        connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, RESET)
        connection.close()
    else:
        connection.shutdown(socket.SHUT_WR)
        with suppress(OSError):
            connection.settimeout(2.0)
            while connection.recv(65536):  # what is unread at a close would turn it into a reset
                pass


@contextmanager
def peer(script: Script) -> Iterator[Peer]:
    """An upstream for the time of a `with`."""
    running = Peer(script)
    try:
        yield running
    finally:
        running.close()
