"""How other threads have something done on the I/O thread, which alone may touch the socket."""

from __future__ import annotations

import os
import threading
from collections import deque
from collections.abc import Callable

Command = Callable[[], None]


class Mailbox:
    """A queue of commands, and a pipe whose only use is to wake the poller.

    The I/O thread takes no lock: one that is held while a byte is written would put it back to sleep.
    """

    def __init__(self) -> None:
        self._commands: deque[Command] = deque()
        self._writing = threading.Lock()
        self._woken = False
        """There is a byte in the pipe, or its reader has not looked for commands yet."""
        self._closed = False
        self.receiver, self._sender = os.pipe()

    def post(self, command: Command) -> None:
        """From any thread; in order."""
        self._commands.append(command)
        with self._writing:
            if not self._woken and not self._closed:
                self._woken = True
                os.write(self._sender, b"!")

    def run_commands(self) -> None:
        """On the I/O thread, when there is something to read."""
        os.read(self.receiver, 1)
        self._woken = False
        for _ in range(len(self._commands)):
            self._commands.popleft()()

    def close(self) -> None:
        with self._writing:
            self._closed = True
            os.close(self._sender)
            os.close(self.receiver)
