"""Held-out evaluation: fixed passages of other documents, answered as `recycle` would answer them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

import msgspec

from repro_worker.engines.transformers.load_model import LoadedModel
from repro_worker.engines.transformers.messages import Sampling
from repro_worker.errors import NothingToTrainOnError
from repro_worker.service import Item
from repro_worker.train.messages import Evaluation, TrainInput
from repro_worker.train.rank import Rank
from repro_worker.train.rollouts import Draw, Rollouts, rollout_text, seed_of
from repro_worker.train.score_client import ScoreClient
from repro_worker.train.training_passages import TrainingPassage, TrainingPassages, read_passages

PASSAGES_AT_ONCE = 64


@dataclass(frozen=True)
class HeldOut:
    passages: Sequence[TrainingPassage]
    """Of this rank."""
    evaluation: Evaluation
    rollouts: Rollouts
    scores: ScoreClient
    item: Item
    seed: int

    def evaluate(self, step: int) -> None:
        """The host adds up what it scores. The noise is the same at every step, so that steps can be paired."""
        evaluation = self.evaluation
        for sample in range(evaluation.samples):
            self._answer(step, "sample", sample, evaluation.sampling)
        if evaluation.greedy:
            self._answer(step, "greedy", 0, msgspec.structs.replace(evaluation.sampling, temperature=0.0))

    def settle(self, step: int) -> None:
        """Every answer is scored. Waits until the host has written them down: a checkpoint follows."""
        self.scores.settle_held_out(step)

    def _answer(self, step: int, mode: Literal["sample", "greedy"], sample: int, sampling: Sampling) -> None:
        for start in range(0, len(self.passages), PASSAGES_AT_ONCE):
            some = self.passages[start : start + PASSAGES_AT_ONCE]
            self.item.progress(f"held-out evaluation after step {step}", None, None)
            drawn = self.rollouts.draw(
                [
                    Draw(passage.prompt, sampling, seed_of(self.seed, "held-out", passage.row, sample))
                    for passage in some
                ]
            )
            texts = [
                rollout_text(passage, sample, rollout, passage.row)
                for passage, rollout in zip(some, drawn, strict=True)
            ]
            self.scores.score(texts, purpose="held-out", step=step, mode=mode)


def read_held_out(request: TrainInput, loaded: LoadedModel, item: Item) -> TrainingPassages:
    if request.held_out is None or request.evaluation is None:
        return TrainingPassages()
    most_new_tokens = request.evaluation.sampling.max_tokens or 1
    found = read_passages(Path(request.held_out), loaded, most_new_tokens, item.progress)
    if not found.fitting:
        raise NothingToTrainOnError(
            f"None of the {len(found.left_out)} held-out passages can be measured: with an answer of {most_new_tokens} "
            f"tokens (`rephraser.sampling.maxTokens`) their prompts do not fit the model's window of "
            f"{loaded.context_tokens}. Lower one of them, or state `train.evaluation: none`."
        )
    return found


def own_share(
    held_out: TrainingPassages,
    request: TrainInput,
    rollouts: Rollouts,
    scores: ScoreClient,
    item: Item,
    rank: Rank,
) -> HeldOut | None:
    if request.evaluation is None:
        return None
    mine = held_out.fitting[rank.number :: rank.of]
    return HeldOut(mine, request.evaluation, rollouts, scores, item, request.seed)
