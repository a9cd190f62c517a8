"""Calls to the host that wait for its answer. Belongs to the I/O thread; callers wait for their futures."""

from __future__ import annotations

from concurrent.futures import Future
from typing import Any

from repro_worker.errors import ReproError
from repro_worker.link_item import LinkItem


class CallbackTable:
    def __init__(self) -> None:
        self._waiting: dict[int, tuple[LinkItem, Future[Any]]] = {}

    def begin(self, callback_id: int, item: LinkItem, answer: Future[Any]) -> None:
        self._waiting[callback_id] = (item, answer)

    def answer(self, callback_id: int, answer: object) -> None:
        """Hands over a value, or an error to raise; nobody may be waiting any longer."""
        if callback_id not in self._waiting:
            return
        _, future = self._waiting.pop(callback_id)
        if isinstance(answer, ReproError):
            future.set_exception(answer)
        else:
            future.set_result(answer)

    def end(self, callback_id: int) -> None:
        """The caller waits no longer."""
        self._waiting.pop(callback_id, None)

    def wake_stopped(self) -> None:
        """Ends the waiting of items that were cancelled or are out of time."""
        for callback_id, (item, _) in list(self._waiting.items()):
            if item.stopped:
                self.answer(callback_id, item.stopped)
