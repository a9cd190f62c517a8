"""Items that wait for the service."""

from __future__ import annotations

import threading
from collections import deque
from collections.abc import Iterable

from repro_worker.service import Item


class ItemQueue:
    """The link's `service.Inbox`: filled by the I/O thread, emptied by the service's."""

    def __init__(self) -> None:
        self._items: deque[Item] = deque()
        self._changed = threading.Condition()
        self._closed = False

    @property
    def closed(self) -> bool:
        return self._closed

    def put(self, items: Iterable[Item]) -> None:
        with self._changed:
            self._items.extend(items)
            self._changed.notify()

    def take(self, most: int, timeout_seconds: float | None) -> list[Item]:
        with self._changed:
            self._changed.wait_for(lambda: self._items or self._closed, timeout_seconds)
            if self._closed:
                return []
            return [self._items.popleft() for _ in range(min(most, len(self._items)))]

    def withdraw(self, item: Item) -> bool:
        """Takes one item back; False when the service has it already and so must end it itself."""
        with self._changed:
            try:
                self._items.remove(item)
            except ValueError:
                return False
            return True

    def close(self) -> None:
        with self._changed:
            self._closed = True
            self._changed.notify_all()
