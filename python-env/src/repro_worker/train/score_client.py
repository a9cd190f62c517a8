"""The one way in which completions get their scores: the host's `score` callback."""

from __future__ import annotations

import math
import time
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Literal

import msgspec

from repro_worker.errors import HandlerError
from repro_worker.service import Item
from repro_worker.train.messages import RolloutScore, RolloutText, ScoreAnswer, ScoreRequest

MOST_CHARACTERS = 1_900_000
"""Of one callback: a message holds 8 MiB, and a character takes up to 4 bytes."""


@dataclass
class ScoreClient:
    item: Item
    rank: int
    rewards: int
    timeout_seconds: float
    seconds: float = field(default=0.0)
    """Waited for answers, in all."""

    def score(
        self,
        samples: Sequence[RolloutText],
        *,
        purpose: Literal["rollout", "held-out"],
        step: int,
        mode: Literal["sample", "greedy"] = "sample",
    ) -> list[RolloutScore]:
        """One score per sample, in order."""
        began = time.perf_counter()
        scores: list[RolloutScore] = []
        for batch in in_batches(samples):
            request = ScoreRequest(purpose=purpose, step=step, rank=self.rank, mode=mode, samples=batch)
            answer = self.item.callback("score", request, self.timeout_seconds)
            scores += self._read(answer, len(batch))
        self.seconds += time.perf_counter() - began
        return scores

    def settle_held_out(self, step: int) -> None:
        self.item.callback("evaluated", {"step": step}, self.timeout_seconds)

    def _read(self, answer: object, expected: int) -> list[RolloutScore]:
        read = msgspec.convert(answer, type=ScoreAnswer, strict=False)
        if len(read.samples) != expected:
            raise HandlerError(f"The host scored {len(read.samples)} completions, expected {expected}.")
        for each in read.samples:
            if len(each.scores) != self.rewards:
                raise HandlerError(
                    f"The host gave {len(each.scores)} scores of a completion, expected {self.rewards}."
                )
        return [finite_only(each) for each in read.samples]


def finite_only(score: RolloutScore) -> RolloutScore:
    """An infinite score would make every advantage of its group 0, so it counts as none."""
    scores = [None if part is None or not math.isfinite(part) else part for part in score.scores]
    return msgspec.structs.replace(score, scores=scores)


def in_batches(samples: Sequence[RolloutText]) -> list[list[RolloutText]]:
    batches: list[list[RolloutText]] = []
    room = 0
    for sample in samples:
        if not batches or len(sample.text) > room:
            batches.append([])
            room = MOST_CHARACTERS
        batches[-1].append(sample)
        room -= len(sample.text)
    return batches
