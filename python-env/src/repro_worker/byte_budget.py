"""Keeps a fast producer from filling memory in front of a slow host."""

from __future__ import annotations

import threading
from collections.abc import Callable


class ByteBudget:
    """Bytes that may wait to be sent. A stream waits for room; final entries, which are few, do not."""

    def __init__(self, most_bytes: int) -> None:
        self._most_bytes = most_bytes
        self._used = 0
        self._changed = threading.Condition()

    def wait_and_use(self, size: int, give_up: Callable[[], bool]) -> bool:
        """Waits until there is room; False when `give_up()`, asked again at each `wake`, was first."""
        with self._changed:
            # One value above the whole budget passes when nothing else waits.
            self._changed.wait_for(
                lambda: give_up() or self._used == 0 or self._used + size <= self._most_bytes
            )
            if give_up():
                return False
            self._used += size
            return True

    def use(self, size: int) -> None:
        with self._changed:
            self._used += size

    def release(self, size: int) -> None:
        with self._changed:
            self._used -= size
            self._changed.notify_all()

    def wake(self) -> None:
        with self._changed:
            self._changed.notify_all()
