"""What every training of ours has: guards before the optimizer's step, held-out evaluation, whole checkpoints."""

from __future__ import annotations

import shutil
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import msgspec
from torch import Tensor
from transformers import PrinterCallback, Trainer

from repro_worker.service import Item
from repro_worker.train.checkpoints import Checkpoints
from repro_worker.train.each_step import EachStep
from repro_worker.train.guards import require_finite
from repro_worker.train.held_out import HeldOut
from repro_worker.train.load_policy import LoadedPolicy
from repro_worker.train.messages import TrainInput

MERGED: Final = "merged"
"""Folder inside a checkpoint of LoRA."""

Emit = Callable[[dict[str, Any]], None]


@dataclass
class StepClock:
    """Where the time of a step goes, in seconds."""

    began: float = 0.0
    generating: float = 0.0
    waited_before: float = 0.0
    whole: float = 0.0

    def ended(self) -> None:
        self.whole = time.perf_counter() - self.began

    def seconds(self, waited: float) -> dict[str, float]:
        return {
            "seconds": self.whole,
            "generateSeconds": self.generating,
            "callbackSeconds": waited - self.waited_before,
        }


class GuardedTrainer(Trainer):
    """Stands before a trainer of TRL among the bases of ours."""

    def __init__(
        self,
        *,
        request: TrainInput,
        policy: LoadedPolicy,
        held_out: HeldOut | None,
        checkpoints: Checkpoints,
        item: Item,
        emit: Emit,
        **of_trl: Any,
    ) -> None:
        of_policy: dict[str, Any] = {
            "model": policy.loaded.model,
            "processing_class": policy.tokenizer,
            "peft_config": policy.lora,
        }
        super().__init__(**of_policy, **of_trl)
        self.request = request
        self.held_out = held_out
        self.checkpoints = checkpoints
        self.emit = emit
        self.clock = StepClock()
        self.metrics: dict[str, Any] = {}
        """Of the step that is under way."""
        self.remove_callback(PrinterCallback)
        self.add_callback(EachStep(self, item))
        emit({"type": "started", **policy.description})

    def train_to_end(self) -> None:
        """From the newest whole checkpoint, or from the model itself, to the last step."""
        newest = self.checkpoints.newest()
        if newest is not None:
            self.emit({"type": "resumed", "step": newest.description.step})
        self.train(resume_from_checkpoint=None if newest is None else str(newest.folder))

    def waited_seconds(self) -> float:
        """For the host's scores, in all."""
        return 0.0

    def begin_step(self) -> None:
        self.clock = StepClock(began=time.perf_counter(), waited_before=self.waited_seconds())

    def log(self, logs: dict[str, float], *args: Any, **named: Any) -> None:
        """What TensorBoard and trackio get: ours beside what TRL counts."""
        if "loss" in logs:
            logs.update(numbers_of(self.metrics))
        super().log(logs, *args, **named)

    def training_step(self, *args: Any, **named: Any) -> Tensor:
        loss = super().training_step(*args, **named)
        require_finite(self.state.global_step + 1, "loss", float(loss))
        return loss

    def _get_grad_norm(self, *args: Any, **named: Any) -> Any:
        """Is asked for after the last micro-batch and before the optimizer's step."""
        norm: Any = super()._get_grad_norm(*args, **named)
        require_finite(self.state.global_step + 1, "norm of the gradient", float(norm))
        return norm

    def evaluates_after(self, step: int) -> bool:
        evaluation = self.request.evaluation
        return evaluation is not None and (step % evaluation.every == 0 or step == self.request.steps)

    def evaluate_held_out(self, step: int) -> None:
        assert self.held_out is not None  # `evaluates_after` said so
        self.held_out.evaluate(step)
        self.accelerator.wait_for_everyone()
        if self.args.should_save:
            self.held_out.settle(step)

    def _save_checkpoint(self, model: Any, trial: Any) -> None:
        """Into a staging folder that is renamed when it is whole; TRL's would add a model card."""
        step = self.state.global_step
        evaluated = self.evaluates_after(step)
        if evaluated:
            self.evaluate_held_out(step)
        staging = self.checkpoints.staging
        if self.args.should_save:
            shutil.rmtree(staging, ignore_errors=True)
            staging.mkdir(parents=True)
        self.accelerator.wait_for_everyone()
        self.args.output_dir = str(staging)
        Trainer._save_checkpoint(self, model, trial)
        self.accelerator.wait_for_everyone()
        if self.args.should_save:
            written = staging / f"checkpoint-{step}"
            if self.request.hardware.lora is not None:
                write_merged(self.request.model.path, written)
            self.checkpoints.publish(written, step, evaluated=evaluated)
            self.checkpoints.tidy(self.request.checkpoints.keep_for_resume)
            self.emit({"type": "checkpoint", "step": step})
        self.accelerator.wait_for_everyone()


def numbers_of(metrics: Mapping[str, Any]) -> dict[str, float]:
    """`repro/total`, `repro/rewards/length/mean`: whatever was measured."""
    flat = {**metrics, "rewards": msgspec.to_builtins(metrics.get("rewards", {}))}
    numbers: dict[str, float] = {}
    for name, value in flat.items():
        if name == "rewards":
            for reward, measured in value.items():
                numbers.update(
                    {
                        f"repro/rewards/{reward}/{what}": part
                        for what, part in measured.items()
                        if part is not None
                    }
                )
        elif value is not None:
            numbers[f"repro/{name}"] = value
    return numbers


def write_merged(base: str, adapter: Path) -> None:
    """Beside the adapter, the model that it makes of the first one: what `recycle` loads."""
    from peft import PeftModel
    from transformers import AutoModelForCausalLM, AutoTokenizer

    model: Any = AutoModelForCausalLM.from_pretrained(base, dtype="float32", local_files_only=True)
    merged: Any = PeftModel.from_pretrained(model, str(adapter)).merge_and_unload()  # pyright: ignore
    merged.save_pretrained(adapter / MERGED)
    tokenizer: Any = AutoTokenizer.from_pretrained(adapter, local_files_only=True)
    tokenizer.save_pretrained(adapter / MERGED)
