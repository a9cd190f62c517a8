"""How other threads have something done on the I/O thread, which alone may touch the socket."""

from __future__ import annotations

import threading
from collections import deque
from collections.abc import Callable

import zmq

Command = Callable[[], None]


class Mailbox:
    """A queue of commands, and a pair of sockets whose only use is to wake the poller."""

    def __init__(self, context: zmq.Context[zmq.Socket[bytes]]) -> None:
        self._commands: deque[Command] = deque()
        self._lock = threading.Lock()
        self._woken = False
        self._sender = context.socket(zmq.PAIR)
        self.receiver = context.socket(zmq.PAIR)
        self.receiver.bind("inproc://mailbox")
        self._sender.connect("inproc://mailbox")

    def post(self, command: Command) -> None:
        """From any thread; in order."""
        with self._lock:
            self._commands.append(command)
            if not self._woken and not self._sender.closed:
                self._woken = True
                self._sender.send(b"")

    def run_commands(self) -> None:
        """On the I/O thread."""
        with self._lock:
            if self._woken:
                self.receiver.recv()
                self._woken = False
            commands, self._commands = self._commands, deque()
        for command in commands:
            command()

    def close(self) -> None:
        with self._lock:
            self._sender.close()
            self.receiver.close()
