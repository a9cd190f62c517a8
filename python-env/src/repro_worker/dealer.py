"""The worker's end of the bridge's socket: frames out, frames in. Belongs to the I/O thread."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterator
from typing import Final

import zmq

from repro_worker.protocol import MAX_MESSAGE_BYTES

LINGER_MILLISECONDS: Final = 1_000
"""How long closing may take when the host does not read any more."""
# As plain integers: arithmetic on the enumeration takes microseconds, and every message meets it.
READABLE: Final = int(zmq.POLLIN)
WRITABLE: Final = int(zmq.POLLOUT)


class Dealer:
    """Never blocks: what ZeroMQ does not take, because the host does not read, waits here."""

    def __init__(self, context: zmq.Context[zmq.Socket[bytes]], endpoint: str) -> None:
        self._endpoint = endpoint
        self._unsent: deque[tuple[bytes, ...]] = deque()
        self._socket = context.socket(zmq.DEALER)
        self._socket.linger = LINGER_MILLISECONDS
        self._socket.maxmsgsize = MAX_MESSAGE_BYTES
        # A lost connection stays lost: messages are missing, and the host counts it as this worker's death.
        self._socket.reconnect_ivl = -1

    def connect(self) -> None:
        self._socket.connect(self._endpoint)

    def watch(self, poller: zmq.Poller) -> None:
        poller.register(self._socket, READABLE | WRITABLE if self._unsent else READABLE)

    def send(self, *frames: bytes) -> None:
        """Frames of one call travel together: waking ZeroMQ's own thread costs more than sending."""
        self._unsent.append(frames)
        self.flush()

    def send_if_room(self, frame: bytes) -> None:
        """For what a slow host can do without: it must not fill memory."""
        if not self._unsent:
            self.send(frame)

    def flush(self) -> None:
        try:
            while self._unsent:
                self._socket.send_multipart(self._unsent[0], zmq.NOBLOCK)
                self._unsent.popleft()
        except zmq.Again:
            pass  # the poller says when there is room again

    def receive(self) -> Iterator[bytes]:
        """Every frame that has arrived."""
        while not self._socket.closed and int(self._socket.get(zmq.EVENTS)) & READABLE:
            yield self._socket.recv(zmq.NOBLOCK)

    def close(self) -> None:
        self._socket.close()
