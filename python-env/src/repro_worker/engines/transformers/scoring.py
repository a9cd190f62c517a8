"""Likelihoods that wait, a pass at a time, so that running rows go on in between."""

from __future__ import annotations

from collections import deque

from repro_worker.engines.transformers.load_model import LoadedModel
from repro_worker.engines.transformers.score_continuations import Continuation, score_continuations
from repro_worker.engines.transformers.work_clock import WorkClock
from repro_worker.errors import CancelledError, OutOfMemoryError, is_out_of_memory


class Scoring:
    def __init__(self, loaded: LoadedModel, most_tokens: int, clock: WorkClock) -> None:
        self._loaded = loaded
        self._most_tokens = most_tokens
        self._clock = clock
        self._waiting: deque[Continuation] = deque()

    @property
    def held(self) -> int:
        return len(self._waiting)

    def add(self, continuation: Continuation) -> None:
        self._waiting.append(continuation)
        self._clock.take()

    def step(self) -> None:
        batch = self._next_batch()
        if not batch:
            return
        try:
            with self._clock.busy():
                likelihoods = score_continuations(self._loaded, batch)
        except Exception as error:
            if not is_out_of_memory(error):
                raise
            self._make_room(batch, error)
            return
        for continuation, likelihood in zip(batch, likelihoods, strict=True):
            self._clock.prompt_tokens += len(continuation.ids)
            self._clock.end()
            continuation.item.finish(likelihood)

    def _next_batch(self) -> list[Continuation]:
        """One at least, then as many as a pass takes."""
        batch: list[Continuation] = []
        tokens = 0
        while self._waiting:
            continuation = self._waiting[0]
            if continuation.item.cancelled:
                self._waiting.popleft()
                self._clock.end()
                continuation.item.fail(CancelledError())
                continue
            tokens += len(continuation.ids)
            if batch and tokens > self._most_tokens:
                break
            batch.append(self._waiting.popleft())
        return batch

    def _make_room(self, batch: list[Continuation], error: Exception) -> None:
        """Out of memory: again with half the tokens. One that was alone cannot be helped."""
        self._loaded.free_memory()
        if len(batch) == 1:
            self._clock.end()
            batch[0].item.fail(OutOfMemoryError(f"{len(batch[0].ids)} tokens do not fit: {error}"))
            return
        self._most_tokens = sum(len(continuation.ids) for continuation in batch) // 2
        self._waiting.extendleft(reversed(batch))
