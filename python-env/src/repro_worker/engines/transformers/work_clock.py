"""How much of its time an engine computes, measured where it happens."""

from __future__ import annotations

import time
from collections.abc import Generator
from contextlib import contextmanager

from repro_worker.message import Message


class Statistics(Message):
    """Since load. Idle time counts from the first item to the latest end."""

    busy_seconds: float
    """Inside the model and the choice of tokens."""
    idle_seconds: float
    idle_while_waiting_seconds: float
    """Not busy although an unfinished item was here: tokenizing, sending, the loop itself."""
    prompt_tokens: int
    completion_tokens: int
    items: int


class WorkClock:
    def __init__(self) -> None:
        self.prompt_tokens = 0
        self.completion_tokens = 0
        self._items = 0
        self._unfinished = 0
        self._first_item: float | None = None
        self._latest_end = 0.0
        self._busy_seconds = 0.0
        self._holding_since = 0.0
        self._held_seconds = 0.0

    def take(self) -> None:
        now = time.perf_counter()
        if self._first_item is None:
            self._first_item = now
        if self._unfinished == 0:
            self._holding_since = now
        self._unfinished += 1

    def end(self) -> None:
        self._latest_end = time.perf_counter()
        self._unfinished -= 1
        self._items += 1
        if self._unfinished == 0:
            self._held_seconds += self._latest_end - self._holding_since

    @contextmanager
    def busy(self) -> Generator[None]:
        start = time.perf_counter()
        try:
            yield
        finally:
            self._busy_seconds += time.perf_counter() - start

    def statistics(self) -> Statistics:
        now = time.perf_counter()
        end = now if self._unfinished else self._latest_end
        held = self._held_seconds + (now - self._holding_since if self._unfinished else 0)
        whole = 0 if self._first_item is None else end - self._first_item
        return Statistics(
            busy_seconds=self._busy_seconds,
            idle_seconds=max(0.0, whole - self._busy_seconds),
            idle_while_waiting_seconds=max(0.0, held - self._busy_seconds),
            prompt_tokens=self.prompt_tokens,
            completion_tokens=self.completion_tokens,
            items=self._items,
        )
