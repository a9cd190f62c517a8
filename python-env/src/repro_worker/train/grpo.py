"""Reinforcement learning of the rephraser (method.md section 2), from the request to the last checkpoint."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path
from typing import Any

import msgspec
from transformers import PrinterCallback, TrainerCallback
from trl.trainer.grpo_config import GRPOConfig

from repro_worker.engines.transformers.load_model import LoadedModel
from repro_worker.engines.transformers.prompt import Prompt
from repro_worker.errors import CancelledError
from repro_worker.models import revision_of
from repro_worker.service import Item
from repro_worker.train.alarms import Alarms
from repro_worker.train.checkpoints import Checkpoints, Identity
from repro_worker.train.grpo_trainer import Emit, ReproGrpoTrainer
from repro_worker.train.guards import Guards
from repro_worker.train.held_out import HeldOut
from repro_worker.train.load_policy import LoadedPolicy, load_policy
from repro_worker.train.messages import TrainInput
from repro_worker.train.order_of_prompts import order_of_prompts
from repro_worker.train.rollouts import EngineRollouts
from repro_worker.train.score_client import ScoreClient
from repro_worker.train.training_passages import TrainingPassage, TrainingPassages, read_passages
from repro_worker.train.training_stopped import NothingToTrainOnError


@dataclass(frozen=True)
class Rank:
    number: int
    of: int


def train_grpo(request: TrainInput, item: Item, rank: Rank) -> None:
    """Trains from the newest whole checkpoint, or from the model itself, to the last step."""
    trainer = prepare_trainer(request, item, rank)
    newest = trainer.checkpoints.newest()
    if newest is not None:
        trainer.emit({"type": "resumed", "step": newest.description.step})
    trainer.train(resume_from_checkpoint=None if newest is None else str(newest.folder))


def prepare_trainer(request: TrainInput, item: Item, rank: Rank) -> ReproGrpoTrainer:
    """Everything that can be refused is refused here, before a step is spent."""
    emit: Emit = item.more if rank.number == 0 else lambda _: None
    policy = load_policy(request, item.progress)
    loaded = policy.loaded
    stop_when_cancelled(loaded.model, item)
    passages = read_passages(Path(request.passages), loaded, request.sampling.max_tokens or 1)
    held_out = read_held_out(request, loaded)
    require_passages(passages, request, loaded)
    order = in_order(passages.fitting, request)
    checkpoints = Checkpoints(Path(request.folder) / "checkpoints", identity_of(request, order[0].prompt))
    emit(data_event(passages, held_out, checkpoints.identity))

    rollouts = EngineRollouts(loaded, item, attention=policy.attention)
    scores = ScoreClient(item, rank.number, len(request.rewards), request.callback_timeout_seconds)
    trainer = ReproGrpoTrainer(
        request=request,
        order=order,
        rollouts=rollouts,
        scores=scores,
        held_out=own_share(held_out, request, rollouts, scores, item, rank),
        checkpoints=checkpoints,
        emit=emit,
        model=loaded.model,
        args=trl_config(request, policy, rank, checkpoints),
        train_dataset=dataset_of(order),
        processing_class=policy.tokenizer,
        peft_config=policy.lora,
    )
    trainer.remove_callback(PrinterCallback)
    guards, alarms = Guards(request.guards), Alarms(request.guards.zero_variance_steps)
    trainer.add_callback(EachStep(trainer, item, guards, alarms))
    emit({"type": "started", "step": 0, **policy.description})
    return trainer


def stop_when_cancelled(model: Any, item: Item) -> None:
    """The next pass of the model ends the training, in whatever part of a step it is."""

    def look(*_: Any) -> None:
        if item.cancelled:
            raise CancelledError

    model.register_forward_pre_hook(look)


class EachStep(TrainerCallback):
    """What happens around a step: progress, the step's figures, guards, and when to save."""

    def __init__(self, trainer: ReproGrpoTrainer, item: Item, guards: Guards, alarms: Alarms) -> None:
        self.trainer = trainer
        self.item = item
        self.guards = guards
        self.alarms = alarms

    def on_train_begin(self, args: Any, state: Any, control: Any, **_: Any) -> None:
        trainer = self.trainer
        if state.global_step == 0 and trainer.request.evaluation is not None:
            trainer.evaluate_held_out(0)

    def on_step_begin(self, args: Any, state: Any, control: Any, **_: Any) -> None:
        steps = self.trainer.request.steps
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
            **trainer.clock.seconds(trainer.scores.seconds),
        }
        trainer.emit({"type": "step", "step": step, "steps": trainer.request.steps, "metrics": metrics})
        for reward, what in self.alarms.look(trainer.metrics["rewards"]):
            trainer.emit({"type": "alarm", "step": step, "reward": reward, "what": what})
        self.guards.check(step, metrics)


def finite(value: float | None) -> float | None:
    return None if value is None or not math.isfinite(value) else float(value)


def in_order(passages: Sequence[TrainingPassage], request: TrainInput) -> list[TrainingPassage]:
    documents = [passage.document_id for passage in passages]
    count = request.steps * request.prompts_per_step
    return [passages[index] for index in order_of_prompts(documents, count, request.seed)]


def dataset_of(order: Sequence[TrainingPassage]) -> Any:
    """The whole run as one epoch, each prompt by its place: what TRL needs to resume exactly."""
    from datasets import Dataset  # pyright: ignore[reportMissingTypeStubs]

    return Dataset.from_dict({"prompt": [str(position) for position in range(len(order))]})


def read_held_out(request: TrainInput, loaded: LoadedModel) -> TrainingPassages:
    if request.held_out is None or request.evaluation is None:
        return TrainingPassages([], [])
    return read_passages(Path(request.held_out), loaded, request.evaluation.sampling.max_tokens or 1)


def own_share(
    held_out: TrainingPassages,
    request: TrainInput,
    rollouts: EngineRollouts,
    scores: ScoreClient,
    item: Item,
    rank: Rank,
) -> HeldOut | None:
    if request.evaluation is None:
        return None
    mine = held_out.fitting[rank.number :: rank.of]
    return HeldOut(mine, request.evaluation, rollouts, scores, item, request.seed)


def require_passages(passages: TrainingPassages, request: TrainInput, loaded: LoadedModel) -> None:
    found, left_out = len(passages.fitting), passages.left_out
    if found >= request.prompts_per_step:
        return
    longest = max((each.tokens for each in left_out), default=0)
    raise NothingToTrainOnError(
        f"{found} passages can be trained on, expected at least {request.prompts_per_step} (`train.promptsPerStep`). "
        f"{len(left_out)} were left out because prompt and answer (`train.sampling.maxTokens` "
        f"{request.sampling.max_tokens}) do not fit the model's window of {loaded.context_tokens} tokens; the longest "
        f"prompt has {longest}. Make `train.passages.maxCharacters` smaller, or give it more documents."
    )


def identity_of(request: TrainInput, first: Prompt) -> Identity:
    deciding = (
        request.algorithm,
        request.seed,
        request.steps,
        request.prompts_per_step,
        request.rollouts,
        request.sampling,
        request.rewards,
        request.objective,
    )
    template = request.model.chat_template
    return Identity(
        training=sha256(msgspec.json.encode(deciding)).hexdigest(),
        data=sha256(Path(request.passages).read_bytes()).hexdigest(),
        model=revision_of(
            Path(request.model.path), chat_template=None if template is None else Path(template)
        ),
        prompt=sha256(msgspec.json.encode(first.ids)).hexdigest(),
    )


def data_event(passages: TrainingPassages, held_out: TrainingPassages, identity: Identity) -> dict[str, Any]:
    return {
        "type": "data",
        "rows": len(passages.fitting),
        "documents": len({passage.document_id for passage in passages.fitting}),
        "leftOut": passages.left_out[:20],
        "leftOutCount": len(passages.left_out),
        "longestPromptTokens": max(len(passage.prompt.ids) for passage in passages.fitting),
        "promptSha256": identity.prompt,
        "heldOutRows": len(held_out.fitting),
        "heldOutLeftOut": len(held_out.left_out),
    }


def trl_config(request: TrainInput, policy: LoadedPolicy, rank: Rank, checkpoints: Checkpoints) -> GRPOConfig:
    """Every setting that a result hangs on is stated, so that TRL's defaults may change."""
    objective, sampling, hardware = request.objective, request.sampling, request.hardware
    groups_of_rank = request.prompts_per_step // rank.of
    on_cpu = policy.loaded.device == "cpu"
    return GRPOConfig(
        output_dir=str(checkpoints.staging),
        seed=request.seed,
        data_seed=request.seed,
        # Batches: a micro-batch is one group, a step is all groups, drawn at once and used once.
        per_device_train_batch_size=request.rollouts,
        gradient_accumulation_steps=groups_of_rank,
        steps_per_generation=groups_of_rank,
        num_iterations=1,
        num_generations=request.rollouts,
        max_steps=request.steps,
        shuffle_dataset=False,
        remove_unused_columns=False,
        dataloader_num_workers=0,
        # Objective.
        beta=objective.beta,
        epsilon=objective.epsilon,
        loss_type=objective.loss_type,
        scale_rewards=objective.scale_rewards,
        mask_truncated_completions=False,
        use_bias_correction_kl=False,
        disable_dropout=True,
        # Sampling, for the length that losses may divide by; the rollouts are drawn by `Rollouts`.
        max_completion_length=sampling.max_tokens or 1,
        temperature=1.0 if sampling.temperature is None else sampling.temperature,
        top_p=1.0 if sampling.top_p is None else sampling.top_p,
        top_k=sampling.top_k or 0,
        # Optimizer: AdamW.
        learning_rate=objective.learning_rate,
        lr_scheduler_type="cosine_with_min_lr" if objective.schedule == "cosine" else "constant_with_warmup",
        lr_scheduler_kwargs={"min_lr_rate": objective.least_learning_rate_share}
        if objective.schedule == "cosine"
        else {},
        warmup_steps=objective.warmup_share,
        max_grad_norm=objective.max_gradient_norm,
        weight_decay=objective.weight_decay,
        # Hardware.
        use_cpu=on_cpu,
        bf16=hardware.precision == "bfloat16",
        fp16=False,
        gradient_checkpointing=hardware.gradient_checkpointing,
        ddp_backend="gloo" if on_cpu and rank.of > 1 else None,
        # Records: a line a step; saving is `EachStep`'s decision.
        logging_steps=1,
        logging_first_step=True,
        logging_nan_inf_filter=False,
        save_strategy="no",
        eval_strategy="no",
        report_to=request.report_to or "none",
        disable_tqdm=True,
    )
