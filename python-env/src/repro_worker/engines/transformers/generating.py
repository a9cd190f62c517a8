"""Rows from prompt to completion: who waits, who runs, what each pass brings."""

from __future__ import annotations

from collections import deque
from typing import Protocol

import torch
from torch import Tensor

from repro_worker.engines.transformers.choose_tokens import choose_tokens, penalize_repetition
from repro_worker.engines.transformers.flat_rows import FlatRows
from repro_worker.engines.transformers.key_value_band import band_capacity
from repro_worker.engines.transformers.load_model import LoadedModel
from repro_worker.engines.transformers.pace import Pace
from repro_worker.engines.transformers.row import Row
from repro_worker.engines.transformers.static_rows import StaticRows
from repro_worker.engines.transformers.work_clock import WorkClock
from repro_worker.errors import CancelledError, OutOfMemoryError, ReproError, is_out_of_memory


class RunningRows(Protocol):
    def can_join(self) -> bool: ...
    def join(self, row: Row) -> None: ...
    def leave(self, row: Row) -> None: ...
    def forward(self) -> tuple[list[Row], Tensor]: ...


class Generating:
    def __init__(self, loaded: LoadedModel, pace: Pace, token_budget: int, clock: WorkClock) -> None:
        self._loaded = loaded
        self._pace = pace
        self._most_rows = pace.rows
        self._token_budget = token_budget
        self._clock = clock
        self._waiting: deque[Row] = deque()
        self._running: list[Row] = []
        self._rows = self._new_rows()

    @property
    def held(self) -> int:
        return len(self._waiting) + len(self._running)

    def add(self, row: Row) -> None:
        self._waiting.append(row)
        self._clock.take()

    def step(self) -> None:
        """Lets rows go and come, and makes one pass over those that run."""
        self._drop_cancelled()
        self._admit()
        if not self._running:
            return
        try:
            with self._clock.busy():
                rows, logits = self._rows.forward()
                tokens = choose_next(rows, logits)
        except Exception as error:
            if not is_out_of_memory(error):
                raise
            self._make_room(error)
            return
        for row, token in zip(rows, tokens, strict=True):
            self._accept(row, token)

    def _accept(self, row: Row, token: int) -> None:
        if row.drawn == 0:
            self._clock.prompt_tokens += len(row.prompt.ids)
        self._clock.completion_tokens += 1
        row.accept(token, self._loaded.end_ids, self._loaded.decode)
        if row.finish_reason is not None:
            self._rows.leave(row)
            self._running.remove(row)
            self._clock.end()
            row.item.finish(row.completed(self._loaded.decode))

    def _admit(self) -> None:
        """Oldest first, as far as rows and memory allow; a row that would be alone always may."""
        if not self._rows.can_join():
            return
        if not self._loaded.flat and self._waiting:
            self._put_like_lengths_first()
        reserved = sum(band_capacity(row.most_tokens) for row in self._running)
        while self._waiting and len(self._running) < self._most_rows:
            reserved += band_capacity(self._waiting[0].most_tokens)
            if self._running and reserved > self._token_budget:
                return
            row = self._waiting.popleft()
            self._rows.join(row)
            self._running.append(row)

    def _put_like_lengths_first(self) -> None:
        """A batch that is padded takes the oldest row and those nearest to it in length."""
        oldest = len(self._waiting[0].prompt.ids)
        self._waiting = deque(sorted(self._waiting, key=lambda row: abs(len(row.prompt.ids) - oldest)))

    def _drop_cancelled(self) -> None:
        for row in [row for row in self._waiting if row.item.cancelled]:
            self._waiting.remove(row)
            self._fail(row, CancelledError())
        for row in [row for row in self._running if row.item.cancelled]:
            self._rows.leave(row)
            self._running.remove(row)
            self._fail(row, CancelledError())

    def _make_room(self, error: Exception) -> None:
        """Out of memory: all begin again, half as many at once. One that was alone cannot be helped."""
        begun = list(self._running)
        self._running.clear()
        self._rows = self._new_rows()
        self._loaded.free_memory()
        if len(begun) == 1:
            row = begun[0]
            self._fail(
                row, OutOfMemoryError(f"{len(row.prompt.ids)} + {row.max_tokens} tokens do not fit: {error}")
            )
            return
        self._most_rows = len(begun) // 2
        for row in reversed(begun):
            row.restart()
            self._waiting.appendleft(row)

    def _fail(self, row: Row, error: ReproError) -> None:
        self._clock.end()
        row.item.fail(error)

    def _new_rows(self) -> RunningRows:
        if self._loaded.flat:
            return FlatRows(self._loaded.model, self._pace.prompt_tokens_per_pass)
        return StaticRows(self._loaded.model)


@torch.inference_mode()
def choose_next(rows: list[Row], logits: Tensor) -> list[int]:
    """`logits`: (rows, vocabulary)."""
    for index, row in enumerate(rows):
        penalty = row.sampling.repetition_penalty
        if penalty is not None and penalty != 1:
            penalize_repetition(logits[index], row.mark_seen(logits), penalty)
    return choose_tokens(logits, [row.next_draw() for row in rows])
