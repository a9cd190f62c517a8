"""Completions of the policy, drawn by the engine that recycles too: same prompts, same noise, same ends."""

from __future__ import annotations

from collections.abc import Generator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any, Literal, Protocol

from repro_worker.engines.transformers.generating import Generating
from repro_worker.engines.transformers.load_model import FLAT_ATTENTION, LoadedModel
from repro_worker.engines.transformers.memory_budget import token_budget
from repro_worker.engines.transformers.messages import Completed, Sampling
from repro_worker.engines.transformers.pace import pick_pace
from repro_worker.engines.transformers.prompt import Prompt
from repro_worker.engines.transformers.row import Row
from repro_worker.engines.transformers.work_clock import WorkClock
from repro_worker.errors import CancelledError
from repro_worker.service import Item
from repro_worker.train.messages import RolloutText
from repro_worker.train.order_of_prompts import random_bytes
from repro_worker.train.training_passages import TrainingPassage


@dataclass(frozen=True)
class Draw:
    """A completion that is asked for."""

    prompt: Prompt
    sampling: Sampling
    seed: int


@dataclass(frozen=True)
class Rollout:
    text: str
    finish_reason: Literal["stop", "length", "repetition"]
    token_ids: list[int]
    """With the token that ended it, so that the model learns to stop."""


def rollout_text(passage: TrainingPassage, sample: int, rollout: Rollout, position: int) -> RolloutText:
    """As the host is told of it."""
    return RolloutText(
        position=position,
        row=passage.row,
        sample=sample,
        text=rollout.text,
        finish_reason=rollout.finish_reason,
        tokens=len(rollout.token_ids),
        prompt_tokens=len(passage.prompt.ids),
        think_prefilled=passage.prompt.think_prefilled,
    )


class Rollouts(Protocol):
    def draw(self, draws: Sequence[Draw]) -> list[Rollout]:
        """One completion per draw, in order."""
        ...


@dataclass
class EngineRollouts:
    """On the policy's own weights, between two steps of its training; they must be whole in this process."""

    loaded: LoadedModel
    item: Item
    attention: str
    """With which the policy is trained; the engine has its own."""

    def draw(self, draws: Sequence[Draw]) -> list[Rollout]:
        loaded = self.loaded
        pace = pick_pace(loaded.device, None)
        generating = Generating(loaded, pace, token_budget(loaded.model, loaded.device), WorkClock())
        answers: list[Answer] = []
        for draw in draws:
            room = loaded.context_tokens - len(draw.prompt.ids)
            most = min(draw.sampling.max_tokens or room, room)
            answer = Answer(self.item)
            answer.row = Row(answer, draw.prompt, draw.sampling, draw.seed, most)
            answers.append(answer)
            generating.add(answer.row)
        with self._answering():
            while generating.held:
                if self.item.cancelled:
                    raise CancelledError
                generating.step()
        return [answer.read() for answer in answers]

    @contextmanager
    def _answering(self) -> Generator[None]:
        model: Any = self.loaded.model
        was_training = model.training
        model.eval()
        if self.loaded.flat:
            model.set_attn_implementation(FLAT_ATTENTION)
        try:
            yield
        finally:
            model.set_attn_implementation(self.attention)
            model.train(was_training)
            self.loaded.free_memory()


class Answer:
    """Takes the completion of one row; is cancelled when the training is."""

    row: Row

    def __init__(self, training: Item) -> None:
        self._training = training
        self._completed: Completed | None = None
        self._error: BaseException | None = None

    @property
    def cancelled(self) -> bool:
        return self._training.cancelled

    def finish(self, value: Completed) -> None:
        self._completed = value

    def fail(self, error: BaseException) -> None:
        self._error = error

    def read(self) -> Rollout:
        if self._error is not None:
            raise self._error
        completed, row = self._completed, self.row
        assert completed is not None  # whoever is held no longer has ended
        ids = row.tokens if row.end_token is None else [*row.tokens, row.end_token]
        return Rollout(completed.text, completed.finish_reason, ids)


def seed_of(*parts: object) -> int:
    """63 bits that look random and are the same on every machine."""
    return int.from_bytes(random_bytes(*parts)[:8]) >> 1
