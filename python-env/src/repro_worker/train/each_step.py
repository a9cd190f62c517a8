"""What happens around a step of any training: progress, the step's figures, guards, when to save."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any

from transformers import TrainerCallback

from repro_worker.service import Item
from repro_worker.train.alarms import Alarms
from repro_worker.train.guards import Guards

if TYPE_CHECKING:
    from repro_worker.train.guarded_trainer import GuardedTrainer


class EachStep(TrainerCallback):
    """What happens around a step: progress, the step's figures, guards, and when to save."""

    def __init__(self, trainer: GuardedTrainer, item: Item) -> None:
        self.trainer = trainer
        self.item = item
        self.guards = Guards(trainer.request.guards)
        self.alarms = Alarms(trainer.request.guards.zero_variance_steps)

    def on_train_begin(self, args: Any, state: Any, control: Any, **_: Any) -> None:
        trainer = self.trainer
        if state.global_step == 0 and trainer.request.evaluation is not None:
            trainer.evaluate_held_out(0)

    def on_step_begin(self, args: Any, state: Any, control: Any, **_: Any) -> None:
        steps = self.trainer.request.steps
        self.trainer.begin_step()
        self.item.progress(f"step {state.global_step + 1} of {steps}", state.global_step, steps)

    def on_step_end(self, args: Any, state: Any, control: Any, **_: Any) -> None:
        trainer, step = self.trainer, state.global_step
        trainer.clock.ended()
        due = step % trainer.request.checkpoints.every == 0 or step == trainer.request.steps
        control.should_save = due or trainer.evaluates_after(step)

    def on_log(self, args: Any, state: Any, control: Any, **given: Any) -> None:
        logs: dict[str, Any] = given["logs"]
        if "loss" not in logs:  # the summary after the last step
            return
        trainer, step = self.trainer, state.global_step
        metrics = {
            "loss": finite(logs["loss"]),
            "gradientNorm": finite(logs.get("grad_norm")),
            "learningRate": finite(logs.get("learning_rate")),
            "kl": finite(logs.get("kl")),
            "entropy": finite(logs.get("entropy")),
            **trainer.metrics,
            **trainer.clock.seconds(trainer.waited_seconds()),
        }
        trainer.emit({"type": "step", "step": step, "steps": trainer.request.steps, "metrics": metrics})
        for reward, what in self.alarms.look(trainer.metrics["rewards"]):
            trainer.emit({"type": "alarm", "step": step, "reward": reward, "what": what})
        self.guards.check(step, metrics)


def finite(value: float | None) -> float | None:
    return None if value is None or not math.isfinite(value) else float(value)
